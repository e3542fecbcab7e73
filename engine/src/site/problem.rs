//! A siting problem: weighted demand points, facilities that exist, candidates and the distances between them.

use rayon::prelude::*;

use super::distances::FARTHEST_M;
use super::{Distances, Facilities, SiteError};
use crate::space::Metric;

/// Most coordinates that may be looked at for distances: demand points × coordinates of the candidates.
pub const MAX_MEASURED: u64 = 1 << 32;
/// Savings that a search may look at before it answers with what it has and a bound: a few seconds of one core.
pub const DEFAULT_VISITS: u64 = 1_000_000_000;

/// The largest weight: sums of weight × distance stay far from the end of the numbers.
const LARGEST_WEIGHT: f64 = 1e15;

/// The nearest existing facility of a demand point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Nearest {
    /// Its row.
    pub row: u32,
    /// How far away it is.
    pub distance_m: f64,
}

/// How long a search may go on, counted in steps of its innermost loop, so that the answer never depends on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Savings looked at, as a floor: what was begun is finished.
    pub visits: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            visits: DEFAULT_VISITS,
        }
    }
}

/// Weighted demand points, the facilities they have, and the candidates for new ones.
///
/// A point with weight zero or NaN is shown in the allocation and counts nowhere else.
#[derive(Clone, Debug)]
pub struct Problem {
    pub(super) weights: Vec<f64>,
    pub(super) existing: Vec<Option<Nearest>>,
    pub(super) distances: Distances,
    /// Row of each candidate in the caller's list.
    pub(super) rows: Vec<u32>,
}

impl Problem {
    /// A problem over given distances. `existing` holds the nearest existing facility of each demand point.
    ///
    /// # Errors
    /// When arrays do not fit together, or a weight or a distance is negative or infinite.
    pub fn new(
        weights: &[f64],
        existing: Vec<Option<Nearest>>,
        distances: Distances,
    ) -> Result<Self, SiteError> {
        let check = |what, found, expected| match found == expected {
            true => Ok(()),
            false => Err(SiteError::Length {
                what,
                found,
                expected,
            }),
        };
        check("weights", weights.len(), distances.demand())?;
        check("existing", existing.len(), distances.demand())?;
        for (row, nearest) in existing.iter().enumerate() {
            if let Some(Nearest {
                row: of,
                distance_m,
            }) = *nearest
                && !(0.0..=FARTHEST_M).contains(&distance_m)
            {
                return Err(SiteError::Distance {
                    row,
                    what: format!("existing facility {of}"),
                    distance_m,
                    reach_m: FARTHEST_M,
                });
            }
        }
        let rows = (0u32..).take(distances.candidates()).collect();
        Ok(Self {
            weights: counted(weights)?,
            existing,
            distances,
            rows,
        })
    }

    /// A problem of places in the metric CRS, with Euclidean distances. Only distances up to `within_m`, where given, are
    /// known to it, and of those only the ones shorter than the way to the nearest existing facility are kept.
    ///
    /// Cost: demand × candidates, or × those in reach where candidates are a layer; on all threads.
    ///
    /// # Errors
    /// When a weight is negative or infinite, a row does not exist, the radius is not a number from 0, or a bound is passed.
    pub fn between(
        demand: &[Metric],
        weights: &[f64],
        candidates: Facilities,
        existing: Option<Facilities>,
        within_m: Option<f64>,
    ) -> Result<Self, SiteError> {
        if weights.len() != demand.len() {
            return Err(SiteError::Length {
                what: "weights",
                found: weights.len(),
                expected: demand.len(),
            });
        }
        if let Some(radius_m) = within_m.filter(|radius| !(0.0..=FARTHEST_M).contains(radius)) {
            return Err(SiteError::Radius { radius_m });
        }
        let existing = existing.filter(|existing| !existing.is_empty());
        candidates.check("candidate")?;
        measurable(demand, &candidates)?;
        let existing = match existing {
            None => vec![None; demand.len()],
            Some(existing) => {
                existing.check("existing facility")?;
                if let Facilities::Points(_) = existing {
                    measurable(demand, &existing)?;
                }
                let selected = existing.selected();
                let nearest = |from: &Metric| existing.nearest(*from, &selected);
                demand.par_iter().map(nearest).collect()
            }
        };
        let reach_m = within_m.unwrap_or(f64::INFINITY);
        let places = candidates.places();
        let list = |row: usize| {
            let nearest_m = existing[row].map_or(f64::INFINITY, |nearest| nearest.distance_m);
            candidates.around(demand[row], reach_m, nearest_m, &places)
        };
        let distances = Distances::from_lists(demand.len(), candidates.len(), reach_m, list)?;
        Ok(Self {
            weights: counted(weights)?,
            existing,
            distances,
            rows: (0..candidates.len())
                .map(|place| candidates.row(place))
                .collect(),
        })
    }

    /// Distance to the nearest existing facility; infinite where there is none or it is beyond the reach.
    pub(super) fn existing_m(&self, row: usize) -> f64 {
        self.existing[row]
            .map(|nearest| nearest.distance_m)
            .filter(|&metres| metres <= self.distances.reach_m())
            .unwrap_or(f64::INFINITY)
    }

    /// Demand points with a weight, in order.
    pub(super) fn counted(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.weights.len()).filter(|&row| self.weights[row] > 0.0)
    }

    /// The radius, where it is one and distances are known that far.
    pub(super) fn radius(&self, within_m: f64) -> Result<f64, SiteError> {
        let reach_m = self.distances.reach_m();
        match within_m {
            _ if !(0.0..=FARTHEST_M).contains(&within_m) => {
                Err(SiteError::Radius { radius_m: within_m })
            }
            _ if within_m > reach_m => Err(SiteError::BeyondReach { within_m, reach_m }),
            _ => Ok(within_m),
        }
    }
}

/// The weights with zero for what does not count.
fn counted(weights: &[f64]) -> Result<Vec<f64>, SiteError> {
    let check = |(row, &weight): (usize, &f64)| match weight {
        _ if weight.is_nan() => Ok(0.0),
        _ if (0.0..=LARGEST_WEIGHT).contains(&weight) => Ok(weight),
        _ => Err(SiteError::Weight { row, weight }),
    };
    weights.iter().enumerate().map(check).collect()
}

fn measurable(demand: &[Metric], facilities: &Facilities) -> Result<(), SiteError> {
    let found = (demand.len() as u64).saturating_mul(facilities.coordinates() as u64);
    match found <= MAX_MEASURED {
        true => Ok(()),
        false => Err(SiteError::TooMany {
            what: "demand points × coordinates of facilities",
            found,
            limit: MAX_MEASURED,
            cure: "select fewer candidates, points instead of polygons, or a coarser level of demand",
        }),
    }
}
