//! `GeoJSON` (RFC 7946), the older form with a `crs` member (2008), and sequences of features (RFC 8142).
//!
//! The features are cut out as text first, so that a bad one is a problem of its own; their coordinates are read by
//! [`positions`], without recursion and exactly. Nesting elsewhere is bounded by `serde_json` at 128.

mod positions;

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use comarca_engine::{ColumnBuilder, Value};
use rayon::prelude::*;
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::draft::Draft;
use super::features::Collector;
use super::parallel::ROWS_PER_PART;
use super::table::{TOO_MANY_CELLS, Table};
use super::{Features, Format, stem, text};
use crate::problem::{LoadError, Problem};

/// Reads a `FeatureCollection`, a `Feature`, a bare geometry, or several of them one after the other.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let (text, problem) = text::decode(bytes, None);
    // The record separators of RFC 8142 cannot stand within a JSON text.
    let text = if text.contains('\x1e') {
        Cow::Owned(text.replace('\x1e', " "))
    } else {
        text
    };
    let fresh = || {
        let mut reader = Reader::new(bytes.len());
        reader.rows.problems.extend(problem.clone());
        reader
    };
    let (mut reader, mut format) = (fresh(), Format::GeoJson);
    let mut read = if text.trim_ascii().is_empty() {
        Ok(true)
    } else {
        reader.single(&text)
    };
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

/// The error of a whole JSON text, with its line.
pub(super) fn located(path: &Path, error: &serde_json::Error) -> LoadError {
    let what = if error.is_eof() {
        "the JSON text breaks off"
    } else {
        "the JSON text is not right"
    };
    let message = error.to_string();
    let plain = message.split(" at line ").next().unwrap_or(&message);
    LoadError::caused(path, what, plain.to_owned())
        .at_line(error.line() as u64, error.column() as u64)
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
        Self {
            rows,
            ids: ColumnBuilder::new("id"),
            crs: Crs::Silent,
            name: None,
            refused: None,
        }
    }

    /// Reads a file that is one JSON text. False when more texts follow.
    fn single(&mut self, text: &str) -> Result<bool, serde_json::Error> {
        let mut json = serde_json::Deserializer::from_str(text);
        let (kind, features) = Document { reader: self }.deserialize(&mut json)?;
        let is_all = json.end().is_ok();
        if is_all {
            let read = |reader: &mut Self, feature: &&RawValue| reader.feature(feature.get());
            self.in_parallel(features.as_deref().unwrap_or_default(), text.len(), read);
            self.document(kind.as_deref(), features.is_some(), text);
        }
        Ok(is_all)
    }

    /// Reads a file of several JSON texts, one after the other.
    fn sequence(&mut self, text: &str) -> Result<(), serde_json::Error> {
        let documents = serde_json::Deserializer::from_str(text).into_iter();
        let documents = documents.collect::<Result<Vec<&RawValue>, _>>()?;
        let read = |reader: &mut Self, document: &&RawValue| {
            if let Err(error) = reader.single(document.get()) {
                reader.report("is not GeoJSON; the row is empty", &error);
                reader.end_row();
            }
        };
        self.in_parallel(&documents, text.len(), read);
        Ok(())
    }

    /// Reads texts on all threads and puts their rows together in the order of the file.
    fn in_parallel<'a>(
        &mut self,
        texts: &[&'a RawValue],
        file_bytes: usize,
        read: impl Fn(&mut Self, &&'a RawValue) + Sync,
    ) {
        let first_row = self.rows.row();
        let parts: Vec<_> = texts.chunks(ROWS_PER_PART).enumerate().collect();
        let read = |(number, texts): &(usize, &[&'a RawValue])| {
            let mut part = Self::new(file_bytes);
            part.rows = Collector::from_row(file_bytes, first_row + number * ROWS_PER_PART);
            texts.iter().for_each(|text| read(&mut part, text));
            part
        };
        for some in parts.chunks(rayon::current_num_threads() * 4) {
            let done: Vec<_> = some.par_iter().map(read).collect();
            done.into_iter().for_each(|part| self.append(part));
        }
    }

    fn append(&mut self, below: Self) {
        let above = self.rows.table.rows();
        if !below.ids.is_empty() {
            self.ids.fill(above);
            self.ids.extend_from(&below.ids.build());
        }
        if !matches!(below.crs, Crs::Silent) {
            self.crs = below.crs;
        }
        self.name = self.name.take().or(below.name);
        self.refused = self.refused.take().or(below.refused);
        if !self.rows.append(below.rows) {
            self.refuse(TOO_MANY_CELLS);
        }
    }

    fn build(self, path: &Path, format: Format) -> Features {
        let crs = match self.crs {
            Crs::Silent => Some("OGC:CRS84".to_owned()),
            Crs::Named(name) => Some(name),
            Crs::Unknown => None,
        };
        let own_ids = !self.rows.table.has("id") && !self.ids.is_empty();
        let mut features = self
            .rows
            .build(format, self.name.unwrap_or_else(|| stem(path)), crs);
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
            let problem =
                Problem::warning("does not say \"type\": \"Feature\"").at_row(self.rows.row());
            self.rows
                .problems
                .add(problem.found(feature.kind.as_deref().unwrap_or_default()));
        }
        if let Some(id) = feature.id {
            self.ids.fill(self.rows.table.rows());
            scalar(id.get(), |value| self.ids.push(value));
        }
        if let Some(properties) = feature.properties
            && let Err(error) = Properties::read(properties.get(), &mut self.rows.table)
        {
            self.report("the properties are not an object and are left out", &error);
        }
        if let Some(geometry) = feature.geometry {
            self.geometry(geometry.get());
        }
    }

    fn geometry(&mut self, text: &str) {
        if let Err(message) = geometry(text, 0, &mut self.rows.draft) {
            self.rows.draft.clear();
            let text = format!("the geometry cannot be read and is left out: {message}");
            self.rows
                .problems
                .add(Problem::error(text).at_row(self.rows.row()));
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
        self.crs = named_crs(text).map_or(Crs::Unknown, Crs::Named);
        if matches!(self.crs, Crs::Unknown) {
            let problem = Problem::warning("the crs member does not name a CRS").found(text);
            self.rows
                .problems
                .add(problem.advice("name the CRS in the project file"));
        }
    }

    /// What a whole document is, once it has been passed.
    fn document(&mut self, kind: Option<&str>, has_features: bool, text: &str) {
        match kind {
            Some("FeatureCollection") => {}
            Some("Feature") => self.feature(text),
            Some("Topology") => self.refuse("is TopoJSON, not GeoJSON; write it as GeoJSON first"),
            Some(kind) if is_geometry_type(kind) || kind == "GeometryCollection" => {
                self.geometry(text);
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

/// Drafts the geometry object `text`; the members of a collection as parts of one geometry.
pub(super) fn geometry(text: &str, depth: usize, draft: &mut Draft) -> Result<(), String> {
    const DEPTH_MAX: usize = 32;
    let geometry: RawGeometry = serde_json::from_str(text).map_err(|error| plain(&error))?;
    if geometry.kind == "GeometryCollection" && depth < DEPTH_MAX {
        let mut members = geometry.geometries.iter().flatten();
        return members.try_for_each(|member| self::geometry(member.get(), depth + 1, draft));
    }
    let coordinates = geometry.coordinates.map(RawValue::get);
    positions::read(&geometry.kind, coordinates, draft).map_err(str::to_owned)
}

/// Whether `kind` is the type of a geometry that has coordinates.
pub(super) fn is_geometry_type(kind: &str) -> bool {
    positions::depth(kind).is_some()
}

/// The name of the CRS in a `crs` member of 2008: a name, or a code of EPSG.
pub(super) fn named_crs(member: &str) -> Option<String> {
    let member: serde_json::Value = serde_json::from_str(member).ok()?;
    let properties = member.get("properties")?;
    let name = properties.get("name").and_then(|name| name.as_str());
    let code = || {
        Some(format!(
            "EPSG:{}",
            properties.get("code")?.to_string().trim_matches('"')
        ))
    };
    name.map(str::to_owned).or_else(code)
}

/// The message of a JSON error without its position, which would be that within the feature.
pub(super) fn plain(error: &serde_json::Error) -> String {
    let message = error.to_string();
    message
        .split(" at line ")
        .next()
        .unwrap_or(&message)
        .to_owned()
}

/// Hands a JSON value over as a cell: objects and arrays as their text.
pub(super) fn scalar(text: &str, cell: impl FnOnce(Value<'_>)) {
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
pub(super) struct Quoted<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// A whole JSON text; yields its type and the texts of its features.
struct Document<'r> {
    reader: &'r mut Reader,
}

type Outline<'de> = (Option<Cow<'de, str>>, Option<Vec<&'de RawValue>>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = Outline<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = Outline<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a GeoJSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut kind: Option<Cow<'de, str>> = None;
        let mut features: Option<Vec<&RawValue>> = None;
        while let Some(Quoted(name)) = members.next_key()? {
            match name.as_ref() {
                "type" => kind = Some(members.next_value::<Quoted>()?.0),
                "features" => {
                    let more: Vec<&RawValue> = members.next_value()?;
                    features.get_or_insert_default().extend(more);
                }
                "crs" => self.reader.crs(members.next_value::<&RawValue>()?.get()),
                "name" => {
                    self.reader.name = members
                        .next_value::<serde_json::Value>()?
                        .as_str()
                        .map(str::to_owned);
                }
                _ => {
                    members.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok((kind, features))
    }
}

/// The properties of a feature, put into the current row of a table.
pub(super) struct Properties<'t> {
    table: &'t mut Table,
}

impl<'t> Properties<'t> {
    pub(super) fn read(text: &str, table: &'t mut Table) -> Result<(), serde_json::Error> {
        Self { table }.deserialize(&mut serde_json::Deserializer::from_str(text))
    }
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
        let table = self.table;
        while let Some(Quoted(name)) = members.next_key()? {
            let column = table.column(&name);
            let value: &RawValue = members.next_value()?;
            scalar(value.get(), |value| table.set(column, value));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::GeometryType;

    use super::*;

    fn features(text: &str) -> Features {
        read(Path::new("a.geojson"), text.as_bytes()).expect("GeoJSON")
    }

    fn collection(features: &str) -> String {
        format!("{{\"type\":\"FeatureCollection\",\"features\":[{features}]}}")
    }

    fn geometry(geometry: &str) -> Features {
        features(&collection(&format!(
            "{{\"type\":\"Feature\",\"properties\":null,\"geometry\":{geometry}}}"
        )))
    }

    #[test]
    fn coordinates_are_read_exactly_and_heights_left_out() {
        let read = geometry(
            r#"{"type":"LineString","coordinates":[[-70.123456789012341,-33.1,9],[1e-7, 2E+1]]}"#,
        );
        assert_eq!(
            read.coordinates,
            [[-70.123_456_789_012_34, -33.1], [1e-7, 20.0]]
        );
        assert_eq!(
            read.problems[0].message,
            "heights and measures are left out"
        );
    }

    #[test]
    fn a_bad_geometry_is_a_problem_of_its_feature() {
        for (bad, word) in [
            (
                r#"{"type":"Point","coordinates":["1","2"]}"#,
                "not a number",
            ),
            (r#"{"type":"Point","coordinates":[1]}"#, "fewer than two"),
            (r#"{"type":"Point","coordinates":[[1,2]]}"#, "nested"),
            (
                r#"{"type":"Polygon","coordinates":[[1,2],[3,4]]}"#,
                "nested",
            ),
            (r#"{"type":"MultiPoint","coordinates":[[1,2],3]}"#, "nested"),
            (r#"{"type":"Point"}"#, "no coordinates"),
            (
                r#"{"type":"Circle","coordinates":[1,2]}"#,
                "not one of GeoJSON",
            ),
            (r#"{"coordinates":[1,2]}"#, "missing field"),
            ("17", "invalid type"),
        ] {
            let read = geometry(bad);
            let problem = &read.problems[0];
            assert_eq!(
                (read.shapes.geometry_type(0), problem.feature),
                (GeometryType::None, Some(1)),
                "{bad}"
            );
            assert!(problem.message.contains(word), "{bad}: {problem}");
        }
    }

    #[test]
    fn empty_geometries_are_none_without_complaint() {
        for empty in [
            "null",
            r#"{"type":"Point","coordinates":[]}"#,
            r#"{"type":"MultiPolygon","coordinates":[]}"#,
            r#"{"type":"Polygon","coordinates":[[]]}"#,
            r#"{"type":"GeometryCollection","geometries":[]}"#,
        ] {
            let read = geometry(empty);
            assert_eq!(
                (read.shapes.geometry_type(0), read.problems.len()),
                (GeometryType::None, 0),
                "{empty}"
            );
        }
    }

    #[test]
    fn numbers_stay_integer_or_real_and_nested_values_are_text() {
        let read = features(&collection(
            r#"{"type":"Feature","geometry":null,"properties":{"i":9007199254740993,"r":1.0,"b":true,"t":"a\u00f1\"","o":{"k": [1]}}}"#,
        ));
        let values: Vec<_> = read.columns.iter().map(|column| column.value(0)).collect();
        let expected = [
            Value::Integer(9_007_199_254_740_993),
            Value::Real(1.0),
            Value::Bool(true),
            Value::Text("añ\""),
            Value::Text("{\"k\": [1]}"),
        ];
        assert_eq!(values, expected);
    }

    #[test]
    fn the_id_of_a_feature_is_a_column_unless_a_property_is_called_so() {
        let read = features(&collection(
            r#"{"type":"Feature","id":"a7","geometry":null,"properties":{"n":1}}"#,
        ));
        assert_eq!(
            (read.columns[0].name(), read.columns[0].value(0)),
            ("id", Value::Text("a7"))
        );
        let read = features(&collection(
            r#"{"type":"Feature","id":7,"geometry":null,"properties":{"id":"own"}}"#,
        ));
        assert_eq!(
            (read.columns.len(), read.columns[0].value(0)),
            (1, Value::Text("own"))
        );
    }

    #[test]
    fn the_crs_is_wgs84_unless_the_old_member_names_another() {
        let crs = |member: &str| {
            features(&format!(
                "{{{member}\"type\":\"FeatureCollection\",\"features\":[]}}"
            ))
            .crs
        };
        assert_eq!(crs("").as_deref(), Some("OGC:CRS84"));
        let named = r#""crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4674"}},"#;
        assert_eq!(crs(named).as_deref(), Some("urn:ogc:def:crs:EPSG::4674"));
        assert_eq!(
            crs(r#""crs":{"type":"EPSG","properties":{"code":32719}},"#).as_deref(),
            Some("EPSG:32719")
        );
        assert_eq!(crs(r#""crs":null,"#), None);
    }

    #[test]
    fn a_feature_and_a_bare_geometry_are_layers_of_one_row() {
        let feature = features(
            r#"{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}"#,
        );
        assert_eq!(
            (feature.len(), feature.columns.len(), feature.format),
            (1, 1, Format::GeoJson)
        );
        let geometry = features(r#"{"type":"MultiPoint","coordinates":[[1,2],[3,4]]}"#);
        assert_eq!((geometry.len(), geometry.coordinates.len()), (1, 2));
    }

    #[test]
    fn what_is_not_a_feature_keeps_its_row_and_is_reported() {
        let read = features(&collection(
            r#"17,{"type":"Point","coordinates":[1,2]},{"type":"Feature","properties":{},"geometry":null}"#,
        ));
        assert_eq!(read.len(), 3);
        assert_eq!(
            read.problems
                .iter()
                .map(|problem| problem.feature)
                .collect::<Vec<_>>(),
            [Some(1), Some(2)]
        );
    }

    #[test]
    fn other_json_is_refused_with_a_reason() {
        for (text, word) in [
            (r#"{"type":"Topology","objects":{}}"#, "TopoJSON"),
            (r#"{"type":"Table"}"#, "not GeoJSON"),
            (r#"{"a":1}"#, "without a \"type\""),
            (
                "{\"type\":\"FeatureCollection\",\n\"features\":[{",
                "line 2:13: the JSON text breaks off",
            ),
            (
                "{\"type\":\"FeatureCollection\",\n\"features\":[}",
                "line 2:13: the JSON text is not right",
            ),
        ] {
            let error = read(Path::new("a.geojson"), text.as_bytes()).expect_err(text);
            assert!(error.to_string().contains(word), "{error}");
        }
    }

    #[test]
    fn nesting_has_no_end_but_the_stack_has() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let read = geometry(&format!("{{\"type\":\"Polygon\",\"coordinates\":{deep}}}"));
        assert_eq!(read.problems.len(), 1);
        assert!(super::read(Path::new("a.geojson"), "{\"a\":".repeat(100_000).as_bytes()).is_err());
    }

    #[test]
    fn properties_that_differ_in_every_feature_do_not_fill_the_memory() {
        let many: Vec<_> = (0..5000)
            .map(|n| format!("{{\"type\":\"Feature\",\"properties\":{{\"c{n}\":1}}}}"))
            .collect();
        let error = read(
            Path::new("a.geojson"),
            collection(&many.join(",")).as_bytes(),
        )
        .expect_err("too many");
        assert!(
            error.to_string().contains("out of all proportion"),
            "{error}"
        );
    }
}
