//! How the coordinates of a layer form points, lines and polygons: flat offsets, shared by every coordinate space.

use std::ops::Range;

use geo_types::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use thiserror::Error;

/// The geometry type of a feature. Multi-geometries have several parts of one type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GeometryType {
    /// No geometry (a null or empty one).
    None,
    /// Each part is one coordinate.
    Point,
    /// Each part is one line string.
    Line,
    /// Each part is an exterior ring followed by its interior rings, all closed.
    Polygon,
}

/// Offsets only: feature → parts → rings → coordinates. The coordinates stand beside it, one array per space.
///
/// All coordinates of a feature are one contiguous range.
#[derive(Clone, Debug)]
pub struct Shapes {
    types: Vec<GeometryType>,
    features: Vec<u32>,
    parts: Vec<u32>,
    rings: Vec<u32>,
}

/// Why a geometry does not fit into [`Shapes`].
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ShapeError {
    /// More than 2³² coordinates in one layer.
    #[error("more than 4,294,967,295 coordinates in one layer")]
    TooManyCoordinates,
    /// A geometry collection of several types.
    #[error("a geometry collection that mixes points, lines and polygons")]
    MixedCollection,
}

impl Default for Shapes {
    fn default() -> Self {
        Self {
            types: vec![],
            features: vec![0],
            parts: vec![0],
            rings: vec![0],
        }
    }
}

impl Shapes {
    /// Number of features.
    pub fn len(&self) -> usize {
        self.types.len()
    }

    /// Whether there is no feature.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }

    /// Number of coordinates of all features.
    pub fn coordinate_count(&self) -> usize {
        self.rings.last().map_or(0, |&end| end as usize)
    }

    /// Type of a feature's geometry.
    pub fn geometry_type(&self, feature: usize) -> GeometryType {
        self.types[feature]
    }

    /// Parts of a feature.
    pub fn parts(&self, feature: usize) -> Range<usize> {
        span(&self.features, feature)
    }

    /// Rings of a part; the first is the exterior where the part is a polygon.
    pub fn rings(&self, part: usize) -> Range<usize> {
        span(&self.parts, part)
    }

    /// Coordinates of a ring.
    pub fn coordinates(&self, ring: usize) -> Range<usize> {
        span(&self.rings, ring)
    }

    /// All rings of a feature.
    pub fn feature_rings(&self, feature: usize) -> Range<usize> {
        let parts = self.parts(feature);
        self.parts[parts.start] as usize..self.parts[parts.end] as usize
    }

    /// All coordinates of a feature.
    pub fn feature_coordinates(&self, feature: usize) -> Range<usize> {
        let rings = self.feature_rings(feature);
        self.rings[rings.start] as usize..self.rings[rings.end] as usize
    }

    /// The features `rows`, in that order, and the old number of every coordinate that stays.
    pub fn select(&self, rows: &[u32]) -> (Self, Vec<Range<usize>>) {
        let mut picked = ShapesBuilder::default();
        let mut kept = Vec::with_capacity(rows.len());
        for &row in rows {
            let row = row as usize;
            picked.start_feature(self.types[row]);
            for part in self.parts(row) {
                picked.start_part();
                for ring in self.rings(part) {
                    picked.start_ring();
                    picked.skip(self.coordinates(ring).len());
                }
            }
            kept.push(self.feature_coordinates(row));
        }
        (picked.finish(), kept)
    }

    /// The parts of a polygon feature as `geo` polygons, with coordinates of any space read through `at`.
    pub fn multi_polygon(
        &self,
        feature: usize,
        at: impl Fn(usize) -> Coord<f64>,
    ) -> MultiPolygon<f64> {
        let line = |ring| LineString::new(self.coordinates(ring).map(&at).collect());
        let polygon = |part| {
            let mut rings = self.rings(part).map(line);
            Polygon::new(
                rings.next().unwrap_or_else(|| LineString::new(vec![])),
                rings.collect(),
            )
        };
        MultiPolygon(self.parts(feature).map(polygon).collect())
    }
}

fn span(offsets: &[u32], at: usize) -> Range<usize> {
    offsets[at] as usize..offsets[at + 1] as usize
}

/// Builds [`Shapes`] and the coordinates, feature by feature: [`start_feature`](Self::start_feature), then parts,
/// rings and coordinates; or a whole geometry with [`push`](Self::push).
#[derive(Debug, Default)]
pub struct ShapesBuilder {
    shapes: Shapes,
    coordinates: Vec<[f64; 2]>,
    count: usize,
    rings_unclosed: usize,
}

impl ShapesBuilder {
    /// Opens the next feature; without a part it has no geometry.
    pub fn start_feature(&mut self, geometry_type: GeometryType) {
        self.shapes.types.push(geometry_type);
        self.shapes
            .features
            .push(offset(self.shapes.parts.len() - 1));
    }

    /// Opens a part (a point, a line or a polygon) of the current feature.
    pub fn start_part(&mut self) {
        self.shapes.parts.push(offset(self.shapes.rings.len() - 1));
        self.last_feature(1);
    }

    /// Opens a ring of the current part.
    pub fn start_ring(&mut self) {
        self.shapes.rings.push(offset(self.count));
        if let Some(end) = self.shapes.parts.last_mut() {
            *end += 1;
        }
    }

    /// Adds a coordinate to the current ring.
    pub fn coordinate(&mut self, x: f64, y: f64) {
        self.coordinates.push([x, y]);
        self.skip(1);
    }

    /// Adds `geometry` as one feature; `None` and empty geometries become [`GeometryType::None`]. Rings are closed.
    ///
    /// # Errors
    /// When a collection mixes types or the layer passes 2³² coordinates. The feature is then there without geometry.
    pub fn push(&mut self, geometry: Option<&Geometry<f64>>) -> Result<(), ShapeError> {
        let Some(geometry) = geometry else {
            self.start_feature(GeometryType::None);
            return Ok(());
        };
        let fits = self.count + geo::CoordsIter::coords_count(geometry) < u32::MAX as usize;
        let kind = if fits {
            geometry_type(geometry)
        } else {
            Err(ShapeError::TooManyCoordinates)
        };
        self.start_feature(*kind.as_ref().unwrap_or(&GeometryType::None));
        if kind? != GeometryType::None {
            self.parts_of(geometry);
        }
        Ok(())
    }

    /// Adds a feature of other shapes, whose coordinates are in `coordinates`.
    pub fn copy(&mut self, shapes: &Shapes, feature: usize, coordinates: &[[f64; 2]]) {
        self.start_feature(shapes.geometry_type(feature));
        for part in shapes.parts(feature) {
            self.start_part();
            for ring in shapes.rings(part) {
                self.start_ring();
                coordinates[shapes.coordinates(ring)]
                    .iter()
                    .for_each(|&[x, y]| self.coordinate(x, y));
            }
        }
    }

    /// Adds all features of other shapes, whose coordinates are in `coordinates`. They are copied as a block, which
    /// costs a fraction of adding one feature after the other.
    ///
    /// # Errors
    /// When the layer passes 2³² coordinates; nothing is added then.
    ///
    /// # Panics
    /// When there are fewer coordinates than the shapes have.
    pub fn append(&mut self, other: &Shapes, coordinates: &[[f64; 2]]) -> Result<(), ShapeError> {
        let coordinates = &coordinates[..other.coordinate_count()];
        let count = self.count + coordinates.len();
        if count >= u32::MAX as usize {
            return Err(ShapeError::TooManyCoordinates);
        }
        let own = &mut self.shapes;
        own.types.extend(&other.types);
        continue_offsets(&mut own.features, &other.features);
        continue_offsets(&mut own.parts, &other.parts);
        continue_offsets(&mut own.rings, &other.rings);
        self.coordinates.extend(coordinates);
        self.count = count;
        Ok(())
    }

    /// How many rings had to be closed so far.
    pub fn rings_unclosed(&self) -> usize {
        self.rings_unclosed
    }

    /// Number of coordinates so far.
    pub fn coordinate_count(&self) -> usize {
        self.count
    }

    /// The shapes and the coordinates in the order they were added.
    pub fn build(self) -> (Shapes, Vec<[f64; 2]>) {
        (self.shapes, self.coordinates)
    }

    fn finish(self) -> Shapes {
        self.shapes
    }

    fn skip(&mut self, count: usize) {
        self.count += count;
        if let Some(end) = self.shapes.rings.last_mut() {
            *end = offset(self.count);
        }
    }

    fn last_feature(&mut self, parts: u32) {
        if let Some(end) = self.shapes.features.last_mut() {
            *end += parts;
        }
    }

    fn parts_of(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.point(point.0),
            Geometry::MultiPoint(points) => points.iter().for_each(|point| self.point(point.0)),
            Geometry::Line(line) => self.line(&[line.start, line.end]),
            Geometry::LineString(line) => self.line(&line.0),
            Geometry::MultiLineString(lines) => lines.iter().for_each(|line| self.line(&line.0)),
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().for_each(|polygon| self.polygon(polygon));
            }
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(members) => {
                members.iter().for_each(|member| self.parts_of(member));
            }
        }
    }

    fn point(&mut self, at: Coord<f64>) {
        self.start_part();
        self.start_ring();
        self.coordinate(at.x, at.y);
    }

    fn line(&mut self, line: &[Coord<f64>]) {
        if line.len() < 2 {
            return;
        }
        self.start_part();
        self.start_ring();
        line.iter().for_each(|at| self.coordinate(at.x, at.y));
    }

    fn polygon(&mut self, polygon: &Polygon<f64>) {
        if polygon.exterior().0.len() < 3 {
            return;
        }
        self.start_part();
        self.ring(polygon.exterior());
        polygon
            .interiors()
            .iter()
            .filter(|ring| ring.0.len() > 2)
            .for_each(|ring| self.ring(ring));
    }

    fn ring(&mut self, ring: &LineString<f64>) {
        self.start_ring();
        ring.0.iter().for_each(|at| self.coordinate(at.x, at.y));
        if let (Some(first), Some(last)) = (ring.0.first(), ring.0.last())
            && first != last
        {
            self.coordinate(first.x, first.y);
            self.rings_unclosed += 1;
        }
    }
}

/// Puts other offsets behind these, counted on from the last.
fn continue_offsets(offsets: &mut Vec<u32>, others: &[u32]) {
    let base = offsets.last().copied().unwrap_or(0);
    offsets.extend(others[1..].iter().map(|end| base + end));
}

/// The one type of a geometry; `None` where nothing is in it.
fn geometry_type(geometry: &Geometry<f64>) -> Result<GeometryType, ShapeError> {
    use GeometryType as T;
    if geo::CoordsIter::coords_count(geometry) == 0 {
        return Ok(T::None);
    }
    Ok(match geometry {
        Geometry::Point(_) | Geometry::MultiPoint(_) => T::Point,
        Geometry::Line(_) | Geometry::LineString(_) | Geometry::MultiLineString(_) => T::Line,
        Geometry::GeometryCollection(members) => {
            let mut types = members
                .iter()
                .map(geometry_type)
                .filter(|kind| *kind != Ok(T::None));
            let first = types.next().unwrap_or(Ok(T::None))?;
            if types.any(|other| other != Ok(first)) {
                return Err(ShapeError::MixedCollection);
            }
            first
        }
        _ => T::Polygon,
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "`push` refuses more than 2³² coordinates"
)]
fn offset(count: usize) -> u32 {
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_that_are_appended_are_as_if_built_in_one() {
        let square = Geometry::from(geo_types::Rect::new((0.0, 0.0), (1.0, 1.0)));
        let points = Geometry::from(geo_types::MultiPoint::from(vec![(1.0, 2.0), (3.0, 4.0)]));
        let pieces = [
            vec![Some(&square), None],
            vec![],
            vec![Some(&points), Some(&square)],
        ];
        let (mut joined, mut whole) = (ShapesBuilder::default(), ShapesBuilder::default());
        for piece in &pieces {
            let mut part = ShapesBuilder::default();
            for geometry in piece {
                part.push(*geometry).expect("it fits");
                whole.push(*geometry).expect("it fits");
            }
            let (shapes, coordinates) = part.build();
            joined.append(&shapes, &coordinates).expect("it fits");
        }
        let ((joined, places), (whole, expected)) = (joined.build(), whole.build());
        assert_eq!(places, expected);
        assert_eq!(format!("{joined:?}"), format!("{whole:?}"));
    }
}
