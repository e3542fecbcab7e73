//! Polygons divided by the points in them.

use rayon::prelude::*;

use super::parts::Parts;
use super::zones::Zones;
use crate::layer::Layer;
use crate::number::narrow;

impl Zones {
    /// Each polygon of `source` divided among the zones by the points of another layer within it (B6): dwellings,
    /// addresses.
    ///
    /// Of `rows`, all without. A point counts with its `weight` (by row; `None`, zero and what is not a positive number
    /// leave it out) in the zone that holds its anchor and in every polygon that contains it, by the half-open rule; a
    /// polygon has in all the weight of its points, inside zones or not. A polygon without points is divided by area,
    /// and says so ([`Parts::is_fallback`]). Cost O(log n + k) for a point in k boxes of polygons, plus
    /// [`intersections`](Self::intersections).
    pub fn points_within(
        &self,
        source: &Layer,
        rows: Option<&[u32]>,
        points: &Layer,
        weight: impl Fn(usize) -> Option<f64> + Sync,
    ) -> Parts {
        let by_area = self.intersections(source, rows);
        let mut positions = vec![None; source.len()];
        (0..by_area.len())
            .for_each(|position| positions[by_area.row(position)] = Some(narrow(position)));
        let of_point = |point: usize| {
            let (at, mut within) = (points.anchor(point), vec![]);
            let weight = weight(point).filter(|weight| *weight > 0.0 && weight.is_finite());
            if let Some(weight) = weight {
                let zone = self.locate(at).map_or(u32::MAX, narrow);
                let around = [at.x_m, at.y_m, at.x_m, at.y_m];
                source.metric_index().search(around, |row| {
                    if let Some(position) = positions[row]
                        && source.contains(row, at)
                    {
                        within.push((position, zone, weight));
                    }
                });
            }
            within
        };
        let mut weights: Vec<(u32, u32, f64)> = (0..points.len())
            .into_par_iter()
            .flat_map_iter(of_point)
            .collect();
        // Stable, so that equal pairs stay in the order of the points.
        weights.par_sort_by_key(|&(position, zone, _)| (position, zone));
        let mut divided = Parts::new(self.layer().len());
        let (mut rest, mut parts) = (weights.as_slice(), vec![]);
        for position in 0..by_area.len() {
            let count = rest.partition_point(|point| point.0 as usize <= position);
            let (own, others) = rest.split_at(count);
            rest = others;
            parts.clear();
            if own.is_empty() {
                let areas = by_area.of(position);
                parts.extend(areas.map(|part| (narrow(part.zone), part.amount)));
                divided.push(
                    narrow(by_area.row(position)),
                    by_area.total(position),
                    &mut parts,
                    true,
                );
                continue;
            }
            let sum = |points: &[(u32, u32, f64)]| points.iter().map(|point| point.2).sum();
            let zones = own
                .chunk_by(|a, b| a.1 == b.1)
                .filter(|same| same[0].1 != u32::MAX);
            parts.extend(zones.map(|same| (same[0].1, sum(same))));
            divided.push(narrow(by_area.row(position)), sum(own), &mut parts, false);
        }
        divided
    }
}
