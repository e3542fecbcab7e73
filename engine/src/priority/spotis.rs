//! SPOTIS: the order of two alternatives never depends on a third.

use super::criteria::{Criterion, Decision, DecisionError};
use super::normalise::Normalisation;
use super::weighted_sum::Scores;

/// 1 − Σ w |x − best| / (high − low), with the best end of bounds that are given beforehand: 1 is ideal, 0 the opposite.
///
/// Each score depends on its own alternative alone, so that one that comes or goes turns no order around. This is the
/// weighted sum over fixed bounds; the publication ranks by the distance, 1 less this. Source: Dezert, Tchamova, Han &
/// Tacnet, "The SPOTIS rank reversal free method for multi-criteria decision-making support" (FUSION 2020).
///
/// # Errors
/// [`DecisionError::Bounds`] for a criterion without bounds; else as [`Decision::new`].
pub fn spotis(criteria: &[Criterion<'_>]) -> Result<Scores, DecisionError> {
    let unbounded = criteria.iter().position(|own| own.bounds.is_none());
    if let Some(criterion) = unbounded {
        return Err(DecisionError::Bounds(criterion));
    }
    Ok(Decision::new(criteria, Normalisation::MinMax)?.weighted_sum())
}
