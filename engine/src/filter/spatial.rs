//! Spatial predicates on rows.

#[cfg(test)]
mod tests;

use geo_types::Coord;

use super::expression::{Expression, Literal};
use crate::relation::{self, Relation};
use crate::shapes::{GeometryType, Shapes};
use crate::space::LonLat;

/// The name of a relation in CQL2 text.
pub(super) fn name(relation: Relation) -> &'static str {
    match relation {
        Relation::Intersects => "S_INTERSECTS",
        Relation::Equals => "S_EQUALS",
        Relation::Disjoint => "S_DISJOINT",
        Relation::Touches => "S_TOUCHES",
        Relation::Within => "S_WITHIN",
        Relation::Overlaps => "S_OVERLAPS",
        Relation::Crosses => "S_CROSSES",
        Relation::Contains => "S_CONTAINS",
    }
}

pub(super) fn named(word: &str) -> Option<Relation> {
    Relation::ALL
        .into_iter()
        .find(|relation| name(*relation).eq_ignore_ascii_case(word))
}

/// What a predicate compares: the feature, or a geometry that the filter writes out.
pub(super) fn is_operand(expression: &Expression) -> bool {
    matches!(
        expression,
        Expression::Property(_) | Expression::Literal(Literal::Geometry(_))
    )
}

/// Whether an operand is a collection of which only `S_INTERSECTS` and `S_DISJOINT` are told.
pub(super) fn is_mixed(expression: &Expression) -> bool {
    match expression {
        Expression::Literal(Literal::Geometry(literal)) => {
            literal.prepared().is_some_and(|literal| literal.is_mixed())
        }
        _ => false,
    }
}

/// Zero for numbers so small that the product of two of them would be lost: no degree is meant by them, and exact
/// orientations need the product.
pub(super) fn without_dust(degrees: f64) -> f64 {
    const LEAST: f64 = 1e-60;
    if degrees.abs() < LEAST { 0.0 } else { degrees }
}

/// The geometries of a layer in degrees.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometries<'a> {
    pub(super) shapes: &'a Shapes,
    pub(super) lonlat: &'a [LonLat],
}

impl Geometries<'_> {
    pub(super) fn has(&self, row: usize) -> bool {
        self.shapes.geometry_type(row) != GeometryType::None
    }

    /// The coordinate number `at`.
    fn coordinate(&self, at: usize) -> Coord<f64> {
        let LonLat { lon, lat } = self.lonlat[at];
        Coord {
            x: without_dust(lon),
            y: without_dust(lat),
        }
    }
}

/// A predicate with its geometries found.
#[derive(Debug)]
pub(super) enum Spatial<'a> {
    /// Of two geometries that the filter writes out.
    Always(bool),
    /// Of the feature and itself.
    Itself(Relation, Geometries<'a>),
    /// Of the feature to a geometry of the filter.
    Feature {
        relation: Relation,
        geometries: Geometries<'a>,
        literal: relation::Literal,
    },
}

impl<'a> Spatial<'a> {
    /// Ties the operands to the geometries that `find` gives for a name. They were checked before.
    pub(super) fn bind(
        relation: Relation,
        operands: &[Expression; 2],
        find: impl Fn(&str) -> Option<Geometries<'a>>,
    ) -> Option<Self> {
        let literal = |expression: &Expression| match expression {
            Expression::Literal(Literal::Geometry(literal)) => literal.prepared(),
            _ => None,
        };
        let feature = |expression: &Expression| match expression {
            Expression::Property(name) => find(name),
            _ => None,
        };
        let [left, right] = operands;
        Some(match (feature(left), feature(right)) {
            (Some(geometries), Some(_)) => Self::Itself(relation, geometries),
            (Some(geometries), None) => Self::Feature {
                relation,
                geometries,
                literal: literal(right)?,
            },
            (None, Some(geometries)) => Self::Feature {
                relation: relation.reversed(),
                geometries,
                literal: literal(left)?,
            },
            (None, None) => Self::Always(literal(right)?.relates_to(relation, &literal(left)?)),
        })
    }

    /// The predicate at `row`; `None`, unknown, where the feature has no geometry.
    pub(super) fn truth(&self, row: usize) -> Option<bool> {
        match self {
            Self::Always(truth) => Some(*truth),
            Self::Itself(relation, geometries) => {
                geometries.has(row).then(|| relation.is_reflexive())
            }
            Self::Feature {
                relation,
                geometries,
                literal,
            } => literal.relates(*relation, geometries.shapes, row, |at| {
                geometries.coordinate(at)
            }),
        }
    }
}
