//! Writing the protocol buffer of a tile, straight into bytes.
//!
//! Field numbers and rules are those of `vector_tile.proto` and of the specification's section 4; the `mvt` crate
//! encodes the same tiles in the tests and is slower by the factor in `benches/README.md`.

use std::collections::HashMap;

use super::EXTENT;
use super::quantize::Unit;
use crate::column::Value;
use crate::shapes::GeometryType;

/// One layer of a tile, growing feature by feature.
#[derive(Debug)]
pub(super) struct LayerWriter {
    name: String,
    features: Vec<u8>,
    keys: Vec<String>,
    values: Vec<u8>,
    value_count: u32,
    known_values: HashMap<ValueKey, u32>,
    geometry: Geometry,
    tags: Vec<u32>,
    scratch: Vec<u8>,
}

/// A value as a key: the specification wants each value of a layer once (4.1).
#[derive(Debug, PartialEq, Eq, Hash)]
enum ValueKey {
    Bool(bool),
    Integer(i64),
    Real(u64),
    Text(String),
}

impl LayerWriter {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            features: vec![],
            keys: vec![],
            values: vec![],
            value_count: 0,
            known_values: HashMap::new(),
            geometry: Geometry::default(),
            tags: vec![],
            scratch: vec![],
        }
    }

    /// Number of an attribute key; asked once per key, before the features.
    pub(super) fn key(&mut self, key: &str) -> u32 {
        self.keys.push(key.to_owned());
        narrow(self.keys.len() - 1)
    }

    /// Where the geometry of the next feature is written.
    pub(super) fn geometry(&mut self) -> &mut Geometry {
        &mut self.geometry
    }

    /// Adds an attribute to the next feature; nulls are left out, as the format has none.
    pub(super) fn tag(&mut self, key: u32, value: Value<'_>) {
        let known = match value {
            Value::Null => return,
            Value::Bool(value) => ValueKey::Bool(value),
            Value::Integer(value) => ValueKey::Integer(value),
            Value::Real(value) if !value.is_finite() => return,
            Value::Real(value) => ValueKey::Real(value.to_bits()),
            Value::Text(value) => ValueKey::Text(value.to_owned()),
        };
        let (values, count, scratch) = (&mut self.values, &mut self.value_count, &mut self.scratch);
        let number = *self.known_values.entry(known).or_insert_with(|| {
            scratch.clear();
            write_value(scratch, value);
            write_bytes(values, 4, scratch);
            *count += 1;
            *count - 1
        });
        self.tags.extend([key, number]);
    }

    /// Ends the feature; without geometry nothing is written (spec 4.2: a feature must have a geometry).
    pub(super) fn finish_feature(&mut self, id: u64, geometry_type: GeometryType) {
        let kind = match geometry_type {
            GeometryType::None => 0,
            GeometryType::Point => 1,
            GeometryType::Line => 2,
            GeometryType::Polygon => 3,
        };
        if !self.geometry.commands.is_empty() && kind > 0 {
            self.scratch.clear();
            write_number(&mut self.scratch, 1, id);
            write_packed(&mut self.scratch, 2, &self.tags);
            write_number(&mut self.scratch, 3, kind);
            write_packed(&mut self.scratch, 4, &self.geometry.commands);
            write_bytes(&mut self.features, 2, &self.scratch);
        }
        self.geometry.clear();
        self.tags.clear();
    }

    /// Appends the layer to a tile; a layer without features is left out (spec 4.1: a layer should have one).
    pub(super) fn append_to(self, tile: &mut Vec<u8>) {
        if self.features.is_empty() {
            return;
        }
        let mut layer = Vec::with_capacity(self.features.len() + self.values.len() + 256);
        write_number(&mut layer, 15, 2);
        write_bytes(&mut layer, 1, self.name.as_bytes());
        layer.extend_from_slice(&self.features);
        self.keys
            .iter()
            .for_each(|key| write_bytes(&mut layer, 3, key.as_bytes()));
        layer.extend_from_slice(&self.values);
        write_number(&mut layer, 5, u64::from(EXTENT));
        write_bytes(tile, 3, &layer);
    }
}

/// The command integers of one geometry (spec 4.3).
#[derive(Debug, Default)]
pub(super) struct Geometry {
    commands: Vec<u32>,
    cursor: Unit,
}

impl Geometry {
    /// One or more points: one `MoveTo` with all of them (spec 4.3.4.2).
    pub(super) fn points(&mut self, points: &[Unit]) {
        self.command(1, points.len());
        points.iter().for_each(|&point| self.step_to(point));
    }

    /// A line of two or more positions (spec 4.3.4.3).
    pub(super) fn line(&mut self, line: &[Unit]) {
        self.path(line);
    }

    /// A ring of three or more different positions, its last one not repeated (spec 4.3.4.4).
    pub(super) fn ring(&mut self, ring: &[Unit]) {
        self.path(ring);
        self.command(7, 1);
    }

    fn path(&mut self, path: &[Unit]) {
        self.command(1, 1);
        self.step_to(path[0]);
        self.command(2, path.len() - 1);
        path[1..].iter().for_each(|&unit| self.step_to(unit));
    }

    fn command(&mut self, id: u32, count: usize) {
        self.commands.push((narrow(count) << 3) | id);
    }

    fn step_to(&mut self, to: Unit) {
        let step = [
            to[0].wrapping_sub(self.cursor[0]),
            to[1].wrapping_sub(self.cursor[1]),
        ];
        self.commands.extend(step.map(zigzag));
        self.cursor = to;
    }

    /// Takes back what was written; whether there was anything.
    pub(super) fn take(&mut self) -> bool {
        let found = !self.commands.is_empty();
        self.clear();
        found
    }

    fn clear(&mut self) {
        self.commands.clear();
        self.cursor = [0, 0];
    }
}

/// Spec 4.3.2: small numbers of either sign become small numbers.
fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

fn write_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Null => {}
        Value::Text(value) => write_bytes(out, 1, value.as_bytes()),
        Value::Real(value) => {
            write_varint(out, (3 << 3) | 1);
            out.extend_from_slice(&value.to_le_bytes());
        }
        Value::Integer(value) if value >= 0 => write_number(out, 5, value.cast_unsigned()),
        Value::Integer(value) => {
            write_number(out, 6, ((value << 1) ^ (value >> 63)).cast_unsigned());
        }
        Value::Bool(value) => write_number(out, 7, u64::from(value)),
    }
}

fn write_number(out: &mut Vec<u8>, field: u64, value: u64) {
    write_varint(out, field << 3);
    write_varint(out, value);
}

fn write_bytes(out: &mut Vec<u8>, field: u64, bytes: &[u8]) {
    write_varint(out, (field << 3) | 2);
    write_varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

fn write_packed(out: &mut Vec<u8>, field: u64, values: &[u32]) {
    write_varint(out, (field << 3) | 2);
    write_varint(out, values.iter().map(|&value| varint_len(value)).sum());
    values
        .iter()
        .for_each(|&value| write_varint(out, u64::from(value)));
}

fn varint_len(value: u32) -> u64 {
    u64::from((38 - value.leading_zeros()) / 7).max(1)
}

fn write_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a tile has far fewer than 2²⁹ positions, keys or values"
)]
fn narrow(count: usize) -> u32 {
    count as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varint_lengths_are_those_that_are_written() {
        for value in [
            0,
            1,
            127,
            128,
            16_383,
            16_384,
            2_097_151,
            2_097_152,
            268_435_455,
            268_435_456,
            u32::MAX,
        ] {
            let mut out = vec![];
            write_varint(&mut out, u64::from(value));
            assert_eq!(out.len() as u64, varint_len(value), "{value}");
        }
    }

    #[test]
    fn the_specifications_example_polygon_has_its_command_integers() {
        // Spec 4.3.5.5, "Example Polygon"
        let mut geometry = Geometry::default();
        geometry.ring(&[[3, 6], [8, 12], [20, 34]]);
        assert_eq!(geometry.commands, [9, 6, 12, 18, 10, 12, 24, 44, 15]);
    }
}
