//! The nine intersections, and what the relations want of them.

use super::figure::Dimension;

/// Where a place is as seen from a geometry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Interior,
    Boundary,
    Exterior,
}

/// A spatial relation between two geometries, as Simple Features names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    Intersects,
    Equals,
    Disjoint,
    Touches,
    Within,
    Overlaps,
    Crosses,
    Contains,
}

impl Relation {
    pub(crate) const ALL: [Self; 8] = [
        Self::Intersects,
        Self::Equals,
        Self::Disjoint,
        Self::Touches,
        Self::Within,
        Self::Overlaps,
        Self::Crosses,
        Self::Contains,
    ];

    /// The relation of `b` to `a` where this is the one of `a` to `b`.
    pub(crate) fn reversed(self) -> Self {
        match self {
            Self::Within => Self::Contains,
            Self::Contains => Self::Within,
            symmetric => symmetric,
        }
    }

    /// Whether it holds of every geometry and itself.
    pub(crate) fn is_reflexive(self) -> bool {
        matches!(
            self,
            Self::Intersects | Self::Equals | Self::Within | Self::Contains
        )
    }
}

/// For each place of `a` and each of `b` the dimension of what is in both: −1 nothing, 0 points, 1 lines, 2 areas.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Matrix([[i8; 3]; 3]);

impl Matrix {
    /// Of two geometries that share nothing but the exterior, before anything is known of them.
    pub(super) fn new() -> Self {
        let mut matrix = Self([[-1; 3]; 3]);
        matrix.meet(Place::Exterior, Place::Exterior, 2);
        matrix
    }

    /// Something of this dimension is at `a` and at `b`.
    pub(super) fn meet(&mut self, a: Place, b: Place, dimension: i8) {
        let cell = &mut self.0[a as usize][b as usize];
        *cell = (*cell).max(dimension);
    }

    pub(super) fn transposed(self) -> Self {
        let mut turned = self;
        for (a, row) in self.0.iter().enumerate() {
            for (b, cell) in row.iter().enumerate() {
                turned.0[b][a] = *cell;
            }
        }
        turned
    }

    /// Whether the relation holds between geometries of these dimensions (OGC 06-103r4 §6.1.15.3).
    pub(super) fn holds(&self, relation: Relation, a: Dimension, b: Dimension) -> bool {
        use Place::{Boundary, Exterior, Interior};
        let at = |a: Place, b: Place| self.0[a as usize][b as usize];
        let some = |a, b| at(a, b) >= 0;
        let inside = some(Interior, Interior);
        let beside =
            some(Interior, Boundary) || some(Boundary, Interior) || some(Boundary, Boundary);
        let within = inside && !some(Interior, Exterior) && !some(Boundary, Exterior);
        let contains = inside && !some(Exterior, Interior) && !some(Exterior, Boundary);
        let both_go_on = some(Interior, Exterior) && some(Exterior, Interior);
        match relation {
            Relation::Intersects => inside || beside,
            Relation::Disjoint => !inside && !beside,
            Relation::Equals => a == b && within && contains,
            // Points have no boundary to touch with.
            Relation::Touches => !inside && beside,
            Relation::Within => within,
            Relation::Contains => contains,
            Relation::Overlaps => {
                let dimension = i8::from(a == Dimension::Lines);
                a == b && at(Interior, Interior) >= dimension && both_go_on
            }
            Relation::Crosses if a < b => inside && some(Interior, Exterior),
            Relation::Crosses if a > b => inside && some(Exterior, Interior),
            Relation::Crosses => a == Dimension::Lines && at(Interior, Interior) == 0,
        }
    }
}
