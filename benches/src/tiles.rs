//! Which tiles are rendered.

use comarca_engine::tile::TileCoord;
use comarca_engine::{Layer, LonLat};

/// The tile of a zoom that holds a place.
pub fn tile_at(place: LonLat, z: u8) -> TileCoord {
    let cell = place.to_world();
    let of = |cell: u32| u32::try_from(u64::from(cell) >> (32 - u32::from(z))).unwrap_or(0);
    TileCoord::new(z, of(cell.x), of(cell.y)).expect("a cell lies in some tile")
}

/// At most `count` tiles of a zoom, spread evenly over the tiles that hold an anchor of the layer, in row order.
pub fn spread(layer: &Layer, z: u8, count: usize) -> Vec<TileCoord> {
    let place = |row: usize| {
        layer.lonlat()[layer.shapes().feature_coordinates(row)]
            .first()
            .copied()
    };
    let mut all: Vec<TileCoord> = (0..layer.len())
        .filter_map(place)
        .map(|place| tile_at(place, z))
        .collect();
    all.sort_unstable_by_key(|tile| (tile.y(), tile.x()));
    all.dedup();
    let step = all.len().div_ceil(count).max(1);
    all.into_iter().step_by(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_lies_in_the_tile_that_others_say() {
        // mercantile 1.2: tile(-70.65, -33.5, 10)
        let tile = tile_at(
            LonLat {
                lon: -70.65,
                lat: -33.5,
            },
            10,
        );
        assert_eq!((tile.x(), tile.y()), (311, 613));
    }
}
