//! Alternatives put together: themes of demands.

use super::criteria::{Decision, DecisionError};

impl Decision {
    /// The decision among `count` groups of alternatives, whose values are the sums of those of their members, with the
    /// same weights: so the weighted sum of a group is the sum of the scores of its members, and so is each contribution.
    ///
    /// A group without a scored member has no score.
    ///
    /// # Errors
    /// [`DecisionError::Length`] unless there is one group per alternative, [`DecisionError::Group`] for one from `count`
    /// on, [`DecisionError::Alternatives`] for too many groups.
    pub fn grouped(&self, groups: &[usize], count: usize) -> Result<Self, DecisionError> {
        if groups.len() != self.alternatives() {
            return Err(DecisionError::Length {
                criterion: 0,
                found: groups.len(),
                expected: self.alternatives(),
            });
        }
        if count > super::MAX_ALTERNATIVES {
            return Err(DecisionError::Alternatives(count));
        }
        if let Some(row) = groups.iter().position(|&group| group >= count) {
            return Err(DecisionError::Group(row));
        }
        let mut grouped = Self {
            columns: vec![vec![0.0; count]; self.columns.len()],
            weights: self.weights.clone(),
            idle: self.idle.clone(),
            missing: vec![0; count],
            scored: vec![false; count],
        };
        for (row, &group) in groups
            .iter()
            .enumerate()
            .filter(|(row, _)| self.scored[*row])
        {
            grouped.scored[group] = true;
            grouped.missing[group] += self.missing[row];
            for (sums, column) in grouped.columns.iter_mut().zip(&self.columns) {
                sums[group] += column[row];
            }
        }
        Ok(grouped)
    }
}
