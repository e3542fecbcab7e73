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
    let line = |ring: &Ring| {
        let mut line: Vec<Coord<f64>> = corners(nodes, &ring.nodes).map(place).collect();
        line.extend(line.first().copied());
        LineString::new(line)
    };
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
    let mut westmost: Vec<Option<u32>> = vec![None; exterior_of.len()];
    let orphans = walks
        .rings
        .iter()
        .filter(|ring| exterior_of[ring.walk as usize] == NONE);
    for ring in orphans {
        // The westmost node of a ring is on a horizontal line, or another one straight above or below it is.
        let best = &mut westmost[ring.walk as usize];
        let level = |node: &&u32| nodes.at(**node)[1].fract() == 0.0;
        for &node in ring.nodes.iter().filter(level) {
            if best.is_none_or(|best| nodes.at(node) < nodes.at(best)) {
                *best = Some(node);
            }
        }
    }
    let mut order: Vec<(usize, u32)> = westmost
        .iter()
        .enumerate()
        .filter_map(|(walk, node)| Some((walk, (*node)?)))
        .collect();
    order.sort_by(|(_, a), (_, b)| nodes.at(*a)[0].total_cmp(&nodes.at(*b)[0]));
    for (walk, node) in order {
        let mut west = nodes.west_of(node).rev();
        if let Some(next) = west.find(|&node| links.has(node)) {
            exterior_of[walk] = exterior_of[links.walk_east_of(next) as usize];
        }
    }
}

/// The positions of a ring without those in the middle of a straight line of the lattice.
fn corners<'a>(nodes: &'a Nodes, ring: &'a [u32]) -> impl Iterator<Item = [f64; 2]> + 'a {
    let at = |position: usize| nodes.at(ring[position % ring.len()]);
    let turns = move |&position: &usize| {
        let [before, here, after] = [ring.len() - 1, 0, 1].map(|step| at(position + step));
        !(0..2).any(|axis| before[axis] == here[axis] && here[axis] == after[axis])
    };
    (0..ring.len()).filter(turns).map(at)
}
