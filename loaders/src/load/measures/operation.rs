//! An operation of the project file → that of the engine.

use std::sync::Arc;

use comarca_engine::indicator::{
    Access, AccessMethod, Aggregate, Capacity, Clipped, Coverage, Deficit, DeficitMeasure, Demand,
    DemandStatistic, Diversity, DiversityIndex, Division, Extent, GapOf, Groups, Inequality,
    InequalityIndex, Interpolate, Kind, Measure, Nearest, Operation, Segregation, SegregationIndex,
    Spread, Statistic, Summary,
};

use comarca_engine::GeometryType;
use comarca_engine::reach::{Catchment, Decay};

use super::binder::{Binder, Placed};
use super::derived::derived;
use crate::project::{
    self, CategoryConfig, ColumnConfig, DEMANDS_LAYER, DecayConfig, DecayFunction, DecayName,
    DistanceStatistic, GroupsConfig, IndicatorConfig, InterpolationKind, OperationConfig,
    TargetConfig, WeightedConfig,
};

impl Binder<'_> {
    pub(super) fn operation(
        &mut self,
        path: &str,
        config: &IndicatorConfig,
    ) -> Option<Arc<dyn Operation>> {
        use OperationConfig as Op;
        let filter_path = format!("{path}.where");
        let filter: Option<Placed<'_>> = config
            .filter
            .as_deref()
            .map(|text| (filter_path.as_str(), text));
        match &config.operation {
            Op::Count { of } => self.aggregate(path, Statistic::Count, of, filter),
            Op::Sum { of } => self.aggregate(path, Statistic::Sum, of, filter),
            Op::Mean { of } => self.aggregate(path, Statistic::Mean, of, filter),
            Op::Median { of } => self.aggregate(path, Statistic::Quantile(0.5), of, filter),
            Op::Quantile { of, q } => self.aggregate(path, Statistic::Quantile(*q), of, filter),
            Op::Min { of } => self.aggregate(path, Statistic::Min, of, filter),
            Op::Max { of } => self.aggregate(path, Statistic::Max, of, filter),
            Op::Variance { of } => self.aggregate(path, Statistic::Variance, of, filter),
            Op::Distinct { of } => self.aggregate(path, Statistic::Distinct, of, filter),
            Op::Ratio { .. }
            | Op::LocationQuotient { .. }
            | Op::Change { .. }
            | Op::Composite { .. }
            | Op::EbRate { .. }
            | Op::MoranLocal { .. }
            | Op::GiStar { .. } => derived(&config.operation),
            Op::Nearest {
                from,
                to,
                statistic,
            } => {
                let (from, to) = self.reach(path, from, to, filter)?;
                let summary = match statistic {
                    DistanceStatistic::Mean => Summary::Mean,
                    DistanceStatistic::Median => Summary::Median,
                    DistanceStatistic::Max => Summary::Max,
                };
                Some(Arc::new(Nearest { from, to, summary }))
            }
            Op::Coverage { from, to, within } => {
                Some(Arc::new(self.coverage(path, from, to, *within, filter)?))
            }
            Op::Access { .. } => self.access(path, &config.operation, filter),
            Op::Deficit {
                of,
                unit_size,
                unit_cost,
            } => self.deficit(of, *unit_size, *unit_cost),
            Op::Diversity { of, index } => self.diversity(path, of, *index, filter),
            Op::Segregation {
                of,
                indicators,
                index,
            } => {
                let groups = match of {
                    Some(of) => self.groups(path, of, filter)?,
                    None => Groups::Indicators(
                        indicators.iter().flatten().map(|id| id.0.clone()).collect(),
                    ),
                };
                let index = match index {
                    project::SegregationIndex::Dissimilarity => SegregationIndex::Dissimilarity,
                    project::SegregationIndex::Isolation => SegregationIndex::Isolation,
                    project::SegregationIndex::Interaction => SegregationIndex::Interaction,
                    project::SegregationIndex::TheilH => SegregationIndex::TheilH,
                };
                Some(Arc::new(Segregation { groups, index }))
            }
            Op::Inequality {
                of,
                indicator,
                weight,
                index,
                epsilon,
            } => {
                let of = match of {
                    Some(of) => Spread::Features(self.number_measure(path, of, filter)?),
                    None => Spread::Territories {
                        of: indicator.clone().unwrap_or_default(),
                        weight: weight.clone(),
                    },
                };
                let index = match index {
                    project::InequalityIndex::Gini => InequalityIndex::Gini,
                    project::InequalityIndex::Palma => InequalityIndex::Palma,
                    project::InequalityIndex::Theil => InequalityIndex::Theil,
                    project::InequalityIndex::Atkinson => InequalityIndex::Atkinson(*epsilon),
                };
                Some(Arc::new(Inequality { of, index }))
            }
            Op::Length { of } => self.clipped(path, of, Extent::Length, filter),
            Op::Area { of } => self.clipped(path, of, Extent::Area, filter),
            Op::ShareArea { of } => self.clipped(path, of, Extent::Share, filter),
            Op::Interpolate { .. } => self.interpolate(path, &config.operation, filter),
            Op::Demand {
                theme,
                status,
                statistic,
                population,
            } => {
                let choice = [("theme", theme), ("status", status)];
                self.demand(path, choice, *statistic, population, filter)
            }
        }
    }

    fn coverage(
        &mut self,
        path: &str,
        from: &WeightedConfig,
        to: &TargetConfig,
        within_m: f64,
        filter: Option<Placed<'_>>,
    ) -> Option<Coverage> {
        let (from, to) = self.reach(path, from, to, filter)?;
        Some(Coverage { from, to, within_m })
    }

    fn diversity(
        &mut self,
        path: &str,
        of: &CategoryConfig,
        index: project::DiversityIndex,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let of_path = format!("{path}.of");
        let features = WeightedConfig {
            layer: of.layer.clone(),
            weight: of.weight.clone(),
            filter: of.filter.clone(),
        };
        let mut measure = self.weighted(&of_path, &features, filter)?;
        let category = format!("{of_path}.category");
        measure.column = Some(self.column(&category, &measure.selection.layer, &of.category)?);
        let index = match index {
            project::DiversityIndex::Shannon => DiversityIndex::Shannon,
            project::DiversityIndex::Evenness => DiversityIndex::Evenness,
            project::DiversityIndex::Simpson => DiversityIndex::Simpson,
        };
        Some(Arc::new(Diversity { of: measure, index }))
    }

    fn groups(
        &mut self,
        path: &str,
        of: &GroupsConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Groups> {
        let of_path = format!("{path}.of");
        let features = WeightedConfig {
            layer: of.layer.clone(),
            weight: None,
            filter: of.filter.clone(),
        };
        let selection = self.weighted(&of_path, &features, filter)?.selection;
        let number = |(index, column): (usize, &String)| {
            let path = format!("{of_path}.columns[{index}]");
            self.number_column(&path, &selection.layer, column)
        };
        let columns: Option<Vec<usize>> = of.columns.iter().enumerate().map(number).collect();
        Some(Groups::Columns {
            columns: columns?,
            of: selection,
        })
    }

    /// The gap of an indicator of this project; the project file is checked, so it has a standard that can be lacked.
    fn deficit(
        &mut self,
        of: &str,
        unit_size: Option<f64>,
        unit_cost: Option<f64>,
    ) -> Option<Arc<dyn Operation>> {
        let config = self.context.project.config.indicators.get(of)?;
        let standard = super::standard(config.standard.as_ref()?);
        let per = match &config.operation {
            OperationConfig::Ratio { per, .. } | OperationConfig::Access { per, .. } => *per,
            OperationConfig::Coverage { .. } => 100.0,
            _ => 1.0,
        };
        let gap = match &config.operation {
            OperationConfig::Nearest { from, to, .. } => {
                let (path, filter_path) =
                    (format!("indicators.{of}"), format!("indicators.{of}.where"));
                let filter = config
                    .filter
                    .as_deref()
                    .map(|text| (filter_path.as_str(), text));
                GapOf::Reach {
                    of: of.to_owned(),
                    coverage: self.coverage(&path, from, to, standard.max?, filter)?,
                }
            }
            _ => GapOf::Quotient {
                of: of.to_owned(),
                per,
                standard,
            },
        };
        let measure = match (unit_size, unit_cost) {
            (None, None) => DeficitMeasure::Amount,
            (Some(size), None) => DeficitMeasure::Units(size),
            (unit_size, Some(unit_cost)) => DeficitMeasure::Cost {
                unit_size,
                unit_cost,
            },
        };
        Some(Arc::new(Deficit { gap, measure }))
    }

    /// Demands whose theme and status are those of `choice`, where it names them.
    fn demand(
        &mut self,
        path: &str,
        choice: [(&str, &Option<String>); 2],
        statistic: project::DemandStatistic,
        population: &str,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let layer = self.layer(path, DEMANDS_LAYER)?;
        let votes = layer
            .columns()
            .iter()
            .position(|column| column.name() == "votes");
        let all = WeightedConfig {
            layer: DEMANDS_LAYER.to_owned(),
            weight: votes.map(|_| "votes".to_owned()),
            filter: None,
        };
        let all = self.weighted(path, &all, filter)?;
        let mut of = all.clone();
        for (column, wanted) in choice {
            if let Some(wanted) = wanted {
                let place = format!("{path}.{column}");
                self.column(&place, &layer, column)?;
                let text = format!("{column} = '{}'", wanted.replace('\'', "''"));
                of.selection = self.narrowed(of.selection, (&place, &text))?;
            }
        }
        let statistic = match statistic {
            project::DemandStatistic::Count => DemandStatistic::Count,
            project::DemandStatistic::Votes => DemandStatistic::Votes,
            project::DemandStatistic::Share => DemandStatistic::Share(all),
            project::DemandStatistic::Per1000 => DemandStatistic::Per1000(population.to_owned()),
        };
        Some(Arc::new(Demand { of, statistic }))
    }

    /// Lines or polygons, cut at the borders of the territories.
    fn clipped(
        &mut self,
        path: &str,
        of: &TargetConfig,
        extent: Extent,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let of = self.target(&format!("{path}.of"), of, filter)?;
        let wanted = match extent {
            Extent::Length => GeometryType::Line,
            Extent::Area | Extent::Share => GeometryType::Polygon,
        };
        self.all_of_type(&format!("{path}.of.layer"), &of.layer, wanted)?;
        Some(Arc::new(Clipped { of, extent }))
    }

    fn interpolate(
        &mut self,
        path: &str,
        config: &OperationConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let OperationConfig::Interpolate {
            of,
            kind,
            weight,
            mask,
            points,
        } = config
        else {
            return None;
        };
        let of = self.number_measure(path, of, filter)?;
        let layer = Arc::clone(&of.selection.layer);
        self.all_of_type(&format!("{path}.of.layer"), &layer, GeometryType::Polygon)?;
        let kind = match (kind, weight) {
            (InterpolationKind::Extensive, _) => Kind::Extensive,
            (InterpolationKind::Intensive, None) => Kind::Intensive,
            (InterpolationKind::Intensive, Some(weight)) => {
                Kind::Rate(self.number_column(&format!("{path}.weight"), &layer, weight)?)
            }
        };
        let division = match (mask, points) {
            (Some(mask), _) => Division::Mask(self.target(&format!("{path}.mask"), mask, None)?),
            (None, Some(points)) => {
                Division::Points(self.weighted(&format!("{path}.points"), points, None)?)
            }
            (None, None) => Division::Area,
        };
        Some(Arc::new(Interpolate { of, kind, division }))
    }

    fn access(
        &mut self,
        path: &str,
        config: &OperationConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let OperationConfig::Access {
            from,
            to,
            method,
            within,
            decay,
            per,
        } = config
        else {
            return None;
        };
        let target = TargetConfig {
            layer: to.layer.clone(),
            filter: to.filter.clone(),
        };
        let (from, facilities) = self.reach(path, from, &target, filter)?;
        let capacity = match &to.capacity {
            project::Capacity::Each(capacity) => Capacity::Constant(*capacity),
            project::Capacity::Column(column) => Capacity::Column(self.number_column(
                &format!("{path}.to.capacity"),
                &facilities.layer,
                column,
            )?),
        };
        let (method, decay) = reckoning(*method, decay.as_ref(), *within);
        Some(Arc::new(Access {
            from,
            to: facilities,
            capacity,
            method,
            catchment: Catchment {
                within_m: *within,
                decay,
            },
            per: *per,
        }))
    }

    fn aggregate(
        &mut self,
        path: &str,
        statistic: Statistic,
        of: &ColumnConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Arc<dyn Operation>> {
        let of = match statistic {
            Statistic::Count | Statistic::Distinct => {
                let mut measure = self.weighted(&format!("{path}.of"), &features(of), filter)?;
                if let Some(column) = &of.column {
                    let path = format!("{path}.of.column");
                    measure.column = Some(self.column(&path, &measure.selection.layer, column)?);
                }
                measure
            }
            _ => self.number_measure(path, of, filter)?,
        };
        Some(Arc::new(Aggregate { statistic, of }))
    }

    /// Features with a column of numbers.
    fn number_measure(
        &mut self,
        path: &str,
        of: &ColumnConfig,
        filter: Option<Placed<'_>>,
    ) -> Option<Measure> {
        let mut measure = self.weighted(&format!("{path}.of"), &features(of), filter)?;
        if let Some(column) = &of.column {
            let path = format!("{path}.of.column");
            measure.column = Some(self.number_column(&path, &measure.selection.layer, column)?);
        }
        Some(measure)
    }
}

/// The features of a column and what weighs them.
fn features(of: &ColumnConfig) -> WeightedConfig {
    WeightedConfig {
        layer: of.layer.clone(),
        weight: of.weight.clone(),
        filter: of.filter.clone(),
    }
}

/// How reach is reckoned, and how a facility counts less with distance.
fn reckoning(
    method: project::AccessMethod,
    decay: Option<&DecayConfig>,
    within_m: f64,
) -> (AccessMethod, Decay) {
    use project::AccessMethod as Method;
    let third_m = within_m / 3.0;
    let asked = decay.map(|decay| match *decay {
        DecayConfig::Named(DecayName::Step) | DecayConfig::Function(DecayFunction::Step) => {
            Decay::Thirds
        }
        DecayConfig::Named(DecayName::Gaussian) => Decay::Gaussian {
            deviation_m: third_m,
        },
        DecayConfig::Named(DecayName::Exponential) => Decay::Exponential { scale_m: third_m },
        DecayConfig::Named(DecayName::Power) => power(1.0),
        DecayConfig::Function(DecayFunction::Gaussian { scale }) => Decay::Gaussian {
            deviation_m: scale.unwrap_or(third_m),
        },
        DecayConfig::Function(DecayFunction::Exponential { scale }) => Decay::Exponential {
            scale_m: scale.unwrap_or(third_m),
        },
        DecayConfig::Function(DecayFunction::Power { exponent }) => power(exponent),
    });
    match method {
        Method::Cumulative => (AccessMethod::Opportunities, Decay::None),
        Method::Gravity => {
            let usual = Decay::Gaussian {
                deviation_m: third_m,
            };
            (AccessMethod::Opportunities, asked.unwrap_or(usual))
        }
        Method::TwoStepFloatingCatchment => (AccessMethod::FloatingCatchment, Decay::None),
        Method::EnhancedTwoStepFloatingCatchment => (
            AccessMethod::FloatingCatchment,
            asked.unwrap_or(Decay::Thirds),
        ),
    }
}

/// Nearer than a metre counts as a metre.
fn power(exponent: f64) -> Decay {
    Decay::Power {
        exponent,
        floor_m: 1.0,
    }
}
