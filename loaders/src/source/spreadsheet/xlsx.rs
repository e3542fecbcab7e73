//! Office Open XML workbooks (.xlsx, .xlsm).
//!
//! Source: ECMA-376 Part 1, 18.2 (workbook), 18.3 (worksheets), 18.4 (shared strings), 18.8 (styles).

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use quick_xml::events::{BytesStart, Event};

use super::SHEETS_MAX;
use super::date::Meaning;
use super::package::Package;
use super::reference::{self, Area};
use super::sheet::{Cell, Sheet};
use super::xml::{Xml, attribute, push_reference};
use crate::problem::LoadError;

/// Reads the sheets, each in the order of the workbook. Where one is `wanted` the others come without their cells.
pub(super) fn read(path: &Path, wanted: Option<&str>) -> Result<Vec<Sheet>, LoadError> {
    let mut package = Package::open(path)?;
    let book = Book::open(path, &mut package)?;
    let mut sheets = vec![];
    for entry in &book.entries {
        let bytes = package.size(&entry.part).saturating_add(book.strings_bytes);
        let mut sheet = Sheet::new(entry.name.clone(), bytes);
        sheet.hidden = entry.hidden;
        if wanted.is_none_or(|wanted| wanted == sheet.name) {
            package.part(&entry.part, |xml| cells(xml, &book, &mut sheet))?;
        }
        sheets.push(sheet);
    }
    Ok(sheets)
}

/// A sheet as the workbook lists it.
struct Entry {
    name: String,
    hidden: bool,
    relation: String,
    part: String,
}

/// What all sheets share.
#[derive(Default)]
struct Book {
    entries: Vec<Entry>,
    strings: Vec<Arc<str>>,
    strings_bytes: usize,
    meanings: Vec<Meaning>,
    from_1904: bool,
}

/// Where a relation leads, and what it is.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Book {
    fn open(path: &Path, package: &mut Package<'_>) -> Result<Self, LoadError> {
        let roots = package
            .part("_rels/.rels", read_relations)?
            .unwrap_or_default();
        let main = roots
            .iter()
            .find(|relation| relation.kind == "officeDocument");
        let main = main.map_or("xl/workbook.xml", |relation| &relation.target);
        let main = main.trim_start_matches('/').to_owned();
        let (folder, name) = main.rsplit_once('/').unwrap_or(("", &main));
        let mut book = Self::default();
        package
            .part(&main, |xml| book.read_workbook(xml))?
            .ok_or_else(|| LoadError::new(path, "has no workbook in it"))?;
        let relations = package
            .part(&format!("{folder}/_rels/{name}.rels"), read_relations)?
            .unwrap_or_default();
        let part = |target: &str| match target.strip_prefix('/') {
            Some(absolute) => absolute.to_owned(),
            None => format!("{folder}/{target}"),
        };
        for entry in &mut book.entries {
            let relation = relations
                .iter()
                .find(|relation| relation.id == entry.relation);
            entry.part = relation
                .map(|relation| part(&relation.target))
                .unwrap_or_default();
        }
        let sheets = |entry: &Entry| {
            let relation = relations
                .iter()
                .find(|relation| relation.id == entry.relation);
            relation.is_some_and(|relation| relation.kind == "worksheet")
        };
        book.entries.retain(sheets);
        // Two sheets of one part would cost the file nothing and us its size again.
        let mut parts = HashSet::new();
        book.entries
            .retain(|entry| parts.insert(entry.part.to_ascii_lowercase()));
        let of_kind = |kind: &str, usual: &str| {
            let relation = relations.iter().find(|relation| relation.kind == kind);
            part(relation.map_or(usual, |relation| &relation.target))
        };
        let strings = of_kind("sharedStrings", "sharedStrings.xml");
        book.strings_bytes = package.size(&strings);
        package.part(&strings, |xml| book.read_strings(xml))?;
        package.part(&of_kind("styles", "styles.xml"), |xml| {
            book.read_styles(xml)
        })?;
        Ok(book)
    }

    fn read_workbook(&mut self, xml: &mut Xml<'_>) -> Result<(), String> {
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "sheet" if self.entries.len() < SHEETS_MAX => self.entries.push(Entry {
                        name: attribute(&element, "name").unwrap_or_default(),
                        hidden: attribute(&element, "state")
                            .is_some_and(|state| state != "visible"),
                        relation: attribute(&element, "id").unwrap_or_default(),
                        part: String::new(),
                    }),
                    "workbookPr" => {
                        let since = attribute(&element, "date1904");
                        self.from_1904 |= since.is_some_and(|on| matches!(&*on, "1" | "true"));
                    }
                    _ => {}
                },
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// Every `si`: its texts put together, without the reading aids of `rPh`.
    fn read_strings(&mut self, xml: &mut Xml<'_>) -> Result<(), String> {
        let mut text = Texts::default();
        loop {
            match xml.next()? {
                Event::End(element) if element.local_name().as_ref() == "si" => {
                    self.strings.push(text.take());
                }
                Event::Eof => return Ok(()),
                event => text.read(&event),
            }
        }
    }

    /// What each cell format makes of numbers.
    fn read_styles(&mut self, xml: &mut Xml<'_>) -> Result<(), String> {
        let mut codes: HashMap<String, Meaning> = HashMap::new();
        let mut in_cell_formats = false;
        loop {
            match xml.next()? {
                Event::Start(element) => match element.local_name().as_ref() {
                    "numFmt" => {
                        let code = attribute(&element, "formatCode").unwrap_or_default();
                        let id = attribute(&element, "numFmtId").unwrap_or_default();
                        codes.insert(id, Meaning::of_code(&code));
                    }
                    "cellXfs" => in_cell_formats = true,
                    "xf" if in_cell_formats => {
                        let id = attribute(&element, "numFmtId").unwrap_or_default();
                        let builtin = || Meaning::of_builtin(id.parse().unwrap_or(0));
                        self.meanings
                            .push(codes.get(&id).copied().unwrap_or_else(builtin));
                    }
                    _ => {}
                },
                Event::End(element) if element.local_name().as_ref() == "cellXfs" => {
                    in_cell_formats = false;
                }
                Event::Eof => return Ok(()),
                _ => {}
            }
        }
    }

    /// What a cell of this type and format holds; `None` where it is empty.
    fn cell(&self, kind: &str, style: Option<usize>, value: Arc<str>) -> Option<Cell> {
        if value.is_empty() {
            return None;
        }
        Some(match kind {
            "s" => Cell::Text(Arc::clone(
                self.strings.get(value.trim().parse::<usize>().ok()?)?,
            )),
            "str" | "inlineStr" => Cell::Text(value),
            "b" => Cell::Bool(matches!(value.trim(), "1" | "true")),
            "e" => Cell::Error(value),
            "d" => Cell::Date(value),
            _ => {
                let number: f64 = value
                    .trim()
                    .parse()
                    .ok()
                    .filter(|number: &f64| number.is_finite())?;
                let meaning = style.and_then(|style| self.meanings.get(style)).copied();
                match meaning.unwrap_or_default().text(number, self.from_1904) {
                    Some(date) => Cell::Date(date.into()),
                    None => Cell::Number(number),
                }
            }
        })
    }
}

fn read_relations(xml: &mut Xml<'_>) -> Result<Vec<Relation>, String> {
    let mut relations = vec![];
    loop {
        match xml.next()? {
            Event::Start(element) if element.local_name().as_ref() == "Relationship" => {
                let kind = attribute(&element, "Type").unwrap_or_default();
                relations.push(Relation {
                    id: attribute(&element, "Id").unwrap_or_default(),
                    kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
                    target: attribute(&element, "Target").unwrap_or_default(),
                });
            }
            Event::Eof => return Ok(relations),
            _ => {}
        }
    }
}

/// Collects the text of `t` and `v` elements.
#[derive(Default)]
struct Texts {
    text: String,
    inside: bool,
    in_reading_aid: bool,
}

impl Texts {
    fn read(&mut self, event: &Event<'_>) {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "t" | "v" => self.inside = !self.in_reading_aid,
                "rPh" => self.in_reading_aid = true,
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "t" | "v" => self.inside = false,
                "rPh" => self.in_reading_aid = false,
                _ => {}
            },
            Event::Text(text) if self.inside => self.text.push_str(&text.xml10_content()),
            Event::CData(text) if self.inside => self.text.push_str(text),
            Event::GeneralRef(reference) if self.inside => {
                push_reference(reference, &mut self.text);
            }
            _ => {}
        }
    }

    fn take(&mut self) -> Arc<str> {
        let text = unescaped(&self.text);
        self.text.clear();
        text
    }
}

/// Text with its `_x000D_` escapes resolved (`ST_Xstring`, 22.9.2.19).
fn unescaped(text: &str) -> Arc<str> {
    if !text.contains("_x") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("_x") {
        let code = rest
            .get(at + 2..at + 6)
            .filter(|_| rest.as_bytes().get(at + 6) == Some(&b'_'));
        let c = code.and_then(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        let end = if c.is_some() { at + 7 } else { at + 2 };
        out.push_str(if c.is_some() {
            &rest[..at]
        } else {
            &rest[..end]
        });
        out.extend(c);
        rest = &rest[end..];
    }
    (out + rest).into()
}

/// Where the next cell is, where it does not say itself, and what is known of it.
#[derive(Default)]
struct Current {
    row: u32,
    column: u32,
    kind: String,
    style: Option<usize>,
}

impl Current {
    fn start_row(&mut self, element: &BytesStart<'_>) {
        let number = attribute(element, "r").and_then(|number| number.parse::<u32>().ok());
        if let Some(row) = number.and_then(|number| number.checked_sub(1)) {
            self.row = row;
        }
        self.column = 0;
    }

    fn start_cell(&mut self, element: &BytesStart<'_>) {
        let place = attribute(element, "r").and_then(|text| reference::cell(&text));
        (self.row, self.column) = place.unwrap_or((self.row, self.column));
        self.kind = attribute(element, "t").unwrap_or_default();
        self.style = attribute(element, "s").and_then(|style| style.parse().ok());
    }
}

fn cells(xml: &mut Xml<'_>, book: &Book, sheet: &mut Sheet) -> Result<(), String> {
    let (mut current, mut text, mut whole) = (Current::default(), Texts::default(), false);
    loop {
        let event = xml.next()?;
        match &event {
            Event::Start(element) => match element.local_name().as_ref() {
                "row" => current.start_row(element),
                "c" => current.start_cell(element),
                "mergeCell" => {
                    let area = attribute(element, "ref").and_then(|area| Area::parse(&area));
                    sheet.merged.extend(area);
                }
                _ => {}
            },
            Event::End(element) => match element.local_name().as_ref() {
                "row" => current.row = current.row.saturating_add(1),
                "c" => {
                    if let Some(cell) = book.cell(&current.kind, current.style, text.take()) {
                        sheet.push(current.row, current.column, cell)?;
                    }
                    current.column = current.column.saturating_add(1);
                }
                "worksheet" => whole = true,
                _ => {}
            },
            Event::Eof => break,
            _ => {}
        }
        text.read(&event);
    }
    sheet.cut = !whole;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_of_control_characters_are_resolved() {
        assert_eq!(&*unescaped("a_x000D_\nb"), "a\r\nb");
        assert_eq!(&*unescaped("_x005F_x000D_"), "_x000D_");
        assert_eq!(&*unescaped("eje_x, _xÑ00D_ _x00"), "eje_x, _xÑ00D_ _x00");
    }
}
