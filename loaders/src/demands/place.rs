//! Where a demand stands in the territory, and whose it is to write there.

use comarca_engine::{Level, LonLat, Territory, WHOLE};

use comarca_register::Demand;

use super::Refusal;

/// The place of a demand: a position, the finest territory that holds it, and the one that scopes who may write there.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Degrees.
    pub lon: f64,
    /// Degrees.
    pub lat: f64,
    /// Key of the finest territory.
    pub district: String,
    /// Key of the territory of the scope level; none where the hierarchy ends below it.
    pub commune: Option<String>,
}

/// The level whose territories tokens are scoped to: the one that the project names, else the coarsest below the whole.
pub fn scope_level<'t>(territory: &'t Territory, named: Option<&str>) -> Option<&'t Level> {
    let coarsest = || {
        let mut levels = territory.levels().iter().rev();
        levels.find(|level| level.id() != WHOLE)
    };
    named.map_or_else(coarsest, |id| territory.level(id))
}

/// The place at a position.
///
/// # Errors
/// When the position is outside every territory.
pub(super) fn at_position(
    territory: &Territory,
    scope: Option<&Level>,
    [lon, lat]: [f64; 2],
) -> Result<Place, Refusal> {
    let here = LonLat { lon, lat };
    let outside = || {
        let allowed = "a position inside the territory, longitude first";
        Refusal::new("location", &format!("[{lon}, {lat}]"), allowed)
    };
    if !here.is_valid() {
        return Err(outside());
    }
    let metric = territory.projection().to_metric(&[here]);
    let found = metric.first().and_then(|metric| territory.locate(*metric));
    let finest = found.ok_or_else(outside)?;
    Ok(Place {
        lon,
        lat,
        district: territory.levels()[0].layer().key(finest).to_owned(),
        commune: scope_key(scope, finest),
    })
}

/// The place of a demand that names its district alone: where that district has its anchor.
///
/// # Errors
/// When there is no such district.
pub(super) fn in_district(
    territory: &Territory,
    scope: Option<&Level>,
    key: &str,
) -> Result<Place, Refusal> {
    let level = &territory.levels()[0];
    let row = level.layer().row_of(key);
    let row = row.ok_or_else(|| {
        let allowed = format!("the key of a territory of the level {}", level.id());
        Refusal::new("district", key, allowed)
    })?;
    let degrees = territory
        .projection()
        .to_lonlat(&[level.layer().anchor(row)]);
    let at = degrees.first().filter(|at| at.is_valid());
    let at = at.ok_or_else(|| Refusal::new("district", key, "a territory with a shape"))?;
    Ok(Place {
        lon: at.lon,
        lat: at.lat,
        district: key.to_owned(),
        commune: scope_key(scope, row),
    })
}

/// Key of the territory of the scope level that holds the finest territory of this row.
pub(super) fn scope_key(scope: Option<&Level>, finest: usize) -> Option<String> {
    let scope = scope?;
    let row = scope.of_finest(finest)?;
    Some(scope.layer().key(row).to_owned())
}

/// Key of the territory of the scope level that a territory of any level lies in; none for those above it.
pub fn scope_of(
    territory: &Territory,
    scope: Option<&Level>,
    level: &str,
    key: &str,
) -> Option<String> {
    let scope = scope?;
    let position = |id: &str| territory.levels().iter().position(|own| own.id() == id);
    let (mut at, goal) = (position(level)?, position(scope.id())?);
    let mut row = territory.levels()[at].layer().row_of(key)?;
    while at < goal {
        row = territory.levels()[at].parent(row)?;
        at += 1;
    }
    (at == goal).then(|| scope.layer().key(row).to_owned())
}

/// The row of the finest territory that a demand stands in: by its key, else by its place.
pub fn finest(territory: &Territory, demand: &Demand) -> Option<usize> {
    let by_key = |key: &String| territory.levels()[0].layer().row_of(key);
    demand.district.as_ref().and_then(by_key).or_else(|| {
        let at = LonLat {
            lon: demand.lon,
            lat: demand.lat,
        };
        let metric = territory.projection().to_metric(&[at]);
        territory.locate(*metric.first()?)
    })
}
