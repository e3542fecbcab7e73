//! A folder `{z}/{x}/{y}.mvt`, with `metadata.json` as in `MBTiles` (what GDAL and tippecanoe call a tile directory) and
//! `tilejson.json`, TileJSON 3.0 with an address relative to itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use comarca_engine::tile::TileCoord;
use serde_json::{Map, Value};

use super::metadata::Metadata;
use super::part::{Part, beside};
use super::{ExportError, TileProgress, go_on};

/// What the folder is called until it is whole: always alike, so that one that was left by a killed export makes room. Whoever
/// writes it holds the lock of the part.
const DRAFT: &str = ".part.folder";

/// A folder that vanishes unless it gets another name.
struct Draft(PathBuf);

impl Draft {
    fn create(folder: PathBuf) -> io::Result<Self> {
        match fs::remove_dir_all(&folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => fs::create_dir(&folder)?,
        }
        Ok(Self(folder))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Writes the part as a folder, beside its place first.
pub(super) fn write(
    part: &Part,
    metadata: &Metadata,
    path: &Path,
    progress: &dyn TileProgress,
) -> Result<(), ExportError> {
    let draft = Draft::create(beside(path, DRAFT))?;
    fill(part, metadata, &draft.0, progress)?;
    sync(&draft.0)?;
    // An empty folder gives way; one that has got a file meanwhile does not.
    match fs::remove_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(fs::rename(&draft.0, path)?),
    }
}

fn fill(
    part: &Part,
    metadata: &Metadata,
    folder: &Path,
    progress: &dyn TileProgress,
) -> Result<(), ExportError> {
    // The rows of the files count from the north, which is no scheme that MBTiles has.
    let rows = metadata.rows().into_iter();
    let rows: Map<String, Value> = rows
        .filter(|(name, _)| *name != "scheme")
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    fs::write(folder.join("metadata.json"), Value::from(rows).to_string())?;
    fs::write(
        folder.join("tilejson.json"),
        metadata.tilejson().to_string(),
    )?;
    let (mut column, mut bytes) = (None, vec![]);
    for record in part.tiles() {
        go_on(progress)?;
        let Some(coord) = TileCoord::from_curve_number(record.tile) else {
            continue;
        };
        let within = folder.join(format!("{}/{}", coord.z(), coord.x()));
        if column != Some((coord.z(), coord.x())) {
            fs::create_dir_all(&within)?;
            column = Some((coord.z(), coord.x()));
        }
        part.read(record.content, &mut bytes)?;
        fs::write(within.join(format!("{}.mvt", coord.y())), &bytes)?;
    }
    Ok(())
}

/// Puts what was written on the disk, or the part would go before the tiles are safe. One call for the whole file system: a
/// million tiles one by one take an hour.
#[cfg(target_os = "linux")]
fn sync(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(fs::File::open(folder)?)?)
}

/// Puts what was written on the disk, file by file, or the part would go before the tiles are safe.
#[cfg(not(target_os = "linux"))]
fn sync(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => sync(&entry.path())?,
            false => fs::OpenOptions::new()
                .write(true)
                .open(entry.path())?
                .sync_all()?,
        }
    }
    Ok(())
}
