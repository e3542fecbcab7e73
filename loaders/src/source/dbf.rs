//! dBASE tables (.dbf), by themselves or beside a .shp.
//!
//! Source: the layout in dBASE III to V and `FoxPro`; only types that hold a value in the record itself are read.

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use comarca_engine::Value;

use super::features::Collector;
use super::table::{TOO_MANY_CELLS, Table};
use super::text::{Charset, UTF8, WINDOWS};
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
    charset: Charset,
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
    pub(super) fn open(
        path: &Path,
        bytes: &'a [u8],
        table: &mut Table,
        problems: &mut Problems,
    ) -> Result<Self, LoadError> {
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
            let message =
                format!("its columns take {needed} bytes but its records have {record_len}");
            return Err(LoadError::new(path, message));
        }
        let len = claimed.min(records.len() / record_len);
        if len < claimed {
            let message = format!("announces {claimed} records but has only {len}");
            problems.add(Problem::error(message).advice("the file breaks off; get it again"));
        }
        let mut dbf = Self {
            records,
            record_len,
            len,
            fields: vec![],
            charset: UTF8,
        };
        dbf.charset = dbf.find_charset(path, head[29], &fields, problems);
        for field in &mut fields {
            field.column = table.new_column(&field.name);
        }
        dbf.fields = fields;
        dbf.report_unread(problems);
        Ok(dbf)
    }

    /// Adds the columns to another table that had none, where they get the same numbers.
    pub(super) fn add_columns(&self, table: &mut Table) {
        for field in &self.fields {
            table.new_column(&field.name);
        }
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
                let (text, _) = self.charset.decode(cell);
                // A character that did not fit into the field is left out.
                let text = text.trim_end_matches('\u{fffd}').trim_matches(['\0', ' ']);
                table.set(
                    field.column,
                    if text.is_empty() {
                        Value::Null
                    } else {
                        Value::Text(text)
                    },
                );
            } else {
                match field.value(cell) {
                    Ok(value) => value.set(field.column, table),
                    Err(found) => problems.add(field.unreadable(record, &found)),
                }
            }
        }
    }

    /// That of the .cpg; else UTF-8 where all of the table is; else what the language byte says; else Windows-1252.
    fn find_charset(
        &self,
        path: &Path,
        language: u8,
        fields: &[Field],
        problems: &mut Problems,
    ) -> Charset {
        if let Some(label) = sibling(path, "cpg").and_then(|cpg| fs::read_to_string(cpg).ok()) {
            match Charset::named(&label) {
                Some(charset) => return charset,
                None => problems.add(
                    Problem::warning("the .cpg names an encoding that is not known")
                        .found(label.trim()),
                ),
            }
        }
        if self.is_utf8(fields) {
            UTF8
        } else {
            language_charset(language).unwrap_or(WINDOWS)
        }
    }

    /// Whether every text of the table is UTF-8.
    fn is_utf8(&self, fields: &[Field]) -> bool {
        let is_utf8 = |record: &[u8]| {
            let mut texts = fields.iter().filter(|field| field.kind == b'C');
            texts.all(|field| text::is_utf8_but_cut(&record[field.start..field.start + field.len]))
        };
        self.records
            .chunks_exact(self.record_len)
            .take(self.len)
            .all(is_utf8)
    }

    fn report_unread(&self, problems: &mut Problems) {
        let unread = self
            .fields
            .iter()
            .filter(|field| !b"CNFLDIOB+".contains(&field.kind));
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
        let bytes8 = || {
            cell.first_chunk()
                .map(|bytes| f64::from_le_bytes(*bytes))
                .filter(|value| value.is_finite())
        };
        match self.kind {
            b'I' | b'+' => Ok(bytes4().map_or(Cell::Null, |value| Cell::Integer(value.into()))),
            b'O' | b'B' => Ok(bytes8().map_or(Cell::Null, Cell::Real)),
            b'N' | b'F' | b'L' | b'D' => {
                let text = String::from_utf8_lossy(cell);
                let trimmed = text.trim_matches(['\0', ' ']);
                self.parse(trimmed)
                    .ok_or_else(|| Cow::Owned(trimmed.to_owned()))
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
            _ if self.decimals == 0 && !text.contains(['.', 'e', 'E']) => text
                .parse()
                .map(Cell::Integer)
                .ok()
                .or_else(|| finite(text)),
            _ => finite(text),
        }
    }

    fn unreadable(&self, record: usize, found: &str) -> Problem {
        let message = "is not a value of the column's type; it is null";
        Problem::warning(message)
            .at_row(record)
            .in_column(&self.name)
            .found(found)
    }
}

fn finite(text: &str) -> Option<Cell> {
    text.replacen(',', ".", 1)
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
        .map(Cell::Real)
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
    for descriptor in descriptors
        .chunks_exact(FIELD_LEN)
        .take_while(|descriptor| descriptor[0] != 0x0d)
    {
        let name = descriptor[..11]
            .split(|byte| *byte == 0)
            .next()
            .unwrap_or_default();
        let (name, _) = text::decode(name, None);
        let name = name.trim().to_owned();
        let (kind, len) = (
            descriptor[11].to_ascii_uppercase(),
            usize::from(descriptor[16]),
        );
        fields.push(Field {
            name,
            kind,
            start,
            len,
            decimals: descriptor[17],
            column: 0,
        });
        start += len;
    }
    fields
}

/// The charset behind a language byte; `None` where it says nothing or is often wrong (Windows ANSI).
fn language_charset(language: u8) -> Option<Charset> {
    let name = match language {
        0x01 | 0x09 | 0x0b | 0x0d | 0x0f | 0x11 | 0x15 | 0x18 | 0x19 | 0x1b => "437",
        0x02 | 0x0a | 0x0e | 0x10 | 0x12 | 0x14 | 0x16 | 0x1a | 0x1d | 0x25 | 0x37 => "850",
        0x26 | 0x65 => "866",
        0x13 | 0x7b => "932",
        0x4d | 0x7a => "936",
        0x4e | 0x79 => "949",
        0x4f | 0x78 => "950",
        0x50 | 0x7c => "windows-874",
        0x7d => "1255",
        0x7e => "1256",
        0xc8 => "1250",
        0xc9 => "1251",
        0xca => "1254",
        0xcb => "1253",
        0xcc => "1257",
        _ => return None,
    };
    Charset::named(name)
}

/// The file beside `path` with another extension, in small or capital letters.
pub(super) fn sibling(path: &Path, extension: &str) -> Option<PathBuf> {
    let capital = extension[..1].to_ascii_uppercase() + &extension[1..];
    let spellings = [
        extension.to_owned(),
        extension.to_ascii_uppercase(),
        capital,
    ];
    spellings
        .iter()
        .map(|spelling| path.with_extension(spelling))
        .find(|sibling| sibling.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "Ñuñoa – Peñalolén";

    /// A table of one text column with one record.
    fn table(text: &[u8], language: u8) -> Vec<u8> {
        one_column(b'C', 0, text, language)
    }

    fn one_column(kind: u8, decimals: u8, cell: &[u8], language: u8) -> Vec<u8> {
        let length = u8::try_from(cell.len()).expect("short");
        let mut table = vec![3, 99, 1, 1, 1, 0, 0, 0, 65, 0, length + 1, 0];
        table.resize(32, 0);
        table[29] = language;
        table.extend(b"name\0\0\0\0\0\0\0");
        table.extend([kind, 0, 0, 0, 0, length, decimals]);
        table.resize(64, 0);
        table.extend(b"\r ");
        table.extend(cell);
        table
    }

    fn first(table: &[u8], cpg: Option<&str>) -> (String, Vec<Problem>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.dbf");
        if let Some(cpg) = cpg {
            fs::write(folder.path().join("a.CPG"), cpg).expect("a file");
        }
        let features = read(&path, table).expect("a table");
        (features.columns[0].value(0).display(), features.problems)
    }

    #[test]
    fn text_is_read_in_the_encoding_the_files_name_or_show() {
        let (windows, _, _) = encoding_rs::WINDOWS_1252.encode(NAME);
        for cpg in ["1252", "CP1252", "ISO-8859-1", "88591", "ANSI 1252\r\n"] {
            assert_eq!(first(&table(&windows, 0), Some(cpg)).0, NAME, "{cpg}");
        }
        for language in [0x00, 0x03, 0x57, 0x59] {
            assert_eq!(
                first(&table(&windows, language), None).0,
                NAME,
                "{language:#x}"
            );
            assert_eq!(
                first(&table(NAME.as_bytes(), language), None).0,
                NAME,
                "{language:#x}"
            );
        }
        assert_eq!(first(&table(NAME.as_bytes(), 0x57), Some("UTF-8")).0, NAME);
        assert_eq!(first(&table(b"\xa5u\xa4oa", 0x02), None).0, "Ñuñoa");
    }

    #[test]
    fn a_character_that_did_not_fit_its_field_does_not_spoil_the_others() {
        let cut = &"Peñalolén".as_bytes()[..9];
        assert_eq!(first(&table(cut, 0x57), None).0, "Peñalol");
    }

    #[test]
    fn an_encoding_nobody_knows_is_reported() {
        let (name, problems) = first(&table(NAME.as_bytes(), 0), Some("klingon"));
        assert_eq!((name.as_str(), problems.len()), (NAME, 1));
    }

    #[test]
    fn cells_have_the_type_of_their_column() {
        let value =
            |kind, decimals, cell: &[u8]| first(&one_column(kind, decimals, cell, 0), None).0;
        assert_eq!(value(b'D', 0, b"20170419"), "2017-04-19");
        assert_eq!(value(b'D', 0, b"        "), "");
        assert_eq!(value(b'L', 0, b"T"), "true");
        assert_eq!(value(b'L', 0, b"?"), "");
        assert_eq!(value(b'N', 0, b"    -12"), "-12");
        assert_eq!(value(b'N', 2, b"   3.00"), "3");
        assert_eq!(value(b'N', 0, b"*******"), "");
        assert_eq!(value(b'F', 4, b"1.5e+003"), "1500");
        assert_eq!(value(b'I', 0, &(-7_i32).to_le_bytes()), "-7");
        assert_eq!(value(b'O', 0, &2.5_f64.to_le_bytes()), "2.5");
    }

    #[test]
    fn a_cell_that_makes_no_sense_is_null_and_reported() {
        let (value, problems) = first(&one_column(b'N', 0, b"abc", 0), None);
        assert_eq!(
            (
                value.as_str(),
                problems[0].feature,
                problems[0].column.as_deref()
            ),
            ("", Some(1), Some("name"))
        );
    }

    #[test]
    fn a_table_that_breaks_off_says_how_far_it_goes() {
        let mut table = table(b"abc", 0);
        table[4..8].copy_from_slice(&1_000_000_000_u32.to_le_bytes());
        let (_, problems) = first(&table, None);
        assert!(
            problems[0]
                .message
                .contains("announces 1000000000 records but has only 1"),
            "{}",
            problems[0]
        );
    }

    #[test]
    fn columns_wider_than_their_records_are_an_error() {
        let mut table = table(b"abc", 0);
        table[10] = 2;
        assert!(read(Path::new("a.dbf"), &table).is_err());
    }

    #[test]
    fn deleted_records_are_left_out_and_counted() {
        let mut table = table(b"abc", 0);
        let record = table.len() - 4;
        table[record] = b'*';
        let features = read(Path::new("a.dbf"), &table).expect("a table");
        assert_eq!((features.len(), features.problems.len()), (0, 1));
    }
}
