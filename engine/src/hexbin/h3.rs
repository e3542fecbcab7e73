//! Cells of H3, the hexagonal grid of the earth.

use std::num::NonZeroU64;

use h3o::{CellIndex, LatLng, Resolution};
use rayon::prelude::*;

use super::group::group;
use super::{HexError, HexMeasure, HexTotals, Hexbin};
use crate::number::whole;
use crate::space::LonLat;

/// A cell of H3 with what is in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct H3Cell {
    index: CellIndex,
    /// Its centre.
    pub centre: LonLat,
    /// What is in it.
    pub totals: HexTotals,
}

impl H3Cell {
    fn new(number: NonZeroU64, totals: HexTotals) -> Option<Self> {
        let index = CellIndex::try_from(number.get()).ok()?;
        let centre = lonlat(index.into());
        Some(Self {
            index,
            centre,
            totals,
        })
    }

    /// Mean edge of the cells of its resolution, in kilometres.
    pub(super) fn edge_km(&self) -> f64 {
        self.index.resolution().edge_length_km()
    }

    /// The index as everybody writes it, in hexadecimal: `89b2c55ad6bffff`.
    pub fn id(&self) -> String {
        self.index.to_string()
    }

    /// Vertices against the clock, the first not repeated: six, five around a pentagon, more where the cell crosses an
    /// edge of the icosahedron. Longitudes run on beyond ±180° where the cell crosses the antimeridian.
    pub fn boundary(&self) -> Vec<LonLat> {
        let near = |vertex: &LatLng| {
            let vertex = lonlat(*vertex);
            let turns = ((self.centre.lon - vertex.lon) / 360.0).round();
            LonLat {
                lon: vertex.lon + 360.0 * turns,
                ..vertex
            }
        };
        self.index.boundary().iter().map(near).collect()
    }
}

/// Features by H3 cell of a resolution from 0 (edges of 1,281 km on average) to 15 (58 cm), each edge √7 times as long as
/// the next.
///
/// Positions that are not finite or beyond ±180°, ±90° are left out.
///
/// # Errors
/// When H3 has no such resolution, the measure's numbers are not one per position, or more than
/// [`MAX_HEXAGONS`](super::MAX_HEXAGONS) cells have features.
///
/// Cost O(features), on all threads; the answer is the same for any number of them. Source: Uber, *H3: a hexagonal
/// hierarchical geospatial indexing system*.
pub fn h3_cells(
    positions: &[LonLat],
    measure: &HexMeasure<'_>,
    resolution: u8,
) -> Result<Hexbin<H3Cell>, HexError> {
    measure.check(positions.len())?;
    let h3 = Resolution::try_from(resolution);
    let h3 = h3.map_err(|_out_of_range| HexError::Resolution(resolution))?;
    let number = |at: &LonLat| {
        let at = Some(at).filter(|at| at.is_valid())?;
        let cell = LatLng::new(at.lat, at.lon).ok()?.to_cell(h3);
        NonZeroU64::new(cell.into())
    };
    let numbers: Vec<Option<NonZeroU64>> = positions.par_iter().map(number).collect();
    group(&numbers, measure, H3Cell::new)
}

/// The resolution whose edges are about 12 pixels long at a zoom of tiles of 256: at the equator between 7 and 20.
pub fn h3_resolution(zoom: u8) -> u8 {
    // An edge of 1,281 km at resolution 0 and 12 pixels of 156.5 km at zoom 0; each resolution divides it by √7, each
    // zoom by 2.
    let edges = (1281.256_f64 / (12.0 * 156.543)).log2() + f64::from(zoom);
    let resolution = edges / 7f64.sqrt().log2();
    u8::try_from(whole(resolution.round())).map_or(15, |resolution| resolution.min(15))
}

fn lonlat(at: LatLng) -> LonLat {
    LonLat {
        lon: at.lng(),
        lat: at.lat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLACE: LonLat = LonLat {
        lon: -70.65,
        lat: -33.5,
    };

    #[test]
    fn positions_out_of_range_are_left_out_and_counted() {
        let nan = LonLat {
            lon: f64::NAN,
            lat: 0.0,
        };
        let far = LonLat {
            lon: 181.0,
            lat: 0.0,
        };
        let found = h3_cells(&[PLACE, nan, far, PLACE], &HexMeasure::default(), 9).unwrap();
        assert_eq!((found.cells.len(), found.left_out), (1, 2));
        assert_eq!(found.cells[0].totals.count, Some(2));
        let none = h3_cells(&[], &HexMeasure::default(), 0).unwrap();
        assert!(none.cells.is_empty());
    }

    #[test]
    fn senseless_questions_are_refused() {
        let ask = |measure: &HexMeasure<'_>, resolution| {
            h3_cells(&[PLACE], measure, resolution)
                .map(|_| ())
                .unwrap_err()
        };
        let counts = HexMeasure::default();
        assert_eq!(ask(&counts, 16), HexError::Resolution(16));
        let values = Some(&[1.0, 2.0][..]);
        let length = HexError::Length {
            features: 1,
            found: 2,
        };
        assert_eq!(ask(&HexMeasure { values, ..counts }, 9), length);
        assert_eq!(
            ask(&HexMeasure { per: 0.0, ..counts }, 9),
            HexError::Per(0.0)
        );
    }

    #[test]
    fn a_cell_at_the_antimeridian_stays_in_one_piece() {
        let there = LonLat {
            lon: 179.999,
            lat: -17.0,
        };
        let found = h3_cells(&[there], &HexMeasure::default(), 5).unwrap();
        let boundary = found.cells[0].boundary();
        let longitudes = boundary.iter().map(|at| at.lon);
        let (least, most) = longitudes.fold((f64::MAX, f64::MIN), |(least, most), lon| {
            (least.min(lon), most.max(lon))
        });
        assert!(most - least < 1.0, "{boundary:?}");
    }

    #[test]
    fn resolutions_follow_the_zoom_within_their_range() {
        let all: Vec<u8> = (0..=22).map(h3_resolution).collect();
        assert_eq!(
            all,
            [
                0, 0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 7, 8, 9, 10, 10, 11, 12, 12, 13, 14, 15, 15
            ]
        );
        assert_eq!(h3_resolution(255), 15);
    }
}
