//! A path with wildcards → the files it names.

use std::fs;
use std::path::{Path, PathBuf};

use crate::problem::LoadError;

/// Most files that one pattern may name.
const FILES_MAX: usize = 100_000;

/// The files that `pattern` names, relative to `base_dir`, in the order of their names.
///
/// A pattern without `*`, `?` or `[` is one file, which need not exist yet.
///
/// # Errors
/// When the pattern makes no sense, or nothing fits it: the message names the files of the folder that are near.
pub fn expand(pattern: &str, base_dir: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let path = base_dir.join(pattern);
    if !pattern.contains(['*', '?', '[']) || path.exists() {
        return Ok(vec![path]);
    }
    let escaped = Path::new(&glob::Pattern::escape(&base_dir.to_string_lossy())).join(pattern);
    let found = glob::glob(&escaped.to_string_lossy()).map_err(|error| {
        LoadError::caused(&path, "the pattern makes no sense", error.to_string())
    })?;
    let mut files: Vec<_> = found
        .filter_map(Result::ok)
        .filter(|path| path.is_file())
        .take(FILES_MAX + 1)
        .collect();
    if files.len() > FILES_MAX {
        return Err(LoadError::new(
            &path,
            format!("names more than {FILES_MAX} files"),
        ));
    }
    if files.is_empty() {
        let error = LoadError::new(&path, "no file fits this pattern");
        return Err(match similar(&path) {
            Some(names) => error.advice(names),
            None => error,
        });
    }
    files.sort();
    Ok(files)
}

/// What the folder of a missing file has instead, in words; `None` where nothing is worth naming.
pub(super) fn similar(path: &Path) -> Option<String> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Some(format!("there is no folder {} either", folder.display()));
    }
    let wanted = path.file_name()?.to_string_lossy().to_lowercase();
    let mut names: Vec<String> = fs::read_dir(folder)
        .ok()?
        .take(FILES_MAX)
        .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
        .collect();
    names.sort_by_cached_key(|name| (-score(&wanted, name), name.clone()));
    names.truncate(3);
    (!names.is_empty()).then(|| format!("the folder has {}", names.join(", ")))
}

/// Nearness of two file names in thousandths.
#[expect(clippy::cast_possible_truncation, reason = "a share of at most one")]
fn score(wanted: &str, name: &str) -> i64 {
    (strsim::jaro_winkler(wanted, &name.to_lowercase()) * 1000.0) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wildcards_name_files_in_order_and_nothing_names_what_is_near() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["b.csv", "a.csv", "c.txt"] {
            fs::write(folder.path().join(name), "").expect("a file");
        }
        let names = |pattern: &str| -> Vec<String> {
            let files = expand(pattern, folder.path()).expect("files");
            files
                .iter()
                .map(|file| {
                    file.file_name()
                        .unwrap_or_default()
                        .to_string_lossy()
                        .into_owned()
                })
                .collect()
        };
        assert_eq!(names("*.csv"), ["a.csv", "b.csv"]);
        assert_eq!(names("[b-c].*"), ["b.csv", "c.txt"]);
        assert_eq!(names("missing.csv"), ["missing.csv"]);
        let error = expand("*.geojson", folder.path()).expect_err("nothing fits");
        assert!(error.to_string().contains("a.csv"), "{error}");
        assert!(expand("nowhere/*.csv", folder.path()).is_err());
    }
}
