//! A territory → all its tiles in one archive (`PMTiles`, `MBTiles`) or a folder.
//!
//! Tiles are cut on all threads and written in the order of the Hilbert curve, each content once, to a [`Part`] beside the
//! wanted file; its journal lets an export that was interrupted go on. The archive takes its place only when it is whole.
//! The same territory and request give the same bytes at any number of threads.

mod compression;
mod directory;
mod folder;
mod mbtiles;
mod metadata;
mod ordered;
mod part;
mod pmtiles;
mod request;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::RwLock;

use comarca_engine::Territory;
use comarca_engine::tile::{Pyramid, TileCoord};
use sha2::{Digest, Sha256};

use super::ExportError;
use super::whole_file::is_stream;
use crate::load::Unwatched;

pub use compression::TileCompression;
pub use request::{TileFormat, TilesRequest};

use metadata::Metadata;
use part::{Content, ContentDigest, Part, Record};
use request::Plan;

/// Memory for tiles that are finished and wait for their turn to be written.
const WAITING_BYTES_MAX: usize = 64 << 20;
/// What a tile that waits takes besides its bytes: with its place in the queue.
const WAITING_BYTES: usize = 256;

/// Follows an export, and may end it.
pub trait TileProgress: Sync {
    /// So many tiles may hold something; so many of them had been done before.
    fn tiles(&self, count: u64, done: u64);
    /// One more is done: so many bytes, compressed.
    fn done(&self, bytes: u64);
    /// All are done, and put together now.
    fn finishing(&self);
    /// Something that the user should know: that an export goes on, or why it begins anew.
    fn notice(&self, text: &str);
    /// Whether to stop. What is done is kept.
    fn is_cancelled(&self) -> bool;
}

impl TileProgress for Unwatched {
    fn tiles(&self, _: u64, _: u64) {}
    fn done(&self, _: u64) {}
    fn finishing(&self) {}
    fn notice(&self, _: &str) {}
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TilesSummary {
    /// Tiles that hold something.
    pub tiles: u64,
    /// Their different contents.
    pub contents: u64,
    /// Bytes of the different contents as they are stored.
    pub bytes: u64,
    /// The largest tile before compression.
    pub largest: Option<LargestTile>,
    /// Features that the budget of a tile kept out, added up over all tiles.
    pub left_out: u64,
}

/// The largest tile of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LargestTile {
    /// Where it is.
    pub coord: TileCoord,
    /// Its bytes before compression.
    pub bytes: u64,
    /// Its bytes as they are stored.
    pub stored_bytes: u64,
}

/// Writes the tiles of a territory to `path`. An interrupted export of the same tiles goes on where it was.
///
/// Memory beyond the territory: about 80 bytes a tile, 64 MiB of finished tiles, and one tile per thread.
///
/// # Errors
/// When the request does not fit the territory or the format, nothing is in any tile, or the file cannot be written;
/// [`ExportError::Interrupted`] when `progress` said so. A part stays beside the file unless the request was refused.
pub fn write_tiles(
    territory: &Territory,
    request: &TilesRequest,
    path: &Path,
    progress: &dyn TileProgress,
) -> Result<TilesSummary, ExportError> {
    let plan = Plan::new(territory, request)?;
    check_place(path, request.format)?;
    let (mut part, before) = Part::open(path, plan.fingerprint())?;
    if let Some(notice) = before.notice() {
        progress.notice(&notice);
    }
    let cut = cut(&plan, &mut part, progress);
    // What was cut before an interruption stays; after an error the disk may be what is wrong.
    if let Err(ExportError::Interrupted) = cut {
        part.checkpoint()?;
    }
    cut?;
    part.checkpoint()?;
    let summary = summary(part.records());
    if summary.tiles == 0 {
        part.remove()?;
        let advice = match summary.left_out {
            0 => "widen --bbox or --minzoom and --maxzoom, or choose other layers",
            _ => "raise the bounds of a tile, tile_max_kb and tile_max_features under [server]",
        };
        return Err(ExportError::unfit("no tile has anything in it", advice));
    }
    progress.finishing();
    let metadata = Metadata::new(&plan, &part);
    match request.format {
        TileFormat::PmTiles => pmtiles::finish(part, &metadata, &plan, path)?,
        TileFormat::MbTiles => {
            mbtiles::write(&part, &metadata, path, progress)?;
            part.remove()?;
        }
        TileFormat::Folder => {
            folder::write(&part, &metadata, path, progress)?;
            part.remove()?;
        }
    }
    Ok(summary)
}

/// Refuses what must not be replaced.
fn check_place(path: &Path, format: TileFormat) -> Result<(), ExportError> {
    let wrong = |why: &str| Err(io::Error::new(io::ErrorKind::AlreadyExists, why).into());
    match format {
        TileFormat::Folder => {
            let is_taken = path.exists()
                && !std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none());
            if is_taken {
                return wrong("it is there already and not an empty folder; remove it first");
            }
        }
        TileFormat::PmTiles | TileFormat::MbTiles => {
            if path.is_dir() {
                return wrong("it is a folder");
            }
            if is_stream(path) {
                return wrong("it is not a regular file, which this format needs");
            }
        }
    }
    Ok(())
}

/// A tile that was cut.
struct Cut {
    coord: TileCoord,
    digest: ContentDigest,
    /// Bytes before compression.
    bytes: u64,
    /// The bytes to store; none where the same content was stored before.
    stored: Option<Vec<u8>>,
    left_out: u64,
}

/// Cuts all tiles that the part does not have yet.
fn cut(plan: &Plan<'_>, part: &mut Part, progress: &dyn TileProgress) -> Result<(), ExportError> {
    let pyramid = plan.pyramid()?;
    let first = part.records().last().map_or(0, |last| last.tile + 1);
    let count = count(&pyramid, progress)?;
    let rest = match first {
        0 => count,
        _ => pyramid.coords_from(first).count() as u64,
    };
    progress.tiles(count, count - rest);
    let known: HashMap<_, _> = part.records().iter().map(Record::content).collect();
    let known = RwLock::new(known);
    let make = |coord| cut_one(plan, coord, &known);
    let take = |cut: Option<Cut>| {
        let Some(cut) = cut else {
            progress.done(0);
            return Ok(());
        };
        let content = locked(&known, &cut.digest);
        let content = match (content, cut.stored) {
            (Some(content), _) => content,
            (None, Some(stored)) => {
                let content = part.append(&stored)?;
                let mut known = known
                    .write()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                known.insert(cut.digest, content);
                content
            }
            (None, None) => return Err(io::Error::other("a content was lost").into()),
        };
        part.record(Record {
            tile: cut.coord.curve_number(),
            content,
            digest: cut.digest,
            bytes: cut.bytes,
            left_out: cut.left_out,
        })?;
        progress.done(content.length.into());
        Ok(())
    };
    let stop = || go_on(progress);
    let coords = pyramid.coords_from(first);
    let weight = |cut: &Option<Cut>| weight(cut.as_ref());
    ordered::ordered(coords, WAITING_BYTES_MAX, make, weight, stop, take)
}

/// Memory of a tile that waits: also one that is empty, or whose bytes are stored already, takes some.
fn weight(cut: Option<&Cut>) -> usize {
    let stored = cut.and_then(|cut| cut.stored.as_ref());
    WAITING_BYTES + stored.map_or(0, Vec::capacity)
}

/// An error where whoever follows the export has ended it.
fn go_on(progress: &dyn TileProgress) -> Result<(), ExportError> {
    match progress.is_cancelled() {
        true => Err(ExportError::Interrupted),
        false => Ok(()),
    }
}

/// How many tiles there may be. With millions of them this takes a second, so it can be ended too.
fn count(pyramid: &Pyramid<'_>, progress: &dyn TileProgress) -> Result<u64, ExportError> {
    let counted = pyramid.coords().try_fold(0_u64, |count, _| {
        let stop = count % 65_536 == 65_535 && progress.is_cancelled();
        match stop {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(count + 1),
        }
    });
    match counted {
        ControlFlow::Continue(count) => Ok(count),
        ControlFlow::Break(()) => Err(ExportError::Interrupted),
    }
}

/// A tile; `None` where there is nothing to tell of it.
fn cut_one(
    plan: &Plan<'_>,
    coord: TileCoord,
    known: &RwLock<HashMap<ContentDigest, Content>>,
) -> Result<Option<Cut>, ExportError> {
    let (tile, left_out) = plan.tile(coord)?;
    if tile.is_empty() && left_out == 0 {
        return Ok(None);
    }
    let digest = content_digest(&tile);
    let stored = match locked(known, &digest) {
        Some(_) => None,
        // Nothing is stored of what was left out whole; the journal counts it.
        None if tile.is_empty() => Some(vec![]),
        None => Some(plan.compression().compress(&tile)?),
    };
    Ok(Some(Cut {
        coord,
        digest,
        bytes: tile.len() as u64,
        stored,
        left_out,
    }))
}

fn locked(
    known: &RwLock<HashMap<ContentDigest, Content>>,
    digest: &ContentDigest,
) -> Option<Content> {
    let known = known
        .read()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    known.get(digest).copied()
}

/// The first half of the SHA-256 of a tile: no two contents that anybody can make have the same.
fn content_digest(tile: &[u8]) -> ContentDigest {
    let whole: [u8; 32] = Sha256::digest(tile).into();
    let mut half = ContentDigest::default();
    half.copy_from_slice(&whole[..16]);
    half
}

fn summary(records: &[Record]) -> TilesSummary {
    let mut summary = TilesSummary::default();
    let mut stored_to = 0;
    for record in records {
        summary.left_out += record.left_out;
        if record.is_empty() {
            continue;
        }
        summary.tiles += 1;
        // Contents are stored one behind the other; one that lies before the last was there already.
        if record.content.end() > stored_to {
            stored_to = record.content.end();
            summary.contents += 1;
            summary.bytes += u64::from(record.content.length);
        }
        if summary
            .largest
            .is_none_or(|largest| record.bytes > largest.bytes)
        {
            summary.largest = TileCoord::from_curve_number(record.tile).map(|coord| LargestTile {
                coord,
                bytes: record.bytes,
                stored_bytes: record.content.length.into(),
            });
        }
    }
    summary
}
