//! Where the messages of an Arrow file or stream are, and what they claim.
//!
//! Source: Arrow, "Serialization and Interprocess Communication (IPC)".

use std::sync::Arc;

use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::{
    Block, Endianness, Message, MessageHeader, MetadataVersion, RecordBatch, root_as_footer,
    root_as_message,
};
use arrow_schema::SchemaRef;

use super::super::columnar::{Allowance, TooMuch};

/// Magic at both ends of a file; a stream has none.
const MAGIC: &[u8] = b"ARROW1";
const CONTINUATION: [u8; 4] = [0xff; 4];

/// What a file or stream consists of.
pub(super) struct Contents {
    pub(super) schema: SchemaRef,
    pub(super) version: MetadataVersion,
    /// Dictionaries and rows, in the order in which they are to be decoded.
    pub(super) batches: Vec<Batch>,
}

/// A message with a dictionary or with rows.
pub(super) struct Batch {
    pub(super) is_dictionary: bool,
    pub(super) block: Block,
    start: usize,
    length: usize,
}

impl Batch {
    /// Message and body. Both lie in the file, as was checked.
    pub(super) fn slice(&self, buffer: &Buffer) -> Buffer {
        buffer.slice_with_length(self.start, self.length)
    }
}

const CUT: &str = "it breaks off";

/// Finds the messages of a file or stream and takes what they hold from the allowance.
pub(super) fn find(bytes: &[u8], allowance: &Allowance) -> Result<Contents, String> {
    let contents = match bytes.starts_with(MAGIC) {
        true => of_file(bytes)?,
        false => of_stream(bytes)?,
    };
    let mut dictionary_bytes = 0;
    for batch in &contents.batches {
        measure(bytes, batch, allowance, &mut dictionary_bytes)?;
    }
    Ok(contents)
}

/// The footer lists the messages.
fn of_file(bytes: &[u8]) -> Result<Contents, String> {
    let trailer = bytes.len().checked_sub(10).ok_or(CUT)?;
    if !bytes.ends_with(MAGIC) {
        return Err("it does not end as an Arrow file does; the end may be missing".to_owned());
    }
    let length = u32::from_le_bytes(*bytes[trailer..].first_chunk().ok_or(CUT)?);
    let start = trailer
        .checked_sub(length as usize)
        .ok_or("its footer is said to be longer than the file")?;
    // A copy, since the reader of the footer wants it at an even address.
    let footer = bytes[start..trailer].to_vec();
    let footer = root_as_footer(&footer).map_err(|error| error.to_string())?;
    let schema = footer.schema().ok_or("it has no schema")?;
    let block = |is_dictionary| move |block: &Block| batch(bytes, *block, is_dictionary);
    let dictionaries = footer.dictionaries().into_iter().flatten().map(block(true));
    let rows = footer
        .recordBatches()
        .into_iter()
        .flatten()
        .map(block(false));
    Ok(Contents {
        schema: read_schema(schema)?,
        version: footer.version(),
        batches: dictionaries.chain(rows).collect::<Result<_, _>>()?,
    })
}

/// The messages stand one behind the other, the schema first.
fn of_stream(bytes: &[u8]) -> Result<Contents, String> {
    let (mut at, mut schema, mut batches) = (0, None, vec![]);
    while let Some((start, end)) = next_message(bytes, at)? {
        let message = message(&bytes[start..end])?;
        let body = usize::try_from(message.bodyLength())
            .ok()
            .ok_or("a message has a negative length")?;
        let next = end
            .checked_add(body)
            .filter(|&next| next <= bytes.len())
            .ok_or(CUT)?;
        match (message.header_type(), schema.is_some()) {
            (MessageHeader::Schema, false) => {
                let found = message.header_as_schema().ok_or("it has no schema")?;
                schema = Some((read_schema(found)?, message.version()));
            }
            (kind @ (MessageHeader::DictionaryBatch | MessageHeader::RecordBatch), true) => {
                let (start, metadata) = (i64::try_from(at).ok(), i32::try_from(end - at).ok());
                let (start, metadata) = start.zip(metadata).ok_or("a message is too long")?;
                let block = Block::new(start, metadata, message.bodyLength());
                batches.push(batch(bytes, block, kind == MessageHeader::DictionaryBatch)?);
            }
            (kind, _) => {
                return Err(format!(
                    "a message of the type {kind:?} is not expected here"
                ));
            }
        }
        at = next;
    }
    let (schema, version) = schema.ok_or("it has no schema")?;
    Ok(Contents {
        schema,
        version,
        batches,
    })
}

/// Start and end of the metadata of the message at `at`; `None` at the end of the stream.
fn next_message(bytes: &[u8], at: usize) -> Result<Option<(usize, usize)>, &'static str> {
    let word = |at: usize| bytes.get(at..)?.first_chunk::<4>();
    let Some(first) = word(at) else {
        return if at == bytes.len() {
            Ok(None)
        } else {
            Err(CUT)
        };
    };
    // Streams from before 2019 have no mark of continuation.
    let (length, start) = match *first == CONTINUATION {
        true => (word(at + 4).ok_or(CUT)?, at + 8),
        false => (first, at + 4),
    };
    let length = u32::from_le_bytes(*length) as usize;
    let end = start
        .checked_add(length)
        .filter(|&end| end <= bytes.len())
        .ok_or(CUT)?;
    Ok((length > 0).then_some((start, end)))
}

fn message(bytes: &[u8]) -> Result<Message<'_>, String> {
    root_as_message(bytes).map_err(|error| format!("a message is not right: {error}"))
}

fn read_schema(schema: arrow_ipc::Schema<'_>) -> Result<SchemaRef, String> {
    if schema.endianness() != Endianness::Little {
        return Err("its numbers are big-endian; write it on another machine".to_owned());
    }
    let schema = try_fb_to_schema(schema).map_err(|error| error.to_string())?;
    Ok(Arc::new(schema))
}

/// A message whose metadata and body lie in the file.
fn batch(bytes: &[u8], block: Block, is_dictionary: bool) -> Result<Batch, String> {
    let (start, metadata, body) = (
        usize::try_from(block.offset()),
        usize::try_from(block.metaDataLength()),
        usize::try_from(block.bodyLength()),
    );
    let (Ok(start), Ok(metadata), Ok(body)) = (start, metadata, body) else {
        return Err("a message has a negative length".to_owned());
    };
    let length = metadata.checked_add(body).filter(|_| metadata >= 8);
    let inside = |length: &usize| {
        start
            .checked_add(*length)
            .is_some_and(|end| end <= bytes.len())
    };
    let length = length
        .filter(inside)
        .ok_or("a message lies outside of the file")?;
    Ok(Batch {
        is_dictionary,
        block,
        start,
        length,
    })
}

/// Takes what a batch claims to hold from the allowance.
fn measure(
    bytes: &[u8],
    batch: &Batch,
    allowance: &Allowance,
    dictionary_bytes: &mut u64,
) -> Result<(), String> {
    let whole = &bytes[batch.start..batch.start + batch.length];
    let (metadata, body) =
        whole.split_at(usize::try_from(batch.block.metaDataLength()).unwrap_or(0));
    let (start, end) = next_message(metadata, 0)?.ok_or(CUT)?;
    let message = message(&metadata[start..end])?;
    let header = match batch.is_dictionary {
        true => message
            .header_as_dictionary_batch()
            .and_then(|dictionary| dictionary.data()),
        false => message.header_as_record_batch(),
    };
    let header = header.ok_or("a message is not what its place says")?;
    let (values, held) = claims(&header, body)?;
    allowance
        .spend_values(values)
        .map_err(|TooMuch| TooMuch::MESSAGE)?;
    allowance
        .spend_bytes(held)
        .map_err(|TooMuch| TooMuch::MESSAGE)?;
    if batch.is_dictionary {
        // One that adds to another is put together with it, which copies both.
        *dictionary_bytes += held;
        allowance
            .spend_bytes(*dictionary_bytes / 8)
            .map_err(|TooMuch| TooMuch::MESSAGE)?;
    }
    Ok(())
}

/// Values and unpacked bytes that a batch claims. Lists, runs and columns of nulls can claim any number of values.
fn claims(batch: &RecordBatch<'_>, body: &[u8]) -> Result<(u64, u64), &'static str> {
    const NEGATIVE: &str = "a batch has a negative length";
    let size = |value: i64| u64::try_from(value).ok().ok_or(NEGATIVE);
    let mut values = size(batch.length())?;
    for node in batch.nodes().into_iter().flatten() {
        values = values.saturating_add(size(node.length())?);
        size(node.null_count())?;
    }
    let mut held = 0u64;
    for buffer in batch.buffers().into_iter().flatten() {
        let (start, length) = (size(buffer.offset())?, size(buffer.length())?);
        let inside = start
            .checked_add(length)
            .is_some_and(|end| end <= body.len() as u64);
        if !inside {
            return Err("a buffer lies outside of its message");
        }
        let start = usize::try_from(start).ok().ok_or(NEGATIVE)?;
        let unpacked = batch.compression().and(body[start..].first_chunk());
        let unpacked = unpacked.map_or(0, |length| i64::from_le_bytes(*length));
        // −1 marks a buffer that is not packed.
        held = held
            .saturating_add(u64::try_from(unpacked).unwrap_or(0))
            .saturating_add(length);
    }
    Ok((values, held))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKED: &[u8] = include_bytes!("../../../corpus/arrow/wkb_zstd.arrow");

    fn found(bytes: &[u8]) -> Result<usize, String> {
        find(bytes, &Allowance::new(bytes.len() as u64)).map(|contents| contents.batches.len())
    }

    #[test]
    fn a_packed_buffer_that_announces_a_terabyte_is_refused() {
        assert_eq!(found(PACKED), Ok(2));
        let zstd = [0x28, 0xb5, 0x2f, 0xfd];
        let places: Vec<_> = (8..PACKED.len())
            .filter(|&at| PACKED[at..].starts_with(&zstd))
            .collect();
        let mut bytes = PACKED.to_vec();
        bytes[places[0] - 8..places[0]].copy_from_slice(&(1_i64 << 40).to_le_bytes());
        assert_eq!(found(&bytes), Err(TooMuch::MESSAGE.to_owned()));
    }

    #[test]
    fn a_file_without_its_end_and_a_stream_that_breaks_off_say_so() {
        let end = PACKED.len();
        assert!(
            found(&PACKED[..end - 20]).is_err_and(|why| why.contains("the end may be missing"))
        );
        // Behind its magic a file is a stream.
        assert_eq!(found(&PACKED[8..]), Ok(2));
        assert_eq!(found(&PACKED[8..700]), Err(CUT.to_owned()));
        assert_eq!(found(&[0xff; 64]), Err(CUT.to_owned()));
    }
}
