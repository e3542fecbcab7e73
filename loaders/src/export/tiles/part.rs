//! An export that is not whole yet: the contents of its tiles and a journal of the tiles, both beside the wanted file.
//!
//! `F.part` has the contents one behind the other, behind room for what a `PMTiles` archive begins with. `F.part.journal`
//! has a header with the fingerprint of what is exported, then a record per tile. A record is only written when the content
//! it speaks of is on the disk, so after a crash or a power cut whatever the journal says is there.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

/// Where the contents begin: behind the header and the root directory of a `PMTiles` archive (version 3, chapter 2).
pub(super) const CONTENTS_BEGIN: u64 = 16_384;

/// What tells contents apart.
pub(super) type ContentDigest = [u8; 16];

/// What tells exports apart: the data, the request and the program.
pub(super) type Fingerprint = [u8; 32];

const MAGIC: &[u8; 16] = b"comarca tiles 1\n";
const HEADER_BYTES: usize = MAGIC.len() + size_of::<Fingerprint>();
const RECORD_BYTES: usize = 60;
/// How long it takes at most until what was done is safe.
const CHECKPOINT: Duration = Duration::from_secs(1);
/// Bytes that are collected before they are written.
const BUFFER_BYTES: usize = 1 << 18;

/// Where the bytes of a content lie, from [`CONTENTS_BEGIN`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl Content {
    pub(super) fn end(self) -> u64 {
        self.offset + u64::from(self.length)
    }
}

/// A tile that was cut; one without content is there for what was left out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its number on the curve.
    pub(super) tile: u64,
    pub(super) content: Content,
    pub(super) digest: ContentDigest,
    /// Its bytes before compression.
    pub(super) bytes: u64,
    /// Features that its budget kept out.
    pub(super) left_out: u64,
}

impl Record {
    /// Whether nothing is in the tile, so that no archive has it.
    pub(super) fn is_empty(&self) -> bool {
        self.content.length == 0
    }

    pub(super) fn content(&self) -> (ContentDigest, Content) {
        (self.digest, self.content)
    }

    fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        let mut at = 0;
        let mut put = |field: &[u8]| {
            bytes[at..at + field.len()].copy_from_slice(field);
            at += field.len();
        };
        put(&self.tile.to_le_bytes());
        put(&self.content.offset.to_le_bytes());
        put(&self.content.length.to_le_bytes());
        put(&self.digest);
        put(&self.bytes.to_le_bytes());
        put(&self.left_out.to_le_bytes());
        let sum = checksum(&bytes[..RECORD_BYTES - 8]);
        bytes[RECORD_BYTES - 8..].copy_from_slice(&sum);
        bytes
    }

    /// `None` for a record that was not written whole.
    fn decode(bytes: &[u8]) -> Option<Self> {
        let (body, sum) = bytes.split_at_checked(RECORD_BYTES - 8)?;
        if sum != checksum(body) {
            return None;
        }
        let long = |at: usize| Some(u64::from_le_bytes(body.get(at..at + 8)?.try_into().ok()?));
        Some(Self {
            tile: long(0)?,
            content: Content {
                offset: long(8)?,
                length: u32::from_le_bytes(body.get(16..20)?.try_into().ok()?),
            },
            digest: body.get(20..36)?.try_into().ok()?,
            bytes: long(36)?,
            left_out: long(44)?,
        })
    }
}

fn checksum(bytes: &[u8]) -> [u8; 8] {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    let mut sum = [0; 8];
    sum.copy_from_slice(&whole[..8]);
    sum
}

/// What was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    /// The same export, with so many tiles.
    Same(usize),
    /// Another export, or a journal that cannot be read.
    Other,
}

impl Before {
    /// What the user should know of it.
    pub(super) fn notice(self) -> Option<String> {
        match self {
            Self::Nothing => None,
            Self::Same(tiles) => Some(format!("going on behind the {tiles} tiles that are there already")),
            Self::Other => Some(
                "the part that is there is of other data, other options or another version; beginning anew"
                    .to_owned(),
            ),
        }
    }
}

/// An export that is not whole yet.
#[derive(Debug)]
pub(super) struct Part {
    contents: BufWriter<File>,
    journal: File,
    path: PathBuf,
    journal_path: PathBuf,
    /// Where the next content goes, from [`CONTENTS_BEGIN`].
    end: u64,
    records: Vec<Record>,
    /// Records that the journal has.
    journalled: usize,
    checkpoint: Instant,
}

impl Part {
    /// The part of the file at `path`: what is there of the same export, else an empty one.
    pub(super) fn open(path: &Path, fingerprint: Fingerprint) -> io::Result<(Self, Before)> {
        let (part_path, journal_path) = (beside(path, ".part"), beside(path, ".part.journal"));
        let open = |path: &Path| {
            let mut options = OpenOptions::new();
            options
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(path)
        };
        let mut journal = open(&journal_path)?;
        match journal.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let why = "another export is writing this file";
                return Err(io::Error::new(io::ErrorKind::ResourceBusy, why));
            }
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let contents = open(&part_path)?;
        let mut text = vec![];
        journal.read_to_end(&mut text)?;
        let room = contents.metadata()?.len().saturating_sub(CONTENTS_BEGIN);
        let (records, before) = known(&text, &fingerprint, room);
        let end = records
            .iter()
            .map(|record| record.content.end())
            .max()
            .unwrap_or(0);
        let mut part = Self {
            contents: BufWriter::with_capacity(BUFFER_BYTES, contents),
            journal,
            path: part_path,
            journal_path,
            end,
            journalled: records.len(),
            records,
            checkpoint: Instant::now(),
        };
        part.cut_back(&fingerprint)?;
        Ok((part, before))
    }

    /// Takes away what the journal does not speak of, in both files.
    fn cut_back(&mut self, fingerprint: &Fingerprint) -> io::Result<()> {
        if self.records.is_empty() {
            self.journal.set_len(0)?;
            self.journal.seek(SeekFrom::Start(0))?;
            self.journal
                .write_all(&[&MAGIC[..], fingerprint].concat())?;
        }
        let journal_end = (HEADER_BYTES + self.records.len() * RECORD_BYTES) as u64;
        self.journal.set_len(journal_end)?;
        self.journal.seek(SeekFrom::Start(journal_end))?;
        let end = CONTENTS_BEGIN + self.end;
        self.contents.get_mut().set_len(end)?;
        self.contents.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    /// What was cut so far, in the order of the curve.
    pub(super) fn records(&self) -> &[Record] {
        &self.records
    }

    /// The tiles among it that hold something.
    pub(super) fn tiles(&self) -> impl DoubleEndedIterator<Item = &Record> {
        self.records.iter().filter(|record| !record.is_empty())
    }

    /// Length of all contents.
    pub(super) fn contents_length(&self) -> u64 {
        self.end
    }

    /// Adds a content.
    pub(super) fn append(&mut self, bytes: &[u8]) -> io::Result<Content> {
        let too_large = |_| io::Error::other("a tile has more than 4 GiB");
        let length = u32::try_from(bytes.len()).map_err(too_large)?;
        self.contents.write_all(bytes)?;
        let content = Content {
            offset: self.end,
            length,
        };
        self.end = content.end();
        Ok(content)
    }

    /// Adds a tile, behind all others on the curve.
    pub(super) fn record(&mut self, record: Record) -> io::Result<()> {
        self.records.push(record);
        match self.checkpoint.elapsed() > CHECKPOINT {
            true => self.checkpoint(),
            false => Ok(()),
        }
    }

    /// Makes safe what was done: contents first, then the records that speak of them.
    pub(super) fn checkpoint(&mut self) -> io::Result<()> {
        self.contents.flush()?;
        self.contents.get_ref().sync_data()?;
        let new = &self.records[self.journalled..];
        let bytes: Vec<u8> = new.iter().flat_map(Record::encode).collect();
        self.journal.write_all(&bytes)?;
        self.journal.sync_data()?;
        self.journalled = self.records.len();
        self.checkpoint = Instant::now();
        Ok(())
    }

    /// The bytes of a content.
    pub(super) fn read(&self, content: Content, bytes: &mut Vec<u8>) -> io::Result<()> {
        let mut file = self.contents.get_ref();
        file.seek(SeekFrom::Start(CONTENTS_BEGIN + content.offset))?;
        bytes.clear();
        let read = file.take(content.length.into()).read_to_end(bytes)?;
        match read == content.length as usize {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Puts the part in the place of the wanted file, with these bytes before and behind the contents.
    pub(super) fn become_file(mut self, head: &[u8], tail: &[u8], path: &Path) -> io::Result<()> {
        self.contents.write_all(tail)?;
        self.contents.flush()?;
        let file = self.contents.get_mut();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(head)?;
        file.sync_all()?;
        // A journal without its part would begin anew; a part without its journal too.
        fs::rename(&self.path, wanted(path))?;
        fs::remove_file(&self.journal_path)
    }

    /// Takes both files away, after the name of what has taken their place is safe.
    pub(super) fn remove(self) -> io::Result<()> {
        sync_names(&self.path);
        fs::remove_file(&self.path)?;
        fs::remove_file(&self.journal_path)
    }
}

/// The records of a journal whose contents are there, if it is the one of this export.
fn known(journal: &[u8], fingerprint: &Fingerprint, room: u64) -> (Vec<Record>, Before) {
    if journal.is_empty() {
        return (vec![], Before::Nothing);
    }
    let Some((header, records)) = journal.split_at_checked(HEADER_BYTES) else {
        return (vec![], Before::Other);
    };
    if !header.starts_with(MAGIC) || !header.ends_with(fingerprint) {
        return (vec![], Before::Other);
    }
    let mut last = None;
    let whole = records.chunks_exact(RECORD_BYTES).map_while(|bytes| {
        let record = Record::decode(bytes)?;
        let is_next = last.is_none_or(|last| record.tile > last);
        let is_there = record
            .content
            .offset
            .checked_add(record.content.length.into())?
            <= room;
        last = Some(record.tile);
        (is_next && is_there).then_some(record)
    });
    let records: Vec<Record> = whole.collect();
    let before = match records.iter().filter(|record| !record.is_empty()).count() {
        0 => Before::Nothing,
        tiles => Before::Same(tiles),
    };
    (records, before)
}

/// Puts the names of the files beside `path` on the disk, as far as the system does that.
fn sync_names(path: &Path) {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let opened = File::open(folder.unwrap_or(Path::new(".")));
    drop(opened.and_then(|folder| folder.sync_all()));
}

/// The path of the file that is meant; the one behind a link.
fn wanted(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// A path beside the wanted file. A folder may be named with a slash at its end.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let path = wanted(path);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OWN: Fingerprint = [7; 32];

    fn record(tile: u64, content: Content) -> Record {
        Record {
            tile,
            content,
            digest: [9; 16],
            bytes: 11,
            left_out: 3,
        }
    }

    /// A part with the tiles 1, 5 and 6, of which the last two are one content.
    fn part(path: &Path) -> Part {
        let (mut part, before) = Part::open(path, OWN).unwrap();
        assert_eq!(before, Before::Nothing);
        let (first, second) = (part.append(b"one").unwrap(), part.append(b"three").unwrap());
        for (tile, content) in [(1, first), (5, second), (6, second)] {
            part.record(record(tile, content)).unwrap();
        }
        part
    }

    #[test]
    fn what_a_checkpoint_made_safe_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pmtiles");
        let mut first = part(&path);
        first.checkpoint().unwrap();
        let content = first.append(b"lost").unwrap();
        first.record(record(9, content)).unwrap();
        let records = first.records()[..3].to_vec();
        drop(first);
        let (mut again, before) = Part::open(&path, OWN).unwrap();
        assert_eq!((again.records(), before), (&records[..], Before::Same(3)));
        let content = again.append(b"new").unwrap();
        assert_eq!(
            content,
            Content {
                offset: 8,
                length: 3
            }
        );
        again.checkpoint().unwrap();
        let mut bytes = vec![];
        again.read(records[1].content, &mut bytes).unwrap();
        assert_eq!(bytes, b"three");
        again.read(content, &mut bytes).unwrap();
        assert_eq!(bytes, b"new");
    }

    #[test]
    fn another_export_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pmtiles");
        part(&path).checkpoint().unwrap();
        let (other, before) = Part::open(&path, [8; 32]).unwrap();
        assert_eq!((other.records(), before), (&[][..], Before::Other));
    }

    #[test]
    fn two_exports_of_one_file_do_not_meet() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pmtiles");
        let first = part(&path);
        let error = Part::open(&path, OWN).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::ResourceBusy);
        drop(first);
        assert!(Part::open(&path, OWN).is_ok());
    }

    #[test]
    fn a_journal_that_was_cut_or_changed_anywhere_is_believed_as_far_as_it_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.pmtiles");
        let mut whole = part(&path);
        whole.checkpoint().unwrap();
        let records = whole.records().to_vec();
        drop(whole);
        let journal = fs::read(beside(&path, ".part.journal")).unwrap();
        assert_eq!(journal.len(), HEADER_BYTES + 3 * RECORD_BYTES);
        for length in 0..journal.len() {
            let (found, _) = known(&journal[..length], &OWN, 8);
            let expected = length.saturating_sub(HEADER_BYTES) / RECORD_BYTES;
            assert_eq!(found, records[..expected]);
        }
        for at in 0..journal.len() {
            let mut changed = journal.clone();
            changed[at] ^= 1;
            let (found, _) = known(&changed, &OWN, 8);
            let expected = match at {
                _ if at < HEADER_BYTES => 0,
                _ => (at - HEADER_BYTES) / RECORD_BYTES,
            };
            assert_eq!(found, records[..expected]);
        }
        // Contents that are not there.
        assert_eq!(known(&journal, &OWN, 7).0.len(), 1);
    }
}
