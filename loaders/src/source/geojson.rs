//! `GeoJSON` (RFC 7946), the older form with a `crs` member (2008), and sequences of features (RFC 8142).
//!
//! The features are cut out as text first, so that a bad one is a problem of its own; their coordinates are read by
//! [`positions`], without recursion and exactly. Nesting elsewhere is bounded by `serde_json` at 128.

mod positions;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use comarca_engine::{ColumnBuilder, Value};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::features::Collector;
use super::table::TOO_MANY_CELLS;
use super::{Features, Format, stem, text};
use crate::problem::{LoadError, Problem};

/// Reads a `FeatureCollection`, a `Feature`, a bare geometry, or several of them one after the other.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let (text, problem) = text::decode(bytes, None);
    // The record separators of RFC 8142 cannot stand within a JSON text.
    let text = if text.contains('\x1e') { Cow::Owned(text.replace('\x1e', " ")) } else { text };
    let fresh = || {
        let mut reader = Reader::new(bytes.len());
        reader.rows.problems.extend(problem.clone());
        reader
    };
    let (mut reader, mut format) = (fresh(), Format::GeoJson);
    let mut read = if text.trim_ascii().is_empty() { Ok(true) } else { reader.single(&text) };
    if let Ok(false) = read {
        (reader, format) = (fresh(), Format::GeoJsonSeq);
        read = reader.sequence(&text).map(|()| true);
    }
    match (&reader.refused, read) {
        (Some(why), _) => Err(LoadError::new(path, why)),
        (None, Err(error)) => Err(located(path, &error)),
        (None, Ok(_)) => Ok(reader.build(path, format)),
    }
}

fn located(path: &Path, error: &serde_json::Error) -> LoadError {
    let what = if error.is_eof() { "the JSON text breaks off" } else { "the JSON text is not right" };
    let message = error.to_string();
    let plain = message.split(" at line ").next().unwrap_or(&message);
    LoadError::caused(path, what, plain.to_owned()).at_line(error.line() as u64, error.column() as u64)
}

/// Reads features one by one into columns and shapes.
struct Reader {
    rows: Collector,
    ids: ColumnBuilder,
    crs: Crs,
    name: Option<String>,
    refused: Option<String>,
}

/// What a file says about its CRS.
enum Crs {
    /// Nothing: RFC 7946 says WGS 84.
    Silent,
    Named(String),
    Unknown,
}

/// The members of a feature that count, as text.
#[derive(Deserialize)]
struct RawFeature<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// The members of a geometry that count, as text.
#[derive(Deserialize)]
struct RawGeometry<'a> {
    #[serde(borrow, rename = "type")]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
    #[serde(borrow)]
    geometries: Option<Vec<&'a RawValue>>,
}

impl Reader {
    fn new(file_bytes: usize) -> Self {
        let rows = Collector::new(file_bytes);
        Self { rows, ids: ColumnBuilder::new("id"), crs: Crs::Silent, name: None, refused: None }
    }

    /// Reads a file that is one JSON text. False when more texts follow.
    fn single(&mut self, text: &str) -> Result<bool, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let (kind, has_features) = Document { reader: self }.deserialize(&mut json)?;
        let is_all = json.end().is_ok();
        if is_all {
            self.document(kind.as_deref(), has_features, text);
        }
        Ok(is_all)
    }

    /// Reads a file of several JSON texts, one after the other.
    fn sequence(&mut self, text: &str) -> Result<(), serde_json::Error> {
        for document in serde_json::Deserializer::from_str(text).into_iter::<&RawValue>() {
            self.single(document?.get())?;
        }
        Ok(())
    }

    fn build(self, path: &Path, format: Format) -> Features {
        let crs = match self.crs {
            Crs::Silent => Some("OGC:CRS84".to_owned()),
            Crs::Named(name) => Some(name),
            Crs::Unknown => None,
        };
        let own_ids = !self.rows.table.has("id") && !self.ids.is_empty();
        let mut features = self.rows.build(format, self.name.unwrap_or_else(|| stem(path)), crs);
        if own_ids {
            let mut ids = self.ids;
            ids.fill(features.len());
            features.columns.insert(0, ids.build());
        }
        features
    }

    fn feature(&mut self, text: &str) {
        match serde_json::from_str::<RawFeature>(text) {
            Ok(feature) => self.members(&feature),
            Err(error) => self.report("is not a feature; the row is empty", &error),
        }
        self.end_row();
    }

    fn members(&mut self, feature: &RawFeature) {
        if feature.kind.as_deref() != Some("Feature") {
            let problem = Problem::warning("does not say \"type\": \"Feature\"").at_row(self.rows.row());
            self.rows.problems.add(problem.found(feature.kind.as_deref().unwrap_or_default()));
        }
        if let Some(id) = feature.id {
            self.ids.fill(self.rows.row());
            scalar(id.get(), |value| self.ids.push(value));
        }
        if let Some(properties) = feature.properties {
            let mut json = serde_json::Deserializer::from_str(properties.get());
            if let Err(error) = (Properties { reader: self }).deserialize(&mut json) {
                self.report("the properties are not an object and are left out", &error);
            }
        }
        if let Some(geometry) = feature.geometry {
            self.geometry(geometry.get(), 0);
        }
    }

    fn geometry(&mut self, text: &str, depth: usize) {
        const DEPTH_MAX: usize = 32;
        let problem = match serde_json::from_str::<RawGeometry>(text) {
            Ok(geometry) if geometry.kind == "GeometryCollection" && depth < DEPTH_MAX => {
                geometry.geometries.iter().flatten().for_each(|member| self.geometry(member.get(), depth + 1));
                return;
            }
            Ok(geometry) => positions::read(&geometry.kind, geometry.coordinates.map(RawValue::get), &mut self.rows.draft)
                .map_err(str::to_owned),
            Err(error) => Err(plain(&error)),
        };
        if let Err(message) = problem {
            self.rows.draft.clear();
            let text = format!("the geometry cannot be read and is left out: {message}");
            self.rows.problems.add(Problem::error(text).at_row(self.rows.row()));
        }
    }

    fn end_row(&mut self) {
        if !self.rows.end_row() && self.refused.is_none() {
            self.refused = Some(TOO_MANY_CELLS.to_owned());
        }
    }

    fn report(&mut self, message: &str, error: &serde_json::Error) {
        let problem = Problem::error(format!("{message}: {}", plain(error)));
        self.rows.problems.add(problem.at_row(self.rows.row()));
    }

    fn crs(&mut self, text: &str) {
        let member: serde_json::Value = serde_json::from_str(text).unwrap_or_default();
        let property = |name: &str| member.get("properties").and_then(|properties| properties.get(name));
        let name = property("name").and_then(|name| name.as_str().map(str::to_owned));
        let code = property("code").map(|code| format!("EPSG:{}", code.to_string().trim_matches('"')));
        self.crs = match name.or(code) {
            Some(name) => Crs::Named(name),
            None => {
                let problem = Problem::warning("the crs member does not name a CRS").found(text);
                self.rows.problems.add(problem.advice("name the CRS in the project file"));
                Crs::Unknown
            }
        };
    }

    /// What a whole document is, once it has been passed.
    fn document(&mut self, kind: Option<&str>, has_features: bool, text: &str) {
        match kind {
            Some("FeatureCollection") => {}
            Some("Feature") => self.feature(text),
            Some("Topology") => self.refuse("is TopoJSON, not GeoJSON; write it as GeoJSON first"),
            Some(kind) if positions::depth(kind).is_some() || kind == "GeometryCollection" => {
                self.geometry(text, 0);
                self.end_row();
            }
            _ if has_features => {
                let problem = Problem::warning("does not say \"type\": \"FeatureCollection\"");
                self.rows.problems.add(problem);
            }
            Some(kind) => self.refuse(&format!("is of type {kind:?}, which is not GeoJSON")),
            None => self.refuse("is JSON without a \"type\", not GeoJSON"),
        }
    }

    fn refuse(&mut self, why: &str) {
        self.refused.get_or_insert_with(|| why.to_owned());
    }
}

/// The message of a JSON error without its position, which would be that within the feature.
fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message.split(" at line ").next().unwrap_or(&message).to_owned()
}

/// Hands a JSON value over as a cell: objects and arrays as their text.
fn scalar(text: &str, cell: impl FnOnce(Value<'_>)) {
    match text.as_bytes().first() {
        None | Some(b'n') => cell(Value::Null),
        Some(b't') => cell(Value::Bool(true)),
        Some(b'f') => cell(Value::Bool(false)),
        Some(b'"') => match serde_json::from_str::<Quoted>(text) {
            Ok(Quoted(value)) => cell(Value::Text(&value)),
            Err(_) => cell(Value::Text(text)),
        },
        Some(b'{' | b'[') => cell(Value::Text(text)),
        Some(_) => match (text.parse(), text.parse()) {
            (Ok(integer), _) => cell(Value::Integer(integer)),
            (_, Ok(real)) => cell(Value::Real(real)),
            _ => cell(Value::Text(text)),
        },
    }
}

/// A JSON string, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Quoted<'a>(#[serde(borrow)] Cow<'a, str>);

/// A whole JSON text; yields its type and whether it has features, which are read on the way.
struct Document<'r> {
    reader: &'r mut Reader,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = (Option<Cow<'de, str>>, bool);

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = (Option<Cow<'de, str>>, bool);

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut kind: Option<Cow<'de, str>> = None;
        let mut has_features = false;
        while let Some(Quoted(name)) = members.next_key()? {
            match name.as_ref() {
                "type" => kind = Some(members.next_value::<Quoted>()?.0),
                "features" => {
                    has_features = true;
                    members.next_value_seed(FeatureList { reader: self.reader })?;
                }
                "crs" => self.reader.crs(members.next_value::<&RawValue>()?.get()),
                "name" => self.reader.name = members.next_value::<serde_json::Value>()?.as_str().map(str::to_owned),
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((kind, has_features))
    }
}

/// The array of features.
struct FeatureList<'r> {
    reader: &'r mut Reader,
}

impl<'de> DeserializeSeed<'de> for FeatureList<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for FeatureList<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an array of features")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut features: A) -> Result<(), A::Error> {
        while let Some(feature) = features.next_element::<&RawValue>()? {
            self.reader.feature(feature.get());
            if let Some(why) = &self.reader.refused {
                return Err(de::Error::custom(why));
            }
        }
        Ok(())
    }
}

/// The properties of a feature.
struct Properties<'r> {
    reader: &'r mut Reader,
}

impl<'de> DeserializeSeed<'de> for Properties<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let table = &mut self.reader.rows.table;
        while let Some(Quoted(name)) = members.next_key()? {
            let column = table.column(&name);
            let value: &RawValue = members.next_value()?;
            scalar(value.get(), |value| table.set(column, value));
        }
        Ok(())
    }
}
