//! A partition of the plane: faces that share their vertices.
//!
//! Vertices are whole centimetres, and a border between two faces is one list of vertices that both rings walk, in
//! opposite directions. A vertex put on a border is put into both rings, so that neighbours stay bit-equal whatever
//! is cut later: the coverage has no gap, no overlap and no vertex that only one side knows.

use std::collections::HashMap;

use geo_types::{Coord, LineString, Polygon};

/// A vertex in centimetres of the metric system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Point {
    pub(crate) x_cm: i64,
    pub(crate) y_cm: i64,
}

impl Point {
    pub(crate) fn nearest_to(metres: Coord) -> Self {
        Self {
            x_cm: (metres.x * 100.0).round() as i64,
            y_cm: (metres.y * 100.0).round() as i64,
        }
    }

    pub(crate) fn metres(self) -> Coord {
        Coord {
            x: self.x_cm as f64 / 100.0,
            y: self.y_cm as f64 / 100.0,
        }
    }
}

/// Faces with counter-clockwise rings over common vertices.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mesh {
    points: Vec<Point>,
    numbers: HashMap<Point, u32>,
    rings: Vec<Vec<u32>>,
    /// The face to the left of a directed edge.
    left: HashMap<(u32, u32), usize>,
}

impl Mesh {
    /// A mesh of one face.
    pub(crate) fn of(ring: &[Coord]) -> Self {
        let mut mesh = Self::default();
        mesh.add_face(ring);
        mesh
    }

    /// Adds a face by its open, counter-clockwise ring in metres. Equal points become one vertex.
    pub(crate) fn add_face(&mut self, ring: &[Coord]) -> usize {
        let ring: Vec<u32> = ring
            .iter()
            .map(|&c| self.vertex(Point::nearest_to(c)))
            .collect();
        let face = self.rings.len();
        self.rings.push(Vec::new());
        self.set_ring(face, ring);
        face
    }

    pub(crate) fn ring(&self, face: usize) -> Vec<Coord> {
        self.rings[face].iter().map(|&v| self.at(v)).collect()
    }

    pub(crate) fn vertices(&self, face: usize) -> &[u32] {
        &self.rings[face]
    }

    pub(crate) fn at(&self, vertex: u32) -> Coord {
        self.points[vertex as usize].metres()
    }

    pub(crate) fn polygon(&self, face: usize) -> Polygon {
        let mut ring = self.ring(face);
        ring.push(ring[0]);
        Polygon::new(LineString::new(ring), Vec::new())
    }

    /// The edges that bound `face` and their neighbour, if there is one.
    pub(crate) fn borders(&self, face: usize) -> impl Iterator<Item = ((u32, u32), Option<usize>)> {
        let ring = &self.rings[face];
        (0..ring.len()).map(move |i| {
            let (a, b) = (ring[i], ring[(i + 1) % ring.len()]);
            ((a, b), self.left.get(&(b, a)).copied())
        })
    }

    /// Puts a vertex on the edge `a`–`b`, into the ring of either side. `None` when the place is taken already.
    pub(crate) fn insert_on_edge(&mut self, a: u32, b: u32, place: Coord) -> Option<u32> {
        let point = Point::nearest_to(place);
        if self.numbers.contains_key(&point) {
            return None;
        }
        let new = self.vertex(point);
        for (from, to) in [(a, b), (b, a)] {
            if let Some(face) = self.left.remove(&(from, to)) {
                let ring = &mut self.rings[face];
                if let Some(i) = ring.iter().position(|&v| v == from) {
                    ring.insert(i + 1, new);
                }
                self.left.insert((from, new), face);
                self.left.insert((new, to), face);
            }
        }
        Some(new)
    }

    /// Cuts `face` along the line `from` – `bends` – `to`, both vertices of its ring. `face` keeps the part to the
    /// right of the line; the part to the left is the new face whose number is returned.
    pub(crate) fn split(&mut self, face: usize, from: u32, bends: &[Coord], to: u32) -> usize {
        let bends: Vec<u32> = bends
            .iter()
            .map(|&c| self.vertex(Point::nearest_to(c)))
            .collect();
        let ring = std::mem::take(&mut self.rings[face]);
        let walk = |start: u32, end: u32| {
            let first = ring.iter().position(|&v| v == start).unwrap_or(0);
            let mut path: Vec<u32> = ring
                .iter()
                .cycle()
                .skip(first)
                .copied()
                .take(ring.len())
                .collect();
            path.truncate(
                path.iter()
                    .position(|&v| v == end)
                    .map_or(path.len(), |i| i + 1),
            );
            path
        };
        let right: Vec<u32> = walk(from, to)
            .into_iter()
            .chain(bends.iter().rev().copied())
            .collect();
        let left: Vec<u32> = walk(to, from).into_iter().chain(bends).collect();
        let new = self.rings.len();
        self.rings.push(Vec::new());
        self.set_ring(face, right);
        self.set_ring(new, left);
        new
    }

    fn set_ring(&mut self, face: usize, ring: Vec<u32>) {
        for i in 0..ring.len() {
            self.left
                .insert((ring[i], ring[(i + 1) % ring.len()]), face);
        }
        self.rings[face] = ring;
    }

    fn vertex(&mut self, point: Point) -> u32 {
        let next = self.points.len() as u32;
        let number = *self.numbers.entry(point).or_insert(next);
        if number == next {
            self.points.push(point);
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use geo::Area;

    fn c(x: f64, y: f64) -> Coord {
        Coord { x, y }
    }

    #[test]
    fn a_vertex_on_a_common_border_enters_both_rings() {
        let mut mesh = Mesh::of(&[c(0.0, 0.0), c(10.0, 0.0), c(10.0, 10.0), c(0.0, 10.0)]);
        let right = mesh.add_face(&[c(10.0, 0.0), c(20.0, 0.0), c(20.0, 10.0), c(10.0, 10.0)]);
        let (a, b) = (mesh.vertices(0)[1], mesh.vertices(0)[2]);
        let new = mesh.insert_on_edge(a, b, c(10.0, 4.0)).expect("free place");
        assert!(mesh.vertices(0).contains(&new) && mesh.vertices(right).contains(&new));
        assert_eq!(
            mesh.borders(0)
                .filter(|(_, other)| *other == Some(right))
                .count(),
            2
        );
    }

    #[test]
    fn the_parts_of_a_cut_face_add_up_to_it() {
        let mut mesh = Mesh::of(&[c(0.0, 0.0), c(10.0, 0.0), c(10.0, 10.0), c(0.0, 10.0)]);
        let (from, to) = (mesh.vertices(0)[0], mesh.vertices(0)[2]);
        let left = mesh.split(0, from, &[c(4.0, 6.0)], to);
        let areas = [
            mesh.polygon(0).signed_area(),
            mesh.polygon(left).signed_area(),
        ];
        assert!(areas[0] > 50.0 && areas[1] > 0.0);
        assert!((areas[0] + areas[1] - 100.0).abs() < 1e-9);
    }
}
