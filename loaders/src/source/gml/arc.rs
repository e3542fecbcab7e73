//! Circular arcs as lines.

/// Longest step along an arc, in degrees of its circle; GDAL takes the same.
const STEP_DEGREES: f64 = 4.0;

/// Adds the arc from `a` through `b` to `c`, without `a`. The three points are kept exactly; a straight arc is a line.
pub(super) fn through([a, b, c]: [[f64; 2]; 3], out: &mut Vec<[f64; 2]>) {
    add(center(a, b, c), turn(a, b, c), &[a, b, c], out);
}

/// Adds the whole circle from `a` through `b` and `c` back to `a`, without the first `a`.
pub(super) fn circle([a, b, c]: [[f64; 2]; 3], out: &mut Vec<[f64; 2]>) {
    add(center(a, b, c), turn(a, b, c), &[a, b, c, a], out);
}

/// The way from point to point around the center, always in the direction of `turn`.
fn add(center: Option<[f64; 2]>, turn: f64, points: &[[f64; 2]], out: &mut Vec<[f64; 2]>) {
    for pair in points.windows(2) {
        if let Some(center) = center {
            steps(center, turn, pair[0], pair[1], out);
        }
        out.push(pair[1]);
    }
}

/// The points between `from` and `to`.
fn steps(center: [f64; 2], turn: f64, from: [f64; 2], to: [f64; 2], out: &mut Vec<[f64; 2]>) {
    let angle = |p: [f64; 2]| (p[1] - center[1]).atan2(p[0] - center[0]);
    let full = std::f64::consts::TAU.copysign(turn);
    let mut sweep = (angle(to) - angle(from)) % full;
    if sweep * turn < 0.0 {
        sweep += full;
    }
    let radius = (from[0] - center[0]).hypot(from[1] - center[1]);
    let count = (sweep.abs().to_degrees() / STEP_DEGREES)
        .ceil()
        .clamp(1.0, 360.0);
    let mut step = 1.0;
    while step < count {
        let (sin, cos) = (angle(from) + sweep * step / count).sin_cos();
        out.push([center[0] + radius * cos, center[1] + radius * sin]);
        step += 1.0;
    }
}

/// Positive where the way from `a` over `b` to `c` turns left.
fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// The center of the circle through three points; `None` where they are in line.
fn center(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> Option<[f64; 2]> {
    let ([bx, by], [cx, cy]) = ([b[0] - a[0], b[1] - a[1]], [c[0] - a[0], c[1] - a[1]]);
    let double_area = 2.0 * (bx * cy - by * cx);
    let (b2, c2) = (bx * bx + by * by, cx * cx + cy * cy);
    let center = [
        a[0] + (cy * b2 - by * c2) / double_area,
        a[1] + (bx * c2 - cx * b2) / double_area,
    ];
    center
        .iter()
        .all(|number| number.is_finite())
        .then_some(center)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_of_an_arc_is_on_its_circle() {
        for (b, c) in [
            ([0.0, 1.0], [-1.0, 0.0]),
            ([0.0, -1.0], [-1.0, 0.0]),
            ([0.0, 1.0], [0.0, -1.0]),
        ] {
            let mut out = vec![];
            through([[1.0, 0.0], b, c], &mut out);
            assert!(
                out.len() >= 45 && out.contains(&b) && out.last() == Some(&c),
                "{}",
                out.len()
            );
            assert!(out.iter().all(|[x, y]| (x.hypot(*y) - 1.0).abs() < 1e-12));
            let longest = out
                .windows(2)
                .map(|p| (p[1][0] - p[0][0]).hypot(p[1][1] - p[0][1]))
                .fold(0.0, f64::max);
            assert!(longest < 0.07, "{longest}");
        }
    }

    #[test]
    fn a_circle_comes_back_to_its_first_point() {
        let mut out = vec![];
        circle([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]], &mut out);
        assert!(out.len() >= 90 && out.last() == Some(&[1.0, 0.0]));
        assert!(out.iter().any(|[_, y]| *y < -0.99));
    }

    #[test]
    fn points_in_line_make_a_line() {
        let mut out = vec![];
        through([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]], &mut out);
        through([[2.0, 2.0], [2.0, 2.0], [f64::NAN, 2.0]], &mut out);
        assert_eq!(out[..2], [[1.0, 1.0], [2.0, 2.0]]);
        assert_eq!(out.len(), 4);
    }
}
