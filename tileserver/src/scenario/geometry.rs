//! GeoJSON geometries (RFC 7946 §3.1), read with the address of what is wrong and within a number of vertices.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};
use serde_json::Value;

use super::place::Place;
use crate::error::AppError;

const TYPES: [&str; 7] = [
    "Point",
    "MultiPoint",
    "LineString",
    "MultiLineString",
    "Polygon",
    "MultiPolygon",
    "GeometryCollection",
];

/// Reads geometries until no vertex is left.
#[derive(Debug)]
pub(super) struct Reader {
    vertices_max: usize,
    vertices_left: usize,
}

impl Reader {
    pub(super) fn new(vertices_max: usize) -> Self {
        Self {
            vertices_max,
            vertices_left: vertices_max,
        }
    }

    /// Further dimensions of a position are left out, and rings are closed.
    pub(super) fn geometry(
        &mut self,
        value: &Value,
        at: &Place<'_>,
    ) -> Result<Geometry<f64>, AppError> {
        let object = at.object(value)?;
        let member = |name: &'static str| object.get(name).unwrap_or(&Value::Null);
        let kind = at.member("type").text(member("type"))?;
        if kind == "GeometryCollection" {
            let place = at.member("geometries");
            let members = self.each(member("geometries"), &place, Self::geometry)?;
            return Ok(Geometry::GeometryCollection(GeometryCollection(members)));
        }
        let (place, value) = (at.member("coordinates"), member("coordinates"));
        Ok(match kind {
            "Point" => Point(self.position(value, &place)?).into(),
            "MultiPoint" => {
                let points = self.each(value, &place, Self::position)?;
                MultiPoint(points.into_iter().map(Point).collect()).into()
            }
            "LineString" => self.line(value, &place)?.into(),
            "MultiLineString" => MultiLineString(self.each(value, &place, Self::line)?).into(),
            "Polygon" => self.polygon(value, &place)?.into(),
            "MultiPolygon" => MultiPolygon(self.each(value, &place, Self::polygon)?).into(),
            _ => return Err(at.member("type").unknown(kind, &TYPES)),
        })
    }

    fn each<T>(
        &mut self,
        value: &Value,
        at: &Place<'_>,
        read: impl Fn(&mut Self, &Value, &Place<'_>) -> Result<T, AppError>,
    ) -> Result<Vec<T>, AppError> {
        let items = at.list(value)?.iter().enumerate();
        items
            .map(|(number, item)| read(self, item, &at.item(number)))
            .collect()
    }

    fn polygon(&mut self, value: &Value, at: &Place<'_>) -> Result<Polygon<f64>, AppError> {
        let mut rings = self.each(value, at, Self::line)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString::new(vec![]));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn line(&mut self, value: &Value, at: &Place<'_>) -> Result<LineString<f64>, AppError> {
        self.each(value, at, Self::position).map(LineString::new)
    }

    fn position(&mut self, value: &Value, at: &Place<'_>) -> Result<Coord<f64>, AppError> {
        let left = self.vertices_left.checked_sub(1);
        self.vertices_left = left.ok_or_else(|| {
            let allowed = format!(
                "the end: all geometries together have at most {} vertices",
                self.vertices_max
            );
            at.refuse(value, allowed)
        })?;
        let numbers = value.as_array().map_or(&[][..], Vec::as_slice);
        match (
            numbers.first().and_then(Value::as_f64),
            numbers.get(1).and_then(Value::as_f64),
        ) {
            (Some(x), Some(y)) => Ok(Coord { x, y }),
            _ => Err(at.refuse(value, "a position: [longitude, latitude]")),
        }
    }
}
