//! Isobands as vector tiles.
//!
//! A tile's bands are traced on a lattice of its own: nodes every 64 units of its 4096, buffer included, at places that
//! all tiles of a zoom share, with crossings at whole units. So nothing has to be cut, projected or rounded afterwards:
//! every polygon is valid in tile units by construction, neighbours share their contour bit for bit, and two tiles that are
//! given the same values along their seam agree there. Values come from a grid in metres ([`BandLattice::sample`]) or from
//! anything else that knows a value at a position ([`BandLattice::positions`]).

use geo_types::{Coord, LineString};

use super::Grid;
use super::isobands::{Band, IsobandError, Lattice, trace};
use crate::column::Value;
use crate::number::whole;
use crate::space::{LonLat, Metric, Projection, WORLD_CELLS, world_to_lonlat};
use crate::tile::{BUFFER, ComputedLayer, EXTENT, TileCoord};

/// Tile units between nodes: four pixels of a tile of 256.
const STEP: u32 = 64;

/// Nodes along a side of the buffered tile.
const NODES: usize = ((EXTENT + 2 * BUFFER) / STEP) as usize + 1;

/// Metres of a tile of zoom 0 along the equator (EPSG:3857).
const EQUATOR_M: f64 = 40_075_016.685_578_49;

/// The places at which a tile wants values.
#[derive(Clone, Debug)]
pub struct BandLattice {
    coord: TileCoord,
    positions: Vec<Metric>,
}

impl BandLattice {
    /// The lattice of a tile. Cost: 4,489 positions to project.
    pub fn new(projection: &dyn Projection, coord: TileCoord) -> Self {
        let unit = coord.width_cells() / f64::from(EXTENT);
        let (x0, y0) = coord.origin_cells();
        // Sums of powers of two: tiles that share a node compute it the same.
        let along = |number: usize, origin: f64| {
            origin + (number as f64 * f64::from(STEP) - f64::from(BUFFER)) * unit
        };
        let on_world = |at: f64| (0.0..=WORLD_CELLS).contains(&at);
        let degrees = |number: usize| {
            let (x, y) = (along(number % NODES, x0), along(number / NODES, y0));
            match on_world(x) && on_world(y) {
                true => world_to_lonlat(x, y),
                false => LonLat {
                    lon: f64::NAN,
                    lat: f64::NAN,
                },
            }
        };
        let degrees: Vec<LonLat> = (0..NODES * NODES).map(degrees).collect();
        Self {
            coord,
            positions: projection.to_metric(&degrees),
        }
    }

    /// The nodes in metres, row by row from the north-west; not finite beyond the edge of the world.
    pub fn positions(&self) -> &[Metric] {
        &self.positions
    }

    /// Side of the cells of a grid that is fine enough for the tile: a power of two of metres, the same for all tiles of a
    /// zoom, between three eighths and three quarters of a step at the equator, so at most a step up to latitude 41° and
    /// one and a half up to 60°.
    pub fn cell_m(&self) -> f64 {
        let steps = f64::from(EXTENT / STEP) * f64::from(1u32 << self.coord.z());
        (0.75 * EQUATOR_M / steps).log2().floor().exp2()
    }

    /// The box of a grid in metres that [`sample`](Self::sample) needs for this tile: around the nodes within
    /// `extent_m` (west, south, east, north), with a margin, its sides at whole multiples of [`cell_m`](Self::cell_m). So
    /// the grids of neighbouring tiles have their centres at the same places. `None` where the tile is outside.
    pub fn bbox_m(&self, extent_m: [f64; 4]) -> Option<[f64; 4]> {
        let cell_m = self.cell_m();
        let finite = self
            .positions
            .iter()
            .filter(|at| at.x_m.is_finite() && at.y_m.is_finite());
        let all = finite.fold(None, |all: Option<[f64; 4]>, at| {
            let [west, south, east, north] = all.unwrap_or([at.x_m, at.y_m, at.x_m, at.y_m]);
            let (west, east) = (west.min(at.x_m), east.max(at.x_m));
            Some([west, south.min(at.y_m), east, north.max(at.y_m)])
        })?;
        let low = |axis: usize| (all[axis].max(extent_m[axis]) / cell_m).floor() - 2.0;
        let high = |axis: usize| (all[axis].min(extent_m[axis]) / cell_m).ceil() + 2.0;
        let meets = (0..2).all(|axis| {
            all[axis] <= extent_m[axis + 2]
                && extent_m[axis] <= all[axis + 2]
                && extent_m[axis] <= extent_m[axis + 2]
        });
        let bbox = [low(0), low(1), high(2), high(3)].map(|number| number * cell_m);
        (meets && bbox.iter().all(|side| side.is_finite())).then_some(bbox)
    }

    /// The values of a grid at the nodes, interpolated between the four centres around each; zero beyond the grid, missing
    /// where one of the four is.
    ///
    /// The same to the last bit for all grids that have the same values at the same centres, if their cells are
    /// [`cell_m`](Self::cell_m) and their corner a multiple of it.
    pub fn sample(&self, grid: &Grid) -> Vec<f64> {
        let value = |column: f64, row: f64| {
            let inside = column >= 0.0
                && row >= 0.0
                && column < grid.columns as f64
                && row < grid.rows as f64;
            let at = || grid.values.get(whole(row) * grid.columns + whole(column));
            if inside {
                at().copied().unwrap_or(0.0)
            } else {
                0.0
            }
        };
        let sample = |at: &Metric| {
            let x = (at.x_m - grid.min_x_m) / grid.cell_m - 0.5;
            let y = (at.y_m - grid.min_y_m) / grid.cell_m - 0.5;
            let (column, row) = (x.floor(), y.floor());
            let (u, v) = (x - column, y - row);
            let along = |row: f64| value(column, row) * (1.0 - u) + value(column + 1.0, row) * u;
            along(row) * (1.0 - v) + along(row + 1.0) * v
        };
        self.positions.iter().map(sample).collect()
    }

    /// The tile of the bands between ascending levels, from a value per node: one layer named `id`, a feature for each
    /// band that the tile has, with `low`, `high` (missing in the band above the highest level) and `color_index`, its
    /// number from 0. Empty without any.
    ///
    /// # Errors
    /// Those of [`isobands`](super::isobands()); `values` must be one per node.
    pub fn tile(&self, id: &str, levels: &[f64], values: &[f64]) -> Result<Vec<u8>, IsobandError> {
        let lattice = Lattice::new(NODES, NODES, values, levels)?.in_steps(STEP);
        let unit = |steps: f64| steps * f64::from(STEP) - f64::from(BUFFER);
        // Rows run south here as in the tile, so exteriors have the area that the format wants.
        let bands = trace(&lattice, |[x, y]| Coord {
            x: unit(x),
            y: unit(y),
        });
        let mut layer = ComputedLayer::new(id, &["low", "high", "color_index"], self.coord);
        for (number, band) in (0i64..).zip(&bands) {
            write(band, number, &mut layer);
        }
        Ok(layer.into_tile())
    }
}

fn write(band: &Band, number: i64, layer: &mut ComputedLayer) {
    for polygon in &band.polygons {
        layer.ring(&units(polygon.exterior()));
        for interior in polygon.interiors() {
            layer.ring(&units(interior));
        }
    }
    let high = band.high.map_or(Value::Null, Value::Real);
    let values = [Value::Real(band.low), high, Value::Integer(number)];
    layer.finish(whole(number as f64), &values);
}

/// The positions of a closed ring, which are whole numbers, without the last.
fn units(ring: &LineString<f64>) -> Vec<[i32; 2]> {
    let open = &ring.0[..ring.0.len().saturating_sub(1)];
    open.iter().map(|at| [unit(at.x), unit(at.y)]).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "whole numbers from -64 to 4160"
)]
fn unit(at: f64) -> i32 {
    at as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tests_support::Equator;
    use fast_mvt::{MvtFeature, MvtLayer, MvtReaderRef, MvtValue};
    use geo::{Area, Validation};
    use geo_types::{Geometry, MultiPolygon, Polygon};
    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    const LEVELS: [f64; 3] = [1.0, 2.0, 4.0];

    fn lattice(z: u8, x: u32, y: u32) -> BandLattice {
        BandLattice::new(&Equator, TileCoord::new(z, x, y).unwrap())
    }

    /// A bumpy surface that is zero beyond 60 km.
    fn surface(at: Metric) -> f64 {
        let bumps = (at.x_m / 2100.0 + 1.0).sin() * (at.y_m / 1700.0).cos() * 3.0;
        (bumps + 4.0 - at.x_m.hypot(at.y_m) / 15_000.0).max(0.0)
    }

    fn grid(lattice: &BandLattice, extent: [f64; 4]) -> Grid {
        let (cell_m, bbox) = (lattice.cell_m(), lattice.bbox_m(extent).unwrap());
        let count = |low: f64, high: f64| whole(((high - low) / cell_m).round());
        let (columns, rows) = (count(bbox[0], bbox[2]), count(bbox[1], bbox[3]));
        let mut grid = Grid {
            min_x_m: bbox[0],
            min_y_m: bbox[1],
            cell_m,
            columns,
            rows,
            values: vec![],
        };
        let centre = |cell: usize| {
            let (x_m, y_m) = grid.centre(cell % columns, cell / columns);
            surface(Metric { x_m, y_m })
        };
        grid.values = (0..columns * rows).map(centre).collect();
        grid
    }

    /// The polygons of each feature, by its number, in tile units with y to the south.
    fn decoded(tile: &[u8]) -> Vec<(u64, MultiPolygon<i32>)> {
        let feature = |feature: MvtFeature| {
            let polygons = match feature.geometry {
                Geometry::Polygon(polygon) => MultiPolygon::new(vec![polygon]),
                Geometry::MultiPolygon(polygons) => polygons,
                other => panic!("{other:?}"),
            };
            (feature.id.unwrap(), polygons)
        };
        layer(tile).features.into_iter().map(feature).collect()
    }

    fn layer(tile: &[u8]) -> MvtLayer {
        let mut tile = MvtReaderRef::new(tile).unwrap().to_tile().unwrap();
        tile.layers.remove(0)
    }

    const EXTENT_M: [f64; 4] = [-70_000.0, -70_000.0, 70_000.0, 70_000.0];

    #[test]
    fn neighbouring_tiles_agree_on_their_seam() {
        for z in [8, 10, 12] {
            let middle = 1u32 << (z - 1);
            let tiles = [(middle - 1, middle), (middle, middle)].map(|(x, y)| {
                let lattice = lattice(z, x, y);
                let values = lattice.sample(&grid(&lattice, EXTENT_M));
                (lattice, values)
            });
            let columns = |first: usize| {
                let rows = 0..NODES;
                rows.flat_map(move |row| (first..first + 3).map(move |column| row * NODES + column))
            };
            // The last three columns of the west tile are the first three of the east one.
            let bits = |tile: &(BandLattice, Vec<f64>), first: usize| -> Vec<u64> {
                columns(first).map(|node| tile.1[node].to_bits()).collect()
            };
            assert_eq!(bits(&tiles[0], NODES - 3), bits(&tiles[1], 0), "zoom {z}");
            // On the seam itself, the contours' vertices are the same.
            let vertices = |tile: &(BandLattice, Vec<f64>), seam: i32| {
                let bytes = tile.0.tile("x", &LEVELS, &tile.1).unwrap();
                let mut found: Vec<(u64, i32)> = vec![];
                for (id, polygons) in decoded(&bytes) {
                    let rings = polygons.iter().flat_map(|polygon| {
                        std::iter::once(polygon.exterior()).chain(polygon.interiors())
                    });
                    let on_seam = rings.flat_map(|ring| &ring.0).filter(|at| at.x == seam);
                    found.extend(on_seam.map(|at| (id, at.y)));
                }
                found.sort_unstable();
                found.dedup();
                found
            };
            let west = vertices(&tiles[0], 4096);
            assert_eq!(west, vertices(&tiles[1], 0), "zoom {z}");
            assert!(!west.is_empty(), "zoom {z}");
        }
    }

    #[test]
    fn bands_cover_what_is_above_the_lowest_level_once() {
        let lattice = lattice(9, 256, 256);
        let values = lattice.sample(&grid(&lattice, EXTENT_M));
        let area = |levels: &[f64]| -> f64 {
            let tile = decoded(&lattice.tile("x", levels, &values).unwrap());
            tile.iter()
                .map(|(_, polygons)| real(polygons).unsigned_area())
                .sum()
        };
        assert_eq!(area(&LEVELS), area(&LEVELS[..1]));
        assert!(area(&LEVELS) > 1e6);
    }

    fn real(polygons: &MultiPolygon<i32>) -> MultiPolygon<f64> {
        let line = |line: &LineString<i32>| -> LineString<f64> {
            line.0
                .iter()
                .map(|at| (f64::from(at.x), f64::from(at.y)))
                .collect()
        };
        let polygon = |polygon: &Polygon<i32>| {
            let interiors = polygon.interiors().iter().map(line).collect();
            Polygon::new(line(polygon.exterior()), interiors)
        };
        polygons.iter().map(polygon).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn every_polygon_is_valid_in_tile_units(seeds in prop::collection::vec(0.0..60.0f64, 40), rough in 0.0..1.0f64) {
            let value = |node: usize| {
                let (column, row) = (node % NODES, node / NODES);
                let bumps = seeds.chunks(4).map(|seed| {
                    let (dx, dy) = (column as f64 - seed[0], row as f64 - seed[1]);
                    seed[2] / 10.0 * (-(dx * dx + dy * dy) / (1.0 + seed[3])).exp()
                });
                // Steep and rough in places, missing in others.
                let noise = rough * ((node * 7919) % 101) as f64 / 101.0;
                if node.is_multiple_of(1009) { f64::NAN } else { bumps.sum::<f64>() + noise }
            };
            let values: Vec<f64> = (0..NODES * NODES).map(value).collect();
            let levels = [0.5, 1.0, 1.02, 1.5, 3.0];
            let tile = lattice(14, 8000, 8000).tile("x", &levels, &values).unwrap();
            for (id, polygons) in decoded(&tile) {
                let polygons = real(&polygons);
                prop_assert!(polygons.check_validation().is_ok(), "band {}: {:?}", id, polygons.check_validation());
            }
        }
    }

    #[test]
    fn features_carry_their_limits_and_their_color() {
        let lattice = lattice(3, 4, 4);
        let values: Vec<f64> = (0..NODES * NODES)
            .map(|node| (node % NODES) as f64 / 20.0)
            .collect();
        let layer = layer(&lattice.tile("demand", &LEVELS, &values).unwrap());
        assert_eq!(layer.name, "demand");
        assert_eq!(layer.features.len(), 2, "the highest value is below 4");
        let properties = |feature: &MvtFeature| -> Vec<(String, f64)> {
            let number = |value: &MvtValue| match value {
                MvtValue::Double(value) => *value,
                MvtValue::UInt(0) => 0.0,
                MvtValue::UInt(1) => 1.0,
                other => panic!("{other:?}"),
            };
            let pairs = feature.properties.iter();
            pairs
                .map(|(key, value)| (key.clone(), number(value)))
                .collect()
        };
        let pairs = [("low", 2.0), ("high", 4.0), ("color_index", 1.0)];
        let expected = pairs.map(|(key, value)| (key.to_owned(), value));
        assert_eq!(properties(&layer.features[1]), expected);
        assert!(lattice.tile("x", &[100.0], &values).unwrap().is_empty());
        assert!(lattice.tile("x", &LEVELS, &values[1..]).is_err());
    }

    #[test]
    fn a_tile_elsewhere_needs_no_grid_and_the_edge_of_the_world_has_no_value() {
        assert_eq!(lattice(10, 900, 512).bbox_m(EXTENT_M), None);
        assert_eq!(lattice(10, 512, 511).bbox_m([1.0, 1.0, 0.0, 0.0]), None);
        let world = lattice(0, 0, 0);
        assert!(world.positions()[0].x_m.is_nan());
        let bbox = world.bbox_m(EXTENT_M).unwrap();
        assert!((bbox[2] - bbox[0]) / world.cell_m() < 10.0, "{bbox:?}");
        for z in [0, 7, 22] {
            let cell_m = lattice(z, 0, 0).cell_m();
            let step_m = EQUATOR_M / 64.0 / f64::from(1u32 << z);
            assert!((0.375..=0.75).contains(&(cell_m / step_m)), "{z}");
        }
    }
}
