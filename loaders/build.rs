//! With the feature `proj`: compresses PROJ's database so that `src/crs/database.rs` can carry it in the binary.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "proj")]
    embed::database();
}

#[cfg(feature = "proj")]
mod embed {
    use std::hash::Hasher;
    use std::path::{Path, PathBuf};
    use std::{env, fs};

    /// Finds proj.db in the output folder of proj-sys, which stands beside ours and is built before.
    pub(crate) fn database() {
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
        let source = env::var_os("PROJ_DATA").map(|folder| PathBuf::from(folder).join("proj.db")).filter(|file| file.is_file());
        let source = source.or_else(|| built(&out)).expect("proj-sys has built proj.db");
        println!("cargo:rerun-if-changed={}", source.display());
        println!("cargo:rerun-if-env-changed=PROJ_DATA");
        let database = fs::read(&source).expect("proj.db can be read");
        let compressed = zstd::encode_all(database.as_slice(), 19).expect("zstd compresses");
        fs::write(out.join("proj.db.zst"), compressed).expect("OUT_DIR can be written to");
        let mut hash = std::hash::DefaultHasher::new();
        hash.write(&database);
        println!("cargo:rustc-env=COMARCA_PROJ_DB_BYTES={}", database.len());
        println!("cargo:rustc-env=COMARCA_PROJ_DB_HASH={:016x}", hash.finish());
    }

    /// The newest of them, should several builds of proj-sys stand there.
    fn built(out: &Path) -> Option<PathBuf> {
        let builds = out.parent()?.parent()?;
        let folders = fs::read_dir(builds).ok()?.filter_map(Result::ok);
        let of_proj = folders.filter(|folder| folder.file_name().to_string_lossy().starts_with("proj-sys-"));
        let files = of_proj.map(|folder| folder.path().join("out/share/proj/proj.db")).filter(|file| file.is_file());
        files.max_by_key(|file| fs::metadata(file).and_then(|file| file.modified()).ok())
    }
}
