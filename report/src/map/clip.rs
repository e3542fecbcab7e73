//! Rings cut to a rectangle.
//!
//! Source: Sutherland & Hodgman, "Reentrant polygon clipping" (1974): one side after the other. Where a ring leaves the
//! rectangle several times its pieces stay joined along the side, which lies outside the frame and is not seen.

/// What of a ring (without its last vertex again) is inside `[left, top, right, bottom]`.
pub(super) fn clipped(
    mut ring: Vec<[f64; 2]>,
    [left, top, right, bottom]: [f64; 4],
) -> Vec<[f64; 2]> {
    let sides = [
        (0, left, 1.0),
        (0, right, -1.0),
        (1, top, 1.0),
        (1, bottom, -1.0),
    ];
    for (axis, bound, sign) in sides {
        let depth = |at: &[f64; 2]| (at[axis] - bound) * sign;
        if ring.iter().any(|at| depth(at) < 0.0) {
            ring = beyond(&ring, depth);
        }
    }
    ring
}

/// The part of a ring whose depth is not negative.
fn beyond(ring: &[[f64; 2]], depth: impl Fn(&[f64; 2]) -> f64) -> Vec<[f64; 2]> {
    let mut kept = Vec::with_capacity(ring.len());
    let Some(mut before) = ring.last() else {
        return kept;
    };
    for at in ring {
        let (from, to) = (depth(before), depth(at));
        if (from < 0.0) != (to < 0.0) {
            // The same from both ends, so that neighbours cut their common border at the same place.
            let (a, b, da, db) = if from < to {
                (before, at, from, to)
            } else {
                (at, before, to, from)
            };
            let share = da / (da - db);
            kept.push([a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share]);
        }
        if to >= 0.0 {
            kept.push(*at);
        }
        before = at;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::clipped;

    const PAPER: [f64; 4] = [0.0, 0.0, 10.0, 10.0];

    fn area(ring: &[[f64; 2]]) -> f64 {
        let pairs = ring.iter().zip(ring.iter().cycle().skip(1));
        pairs
            .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
            .sum::<f64>()
            .abs()
            / 2.0
    }

    #[test]
    fn what_lies_inside_stays_and_what_lies_outside_goes() {
        let inside = vec![[1.0, 1.0], [9.0, 1.0], [9.0, 9.0]];
        assert_eq!(clipped(inside.clone(), PAPER), inside);
        assert_eq!(
            clipped(vec![[11.0, 1.0], [12.0, 1.0], [12.0, 9.0]], PAPER),
            Vec::<[f64; 2]>::new()
        );
        assert_eq!(clipped(vec![], PAPER), Vec::<[f64; 2]>::new());
    }

    #[test]
    fn a_ring_around_the_paper_becomes_the_paper() {
        let around = vec![[-5.0, -5.0], [25.0, -5.0], [25.0, 25.0], [-5.0, 25.0]];
        assert_eq!(area(&clipped(around, PAPER)), 100.0);
        let half = vec![[-5.0, -5.0], [5.0, -5.0], [5.0, 25.0], [-5.0, 25.0]];
        assert_eq!(area(&clipped(half, PAPER)), 50.0);
    }
}
