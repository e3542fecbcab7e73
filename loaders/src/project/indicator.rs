//! The indicators of the project file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::config::{TitleConfig, WeightedConfig};

/// An indicator: what it is called, and the operation that computes it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct IndicatorConfig {
    /// What people call the indicator; its id when absent.
    pub title: Option<TitleConfig>,
    /// Unit of the value, such as "persons/ha".
    #[serde(default)]
    #[schemars(length(max = 100))]
    pub unit: String,
    /// Official code, such as `BPU_29` of SIEDU.
    pub code: Option<String>,
    /// The value that ought to be reached.
    pub standard: Option<StandardConfig>,
    /// Which features count, in CQL2 text, in addition to the filter of "of" or "from".
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
    /// How the value is computed.
    #[serde(flatten)]
    pub operation: OperationConfig,
}

/// The value that ought to be reached: at least "min", at most "max".
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct StandardConfig {
    /// Smallest value that passes.
    pub min: Option<f64>,
    /// Largest value that passes.
    pub max: Option<f64>,
    /// Who says so.
    pub source: String,
}

/// How the value of an indicator is computed.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum OperationConfig {
    /// Number of features; with a weight, the sum of the weights.
    Count {
        /// The features.
        of: ColumnConfig,
    },
    /// Sum of a column.
    Sum {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Mean of a column.
    Mean {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Median of a column.
    Median {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Quantile of a column.
    Quantile {
        /// The features and their column.
        of: ColumnConfig,
        /// Which quantile, from 0 to 1.
        #[schemars(range(min = 0.0, max = 1.0))]
        q: f64,
    },
    /// Smallest value of a column.
    Min {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Largest value of a column.
    Max {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Sample variance of a column.
    Variance {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// Number of different values of a column.
    Distinct {
        /// The features and their column.
        of: ColumnConfig,
    },
    /// One indicator divided by another; on upper levels the ratio of the sums.
    Ratio {
        /// Id of an indicator, or `area_ha`, `area_km2`, `perimeter_m`.
        #[schemars(extend("x-id-of" = "indicators"))]
        numerator: String,
        /// Id of an indicator, or `area_ha`, `area_km2`, `perimeter_m`.
        #[schemars(extend("x-id-of" = "indicators"))]
        denominator: String,
        /// What the quotient is multiplied with: 100 for per cent, 1000 for "per 1,000 persons".
        #[serde(default = "one")]
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))]
        per: f64,
    },
    /// Distance in metres from where people are to the nearest facility.
    Nearest {
        /// Where people are.
        from: WeightedConfig,
        /// The facilities.
        to: TargetConfig,
        /// What is made of the distances of a territory.
        #[serde(default)]
        statistic: DistanceStatistic,
    },
    /// Share of people, in per cent, with a facility within a distance.
    Coverage {
        /// Where people are.
        from: WeightedConfig,
        /// The facilities.
        to: TargetConfig,
        /// Distance in metres.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000.0))]
        within: f64,
    },
    /// How much of the facilities' capacity there is for each person within reach.
    Access {
        /// Where people are.
        from: WeightedConfig,
        /// The facilities and their capacity.
        to: CapacityConfig,
        /// How reach is reckoned.
        method: AccessMethod,
        /// Reach in metres.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000.0))]
        within: f64,
        /// What the value is multiplied with: 10000 for "per 10,000 persons".
        #[serde(default = "one")]
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))]
        per: f64,
    },
}

fn one() -> f64 {
    1.0
}

/// Features of a layer and the column that is reckoned with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ColumnConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// The column; only "count" does without.
    pub column: Option<String>,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
    /// Column with the weight of a feature; 1 when absent.
    pub weight: Option<String>,
}

/// Facilities.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TargetConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
}

/// Facilities with a capacity.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CapacityConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column with the capacity of a facility, or a number that each has.
    pub capacity: Capacity,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
}

/// The capacity of a facility: the name of a column, or a number.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Capacity {
    /// Every facility has the same.
    Each(#[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))] f64),
    /// Column with the capacity.
    Column(String),
}

/// What is made of the distances of a territory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DistanceStatistic {
    /// The mean, by the weight of "from".
    #[default]
    Mean,
    /// The median, by the weight of "from".
    Median,
    /// The longest.
    Max,
}

/// How reach is reckoned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum AccessMethod {
    /// Two-step floating catchment area (Luo and Wang 2003).
    #[serde(rename = "2sfca")]
    TwoStepFloatingCatchment,
}
