//! A tile's place in the pyramid.

use super::TileError;
use crate::space::{WORLD_CELLS, world_to_lonlat};

/// Deepest zoom that is served. Beyond zoom 20 a tile unit is finer than a world cell (9 mm).
pub const MAX_ZOOM: u8 = 22;

/// Zoom, column from the west and row from the north, in range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TileCoord {
    z: u8,
    x: u32,
    y: u32,
}

impl TileCoord {
    /// Checks the numbers once.
    ///
    /// # Errors
    /// When z is above [`MAX_ZOOM`] or x or y is not below 2^z.
    pub fn new(z: u8, x: u32, y: u32) -> Result<Self, TileError> {
        if z > MAX_ZOOM || x >> z > 0 || y >> z > 0 {
            return Err(TileError::CoordinateOutOfRange {
                z: u32::from(z),
                x,
                y,
            });
        }
        Ok(Self { z, x, y })
    }

    /// For numbers that are known to be in range.
    pub(super) fn unchecked(z: u8, x: u32, y: u32) -> Self {
        debug_assert!(Self::new(z, x, y).is_ok(), "{z}/{x}/{y}");
        Self { z, x, y }
    }

    /// Zoom.
    pub fn z(self) -> u8 {
        self.z
    }

    /// Column from the west.
    pub fn x(self) -> u32 {
        self.x
    }

    /// Row from the north.
    pub fn y(self) -> u32 {
        self.y
    }

    /// West, south, east, north in degrees.
    pub fn bounds(self) -> [f64; 4] {
        let (x, y) = self.origin_cells();
        let north_west = world_to_lonlat(x, y);
        let south_east = world_to_lonlat(x + self.width_cells(), y + self.width_cells());
        [
            north_west.lon,
            south_east.lat,
            south_east.lon,
            north_west.lat,
        ]
    }

    /// Side in world cells.
    pub(crate) fn width_cells(self) -> f64 {
        WORLD_CELLS / f64::from(1u32 << self.z)
    }

    /// North-west corner in world cells.
    pub(crate) fn origin_cells(self) -> (f64, f64) {
        (
            f64::from(self.x) * self.width_cells(),
            f64::from(self.y) * self.width_cells(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_the_pyramid_are_refused() {
        assert!(TileCoord::new(0, 0, 0).is_ok());
        assert!(TileCoord::new(0, 1, 0).is_err());
        assert!(TileCoord::new(22, (1 << 22) - 1, 0).is_ok());
        assert!(TileCoord::new(23, 0, 0).is_err());
        assert!(TileCoord::new(255, u32::MAX, u32::MAX).is_err());
    }

    #[test]
    fn bounds_are_those_of_the_xyz_scheme() {
        // mercantile 1.2: bounds(10, 310, 613)
        let expected = [
            -71.015_625,
            -33.724_339_661_747_6,
            -70.664_062_5,
            -33.431_441_335_575_29,
        ];
        let bounds = TileCoord::new(10, 310, 613).unwrap().bounds();
        assert!(
            bounds
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12),
            "{bounds:?}"
        );
    }
}
