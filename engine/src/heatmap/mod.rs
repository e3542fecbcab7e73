//! Heat maps: the density of weighted features per km², computed exactly in the metric CRS.
//!
//! Each feature becomes a bump ([`Kernel`], [`Bandwidth`]), a surface is the sum of bumps at the places of a lattice: the
//! cells of a [`Grid`] or the pixels of a tile. What is asked of it beyond that (some features, the difference of two
//! periods, a mask, a least number of features) is a [`SurfaceRequest`].

mod bands_tile;
mod bandwidth;
mod density;
mod edge;
mod gaussian;
#[cfg(test)]
mod golden;
mod grid;
mod isobands;
mod kernel;
mod lattice;
mod levels;
mod likelihood;
mod near;
mod pilot;
mod points;
mod site;
mod surface;
mod sweep;
#[cfg(test)]
mod tests;
mod tile;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use crate::indicator::{Measure, Swap};
use crate::layer::Layer;
use crate::number::whole;
use crate::space::{LonLat, Metric, Projection};
use crate::tile::TileCoord;
use crate::title::Title;

pub use bands_tile::BandLattice;
pub use bandwidth::Bandwidth;
pub use grid::{Grid, GridError, MAX_GRID_CELLS};
pub use isobands::{Band, IsobandError, MAX_CROSSINGS, MAX_LEVELS, isobands};
pub use kernel::Kernel;
pub use levels::{round_levels, round_step};
pub use surface::{Keep, SurfaceRequest};

use density::Spread;
use edge::Outline;
use site::{Site, sites, spread};
use surface::Surface;

/// How many features are asked for the top of the colour scale, at most.
const PEAK_SAMPLES_MAX: usize = 20_000;
/// How many bumps are looked at for it, about, before fewer features are asked.
const PEAK_BUMPS_MAX: f64 = 2e7;
/// How many bandwidths besides the heat map's own stay prepared.
const PREPARED_MAX: usize = 4;

/// What a heat map is made of.
#[derive(Clone, Debug)]
pub struct HeatmapParts {
    /// Id in the project file and in URLs.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// The features that spread, each with its weight (1 without a column).
    pub of: Measure,
    /// Shape of the bump that each feature spreads.
    pub kernel: Kernel,
    /// Radius of the bumps, or the rule that finds it.
    pub bandwidth: Bandwidth,
    /// Who lives where, for a surface per thousand persons.
    pub per: Option<Persons>,
    /// Polygons of the whole territory, for masks and for `edge`.
    pub within: Option<Arc<Layer>>,
    /// Whether each feature's bump stays within the territory: its weight is divided by the share of the bump that lies
    /// within, and the surface ends at the border. With an adaptive bandwidth the share is that of the common one, so that the
    /// total within is only near the total weight.
    pub edge: bool,
    /// No value rests on fewer features than this, whatever is asked; see [`SurfaceRequest::least_features`].
    pub least_features: usize,
}

/// Who lives where.
#[derive(Clone, Debug)]
pub struct Persons {
    /// Features with their persons as weight, such as blocks. Their density has the kernel and bandwidth of the demand.
    pub of: Measure,
    /// No rate is computed where fewer persons live per km².
    pub least_per_km2: f64,
}

/// A density surface over the features of a layer.
#[derive(Debug)]
pub struct Heatmap {
    /// Id in the project file and in URLs.
    pub id: String,
    /// Title for people.
    pub title: Title,
    /// Shape of the bump that each feature spreads.
    pub kernel: Kernel,
    /// Radius of the bump in metres (standard deviation of the Gaussian); of an adaptive bandwidth, what is varied.
    pub bandwidth_m: f64,
    parts: HeatmapParts,
    outline: OnceLock<Option<Outline>>,
    own: Arc<Prepared>,
    /// Bandwidths that were asked for, the latest last.
    others: Mutex<Vec<(Bandwidth, Arc<Prepared>)>>,
}

/// The bumps under one bandwidth.
#[derive(Debug)]
struct Prepared {
    of: Spread,
    persons: Option<Spread>,
    /// The top of the plain surface.
    peak: OnceLock<f64>,
}

impl Heatmap {
    /// Prepares the surface over the anchors of the measured features.
    ///
    /// A bandwidth that is no positive number, or whose rule finds none, is 500 m. Cost O(n), for a cross-validated
    /// bandwidth 50 million kernels more, for an adaptive one the density at each feature.
    pub fn new(parts: HeatmapParts) -> Self {
        let outline = OnceLock::new();
        let (bandwidth_m, own) = Prepared::new(&parts, parts.bandwidth, &outline);
        Self {
            id: parts.id.clone(),
            title: parts.title.clone(),
            kernel: parts.kernel,
            bandwidth_m,
            own: Arc::new(own),
            outline,
            parts,
            others: Mutex::default(),
        }
    }

    /// The same surface over other editions of its layers.
    pub(crate) fn swapped(&self, swap: Swap<'_>) -> Self {
        let persons = |persons: &Persons| Persons {
            of: swap.measure(&persons.of),
            least_per_km2: persons.least_per_km2,
        };
        Self::new(HeatmapParts {
            of: swap.measure(&self.parts.of),
            per: self.parts.per.as_ref().map(persons),
            within: self.parts.within.as_ref().map(|layer| swap.layer(layer)),
            ..self.parts.clone()
        })
    }

    /// The layer whose features are spread.
    pub fn layer(&self) -> &Arc<Layer> {
        &self.parts.of.selection.layer
    }

    /// All layers that it is computed from.
    pub fn layers(&self) -> impl Iterator<Item = &Arc<Layer>> {
        let persons = self
            .parts
            .per
            .iter()
            .map(|persons| &persons.of.selection.layer);
        std::iter::once(self.layer())
            .chain(persons)
            .chain(&self.parts.within)
    }

    /// Whether it can be asked for per 1,000 persons instead of per km².
    pub fn knows_persons(&self) -> bool {
        self.parts.per.is_some()
    }

    /// The density per km² at the centres of square cells; NaN where there is no value.
    ///
    /// # Errors
    /// As [`grid_with`](Self::grid_with).
    pub fn grid(&self, cell_m: f64, bbox: Option<[f64; 4]>) -> Result<Grid, GridError> {
        self.grid_with(cell_m, bbox, &SurfaceRequest::default())
    }

    /// The surface that is asked for, at the centres of square cells: per km², or per 1,000 persons; NaN where there is no
    /// value.
    ///
    /// `bbox` is `[min_x, min_y, max_x, max_y]` in metres; without it the grid covers the features and a reach around.
    ///
    /// # Errors
    /// When the cell or the box is not positive and finite, or the grid has more than [`MAX_GRID_CELLS`] cells.
    ///
    /// Cost O(rows × (features in the band of a reach + columns)) for kernels that are polynomials, on all threads.
    pub fn grid_with(
        &self,
        cell_m: f64,
        bbox: Option<[f64; 4]>,
        request: &SurfaceRequest<'_>,
    ) -> Result<Grid, GridError> {
        let prepared = self.prepared(request);
        let extent = prepared.of.extent_m();
        let bbox = bbox.or(extent).unwrap_or([0.0, 0.0, cell_m, cell_m]);
        let mut grid = Grid::covering(cell_m, bbox)?;
        grid.values = match self.surface(&prepared, bbox, request) {
            Some(surface) => surface.values(&grid.lattice()),
            None => vec![f64::NAN; grid.columns * grid.rows],
        };
        Ok(grid)
    }

    /// The surface at the centre of each pixel of a map tile of `size` × `size` pixels, row by row from the north-west;
    /// zero where there is no value. Empty where the tile has nothing at all.
    ///
    /// Exact at the pixel's centre to 1/200 of a pixel; so neighbouring tiles agree on their seam.
    pub fn tile(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        size: usize,
        request: &SurfaceRequest<'_>,
    ) -> Vec<f32> {
        let prepared = self.prepared(request);
        let Some(extent) = prepared.of.extent_m() else {
            return vec![];
        };
        let pieces = tile::pieces(extent, projection, coord, size);
        let Some(bounds) = tile::bounds_m(&pieces) else {
            return vec![];
        };
        let surface = self.surface(&prepared, bounds, request);
        surface.map_or(vec![], |surface| tile::render(&surface, &pieces, size))
    }

    /// The bands above each of the ascending `levels` as a vector tile with one layer, named by the heat map's id; see
    /// [`BandLattice::tile`]. Empty where no band is in the tile.
    ///
    /// # Errors
    /// Those of [`isobands()`].
    ///
    /// Cost that of [`grid`](Self::grid) on about 140 × 140 cells.
    pub fn bands_tile(
        &self,
        projection: &dyn Projection,
        coord: TileCoord,
        levels: &[f64],
        request: &SurfaceRequest<'_>,
    ) -> Result<Vec<u8>, IsobandError> {
        let lattice = BandLattice::new(projection, coord);
        let extent = self.prepared(request).of.extent_m();
        let bbox = extent.and_then(|extent| lattice.bbox_m(extent));
        match bbox.and_then(|bbox| self.grid_with(lattice.cell_m(), Some(bbox), request).ok()) {
            Some(grid) => lattice.tile(&self.id, levels, &lattice.sample(&grid)),
            None => Ok(vec![]),
        }
    }

    /// The largest value at a feature, of a difference the largest without its sign: the top of one colour scale for all
    /// tiles of a request. Zero without a value.
    ///
    /// Looked for at up to 20,000 features at equal steps, fewer where each is in reach of many; between features it can
    /// be a little higher. Computed once for the plain surface.
    pub fn peak(&self, request: &SurfaceRequest<'_>) -> f64 {
        let prepared = self.prepared(request);
        if request.is_plain(self.parts.least_features) {
            return *prepared.peak.get_or_init(|| self.top(&prepared, request));
        }
        self.top(&prepared, request)
    }

    /// West, south, east, north in degrees of everything that can have a density.
    pub fn bounds(&self, projection: &dyn Projection) -> Option<[f64; 4]> {
        let [min_x, min_y, max_x, max_y] = self.own.of.extent_m()?;
        let corners = [
            (min_x, min_y),
            (max_x, min_y),
            (max_x, max_y),
            (min_x, max_y),
        ];
        let degrees = projection.to_lonlat(&corners.map(|(x_m, y_m)| Metric { x_m, y_m }));
        let grow = |all: [f64; 4], at: &LonLat| {
            [
                all[0].min(at.lon),
                all[1].min(at.lat),
                all[2].max(at.lon),
                all[3].max(at.lat),
            ]
        };
        let first = degrees[0];
        let start = [first.lon, first.lat, first.lon, first.lat];
        Some(degrees.iter().fold(start, grow))
    }

    /// The bumps under the bandwidth of a request.
    fn prepared(&self, request: &SurfaceRequest<'_>) -> Arc<Prepared> {
        let Some(bandwidth) = request
            .bandwidth
            .filter(|other| *other != self.parts.bandwidth)
        else {
            return Arc::clone(&self.own);
        };
        let known = || self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known()
            .iter()
            .find(|(other, _)| *other == bandwidth)
            .map(|(_, found)| Arc::clone(found));
        found.unwrap_or_else(|| {
            let made = Arc::new(Prepared::new(&self.parts, bandwidth, &self.outline).1);
            let mut known = known();
            if known.len() >= PREPARED_MAX {
                known.remove(0);
            }
            known.push((bandwidth, Arc::clone(&made)));
            made
        })
    }

    /// The surface within a box of metres; `None` where it would rest on too few features in all.
    fn surface<'a>(
        &'a self,
        prepared: &'a Prepared,
        bounds: [f64; 4],
        request: &SurfaceRequest<'_>,
    ) -> Option<Surface<'a>> {
        let request = &request.at_least(self.parts.least_features);
        let enough = |keep| prepared.of.has_at_least(request.least_features, keep);
        if request.least_features > 1
            && !(enough(request.keep) && request.minus.is_none_or(|minus| enough(Some(minus))))
        {
            return None;
        }
        let kept = |keep: Keep<'_>| Cow::Owned(prepared.of.kept(bounds, keep));
        let masked = request.masked || self.parts.edge;
        Some(Surface {
            of: request.keep.map_or(Cow::Borrowed(&prepared.of), kept),
            minus: request.minus.map(kept),
            per: prepared
                .persons
                .as_ref()
                .filter(|_| request.per_inhabitant)
                .zip(self.parts.per.as_ref().map(|persons| persons.least_per_km2)),
            least_features: request.least_features,
            mask: self.parts.outline(&self.outline).filter(|_| masked),
        })
    }

    fn top(&self, prepared: &Prepared, request: &SurfaceRequest<'_>) -> f64 {
        let Some(extent) = prepared.of.extent_m() else {
            return 0.0;
        };
        let Some(surface) = self.surface(prepared, extent, request) else {
            return 0.0;
        };
        let minus = surface.minus.iter().flat_map(|minus| &minus.classes);
        let classes = surface.of.classes.iter().chain(minus);
        let bumps: Vec<_> = classes.flat_map(points::Points::bumps).collect();
        let looked_at = surface.of.overlap().max(1.0);
        let samples = PEAK_SAMPLES_MAX
            .min(whole(PEAK_BUMPS_MAX / looked_at))
            .max(1);
        let step = bumps.len().div_ceil(samples).max(1);
        let values = bumps
            .par_iter()
            .step_by(step)
            .map(|bump| surface.value_at(bump.x_m, bump.y_m).abs());
        values
            .filter(|value| value.is_finite())
            .reduce(|| 0.0, f64::max)
    }
}

impl HeatmapParts {
    /// The outline of the territory, prepared when it is first needed.
    fn outline<'a>(&self, prepared: &'a OnceLock<Option<Outline>>) -> Option<&'a Outline> {
        prepared
            .get_or_init(|| self.within.as_ref().map(Outline::new))
            .as_ref()
    }
}

impl Prepared {
    /// The bumps, and the bandwidth that all features start from.
    fn new(
        parts: &HeatmapParts,
        bandwidth: Bandwidth,
        outline: &OnceLock<Option<Outline>>,
    ) -> (f64, Self) {
        let of = sites(&parts.of);
        let common_m = bandwidth.common_m(parts.kernel, &of);
        let within = |sites: Vec<Site>| match parts.outline(outline).filter(|_| parts.edge) {
            Some(outline) => outline.corrected(&sites, parts.kernel, common_m),
            None => sites,
        };
        let persons = |persons: &Persons| {
            let all = within(sites(&persons.of));
            spread(&all, parts.kernel, Bandwidth::Fixed(common_m), common_m)
        };
        let persons = parts.per.as_ref().map(persons);
        let of = spread(&within(of), parts.kernel, bandwidth, common_m);
        (
            common_m,
            Self {
                of,
                persons,
                peak: OnceLock::new(),
            },
        )
    }
}
