//! Polygons that were computed, as a layer in degrees.

use comarca_engine::heatmap::Band;
use comarca_engine::{Column, Metric, Projection, ShapesBuilder, Value};
use geo_types::{Coord, Geometry, MultiPolygon, Polygon};

use crate::source::{Features, Format};

/// Isobands with the columns `low` and `high`; the highest has no `high`. Bands without area are left out.
pub fn band_layer(name: &str, bands: &[Band], projection: &dyn Projection) -> Features {
    let present: Vec<&Band> = bands
        .iter()
        .filter(|band| !band.polygons.0.is_empty())
        .collect();
    let polygons = present
        .iter()
        .map(|band| in_degrees(&band.polygons, projection));
    let low = present.iter().map(|band| Value::Real(band.low));
    let high = present
        .iter()
        .map(|band| band.high.map_or(Value::Null, Value::Real));
    let columns = vec![Column::new("low", low), Column::new("high", high)];
    polygon_layer(name, polygons, columns)
}

/// Polygons in degrees with their columns.
pub fn polygon_layer(
    name: &str,
    polygons: impl IntoIterator<Item = MultiPolygon<f64>>,
    columns: Vec<Column>,
) -> Features {
    let mut shapes = ShapesBuilder::default();
    for polygon in polygons {
        // Only mixed collections and 2³² coordinates are refused; a feature without geometry is left then.
        drop(shapes.push(Some(&Geometry::MultiPolygon(polygon))));
    }
    let (shapes, coordinates) = shapes.build();
    Features {
        format: Format::GeoJson,
        name: name.to_owned(),
        crs: Some("OGC:CRS84".to_owned()),
        shapes,
        coordinates,
        multi: vec![],
        columns,
        problems: vec![],
    }
}

/// The same polygons in degrees.
fn in_degrees(polygons: &MultiPolygon<f64>, projection: &dyn Projection) -> MultiPolygon<f64> {
    let ring = |ring: &geo_types::LineString<f64>| -> geo_types::LineString<f64> {
        let metres: Vec<Metric> = ring
            .0
            .iter()
            .map(|at| Metric {
                x_m: at.x,
                y_m: at.y,
            })
            .collect();
        let degrees = projection.to_lonlat(&metres);
        degrees
            .iter()
            .map(|at| Coord {
                x: at.lon,
                y: at.lat,
            })
            .collect()
    };
    let polygon = |polygon: &Polygon<f64>| {
        let interiors = polygon.interiors().iter().map(ring).collect();
        Polygon::new(ring(polygon.exterior()), interiors)
    };
    MultiPolygon(polygons.0.iter().map(polygon).collect())
}
