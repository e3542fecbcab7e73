//! Lengths and areas inside a territory (A11, C3, C7): what of lines and polygons its border cuts out.

use std::sync::Arc;

use super::exact_sum::ExactSum;
use super::partial::{Mean, merge_levels};
use super::{Figure, LevelFigures, Operation, RollUp, Selection, Swap};
use crate::layer::Layer;
use crate::overlay::{Parts, covered_areas};
use crate::territory::Territory;

/// How much of lines or polygons lies in each territory.
#[derive(Clone, Debug)]
pub struct Clipped {
    /// The lines or polygons.
    pub of: Selection,
    /// What is measured.
    pub extent: Extent,
}

/// What is measured of features inside a territory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Length of lines in metres; a stretch along a border counts once.
    Length,
    /// Area of polygons in m²; polygons that overlap each count.
    Area,
    /// Area that polygons cover as a percentage of the territory's; where they overlap it counts once.
    Share,
}

impl Operation for Clipped {
    fn op(&self) -> &'static str {
        match self.extent {
            Extent::Length => "length",
            Extent::Area => "area",
            Extent::Share => "share_area",
        }
    }

    fn formula(&self) -> String {
        let layer = self.of.layer.id();
        match self.extent {
            Extent::Length => format!("length of {layer} inside the territory"),
            Extent::Area => format!("area of {layer} inside the territory"),
            Extent::Share => format!("area covered by {layer} / area of the territory × 100"),
        }
    }

    fn roll_up(&self) -> RollUp {
        match self.extent {
            Extent::Length | Extent::Area => RollUp::Sum,
            Extent::Share => RollUp::Ratio,
        }
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        vec![&self.of.layer]
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            of: swap.selection(&self.of),
            extent: self.extent,
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        let (layer, rows) = (&self.of.layer, self.of.rows.as_deref());
        let zones = territory.zones();
        match self.extent {
            Extent::Length => totals(territory, &zones.line_lengths(layer, rows)),
            Extent::Area => totals(territory, &zones.intersections(layer, rows)),
            Extent::Share => self.shares(territory),
        }
    }
}

impl Clipped {
    fn shares(&self, territory: &Territory) -> Vec<LevelFigures> {
        let finest = territory.levels()[0].layer();
        let covered = covered_areas(finest, None, &self.of.layer, self.of.rows.as_deref());
        let state = |(row, &covered): (usize, &f64)| {
            let (mut mean, area) = (Mean::default(), finest.area_m2(row));
            if area > 0.0 {
                mean.add(covered / area, area);
            }
            mean
        };
        let states: Vec<Mean> = covered.iter().enumerate().map(state).collect();
        merge_levels(territory, &states, |mean| mean.finish(100.0))
    }
}

fn totals(territory: &Territory, parts: &Parts) -> Vec<LevelFigures> {
    merge_levels(territory, &parts.sums(), |sum: &ExactSum| {
        Figure::of(Some(sum.total()))
    })
}
