//! Diversity, segregation and inequality (E1–E7 and D6 of the catalogue), as pure functions over arrays.
//!
//! What holds everywhere here: a value that is missing (`None`) or not finite is left out and counted as left out; an
//! index is `None` where its formula has no value, and the function says when; sums are exact, so the order of the
//! parts does not change a bit. None of these indexes adds up over a hierarchy: compute them again at each level, or
//! use a [`Decomposition`].

pub mod diversity;
#[cfg(test)]
pub(crate) mod golden;
pub mod inequality;
pub mod segregation;
#[cfg(test)]
mod tests;

use crate::indicator::ExactSum;

/// An index cut into what lies between groups and what lies inside them; `between + within = total`.
///
/// Over nested levels, what a level adds is its `between` less that of the level above it.
#[derive(Clone, Debug, PartialEq)]
pub struct Decomposition {
    /// The index over everything that has a group.
    pub total: f64,
    /// What would remain if every group were alike inside.
    pub between: f64,
    /// What the insides of the groups add, each with its weight.
    pub within: f64,
    /// One per group, ascending by number.
    pub groups: Vec<GroupTerm>,
    /// Parts without a group, or without a usable value.
    pub left_out: usize,
}

/// What a group gives to a [`Decomposition`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupTerm {
    /// Number of the group.
    pub group: u32,
    /// Its term of `between`; may be negative.
    pub between: f64,
    /// Its term of `within`.
    pub within: f64,
    /// The index inside the group; `None` where it has none.
    pub index: Option<f64>,
}

impl Decomposition {
    fn of(total: f64, groups: Vec<GroupTerm>, left_out: usize) -> Self {
        Self {
            total,
            between: sum(groups.iter().map(|term| term.between)),
            within: sum(groups.iter().map(|term| term.within)),
            groups,
            left_out,
        }
    }
}

/// The exact sum of finite terms, rounded once.
pub(crate) fn sum(terms: impl IntoIterator<Item = f64>) -> f64 {
    let mut sum = ExactSum::default();
    terms.into_iter().for_each(|term| sum.add(term));
    sum.total()
}

/// The count of a part where there is one: present, finite, not negative.
fn count_at(counts: &[Option<f64>], part: usize) -> Option<f64> {
    let count = counts.get(part).copied().flatten()?;
    (count.is_finite() && count >= 0.0).then_some(count)
}
