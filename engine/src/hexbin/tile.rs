//! Hexagons as vector tiles.
//!
//! A tile has all cells that meet it, with what is in the whole of each, also beyond the tile. Vertices are rounded from the
//! world grid, so neighbouring cells and neighbouring tiles meet without gaps.

use super::{H3Cell, HexTotals, Hexagon};
use crate::column::Value;
use crate::space::{LonLat, Metric, Projection};
use crate::tile::{ComputedLayer, TileCoord};

/// What a feature tells. `suppressed` is there where it is true, the others where they are known.
const PROPERTIES: [&str; 5] = ["id", "count", "sum", "rate", "suppressed"];

/// Kilometres around the earth.
const AROUND_KM: f64 = 40_030.0;

/// Below this zoom no cell is left out early: a metric CRS far from its area says nothing about where a tile is.
const LOCAL_ZOOM: u8 = 6;

/// The H3 cells that meet a tile, as a layer named `id`; empty without any. A feature's id is the cell's place in the list.
///
/// Cells over a pole, or beyond what Web Mercator shows, are not drawn. Cost O(cells), and for each in the tile its boundary.
pub fn h3_tile(id: &str, cells: &[H3Cell], coord: TileCoord) -> Vec<u8> {
    let mut layer = ComputedLayer::new(id, &PROPERTIES, coord);
    let [west, south, east, north] = coord.bounds();
    for (place, cell) in cells.iter().enumerate() {
        // Twice the mean edge of the resolution holds every vertex, and more than the tile's buffer.
        let reach = 2.0 * 360.0 * cell.edge_km() / AROUND_KM + (north - south) / 32.0;
        let LonLat { lon, lat } = cell.centre;
        let farthest = lat.abs() + reach;
        if farthest >= 90.0 || lat + reach < south || lat - reach > north {
            continue;
        }
        let reach_lon = reach / farthest.to_radians().cos() + (east - west) / 32.0;
        if lon + reach_lon < west || lon - reach_lon > east {
            continue;
        }
        layer.convex(cell.boundary().into_iter().map(world));
        finish(&mut layer, place, &cell.id(), &cell.totals);
    }
    layer.into_tile()
}

/// The hexagons that meet a tile, as a layer named `id`; empty without any. A feature's id is the cell's place in the list.
///
/// Cost O(cells), and for each in the tile six vertices to project.
pub fn hexagon_tile(
    id: &str,
    cells: &[Hexagon],
    projection: &dyn Projection,
    coord: TileCoord,
) -> Vec<u8> {
    let [west, south, east, north] = metric_box(projection, coord);
    let meets = |cell: &Hexagon| {
        let (at, reach) = (cell.centre(), 2.0 * cell.side_m);
        at.x_m + reach >= west
            && at.x_m - reach <= east
            && at.y_m + reach >= south
            && at.y_m - reach <= north
    };
    let places: Vec<usize> = (0..cells.len())
        .filter(|&place| meets(&cells[place]))
        .collect();
    let vertices: Vec<Metric> = places
        .iter()
        .flat_map(|&place| cells[place].boundary())
        .collect();
    let vertices = projection.to_lonlat(&vertices);
    let mut layer = ComputedLayer::new(id, &PROPERTIES, coord);
    for (&place, ring) in places.iter().zip(vertices.chunks(6)) {
        if ring.iter().all(|at| at.is_valid()) {
            layer.convex(ring.iter().copied().map(world));
            finish(&mut layer, place, &cells[place].id(), &cells[place].totals);
        }
    }
    layer.into_tile()
}

fn finish(layer: &mut ComputedLayer, place: usize, id: &str, totals: &HexTotals) {
    let count = totals.count.and_then(|count| i64::try_from(count).ok());
    let values = [
        Value::Text(id),
        count.map_or(Value::Null, Value::Integer),
        totals.sum.map_or(Value::Null, Value::Real),
        totals.rate.map_or(Value::Null, Value::Real),
        match totals.is_suppressed() {
            true => Value::Bool(true),
            false => Value::Null,
        },
    ];
    layer.finish(place, &values);
}

/// The nearest cell of the world grid; longitudes beyond ±180° are beside it.
fn world(at: LonLat) -> [i64; 2] {
    let turns = (at.lon / 360.0).round();
    let lon = at.lon - 360.0 * turns;
    let cell = LonLat { lon, ..at }.to_world();
    let around = |turns: f64| -> i64 {
        match turns {
            1.0.. => 1 << 32,
            ..=-1.0 => -(1 << 32),
            _ => 0,
        }
    };
    [i64::from(cell.x) + around(turns), i64::from(cell.y)]
}

/// West, south, east, north in metres of all that the buffered tile may show.
fn metric_box(projection: &dyn Projection, coord: TileCoord) -> [f64; 4] {
    /// Steps along a side: between them a tile is as good as straight.
    const STEPS: usize = 8;
    let [west, south, east, north] = coord.bounds();
    let (width, height) = (east - west, north - south);
    let at = |number: usize| {
        let share = |step: usize| step as f64 / STEPS as f64 * 1.0625 - 0.03125;
        LonLat {
            lon: west + share(number % (STEPS + 1)) * width,
            lat: south + share(number / (STEPS + 1)) * height,
        }
    };
    let degrees: Vec<LonLat> = (0..(STEPS + 1) * (STEPS + 1)).map(at).collect();
    let everywhere = [
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
        f64::INFINITY,
        f64::INFINITY,
    ];
    let metric = projection.to_metric(&degrees);
    if coord.z() < LOCAL_ZOOM
        || !metric
            .iter()
            .all(|at| at.x_m.is_finite() && at.y_m.is_finite())
    {
        return everywhere;
    }
    let [least_x, least_y, most_x, most_y] = everywhere.map(|side| -side);
    let around = metric
        .iter()
        .fold([least_x, least_y, most_x, most_y], |all, at| {
            let (west, south) = (all[0].min(at.x_m), all[1].min(at.y_m));
            [west, south, all[2].max(at.x_m), all[3].max(at.y_m)]
        });
    let margin = ((around[2] - around[0]) + (around[3] - around[1])) / 32.0;
    [
        around[0] - margin,
        around[1] - margin,
        around[2] + margin,
        around[3] + margin,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hexbin::{HexMeasure, h3_cells, hexagons};
    use crate::layer::tests_support::Equator;
    use fast_mvt::{MvtFeature, MvtReaderRef, MvtValue};
    use geo::Validation;
    use geo_types::{Geometry, LineString, Polygon};

    /// Positions on a spiral around a place.
    fn spiral(lon: f64, lat: f64) -> Vec<LonLat> {
        let at = |number: u32| {
            let (angle, radius) = (f64::from(number) * 2.4, f64::from(number).sqrt() * 0.004);
            LonLat {
                lon: lon + radius * angle.cos(),
                lat: lat + radius * angle.sin(),
            }
        };
        (0..3000).map(at).collect()
    }

    fn features(tile: &[u8]) -> Vec<MvtFeature> {
        if tile.is_empty() {
            return vec![];
        }
        let mut tile = MvtReaderRef::new(tile).unwrap().to_tile().unwrap();
        tile.layers.remove(0).features
    }

    fn ring(feature: &MvtFeature) -> Vec<[i32; 2]> {
        let Geometry::Polygon(polygon) = &feature.geometry else {
            panic!("{:?}", feature.geometry);
        };
        polygon.exterior().0.iter().map(|at| [at.x, at.y]).collect()
    }

    fn check(tile_of: &dyn Fn(TileCoord) -> Vec<u8>, cells: usize, coords: &[TileCoord]) {
        let mut seen = std::collections::BTreeMap::new();
        for &coord in coords {
            for feature in features(&tile_of(coord)) {
                let ring = ring(&feature);
                let line: LineString<f64> = ring
                    .iter()
                    .map(|at| (f64::from(at[0]), f64::from(at[1])))
                    .collect();
                Polygon::new(line, vec![]).check_validation().unwrap();
                let inside = |at: &[i32; 2]| at.iter().all(|v| (-64..=4160).contains(v));
                assert!(ring.iter().all(inside));
                // Vertices that are not cut stand at one place in all tiles.
                let origin = [coord.x(), coord.y()].map(|number| i64::from(number) * 4096);
                let whole = |at: &&[i32; 2]| at.iter().all(|v| (-63..4160).contains(v));
                for at in ring.iter().filter(whole) {
                    let place = [i64::from(at[0]) + origin[0], i64::from(at[1]) + origin[1]];
                    seen.entry(feature.id.unwrap())
                        .or_insert_with(std::collections::BTreeSet::new)
                        .insert(place);
                }
            }
        }
        assert_eq!(seen.len(), cells, "every cell is in some tile");
        assert!(
            seen.values().all(|vertices| vertices.len() <= 6),
            "and the same in all"
        );
    }

    /// All tiles of a zoom around a place.
    fn tiles(z: u8, at: LonLat) -> Vec<TileCoord> {
        let cell = at.to_world();
        let (x, y) = (cell.x >> (32 - z), cell.y >> (32 - z));
        let around =
            |number: u32| TileCoord::new(z, x + number % 5 - 2, y + number / 5 - 2).unwrap();
        (0..25).map(around).collect()
    }

    #[test]
    fn neighbouring_tiles_show_the_same_h3_cells_whole() {
        let positions = spiral(-70.65, -33.5);
        let cells = h3_cells(&positions, &HexMeasure::default(), 7)
            .unwrap()
            .cells;
        let tile = |coord| h3_tile("h", &cells, coord);
        check(&tile, cells.len(), &tiles(10, positions[0]));
        let small = h3_cells(&positions, &HexMeasure::default(), 12)
            .unwrap()
            .cells;
        let tile = |coord| h3_tile("h", &small, coord);
        check(&tile, small.len(), &tiles(10, positions[0]));
    }

    #[test]
    fn neighbouring_tiles_show_the_same_hexagons_whole() {
        let positions = Equator.to_metric(&spiral(-70.65, -33.5));
        let cells = hexagons(&positions, &HexMeasure::default(), 1500.0)
            .unwrap()
            .cells;
        let tile = |coord| hexagon_tile("h", &cells, &Equator, coord);
        check(&tile, cells.len(), &tiles(10, spiral(-70.65, -33.5)[0]));
        assert!(tile(TileCoord::new(10, 900, 500).unwrap()).is_empty());
    }

    #[test]
    fn cells_tell_their_totals_or_that_they_are_suppressed() {
        let place = LonLat {
            lon: -70.65,
            lat: -33.5,
        };
        let other = LonLat {
            lat: -33.52,
            ..place
        };
        let measure = HexMeasure {
            values: Some(&[2.0, 3.0, 9.0]),
            least_features: 2,
            ..HexMeasure::default()
        };
        let cells = h3_cells(&[place, place, other], &measure, 9).unwrap().cells;
        let coord = tiles(9, place)[12];
        let mut found: Vec<Vec<(String, MvtValue)>> = features(&h3_tile("h", &cells, coord))
            .into_iter()
            .map(|feature| feature.properties)
            .collect();
        found.sort_by_key(Vec::len);
        let keys =
            |at: usize| -> Vec<&str> { found[at].iter().map(|(key, _)| key.as_str()).collect() };
        assert_eq!(keys(0), ["id", "suppressed"]);
        assert_eq!(keys(1), ["id", "count", "sum"]);
        assert!(matches!(found[1][2].1, MvtValue::Double(5.0)));
    }

    #[test]
    fn a_cell_over_the_antimeridian_is_drawn_on_the_side_of_its_centre() {
        let there = LonLat {
            lon: 179.999,
            lat: -17.0,
        };
        let cells = h3_cells(&[there], &HexMeasure::default(), 5).unwrap().cells;
        let x = if cells[0].centre.lon > 0.0 {
            (1 << 7) - 1
        } else {
            0
        };
        let y = there.to_world().y >> (32 - 7);
        let tile = h3_tile("h", &cells, TileCoord::new(7, x, y).unwrap());
        let [feature] = &features(&tile)[..] else {
            panic!("one feature");
        };
        assert!(ring(feature).len() > 4);
    }
}
