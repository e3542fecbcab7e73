//! What a heat map or hexagons are asked for besides their place: which features, in which colours, under which bandwidth.

use comarca_engine::heatmap::{Bandwidth, Heatmap, SurfaceRequest, round_levels};
use comarca_engine::{Layer, Value as Cell};
use comarca_register::{Stage, Status};

use crate::error::AppError;
use crate::generation::{DEMANDS, Generation, THEME};
use crate::query::{Query, SCENARIO};
use crate::ramp::Ramp;
use crate::register::find::{day, is_until};

/// The parameters of a choice of features.
pub(crate) const OF_FEATURES: [&str; 6] = ["theme", "status", "stage", "since", "until", SCENARIO];
/// Those of a surface.
pub(crate) const OF_SURFACE: [&str; 11] = [
    "theme",
    "status",
    "stage",
    "since",
    "until",
    SCENARIO,
    "bandwidth",
    "colors",
    "per",
    "minus_since",
    "minus_until",
];
/// The bandwidths that may be asked for, in metres.
const BANDWIDTH_M: std::ops::RangeInclusive<f64> = 20.0..=20_000.0;

/// A stretch of days, both ends in it; months and years stand for their days.
type Days = (Option<String>, Option<String>);

/// Which features of a layer; what is `None` does not choose.
#[derive(Clone, Debug, Default)]
pub(crate) struct Features {
    theme: Option<String>,
    status: Option<String>,
    stage: Option<String>,
    days: Days,
}

/// What a surface is made of besides its place.
#[derive(Debug)]
pub(crate) struct Look {
    pub(crate) features: Features,
    /// The days whose surface is taken off.
    minus: Option<Features>,
    bandwidth: Option<f64>,
    pub(crate) per_inhabitant: bool,
    pub(crate) ramp: &'static Ramp,
}

impl Features {
    /// Reads a choice.
    ///
    /// # Errors
    /// 400 for a value that is none of those there are, or a column that the layer does not have.
    pub(crate) fn read(
        generation: &Generation,
        layer: &Layer,
        query: &Query,
    ) -> Result<Self, AppError> {
        let text = |name: &str| -> Result<Option<String>, AppError> {
            match query.value(name).filter(|text| !text.is_empty()) {
                Some(text) => has_column(layer, name, name, text).map(|()| Some(text.to_owned())),
                None => Ok(None),
            }
        };
        let theme = text("theme")?;
        if let Some(unknown) = theme
            .as_ref()
            .filter(|theme| !generation.themes.contains(theme))
        {
            let known = generation.themes.iter().map(String::as_str);
            return Err(AppError::not_one_of("theme", unknown, known));
        }
        let (status, stage) = (text("status")?, text("stage")?);
        if layer.id() == DEMANDS {
            one_of("status", status.as_deref(), &Status::ALL.map(Status::name))?;
            one_of("stage", stage.as_deref(), &Stage::ALL.map(Stage::name))?;
        }
        Ok(Self {
            theme,
            status,
            stage,
            days: days(layer, query, "since", "until")?,
        })
    }

    /// Whether it chooses at all.
    pub(crate) fn is_all(&self) -> bool {
        let Self {
            theme,
            status,
            stage,
            days: (since, until),
        } = self;
        [theme, status, stage, since, until]
            .iter()
            .all(|one| one.is_none())
    }

    /// Whether the feature of a row is chosen.
    pub(crate) fn takes<'l>(&'l self, layer: &'l Layer) -> impl Fn(usize) -> bool + Sync + 'l {
        let equal = [
            (THEME, &self.theme),
            ("status", &self.status),
            ("stage", &self.stage),
        ];
        let wanted: Vec<_> = equal
            .into_iter()
            .filter_map(|(name, value)| Some((layer.column(name)?, value.as_deref()?)))
            .collect();
        let (since, until) = &self.days;
        let created = layer
            .column(CREATED)
            .filter(|_| since.is_some() || until.is_some());
        move |row| {
            let is = |(column, value): &(&comarca_engine::Column, &str)| match column.value(row) {
                Cell::Text(own) => own == *value,
                other => other.display() == *value,
            };
            let in_time = created.is_none_or(|created| match created.value(row) {
                Cell::Text(own) => within(own, since.as_deref(), until.as_deref()),
                _ => false,
            });
            in_time && wanted.iter().all(is)
        }
    }
}

/// The column with the day of a feature.
const CREATED: &str = "created";

fn within(moment: &str, since: Option<&str>, until: Option<&str>) -> bool {
    since.is_none_or(|since| moment >= since) && until.is_none_or(|until| is_until(moment, until))
}

fn one_of(name: &str, value: Option<&str>, known: &[&str]) -> Result<(), AppError> {
    match value.filter(|value| !known.contains(value)) {
        Some(unknown) => Err(AppError::not_one_of(name, unknown, known.iter().copied())),
        None => Ok(()),
    }
}

fn has_column(layer: &Layer, column: &str, name: &str, value: &str) -> Result<(), AppError> {
    if layer.column(column).is_some() {
        return Ok(());
    }
    let allowed = format!("left out: the layer {} has no column {column}", layer.id());
    Err(AppError::parameter(name, value, allowed))
}

fn days(layer: &Layer, query: &Query, since: &str, until: &str) -> Result<Days, AppError> {
    let days = (day(query, since)?, day(query, until)?);
    for (name, value) in [(since, &days.0), (until, &days.1)] {
        if let Some(value) = value {
            has_column(layer, CREATED, name, value)?;
        }
    }
    match &days {
        (Some(from), Some(to)) if from > to && !from.starts_with(to.as_str()) => {
            Err(AppError::parameter(until, to, format!("{from} or later")))
        }
        _ => Ok(days),
    }
}

impl Look {
    /// Reads what a surface is asked for.
    ///
    /// # Errors
    /// 400 for a value that cannot be used.
    pub(crate) fn read(
        generation: &Generation,
        heatmap: &Heatmap,
        query: &Query,
    ) -> Result<Self, AppError> {
        let layer = heatmap.layer();
        let features = Features::read(generation, layer, query)?;
        let minus = days(layer, query, "minus_since", "minus_until")?;
        let minus = (minus != (None, None)).then(|| Features {
            days: minus,
            ..features.clone()
        });
        Ok(Self {
            ramp: ramp(query, minus.is_some())?,
            bandwidth: bandwidth(query)?,
            per_inhabitant: per(heatmap, query)?,
            features,
            minus,
        })
    }

    /// One text for one look, for the cache.
    pub(crate) fn normal_form(&self) -> String {
        format!("{} {}", self.ramp.name(), self.values_form())
    }

    /// One text for all looks with the same values, whatever their colours.
    fn values_form(&self) -> String {
        let Self {
            features,
            minus,
            bandwidth,
            per_inhabitant,
            ramp: _,
        } = self;
        format!("{features:?} {minus:?} {bandwidth:?} {per_inhabitant}")
    }

    /// Whether the surface is the difference of two periods.
    pub(crate) fn is_difference(&self) -> bool {
        self.minus.is_some()
    }

    /// Asks the heat map in this look.
    pub(crate) fn ask<T>(
        &self,
        heatmap: &Heatmap,
        ask: impl FnOnce(&SurfaceRequest<'_>) -> T,
    ) -> T {
        let keep = self.features.takes(heatmap.layer());
        let minus = self
            .minus
            .as_ref()
            .map(|minus| minus.takes(heatmap.layer()));
        let request = SurfaceRequest {
            keep: (!self.features.is_all()).then_some(&keep),
            minus: minus
                .as_ref()
                .map(|minus| minus as comarca_engine::heatmap::Keep<'_>),
            bandwidth: self.bandwidth.map(Bandwidth::Fixed),
            per_inhabitant: self.per_inhabitant,
            ..SurfaceRequest::default()
        };
        ask(&request)
    }

    /// The top of the colour scale, which is one for all tiles: of a difference its own, else that of all features, so that
    /// themes and periods can be compared.
    pub(crate) fn peak(&self, generation: &Generation, heatmap: &Heatmap) -> f64 {
        if self.is_difference() {
            let form = format!("{:?} {}", heatmap.id, self.values_form());
            return generation.peak(&form, || self.ask(heatmap, |request| heatmap.peak(request)));
        }
        let all = SurfaceRequest {
            bandwidth: self.bandwidth.map(Bandwidth::Fixed),
            per_inhabitant: self.per_inhabitant,
            ..SurfaceRequest::default()
        };
        match self.per_inhabitant {
            true => {
                let form = format!("{:?} per inhabitant {:?}", heatmap.id, self.bandwidth);
                generation.peak(&form, || heatmap.peak(&all))
            }
            false => heatmap.peak(&all),
        }
    }

    /// The limits of isobands up to a peak, ascending; of a difference below nothing too.
    pub(crate) fn levels(&self, peak: f64, most: usize) -> Vec<f64> {
        if !self.is_difference() {
            return round_levels(peak, most);
        }
        let above = round_levels(peak, most / 2);
        let below = above.iter().rev().map(|level| -level);
        below.chain(above.iter().copied()).collect()
    }

    /// The bandwidth that it is shown with, in metres.
    pub(crate) fn bandwidth_m(&self, heatmap: &Heatmap) -> f64 {
        self.bandwidth.unwrap_or(heatmap.bandwidth_m)
    }

    /// What a value counts.
    pub(crate) fn unit(&self) -> &'static str {
        match self.per_inhabitant {
            true => "per 1,000 persons",
            false => "per km²",
        }
    }
}

fn ramp(query: &Query, is_difference: bool) -> Result<&'static Ramp, AppError> {
    let names = || match is_difference {
        true => Ramp::diverging_names().collect::<Vec<_>>(),
        false => Ramp::names().collect(),
    };
    match query.value("colors").filter(|name| !name.is_empty()) {
        None if is_difference => Ok(Ramp::first_diverging()),
        None => Ok(Ramp::first()),
        Some(name) => Ramp::named(name)
            .filter(|ramp| ramp.is_diverging() == is_difference)
            .ok_or_else(|| AppError::not_one_of("colors", name, names())),
    }
}

fn bandwidth(query: &Query) -> Result<Option<f64>, AppError> {
    let Some(text) = query.value("bandwidth").filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let metres = text
        .parse()
        .ok()
        .filter(|metres| BANDWIDTH_M.contains(metres));
    let (least, most) = (BANDWIDTH_M.start(), BANDWIDTH_M.end());
    let refuse =
        || AppError::parameter("bandwidth", text, format!("metres from {least} to {most}"));
    metres.map(Some).ok_or_else(refuse)
}

fn per(heatmap: &Heatmap, query: &Query) -> Result<bool, AppError> {
    match query.value("per").filter(|text| !text.is_empty()) {
        None => Ok(false),
        Some("inhabitants") if heatmap.knows_persons() => Ok(true),
        Some(other) if heatmap.knows_persons() => {
            Err(AppError::not_one_of("per", other, ["inhabitants"]))
        }
        Some(other) => Err(AppError::parameter(
            "per",
            other,
            "left out: the project does not say where people live for this heat map (heatmaps….per)",
        )),
    }
}
