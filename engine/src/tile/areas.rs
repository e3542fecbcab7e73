//! A tile of areas that were computed for it: isobands, hexagons.

use super::clip;
use super::coord::TileCoord;
use super::encode::LayerWriter;
use super::quantize::{Cell, Frame, Unit, clean_ring, doubled_area};
use crate::column::Value;
use crate::shapes::GeometryType;
use crate::space::World;

/// An area with its attributes.
#[derive(Clone, Debug)]
pub(crate) struct Area<'a> {
    /// What the feature is known by.
    pub(crate) id: u64,
    /// Polygons as rings, the exterior first; rings may be closed or open.
    pub(crate) polygons: Vec<Vec<Vec<World>>>,
    /// One value per key.
    pub(crate) values: Vec<Value<'a>>,
}

/// A tile with one layer; empty where no area is in it.
pub(crate) fn area_tile(
    name: &str,
    keys: &[&str],
    coord: TileCoord,
    areas: &[Area<'_>],
) -> Vec<u8> {
    let mut writer = LayerWriter::new(name);
    let numbers: Vec<u32> = keys.iter().map(|key| writer.key(key)).collect();
    let mut pen = Pen {
        frame: Frame::of(coord),
        cells: vec![],
        scratch: vec![],
        units: vec![],
    };
    for area in areas {
        let mut is_drawn = false;
        for polygon in &area.polygons {
            is_drawn |= pen.polygon(polygon, &mut writer);
        }
        if is_drawn {
            let tags = numbers.iter().zip(&area.values);
            tags.for_each(|(&number, &value)| writer.tag(number, value));
            writer.finish_feature(area.id, GeometryType::Polygon);
        }
    }
    let mut tile = vec![];
    writer.append_to(&mut tile);
    tile
}

/// Draws rings, with buffers that are used again for the next one.
struct Pen {
    frame: Frame,
    cells: Vec<Cell>,
    scratch: Vec<Cell>,
    units: Vec<Unit>,
}

impl Pen {
    /// Whether anything of a polygon is in the tile. Interiors of an exterior that vanished are left out with it.
    fn polygon(&mut self, rings: &[Vec<World>], writer: &mut LayerWriter) -> bool {
        for (position, ring) in rings.iter().enumerate() {
            self.cells.clear();
            let cells = ring.iter().map(|&at| self.frame.relative(at));
            self.cells.extend(cells);
            clip::ring(&mut self.cells, self.frame.kept(), &mut self.scratch);
            self.units.clear();
            let units = self.cells.iter().map(|&cell| self.frame.unit(cell));
            self.units.extend(units);
            clean_ring(&mut self.units);
            let area = match self.units.len() {
                0..3 => 0,
                _ => doubled_area(&self.units),
            };
            if area == 0 && position == 0 {
                return false;
            }
            if area == 0 {
                continue;
            }
            // Spec 4.3.4.4: exterior rings wind with a positive area, interior rings with a negative one.
            if (area > 0) != (position == 0) {
                self.units.reverse();
            }
            writer.geometry().ring(&self.units);
        }
        !rings.is_empty()
    }
}
