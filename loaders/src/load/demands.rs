//! The register of demands as the layer `demands`.

use std::sync::Arc;

use comarca_engine::{Column, Layer, Shapes, Value};

use super::access::Access;
use super::layers::{Identity, LayerReader, read_source};
use super::{Progress, at};
use crate::crs::MetricProjection;
use crate::problem::Problem;
use crate::project::{DEMANDS_LAYER, OnDuplicate, Project, TitleConfig};
use crate::source::{Features, Format, ReadOptions};

/// Columns that a register has even while it is empty, so that indicators can name them.
const COLUMNS: [(&str, Value<'static>); 4] = [
    ("theme", Value::Text("")),
    ("title", Value::Text("")),
    ("votes", Value::Integer(0)),
    ("status", Value::Text("")),
];

/// The layer of demands where the project has a register and no layer of that name; empty while there is no file.
pub(super) fn read(
    project: &Project,
    layers: &[Arc<Layer>],
    projection: &MetricProjection,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> Option<Arc<Layer>> {
    let config = project.config.demands.as_ref()?;
    if layers.iter().any(|layer| layer.id() == DEMANDS_LAYER) {
        return None;
    }
    if config.store.contains("://") {
        problems.push(at(
            project,
            &project.error(
                "demands.store",
                "a register in a database is not supported yet; name a GeoPackage file",
            ),
        ));
        return None;
    }
    let mut reader = LayerReader::new(project, DEMANDS_LAYER, projection);
    let options = ReadOptions {
        table: Some(DEMANDS_LAYER.to_owned()),
        ..ReadOptions::default()
    };
    let store = project.folder().join(&config.store);
    if let Err(refused) = Access::of(project).check(&config.store, &store) {
        problems.push(*refused);
        return None;
    }
    let features = match store.exists() {
        true => read_source(project, &config.store, &options, None, &mut reader.problems)
            .map(|(features, _)| features),
        false => Some(empty()),
    };
    let layer = features.and_then(|features| {
        let crs = features.crs.clone();
        let identity = Identity {
            key: Some("id"),
            name: Some("title"),
            on_duplicate: OnDuplicate::Error,
        };
        reader.finish(
            features,
            crs.as_deref(),
            &identity,
            Some(&title()),
            |columns, _, _| columns,
        )
    });
    reader.propose_crs(projection.crs().area());
    progress.loaded(DEMANDS_LAYER, layer.as_ref().map_or(0, Layer::len));
    problems.extend(reader.problems.into_vec());
    layer.map(Arc::new)
}

fn title() -> TitleConfig {
    let texts = [("es", "Demandas ciudadanas"), ("en", "Citizens' demands")];
    TitleConfig::PerLanguage(
        texts
            .map(|(language, text)| (language.to_owned(), text.to_owned()))
            .into_iter()
            .collect(),
    )
}

fn empty() -> Features {
    let column = |(name, value): (&str, Value<'_>)| Column::new(name, [value]).select(&[]);
    let columns = [("id", Value::Text(""))]
        .into_iter()
        .chain(COLUMNS)
        .map(column)
        .collect();
    Features {
        format: Format::GeoPackage,
        name: DEMANDS_LAYER.to_owned(),
        crs: Some("EPSG:4326".to_owned()),
        shapes: Shapes::default(),
        coordinates: vec![],
        multi: vec![],
        columns,
        problems: vec![],
    }
}
