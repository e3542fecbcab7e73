//! `TopoJSON` 1.0: geometries made of arcs that neighbours share. Every object of the file is a layer.
//!
//! This is how the topology of the file is kept: each arc is decoded once, and all geometries that use it copy the
//! same vertices bit by bit, one neighbour forwards and the other backwards. The coverage topology of the engine
//! finds shared borders by equal vertices, so it finds exactly the arcs that the file shares.
//!
//! Memory: a file of n bytes makes at most 2 n vertices of 16 bytes, beside the text and its columns; one that uses
//! its arcs more often than that is refused. Source: the `TopoJSON` format specification, 1.0.

mod arcs;
mod geometry;

use std::borrow::Cow;
use std::path::Path;

use comarca_engine::ColumnBuilder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::features::Collector;
use super::geojson::{Properties, located, named_crs, plain, scalar};
use super::json::{MemberList, Members};
use super::table::{TOO_MANY_CELLS, cells_max};
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem};
use arcs::{Arcs, Transform};
use geometry::{Geometries, Refusal};

/// Most objects that are read: each is a layer of its own.
const OBJECTS_MAX: usize = 1_000;
/// Deepest nesting of geometry collections.
const DEPTH_MAX: usize = 32;

/// The members of a topology that count, as text (2.1.1).
#[derive(Deserialize)]
struct RawTopology<'a> {
    #[serde(borrow)]
    transform: Option<&'a RawValue>,
    #[serde(borrow)]
    objects: Option<Members<'a>>,
    #[serde(borrow)]
    arcs: Option<Vec<&'a RawValue>>,
    /// Not of the specification, but some programs carry it over from `GeoJSON`.
    #[serde(borrow)]
    crs: Option<&'a RawValue>,
}

/// A geometry object (2.2), the members that count as text.
#[derive(Deserialize)]
struct RawGeometry<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    arcs: Option<&'a RawValue>,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
    #[serde(borrow)]
    geometries: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
}

/// Reads the objects of the topology `text`, or only the one called `wanted`.
pub(super) fn read(
    path: &Path,
    text: &str,
    wanted: Option<&str>,
) -> Result<Vec<Features>, LoadError> {
    let topology: RawTopology =
        serde_json::from_str(text).map_err(|error| located(path, &error))?;
    let missing = |name: &str| LoadError::new(path, format!("is TopoJSON without \"{name}\""));
    let arcs = topology.arcs.ok_or_else(|| missing("arcs"))?;
    let objects = chosen(
        path,
        topology.objects.ok_or_else(|| missing("objects"))?.0,
        wanted,
    )?;
    let transform = topology.transform.map(|text| Transform::read(text.get()));
    let transform = transform.transpose().map_err(|why| {
        LoadError::new(
            path,
            format!("the transform of the topology is not right: {why}"),
        )
    })?;
    let arcs = Arcs::read(&arcs, transform);
    let mut geometries = Geometries::new(&arcs, text.len());
    let mut layers = vec![];
    let mut cells = 0_usize;
    for (name, object) in objects {
        let layer = Object::new(&mut geometries, text.len())
            .read(path, &name, object.get())
            .map_err(|why| LoadError::from(Problem::error(why).in_file(path).in_layer(&*name)))?;
        cells = cells.saturating_add(layer.len().saturating_mul(layer.columns.len()));
        if cells > cells_max(text.len()) {
            return Err(LoadError::new(path, TOO_MANY_CELLS));
        }
        layers.push(layer);
    }
    if layers.is_empty() {
        layers.push(Collector::new(0).build(Format::TopoJson, stem(path), None));
    }
    let crs = crs(topology.crs.map(RawValue::get), &layers);
    layers
        .iter_mut()
        .for_each(|layer| layer.crs.clone_from(&crs));
    Ok(layers)
}

/// The objects that are to be read: all, or the one that is wanted.
fn chosen<'a>(
    path: &Path,
    mut objects: MemberList<'a>,
    wanted: Option<&str>,
) -> Result<MemberList<'a>, LoadError> {
    if objects.len() > OBJECTS_MAX {
        let message = format!(
            "has {} objects; at most {OBJECTS_MAX} are read as layers",
            objects.len()
        );
        return Err(LoadError::new(path, message));
    }
    let Some(wanted) = wanted else {
        return Ok(objects);
    };
    let names: Vec<_> = objects.iter().map(|(name, _)| name.to_string()).collect();
    objects.retain(|(name, _)| name == wanted);
    if objects.is_empty() {
        let error = LoadError::new(path, format!("has no object \"{wanted}\""));
        return Err(error.advice(format!("its objects are {}", names.join(", "))));
    }
    Ok(objects)
}

/// The CRS of all objects: the format knows none, so WGS 84 where every coordinate can be a longitude and latitude.
fn crs(member: Option<&str>, layers: &[Features]) -> Option<String> {
    // A quantized corner may lie a rounding error beyond the end of the world.
    const ROUNDING: f64 = 1e-9;
    let degrees = |[west, south, east, north]: [f64; 4]| {
        west >= -180.0 - ROUNDING
            && east <= 180.0 + ROUNDING
            && south >= -90.0 - ROUNDING
            && north <= 90.0 + ROUNDING
    };
    let in_range = || {
        layers
            .iter()
            .filter_map(Features::bounds)
            .all(degrees)
            .then(|| "OGC:CRS84".to_owned())
    };
    member.and_then(named_crs).or_else(in_range)
}

/// Reads one object into rows.
struct Object<'r, 'a> {
    geometries: &'r mut Geometries<'a>,
    rows: Collector,
    ids: ColumnBuilder,
}

impl<'r, 'a> Object<'r, 'a> {
    fn new(geometries: &'r mut Geometries<'a>, file_bytes: usize) -> Self {
        Self {
            geometries,
            rows: Collector::new(file_bytes),
            ids: ColumnBuilder::new("id"),
        }
    }

    /// The members of a collection are the rows; any other object is a single row.
    fn read(mut self, path: &Path, name: &str, text: &str) -> Result<Features, String> {
        match serde_json::from_str::<RawGeometry>(text) {
            Ok(RawGeometry {
                kind: Some(kind),
                geometries: Some(members),
                ..
            }) if kind == "GeometryCollection" => {
                for member in members {
                    self.row(member.get())?;
                }
            }
            _ => self.row(text)?,
        }
        Ok(self.build(path, name))
    }

    fn row(&mut self, text: &str) -> Result<(), String> {
        match serde_json::from_str::<RawGeometry>(text) {
            Ok(geometry) => self.members(&geometry)?,
            Err(error) => self.report("is not a geometry; the row is empty", &plain(&error)),
        }
        match self.rows.end_row() {
            true => Ok(()),
            false => Err(TOO_MANY_CELLS.to_owned()),
        }
    }

    fn members(&mut self, geometry: &RawGeometry) -> Result<(), String> {
        if let Some(id) = geometry.id {
            self.ids.fill(self.rows.row());
            scalar(id.get(), |value| self.ids.push(value));
        }
        if let Some(properties) = geometry.properties
            && let Err(error) = Properties::read(properties.get(), &mut self.rows.table)
        {
            let message = "the properties are not an object and are left out";
            self.report(message, &plain(&error));
        }
        match self.draft(geometry, 0) {
            Ok(()) => Ok(()),
            Err(Refusal::Geometry(why)) => {
                self.rows.draft.clear();
                self.report("the geometry cannot be read and is left out", &why);
                Ok(())
            }
            Err(Refusal::File(why)) => Err(why),
        }
    }

    fn draft(&mut self, geometry: &RawGeometry, depth: usize) -> Result<(), Refusal> {
        let kind = match geometry.kind.as_deref() {
            // A null object (2.2.8) has properties but no place.
            None => return Ok(()),
            Some("GeometryCollection") => {
                if depth == DEPTH_MAX {
                    return Err(Refusal::Geometry("collections are nested too deep".into()));
                }
                for member in geometry.geometries.iter().flatten() {
                    let member = serde_json::from_str(member.get())
                        .map_err(|error| Refusal::Geometry(plain(&error)))?;
                    self.draft(&member, depth + 1)?;
                }
                return Ok(());
            }
            Some(kind) => kind,
        };
        let (arcs, coordinates) = (
            geometry.arcs.map(RawValue::get),
            geometry.coordinates.map(RawValue::get),
        );
        let gaps = self
            .geometries
            .draft(kind, arcs, coordinates, &mut self.rows.draft)?;
        if gaps > 0 {
            let message = "arcs that follow one another do not meet; they were joined by a line";
            let problem = Problem::warning(message).at_row(self.rows.row());
            self.rows
                .problems
                .add(problem.advice("the file is damaged; get it again"));
        }
        Ok(())
    }

    fn report(&mut self, message: &str, why: &str) {
        let problem = Problem::error(format!("{message}: {why}"));
        self.rows.problems.add(problem.at_row(self.rows.row()));
    }

    fn build(self, path: &Path, name: &str) -> Features {
        let own_ids = !self.rows.table.has("id") && !self.ids.is_empty();
        let name = if name.is_empty() {
            stem(path)
        } else {
            name.to_owned()
        };
        let mut features = self.rows.build(Format::TopoJson, name.clone(), None);
        if own_ids {
            let mut ids = self.ids;
            ids.fill(features.len());
            features.columns.insert(0, ids.build());
        }
        features
            .problems
            .iter_mut()
            .for_each(|problem| problem.layer = Some(name.clone()));
        features
    }
}

#[cfg(test)]
mod tests;
