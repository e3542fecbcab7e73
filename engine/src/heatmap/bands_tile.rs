//! Isobands as vector tiles: the surface on a lattice that all tiles of a zoom share, so that bands agree on their seams.

use super::isobands::{Band, isobands};
use super::surface::SurfaceRequest;
use super::{Heatmap, tile};
use crate::column::Value;
use crate::space::{LonLat, Metric, Projection, World};
use crate::tile::{Area, TileCoord, area_tile};

/// Cells of the lattice across a tile, about.
const CELLS: f64 = 64.0;
/// Cells of a bandwidth, at least: a coarser lattice would miss the tops of bumps.
const CELLS_OF_BANDWIDTH: f64 = 3.0;
/// Cells across the whole heat map where its bandwidth is small beside it, at most.
const CELLS_OF_EXTENT: f64 = 1024.0;
/// Cells beyond the tile and its buffer.
const MARGIN: f64 = 3.0;

impl Heatmap {
    /// The bands above each of the ascending `levels` as a Mapbox vector tile with one layer, named by the heat map's id:
    /// polygons with `low`, `high` (absent in the highest) and `color_index`, the number of the level. Empty where no
    /// band is in the tile.
    ///
    /// The surface is computed at the nodes of a lattice whose step depends on the zoom alone, and is interpolated between.
    /// Cost that of [`grid`](Self::grid) on about 70 × 70 cells, more at zooms where a bandwidth is smaller than a pixel.
    pub fn bands_tile(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        levels: &[f64],
        request: &SurfaceRequest<'_>,
    ) -> Vec<u8> {
        let bands = self.bands(projection, coord, levels, request);
        let bands = bands.unwrap_or_default();
        let areas: Vec<Area<'_>> = bands
            .iter()
            .enumerate()
            .map(|one| area(one, projection))
            .collect();
        area_tile(&self.id, &["low", "high", "color_index"], coord, &areas)
    }

    /// The bands around a tile; `None` where there is no surface.
    fn bands(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        levels: &[f64],
        request: &SurfaceRequest<'_>,
    ) -> Option<Vec<Band>> {
        let prepared = self.prepared(request);
        let extent = prepared.of.extent_m()?;
        let pieces = tile::pieces(extent, projection, coord, 1);
        // Without a pixel that can have a density there is nothing to cut.
        tile::bounds_m(&pieces)?;
        let cell_m = self.cell_m(projection, coord, extent, request)?;
        let tile = bounds_m(projection, coord)?;
        let margin_m = MARGIN * cell_m + (tile[2] - tile[0]) / CELLS;
        let grow = |at: f64, by: f64| at + by;
        let around = [
            grow(tile[0], -margin_m).max(extent[0] - cell_m),
            grow(tile[1], -margin_m).max(extent[1] - cell_m),
            grow(tile[2], margin_m).min(extent[2] + cell_m),
            grow(tile[3], margin_m).min(extent[3] + cell_m),
        ];
        let snapped = [
            (around[0] / cell_m).floor() * cell_m,
            (around[1] / cell_m).floor() * cell_m,
            (around[2] / cell_m).ceil() * cell_m,
            (around[3] / cell_m).ceil() * cell_m,
        ];
        let grid = self.grid(cell_m, Some(snapped), request).ok()?;
        isobands(&grid, levels).ok()
    }

    /// Step of the lattice of a zoom.
    fn cell_m(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        extent: [f64; 4],
        request: &SurfaceRequest<'_>,
    ) -> Option<f64> {
        let [_, south, _, north] = self.bounds(projection)?;
        // A tile of this zoom at the latitude of the heat map.
        let tile_m = 40_075_016.7 * f64::midpoint(south, north).to_radians().cos()
            / f64::from(coord.z()).exp2();
        let bandwidth_m = match request.bandwidth {
            Some(super::Bandwidth::Fixed(metres)) => metres,
            _ => self.bandwidth_m,
        };
        let size_m = (extent[2] - extent[0]).max(extent[3] - extent[1]);
        let fine = (tile_m / CELLS).min(bandwidth_m / CELLS_OF_BANDWIDTH);
        let cell_m = fine.max(size_m / CELLS_OF_EXTENT);
        (cell_m > 0.0 && cell_m.is_finite()).then_some(cell_m)
    }
}

/// The box in metres around a tile: of points along its edges, which are bent there.
fn bounds_m(projection: &dyn Projection, coord: TileCoord) -> Option<[f64; 4]> {
    const STEPS: u32 = 8;
    let [west, south, east, north] = coord.bounds();
    let edge = (0..=STEPS).flat_map(|step| {
        let share = f64::from(step) / f64::from(STEPS);
        let (lon, lat) = (
            west + share * (east - west),
            south + share * (north - south),
        );
        [(lon, south), (lon, north), (west, lat), (east, lat)]
    });
    let degrees: Vec<LonLat> = edge.map(|(lon, lat)| LonLat { lon, lat }).collect();
    let metric = projection.to_metric(&degrees);
    let finite = metric
        .iter()
        .filter(|at| at.x_m.is_finite() && at.y_m.is_finite());
    finite.fold(None, |all: Option<[f64; 4]>, at| {
        let all = all.unwrap_or([at.x_m, at.y_m, at.x_m, at.y_m]);
        Some([
            all[0].min(at.x_m),
            all[1].min(at.y_m),
            all[2].max(at.x_m),
            all[3].max(at.y_m),
        ])
    })
}

fn area<'a>((number, band): (usize, &Band), projection: &dyn Projection) -> Area<'a> {
    let ring = |ring: &geo_types::LineString<f64>| -> Vec<World> {
        let metres = ring.0.iter().map(|at| Metric {
            x_m: at.x,
            y_m: at.y,
        });
        let degrees = projection.to_lonlat(&metres.collect::<Vec<_>>());
        degrees.into_iter().map(LonLat::to_world).collect()
    };
    let polygons = band.polygons.0.iter().map(|polygon| {
        let exterior = [ring(polygon.exterior())].into_iter();
        exterior
            .chain(polygon.interiors().iter().map(ring))
            .collect()
    });
    Area {
        id: number as u64 + 1,
        polygons: polygons.collect(),
        values: vec![
            Value::Real(band.low),
            band.high.map_or(Value::Null, Value::Real),
            Value::Integer(i64::try_from(number).unwrap_or(i64::MAX)),
        ],
    }
}
