//! The surface at the pixels of a map tile.
//!
//! Pixels are square in Web Mercator, distances are metres in the metric CRS. A piece of a tile is taken as a lattice of
//! straight rows at equal steps, which the sums need, if that moves no pixel's centre by more than 1/200 of a pixel; else
//! it is halved, down to 8 pixels, and where the CRS is not conformal into single rows. In UTM a tile of zoom 14 is one
//! piece and moves by 2 cm, one of zoom 10 has 16. A value is the exact sum at a place so near the pixel's centre; so
//! neighbouring tiles agree on their seam.

use super::lattice::Lattice;
use super::surface::Surface;
use crate::index::union;
use crate::number::whole;
use crate::space::{LonLat, Metric, Projection, WORLD_CELLS, world_to_lonlat};
use crate::tile::TileCoord;

/// Farthest that a pixel's centre may be moved, in pixels.
const SHIFT_MAX_PX: f64 = 1.0 / 200.0;
/// Pieces of no more pixels along a side are not halved.
const PIECE_MIN_PX: usize = 8;

/// Values row by row from the north-west; zero where there is none, empty where no pixel has any.
pub(super) fn render(surface: &Surface<'_>, pieces: &[(Piece, Lattice)], size: usize) -> Vec<f32> {
    let mut picture = vec![0.0; size * size];
    for (piece, lattice) in pieces {
        let values = surface.values(lattice);
        for (row, values) in values.chunks(lattice.columns).enumerate() {
            let start = (piece.top + row) * size + piece.left;
            let into = &mut picture[start..start + lattice.columns];
            into.iter_mut()
                .zip(values)
                .for_each(|(pixel, value)| *pixel = single(*value));
        }
    }
    if picture.iter().any(|pixel| *pixel != 0.0) {
        picture
    } else {
        vec![]
    }
}

/// The pixels that something within a box of metres can fall on, as lattices.
pub(super) fn pieces(
    extent_m: [f64; 4],
    projection: &dyn Projection,
    coord: TileCoord,
    size: usize,
) -> Vec<(Piece, Lattice)> {
    let pixels = Pixels { coord, size };
    let mut waiting: Vec<_> = pixels.window(extent_m, projection).into_iter().collect();
    let mut pieces = vec![];
    while let Some(piece) = waiting.pop() {
        let fit = pixels.fit(piece, projection);
        let across_rows = fit
            .as_ref()
            .is_some_and(|fit| fit.shear_px > SHIFT_MAX_PX / 2.0);
        let fits = fit.as_ref().is_some_and(|fit| fit.shift_px <= SHIFT_MAX_PX);
        match (fit, piece.halves(across_rows)) {
            (_, Some(halves)) if !fits => waiting.extend(halves),
            (Some(fit), _) => pieces.push((piece, fit.lattice)),
            (None, _) => {}
        }
    }
    pieces
}

/// West, south, east, north in metres of all places of some pieces.
pub(super) fn bounds_m(pieces: &[(Piece, Lattice)]) -> Option<[f64; 4]> {
    let bounds = pieces.iter().map(|(_, lattice)| {
        let last = |count: usize| count.saturating_sub(1) as f64;
        let y = last(lattice.rows) * lattice.row_step;
        lattice.bounds_m([0.0, y.min(0.0), last(lattice.columns), y.max(0.0)])
    });
    bounds.reduce(union)
}

/// The pixels of a tile.
#[derive(Clone, Copy, Debug)]
struct Pixels {
    coord: TileCoord,
    size: usize,
}

/// Columns and rows of pixels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Piece {
    fn width(&self) -> usize {
        self.right - self.left
    }

    fn height(&self) -> usize {
        self.bottom - self.top
    }

    /// Two halves: single rows at last where only those can be straight, else across the longer side.
    fn halves(self, across_rows: bool) -> Option<[Self; 2]> {
        let (width, height) = (self.width(), self.height());
        if across_rows && height > 1 || height > width && height > PIECE_MIN_PX {
            let bottom = self.top + height / 2;
            return Some([
                Self { bottom, ..self },
                Self {
                    top: bottom,
                    ..self
                },
            ]);
        }
        (width > PIECE_MIN_PX).then(|| {
            let right = self.left + width / 2;
            [
                Self { right, ..self },
                Self {
                    left: right,
                    ..self
                },
            ]
        })
    }
}

/// A piece taken as a lattice.
struct Fit {
    lattice: Lattice,
    /// How far that moves the centres of its corners, edges and middle at most, in pixels.
    shift_px: f64,
    /// Of which, at its top and bottom, because columns are not at right angles to rows.
    shear_px: f64,
}

impl Pixels {
    /// The pixels that something within a box of metres can fall on.
    fn window(
        &self,
        [west, south, east, north]: [f64; 4],
        projection: &dyn Projection,
    ) -> Option<Piece> {
        let outline = (0..=8).flat_map(|step| {
            let share = f64::from(step) / 8.0;
            let (x, y) = (
                west + share * (east - west),
                south + share * (north - south),
            );
            [(x, south), (x, north), (west, y), (east, y)].map(|(x_m, y_m)| Metric { x_m, y_m })
        });
        let degrees = projection.to_lonlat(&outline.collect::<Vec<_>>());
        let world = degrees
            .into_iter()
            .filter(|at| at.is_valid())
            .map(LonLat::to_world);
        let pixel = self.coord.width_cells() / self.size as f64;
        let (x0, y0) = self.coord.origin_cells();
        let nothing = [
            f64::INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::NEG_INFINITY,
        ];
        let [left, top, right, bottom] = world.fold(nothing, |all, at| {
            let (x, y) = (
                (f64::from(at.x) - x0) / pixel,
                (f64::from(at.y) - y0) / pixel,
            );
            [all[0].min(x), all[1].min(y), all[2].max(x), all[3].max(y)]
        });
        let window = Piece {
            left: whole(left - 2.0),
            top: whole(top - 2.0),
            right: whole(right + 2.0).min(self.size),
            bottom: whole(bottom + 2.0).min(self.size),
        };
        (window.left < window.right && window.top < window.bottom).then_some(window)
    }

    /// Longitude and latitude of a pixel's centre.
    fn lonlat(&self, column: f64, row: f64) -> LonLat {
        let pixel = self.coord.width_cells() / self.size as f64;
        let (x0, y0) = self.coord.origin_cells();
        let (x, y) = (x0 + (column + 0.5) * pixel, y0 + (row + 0.5) * pixel);
        world_to_lonlat(x.min(WORLD_CELLS), y.min(WORLD_CELLS))
    }

    /// A piece as a lattice; `None` where it cannot be projected.
    fn fit(&self, piece: Piece, projection: &dyn Projection) -> Option<Fit> {
        // At least one step along a row, so that a single column has a direction too.
        let wide = (piece.width() - 1).max(1) as f64;
        let high = (piece.height() - 1) as f64;
        let share = |number: usize| (number % 3) as f64 / 2.0;
        let node = |number: usize| (share(number) * wide, share(number / 3) * high);
        let degrees: Vec<_> = (0..9)
            .map(node)
            .map(|(x, y)| self.lonlat(piece.left as f64 + x, piece.top as f64 + y))
            .collect();
        let places = projection.to_metric(&degrees);
        if places.len() < 9 || places.iter().any(|place| !place.is_near()) {
            return None;
        }
        let mean = |pick: &[usize]| Metric {
            x_m: pick.iter().map(|&at| places[at].x_m).sum::<f64>() / pick.len() as f64,
            y_m: pick.iter().map(|&at| places[at].y_m).sum::<f64>() / pick.len() as f64,
        };
        let between = |from: Metric, to: Metric| (to.x_m - from.x_m, to.y_m - from.y_m);
        let along = between(mean(&[0, 3, 6]), mean(&[2, 5, 8]));
        let down = between(mean(&[0, 1, 2]), mean(&[6, 7, 8]));
        let length = along.0.hypot(along.1);
        let step_m = length / wide;
        if !(step_m.is_finite() && step_m > 0.0) {
            return None;
        }
        let direction = (along.0 / length, along.1 / length);
        let mut lattice = Lattice {
            origin: mean(&[0, 1, 2, 3, 4, 5, 6, 7, 8]),
            direction,
            step_m,
            row_step: match piece.height() {
                1 => 1.0,
                _ => (down.1 * direction.0 - down.0 * direction.1) / high / step_m,
            },
            columns: piece.width(),
            rows: piece.height(),
        };
        lattice.origin = lattice.to_metric(-wide / 2.0, -high / 2.0 * lattice.row_step);
        let shift = |number: usize| {
            let (x, y) = node(number);
            let taken = lattice.to_metric(x, y * lattice.row_step);
            taken.distance_squared(places[number]).sqrt() / step_m
        };
        let shift_px = (0..9).map(shift).fold(0.0, f64::max);
        let shear_px = (down.0 * direction.0 + down.1 * direction.1).abs() / step_m / 2.0;
        Some(Fit {
            lattice,
            shift_px,
            shear_px,
        })
    }
}

/// A number for a picture: zero where there is no value.
#[expect(
    clippy::cast_possible_truncation,
    reason = "pixels of a picture need no more digits"
)]
fn single(value: f64) -> f32 {
    if value.is_nan() { 0.0 } else { value as f32 }
}
