//! The sample as it is generated and as it is committed.

mod city;
mod files;

use std::sync::LazyLock;

use comarca_generator::{City, Features, Parameters, Shapes, Values};
use geo_types::Polygon;

/// The default city, made once for all tests.
static CITY: LazyLock<City> =
    LazyLock::new(|| City::generate(&Parameters::default()).expect("the sample generates"));

fn text<'a>(layer: &'a Features, column: &str) -> &'a [String] {
    match layer.column(column) {
        Some(Values::Text(values)) => values,
        other => panic!("{}.{column} is {other:?}", layer.name),
    }
}

fn whole<'a>(layer: &'a Features, column: &str) -> &'a [i64] {
    match layer.column(column) {
        Some(Values::Whole(values)) => values,
        other => panic!("{}.{column} is {other:?}", layer.name),
    }
}

fn polygons(layer: &Features) -> &[Polygon] {
    match &layer.shapes {
        Shapes::Polygons(polygons) => polygons,
        other => panic!("{} has {other:?}", layer.name),
    }
}
