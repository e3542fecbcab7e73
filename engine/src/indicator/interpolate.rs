//! Areal interpolation (B1–B6): figures of other areas carried over to the territories.

use std::sync::Arc;

use super::exact_sum::ExactSum;
use super::partial::{Partial, merge_levels};
use super::{Figure, LevelFigures, Measure, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::overlay::{Parts, extensive, intensive, rates};
use crate::territory::Territory;

/// A column of polygons that are not the territories, carried over to them.
#[derive(Clone, Debug)]
pub struct Interpolate {
    /// The polygons and their column.
    pub of: Measure,
    /// Whether the column counts or measures.
    pub kind: Kind,
    /// What a polygon is divided by.
    pub division: Division,
}

/// Whether a column counts or measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It counts (persons): each territory has the share of each polygon that lies in it; the total is kept.
    Extensive,
    /// It measures (a density): each territory has the mean of the polygons by the area it shares with them.
    Intensive,
    /// It is a rate of what this column counts, by position: the mean by the count that each part has.
    Rate(usize),
}

/// What a polygon is divided among territories by.
#[derive(Clone, Debug)]
pub enum Division {
    /// Area.
    Area,
    /// Area inside the polygons of a mask; by whole area where the mask leaves nothing.
    Mask(Selection),
    /// Weight of the points within; by area where there are none.
    Points(Measure),
}

impl Operation for Interpolate {
    fn op(&self) -> &'static str {
        "interpolate"
    }

    fn formula(&self) -> String {
        let column = self.of.column_described();
        let by = match &self.division {
            Division::Area => "area".to_owned(),
            Division::Mask(mask) => format!("area inside {}", mask.layer.id()),
            Division::Points(points) => points.described(),
        };
        match self.kind {
            Kind::Extensive => format!("{column}, divided by {by}"),
            Kind::Intensive => format!("mean of {column}, weighted by {by}"),
            Kind::Rate(count) => format!(
                "mean of {column}, weighted by {} divided by {by}",
                self.of.selection.layer.columns()[count].name()
            ),
        }
    }

    fn roll_up(&self) -> RollUp {
        match self.kind {
            Kind::Extensive => RollUp::Sum,
            Kind::Intensive | Kind::Rate(_) => RollUp::Mean,
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        let own = &self.of.selection.layer;
        match &self.division {
            Division::Area => vec![own],
            Division::Mask(mask) => vec![own, &mask.layer],
            Division::Points(points) => vec![own, &points.selection.layer],
        }
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        let division = match &self.division {
            Division::Area => Division::Area,
            Division::Mask(mask) => Division::Mask(swap.selection(mask)),
            Division::Points(points) => Division::Points(swap.measure(points)),
        };
        Arc::new(Self {
            of: swap.measure(&self.of),
            kind: self.kind,
            division,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let parts = self.parts(territory);
        let value = |row: usize| self.of.number(row);
        let mut states = self.spread(territory, &parts);
        match self.kind {
            Kind::Extensive => {
                let found = extensive(&parts, value);
                put(&mut states, found.zones, |state| &mut state.above);
            }
            Kind::Intensive => {
                let found = intensive(&parts, value);
                put(&mut states, found.weighted, |state| &mut state.above);
                put(&mut states, found.weights, |state| &mut state.below);
            }
            Kind::Rate(count) => {
                let column = &self.of.selection.layer.columns()[count];
                let found = rates(&parts, value, |row| column.number(row));
                put(&mut states, found.weighted, |state| &mut state.above);
                put(&mut states, found.weights, |state| &mut state.below);
            }
        }
        merge_levels(territory, &states, |state| self.figure(state))
    }
}

impl Interpolate {
    fn parts(&self, territory: &Territory) -> Parts {
        let (zones, source) = (territory.zones(), &self.of.selection);
        let (layer, rows) = (&source.layer, source.rows.as_deref());
        match &self.division {
            Division::Area => zones.intersections(layer, rows),
            Division::Mask(mask) => {
                zones.masked_intersections(layer, rows, &mask.layer, mask.rows.as_deref())
            }
            Division::Points(points) => {
                let weight = |row: usize| match points.selection.contains(row) {
                    true => points.weight_of(row),
                    false => None,
                };
                zones.points_within(layer, rows, &points.selection.layer, weight)
            }
        }
    }

    /// How many parts each finest territory has, and how much of its area they cover.
    fn spread(&self, territory: &Territory, parts: &Parts) -> Vec<State> {
        let finest = territory.levels()[0].layer();
        let mut states: Vec<State> = (0..finest.len()).map(|_| State::default()).collect();
        for (row, state) in states.iter_mut().enumerate() {
            state.area.add(finest.area_m2(row));
        }
        for position in 0..parts.len() {
            let used = self.of.number(parts.row(position)).is_some();
            for part in parts.of(position) {
                let state = &mut states[part.zone];
                if used {
                    state.n += 1;
                    state.covered.add(part.amount);
                }
            }
        }
        states
    }

    fn figure(&self, state: &State) -> Figure {
        let figure = match self.kind {
            Kind::Extensive => Figure::of(Some(state.above.total())),
            Kind::Intensive | Kind::Rate(_) => {
                Figure::quotient(Some(state.above.total()), Some(state.below.total()), 1.0)
            }
        };
        // Overlapping polygons may cover a territory more than once.
        let share = (state.covered.total() / state.area.total()).min(1.0);
        let measured = matches!(self.division, Division::Area) && share.is_finite();
        Figure {
            n: state.n,
            covered: measured.then_some(share),
            ..figure
        }
    }
}

/// What is known of a territory: the sums of the value, and how much of the territory the source covers.
#[derive(Clone, Debug, Default)]
struct State {
    above: ExactSum,
    below: ExactSum,
    covered: ExactSum,
    area: ExactSum,
    n: u64,
}

impl Partial for State {
    fn merge(&mut self, other: &Self) {
        self.above.merge(&other.above);
        self.below.merge(&other.below);
        self.covered.merge(&other.covered);
        self.area.merge(&other.area);
        self.n += other.n;
    }
}

fn put(states: &mut [State], sums: Vec<ExactSum>, place: fn(&mut State) -> &mut ExactSum) {
    for (state, sum) in states.iter_mut().zip(sums) {
        *place(state) = sum;
    }
}
