//! Lines and polygons that stand twice, by their exact vertices. (Points at one place are no mistake by themselves.)

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use comarca_engine::GeometryType;
use rayon::prelude::*;

use super::origin::Origin;
use crate::problem::Problem;
use crate::source::Features;

/// Tells of features with the geometry of one before, whatever their keys. Cost O(coordinates), on all threads.
pub(super) fn notices(features: &Features, layer: &str, origin: &Origin) -> Vec<Problem> {
    let repeated = repeated(features);
    let Some((row, first)) = repeated.first() else {
        return vec![];
    };
    let mut problem = Problem::notice("has the same geometry as a feature before it")
        .in_layer(layer)
        .advice("each counts by itself: name a key and say on_duplicate = \"first\" to keep one of equal features");
    if origin.is_one_file() {
        let same = format!("row {} is as row {}", origin.row(*row), origin.row(*first));
        problem = problem.found(&same);
    }
    let rows: Vec<usize> = repeated.iter().map(|(row, _)| *row).collect();
    origin.problems(&problem, &rows)
}

/// Rows whose geometry was there before, with the row that has it first.
fn repeated(features: &Features) -> Vec<(usize, usize)> {
    let prints: Vec<Option<u128>> = (0..features.len())
        .into_par_iter()
        .map(|row| fingerprint(features, row))
        .collect();
    let mut first: HashMap<u128, usize> = HashMap::with_capacity(prints.len());
    let mut repeated = vec![];
    for (row, print) in prints.into_iter().enumerate() {
        let Some(print) = print else { continue };
        let before = *first.entry(print).or_insert(row);
        if before != row {
            repeated.push((row, before));
        }
    }
    repeated
}

/// 128 bits of the vertices of a line or polygon; equal for rings that begin at another vertex or run the other way.
fn fingerprint(features: &Features, row: usize) -> Option<u128> {
    let shapes = &features.shapes;
    let kind = shapes.geometry_type(row);
    if !matches!(kind, GeometryType::Line | GeometryType::Polygon) {
        return None;
    }
    let (mut low, mut high) = (DefaultHasher::new(), DefaultHasher::new());
    high.write_u8(1);
    for part in shapes.parts(row) {
        for ring in shapes.rings(part) {
            let coordinates = &features.coordinates[shapes.coordinates(ring)];
            let bits = |at: &[f64; 2]| at.map(f64::to_bits);
            let mut ring: Vec<[u64; 2]> = coordinates.iter().map(bits).collect();
            if kind == GeometryType::Polygon {
                ring.pop();
                ring = canonical(ring);
            }
            ring.hash(&mut low);
            ring.hash(&mut high);
        }
        part_end(&mut low);
        part_end(&mut high);
    }
    Some(u128::from(high.finish()) << 64 | u128::from(low.finish()))
}

fn part_end(hasher: &mut DefaultHasher) {
    hasher.write_u8(0xff);
}

/// A ring without its closing vertex, from its smallest vertex on, towards the smaller of the two beside it.
fn canonical(mut ring: Vec<[u64; 2]>) -> Vec<[u64; 2]> {
    let Some(start) = (0..ring.len()).min_by_key(|at| ring[*at]) else {
        return ring;
    };
    ring.rotate_left(start);
    if ring.len() > 2 && ring[ring.len() - 1] < ring[1] {
        ring[1..].reverse();
    }
    ring
}

#[cfg(test)]
mod tests {
    use comarca_engine::ShapesBuilder;
    use geo_types::{Geometry, polygon, wkt};

    use super::*;
    use crate::source::Format;

    fn features(geometries: &[Geometry<f64>]) -> Features {
        let mut shapes = ShapesBuilder::default();
        for geometry in geometries {
            shapes.push(Some(geometry)).expect("one type");
        }
        let (shapes, coordinates) = shapes.build();
        Features {
            format: Format::GeoJson,
            name: String::new(),
            crs: None,
            shapes,
            coordinates,
            multi: vec![],
            columns: vec![],
            problems: vec![],
        }
    }

    #[test]
    fn rings_that_begin_elsewhere_or_run_the_other_way_are_the_same() {
        let square = wkt!(POLYGON((0.0 0.0,1.0 0.0,1.0 1.0,0.0 1.0,0.0 0.0)));
        let turned = wkt!(POLYGON((1.0 1.0,0.0 1.0,0.0 0.0,1.0 0.0,1.0 1.0)));
        let reversed = wkt!(POLYGON((1.0 1.0,1.0 0.0,0.0 0.0,0.0 1.0,1.0 1.0)));
        let other = wkt!(POLYGON((0.0 0.0,1.0 0.0,1.0 1.1,0.0 1.0,0.0 0.0)));
        let holed = polygon!(exterior: [(x: 0.0, y: 0.0), (x: 1.0, y: 0.0), (x: 1.0, y: 1.0), (x: 0.0, y: 1.0)],
            interiors: [[(x: 0.2, y: 0.2), (x: 0.4, y: 0.2), (x: 0.4, y: 0.4)]]);
        let all = [square, other, turned, holed, reversed].map(Geometry::Polygon);
        assert_eq!(repeated(&features(&all)), [(2, 0), (4, 0)]);
        let text = notices(&features(&all), "blocks", &Origin::default())[0].to_string();
        assert!(
            text.starts_with("layer \"blocks\", rows 3, 5: has the same geometry"),
            "{text}"
        );
        assert!(text.contains("row 3 is as row 1"), "{text}");
    }

    #[test]
    fn points_at_one_place_and_lines_of_other_directions_are_not_told() {
        let at = Geometry::Point((1.0, 2.0).into());
        assert!(repeated(&features(&[at.clone(), at])).is_empty());
        let there = Geometry::LineString(wkt!(LINESTRING(0.0 0.0,1.0 1.0)));
        let back = Geometry::LineString(wkt!(LINESTRING(1.0 1.0,0.0 0.0)));
        assert!(repeated(&features(&[there, back])).is_empty());
    }
}
