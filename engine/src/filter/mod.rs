//! Filters in CQL2 text (OGC 21-065r2) over the columns of a layer.
//!
//! Understood: comparisons (`= <> < > <= >=`), `AND`, `OR`, `NOT`, `IN`, `LIKE` (`%`, `_`, escape `\`), `BETWEEN`,
//! `IS NULL`, arithmetic (`+ - * / ^ % div`), `CASEI()`, `ACCENTI()`, `DATE('…')`, `TIMESTAMP('…')`, `TRUE`, `FALSE`,
//! and the spatial predicates `S_INTERSECTS`, `S_EQUALS`, `S_DISJOINT`, `S_TOUCHES`, `S_WITHIN`, `S_OVERLAPS`,
//! `S_CROSSES`, `S_CONTAINS` between the `geometry` of a feature and well-known text or `BBOX(w,s,e,n)` in degrees.
//! Temporal and array predicates are refused with a message that says so: no column is of such a type.
//!
//! Beyond the standard these functions are understood, in filters and in a [`Formula`]. Where an argument is null the
//! value is null, so that no key comes out shorter than it should; only `COALESCE` looks further.
//!
//! | function | value | example |
//! | --- | --- | --- |
//! | `CONCAT(a, b, …)` | all as text, one behind the other; null beyond 1,000 bytes | `CONCAT(COMUNA, LPAD(TEXT(COD_DIS), 2, '0'))` → `1310104` |
//! | `LPAD(text, n, 'c')` | filled up with `c` from the left to `n` characters; a longer text stays | `LPAD('5101', 5, '0')` → `05101` |
//! | `SUBSTR(text, from, n)` | `n` characters from number `from`, counted from 1; without `n` all that follow | `SUBSTR('13101011001', 1, 5)` → `13101` |
//! | `UPPER(text)`, `LOWER(text)` | in upper or lower case | `UPPER('Ñuñoa')` → `ÑUÑOA` |
//! | `TRIM(text)` | without the blanks around | `TRIM(' CESFAM ')` → `CESFAM` |
//! | `TEXT(a)` | as text; a whole number has no decimal point | `TEXT(4.0)` → `4` |
//! | `NUMBER(text)` | as number, with decimal point or comma; null where it is none | `NUMBER('1.234,5')` → `1234.5` |
//! | `ROUND(x, n)` | with `n` decimals, none without `n`; halves away from zero | `ROUND(2.345, 1)` → `2.3` |
//! | `COALESCE(a, b, …)` | the first that is not null | `COALESCE(beds, 0)` |
//!
//! Where the standard leaves room or stops:
//! - a comparison with null is unknown, and a feature is selected only where the filter is true (Kleene's logic);
//! - NaN in a column and a division by zero are null, never infinite;
//! - dates and timestamps compare as ISO 8601 text, so both sides should be written to the same precision;
//! - `BETWEEN` takes text and dates too, and a boolean column may stand alone: `open AND pop > 100`;
//! - a spatial predicate is unknown for a feature without geometry; heights are read and left out; polygons of a
//!   filter must be valid, and of a collection that mixes points, lines and polygons only `S_INTERSECTS` and
//!   `S_DISJOINT` are told; a column called `geometry` or `geom` comes before the geometry;
//! - identifiers in double quotes may hold any character, `""` stands for a double quote;
//! - in literals `\'` and `''` are a quote, `\\` a backslash, `\t` and its like control characters.

mod error;
mod evaluate;
mod expression;
mod fold;
mod formula;
mod function;
mod geometry;
mod json;
mod kind;
mod lex;
mod like;
mod literal;
mod nearest;
mod parse;
mod print;
mod spatial;
#[cfg(test)]
mod tests;

pub use error::FilterError;
pub use evaluate::{BoundFilter, Property};
pub use fold::folded;
pub use formula::{Derived, Formula};
pub use nearest::nearest;

use expression::Expression;

/// Longest filter that is read, in bytes.
pub const MAX_FILTER_BYTES: usize = 8192;

/// Deepest nesting of parentheses, `NOT`, signs and functions that is read.
pub const MAX_FILTER_DEPTH: usize = 64;

/// Most spatial predicates in one filter.
pub const MAX_SPATIAL_PREDICATES: usize = 32;

/// Most positions of all geometries that a filter writes out.
pub const MAX_POSITIONS: usize = 2000;

/// The names by which a filter knows the geometry of a feature.
pub const GEOMETRY_PROPERTIES: [&str; 2] = ["geometry", "geom"];

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

    /// Reads the JSON encoding (OGC 21-065r2, clause 8.3), within the bounds of the text that it is printed as.
    ///
    /// # Errors
    /// As [`Self::parse`], with the place in the document, or in the filter written as text.
    pub fn parse_json(json: &str) -> Result<Self, FilterError> {
        const SHOWN_CHARS: usize = 200;
        let text = json::expression(json)?.to_string();
        Self::parse(&text).map_err(|cause| match cause.position() {
            None => cause,
            Some(_) => FilterError::AsText {
                text: text.chars().take(SHOWN_CHARS).collect(),
                cause: Box::new(cause),
            },
        })
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

    /// Whether the filter asks for the geometry of a feature.
    pub fn names_geometry(&self) -> bool {
        let mut found = false;
        self.root
            .each_property(&mut |name| found |= GEOMETRY_PROPERTIES.contains(&name));
        found
    }

    /// Ties the filter to the columns of a layer; of two properties with one name the first counts.
    ///
    /// Columns are taken as they are (`filter.bind(layer.columns())`); keys and names come as [`Property::text`], the
    /// geometry as [`Property::geometries`], all of a layer as [`Property::all_of`].
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
