//! The tile matrix set `WebMercatorQuad` (OGC 17-083r4, annex D.1): the grid of every vector tile here.

use comarca_engine::tile::MAX_ZOOM;
use comarca_engine::{LonLat, World};
use serde_json::{Value, json};

use crate::error::AppError;

/// Its name in addresses.
pub(crate) const ID: &str = "WebMercatorQuad";
/// Its address in the register of OGC.
pub(crate) const URI: &str = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad";
/// Its coordinate reference system.
pub(crate) const CRS: &str = "http://www.opengis.net/def/crs/EPSG/0/3857";
/// Its last matrix. Tiles end earlier, see the limits of a tileset.
const LAST_MATRIX: u8 = 24;
/// Side of a tile in the pixels that scales are told for.
const TILE_PIXELS: f64 = 256.0;
/// Half of the equator in metres: π × 6 378 137.
const HALF_EQUATOR_M: f64 = 20_037_508.342_789_244;
/// Side of a pixel by which scale denominators are told, in metres.
const PIXEL_M: f64 = 0.000_28;

/// Whether an address names this set.
///
/// # Errors
/// 404 for any other.
pub(crate) fn known(id: &str) -> Result<(), AppError> {
    match id == ID {
        true => Ok(()),
        false => Err(AppError::unknown("tile matrix set", id, [ID])),
    }
}

/// The definition (OGC 17-083r4, §7.1 as JSON).
pub(crate) fn definition() -> Value {
    let matrices: Vec<Value> = (0..=LAST_MATRIX).map(matrix).collect();
    json!({
        "id": ID,
        "title": "Google Maps Compatible for the World",
        "uri": URI,
        "crs": CRS,
        "orderedAxes": ["E", "N"],
        "wellKnownScaleSet": "http://www.opengis.net/def/wkss/OGC/1.0/GoogleMapsCompatible",
        "tileMatrices": matrices,
    })
}

fn matrix(zoom: u8) -> Value {
    let tiles = 1_u32 << zoom;
    let cell_size_m = 2.0 * HALF_EQUATOR_M / (TILE_PIXELS * f64::from(tiles));
    json!({
        "id": zoom.to_string(),
        "scaleDenominator": cell_size_m / PIXEL_M,
        "cellSize": cell_size_m,
        "cornerOfOrigin": "topLeft",
        "pointOfOrigin": [-HALF_EQUATOR_M, HALF_EQUATOR_M],
        "tileWidth": 256,
        "tileHeight": 256,
        "matrixWidth": tiles,
        "matrixHeight": tiles,
    })
}

/// For every zoom that is served, which tiles may hold something.
pub(crate) fn limits([west, south, east, north]: [f64; 4]) -> Vec<Value> {
    let cell = |lon, lat| LonLat { lon, lat }.to_world();
    let (low, high) = (cell(west, north), cell(east, south));
    (0..=MAX_ZOOM).map(|zoom| limit(zoom, low, high)).collect()
}

fn limit(zoom: u8, low: World, high: World) -> Value {
    let tile = |cell: u32| u64::from(cell) >> (32 - u32::from(zoom));
    json!({
        "tileMatrix": zoom.to_string(),
        "minTileRow": tile(low.y),
        "maxTileRow": tile(high.y),
        "minTileCol": tile(low.x),
        "maxTileCol": tile(high.x),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_those_of_the_standard() {
        let set = definition();
        let scale = |zoom: usize| {
            set["tileMatrices"][zoom]["scaleDenominator"]
                .as_f64()
                .unwrap()
        };
        // OGC 17-083r4, table D.1.
        assert!((scale(0) - 559_082_264.028_717).abs() < 1e-3);
        assert!((scale(24) - 33.323_899_747_7).abs() < 1e-6);
        assert_eq!(set["tileMatrices"][24]["matrixWidth"], 1 << 24);
    }

    #[test]
    fn limits_hold_the_bounds() {
        let limits = limits([-70.7, -33.6, -70.5, -33.4]);
        assert_eq!(limits.len(), usize::from(MAX_ZOOM) + 1);
        assert_eq!(
            limits[0],
            json!({ "tileMatrix": "0", "minTileRow": 0, "maxTileRow": 0, "minTileCol": 0, "maxTileCol": 0 })
        );
        assert_eq!(limits[10]["minTileCol"], 310);
        assert_eq!(limits[10]["maxTileRow"], 613);
    }
}
