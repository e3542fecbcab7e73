//! A tile layer of polygons that are computed, not cut from the features of a layer.

use super::clip;
use super::coord::TileCoord;
use super::encode::LayerWriter;
use super::quantize::{Cell, Frame, Unit, clean_ring, doubled_area};
use crate::column::Value;
use crate::number::narrow;
use crate::shapes::GeometryType;

/// One layer of polygons, growing feature by feature.
#[derive(Debug)]
pub(crate) struct ComputedLayer {
    writer: LayerWriter,
    keys: Vec<u32>,
    frame: Frame,
    cells: Vec<Cell>,
    scratch: Vec<Cell>,
    units: Vec<Unit>,
}

impl ComputedLayer {
    /// An empty layer whose features have these properties.
    pub(crate) fn new(id: &str, properties: &[&str], coord: TileCoord) -> Self {
        let mut writer = LayerWriter::new(id);
        Self {
            keys: properties.iter().map(|name| writer.key(name)).collect(),
            writer,
            frame: Frame::of(coord),
            cells: vec![],
            scratch: vec![],
            units: vec![],
        }
    }

    /// Adds a ring in tile units to the next feature, as it is: three positions or more, the first not repeated, exteriors
    /// with a positive area and before their interiors (spec 4.3.4.4).
    pub(crate) fn ring(&mut self, ring: &[[i32; 2]]) {
        self.writer.geometry().ring(ring);
    }

    /// Adds a convex polygon to the next feature, in world cells, cut to the buffered tile; nothing where it is smaller
    /// than the tile's units or outside. A ring that rounding bends inward becomes its convex hull.
    pub(crate) fn convex(&mut self, ring: impl IntoIterator<Item = [i64; 2]>) {
        let origin = self.frame.relative(crate::space::World { x: 0, y: 0 });
        self.cells.clear();
        let relative = |cell: [i64; 2]| [cell[0] + origin[0], cell[1] + origin[1]];
        self.cells.extend(ring.into_iter().map(relative));
        clip::ring(&mut self.cells, self.frame.kept(), &mut self.scratch);
        self.units.clear();
        self.units
            .extend(self.cells.iter().map(|&cell| self.frame.unit(cell)));
        clean_ring(&mut self.units);
        if self.units.len() < 3 {
            return;
        }
        if doubled_area(&self.units) < 0 {
            self.units.reverse();
        }
        if !is_convex(&self.units) {
            hull(&mut self.units);
        }
        if self.units.len() > 2 && doubled_area(&self.units) > 0 {
            self.writer.geometry().ring(&self.units);
        }
    }

    /// Ends the feature, with a value for each property; without a ring there is none.
    pub(crate) fn finish(&mut self, id: usize, values: &[Value<'_>]) {
        for (&key, &value) in self.keys.iter().zip(values) {
            self.writer.tag(key, value);
        }
        let id = u64::from(narrow(id));
        self.writer.finish_feature(id, GeometryType::Polygon);
    }

    /// The tile; empty without features.
    pub(crate) fn into_tile(self) -> Vec<u8> {
        let mut tile = vec![];
        self.writer.append_to(&mut tile, 0);
        tile
    }
}

/// Twice the area of a triangle, positive where it turns like an exterior.
fn turn(a: Unit, b: Unit, c: Unit) -> i64 {
    let run = |from: Unit, to: Unit, axis: usize| i64::from(to[axis]) - i64::from(from[axis]);
    run(a, b, 0) * run(a, c, 1) - run(a, b, 1) * run(a, c, 0)
}

fn is_convex(ring: &[Unit]) -> bool {
    let at = |position: usize| ring[position % ring.len()];
    (0..ring.len()).all(|position| turn(at(position), at(position + 1), at(position + 2)) > 0)
}

/// Replaces positions by their convex hull. Source: Andrew, "Another efficient algorithm for convex hulls" (1979).
fn hull(ring: &mut Vec<Unit>) {
    ring.sort_unstable();
    ring.dedup();
    let half = |positions: &mut dyn Iterator<Item = Unit>| {
        let mut half: Vec<Unit> = vec![];
        for position in positions {
            while let [.., a, b] = half[..]
                && turn(a, b, position) <= 0
            {
                half.pop();
            }
            half.push(position);
        }
        half.pop();
        half
    };
    let mut whole = half(&mut ring.iter().copied());
    whole.extend(half(&mut ring.iter().rev().copied()));
    *ring = whole;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hull_is_convex_and_holds_all_positions() {
        let mut ring = vec![[0, 0], [4, 1], [2, 2], [4, 4], [0, 4], [1, 2], [2, 0]];
        hull(&mut ring);
        assert_eq!(ring, [[0, 0], [2, 0], [4, 1], [4, 4], [0, 4]]);
        assert!(is_convex(&ring) && doubled_area(&ring) > 0);
        let mut flat = vec![[0, 0], [1, 1], [2, 2]];
        hull(&mut flat);
        assert!(flat.len() < 3);
    }

    #[test]
    fn a_sliver_that_rounding_flattens_is_left_out() {
        let coord = TileCoord::new(10, 0, 0).unwrap();
        let mut layer = ComputedLayer::new("x", &["a"], coord);
        // A unit is 1024 cells here.
        layer.convex([[0, 0], [90_000, 0], [90_000, 300]]);
        layer.finish(1, &[Value::Integer(1)]);
        assert!(layer.into_tile().is_empty());
    }
}
