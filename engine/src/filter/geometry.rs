//! Geometries in a filter: well-known text and boxes.

use std::fmt::{self, Display, Formatter};

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::lex::Token;
use super::parse::Parser;
use super::spatial;
use super::{FilterError, MAX_POSITIONS};
use crate::relation;
use crate::space::LonLat;

/// A geometry that a filter writes out, in degrees of longitude and latitude.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum GeometryLiteral {
    /// West, south, east, north. Where the west is greater than the east the box goes across the antimeridian.
    Box([f64; 4]),
    Geometry(Geometry<f64>),
}

impl GeometryLiteral {
    /// What it covers. A box without a width or a height is a line or a point.
    pub(super) fn geometry(&self) -> Geometry<f64> {
        match self {
            Self::Geometry(geometry) => geometry.clone(),
            Self::Box([west, south, east, north]) if west > east => {
                let halves = [
                    [*west, *south, 180.0, *north],
                    [-180.0, *south, *east, *north],
                ];
                // Of a box that only touches the antimeridian one half has no width.
                let wide = halves.into_iter().filter(|half| half[0] < half[2]);
                let halves: Vec<_> = wide.map(covered).collect();
                match halves.is_empty() {
                    true => covered([180.0, *south, 180.0, *north]),
                    false => Geometry::GeometryCollection(GeometryCollection(halves)),
                }
            }
            Self::Box(bounds) => covered(*bounds),
        }
    }

    /// Ready to be compared with many. Literals have a coordinate at least.
    pub(super) fn prepared(&self) -> Option<relation::Literal> {
        relation::Literal::new(&self.geometry())
    }
}

fn covered([west, south, east, north]: [f64; 4]) -> Geometry<f64> {
    let at = |x, y| Coord { x, y };
    match (west == east, south == north) {
        (true, true) => Geometry::Point(Point(at(west, south))),
        (true, false) | (false, true) => {
            Geometry::LineString(LineString(vec![at(west, south), at(east, north)]))
        }
        (false, false) => {
            let ring = vec![
                at(west, south),
                at(east, south),
                at(east, north),
                at(west, north),
                at(west, south),
            ];
            Geometry::Polygon(Polygon::new(LineString(ring), vec![]))
        }
    }
}

/// What a literal begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    Point,
    LineString,
    Polygon,
    MultiPoint,
    MultiLineString,
    MultiPolygon,
    GeometryCollection,
    Box,
}

impl Tag {
    const ALL: [Self; 8] = [
        Self::Point,
        Self::LineString,
        Self::Polygon,
        Self::MultiPoint,
        Self::MultiLineString,
        Self::MultiPolygon,
        Self::GeometryCollection,
        Self::Box,
    ];

    pub(super) fn named(word: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|tag| tag.name().eq_ignore_ascii_case(word))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Point => "POINT",
            Self::LineString => "LINESTRING",
            Self::Polygon => "POLYGON",
            Self::MultiPoint => "MULTIPOINT",
            Self::MultiLineString => "MULTILINESTRING",
            Self::MultiPolygon => "MULTIPOLYGON",
            Self::GeometryCollection => "GEOMETRYCOLLECTION",
            Self::Box => "BBOX",
        }
    }
}

type Read<T> = Result<T, FilterError>;

impl Parser<'_> {
    /// A literal, from its first word on. Polygons are checked: a predicate means nothing on rings that cross.
    pub(super) fn geometry(&mut self, tag: Tag) -> Read<GeometryLiteral> {
        let start = self.mark();
        if tag == Tag::Box {
            self.skip();
            return self.bounds_of_box();
        }
        let geometry = self.tagged(tag)?;
        match relation::fault(&geometry) {
            None => Ok(GeometryLiteral::Geometry(geometry)),
            Some(fault) => {
                self.return_to(start);
                Err(self.refused("a valid geometry", fault))
            }
        }
    }

    /// The tag, `Z` where there are heights, and the coordinates.
    fn tagged(&mut self, tag: Tag) -> Read<Geometry<f64>> {
        self.skip();
        self.takes_word("Z");
        Ok(match tag {
            Tag::Point => Geometry::Point(Point(self.lone_position()?)),
            Tag::LineString => Geometry::LineString(self.line()?),
            Tag::Polygon => Geometry::Polygon(self.polygon()?),
            Tag::MultiPoint => Geometry::MultiPoint(MultiPoint(self.several(Self::member_point)?)),
            Tag::MultiLineString => {
                Geometry::MultiLineString(MultiLineString(self.several(Self::line)?))
            }
            Tag::MultiPolygon => Geometry::MultiPolygon(MultiPolygon(self.several(Self::polygon)?)),
            Tag::GeometryCollection => {
                let members = self.deeper(|parser| parser.several(Self::member))?;
                Geometry::GeometryCollection(GeometryCollection(members))
            }
            Tag::Box => return Err(self.expected("a geometry other than a box")),
        })
    }

    fn member(&mut self) -> Read<Geometry<f64>> {
        let tag = match self.peek() {
            Token::Word(word) => Tag::named(word),
            _ => None,
        };
        match tag.filter(|tag| *tag != Tag::Box) {
            Some(tag) => self.tagged(tag),
            None => Err(self.expected("a geometry such as POINT(-70.6 -33.4)")),
        }
    }

    /// One or more in parentheses.
    fn several<T>(&mut self, mut one: impl FnMut(&mut Self) -> Read<T>) -> Read<Vec<T>> {
        self.take_sign("(")?;
        let mut all = vec![one(self)?];
        while self.takes_sign(",") {
            all.push(one(self)?);
        }
        self.take_sign_or(")", "\",\" or \")\"")?;
        Ok(all)
    }

    fn lone_position(&mut self) -> Read<Coord<f64>> {
        self.take_sign("(")?;
        let at = self.coordinates()?;
        self.take_sign(")")?;
        Ok(at)
    }

    /// `(1 2)`, or `1 2` as many write it.
    fn member_point(&mut self) -> Read<Point<f64>> {
        let is_wrapped = matches!(self.peek(), Token::Sign("("));
        let at = match is_wrapped {
            true => self.lone_position()?,
            false => self.coordinates()?,
        };
        Ok(Point(at))
    }

    fn line(&mut self) -> Read<LineString<f64>> {
        let start = self.mark();
        let line = self.several(Self::coordinates)?;
        if line.iter().all(|at| *at == line[0]) {
            self.return_to(start);
            return Err(self.refused("a line with two different positions", "a single one"));
        }
        Ok(LineString(line))
    }

    fn polygon(&mut self) -> Read<Polygon<f64>> {
        let mut rings = self.several(Self::ring)?.into_iter();
        let exterior = rings.next().unwrap_or_else(|| LineString(vec![]));
        Ok(Polygon::new(exterior, rings.collect()))
    }

    fn ring(&mut self) -> Read<LineString<f64>> {
        let start = self.mark();
        let ring = self.several(Self::coordinates)?;
        let found = match (ring.len(), ring.first() == ring.last()) {
            (4.., true) => return Ok(LineString(ring)),
            (_, false) => "one that ends elsewhere".to_owned(),
            (positions, true) => format!("{positions} positions"),
        };
        self.return_to(start);
        Err(self.refused(
            "a ring of four or more positions that ends where it begins",
            &found,
        ))
    }

    /// A longitude and a latitude; a height behind them is read and left out.
    fn coordinates(&mut self) -> Read<Coord<f64>> {
        let start = self.mark();
        self.positions += 1;
        if self.positions > MAX_POSITIONS {
            return Err(self.too_many("positions", MAX_POSITIONS));
        }
        let (lon, lat) = (self.degrees()?, self.degrees()?);
        if !matches!(self.peek(), Token::Sign(")" | ",")) {
            self.degrees()?;
        }
        if (LonLat { lon, lat }).is_valid() {
            return Ok(Coord { x: lon, y: lat });
        }
        self.return_to(start);
        let found = format!("{lon} {lat}");
        Err(self.refused("a longitude within ±180 and a latitude within ±90", &found))
    }

    fn degrees(&mut self) -> Read<f64> {
        let is_negative = self.takes_sign("-");
        if !is_negative {
            self.takes_sign("+");
        }
        let number = match self.peek() {
            Token::Integer(number) => *number as f64,
            Token::Real(number) => *number,
            _ => return Err(self.expected("a number")),
        };
        self.skip();
        let number = spatial::without_dust(number);
        Ok(if is_negative { -number } else { number })
    }

    /// Four numbers, or six with heights, which are left out.
    fn bounds_of_box(&mut self) -> Read<GeometryLiteral> {
        let start = self.mark();
        let numbers = self.several(|parser| {
            parser.positions += 1;
            match parser.positions > MAX_POSITIONS {
                true => Err(parser.too_many("positions", MAX_POSITIONS)),
                false => parser.degrees(),
            }
        })?;
        let bounds = match numbers[..] {
            [west, south, east, north] | [west, south, _, east, north, _] => {
                [west, south, east, north]
            }
            _ => {
                self.return_to(start);
                let found = format!("{} numbers", numbers.len());
                return Err(self.refused("4 or 6 numbers", &found));
            }
        };
        let [west, south, east, north] = bounds;
        let corners = [(west, south), (east, north)];
        let is_valid = corners
            .into_iter()
            .all(|(lon, lat)| LonLat { lon, lat }.is_valid());
        if is_valid && south <= north {
            return Ok(GeometryLiteral::Box(bounds));
        }
        self.return_to(start);
        let found = format!("{west},{south},{east},{north}");
        Err(self.refused(
            "west,south,east,north in degrees, the south below the north",
            &found,
        ))
    }
}

impl Display for GeometryLiteral {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Geometry(geometry) => tagged(geometry, out),
            Self::Box(bounds) => {
                out.write_str("BBOX(")?;
                list(bounds, out, |number, out| degrees(*number, out))?;
                out.write_str(")")
            }
        }
    }
}

fn tagged(geometry: &Geometry<f64>, out: &mut Formatter<'_>) -> fmt::Result {
    match geometry {
        Geometry::Point(point) => {
            out.write_str("POINT")?;
            positions(&[point.0], out)
        }
        Geometry::LineString(line) => {
            out.write_str("LINESTRING")?;
            positions(&line.0, out)
        }
        Geometry::Polygon(polygon) => {
            out.write_str("POLYGON")?;
            rings(polygon, out)
        }
        Geometry::MultiPoint(points) => {
            let points: Vec<_> = points.iter().map(|point| point.0).collect();
            out.write_str("MULTIPOINT")?;
            positions(&points, out)
        }
        Geometry::MultiLineString(lines) => {
            out.write_str("MULTILINESTRING(")?;
            list(&lines.0, out, |line, out| positions(&line.0, out))?;
            out.write_str(")")
        }
        Geometry::MultiPolygon(polygons) => {
            out.write_str("MULTIPOLYGON(")?;
            list(&polygons.0, out, rings)?;
            out.write_str(")")
        }
        Geometry::GeometryCollection(members) => {
            out.write_str("GEOMETRYCOLLECTION(")?;
            list(&members.0, out, tagged)?;
            out.write_str(")")
        }
        // None of them can be written in a filter.
        Geometry::Line(_) | Geometry::Rect(_) | Geometry::Triangle(_) => Ok(()),
    }
}

fn rings(polygon: &Polygon<f64>, out: &mut Formatter<'_>) -> fmt::Result {
    let rings: Vec<_> = std::iter::once(polygon.exterior())
        .chain(polygon.interiors())
        .collect();
    out.write_str("(")?;
    list(&rings, out, |ring, out| positions(&ring.0, out))?;
    out.write_str(")")
}

fn positions(line: &[Coord<f64>], out: &mut Formatter<'_>) -> fmt::Result {
    out.write_str("(")?;
    list(line, out, |at, out| {
        degrees(at.x, out)?;
        out.write_str(" ")?;
        degrees(at.y, out)
    })?;
    out.write_str(")")
}

fn list<T>(
    items: &[T],
    out: &mut Formatter<'_>,
    mut one: impl FnMut(&T, &mut Formatter<'_>) -> fmt::Result,
) -> fmt::Result {
    for (number, item) in items.iter().enumerate() {
        if number > 0 {
            out.write_str(",")?;
        }
        one(item, out)?;
    }
    Ok(())
}

/// The shortest text that reads as the same number, with an exponent where there would be a row of zeros.
fn degrees(number: f64, out: &mut Formatter<'_>) -> fmt::Result {
    match number != 0.0 && number.abs() < 1e-5 {
        true => write!(out, "{number:e}"),
        false => write!(out, "{number}"),
    }
}
