//! Places of edited features: checked, and put together with those that stay.

use std::ops::Range;

use geo::{CoordsIter, Validation};
use geo_types::Geometry;

use super::Refusal;
use super::draft::Row;
use crate::layer::Layer;
use crate::shapes::{Shapes, ShapesBuilder};
use crate::space::{LonLat, Metric, Projection};

/// Most vertices of the geometry of one edit: whether a polygon is valid is found by comparing its edges in pairs.
pub const MAX_EDIT_VERTICES: usize = 2000;

/// No place is farther than this from the origin of a metric CRS: the way around the earth.
const FARTHEST_M: f64 = 40_100_000.0;

/// Whether a geometry can be a place: on the globe, not empty, of one type, valid.
pub(super) fn check(geometry: &Geometry<f64>) -> Result<(), Refusal> {
    let refuse = |value: &str, allowed: &str| Err(Refusal::new("geometry", value, allowed));
    match geometry.coords_count() {
        0 => return refuse("empty", "a geometry with coordinates"),
        1..=MAX_EDIT_VERTICES => {}
        many => {
            let allowed = format!("of at most {MAX_EDIT_VERTICES} vertices");
            return refuse(&format!("of {many} vertices"), &allowed);
        }
    }
    let lonlat = |at: geo_types::Coord<f64>| LonLat {
        lon: at.x,
        lat: at.y,
    };
    let odd = geometry.coords_iter().find(|&at| !lonlat(at).is_valid());
    if let Some(at) = odd {
        let allowed = "longitude and latitude, within ±180 and ±90 degrees";
        return refuse(&format!("at {}, {}", at.x, at.y), allowed);
    }
    if let Err(invalid) = geometry.check_validation() {
        return refuse(&invalid.to_string(), "valid (OGC Simple Features)");
    }
    match ShapesBuilder::default().push(Some(geometry)) {
        Ok(()) => Ok(()),
        Err(mixed) => refuse(&mixed.to_string(), "of one type"),
    }
}

/// What is said of a place that has no metres.
pub(super) fn unprojectable() -> Refusal {
    let allowed = "where the metric CRS of the project can be used";
    Refusal::new("geometry", "too far away", allowed)
}

type Outline = (Shapes, Vec<LonLat>, Vec<Metric>);

/// The shapes of all rows with their coordinates in both spaces: as they were where a row has no place of its own.
///
/// # Errors
/// The number of the edit whose geometry cannot be projected.
pub(super) fn assembled(
    layer: &Layer,
    rows: &[Row<'_, '_>],
    projection: &dyn Projection,
) -> Result<Outline, usize> {
    let old: Vec<[f64; 2]> = layer.lonlat().iter().map(|at| [at.lon, at.lat]).collect();
    let mut builder = ShapesBuilder::default();
    let mut metric: Vec<Metric> = Vec::with_capacity(old.len());
    let mut placed: Vec<(Range<usize>, usize)> = vec![];
    for row in rows {
        let start = builder.coordinate_count();
        match (row.geometry(), row.origin) {
            (Some((geometry, number)), _) => {
                // `check` has pushed it before; what is refused is there without geometry.
                let _fits = builder.push(Some(geometry));
                placed.push((start..builder.coordinate_count(), number));
            }
            (None, Some(row)) => {
                builder.copy(layer.shapes(), row, &old);
                metric.extend(&layer.metric()[layer.shapes().feature_coordinates(row)]);
            }
            // Only a feature that was there before has no place of its own.
            (None, None) => {}
        }
        metric.resize(builder.coordinate_count(), Metric::default());
    }
    let (shapes, coordinates) = builder.build();
    let lonlat: Vec<LonLat> = coordinates
        .into_iter()
        .map(|[lon, lat]| LonLat { lon, lat })
        .collect();
    project(&lonlat, &mut metric, placed, projection)?;
    Ok((shapes, lonlat, metric))
}

/// Fills in the metres of the new places.
fn project(
    lonlat: &[LonLat],
    metric: &mut [Metric],
    placed: Vec<(Range<usize>, usize)>,
    projection: &dyn Projection,
) -> Result<(), usize> {
    let near = |at: &Metric| at.x_m.abs() <= FARTHEST_M && at.y_m.abs() <= FARTHEST_M;
    for (range, number) in placed {
        let metres = projection.to_metric(&lonlat[range.clone()]);
        if metres.len() != range.len() || !metres.iter().all(near) {
            return Err(number);
        }
        metric[range].copy_from_slice(&metres);
    }
    Ok(())
}
