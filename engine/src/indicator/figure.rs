//! One figure of one territory, with what it is made of.

/// A value and the parts that explain it. All parts are of the same territory.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figure {
    /// The value; `None` where there is none (nothing to count, a denominator of zero).
    pub value: Option<f64>,
    /// What stands above the line, where the value is a quotient.
    pub numerator: Option<f64>,
    /// What stands below the line, where the value is a quotient.
    pub denominator: Option<f64>,
    /// How many features or parts went in.
    pub n: u64,
    /// Share of the input that could be used, from 0 to 1: of the features those with a value, of an area the part that
    /// the source covers. `None` where there was no input.
    pub covered: Option<f64>,
}

impl Figure {
    /// A figure that is no quotient.
    pub fn of(value: Option<f64>) -> Self {
        Self {
            value,
            ..Self::default()
        }
    }

    /// A quotient times `per`; no value where the denominator is zero or a term is missing.
    pub fn quotient(numerator: Option<f64>, denominator: Option<f64>, per: f64) -> Self {
        let below = denominator.filter(|below| *below != 0.0);
        let value = numerator
            .zip(below)
            .map(|(above, below)| above / below * per)
            .filter(|value| value.is_finite());
        Self {
            value,
            numerator,
            denominator,
            ..Self::default()
        }
    }

    /// The same figure, made of `n` features of which `missing` more could not be used.
    #[must_use]
    pub fn counted(self, n: u64, missing: u64) -> Self {
        let all = n + missing;
        Self {
            n,
            covered: (all > 0).then(|| n as f64 / all as f64),
            ..self
        }
    }
}

/// Values of an indicator for the territories of one level, in the level's order. `None` where there is no value.
pub type LevelValues = Vec<Option<f64>>;

/// Figures of an indicator for the territories of one level, in the level's order.
pub type LevelFigures = Vec<Figure>;

/// How the values of a level come from those of the level below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RollUp {
    /// E: an extensive figure, the sum over the parts.
    Sum,
    /// R: a quotient of sums, pooled.
    Ratio,
    /// M: a weighted mean, from sums of weighted values and of weights.
    Mean,
    /// Q: a quantile or extreme, from all values.
    Values,
    /// X: computed anew at each level; does not add up.
    Anew,
}

impl RollUp {
    /// The letter of the catalogue.
    pub fn letter(self) -> &'static str {
        match self {
            Self::Sum => "E",
            Self::Ratio => "R",
            Self::Mean => "M",
            Self::Values => "Q",
            Self::Anew => "X",
        }
    }

    /// What the letter means, in one line.
    pub fn described(self) -> &'static str {
        match self {
            Self::Sum => "sum of the parts",
            Self::Ratio => "quotient of sums",
            Self::Mean => "weighted mean over all features",
            Self::Values => "from the values of all features",
            Self::Anew => "computed anew at each level",
        }
    }
}
