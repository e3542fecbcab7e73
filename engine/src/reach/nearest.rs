//! The nearest facility of every place, kept so that a changed facility asks only the places that it concerns.

use crate::number::narrow;
use rayon::prelude::*;

use super::candidates::{CandidateTree, PARTS};
use super::facilities::Facilities;
use super::site::{self, EdgeSite, PointSite};
use crate::index::{Envelope, union};
use crate::layer::Layer;
use crate::locate::Locator;
use crate::shapes::GeometryType;
use crate::space::Metric;

/// Row of a place that has no facility.
const NONE: u32 = u32::MAX;
/// Places that one task asks.
const CHUNK: usize = 4096;
/// From so many places and sites on it pays to sort the places first.
const MANY_PLACES: usize = 1 << 16;
const MANY_SITES: usize = 1 << 13;

/// For each place the nearest facility; of several at the same distance the one with the lowest row.
///
/// Distances are compared squared, as [`Layer::distance_squared`](crate::Layer::distance_squared) has them, so the
/// answers are those of a loop over all facilities, bit for bit.
#[derive(Clone, Debug, PartialEq)]
pub struct NearestAnswers {
    rows: Vec<u32>,
    distances_squared_m2: Vec<f64>,
}

impl NearestAnswers {
    /// Asks for every place. Without facilities, or without coordinates, there is no answer.
    ///
    /// Cost O((n + m) log m) with a small factor, on all threads.
    pub fn new(facilities: &Facilities<'_>, places: &[Metric]) -> Self {
        let mut answers = Self {
            rows: vec![NONE; places.len()],
            distances_squared_m2: vec![f64::INFINITY; places.len()],
        };
        let Some(index) = Index::build(facilities, places) else {
            return answers;
        };
        match index.order(places) {
            None => answers.ask(&index, places),
            Some(order) => answers.ask_in_order(&index, &order),
        }
        answers
    }

    fn ask(&mut self, index: &Index<'_>, places: &[Metric]) {
        places
            .par_chunks(CHUNK)
            .zip(self.rows.par_chunks_mut(CHUNK))
            .zip(self.distances_squared_m2.par_chunks_mut(CHUNK))
            .for_each(|((places, rows), distances)| {
                for ((place, row), distance) in places.iter().zip(rows).zip(distances) {
                    if let Some(found) = index.nearest(*place) {
                        (*row, *distance) = found;
                    }
                }
            });
    }

    fn ask_in_order(&mut self, index: &Index<'_>, order: &[(u32, Metric)]) {
        let found: Vec<Option<(u32, f64)>> = order
            .par_iter()
            .with_min_len(CHUNK)
            .map(|(_, place)| index.nearest(*place))
            .collect();
        for ((place, _), found) in order.iter().zip(found) {
            if let Some((row, distance)) = found {
                self.rows[*place as usize] = row;
                self.distances_squared_m2[*place as usize] = distance;
            }
        }
    }

    /// Number of places.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is no place.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Row of the facility nearest to a place.
    pub fn row(&self, place: usize) -> Option<usize> {
        Some(self.rows[place])
            .filter(|row| *row != NONE)
            .map(|row| row as usize)
    }

    /// Distance in metres from a place to its nearest facility.
    pub fn distance_m(&self, place: usize) -> Option<f64> {
        self.row(place)
            .map(|_| self.distances_squared_m2[place].sqrt())
    }

    /// Distances in metres of all places, in their order.
    pub fn distances_m(&self) -> impl ExactSizeIterator<Item = Option<f64>> + '_ {
        (0..self.len()).map(|place| self.distance_m(place))
    }

    /// The answers once there are more facilities: the same as asking for all of them.
    ///
    /// Rows number the facilities in both. Cost O(n) for a few facilities.
    #[must_use]
    pub fn added(&self, added: &Facilities<'_>, places: &[Metric]) -> Self {
        let mut answers = Self::new(added, places);
        let old = self.rows.par_iter().zip(&self.distances_squared_m2);
        let new = answers
            .rows
            .par_iter_mut()
            .zip(&mut answers.distances_squared_m2);
        new.zip(old).for_each(|(new, old)| {
            if (*old.1, *old.0) < (*new.1, *new.0) {
                (*new.0, *new.1) = (*old.0, *old.1);
            }
        });
        answers
    }

    /// The answers once the facilities `removed` (rows, ascending) are gone and those of `left` stay: the same as
    /// asking for these. Only places whose nearest facility was removed are asked again.
    #[must_use]
    pub fn removed(&self, removed: &[u32], left: &Facilities<'_>, places: &[Metric]) -> Self {
        let concerned: Vec<u32> = (0..narrow(self.len()))
            .into_par_iter()
            .filter(|&place| removed.binary_search(&self.rows[place as usize]).is_ok())
            .collect();
        let asked: Vec<Metric> = concerned
            .iter()
            .map(|&place| places[place as usize])
            .collect();
        let found = Self::new(left, &asked);
        let mut answers = self.clone();
        for (position, &place) in concerned.iter().enumerate() {
            answers.rows[place as usize] = found.rows[position];
            answers.distances_squared_m2[place as usize] = found.distances_squared_m2[position];
        }
        answers
    }
}

/// Facilities prepared for questions from some places.
enum Index<'a> {
    Points(CandidateTree<PointSite>),
    Shapes {
        edges: CandidateTree<EdgeSite>,
        layer: &'a Layer,
        /// The polygons, where there are some.
        interiors: Option<Locator>,
    },
}

impl<'a> Index<'a> {
    fn build(facilities: &Facilities<'a>, places: &[Metric]) -> Option<Self> {
        let mut bounds = bounds(places)?;
        for envelope in facilities.iter().filter_map(|row| facilities.envelope(row)) {
            bounds = union(bounds, envelope);
        }
        if let Some(sites) = site::points(facilities) {
            return Some(Self::Points(CandidateTree::build(
                sites,
                bounds,
                places.len(),
            )));
        }
        let layer = facilities.layer();
        let is_polygon = |row| layer.shapes().geometry_type(row) == GeometryType::Polygon;
        let has_polygons = facilities.iter().any(is_polygon);
        Some(Self::Shapes {
            edges: CandidateTree::build(site::edges(facilities), bounds, places.len()),
            layer,
            interiors: has_polygons.then(|| Locator::build_of(layer, facilities.rows())),
        })
    }

    /// Row and squared distance of the facility nearest to a place; `None` without coordinates.
    fn nearest(&self, place: Metric) -> Option<(u32, f64)> {
        if !place.is_near() {
            return None;
        }
        match self {
            Self::Points(points) => points.nearest(place),
            Self::Shapes {
                edges,
                layer,
                interiors,
            } => {
                let nearest = edges.nearest(place);
                let inside = interiors
                    .as_ref()
                    .and_then(|polygons| polygons.locate(layer, place))
                    .map(narrow);
                match (inside, nearest) {
                    (Some(inside), Some((row, 0.0))) => Some((row.min(inside), 0.0)),
                    (Some(inside), _) => Some((inside, 0.0)),
                    (None, nearest) => nearest,
                }
            }
        }
    }
}

impl Index<'_> {
    /// The places part by part of the map, where they come in no order and the sites do not fit into the caches: to
    /// wait for memory costs more than to sort. Each place comes with its number; a part keeps the places' own order.
    fn order(&self, places: &[Metric]) -> Option<Vec<(u32, Metric)>> {
        let (sites, part): (usize, &(dyn Fn(Metric) -> usize + Sync)) = match self {
            Self::Points(points) => (points.len(), &|place| points.part(place)),
            Self::Shapes { edges, .. } => (edges.len(), &|place| edges.part(place)),
        };
        if sites < MANY_SITES || places.len() < MANY_PLACES {
            return None;
        }
        let parts: Vec<u32> = places
            .par_iter()
            .map(|&place| narrow(part(place)))
            .collect();
        let moves = parts.windows(2).filter(|pair| pair[0] != pair[1]).count();
        if moves < places.len() / 4 {
            return None;
        }
        let mut next = vec![0; PARTS + 1];
        for &part in &parts {
            next[part as usize + 1] += 1;
        }
        for part in 0..PARTS {
            next[part + 1] += next[part];
        }
        let mut order = vec![(0, Metric::default()); places.len()];
        for ((number, &place), &part) in (0..).zip(places).zip(&parts) {
            order[next[part as usize]] = (number, place);
            next[part as usize] += 1;
        }
        Some(order)
    }
}

/// The box of all places that have coordinates.
fn bounds(places: &[Metric]) -> Option<Envelope<f64>> {
    let one = |at: &Metric| at.is_near().then_some([at.x_m, at.y_m, at.x_m, at.y_m]);
    places.par_iter().filter_map(one).reduce_with(union)
}
