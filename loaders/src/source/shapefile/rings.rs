//! The rings of a polygon record → polygons with holes.
//!
//! A shapefile lists rings without saying what belongs together: exteriors run clockwise, holes the other way, and a
//! hole belongs to the smallest exterior around it.

use crate::source::draft::Draft;

type Ring = Vec<[f64; 2]>;

/// Edges and boxes that may be looked at for every vertex of a record.
const TESTS_PER_VERTEX: usize = 1_000;

/// Drafts polygons in the order of their exteriors, each followed by its holes in the order of the file. False when
/// there were too many rings to look for the exterior around every hole.
pub(super) fn draft(rings: &[Ring], draft: &mut Draft) -> bool {
    // Work in proportion to the size of the record, whatever its rings are like.
    let mut budget = rings
        .iter()
        .map(Vec::len)
        .sum::<usize>()
        .saturating_mul(TESTS_PER_VERTEX);
    for polygon in polygons(rings, &mut budget) {
        for ring in polygon {
            rings[ring]
                .iter()
                .for_each(|&[x, y]| draft.coordinate(x, y));
            draft.end_ring();
        }
        draft.end_part();
    }
    budget > 0
}

/// Numbers of the rings of each polygon, the exterior first.
fn polygons(rings: &[Ring], budget: &mut usize) -> Vec<Vec<usize>> {
    let areas: Vec<f64> = rings.iter().map(|ring| signed_area(ring)).collect();
    let mut polygons: Vec<Vec<usize>> = vec![];
    let mut exteriors: Vec<Exterior> = vec![];
    // Where no ring runs clockwise the file has them all the wrong way round.
    let turned = !areas.iter().any(|area| *area < 0.0);
    for (number, area) in areas.iter().enumerate() {
        if *area < 0.0 || turned {
            exteriors.push(Exterior {
                polygon: polygons.len(),
                ring: number,
                area: area.abs(),
                bounds: bounds(&rings[number]),
            });
            polygons.push(vec![number]);
        }
    }
    exteriors.sort_by(|a, b| a.area.total_cmp(&b.area));
    let holes = (0..rings.len()).filter(|&number| areas[number] >= 0.0 && !turned);
    for hole in holes {
        let around = match *budget {
            0 => Some(
                polygons
                    .partition_point(|polygon| polygon[0] < hole)
                    .saturating_sub(1),
            ),
            _ => polygon_around(&rings[hole], areas[hole], rings, &exteriors, budget),
        };
        match around {
            Some(polygon) => polygons[polygon].push(hole),
            None => polygons.push(vec![hole]),
        }
    }
    polygons
}

struct Exterior {
    polygon: usize,
    ring: usize,
    area: f64,
    bounds: [f64; 4],
}

/// The polygon with the smallest exterior around a hole; the only one there is without looking.
fn polygon_around(
    hole: &Ring,
    area: f64,
    rings: &[Ring],
    exteriors: &[Exterior],
    budget: &mut usize,
) -> Option<usize> {
    if let [only] = exteriors {
        return Some(only.polygon);
    }
    let inner = bounds(hole);
    let mut around = |exterior: &&Exterior| {
        let outer = exterior.bounds;
        let fits = outer[0] <= inner[0]
            && outer[1] <= inner[1]
            && outer[2] >= inner[2]
            && outer[3] >= inner[3];
        let cost = if fits {
            rings[exterior.ring].len() * VERTICES_LOOKED_AT
        } else {
            1
        };
        *budget = budget.saturating_sub(cost);
        fits && surrounds(&rings[exterior.ring], hole)
    };
    let larger = exteriors.partition_point(|exterior| exterior.area < area);
    exteriors[larger..]
        .iter()
        .find(|exterior| around(exterior))
        .map(|exterior| exterior.polygon)
}

const VERTICES_LOOKED_AT: usize = 5;

/// Whether most of a few vertices of `hole` lie in `ring`; one may lie on its border.
fn surrounds(ring: &Ring, hole: &Ring) -> bool {
    let step = hole.len().div_ceil(VERTICES_LOOKED_AT).max(1);
    let sample: Vec<_> = hole.iter().step_by(step).collect();
    let inside = sample.iter().filter(|at| contains(ring, ***at)).count();
    inside * 2 > sample.len()
}

/// Even-odd rule.
fn contains(ring: &Ring, [x, y]: [f64; 2]) -> bool {
    let crosses = |pair: &&[[f64; 2]]| {
        let [[x0, y0], [x1, y1]] = [pair[0], pair[1]];
        (y0 > y) != (y1 > y) && x < (x1 - x0) * (y - y0) / (y1 - y0) + x0
    };
    ring.windows(2).filter(crosses).count() % 2 == 1
}

/// Shoelace formula around the first vertex, which keeps the products small; positive counterclockwise.
fn signed_area(ring: &[[f64; 2]]) -> f64 {
    let Some(&[x, y]) = ring.first() else {
        return 0.0;
    };
    let cross = |pair: &[[f64; 2]]| {
        (pair[0][0] - x) * (pair[1][1] - y) - (pair[1][0] - x) * (pair[0][1] - y)
    };
    ring.windows(2).map(cross).sum::<f64>() / 2.0
}

fn bounds(ring: &[[f64; 2]]) -> [f64; 4] {
    let empty = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    ring.iter().fold(empty, |b, c| {
        [
            b[0].min(c[0]),
            b[1].min(c[1]),
            b[2].max(c[0]),
            b[3].max(c[1]),
        ]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f64, y: f64, side: f64, clockwise: bool) -> Ring {
        let mut ring = vec![
            [x, y],
            [x, y + side],
            [x + side, y + side],
            [x + side, y],
            [x, y],
        ];
        if !clockwise {
            ring.reverse();
        }
        ring
    }

    #[test]
    fn a_hole_goes_to_the_smallest_exterior_around_it() {
        let rings = [
            square(0., 0., 100., true),
            square(20., 20., 10., true),
            square(10., 10., 50., false),
            square(22., 22., 2., false),
        ];
        assert_eq!(polygons(&rings, &mut 1_000), [vec![0, 2], vec![1, 3]]);
    }

    #[test]
    fn rings_that_all_run_the_wrong_way_are_exteriors() {
        let rings = [square(0., 0., 1., false), square(5., 0., 1., false)];
        assert_eq!(polygons(&rings, &mut 1_000), [vec![0], vec![1]]);
    }

    #[test]
    fn a_hole_outside_of_everything_stands_by_itself() {
        let rings = [
            square(0., 0., 1., true),
            square(5., 0., 1., true),
            square(50., 0., 1., false),
        ];
        assert_eq!(polygons(&rings, &mut 1_000), [vec![0], vec![1], vec![2]]);
    }

    #[test]
    fn without_budget_a_hole_goes_to_the_exterior_before_it() {
        let rings = [
            square(0., 0., 9., true),
            square(2., 2., 1., false),
            square(20., 0., 9., true),
            square(3., 3., 1., false),
        ];
        assert_eq!(polygons(&rings, &mut 0), [vec![0, 1], vec![2, 3]]);
    }

    #[test]
    fn a_hole_that_touches_its_exterior_is_still_a_hole() {
        let touching = vec![[0., 5.], [4., 3.], [4., 7.], [0., 5.]];
        let rings = [
            square(0., 0., 10., true),
            square(20., 0., 10., true),
            touching,
        ];
        assert_eq!(polygons(&rings, &mut 1_000), [vec![0, 2], vec![1]]);
    }
}
