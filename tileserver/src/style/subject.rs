//! What there are styles of, and what they are called.

use comarca_engine::{GeometryType, Level, Territory, Title};

use crate::error::AppError;

/// The name of the style with nothing but the ground.
const BASE: &str = "base";

/// What kind of thing a style shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing but land, borders and names.
    Base,
    /// The values of an indicator in classes.
    Indicator,
    /// The territories of a level.
    Level,
    /// The features of a layer.
    Layer,
    /// A heat map as a picture.
    Heatmap,
    /// Hexagons that count the features of a layer.
    Hexagons,
}

impl Kind {
    /// Name in addresses and documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Base => BASE,
            Self::Indicator => "indicator",
            Self::Level => "level",
            Self::Layer => "layer",
            Self::Heatmap => "heatmap",
            Self::Hexagons => "hexagons",
        }
    }

    /// The parameters that its styles have, besides the language and the scenario.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Base | Self::Level | Self::Layer => &[],
            Self::Indicator => &["level", "method", "classes", "colors"],
            Self::Heatmap | Self::Hexagons => &["colors"],
        }
    }
}

/// What a style is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) kind: Kind,
    pub(crate) id: String,
    /// Name of the style: the id; with its kind before it where something earlier has that name.
    pub(crate) name: String,
}

impl Subject {
    /// All subjects: base, indicators, levels, layers, heat maps, hexagons of layers of points.
    pub(crate) fn all(territory: &Territory) -> Vec<Self> {
        let level_ids = territory.levels().iter().map(Level::id);
        let layers = || {
            let ids = territory.source_ids();
            ids.filter(|id| territory.level(id).is_none())
        };
        let are_points = |id: &&str| {
            let layer = territory.layer(id);
            layer.is_some_and(|layer| layer.geometry_type() == Some(GeometryType::Point))
        };
        let of = |kind: Kind| move |id: &str| (kind, id.to_owned());
        let indicators = territory
            .indicators()
            .map(|indicator| indicator.id.as_str());
        let heatmaps = territory.heatmaps().map(|heatmap| heatmap.id.as_str());
        let all = [(Kind::Base, BASE.to_owned())]
            .into_iter()
            .chain(indicators.map(of(Kind::Indicator)))
            .chain(level_ids.map(of(Kind::Level)))
            .chain(layers().map(of(Kind::Layer)))
            .chain(heatmaps.map(of(Kind::Heatmap)))
            .chain(layers().filter(are_points).map(of(Kind::Hexagons)));
        let mut subjects: Vec<Self> = vec![];
        let mut taken = std::collections::HashSet::new();
        for (kind, id) in all {
            let name = match taken.insert(id.clone()) {
                true => id.clone(),
                false => format!("{}:{id}", kind.name()),
            };
            subjects.push(Self { kind, id, name });
        }
        subjects
    }

    /// The subject of the style of this name; `kind:id` names it too.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn find(territory: &Territory, name: &str) -> Result<Self, AppError> {
        let all = Self::all(territory);
        let is_meant = |subject: &&Self| {
            let by_kind = name.strip_prefix(subject.kind.name());
            let by_kind = by_kind.and_then(|rest| rest.strip_prefix(':'));
            subject.name == name || by_kind == Some(subject.id.as_str())
        };
        let found = all.iter().find(is_meant).cloned();
        let names = all.iter().map(|subject| subject.name.as_str());
        found.ok_or_else(|| AppError::unknown("style", name, names))
    }

    /// What people call it.
    pub(crate) fn title(&self, territory: &Territory) -> Title {
        let own = match self.kind {
            Kind::Base => Some(words("Mapa base", "Base map")),
            Kind::Indicator => {
                let view = territory.indicator(&self.id).ok();
                view.map(|view| view.indicator().title.clone())
            }
            Kind::Level => territory.level(&self.id).map(|level| level.title().clone()),
            Kind::Layer => territory.layer(&self.id).map(|layer| layer.title().clone()),
            Kind::Heatmap => {
                let heatmap = territory.heatmap(&self.id).ok();
                heatmap.map(|heatmap| heatmap.title.clone())
            }
            Kind::Hexagons => {
                let layer = territory.layer(&self.id).map(|layer| layer.title());
                let named = |language: &str| {
                    let own = layer.and_then(|title| title.in_language(language));
                    own.unwrap_or(&self.id).to_owned()
                };
                Some(words(
                    &format!("{}: hexágonos", named("es")),
                    &format!("{}: hexagons", named("en")),
                ))
            }
        };
        own.unwrap_or_default()
    }
}

fn words(es: &str, en: &str) -> Title {
    Title::new(
        [("es", es), ("en", en)]
            .map(|(tag, text)| (tag.to_owned(), text.to_owned()))
            .to_vec(),
    )
}
