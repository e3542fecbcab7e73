//! GML 2, 3.1 and 3.2 simple features as WFS 1.0, 1.1 and 2.0 servers give them: a layer for each type of feature.
//!
//! Source: OGC 07-036 (GML 3.2.1), 10-100r3 (simple features profile), 09-025r2 (WFS 2.0). No schema is read, so the
//! types of columns are those that all values have. Nested elements are columns with dots in their names. Geometry is
//! told by the names of its elements. Memory: the document and at most 50 times its size where every element is a
//! column of its own; a small multiple of it in files that people have.

mod arc;
mod geometry;
mod srs;

use std::borrow::Cow;
use std::path::Path;

use comarca_engine::Value;
use indexmap::IndexMap;

use super::features::Collector;
use super::table::TOO_MANY_CELLS;
use super::xml::typed::{Kind, typed};
use super::xml::{self, Content, Scanner, Tag};
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem, Problems};
use geometry::GeometryReader;
use srs::SrsNames;

/// Most types of features in one file.
const LAYERS_MAX: usize = 1000;
/// Longest name of a column that is put together from nested elements, in bytes.
const PATH_MAX: usize = 200;
/// Elements that hold features.
const MEMBERS: [&str; 4] = ["featureMember", "featureMembers", "member", "members"];

/// Reads a feature collection or a single feature.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Features>, LoadError> {
    let (text, problem) = xml::decode(bytes);
    let mut reader = Reader {
        xml: Scanner::new(path, &text),
        layers: IndexMap::new(),
        srs_names: SrsNames::default(),
        collection_srs: None,
        problems: Problems::default(),
        file_bytes: bytes.len(),
        cells: 0,
    };
    reader.problems.extend(problem);
    reader.document(&text)?;
    Ok(reader.build(path))
}

struct Reader<'a> {
    xml: Scanner<'a>,
    layers: IndexMap<String, Layer>,
    srs_names: SrsNames,
    /// The reference system of the collection's envelope, which counts where a geometry names none.
    collection_srs: Option<String>,
    /// Problems of the file as a whole.
    problems: Problems,
    file_bytes: usize,
    /// Cells of all layers together.
    cells: usize,
}

/// The features of one type.
struct Layer {
    rows: Collector,
    /// The reference system of the first geometry.
    srs: Option<String>,
    has_geometry: bool,
}

impl Reader<'_> {
    fn document(&mut self, text: &str) -> Result<(), LoadError> {
        let Some(root) = self.xml.root()? else {
            return Ok(());
        };
        let mentions =
            |what: &str| memchr::memmem::find(text.as_bytes(), what.as_bytes()).is_some();
        let has_members = is_collection(root.name())
            || ["featureMember", ":member>", "<member>"]
                .into_iter()
                .any(mentions);
        if !has_members && !mentions("opengis.net/gml") {
            let message = format!(
                "is XML, but neither GML, KML nor GPX: its first element is <{}>",
                root.name()
            );
            return Err(self.xml.error(message));
        }
        if has_members {
            self.collection()?;
            self.compare_count(&root);
        } else {
            self.feature(&root)?;
        }
        self.problems.extend(self.xml.problem());
        Ok(())
    }

    fn collection(&mut self) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "boundedBy" => self.envelope()?,
                "truncatedResponse" => {
                    let text = self.xml.text()?;
                    let problem =
                        Problem::error("the server broke off in the middle of its answer");
                    self.problems
                        .add(problem.found(&text).advice("get the file again"));
                }
                name if MEMBERS.contains(&name) => self.member(&child)?,
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn member(&mut self, member: &Tag) -> Result<(), LoadError> {
        if let Some(href) = member.attribute("href") {
            let problem = Problem::warning("a member that lies elsewhere (xlink:href) is left out");
            self.problems.add(problem.found(&href));
        }
        while let Some(child) = self.xml.child()? {
            if is_collection(child.name()) || child.name() == "Tuple" {
                self.collection()?;
            } else {
                self.feature(&child)?;
            }
        }
        Ok(())
    }

    /// Keeps the reference system of an envelope.
    fn envelope(&mut self) -> Result<(), LoadError> {
        while let Some(child) = self.xml.child()? {
            if let Some(name) = child.attribute("srsName") {
                self.collection_srs.get_or_insert(name.into_owned());
            }
            self.xml.skip()?;
        }
        Ok(())
    }

    fn feature(&mut self, tag: &Tag) -> Result<(), LoadError> {
        let layer = self.layer(tag.name())?;
        let cells_before = self.layers[layer].rows.table.cells();
        self.layers[layer].has_geometry = false;
        if let Some(id) = tag.attribute("id").or_else(|| tag.attribute("fid")) {
            self.set(layer, "gml_id", &id);
        }
        while let Some(child) = self.xml.child()? {
            match child.name() {
                // The box of a feature follows from its geometry.
                "boundedBy" => self.envelope()?,
                "metaDataProperty" => self.xml.skip()?,
                name => self.property(layer, &child, name)?,
            }
        }
        let rows = &mut self.layers[layer].rows;
        rows.end_row();
        self.cells += rows.table.cells() - cells_before;
        // As many as a table alone may have; a file with many small layers must not have more.
        if self.cells > self.file_bytes.saturating_mul(2).saturating_add(1 << 20) {
            return Err(self.xml.error(TOO_MANY_CELLS));
        }
        Ok(())
    }

    /// A property that is open, with what is nested in it.
    fn property(&mut self, layer: usize, tag: &Tag, path: &str) -> Result<(), LoadError> {
        if path.len() > PATH_MAX {
            let problem =
                Problem::warning("elements are nested too deep for a column and are left out");
            self.add(layer, problem.found(path));
            return self.xml.skip();
        }
        for (prefix, name, value) in tag.attributes() {
            let is_about_xml = matches!(prefix, "xmlns" | "xsi" | "gml")
                || matches!(name, "xmlns" | "nilReason" | "type");
            if !is_about_xml {
                self.set(layer, &format!("{path}.{name}"), &value);
            }
        }
        let mut text = Cow::Borrowed("");
        loop {
            match self.xml.next()? {
                Content::End => break,
                Content::Text(more) => xml::append(&mut text, more),
                Content::Child(child) if geometry::is_geometry(child.name()) => {
                    self.geometry(layer, &child, path)?;
                }
                Content::Child(child) => {
                    let path = format!("{path}.{}", child.name());
                    self.property(layer, &child, &path)?;
                }
            }
        }
        let text = xml::trimmed(text);
        if !text.is_empty() {
            let rows = &mut self.layers[layer].rows;
            let column = rows.table.column(path);
            if rows.table.is_set(column) {
                let problem =
                    Problem::warning("has several values in one feature; the first one counts");
                self.add(layer, problem.in_column(path));
            } else {
                rows.table.set(column, Value::Text(&text));
            }
        }
        Ok(())
    }

    /// The first geometry of a feature is the one that counts.
    fn geometry(&mut self, layer: usize, tag: &Tag, path: &str) -> Result<(), LoadError> {
        if std::mem::replace(&mut self.layers[layer].has_geometry, true) {
            let problem =
                Problem::warning("a feature has several geometries; the first one counts");
            self.add(layer, problem.in_column(path));
            return self.xml.skip();
        }
        let draft = &mut self.layers[layer].rows.draft;
        let collection_srs = self.collection_srs.as_deref();
        let reader = GeometryReader::new(&mut self.xml, draft, &mut self.srs_names, collection_srs);
        let found = reader.read(tag)?;
        for problem in found.problems {
            self.add(layer, problem);
        }
        let Layer { rows, srs, .. } = &mut self.layers[layer];
        let known = srs.get_or_insert_with(|| found.srs.clone());
        if !SrsNames::are_same(known, &found.srs) {
            let message = "is in another coordinate reference system than the features before; its geometry is left out";
            let problem = Problem::error(message).at_row(rows.row()).found(&found.srs);
            rows.problems.add(problem);
            rows.draft.clear();
        } else if found.is_broken {
            rows.draft.clear();
        }
        Ok(())
    }

    /// The number of the layer of features called `name`.
    fn layer(&mut self, name: &str) -> Result<usize, LoadError> {
        if let Some(number) = self.layers.get_index_of(name) {
            return Ok(number);
        }
        if self.layers.len() == LAYERS_MAX {
            return Err(self
                .xml
                .error(format!("has more than {LAYERS_MAX} types of features")));
        }
        let layer = Layer {
            rows: Collector::new(self.file_bytes),
            srs: None,
            has_geometry: false,
        };
        Ok(self.layers.insert_full(name.to_owned(), layer).0)
    }

    fn set(&mut self, layer: usize, name: &str, text: &str) {
        if !text.is_empty() {
            let table = &mut self.layers[layer].rows.table;
            let column = table.column(name);
            table.set(column, Value::Text(text));
        }
    }

    fn add(&mut self, layer: usize, problem: Problem) {
        let rows = &mut self.layers[layer].rows;
        rows.problems.add(problem.at_row(rows.row()));
    }

    /// A server that gives a page at a time says how many features it has (WFS 2.0, 7.7.4.2).
    fn compare_count(&mut self, root: &Tag) {
        let read: usize = self.layers.values().map(|layer| layer.rows.row()).sum();
        let number = |name| root.attribute(name)?.parse::<usize>().ok();
        let matched = number("numberMatched").or_else(|| number("numberOfFeatures"));
        if let Some(matched) = matched.filter(|matched| *matched > read) {
            let message =
                format!("the server says that there are {matched} features; the file has {read}");
            self.problems.add(
                Problem::warning(message).advice("get the other pages too (startIndex and count)"),
            );
        }
    }

    fn build(self, path: &Path) -> Vec<Features> {
        let several = self.layers.len() > 1;
        let collection_srs = self.collection_srs;
        let finish = |(name, layer): (String, Layer)| {
            let crs = layer
                .srs
                .filter(|srs| !srs.is_empty())
                .or(collection_srs.clone());
            let crs = crs.map(|crs| SrsNames::crs(&crs));
            let mut features = finished(layer.rows.build(Format::Gml, name, crs));
            if several {
                for problem in &mut features.problems {
                    problem.layer = Some(features.name.clone());
                }
            }
            features
        };
        let mut layers: Vec<_> = self.layers.into_iter().map(finish).collect();
        if layers.is_empty() {
            layers.push(Collector::new(0).build(Format::Gml, stem(path), None));
        }
        layers[0].problems.extend(self.problems.into_vec());
        layers
    }
}

fn finished(mut features: Features) -> Features {
    let mut problems = Problems::default();
    let columns = std::mem::take(&mut features.columns).into_iter();
    features.columns = columns
        .map(|column| {
            let declared = (column.name() == "gml_id").then_some(Kind::Text);
            typed(column, declared, &mut problems)
        })
        .collect();
    features.problems.extend(problems.into_vec());
    features
}

fn is_collection(name: &str) -> bool {
    name.ends_with("FeatureCollection")
}

#[cfg(test)]
mod tests;
