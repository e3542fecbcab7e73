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
    /// Whether the value counts persons, so that small ones are not published (see `[privacy]`). When absent: yes for what adds up
    /// (count, sum …) with one of the units persons, person, people, inhabitants, inhabitant, personas, persona, habitantes, habitante
    /// and hab.
    pub persons: Option<bool>,
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
    /// How the ratio of a territory compares with that of the whole: 1 where they are equal.
    LocationQuotient {
        /// Id of the indicator above the line, such as jobs of one branch.
        #[schemars(extend("x-id-of" = "indicators"))]
        numerator: String,
        /// Id of the indicator below the line, such as all jobs.
        #[schemars(extend("x-id-of" = "indicators"))]
        denominator: String,
    },
    /// A rate drawn towards the mean where few persons stand behind it (empirical Bayes, Marshall 1991).
    EbRate {
        /// Id of the indicator that counts events.
        #[schemars(extend("x-id-of" = "indicators"))]
        numerator: String,
        /// Id of the indicator that counts the population at risk.
        #[schemars(extend("x-id-of" = "indicators"))]
        denominator: String,
        /// What the rate is multiplied with.
        #[serde(default = "one")]
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))]
        per: f64,
        /// With neighbours ("queen", "rook", "knn:8", "distance:1500") the mean is that of the neighbourhood; without, of the level.
        weights: Option<String>,
    },
    /// Change from one indicator to another of a later date, in per cent.
    Change {
        /// Id of the earlier indicator.
        #[schemars(extend("x-id-of" = "indicators"))]
        from: String,
        /// Id of the later indicator.
        #[schemars(extend("x-id-of" = "indicators"))]
        to: String,
        /// Years between the two: the change is then the yearly rate of growth (compound).
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000.0))]
        annual: Option<f64>,
        /// In the unit of the indicators instead of per cent.
        #[serde(default)]
        absolute: bool,
    },
    /// Length of lines inside the territory, in metres.
    Length {
        /// The lines.
        of: TargetConfig,
    },
    /// Area of polygons inside the territory, in m².
    Area {
        /// The polygons.
        of: TargetConfig,
    },
    /// Share of the territory that polygons cover, in per cent; where they overlap it counts once.
    ShareArea {
        /// The polygons.
        of: TargetConfig,
    },
    /// Figures of other areas, such as census tracts, carried over to the territories.
    Interpolate {
        /// The areas and their column.
        of: ColumnConfig,
        /// Whether the column counts (extensive: persons) or measures (intensive: a percentage, a density).
        kind: InterpolationKind,
        /// Of an intensive column, the column that counts what it is a mean of, such as persons.
        weight: Option<String>,
        /// Polygons outside of which nobody lives; a source without any of them is spread over its whole area.
        mask: Option<TargetConfig>,
        /// Points, such as dwellings, by whose number a source is divided; one without points is spread over its area.
        points: Option<WeightedConfig>,
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
    /// What is lacking to keep the standard of another indicator; surplus in one territory does not make up for another.
    Deficit {
        /// Id of an indicator with a standard: a ratio, a coverage or a distance.
        #[schemars(extend("x-id-of" = "indicators"))]
        of: String,
        /// What one unit (a centre, a square, a classroom) provides: the value is then the number of units, rounded up.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))]
        unit_size: Option<f64>,
        /// What one unit costs: the value is then the cost.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000_000_000.0))]
        unit_cost: Option<f64>,
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
        /// How much less a facility counts with distance; by default "gaussian" for gravity, steps of a third for e2sfca.
        decay: Option<DecayConfig>,
        /// What the value is multiplied with: 10000 for "per 10,000 persons".
        #[serde(default = "one")]
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000_000.0))]
        per: f64,
    },
    /// How mixed the features of a territory are.
    Diversity {
        /// The features and the column with their category.
        of: CategoryConfig,
        /// Which index.
        index: DiversityIndex,
    },
    /// How unevenly groups live: over the features of a territory, or over its finest territories.
    Segregation {
        /// The features, each with a column per group that counts persons.
        of: Option<GroupsConfig>,
        /// Ids of indicators, one per group, instead of "of".
        #[schemars(length(min = 2, max = 32))]
        indicators: Option<Vec<IndicatorId>>,
        /// Which index; of two groups where it compares two.
        index: SegregationIndex,
    },
    /// How unequally a value is spread: over the features of a territory, or over its finest territories.
    Inequality {
        /// The features and their column.
        of: Option<ColumnConfig>,
        /// Id of an indicator instead of "of".
        #[schemars(extend("x-id-of" = "indicators"))]
        indicator: Option<String>,
        /// Id of an indicator that weighs the territories, such as the population.
        #[schemars(extend("x-id-of" = "indicators"))]
        weight: Option<String>,
        /// Which index.
        index: InequalityIndex,
        /// Aversion to inequality of the Atkinson index.
        #[serde(default = "half")]
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 10.0))]
        epsilon: f64,
    },
    /// One figure from several indicators.
    Composite {
        /// The indicators.
        #[schemars(length(min = 1, max = 64))]
        of: Vec<PartConfig>,
        /// How indicators of different units are made comparable.
        #[serde(default)]
        normalise: Normalisation,
        /// How they are put together.
        #[serde(default)]
        aggregate: Aggregation,
        /// What each counts.
        #[serde(default)]
        weights: Weighting,
    },
    /// Clusters and outliers: local Moran's I of another indicator (LISA, Anselin 1995).
    MoranLocal {
        /// Id of the indicator.
        #[schemars(extend("x-id-of" = "indicators"))]
        of: String,
        /// What the value says.
        #[serde(default)]
        output: LocalOutput,
        /// Neighbours, permutations and significance.
        #[serde(flatten)]
        options: LocalConfig,
    },
    /// Hot and cold spots: Getis-Ord Gi* of another indicator, as z-score.
    GiStar {
        /// Id of the indicator.
        #[schemars(extend("x-id-of" = "indicators"))]
        of: String,
        /// What the value says.
        #[serde(default)]
        output: LocalOutput,
        /// Neighbours, permutations and significance.
        #[serde(flatten)]
        options: LocalConfig,
    },
    /// What citizens demand.
    Demand {
        /// Only demands of this theme.
        theme: Option<String>,
        /// Only demands of this status.
        status: Option<String>,
        /// What is made of them.
        #[serde(default)]
        statistic: DemandStatistic,
        /// Id of the indicator that counts persons, for "`per_1000`".
        #[serde(default = "population")]
        #[schemars(extend("x-id-of" = "indicators"))]
        population: String,
    },
}

impl OperationConfig {
    /// Ids of the indicators that this one is computed from; `area_ha` and the like among them.
    pub(super) fn indicator_inputs(&self) -> Vec<&str> {
        match self {
            Self::Ratio {
                numerator,
                denominator,
                ..
            }
            | Self::LocationQuotient {
                numerator,
                denominator,
            }
            | Self::EbRate {
                numerator,
                denominator,
                ..
            } => vec![numerator, denominator],
            Self::Change { from, to, .. } => vec![from, to],
            Self::Deficit { of, .. } | Self::MoranLocal { of, .. } | Self::GiStar { of, .. } => {
                vec![of]
            }
            Self::Segregation { indicators, .. } => indicators
                .iter()
                .flatten()
                .map(|id| id.0.as_str())
                .collect(),
            Self::Inequality {
                indicator, weight, ..
            } => [indicator, weight]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect(),
            Self::Composite { of, .. } => of.iter().map(|part| part.indicator.as_str()).collect(),
            Self::Demand {
                statistic: DemandStatistic::Per1000,
                population,
                ..
            } => vec![population],
            _ => vec![],
        }
    }
}

fn half() -> f64 {
    0.5
}

fn population() -> String {
    "population".to_owned()
}

fn one() -> f64 {
    1.0
}

/// Id of an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("x-id-of" = "indicators"))]
pub struct IndicatorId(pub String);

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
    /// The sum of the capacities within reach.
    #[serde(rename = "cumulative")]
    Cumulative,
    /// The sum of the capacities, each the less the farther it is (Hansen 1959).
    #[serde(rename = "gravity")]
    Gravity,
    /// Two-step floating catchment area (Luo and Wang 2003).
    #[serde(rename = "2sfca")]
    TwoStepFloatingCatchment,
    /// Two-step floating catchment area with weights by distance (Luo and Qi 2009).
    #[serde(rename = "e2sfca")]
    EnhancedTwoStepFloatingCatchment,
}

/// How much less a facility counts with distance: a name, or a table with its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum DecayConfig {
    /// With the parameter it has by default.
    Named(DecayName),
    /// With its parameter.
    Function(DecayFunction),
}

/// A decay with the parameter it has by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecayName {
    /// 1, 0.68 and 0.22 in the first, second and last third of the reach.
    Step,
    /// exp(−d²/2s²), with s a third of the reach.
    Gaussian,
    /// exp(−d/s), with s a third of the reach.
    Exponential,
    /// 1/d, with d of at least one metre.
    Power,
}

/// A decay with its parameter.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DecayFunction {
    /// 1, 0.68 and 0.22 in the first, second and last third of the reach.
    Step,
    /// exp(−d²/2s²), with `scale` s in metres.
    Gaussian {
        /// The distance s; a third of the reach when absent.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000.0))]
        scale: Option<f64>,
    },
    /// exp(−d/s), with `scale` s in metres.
    Exponential {
        /// The distance s; a third of the reach when absent.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 1_000_000.0))]
        scale: Option<f64>,
    },
    /// d to the power of −exponent, with d of at least one metre.
    Power {
        /// The exponent.
        #[schemars(extend("exclusiveMinimum" = 0), range(max = 10.0))]
        exponent: f64,
    },
}

/// Whether a column counts or measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterpolationKind {
    /// It counts: half of the area has half of it.
    Extensive,
    /// It measures: half of the area has the same.
    Intensive,
}

/// Features and the column with their category.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CategoryConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column with the category.
    pub category: String,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
    /// Column with the weight of a feature; 1 when absent.
    pub weight: Option<String>,
}

/// Features with a column per group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct GroupsConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Columns that count the persons of each group.
    #[schemars(length(min = 2, max = 32))]
    pub columns: Vec<String>,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
}

/// How mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DiversityIndex {
    /// Shannon's entropy, −Σ p ln p.
    Shannon,
    /// Shannon's entropy over that of equal shares, 0 to 1.
    Evenness,
    /// Gini–Simpson, 1 − Σ p².
    Simpson,
}

/// How segregated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegregationIndex {
    /// Dissimilarity of two groups (Duncan and Duncan 1955), 0 to 1.
    Dissimilarity,
    /// Isolation of the first group from the others.
    Isolation,
    /// Exposure of the first group to the second.
    Interaction,
    /// Theil's information index of all groups.
    TheilH,
}

/// How unequal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InequalityIndex {
    /// Gini coefficient.
    Gini,
    /// Share of the top tenth over that of the bottom four tenths.
    Palma,
    /// Theil's T.
    Theil,
    /// Atkinson's index.
    Atkinson,
}

/// A part of a composite index.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PartConfig {
    /// Id of the indicator.
    #[schemars(extend("x-id-of" = "indicators"))]
    pub indicator: String,
    /// Whether more of it is better or worse for the index.
    #[serde(default)]
    pub polarity: PolarityConfig,
    /// What it counts, with weights = "given".
    #[schemars(range(min = 0.0, max = 1_000_000.0))]
    pub weight: Option<f64>,
    /// The values that count as 0 and 1, with normalise = "minmax"; else the least and the largest of the level.
    pub goalposts: Option<[f64; 2]>,
}

/// Whether more is better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PolarityConfig {
    /// More of it raises the index.
    #[default]
    Positive,
    /// More of it lowers the index.
    Negative,
}

/// How indicators are made comparable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Distance from the mean in standard deviations.
    #[default]
    Zscore,
    /// 0 for the least, 1 for the largest.
    Minmax,
    /// Share of the territories that have less.
    Percentile,
}

/// How the parts of a composite are put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Aggregation {
    /// Weighted mean: a good part makes up for a bad one.
    #[default]
    Arithmetic,
    /// Weighted geometric mean: it does so less.
    Geometric,
}

/// What each part of a composite counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// All the same.
    #[default]
    Equal,
    /// As written.
    Given,
    /// By the first principal component.
    Pca,
    /// By how much they tell territories apart (Shannon).
    Entropy,
}

/// Neighbours, permutations and significance of a local statistic.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
pub struct LocalConfig {
    /// Who is a neighbour: "queen", "rook", "knn:8" or "distance:1500" in metres.
    #[serde(default = "queen")]
    pub weights: String,
    /// How many random rearrangements the significance rests on.
    #[serde(default = "permutations")]
    #[schemars(range(max = 99_999))]
    pub permutations: u32,
    /// Where the random numbers start; the same seed gives the same result.
    #[serde(default = "seed")]
    pub seed: u64,
    /// Whether significance is corrected for many territories (Benjamini and Hochberg).
    #[serde(default)]
    pub fdr: bool,
}

fn queen() -> String {
    "queen".to_owned()
}

fn permutations() -> u32 {
    999
}

fn seed() -> u64 {
    1
}

/// What the value of a local statistic says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LocalOutput {
    /// The statistic itself.
    #[default]
    Statistic,
    /// Its pseudo p-value.
    P,
    /// Its class where significant, else 0. Local Moran: 1 high-high, 2 low-high, 3 low-low, 4 high-low. Gi*: 1 hot, −1 cold.
    Class,
}

/// What is made of demands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DemandStatistic {
    /// Their number.
    #[default]
    Count,
    /// The sum of their votes.
    Votes,
    /// Their share among all demands, in per cent.
    Share,
    /// Their number for each 1,000 persons.
    #[serde(rename = "per_1000")]
    Per1000,
}
