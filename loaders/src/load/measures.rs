//! Indicators and heat maps of the project file → those of the engine, with layers and columns found.

use std::sync::Arc;

use comarca_engine::heatmap::{Heatmap, Kernel};
use comarca_engine::indicator::{
    Access, Aggregate, Capacity, Coverage, Indicator, Measure, Nearest, Operation, Ratio,
    Selection, Standard, Statistic, Summary, Term,
};
use comarca_engine::{Filter, Layer, Title};

use super::Context;
use super::layers::unknown_column;
use crate::problem::Problem;
use crate::project::{
    self, BandwidthConfig, ColumnConfig, DistanceStatistic, HeatmapConfig, IndicatorConfig,
    KernelConfig, OperationConfig, TitleConfig, WeightedConfig,
};

/// All indicators whose layers and columns are there.
pub(super) fn indicators(context: &Context<'_>, problems: &mut Vec<Problem>) -> Vec<Indicator> {
    let mut binder = Binder { context, problems };
    context
        .project
        .config
        .indicators
        .iter()
        .filter_map(|(id, config)| binder.indicator(id, config))
        .collect()
}

/// All heat maps whose layers and columns are there.
pub(super) fn heatmaps(context: &Context<'_>, problems: &mut Vec<Problem>) -> Vec<Heatmap> {
    let mut binder = Binder { context, problems };
    context
        .project
        .config
        .heatmaps
        .iter()
        .filter_map(|(id, config)| binder.heatmap(id, config))
        .collect()
}

struct Binder<'a> {
    context: &'a Context<'a>,
    problems: &'a mut Vec<Problem>,
}

impl Binder<'_> {
    fn indicator(&mut self, id: &str, config: &IndicatorConfig) -> Option<Indicator> {
        let operation = self.operation(&format!("indicators.{id}"), config)?;
        let standard = config.standard.as_ref().map(|standard| Standard {
            min: standard.min,
            max: standard.max,
            source: standard.source.clone(),
        });
        let title = title(config.title.as_ref());
        Some(Indicator {
            id: id.to_owned(),
            title,
            unit: config.unit.clone(),
            code: config.code.clone(),
            standard,
            operation,
        })
    }

    fn heatmap(&mut self, id: &str, config: &HeatmapConfig) -> Option<Heatmap> {
        let of = self.weighted(&format!("heatmaps.{id}.of"), &config.of, None)?;
        let kernel = match config.kernel {
            KernelConfig::Uniform => Kernel::Uniform,
            KernelConfig::Triangular => Kernel::Triangular,
            KernelConfig::Epanechnikov => Kernel::Epanechnikov,
            KernelConfig::Quartic => Kernel::Quartic,
            KernelConfig::Gaussian => Kernel::Gaussian,
        };
        let bandwidth_m = match config.bandwidth {
            BandwidthConfig::Metres(bandwidth_m) => Some(bandwidth_m),
            // In two dimensions the two rules are one.
            BandwidthConfig::Rule(_) => None,
        };
        Some(Heatmap::new(
            id.to_owned(),
            title(config.title.as_ref()),
            of,
            kernel,
            bandwidth_m,
        ))
    }

    fn operation(&mut self, path: &str, config: &IndicatorConfig) -> Option<Arc<dyn Operation>> {
        use OperationConfig as Op;
        let filter = config
            .filter
            .as_deref()
            .map(|text| (format!("{path}.where"), text));
        let filter = filter.as_ref().map(|(path, text)| (path.as_str(), *text));
        Some(match &config.operation {
            Op::Count { of } => self.aggregate(path, Statistic::Count, of, filter)?,
            Op::Sum { of } => self.aggregate(path, Statistic::Sum, of, filter)?,
            Op::Mean { of } => self.aggregate(path, Statistic::Mean, of, filter)?,
            Op::Median { of } => self.aggregate(path, Statistic::Quantile(0.5), of, filter)?,
            Op::Quantile { of, q } => self.aggregate(path, Statistic::Quantile(*q), of, filter)?,
            Op::Min { of } => self.aggregate(path, Statistic::Min, of, filter)?,
            Op::Max { of } => self.aggregate(path, Statistic::Max, of, filter)?,
            Op::Variance { of } => self.aggregate(path, Statistic::Variance, of, filter)?,
            Op::Distinct { of } => self.aggregate(path, Statistic::Distinct, of, filter)?,
            Op::Ratio {
                numerator,
                denominator,
                per,
            } => Arc::new(Ratio {
                numerator: term(numerator),
                denominator: term(denominator),
                per: *per,
            }),
            Op::Nearest {
                from,
                to,
                statistic,
            } => {
                let summary = match statistic {
                    DistanceStatistic::Mean => Summary::Mean,
                    DistanceStatistic::Median => Summary::Median,
                    DistanceStatistic::Max => Summary::Max,
                };
                let (from, to) = self.reach(path, from, &to.layer, to.filter.as_deref(), filter)?;
                Arc::new(Nearest { from, to, summary })
            }
            Op::Coverage { from, to, within } => {
                let (from, to) = self.reach(path, from, &to.layer, to.filter.as_deref(), filter)?;
                Arc::new(Coverage {
                    from,
                    to,
                    within_m: *within,
                })
            }
            Op::Access {
                from,
                to,
                within,
                per,
                method: _,
            } => {
                let (from, facilities) =
                    self.reach(path, from, &to.layer, to.filter.as_deref(), filter)?;
                let capacity = match &to.capacity {
                    project::Capacity::Each(capacity) => Capacity::Constant(*capacity),
                    project::Capacity::Column(column) => Capacity::Column(self.number_column(
                        &format!("{path}.to.capacity"),
                        &facilities.layer,
                        column,
                    )?),
                };
                Arc::new(Access {
                    from,
                    to: facilities,
                    capacity,
                    within_m: *within,
                    per: *per,
                })
            }
        })
    }

    fn aggregate(
        &mut self,
        path: &str,
        statistic: Statistic,
        of: &ColumnConfig,
        filter: Option<(&str, &str)>,
    ) -> Option<Arc<dyn Operation>> {
        let of_path = format!("{path}.of");
        let weighted = WeightedConfig {
            layer: of.layer.clone(),
            weight: of.weight.clone(),
            filter: of.filter.clone(),
        };
        let mut measure = self.weighted(&of_path, &weighted, filter)?;
        if let Some(column) = &of.column {
            let path = format!("{of_path}.column");
            let layer = &measure.selection.layer;
            measure.column = Some(match statistic {
                Statistic::Count | Statistic::Distinct => self.column(&path, layer, column)?,
                _ => self.number_column(&path, layer, column)?,
            });
        }
        Some(Arc::new(Aggregate {
            statistic,
            of: measure,
        }))
    }

    /// Where people are, and the facilities.
    fn reach(
        &mut self,
        path: &str,
        from: &WeightedConfig,
        to: &str,
        to_filter: Option<&str>,
        filter: Option<(&str, &str)>,
    ) -> Option<(Measure, Selection)> {
        let from = self.weighted(&format!("{path}.from"), from, filter)?;
        let to_path = format!("{path}.to");
        let layer = self.layer(&to_path, to)?;
        let filter_path = format!("{to_path}.where");
        let filters = to_filter.map(|text| (filter_path.as_str(), text));
        Some((from, self.selection(layer, filters)?))
    }

    fn weighted(
        &mut self,
        path: &str,
        config: &WeightedConfig,
        extra: Option<(&str, &str)>,
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
            selection: self.selection(layer, own.into_iter().chain(extra))?,
            column: None,
            weight,
        })
    }

    fn layer(&mut self, path: &str, id: &str) -> Option<Arc<Layer>> {
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

    /// The features that all filters keep; each filter comes with its place in the project file.
    fn selection<'t>(
        &mut self,
        layer: Arc<Layer>,
        filters: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Option<Selection> {
        let mut selection = Selection::all(layer);
        for (path, text) in filters {
            match Filter::parse(text).and_then(|filter| selection.narrowed(filter)) {
                Ok(narrowed) => selection = narrowed,
                Err(error) => {
                    let project = self.context.project;
                    let error = project.filter_error(path, &error);
                    self.problems.push(error.problem(project.file()));
                    return None;
                }
            }
        }
        Some(selection)
    }

    fn column(&mut self, path: &str, layer: &Layer, name: &str) -> Option<usize> {
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
    fn number_column(&mut self, path: &str, layer: &Layer, name: &str) -> Option<usize> {
        let position = self.column(path, layer, name)?;
        let column = &layer.columns()[position];
        if column.column_type() == comarca_engine::ColumnType::Text
            && column.null_count() < column.len()
        {
            let row = (0..column.len())
                .find(|&row| column.value(row) != comarca_engine::Value::Null)
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

fn term(name: &str) -> Term {
    match name {
        "area_ha" => Term::AreaHa,
        "area_km2" => Term::AreaKm2,
        "perimeter_m" => Term::PerimeterM,
        id => Term::Indicator(id.to_owned()),
    }
}

fn title(config: Option<&TitleConfig>) -> Title {
    config.map_or_else(Title::default, TitleConfig::to_title)
}
