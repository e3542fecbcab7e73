//! KMZ: a zip archive with a KML document in it (KML 2.2, annex C).

use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

use crate::problem::{LoadError, Problem};
use crate::source::{Features, Format};

/// A document may be so many times the size of its archive; real ones are 5 to 30 times as large.
const RATIO_MAX: u64 = 200;
/// What any document may have, so that small archives are not refused.
const ALWAYS_ALLOWED_BYTES: u64 = 1 << 20;

/// Reads the first .kml of the archive, which is the document; others are counted. Memory: [`RATIO_MAX`] times the
/// archive and 1 MiB at most.
pub(in crate::source) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let broken = |error: zip::result::ZipError| {
        LoadError::caused(path, "the zip archive cannot be read", error)
    };
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let is_kml = |entry: &usize| {
        let name = archive.name_for_index(*entry).and_then(Result::ok);
        name.is_some_and(|name| name.to_ascii_lowercase().ends_with(".kml"))
    };
    let documents: Vec<usize> = (0..archive.len()).filter(is_kml).collect();
    let Some(&first) = documents.first() else {
        return Err(LoadError::new(path, "the archive has no .kml document"));
    };
    let mut document = vec![];
    let limit = (bytes.len() as u64)
        .saturating_mul(RATIO_MAX)
        .saturating_add(ALWAYS_ALLOWED_BYTES);
    let mut entry = archive.by_index(first).map_err(broken)?;
    let name = entry.name().map_err(broken)?.into_owned();
    entry
        .by_ref()
        .take(limit + 1)
        .read_to_end(&mut document)
        .map_err(|error| LoadError::caused(path, "the zip archive cannot be unpacked", error))?;
    if document.len() as u64 > limit {
        let message = format!("{name:?} unpacks to more than {RATIO_MAX} times the archive's size");
        return Err(
            LoadError::new(path, message).advice("if this is right, unpack it and name the .kml")
        );
    }
    let mut features = super::read(path, &document)?;
    features.format = Format::Kmz;
    if documents.len() > 1 {
        let message = format!("has {} documents; only {name:?} is read", documents.len());
        features
            .problems
            .push(Problem::warning(message).advice("unpack the others and name them as sources"));
    }
    Ok(features)
}
