//! What is recorded as columns and points.

use std::borrow::Borrow;

use comarca_engine::{
    Column, ColumnBuilder, ColumnType, GeometryType, LonLat, Shapes, ShapesBuilder, Value,
};
use comarca_register::Demand;

/// A column of texts, one for each record; it is one of texts even where no record has any, so that filters and indicators
/// can name it.
pub fn text_column<R>(
    name: &str,
    records: &[impl Borrow<R>],
    of: fn(&R) -> Option<&str>,
) -> Column {
    let values = records.iter().map(|record| of(record.borrow()));
    let values = values.map(|text| text.map_or(Value::Null, Value::Text));
    column(name, ColumnType::Text, values)
}

/// A column of whole numbers, one for each record, whether any has one or not.
pub fn number_column<R>(
    name: &str,
    records: &[impl Borrow<R>],
    of: fn(&R) -> Option<i64>,
) -> Column {
    let values = records.iter().map(|record| of(record.borrow()));
    let values = values.map(|number| number.map_or(Value::Null, Value::Integer));
    column(name, ColumnType::Integer, values)
}

fn column<'v>(name: &str, kind: ColumnType, values: impl Iterator<Item = Value<'v>>) -> Column {
    let mut column = ColumnBuilder::of_type(name, Some(kind));
    values.for_each(|value| column.push(value));
    column.build()
}

/// Where demands are, one point each.
pub fn points(demands: &[impl Borrow<Demand>]) -> (Shapes, Vec<LonLat>) {
    let mut builder = ShapesBuilder::default();
    for demand in demands {
        let demand = demand.borrow();
        builder.start_feature(GeometryType::Point);
        builder.start_part();
        builder.start_ring();
        builder.coordinate(demand.lon, demand.lat);
    }
    let (shapes, coordinates) = builder.build();
    let lonlat = coordinates.iter().map(|&[lon, lat]| LonLat { lon, lat });
    (shapes, lonlat.collect())
}
