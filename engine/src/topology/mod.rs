//! The shared borders of a layer: found once, simplified as one line, so that neighbours stay neighbours at every zoom.
//!
//! nodes (vertices that nearly meet are brought together) → edges (who has which) → junctions (where arcs end) → importance
//! (the lowest zoom that shows each vertex). A zoom then only compares a number.

mod edges;
mod importance;
mod nodes;
mod vertices;

use rayon::prelude::*;

use crate::index::{Envelope, PackedRTree};
use crate::shapes::{GeometryType, Shapes};
use crate::space::World;

pub(crate) use edges::{Edge, polygon_edges, same_place};
use vertices::VertexIndex;

/// What was found of the borders that the polygons of a layer share.
///
/// A vertex counts once wherever it stands, however many polygons have it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopologyReport {
    /// Stretches of border between two vertices that two polygons have, vertex by vertex the same.
    pub edges_shared: usize,
    /// Stretches that one polygon alone has: the outline of the whole, or a gap or an overlap along it.
    pub edges_single: usize,
    /// Stretches that three or more polygons have, or two that lie on the same side: overlaps.
    pub edges_crowded: usize,
    /// Vertices where three or more borders meet.
    pub junctions: usize,
    /// Vertices that were moved onto another one nearer than the tolerance.
    pub vertices_snapped: usize,
    /// Vertices of one polygon that were put into the border of another that passes nearer than the tolerance.
    pub vertices_inserted: usize,
}

/// The geometry that tiles are cut from: the layer's own vertices, brought together where they nearly meet, each with the
/// lowest zoom that shows it.
#[derive(Debug)]
pub(crate) struct Topology {
    /// Shapes, vertices and boxes where some were moved or added; else the layer's are right.
    noded: Option<Noded>,
    zooms: Vec<u8>,
    /// Features that may share a border with another.
    crowded: Vec<bool>,
    report: TopologyReport,
}

/// Geometry of a layer whose vertices were brought together.
#[derive(Debug)]
struct Noded {
    shapes: Shapes,
    world: Vec<World>,
    boxes: Vec<Option<Envelope<u32>>>,
}

/// Geometry on the world grid, ready for the tile of any zoom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drawn<'a> {
    /// How the vertices form geometries.
    pub(crate) shapes: &'a Shapes,
    /// The vertices.
    pub(crate) world: &'a [World],
    /// The lowest zoom that shows each.
    pub(crate) zooms: &'a [u8],
    /// Box of each feature.
    pub(crate) boxes: &'a [Option<Envelope<u32>>],
    /// Whether each feature may share a border with another.
    pub(crate) crowded: &'a [bool],
}

impl Topology {
    /// Brings together what nearly meets and ranks all vertices.
    ///
    /// Features whose box touches no other's are never looked at together. Cost O(v log v) in the vertices of the others, on
    /// all threads; the outcome does not depend on their number.
    pub(crate) fn of(
        shapes: &Shapes,
        world: &[World],
        boxes: &[Option<Envelope<u32>>],
        index: &PackedRTree<u32>,
    ) -> Self {
        let crowded = crowded(shapes, boxes, index);
        let mut report = TopologyReport::default();
        let noded =
            nodes::bring_together(shapes, world, &crowded, &mut report).map(|(shapes, world)| {
                Noded {
                    boxes: (0..shapes.len())
                        .into_par_iter()
                        .map(|row| crate::layer::world_box(&world[shapes.feature_coordinates(row)]))
                        .collect(),
                    shapes,
                    world,
                }
            });
        let (shapes, world) = noded
            .as_ref()
            .map_or((shapes, world), |noded| (&noded.shapes, &noded.world[..]));
        let fixed = edges::junctions(shapes, world, &crowded, &mut report);
        let index = VertexIndex::build(shapes, world, &crowded);
        let zooms = importance::lowest_zooms(shapes, world, &fixed, &crowded, &index);
        Self {
            noded,
            zooms,
            crowded,
            report,
        }
    }

    /// Vertices whose lowest zooms are known.
    pub(crate) fn given(zooms: Vec<u8>, features: usize) -> Self {
        Self {
            noded: None,
            zooms,
            crowded: vec![false; features],
            report: TopologyReport::default(),
        }
    }

    /// What was found.
    pub(crate) fn report(&self) -> TopologyReport {
        self.report
    }

    /// The geometry to draw, of the layer whose shapes, vertices and boxes these are.
    pub(crate) fn drawn<'a>(
        &'a self,
        shapes: &'a Shapes,
        world: &'a [World],
        boxes: &'a [Option<Envelope<u32>>],
    ) -> Drawn<'a> {
        let (zooms, crowded) = (&self.zooms, &self.crowded);
        match &self.noded {
            None => Drawn {
                shapes,
                world,
                zooms,
                boxes,
                crowded,
            },
            Some(noded) => Drawn {
                shapes: &noded.shapes,
                world: &noded.world,
                zooms,
                boxes: &noded.boxes,
                crowded,
            },
        }
    }
}

/// Whether the box of each line or polygon comes near another's, so that they may share a border.
fn crowded(
    shapes: &Shapes,
    boxes: &[Option<Envelope<u32>>],
    index: &PackedRTree<u32>,
) -> Vec<bool> {
    let near = |row: usize| {
        let Some(own) = boxes[row].filter(|_| is_drawn(shapes, row)) else {
            return false;
        };
        let reach = nodes::TOLERANCE_CELLS;
        let window = [
            own[0].saturating_sub(reach),
            own[1].saturating_sub(reach),
            own[2].saturating_add(reach),
            own[3].saturating_add(reach),
        ];
        let mut others = false;
        index.search(window, |other| {
            others |= other != row && is_drawn(shapes, other);
        });
        others
    };
    (0..shapes.len()).into_par_iter().map(near).collect()
}

/// Whether a feature has lines or rings.
fn is_drawn(shapes: &Shapes, row: usize) -> bool {
    matches!(
        shapes.geometry_type(row),
        GeometryType::Line | GeometryType::Polygon
    )
}
