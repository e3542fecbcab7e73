//! Mapbox vector tiles: each layer of a tile as a layer, with what is wrong by the clauses of the specification 2.1.
//!
//! A tile does not say where it is. Where the file is called `…/z/x/y.mvt` the coordinates are in Web Mercator
//! (EPSG:3857), in which a tile is an exact grid; else they stay those of the tile: from its corner in the north-west,
//! y to the south, without a CRS.
//!
//! The bytes are read here and not by `fast-mvt`, which the tests compare with: that crate gives up the whole tile for
//! one bad layer, and says neither feature nor clause. Memory: a tile of n bytes (unpacked at most [`UNPACKED_MAX`]
//! times the file) takes at most 16 n beside its columns.

mod commands;
mod protobuf;

use std::borrow::Cow;
use std::collections::HashSet;
use std::f64::consts::PI;
use std::io::Read;
use std::path::Path;

use comarca_engine::tile::TileCoord;
use comarca_engine::{ColumnBuilder, Value};
use flate2::read::MultiGzDecoder;

use super::features::Collector;
use super::table::{TOO_MANY_CELLS, cells_max};
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem, Problems};
use commands::{Geometry, Place};
use protobuf::{Field, Message, text, varints};

/// Most layers of a tile.
const LAYERS_MAX: usize = 1_000;
/// How many times the size of a compressed tile it may have unpacked, beyond the first megabyte.
const UNPACKED_MAX: u64 = 64;

/// Reads a tile, compressed with gzip or not: its layers in order.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Features>, LoadError> {
    let bytes = unpacked(path, bytes)?;
    let tile = tile_of(path);
    let mut layers = vec![];
    let mut names = HashSet::new();
    let mut cells = 0_usize;
    for field in Message::new(&bytes) {
        let layer = match field {
            Ok((3, Field::Bytes(layer))) => layer,
            Ok(_) => continue,
            Err(why) => return Err(LoadError::new(path, format!("is not a vector tile: {why}"))),
        };
        if layers.len() == LAYERS_MAX {
            let message = format!("has more than {LAYERS_MAX} layers");
            return Err(LoadError::new(path, message));
        }
        let mut layer = Layer::read(layer)
            .features(path, layers.len(), tile)
            .map_err(|why| LoadError::new(path, why))?;
        if !names.insert(layer.name.clone()) {
            let problem = Problem::error("two layers of the tile have the same name (4.1)");
            layer.problems.push(problem.in_layer(&layer.name));
        }
        cells = cells.saturating_add(layer.len().saturating_mul(layer.columns.len()));
        if cells > cells_max(bytes.len()) {
            return Err(LoadError::new(path, TOO_MANY_CELLS));
        }
        layers.push(layer);
    }
    if layers.is_empty() {
        layers.push(Collector::new(0).build(Format::Mvt, stem(path), None));
    }
    Ok(layers)
}

/// The tile as it is, or unpacked where it is compressed.
fn unpacked<'a>(path: &Path, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, LoadError> {
    if !bytes.starts_with(b"\x1f\x8b") {
        return Ok(Cow::Borrowed(bytes));
    }
    let most = (bytes.len() as u64).saturating_mul(UNPACKED_MAX) + (1 << 20);
    let mut tile = vec![];
    MultiGzDecoder::new(bytes)
        .take(most + 1)
        .read_to_end(&mut tile)
        .map_err(|error| LoadError::caused(path, "cannot be unpacked", error))?;
    if tile.len() as u64 > most {
        let message = "unpacked it is out of all proportion to the file's size";
        return Err(LoadError::new(path, message));
    }
    Ok(Cow::Owned(tile))
}

/// The tile that a file called `…/z/x/y.mvt` is.
fn tile_of(path: &Path) -> Option<TileCoord> {
    let mut parts = path.iter().rev().map(|part| part.to_string_lossy());
    let y = parts.next()?;
    let (y, _) = y.split_once('.')?;
    let (x, z) = (parts.next()?, parts.next()?);
    let number = |text: &str| {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| digits)
    };
    let z = u8::try_from(number(&z)?).ok()?;
    TileCoord::new(z, number(&x)?, number(y)?).ok()
}

/// From the units of a tile to EPSG:3857, or to nothing else.
fn place(tile: Option<TileCoord>, extent: u32) -> Place {
    /// Half of the circumference of the earth in Web Mercator, in metres.
    const HALF_M: f64 = PI * 6_378_137.0;
    let Some(tile) = tile else {
        return Place {
            corner: [0.0, 0.0],
            unit: [1.0, 1.0],
        };
    };
    let side_m = 2.0 * HALF_M / f64::from(1_u32 << tile.z());
    let unit_m = side_m / f64::from(extent);
    Place {
        corner: [
            f64::from(tile.x()) * side_m - HALF_M,
            HALF_M - f64::from(tile.y()) * side_m,
        ],
        unit: [unit_m, -unit_m],
    }
}

/// A layer (4.1) before its features are read.
#[derive(Default)]
struct Layer<'a> {
    name: Option<Cow<'a, str>>,
    version: Option<u64>,
    extent: Option<u64>,
    keys: Vec<Cow<'a, str>>,
    values: Vec<Option<Scalar<'a>>>,
    features: Vec<&'a [u8]>,
    bytes: usize,
    problems: Problems,
}

/// A value of the layer's list (4.4).
#[derive(Clone, Debug, PartialEq)]
enum Scalar<'a> {
    Text(Cow<'a, str>),
    Real(f64),
    Integer(i64),
    Bool(bool),
}

impl<'a> Layer<'a> {
    fn read(bytes: &'a [u8]) -> Self {
        let mut layer = Self {
            bytes: bytes.len(),
            ..Self::default()
        };
        for field in Message::new(bytes) {
            match field {
                Ok((1, Field::Bytes(name))) => layer.name = Some(layer.text(name)),
                Ok((2, Field::Bytes(feature))) => layer.features.push(feature),
                Ok((3, Field::Bytes(key))) => {
                    let key = layer.text(key);
                    layer.keys.push(key);
                }
                Ok((4, Field::Bytes(value))) => {
                    let value = layer.scalar(value);
                    if value.is_none() {
                        layer.fault("a value of the layer is of none of the seven types (4.1)");
                    }
                    layer.values.push(value);
                }
                Ok((5, Field::Varint(extent))) => layer.extent = Some(extent),
                Ok((15, Field::Varint(version))) => layer.version = Some(version),
                Ok((1..=5 | 15, _)) => {
                    layer.fault(
                        "a field of the layer is of another wire type than it must be (4.1)",
                    );
                }
                Ok(_) => {}
                Err(why) => {
                    let message = format!("the layer is damaged, what follows is lost: {why}");
                    layer.problems.add(Problem::error(message));
                }
            }
        }
        layer
    }

    fn text(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        text(bytes).unwrap_or_else(|replaced| {
            let message = "has text that is not UTF-8; what is wrong was replaced by \u{fffd}";
            self.problems.add(Problem::warning(message));
            Cow::Owned(replaced)
        })
    }

    /// The one value of a message; `None` where there is none or it is damaged.
    fn scalar(&mut self, bytes: &'a [u8]) -> Option<Scalar<'a>> {
        let mut value = None;
        for field in Message::new(bytes) {
            let found = match field {
                Ok((1, Field::Bytes(text))) => Scalar::Text(self.text(text)),
                Ok((2, Field::Fixed32(bytes))) => Scalar::Real(f32::from_le_bytes(bytes).into()),
                Ok((3, Field::Fixed64(bytes))) => Scalar::Real(f64::from_le_bytes(bytes)),
                Ok((4, Field::Varint(value))) => Scalar::Integer(value.cast_signed()),
                Ok((5, Field::Varint(value))) => {
                    i64::try_from(value).map_or(Scalar::Real(value as f64), Scalar::Integer)
                }
                Ok((6, Field::Varint(value))) => Scalar::Integer(protobuf::zigzag(value)),
                Ok((7, Field::Varint(value))) => Scalar::Bool(value != 0),
                Ok(_) => continue,
                Err(_) => return None,
            };
            value = Some(found);
        }
        value
    }

    /// The layer's own clauses, then its features. An error is one of the whole file.
    fn features(
        mut self,
        path: &Path,
        number: usize,
        tile: Option<TileCoord>,
    ) -> Result<Features, &'static str> {
        let name = match self.name.take() {
            Some(name) if !name.is_empty() => name.into_owned(),
            _ => {
                self.fault("the layer has no name (4.1)");
                format!("{}_{}", stem(path), number + 1)
            }
        };
        match self.version {
            None => self.fault("the layer does not say its version (4.1)"),
            Some(1 | 2) => {}
            Some(_) => self.fault("the layer is of a version that is not known (4.1)"),
        }
        let extent = self.extent.unwrap_or(4096);
        let extent = u32::try_from(extent).ok().filter(|extent| *extent > 0);
        let extent = extent.unwrap_or_else(|| {
            self.fault("the extent of the layer makes no sense, 4096 was taken (4.1)");
            4096
        });
        if tile.is_none() {
            let message = format!(
                "the coordinates are those of a tile of {extent} × {extent} units, as the file's name does not say which tile it is"
            );
            let notice = Problem::notice(message);
            self.problems
                .add(notice.advice("name the file z/x/y.mvt, such as 14/4936/9911.mvt"));
        }
        let mut rows = Rows::new(&self, place(tile, extent));
        for feature in &self.features {
            rows.feature(feature)?;
        }
        Ok(rows.build(name, tile.map(|_| "EPSG:3857".to_owned())))
    }

    fn fault(&mut self, message: &str) {
        self.problems.add(Problem::error(message));
    }
}

/// The features of a layer as rows.
struct Rows<'l, 'a> {
    layer: &'l Layer<'a>,
    place: Place,
    rows: Collector,
    ids: ColumnBuilder,
    /// The column of each key, once it is used.
    columns: Vec<Option<usize>>,
    tags: Vec<u32>,
    commands: Vec<u32>,
}

impl<'l, 'a> Rows<'l, 'a> {
    fn new(layer: &'l Layer<'a>, place: Place) -> Self {
        let mut rows = Collector::new(layer.bytes);
        rows.problems = layer.problems.clone();
        Self {
            place,
            rows,
            ids: ColumnBuilder::new("id"),
            columns: vec![None; layer.keys.len()],
            tags: vec![],
            commands: vec![],
            layer,
        }
    }

    /// A feature (4.2): what it says, then its attributes and its geometry.
    fn feature(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        self.tags.clear();
        self.commands.clear();
        let (mut kind, mut damage) = (None, None);
        for field in Message::new(bytes) {
            let read = match field {
                Ok((1, Field::Varint(id))) => {
                    self.id(id);
                    Ok(())
                }
                Ok((2, tags)) => varints(&tags, &mut self.tags),
                Ok((3, Field::Varint(value))) => {
                    kind = Some(value);
                    Ok(())
                }
                Ok((4, commands)) => varints(&commands, &mut self.commands),
                Ok((1 | 3, _)) => Err("a field is of another wire type than it must be"),
                Ok(_) => Ok(()),
                Err(why) => Err(why),
            };
            damage = damage.or(read.err());
        }
        if let Some(why) = damage {
            self.report(&format!("the feature is damaged and left empty: {why}"));
        } else {
            self.attributes();
            self.geometry(kind);
        }
        match self.rows.end_row() {
            true => Ok(()),
            false => Err(TOO_MANY_CELLS),
        }
    }

    fn id(&mut self, id: u64) {
        self.ids.fill(self.rows.row());
        if self.ids.len() == self.rows.row() {
            let id = i64::try_from(id).map_or(Value::Real(id as f64), Value::Integer);
            self.ids.push(id);
        }
    }

    /// Pairs of a key and a value, by their numbers in the layer's lists (4.4).
    fn attributes(&mut self) {
        let mut wrong = None;
        if self.tags.len() % 2 == 1 {
            wrong = Some("the last attribute has a key and no value (4.4)");
        }
        for [key, value] in self.tags.as_chunks::<2>().0 {
            let [key, value] = [*key, *value].map(|number| number as usize);
            let (Some(name), Some(value)) =
                (self.layer.keys.get(key), self.layer.values.get(value))
            else {
                wrong = Some("an attribute is none of the layer's keys and values (4.4)");
                continue;
            };
            let table = &mut self.rows.table;
            let column = *self.columns[key].get_or_insert_with(|| table.column(name));
            match value {
                Some(Scalar::Text(text)) => table.set(column, Value::Text(text)),
                Some(Scalar::Real(number)) => table.set(column, Value::Real(*number)),
                Some(Scalar::Integer(number)) => table.set(column, Value::Integer(*number)),
                Some(Scalar::Bool(truth)) => table.set(column, Value::Bool(*truth)),
                // Told once for the layer.
                None => table.set(column, Value::Null),
            }
        }
        if let Some(wrong) = wrong {
            self.report(wrong);
        }
    }

    fn geometry(&mut self, kind: Option<u64>) {
        let geometry = Geometry {
            commands: &self.commands,
            place: self.place,
            winding_is_free: self.layer.version == Some(1),
        };
        match geometry.draft(kind, &mut self.rows.draft) {
            Ok(warnings) => {
                let row = self.rows.row();
                let problems = warnings.into_iter().map(Problem::warning);
                self.rows
                    .problems
                    .extend(problems.map(|problem| problem.at_row(row)));
            }
            Err(why) => {
                self.rows.draft.clear();
                self.report(&format!("the geometry is left out: {why}"));
            }
        }
    }

    fn report(&mut self, message: &str) {
        let problem = Problem::error(message).at_row(self.rows.row());
        self.rows.problems.add(problem);
    }

    fn build(self, name: String, crs: Option<String>) -> Features {
        let own_ids = !self.rows.table.has("id") && !self.ids.is_empty();
        let mut features = self.rows.build(Format::Mvt, name, crs);
        if own_ids {
            let mut ids = self.ids;
            ids.fill(features.len());
            features.columns.insert(0, ids.build());
        }
        let name = &features.name;
        features
            .problems
            .iter_mut()
            .for_each(|problem| problem.layer = Some(name.clone()));
        features
    }
}

#[cfg(test)]
mod tests;
