use super::{MAX_FILTER_BYTES, MAX_FILTER_DEPTH};

/// What the filter language offers, for messages about what it does not.
const SUPPORTED: &str = "comparisons, AND, OR, NOT, IN, LIKE, BETWEEN, IS NULL, arithmetic, CASEI, ACCENTI, DATE, TIMESTAMP, S_INTERSECTS, S_EQUALS, S_DISJOINT, S_TOUCHES, S_WITHIN, S_OVERLAPS, S_CROSSES, S_CONTAINS, CONCAT, LPAD, SUBSTR, UPPER, LOWER, TRIM, TEXT, NUMBER, ROUND and COALESCE";

/// Why a filter cannot be used. Positions count characters from 1.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    /// The text passes [`MAX_FILTER_BYTES`].
    #[error("the filter has {bytes} bytes; at most {MAX_FILTER_BYTES} are read")]
    TooLong {
        /// Length of the text.
        bytes: usize,
    },
    /// The nesting passes [`MAX_FILTER_DEPTH`].
    #[error("at character {position}: nested deeper than {MAX_FILTER_DEPTH} levels")]
    TooDeep {
        /// Where the level too many begins.
        position: usize,
    },
    /// More of something than is read.
    #[error("at character {position}: more than {most} {what}")]
    TooMany {
        /// Where the one too many begins.
        position: usize,
        /// Of what.
        what: &'static str,
        /// How many are read.
        most: usize,
    },
    /// The text is not CQL2.
    #[error("at character {position}: expected {expected}, found {found}")]
    Syntax {
        /// Where the reader stopped.
        position: usize,
        /// What could have stood there.
        expected: String,
        /// What stands there.
        found: String,
    },
    /// CQL2 that is not understood yet.
    #[error("at character {position}: {construct} is not supported; supported are {SUPPORTED}")]
    Unsupported {
        /// Where it stands.
        position: usize,
        /// The function or predicate.
        construct: String,
    },
    /// JSON that is no filter.
    #[error("{}{message}", place(path))]
    Json {
        /// Where in the document, as `args[1].args[0]`; empty for the whole.
        path: String,
        /// What is wrong there.
        message: String,
    },
    /// A filter in JSON that the text encoding refuses. Positions are those of the text.
    #[error("as text {text:?}: {cause}")]
    AsText {
        /// The filter as text, cut where it is long.
        text: String,
        /// Why it is refused.
        cause: Box<FilterError>,
    },
    /// A property that the layer does not have.
    #[error("unknown property {name:?}{}", hint(nearest.as_deref(), known))]
    UnknownProperty {
        /// The name in the filter.
        name: String,
        /// The most similar name of the layer.
        nearest: Option<String>,
        /// The names of the layer.
        known: Vec<String>,
    },
    /// Types that cannot meet.
    #[error("{message}")]
    Type {
        /// Which parts, of which types, and how to write it.
        message: String,
    },
}

impl FilterError {
    /// Where in the text the error is, in characters from 1; `None` where it concerns the whole or the layer.
    pub fn position(&self) -> Option<usize> {
        match self {
            Self::TooDeep { position }
            | Self::TooMany { position, .. }
            | Self::Syntax { position, .. }
            | Self::Unsupported { position, .. } => Some(*position),
            Self::TooLong { .. }
            | Self::Json { .. }
            | Self::AsText { .. }
            | Self::UnknownProperty { .. }
            | Self::Type { .. } => None,
        }
    }
}

fn place(path: &str) -> String {
    match path.is_empty() {
        true => String::new(),
        false => format!("at {path}: "),
    }
}

fn hint(nearest: Option<&str>, known: &[String]) -> String {
    const NAMED: usize = 12;
    match nearest {
        Some(name) => format!("; did you mean {name:?}?"),
        None if known.is_empty() => "; the layer has no properties".to_owned(),
        None if known.len() > NAMED => format!("; known are {}, …", known[..NAMED].join(", ")),
        None => format!("; known are {}", known.join(", ")),
    }
}
