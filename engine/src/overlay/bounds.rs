//! A box in metres, to be halved until what is in it is small.

use crate::space::Metric;

/// West, south, east, north in metres.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bounds {
    pub(super) x1: f64,
    pub(super) y1: f64,
    pub(super) x2: f64,
    pub(super) y2: f64,
}

impl Bounds {
    /// Of nothing: it grows from there.
    pub(super) const NONE: Self = Self {
        x1: f64::INFINITY,
        y1: f64::INFINITY,
        x2: f64::NEG_INFINITY,
        y2: f64::NEG_INFINITY,
    };

    pub(super) fn with(self, x: f64, y: f64) -> Self {
        Self {
            x1: self.x1.min(x),
            y1: self.y1.min(y),
            x2: self.x2.max(x),
            y2: self.y2.max(y),
        }
    }

    pub(super) fn relative_to(self, origin: Metric) -> Self {
        Self {
            x1: self.x1 - origin.x_m,
            y1: self.y1 - origin.y_m,
            x2: self.x2 - origin.x_m,
            y2: self.y2 - origin.y_m,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.x1 > self.x2
    }

    pub(super) fn width(&self) -> f64 {
        self.x2 - self.x1
    }

    pub(super) fn height(&self) -> f64 {
        self.y2 - self.y1
    }

    /// The two halves across the longer side.
    pub(super) fn halves(self) -> [Self; 2] {
        if self.width() >= self.height() {
            let middle = f64::midpoint(self.x1, self.x2);
            [Self { x2: middle, ..self }, Self { x1: middle, ..self }]
        } else {
            let middle = f64::midpoint(self.y1, self.y2);
            [Self { y2: middle, ..self }, Self { y1: middle, ..self }]
        }
    }
}
