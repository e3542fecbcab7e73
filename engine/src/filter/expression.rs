//! The syntax tree of a filter.

use super::fold::Fold;
use super::function::Function;
use super::geometry::GeometryLiteral;
use super::like::Pattern;
use crate::relation::Relation;

/// A node of the tree. `AND`, `OR` and arithmetic hold their chains flat, so that depth comes from nesting only.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Property(String),
    Literal(Literal),
    Or(Vec<Expression>),
    And(Vec<Expression>),
    Not(Box<Expression>),
    Compare {
        left: Box<Expression>,
        comparison: Comparison,
        right: Box<Expression>,
    },
    In {
        value: Box<Expression>,
        list: Vec<Expression>,
        negated: bool,
    },
    Between {
        value: Box<Expression>,
        bounds: Box<[Expression; 2]>,
        negated: bool,
    },
    Like {
        value: Box<Expression>,
        pattern: Pattern,
        negated: bool,
    },
    IsNull {
        value: Box<Expression>,
        negated: bool,
    },
    Sum {
        first: Box<Expression>,
        rest: Vec<(SumOperator, Expression)>,
    },
    Product {
        first: Box<Expression>,
        rest: Vec<(ProductOperator, Expression)>,
    },
    Power {
        base: Box<Expression>,
        exponent: Box<Expression>,
    },
    Negative(Box<Expression>),
    Folded(Fold, Box<Expression>),
    Call(Function, Vec<Expression>),
    Spatial {
        relation: Relation,
        operands: Box<[Expression; 2]>,
    },
}

/// A constant. Numbers keep their form: `1` is an integer, `1.0` is not.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Bool(bool),
    Integer(i64),
    Real(f64),
    Text(String),
    Date(String),
    Timestamp(String),
    Geometry(GeometryLiteral),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SumOperator {
    Plus,
    Minus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProductOperator {
    Times,
    Over,
    Modulo,
    WholeOver,
}

impl Expression {
    /// Calls `visit` with every property, from left to right.
    pub(super) fn each_property<'a>(&'a self, visit: &mut impl FnMut(&'a str)) {
        if let Self::Property(name) = self {
            visit(name);
        }
        for child in self.children() {
            child.each_property(visit);
        }
    }

    /// The operands, from left to right.
    pub(super) fn children(&self) -> Vec<&Self> {
        match self {
            Self::Property(_) | Self::Literal(_) => vec![],
            Self::Or(parts) | Self::And(parts) | Self::Call(_, parts) => parts.iter().collect(),
            Self::Not(part) | Self::Negative(part) | Self::Folded(_, part) => vec![part],
            Self::Compare { left, right, .. } => vec![left, right],
            Self::In { value, list, .. } => [&**value].into_iter().chain(list).collect(),
            Self::Between { value, bounds, .. } => vec![value, &bounds[0], &bounds[1]],
            Self::Like { value, .. } | Self::IsNull { value, .. } => vec![value],
            Self::Sum { first, rest } => [&**first]
                .into_iter()
                .chain(rest.iter().map(|(_, part)| part))
                .collect(),
            Self::Product { first, rest } => [&**first]
                .into_iter()
                .chain(rest.iter().map(|(_, part)| part))
                .collect(),
            Self::Power { base, exponent } => vec![base, exponent],
            Self::Spatial { operands, .. } => operands.iter().collect(),
        }
    }
}
