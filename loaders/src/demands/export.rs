//! The public part of the register as a table, for files. It can be taken in again.

use comarca_engine::{Column, ColumnType, GeometryType, ShapesBuilder, Value};
use comarca_register::{Assembly, Demand, Snapshot};

use super::layer::{column, columns};
use crate::source::{Features, Format};

/// All demands, also those that name another one again, as points in degrees.
pub fn demands_table(snapshot: &Snapshot) -> Features {
    let demands: Vec<&Demand> = snapshot.demands().map(AsRef::as_ref).collect();
    let mut shapes = ShapesBuilder::default();
    for demand in &demands {
        shapes.start_feature(GeometryType::Point);
        shapes.start_part();
        shapes.start_ring();
        shapes.coordinate(demand.lon, demand.lat);
    }
    let texts = |name: &str, of: fn(&Demand) -> Option<&str>| {
        let values = demands
            .iter()
            .map(|demand| of(demand).map_or(Value::Null, Value::Text));
        column(name, ColumnType::Text, values)
    };
    let first = [texts("id", |demand| Some(&demand.id))];
    let more = [
        texts("description", |demand| Some(&demand.description)),
        texts("decision", |demand| demand.decision.as_deref()),
        texts("same_as", |demand| demand.same_as.as_deref()),
    ];
    let all = first.into_iter().chain(columns(&demands)).chain(more);
    features("demands", shapes, all.collect())
}

/// All assemblies, without geometry.
pub fn assemblies_table(snapshot: &Snapshot) -> Features {
    let assemblies: Vec<&Assembly> = snapshot.assemblies().map(AsRef::as_ref).collect();
    let mut shapes = ShapesBuilder::default();
    assemblies
        .iter()
        .for_each(|_| shapes.start_feature(GeometryType::None));
    let texts = |name: &str, of: fn(&Assembly) -> Option<&str>| {
        let values = assemblies
            .iter()
            .map(|one| of(one).map_or(Value::Null, Value::Text));
        column(name, ColumnType::Text, values)
    };
    let attendance = assemblies.iter().map(|one| {
        let count = one.attendance.and_then(|count| i64::try_from(count).ok());
        count.map_or(Value::Null, Value::Integer)
    });
    let columns = vec![
        texts("id", |one| Some(&one.id)),
        texts("level", |one| Some(&one.level)),
        texts("key", |one| Some(&one.key)),
        texts("date", |one| Some(&one.date)),
        column("attendance", ColumnType::Integer, attendance),
        texts("title", |one| one.title.as_deref()),
    ];
    features("assemblies", shapes, columns)
}

fn features(name: &str, shapes: ShapesBuilder, columns: Vec<Column>) -> Features {
    let (shapes, coordinates) = shapes.build();
    Features {
        format: Format::GeoPackage,
        name: name.to_owned(),
        crs: (!coordinates.is_empty()).then(|| "EPSG:4326".to_owned()),
        shapes,
        coordinates,
        multi: vec![],
        columns,
        problems: vec![],
    }
}
