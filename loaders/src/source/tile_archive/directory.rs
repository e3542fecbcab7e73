//! A directory of a `PMTiles` archive (version 3, chapter 4): which tiles there are and where their bytes lie.

/// An entry: a run of tiles with the same content, or a leaf directory where `run` is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// Number of the first tile on the Hilbert curves of all zooms.
    pub(super) tile: u64,
    /// How many tiles one after the other.
    pub(super) run: u64,
    /// Where the bytes lie, from the begin of their section.
    pub(super) offset: u64,
    /// How many.
    pub(super) length: u64,
}

/// Decodes a directory (4.1): its columns one after the other, each number as it differs from the one before.
pub(super) fn decode(mut bytes: &[u8]) -> Result<Vec<Entry>, &'static str> {
    let count = varint(&mut bytes)?;
    // Each entry takes one byte at least in each of the four columns.
    let count = usize::try_from(count)
        .ok()
        .filter(|count| *count <= bytes.len() / 4)
        .ok_or("it announces more entries than it has bytes for")?;
    let mut entries = vec![
        Entry {
            tile: 0,
            run: 0,
            offset: 0,
            length: 0
        };
        count
    ];
    let mut tile = 0_u64;
    for entry in &mut entries {
        let step = varint(&mut bytes)?;
        tile = tile.checked_add(step).ok_or(TOO_LARGE)?;
        entry.tile = tile;
    }
    for entry in &mut entries {
        entry.run = u32::try_from(varint(&mut bytes)?)
            .map_err(|_error| TOO_LARGE)?
            .into();
    }
    for entry in &mut entries {
        entry.length = u32::try_from(varint(&mut bytes)?)
            .map_err(|_error| TOO_LARGE)?
            .into();
        if entry.length == 0 {
            return Err("an entry has no bytes");
        }
    }
    let mut behind: Option<u64> = None;
    for entry in &mut entries {
        // Zero says: directly behind the entry before; any other number is the offset plus one.
        let offset = varint(&mut bytes)?.checked_sub(1);
        entry.offset = offset.or(behind).ok_or("the first entry has no offset")?;
        behind = entry.offset.checked_add(entry.length);
    }
    Ok(entries)
}

const TOO_LARGE: &str = "a number is too large";

/// The zoom of a tile by its number; `None` beyond zoom 31.
pub(super) fn zoom(tile: u64) -> Option<u8> {
    let mut before = 0_u64;
    (0..32).find(|zoom| {
        before += 1 << (2 * zoom);
        tile < before
    })
}

fn varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or("it breaks off")?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(TOO_LARGE)
}
