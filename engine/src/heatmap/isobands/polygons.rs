//! Rings put together: each hole in the exterior around it.

use geo_types::{Coord, LineString, MultiPolygon, Polygon};

use super::nodes::{NONE, Nodes};
use super::walks::{Links, Ring, Walks};

/// The polygons of the band that `links` holds.
pub(super) fn assemble(
    nodes: &Nodes,
    links: &Links<'_>,
    walks: &Walks,
    place: &impl Fn([f64; 2]) -> Coord<f64>,
) -> MultiPolygon<f64> {
    let mut exterior_of = vec![NONE; walks.count as usize];
    let exteriors = || walks.rings.iter().filter(|ring| ring.doubled_area > 0.0);
    for (number, ring) in (0..).zip(exteriors()) {
        exterior_of[ring.walk as usize] = number;
    }
    inherit(nodes, links, walks, &mut exterior_of);
    let line = |ring: &Ring| line(nodes, walks.nodes(ring), place);
    let mut interiors = vec![vec![]; exteriors().count()];
    for ring in walks.rings.iter().filter(|ring| ring.doubled_area < 0.0) {
        if let Some(own) = interiors.get_mut(exterior_of[ring.walk as usize] as usize) {
            own.push(line(ring));
        }
    }
    let polygon = |(ring, interiors)| Polygon::new(line(ring), interiors);
    MultiPolygon::new(exteriors().zip(interiors).map(polygon).collect())
}

/// Gives walks without an exterior that of the walk west of them: nothing but the band lies between.
fn inherit(nodes: &Nodes, links: &Links<'_>, walks: &Walks, exterior_of: &mut [u32]) {
    let mut westmost: Vec<Option<[f64; 2]>> = vec![None; exterior_of.len()];
    let is_orphan = |ring: &&Ring| exterior_of[ring.walk as usize] == NONE;
    for ring in walks.rings.iter().filter(is_orphan) {
        // The westmost node of a ring is on a horizontal line, or another one straight above or below it is.
        let best = &mut westmost[ring.walk as usize];
        let positions = walks.nodes(ring).iter().map(|&node| nodes.at(node));
        for at in positions.filter(|at| at[1].fract() == 0.0) {
            if best.is_none_or(|best| at < best) {
                *best = Some(at);
            }
        }
    }
    let known = westmost.iter().enumerate();
    let mut order: Vec<(usize, [f64; 2])> = known
        .filter_map(|(walk, at)| Some((walk, (*at)?)))
        .collect();
    order.sort_by(|(_, a), (_, b)| a[0].total_cmp(&b[0]));
    for (walk, at) in order {
        if let Some(next) = nodes.west_of(at, |node| links.has(node)) {
            exterior_of[walk] = exterior_of[links.walk_east_of(next) as usize];
        }
    }
}

/// A closed line without the vertices in the middle of a straight line of the lattice.
fn line(nodes: &Nodes, ring: &[u32], place: &impl Fn([f64; 2]) -> Coord<f64>) -> LineString<f64> {
    let mut line = Vec::with_capacity(ring.len() + 1);
    if let [first, .., last] = *ring {
        let (mut before, mut here) = (nodes.at(last), nodes.at(first));
        for &node in ring[1..].iter().chain([&first]) {
            let after = nodes.at(node);
            let straight = |axis: usize| before[axis] == here[axis] && here[axis] == after[axis];
            if !straight(0) && !straight(1) {
                line.push(place(here));
            }
            (before, here) = (here, after);
        }
        line.extend(line.first().copied());
    }
    LineString::new(line)
}
