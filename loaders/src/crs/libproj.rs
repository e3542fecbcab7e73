//! Conversion with PROJ.

use proj::{Area, Proj, ProjBuilder};
use rayon::prelude::*;

use super::{Crs, CrsError, database};

/// What PROJ knows about a CRS.
pub(super) struct Description {
    pub(super) geographic: bool,
    pub(super) metres: bool,
}

/// What PROJ knows about `definition`; `None` when it is not a horizontal CRS.
pub(super) fn describe(definition: &str) -> Option<Description> {
    let crs = builder().ok()?.proj(definition).ok()?;
    let json: serde_json::Value = serde_json::from_str(&crs.to_projjson(Some(false), None, None).ok()?).ok()?;
    horizontal(&json)
}

/// The horizontal part of a PROJJSON tree.
fn horizontal(json: &serde_json::Value) -> Option<Description> {
    match json.get("type")?.as_str()? {
        "GeographicCRS" => Some(Description { geographic: true, metres: false }),
        "ProjectedCRS" | "DerivedProjectedCRS" => {
            let axes = json.pointer("/coordinate_system/axis")?.as_array()?;
            let metres = axes.iter().all(|axis| axis.get("unit").and_then(|unit| unit.as_str()) == Some("metre"));
            Some(Description { geographic: false, metres })
        }
        "CompoundCRS" => horizontal(json.get("components")?.get(0)?),
        "BoundCRS" => horizontal(json.get("source_crs")?),
        _ => None,
    }
}

/// Two definitions and the area between which PROJ converts. PROJ's own objects belong to one thread each.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    from: String,
    to: String,
    area: Option<[f64; 4]>,
}

/// The pair and PROJ's stated accuracy in metres in the middle of `bounds`.
pub(super) fn pair(from: &Crs, to: &Crs, bounds: Option<[f64; 4]>) -> Result<(Pair, Option<f64>), CrsError> {
    let mut pair = Pair { from: from.definition.clone(), to: to.definition.clone(), area: None };
    pair.area = bounds.and_then(|bounds| lonlat_area(from, bounds));
    let no_way = |why: String| CrsError::NoTransform { from: from.name.clone(), to: to.name.clone(), why };
    let proj = pair.open().map_err(no_way)?;
    let middle = bounds.map_or([0.0, 0.0], |[west, south, east, north]| [f64::midpoint(west, east), f64::midpoint(south, north)]);
    // Where PROJ has several operations it only knows which one it takes once it has taken it.
    convert_one(&proj, middle);
    let accuracy_m = Some(proj.proj_info().accuracy).filter(|accuracy_m| *accuracy_m >= 0.0);
    Ok((pair, accuracy_m))
}

impl Pair {
    fn open(&self) -> Result<Proj, String> {
        let area = self.area.map(|[west, south, east, north]| Area::new(west, south, east, north));
        let builder = builder().map_err(|error| error.to_string())?;
        builder.proj_known_crs(&self.from, &self.to, area).map_err(|error| error.to_string())
    }

    /// Converts in as many pieces as there are threads: making PROJ's object takes up to 66 ms.
    pub(super) fn convert(&self, coordinates: &[[f64; 2]]) -> Vec<[f64; 2]> {
        const PIECE_MIN: usize = 65_536;
        let piece = coordinates.len().div_ceil(rayon::current_num_threads()).max(PIECE_MIN);
        coordinates.par_chunks(piece).flat_map_iter(|piece| self.convert_piece(piece)).collect()
    }

    fn convert_piece(&self, piece: &[[f64; 2]]) -> Vec<[f64; 2]> {
        match self.open() {
            Ok(proj) => piece.iter().map(|position| convert_one(&proj, *position)).collect(),
            Err(_) => vec![[f64::NAN, f64::NAN]; piece.len()],
        }
    }
}

fn convert_one(proj: &Proj, [x, y]: [f64; 2]) -> [f64; 2] {
    let converted = if x.is_finite() && y.is_finite() { proj.convert((x, y)).ok() } else { None };
    match converted {
        Some((x, y)) if x.is_finite() && y.is_finite() => [x, y],
        _ => [f64::NAN, f64::NAN],
    }
}

/// `bounds` in longitude and latitude, as PROJ wants its area.
fn lonlat_area(from: &Crs, bounds: [f64; 4]) -> Option<[f64; 4]> {
    if from.is_geographic() {
        return Some(bounds);
    }
    let proj = Pair { from: from.definition.clone(), to: "EPSG:4326".to_owned(), area: None }.open().ok()?;
    proj.transform_bounds(bounds[0], bounds[1], bounds[2], bounds[3], 21).ok().filter(|area| area.iter().all(|edge| edge.is_finite()))
}

fn builder() -> Result<ProjBuilder, CrsError> {
    let folder = database::folder()?;
    let mut builder = ProjBuilder::new();
    builder.set_search_paths(folder).map_err(|error| CrsError::Database(error.to_string()))?;
    Ok(builder)
}
