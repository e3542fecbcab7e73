//! What is drawn where features are smaller than a pixel, or more than a tile may hold.
//!
//! A [`Detail`] is a layer as it is drawn when nothing smaller than a given area is shown by itself. Polygons that share
//! borders become one with a neighbour of the same parent, so that their coverage stays whole; polygons that stand apart are
//! gathered with others nearby, and the tiniest of these become squares of the same area; points become one for each cell.
//! Details are numbered in half zooms: number 2 z holds nothing below a pixel of zoom z (8 × 8 units, a pixel of a tile of
//! 512), the number before it nothing below two, both counted from eight steps below zoom 0. Each is made when first needed and
//! kept.

mod borders;
mod dust;
mod groups;
mod outline;
mod points;

use std::sync::OnceLock;

use rayon::prelude::*;

use crate::index::{Envelope, PackedRTree, union};
use crate::layer::Layer;
use crate::number::narrow;
use crate::shapes::{GeometryType, Shapes};
use crate::space::{World, doubled_area};
use crate::tile::Simplicity;
use crate::topology::Drawn;

use borders::Border;
use groups::Stop;
pub(crate) use points::PointOrder;

/// Details that are coarser than a pixel of zoom 0.
const BELOW_ZOOM_0: usize = 8;

/// Number of the finest detail: that of zoom 20, whose units are the cells of the world grid.
pub(crate) const FINEST: usize = BELOW_ZOOM_0 + 40;

/// Side of a pixel in tile units.
pub(crate) const PIXEL_UNITS: f64 = 8.0;

/// The details of a layer, made when first asked for.
#[derive(Debug)]
pub(crate) struct Details {
    numbered: [OnceLock<Option<Box<Detail>>>; FINEST + 1],
    areas: OnceLock<Vec<f64>>,
    borders: OnceLock<Vec<Border>>,
    along: OnceLock<Vec<Stop>>,
    points: OnceLock<PointOrder>,
    shares: OnceLock<[f64; FINEST + 1]>,
    simplicity: OnceLock<Simplicity>,
}

/// Number of the detail whose least area is a pixel of a zoom.
pub(crate) fn natural(zoom: u8) -> usize {
    (BELOW_ZOOM_0 + 2 * usize::from(zoom)).min(FINEST)
}

impl Default for Details {
    fn default() -> Self {
        Self {
            numbered: std::array::from_fn(|_| OnceLock::new()),
            areas: OnceLock::new(),
            borders: OnceLock::new(),
            along: OnceLock::new(),
            points: OnceLock::new(),
            shares: OnceLock::new(),
            simplicity: OnceLock::new(),
        }
    }
}

/// Features to draw instead of a layer's own.
#[derive(Debug)]
pub(crate) struct Detail {
    /// For each feature the row whose key, name and attributes it carries: the largest of its members.
    pub(crate) rows: Vec<u32>,
    members: Lists,
    pieces: Lists,
    /// Geometry that no feature of the layer has.
    pub(crate) own: Own,
    /// Index of the features' boxes.
    pub(crate) index: PackedRTree<u32>,
    /// Which features are simple at which zoom.
    pub(crate) simplicity: Simplicity,
}

/// Geometry made by merging.
#[derive(Debug, Default)]
pub(crate) struct Own {
    pub(crate) shapes: Shapes,
    pub(crate) world: Vec<World>,
    pub(crate) zooms: Vec<u8>,
    pub(crate) boxes: Vec<Option<Envelope<u32>>>,
}

/// Lists of numbers, one behind the other.
#[derive(Debug)]
struct Lists {
    ends: Vec<u32>,
    numbers: Vec<u32>,
}

/// What a part of a detail's feature is drawn from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A feature of the layer.
    Row(usize),
    /// A shape of the detail's own.
    Own(usize),
}

/// A detail while it is made.
#[derive(Debug)]
struct DetailBuilder {
    /// Number of rows of the layer; pieces from there on are shapes of the detail's own.
    layer_rows: usize,
    rows: Vec<u32>,
    members: Lists,
    pieces: Lists,
}

impl Details {
    /// The layer as drawn at a detail; `None` where its own features are large enough. `parents` holds what belongs
    /// together: only features of one parent become one.
    pub(crate) fn polygons(
        &self,
        layer: &Layer,
        parents: Option<&[Option<u32>]>,
        number: usize,
    ) -> Option<&Detail> {
        let number = number.min(FINEST);
        let make = || groups::detail(self, layer, parents, least_area(number)).map(Box::new);
        self.numbered[number].get_or_init(make).as_deref()
    }

    /// The points of the layer, ready to be gathered cell by cell.
    pub(crate) fn points(&self, layer: &Layer) -> &PointOrder {
        self.points.get_or_init(|| PointOrder::of(layer))
    }

    /// About how many features each detail has, for each feature of the layer: the area of what is too small, shared out.
    pub(crate) fn shares(&self, layer: &Layer) -> &[f64; FINEST + 1] {
        self.shares.get_or_init(|| match layer.geometry_type() {
            Some(GeometryType::Point) => self.points(layer).shares(),
            _ => shares(self.areas(layer.drawn())),
        })
    }

    /// Area of each polygon feature in square cells of the world grid.
    fn areas(&self, drawn: Drawn<'_>) -> &[f64] {
        self.areas.get_or_init(|| {
            let of_row = |row| area(drawn.shapes, drawn.world, row);
            (0..drawn.shapes.len())
                .into_par_iter()
                .map(of_row)
                .collect()
        })
    }

    /// Who shares how much border with whom.
    fn borders(&self, drawn: Drawn<'_>) -> &[Border] {
        self.borders.get_or_init(|| borders::borders(drawn))
    }

    /// Which features of the layer are simple at which zoom.
    pub(crate) fn simplicity(&self, layer: &Layer) -> &Simplicity {
        self.simplicity.get_or_init(|| Simplicity::of(layer.len()))
    }
}

impl Detail {
    /// Rows of the layer that a feature stands for, its own among them.
    pub(crate) fn members(&self, feature: usize) -> &[u32] {
        self.members.list(feature)
    }

    /// What a feature is drawn from, in a layer of `rows` features.
    pub(crate) fn pieces(&self, feature: usize, rows: usize) -> impl Iterator<Item = Piece> + '_ {
        let piece = move |number: &u32| match *number as usize {
            row if row < rows => Piece::Row(row),
            own => Piece::Own(own - rows),
        };
        self.pieces.list(feature).iter().map(piece)
    }
}

impl DetailBuilder {
    fn new(layer_rows: usize) -> Self {
        Self {
            layer_rows,
            rows: vec![],
            members: Lists::default(),
            pieces: Lists::default(),
        }
    }

    /// The number that stands for a piece.
    fn number(&self, piece: Piece) -> u32 {
        match piece {
            Piece::Row(row) => narrow(row),
            Piece::Own(own) => narrow(self.layer_rows + own),
        }
    }

    fn push(&mut self, row: u32, members: &[u32], pieces: &[u32]) {
        self.rows.push(row);
        self.members.push(members);
        self.pieces.push(pieces);
    }

    /// The features in the order of their rows.
    fn build(self, own: Own, boxes: &[Option<Envelope<u32>>]) -> Detail {
        let mut order: Vec<u32> = (0..narrow(self.rows.len())).collect();
        order.par_sort_unstable_by_key(|&feature| self.rows[feature as usize]);
        let (members, pieces) = (self.members.in_order(&order), self.pieces.in_order(&order));
        let of_piece = |&piece: &u32| match (piece as usize).checked_sub(boxes.len()) {
            None => boxes[piece as usize],
            Some(shape) => own.boxes[shape],
        };
        let of_feature = |feature: usize| {
            let pieces = pieces.list(feature).iter();
            pieces.filter_map(of_piece).reduce(union)
        };
        let boxes: Vec<_> = (0..order.len()).into_par_iter().map(of_feature).collect();
        Detail {
            rows: order
                .iter()
                .map(|&feature| self.rows[feature as usize])
                .collect(),
            index: PackedRTree::build(&boxes),
            simplicity: Simplicity::of(boxes.len()),
            members,
            pieces,
            own,
        }
    }
}

impl Default for Lists {
    fn default() -> Self {
        Self {
            ends: vec![0],
            numbers: vec![],
        }
    }
}

impl Lists {
    fn push(&mut self, list: &[u32]) {
        self.numbers.extend_from_slice(list);
        self.ends.push(narrow(self.numbers.len()));
    }

    fn in_order(&self, order: &[u32]) -> Self {
        let mut lists = Self {
            ends: Vec::with_capacity(self.ends.len()),
            numbers: Vec::with_capacity(self.numbers.len()),
        };
        lists.ends.push(0);
        order
            .iter()
            .for_each(|&at| lists.push(self.list(at as usize)));
        lists
    }

    fn list(&self, at: usize) -> &[u32] {
        &self.numbers[self.ends[at] as usize..self.ends[at + 1] as usize]
    }
}

/// What a detail shows at least, in square cells: a pixel of zoom 20 for number 40, twice as much with each number less.
pub(crate) fn least_area(number: usize) -> f64 {
    let halvings = i32::try_from(FINEST - number.min(FINEST)).unwrap_or(0);
    PIXEL_UNITS * PIXEL_UNITS * 2f64.powi(halvings)
}

/// For each detail the features that polygons of these areas make, for each of them.
fn shares(areas: &[f64]) -> [f64; FINEST + 1] {
    let mut sorted = areas.to_vec();
    sorted.par_sort_unstable_by(f64::total_cmp);
    let sums: Vec<f64> = sorted
        .iter()
        .scan(0.0, |sum, area| {
            *sum += area;
            Some(*sum)
        })
        .collect();
    let count = sorted.len().max(1) as f64;
    std::array::from_fn(|number| {
        let least = least_area(number);
        let small = sorted.partition_point(|area| *area < least);
        let gathered = small.checked_sub(1).map_or(0.0, |last| sums[last] / least);
        ((sorted.len() - small) as f64 + gathered) / count
    })
}

/// Area of a polygon feature in square cells; zero for anything else.
fn area(shapes: &Shapes, world: &[World], row: usize) -> f64 {
    if shapes.geometry_type(row) != GeometryType::Polygon {
        return 0.0;
    }
    let of_part = |part: usize| {
        let doubled = |ring: usize| doubled_area(&world[shapes.coordinates(ring)]).abs();
        let mut rings = shapes.rings(part).map(doubled);
        let exterior = rings.next().unwrap_or(0);
        (exterior - rings.sum::<i128>()).max(0)
    };
    shapes.parts(row).map(of_part).sum::<i128>() as f64 / 2.0
}
