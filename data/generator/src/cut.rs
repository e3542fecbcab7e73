//! Where to cut a face in two: the straight line that leaves two well-shaped parts.

use geo_types::Coord;
use rand::Rng;

use crate::mesh::Mesh;
use crate::plane::{self, angle_cosine, area, compactness, contains, crosses, distance};
use crate::random::{between, normal};

/// Lines tried per direction.
const OFFSETS: usize = 24;
/// How far a street may turn from its grid, as a tangent (about 1°).
const TURN: f64 = 0.018;
/// How far a street bends away from its chord, as a share of its length.
const BEND: f64 = 0.008;
/// The same in metres, for the longest.
const BEND_MAX_M: f64 = 14.0;

/// How faces are cut.
pub(crate) struct Knife<'a> {
    /// The direction of the street grid, a unit vector; cuts run along it or across it.
    pub(crate) along: Coord,
    /// An end nearer than this to a vertex moves onto it, so that streets meet instead of missing each other.
    pub(crate) snap_m: f64,
    /// Length of a straight piece of street; longer cuts bend a little. Infinite: never.
    pub(crate) straight_m: f64,
    /// What the parts share out: their area, or an expected population.
    pub(crate) mass: &'a dyn Fn(&[Coord]) -> f64,
}

/// One end of a cut: a vertex of the ring, or a place on the edge that follows vertex `after`.
#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Vertex(usize),
    Edge { after: usize, place: Coord },
}

/// A cut of a ring, and how many of the parts wanted fall to its left.
struct Cut {
    from: End,
    to: End,
    left: usize,
    /// Lower is better.
    cost: f64,
}

impl Knife<'_> {
    /// Cuts `face` until it is `parts` faces, or fewer where `whole(n)` keeps a face that was to become `n`.
    ///
    /// Returns each face with the number of parts that it stands for.
    pub(crate) fn divide<R: Rng>(
        &self,
        mesh: &mut Mesh,
        face: usize,
        parts: usize,
        rng: &mut R,
        whole: &mut impl FnMut(usize, &mut R) -> bool,
    ) -> Vec<(usize, usize)> {
        if parts < 2 || whole(parts, rng) {
            return vec![(face, parts)];
        }
        let Some(cut) = self.best(&mesh.ring(face), parts, rng) else {
            return vec![(face, parts)];
        };
        let other = self.apply(mesh, face, &cut, rng);
        let mut faces = self.divide(mesh, face, parts - cut.left, rng, whole);
        faces.extend(self.divide(mesh, other, cut.left, rng, whole));
        faces
    }

    /// Cuts the mesh; the new face lies to the left.
    fn apply(&self, mesh: &mut Mesh, face: usize, cut: &Cut, rng: &mut impl Rng) -> usize {
        let ring = mesh.ring(face);
        let vertices = mesh.vertices(face).to_vec();
        let mut resolve = |end: End| match end {
            End::Vertex(i) => vertices[i],
            End::Edge { after, place } => {
                let (a, b) = (vertices[after], vertices[(after + 1) % vertices.len()]);
                mesh.insert_on_edge(a, b, place).unwrap_or(a)
            }
        };
        let (from, to) = (resolve(cut.from), resolve(cut.to));
        let bends = bend(mesh.at(from), mesh.at(to), self.straight_m, rng);
        let bends = if stays_inside(&ring, mesh.at(from), &bends, mesh.at(to)) {
            bends
        } else {
            Vec::new()
        };
        mesh.split(face, from, &bends, to)
    }

    fn best(&self, ring: &[Coord], parts: usize, rng: &mut impl Rng) -> Option<Cut> {
        let across = Coord {
            x: -self.along.y,
            y: self.along.x,
        };
        let mut best: Option<Cut> = None;
        for grid in [self.along, across] {
            let direction = plane::turned(grid, TURN * normal(rng));
            for offset in offsets(ring, direction) {
                for (from, to) in self.chords(ring, direction, offset) {
                    let noise = between(rng, 0.0, 0.04);
                    let Some(mut cut) = self.weigh(ring, from, to, parts) else {
                        continue;
                    };
                    cut.cost += noise;
                    if best.as_ref().is_none_or(|b| cut.cost < b.cost) {
                        best = Some(cut);
                    }
                }
            }
        }
        best
    }

    /// The pieces of a line that lie inside the ring.
    fn chords(&self, ring: &[Coord], direction: Coord, offset: f64) -> Vec<(End, End)> {
        let side = |c: Coord| plane::cross(direction, c) - offset;
        let mut hits: Vec<(f64, End)> = Vec::new();
        for after in 0..ring.len() {
            let (a, b) = (ring[after], ring[(after + 1) % ring.len()]);
            let (da, db) = (side(a), side(b));
            if (da < 0.0) != (db < 0.0) {
                let place = a + (b - a) * (da / (da - db));
                hits.push((plane::dot(direction, place), self.snap(ring, after, place)));
            }
        }
        hits.sort_by(|a, b| a.0.total_cmp(&b.0));
        hits.chunks_exact(2)
            .map(|pair| (pair[0].1, pair[1].1))
            .collect()
    }

    fn snap(&self, ring: &[Coord], after: usize, place: Coord) -> End {
        let next = (after + 1) % ring.len();
        let (to_a, to_b) = (distance(place, ring[after]), distance(place, ring[next]));
        if to_a.min(to_b) > self.snap_m {
            End::Edge { after, place }
        } else if to_a < to_b {
            End::Vertex(after)
        } else {
            End::Vertex(next)
        }
    }

    /// The cost of a cut: unequal shares, slivers, sharp corners. `None` when the line does not cut the ring in two.
    fn weigh(&self, ring: &[Coord], from: End, to: End, parts: usize) -> Option<Cut> {
        let (right, left) = halves(ring, from, to)?;
        let (a, b) = (place(ring, from), place(ring, to));
        let clear = stays_inside(ring, a, &[], b) && area(&left) > 0.0 && area(&right) > 0.0;
        let (left_mass, right_mass) = ((self.mass)(&left), (self.mass)(&right));
        let total = left_mass + right_mass;
        if !clear || left_mass <= 0.0 || right_mass <= 0.0 {
            return None;
        }
        let count = ((parts as f64 * left_mass / total).round() as usize).clamp(1, parts - 1);
        let share = count as f64 / parts as f64;
        let unequal = (left_mass / total / share).max(right_mass / total / (1.0 - share)) - 1.0;
        let lopsided = (share - 0.5).abs();
        let cost = unequal + 0.5 * lopsided + shape_cost(&left) + shape_cost(&right);
        Some(Cut {
            from,
            to,
            left: count,
            cost,
        })
    }
}

/// Distances of the lines to try from the origin, measured across `direction`.
fn offsets(ring: &[Coord], direction: Coord) -> impl Iterator<Item = f64> + use<> {
    let sides = ring.iter().map(|&c| plane::cross(direction, c));
    let (low, high) = sides.fold((f64::MAX, f64::MIN), |(l, h), s| (l.min(s), h.max(s)));
    (0..OFFSETS)
        .map(move |k| low + (high - low) * (0.06 + 0.88 * (k as f64 + 0.5) / OFFSETS as f64))
}

fn place(ring: &[Coord], end: End) -> Coord {
    match end {
        End::Vertex(i) => ring[i],
        End::Edge { place, .. } => place,
    }
}

/// The rings to the right and to the left of a cut; `None` when both ends lie on one edge.
fn halves(ring: &[Coord], from: End, to: End) -> Option<(Vec<Coord>, Vec<Coord>)> {
    let right = walk(ring, from, to);
    let left = walk(ring, to, from);
    (right.len() > 2 && left.len() > 2).then_some((right, left))
}

/// The ring from one end to the other, counter-clockwise, both included.
fn walk(ring: &[Coord], from: End, to: End) -> Vec<Coord> {
    let n = ring.len();
    let first = match from {
        End::Vertex(i) => i,
        End::Edge { after, .. } => after,
    };
    let last = match to {
        End::Vertex(i) | End::Edge { after: i, .. } => i,
    };
    let mut path = vec![place(ring, from)];
    let mut i = first;
    while i != last {
        i = (i + 1) % n;
        path.push(ring[i]);
    }
    if let End::Edge { place, .. } = to {
        path.push(place);
    }
    path
}

/// Nothing for a square; much for a sliver or a sharp corner.
fn shape_cost(ring: &[Coord]) -> f64 {
    let compact = compactness(ring);
    let sharp = sharpest_cosine(ring);
    1.2 * (0.76 - compact).max(0.0) + 6.0 * (0.5 - compact).max(0.0) + 3.0 * (sharp - 0.45).max(0.0)
}

/// The cosine of the ring's sharpest inner angle: 0 for a right one, towards 1 for a needle.
fn sharpest_cosine(ring: &[Coord]) -> f64 {
    let n = ring.len();
    let corner = |i: usize| angle_cosine(ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]);
    (0..n).map(corner).fold(-1.0, f64::max)
}

/// Vertices of a street that is not quite straight: one every `straight_m`, and never far from the chord.
pub(crate) fn bend(from: Coord, to: Coord, straight_m: f64, rng: &mut impl Rng) -> Vec<Coord> {
    let along = to - from;
    let length_m = distance(from, to);
    let pieces = (length_m / straight_m).floor() as usize;
    let aside_m = between(rng, -1.0, 1.0) * (BEND * length_m).min(BEND_MAX_M);
    let aside = Coord {
        x: -along.y,
        y: along.x,
    } * (aside_m / length_m);
    let vertex = |k: usize| {
        let t = k as f64 / pieces as f64;
        let tremble = 1.0 + 0.15 * normal(rng);
        from + along * t + aside * (4.0 * t * (1.0 - t) * tremble)
    };
    (1..pieces).map(vertex).collect()
}

/// Whether a line between two places of a ring's boundary runs inside it and touches it nowhere else.
fn stays_inside(ring: &[Coord], from: Coord, bends: &[Coord], to: Coord) -> bool {
    let mut line = vec![from];
    line.extend(bends);
    line.push(to);
    let touches = |a: Coord, b: Coord| {
        (0..ring.len()).any(|i| crosses(a, b, ring[i], ring[(i + 1) % ring.len()]))
    };
    line.windows(2)
        .all(|w| !touches(w[0], w[1]) && contains(ring, (w[0] + w[1]) / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::stream;

    const SQUARE: [Coord; 4] = [
        Coord { x: 0.0, y: 0.0 },
        Coord { x: 1000.0, y: 0.0 },
        Coord {
            x: 1000.0,
            y: 800.0,
        },
        Coord { x: 0.0, y: 800.0 },
    ];

    fn knife(mass: &dyn Fn(&[Coord]) -> f64) -> Knife<'_> {
        Knife {
            along: Coord { x: 1.0, y: 0.0 },
            snap_m: 20.0,
            straight_m: 150.0,
            mass,
        }
    }

    #[test]
    fn a_face_becomes_as_many_parts_as_asked_and_they_add_up() {
        let mut mesh = Mesh::of(&SQUARE);
        let mut rng = stream(3, "cut");
        let parts = knife(&area).divide(&mut mesh, 0, 23, &mut rng, &mut |_, _| false);
        let sum: f64 = parts.iter().map(|&(face, _)| area(&mesh.ring(face))).sum();
        assert_eq!(parts.len(), 23);
        assert!((sum - 800_000.0).abs() < 1e-3);
    }

    #[test]
    fn no_part_is_a_sliver() {
        let mut mesh = Mesh::of(&SQUARE);
        let mut rng = stream(4, "cut");
        let parts = knife(&area).divide(&mut mesh, 0, 40, &mut rng, &mut |_, _| false);
        assert!(
            parts
                .iter()
                .all(|&(face, _)| compactness(&mesh.ring(face)) > 0.4)
        );
    }

    #[test]
    fn a_line_through_a_notch_does_not_stay_inside() {
        let notched = [
            (0.0, 0.0),
            (10.0, 0.0),
            (10.0, 10.0),
            (5.0, 2.0),
            (0.0, 10.0),
        ]
        .map(|(x, y)| Coord { x, y });
        assert!(!stays_inside(&notched, notched[2], &[], notched[4]));
        assert!(stays_inside(&notched, notched[0], &[], notched[3]));
    }
}
