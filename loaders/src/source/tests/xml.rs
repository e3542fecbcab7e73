//! The documents of `corpus/`: read as they are, cut off everywhere, and damaged.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{assert_consistent, assert_survives, read_whole};
use crate::source::Features;

/// The files of `corpus/<format>`, by name.
pub(super) fn corpus(format: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(format);
    let entries = fs::read_dir(folder).expect("a folder");
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn name(file: &Path) -> &str {
    file.file_name().and_then(OsStr::to_str).expect("a name")
}

/// Damages each file of a format and cuts it off at every place.
pub(super) fn assert_corpus_survives(format: &str) {
    for file in corpus(format) {
        let bytes = fs::read(&file).expect("a file");
        let name = name(&file);
        assert_survives(name, &[(name, bytes.clone())], name);
        let folder = tempfile::tempdir().expect("a folder");
        let cut = folder.path().join(name);
        for end in (0..bytes.len()).step_by(7) {
            fs::write(&cut, &bytes[..end]).expect("a file");
            read_whole(&cut)
                .unwrap_or_default()
                .iter()
                .for_each(assert_consistent);
        }
    }
}

/// What `comarca info` would say, in short.
fn summary(layer: &Features) -> String {
    let columns: Vec<_> = layer
        .columns
        .iter()
        .map(|column| format!("{} {}", column.name(), column.column_type().name()))
        .collect();
    let problems: Vec<_> = layer
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    format!(
        "{} {} {:?} {:?} {:?}\n  {}\n  {problems:?}\n",
        layer.format.name(),
        layer.name,
        layer.crs,
        layer.geometry_counts(),
        layer.bounds(),
        columns.join(", "),
    )
}

#[test]
fn documents_of_every_kind_are_read_as_they_are() {
    let mut all = String::new();
    for file in ["kml", "gpx", "gml", "osm"].into_iter().flat_map(corpus) {
        let layers = read_whole(&file).expect("a good file");
        let summaries: String = layers.iter().map(summary).collect();
        all.extend([name(&file).to_owned(), ":\n".to_owned(), summaries]);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn damaged_kml_is_survived() {
    assert_corpus_survives("kml");
}

#[test]
fn damaged_gpx_is_survived() {
    assert_corpus_survives("gpx");
}

#[test]
fn damaged_gml_is_survived() {
    assert_corpus_survives("gml");
}

#[test]
fn damaged_extracts_are_survived() {
    assert_corpus_survives("osm");
}
