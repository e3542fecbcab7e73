//! `OpenDocument` spreadsheets (.ods).
//!
//! Source: OASIS `OpenDocument` 1.3 Part 3, 9 (tables) and 19.385 (value types).

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::SHEETS_MAX;
use super::package::Package;
use super::reference::{Area, COLUMNS_MAX, ROWS_MAX};
use super::sheet::{Cell, Sheet};
use super::xml::{Xml, attribute, push_reference};
use crate::problem::LoadError;

/// Reads all sheets.
pub(super) fn read(path: &Path) -> Result<Vec<Sheet>, LoadError> {
    let mut package = Package::open(path)?;
    if package
        .part("META-INF/manifest.xml", is_encrypted)?
        .unwrap_or(false)
    {
        return Err(LoadError::new(path, "is encrypted").advice("save it without a password"));
    }
    let mut document = Document::new(package.size("content.xml"));
    package
        .part("content.xml", |xml| document.read(xml))?
        .ok_or_else(|| LoadError::new(path, "has no content in it"))?;
    Ok(document.sheets)
}

fn is_encrypted(xml: &mut Xml<'_>) -> Result<bool, String> {
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "encryption-data" => {
                return Ok(true);
            }
            Event::Eof => return Ok(false),
            _ => {}
        }
    }
}

/// The document while it is read.
struct Document {
    sheets: Vec<Sheet>,
    bytes: usize,
    /// Styles of tables that are not displayed.
    hidden_styles: HashSet<String>,
    style: String,
    /// How many tables the reader is in; those in cells are left out.
    depth: usize,
    row: Row,
    cell: Open,
}

/// The current row: its number, how often it stands, and its cells.
#[derive(Default)]
struct Row {
    number: u32,
    repeated: u32,
    column: u32,
    cells: Vec<(u32, Cell)>,
}

/// The cell that is open.
#[derive(Default)]
struct Open {
    open: bool,
    repeated: u32,
    value: Option<Cell>,
    is_error: bool,
    text: String,
    paragraphs: usize,
    /// How many notes and drawings the reader is in, whose text is not the cell's.
    aside: usize,
}

impl Document {
    fn new(bytes: usize) -> Self {
        Self {
            sheets: vec![],
            bytes,
            hidden_styles: HashSet::new(),
            style: String::new(),
            depth: 0,
            row: Row::default(),
            cell: Open::default(),
        }
    }

    fn read(&mut self, xml: &mut Xml<'_>) -> Result<(), String> {
        let mut whole = false;
        loop {
            match xml.next()? {
                Event::Start(element) => self.start(&element),
                Event::End(element) => {
                    whole |= element.local_name().as_ref() == "document-content";
                    self.end(element.local_name().as_ref())?;
                }
                Event::Text(text) if self.cell.takes_text() => {
                    self.cell.text.push_str(&text.xml10_content());
                }
                Event::GeneralRef(reference) if self.cell.takes_text() => {
                    push_reference(&reference, &mut self.cell.text);
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if let Some(last) = self.sheets.last_mut() {
            last.cut = !whole;
        }
        Ok(())
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        let name = element.local_name();
        match name.as_ref() {
            "style" => self.style = attribute(element, "name").unwrap_or_default(),
            "table-properties" if attribute(element, "display").is_some_and(|on| on == "false") => {
                self.hidden_styles.insert(std::mem::take(&mut self.style));
            }
            "table" => {
                self.depth += 1;
                if self.depth == 1 {
                    self.start_table(element);
                }
            }
            _ if self.depth != 1 || self.sheets.is_empty() => {}
            "table-row" => {
                self.row.repeated = count(element, "number-rows-repeated", ROWS_MAX);
                self.row.column = 0;
                self.row.cells.clear();
            }
            "table-cell" | "covered-table-cell" => self.start_cell(element),
            "annotation" | "frame" | "custom-shape" => self.cell.aside += 1,
            name => self.cell.start(name, element),
        }
    }

    fn start_table(&mut self, element: &BytesStart<'_>) {
        if self.sheets.len() == SHEETS_MAX {
            self.depth += 1;
            return;
        }
        let mut sheet = Sheet::new(attribute(element, "name").unwrap_or_default(), self.bytes);
        let style = attribute(element, "style-name");
        sheet.hidden = style.is_some_and(|style| self.hidden_styles.contains(&style));
        self.sheets.push(sheet);
        self.row = Row::default();
    }

    fn start_cell(&mut self, element: &BytesStart<'_>) {
        let columns = count(element, "number-columns-spanned", COLUMNS_MAX);
        let rows = count(element, "number-rows-spanned", ROWS_MAX);
        if columns.max(rows) > 1
            && let Some(sheet) = self.sheets.last_mut()
        {
            sheet.merged.push(Area {
                rows: (self.row.number, self.row.number.saturating_add(rows - 1)),
                columns: (self.row.column, self.row.column.saturating_add(columns - 1)),
            });
        }
        self.cell = Open {
            open: true,
            repeated: count(element, "number-columns-repeated", COLUMNS_MAX),
            value: value(element),
            is_error: is_error(element),
            ..Open::default()
        };
    }

    fn end(&mut self, name: &str) -> Result<(), String> {
        match name {
            "table" => self.depth = self.depth.saturating_sub(1),
            _ if self.depth != 1 => {}
            "table-cell" | "covered-table-cell" => self.end_cell(),
            "table-row" => self.end_row()?,
            "annotation" | "frame" | "custom-shape" => {
                self.cell.aside = self.cell.aside.saturating_sub(1);
            }
            _ => {}
        }
        Ok(())
    }

    fn end_cell(&mut self) {
        let open = std::mem::take(&mut self.cell);
        let until = self
            .row
            .column
            .saturating_add(open.repeated.max(1))
            .min(COLUMNS_MAX);
        if let Some(cell) = open.cell() {
            self.row
                .cells
                .extend((self.row.column..until).map(|column| (column, cell.clone())));
        }
        self.row.column = until;
    }

    fn end_row(&mut self) -> Result<(), String> {
        let until = self.row.number.saturating_add(self.row.repeated.max(1));
        if let Some(sheet) = self
            .sheets
            .last_mut()
            .filter(|_| !self.row.cells.is_empty())
        {
            for number in self.row.number..until.min(ROWS_MAX) {
                for (column, cell) in &self.row.cells {
                    sheet.push(number, *column, cell.clone())?;
                }
            }
        }
        self.row.number = until;
        Ok(())
    }
}

impl Open {
    fn takes_text(&self) -> bool {
        self.open && self.aside == 0 && self.paragraphs > 0
    }

    /// Paragraphs and what stands for white space in them.
    fn start(&mut self, name: &str, element: &BytesStart<'_>) {
        const BLANKS_MAX: u32 = 1_000;
        if !self.open || self.aside > 0 {
            return;
        }
        match name {
            "p" => {
                self.text
                    .push_str(if self.paragraphs > 0 { "\n" } else { "" });
                self.paragraphs += 1;
            }
            "s" => (0..count(element, "c", BLANKS_MAX)).for_each(|_| self.text.push(' ')),
            "tab" => self.text.push('\t'),
            "line-break" => self.text.push('\n'),
            _ => {}
        }
    }

    /// What the cell holds; its text where it has no value.
    fn cell(self) -> Option<Cell> {
        match self.value {
            _ if self.is_error => Some(Cell::Error(self.text.into())),
            Some(value) => Some(value),
            None if self.text.is_empty() => None,
            None => Some(Cell::Text(self.text.into())),
        }
    }
}

/// The value that a cell's attributes say.
fn value(element: &BytesStart<'_>) -> Option<Cell> {
    match &*qualified(element, "office:value-type")? {
        "float" | "percentage" | "currency" => {
            let number: f64 = qualified(element, "office:value")?.trim().parse().ok()?;
            number.is_finite().then_some(Cell::Number(number))
        }
        "boolean" => Some(Cell::Bool(
            qualified(element, "office:boolean-value")? == "true",
        )),
        "date" => Some(Cell::Date(qualified(element, "office:date-value")?.into())),
        "time" => Some(Cell::Date(clock(&qualified(element, "office:time-value")?))),
        _ => Some(Cell::Text(
            qualified(element, "office:string-value")?.into(),
        )),
    }
}

/// Whether the extension of `LibreOffice` says, under whatever prefix, that the cell is an error.
fn is_error(element: &BytesStart<'_>) -> bool {
    let mut attributes = element.attributes();
    attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .any(|attribute| {
            attribute.key.local_name().as_ref() == "value-type" && &*attribute.value == "error"
        })
}

/// `PT18H05M00S` as `18:05:00`; what is no such duration stays as it is.
fn clock(duration: &str) -> Arc<str> {
    let parts = || {
        let (hours, rest) = duration.strip_prefix("PT")?.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        let seconds = rest.strip_suffix('S')?;
        let whole = seconds.split(['.', ',']).next()?;
        let number = |text: &str| text.parse::<u32>().ok();
        Some((number(hours)?, number(minutes)?, number(whole)?))
    };
    match parts() {
        Some((hours, minutes, seconds)) => format!("{hours:02}:{minutes:02}:{seconds:02}").into(),
        None => duration.into(),
    }
}

/// A number of repetitions, from 1 to `max`.
fn count(element: &BytesStart<'_>, name: &str, max: u32) -> u32 {
    let count = attribute(element, name).and_then(|count| count.trim().parse::<u32>().ok());
    count.unwrap_or(1).clamp(1, max)
}

/// The value of the attribute with this prefix and name.
fn qualified(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).ok()??;
    quick_xml::escape::unescape(&found.value)
        .ok()
        .map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_clocks() {
        assert_eq!(&*clock("PT18H05M00S"), "18:05:00");
        assert_eq!(&*clock("PT36H00M01.5S"), "36:00:01");
        assert_eq!(&*clock("P1D"), "P1D");
    }
}
