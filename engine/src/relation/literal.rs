//! A geometry that many others are compared with.

use geo_types::{Coord, Geometry};

use super::edges::{Edge, Meeting};
use super::figure::{Dimension, Figure};
use super::matrix::{Place, Relation};
use super::relate::{intersects, matrix};
use super::{box_covers, boxes_touch};
use crate::index::PackedRTree;
use crate::shapes::{GeometryType, Shapes};

/// Coordinates beyond it are of no world in degrees; not a number is beyond it too.
const FARTHEST: f64 = 1e6;

/// Points, lines or areas with an index of their edges.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    figure: Figure,
    tree: PackedRTree<f64>,
}

impl Prepared {
    pub(super) fn new(figure: Figure) -> Self {
        let boxes: Vec<_> = figure
            .edges
            .iter()
            .map(|edge| Some(edge.envelope()))
            .collect();
        Self {
            tree: PackedRTree::build(&boxes),
            figure,
        }
    }

    pub(super) fn figure(&self) -> &Figure {
        &self.figure
    }

    /// Calls `visit` with every edge whose box touches `window`, and its number.
    pub(super) fn edges_at(&self, window: [f64; 4], mut visit: impl FnMut(usize, &Edge)) {
        let edges = &self.figure.edges;
        self.tree
            .search(window, |number| visit(number, &edges[number]));
    }

    pub(super) fn place(&self, at: Coord<f64>) -> Place {
        let mut edges = vec![];
        let envelope = self.figure.envelope;
        if box_covers(envelope, [at.x, at.y, at.x, at.y]) {
            self.edges_at([at.x, at.y, envelope[2], at.y], |_, edge| edges.push(*edge));
        }
        self.figure.place(at, edges.iter())
    }

    fn is_any_edge_at(&self, window: [f64; 4]) -> bool {
        let mut found = false;
        self.edges_at(window, |_, _| found = true);
        found
    }
}

/// A geometry of a filter, prepared: its points, its lines, its areas. Shared between threads.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    parts: Vec<Prepared>,
}

impl Literal {
    /// Takes a geometry apart; `None` without any coordinate.
    pub(crate) fn new(geometry: &Geometry<f64>) -> Option<Self> {
        let mut members = Members::default();
        members.collect(geometry);
        let lines = members.lines.iter().map(|line| line.iter().copied());
        let rings = members
            .rings
            .iter()
            .map(|(is_exterior, ring)| (*is_exterior, ring.iter().copied()));
        let figures = [
            Figure::of_points(members.points.clone()),
            Figure::of_lines(lines),
            Figure::of_areas(rings),
        ];
        let parts: Vec<_> = figures.into_iter().flatten().map(Prepared::new).collect();
        (!parts.is_empty()).then_some(Self { parts })
    }

    /// Whether it has points, lines or areas beside each other: of such collections only `Intersects` and `Disjoint`
    /// are told.
    pub(crate) fn is_mixed(&self) -> bool {
        self.parts.len() > 1
    }

    /// Whether the feature `row` stands in the relation to this geometry; `None` where it has no geometry, or
    /// coordinates that are none.
    ///
    /// The boxes are compared first, and a feature that has no edge near this geometry, or the other way round, is
    /// settled by the place of one vertex.
    pub(crate) fn relates(
        &self,
        relation: Relation,
        shapes: &Shapes,
        row: usize,
        at: impl Fn(usize) -> Coord<f64> + Copy,
    ) -> Option<bool> {
        let coordinates = || shapes.feature_coordinates(row).map(at);
        if !coordinates().all(|at| at.x.abs() < FARTHEST && at.y.abs() < FARTHEST) {
            return None;
        }
        let envelope = super::envelope(coordinates())?;
        let mut figure = None;
        let any = |relation| {
            self.parts.iter().any(|part| {
                let (known, relation) =
                    (part.settled(relation, shapes, row, at, envelope), relation);
                known.unwrap_or_else(|| {
                    let made = figure.get_or_insert_with(|| Figure::of_feature(shapes, row, at));
                    made.as_ref()
                        .is_some_and(|figure| part.related(figure, relation))
                })
            })
        };
        Some(on_parts(relation, any))
    }

    /// Whether another geometry stands in the relation to this one.
    pub(crate) fn relates_to(&self, relation: Relation, other: &Self) -> bool {
        let any = |relation| {
            let mut pairs = self
                .parts
                .iter()
                .flat_map(|part| other.parts.iter().map(move |own| (own, part)));
            pairs.any(|(own, part)| part.related(&own.figure, relation))
        };
        on_parts(relation, any)
    }
}

/// Of several parts: disjoint from all is what does not intersect any.
fn on_parts(relation: Relation, mut any: impl FnMut(Relation) -> bool) -> bool {
    match relation {
        Relation::Disjoint => !any(Relation::Intersects),
        other => any(other),
    }
}

impl Prepared {
    /// The answer where a look at boxes and one vertex is enough. `relation` is not `Disjoint`.
    fn settled(
        &self,
        relation: Relation,
        shapes: &Shapes,
        row: usize,
        at: impl Fn(usize) -> Coord<f64> + Copy,
        envelope: [f64; 4],
    ) -> Option<bool> {
        let own = self.figure.envelope;
        if !boxes_touch(envelope, own) {
            return Some(false);
        }
        let cannot = match relation {
            Relation::Within => !box_covers(own, envelope),
            Relation::Contains => !box_covers(envelope, own),
            Relation::Equals => own != envelope,
            _ => false,
        };
        if cannot {
            return Some(false);
        }
        let coordinates = shapes.feature_coordinates(row);
        if self.figure.dimension == Dimension::Areas && !self.is_any_edge_at(envelope) {
            let is_inside = self.place(at(coordinates.start)) == Place::Interior;
            return Some(is_inside && matches!(relation, Relation::Intersects | Relation::Within));
        }
        if shapes.geometry_type(row) != GeometryType::Polygon {
            return None;
        }
        let is_near = |ring: usize| {
            let edges = shapes.coordinates(ring).map(at);
            let next = edges.clone().skip(1);
            edges.zip(next).any(|(from, to)| {
                let edge = Edge { from, to, chain: 0 };
                boxes_touch(edge.envelope(), own)
            })
        };
        if shapes.feature_rings(row).any(is_near) {
            return None;
        }
        let vertex = self.figure.points.first().copied();
        let vertex = vertex.or_else(|| Some(self.figure.chains.first()?.start))?;
        let figure = Figure::of_feature(shapes, row, at)?;
        let is_inside = figure.place(vertex, figure.edges.iter()) == Place::Interior;
        Some(is_inside && matches!(relation, Relation::Intersects | Relation::Contains))
    }

    fn related(&self, figure: &Figure, relation: Relation) -> bool {
        if relation == Relation::Intersects {
            return intersects(figure, self);
        }
        matrix(figure, self).holds(relation, figure.dimension, self.figure.dimension)
    }
}

/// The points, lines and rings of a geometry.
#[derive(Default)]
struct Members {
    points: Vec<Coord<f64>>,
    lines: Vec<Vec<Coord<f64>>>,
    rings: Vec<(bool, Vec<Coord<f64>>)>,
}

impl Members {
    fn collect(&mut self, geometry: &Geometry<f64>) {
        match geometry {
            Geometry::Point(point) => self.points.push(point.0),
            Geometry::MultiPoint(points) => self.points.extend(points.iter().map(|point| point.0)),
            Geometry::Line(line) => self.lines.push(vec![line.start, line.end]),
            Geometry::LineString(line) => self.lines.push(line.0.clone()),
            Geometry::MultiLineString(lines) => {
                self.lines.extend(lines.iter().map(|line| line.0.clone()));
            }
            Geometry::Polygon(polygon) => self.polygon(polygon),
            Geometry::MultiPolygon(polygons) => {
                polygons.iter().for_each(|polygon| self.polygon(polygon));
            }
            Geometry::Rect(rect) => self.polygon(&rect.to_polygon()),
            Geometry::Triangle(triangle) => self.polygon(&triangle.to_polygon()),
            Geometry::GeometryCollection(members) => {
                members.iter().for_each(|member| self.collect(member));
            }
        }
    }

    fn polygon(&mut self, polygon: &geo_types::Polygon<f64>) {
        self.rings.push((true, polygon.exterior().0.clone()));
        self.rings.extend(
            polygon
                .interiors()
                .iter()
                .map(|ring| (false, ring.0.clone())),
        );
    }
}

/// What is wrong with the areas of a geometry; `None` where nothing is. Lines may cross themselves.
pub(crate) fn fault(geometry: &Geometry<f64>) -> Option<&'static str> {
    let mut members = Members::default();
    members.collect(geometry);
    let rings = members
        .rings
        .iter()
        .map(|(is_exterior, ring)| (*is_exterior, ring.iter().copied()));
    let areas = Prepared::new(Figure::of_areas(rings)?);
    if areas.figure.chains.len() < members.rings.len() {
        return Some("a ring without an area");
    }
    for (number, edge) in areas.figure.edges.iter().enumerate() {
        let mut wrong = None;
        areas.edges_at(edge.envelope(), |other, near| {
            let own = edge.chain == near.chain;
            match edge.meet(near) {
                _ if other <= number => {}
                Meeting::Cross if own => wrong = Some("a ring that crosses itself"),
                Meeting::Cross => wrong = Some("rings that cross"),
                Meeting::Touch(_, Some(_)) if own => {
                    wrong = Some("a ring that runs back along itself");
                }
                Meeting::Touch(_, Some(_)) => wrong = Some("rings that share an edge"),
                _ => {}
            }
        });
        if wrong.is_some() {
            return wrong;
        }
    }
    nesting_fault(&members)
}

/// Holes lie in their polygon, and no polygon in another.
fn nesting_fault(members: &Members) -> Option<&'static str> {
    let mut polygons: Vec<(Prepared, Vec<&[Coord<f64>]>)> = vec![];
    let mut start = 0;
    while start < members.rings.len() {
        let holes = members.rings[start + 1..]
            .iter()
            .take_while(|(is_exterior, _)| !is_exterior)
            .count();
        let rings = &members.rings[start..=start + holes];
        let figure = Figure::of_areas(
            rings
                .iter()
                .map(|(is_exterior, ring)| (*is_exterior, ring.iter().copied())),
        )?;
        let shell = Figure::of_areas(std::iter::once((true, rings[0].1.iter().copied())))?;
        let shell = Prepared::new(shell);
        let is_out = |at: &Coord<f64>| shell.place(*at) == Place::Exterior;
        if rings[1..].iter().any(|(_, hole)| hole.iter().any(is_out)) {
            return Some("a hole outside its polygon");
        }
        polygons.push((
            Prepared::new(figure),
            rings.iter().map(|(_, ring)| ring.as_slice()).collect(),
        ));
        start += holes + 1;
    }
    for (number, (polygon, _)) in polygons.iter().enumerate() {
        for (other, (_, rings)) in polygons.iter().enumerate() {
            let is_in = |at: &Coord<f64>| polygon.place(*at) == Place::Interior;
            if number != other && rings[0].iter().any(is_in) {
                return Some("polygons that overlap");
            }
        }
    }
    None
}
