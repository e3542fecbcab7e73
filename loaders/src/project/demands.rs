//! What the project file says of the register of demands and of the participatory cycle.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::indicator::PolarityConfig;

/// The register of citizens' demands.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DemandsConfig {
    /// The `GeoPackage` that keeps the demands, relative to the project file; or "<postgresql://user@host/database>", where
    /// several servers share them.
    #[serde(default = "default_store")]
    #[schemars(length(min = 1, max = 4096))]
    pub store: String,
    /// Themes a demand can have.
    #[schemars(length(min = 1, max = 100))]
    pub themes: Vec<String>,
    /// The level whose territories a token may write for; the coarsest when absent.
    pub scope: Option<String>,
    /// How many meetings each territory of a level is to hold: { districts = 2, sectors = 4, communes = 6, all = 8 }. When absent
    /// 2 in the territories of the finest level, 4 and 6 in those of the next two, 8 in the whole.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 17))]
    pub meetings: IndexMap<String, Meetings>,
    /// The indicator that counts the inhabitants, for figures per inhabitant; "population" when absent, and where that is not there
    /// they are left out.
    #[schemars(extend("x-id-of" = "indicators"))]
    pub population: Option<String>,
    /// What priorities are made of besides the votes: need, as indicators measure it.
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub criteria: Vec<CriterionConfig>,
    /// The weight of the votes beside the criteria.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub votes_weight: f64,
}

/// How many meetings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Meetings(#[schemars(range(min = 0, max = 1000))] pub u32);

/// A criterion of priorities: how much a territory needs what a theme is about.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CriterionConfig {
    /// The indicator that measures the need.
    #[schemars(extend("x-id-of" = "indicators"))]
    pub indicator: String,
    /// The theme it speaks of; all when absent.
    pub theme: Option<String>,
    /// Whether more of it means more need ("positive") or less ("negative").
    #[serde(default)]
    pub polarity: PolarityConfig,
    /// Its weight beside the other criteria and the votes.
    #[serde(default = "one")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub weight: f64,
}

fn default_store() -> String {
    "demands.gpkg".to_owned()
}

fn one() -> f64 {
    1.0
}
