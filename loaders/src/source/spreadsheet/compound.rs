//! Compound files: the small file system in which Excel kept a workbook until 2003.
//!
//! Source: `[MS-CFB]` 2. Chains of sectors are followed only as long as there are sectors, so a circle ends.

/// Sector numbers from here on mean something else than a sector.
const SPECIAL: u32 = 0xffff_fffa;
/// Streams smaller than this are in the mini stream, in sectors of 64 bytes.
const MINI_STREAM_MAX: usize = 4_096;
const MINI_SECTOR_LEN: usize = 64;
const ENTRY_LEN: usize = 128;

/// A compound file in memory.
pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector_len: usize,
    next: Vec<u32>,
    entries: Vec<u8>,
    mini_next: Vec<u32>,
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, &'static str> {
        const CUT: &str = "the header of the compound file breaks off";
        const ODD: &str = "its sectors have an odd size";
        let number = |at: usize| u32_at(bytes, at).ok_or(CUT);
        let sector_len = match u16_at(bytes, 30).ok_or(CUT)? {
            9 => 512,
            12 => 4_096,
            _ => return Err(ODD),
        };
        let mut file = Self {
            bytes,
            sector_len,
            next: vec![],
            entries: vec![],
            mini_next: vec![],
        };
        let table_sectors = file.table_sectors(number(68)?)?;
        for sector in table_sectors {
            file.next
                .extend(numbers(file.sector(sector).unwrap_or_default()));
        }
        file.entries = file.chain(number(48)?, usize::MAX)?;
        let mini_next = file.chain(number(60)?, usize::MAX)?;
        file.mini_next = numbers(&mini_next).collect();
        Ok(file)
    }

    /// The content of the stream with this name; `None` where there is none.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, &'static str> {
        let Some((start, len)) = self.entry(name) else {
            return Ok(None);
        };
        if len >= MINI_STREAM_MAX {
            return self.chain(start, len).map(Some);
        }
        let Some((root, root_len)) = self.entries.get(..ENTRY_LEN).and_then(place) else {
            return Err("its root entry is missing");
        };
        let mini = self.chain(root, root_len)?;
        let mut content = vec![];
        for sector in follow(start, &self.mini_next)? {
            let at = sector as usize * MINI_SECTOR_LEN;
            content.extend(
                mini.get(at..(at + MINI_SECTOR_LEN).min(mini.len()))
                    .unwrap_or_default(),
            );
        }
        content.truncate(len);
        Ok(Some(content))
    }

    /// Start and length of the stream with this name.
    fn entry(&self, name: &str) -> Option<(u32, usize)> {
        let called = |entry: &&[u8]| {
            let units = entry[..64]
                .chunks_exact(2)
                .map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
            let units = units.take_while(|unit| *unit != 0);
            let text: String = char::decode_utf16(units)
                .map(|c| c.unwrap_or('\u{fffd}'))
                .collect();
            text.eq_ignore_ascii_case(name)
        };
        place(self.entries.chunks_exact(ENTRY_LEN).find(called)?)
    }

    /// The sectors of the allocation table: 109 in the header, the others in a chain of their own.
    fn table_sectors(&self, mut list: u32) -> Result<Vec<u32>, &'static str> {
        let head = self
            .bytes
            .get(76..512)
            .ok_or("the header of the compound file breaks off")?;
        let mut sectors: Vec<u32> = numbers(head).filter(|sector| *sector < SPECIAL).collect();
        let mut left = self.bytes.len() / self.sector_len;
        while list < SPECIAL {
            let content = self.sector(list).ok_or("its allocation table breaks off")?;
            left = left
                .checked_sub(1)
                .ok_or("its allocation table runs in a circle")?;
            let (entries, next) = content.split_at(content.len().saturating_sub(4));
            sectors.extend(numbers(entries).filter(|sector| *sector < SPECIAL));
            list = u32_at(next, 0).unwrap_or(SPECIAL);
        }
        // One sector of the table counted many times would multiply it.
        sectors.truncate(self.bytes.len() / self.sector_len + 1);
        Ok(sectors)
    }

    /// At most `len` bytes of the sectors from `start` on.
    fn chain(&self, start: u32, len: usize) -> Result<Vec<u8>, &'static str> {
        let mut content = vec![];
        for sector in follow(start, &self.next)? {
            if content.len() >= len {
                break;
            }
            content.extend(
                self.sector(sector)
                    .ok_or("one of its sectors is missing; the file breaks off")?,
            );
        }
        content.truncate(len);
        Ok(content)
    }

    /// The first sector comes after the header, which takes one; the last may be cut.
    fn sector(&self, number: u32) -> Option<&'a [u8]> {
        let start = (number as usize)
            .checked_add(1)?
            .checked_mul(self.sector_len)?;
        let end = start.checked_add(self.sector_len)?.min(self.bytes.len());
        self.bytes
            .get(start..end)
            .filter(|sector| !sector.is_empty())
    }
}

/// The sectors of a chain, each at most once.
fn follow(start: u32, next: &[u32]) -> Result<Vec<u32>, &'static str> {
    let mut sectors = vec![];
    let mut sector = start;
    while sector < SPECIAL {
        if sectors.len() >= next.len() {
            return Err("a chain of its sectors runs in a circle");
        }
        sectors.push(sector);
        sector = *next
            .get(sector as usize)
            .ok_or("a chain of its sectors leads outside")?;
    }
    Ok(sectors)
}

/// Start and length that a directory entry says.
fn place(entry: &[u8]) -> Option<(u32, usize)> {
    Some((u32_at(entry, 116)?, u32_at(entry, 120)? as usize))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes
        .chunks_exact(4)
        .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// The little-endian number at byte `at`.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u16::from_le_bytes(*bytes))
}

/// The little-endian number at byte `at`.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| u32::from_le_bytes(*bytes))
}
