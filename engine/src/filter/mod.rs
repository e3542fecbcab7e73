//! Filters in CQL2 text (OGC 21-065r2) over the columns of a layer.
//!
//! Understood: comparisons (`= <> < > <= >=`), `AND`, `OR`, `NOT`, `IN`, `LIKE` (`%`, `_`, escape `\`), `BETWEEN`,
//! `IS NULL`, arithmetic (`+ - * / ^ % div`), `CASEI()`, `ACCENTI()`, `DATE('…')`, `TIMESTAMP('…')`, `TRUE`, `FALSE`.
//! Spatial, temporal-interval and array predicates are refused with a message that says so.
//!
//! Where the standard leaves room or stops:
//! - a comparison with null is unknown, and a feature is selected only where the filter is true (Kleene's logic);
//! - NaN in a column and a division by zero are null, never infinite;
//! - dates and timestamps compare as ISO 8601 text, so both sides should be written to the same precision;
//! - `BETWEEN` takes text and dates too, and a boolean column may stand alone: `open AND pop > 100`;
//! - identifiers in double quotes may hold any character, `""` stands for a double quote;
//! - in literals `\'` and `''` are a quote, `\\` a backslash, `\t` and its like control characters.

mod error;
mod evaluate;
mod expression;
mod fold;
mod kind;
mod lex;
mod like;
mod literal;
mod nearest;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use error::FilterError;
pub use evaluate::{BoundFilter, Property};
pub use nearest::nearest;

use expression::Expression;

/// Longest filter that is read, in bytes.
pub const MAX_FILTER_BYTES: usize = 8192;

/// Deepest nesting of parentheses, `NOT`, signs and functions that is read.
pub const MAX_FILTER_DEPTH: usize = 64;

/// A parsed filter. Printing it gives CQL2 text that parses to the same filter.
#[derive(Clone, Debug, PartialEq)]
pub struct Filter {
    root: Expression,
}

impl Filter {
    /// Reads CQL2 text of at most [`MAX_FILTER_BYTES`] bytes and [`MAX_FILTER_DEPTH`] levels.
    ///
    /// # Errors
    /// When the text is too long, too deep, not CQL2, uses what is not supported, or mixes types that cannot be compared.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let root = parse::parse(text)?;
        kind::check_condition(&root, &|_| kind::Kind::Unknown)?;
        Ok(Self { root })
    }

    /// The properties the filter names, each once, in the order in which they appear.
    pub fn properties(&self) -> Vec<&str> {
        let mut names = vec![];
        self.root.each_property(&mut |name| {
            if !names.contains(&name) {
                names.push(name);
            }
        });
        names
    }

    /// Ties the filter to the columns of a layer; of two properties with one name the first counts.
    ///
    /// Columns are taken as they are (`filter.bind(layer.columns())`); keys and names come as [`Property::text`].
    ///
    /// # Errors
    /// When a property is unknown, or holds another type than the one it is compared with.
    pub fn bind<'a, P: Into<Property<'a>>>(
        &self,
        properties: impl IntoIterator<Item = P>,
    ) -> Result<BoundFilter<'a>, FilterError> {
        evaluate::bind(&self.root, properties.into_iter().map(Into::into).collect())
    }
}
