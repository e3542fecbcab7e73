//! A rectangle of the ground on a rectangle of paper.

use comarca_engine::{Layer, Metric};

/// Free paper around the territory, as a share of its extent on each side.
const MARGIN: f64 = 0.14;
/// Shortest side of the ground that is shown.
const GROUND_MIN_M: f64 = 50.0;

/// Where metres stand on paper. North is up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    west_m: f64,
    north_m: f64,
    m_per_unit: f64,
    width: f64,
    height: f64,
}

impl Frame {
    /// The smallest one of this size that shows a box with a margin; `None` where the box is not finite.
    pub(super) fn around(
        [west, south, east, north]: [f64; 4],
        width: f64,
        height: f64,
    ) -> Option<Self> {
        let wide = (east - west).max(GROUND_MIN_M) * (1.0 + 2.0 * MARGIN);
        let high = (north - south).max(GROUND_MIN_M) * (1.0 + 2.0 * MARGIN);
        let m_per_unit = (wide / width).max(high / height);
        let frame = Self {
            west_m: f64::midpoint(west, east) - width * m_per_unit / 2.0,
            north_m: f64::midpoint(south, north) + height * m_per_unit / 2.0,
            m_per_unit,
            width,
            height,
        };
        let finite =
            frame.west_m.is_finite() && frame.north_m.is_finite() && m_per_unit.is_finite();
        finite.then_some(frame)
    }

    /// West, south, east, north in metres.
    pub(super) fn window_m(&self) -> [f64; 4] {
        [
            self.west_m,
            self.north_m - self.height * self.m_per_unit,
            self.west_m + self.width * self.m_per_unit,
            self.north_m,
        ]
    }

    /// Units of paper from the upper left corner; `None` where the position is not finite.
    pub(super) fn place(&self, at: Metric) -> Option<[f64; 2]> {
        let [x, y] = [
            (at.x_m - self.west_m) / self.m_per_unit,
            (self.north_m - at.y_m) / self.m_per_unit,
        ];
        (x.is_finite() && y.is_finite()).then_some([x, y])
    }

    /// Whether a place is on the paper.
    pub(super) fn holds(&self, [x, y]: [f64; 2]) -> bool {
        (0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y)
    }

    /// Left, top, right, bottom in units.
    pub(super) fn paper(&self) -> [f64; 4] {
        [0.0, 0.0, self.width, self.height]
    }

    /// Metres of the ground under a unit of paper.
    pub(super) fn m_per_unit(&self) -> f64 {
        self.m_per_unit
    }
}

/// West, south, east, north of a feature in metres; `None` without geometry.
pub(super) fn bounds_m(layer: &Layer, row: usize) -> Option<[f64; 4]> {
    let positions = &layer.metric()[layer.shapes().feature_coordinates(row)];
    let boxes = positions
        .iter()
        .filter(|at| at.x_m.is_finite() && at.y_m.is_finite());
    boxes
        .map(|at| [at.x_m, at.y_m, at.x_m, at.y_m])
        .reduce(joined)
}

/// The smallest box around two.
pub(super) fn joined(a: [f64; 4], b: [f64; 4]) -> [f64; 4] {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].max(b[3]),
    ]
}
