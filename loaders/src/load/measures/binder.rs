//! Layers, columns and filters that the project file names → those that were loaded, or a problem with its place.

use std::sync::Arc;

use comarca_engine::indicator::{Measure, Selection};
use comarca_engine::{ColumnType, Filter, GeometryType, Layer, Value};

use super::super::Context;
use super::super::layers::unknown_column;
use crate::problem::Problem;
use crate::project::{self, TargetConfig, WeightedConfig};

/// A filter and its place in the project file.
pub(super) type Placed<'t> = (&'t str, &'t str);

pub(super) struct Binder<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) problems: &'a mut Vec<Problem>,
}

impl Binder<'_> {
    /// Where people are, and the facilities.
    pub(super) fn reach(
        &mut self,
        path: &str,
        from: &WeightedConfig,
        to: &TargetConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<(Measure, Selection)> {
        let from = self.weighted(&format!("{path}.from"), from, filter)?;
        Some((from, self.target(&format!("{path}.to"), to, None)?))
    }

    /// The features of a layer that a filter keeps.
    pub(super) fn target(
        &mut self,
        path: &str,
        to: &TargetConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Selection> {
        let features = WeightedConfig {
            layer: to.layer.clone(),
            weight: None,
            filter: to.filter.clone(),
        };
        Some(self.weighted(path, &features, filter)?.selection)
    }

    pub(super) fn weighted(
        &mut self,
        path: &str,
        config: &WeightedConfig,
        extra: Option<Placed<'_>>,
    ) -> Option<Measure> {
        let layer = self.layer(path, &config.layer)?;
        let weight = match &config.weight {
            Some(column) => Some(self.number_column(&format!("{path}.weight"), &layer, column)?),
            None => None,
        };
        let filter_path = format!("{path}.where");
        let own = config
            .filter
            .as_deref()
            .map(|text| (filter_path.as_str(), text));
        Some(Measure {
            selection: own
                .into_iter()
                .chain(extra)
                .try_fold(Selection::all(layer), |kept, filter| {
                    self.narrowed(kept, filter)
                })?,
            column: None,
            weight,
        })
    }

    pub(super) fn layer(&mut self, path: &str, id: &str) -> Option<Arc<Layer>> {
        // A layer that the project declares but that did not load has its own error already.
        let found = self.context.layer(id).cloned();
        if found.is_none()
            && !self.context.project.config.layers.contains_key(id)
            && id != project::DEMANDS_LAYER
        {
            self.problems.push(self.context.wrong(
                &format!("{path}.layer"),
                format!("there is no layer {id:?}"),
            ));
        }
        found
    }

    /// The features that a filter keeps too.
    pub(super) fn narrowed(
        &mut self,
        selection: Selection,
        (path, text): Placed<'_>,
    ) -> Option<Selection> {
        match Filter::parse(text).and_then(|filter| selection.narrowed(filter)) {
            Ok(narrowed) => Some(narrowed),
            Err(error) => {
                let project = self.context.project;
                let error = project.filter_error(path, &error);
                self.problems.push(error.problem(project.file()));
                None
            }
        }
    }

    /// Whether all features of a layer have a type of geometry; a layer without features has it.
    pub(super) fn all_of_type(
        &mut self,
        path: &str,
        layer: &Layer,
        wanted: GeometryType,
    ) -> Option<()> {
        let shapes = layer.shapes();
        let other = (0..layer.len()).find(|&row| {
            let found = shapes.geometry_type(row);
            found != wanted && found != GeometryType::None
        });
        let Some(row) = other else {
            return Some(());
        };
        let name = |kind| match kind {
            GeometryType::Point => "points",
            GeometryType::Line => "lines",
            GeometryType::Polygon => "polygons",
            GeometryType::None => "no geometry",
        };
        let message = format!(
            "this op takes {}; layer \"{}\" has {} (row {})",
            name(wanted),
            layer.id(),
            name(shapes.geometry_type(row)),
            row + 1
        );
        self.problems.push(self.context.wrong(path, message));
        None
    }

    pub(super) fn column(&mut self, path: &str, layer: &Layer, name: &str) -> Option<usize> {
        let found = layer
            .columns()
            .iter()
            .position(|column| column.name() == name);
        if found.is_none() {
            self.problems.push(self.context.wrong(
                path,
                format!(
                    "layer \"{}\": {}",
                    layer.id(),
                    unknown_column(name, layer.columns())
                ),
            ));
        }
        found
    }

    /// The position of a column with numbers.
    pub(super) fn number_column(&mut self, path: &str, layer: &Layer, name: &str) -> Option<usize> {
        let position = self.column(path, layer, name)?;
        let column = &layer.columns()[position];
        if column.column_type() == ColumnType::Text && column.null_count() < column.len() {
            let row = (0..column.len())
                .find(|&row| column.value(row) != Value::Null)
                .unwrap_or(0);
            let message = format!(
                "column {name:?} of layer \"{}\" has text, not numbers (row {}: {:?})",
                layer.id(),
                row + 1,
                column.value(row).display()
            );
            self.problems.push(self.context.wrong(path, message));
            return None;
        }
        Some(position)
    }
}
