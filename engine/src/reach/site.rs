//! The pieces of facilities that a place can be nearest to: points and edges.

use super::facilities::Facilities;
use crate::number::narrow;
use crate::polygon::segment_distance_squared;
use crate::space::Metric;

/// A piece of the facility `row`.
pub(super) trait Site: Copy + Send + Sync {
    /// Whether it is no more than a place, and can be sorted into cells.
    const IS_PLACE: bool;
    fn row(&self) -> u32;
    /// Where it stands, or one of its ends.
    fn place(&self) -> Metric;
    /// Squared distance in m² from a place.
    fn distance_squared(&self, from: Metric) -> f64;
    /// False only where `best` is nearer than this piece to every place in a square, whatever rounding does.
    /// `own` and `least` are the squared distances of this piece and of `best` from the middle of the square.
    fn may_win(&self, own: f64, best: &Self, least: f64, side_m: f64) -> bool;
}

/// Shares of a square by which it is widened, and of squared distances: both far above the rounding of the arithmetic.
const WIDER: f64 = 1.0 + 1e-6;
const ROUNDING: f64 = 1e-14;

/// A facility that is a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct PointSite {
    pub(super) at: Metric,
    pub(super) row: u32,
}

impl Site for PointSite {
    const IS_PLACE: bool = true;

    fn place(&self) -> Metric {
        self.at
    }

    fn row(&self) -> u32 {
        self.row
    }

    fn distance_squared(&self, from: Metric) -> f64 {
        self.at.distance_squared(from)
    }

    /// The difference of the squared distances is linear in the place: it is least in a corner of the square.
    fn may_win(&self, own: f64, best: &Self, least: f64, side_m: f64) -> bool {
        let apart_m = (self.at.x_m - best.at.x_m).abs() + (self.at.y_m - best.at.y_m).abs();
        own - least <= side_m * WIDER * apart_m + (own + least + side_m * side_m) * ROUNDING
    }
}

/// An edge of a facility; of a lone point both ends are the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct EdgeSite {
    a: Metric,
    b: Metric,
    row: u32,
}

impl Site for EdgeSite {
    const IS_PLACE: bool = false;

    fn place(&self) -> Metric {
        self.a
    }

    fn row(&self) -> u32 {
        self.row
    }

    fn distance_squared(&self, from: Metric) -> f64 {
        segment_distance_squared(self.a, self.b, from)
    }

    /// From the middle to a corner both distances change by the half diagonal at most.
    fn may_win(&self, own: f64, _: &Self, least: f64, side_m: f64) -> bool {
        let (own_m, least_m) = (own.sqrt(), least.sqrt());
        let diagonal_m = side_m * std::f64::consts::SQRT_2;
        own_m - least_m <= diagonal_m * WIDER + (own_m + least_m) * 1e-12
    }
}

/// The facilities as points, each place once with its lowest row; `None` where one is not a single point.
pub(super) fn points(facilities: &Facilities<'_>) -> Option<Vec<PointSite>> {
    let has_geometry = |row: &usize| {
        let coordinates = facilities.layer().shapes().feature_coordinates(*row);
        !coordinates.is_empty()
    };
    let site = |row: usize| {
        let at = facilities.point(row)?;
        let row = narrow(row);
        Some(PointSite { at, row })
    };
    let mut sites: Vec<PointSite> = facilities
        .iter()
        .filter(has_geometry)
        .map(site)
        .collect::<Option<_>>()?;
    sites.retain(|site| site.at.is_near());
    sites.sort_unstable_by(|a, b| {
        let by_place =
            a.at.x_m
                .total_cmp(&b.at.x_m)
                .then(a.at.y_m.total_cmp(&b.at.y_m));
        by_place.then(a.row.cmp(&b.row))
    });
    sites.dedup_by(|later, kept| later.at == kept.at);
    Some(sites)
}

/// All edges and points of the facilities.
pub(super) fn edges(facilities: &Facilities<'_>) -> Vec<EdgeSite> {
    let (shapes, metric) = (facilities.layer().shapes(), facilities.layer().metric());
    let mut sites = vec![];
    for row in facilities.iter() {
        let number = narrow(row);
        for ring in shapes.feature_rings(row) {
            match &metric[shapes.coordinates(ring)] {
                &[only] => sites.push(EdgeSite {
                    a: only,
                    b: only,
                    row: number,
                }),
                line => sites.extend(line.windows(2).map(|edge| EdgeSite {
                    a: edge[0],
                    b: edge[1],
                    row: number,
                })),
            }
        }
    }
    sites.retain(|site| site.a.is_near() && site.b.is_near());
    sites
}
