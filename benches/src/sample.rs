//! The sample of the data folder, loaded once and joined again and again.

use std::path::Path;
use std::sync::Arc;

use comarca_engine::{LevelParts, Territory, TerritoryParts};
use comarca_loaders::Project;

use crate::data::projection;

/// The bundled sample, from its files.
pub fn sample() -> Territory {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/comarca.toml");
    let project = Project::open(&file).expect("the sample's project file is right");
    project.load().expect("the sample loads").0
}

/// The parts of a territory that has computed nothing yet, over the same layers; without its heat maps.
///
/// Outlines that were dissolved stay, except that of the whole. What a layer computes once (its index in metres, the
/// importance of its vertices) it keeps.
pub fn reloaded(territory: &Territory) -> TerritoryParts {
    let levels = territory.levels();
    let level = |level: &comarca_engine::Level| LevelParts {
        id: level.id().to_owned(),
        title: level.title().clone(),
        layer: Some(Arc::clone(level.layer())),
        keys: level.layer().keys().iter().map(str::to_owned).collect(),
        names: level.layer().names().iter().map(str::to_owned).collect(),
        parents: (0..level.len())
            .map(|row| {
                level
                    .parent(row)
                    .and_then(|parent| u32::try_from(parent).ok())
            })
            .collect(),
    };
    TerritoryParts {
        name: territory.name().to_owned(),
        languages: territory.languages().to_vec(),
        crs: territory.crs().to_owned(),
        layers: territory.layers().map(Arc::clone).collect(),
        // The last level is the whole, which every territory adds by itself.
        levels: levels[..levels.len() - 1].iter().map(level).collect(),
        indicators: territory.indicators().cloned().collect(),
        heatmaps: vec![],
        projection: projection(),
        generation: territory.generation(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_territory_of_the_same_parts_has_the_same_values_at_every_level() {
        let first = sample();
        let again = Territory::new(reloaded(&first)).expect("the parts fit");
        for indicator in first.indicators() {
            for level in first.levels() {
                let values = |territory: &Territory| {
                    territory
                        .indicator(&indicator.id)
                        .and_then(|view| view.at(level.id()).map(|at| at.values().to_vec()))
                };
                assert_eq!(
                    values(&first),
                    values(&again),
                    "{} {}",
                    indicator.id,
                    level.id()
                );
            }
        }
    }
}
