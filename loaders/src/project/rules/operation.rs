//! Checks what the operation of an indicator means: keys that need or exclude each other.

use comarca_engine::stats::WeightsSpec;

use super::super::DEMANDS_LAYER;
use super::super::indicator::{
    AccessMethod, Aggregation, ColumnConfig, DemandStatistic, IndicatorConfig, InterpolationKind,
    Normalisation, OperationConfig as Op, PartConfig, SegregationIndex, Weighting,
};
use super::Rules;

/// What an operation takes.
#[derive(Clone, Copy)]
struct Needs {
    column: bool,
    weight: bool,
}

impl Rules<'_> {
    pub(super) fn indicator(&mut self, path: &str, indicator: &IndicatorConfig) {
        self.title(path, indicator.title.as_ref());
        self.standard(path, indicator.standard.as_ref());
        self.filter_of(path, indicator);
        match &indicator.operation {
            Op::Count { of } => {
                let needs = Needs {
                    column: false,
                    weight: true,
                };
                self.features(path, of, needs);
            }
            Op::Sum { of } | Op::Mean { of } | Op::Median { of } | Op::Quantile { of, .. } => {
                let needs = Needs {
                    column: true,
                    weight: true,
                };
                self.features(path, of, needs);
            }
            Op::Min { of } | Op::Max { of } | Op::Variance { of } | Op::Distinct { of } => {
                let needs = Needs {
                    column: true,
                    weight: false,
                };
                self.features(path, of, needs);
            }
            Op::Interpolate { of, .. } => {
                let needs = Needs {
                    column: true,
                    weight: false,
                };
                self.features(path, of, needs);
                self.interpolate(path, &indicator.operation);
            }
            Op::Access { method, decay, .. } => {
                let weighs = matches!(
                    method,
                    AccessMethod::Gravity | AccessMethod::EnhancedTwoStepFloatingCatchment
                );
                if decay.is_some() && !weighs {
                    let message = "only \"gravity\" and \"e2sfca\" take a decay";
                    self.error(&format!("{path}.decay"), message.to_owned());
                }
            }
            Op::Deficit { of, .. } => self.deficit(path, of),
            Op::Change {
                annual, absolute, ..
            } if annual.is_some() && *absolute => {
                let message = "a yearly rate is in per cent; it cannot be absolute";
                self.error(&format!("{path}.absolute"), message.to_owned());
            }
            Op::EbRate {
                weights: Some(weights),
                ..
            } => self.weights(path, weights),
            Op::MoranLocal { options, .. } | Op::GiStar { options, .. } => {
                self.weights(path, &options.weights);
            }
            Op::Segregation {
                of,
                indicators,
                index,
            } => {
                self.one_of(
                    path,
                    ("of", of.is_some()),
                    ("indicators", indicators.is_some()),
                );
                let groups = of.as_ref().map(|of| of.columns.len());
                let groups = groups.or(indicators.as_ref().map(Vec::len)).unwrap_or(2);
                let two = matches!(
                    index,
                    SegregationIndex::Dissimilarity | SegregationIndex::Interaction
                );
                if two && groups != 2 {
                    let message = format!("this index compares two groups, not {groups}");
                    self.error(&format!("{path}.index"), message);
                }
            }
            Op::Inequality {
                of,
                indicator,
                weight,
                ..
            } => {
                self.one_of(
                    path,
                    ("of", of.is_some()),
                    ("indicator", indicator.is_some()),
                );
                if let Some(of) = of {
                    let needs = Needs {
                        column: true,
                        weight: true,
                    };
                    self.features(path, of, needs);
                }
                if weight.is_some() && indicator.is_none() {
                    let message = "\"weight\" weighs territories; features are weighed in \"of\"";
                    self.error(&format!("{path}.weight"), message.to_owned());
                }
            }
            Op::Composite {
                of,
                normalise,
                aggregate,
                weights,
            } => self.composite(path, of, *normalise, *aggregate, *weights),
            Op::Demand {
                theme, statistic, ..
            } => self.demand(path, theme.as_deref(), *statistic),
            Op::Change { .. }
            | Op::EbRate { .. }
            | Op::LocationQuotient { .. }
            | Op::Ratio { .. }
            | Op::Length { .. }
            | Op::Area { .. }
            | Op::ShareArea { .. }
            | Op::Nearest { .. }
            | Op::Coverage { .. }
            | Op::Diversity { .. } => {}
        }
    }

    /// What is computed from other indicators counts no features that a filter could choose.
    fn filter_of(&mut self, path: &str, indicator: &IndicatorConfig) {
        let op = &indicator.operation;
        let derived = !op.indicator_inputs().is_empty() && !matches!(op, Op::Demand { .. });
        if derived && indicator.filter.is_some() {
            let message = "this op counts no features itself; put \"where\" into the indicators it is computed from";
            self.error(&format!("{path}.where"), message.to_owned());
        }
    }

    fn features(&mut self, path: &str, of: &ColumnConfig, needs: Needs) {
        let path = format!("{path}.of");
        if needs.column && of.column.is_none() {
            self.error(&path, format!("[{path}] needs the key \"column\""));
        }
        if !needs.column && of.column.is_some() {
            self.error(
                &format!("{path}.column"),
                "count takes no column; it counts features".to_owned(),
            );
        }
        if !needs.weight && of.weight.is_some() {
            self.error(
                &format!("{path}.weight"),
                "this op takes no weight".to_owned(),
            );
        }
    }

    fn one_of(&mut self, path: &str, one: (&str, bool), other: (&str, bool)) {
        if one.1 == other.1 {
            let message = format!("[{path}] needs {:?} or {:?}, not both", one.0, other.0);
            self.error(path, message);
        }
    }

    fn interpolate(&mut self, path: &str, op: &Op) {
        let Op::Interpolate {
            kind,
            weight,
            mask,
            points,
            ..
        } = op
        else {
            return;
        };
        let extensive = *kind == InterpolationKind::Extensive;
        if extensive && weight.is_some() {
            let message = "only an intensive column is weighed; a count divides by area";
            self.error(&format!("{path}.weight"), message.to_owned());
        }
        if !extensive && points.is_some() {
            let message = "points divide a count; an intensive column takes \"weight\"";
            self.error(&format!("{path}.points"), message.to_owned());
        }
        if mask.is_some() && points.is_some() {
            let message = "\"mask\" and \"points\" exclude each other";
            self.error(&format!("{path}.points"), message.to_owned());
        }
    }

    fn deficit(&mut self, path: &str, of: &str) {
        let Some(Some(of)) = self.draft.indicators.get(of) else {
            return;
        };
        let path = format!("{path}.of");
        let kept = of.standard.as_ref();
        let measured = match &of.operation {
            Op::Ratio { .. } | Op::Coverage { .. } | Op::Access { .. } => kept.is_some(),
            Op::Nearest { .. } => kept.is_some_and(|standard| standard.max.is_some()),
            _ => false,
        };
        if !measured {
            let message = "a deficit needs a ratio, coverage or access with a standard, or a nearest with a standard that has a max";
            self.error(&path, message.to_owned());
        }
    }

    fn weights(&mut self, path: &str, text: &str) {
        if let Err(error) = text.parse::<WeightsSpec>() {
            self.error(&format!("{path}.weights"), error.to_string());
        }
    }

    fn composite(
        &mut self,
        path: &str,
        parts: &[PartConfig],
        normalise: Normalisation,
        aggregate: Aggregation,
        weights: Weighting,
    ) {
        for (index, part) in parts.iter().enumerate() {
            let path = format!("{path}.of[{index}]");
            if parts[..index]
                .iter()
                .any(|other| other.indicator == part.indicator)
            {
                let message = format!("{:?} is a part already", part.indicator);
                self.error(&format!("{path}.indicator"), message);
            }
            match (part.weight, weights) {
                (None, Weighting::Given) => {
                    self.error(&path, "weights = \"given\" needs a weight here".to_owned());
                }
                (Some(_), Weighting::Equal | Weighting::Pca | Weighting::Entropy) => {
                    let message = "a weight needs weights = \"given\"";
                    self.error(&format!("{path}.weight"), message.to_owned());
                }
                _ => {}
            }
            self.goalposts(&path, part.goalposts, normalise);
        }
        if aggregate == Aggregation::Geometric && normalise == Normalisation::Zscore {
            let message =
                "a geometric mean needs positive parts: normalise = \"minmax\" or \"percentile\"";
            self.error(&format!("{path}.normalise"), message.to_owned());
        }
    }

    fn goalposts(&mut self, path: &str, posts: Option<[f64; 2]>, normalise: Normalisation) {
        let path = format!("{path}.goalposts");
        match posts {
            Some(_) if normalise != Normalisation::Minmax => {
                self.error(&path, "goalposts need normalise = \"minmax\"".to_owned());
            }
            Some([low, high]) if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) => {
                self.error(
                    &path,
                    "the first goalpost must be below the second".to_owned(),
                );
            }
            _ => {}
        }
    }

    fn demand(&mut self, path: &str, theme: Option<&str>, statistic: DemandStatistic) {
        let draft = self.draft;
        if draft.demands.is_none() && !draft.layers.contains_key(DEMANDS_LAYER) {
            let message =
                format!("there are no demands: add [demands] or a layer {DEMANDS_LAYER:?}");
            self.error(path, message);
        }
        let themes = draft.demands.as_ref().map(|demands| &demands.themes);
        if let (Some(theme), Some(themes)) = (theme, themes)
            && !themes.iter().any(|known| known == theme)
        {
            let message = format!(
                "{theme:?} is no theme of the project: {}",
                themes.join(", ")
            );
            self.error(&format!("{path}.theme"), message);
        }
        if statistic == DemandStatistic::Share && theme.is_none() {
            let message = "without a theme or a status the share is always 100";
            self.error(&format!("{path}.statistic"), message.to_owned());
        }
    }
}
