//! The public part of the register as a table, for files. It can be taken in again.

use comarca_engine::{Column, GeometryType, LonLat, Shapes, ShapesBuilder};
use comarca_register::{Assembly, Demand, Snapshot};

use super::columns::{number_column, points, text_column};
use super::layer::columns;
use crate::source::{Features, Format};

/// All demands, also those that name another one again, as points in degrees.
pub fn demands_table(snapshot: &Snapshot) -> Features {
    let demands: Vec<&Demand> = snapshot.demands().map(AsRef::as_ref).collect();
    let texts = |name, of: fn(&Demand) -> Option<&str>| text_column(name, &demands, of);
    let first = [texts("id", |demand| Some(&demand.id))];
    let more = [
        texts("description", |demand| Some(&demand.description)),
        texts("decision", |demand| demand.decision.as_deref()),
        texts("same_as", |demand| demand.same_as.as_deref()),
    ];
    let all = first.into_iter().chain(columns(&demands)).chain(more);
    features("demands", points(&demands), all.collect())
}

/// All assemblies, without geometry.
pub fn assemblies_table(snapshot: &Snapshot) -> Features {
    let assemblies: Vec<&Assembly> = snapshot.assemblies().map(AsRef::as_ref).collect();
    let mut shapes = ShapesBuilder::default();
    assemblies
        .iter()
        .for_each(|_| shapes.start_feature(GeometryType::None));
    let texts = |name, of: fn(&Assembly) -> Option<&str>| text_column(name, &assemblies, of);
    let attendance = |one: &Assembly| one.attendance.and_then(|count| i64::try_from(count).ok());
    let columns = vec![
        texts("id", |one| Some(&one.id)),
        texts("level", |one| Some(&one.level)),
        texts("key", |one| Some(&one.key)),
        texts("date", |one| Some(&one.date)),
        number_column("attendance", &assemblies, attendance),
        texts("title", |one| one.title.as_deref()),
    ];
    features("assemblies", (shapes.build().0, vec![]), columns)
}

fn features(name: &str, (shapes, lonlat): (Shapes, Vec<LonLat>), columns: Vec<Column>) -> Features {
    let coordinates: Vec<[f64; 2]> = lonlat.iter().map(|at| [at.lon, at.lat]).collect();
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
