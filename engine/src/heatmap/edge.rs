//! The territory's outline: how much of a bump lies within, and which places do (H4).

use std::f64::consts::TAU;
use std::sync::Arc;

use rayon::prelude::*;

use super::kernel::Kernel;
use super::lattice::Lattice;
use super::site::Site;
use crate::index::PackedRTree;
use crate::layer::Layer;
use crate::locate::Locator;
use crate::polygon::{segment_distance_squared, signed_area};
use crate::shapes::GeometryType;
use crate::space::Metric;

/// Least share of a bump that its feature's weight is divided by, so that none weighs more than a hundred.
const SHARE_MIN: f64 = 0.01;

/// A place nearer to an edge than this, in bandwidths, is moved by multiples of [`MOVE`] until it is not.
const TOUCH: f64 = 1e-9;
const MOVE: f64 = 1e-7;
const ATTEMPTS: u32 = 16;
/// Multiples of it are directions of which none comes near another soon.
const GOLDEN_ANGLE: f64 = 2.399_963_229_728_653;

/// The polygons of a territory as one.
#[derive(Debug)]
pub(super) struct Outline {
    layer: Arc<Layer>,
    locator: Locator,
    /// Edges with the territory to their left, without those that two polygons share.
    edges: Vec<[Metric; 2]>,
    index: PackedRTree<f64>,
}

impl Outline {
    /// Prepares the polygons of a layer, which must not overlap. Cost O(n log n) for n edges.
    pub(super) fn new(layer: &Arc<Layer>) -> Self {
        let edges = outer_edges(layer);
        let boxes: Vec<_> = edges
            .iter()
            .map(|[a, b]| {
                Some([
                    a.x_m.min(b.x_m),
                    a.y_m.min(b.y_m),
                    a.x_m.max(b.x_m),
                    a.y_m.max(b.y_m),
                ])
            })
            .collect();
        Self {
            locator: Locator::build(layer),
            index: PackedRTree::build(&boxes),
            edges,
            layer: Arc::clone(layer),
        }
    }

    /// Whether a place is within.
    pub(super) fn contains(&self, x_m: f64, y_m: f64) -> bool {
        self.locator
            .locate(&self.layer, Metric { x_m, y_m })
            .is_some()
    }

    /// Takes the values off the places of a lattice that are not within.
    pub(super) fn clear_outside(&self, lattice: &Lattice, values: &mut [f64]) {
        let rows = values.par_chunks_mut(lattice.columns.max(1)).enumerate();
        rows.for_each(|(row, values)| {
            for (column, value) in values.iter_mut().enumerate() {
                let at = lattice.place(column, row);
                if !self.contains(at.x_m, at.y_m) {
                    *value = f64::NAN;
                }
            }
        });
    }

    /// The features within, each weighing the more the less of its bump lies within: weight / that share, of at least
    /// 1/100. So the surface within adds up to their weights.
    ///
    /// Source: Diggle, "A kernel method for smoothing point process data" (Applied Statistics 34, 1985); Jones, "Simple
    /// boundary correction for kernel density estimation" (1993).
    pub(super) fn corrected(&self, sites: &[Site], kernel: Kernel, bandwidth_m: f64) -> Vec<Site> {
        let correct = |site: &Site| {
            let share = self.share(
                kernel,
                bandwidth_m,
                Metric {
                    x_m: site.x_m,
                    y_m: site.y_m,
                },
            );
            self.contains(site.x_m, site.y_m).then(|| Site {
                weight: site.weight / share.clamp(SHARE_MIN, 1.0),
                ..*site
            })
        };
        let corrected: Vec<_> = sites.par_iter().map(correct).collect();
        corrected.into_iter().flatten().collect()
    }

    /// The share of a bump at a place that lies within.
    ///
    /// A radial kernel's integral over a polygon is one over its edges, of the angle under which the point sees them times
    /// what of the kernel lies nearer than they do. What lies farther, which ends with the reach, is summed here and
    /// taken off. Exact but for rounding; the Gaussian's is a quadrature good to 1e-10, without its tail of 1.5e-8. Of a
    /// place on an edge it is that of a place up to two millionths of a bandwidth beside.
    pub(super) fn share(&self, kernel: Kernel, bandwidth_m: f64, place: Metric) -> f64 {
        let moved = |attempt: u32| {
            let (sin, cos) = (f64::from(attempt) * GOLDEN_ANGLE).sin_cos();
            let far = f64::from(attempt) * MOVE * bandwidth_m;
            Metric {
                x_m: place.x_m + far * cos,
                y_m: place.y_m + far * sin,
            }
        };
        let mut attempts =
            (0..ATTEMPTS).map(|attempt| self.share_at(kernel, bandwidth_m, moved(attempt)));
        attempts.find_map(|share| share).unwrap_or(0.5)
    }

    /// [`share`](Self::share), unless the place is so near to an edge that rounding decides on which side it is.
    fn share_at(&self, kernel: Kernel, bandwidth_m: f64, place: Metric) -> Option<f64> {
        let reach = kernel.reach_m(bandwidth_m);
        let window = [
            place.x_m - reach,
            place.y_m - reach,
            place.x_m + reach,
            place.y_m + reach,
        ];
        let (mut beyond, mut distance_squared) = (0.0, f64::INFINITY);
        self.index.search(window, |edge| {
            let [a, b] = self.edges[edge];
            let from = |at: Metric| {
                let (x, y) = (at.x_m - place.x_m, at.y_m - place.y_m);
                (x / bandwidth_m, y / bandwidth_m)
            };
            distance_squared = segment_distance_squared(a, b, place).min(distance_squared);
            beyond += beyond_edge(kernel, from(a), from(b));
        });
        let inside = f64::from(u8::from(self.contains(place.x_m, place.y_m)));
        let clear = distance_squared.sqrt() > TOUCH * bandwidth_m;
        clear.then_some(inside - beyond / TAU)
    }
}

/// The integral over the angle under which an edge is seen of the share of the kernel that lies farther than the edge.
///
/// In bandwidths from the point, positive where the point is to the edge's left. On the line at the distance d, at s from
/// its foot, the angle grows by d / v ds with v = d² + s².
fn beyond_edge(kernel: Kernel, a: (f64, f64), b: (f64, f64)) -> f64 {
    let along = (b.0 - a.0, b.1 - a.1);
    let length = along.0.hypot(along.1);
    if !(length > 0.0 && length.is_finite()) {
        return 0.0;
    }
    let direction = (along.0 / length, along.1 / length);
    let d = a.0 * direction.1 - a.1 * direction.0;
    let half_squared = kernel.reach_m(1.0).powi(2) - d * d;
    if half_squared <= 0.0 {
        return 0.0;
    }
    let half = half_squared.sqrt();
    let start = (a.0 * direction.0 + a.1 * direction.1).max(-half);
    let end = (b.0 * direction.0 + b.1 * direction.1).min(half);
    if start >= end {
        return 0.0;
    }
    let angle = (d * (end - start)).atan2(d * d + start * end);
    angle - d * nearer(kernel, d * d, start, end)
}

/// ∫ G(v) / v ds from `start` to `end`, where G is the share of the kernel that lies nearer than the root of v = d² + s².
fn nearer(kernel: Kernel, d_squared: f64, start: f64, end: f64) -> f64 {
    // 1 − (1 − v)ᵏ⁺¹ = v · Σ (1 − v)ᵐ, m ≤ k.
    let c = 1.0 - d_squared;
    let powers = |s: f64| {
        let s2 = s * s;
        [
            s,
            s * (c - s2 / 3.0),
            s * (c * c + s2 * (s2 / 5.0 - 2.0 / 3.0 * c)),
            s * (c * c * c + s2 * (s2 * (0.6 * c - s2 / 7.0) - c * c)),
        ]
    };
    let sum = |count: usize| {
        let at = |s: f64| powers(s)[..count].iter().sum::<f64>();
        at(end) - at(start)
    };
    match kernel {
        Kernel::Uniform => sum(1),
        Kernel::Epanechnikov => sum(2),
        Kernel::Quartic => sum(3),
        Kernel::Triweight => sum(4),
        // G = 3 v − 2 v^(3/2)
        Kernel::Triangular => {
            let root = |s: f64| {
                let v = (d_squared + s * s).sqrt();
                let bow = if d_squared > 0.0 {
                    d_squared * (s / d_squared.sqrt()).asinh()
                } else {
                    0.0
                };
                s * v + bow
            };
            3.0 * (end - start) - (root(end) - root(start))
        }
        Kernel::Gaussian => {
            let share = |s: f64| {
                let v = d_squared + s * s;
                if v > 0.0 {
                    -(-v / 2.0).exp_m1() / v
                } else {
                    0.5
                }
            };
            quadrature(share, start, end)
        }
    }
}

/// Nodes and weights of the Gauss–Legendre quadrature of eight points, one side.
const NODES: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_5),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_3),
];

/// The integral of a smooth function, over pieces of at most one.
fn quadrature(function: impl Fn(f64) -> f64, start: f64, end: f64) -> f64 {
    let pieces = (end - start).ceil().max(1.0);
    let half = (end - start) / pieces / 2.0;
    let mut total = 0.0;
    let mut middle = start + half;
    while middle < end {
        let pair = |(node, weight): &(f64, f64)| {
            weight * (function(middle - half * node) + function(middle + half * node))
        };
        total += NODES.iter().map(pair).sum::<f64>() * half;
        middle += 2.0 * half;
    }
    total
}

/// The edges of a layer's polygons, with the polygon to their left, but for those that another has the other way round.
fn outer_edges(layer: &Layer) -> Vec<[Metric; 2]> {
    let mut edges = vec![];
    let polygons =
        (0..layer.len()).filter(|&row| layer.shapes().geometry_type(row) == GeometryType::Polygon);
    for part in polygons.flat_map(|row| layer.shapes().parts(row)) {
        for (number, ring) in layer.shapes().rings(part).enumerate() {
            let ring = &layer.metric()[layer.shapes().coordinates(ring)];
            let backwards = (signed_area(ring) < 0.0) == (number == 0);
            edges.extend(ring.windows(2).map(|edge| match backwards {
                false => [edge[0], edge[1]],
                true => [edge[1], edge[0]],
            }));
        }
    }
    edges.retain(|[a, b]| a.is_near() && b.is_near() && a != b);
    cancelled(edges)
}

/// Edges without the pairs that run opposite ways between the same places.
fn cancelled(edges: Vec<[Metric; 2]>) -> Vec<[Metric; 2]> {
    let bits = |at: Metric| ((at.x_m + 0.0).to_bits(), (at.y_m + 0.0).to_bits());
    let mut keyed: Vec<_> = edges
        .into_iter()
        .map(|[a, b]| {
            let (from, to) = (bits(a), bits(b));
            (from.min(to), from.max(to), from < to, [a, b])
        })
        .collect();
    keyed.sort_by_key(|own| (own.0, own.1, own.2));
    let same = |a: &(_, _, bool, _), b: &(_, _, bool, _)| (a.0, a.1) == (b.0, b.1);
    let left = keyed.chunk_by(same).flat_map(|group| {
        let backward = group.iter().take_while(|edge| !edge.2).count();
        let forward = group.len() - backward;
        // The first are those that run backward; as many of both kinds cancel.
        if backward > forward {
            &group[..backward - forward]
        } else {
            &group[2 * backward..]
        }
    });
    left.map(|edge| edge.3).collect()
}

#[cfg(test)]
mod tests {
    use geo_types::{Polygon, polygon};

    use super::*;
    use crate::layer::tests_support::polygons;

    fn outline(all: Vec<Polygon<f64>>) -> Outline {
        Outline::new(&Arc::new(polygons(all)))
    }

    fn rectangle(left: f64, low: f64, right: f64, high: f64) -> Polygon<f64> {
        polygon![(x: left, y: low), (x: right, y: low), (x: right, y: high), (x: left, y: high)]
    }

    #[test]
    fn half_of_a_bump_lies_within_at_an_edge_and_a_quarter_at_a_corner() {
        let square = outline(vec![rectangle(0.0, 0.0, 9000.0, 9000.0)]);
        for kernel in Kernel::ALL {
            let places = [
                (4000.0, 4000.0, 1.0),
                (0.0, 4000.0, 0.5),
                (4000.0, 1e-9, 0.5),
                (1e-9, 1e-9, 0.25),
                (-1e-9, 4000.0, 0.5),
                (9000.0, 9000.0, 0.25),
                (-4000.0, 4000.0, 0.0),
            ];
            for (x_m, y_m, expected) in places {
                let share = square.share(kernel, 500.0, Metric { x_m, y_m });
                assert!(
                    (share - expected).abs() < 1e-6,
                    "{kernel:?} at {x_m}, {y_m}: {share}"
                );
            }
        }
    }

    #[test]
    fn borders_between_polygons_change_nothing() {
        let whole = outline(vec![rectangle(0.0, 0.0, 2000.0, 1000.0)]);
        let parts = outline(vec![
            rectangle(0.0, 0.0, 700.0, 1000.0),
            rectangle(700.0, 0.0, 2000.0, 1000.0),
        ]);
        assert_eq!(parts.edges.len(), 6);
        for kernel in Kernel::ALL {
            for x_m in [10.0, 690.0, 700.0, 1999.0] {
                let at = Metric { x_m, y_m: 400.0 };
                let (one, other) = (
                    whole.share(kernel, 600.0, at),
                    parts.share(kernel, 600.0, at),
                );
                assert!((one - other).abs() < 1e-6, "{kernel:?} {one} {other}");
            }
        }
    }

    #[test]
    fn the_shares_of_the_parts_of_the_plane_add_up_to_one() {
        let parts = [
            rectangle(-5e4, -5e4, 120.0, 5e4),
            rectangle(120.0, -5e4, 5e4, -333.0),
            rectangle(120.0, -333.0, 5e4, 5e4),
        ]
        .map(|part| outline(vec![part]));
        for kernel in Kernel::ALL {
            for (x_m, y_m) in [(0.0, 0.0), (120.0, -333.0), (120.0, 7.0), (333.3, -111.1)] {
                let shares = parts
                    .each_ref()
                    .map(|part| part.share(kernel, 500.0, Metric { x_m, y_m }));
                assert!(
                    (shares.iter().sum::<f64>() - 1.0).abs() < 1e-6,
                    "{kernel:?} {shares:?}"
                );
            }
        }
    }
}
