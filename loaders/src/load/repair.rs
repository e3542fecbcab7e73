//! Invalid polygons → valid ones, each reported with the place where it is not valid.
//!
//! Validity is that of OGC Simple Features. The repair keeps what the odd–even rule holds for inside, as GEOS' and
//! PostGIS' `MakeValid` do, by a union of the polygon with nothing. (`geo::MakeValid` cuts corners off rings that
//! touch themselves near a crossing: 0.3 % of the area of one block of the census.)

use comarca_engine::{GeometryType, ShapesBuilder, Text};
use geo::bool_ops::FillRule;
use geo::{BooleanOps, OpType, Validation};
use geo_types::{Coord, Geometry, MultiPolygon, Point};
use rayon::prelude::*;

use super::crossing;
use super::faults::{Fault, FaultKind};
use super::origin::Origin;
use super::simple::is_certainly_simple;
use crate::crs::{Crs, Transform};
use crate::problem::{Problem, Problems};
use crate::source::Features;

/// An invalid polygon and where it is not valid.
pub(super) struct Crossing {
    row: usize,
    at: Coord<f64>,
    replacement: Option<MultiPolygon<f64>>,
}

/// The features with every invalid polygon repaired; one that cannot be repaired stays as it is.
///
/// Cost O(n log n) in the vertices of each polygon, on all threads.
pub(super) fn polygons(
    features: Features,
    layer: &str,
    origin: &Origin,
    problems: &mut Problems,
) -> (Features, Vec<Crossing>) {
    let repairs: Vec<Crossing> = (0..features.len())
        .into_par_iter()
        .filter(|&row| features.shapes.geometry_type(row) == GeometryType::Polygon)
        .filter(|&row| !is_one_simple_ring(&features, row))
        .filter_map(|row| {
            let polygon = multi_polygon(&features, row);
            (!polygon.is_valid()).then(|| Crossing {
                row,
                at: crossing::first(&polygon),
                replacement: repaired(&polygon),
            })
        })
        .collect();
    if repairs.is_empty() {
        return (features, repairs);
    }
    for repair in &repairs {
        let place = format!(
            "crosses or touches itself at {}, {}",
            repair.at.x, repair.at.y
        );
        let problem = Problem::warning(repair.message())
            .in_layer(layer)
            .found(&place);
        problems.extend(origin.problems(&problem, &[repair.row]));
    }
    let replacement = |row: usize| {
        let found = repairs
            .binary_search_by_key(&row, |repair| repair.row)
            .ok()?;
        repairs[found]
            .replacement
            .clone()
            .map(Geometry::MultiPolygon)
    };
    let features = rebuilt(features, replacement, |_| true);
    (features, repairs)
}

impl Crossing {
    fn message(&self) -> &'static str {
        match self.replacement {
            Some(_) => "has an invalid polygon, which was repaired (odd–even rule)",
            None => "has an invalid polygon, which could not be repaired and is used as it is",
        }
    }

    /// The fault at its place in degrees; `None` where that cannot be had.
    pub(super) fn fault(
        self,
        layer: &str,
        keys: &Text,
        origin: &Origin,
        crs: &Crs,
    ) -> Option<Fault> {
        let at = [self.at.x, self.at.y];
        let transform =
            Transform::new(crs, &Crs::lonlat(), Some([at[0], at[1], at[0], at[1]])).ok()?;
        let [lon, lat] = transform.convert(&[at])[0];
        lon.is_finite().then(|| Fault {
            kind: FaultKind::InvalidRing,
            layer: layer.to_owned(),
            level: None,
            keys: vec![keys.value(self.row).to_owned()],
            area_m2: None,
            row: Some(origin.row(self.row)),
            message: self.message().to_owned(),
            geometry: Geometry::Point(Point::new(lon, lat)),
        })
    }
}

/// Whether the polygon of a row is certainly valid, without a closer look.
fn is_one_simple_ring(features: &Features, row: usize) -> bool {
    features.shapes.feature_rings(row).len() == 1
        && is_certainly_simple(&features.coordinates[features.shapes.feature_coordinates(row)])
}

/// The features; those of `rows`, in ascending order, lose their geometry.
pub(crate) fn without_geometry(features: Features, rows: &[usize]) -> Features {
    rebuilt(features, |_| None, |row| rows.binary_search(&row).is_err())
}

/// The inside of a polygon by the odd–even rule; `None` where nothing is inside or the result is not valid either.
fn repaired(polygon: &MultiPolygon<f64>) -> Option<MultiPolygon<f64>> {
    let nothing = MultiPolygon::new(vec![]);
    let inside = polygon.boolean_op_with_fill_rule(&nothing, OpType::Union, FillRule::EvenOdd);
    (!inside.0.is_empty() && inside.is_valid()).then_some(inside)
}

fn rebuilt(
    mut features: Features,
    replacement: impl Fn(usize) -> Option<Geometry<f64>>,
    keep: impl Fn(usize) -> bool,
) -> Features {
    let mut builder = ShapesBuilder::default();
    for row in 0..features.len() {
        if let Some(geometry) = replacement(row) {
            // A multi-polygon is of one type and the layer was within the bound before.
            let _fits = builder.push(Some(&geometry));
        } else if keep(row) {
            builder.copy(&features.shapes, row, &features.coordinates);
        } else {
            builder.start_feature(GeometryType::None);
        }
    }
    (features.shapes, features.coordinates) = builder.build();
    features
}

fn multi_polygon(features: &Features, row: usize) -> MultiPolygon<f64> {
    features.shapes.multi_polygon(row, |at| Coord {
        x: features.coordinates[at][0],
        y: features.coordinates[at][1],
    })
}
