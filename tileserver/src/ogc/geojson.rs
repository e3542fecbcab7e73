//! Features as GeoJSON (RFC 7946), written straight into the body: coordinates as the source had them, exterior rings counterclockwise.

use comarca_engine::{Column, GeometryType, Layer, LonLat, Value};
use serde_json::ser::{CompactFormatter, Formatter};

use super::rows::Rows;

/// Writing to a vector cannot fail.
fn sure<E>(written: Result<(), E>) {
    debug_assert!(written.is_ok());
    drop(written);
}

/// Writes features of a layer with a choice of properties.
pub(crate) struct Writer<'a> {
    layer: &'a Layer,
    key: bool,
    name: bool,
    columns: Vec<&'a Column>,
}

impl<'a> Writer<'a> {
    /// All properties, or those that are named.
    pub(crate) fn new(layer: &'a Layer, rows: &'a Rows<'_>, named: Option<&[String]>) -> Self {
        let takes = |name: &str| named.is_none_or(|all| all.iter().any(|one| one == name));
        Self {
            layer,
            key: takes("key"),
            name: takes("name"),
            columns: rows
                .columns()
                .filter(|column| takes(column.name()))
                .collect(),
        }
    }

    /// Appends a feature without its closing brace, so that links may follow.
    pub(crate) fn open_feature(&self, row: usize, out: &mut Vec<u8>) {
        out.extend(b"{\"type\":\"Feature\",\"id\":");
        text(self.layer.key(row), out);
        out.extend(b",\"geometry\":");
        self.geometry(row, out);
        out.extend(b",\"properties\":{");
        let own = [
            ("key", Value::Text(self.layer.key(row)), self.key),
            ("name", Value::Text(self.layer.name(row)), self.name),
        ];
        let own = own.into_iter().filter(|(.., taken)| *taken);
        let all = own.map(|(name, value, _)| (name, value)).chain(
            self.columns
                .iter()
                .map(|column| (column.name(), column.value(row))),
        );
        separated(all, out, |(name, own), out| {
            text(name, out);
            out.push(b':');
            value(own, out);
        });
        out.push(b'}');
    }

    fn geometry(&self, row: usize, out: &mut Vec<u8>) {
        let shapes = self.layer.shapes();
        let parts = shapes.parts(row);
        let name = match shapes.geometry_type(row) {
            GeometryType::Point => "Point",
            GeometryType::Line => "LineString",
            GeometryType::Polygon => "Polygon",
            GeometryType::None => return out.extend(b"null"),
        };
        let (several, first) = (parts.len() != 1, parts.start);
        out.extend(b"{\"type\":\"");
        out.extend(if several { &b"Multi"[..] } else { b"" });
        out.extend(name.as_bytes());
        out.extend(b"\",\"coordinates\":");
        match several {
            true => list(parts, out, |part, out| self.part(row, part, out)),
            false => self.part(row, first, out),
        }
        out.push(b'}');
    }

    fn part(&self, row: usize, part: usize, out: &mut Vec<u8>) {
        let shapes = self.layer.shapes();
        let rings = shapes.rings(part);
        let line = |ring: usize| &self.layer.lonlat()[shapes.coordinates(ring)];
        match shapes.geometry_type(row) {
            GeometryType::Polygon => {
                let first = rings.start;
                list(rings, out, |ring, out| {
                    directed(line(ring), ring == first, out);
                });
            }
            GeometryType::Line => list(line(rings.start), out, position),
            _ => line(rings.start).iter().for_each(|at| position(at, out)),
        }
    }
}

/// A ring, an exterior counterclockwise and an interior clockwise (RFC 7946 §3.1.6).
fn directed(ring: &[LonLat], is_exterior: bool, out: &mut Vec<u8>) {
    let Some(&origin) = ring.first() else {
        return out.extend(b"[]");
    };
    let cross = |edge: &[LonLat]| {
        let [a, b] = [edge[0], edge[1]].map(|at| (at.lon - origin.lon, at.lat - origin.lat));
        a.0 * b.1 - b.0 * a.1
    };
    let area: f64 = ring.windows(2).map(cross).sum();
    match (area > 0.0) == is_exterior {
        true => list(ring, out, position),
        false => list(ring.iter().rev(), out, position),
    }
}

fn position(at: &LonLat, out: &mut Vec<u8>) {
    out.push(b'[');
    coordinate(at.lon, out);
    out.push(b',');
    coordinate(at.lat, out);
    out.push(b']');
}

fn value(value: Value<'_>, out: &mut Vec<u8>) {
    match value {
        Value::Bool(value) => out.extend(if value { &b"true"[..] } else { b"false" }),
        Value::Integer(value) => sure(CompactFormatter.write_i64(out, value)),
        // With its decimal point a real number stays one.
        Value::Real(value) if value.is_finite() => sure(CompactFormatter.write_f64(out, value)),
        Value::Null | Value::Real(_) => out.extend(b"null"),
        Value::Text(value) => text(value, out),
    }
}

/// The shortest text that reads back as the same number; a whole one without decimals.
fn coordinate(value: f64, out: &mut Vec<u8>) {
    sure(CompactFormatter.write_f64(out, value));
    if out.ends_with(b".0") {
        out.truncate(out.len() - 2);
    }
}

fn text(text: &str, out: &mut Vec<u8>) {
    sure(serde_json::to_writer(out, text));
}

fn list<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    one: impl FnMut(T, &mut Vec<u8>),
) {
    out.push(b'[');
    separated(items, out, one);
    out.push(b']');
}

fn separated<T>(
    items: impl IntoIterator<Item = T>,
    out: &mut Vec<u8>,
    mut one: impl FnMut(T, &mut Vec<u8>),
) {
    for (number, item) in items.into_iter().enumerate() {
        if number > 0 {
            out.push(b',');
        }
        one(item, out);
    }
}
