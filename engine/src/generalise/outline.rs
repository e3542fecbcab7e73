//! The outline of polygons that became one: the stretches of border that only one of them has, walked into rings.

use std::collections::HashMap;

use super::Own;
use crate::index::Envelope;
use crate::layer::world_box;
use crate::shapes::{GeometryType, ShapesBuilder};
use crate::space::{World, doubled_area};
use crate::topology::Drawn;

/// Makes the shapes of a detail, each a feature of its own.
#[derive(Debug, Default)]
pub(super) struct OwnBuilder {
    shapes: ShapesBuilder,
    world: Vec<World>,
    zooms: Vec<u8>,
    boxes: Vec<Option<Envelope<u32>>>,
}

impl OwnBuilder {
    pub(super) fn build(self) -> Own {
        let (shapes, _) = self.shapes.build();
        Own {
            shapes,
            world: self.world,
            zooms: self.zooms,
            boxes: self.boxes,
        }
    }

    /// Adds a polygon of one open ring, shown whole at every zoom; its number.
    pub(super) fn ring(&mut self, ring: &[World]) -> usize {
        let shown: Vec<_> = ring.iter().map(|&at| (at, 0)).collect();
        self.add(&[vec![shown]])
    }

    /// Adds what the rows cover together; its number.
    pub(super) fn outline(&mut self, drawn: Drawn<'_>, rows: &[u32]) -> usize {
        let rings = walked(&outer_edges(drawn, rows));
        self.add(&arranged(rings))
    }

    /// Adds polygons of open rings, each an exterior and its interiors.
    fn add(&mut self, polygons: &[Vec<Ring>]) -> usize {
        let start = self.world.len();
        self.shapes.start_feature(GeometryType::Polygon);
        for polygon in polygons {
            self.shapes.start_part();
            for ring in polygon {
                self.shapes.start_ring();
                for &(at, zoom) in ring.iter().chain(ring.first()) {
                    self.shapes.coordinate(f64::from(at.x), f64::from(at.y));
                    self.world.push(at);
                    self.zooms.push(zoom);
                }
            }
        }
        self.boxes.push(world_box(&self.world[start..]));
        self.boxes.len() - 1
    }
}

/// Positions of an open ring, each with the lowest zoom that shows it.
type Ring = Vec<(World, u8)>;

/// A stretch of border in the direction of its ring.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: World,
    to: World,
    zoom: u8,
}

/// The stretches of the rows' rings that no other of them takes back, all with the inside on the same hand, in the order of
/// where they begin.
fn outer_edges(drawn: Drawn<'_>, rows: &[u32]) -> Vec<Step> {
    let mut steps: Vec<(World, World, bool, u8)> = vec![];
    for &row in rows {
        for part in drawn.shapes.parts(row as usize) {
            for (position, ring) in drawn.shapes.rings(part).enumerate() {
                let range = drawn.shapes.coordinates(ring);
                let (places, zooms) = (&drawn.world[range.clone()], &drawn.zooms[range]);
                let turned = (doubled_area(places) > 0) != (position == 0);
                for at in 1..places.len() {
                    let ends = [at - 1, at].map(|at| (places[at], zooms[at]));
                    let [from, to] = if turned { [ends[1], ends[0]] } else { ends };
                    let rises = from.0 < to.0;
                    let (low, high) = if rises {
                        (from.0, to.0)
                    } else {
                        (to.0, from.0)
                    };
                    if low != high {
                        steps.push((low, high, rises, from.1));
                    }
                }
            }
        }
    }
    steps.sort_unstable();
    let mut outer: Vec<Step> = steps
        .chunk_by(|a, b| (a.0, a.1) == (b.0, b.1))
        .filter_map(left_over)
        .collect();
    outer.sort_unstable_by_key(|step| (step.from, step.to));
    outer
}

/// What is left of a stretch that is walked both ways: nothing where the ways are even.
fn left_over(steps: &[(World, World, bool, u8)]) -> Option<Step> {
    let rising = steps.iter().filter(|step| step.2).count();
    let rises = match rising.cmp(&(steps.len() - rising)) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Less => false,
    };
    let &(low, high, _, zoom) = steps.iter().find(|step| step.2 == rises)?;
    let (from, to) = if rises { (low, high) } else { (high, low) };
    Some(Step { from, to, zoom })
}

/// Walks the stretches into rings that pass no place twice.
fn walked(steps: &[Step]) -> Vec<Ring> {
    let mut used = vec![false; steps.len()];
    let mut rings = vec![];
    for start in 0..steps.len() {
        let mut way: Ring = vec![];
        let mut passed: HashMap<World, usize> = HashMap::new();
        let mut next = Some(start).filter(|&start| !used[start]);
        while let Some(at) = next {
            used[at] = true;
            let step = steps[at];
            passed.insert(step.from, way.len());
            way.push((step.from, step.zoom));
            if let Some(&first) = passed.get(&step.to) {
                let ring = way.split_off(first);
                ring.iter().for_each(|(place, _)| {
                    passed.remove(place);
                });
                rings.push(ring);
            }
            next = following(steps, &used, step.to);
        }
    }
    rings.retain(|ring| ring.len() > 2);
    rings
}

/// A stretch that begins at a place and was not walked yet.
fn following(steps: &[Step], used: &[bool], at: World) -> Option<usize> {
    let first = steps.partition_point(|step| step.from < at);
    let here = steps[first..].iter().take_while(|step| step.from == at);
    (first..)
        .zip(here)
        .map(|(step, _)| step)
        .find(|&step| !used[step])
}

/// Exteriors, which have the inside on the side of a positive area, each with the rings that lie in it.
fn arranged(rings: Vec<Ring>) -> Vec<Vec<Ring>> {
    let area = |ring: &Ring| {
        let closed: Vec<World> = ring.iter().chain(ring.first()).map(|&(at, _)| at).collect();
        doubled_area(&closed)
    };
    let (exteriors, interiors): (Vec<Ring>, Vec<Ring>) =
        rings.into_iter().partition(|ring| area(ring) > 0);
    let sizes: Vec<i128> = exteriors.iter().map(area).collect();
    let mut polygons: Vec<Vec<Ring>> = exteriors.into_iter().map(|ring| vec![ring]).collect();
    if let [only] = &mut polygons[..] {
        only.extend(interiors);
        return polygons;
    }
    for interior in interiors {
        let around = (0..polygons.len())
            .filter(|&at| is_inside(&interior, &polygons[at][0]))
            .min_by_key(|&at| sizes[at]);
        if let Some(around) = around {
            polygons[around].push(interior);
        }
    }
    polygons
}

/// Whether a ring lies in another that it may touch, but not cross, at single places: the middle of its first stretch does.
fn is_inside(ring: &Ring, around: &Ring) -> bool {
    let middle = |axis: fn(World) -> u32| {
        f64::midpoint(f64::from(axis(ring[0].0)), f64::from(axis(ring[1].0)))
    };
    let (x, y) = (middle(|at| at.x), middle(|at| at.y));
    let mut inside = false;
    for (position, &(b, _)) in around.iter().enumerate() {
        let (a, _) = around[(position + around.len() - 1) % around.len()];
        let (ax, ay, bx, by) = (
            f64::from(a.x),
            f64::from(a.y),
            f64::from(b.x),
            f64::from(b.y),
        );
        if (ay > y) != (by > y) && x < ax + (y - ay) / (by - ay) * (bx - ax) {
            inside = !inside;
        }
    }
    inside
}
