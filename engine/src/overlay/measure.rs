//! Areas that an outline has in common with the polygons of a grid.
//!
//! A large outline is halved until few edges meet few edges, so the cost is nearly linear in both. Two ways to measure
//! what remains: one integral per pair of edges, which is all that the plain intersection needs, and a sweep over
//! strips without crossings ([`sweep`](super::sweep)), where polygons that overlap must count once.

use super::bounds::Bounds;
use super::grid::{EdgeGrid, Window};
use super::segment::{Segment, area, area_above, clip};
use super::sweep::sweep;

/// Pairs of edges that are measured without halving.
const PAIRS_MAX: usize = 4096;
/// Edges that are swept without halving.
const SWEPT_MAX: usize = 64;

/// Amounts by zone, and what measuring needs to write into. Reused from feature to feature.
#[derive(Debug, Default)]
pub(super) struct Tally {
    amounts: Vec<f64>,
    touched: Vec<u32>,
    numbers: Vec<u32>,
}

impl Tally {
    pub(super) fn new(zones: usize) -> Self {
        Self {
            amounts: vec![0.0; zones],
            ..Self::default()
        }
    }

    pub(super) fn add(&mut self, zone: u32, amount: f64) {
        let into = &mut self.amounts[zone as usize];
        if *into == 0.0 {
            self.touched.push(zone);
        }
        *into += amount;
    }

    /// Moves the amounts above `least` to `parts`, by ascending zone, and is empty again.
    pub(super) fn drain(&mut self, least: f64, parts: &mut Vec<(u32, f64)>) {
        parts.clear();
        self.touched.sort_unstable();
        self.touched.dedup();
        for zone in self.touched.drain(..) {
            let amount = std::mem::take(&mut self.amounts[zone as usize]);
            if amount > least {
                parts.push((zone, amount));
            }
        }
    }
}

/// Adds the area in m² that each zone has in common with an outline.
pub(super) fn intersect(outline: &[Segment], bounds: Bounds, zones: &EdgeGrid, tally: &mut Tally) {
    if outline.is_empty() {
        return;
    }
    let window = zones.window(bounds);
    let entries = window.entries();
    if entries == 0 {
        let all = area(outline, bounds.y1);
        window
            .cover()
            .for_each(|(zone, times)| tally.add(zone, all * times));
    } else if outline.len() * entries <= PAIRS_MAX || window.is_cell() {
        let mut numbers = std::mem::take(&mut tally.numbers);
        let all = area(outline, bounds.y1);
        window.visit_segments(&mut numbers, |border| {
            let above = match border.is_below(bounds) {
                true => all,
                false => area_above(outline, &border),
            };
            tally.add(border.feature, border.sign * above);
        });
        tally.numbers = numbers;
    } else {
        bounds
            .halves()
            .into_iter()
            .for_each(|half| intersect(&clip(outline, half), half, zones, tally));
    }
}

/// Area in m² of an outline that at least one polygon of `mask` covers.
pub(super) fn covered(
    outline: &[Segment],
    bounds: Bounds,
    mask: &EdgeGrid,
    numbers: &mut Vec<u32>,
) -> f64 {
    if outline.is_empty() {
        return 0.0;
    }
    let window = mask.window(bounds);
    if window.entries() == 0 {
        return match window.cover().any(|(_, times)| times > 0.0) {
            true => area(outline, bounds.y1),
            false => 0.0,
        };
    }
    let Some(borders) = few(&[&window], outline.len(), numbers).map(|[borders]| borders) else {
        let halves = bounds.halves().into_iter();
        return halves
            .map(|half| covered(&clip(outline, half), half, mask, numbers))
            .sum();
    };
    if (borders.windows(2)).all(|pair| pair[0].feature == pair[1].feature) {
        let under = |border: &Segment| border.sign * area_above(outline, border);
        return borders.iter().map(under).sum();
    }
    let everywhere = Segment::flat(bounds.x1, bounds.x2, bounds.y1, 1.0, 0);
    let mut total = 0.0;
    sweep(outline, &borders, &[everywhere], |_, part| total += part);
    total
}

/// Adds the area in m² that each zone has in common with an outline where at least one polygon of `mask` covers it.
pub(super) fn intersect_covered(
    outline: &[Segment],
    bounds: Bounds,
    zones: &EdgeGrid,
    mask: &EdgeGrid,
    tally: &mut Tally,
) {
    if outline.is_empty() {
        return;
    }
    let (zone_window, mask_window) = (zones.window(bounds), mask.window(bounds));
    if mask_window.entries() == 0 {
        if mask_window.cover().any(|(_, times)| times > 0.0) {
            intersect(outline, bounds, zones, tally);
        }
        return;
    }
    let mut numbers = std::mem::take(&mut tally.numbers);
    if zone_window.entries() == 0 {
        let all = covered(outline, bounds, mask, &mut numbers);
        zone_window
            .cover()
            .for_each(|(zone, times)| tally.add(zone, all * times));
        tally.numbers = numbers;
        return;
    }
    let borders = few(&[&mask_window, &zone_window], outline.len(), &mut numbers);
    tally.numbers = numbers;
    match borders {
        Some([of_mask, of_zones]) => {
            sweep(outline, &of_mask, &of_zones, |zone, part| {
                tally.add(zone, part);
            });
        }
        None => bounds
            .halves()
            .into_iter()
            .for_each(|half| intersect_covered(&clip(outline, half), half, zones, mask, tally)),
    }
}

/// The segments in each window, where they are few enough to be swept with an outline of so many; none where the box
/// should be halved.
fn few<const N: usize>(
    windows: &[&Window<'_>; N],
    outline: usize,
    numbers: &mut Vec<u32>,
) -> Option<[Vec<Segment>; N]> {
    let entries: usize = windows.iter().map(|window| window.entries()).sum();
    if entries > 4 * SWEPT_MAX && !windows.iter().all(|window| window.is_cell()) {
        return None;
    }
    let segments = windows.map(|window| window.segments(numbers));
    let count: usize = segments.iter().map(Vec::len).sum();
    let small = windows.iter().all(|window| window.is_crumb());
    (outline + count <= SWEPT_MAX || small).then_some(segments)
}
