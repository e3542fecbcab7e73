//! KML 2.2 and 2.3 (OGC 07-147r2, 12-007r2): every placemark of a file as a row, whatever folder it is in.
//!
//! Coordinates are longitude and latitude on WGS 84 (8.1). Descriptions are text and nothing else; links to other files
//! are reported and never followed.

mod archive;
mod geometry;

use std::collections::HashMap;
use std::path::Path;

use comarca_engine::Value;

use super::features::Collector;
use super::table::TOO_MANY_CELLS;
use super::xml::typed::{Kind, typed};
use super::xml::{self, Scanner, Tag};
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem, Problems};

pub(super) use archive::read as read_archive;

/// Reads a KML document as one layer.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let (text, problem) = xml::decode(bytes);
    let mut reader = Reader {
        xml: Scanner::new(path, &text),
        rows: Collector::new(bytes.len()),
        folder_path: String::new(),
        folders: vec![],
        title: None,
        declared: HashMap::new(),
        data_columns: HashMap::new(),
        positions: vec![],
    };
    reader.rows.problems.extend(problem);
    reader.document()?;
    Ok(reader.build(path))
}

/// Longest path of folders, in bytes: it is repeated in every placemark.
const FOLDER_MAX: usize = 250;

/// Elements of a placemark that are columns of text, and the columns' names.
const TEXTS: [(&str, &str); 4] = [
    ("name", "name"),
    ("description", "description"),
    ("address", "address"),
    ("phoneNumber", "phone"),
];
/// Columns that are not from `ExtendedData`.
const OWN_COLUMNS: [&str; 9] = [
    "id",
    "name",
    "description",
    "address",
    "phone",
    "timestamp",
    "begin",
    "end",
    "folder",
];

struct Reader<'a> {
    xml: Scanner<'a>,
    rows: Collector,
    /// Names of the folders that are open, the outermost first.
    folder_path: String,
    /// How long the path was before each folder that is open.
    folders: Vec<usize>,
    title: Option<String>,
    /// Types of the fields that schemas declare.
    declared: HashMap<String, Kind>,
    /// Columns of `ExtendedData` by their names there.
    data_columns: HashMap<String, usize>,
    positions: Vec<[f64; 2]>,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), LoadError> {
        let Some(root) = self.xml.root()? else {
            return Ok(());
        };
        match root.name() {
            "kml" => self.features(true)?,
            "Document" | "Folder" | "Placemark" => self.feature(&root, true)?,
            other => {
                let message = format!("is XML, but not KML: its first element is <{other}>");
                return Err(self.xml.error(message));
            }
        }
        self.rows.problems.extend(self.xml.problem());
        Ok(())
    }

    /// The children of the root element, a document or a folder.
    fn features(&mut self, is_outermost: bool) -> Result<(), LoadError> {
        while let Some(tag) = self.xml.child()? {
            self.feature(&tag, is_outermost)?;
        }
        Ok(())
    }

    fn feature(&mut self, tag: &Tag, is_outermost: bool) -> Result<(), LoadError> {
        match tag.name() {
            "Placemark" => self.placemark(tag),
            "Document" if is_outermost => self.features(false),
            "Document" | "Folder" => {
                let outside = self.folder_path.len();
                self.folders.push(outside);
                let read = self.features(false);
                self.folder_path.truncate(outside);
                self.folders.pop();
                read
            }
            "name" => {
                let name = self.xml.text()?;
                match self.folders.last() {
                    Some(&outside) => self.name_folder(outside, &name),
                    None => {
                        self.title.get_or_insert(name.into_owned());
                    }
                }
                Ok(())
            }
            "Schema" => self.schema(),
            "NetworkLink" => self.network_link(),
            name @ ("GroundOverlay" | "PhotoOverlay" | "ScreenOverlay" | "Tour") => {
                let message = format!("a {name} is no feature of a map layer and is left out");
                self.rows.problems.add(Problem::notice(message));
                self.xml.skip()
            }
            _ => self.xml.skip(),
        }
    }

    /// Adds the name of the innermost folder to the path, which is cut off at its bound.
    fn name_folder(&mut self, outside: usize, name: &str) {
        self.folder_path.truncate(outside);
        if outside > 0 && outside < FOLDER_MAX && !name.is_empty() {
            self.folder_path.push('/');
        }
        let room = FOLDER_MAX.saturating_sub(self.folder_path.len());
        let end = (0..=room.min(name.len()))
            .rev()
            .find(|at| name.is_char_boundary(*at));
        self.folder_path.push_str(&name[..end.unwrap_or(0)]);
    }

    fn placemark(&mut self, tag: &Tag) -> Result<(), LoadError> {
        self.set_text("id", tag.attribute("id").unwrap_or_default().as_ref());
        let mut flaw = Ok(());
        while let Some(child) = self.xml.child()? {
            let name = child.name();
            if let Some((_, column)) = TEXTS.iter().find(|(element, _)| *element == name) {
                let text = self.xml.text()?;
                self.set_text(column, &text);
                continue;
            }
            match name {
                "TimeStamp" => self.times(&[("when", "timestamp")])?,
                "TimeSpan" => self.times(&[("begin", "begin"), ("end", "end")])?,
                "ExtendedData" => self.extended_data()?,
                _ if geometry::is_geometry(name) => flaw = flaw.and(self.geometry(name)?),
                _ => self.xml.skip()?,
            }
        }
        if !self.folder_path.is_empty() {
            let column = self.rows.table.column("folder");
            self.rows.table.set(column, Value::Text(&self.folder_path));
        }
        if let Err(found) = flaw {
            self.rows.draft.clear();
            let message = "the coordinates cannot be read; the geometry is left out";
            let problem = Problem::error(message)
                .at_row(self.rows.row())
                .found(&found);
            self.rows
                .problems
                .add(problem.advice("write longitude,latitude with points as decimal marks"));
        }
        if self.rows.end_row() {
            Ok(())
        } else {
            Err(self.xml.error(TOO_MANY_CELLS))
        }
    }

    /// Elements of the open element that are columns of text.
    fn times(&mut self, columns: &[(&str, &str)]) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child()? {
            let text = self.xml.text()?;
            let column = columns.iter().find(|(element, _)| *element == child.name());
            if let Some((_, column)) = column {
                self.set_text(column, &text);
            }
        }
        Ok(())
    }

    /// `Data`, `SchemaData`, and the elements of other namespaces (9.2 to 9.5).
    fn extended_data(&mut self) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child()? {
            let name = child.attribute("name").unwrap_or_default();
            match child.name() {
                "Data" => {
                    while let Some(part) = self.xml.child()? {
                        let text = self.xml.text()?;
                        if part.name() == "value" {
                            self.set_data(&name, &text);
                        }
                    }
                }
                "SchemaData" => {
                    while let Some(field) = self.xml.child()? {
                        let text = self.xml.text()?;
                        // SimpleArrayData belongs to the positions of a track.
                        if field.name() == "SimpleData" {
                            let name = field.attribute("name").unwrap_or_default();
                            self.set_data(&name, &text);
                        }
                    }
                }
                other => {
                    let text = self.xml.text()?;
                    self.set_data(other, &text);
                }
            }
        }
        Ok(())
    }

    fn schema(&mut self) -> Result<(), LoadError> {
        while let Some(field) = self.xml.child()? {
            if field.name() == "SimpleField"
                && let Some((name, kind)) = field.attribute("name").zip(field.attribute("type"))
            {
                let kind = match kind.as_ref() {
                    "int" | "uint" | "short" | "ushort" => Kind::Integer,
                    "float" | "double" => Kind::Real,
                    "bool" => Kind::Bool,
                    _ => Kind::Text,
                };
                // Two schemas that disagree leave the text as it is.
                let known = self.declared.entry(name.into_owned()).or_insert(kind);
                if *known != kind {
                    *known = Kind::Text;
                }
            }
            self.xml.skip()?;
        }
        Ok(())
    }

    fn network_link(&mut self) -> Result<(), LoadError> {
        let mut problem = Problem::warning("a NetworkLink to another file is not followed");
        while let Some(child) = self.xml.child()? {
            if !matches!(child.name(), "Link" | "Url") {
                self.xml.skip()?;
                continue;
            }
            while let Some(part) = self.xml.child()? {
                let text = self.xml.text()?;
                if part.name() == "href" {
                    problem = problem.found(&text);
                }
            }
        }
        self.rows
            .problems
            .add(problem.advice("get that file and name it as a source of its own"));
        Ok(())
    }

    fn set_text(&mut self, column: &str, text: &str) {
        if !text.is_empty() {
            let column = self.rows.table.column(column);
            self.rows.table.set(column, Value::Text(text));
        }
    }

    /// Sets a cell of `ExtendedData`, whose column gets a number behind its name where that is taken.
    fn set_data(&mut self, name: &str, text: &str) {
        if name.is_empty() || text.is_empty() {
            return;
        }
        let column = if let Some(column) = self.data_columns.get(name) {
            *column
        } else {
            let column = self.new_data_column(name);
            self.data_columns.insert(name.to_owned(), column);
            column
        };
        self.rows.table.set(column, Value::Text(text));
    }

    fn new_data_column(&mut self, name: &str) -> usize {
        let table = &mut self.rows.table;
        if OWN_COLUMNS.contains(&name) {
            table.column(name);
            table.new_column(name)
        } else {
            table.column(name)
        }
    }

    fn build(self, path: &Path) -> Features {
        let Self {
            rows,
            declared,
            data_columns,
            title,
            ..
        } = self;
        let kinds: HashMap<usize, Option<Kind>> = data_columns
            .iter()
            .map(|(name, column)| (*column, declared.get(name).copied()))
            .collect();
        let name = title
            .filter(|title| !title.is_empty())
            .unwrap_or_else(|| stem(path));
        let mut features = rows.build(Format::Kml, name, Some("OGC:CRS84".to_owned()));
        let mut problems = Problems::default();
        let columns = std::mem::take(&mut features.columns)
            .into_iter()
            .enumerate();
        features.columns = columns
            .map(|(number, column)| {
                let kind = kinds.get(&number).copied().unwrap_or(Some(Kind::Text));
                typed(column, kind, &mut problems)
            })
            // A column that only kept a name from being taken.
            .filter(|column| column.null_count() < column.len() || column.is_empty())
            .collect();
        features.problems.extend(problems.into_vec());
        features
    }
}

#[cfg(test)]
mod tests;
