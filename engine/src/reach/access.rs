//! Accessibility: what the facilities around each place offer, and what is left of it for one person (D1–D5).
//!
//! All measures are sums over pairs of place and facility within a radius. The pairs are never stored: a pass from
//! the facilities adds up what surrounds each, a pass from the places what each reaches.

use std::ops::Range;

use rayon::prelude::*;

use super::decay::Catchment;
use super::facilities::Facilities;
use super::places::Places;
use crate::index::Envelope;
use crate::layer::Layer;
use crate::space::Metric;

/// Weights that are computed together.
const BATCH: usize = 64;
/// Parts that the rows of places are shared out in; the sums do not depend on it.
const BANDS: usize = 64;
/// Sums that run side by side.
const LANES: usize = 4;

/// Places and facilities, prepared for sums over the pairs within a radius.
#[derive(Debug)]
pub struct Reach<'a> {
    layer: &'a Layer,
    catchment: Catchment,
    facilities: Vec<Facility>,
    places: Places,
    /// Number of places, with those that have no coordinates.
    count: usize,
}

#[derive(Clone, Copy, Debug)]
struct Facility {
    row: usize,
    /// Its box; none without coordinates.
    envelope: Option<Envelope<f64>>,
    /// Where it stands, if it is a single point.
    point: Option<Metric>,
}

impl<'a> Reach<'a> {
    /// Sorts the places and looks up the facilities. Cost O(n + m).
    pub fn new(facilities: &Facilities<'a>, places: &[Metric], catchment: Catchment) -> Self {
        let facility = |row| Facility {
            row,
            envelope: facilities.envelope(row),
            point: facilities.point(row),
        };
        Self {
            layer: facilities.layer(),
            catchment,
            facilities: facilities.iter().map(facility).collect(),
            places: Places::new(places, catchment.within_m),
            count: places.len(),
        }
    }

    /// Σ offered · f(d) over the facilities within the radius, for each place: cumulative opportunities (D1) without
    /// decay, else gravity (D2; Hansen, "How accessibility shapes land use", 1959).
    ///
    /// `offered` has a number for each facility; negative ones and those that are none count as zero. A place without
    /// coordinates has `None`, one that reaches nothing has 0. Cost O(pairs), twice that for the floating catchments.
    pub fn opportunities(&self, offered: &[f64]) -> Vec<Option<f64>> {
        let offered: Vec<f64> = offered.iter().map(|&number| counted(number)).collect();
        self.in_given_order(&self.to_places(&offered, false))
    }

    /// Σ weight · f(d) over the places within the radius, for each facility: the people who share it.
    ///
    /// # Panics
    /// When there are fewer weights than places.
    pub fn demand(&self, weights: &[f64]) -> Vec<f64> {
        self.to_facilities(&self.in_cell_order(weights), false)
    }

    /// The floating catchment area in two steps: 2SFCA (D3) without decay, E2SFCA (D4) with
    /// [`Decay::Thirds`](super::Decay::Thirds) or another.
    ///
    /// Step one: the capacity of a facility over the weighted demand around it, R = S / Σ P · f(d); zero where nobody
    /// is. Step two: A = Σ R · f(d) for each place. Σ P · A is the capacity of all facilities that somebody reaches.
    /// Numbers as in [`opportunities`](Self::opportunities).
    ///
    /// # Panics
    /// When there are fewer numbers in `demand` than places.
    ///
    /// Sources: Luo & Wang, "Measures of spatial accessibility to health care in a GIS environment" (2003); Luo & Qi
    /// (2009).
    pub fn floating_catchment(&self, demand: &[f64], capacities: &[f64]) -> Vec<Option<f64>> {
        let ratios = ratios(capacities, &self.demand(demand));
        self.in_given_order(&self.to_places(&ratios, false))
    }

    /// The floating catchment area in three steps (3SFCA, D5): a place's demand is first shared out over its
    /// facilities by G = f(d) / Σ f(d), so that near facilities do not make each other's demand look larger.
    ///
    /// R = S / Σ G · P · f(d), A = Σ G · R · f(d). Numbers as in [`opportunities`](Self::opportunities).
    ///
    /// # Panics
    /// When there are fewer numbers in `demand` than places.
    ///
    /// Source: Wan, Zou & Sternberg, "A three-step floating catchment area method" (2012).
    pub fn competing_catchment(&self, demand: &[f64], capacities: &[f64]) -> Vec<Option<f64>> {
        let choices = self.to_places(&vec![1.0; self.facilities.len()], false);
        let shared: Vec<f64> = self
            .in_cell_order(demand)
            .iter()
            .zip(&choices)
            .map(|(weight, choices)| ratio(*weight, *choices))
            .collect();
        let ratios = ratios(capacities, &self.to_facilities(&shared, true));
        let mut access = self.to_places(&ratios, true);
        for (access, choices) in access.iter_mut().zip(&choices) {
            *access = ratio(*access, *choices);
        }
        self.in_given_order(&access)
    }

    /// For each facility Σ value · f(d) over the places around it; f(d)² where it is asked `squared`.
    fn to_facilities(&self, values: &[f64], squared: bool) -> Vec<f64> {
        let all = 0..self.places.rows();
        let one = |facility: &Facility| {
            let mut lanes = [0.0; LANES];
            self.around(facility, &all, squared, |places, weights| {
                for (value, weight) in values[places].chunks(LANES).zip(weights.chunks(LANES)) {
                    for (lane, (value, weight)) in lanes.iter_mut().zip(value.iter().zip(weight)) {
                        *lane += value * weight;
                    }
                }
            });
            lanes.iter().sum()
        };
        self.facilities.par_iter().map(one).collect()
    }

    /// For each place, in the order of cells, Σ value · f(d) over the facilities around it, in their order.
    fn to_places(&self, values: &[f64], squared: bool) -> Vec<f64> {
        let mut sums = vec![0.0; self.places.at.len()];
        let rows = self.places.rows();
        let mut bands = Vec::with_capacity(BANDS);
        let mut rest = sums.as_mut_slice();
        for band in 0..BANDS {
            let rows = rows * band / BANDS..rows * (band + 1) / BANDS;
            let (own, others) = rest.split_at_mut(self.places.in_rows(rows.clone()).len());
            bands.push((rows, own));
            rest = others;
        }
        bands.into_par_iter().for_each(|(rows, sums)| {
            let first = self.places.in_rows(rows.clone()).start;
            for (facility, &value) in self.facilities.iter().zip(values) {
                if value == 0.0 {
                    continue;
                }
                self.around(facility, &rows, squared, |places, weights| {
                    let own = &mut sums[places.start - first..places.end - first];
                    for (sum, weight) in own.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                });
            }
        });
        sums
    }

    /// Calls `visit` with places of the rows of cells, at most [`BATCH`] at a time, and the weight of each.
    fn around(
        &self,
        facility: &Facility,
        rows: &Range<usize>,
        squared: bool,
        mut visit: impl FnMut(Range<usize>, &[f64]),
    ) {
        let Some(envelope) = &facility.envelope else {
            return;
        };
        let within_m = self.catchment.within_m;
        let mut weights = [0.0; BATCH];
        for cells in self.places.rows_around(envelope, within_m, rows) {
            let places = self.places.in_row_around(envelope, within_m, cells);
            for first in places.clone().step_by(BATCH) {
                let batch = first..places.end.min(first + BATCH);
                let weights = &mut weights[..batch.len()];
                self.measure(facility, &self.places.at[batch.clone()], weights);
                self.catchment.weigh(weights);
                if squared {
                    weights.iter_mut().for_each(|weight| *weight *= *weight);
                }
                visit(batch, weights);
            }
        }
    }

    /// Squared distances from places to a facility.
    fn measure(&self, facility: &Facility, places: &[Metric], squared: &mut [f64]) {
        for (squared, place) in squared.iter_mut().zip(places) {
            *squared = match facility.point {
                Some(point) => point.distance_squared(*place),
                None => self.layer.distance_squared(facility.row, *place),
            };
        }
    }

    fn in_cell_order(&self, weights: &[f64]) -> Vec<f64> {
        let weight = |&number: &u32| counted(weights[number as usize]);
        self.places.numbers.iter().map(weight).collect()
    }

    fn in_given_order(&self, values: &[f64]) -> Vec<Option<f64>> {
        let mut given = vec![None; self.count];
        for (&number, &value) in self.places.numbers.iter().zip(values) {
            given[number as usize] = Some(value);
        }
        given
    }
}

/// A number that counts: itself, or zero where it is negative, infinite or none.
fn counted(number: f64) -> f64 {
    if number.is_finite() && number > 0.0 {
        number
    } else {
        0.0
    }
}

fn ratios(capacities: &[f64], demand: &[f64]) -> Vec<f64> {
    let ratio = |(capacity, demand): (&f64, &f64)| ratio(counted(*capacity), *demand);
    capacities.iter().zip(demand).map(ratio).collect()
}

/// The quotient; zero where the denominator is.
fn ratio(numerator: f64, denominator: f64) -> f64 {
    if denominator > 0.0 {
        numerator / denominator
    } else {
        0.0
    }
}
