//! Zones that features are divided among.

use crate::number::narrow;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;

use super::bounds::Bounds;
use super::grid::{EdgeGrid, origin_of};
use super::measure::{Tally, covered, intersect, intersect_covered};
use super::parts::Parts;
use super::segment::{Segment, bounds_of, outline};
use crate::layer::Layer;
use crate::locate::Locator;
use crate::space::Metric;

/// Features per task: fixed, so that no sum depends on the number of threads.
const CHUNK: usize = 512;
/// Areas below this share of a feature's box are rounding.
const AREA_ROUNDING: f64 = 1e-12;

/// The polygons of a layer, prepared once to have any other layer divided among them.
///
/// Meant for a partition, such as the finest level of a territory; gaps and overlaps are measured as they are. Built in
/// O(edges + cells).
#[derive(Debug)]
pub struct Zones {
    layer: Arc<Layer>,
    pub(super) origin: Metric,
    pub(super) grid: EdgeGrid,
    locator: OnceLock<Locator>,
}

impl Zones {
    /// Prepares the polygons of a layer.
    pub fn new(layer: Arc<Layer>) -> Self {
        let origin = origin_of(&layer);
        Self {
            grid: EdgeGrid::build(&layer, None, origin),
            layer,
            origin,
            locator: OnceLock::new(),
        }
    }

    /// The layer.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.layer
    }

    /// The zone that holds a point: one at most, by the half-open rule.
    pub fn locate(&self, point: Metric) -> Option<usize> {
        self.locator
            .get_or_init(|| Locator::build(&self.layer))
            .locate(&self.layer, point)
    }

    /// Area in m² of each polygon of `source` in each zone.
    ///
    /// Of `rows`, all without. Areas are exact but for rounding, about 10⁻¹³ of a feature's box; parts below 10⁻¹² of it
    /// are none. Rings count by their role, as in [`Layer::area_m2`], and polygons that cross themselves by their
    /// signed area. Features that overlap are each measured on their own. What has no area stands whole, with nothing of
    /// it, in the zone of its anchor. Cost O(v) for a feature without a border in its cells; elsewhere nearly linear in
    /// the vertices and borders there. On all threads, with the same bits on any number of them.
    pub fn intersections(&self, source: &Layer, rows: Option<&[u32]>) -> Parts {
        self.divide_areas(source, rows, |feature, tally, room| {
            self.by_area(feature, tally, room);
            Some(feature.area_m2)
        })
    }

    fn by_area(&self, feature: &Feature<'_>, tally: &mut Tally, room: &mut Room) {
        let window = self.grid.window(feature.bounds);
        if window.entries() == 0 {
            let whole = feature.area_m2;
            window
                .cover()
                .for_each(|(zone, times)| tally.add(zone, whole * times));
        } else {
            feature.outline(self.origin, &mut room.outline);
            intersect(&room.outline, feature.bounds, &self.grid, tally);
        }
    }

    /// Area in m² of each polygon of `source` in each zone as far as a polygon of `mask` covers it.
    ///
    /// Where polygons of the mask overlap, they count once. A feature that the mask leaves nothing of is divided as
    /// without a mask, and says so ([`Parts::is_fallback`]). Rows, accuracy and cost as for
    /// [`intersections`](Self::intersections); plus building the mask, O(its edges), and O(k³) where a border of a zone
    /// and k of the mask meet in one cell.
    pub fn masked_intersections(
        &self,
        source: &Layer,
        rows: Option<&[u32]>,
        mask: &Layer,
        mask_rows: Option<&[u32]>,
    ) -> Parts {
        let mask = EdgeGrid::build(mask, mask_rows, self.origin);
        self.divide_areas(source, rows, |feature, tally, room| {
            feature.outline(self.origin, &mut room.outline);
            let total = covered(&room.outline, feature.bounds, &mask, &mut room.numbers);
            if total <= feature.rounding_m2() {
                self.by_area(feature, tally, room);
                return None;
            }
            intersect_covered(&room.outline, feature.bounds, &self.grid, &mask, tally);
            Some(total)
        })
    }

    /// Divides polygons by `measure`, which fills the tally and says what the feature has in all; `None`: it was divided
    /// by area for want of anything else.
    fn divide_areas(
        &self,
        source: &Layer,
        rows: Option<&[u32]>,
        measure: impl Fn(&Feature<'_>, &mut Tally, &mut Room) -> Option<f64> + Sync,
    ) -> Parts {
        let count = self.layer.len();
        let state = || (Tally::new(count), Room::default(), vec![]);
        divide(
            source,
            rows,
            count,
            state,
            |row, (tally, room, parts), into| {
                let Some(feature) = Feature::of(source, row as usize, self.origin) else {
                    parts.clear();
                    let home = self.locate(source.anchor(row as usize));
                    parts.extend(home.map(|zone| (narrow(zone), 0.0)));
                    into.push(row, 0.0, parts, false);
                    return;
                };
                let total = measure(&feature, tally, room);
                tally.drain(feature.rounding_m2(), parts);
                into.push(
                    row,
                    total.unwrap_or(feature.area_m2),
                    parts,
                    total.is_none(),
                );
            },
        )
    }
}

/// The parts of all selected features in the order of `rows`, where `one` adds those of a row. Each task has a `state` to
/// work with.
pub(super) fn divide<S>(
    source: &Layer,
    rows: Option<&[u32]>,
    zone_count: usize,
    state: impl Fn() -> S + Sync + Send,
    one: impl Fn(u32, &mut S, &mut Parts) + Sync + Send,
) -> Parts {
    let all: Vec<u32>;
    let rows = if let Some(rows) = rows {
        rows
    } else {
        all = (0..narrow(source.len())).collect();
        &all
    };
    let of_chunk = |state: &mut S, rows: &[u32]| {
        let mut parts = Parts::new(zone_count);
        rows.iter().for_each(|&row| one(row, state, &mut parts));
        parts
    };
    let chunks: Vec<Parts> = rows.par_chunks(CHUNK).map_init(state, of_chunk).collect();
    let mut all = Parts::new(zone_count);
    chunks.iter().for_each(|chunk| all.append(chunk));
    all
}

/// Room to write into, used again from feature to feature.
#[derive(Default)]
struct Room {
    outline: Vec<Segment>,
    numbers: Vec<u32>,
}

/// A polygon feature that is being divided.
struct Feature<'a> {
    layer: &'a Layer,
    row: usize,
    bounds: Bounds,
    area_m2: f64,
}

impl<'a> Feature<'a> {
    /// None where there is no area.
    fn of(layer: &'a Layer, row: usize, origin: Metric) -> Option<Self> {
        let feature = Self {
            layer,
            row,
            bounds: bounds_of(layer, row, origin)?,
            area_m2: layer.area_m2(row),
        };
        (feature.area_m2 > feature.rounding_m2()).then_some(feature)
    }

    fn outline(&self, origin: Metric, segments: &mut Vec<Segment>) {
        outline(self.layer, self.row, origin, segments);
    }

    /// Areas not above this are none.
    fn rounding_m2(&self) -> f64 {
        AREA_ROUNDING * self.bounds.width() * self.bounds.height()
    }
}

/// Area in m² of each polygon of `source` that at least one polygon of `mask` covers: overlapping ones count once, so it
/// is never more than the polygon has.
///
/// Of `rows` and `mask_rows`, all without; in the order of `rows`. Zero for what is no polygon. With the territories as
/// `source`, divided by their areas, it is their share of a land use or a hazard zone; sums of covered and of whole areas
/// go up the hierarchy. Cost as for [`Zones::masked_intersections`].
pub fn covered_areas(
    source: &Layer,
    rows: Option<&[u32]>,
    mask: &Layer,
    mask_rows: Option<&[u32]>,
) -> Vec<f64> {
    let origin = origin_of(source);
    let mask = EdgeGrid::build(mask, mask_rows, origin);
    let measure = |room: &mut Room, row: u32| {
        let Some(feature) = Feature::of(source, row as usize, origin) else {
            return 0.0;
        };
        feature.outline(origin, &mut room.outline);
        let covered = covered(&room.outline, feature.bounds, &mask, &mut room.numbers);
        let rounding_m2 = feature.rounding_m2();
        if covered <= rounding_m2 {
            0.0
        } else if covered >= feature.area_m2 - rounding_m2 {
            feature.area_m2
        } else {
            covered
        }
    };
    match rows {
        Some(rows) => (rows.par_iter())
            .map_init(Room::default, |room, &row| measure(room, row))
            .collect(),
        None => (0..narrow(source.len()))
            .into_par_iter()
            .map_init(Room::default, measure)
            .collect(),
    }
}
