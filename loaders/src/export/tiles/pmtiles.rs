//! `PMTiles`, version 3: clustered, each content once.
//!
//! The contents stand where they were written, behind the room of header and root directory; metadata and leaf directories
//! come behind them. The specification lets sections stand in any order (chapter 2).

use std::path::Path;

use super::directory;
use super::metadata::Metadata;
use super::part::{CONTENTS_BEGIN, Part};
use super::request::Plan;
use super::{ExportError, TileCompression, compression, summary};

const HEADER_BYTES: u64 = 127;
/// Mapbox vector tiles (3.4).
const TYPE_MVT: u8 = 1;

/// Adds directories, metadata and header, and puts the part in its place.
pub(super) fn finish(
    part: Part,
    metadata: &Metadata,
    plan: &Plan<'_>,
    path: &Path,
) -> Result<(), ExportError> {
    let entries = directory::entries(part.tiles());
    let root_max = usize::try_from(CONTENTS_BEGIN - HEADER_BYTES).unwrap_or(0);
    let directories = directory::pack(&entries, root_max)?;
    let document = compression::gzip(metadata.document().to_string().as_bytes())?;
    let summary = summary(part.records());
    let metadata_begin = CONTENTS_BEGIN + part.contents_length();
    let leaves_begin = metadata_begin + document.len() as u64;
    let mut header = Header::default();
    header.put(b"PMTiles\x03");
    header.section(HEADER_BYTES, directories.root.len());
    header.section(metadata_begin, document.len());
    header.section(leaves_begin, directories.leaves.len());
    header.long(CONTENTS_BEGIN);
    header.long(part.contents_length());
    header.long(summary.tiles);
    header.long(entries.len() as u64);
    header.long(summary.contents);
    // Clustered: contents in the order of their first tiles.
    header.put(&[1, TileCompression::Gzip.pmtiles_number()]);
    header.put(&[plan.compression().pmtiles_number(), TYPE_MVT]);
    header.put(&[metadata.zooms.0, metadata.zooms.1]);
    metadata
        .bounds
        .iter()
        .for_each(|degrees| header.degrees(*degrees));
    let (lon, lat, zoom) = metadata.center();
    header.put(&[zoom]);
    header.degrees(lon);
    header.degrees(lat);
    let head = [header.0, directories.root].concat();
    let tail = [document, directories.leaves].concat();
    Ok(part.become_file(&head, &tail, path)?)
}

/// The header (chapter 3), field by field.
#[derive(Default)]
struct Header(Vec<u8>);

impl Header {
    fn put(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn long(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    fn section(&mut self, begin: u64, length: usize) {
        self.long(begin);
        self.long(length as u64);
    }

    /// Ten millionths of degrees (3.5).
    fn degrees(&mut self, degrees: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "at most 180 degrees; the cast saturates"
        )]
        let value = (degrees * 1e7).round() as i32;
        self.put(&value.to_le_bytes());
    }
}
