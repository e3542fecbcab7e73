//! The coordinate spaces of a territory, as types.
//!
//! A figure is measured in [`Metric`], a tile is cut from [`World`], an export returns [`LonLat`]. The types keep a
//! distance from ever being measured in Web Mercator.

use std::f64::consts::PI;
use std::fmt::Debug;

/// Longitude and latitude in degrees, WGS 84, in this order (OGC:CRS84).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LonLat {
    /// Degrees east of Greenwich.
    pub lon: f64,
    /// Degrees north of the equator.
    pub lat: f64,
}

/// Easting and northing in metres in the project's CRS, in which areas, lengths and distances are true.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Metric {
    /// Metres east.
    pub x_m: f64,
    /// Metres north.
    pub y_m: f64,
}

/// A cell of the 2³² × 2³² Web Mercator grid, from the north-west corner: 9 mm at the equator.
///
/// A tile of zoom 20 with the extent 4096 has exactly one unit per cell, so tiles are cut with integers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct World {
    /// Columns east of the antimeridian.
    pub x: u32,
    /// Rows south of 85.0511° N.
    pub y: u32,
}

/// Width of the [`World`] grid in cells.
pub const WORLD_CELLS: f64 = 4_294_967_296.0;

impl LonLat {
    /// The grid cell of this position; latitudes beyond ±85.0511° fall on the border rows.
    ///
    /// Source: spherical Mercator on the WGS 84 semi-major axis (EPSG:3857), scaled to the grid.
    pub fn to_world(self) -> World {
        let sin = self.lat.to_radians().sin().clamp(-0.999_999_9, 0.999_999_9);
        let y = 0.5 - ((1.0 + sin) / (1.0 - sin)).ln() / (4.0 * PI);
        World {
            x: cell(self.lon / 360.0 + 0.5),
            y: cell(y),
        }
    }

    /// Whether both numbers are finite and within ±180°, ±90°.
    pub fn is_valid(self) -> bool {
        self.lon.abs() <= 180.0 && self.lat.abs() <= 90.0
    }
}

impl World {
    /// Longitude and latitude of the cell's north-west corner.
    pub fn to_lonlat(self) -> LonLat {
        world_to_lonlat(f64::from(self.x), f64::from(self.y))
    }
}

/// Longitude and latitude of a fractional position on the [`World`] grid.
pub fn world_to_lonlat(x: f64, y: f64) -> LonLat {
    let lat = (PI * (1.0 - 2.0 * y / WORLD_CELLS)).sinh().atan();
    LonLat {
        lon: x / WORLD_CELLS * 360.0 - 180.0,
        lat: lat.to_degrees(),
    }
}

/// Coordinates beyond are not of this world: their squares would lose what distances need.
const FARTHEST_M: f64 = 1e12;

impl Metric {
    /// Whether both coordinates are numbers of a sensible size. What is not is left out where distances and places are sought.
    pub(crate) fn is_near(self) -> bool {
        self.x_m.abs() <= FARTHEST_M && self.y_m.abs() <= FARTHEST_M
    }

    /// Squared Euclidean distance to `other` in m².
    pub fn distance_squared(self, other: Self) -> f64 {
        let (dx, dy) = (self.x_m - other.x_m, self.y_m - other.y_m);
        dx * dx + dy * dy
    }
}

/// Twice the signed area of a closed ring in square cells, exactly; positive where x turns towards y.
pub(crate) fn doubled_area(ring: &[World]) -> i128 {
    let Some(&origin) = ring.first() else {
        return 0;
    };
    let step = |from: u32, to: u32| i64::from(to) - i64::from(from);
    let of_edge = |pair: &[World]| {
        let (ax, ay) = (step(origin.x, pair[0].x), step(origin.y, pair[0].y));
        let (bx, by) = (step(origin.x, pair[1].x), step(origin.y, pair[1].y));
        i128::from(ax) * i128::from(by) - i128::from(bx) * i128::from(ay)
    };
    ring.windows(2).map(of_edge).sum()
}

/// How longitude/latitude and the project's metric CRS turn into each other.
///
/// The engine knows no CRS; the loader hands it one of these. A position that cannot be projected becomes NaN.
pub trait Projection: Debug + Send + Sync {
    /// Projects degrees to metres.
    fn to_metric(&self, positions: &[LonLat]) -> Vec<Metric>;
    /// Projects metres to degrees.
    fn to_lonlat(&self, positions: &[Metric]) -> Vec<LonLat>;
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates and cuts, which with a half more rounds"
)]
fn cell(fraction: f64) -> u32 {
    (fraction * WORLD_CELLS + 0.5) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_the_grid_within_a_cell() {
        for (lon, lat) in [(-70.65, -33.5), (0.0, 0.0), (179.9, 84.9), (-179.9, -84.9)] {
            let back = LonLat { lon, lat }.to_world().to_lonlat();
            assert!(
                (back.lon - lon).abs() < 1e-7 && (back.lat - lat).abs() < 1e-7,
                "{back:?}"
            );
        }
    }

    #[test]
    fn poles_and_nonsense_stay_on_the_grid() {
        assert_eq!(
            LonLat {
                lon: 200.0,
                lat: 90.0
            }
            .to_world()
            .x,
            u32::MAX
        );
        assert_eq!(
            LonLat {
                lon: 0.0,
                lat: 90.0
            }
            .to_world()
            .y,
            0
        );
        assert_eq!(
            LonLat {
                lon: f64::NAN,
                lat: -90.0
            }
            .to_world(),
            World { x: 0, y: u32::MAX }
        );
    }
}
