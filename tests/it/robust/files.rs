//! Damaged copies of every file of the sample: read as far as it goes or refused, never the end of the program.

use std::fs;
use std::path::{Path, PathBuf};

use comarca_tests::mutation::{Damaged, flipped, truncated};
use comarca_tests::program::{Outcome, comarca, comarca_in, run};
use comarca_tests::project::{replace, sample, sample_copy, sample_sources};

/// The seed of all damage.
const SEED: u64 = 13_105;

/// The file to name where a file is part of another.
fn named(file: &Path) -> PathBuf {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("shx" | "dbf" | "prj" | "cpg") => file.with_extension("shp"),
        _ => file.to_owned(),
    }
}

fn damaged(file: &Path, cuts: usize, flips: usize) -> Vec<Damaged> {
    let bytes = fs::read(sample().join(file)).expect("the sample is there");
    let mut all = truncated(&bytes, cuts);
    all.extend(flipped(&bytes, flips, SEED));
    all
}

/// Status 0 or 1, and where it is 1 a message that is not a cry for help.
fn assert_bearable(outcome: &Outcome, told: &str) {
    assert!(
        matches!(outcome.code(), Some(0 | 1)),
        "{told}: {:?} {}",
        outcome.status,
        outcome.stderr
    );
    assert!(
        !outcome.stderr.contains("panicked"),
        "{told}: {}",
        outcome.stderr
    );
    let silent = outcome.code() == Some(1) && outcome.stderr.is_empty();
    assert!(!silent, "{told}: refused without a word");
}

#[test]
fn info_bears_every_file_cut_short_or_changed() {
    let folder = sample_copy();
    for file in sample_sources() {
        for copy in damaged(&file, 10, 20) {
            replace(folder.path(), &file, &copy.bytes);
            let outcome = run(comarca()
                .current_dir(folder.path())
                .arg("info")
                .arg(named(&file)));
            assert_bearable(&outcome, &format!("{} {}", file.display(), copy.told));
        }
        replace(
            folder.path(),
            &file,
            fs::read(sample().join(&file)).expect("the sample is there"),
        );
    }
}

#[test]
fn check_bears_every_file_cut_short_or_changed() {
    let folder = sample_copy();
    for file in sample_sources().into_iter().chain(["comarca.toml".into()]) {
        for copy in damaged(&file, 4, 8) {
            replace(folder.path(), &file, &copy.bytes);
            let outcome = run(comarca_in(folder.path()).arg("check"));
            assert_bearable(&outcome, &format!("{} {}", file.display(), copy.told));
        }
        replace(
            folder.path(),
            &file,
            fs::read(sample().join(&file)).expect("the sample is there"),
        );
    }
}
