//! Bytes that can be had in parts, from a file or from afar.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::problem::LoadError;

/// Ranges that are nearer to each other than this are fetched as one: a request costs more than the bytes between.
const GAP_BYTES: u64 = 1 << 16;

/// Something whose bytes can be had in parts.
pub(super) trait Ranges {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// The bytes of each of `ranges`, which are within the size and ascend.
    fn fetch(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Vec<u8>>, LoadError>;
}

/// As [`Ranges::fetch`], with ranges that may overlap and with near ones fetched together.
pub(super) fn fetch_merged(
    source: &mut dyn Ranges,
    ranges: &[Range<u64>],
) -> Result<Vec<Vec<u8>>, LoadError> {
    let merged = merged(ranges);
    let fetched = source.fetch(&merged)?;
    let part = |range: &Range<u64>| {
        let at = merged.partition_point(|whole| whole.end < range.end);
        let start = usize::try_from(range.start - merged.get(at)?.start).ok()?;
        let length = usize::try_from(range.end - range.start).ok()?;
        Some(fetched.get(at)?.get(start..start + length)?.to_vec())
    };
    // What a source fetches short is read as breaking off.
    Ok(ranges
        .iter()
        .map(|range| part(range).unwrap_or_default())
        .collect())
}

/// Ascending ranges put together where they overlap or are near.
fn merged(ranges: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut merged: Vec<Range<u64>> = vec![];
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(GAP_BYTES) => {
                last.end = last.end.max(range.end);
            }
            _ => merged.push(range.clone()),
        }
    }
    merged
}

/// A file on this machine.
pub(super) struct FileRanges {
    path: PathBuf,
    file: File,
    size: u64,
}

impl FileRanges {
    pub(super) fn open(path: &Path) -> Result<Self, LoadError> {
        let unreadable = |error: std::io::Error| super::unreadable(path, &error);
        let file = File::open(path).map_err(unreadable)?;
        let size = file.metadata().map_err(unreadable)?.len();
        Ok(Self {
            path: path.to_owned(),
            file,
            size,
        })
    }

    fn part(&mut self, range: &Range<u64>) -> std::io::Result<Vec<u8>> {
        let mut bytes = vec![];
        self.file.seek(SeekFrom::Start(range.start))?;
        Read::by_ref(&mut self.file)
            .take(range.end.saturating_sub(range.start))
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Ranges for FileRanges {
    fn size(&self) -> u64 {
        self.size
    }

    fn fetch(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Vec<u8>>, LoadError> {
        let parts: std::io::Result<_> = ranges.iter().map(|range| self.part(range)).collect();
        parts.map_err(|error| super::unreadable(&self.path, &error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_ranges_are_fetched_together_and_given_apart() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("bytes");
        let content: Vec<u8> = (0..200_000_u32)
            .map(|byte| u8::try_from(byte % 251).expect("small"))
            .collect();
        std::fs::write(&path, &content).expect("a file");
        let mut file = FileRanges::open(&path).expect("a file");
        let ranges = [0..10, 5..20, 100..200, 150_000..150_010, 199_990..200_000];
        assert_eq!(merged(&ranges).len(), 2);
        let parts = fetch_merged(&mut file, &ranges).expect("bytes");
        for (range, part) in ranges.iter().zip(parts) {
            let [start, end] =
                [range.start, range.end].map(|at| usize::try_from(at).expect("small"));
            assert_eq!(part, content[start..end], "{range:?}");
        }
    }
}
