//! Privacy: numbers of so few persons that they could be recognised are not published, and nothing gives them away.
//!
//! A count of persons above zero and below the threshold is hidden (*primary* suppression). Since a parent is the sum of
//! its children, a hidden child could be found by subtraction; so further cells are hidden (*complementary*
//! suppression) until an outsider who knows every published number, how they add up, the threshold and why each cell is
//! hidden is left with at least two values for each of them. Whatever is computed from a hidden figure, or averages
//! over hidden persons, is hidden at the same territory too.
//!
//! Internally all figures stay exact: [`Territory::published`](crate::Territory) is where this is applied, so that no
//! output can bypass it. Columns of source layers that are found to count persons are hidden cell by cell, with the
//! finest territories as their parents.
//!
//! Sources: Willenborg & de Waal, *Elements of Statistical Disclosure Control* (2001), chapter 6; the interval an
//! outsider can compute is exact here, because the equations form trees.
//!
//! What one release cannot prevent: differences to another release, of another date or with another filter; columns
//! that follow from a hidden one, such as a density in the source; knowledge from elsewhere.

mod bounds;
mod forest;
mod guard;
mod suppress;
mod tables;
#[cfg(test)]
mod tests;
mod totals;

use std::collections::BTreeSet;

pub(crate) use guard::Guard;
pub use guard::{HiddenCells, HiddenFigures};

/// What must not be published.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Privacy {
    /// The smallest number of persons above zero that is published; nothing is hidden below 3, since a hidden number
    /// that can only be 1 is told all the same.
    pub threshold: u32,
    /// Ids of the indicators that count persons.
    pub persons: BTreeSet<String>,
}

impl Privacy {
    /// The threshold where a project says nothing.
    pub const THRESHOLD: u32 = 5;

    /// Whether anything can be hidden.
    pub fn is_on(&self) -> bool {
        self.threshold >= 3
    }
}

/// Why a number is not published. The graver reason is the greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suppression {
    /// Without it, a number of too few persons could be found out.
    Complementary,
    /// It is a number of too few persons, or is computed from one.
    Primary,
}

impl Suppression {
    /// The word for it in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Complementary => "complementary",
            Self::Primary => "primary",
        }
    }
}
