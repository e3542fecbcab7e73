//! The register as the layer `demands`.

use comarca_engine::{Column, Layer, LayerError, LayerParts, Projection, Text, Title};
use comarca_register::{Demand, Snapshot};

use super::columns::{number_column, points, text_column};
use crate::project::DEMANDS_LAYER;

/// The demands of a register as a layer of points: every demand once, without those that name another one again.
///
/// Columns: `theme`, `title`, `votes`, `assembly`, `stage`, `status`, `created`, `updated`, `district`, `commune`, `project`, `cost`,
/// `beneficiaries`, `funding`. Who asked is not among them.
///
/// # Errors
/// When two demands have one id, which a register refuses.
///
/// Cost O(n log n).
pub fn layer(snapshot: &Snapshot, projection: &dyn Projection) -> Result<Layer, LayerError> {
    let demands: Vec<&Demand> = snapshot
        .demands()
        .map(AsRef::as_ref)
        .filter(|demand: &&Demand| demand.same_as.is_none())
        .collect();
    let (shapes, lonlat) = points(&demands);
    let metric = projection.to_metric(&lonlat);
    let names: Text = demands.iter().map(|demand| demand.title.as_str()).collect();
    let parts = LayerParts {
        id: DEMANDS_LAYER.to_owned(),
        title: title(),
        keys: demands.iter().map(|demand| demand.id.as_str()).collect(),
        names: Some(names),
        columns: columns(&demands),
        shapes,
        lonlat,
        metric,
    };
    Layer::new(parts)
}

pub(super) fn columns(demands: &[&Demand]) -> Vec<Column> {
    let text = |name, of: fn(&Demand) -> Option<&str>| text_column(name, demands, of);
    let number = |name, of: fn(&Demand) -> Option<i64>| number_column(name, demands, of);
    vec![
        text("theme", |demand| Some(&demand.theme)),
        text("title", |demand| Some(&demand.title)),
        number("votes", |demand| i64::try_from(demand.votes).ok()),
        text("assembly", |demand| demand.assembly.as_deref()),
        text("stage", |demand| Some(demand.stage.name())),
        text("status", |demand| Some(demand.status.name())),
        text("created", |demand| Some(&demand.created)),
        text("updated", |demand| Some(&demand.updated)),
        text("district", |demand| demand.district.as_deref()),
        text("commune", |demand| demand.commune.as_deref()),
        text("project", |demand| demand.project.as_deref()),
        number("cost", |demand| demand.cost),
        number("beneficiaries", |demand| demand.beneficiaries),
        text("funding", |demand| demand.funding.as_deref()),
    ]
}

fn title() -> Title {
    let texts = [("es", "Demandas ciudadanas"), ("en", "Citizens' demands")];
    Title::new(
        texts
            .map(|(language, text)| (language.to_owned(), text.to_owned()))
            .into(),
    )
}
