//! What lies around a place where edges of two geometries meet.

use std::cmp::Ordering;

use geo_types::Coord;

use super::edges::{Edge, side};
use super::figure::{Dimension, Figure};
use super::matrix::{Matrix, Place};

/// Half of an edge, or a whole one, as seen from the place where it begins.
#[derive(Clone, Copy, Debug)]
struct Ray {
    towards: Coord<f64>,
    /// 0 or 1: of which of the two geometries.
    of: usize,
    /// Whether there is area on its left.
    left: bool,
}

/// The directions in which edges leave a place, counter-clockwise.
#[derive(Debug)]
pub(super) struct Node<'f> {
    at: Coord<f64>,
    figures: [&'f Figure; 2],
    rays: Vec<Ray>,
}

impl<'f> Node<'f> {
    pub(super) fn new(at: Coord<f64>, figures: [&'f Figure; 2]) -> Self {
        Self {
            at,
            figures,
            rays: vec![],
        }
    }

    /// Adds an edge that begins or ends at the place, or goes through it.
    pub(super) fn edge(&mut self, of: usize, edge: &Edge) {
        let figure = self.figures[of];
        let is_area = figure.dimension == Dimension::Areas;
        let left = is_area && figure.chains[edge.chain].is_left;
        // Seen from the other end left is right.
        for (towards, left) in [(edge.to, left), (edge.from, is_area && !left)] {
            if towards != self.at {
                self.rays.push(Ray { towards, of, left });
            }
        }
    }

    /// Writes down what is at the place, along the rays and between them.
    pub(super) fn describe(mut self, matrix: &mut Matrix) {
        let at = self.at;
        self.rays.sort_by(|a, b| around(at, a.towards, b.towards));
        let groups: Vec<&[Ray]> = self
            .rays
            .chunk_by(|a, b| around(at, a.towards, b.towards).is_eq())
            .collect();
        let sectors = [sectors(0, &groups), sectors(1, &groups)];
        for (number, group) in groups.iter().enumerate() {
            let before = (number + groups.len() - 1) % groups.len();
            let along = |of: usize| {
                let (right, left) = (sectors[of][before], sectors[of][number]);
                along(
                    self.figures[of],
                    right,
                    left,
                    group.iter().any(|ray| ray.of == of),
                )
            };
            matrix.meet(along(0), along(1), 1);
            matrix.meet(area(sectors[0][number]), area(sectors[1][number]), 2);
        }
        matrix.meet(self.own(0, &sectors[0]), self.own(1, &sectors[1]), 0);
    }

    /// Where the place itself is.
    fn own(&self, of: usize, sectors: &[bool]) -> Place {
        let figure = self.figures[of];
        match figure.dimension {
            Dimension::Areas if sectors.iter().all(|inside| *inside) => Place::Interior,
            Dimension::Areas => Place::Boundary,
            _ if figure.is_boundary_end(self.at) => Place::Boundary,
            _ => Place::Interior,
        }
    }
}

/// Whether the sector behind each group of rays belongs to the area of a geometry.
fn sectors(of: usize, groups: &[&[Ray]]) -> Vec<bool> {
    let mut inside = vec![false; groups.len()];
    let has = |group: &[Ray]| group.iter().any(|ray| ray.of == of);
    let Some(first) = groups.iter().position(|group| has(group)) else {
        return inside;
    };
    let mut state = false;
    for step in 0..groups.len() {
        let number = (first + step) % groups.len();
        let group = groups[number];
        if has(group) {
            state = group.iter().any(|ray| ray.of == of && ray.left);
        }
        inside[number] = state;
    }
    inside
}

/// Where a ray is, between the sectors on its right and left.
fn along(figure: &Figure, right: bool, left: bool, is_own: bool) -> Place {
    match (figure.dimension, is_own) {
        (Dimension::Areas, true) if left && right => Place::Interior,
        (Dimension::Areas, true) => Place::Boundary,
        (Dimension::Areas, false) => area(left),
        (_, true) => Place::Interior,
        (_, false) => Place::Exterior,
    }
}

fn area(is_inside: bool) -> Place {
    match is_inside {
        true => Place::Interior,
        false => Place::Exterior,
    }
}

/// The order of two directions counter-clockwise, from east.
fn around(at: Coord<f64>, a: Coord<f64>, b: Coord<f64>) -> Ordering {
    let is_lower = |p: Coord<f64>| p.y < at.y || (p.y == at.y && p.x < at.x);
    is_lower(a)
        .cmp(&is_lower(b))
        .then_with(|| match side(at, a, b) {
            1 => Ordering::Less,
            -1 => Ordering::Greater,
            _ => Ordering::Equal,
        })
}
