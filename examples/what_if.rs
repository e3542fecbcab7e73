//! What if another one stood here: which territories an indicator changes in, when a feature is added to a layer.
//!
//! `cargo run -p comarca-examples --bin what_if -- data/comarca.toml health S0003 -70.66 -33.55 health_distance districts`

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use comarca_engine::{Change, Edit};
use comarca_loaders::Project;
use geo_types::Point;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, layer, like, lon, lat, indicator, level] = arguments.as_slice() else {
        anyhow::bail!("usage: what_if comarca.toml LAYER LIKE LON LAT INDICATOR LEVEL");
    };
    let (territory, _) = Project::open(file)?.load()?;
    let edit = Edit::Add {
        key: None,
        like: Some(like),
        geometry: Point::new(lon.parse()?, lat.parse()?).into(),
        properties: vec![],
    };
    let scenario = territory.with_changes(&[Change { layer, edit }])?;

    let before = territory.indicator(indicator)?.at(level)?;
    let after = scenario.indicator(indicator)?.at(level)?;
    let pairs = before.values().iter().zip(after.values());
    for (key, (before, after)) in before.keys().zip(pairs).filter(|(_, (a, b))| a != b) {
        println!("{key}: {before:?} → {after:?}");
    }
    Ok(())
}
