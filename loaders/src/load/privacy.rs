//! Which indicators of the project file count persons.

use comarca_engine::indicator::{Indicator, RollUp};
use comarca_engine::{Privacy, Territory};

use crate::project::Project;

/// Units that say that persons are counted.
const PERSONS: [&str; 10] = [
    "persons",
    "person",
    "people",
    "inhabitants",
    "inhabitant",
    "personas",
    "persona",
    "habitantes",
    "habitante",
    "hab",
];

/// The territory, publishing only what the project's rules of privacy allow.
pub(super) fn applied(project: &Project, territory: Territory) -> Territory {
    let config = &project.config;
    let said = |indicator: &Indicator| config.indicators.get(&indicator.id)?.persons;
    let counts = |indicator: &&Indicator| said(indicator).unwrap_or_else(|| by_unit(indicator));
    let persons = territory.indicators().filter(counts);
    let privacy = Privacy {
        threshold: config.privacy.threshold,
        persons: persons.map(|indicator| indicator.id.clone()).collect(),
    };
    territory.with_privacy(&privacy)
}

/// Whether it adds up and its unit is a word for persons.
fn by_unit(indicator: &Indicator) -> bool {
    let unit = indicator.unit.trim().trim_end_matches('.').to_lowercase();
    indicator.operation.roll_up() == RollUp::Sum && PERSONS.contains(&unit.as_str())
}
