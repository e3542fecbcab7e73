//! The two reference systems of the files, and the way between them.

use geo_types::Coord;
use proj4rs::Proj;
use proj4rs::adaptors::transform_xy;

use crate::Error;

/// A reference system that the files of the sample use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crs {
    /// EPSG:4326, degrees, longitude first.
    Wgs84,
    /// EPSG:32719, WGS 84 / UTM zone 19 south, metres.
    Utm19s,
}

impl Crs {
    /// The number in the EPSG register.
    pub const fn epsg(self) -> u16 {
        match self {
            Self::Wgs84 => 4326,
            Self::Utm19s => 32719,
        }
    }

    /// What the register calls it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wgs84 => "WGS 84",
            Self::Utm19s => "WGS 84 / UTM zone 19S",
        }
    }

    /// Its definition in PROJ's words.
    const fn proj(self) -> &'static str {
        match self {
            Self::Wgs84 => "+proj=longlat +datum=WGS84 +no_defs",
            Self::Utm19s => "+proj=utm +zone=19 +south +datum=WGS84 +units=m +no_defs",
        }
    }
}

/// The way between longitude and latitude and metres; equal to PROJ within a millionth of a millimetre.
pub(crate) struct Projection {
    geographic: Proj,
    metric: Proj,
}

impl Projection {
    pub(crate) fn new() -> Result<Self, Error> {
        Ok(Self {
            geographic: Proj::from_proj_string(Crs::Wgs84.proj())?,
            metric: Proj::from_proj_string(Crs::Utm19s.proj())?,
        })
    }

    /// Metres of a longitude and latitude in degrees.
    pub(crate) fn metres(&self, lon_lat: Coord) -> Result<Coord, Error> {
        let (lon, lat) = (lon_lat.x.to_radians(), lon_lat.y.to_radians());
        let (x, y) = transform_xy(&self.geographic, &self.metric, lon, lat)?;
        Ok(Coord { x, y })
    }

    /// Longitude and latitude in degrees, rounded to 1e-7° (a centimetre).
    ///
    /// A function of the vertex alone: what two neighbours share before, they share after, bit for bit.
    pub(crate) fn lon_lat(&self, metres: Coord) -> Result<Coord, Error> {
        let (lon, lat) = transform_xy(&self.metric, &self.geographic, metres.x, metres.y)?;
        Ok(Coord {
            x: (lon.to_degrees() * 1e7).round() / 1e7,
            y: (lat.to_degrees() * 1e7).round() / 1e7,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_corner_of_el_bosque_lies_where_proj_puts_it() {
        let projection = Projection::new().expect("both systems are known");
        let corner = Coord {
            x: -70.700_803_7,
            y: -33.572_993_9,
        };
        let metres = projection.metres(corner).expect("inside the zone");
        assert!((metres.x - 342_143.9).abs() < 0.1 && (metres.y - 6_283_892.1).abs() < 0.1);
        assert_eq!(projection.lon_lat(metres).expect("inside the zone"), corner);
    }
}
