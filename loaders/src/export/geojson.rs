//! `GeoJSON` (RFC 7946), and its features one a line.
//!
//! Exteriors run counter-clockwise and holes clockwise (3.1.6). A column `id` is the features' `id` (3.2) and stays
//! among their properties. In another CRS than WGS 84 a collection has the `crs` member of the specification of 2008.

use std::io::Write;
use std::ops::Range;

use comarca_engine::{Column, Value};

use super::crs::Reference;
use super::geometry::{Kind, directed};
use super::{ExportError, WriteProgress, chunks, text};
use crate::problem::Problem;
use crate::source::Features;

/// Writes a `FeatureCollection`, a feature a line.
pub(super) fn collection(
    features: &Features,
    out: &mut dyn Write,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let crs = Reference::of(features);
    let mut head = b"{\"type\":\"FeatureCollection\",\"name\":".to_vec();
    text::json(&features.name, &mut head);
    match crs.epsg {
        Some(4326) => {}
        Some(code) => text::formatted(
            format_args!(
                ",\"crs\":{{\"type\":\"name\",\"properties\":{{\"name\":\"urn:ogc:def:crs:EPSG::{code}\"}}}}"
            ),
            &mut head,
        ),
        None => refuse_unknown(features, &crs)?,
    }
    head.extend(b",\"features\":[\n");
    out.write_all(&head)?;
    write_features(features, out, progress, b",\n")?;
    out.write_all(b"\n]}\n")?;
    Ok(vec![])
}

/// Writes a feature a line and nothing else.
pub(super) fn sequence(
    features: &Features,
    out: &mut dyn Write,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let crs = Reference::of(features);
    if !crs.is_wgs84() {
        refuse_unknown(features, &crs)?;
        if !features.is_table() {
            return Err(ExportError::unfit(
                "GeoJSONSeq is always in WGS 84",
                "leave the CRS out, or write GeoJSON",
            ));
        }
    }
    write_features(features, out, progress, b"\n")?;
    if !features.is_empty() {
        out.write_all(b"\n")?;
    }
    Ok(vec![])
}

/// Coordinates in an unknown CRS would be taken for WGS 84.
fn refuse_unknown(features: &Features, crs: &Reference) -> Result<(), ExportError> {
    if crs.epsg.is_some() || features.is_table() {
        return Ok(());
    }
    let message = match crs.name.as_str() {
        "" => "the CRS is not known, and GeoJSON without one is WGS 84".to_owned(),
        name => format!("GeoJSON can only name a CRS by its EPSG code, and {name:?} has none"),
    };
    Err(Problem::error(message)
        .in_layer(&features.name)
        .advice("say the CRS of the source, such as EPSG:32719")
        .into())
}

fn write_features(
    features: &Features,
    out: &mut dyn Write,
    progress: &dyn WriteProgress,
    between: &[u8],
) -> Result<(), ExportError> {
    let names: Vec<Vec<u8>> = features.columns.iter().map(member).collect();
    let ids = features.column("id");
    let encode = |rows: Range<usize>, buffer: &mut Vec<u8>| {
        for row in rows {
            if row > 0 {
                buffer.extend(between);
            }
            feature(features, row, &names, ids, buffer);
        }
    };
    chunks::encode(
        features,
        |row| row,
        progress,
        encode,
        |_, bytes| Ok(out.write_all(bytes)?),
    )
}

/// `"name":`
fn member(column: &Column) -> Vec<u8> {
    let mut name = vec![];
    text::json(column.name(), &mut name);
    name.push(b':');
    name
}

fn feature(
    features: &Features,
    row: usize,
    names: &[Vec<u8>],
    ids: Option<&Column>,
    out: &mut Vec<u8>,
) {
    out.extend(b"{\"type\":\"Feature\",");
    if let Some(id @ (Value::Integer(_) | Value::Text(_))) = ids.map(|ids| ids.value(row)) {
        out.extend(b"\"id\":");
        value(id, out);
        out.push(b',');
    }
    out.extend(b"\"properties\":{");
    for (number, (name, column)) in names.iter().zip(&features.columns).enumerate() {
        if number > 0 {
            out.push(b',');
        }
        out.extend(name);
        value(column.value(row), out);
    }
    out.extend(b"},\"geometry\":");
    geometry(features, row, out);
    out.push(b'}');
}

fn value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Integer(value) => text::integer(value, out),
        Value::Real(value) if value.is_finite() => text::real(value, out),
        Value::Null | Value::Real(_) => out.extend(b"null"),
        Value::Text(value) => text::json(value, out),
    }
}

fn geometry(features: &Features, row: usize, out: &mut Vec<u8>) {
    let (shapes, kind) = (&features.shapes, Kind::of(features, row));
    if kind == Kind::None {
        return out.extend(b"null");
    }
    out.extend(b"{\"type\":\"");
    out.extend(kind.name().as_bytes());
    out.extend(b"\",\"coordinates\":");
    let one = |part: usize, out: &mut Vec<u8>| {
        let rings = shapes.rings(part);
        let line = |ring| &features.coordinates[shapes.coordinates(ring)];
        match kind.single() {
            Kind::Polygon => {
                let first = rings.start;
                list(rings, out, |ring, out| {
                    list(directed(line(ring), ring == first), out, position);
                });
            }
            Kind::LineString => list(line(rings.start).iter().copied(), out, position),
            _ => line(rings.start).iter().for_each(|&at| position(at, out)),
        }
    };
    let parts = shapes.parts(row);
    match kind {
        Kind::Point | Kind::LineString | Kind::Polygon => one(parts.start, out),
        _ => list(parts, out, one),
    }
    out.push(b'}');
}

fn position([x, y]: [f64; 2], out: &mut Vec<u8>) {
    out.push(b'[');
    text::coordinate(x, out);
    out.push(b',');
    text::coordinate(y, out);
    out.push(b']');
}

fn list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    mut one: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'[');
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        one(item, out);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::layer;
    use crate::load::Unwatched;

    fn written(features: &Features) -> String {
        let mut out = vec![];
        collection(features, &mut out, &Unwatched).expect("written");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn exteriors_run_counter_clockwise_and_the_id_is_a_member() {
        let mut features = layer("POLYGON ((0 0, 0 9, 9 9, 0 0), (1 2, 2 3, 1 3, 1 2))");
        features.columns = vec![Column::new("id", [Value::Text("a\"")])];
        let text = written(&features);
        assert_eq!(
            text,
            "{\"type\":\"FeatureCollection\",\"name\":\"layer\",\"features\":[\n\
            {\"type\":\"Feature\",\"id\":\"a\\\"\",\"properties\":{\"id\":\"a\\\"\"},\"geometry\":\
            {\"type\":\"Polygon\",\"coordinates\":[[[0,0],[9,9],[0,9],[0,0]],[[1,2],[1,3],[2,3],[1,2]]]}}\n]}\n"
        );
    }

    #[test]
    fn another_crs_is_named_and_an_unknown_one_refused() {
        let mut features = layer("POINT (1 2)");
        features.crs = Some("EPSG:32719".to_owned());
        assert!(written(&features).contains("urn:ogc:def:crs:EPSG::32719"));
        assert!(sequence(&features, &mut vec![], &Unwatched).is_err());
        features.crs = None;
        let error = collection(&features, &mut vec![], &Unwatched).expect_err("unknown");
        assert!(error.to_string().contains("is not known"), "{error}");
    }

    #[test]
    fn a_layer_without_features_is_an_empty_collection() {
        let features = layer("POINT (1 2)").select(&[]);
        assert!(written(&features).ends_with("\"features\":[\n\n]}\n"));
    }
}
