//! Plane geometry on open rings, in metres.

use geo_types::Coord;

pub(crate) fn dot(a: Coord, b: Coord) -> f64 {
    a.x * b.x + a.y * b.y
}

pub(crate) fn cross(a: Coord, b: Coord) -> f64 {
    a.x * b.y - a.y * b.x
}

pub(crate) fn distance(a: Coord, b: Coord) -> f64 {
    let d = b - a;
    dot(d, d).sqrt()
}

/// A unit vector turned by a small angle, given as its tangent.
pub(crate) fn turned(v: Coord, tangent: f64) -> Coord {
    unit(Coord {
        x: v.x - tangent * v.y,
        y: v.y + tangent * v.x,
    })
}

pub(crate) fn unit(v: Coord) -> Coord {
    v / dot(v, v).sqrt().max(f64::MIN_POSITIVE)
}

/// Signed area, positive counter-clockwise. Shifted to the first vertex: coordinates in the millions lose no digits.
pub(crate) fn area(ring: &[Coord]) -> f64 {
    let first = ring.first().copied().unwrap_or_default();
    ring.windows(2)
        .map(|w| cross(w[0] - first, w[1] - first))
        .sum::<f64>()
        / 2.0
}

pub(crate) fn perimeter(ring: &[Coord]) -> f64 {
    let around = ring.iter().chain(ring.first()).copied().collect::<Vec<_>>();
    around.windows(2).map(|w| distance(w[0], w[1])).sum()
}

/// 4π·area / perimeter²: 1 for a circle, 0.785 for a square, 0.35 for one by eight.
pub(crate) fn compactness(ring: &[Coord]) -> f64 {
    let length = perimeter(ring).max(f64::MIN_POSITIVE);
    4.0 * std::f64::consts::PI * area(ring) / (length * length)
}

/// Centre of gravity; the first vertex when the ring has no area.
pub(crate) fn centroid(ring: &[Coord]) -> Coord {
    let first = ring.first().copied().unwrap_or_default();
    let mut sum = Coord::zero();
    let mut twice = 0.0;
    for w in ring.windows(2) {
        let (a, b) = (w[0] - first, w[1] - first);
        sum = sum + (a + b) * cross(a, b);
        twice += cross(a, b);
    }
    if twice == 0.0 {
        first
    } else {
        first + sum / (3.0 * twice)
    }
}

/// Cosine of the angle at `corner`.
pub(crate) fn angle_cosine(before: Coord, corner: Coord, after: Coord) -> f64 {
    dot(unit(before - corner), unit(after - corner))
}

/// Whether a point lies inside (even–odd rule).
pub(crate) fn contains(ring: &[Coord], point: Coord) -> bool {
    let mut inside = false;
    for i in 0..ring.len() {
        let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
        if (a.y > point.y) != (b.y > point.y) && (cross(b - a, point - a) > 0.0) == (b.y > a.y) {
            inside = !inside;
        }
    }
    inside
}

/// Whether two segments cross in the inside of both. Touching with an end is not crossing.
pub(crate) fn crosses(a: Coord, b: Coord, c: Coord, d: Coord) -> bool {
    /// Below this a point counts as lying on the line: a square centimetre.
    const ON_LINE_M2: f64 = 1e-4;
    let sides = |p: Coord, q: Coord, r: Coord, s: Coord| {
        let (x, y) = (cross(q - p, r - p), cross(q - p, s - p));
        (x > ON_LINE_M2 && y < -ON_LINE_M2) || (x < -ON_LINE_M2 && y > ON_LINE_M2)
    };
    sides(a, b, c, d) && sides(c, d, a, b)
}

#[cfg(test)]
mod tests {
    use super::*;

    const L_SHAPE: [(f64, f64); 6] = [
        (0.0, 0.0),
        (4.0, 0.0),
        (4.0, 2.0),
        (2.0, 2.0),
        (2.0, 4.0),
        (0.0, 4.0),
    ];

    fn ring() -> Vec<Coord> {
        L_SHAPE
            .iter()
            .map(|&(x, y)| Coord {
                x: x + 340_000.0,
                y: y + 6_290_000.0,
            })
            .collect()
    }

    #[test]
    fn an_l_has_the_area_and_the_centre_of_its_two_parts() {
        let centre = centroid(&ring());
        assert_eq!(area(&ring()), 12.0);
        assert!((centre.x - 340_000.0 - 5.0 / 3.0).abs() < 1e-9);
    }

    #[test]
    fn the_notch_of_an_l_is_outside() {
        assert!(contains(
            &ring(),
            Coord {
                x: 340_001.0,
                y: 6_290_003.0
            }
        ));
        assert!(!contains(
            &ring(),
            Coord {
                x: 340_003.0,
                y: 6_290_003.0
            }
        ));
    }

    #[test]
    fn segments_that_share_an_end_do_not_cross() {
        let p = |x: f64, y: f64| Coord { x, y };
        assert!(crosses(p(0.0, 0.0), p(2.0, 2.0), p(0.0, 2.0), p(2.0, 0.0)));
        assert!(!crosses(p(0.0, 0.0), p(2.0, 2.0), p(2.0, 2.0), p(4.0, 0.0)));
    }
}
