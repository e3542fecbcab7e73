//! The facilities of a layer that count.

use crate::index::Envelope;
use crate::layer::Layer;
use crate::shapes::GeometryType;
use crate::space::Metric;

/// Some features of a layer, known by their rows.
#[derive(Clone, Copy, Debug)]
pub struct Facilities<'a> {
    layer: &'a Layer,
    rows: Option<&'a [u32]>,
}

impl<'a> Facilities<'a> {
    /// All features of a layer.
    pub fn all(layer: &'a Layer) -> Self {
        Self { layer, rows: None }
    }

    /// The features `rows` of a layer, in ascending order; `None` stands for all.
    pub fn of(layer: &'a Layer, rows: Option<&'a [u32]>) -> Self {
        Self { layer, rows }
    }

    /// Number of facilities.
    pub fn len(&self) -> usize {
        self.rows.map_or(self.layer.len(), <[u32]>::len)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Row of the facility number `position`.
    pub fn row(&self, position: usize) -> usize {
        self.rows.map_or(position, |rows| rows[position] as usize)
    }

    pub(super) fn layer(&self) -> &'a Layer {
        self.layer
    }

    pub(super) fn rows(&self) -> Option<&'a [u32]> {
        self.rows
    }

    /// The rows, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + use<'_, 'a> {
        (0..self.len()).map(|position| self.row(position))
    }

    /// Where a facility stands that is one point; `None` for any other.
    pub(super) fn point(&self, row: usize) -> Option<Metric> {
        let shapes = self.layer.shapes();
        let coordinates = shapes.feature_coordinates(row);
        let single = shapes.geometry_type(row) == GeometryType::Point && coordinates.len() == 1;
        single.then(|| self.layer.metric()[coordinates.start])
    }

    /// The box of a facility's coordinates, leaving out those that are none.
    pub(super) fn envelope(&self, row: usize) -> Option<Envelope<f64>> {
        let coordinates = &self.layer.metric()[self.layer.shapes().feature_coordinates(row)];
        let near = coordinates.iter().filter(|at| at.is_near());
        near.fold(None, |all: Option<Envelope<f64>>, at| {
            let all = all.unwrap_or([at.x_m, at.y_m, at.x_m, at.y_m]);
            Some([
                all[0].min(at.x_m),
                all[1].min(at.y_m),
                all[2].max(at.x_m),
                all[3].max(at.y_m),
            ])
        })
    }
}
