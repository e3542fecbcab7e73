use flatgeobuf::{ColumnType, FgbCrs, FgbWriter, FgbWriterOptions, GeometryType};
use geo_types::{Geometry, Point};
use geozero::{ColumnValue, PropertyProcessor};

use crate::{Error, Features, Shapes, Value, Values};

/// A writer that holds all features; writing sorts them along a Hilbert curve and puts the index before them.
pub(super) fn writer(layer: &Features) -> Result<FgbWriter<'_>, Error> {
    let crs = FgbCrs {
        org: Some("EPSG"),
        code: i32::from(layer.crs.epsg()),
        name: Some(layer.crs.name()),
        ..FgbCrs::default()
    };
    let options = FgbWriterOptions {
        detect_type: false,
        promote_to_multi: false,
        crs,
        ..FgbWriterOptions::default()
    };
    let mut writer = FgbWriter::create_with_options(&layer.name, geometry_type(layer)?, options)?;
    for column in &layer.columns {
        writer.add_column(&column.name, column_type(&column.values), |_, _| {});
    }
    for row in 0..layer.len() {
        writer.add_feature_geom(geometry(&layer.shapes, row), |feature| {
            for (i, column) in layer.columns.iter().enumerate() {
                if let Some(value) = value(column.values.at(row)) {
                    // A property writer in memory has nothing to refuse.
                    let _ = feature.property(i, &column.name, &value);
                }
            }
        })?;
    }
    Ok(writer)
}

fn geometry_type(layer: &Features) -> Result<GeometryType, Error> {
    match layer.shapes {
        Shapes::Points(_) => Ok(GeometryType::Point),
        Shapes::Polygons(_) => Ok(GeometryType::Polygon),
        Shapes::None => Err(Error::Unwritable {
            format: "FlatGeobuf",
            layer: layer.name.clone(),
            reason: "it has no shapes".to_owned(),
        }),
    }
}

fn column_type(values: &Values) -> ColumnType {
    match values {
        Values::Text(_) => ColumnType::String,
        Values::Whole(_) | Values::Sparse(_) => ColumnType::Long,
        Values::Decimal(_) => ColumnType::Double,
    }
}

fn geometry(shapes: &Shapes, row: usize) -> Geometry {
    match shapes {
        Shapes::Points(points) => Geometry::Point(Point(points[row])),
        Shapes::Polygons(polygons) => Geometry::Polygon(polygons[row].clone()),
        Shapes::None => Geometry::GeometryCollection(geo_types::GeometryCollection::default()),
    }
}

fn value(value: Value<'_>) -> Option<ColumnValue<'_>> {
    match value {
        Value::Null => None,
        Value::Text(text) => Some(ColumnValue::String(text)),
        Value::Whole(number) => Some(ColumnValue::Long(number)),
        Value::Decimal(number) => Some(ColumnValue::Double(number)),
    }
}
