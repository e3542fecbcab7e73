//! Directories of a `PMTiles` archive (version 3, chapter 4), packed.

use std::io;

use super::compression::gzip;
use super::part::Record;

/// A run of tiles with one content, or a leaf directory where `run` is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) tile: u64,
    pub(super) offset: u64,
    pub(super) length: u32,
    pub(super) run: u32,
}

/// The directories as they are stored.
#[derive(Debug)]
pub(super) struct Directories {
    pub(super) root: Vec<u8>,
    pub(super) leaves: Vec<u8>,
}

/// Entries of the first leaves that are tried.
const LEAF_ENTRIES: usize = 4_096;

/// Tiles that follow each other on the curve and have one content share an entry (4.1).
pub(super) fn entries<'r>(tiles: impl Iterator<Item = &'r Record>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![];
    for record in tiles {
        let (offset, length) = (record.content.offset, record.content.length);
        match entries.last_mut() {
            Some(last)
                if last.tile + u64::from(last.run) == record.tile
                    && (last.offset, last.length) == (offset, length)
                    && last.run < u32::MAX =>
            {
                last.run += 1;
            }
            _ => entries.push(Entry {
                tile: record.tile,
                offset,
                length,
                run: 1,
            }),
        }
    }
    entries
}

/// A root directory of at most `root_max` bytes, and leaves where it alone does not do. Leaves grow until their number fits
/// into the root.
pub(super) fn pack(entries: &[Entry], root_max: usize) -> io::Result<Directories> {
    let root = gzip(&encode(entries))?;
    if root.len() <= root_max {
        return Ok(Directories {
            root,
            leaves: vec![],
        });
    }
    let mut size = LEAF_ENTRIES;
    loop {
        let (mut leaves, mut pointers) = (vec![], vec![]);
        for leaf in entries.chunks(size) {
            let packed = gzip(&encode(leaf))?;
            let too_large = |_| io::Error::other("a leaf directory has more than 4 GiB");
            pointers.push(Entry {
                tile: leaf[0].tile,
                offset: leaves.len() as u64,
                length: u32::try_from(packed.len()).map_err(too_large)?,
                run: 0,
            });
            leaves.extend(packed);
        }
        let root = gzip(&encode(&pointers))?;
        if root.len() <= root_max {
            return Ok(Directories { root, leaves });
        }
        size *= 2;
    }
}

/// The columns one after the other, each number as it differs from the one before (4.2).
fn encode(entries: &[Entry]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 6 + 8);
    varint(entries.len() as u64, &mut bytes);
    let mut before = 0;
    for entry in entries {
        varint(entry.tile - before, &mut bytes);
        before = entry.tile;
    }
    entries
        .iter()
        .for_each(|entry| varint(entry.run.into(), &mut bytes));
    entries
        .iter()
        .for_each(|entry| varint(entry.length.into(), &mut bytes));
    // Zero says: directly behind the entry before; any other number is the offset plus one.
    let mut behind = None;
    for entry in entries {
        match behind == Some(entry.offset) {
            true => varint(0, &mut bytes),
            false => varint(entry.offset + 1, &mut bytes),
        }
        behind = Some(entry.offset + u64::from(entry.length));
    }
    bytes
}

fn varint(mut value: u64, bytes: &mut Vec<u8>) {
    while value >= 0x80 {
        bytes.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    bytes.push(value.to_le_bytes()[0]);
}
