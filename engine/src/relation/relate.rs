//! The matrix of two geometries.

use std::collections::{HashMap, HashSet};

use geo_types::Coord;

use super::edges::{Edge, Meeting};
use super::figure::{Chain, Dimension, Figure, Key, key};
use super::literal::Prepared;
use super::matrix::{Matrix, Place};
use super::node::Node;

/// The matrix of `figure` and `other`, in O(n log m + k) for n edges, m edges of the other and k places where they meet.
pub(super) fn matrix(figure: &Figure, other: &Prepared) -> Matrix {
    let locate = |at| other.place(at);
    match (figure.dimension, other.figure().dimension) {
        (Dimension::Points, _) => of_points(figure, other.figure(), locate),
        (_, Dimension::Points) => {
            let locate = |at| figure.place(at, figure.edges.iter());
            of_points(other.figure(), figure, locate).transposed()
        }
        _ => Meetings::of(figure, other).matrix(),
    }
}

/// Whether they have a point in common.
pub(super) fn intersects(figure: &Figure, other: &Prepared) -> bool {
    let meets = |edge: &Edge| {
        let mut found = false;
        other.edges_at(edge.envelope(), |_, near| {
            found = found || edge.meet(near) != Meeting::Apart;
        });
        found
    };
    let reached = |at: Coord<f64>| other.place(at) != Place::Exterior;
    let holds = |at: Coord<f64>| figure.place(at, figure.edges.iter()) != Place::Exterior;
    figure.points.iter().any(|at| reached(*at))
        || other.figure().points.iter().any(|at| holds(*at))
        || figure.edges.iter().any(meets)
        || (other.figure().dimension == Dimension::Areas
            && figure.chains.iter().any(|chain| reached(chain.start)))
        || (figure.dimension == Dimension::Areas
            && other.figure().chains.iter().any(|chain| holds(chain.start)))
}

/// Points against anything; `locate` tells where a place is in `other`.
fn of_points(points: &Figure, other: &Figure, locate: impl Fn(Coord<f64>) -> Place) -> Matrix {
    let mut matrix = Matrix::new();
    let own: HashSet<Key> = points.points.iter().map(|at| key(*at)).collect();
    for at in &points.points {
        matrix.meet(Place::Interior, locate(*at), 0);
    }
    let is_free = |at: &Coord<f64>| !own.contains(&key(*at));
    match other.dimension {
        Dimension::Points if other.points.iter().any(is_free) => {
            matrix.meet(Place::Exterior, Place::Interior, 0);
        }
        Dimension::Points => {}
        // Points do not cover a line or an area.
        Dimension::Lines => {
            matrix.meet(Place::Exterior, Place::Interior, 1);
            if other.boundary_ends().any(|at| is_free(&at)) {
                matrix.meet(Place::Exterior, Place::Boundary, 0);
            }
        }
        Dimension::Areas => {
            matrix.meet(Place::Exterior, Place::Interior, 2);
            matrix.meet(Place::Exterior, Place::Boundary, 1);
        }
    }
    matrix
}

/// A vertex of one geometry that lies on the other, with the edges of both that are there.
#[derive(Debug)]
struct Touch {
    at: Coord<f64>,
    edges: [Vec<usize>; 2],
}

/// Where the edges of two geometries meet.
struct Meetings<'m> {
    figure: &'m Figure,
    other: &'m Prepared,
    touches: HashMap<Key, Touch>,
    crossings: Vec<[usize; 2]>,
    /// Edges of the other geometry that run along an edge.
    along: [HashMap<usize, Vec<usize>>; 2],
    /// Which lines and rings meet something.
    met: [Vec<bool>; 2],
}

impl<'m> Meetings<'m> {
    fn of(figure: &'m Figure, other: &'m Prepared) -> Self {
        let mut found = Self {
            figure,
            other,
            touches: HashMap::new(),
            crossings: vec![],
            along: [HashMap::new(), HashMap::new()],
            met: [
                vec![false; figure.chains.len()],
                vec![false; other.figure().chains.len()],
            ],
        };
        for (number, edge) in figure.edges.iter().enumerate() {
            other.edges_at(edge.envelope(), |near, its| {
                found.add([number, near], edge.meet(its));
            });
        }
        found.join_companions();
        found.join_crossings();
        found
    }

    fn figures(&self) -> [&'m Figure; 2] {
        [self.figure, self.other.figure()]
    }

    fn edge(&self, of: usize, number: usize) -> &'m Edge {
        &self.figures()[of].edges[number]
    }

    fn add(&mut self, pair: [usize; 2], meeting: Meeting) {
        match meeting {
            Meeting::Apart => return,
            Meeting::Cross => self.crossings.push(pair),
            Meeting::Touch(first, second) => {
                self.touch(first, pair);
                if let Some(second) = second {
                    self.touch(second, pair);
                    self.along[0].entry(pair[0]).or_default().push(pair[1]);
                    self.along[1].entry(pair[1]).or_default().push(pair[0]);
                }
            }
        }
        for of in [0, 1] {
            let chain = self.edge(of, pair[of]).chain;
            self.met[of][chain] = true;
        }
    }

    fn touch(&mut self, at: Coord<f64>, pair: [usize; 2]) {
        let edges = [vec![], vec![]];
        let touch = self.touches.entry(key(at)).or_insert(Touch { at, edges });
        for (edges, number) in touch.edges.iter_mut().zip(pair) {
            if !edges.contains(&number) {
                edges.push(number);
            }
        }
    }

    /// Where two edges run along each other there may be a vertex of a third: both are at that place too.
    fn join_companions(&mut self) {
        if self.along[0].is_empty() {
            return;
        }
        let keys: Vec<Key> = self.touches.keys().copied().collect();
        for key in keys {
            let at = self.touches[&key].at;
            let mut open: Vec<(usize, usize)> = [0, 1]
                .into_iter()
                .flat_map(|of| {
                    self.touches[&key].edges[of]
                        .iter()
                        .map(move |own| (of, *own))
                })
                .collect();
            while let Some((of, own)) = open.pop() {
                let companions = self.along[of].get(&own).into_iter().flatten().copied();
                for its in companions.collect::<Vec<_>>() {
                    let is_new = !self.touches[&key].edges[1 - of].contains(&its);
                    if is_new && self.edge(1 - of, its).has(at) {
                        let pair = if of == 0 { [own, its] } else { [its, own] };
                        self.touch(at, pair);
                        open.push((1 - of, its));
                    }
                }
            }
        }
    }

    /// Two edges may cross at a vertex of a third: that is one place with the edges of all.
    fn join_crossings(&mut self) {
        let mut on: [HashMap<usize, Vec<Key>>; 2] = [HashMap::new(), HashMap::new()];
        for (key, touch) in &self.touches {
            for of in [0, 1] {
                for number in &touch.edges[of] {
                    on[of].entry(*number).or_default().push(*key);
                }
            }
        }
        let crossings = std::mem::take(&mut self.crossings);
        for pair in crossings {
            let shared = [0, 1].into_iter().find_map(|of| {
                let third = self.edge(1 - of, pair[1 - of]);
                let near = on[of].get(&pair[of])?;
                near.iter().find(|key| third.has(self.touches[*key].at))
            });
            match shared.copied() {
                Some(key) => self.touch(self.touches[&key].at, pair),
                None => self.crossings.push(pair),
            }
        }
    }

    fn matrix(&self) -> Matrix {
        let mut matrix = Matrix::new();
        let figures = self.figures();
        for touch in self.touches.values() {
            let mut node = Node::new(touch.at, figures);
            for (of, numbers) in touch.edges.iter().enumerate() {
                numbers
                    .iter()
                    .for_each(|number| node.edge(of, self.edge(of, *number)));
            }
            node.describe(&mut matrix);
        }
        for pair in &self.crossings {
            self.crossing(*pair, &mut matrix);
        }
        self.rest(&mut matrix, &figures);
        matrix
    }

    /// What is around a place where two edges cross and nothing else is.
    fn crossing(&self, pair: [usize; 2], matrix: &mut Matrix) {
        use Place::{Boundary, Exterior, Interior};
        let [own, its] = self.figures().map(|figure| figure.dimension);
        match (own, its) {
            (Dimension::Areas, Dimension::Areas) => {
                for a in [Interior, Exterior] {
                    matrix.meet(a, Boundary, 1);
                    matrix.meet(Boundary, a, 1);
                    matrix.meet(Interior, a, 2);
                    matrix.meet(Exterior, a, 2);
                }
                matrix.meet(Boundary, Boundary, 0);
            }
            (Dimension::Areas, _) => {
                matrix.meet(Boundary, Interior, 0);
                matrix.meet(Interior, Interior, 1);
                matrix.meet(Exterior, Interior, 1);
            }
            (_, Dimension::Areas) => {
                matrix.meet(Interior, Boundary, 0);
                matrix.meet(Interior, Interior, 1);
                matrix.meet(Interior, Exterior, 1);
            }
            _ => {
                matrix.meet(Interior, Interior, 0);
                // A line that goes on from here leaves the other geometry, unless another of its lines goes along.
                if !self.is_accompanied(0, pair) {
                    matrix.meet(Interior, Exterior, 1);
                }
                if !self.is_accompanied(1, pair) {
                    matrix.meet(Exterior, Interior, 1);
                }
            }
        }
    }

    /// Whether where two edges cross a third one runs along one of them, of the geometry of the other.
    fn is_accompanied(&self, of: usize, pair: [usize; 2]) -> bool {
        let crossed = self.edge(1 - of, pair[1 - of]);
        let along = self.along[of].get(&pair[of]);
        along.is_some_and(|numbers| {
            let mut companions = numbers.iter().map(|number| self.edge(1 - of, *number));
            companions.any(|companion| crossed.parts(companion))
        })
    }

    /// Lines and rings that meet nothing, ends of lines, and what holds of these dimensions anyway.
    fn rest(&self, matrix: &mut Matrix, figures: &[&Figure; 2]) {
        let locate = |of: usize, at: Coord<f64>| match of {
            0 => self.other.place(at),
            _ => self.figure.place(at, self.figure.edges.iter()),
        };
        for of in [0, 1] {
            let mut meet = |own, its, dimension| match of {
                0 => matrix.meet(own, its, dimension),
                _ => matrix.meet(its, own, dimension),
            };
            let (figure, its) = (figures[of], figures[1 - of]);
            let free = |(_, met): &(&Chain, &bool)| !**met;
            for (chain, _) in figure.chains.iter().zip(&self.met[of]).filter(free) {
                let place = match its.dimension {
                    Dimension::Areas => locate(of, chain.start),
                    _ => Place::Exterior,
                };
                if figure.dimension == Dimension::Lines {
                    meet(Place::Interior, place, 1);
                } else {
                    meet(Place::Boundary, place, 1);
                    meet(Place::Interior, place, 2);
                    meet(Place::Exterior, place, 2);
                }
            }
            for end in figure.boundary_ends() {
                meet(Place::Boundary, locate(of, end), 0);
            }
            if figure.dimension == Dimension::Areas && its.dimension == Dimension::Lines {
                meet(Place::Interior, Place::Exterior, 2);
            }
        }
    }
}
