//! Polygons that are too small become one with a neighbour.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use super::borders::Border;
use super::{Detail, DetailBuilder, Details, Piece, dust, outline};
use crate::layer::Layer;
use crate::number::narrow;
use crate::shapes::GeometryType;
use crate::topology::Drawn;

/// The polygons of a layer where none is shown that is smaller than `area_min` square cells; `None` where none is.
///
/// Smallest first, each is merged with the neighbour of the same parent that it shares most border with. What then has no
/// neighbour at all is gathered with others ([`dust`]); what has neighbours of other parents alone stays as small as it is,
/// so that no hole opens. Cost O(n log n) in the features and their borders.
pub(super) fn detail(
    details: &Details,
    layer: &Layer,
    parents: Option<&[Option<u32>]>,
    area_min: f64,
) -> Option<Detail> {
    let drawn = layer.drawn();
    let areas = details.areas(drawn);
    let is_polygon = |row: usize| drawn.shapes.geometry_type(row) == GeometryType::Polygon;
    let mut small = (0..areas.len()).filter(|&row| is_polygon(row) && areas[row] < area_min);
    small.next()?;
    let borders = details.borders(drawn);
    let mut groups = Groups::new(areas, borders);
    groups.merge(area_min, |row| {
        parents.and_then(|parents| parents[row as usize])
    });
    let along = details.along.get_or_init(|| along(layer, drawn, parents));
    Some(groups.drawn(drawn, along, area_min))
}

/// A feature on the way along the curve, with what is needed of it there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    row: u32,
    parent: Option<u32>,
    middle: [u32; 2],
    is_polygon: bool,
}

/// All features, those of one parent behind each other and in the order of the curve.
fn along(layer: &Layer, drawn: Drawn<'_>, parents: Option<&[Option<u32>]>) -> Vec<Stop> {
    let stop = |row: usize| {
        let envelope = drawn.boxes[row].unwrap_or_default();
        Stop {
            row: narrow(row),
            parent: parents.and_then(|parents| parents[row]),
            middle: [0, 1].map(|axis| u32::midpoint(envelope[axis], envelope[axis + 2])),
            is_polygon: drawn.shapes.geometry_type(row) == GeometryType::Polygon,
        }
    };
    let mut along: Vec<Stop> = layer.world_index().items().map(stop).collect();
    along.sort_by_key(|stop| stop.parent);
    along
}

/// Features that are being merged: each group is known by one of its members, its root.
struct Groups<'a> {
    sources: &'a [f64],
    roots: Vec<u32>,
    areas: Vec<f64>,
    /// Members of groups of more than one.
    members: HashMap<u32, Vec<u32>>,
    /// For each root with a border, whom it meets; empty where no feature of the layer has one.
    neighbours: Vec<Vec<(u32, f64)>>,
}

impl<'a> Groups<'a> {
    fn new(areas: &'a [f64], borders: &[Border]) -> Self {
        let mut neighbours = match borders {
            [] => vec![],
            _ => vec![vec![]; areas.len()],
        };
        for border in borders {
            let [a, b] = border.rows;
            neighbours[a as usize].push((b, border.length));
            neighbours[b as usize].push((a, border.length));
        }
        Self {
            sources: areas,
            roots: (0..narrow(areas.len())).collect(),
            areas: areas.to_vec(),
            members: HashMap::new(),
            neighbours,
        }
    }

    /// What is drawn of the groups.
    fn drawn(&self, drawn: Drawn<'_>, along: &[Stop], area_min: f64) -> Detail {
        let mut own = outline::OwnBuilder::default();
        let mut features = DetailBuilder::new(drawn.shapes.len());
        for family in along.chunk_by(|a, b| a.parent == b.parent) {
            let mut heaps = dust::Heaps::new(area_min);
            for stop in family {
                let row = stop.row as usize;
                if self.roots[row] != stop.row {
                    continue;
                }
                let members = match self.members.get(&stop.row) {
                    Some(members) => &members[..],
                    None => std::slice::from_ref(&stop.row),
                };
                let (area, largest) = (self.areas[row], self.largest(stop.row, members));
                let piece = features.number(match members {
                    [_] => Piece::Row(row),
                    _ => Piece::Own(own.outline(drawn, members)),
                });
                if !stop.is_polygon || area >= area_min || self.has_neighbours(row) {
                    features.push(largest, members, &[piece]);
                    continue;
                }
                let grain = dust::Grain {
                    area,
                    row: largest,
                    members,
                    piece,
                    middle: stop.middle,
                };
                heaps.add(&grain, &mut own, &mut features);
            }
            heaps.close(&mut own, &mut features);
        }
        features.build(own.build(), drawn.boxes)
    }

    /// The root of a feature's group.
    fn root(&self, row: usize) -> usize {
        let mut root = row;
        while self.roots[root] as usize != root {
            root = self.roots[root] as usize;
        }
        root
    }

    /// The member that the group is named after: the largest, of equal ones the first.
    fn largest(&self, root: u32, members: &[u32]) -> u32 {
        let larger = |a: &&u32, b: &&u32| {
            let areas = [**a, **b].map(|row| self.sources[row as usize]);
            areas[0].total_cmp(&areas[1]).then(b.cmp(a))
        };
        members.iter().max_by(larger).copied().unwrap_or(root)
    }

    fn has_neighbours(&self, root: usize) -> bool {
        let other = |&(row, _): &(u32, f64)| self.root(row as usize) != root;
        self.neighbours
            .get(root)
            .is_some_and(|around| around.iter().any(other))
    }

    /// Merges groups below `area_min` with neighbours of the same parent, the smallest first, until none can be.
    fn merge(&mut self, area_min: f64, parent: impl Fn(u32) -> Option<u32>) {
        if self.neighbours.is_empty() {
            return;
        }
        let key = |area: f64, row: usize| Reverse((area.to_bits(), row));
        let mut open: BinaryHeap<_> = (0..self.areas.len())
            .filter(|&row| self.areas[row] < area_min && !self.neighbours[row].is_empty())
            .map(|row| key(self.areas[row], row))
            .collect();
        while let Some(Reverse((area, row))) = open.pop() {
            let is_stale = self.root(row) != row || self.areas[row].to_bits() != area;
            if is_stale {
                continue;
            }
            let Some(other) = self.closest(row, &parent) else {
                continue;
            };
            let merged = self.join(row, other);
            if self.areas[merged] < area_min {
                open.push(key(self.areas[merged], merged));
            }
        }
    }

    /// The neighbour of the same parent with the longest common border; of equal ones the first.
    fn closest(&mut self, row: usize, parent: &impl Fn(u32) -> Option<u32>) -> Option<usize> {
        let mut around: Vec<(usize, f64)> = self.neighbours[row]
            .iter()
            .map(|&(other, length)| (self.root(other as usize), length))
            .filter(|&(other, _)| other != row)
            .collect();
        around.sort_by_key(|&(other, _)| other);
        around.dedup_by(|next, first| {
            let is_same = next.0 == first.0;
            if is_same {
                first.1 += next.1;
            }
            is_same
        });
        self.neighbours[row] = around
            .iter()
            .map(|&(other, length)| (narrow(other), length))
            .collect();
        let own = parent(narrow(row));
        around
            .into_iter()
            .filter(|&(other, _)| parent(narrow(other)) == own)
            .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)))
            .map(|(other, _)| other)
    }

    fn join(&mut self, a: usize, b: usize) -> usize {
        let is_larger = self.neighbours[a].len() > self.neighbours[b].len();
        let (stays, goes) = if is_larger { (a, b) } else { (b, a) };
        self.roots[goes] = narrow(stays);
        self.areas[stays] += self.areas[goes];
        let members = self.members.remove(&narrow(goes));
        let members = members.unwrap_or_else(|| vec![narrow(goes)]);
        let all = self.members.entry(narrow(stays));
        all.or_insert_with(|| vec![narrow(stays)]).extend(members);
        let neighbours = std::mem::take(&mut self.neighbours[goes]);
        self.neighbours[stays].extend(neighbours);
        stays
    }
}
