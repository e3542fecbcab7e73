//! The rows that a filter keeps, before a layer is made of them.

use comarca_engine::{Filter, FilterError, LonLat, Property};
use thiserror::Error;

use crate::crs::{Crs, Transform};
use crate::source::Features;

/// Why it cannot be said which rows a filter keeps.
#[derive(Debug, Error)]
pub(crate) enum RowsError {
    /// The filter does not fit the columns.
    #[error("{0}")]
    Filter(FilterError),
    /// The filter asks for the geometry, and where on Earth that is cannot be said.
    #[error("a spatial predicate compares in degrees: {0}")]
    Place(String),
}

/// The rows that the filter keeps. Where it asks for the geometry the coordinates are taken from `crs` to degrees, for
/// the filter only; a row that has no place there has no geometry for it.
pub(crate) fn kept_rows(
    filter: &Filter,
    features: &Features,
    crs: Option<&str>,
) -> Result<Vec<u32>, RowsError> {
    let is_placed = filter.names_geometry() && !features.is_table();
    let lonlat = match is_placed {
        true => lonlat(features, crs).map_err(RowsError::Place)?,
        false => vec![],
    };
    let geometries = Property::geometries(&features.shapes, &lonlat);
    let columns = features.columns.iter().map(Property::from);
    let bound = filter
        .bind(columns.chain(geometries))
        .map_err(RowsError::Filter)?;
    let rows = (0_u32..).take(features.len());
    Ok(rows.filter(|&row| bound.matches(row as usize)).collect())
}

fn lonlat(features: &Features, crs: Option<&str>) -> Result<Vec<LonLat>, String> {
    let crs = crs.ok_or("the source does not tell its coordinate reference system")?;
    let from = Crs::parse(crs).map_err(|error| error.to_string())?;
    let way = Transform::new(&from, &Crs::lonlat(), features.bounds())
        .map_err(|error| error.to_string())?;
    let converted = (!way.is_identity()).then(|| way.convert(&features.coordinates));
    let degrees = converted.as_ref().unwrap_or(&features.coordinates);
    Ok(degrees
        .iter()
        .map(|&[lon, lat]| LonLat { lon, lat })
        .collect())
}
