//! dBASE tables (.dbf), by themselves or beside a .shp.
//!
//! Source: the layout in dBASE III to V and `FoxPro`; only types that hold a value in the record itself are read.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use comarca_engine::Value;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::features::Collector;
use super::table::{TOO_MANY_CELLS, Table};
use super::{Features, Format, stem, text};
use crate::problem::{LoadError, Problem, Problems};

/// Reads a table without geometry.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let mut rows = Collector::new(bytes.len());
    if !bytes.is_empty() {
        let dbf = Dbf::open(path, bytes, &mut rows.table, &mut rows.problems)?;
        for record in 0..dbf.len() {
            if dbf.is_deleted(record) {
                rows.problems.add(deleted(record));
                continue;
            }
            dbf.fill(record, &mut rows.table, &mut rows.problems);
            if !rows.end_row() {
                return Err(LoadError::new(path, TOO_MANY_CELLS));
            }
        }
    }
    Ok(rows.build(Format::Dbf, stem(path), None))
}


/// What to say of a record that is marked as deleted.
pub(super) fn deleted(record: usize) -> Problem {
    Problem::notice("is marked as deleted and is left out").at_row(record)
}

/// A table in memory.
pub(super) struct Dbf<'a> {
    records: &'a [u8],
    record_len: usize,
    len: usize,
    fields: Vec<Field>,
    encoding: &'static Encoding,
}

struct Field {
    name: String,
    kind: u8,
    start: usize,
    len: usize,
    decimals: u8,
    column: usize,
}

const HEADER_LEN: usize = 32;
const FIELD_LEN: usize = 32;

impl<'a> Dbf<'a> {
    /// Checks the header against the size of the file and adds the columns to `table`.
    pub(super) fn open(path: &Path, bytes: &'a [u8], table: &mut Table, problems: &mut Problems) -> Result<Self, LoadError> {
        let cut = || LoadError::new(path, "the header of the dBASE table breaks off");
        let head: &[u8; HEADER_LEN] = bytes.first_chunk().ok_or_else(cut)?;
        let claimed = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let header_len = usize::from(u16::from_le_bytes([head[8], head[9]]));
        let record_len = usize::from(u16::from_le_bytes([head[10], head[11]]));
        let records = bytes.get(header_len..).ok_or_else(cut)?;
        let descriptors = bytes.get(HEADER_LEN..header_len).ok_or_else(cut)?;
        let mut fields = fields(descriptors);
        let needed = fields.last().map_or(1, |field| field.start + field.len);
        if record_len == 0 || needed > record_len {
            let message = format!("its columns take {needed} bytes but its records have {record_len}");
            return Err(LoadError::new(path, message));
        }
        let len = claimed.min(records.len() / record_len);
        if len < claimed {
            let message = format!("announces {claimed} records but has only {len}");
            problems.add(Problem::error(message).advice("the file breaks off; get it again"));
        }
        let mut dbf = Self { records, record_len, len, fields: vec![], encoding: UTF_8 };
        dbf.encoding = dbf.find_encoding(path, head[29], &fields, problems);
        for field in &mut fields {
            field.column = table.new_column(&field.name);
        }
        dbf.fields = fields;
        dbf.report_unread(problems);
        Ok(dbf)
    }

    /// Number of records, deleted ones among them.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Whether a record is marked as deleted.
    pub(super) fn is_deleted(&self, record: usize) -> bool {
        self.records[record * self.record_len] == b'*'
    }

    /// Sets the cells of the table's current row from a record.
    pub(super) fn fill(&self, record: usize, table: &mut Table, problems: &mut Problems) {
        let bytes = &self.records[record * self.record_len..(record + 1) * self.record_len];
        for field in &self.fields {
            let cell = &bytes[field.start..field.start + field.len];
            if field.kind == b'C' {
                let text = text::lenient(cell, self.encoding);
                let text = text.trim_matches(['\0', ' ']);
                table.set(field.column, if text.is_empty() { Value::Null } else { Value::Text(text) });
            } else {
                match field.value(cell) {
                    Ok(value) => value.set(field.column, table),
                    Err(found) => problems.add(field.unreadable(record, &found)),
                }
            }
        }
    }

    /// .cpg, else the language byte where it is not one of those that are written without thought, else a guess.
    fn find_encoding(&self, path: &Path, language: u8, fields: &[Field], problems: &mut Problems) -> &'static Encoding {
        if let Some(label) = sibling(path, "cpg").and_then(|cpg| fs::read_to_string(cpg).ok()) {
            match text::encoding(&label) {
                Some(encoding) => return encoding,
                None => problems.add(Problem::warning("the .cpg names an encoding that is not known").found(label.trim())),
            }
        }
        language_encoding(language).unwrap_or_else(|| self.guess_encoding(fields))
    }

    /// UTF-8 if every text of the table is, else Windows-1252.
    fn guess_encoding(&self, fields: &[Field]) -> &'static Encoding {
        let is_utf8 = |record: &[u8]| {
            let mut texts = fields.iter().filter(|field| field.kind == b'C');
            texts.all(|field| text::guess(&record[field.start..field.start + field.len]) == UTF_8)
        };
        let mut records = self.records.chunks_exact(self.record_len).take(self.len);
        if records.all(is_utf8) { UTF_8 } else { WINDOWS_1252 }
    }

    fn report_unread(&self, problems: &mut Problems) {
        let unread = self.fields.iter().filter(|field| !b"CNFLDIOB+".contains(&field.kind));
        for field in unread {
            let message = format!("columns of type {:?} are not read", char::from(field.kind));
            problems.add(Problem::warning(message).in_column(&field.name));
        }
    }
}

/// A cell of a type other than text.
enum Cell {
    Null,
    Bool(bool),
    Integer(i64),
    Real(f64),
    Date(String),
}

impl Cell {
    fn set(self, column: usize, table: &mut Table) {
        match self {
            Self::Null => table.set(column, Value::Null),
            Self::Bool(value) => table.set(column, Value::Bool(value)),
            Self::Integer(value) => table.set(column, Value::Integer(value)),
            Self::Real(value) => table.set(column, Value::Real(value)),
            Self::Date(value) => table.set(column, Value::Text(&value)),
        }
    }
}

impl Field {
    /// The value of a cell, or the text that makes no sense as one.
    fn value<'a>(&self, cell: &'a [u8]) -> Result<Cell, Cow<'a, str>> {
        let bytes4 = || cell.first_chunk().map(|bytes| i32::from_le_bytes(*bytes));
        let bytes8 = || cell.first_chunk().map(|bytes| f64::from_le_bytes(*bytes)).filter(|value| value.is_finite());
        match self.kind {
            b'I' | b'+' => Ok(bytes4().map_or(Cell::Null, |value| Cell::Integer(value.into()))),
            b'O' | b'B' => Ok(bytes8().map_or(Cell::Null, Cell::Real)),
            b'N' | b'F' | b'L' | b'D' => {
                let text = String::from_utf8_lossy(cell);
                let trimmed = text.trim_matches(['\0', ' ']);
                self.parse(trimmed).ok_or_else(|| Cow::Owned(trimmed.to_owned()))
            }
            _ => Ok(Cell::Null),
        }
    }

    fn parse(&self, text: &str) -> Option<Cell> {
        match self.kind {
            _ if text.is_empty() || text.starts_with('*') => Some(Cell::Null),
            b'L' => match text {
                "T" | "t" | "Y" | "y" => Some(Cell::Bool(true)),
                "F" | "f" | "N" | "n" => Some(Cell::Bool(false)),
                _ => Some(Cell::Null),
            },
            b'D' if text == "00000000" => Some(Cell::Null),
            b'D' => iso_date(text).map(Cell::Date),
            _ if self.decimals == 0 && !text.contains(['.', 'e', 'E']) => {
                text.parse().map(Cell::Integer).ok().or_else(|| finite(text))
            }
            _ => finite(text),
        }
    }

    fn unreadable(&self, record: usize, found: &str) -> Problem {
        let message = "is not a value of the column's type; it is null";
        Problem::warning(message).at_row(record).in_column(&self.name).found(found)
    }
}

fn finite(text: &str) -> Option<Cell> {
    text.replacen(',', ".", 1).parse().ok().filter(|value: &f64| value.is_finite()).map(Cell::Real)
}

/// `20170419` → `2017-04-19`.
fn iso_date(text: &str) -> Option<String> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
}

/// The field descriptors up to their end mark.
fn fields(descriptors: &[u8]) -> Vec<Field> {
    let mut start = 1; // behind the deletion mark
    let mut fields = vec![];
    for descriptor in descriptors.chunks_exact(FIELD_LEN).take_while(|descriptor| descriptor[0] != 0x0d) {
        let name = descriptor[..11].split(|byte| *byte == 0).next().unwrap_or_default();
        let (name, _) = text::decode(name, None);
        let name = name.trim().to_owned();
        let (kind, len) = (descriptor[11].to_ascii_uppercase(), usize::from(descriptor[16]));
        fields.push(Field { name, kind, start, len, decimals: descriptor[17], column: 0 });
        start += len;
    }
    fields
}

/// The encoding behind a language byte; `None` where it says nothing or is often wrong (Windows ANSI).
fn language_encoding(language: u8) -> Option<&'static Encoding> {
    let label = match language {
        0x26 | 0x65 => "ibm866",
        0x13 | 0x7b => "shift_jis",
        0x4d | 0x7a => "gbk",
        0x4e | 0x79 => "euc-kr",
        0x4f | 0x78 => "big5",
        0x50 | 0x7c => "windows-874",
        0x7d => "windows-1255",
        0x7e => "windows-1256",
        0xc8 => "windows-1250",
        0xc9 => "windows-1251",
        0xca => "windows-1254",
        0xcb => "windows-1253",
        0xcc => "windows-1257",
        _ => return None,
    };
    Encoding::for_label(label.as_bytes())
}

/// The file beside `path` with another extension, in small or capital letters.
pub(super) fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    let capital = extension[..1].to_ascii_uppercase() + &extension[1..];
    let spellings = [extension.to_owned(), extension.to_ascii_uppercase(), capital];
    spellings.iter().map(|spelling| path.with_extension(spelling)).find(|sibling| sibling.is_file())
}
