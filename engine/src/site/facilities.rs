//! Places to measure distances to.

use crate::layer::Layer;
use crate::number::narrow;
use crate::space::Metric;

use super::distances::FARTHEST_M;
use super::{Nearest, SiteError};

/// Places to measure distances to: points, or features of a layer (zero inside a polygon, else to its border).
#[derive(Clone, Copy, Debug)]
pub enum Facilities<'a> {
    /// Points.
    Points(&'a [Metric]),
    /// Features of a layer: these rows, or all.
    Layer {
        /// The layer.
        layer: &'a Layer,
        /// Its rows; all where absent.
        rows: Option<&'a [u32]>,
    },
}

impl Facilities<'_> {
    /// Number of places.
    pub fn len(&self) -> usize {
        match self {
            Self::Points(points) => points.len(),
            Self::Layer { layer, rows } => rows.map_or(layer.len(), <[u32]>::len),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row that a place has in its list or layer.
    pub(super) fn row(&self, place: usize) -> u32 {
        match self {
            Self::Layer {
                rows: Some(rows), ..
            } => rows[place],
            _ => narrow(place),
        }
    }

    pub(super) fn check(&self, what: &'static str) -> Result<(), SiteError> {
        let Self::Layer {
            layer,
            rows: Some(rows),
        } = self
        else {
            return Ok(());
        };
        match rows.iter().find(|&&row| row as usize >= layer.len()) {
            None => Ok(()),
            Some(&row) => Err(SiteError::Row {
                what,
                row: row as usize,
                len: layer.len(),
            }),
        }
    }

    /// Coordinates that one distance to every place looks at.
    pub(super) fn coordinates(&self) -> usize {
        match self {
            Self::Points(points) => points.len(),
            Self::Layer { layer, .. } => (0..self.len())
                .map(|place| layer.shapes().feature_coordinates(self.row(place) as usize))
                .map(|coordinates| coordinates.len())
                .sum(),
        }
    }

    fn distance_m(&self, place: usize, from: Metric) -> f64 {
        match self {
            Self::Points(points) => {
                let (dx, dy) = (points[place].x_m - from.x_m, points[place].y_m - from.y_m);
                (dx * dx + dy * dy).sqrt()
            }
            Self::Layer { layer, .. } => layer
                .distance_squared(self.row(place) as usize, from)
                .sqrt(),
        }
    }

    /// The nearest place, the first of equals; `None` where no distance is a number.
    pub(super) fn nearest(&self, from: Metric, selected: &[bool]) -> Option<Nearest> {
        let (row, distance_m) = match self {
            Self::Points(_) => (0..self.len())
                .map(|place| (place, self.distance_m(place, from)))
                .filter(|(_, metres)| *metres <= FARTHEST_M)
                .min_by(|a, b| a.1.total_cmp(&b.1))?,
            Self::Layer { layer, .. } => {
                let exact = |row: usize| match selected[row] {
                    true => layer.distance_squared(row, from),
                    false => f64::INFINITY,
                };
                let (row, squared) = layer.metric_index().nearest(from.x_m, from.y_m, exact)?;
                (row, squared.sqrt())
            }
        };
        let row = narrow(row);
        (distance_m <= FARTHEST_M).then_some(Nearest { row, distance_m })
    }

    /// Which rows of the layer are among the places.
    pub(super) fn selected(&self) -> Vec<bool> {
        match self {
            Self::Points(_) => vec![],
            Self::Layer { layer, .. } => {
                let mut selected = vec![false; layer.len()];
                (0..self.len()).for_each(|place| selected[self.row(place) as usize] = true);
                selected
            }
        }
    }

    /// The first place of each row of the layer.
    pub(super) fn places(&self) -> Vec<Option<u32>> {
        match self {
            Self::Points(_) => vec![],
            Self::Layer { layer, .. } => {
                let mut places = vec![None; layer.len()];
                for place in (0..self.len()).rev() {
                    places[self.row(place) as usize] = Some(narrow(place));
                }
                places
            }
        }
    }

    /// All places with their distance, as far as `within_m` and nearer than `below_m`.
    pub(super) fn around(
        &self,
        from: Metric,
        within_m: f64,
        below_m: f64,
        places: &[Option<u32>],
    ) -> Vec<(u32, f64)> {
        let near = |metres: f64| metres <= within_m && metres < below_m;
        let limit_m = within_m.min(below_m);
        match self {
            Self::Layer { layer, .. } if limit_m.is_finite() => {
                let mut found = vec![];
                // A little more than the limit: the exact distance decides.
                let half = limit_m * (1.0 + 1e-9) + 1e-6;
                let window = [
                    from.x_m - half,
                    from.y_m - half,
                    from.x_m + half,
                    from.y_m + half,
                ];
                layer.metric_index().search(window, |row| {
                    if let Some(place) = places[row] {
                        let metres = layer.distance_squared(row, from).sqrt();
                        found.extend(near(metres).then_some((place, metres)));
                    }
                });
                found
            }
            _ => (0..self.len())
                .map(|place| (narrow(place), self.distance_m(place, from)))
                .filter(|(_, metres)| near(*metres))
                .collect(),
        }
    }
}
