//! Generated features → layers and territories, in memory.

use std::sync::Arc;

use comarca_engine::heatmap::Heatmap;
use comarca_engine::indicator::Indicator;
use comarca_engine::{
    Column, Layer, LayerParts, LevelParts, LonLat, Metric, Projection, ShapesBuilder, Territory,
    TerritoryParts, Title, Value,
};
use comarca_generator::{Features, Shapes, Value as Cell, Values, bulk};
use comarca_loaders::MetricProjection;
use geo_types::Geometry;

/// The metric CRS of all generated data.
pub const CRS: &str = "EPSG:32719";

/// The sizes that draw the line of growth: 10⁴, 10⁵, 10⁶, and 10⁷ where `COMARCA_BENCH_LARGE` is set.
pub fn sizes() -> Vec<usize> {
    let all = [10_000, 100_000, 1_000_000, 10_000_000];
    let count = if std::env::var_os("COMARCA_BENCH_LARGE").is_some() {
        4
    } else {
        3
    };
    all[..count].to_vec()
}

/// The project's way between degrees and metres.
pub fn projection() -> Arc<MetricProjection> {
    Arc::new(MetricProjection::new(CRS).expect("EPSG:32719 is built in"))
}

/// The generated features as a layer under their own name; the first column is the key.
pub fn layer(features: &Features) -> Arc<Layer> {
    let mut builder = ShapesBuilder::default();
    let mut push = |geometry| {
        builder
            .push(Some(&geometry))
            .expect("one type, few coordinates");
    };
    match &features.shapes {
        Shapes::None => {}
        Shapes::Points(points) => points
            .iter()
            .for_each(|&at| push(Geometry::Point(at.into()))),
        Shapes::Polygons(polygons) => polygons
            .iter()
            .for_each(|polygon| push(Geometry::Polygon(polygon.clone()))),
    }
    let (shapes, coordinates) = builder.build();
    let metric: Vec<Metric> = coordinates
        .into_iter()
        .map(|[x_m, y_m]| Metric { x_m, y_m })
        .collect();
    let columns: Vec<Column> = features
        .columns
        .iter()
        .map(|column| self::column(&column.name, &column.values))
        .collect();
    let parts = LayerParts {
        id: features.name.clone(),
        title: Title::default(),
        keys: (0..features.len())
            .map(|row| columns[0].value(row).display())
            .collect(),
        names: None,
        lonlat: projection().to_lonlat(&metric),
        columns,
        shapes,
        metric,
    };
    Arc::new(Layer::new(parts).expect("generated keys are unique"))
}

/// A territory of one level, whose layer comes first, and further layers.
pub fn territory(
    base: &Arc<Layer>,
    others: &[&Arc<Layer>],
    indicators: Vec<Indicator>,
    heatmaps: Vec<Heatmap>,
) -> Territory {
    let level = LevelParts {
        id: base.id().to_owned(),
        title: Title::default(),
        layer: Some(Arc::clone(base)),
        keys: base.keys().iter().map(str::to_owned).collect(),
        names: vec![String::new(); base.len()],
        parents: vec![],
    };
    let parts = TerritoryParts {
        name: "bench".to_owned(),
        languages: vec!["en".to_owned()],
        crs: CRS.to_owned(),
        layers: [base]
            .into_iter()
            .chain(others.iter().copied())
            .map(Arc::clone)
            .collect(),
        levels: vec![level],
        indicators,
        heatmaps,
        projection: projection(),
        generation: 1,
    };
    Territory::new(parts).expect("one level with a layer")
}

/// Longitude and latitude of a share of the generated square, from the south-west corner.
pub fn place_of(share_x: f64, share_y: f64) -> LonLat {
    let at = Metric {
        x_m: bulk::ORIGIN.x + share_x * bulk::SIDE_M,
        y_m: bulk::ORIGIN.y + share_y * bulk::SIDE_M,
    };
    projection().to_lonlat(&[at])[0]
}

fn column(name: &str, values: &Values) -> Column {
    let value = |row| match values.at(row) {
        Cell::Null => Value::Null,
        Cell::Text(text) => Value::Text(text),
        Cell::Whole(number) => Value::Integer(number),
        Cell::Decimal(number) => Value::Real(number),
    };
    Column::new(name, (0..values.len()).map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_generated_layer_keeps_rows_keys_columns_and_metres() {
        let features = bulk::point_layer(100, 3);
        let layer = layer(&features);
        assert_eq!(
            (layer.len(), layer.id(), layer.key(99)),
            (100, "points", "0000000100")
        );
        assert_eq!(
            layer.columns().iter().map(Column::name).collect::<Vec<_>>(),
            ["id", "theme", "votes"]
        );
        let Shapes::Points(points) = &features.shapes else {
            panic!("points")
        };
        assert!(
            points
                .iter()
                .zip(layer.anchors())
                .all(|(at, anchor)| at.x == anchor.x_m && at.y == anchor.y_m)
        );
    }
}
