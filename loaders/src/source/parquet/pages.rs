//! The pages of a column, looked through before they are decoded.
//!
//! The headers of pages announce how much they unpack to, and the decoder reserves memory for what they announce.
//! Two codecs unpack as much as they hold, whatever was announced. So the pages are added up first.
//!
//! Source: `parquet.thrift`, `PageHeader`; `parquet-format`, "Data Pages" and "Encodings".

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use flate2::read::MultiGzDecoder;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageReader};
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::serialized_reader::SerializedPageReader;

use super::super::columnar::{Allowance, TooMuch};
use super::thrift::{CUT, Kind, Thrift};

/// Bytes of a page header that are read at first, and at most.
const HEADER_BYTES: (u64, u64) = (256, 1 << 20);
/// What a page costs beyond what it holds, so that a file cannot consist of nothing but empty ones.
const PAGE_BYTES: u64 = 4096;
/// Bytes that one batch of rows may unpack to where values share their beginnings.
const BATCH_BYTES: usize = 16 << 20;

/// Encodings by their numbers in `parquet.thrift`.
const DELTA_LENGTH_BYTE_ARRAY: i64 = 6;
const DELTA_BYTE_ARRAY: i64 = 7;

/// What is known of the pages of one column in one group of rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Pages {
    /// Whether values are stored as what differs from the one before, so that they are longer than their page.
    pub(super) is_incremental: bool,
    has_lengths: bool,
    longest: usize,
}

impl Pages {
    /// Rows to decode at once so that memory stays bounded.
    pub(super) fn batch(&self, rows: usize) -> usize {
        if self.is_incremental {
            rows.min(BATCH_BYTES / self.longest.max(1)).max(1)
        } else {
            rows
        }
    }
}

/// What the header of a page says. Where it says a thing twice, the worse counts.
#[derive(Debug, Default, PartialEq, Eq)]
struct Header {
    /// Bytes of the page as it is stored, and unpacked.
    packed: i64,
    unpacked: i64,
    /// Bytes of the levels that stand before what is packed.
    levels: i64,
    values: i64,
    has_lengths: bool,
    is_incremental: bool,
    /// Bytes of the header itself.
    length: usize,
}

/// Looks through the pages of `chunk` in a file of `file_bytes` and takes what they hold from the allowance.
pub(super) fn check(
    file: &mut File,
    file_bytes: u64,
    chunk: &ColumnChunkMetaData,
    allowance: &Allowance,
) -> Result<Pages, String> {
    if chunk.file_path().is_some() {
        return Err("its columns are in other files".to_owned());
    }
    let start = chunk
        .dictionary_page_offset()
        .unwrap_or(chunk.data_page_offset());
    let (start, length) = (u64::try_from(start), u64::try_from(chunk.compressed_size()));
    let (start, length) = start
        .ok()
        .zip(length.ok())
        .ok_or("a column starts before the file")?;
    let end = start.checked_add(length).filter(|&end| end <= file_bytes);
    let end = end.ok_or("a column ends behind the file")?;
    let value_bytes = u64::try_from(chunk.column_descr().type_length()).unwrap_or(0);
    let (mut at, mut pages) = (start, Pages::default());
    while at < end {
        let header = header(file, at, end)?;
        let size = |value: i64| {
            u64::try_from(value)
                .ok()
                .ok_or("a page has a negative size")
        };
        let (unpacked, packed, values) = (
            size(header.unpacked)?,
            size(header.packed)?,
            size(header.values)?,
        );
        let body = at + header.length as u64;
        at = body
            .checked_add(packed)
            .filter(|&next| next <= end)
            .ok_or("a page ends behind its column")?;
        allowance
            .spend_values(values)
            .map_err(|TooMuch| TooMuch::MESSAGE)?;
        let bytes = unpacked
            .saturating_add(PAGE_BYTES)
            .saturating_add(values.saturating_mul(value_bytes));
        allowance
            .spend_bytes(bytes)
            .map_err(|TooMuch| TooMuch::MESSAGE)?;
        let levels = size(header.levels)?.min(packed).min(unpacked);
        let codec = chunk.compression();
        check_size(
            file,
            body + levels,
            [packed - levels, unpacked - levels],
            codec,
        )?;
        pages.is_incremental |= header.is_incremental;
        pages.has_lengths |= header.has_lengths;
        pages.longest = pages
            .longest
            .max(usize::try_from(unpacked).unwrap_or(usize::MAX));
    }
    if pages.is_incremental && chunk.column_descr().max_rep_level() > 0 {
        return Err(
            "a list of texts in the encoding DELTA_BYTE_ARRAY is not read; write it in another"
                .to_owned(),
        );
    }
    if pages.has_lengths {
        check_lengths(file, chunk)?;
    }
    Ok(pages)
}

/// The header of the page at `at`.
fn header(file: &mut File, at: u64, end: u64) -> Result<Header, String> {
    let mut bytes = vec![];
    let mut wanted = HEADER_BYTES.0;
    loop {
        let broken = |error: io::Error| error.to_string();
        file.seek(SeekFrom::Start(at)).map_err(broken)?;
        bytes.clear();
        file.take(wanted.min(end - at))
            .read_to_end(&mut bytes)
            .map_err(broken)?;
        match parsed(&bytes) {
            Err(CUT) if bytes.len() as u64 == wanted && wanted < HEADER_BYTES.1 => wanted *= 8,
            parsed => return parsed.map_err(str::to_owned),
        }
    }
}

fn parsed(bytes: &[u8]) -> Result<Header, &'static str> {
    let mut header = Header::default();
    let mut thrift = Thrift::new(bytes);
    thrift.structure(|thrift, number, kind| {
        let integer = Kind::INTEGER.contains(&kind);
        match (number, integer) {
            (2, true) => header.unpacked = thrift.integer()?,
            (3, true) => header.packed = thrift.integer()?,
            (5 | 7 | 8, false) if kind == Kind::STRUCT => content(thrift, number, &mut header)?,
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    header.length = thrift.position();
    Ok(header)
}

/// The part of a header that depends on the type of the page: 5 a data page, 7 a dictionary, 8 a data page of version 2.
fn content(thrift: &mut Thrift<'_>, page: i16, header: &mut Header) -> Result<(), &'static str> {
    let (mut values, mut nulls) = (0, 0);
    thrift.structure(|thrift, number, kind| {
        if !Kind::INTEGER.contains(&kind) {
            return Ok(false);
        }
        let value = thrift.integer()?;
        match (page, number) {
            (_, 1) => values = value,
            (5, 2) | (8, 4) => {
                header.has_lengths |= [DELTA_LENGTH_BYTE_ARRAY, DELTA_BYTE_ARRAY].contains(&value);
                header.is_incremental |= value == DELTA_BYTE_ARRAY;
            }
            (8, 2) => nulls = value,
            (8, 5 | 6) => header.levels = header.levels.saturating_add(value.max(0)),
            _ => {}
        }
        Ok(true)
    })?;
    if !(0..=values).contains(&nulls) {
        return Err("a page has more nulls than values");
    }
    header.values = header.values.max(values);
    Ok(())
}

/// Checks that the codecs that stop only at their own end stop where the header says.
fn check_size(
    file: &mut File,
    start: u64,
    [packed, unpacked]: [u64; 2],
    codec: Compression,
) -> Result<(), String> {
    if !matches!(codec, Compression::GZIP(_) | Compression::BROTLI(_)) {
        return Ok(());
    }
    file.seek(SeekFrom::Start(start))
        .map_err(|error| error.to_string())?;
    let bytes = file.take(packed);
    let mut decoder: Box<dyn Read> = match codec {
        Compression::GZIP(_) => Box::new(MultiGzDecoder::new(io::BufReader::new(bytes))),
        _ => Box::new(brotli::Decompressor::new(bytes, 1 << 16)),
    };
    // What cannot be unpacked at all is the decoder's to tell.
    let size = io::copy(&mut decoder.by_ref().take(unpacked + 1), &mut io::sink()).unwrap_or(0);
    if size > unpacked {
        return Err("a page unpacks to more than it says".to_owned());
    }
    Ok(())
}

/// Checks that pages with lists of lengths announce no more of these than values.
fn check_lengths(file: &File, chunk: &ColumnChunkMetaData) -> Result<(), String> {
    let broken = |error: parquet::errors::ParquetError| error.to_string();
    let file = file.try_clone().map_err(|error| error.to_string())?;
    let mut reader = SerializedPageReader::new(Arc::new(file), chunk, 0, None).map_err(broken)?;
    let column = chunk.column_descr();
    while let Some(page) = reader.get_next_page().map_err(broken)? {
        let levels = match &page {
            Page::DictionaryPage { .. } => continue,
            Page::DataPage { buf, .. } => {
                let has = [column.max_rep_level() > 0, column.max_def_level() > 0];
                level_bytes(buf, has.into_iter().filter(|has| *has).count())
            }
            Page::DataPageV2 {
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => Some(*def_levels_byte_len as usize + *rep_levels_byte_len as usize),
        };
        let values = levels
            .and_then(|levels| page.buffer().get(levels..))
            .ok_or("a page breaks off")?;
        let lists = match page.encoding() {
            Encoding::DELTA_LENGTH_BYTE_ARRAY => 1,
            Encoding::DELTA_BYTE_ARRAY => 2,
            _ => 0,
        };
        let mut rest = values;
        for _ in 0..lists {
            rest = pass_integers(rest, page.num_values())
                .ok_or("a page announces more lengths than values")?;
        }
    }
    Ok(())
}

/// Bytes of `count` lists of levels, each behind its length.
fn level_bytes(page: &[u8], count: usize) -> Option<usize> {
    let mut at = 0usize;
    for _ in 0..count {
        let length = u32::from_le_bytes(*page.get(at..)?.first_chunk()?);
        at = at.checked_add(4)?.checked_add(length as usize)?;
    }
    Some(at)
}

/// What stands behind integers in the encoding `DELTA_BINARY_PACKED`, of which there are at most `max`.
fn pass_integers(bytes: &[u8], max: u32) -> Option<&[u8]> {
    let mut at = 0;
    let mut number = || {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *bytes.get(at)?;
            at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return usize::try_from(value).ok();
            }
        }
        None
    };
    let (block, blocks, count) = (number()?, number()?, number()?);
    number()?;
    let per_block = block.checked_div(blocks).filter(|each| *each > 0)?;
    if count > max as usize {
        return None;
    }
    let mut left = count.saturating_sub(1);
    while left > 0 {
        while bytes.get(at)? & 0x80 != 0 {
            at += 1;
        }
        at += 1;
        let widths = bytes.get(at..at.checked_add(blocks)?)?;
        at += blocks;
        for width in widths {
            if left == 0 {
                break;
            }
            left = left.saturating_sub(per_block);
            at = at.checked_add(usize::from(*width).checked_mul(per_block)? / 8)?;
        }
    }
    bytes.get(at..)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use parquet::basic::{BrotliLevel, GzipLevel};

    use super::*;

    #[test]
    fn a_header_that_contradicts_itself_is_taken_at_its_worst() {
        // 1: type 0, 2: 10 unpacked, 3: 8 packed, 5: { 1: 100 values, 2: PLAIN }, 8: { 1: 1 value, 4: DELTA_BYTE_ARRAY }.
        let bytes = [
            0x15, 0, 0x15, 20, 0x15, 16, 0x2c, 0x15, 0xc8, 1, 0x15, 0, 0, 0x3c, 0x15, 2, 0x35, 14,
            0, 0, 0xff,
        ];
        let header = parsed(&bytes).expect("it is right");
        assert_eq!(
            (header.unpacked, header.packed, header.values),
            (10, 8, 100)
        );
        assert!(header.is_incremental && header.has_lengths);
        assert_eq!(header.length, bytes.len() - 1);
        let nulls = [0x8c, 0x15, 2, 0x15, 4, 0, 0];
        assert_eq!(parsed(&nulls), Err("a page has more nulls than values"));
    }

    #[test]
    fn a_page_that_unpacks_to_more_than_it_says_is_refused() {
        let mut file = tempfile::tempfile().expect("a file");
        let mut packed = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
        packed.write_all(&vec![0; 100_000]).expect("packed");
        let gzip = packed.finish().expect("packed");
        let mut brotli = vec![];
        brotli::BrotliCompress(
            &mut vec![0; 100_000].as_slice(),
            &mut brotli,
            &brotli::enc::BrotliEncoderParams::default(),
        )
        .expect("packed");
        for (bytes, codec) in [
            (gzip, Compression::GZIP(GzipLevel::default())),
            (brotli, Compression::BROTLI(BrotliLevel::default())),
        ] {
            file.seek(SeekFrom::Start(7)).expect("a place");
            file.write_all(&bytes).expect("room");
            let length = bytes.len() as u64;
            assert_eq!(check_size(&mut file, 7, [length, 100_000], codec), Ok(()));
            assert!(check_size(&mut file, 7, [length, 99_999], codec).is_err());
        }
    }

    #[test]
    fn lists_of_lengths_are_as_long_as_the_page_has_values() {
        // Blocks of 128 in 4, 3 values, the first 5; least difference 0, one mini block of 1 bit, the rest behind it.
        let list = [0x80, 1, 4, 3, 10, 0, 1, 9, 9, 9, 1, 0, 0, 0, b'x'];
        assert_eq!(pass_integers(&list, 3), Some(b"x".as_slice()));
        assert_eq!(pass_integers(&list, 2), None);
        assert_eq!(pass_integers(&list[..9], 3), None);
        let lie = [0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f, 10];
        assert_eq!(pass_integers(&lie, u32::MAX), None);
        assert_eq!(pass_integers(&[0, 4, 3, 10], 3), None);
    }
}
