//! Writing the protocol buffer of a tile, straight into bytes.
//!
//! Field numbers and rules are those of `vector_tile.proto` and of the specification's section 4; the `mvt` crate
//! encodes the same tiles in the tests and is slower by the factor in `benches/README.md`.

use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::EXTENT;
use super::quantize::Unit;
use crate::column::Value;
use crate::shapes::GeometryType;

/// Number of the field of a layer that says how many features were left out. The format leaves 16 and above to extensions,
/// which decoders skip.
const OMITTED_FIELD: u64 = 16;

/// One layer of a tile, growing feature by feature into buffers of its own.
#[derive(Debug)]
pub(super) struct LayerWriter {
    name: String,
    features: Vec<u8>,
    feature_count: usize,
    spared: u64,
    keys: Vec<String>,
    values: Vec<u8>,
    value_count: u32,
    /// Where each value stands in `values` without its field, and its number: the specification wants each once (4.1).
    known_values: HashTable<(Range<u32>, u32)>,
    hasher: DefaultHashBuilder,
    geometry: Geometry,
    tags: Vec<u32>,
    scratch: Vec<u8>,
}

/// Where a layer stood between two features.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    features: usize,
    feature_count: usize,
    spared: u64,
    keys: usize,
    values: usize,
    value_count: u32,
}

impl LayerWriter {
    pub(super) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            features: vec![],
            feature_count: 0,
            spared: 0,
            keys: vec![],
            values: vec![],
            value_count: 0,
            known_values: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            geometry: Geometry::default(),
            tags: vec![],
            scratch: vec![],
        }
    }

    /// Number of the next attribute key.
    pub(super) fn key(&mut self, key: &str) -> u32 {
        self.keys.push(key.to_owned());
        narrow(self.keys.len() - 1)
    }

    pub(super) fn key_count(&self) -> u32 {
        narrow(self.keys.len())
    }

    /// Where the geometry of the next feature is written.
    pub(super) fn geometry(&mut self) -> &mut Geometry {
        &mut self.geometry
    }

    /// Bytes that the layer takes in its tile at most, with those of geometry that something shorter replaced.
    pub(super) fn size(&self) -> usize {
        self.framed() + usize::try_from(self.spared).unwrap_or(usize::MAX)
    }

    /// Bytes of features and values with those of the frame, each field of which takes six bytes at most besides its text.
    fn framed(&self) -> usize {
        let texts = self.name.len() + self.keys.iter().map(String::len).sum::<usize>();
        6 * (self.keys.len() + 8) + texts + self.written()
    }

    fn written(&self) -> usize {
        self.features.len() + self.values.len()
    }

    /// Where the layer stands between two features.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            features: self.features.len(),
            feature_count: self.feature_count,
            spared: self.spared,
            keys: self.keys.len(),
            values: self.values.len(),
            value_count: self.value_count,
        }
    }

    /// Takes back the features since a mark, with the keys and values that only they had. Cost O(values).
    pub(super) fn go_back(&mut self, mark: Mark) {
        self.features.truncate(mark.features);
        self.feature_count = mark.feature_count;
        self.spared = mark.spared;
        self.keys.truncate(mark.keys);
        self.values.truncate(mark.values);
        self.known_values
            .retain(|(at, _)| at.end as usize <= mark.values);
        self.value_count = mark.value_count;
    }

    /// Features so far.
    pub(super) fn feature_count(&self) -> usize {
        self.feature_count
    }

    /// Adds an attribute to the next feature; nulls are left out, as the format has none.
    pub(super) fn tag(&mut self, key: u32, value: Value<'_>) {
        if let Some(number) = self.value(value) {
            self.tags.extend([key, number]);
        }
    }

    /// Adds one text under two keys.
    pub(super) fn tag_both(&mut self, keys: [u32; 2], value: &str) {
        if let Some(number) = self.value(Value::Text(value)) {
            self.tags.extend([keys[0], number, keys[1], number]);
        }
    }

    /// Number of a value, which is written where it is new.
    fn value(&mut self, value: Value<'_>) -> Option<u32> {
        match value {
            Value::Null => return None,
            Value::Real(value) if !value.is_finite() => return None,
            _ => {}
        }
        self.scratch.clear();
        write_value(&mut self.scratch, value);
        let (values, scratch, hasher) = (&self.values, &self.scratch, &self.hasher);
        let bytes = |at: &Range<u32>| &values[at.start as usize..at.end as usize];
        let hash = hasher.hash_one(&scratch[..]);
        let known = self
            .known_values
            .find(hash, |(at, _)| bytes(at) == &scratch[..]);
        if let Some(&(_, number)) = known {
            return Some(number);
        }
        let (at, number) = self.append_value();
        let (values, hasher) = (&self.values, &self.hasher);
        let rehash = |(at, _): &(Range<u32>, u32)| {
            hasher.hash_one(&values[at.start as usize..at.end as usize])
        };
        self.known_values.insert_unique(hash, (at, number), rehash);
        Some(number)
    }

    /// Appends the value that stands in `scratch`: where, and its number.
    fn append_value(&mut self) -> (Range<u32>, u32) {
        write_bytes(&mut self.values, 4, &self.scratch);
        let end = self.values.len();
        let at = narrow(end - self.scratch.len())..narrow(end);
        self.value_count += 1;
        (at, self.value_count - 1)
    }

    /// Ends the feature; without geometry nothing is written (spec 4.2: a feature must have a geometry), and its tags go with it.
    /// Whether it was written.
    pub(super) fn finish_feature(&mut self, id: u64, geometry_type: GeometryType) -> bool {
        let kind = match geometry_type {
            GeometryType::None => 0,
            GeometryType::Point => 1,
            GeometryType::Line => 2,
            GeometryType::Polygon => 3,
        };
        let is_written = !self.geometry.commands.is_empty() && kind > 0;
        if is_written {
            let (tags, commands) = (&self.tags, &self.geometry.commands);
            let length =
                number_len(id) + packed_len(tags) + number_len(kind) + packed_len(commands);
            write_varint(&mut self.features, (2 << 3) | 2);
            let replaced = self.geometry.replaced.max(packed_len(commands));
            let instead = length - packed_len(commands) + replaced;
            self.spared += wide_len(instead) + instead - wide_len(length) - length;
            write_varint(&mut self.features, length);
            write_number(&mut self.features, 1, id);
            write_packed(&mut self.features, 2, tags);
            write_number(&mut self.features, 3, kind);
            write_packed(&mut self.features, 4, commands);
            self.feature_count += 1;
        }
        self.geometry.clear();
        self.tags.clear();
        is_written
    }

    /// Appends the layer to a tile, saying how many features it leaves out; a layer without features is left out (spec 4.1: a
    /// layer should have one).
    pub(super) fn append_to(&self, tile: &mut Vec<u8>, omitted: usize) {
        if self.features.is_empty() {
            return;
        }
        tile.reserve(self.framed());
        let mut head = Vec::with_capacity(16 + self.name.len());
        write_number(&mut head, 15, 2);
        write_bytes(&mut head, 1, self.name.as_bytes());
        let mut tail = Vec::with_capacity(self.framed() - self.written());
        self.keys
            .iter()
            .for_each(|key| write_bytes(&mut tail, 3, key.as_bytes()));
        let keys = tail.len();
        write_number(&mut tail, 5, u64::from(EXTENT));
        if omitted > 0 {
            write_number(&mut tail, OMITTED_FIELD, omitted as u64);
        }
        write_varint(tile, (3 << 3) | 2);
        write_varint(tile, (head.len() + self.written() + tail.len()) as u64);
        for piece in [
            &head,
            &self.features,
            &tail[..keys],
            &self.values,
            &tail[keys..],
        ] {
            tile.extend_from_slice(piece);
        }
    }
}

/// The command integers of one geometry (spec 4.3).
#[derive(Debug, Default)]
pub(super) struct Geometry {
    commands: Vec<u32>,
    cursor: Unit,
    /// Bytes of what was taken back.
    replaced: u64,
}

impl Geometry {
    /// Whether nothing was written since the last feature.
    pub(super) fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

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

    /// Takes back what was written, to put something shorter in its place that counts as much.
    pub(super) fn take(&mut self) {
        self.replaced = packed_len(&self.commands);
        self.commands.clear();
        self.cursor = [0, 0];
    }

    fn clear(&mut self) {
        self.commands.clear();
        self.cursor = [0, 0];
        self.replaced = 0;
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

/// Length of a number with its field, which is below 16.
fn number_len(value: u64) -> u64 {
    1 + wide_len(value)
}

/// Length of packed numbers with their field, which is below 16.
fn packed_len(values: &[u32]) -> u64 {
    let length: u64 = values.iter().map(|&value| varint_len(value)).sum();
    1 + wide_len(length) + length
}

fn wide_len(value: u64) -> u64 {
    u64::from((70 - (value | 1).leading_zeros()) / 7)
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
            assert_eq!(out.len() as u64, wide_len(u64::from(value)), "{value}");
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
