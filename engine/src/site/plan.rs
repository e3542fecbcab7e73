//! The answer: what is built, in which order, what it changes for everyone, and how good it is known to be.

use crate::indicator::ExactSum;

use super::Problem;
use super::interchange::additions;
use super::savings::Savings;

/// Where to build, with the proof.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What was minimised or maximised: Σ weight × metres (p-median), covered weight (maximal coverage), number of new
    /// facilities (set cover), largest distance in metres (p-centre).
    pub objective: f64,
    /// What no plan can better: a lower bound of a cost, an upper bound of a coverage.
    pub bound: f64,
    /// |objective − bound| ÷ objective; 0 where both are 0, infinite where only the objective is.
    pub gap: f64,
    /// Whether no better plan exists, to one part in 10⁹ of the objective: what rounding leaves open.
    pub proven: bool,
    /// New facilities in the order in which they gain most. A candidate that would gain nothing is not among them, so
    /// there may be fewer than asked for.
    pub sites: Vec<Site>,
    /// Demand points with a weight that neither a candidate nor an existing facility reaches (for coverage: covers).
    /// Totals of distance leave them out.
    pub unreachable: Vec<u32>,
    /// Before anything is built.
    pub before: Totals,
    /// With all of `sites`.
    pub after: Totals,
    /// For each demand point its facility before and after.
    pub allocation: Vec<Allocation>,
}

/// A new facility.
#[derive(Clone, Debug, PartialEq)]
pub struct Site {
    /// Row of the candidate.
    pub row: u32,
    /// What it adds when it is built after those before it: Σ weight × metres saved (p-median, p-centre), or weight that
    /// becomes covered. `None` for the first of all facilities, where distances have no
    /// reach that they could be compared with.
    pub gain: Option<f64>,
    /// Weight of the demand points whose nearest facility it is.
    pub weight: f64,
    /// Number of these demand points.
    pub points: usize,
    /// Their mean distance, over the weight.
    pub mean_m: Option<f64>,
    /// Their largest distance.
    pub max_m: Option<f64>,
}

/// Totals over the demand points with a weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Totals {
    /// All weight.
    pub weight: f64,
    /// Weight that has a facility within the reach of the distances.
    pub served_weight: f64,
    /// Mean distance over the served weight.
    pub mean_m: Option<f64>,
    /// Largest distance of a served demand point.
    pub max_m: Option<f64>,
    /// Weight within the radius, the rim included, where the problem has one.
    pub covered_weight: Option<f64>,
    /// `covered_weight ÷ weight`.
    pub covered_share: Option<f64>,
}

/// Facility of a demand point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Facility {
    /// Row of an existing facility.
    Existing(u32),
    /// Row of a candidate that is built.
    New(u32),
}

/// A facility and how far away it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Served {
    /// The nearest facility.
    pub facility: Facility,
    /// How far away it is.
    pub distance_m: f64,
}

/// The nearest facility of a demand point before and after. An existing one stays where a new one is not nearer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Allocation {
    /// Before anything is built.
    pub before: Option<Served>,
    /// With all new facilities.
    pub after: Option<Served>,
}

/// How good the choice is known to be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proof {
    pub(super) objective: f64,
    pub(super) bound: f64,
    pub(super) proven: bool,
}

/// What a plan is made of, beside the problem.
pub(super) struct Draft {
    /// What the chosen candidates save, for the order and the gains. One that saves nothing is not built.
    pub(super) savings: Savings,
    pub(super) within_m: Option<f64>,
    pub(super) unreachable: Vec<u32>,
}

impl Problem {
    /// The plan of a choice. `proof` sees the totals and the allocation.
    pub(super) fn plan(&self, draft: Draft, proof: impl FnOnce(&Plan) -> Proof) -> Plan {
        let candidates = self.distances.candidates();
        let order = additions(&draft.savings, candidates);
        let mut built = vec![false; candidates];
        order.iter().for_each(|&(column, _)| built[column] = true);
        let allocation = self.allocate(&built);
        let side = |of: fn(&Allocation) -> Option<Served>| {
            let served = |row: usize| of(&allocation[row]).map(|served| served.distance_m);
            self.totals(draft.within_m, served)
        };
        let (before, after) = (side(|of| of.before), side(|of| of.after));
        let mut sites = self.sites(&order, &allocation);
        // Without a reach there is nothing that the first of all could be compared with.
        if draft.within_m.is_none()
            && self.distances.reach_m().is_infinite()
            && before.served_weight == 0.0
            && let Some(first) = sites.first_mut()
        {
            first.gain = None;
        }
        let mut plan = Plan {
            objective: 0.0,
            bound: 0.0,
            gap: 0.0,
            proven: false,
            sites,
            unreachable: draft.unreachable,
            before,
            after,
            allocation,
        };
        let proof = proof(&plan);
        plan.objective = proof.objective;
        plan.proven = proof.proven;
        plan.bound = if proof.proven {
            proof.objective
        } else {
            proof.bound
        };
        let apart = (plan.objective - plan.bound).abs();
        plan.gap = if apart == 0.0 {
            0.0
        } else {
            apart / plan.objective.abs()
        };
        plan
    }

    fn allocate(&self, built: &[bool]) -> Vec<Allocation> {
        let reach_m = self.distances.reach_m();
        let one = |row: usize| {
            let existing = self.existing[row].map(|nearest| Served {
                facility: Facility::Existing(nearest.row),
                distance_m: nearest.distance_m,
            });
            let before = existing.filter(|served| served.distance_m <= reach_m);
            let mut new = self.distances.row(row);
            let new = new.find(|&(candidate, _)| built[candidate as usize]);
            let new = new.map(|(candidate, distance_m)| Served {
                facility: Facility::New(self.rows[candidate as usize]),
                distance_m,
            });
            let nearer =
                new.filter(|new| before.is_none_or(|before| new.distance_m < before.distance_m));
            Allocation {
                before,
                after: nearer.or(before),
            }
        };
        (0..self.weights.len()).map(one).collect()
    }

    fn totals(&self, within_m: Option<f64>, served_m: impl Fn(usize) -> Option<f64>) -> Totals {
        let mut sums: [ExactSum; 4] = Default::default();
        let [all, served, distance, covered] = &mut sums;
        let mut max_m: Option<f64> = None;
        for row in self.counted() {
            let weight = self.weights[row];
            all.add(weight);
            if let Some(metres) = served_m(row) {
                served.add(weight);
                distance.add(weight * metres);
                max_m = Some(max_m.map_or(metres, |max| max.max(metres)));
                if within_m.is_some_and(|within_m| metres <= within_m) {
                    covered.add(weight);
                }
            }
        }
        let [weight, served_weight, distance, covered] = sums.map(|sum| sum.total());
        Totals {
            weight,
            served_weight,
            mean_m: (served_weight > 0.0).then(|| distance / served_weight),
            max_m,
            covered_weight: within_m.map(|_| covered),
            covered_share: within_m.filter(|_| weight > 0.0).map(|_| covered / weight),
        }
    }

    fn sites(&self, order: &[(usize, f64)], allocation: &[Allocation]) -> Vec<Site> {
        let mut place = vec![usize::MAX; self.distances.candidates()];
        let mut sums: Vec<[ExactSum; 2]> = vec![];
        let mut sites: Vec<Site> = vec![];
        for (at, &(column, gain)) in order.iter().enumerate() {
            place[column] = at;
            sums.push(Default::default());
            sites.push(Site {
                row: self.rows[column],
                gain: Some(gain),
                weight: 0.0,
                points: 0,
                mean_m: None,
                max_m: None,
            });
        }
        for row in self.counted() {
            let Some(Served {
                facility: Facility::New(_),
                distance_m,
            }) = allocation[row].after
            else {
                continue;
            };
            let mut built = self
                .distances
                .row(row)
                .map(|(column, _)| place[column as usize]);
            let Some(at) = built.find(|&at| at != usize::MAX) else {
                continue;
            };
            let (site, [weight, distance]) = (&mut sites[at], &mut sums[at]);
            weight.add(self.weights[row]);
            distance.add(self.weights[row] * distance_m);
            site.points += 1;
            site.max_m = Some(site.max_m.map_or(distance_m, |max| max.max(distance_m)));
        }
        for (site, [weight, distance]) in sites.iter_mut().zip(&sums) {
            site.weight = weight.total();
            site.mean_m = (site.points > 0).then(|| distance.total() / site.weight);
        }
        sites
    }
}
