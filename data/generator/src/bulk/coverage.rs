use geo_types::{Coord, LineString, Polygon};
use rand_chacha::ChaCha8Rng;

use super::{ORIGIN, SEED, SIDE_M, surveyed};
use crate::apportion::apportion;
use crate::plane::distance;
use crate::random::{between, stream};

/// Junctions nearer to each other than this share of a district's width are one.
const JUNCTION: f64 = 0.08;

/// An exact coverage of the square by `districts` polygons of about `vertices` vertices each.
///
/// Rows of unequal bricks: neighbours above and below meet in T-junctions, and every vertex on a common border is a
/// vertex of both, bit for bit. Borders wander like rivers; the outside is the square. Rings are counter-clockwise
/// and valid. Cost O(`districts` × `vertices`).
pub fn coverage(districts: usize, vertices: usize) -> Vec<Polygon> {
    let rows = (districts as f64).sqrt().round().max(1.0) as usize;
    let widths: Vec<usize> = apportion(districts as u64, &vec![1.0; rows])
        .into_iter()
        .map(|n| n as usize)
        .collect();
    let mut rng = stream(SEED, "bulk coverage");
    let cuts: Vec<Vec<f64>> = widths
        .iter()
        .enumerate()
        .map(|(row, &n)| cuts(row, n, &mut rng))
        .collect();
    let height_m = SIDE_M / rows as f64;
    let typical_m = 2.0 * (height_m + SIDE_M * rows as f64 / districts.max(1) as f64);
    let step_m = 0.98 * typical_m / vertices.max(4) as f64;
    let lines: Vec<Line> = (0..=rows)
        .map(|i| Line::new(i, &cuts, height_m, step_m, &mut rng))
        .collect();
    let mut polygons = Vec::with_capacity(districts);
    for (row, cuts) in cuts.iter().enumerate() {
        polygons.extend(bricks(cuts, &lines[row], &lines[row + 1], step_m, &mut rng));
    }
    polygons
}

/// Where a row is cut into `count` bricks, both ends included. Odd rows stand half a brick aside.
fn cuts(row: usize, count: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let aside = if row.is_multiple_of(2) { 0.22 } else { -0.22 };
    let inner = |k: usize| (k as f64 + aside + between(rng, -0.12, 0.12)) / count as f64 * SIDE_M;
    let mut cuts = vec![0.0];
    cuts.extend((1..count).map(inner));
    cuts.push(SIDE_M);
    cuts
}

/// The border between two rows, from west to east.
struct Line {
    /// Where the junctions of either row are, ascending; near ones share a place.
    joints: Vec<f64>,
    /// The vertices, and for each junction the number of its vertex.
    path: Vec<Coord>,
    starts: Vec<usize>,
}

impl Line {
    fn new(
        number: usize,
        cuts: &[Vec<f64>],
        height_m: f64,
        step_m: f64,
        rng: &mut ChaCha8Rng,
    ) -> Self {
        let below = number.checked_sub(1).and_then(|row| cuts.get(row));
        let above = cuts.get(number);
        let outer = below.is_none() || above.is_none();
        let mut joints: Vec<f64> = below.into_iter().chain(above).flatten().copied().collect();
        joints.sort_by(f64::total_cmp);
        let bricks = below.or(above).map_or(1, |cuts| cuts.len() - 1);
        let places = places(&joints, JUNCTION * SIDE_M / bricks as f64);
        let (mut path, mut starts) = (Vec::new(), Vec::new());
        for (i, &x) in places.iter().enumerate() {
            if i > 0 && x == places[i - 1] {
                starts.push(starts[i - 1]);
                continue;
            }
            let still = outer || x <= 0.0 || x >= SIDE_M;
            let aside = if still {
                0.0
            } else {
                between(rng, -0.08, 0.08)
            };
            let junction = surveyed(
                ORIGIN
                    + Coord {
                        x,
                        y: (number as f64 + aside) * height_m,
                    },
            );
            if let Some(&last) = path.last() {
                wander(last, junction, step_m, !outer, rng, &mut path);
            }
            starts.push(path.len());
            path.push(junction);
        }
        Self {
            joints,
            path,
            starts,
        }
    }

    /// The number of the vertex where a cut meets the line.
    fn vertex(&self, cut: f64) -> usize {
        let joint = self.joints.partition_point(|&x| x < cut);
        self.starts[joint.min(self.starts.len() - 1)]
    }
}

/// The junctions' places: a junction near the one before takes its place, but the ends of the line stay.
fn places(joints: &[f64], near_m: f64) -> Vec<f64> {
    let mut places: Vec<f64> = Vec::with_capacity(joints.len());
    for &x in joints {
        let place = match places.last() {
            Some(&last) if x - last < near_m && x < SIDE_M => last,
            _ => x,
        };
        places.push(place);
    }
    places
}

/// The polygons of a row, from west to east.
fn bricks(
    cuts: &[f64],
    south: &Line,
    north: &Line,
    step_m: f64,
    rng: &mut ChaCha8Rng,
) -> Vec<Polygon> {
    let mut side = |cut: f64| {
        let (from, to) = (south.path[south.vertex(cut)], north.path[north.vertex(cut)]);
        let mut between = Vec::new();
        wander(
            from,
            to,
            step_m,
            cut > 0.0 && cut < SIDE_M,
            rng,
            &mut between,
        );
        between
    };
    let sides: Vec<Vec<Coord>> = cuts.iter().map(|&cut| side(cut)).collect();
    let brick = |k: usize| {
        let (west, east) = (cuts[k], cuts[k + 1]);
        let mut ring = south.path[south.vertex(west)..=south.vertex(east)].to_vec();
        ring.extend(&sides[k + 1]);
        ring.extend(
            north.path[north.vertex(west)..=north.vertex(east)]
                .iter()
                .rev(),
        );
        ring.extend(sides[k].iter().rev());
        ring.push(ring[0]);
        Polygon::new(LineString::new(ring), Vec::new())
    };
    (0..cuts.len() - 1).map(brick).collect()
}

/// Appends the inner vertices of a border from `from` to `to`, one about every `step_m`.
///
/// Midpoint displacement: each half is moved aside less than the whole, by a factor of 0.4, so that the border stays
/// within 25° of its chord and two borders that meet at a right angle never cross.
fn wander(
    from: Coord,
    to: Coord,
    step_m: f64,
    freely: bool,
    rng: &mut ChaCha8Rng,
    path: &mut Vec<Coord>,
) {
    let pieces = (distance(from, to) / step_m).round().max(1.0) as usize;
    let chord = to - from;
    let normal = Coord {
        x: -chord.y,
        y: chord.x,
    } * if freely { 0.045 } else { 0.0 };
    let mut aside = vec![0.0; pieces + 1];
    displace(&mut aside, 0, pieces, 1.0, rng);
    let vertex = |i: usize| surveyed(from + chord * (i as f64 / pieces as f64) + normal * aside[i]);
    path.extend((1..pieces).map(vertex));
}

fn displace(aside: &mut [f64], first: usize, last: usize, scale: f64, rng: &mut ChaCha8Rng) {
    if last - first < 2 {
        return;
    }
    let middle = usize::midpoint(first, last);
    let share = (middle - first) as f64 / (last - first) as f64;
    let straight = aside[first] + (aside[last] - aside[first]) * share;
    aside[middle] = straight + scale * between(rng, -1.0, 1.0);
    displace(aside, first, middle, 0.4 * scale, rng);
    displace(aside, middle, last, 0.4 * scale, rng);
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::{Area, Validation};
    use std::collections::HashMap;

    /// How often each undirected edge is walked.
    fn edges(polygons: &[Polygon]) -> HashMap<[u64; 4], (u32, Coord, Coord)> {
        let mut edges = HashMap::new();
        for line in polygons.iter().flat_map(|p| p.exterior().lines()) {
            let (a, b) = (line.start, line.end);
            let (a, b) = if (a.x, a.y) < (b.x, b.y) {
                (a, b)
            } else {
                (b, a)
            };
            let key = [a.x.to_bits(), a.y.to_bits(), b.x.to_bits(), b.y.to_bits()];
            edges.entry(key).or_insert((0, a, b)).0 += 1;
        }
        edges
    }

    fn on_rim(a: Coord, b: Coord) -> bool {
        let far = ORIGIN
            + Coord {
                x: SIDE_M,
                y: SIDE_M,
            };
        [ORIGIN.x, far.x].iter().any(|&x| a.x == x && b.x == x)
            || [ORIGIN.y, far.y].iter().any(|&y| a.y == y && b.y == y)
    }

    #[test]
    fn every_inner_edge_has_two_sides_bit_for_bit() {
        for count in [1, 2, 3, 17, 280] {
            let polygons = coverage(count, 60);
            assert_eq!(polygons.len(), count);
            for (sides, a, b) in edges(&polygons).into_values() {
                assert_eq!(sides, if on_rim(a, b) { 1 } else { 2 }, "{a:?} {b:?}");
            }
        }
    }

    #[test]
    fn polygons_are_valid_and_fill_the_square() {
        let polygons = coverage(280, 108);
        let sum: f64 = polygons.iter().map(Area::signed_area).sum();
        assert!(polygons.iter().all(Validation::is_valid));
        assert!((sum / (SIDE_M * SIDE_M) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn the_median_polygon_has_the_vertices_asked_for() {
        let mut counts: Vec<usize> = coverage(280, 108)
            .iter()
            .map(|p| p.exterior().0.len())
            .collect();
        counts.sort_unstable();
        assert!((98..=118).contains(&counts[140]), "{}", counts[140]);
    }

    #[test]
    fn large_coverages_stay_valid() {
        assert!(coverage(3_000, 20).iter().all(Validation::is_valid));
    }
}
