//! Only the features of a box.

use super::Features;
use crate::problem::Problem;

/// Min x, min y, max x, max y.
pub(crate) type Box4 = [f64; 4];

/// What is told of every feature that is left out; the same everywhere, so that they are counted together.
pub(crate) const OUTSIDE: &str = "a feature outside the wanted box is left out";

/// Whether two boxes share a point. A box with NaN shares none.
pub(crate) fn meet(a: Box4, b: Box4) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// The smallest box around `coordinates`; `None` without any.
pub(crate) fn around(coordinates: &[[f64; 2]]) -> Option<Box4> {
    let grow = |b: Box4, c: &[f64; 2]| {
        [
            b[0].min(c[0]),
            b[1].min(c[1]),
            b[2].max(c[0]),
            b[3].max(c[1]),
        ]
    };
    let empty = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    (!coordinates.is_empty()).then(|| coordinates.iter().fold(empty, grow))
}

/// That `count` features are left out; `None` where there is nothing to tell.
pub(crate) fn left_out(count: usize) -> Option<Problem> {
    (count > 0).then(|| Problem::notice(OUTSIDE).times(count as u64))
}

impl Features {
    /// Only the features whose box meets `window`, which is in the CRS of the source. Those without a geometry go too,
    /// but a table without any stays as it is.
    pub(super) fn in_window(self, window: Box4) -> Self {
        let rows = self.rows_meeting(window, &self.coordinates);
        self.only(&rows)
    }

    /// The rows whose box meets `window`; `coordinates` are those of the features in the CRS of the window.
    pub(crate) fn rows_meeting(&self, window: Box4, coordinates: &[[f64; 2]]) -> Vec<u32> {
        let meets = |row: &u32| {
            let own = self.shapes.feature_coordinates(*row as usize);
            self.is_table()
                || coordinates
                    .get(own)
                    .and_then(around)
                    .is_some_and(|own| meet(own, window))
        };
        (0..).take(self.len()).filter(meets).collect()
    }

    /// Only `rows`, and how many others there were.
    pub(crate) fn only(self, rows: &[u32]) -> Self {
        if rows.len() == self.len() {
            return self;
        }
        let mut kept = self.select(rows);
        kept.problems.extend(left_out(self.len() - rows.len()));
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_meet_where_they_touch() {
        let unit = [0.0, 0.0, 1.0, 1.0];
        assert!(meet(unit, [1.0, 1.0, 2.0, 2.0]));
        assert!(meet(unit, [0.5, -5.0, 0.5, 5.0]));
        assert!(!meet(unit, [1.1, 0.0, 2.0, 1.0]));
        assert!(!meet(unit, [f64::NAN, 0.0, 1.0, 1.0]));
    }
}
