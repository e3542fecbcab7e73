//! The outer layer of a PBF file: blobs, each with a header, compressed by itself.
//!
//! Source: <https://wiki.openstreetmap.org/wiki/PBF_Format>, "File format".

use std::io::Read;

use super::wire::{Broken, Fields};

/// Largest header, in bytes (as the format says).
const HEADER_MAX: usize = 64 * 1024;
/// Largest blob, compressed or not, in bytes (as the format says).
const BLOB_MAX: usize = 32 << 20;

/// What a blob is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Header,
    Data,
    Other,
}

/// A blob as it lies in the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Blob<'a> {
    pub(super) kind: Kind,
    /// Where it begins in the file.
    pub(super) offset: usize,
    bytes: &'a [u8],
}

/// The blobs of a file. Where the file makes no sense further on, the last item is an error with its offset.
pub(super) fn blobs(file: &[u8]) -> impl Iterator<Item = Result<Blob<'_>, (usize, Broken)>> {
    let mut offset = 0;
    std::iter::from_fn(move || {
        if offset >= file.len() {
            return None;
        }
        let start = offset;
        let blob = split(&file[start..]).map(|(kind, bytes, length)| {
            offset += length;
            Blob {
                kind,
                offset: start,
                bytes,
            }
        });
        if blob.is_err() {
            offset = file.len();
        }
        Some(blob.map_err(|error| (start, error)))
    })
}

/// Kind and bytes of the first blob, and the length of both its header and itself.
fn split(file: &[u8]) -> Result<(Kind, &[u8], usize), Broken> {
    let cut = Broken("the file breaks off");
    let (length, rest) = file.split_first_chunk::<4>().ok_or(cut)?;
    let header_length = u32::from_be_bytes(*length) as usize;
    if header_length > HEADER_MAX {
        return Err(Broken("a header is larger than 64 KiB"));
    }
    let (header, rest) = rest.split_at_checked(header_length).ok_or(cut)?;
    let (mut kind, mut size) = (Kind::Other, None);
    for field in Fields(header) {
        match field? {
            (1, value) => {
                kind = match value.bytes()? {
                    b"OSMHeader" => Kind::Header,
                    b"OSMData" => Kind::Data,
                    _ => Kind::Other,
                }
            }
            (3, value) => size = usize::try_from(value.number()?).ok(),
            _ => {}
        }
    }
    let size = size.ok_or(Broken("a header does not tell the size of its blob"))?;
    if size > BLOB_MAX {
        return Err(Broken("a blob is larger than 32 MiB"));
    }
    let blob = rest.get(..size).ok_or(cut)?;
    Ok((kind, blob, 4 + header_length + size))
}

impl Blob<'_> {
    /// The content as it was before compression, at most 32 MiB.
    pub(super) fn unpacked(&self) -> Result<Vec<u8>, Broken> {
        for field in Fields(self.bytes) {
            match field? {
                (1, value) => return Ok(value.bytes()?.to_vec()),
                (3, value) => return inflate(value.bytes()?),
                (4..=7, _) => {
                    return Err(Broken(
                        "a blob is compressed with LZMA, LZ4 or Zstandard, which is not read; write the file with zlib",
                    ));
                }
                _ => {}
            }
        }
        Err(Broken("a blob has no content"))
    }
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, Broken> {
    let mut content = vec![];
    let limit = BLOB_MAX as u64 + 1;
    let read = flate2::read::ZlibDecoder::new(bytes)
        .take(limit)
        .read_to_end(&mut content);
    match read {
        Ok(length) if length <= BLOB_MAX => Ok(content),
        Ok(_) => Err(Broken("a blob unpacks to more than 32 MiB")),
        Err(_) => Err(Broken("a blob cannot be unpacked")),
    }
}
