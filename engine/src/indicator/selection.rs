//! Which features of a layer an indicator is computed from, and what weighs them.

use std::sync::Arc;

use crate::column::Column;
use crate::filter::{Filter, FilterError, Property};
use crate::layer::Layer;
use crate::space::Metric;

/// Features of a layer, all or some.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The layer.
    pub layer: Arc<Layer>,
    /// Rows in ascending order; `None`: all.
    pub rows: Option<Vec<u32>>,
    /// The filters that chose the rows, kept so that another edition of the layer can be asked the same.
    filters: Vec<Filter>,
}

impl Selection {
    /// All features of a layer.
    pub fn all(layer: Arc<Layer>) -> Self {
        Self {
            layer,
            rows: None,
            filters: vec![],
        }
    }

    /// Those of the features that a filter keeps too. Filters know the columns, `key`, `name` and `geometry`.
    ///
    /// # Errors
    /// When the filter names what the layer does not have, or compares what cannot be compared.
    pub fn narrowed(mut self, filter: Filter) -> Result<Self, FilterError> {
        let own = [
            Property::text("key", self.layer.keys()),
            Property::text("name", self.layer.names()),
        ];
        let columns = self.layer.columns().iter().map(Property::from);
        let geometries = Property::geometries(self.layer.shapes(), self.layer.lonlat());
        let bound = filter.bind(columns.chain(own).chain(geometries))?;
        let all = || (0u32..).take(self.layer.len()).collect();
        let mut rows = self.rows.take().unwrap_or_else(all);
        rows.retain(|&row| bound.matches(row as usize));
        drop(bound);
        self.rows = Some(rows);
        self.filters.push(filter);
        Ok(self)
    }

    /// Number of selected features.
    pub fn len(&self) -> usize {
        self.rows.as_ref().map_or(self.layer.len(), Vec::len)
    }

    /// Whether nothing is selected.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row of the selected feature number `position`.
    pub fn row(&self, position: usize) -> usize {
        self.rows
            .as_ref()
            .map_or(position, |rows| rows[position] as usize)
    }

    /// What the selected features stand at, in order; NaN without geometry.
    pub(super) fn anchors(&self) -> impl Iterator<Item = Metric> {
        (0..self.len()).map(|position| self.layer.anchor(self.row(position)))
    }

    /// Whether a row is selected, in O(log n).
    pub fn contains(&self, row: usize) -> bool {
        self.rows.as_ref().is_none_or(|rows| {
            rows.binary_search_by(|&other| (other as usize).cmp(&row))
                .is_ok()
        })
    }
}

/// Features, the column that is summarised and the column that weighs it.
#[derive(Clone, Debug)]
pub struct Measure {
    /// The features.
    pub selection: Selection,
    /// Position of the column among the layer's columns; none for a count.
    pub column: Option<usize>,
    /// Position of the weight column; each feature weighs 1 without it.
    pub weight: Option<usize>,
}

impl Measure {
    /// The column that is summarised.
    pub fn column(&self) -> Option<&Column> {
        self.column
            .map(|position| &self.selection.layer.columns()[position])
    }

    /// The finite number of a row in the column; `None` where it is missing or there is no column.
    pub fn number(&self, row: usize) -> Option<f64> {
        self.column()?
            .number(row)
            .filter(|number| number.is_finite())
    }

    /// Weight of a row: 1 without a weight column; `None` where it is missing, negative or not finite.
    pub fn weight_of(&self, row: usize) -> Option<f64> {
        match self.weight {
            None => Some(1.0),
            Some(position) => self.selection.layer.columns()[position]
                .number(row)
                .filter(|weight| weight.is_finite() && *weight >= 0.0),
        }
    }

    /// `blocks weighted by pop`.
    pub(super) fn described(&self) -> String {
        let layer = &self.selection.layer;
        match self.weight {
            Some(position) => format!(
                "{} weighted by {}",
                layer.id(),
                layer.columns()[position].name()
            ),
            None => layer.id().to_owned(),
        }
    }

    /// `blocks.pop`, or `blocks` without a column.
    pub(super) fn column_described(&self) -> String {
        let layer = self.selection.layer.id();
        self.column().map_or(layer.to_owned(), |column| {
            format!("{layer}.{}", column.name())
        })
    }
}

/// Layers to put in the place of others of the same id: what a scenario changed.
///
/// The new edition of a layer has the same columns in the same order.
#[derive(Clone, Copy, Debug)]
pub struct Swap<'a>(&'a [Arc<Layer>]);

impl<'a> Swap<'a> {
    /// The layers that replace those of their id.
    pub fn new(layers: &'a [Arc<Layer>]) -> Self {
        Self(layers)
    }

    /// The edition of a layer to compute with.
    pub fn layer(self, layer: &Arc<Layer>) -> Arc<Layer> {
        let changed = self.0.iter().find(|other| other.id() == layer.id());
        Arc::clone(changed.unwrap_or(layer))
    }

    /// Whether a layer is replaced.
    pub fn changes(self, layer: &Layer) -> bool {
        self.0.iter().any(|other| other.id() == layer.id())
    }

    /// The same question to the new edition of the layer.
    pub fn selection(self, selection: &Selection) -> Selection {
        if !self.changes(&selection.layer) {
            return selection.clone();
        }
        let all = Selection::all(self.layer(&selection.layer));
        let none = Selection {
            rows: Some(vec![]),
            ..all.clone()
        };
        let narrowed = |all: Selection, filter: &Filter| all.narrowed(filter.clone());
        // The filters fitted the same columns before, so they fit again; no feature is the safe answer.
        let again = selection.filters.iter().try_fold(all, narrowed);
        again.unwrap_or(none)
    }

    /// The same measure of the new edition of the layer.
    pub fn measure(self, measure: &Measure) -> Measure {
        Measure {
            selection: self.selection(&measure.selection),
            ..measure.clone()
        }
    }
}
