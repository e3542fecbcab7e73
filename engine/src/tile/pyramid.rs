//! The tiles of a pyramid that can hold something, zoom by zoom along the Hilbert curve.

use std::ops::RangeInclusive;

use super::coord::TileCoord;
use super::quantize::Frame;
use super::{MAX_ZOOM, TileError};
use crate::index::Envelope;
use crate::layer::Layer;
use crate::space::LonLat;
use crate::territory::Territory;

/// Tiles of some sources, found by going down the quadtree only where a feature's box lies.
///
/// Memory: a few numbers per zoom. Cost of a walk: O(tiles found × zooms × log n) in features.
#[derive(Clone, Debug)]
pub struct Pyramid<'a> {
    layers: Vec<&'a Layer>,
    zooms: RangeInclusive<u8>,
    within: Option<Envelope<u32>>,
}

impl<'a> Pyramid<'a> {
    /// The pyramid of these sources. An empty range of zooms has no tiles.
    ///
    /// # Errors
    /// When a source is unknown, or a zoom is above [`MAX_ZOOM`].
    pub fn new(
        territory: &'a Territory,
        sources: &[&str],
        zooms: RangeInclusive<u8>,
    ) -> Result<Self, TileError> {
        if *zooms.end() > MAX_ZOOM {
            TileCoord::new(*zooms.end(), 0, 0)?;
        }
        let layer = |id: &&str| match territory.tile_layer(id) {
            Some(layer) => Ok(layer.as_ref()),
            None => Err(TileError::UnknownSource((*id).to_owned())),
        };
        Ok(Self {
            layers: sources.iter().map(layer).collect::<Result<_, _>>()?,
            zooms,
            within: None,
        })
    }

    /// Only the tiles that meet this box: west, south, east, north in degrees.
    #[must_use]
    pub fn within(self, [west, south, east, north]: [f64; 4]) -> Self {
        let corner = |lon, lat| LonLat { lon, lat }.to_world();
        let (low, high) = (corner(west, north), corner(east, south));
        Self {
            within: Some([low.x, low.y, high.x, high.y]),
            ..self
        }
    }

    /// All tiles in which a feature's box lies, buffer included, in the order of [`TileCoord::curve_number`]. What a
    /// zoom does not show makes some of them empty.
    pub fn coords(&self) -> impl Iterator<Item = TileCoord> + Send {
        self.coords_from(0)
    }

    /// As [`coords`](Self::coords), without the tiles whose number is below `first`.
    pub fn coords_from(&self, first: u64) -> impl Iterator<Item = TileCoord> + Send {
        self.zooms
            .clone()
            .flat_map(move |zoom| self.walk(zoom, first))
    }

    /// The tiles of one zoom: depth first, children in the order of the curve.
    fn walk(&self, zoom: u8, first: u64) -> impl Iterator<Item = TileCoord> + Send {
        let first = first.saturating_sub(tiles_above(zoom));
        let mut open = vec![(0_u8, 0_u64)];
        std::iter::from_fn(move || {
            while let Some((z, position)) = open.pop() {
                // The last tile of the zoom below this node.
                let below = 2 * u32::from(zoom - z);
                let last = ((position + 1) << below) - 1;
                let coord = TileCoord::on_curve(z, position);
                if last < first || !self.may_hold(coord) {
                    continue;
                }
                if z == zoom {
                    return Some(coord);
                }
                open.extend((0..4).rev().map(|child| (z + 1, 4 * position + child)));
            }
            None
        })
    }

    fn may_hold(&self, coord: TileCoord) -> bool {
        let window = Frame::of(coord).window();
        self.within.is_none_or(|within| meets(coord, within))
            && self
                .layers
                .iter()
                .any(|layer| layer.world_index().touches(window))
    }
}

/// Whether a tile without its buffer and a box have a cell in common.
fn meets(coord: TileCoord, within: Envelope<u32>) -> bool {
    let shift = 32 - u32::from(coord.z());
    let range = |at: u32| {
        let low = u64::from(at) << shift;
        (low, low + (1 << shift) - 1)
    };
    let ((west, east), (north, south)) = (range(coord.x()), range(coord.y()));
    west <= within[2].into()
        && east >= within[0].into()
        && north <= within[3].into()
        && south >= within[1].into()
}

/// Number of tiles of all zooms above this one, which is the number of its first tile.
fn tiles_above(zoom: u8) -> u64 {
    ((1 << (2 * u32::from(zoom))) - 1) / 3
}

impl TileCoord {
    /// The tile's place on the Hilbert curves of all zooms, one behind the other: the tile id of `PMTiles` (version 3,
    /// chapter 4). Children of one tile follow each other.
    pub fn curve_number(self) -> u64 {
        let (mut x, mut y, mut position) = (self.x(), self.y(), 0);
        for bit in (0..self.z()).rev() {
            let (right, low) = ((x >> bit) & 1, (y >> bit) & 1);
            position = (position << 2) | u64::from((3 * right) ^ low);
            if low == 0 {
                if right == 1 {
                    (x, y) = (!x, !y);
                }
                (x, y) = (y, x);
            }
        }
        tiles_above(self.z()) + position
    }

    /// The tile with this [`curve_number`](Self::curve_number); `None` beyond [`MAX_ZOOM`].
    pub fn from_curve_number(number: u64) -> Option<Self> {
        let zoom = (0..=MAX_ZOOM).find(|zoom| number < tiles_above(zoom + 1))?;
        Some(Self::on_curve(zoom, number - tiles_above(zoom)))
    }

    /// The tile at a position below 4^z of the curve of one zoom.
    fn on_curve(z: u8, mut position: u64) -> Self {
        let (mut x, mut y) = (0, 0);
        for bit in 0..z {
            let digit = u32::from((position & 3) as u8);
            let right = digit >> 1;
            let low = (digit ^ right) & 1;
            if low == 0 {
                if right == 1 {
                    let last = (1 << bit) - 1;
                    (x, y) = (last - x, last - y);
                }
                (x, y) = (y, x);
            }
            (x, y) = (x | right << bit, y | low << bit);
            position >>= 2;
        }
        Self::unchecked(z, x, y)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        // PMTiles 3, chapter 4.1.1, and the tests of the reference implementation.
        for (number, z, x, y) in [
            (0, 0, 0, 0),
            (1, 1, 0, 0),
            (2, 1, 0, 1),
            (3, 1, 1, 1),
            (4, 1, 1, 0),
            (5, 2, 0, 0),
            (19_078_479, 12, 3423, 1763),
        ] {
            let coord = TileCoord::new(z, x, y).unwrap();
            assert_eq!(coord.curve_number(), number);
            assert_eq!(TileCoord::from_curve_number(number), Some(coord));
        }
        assert_eq!(TileCoord::from_curve_number(u64::MAX), None);
    }

    #[test]
    fn a_number_leads_back_to_its_tile_at_every_zoom() {
        for z in 0..=MAX_ZOOM {
            let last = u32::MAX >> 1 >> (31 - z);
            for (x, y) in [
                (0, 0),
                (last, 0),
                (0, last),
                (last, last),
                (last / 3, last / 7),
            ] {
                let coord = TileCoord::new(z, x, y).unwrap();
                assert_eq!(
                    TileCoord::from_curve_number(coord.curve_number()),
                    Some(coord)
                );
            }
        }
    }
}
