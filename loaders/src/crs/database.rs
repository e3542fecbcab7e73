//! PROJ's database of coordinate systems, carried inside the binary.
//!
//! PROJ looks for proj.db where it was built, which is gone once the binary is moved. So the build compresses it into
//! the binary, and the first use of PROJ unpacks it into a cache folder of the user.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::CrsError;

static COMPRESSED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/proj.db.zst"));
/// Size of the database, and the first digits of a hash of it, which name its folder.
const BYTES: &str = env!("COMARCA_PROJ_DB_BYTES");
const HASH: &str = env!("COMARCA_PROJ_DB_HASH");

/// The folder with proj.db; unpacked once per user and version.
pub(super) fn folder() -> Result<&'static Path, CrsError> {
    static FOLDER: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| unpacked().map_err(|error| error.to_string()));
    folder.as_deref().map_err(|error| CrsError::Database(error.clone()))
}

fn unpacked() -> std::io::Result<PathBuf> {
    let name = format!("proj-{HASH}");
    if let Some(folder) = cache_folder().map(|cache| cache.join("comarca").join(&name)) {
        if is_complete(&folder) || unpack(&folder).is_ok() {
            return Ok(folder);
        }
    }
    // No cache folder that can be written to: a folder of this process alone, which nobody can have prepared.
    let folder = std::env::temp_dir().join(format!("comarca-{name}-{}", std::process::id()));
    fs::create_dir(&folder)?;
    unpack(&folder)?;
    Ok(folder)
}

fn is_complete(folder: &Path) -> bool {
    fs::metadata(folder.join("proj.db")).is_ok_and(|file| file.is_file() && file.len().to_string() == BYTES)
}

/// Writes the database beside its place and renames it, so that no other process ever sees half of it.
fn unpack(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    let part = folder.join(format!("proj.db.{}", std::process::id()));
    let mut file = fs::File::create(&part)?;
    file.write_all(&zstd::decode_all(COMPRESSED)?)?;
    file.sync_all()?;
    fs::rename(&part, folder.join("proj.db"))
}

fn cache_folder() -> Option<PathBuf> {
    let variable = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    if cfg!(windows) {
        return variable("LOCALAPPDATA");
    }
    let home = || variable("HOME").map(|home| home.join(if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" }));
    variable("XDG_CACHE_HOME").or_else(home)
}
