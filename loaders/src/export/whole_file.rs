//! A file that is there whole or not at all.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// A file beside the wanted one, which takes its place when it is complete and vanishes otherwise.
#[derive(Debug)]
pub(super) struct WholeFile {
    draft: PathBuf,
    wanted: PathBuf,
}

impl WholeFile {
    /// An empty draft of the file at `path`. Where that is a link, the file behind the link is meant.
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Self::create_as(path, &format!(".{}.part", std::process::id()))
    }

    /// The same with this ending of the draft's name, for who knows that nobody else writes to it.
    pub(super) fn create_as(path: &Path, ending: &str) -> io::Result<Self> {
        let wanted = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if wanted.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        if is_stream(&wanted) {
            let why = "it is not a regular file, which this format needs";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
        }
        let mut name = wanted.file_name().unwrap_or_default().to_owned();
        name.push(ending);
        let draft = wanted.with_file_name(name);
        File::create(&draft)?;
        Ok(Self { draft, wanted })
    }

    /// Where to write.
    pub(super) fn path(&self) -> &Path {
        &self.draft
    }

    /// Puts the file in its place.
    pub(super) fn keep(self) -> io::Result<()> {
        fs::rename(&self.draft, &self.wanted)
    }
}

impl Drop for WholeFile {
    fn drop(&mut self) {
        // After `keep` there is nothing under this name.
        drop(fs::remove_file(&self.draft));
    }
}

/// Whether `path` is a device or a pipe, which must not be replaced by a file.
pub(super) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|meta| !meta.is_file() && !meta.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_not_kept_leaves_what_was_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.csv");
        fs::write(&path, "old").expect("a file");
        drop(WholeFile::create(&path).expect("a draft"));
        assert_eq!(fs::read(&path).expect("a file"), b"old");
        let file = WholeFile::create(&path).expect("a draft");
        fs::write(file.path(), "new").expect("a file");
        file.keep().expect("renamed");
        assert_eq!(fs::read(&path).expect("a file"), b"new");
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
    }

    #[test]
    fn a_folder_and_a_device_are_not_replaced() {
        assert!(WholeFile::create(Path::new("/")).is_err());
        let null = Path::new("/dev/null");
        assert!(!null.exists() || WholeFile::create(null).is_err());
    }
}
