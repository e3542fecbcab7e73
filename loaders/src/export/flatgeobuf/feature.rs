//! A feature as a flatbuffer with its length before it.

use std::ops::Range;

use ::flatgeobuf::{Feature, FeatureArgs, Geometry, GeometryArgs, GeometryType as Type};
use comarca_engine::Value;
use flatbuffers::{FlatBufferBuilder, WIPOffset};

use crate::export::geometry::{Kind, kinds};
use crate::source::Features;

/// The type of all geometries; `Unknown` where they differ or there is none.
pub(super) fn common_type(features: &Features) -> Type {
    match kinds(features)[..] {
        [kind] => type_of(kind),
        _ => Type::Unknown,
    }
}

/// Appends a row; `builder` is used again from row to row.
pub(super) fn write(
    features: &Features,
    row: usize,
    builder: &mut FlatBufferBuilder<'_>,
    out: &mut Vec<u8>,
) {
    builder.reset();
    let geometry = geometry(features, row, builder);
    // The end of the output is where the attributes are put together.
    let start = out.len();
    properties(features, row, out);
    let properties = (out.len() > start).then(|| builder.create_vector(&out[start..]));
    out.truncate(start);
    let feature = Feature::create(
        builder,
        &FeatureArgs {
            geometry,
            properties,
            columns: None,
        },
    );
    builder.finish_size_prefixed(feature, None);
    out.extend(builder.finished_data());
}

/// Number of the column and value, one after the other; nothing for null.
fn properties(features: &Features, row: usize, out: &mut Vec<u8>) {
    for (number, column) in (0_u16..).zip(&features.columns) {
        let value = column.value(row);
        if value != Value::Null {
            out.extend(number.to_le_bytes());
        }
        match value {
            Value::Null => {}
            Value::Bool(value) => out.push(u8::from(value)),
            Value::Integer(value) => out.extend(value.to_le_bytes()),
            Value::Real(value) => out.extend(value.to_le_bytes()),
            Value::Text(value) => {
                let length = u32::try_from(value.len()).unwrap_or(u32::MAX);
                out.extend(length.to_le_bytes());
                out.extend(&value.as_bytes()[..length as usize]);
            }
        }
    }
}

fn geometry<'a>(
    features: &Features,
    row: usize,
    builder: &mut FlatBufferBuilder<'a>,
) -> Option<WIPOffset<Geometry<'a>>> {
    let (shapes, kind) = (&features.shapes, Kind::of(features, row));
    match kind {
        Kind::None => None,
        Kind::MultiPolygon => {
            let parts: Vec<_> = shapes
                .parts(row)
                .map(|part| rings(features, shapes.rings(part), Kind::Polygon, builder))
                .collect();
            let args = GeometryArgs {
                parts: Some(builder.create_vector(&parts)),
                type_: type_of(kind),
                ..GeometryArgs::default()
            };
            Some(Geometry::create(builder, &args))
        }
        _ => Some(rings(features, shapes.feature_rings(row), kind, builder)),
    }
}

/// Points, lines or the rings of a polygon: all coordinates, and where each ring ends if there are several.
fn rings<'a>(
    features: &Features,
    rings: Range<usize>,
    kind: Kind,
    builder: &mut FlatBufferBuilder<'a>,
) -> WIPOffset<Geometry<'a>> {
    let shapes = &features.shapes;
    let start = shapes.coordinates(rings.start).start;
    let end = |ring: usize| shapes.coordinates(ring).end - start;
    let all = start..start + end(rings.end - 1);
    let several = kind.single() != Kind::Point && rings.len() > 1;
    let ends = several.then(|| {
        let ends: Vec<u32> = rings
            .map(|ring| u32::try_from(end(ring)).unwrap_or(u32::MAX))
            .collect();
        builder.create_vector(&ends)
    });
    let xy = Some(builder.create_vector(features.coordinates[all].as_flattened()));
    let args = GeometryArgs {
        ends,
        xy,
        type_: type_of(kind),
        ..GeometryArgs::default()
    };
    Geometry::create(builder, &args)
}

fn type_of(kind: Kind) -> Type {
    match kind {
        Kind::None => Type::Unknown,
        Kind::Point => Type::Point,
        Kind::MultiPoint => Type::MultiPoint,
        Kind::LineString => Type::LineString,
        Kind::MultiLineString => Type::MultiLineString,
        Kind::Polygon => Type::Polygon,
        Kind::MultiPolygon => Type::MultiPolygon,
    }
}
