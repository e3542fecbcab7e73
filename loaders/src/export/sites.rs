//! A siting plan → a table of the places to build at, and a document with the totals and the proof.

use comarca_engine::site::{Plan, Site, Totals};
use comarca_engine::{Column, Layer, ShapesBuilder, Value};
use serde_json::{Value as Json, json};

use crate::source::{Features, Format};

/// The places of a plan with their geometry, in the order in which they gain most.
///
/// Columns: `key`, `name`, `order` from 1, `gain` (weight × metres saved, or weight covered, when built after those
/// before it), `weight` and `points` that go there, `mean_m` and `max_m` of their distances.
pub fn site_layer(plan: &Plan, candidates: &Layer) -> Features {
    let sites = &plan.sites;
    let text = |name: &str, of: fn(&Layer, usize) -> &str| {
        let cells = sites
            .iter()
            .map(|site| Value::Text(of(candidates, site.row as usize)));
        Column::new(name, cells)
    };
    let number = |name: &str, of: &dyn Fn(&Site) -> Option<f64>| {
        Column::new(
            name,
            sites
                .iter()
                .map(|site| of(site).map_or(Value::Null, Value::Real)),
        )
    };
    let rows: Vec<u32> = sites.iter().map(|site| site.row).collect();
    let order = (1..).take(sites.len()).map(Value::Integer);
    let coordinates: Vec<[f64; 2]> = candidates
        .lonlat()
        .iter()
        .map(|at| [at.lon, at.lat])
        .collect();
    let mut shapes = ShapesBuilder::default();
    for &row in &rows {
        shapes.copy(candidates.shapes(), row as usize, &coordinates);
    }
    let (shapes, coordinates) = shapes.build();
    Features {
        format: Format::GeoJson,
        name: "sites".to_owned(),
        crs: Some("OGC:CRS84".to_owned()),
        shapes,
        coordinates,
        multi: vec![],
        columns: vec![
            text("key", Layer::key),
            text("name", Layer::name),
            Column::new("order", order),
            number("gain", &|site| site.gain),
            number("weight", &|site| Some(site.weight)),
            number("points", &|site| Some(site.points as f64)),
            number("mean_m", &|site| site.mean_m),
            number("max_m", &|site| site.max_m),
        ],
        problems: vec![],
    }
}

/// The plan with its totals before and after, and how good it is known to be.
pub fn site_document(plan: &Plan, candidates: &Layer) -> Json {
    let site = |site: &Site| {
        json!({
            "key": candidates.key(site.row as usize),
            "name": candidates.name(site.row as usize),
            "gain": site.gain,
            "weight": site.weight,
            "points": site.points,
            "mean_m": site.mean_m,
            "max_m": site.max_m,
        })
    };
    json!({
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "proven": plan.proven,
        "unreachable": plan.unreachable.len(),
        "before": totals(&plan.before),
        "after": totals(&plan.after),
        "sites": plan.sites.iter().map(site).collect::<Vec<_>>(),
    })
}

fn totals(totals: &Totals) -> Json {
    json!({
        "weight": totals.weight,
        "served_weight": totals.served_weight,
        "mean_m": totals.mean_m,
        "max_m": totals.max_m,
        "covered_weight": totals.covered_weight,
        "covered_share": totals.covered_share,
    })
}
