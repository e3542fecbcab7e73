//! How a command, a request or a project file names spatial weights.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::weights::MAX_LINKS;
use crate::filter::nearest;

/// Most neighbours that `knn` may ask for.
pub const MAX_NEAREST: u32 = 1000;

/// Names of the ways, as a user writes them.
const KNOWN: [&str; 4] = ["queen", "rook", "knn", "distance"];

/// Who counts as a neighbour: `queen`, `rook`, `knn:8` or `distance:1500`.
///
/// ```
/// use comarca_engine::stats::WeightsSpec;
/// let spec: WeightsSpec = "knn:8".parse().unwrap();
/// assert_eq!(spec, WeightsSpec::Nearest { count: 8 });
/// assert_eq!(spec.to_string(), "knn:8");
/// assert!("distance:-5".parse::<WeightsSpec>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum WeightsSpec {
    /// Territories whose borders meet, if only at a corner.
    Queen,
    /// Territories that share a stretch of border.
    Rook,
    /// The `count` territories whose anchors are nearest; of anchors at one distance those of the lower rows.
    Nearest {
        /// How many, from 1 to [`MAX_NEAREST`].
        count: u32,
    },
    /// Territories whose anchors are at most so far away.
    Within {
        /// Distance in metres, inclusive.
        distance_m: f64,
    },
}

/// Why there are no weights.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum WeightsError {
    /// A word that names no way.
    #[error("there are no weights {text:?}; {hint}")]
    Unknown {
        /// What was written.
        text: String,
        /// What was probably meant, else what there is.
        hint: String,
    },
    /// `knn` without a usable number.
    #[error("weights {0:?} need a whole number from 1 to {MAX_NEAREST}, as in \"knn:8\"")]
    Count(String),
    /// `distance` without a usable number.
    #[error("weights {0:?} need a positive number of metres, as in \"distance:1500\"")]
    Distance(String),
    /// `queen` or `rook` with a number.
    #[error("weights {0:?} take no number: contiguity has no distance")]
    Number(String),
    /// More links than are kept.
    #[error(
        "more than {MAX_LINKS} links between neighbours; ask for a shorter distance or fewer neighbours"
    )]
    TooManyLinks,
}

impl WeightsSpec {
    /// What it means, in words.
    pub fn describe(&self) -> String {
        match self {
            Self::Queen => "queen contiguity (borders that meet, if only at a corner)".to_owned(),
            Self::Rook => "rook contiguity (a shared stretch of border)".to_owned(),
            Self::Nearest { count } => format!("the {count} nearest by anchor"),
            Self::Within { distance_m } => format!("anchors within {distance_m} m, inclusive"),
        }
    }
}

impl fmt::Display for WeightsSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Queen => write!(f, "queen"),
            Self::Rook => write!(f, "rook"),
            Self::Nearest { count } => write!(f, "knn:{count}"),
            Self::Within { distance_m } => write!(f, "distance:{distance_m}"),
        }
    }
}

impl FromStr for WeightsSpec {
    type Err = WeightsError;

    fn from_str(text: &str) -> Result<Self, WeightsError> {
        let (name, number) = match text.split_once(':') {
            Some((name, number)) => (name.trim(), Some(number.trim())),
            None => (text.trim(), None),
        };
        match (name, number) {
            ("queen", None) => Ok(Self::Queen),
            ("rook", None) => Ok(Self::Rook),
            ("queen" | "rook", Some(_)) => Err(WeightsError::Number(text.to_owned())),
            ("knn", number) => number
                .and_then(|number| number.parse().ok())
                .filter(|count| (1..=MAX_NEAREST).contains(count))
                .map(|count| Self::Nearest { count })
                .ok_or_else(|| WeightsError::Count(text.to_owned())),
            ("distance", number) => number
                .and_then(|number| number.parse::<f64>().ok())
                .filter(|distance| distance.is_finite() && *distance > 0.0)
                .map(|distance_m| Self::Within { distance_m })
                .ok_or_else(|| WeightsError::Distance(text.to_owned())),
            _ => Err(WeightsError::Unknown {
                text: text.to_owned(),
                hint: match nearest(name, KNOWN) {
                    Some(meant) => format!("did you mean {meant:?}?"),
                    None => "known: queen, rook, knn:COUNT, distance:METRES".to_owned(),
                },
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_read_and_printed_alike() {
        for text in ["queen", "rook", "knn:8", "distance:1500", "distance:0.5"] {
            let spec: WeightsSpec = text.parse().unwrap();
            assert_eq!(spec.to_string(), text);
        }
        assert_eq!(
            " knn : 3 ".parse(),
            Ok(WeightsSpec::Nearest { count: 3 }),
            "spaces do not matter"
        );
    }

    #[test]
    fn a_wrong_text_is_answered_with_what_is_right() {
        let said = |text: &str| text.parse::<WeightsSpec>().unwrap_err().to_string();
        assert_eq!(
            said("quen"),
            "there are no weights \"quen\"; did you mean \"queen\"?"
        );
        assert_eq!(
            said("bishop:2"),
            "there are no weights \"bishop:2\"; known: queen, rook, knn:COUNT, distance:METRES"
        );
        assert_eq!(
            said("knn"),
            "weights \"knn\" need a whole number from 1 to 1000, as in \"knn:8\""
        );
        for text in ["knn:0", "knn:1001", "knn:2.5", "knn:-1"] {
            assert!(said(text).contains("whole number"), "{text}");
        }
        for text in [
            "distance",
            "distance:0",
            "distance:-1",
            "distance:NaN",
            "distance:inf",
            "distance:1 km",
        ] {
            assert!(said(text).contains("metres"), "{text}");
        }
        assert!(said("queen:2").contains("take no number"));
        assert!(said("").contains("known"));
    }
}
