//! The footer of a Parquet file: found, measured and looked through before the decoder believes it.
//!
//! Source: `parquet-format`, "File format" and `parquet.thrift`, `FileMetaData`.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use super::thrift::{Kind, Thrift};

/// Magic at both ends.
const MAGIC: &[u8] = b"PAR1";
/// Deepest nesting of columns; the decoder walks the schema by recursion.
const DEPTH_MAX: usize = 64;

/// The metadata of a file of `file_bytes`, as bytes whose schema is a tree of bounded depth.
pub(super) fn read(file: &mut File, file_bytes: u64) -> Result<Vec<u8>, String> {
    let cut = |error: std::io::Error| format!("it breaks off or cannot be read: {error}");
    let mut tail = [0; 8];
    file.seek(SeekFrom::End(-8))
        .ok()
        .ok_or("it is too short for a Parquet file")?;
    file.read_exact(&mut tail).map_err(cut)?;
    if &tail[4..] == b"PARE" {
        return Err("it is encrypted; write it without encryption".to_owned());
    }
    if &tail[4..] != MAGIC {
        return Err("it does not end as a Parquet file does; the end may be missing".to_owned());
    }
    let length = u32::from_le_bytes([tail[0], tail[1], tail[2], tail[3]]);
    let start = file_bytes.checked_sub(12 + u64::from(length));
    let start = start.ok_or("its footer is said to be longer than the file")?;
    file.seek(SeekFrom::Start(start + 4)).map_err(cut)?;
    let mut metadata = vec![];
    file.take(length.into())
        .read_to_end(&mut metadata)
        .map_err(cut)?;
    check_schema(&metadata)?;
    Ok(metadata)
}

/// Checks that the numbers of children add up to the columns that are there, and are not nested too deep.
fn check_schema(metadata: &[u8]) -> Result<(), &'static str> {
    let mut children = vec![];
    Thrift::new(metadata).structure(|thrift, number, kind| {
        if number != 2 || kind != Kind::LIST {
            return Ok(false);
        }
        let (count, kind) = thrift.list()?;
        if kind != Kind::STRUCT {
            return Err("its schema is not a list of columns");
        }
        for _ in 0..count {
            let mut own = 0;
            thrift.structure(|thrift, number, kind| {
                let is_count = number == 5 && Kind::INTEGER.contains(&kind);
                if is_count {
                    own = thrift.integer()?;
                }
                Ok(is_count)
            })?;
            children.push(
                usize::try_from(own)
                    .ok()
                    .ok_or("a column has a negative number of children")?,
            );
        }
        Ok(true)
    })?;
    // Children that are still to come, of each open column.
    let mut open = vec![];
    for own in &children {
        while open.last() == Some(&0) {
            open.pop();
        }
        if let Some(left) = open.last_mut() {
            *left -= 1;
        }
        if *own > children.len() {
            return Err("a column has more children than there are columns");
        }
        open.push(*own);
        if open.len() > DEPTH_MAX {
            return Err("its columns are nested too deep");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metadata with a schema of columns that have so many children.
    fn metadata(children: &[u8]) -> Vec<u8> {
        let count = u8::try_from(children.len()).expect("few");
        let columns = children.iter().flat_map(|own| [0x55, own * 2, 0]);
        [0x29, 0xfc, count]
            .into_iter()
            .chain(columns)
            .chain([0])
            .collect()
    }

    #[test]
    fn a_schema_is_as_wide_and_as_deep_as_its_columns() {
        assert_eq!(check_schema(&metadata(&[2, 0, 1, 0])), Ok(()));
        assert!(check_schema(&metadata(&[2, 60, 0])).is_err());
        assert_eq!(check_schema(&metadata(&[1; 63])), Ok(()));
        assert!(check_schema(&metadata(&[1; 66])).is_err());
    }
}
