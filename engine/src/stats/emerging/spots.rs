//! Gi\* of every territory in every period.

use rayon::prelude::*;

use super::classes::Spot;
use super::{EmergingError, EmergingOptions, Reference};
use crate::number::narrow;
use crate::stats::inference::{Inference, Permutations, Tail};
use crate::stats::local::{Cluster, LocalRow};
use crate::stats::local_getis_ord::{Focal, local_getis_ord};
use crate::stats::weights::{MAX_LINKS, Weights};

/// Spot and z-score of a territory in a period.
type Tested = (Spot, Option<f64>);

/// By period and row.
pub(super) fn tested(
    values: &[Vec<Option<f64>>],
    weights: &Weights,
    options: &EmergingOptions,
) -> Result<Vec<Vec<Tested>>, EmergingError> {
    let inference = Inference {
        // p of the normal distribution: a permutation test of each period would multiply the cost and gain no order.
        permutations: Permutations::none(),
        tail: Tail::TwoSided,
        alpha: options.alpha,
        correction: options.correction,
    };
    let gi = |values: &[Option<f64>], weights: &Weights| -> Vec<Tested> {
        let local = local_getis_ord(values, weights, Focal::Included, &inference);
        local.rows.iter().map(spot).collect()
    };
    match options.reference {
        Reference::SamePeriod => Ok(values
            .par_iter()
            .map(|period| gi(period, weights))
            .collect()),
        Reference::AllPeriods { steps_before } => {
            let all = over_time(weights, values.len(), steps_before as usize)?;
            let tested = gi(&values.concat(), &all);
            let periods = tested.chunks(weights.len().max(1)).map(<[Tested]>::to_vec);
            let empty = vec![vec![]; if weights.is_empty() { values.len() } else { 0 }];
            Ok(periods.chain(empty).collect())
        }
    }
}

fn spot(row: &LocalRow) -> Tested {
    let spot = match row.cluster {
        Cluster::Hot => Spot::Hot,
        Cluster::Cold => Spot::Cold,
        _ => Spot::None,
    };
    (spot, row.z)
}

/// The neighbours of each row in each of so many periods, and in the steps before, where the row itself is one too. An
/// island has none.
fn over_time(weights: &Weights, periods: usize, steps: usize) -> Result<Weights, EmergingError> {
    let steps = steps.min(periods);
    let rows = weights.len();
    let most = (weights.links() + rows)
        .saturating_mul(periods)
        .saturating_mul(steps + 1);
    if most > MAX_LINKS {
        return Err(EmergingError::TooManyLinks);
    }
    let list = |cell: usize| -> Vec<u32> {
        let (period, row) = (cell / rows, cell % rows);
        let around = weights.neighbours(row);
        if around.is_empty() {
            return vec![];
        }
        let at = |period: usize| move |row: u32| narrow(period * rows) + row;
        let before = (period.saturating_sub(steps)..period).flat_map(|past| {
            let own = narrow(row);
            around.iter().copied().chain([own]).map(at(past))
        });
        before
            .chain(around.iter().copied().map(at(period)))
            .collect()
    };
    let lists: Vec<Vec<u32>> = (0..rows * periods).into_par_iter().map(list).collect();
    Ok(Weights::from_lists(&lists, weights.transform()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stats::Transform;

    #[test]
    fn neighbours_over_time_are_those_of_the_steps_before_too() {
        let weights = Weights::from_lists(&[vec![1], vec![0], vec![]], Transform::Binary);
        let all = over_time(&weights, 3, 1).unwrap();
        assert_eq!(all.len(), 9);
        assert_eq!(all.neighbours(0), [1]);
        assert_eq!(all.neighbours(4), [0, 1, 3]);
        assert_eq!(all.neighbours(6), [3, 4, 7]);
        assert!(all.neighbours(8).is_empty());
        assert_eq!(over_time(&weights, 3, 0).unwrap().neighbours(4), [3]);
    }

    #[test]
    fn more_links_than_are_kept_are_refused() {
        let lists: Vec<Vec<u32>> = (0..2000u32).map(|row| vec![(row + 1) % 2000]).collect();
        let weights = Weights::from_lists(&lists, Transform::Binary);
        assert!(matches!(
            over_time(&weights, 1200, 1200),
            Err(EmergingError::TooManyLinks)
        ));
    }
}
