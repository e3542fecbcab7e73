//! What a tile or its TileJSON is asked for, checked.

use std::sync::Arc;

use comarca_engine::tile::{TileError, TileOptions};
use comarca_engine::{Filter, Layer};

use crate::error::AppError;
use crate::generation::Generation;
use crate::query::{Query, SCENARIO};

/// How many sources a composite has at most.
pub(crate) const SOURCES_MAX: usize = 16;
/// How many indicators are joined at most.
const INDICATORS_MAX: usize = 32;
/// How many properties may be named.
const PROPERTIES_MAX: usize = 256;

const PARAMETERS: [&str; 5] = ["properties", "filter", "indicators", "geometry", SCENARIO];

/// Sources and options of a tile.
#[derive(Debug)]
pub(crate) struct TileRequest {
    /// Ids of the sources, each once.
    pub(crate) sources: Vec<String>,
    /// What goes into the tile besides the geometry.
    pub(crate) options: TileOptions,
    /// The parameters as a query, for links.
    pub(crate) query: String,
}

impl TileRequest {
    /// Reads the sources with commas and the query.
    ///
    /// # Errors
    /// 404 for an unknown source, 400 for a parameter that cannot be used.
    pub(crate) fn read(
        generation: &Generation,
        layers: &str,
        query: Option<&str>,
    ) -> Result<Self, AppError> {
        let sources = source_ids(generation, layers)?;
        let query = Query::read(query, &PARAMETERS)?;
        let options = TileOptions {
            properties: properties(generation, &sources, &query)?,
            filter: filter(generation, &sources, &query)?,
            indicators: indicators(generation, &sources, &query)?,
            without_geometry: without_geometry(&query)?,
        };
        Ok(Self {
            sources,
            options,
            query: query.encoded(),
        })
    }

    /// The request in one normal form, for the cache.
    pub(crate) fn normal_form(&self) -> String {
        let TileOptions {
            properties,
            filter,
            indicators,
            without_geometry,
        } = &self.options;
        let filter = filter.as_ref().map(ToString::to_string);
        format!(
            "{:?} {properties:?} {filter:?} {indicators:?} {without_geometry}",
            self.sources
        )
    }
}

fn source_ids(generation: &Generation, layers: &str) -> Result<Vec<String>, AppError> {
    let mut ids: Vec<String> = vec![];
    for id in layers.split(',') {
        generation.source(id)?;
        if !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
        if ids.len() > SOURCES_MAX {
            return Err(AppError::parameter(
                "layers",
                layers,
                format!("at most {SOURCES_MAX} ids"),
            ));
        }
    }
    Ok(ids)
}

/// Names that some source has, in the order of the alphabet: their order makes no difference in the tile.
fn properties(
    generation: &Generation,
    sources: &[String],
    query: &Query,
) -> Result<Option<Vec<String>>, AppError> {
    let Some(mut names) = query.list("properties") else {
        return Ok(None);
    };
    let layers = layers_of(generation, sources)?;
    let known: Vec<&str> = ["key", "name"]
        .into_iter()
        .chain(
            layers
                .iter()
                .flat_map(|layer| layer.columns())
                .map(comarca_engine::Column::name),
        )
        .collect();
    if names.len() > PROPERTIES_MAX {
        return Err(AppError::parameter(
            "properties",
            &names.join(","),
            format!("at most {PROPERTIES_MAX} names"),
        ));
    }
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(AppError::not_one_of("properties", unknown, known));
    }
    names.sort_unstable();
    Ok(Some(names))
}

fn filter(
    generation: &Generation,
    sources: &[String],
    query: &Query,
) -> Result<Option<Filter>, AppError> {
    let Some(text) = query.value("filter") else {
        return Ok(None);
    };
    let refuse = |cause: &dyn std::fmt::Display| {
        AppError::parameter("filter", text, format!("CQL2 text; {cause}"))
    };
    let filter = Filter::parse(text).map_err(|cause| refuse(&cause))?;
    for (id, layer) in sources.iter().zip(layers_of(generation, sources)?) {
        let own = [
            comarca_engine::Property::text("key", layer.keys()),
            comarca_engine::Property::text("name", layer.names()),
        ];
        let bound = filter.bind(
            own.into_iter()
                .chain(layer.columns().iter().map(comarca_engine::Property::from)),
        );
        bound.map_err(|cause| refuse(&format!("on {id}: {cause}")))?;
    }
    Ok(Some(filter))
}

fn indicators(
    generation: &Generation,
    sources: &[String],
    query: &Query,
) -> Result<Vec<String>, AppError> {
    let ids = query.list("indicators").unwrap_or_default();
    if ids.len() > INDICATORS_MAX {
        return Err(AppError::parameter(
            "indicators",
            &ids.join(","),
            format!("at most {INDICATORS_MAX} ids"),
        ));
    }
    let known = || {
        generation
            .territory
            .indicators()
            .map(|indicator| indicator.id.as_str())
    };
    if let Some(unknown) = ids.iter().find(|id| known().all(|own| own != id.as_str())) {
        return Err(AppError::not_one_of("indicators", unknown, known()));
    }
    match sources
        .iter()
        .find(|id| !ids.is_empty() && generation.territory.level(id).is_none())
    {
        Some(layer) => Err(AppError::parameter(
            "indicators",
            &ids.join(","),
            format!("left out: indicators belong to levels, and {layer} is a layer"),
        )),
        None => Ok(ids),
    }
}

fn without_geometry(query: &Query) -> Result<bool, AppError> {
    match query.value("geometry") {
        None => Ok(false),
        Some("none") => Ok(true),
        Some(other) => Err(AppError::parameter("geometry", other, "none, or left out")),
    }
}

fn layers_of<'a>(
    generation: &'a Generation,
    sources: &[String],
) -> Result<Vec<&'a Arc<Layer>>, AppError> {
    sources.iter().map(|id| generation.source(id)).collect()
}

/// What the engine still refuses, after [`TileRequest::read`] has checked everything.
impl From<TileError> for AppError {
    fn from(error: TileError) -> Self {
        match error {
            TileError::CoordinateOutOfRange { .. } | TileError::UnknownSource(_) => {
                Self::NotFound(error.to_string())
            }
            _ => Self::Malformed(error.to_string()),
        }
    }
}
