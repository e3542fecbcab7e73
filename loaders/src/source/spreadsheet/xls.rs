//! Excel workbooks of 1993 to 2003 (.xls): BIFF5 and BIFF8.
//!
//! Source: `[MS-XLS]` 2.4 (records), 2.5.296 (strings).

mod strings;

use std::path::Path;
use std::sync::Arc;

use super::SHEETS_MAX;
use super::compound::{Compound, u16_at, u32_at};
use super::date::Meaning;
use super::reference::Area;
use super::sheet::{Cell, Sheet};
use crate::problem::LoadError;
use crate::source::text::{Charset, WINDOWS};
use strings::Cursor;

/// Reads all sheets of the workbook in `bytes`.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Sheet>, LoadError> {
    let wrong = |why: &str| {
        LoadError::new(path, format!("cannot be read as an Excel workbook: {why}"))
            .advice("open it and save it as XLSX")
    };
    let file = Compound::open(bytes).map_err(wrong)?;
    if file.stream("EncryptedPackage").map_err(wrong)?.is_some() {
        return Err(LoadError::new(path, "is encrypted").advice("save it without a password"));
    }
    let book = file.stream("Workbook").map_err(wrong)?;
    let stream = match book {
        Some(stream) => stream,
        None => file
            .stream("Book")
            .map_err(wrong)?
            .ok_or_else(|| wrong("there is no workbook in it"))?,
    };
    let book = Book::read(&stream).map_err(wrong)?;
    book.sheets(&stream).map_err(wrong)
}

/// Numbers of records.
mod kind {
    pub(super) const FORMULA: u16 = 0x0006;
    pub(super) const EOF: u16 = 0x000a;
    pub(super) const DATE_MODE: u16 = 0x0022;
    pub(super) const FILE_PASS: u16 = 0x002f;
    pub(super) const CONTINUE: u16 = 0x003c;
    pub(super) const CODE_PAGE: u16 = 0x0042;
    pub(super) const BOUND_SHEET: u16 = 0x0085;
    pub(super) const MUL_RK: u16 = 0x00bd;
    pub(super) const R_STRING: u16 = 0x00d6;
    pub(super) const XF: u16 = 0x00e0;
    pub(super) const MERGE_CELLS: u16 = 0x00e5;
    pub(super) const SST: u16 = 0x00fc;
    pub(super) const LABEL_SST: u16 = 0x00fd;
    pub(super) const NUMBER: u16 = 0x0203;
    pub(super) const LABEL: u16 = 0x0204;
    pub(super) const BOOL_ERR: u16 = 0x0205;
    pub(super) const STRING: u16 = 0x0207;
    pub(super) const RK: u16 = 0x027e;
    pub(super) const FORMAT: u16 = 0x041e;
    pub(super) const BOF: u16 = 0x0809;
}

/// A record with the records that continue it.
struct Record<'a> {
    kind: u16,
    data: &'a [u8],
    continued: Vec<&'a [u8]>,
}

/// The records from byte `at` on; ends where the stream breaks off.
fn records(stream: &[u8], at: usize) -> impl Iterator<Item = Record<'_>> {
    let mut rest = stream.get(at..).unwrap_or_default();
    std::iter::from_fn(move || {
        let (kind, data) = next_record(&mut rest)?;
        let mut continued = vec![];
        while u16_at(rest, 0) == Some(kind::CONTINUE) {
            let Some((_, data)) = next_record(&mut rest) else {
                break;
            };
            continued.push(data);
        }
        Some(Record {
            kind,
            data,
            continued,
        })
    })
}

fn next_record<'a>(rest: &mut &'a [u8]) -> Option<(u16, &'a [u8])> {
    let (kind, len) = (u16_at(rest, 0)?, usize::from(u16_at(rest, 2)?));
    let data = rest.get(4..4 + len)?;
    *rest = &rest[4 + len..];
    Some((kind, data))
}

/// What all sheets share.
struct Book {
    /// Where each sheet begins, its name, and whether it is hidden.
    entries: Vec<(usize, String, bool)>,
    strings: Vec<Arc<str>>,
    meanings: Vec<Meaning>,
    from_1904: bool,
    charset: Charset,
    unicode: bool,
}

impl Book {
    fn read(stream: &[u8]) -> Result<Self, &'static str> {
        let mut book = Self {
            entries: vec![],
            strings: vec![],
            meanings: vec![],
            from_1904: false,
            charset: WINDOWS,
            unicode: true,
        };
        let (mut codes, mut formats) = (std::collections::HashMap::new(), vec![]);
        for record in records(stream, 0) {
            let data = record.data;
            match record.kind {
                kind::BOF => book.unicode = u16_at(data, 0) != Some(0x0500),
                kind::FILE_PASS => return Err("it is encrypted; save it without a password"),
                kind::CODE_PAGE => {
                    let named = u16_at(data, 0).and_then(|page| Charset::named(&page.to_string()));
                    book.charset = named.unwrap_or(WINDOWS);
                }
                kind::DATE_MODE => book.from_1904 = u16_at(data, 0) == Some(1),
                kind::FORMAT => {
                    if let (Some(id), Some(code)) = (u16_at(data, 0), book.format_code(&record)) {
                        codes.insert(id, Meaning::of_code(&code));
                    }
                }
                kind::XF => formats.push(u16_at(data, 2).unwrap_or(0)),
                kind::BOUND_SHEET if book.entries.len() < SHEETS_MAX => {
                    book.entries.extend(book.entry(&record));
                }
                kind::SST => book.strings = shared_strings(&record),
                kind::EOF => break,
                _ => {}
            }
        }
        let meaning = |id: &u16| {
            codes
                .get(id)
                .copied()
                .unwrap_or_else(|| Meaning::of_builtin(u32::from(*id)))
        };
        book.meanings = formats.iter().map(meaning).collect();
        Ok(book)
    }

    fn format_code(&self, record: &Record<'_>) -> Option<String> {
        let mut cursor = Cursor::new(record, 2);
        if self.unicode {
            let chars = usize::from(cursor.u16()?);
            cursor.unicode(chars)
        } else {
            let bytes = usize::from(cursor.u8()?);
            Some(cursor.encoded(bytes, self.charset))
        }
    }

    /// Where a sheet begins, its name, and whether it is hidden; only sheets with cells.
    fn entry(&self, record: &Record<'_>) -> Option<(usize, String, bool)> {
        let start = u32_at(record.data, 0)? as usize;
        let (hidden, sheet) = (*record.data.get(4)? & 3 != 0, *record.data.get(5)? == 0);
        let mut cursor = Cursor::new(record, 6);
        let chars = usize::from(cursor.u8()?);
        let name = if self.unicode {
            cursor.unicode(chars)?
        } else {
            cursor.encoded(chars, self.charset)
        };
        sheet.then_some((start, name, hidden))
    }

    fn sheets(&self, stream: &[u8]) -> Result<Vec<Sheet>, &'static str> {
        let mut starts = std::collections::HashSet::new();
        let mut sheets = vec![];
        for (start, name, hidden) in &self.entries {
            let mut sheet = Sheet::new(name.clone(), stream.len());
            sheet.hidden = *hidden;
            // Two sheets at one place would cost the file nothing and us its size again.
            if starts.insert(*start) {
                self.cells(stream, *start, &mut sheet)?;
            }
            sheets.push(sheet);
        }
        Ok(sheets)
    }

    /// The records of one sheet until its end; charts in it have records of their own, which are left out.
    fn cells(&self, stream: &[u8], start: usize, sheet: &mut Sheet) -> Result<(), &'static str> {
        let (mut depth, mut formula) = (0_usize, (0, 0));
        sheet.cut = true;
        for record in records(stream, start) {
            match record.kind {
                kind::BOF => depth += 1,
                kind::EOF => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        sheet.cut = false;
                        break;
                    }
                }
                _ if depth > 1 => {}
                kind::MERGE_CELLS => sheet.merged.extend(areas(record.data)),
                kind::MUL_RK => self.multiple(record.data, sheet)?,
                kind::STRING => {
                    if let Some(text) = self.text(&record, 0) {
                        sheet.push(formula.0, formula.1, Cell::Text(text.into()))?;
                    }
                }
                _ => {
                    let Some((row, column)) = place(record.data) else {
                        continue;
                    };
                    formula = if record.kind == kind::FORMULA {
                        (row, column)
                    } else {
                        formula
                    };
                    if let Some(cell) = self.cell(&record) {
                        sheet.push(row, column, cell)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What a record with one cell holds. The text of a formula comes in a record of its own.
    fn cell(&self, record: &Record<'_>) -> Option<Cell> {
        let data = record.data;
        let style = u16_at(data, 4)?;
        match record.kind {
            kind::NUMBER => self.number(f64_at(data, 6)?, style),
            kind::RK => self.number(rk(u32_at(data, 6)?), style),
            kind::LABEL_SST => {
                let text = self.strings.get(u32_at(data, 6)? as usize)?;
                Some(Cell::Text(Arc::clone(text)))
            }
            kind::LABEL | kind::R_STRING => Some(Cell::Text(self.text(record, 6)?.into())),
            kind::BOOL_ERR => match data.get(7)? {
                0 => Some(Cell::Bool(*data.get(6)? != 0)),
                _ => Some(Cell::Error(error(*data.get(6)?).into())),
            },
            kind::FORMULA if data.get(12..14)? == [0xff, 0xff] => match data.get(6)? {
                1 => Some(Cell::Bool(*data.get(8)? != 0)),
                2 => Some(Cell::Error(error(*data.get(8)?).into())),
                _ => None,
            },
            kind::FORMULA => self.number(f64_at(data, 6)?, style),
            _ => None,
        }
    }

    fn multiple(&self, data: &[u8], sheet: &mut Sheet) -> Result<(), &'static str> {
        let Some((row, first)) = place(data) else {
            return Ok(());
        };
        let cells = data
            .get(4..data.len().saturating_sub(2))
            .unwrap_or_default();
        for (column, cell) in (first..).zip(cells.chunks_exact(6)) {
            let number = u32_at(cell, 2).map(rk).zip(u16_at(cell, 0));
            if let Some(cell) = number.and_then(|(number, style)| self.number(number, style)) {
                sheet.push(row, column, cell)?;
            }
        }
        Ok(())
    }

    fn number(&self, number: f64, style: u16) -> Option<Cell> {
        let meaning = self
            .meanings
            .get(usize::from(style))
            .copied()
            .unwrap_or_default();
        number
            .is_finite()
            .then(|| match meaning.text(number, self.from_1904) {
                Some(date) => Cell::Date(date.into()),
                None => Cell::Number(number),
            })
    }

    /// A string with its length before it.
    fn text(&self, record: &Record<'_>, at: usize) -> Option<String> {
        let mut cursor = Cursor::new(record, at);
        let chars = usize::from(cursor.u16()?);
        if self.unicode {
            cursor.unicode(chars)
        } else {
            Some(cursor.encoded(chars, self.charset))
        }
    }
}

fn shared_strings(record: &Record<'_>) -> Vec<Arc<str>> {
    let mut cursor = Cursor::new(record, 8);
    std::iter::from_fn(|| cursor.rich().map(Arc::from)).collect()
}

fn place(data: &[u8]) -> Option<(u32, u32)> {
    Some((u32::from(u16_at(data, 0)?), u32::from(u16_at(data, 2)?)))
}

fn areas(data: &[u8]) -> impl Iterator<Item = Area> {
    let areas = data.get(2..).unwrap_or_default().chunks_exact(8);
    areas.filter_map(|area| {
        let edge = |at: usize| u16_at(area, at).map(u32::from);
        let area = Area {
            rows: (edge(0)?, edge(2)?),
            columns: (edge(4)?, edge(6)?),
        };
        (area.rows.0 <= area.rows.1 && area.columns.0 <= area.columns.1).then_some(area)
    })
}

fn f64_at(data: &[u8], at: usize) -> Option<f64> {
    data.get(at..)?
        .first_chunk()
        .map(|bytes| f64::from_le_bytes(*bytes))
}

/// The number of an RK value (2.5.122): the upper 30 bits of a float or a whole number, perhaps of hundredths.
fn rk(value: u32) -> f64 {
    let number = if value & 2 == 0 {
        f64::from_bits(u64::from(value & !3) << 32)
    } else {
        f64::from(value.cast_signed() >> 2)
    };
    if value & 1 == 0 {
        number
    } else {
        number / 100.0
    }
}

fn error(code: u8) -> &'static str {
    match code {
        0x00 => "#NULL!",
        0x07 => "#DIV/0!",
        0x0f => "#VALUE!",
        0x17 => "#REF!",
        0x1d => "#NAME?",
        0x24 => "#NUM!",
        _ => "#N/A",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rk_values_are_floats_or_whole_numbers_or_hundredths_of_them() {
        assert_eq!(rk(0x3ff0_0000), 1.0);
        assert_eq!(rk((123 << 2) | 2), 123.0);
        assert_eq!(rk((12_345 << 2) | 3), 123.45);
        assert_eq!(rk(((-5_i32) << 2).cast_unsigned() | 2), -5.0);
    }
}
