//! Indicators and heat maps of the project file → those of the engine, with layers and columns found.

mod binder;
mod derived;
mod operation;

use std::sync::Arc;

use comarca_engine::heatmap::{Bandwidth, Heatmap, HeatmapParts, Kernel, Persons};
use comarca_engine::indicator::{Indicator, Standard};
use comarca_engine::{Layer, Title};

use self::binder::Binder;
use super::Context;
use crate::problem::Problem;
use crate::project::{
    BandwidthConfig, BandwidthRule, HeatmapConfig, IndicatorConfig, KernelConfig, PersonsConfig,
    StandardConfig, TitleConfig, WeightedConfig,
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

impl Binder<'_> {
    fn indicator(&mut self, id: &str, config: &IndicatorConfig) -> Option<Indicator> {
        let operation = self.operation(&format!("indicators.{id}"), config)?;
        let standard = config.standard.as_ref().map(standard);
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
            KernelConfig::Triweight => Kernel::Triweight,
            KernelConfig::Gaussian => Kernel::Gaussian,
        };
        let bandwidth = match config.bandwidth {
            BandwidthConfig::Metres(bandwidth_m) => Bandwidth::Fixed(bandwidth_m),
            BandwidthConfig::Rule(BandwidthRule::Scott) => Bandwidth::Scott,
            BandwidthConfig::Rule(BandwidthRule::Silverman) => Bandwidth::Silverman,
            BandwidthConfig::Rule(BandwidthRule::CrossValidated) => Bandwidth::CrossValidated,
            BandwidthConfig::Rule(BandwidthRule::Adaptive) => Bandwidth::ADAPTIVE,
        };
        let per = match &config.per {
            Some(per) => Some(self.persons(&format!("heatmaps.{id}.per"), per)?),
            None => None,
        };
        Some(Heatmap::new(HeatmapParts {
            id: id.to_owned(),
            title: title(config.title.as_ref()),
            of,
            kernel,
            bandwidth,
            per,
            within: self.outline(),
            edge: config.edge,
            least_features: self.least_features(),
        }))
    }

    fn persons(&mut self, path: &str, config: &PersonsConfig) -> Option<Persons> {
        let features = WeightedConfig {
            layer: config.layer.clone(),
            weight: Some(config.weight.clone()),
            filter: config.filter.clone(),
        };
        Some(Persons {
            of: self.weighted(path, &features, None)?,
            least_per_km2: config.least_per_km2,
        })
    }

    /// The polygons of the whole territory: those of the coarsest level that has a layer, which have the fewest borders.
    fn outline(&self) -> Option<Arc<Layer>> {
        let mut levels = self.context.project.config.levels.iter().rev();
        let id = levels.find_map(|level| level.layer.as_deref())?;
        self.context.layer(id).map(Arc::clone)
    }

    /// What holds for persons holds for those who ask: no surface of so few that they could be recognised.
    fn least_features(&self) -> usize {
        match self.context.project.config.privacy.threshold {
            threshold @ 3.. => threshold as usize,
            _ => 0,
        }
    }
}

fn standard(config: &StandardConfig) -> Standard {
    Standard {
        min: config.min,
        max: config.max,
        source: config.source.clone(),
    }
}

fn title(config: Option<&TitleConfig>) -> Title {
    config.map_or_else(Title::default, TitleConfig::to_title)
}
