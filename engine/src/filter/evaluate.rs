//! Filters on rows.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use super::expression::{Comparison, Expression, Literal, ProductOperator, SumOperator};
use super::fold::Fold;
use super::function::Function;
use super::kind::{Kind, check_condition, kind};
use super::like::{self, Piece};
use super::spatial::{Geometries, Spatial};
use super::{FilterError, nearest};
use crate::column::{Column, ColumnType, Text, Value};
use crate::layer::Layer;
use crate::shapes::Shapes;
use crate::space::LonLat;

/// Something a filter can name: a column, the geometry, or the keys or names of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Property<'a> {
    name: &'a str,
    values: Values<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Values<'a> {
    Column(&'a Column),
    Text(&'a Text),
    Geometries(Geometries<'a>),
}

impl<'a> Property<'a> {
    /// Texts without nulls, such as the keys of a layer.
    pub fn text(name: &'a str, values: &'a Text) -> Self {
        Self {
            name,
            values: Values::Text(values),
        }
    }

    /// The geometry of every feature, under each of the [names](super::GEOMETRY_PROPERTIES) it goes by.
    ///
    /// # Panics
    /// When a filter is then asked and `lonlat` has fewer coordinates than the shapes.
    pub fn geometries(shapes: &'a Shapes, lonlat: &'a [LonLat]) -> [Self; 2] {
        let values = Values::Geometries(Geometries { shapes, lonlat });
        super::GEOMETRY_PROPERTIES.map(|name| Self { name, values })
    }

    /// All that a filter can name of a layer: `key`, `name`, its columns, and `geometry` where no column is called so.
    pub fn all_of(layer: &'a Layer) -> Vec<Self> {
        let own = [
            Self::text("key", layer.keys()),
            Self::text("name", layer.names()),
        ];
        let columns = layer.columns().iter().map(Self::from);
        let geometries = Self::geometries(layer.shapes(), layer.lonlat());
        own.into_iter().chain(columns).chain(geometries).collect()
    }
}

impl<'a> From<&'a Column> for Property<'a> {
    fn from(column: &'a Column) -> Self {
        Self {
            name: column.name(),
            values: Values::Column(column),
        }
    }
}

impl<'a> Values<'a> {
    fn kind(self) -> Kind {
        match self {
            Self::Text(_) => Kind::Text,
            Self::Geometries(_) => Kind::Geometry,
            // Without a value there is no type to be wrong about.
            Self::Column(column) if column.null_count() == column.len() => Kind::Unknown,
            Self::Column(column) => match column.column_type() {
                ColumnType::Bool => Kind::Condition,
                ColumnType::Integer | ColumnType::Real => Kind::Number,
                ColumnType::Text => Kind::Text,
            },
        }
    }

    fn value(self, row: usize) -> Scalar<'a> {
        match self {
            Self::Column(column) => Scalar::from(column.value(row)),
            Self::Text(text) => Scalar::Text(Cow::Borrowed(text.value(row))),
            Self::Geometries(geometries) if geometries.has(row) => Scalar::Geometry,
            Self::Geometries(_) => Scalar::Null,
        }
    }
}

/// A filter tied to the columns of a layer.
#[derive(Debug)]
pub struct BoundFilter<'a> {
    root: Node<'a>,
}

impl BoundFilter<'_> {
    /// Whether the filter is true at `row`; false where it is unknown. Reads only the columns named, copies no text
    /// except under `CASEI` and `ACCENTI`.
    ///
    /// # Panics
    /// When `row` is not a row of the columns.
    pub fn matches(&self, row: usize) -> bool {
        self.root.truth(row) == Some(true)
    }
}

pub(super) fn bind<'a>(
    root: &Expression,
    properties: Vec<Property<'a>>,
) -> Result<BoundFilter<'a>, FilterError> {
    let properties = Properties::with_all(root, properties)?;
    check_condition(root, &|name| properties.kind(name))?;
    Ok(BoundFilter {
        root: properties.node(root),
    })
}

/// An expression of any type tied to columns.
pub(super) struct BoundValue<'a> {
    root: Node<'a>,
}

impl BoundValue<'_> {
    pub(super) fn value(&self, row: usize) -> Scalar<'_> {
        self.root.value(row)
    }

    /// Whether every value is a whole number because all that it is made of are.
    pub(super) fn is_whole(&self) -> bool {
        self.root.is_whole()
    }
}

pub(super) fn bind_value<'a>(
    root: &Expression,
    properties: Vec<Property<'a>>,
) -> Result<BoundValue<'a>, FilterError> {
    let properties = Properties::with_all(root, properties)?;
    kind(root, &|name| properties.kind(name))?;
    Ok(BoundValue {
        root: properties.node(root),
    })
}

struct Properties<'a>(Vec<Property<'a>>);

impl<'a> Properties<'a> {
    /// Refuses where one that `root` names is missing.
    fn with_all(root: &Expression, properties: Vec<Property<'a>>) -> Result<Self, FilterError> {
        let properties = Self(properties);
        let mut unknown = None;
        root.each_property(&mut |name| {
            if unknown.is_none() && properties.find(name).is_none() {
                unknown = Some(properties.unknown(name));
            }
        });
        unknown.map_or(Ok(properties), Err)
    }

    fn kind(&self, name: &str) -> Kind {
        self.find(name).map_or(Kind::Unknown, Values::kind)
    }

    fn find(&self, name: &str) -> Option<Values<'a>> {
        self.0
            .iter()
            .find(|property| property.name == name)
            .map(|property| property.values)
    }

    fn geometries(&self, name: &str) -> Option<Geometries<'a>> {
        match self.find(name)? {
            Values::Geometries(geometries) => Some(geometries),
            Values::Column(_) | Values::Text(_) => None,
        }
    }

    fn unknown(&self, name: &str) -> FilterError {
        let known = || self.0.iter().map(|property| property.name);
        FilterError::UnknownProperty {
            name: name.to_owned(),
            nearest: nearest(name, known()).map(str::to_owned),
            known: known().map(str::to_owned).collect(),
        }
    }

    fn node(&self, expression: &Expression) -> Node<'a> {
        match expression {
            // Unknown names were refused before.
            Expression::Property(name) => self
                .find(name)
                .map_or(Node::Constant(Scalar::Null), Node::Property),
            Expression::Literal(literal) => Node::Constant(constant(literal)),
            Expression::Or(parts) => Node::Or(self.nodes(parts)),
            Expression::And(parts) => Node::And(self.nodes(parts)),
            Expression::Not(part) => Node::Not(self.boxed(part)),
            Expression::Compare {
                left,
                comparison,
                right,
            } => Node::Compare {
                left: self.boxed(left),
                comparison: *comparison,
                right: self.boxed(right),
            },
            Expression::In {
                value,
                list,
                negated,
            } => Node::negated(
                *negated,
                Node::In {
                    value: self.boxed(value),
                    list: self.list(list),
                },
            ),
            Expression::Between {
                value,
                bounds,
                negated,
            } => {
                let [low, high] = &**bounds;
                let bounds = Box::new([self.node(low), self.node(high)]);
                Node::negated(
                    *negated,
                    Node::Between {
                        value: self.boxed(value),
                        bounds,
                    },
                )
            }
            Expression::Like {
                value,
                pattern,
                negated,
            } => Node::negated(
                *negated,
                Node::Like {
                    value: self.boxed(value),
                    pattern: pattern.folded(),
                },
            ),
            Expression::IsNull { value, negated } => {
                Node::negated(*negated, Node::IsNull(self.boxed(value)))
            }
            Expression::Sum { first, rest } => {
                let rest = rest
                    .iter()
                    .map(|(operator, part)| (*operator, self.node(part)))
                    .collect();
                Node::Sum {
                    first: self.boxed(first),
                    rest,
                }
            }
            Expression::Product { first, rest } => {
                let rest = rest
                    .iter()
                    .map(|(operator, part)| (*operator, self.node(part)))
                    .collect();
                Node::Product {
                    first: self.boxed(first),
                    rest,
                }
            }
            Expression::Power { base, exponent } => {
                Node::Power(Box::new([self.node(base), self.node(exponent)]))
            }
            Expression::Negative(part) => Node::Negative(self.boxed(part)),
            Expression::Folded(fold, part) => Node::Folded(*fold, self.boxed(part)),
            Expression::Call(function, arguments) => Node::Call(*function, self.nodes(arguments)),
            Expression::Spatial { relation, operands } => {
                let bound = Spatial::bind(*relation, operands, |name| self.geometries(name));
                bound.map_or(Node::Constant(Scalar::Null), |bound| {
                    Node::Spatial(Box::new(bound))
                })
            }
        }
    }

    fn boxed(&self, expression: &Expression) -> Box<Node<'a>> {
        Box::new(self.node(expression))
    }

    fn nodes(&self, expressions: &[Expression]) -> Vec<Node<'a>> {
        expressions
            .iter()
            .map(|expression| self.node(expression))
            .collect()
    }

    fn list(&self, items: &[Expression]) -> List<'a> {
        let texts = items.iter().map(|item| match item {
            Expression::Literal(Literal::Text(text)) => Some(text.clone()),
            _ => None,
        });
        match texts.collect() {
            Some(texts) => List::Texts(texts),
            None => List::Nodes(self.nodes(items)),
        }
    }
}

fn constant(literal: &Literal) -> Scalar<'static> {
    match literal {
        Literal::Bool(value) => Scalar::Bool(*value),
        Literal::Integer(value) => Scalar::Integer(*value),
        Literal::Real(value) => Scalar::Real(*value),
        Literal::Text(text) | Literal::Date(text) | Literal::Timestamp(text) => {
            Scalar::Text(Cow::Owned(text.clone()))
        }
        Literal::Geometry(_) => Scalar::Geometry,
    }
}

/// An expression with its columns found and its patterns read.
#[derive(Debug)]
enum Node<'a> {
    Property(Values<'a>),
    Constant(Scalar<'static>),
    Or(Vec<Node<'a>>),
    And(Vec<Node<'a>>),
    Not(Box<Node<'a>>),
    Compare {
        left: Box<Node<'a>>,
        comparison: Comparison,
        right: Box<Node<'a>>,
    },
    In {
        value: Box<Node<'a>>,
        list: List<'a>,
    },
    Between {
        value: Box<Node<'a>>,
        bounds: Box<[Node<'a>; 2]>,
    },
    Like {
        value: Box<Node<'a>>,
        pattern: Vec<Piece>,
    },
    IsNull(Box<Node<'a>>),
    Sum {
        first: Box<Node<'a>>,
        rest: Vec<(SumOperator, Node<'a>)>,
    },
    Product {
        first: Box<Node<'a>>,
        rest: Vec<(ProductOperator, Node<'a>)>,
    },
    Power(Box<[Node<'a>; 2]>),
    Negative(Box<Node<'a>>),
    Folded(Fold, Box<Node<'a>>),
    Call(Function, Vec<Node<'a>>),
    Spatial(Box<Spatial<'a>>),
}

/// The right side of `IN`; a list of literal texts, the usual one, is looked up at once however long it is.
#[derive(Debug)]
enum List<'a> {
    Texts(HashSet<String>),
    Nodes(Vec<Node<'a>>),
}

/// The value of an expression at a row.
#[derive(Clone, Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Real(f64),
    Text(Cow<'a, str>),
    /// Some geometry: all that can be asked of it as a value is whether it is there.
    Geometry,
}

impl<'a> From<Value<'a>> for Scalar<'a> {
    fn from(value: Value<'a>) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(value),
            Value::Integer(value) => Self::Integer(value),
            Value::Real(value) if value.is_nan() => Self::Null,
            Value::Real(value) => Self::Real(value),
            Value::Text(text) => Self::Text(Cow::Borrowed(text)),
        }
    }
}

impl Scalar<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// As a person would write it; a whole number has no decimal point, as a key must not.
    pub(super) fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Null | Self::Geometry => Cow::Borrowed(""),
            Self::Bool(value) => Cow::Owned(Value::Bool(*value).display()),
            Self::Integer(value) => Cow::Owned(Value::Integer(*value).display()),
            Self::Real(value) => Cow::Owned(Value::Real(*value).display()),
        }
    }

    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(value) => Some(*value as f64),
            Self::Real(value) => Some(*value),
            Self::Null | Self::Bool(_) | Self::Text(_) | Self::Geometry => None,
        }
    }

    /// A borrowed view, so that constants are not copied for every row.
    fn view(&self) -> Scalar<'_> {
        match self {
            Self::Text(text) => Scalar::Text(Cow::Borrowed(text)),
            Self::Null => Scalar::Null,
            Self::Geometry => Scalar::Geometry,
            Self::Bool(value) => Scalar::Bool(*value),
            Self::Integer(value) => Scalar::Integer(*value),
            Self::Real(value) => Scalar::Real(*value),
        }
    }
}

/// The order of two values; `None` where one is null.
fn order(left: &Scalar<'_>, right: &Scalar<'_>) -> Option<Ordering> {
    match (left, right) {
        (Scalar::Integer(left), Scalar::Integer(right)) => Some(left.cmp(right)),
        (Scalar::Text(left), Scalar::Text(right)) => Some(left.cmp(right)),
        (Scalar::Bool(left), Scalar::Bool(right)) => Some(left.cmp(right)),
        (left, right) => left.number()?.partial_cmp(&right.number()?),
    }
}

impl Comparison {
    fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl Node<'_> {
    fn negated(negated: bool, node: Self) -> Self {
        if negated {
            Self::Not(Box::new(node))
        } else {
            node
        }
    }

    /// The condition at `row`; `None` is unknown.
    fn truth(&self, row: usize) -> Option<bool> {
        match self {
            Self::Or(parts) => any(parts.iter().map(|part| part.truth(row))),
            Self::And(parts) => any(parts.iter().map(|part| part.truth(row).map(|truth| !truth)))
                .map(|truth| !truth),
            Self::Not(part) => part.truth(row).map(|truth| !truth),
            Self::Compare {
                left,
                comparison,
                right,
            } => order(&left.value(row), &right.value(row)).map(|order| comparison.holds(order)),
            Self::In { value, list } => list.contains(&value.value(row), row),
            Self::Between { value, bounds } => between(&value.value(row), bounds, row),
            Self::Like { value, pattern } => match value.value(row) {
                Scalar::Text(text) => Some(like::matches(pattern, &text)),
                _ => None,
            },
            Self::IsNull(value) => Some(matches!(value.value(row), Scalar::Null)),
            Self::Spatial(predicate) => predicate.truth(row),
            _ => match self.value(row) {
                Scalar::Bool(truth) => Some(truth),
                _ => None,
            },
        }
    }

    fn value(&self, row: usize) -> Scalar<'_> {
        match self {
            Self::Property(values) => values.value(row),
            Self::Constant(value) => value.view(),
            Self::Folded(fold, part) => match part.value(row) {
                Scalar::Text(text) => Scalar::Text(Cow::Owned(fold.apply(&text))),
                _ => Scalar::Null,
            },
            Self::Call(function, arguments) => {
                function.apply(arguments.iter().map(|part| part.value(row)).collect())
            }
            Self::Sum { .. } | Self::Product { .. } | Self::Power(_) | Self::Negative(_) => {
                self.number(row).map_or(Scalar::Null, Scalar::Real)
            }
            _ => self.truth(row).map_or(Scalar::Null, Scalar::Bool),
        }
    }

    fn number(&self, row: usize) -> Option<f64> {
        match self {
            Self::Sum { .. } | Self::Product { .. } | Self::Power(_) | Self::Negative(_) => {
                self.computed(row).filter(|number| number.is_finite())
            }
            other => other.value(row).number(),
        }
    }

    fn computed(&self, row: usize) -> Option<f64> {
        match self {
            Self::Sum { first, rest } => rest
                .iter()
                .try_fold(first.number(row)?, |sum, (operator, part)| {
                    Some(operator.apply(sum, part.number(row)?))
                }),
            Self::Product { first, rest } => rest
                .iter()
                .try_fold(first.number(row)?, |product, (operator, part)| {
                    operator.apply(product, part.number(row)?)
                }),
            Self::Power(parts) => Some(parts[0].number(row)?.powf(parts[1].number(row)?)),
            Self::Negative(part) => part.number(row).map(|number| -number),
            _ => None,
        }
    }
}

impl Node<'_> {
    fn is_whole(&self) -> bool {
        match self {
            Self::Property(Values::Column(column)) => column.column_type() == ColumnType::Integer,
            Self::Constant(Scalar::Integer(_)) => true,
            Self::Sum { first, rest } => {
                first.is_whole() && rest.iter().all(|(_, part)| part.is_whole())
            }
            Self::Product { first, rest } => {
                let whole = |(operator, part): &(ProductOperator, Node<'_>)| {
                    *operator != ProductOperator::Over && part.is_whole()
                };
                first.is_whole() && rest.iter().all(whole)
            }
            Self::Negative(part) => part.is_whole(),
            Self::Call(Function::Round, arguments) => match arguments.get(1) {
                Some(Self::Constant(Scalar::Integer(decimals))) => *decimals <= 0,
                _ => true,
            },
            Self::Call(Function::Coalesce, arguments) => arguments.iter().all(Self::is_whole),
            _ => false,
        }
    }
}

impl SumOperator {
    fn apply(self, left: f64, right: f64) -> f64 {
        match self {
            Self::Plus => left + right,
            Self::Minus => left - right,
        }
    }
}

impl ProductOperator {
    /// `None` where the divisor is zero. `%` has the sign of the dividend, `div` rounds towards zero.
    fn apply(self, left: f64, right: f64) -> Option<f64> {
        match self {
            Self::Times => Some(left * right),
            _ if right == 0.0 => None,
            Self::Over => Some(left / right),
            Self::Modulo => Some(left % right),
            Self::WholeOver => Some((left / right).trunc()),
        }
    }
}

/// Whether one is true; unknown when none is and one is unknown.
fn any(truths: impl Iterator<Item = Option<bool>>) -> Option<bool> {
    let mut result = Some(false);
    for truth in truths {
        match truth {
            Some(true) => return truth,
            Some(false) => {}
            None => result = None,
        }
    }
    result
}

fn between(value: &Scalar<'_>, bounds: &[Node<'_>; 2], row: usize) -> Option<bool> {
    let above = order(value, &bounds[0].value(row)).map(Ordering::is_ge);
    let below = order(value, &bounds[1].value(row)).map(Ordering::is_le);
    match (above, below) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

impl List<'_> {
    fn contains(&self, value: &Scalar<'_>, row: usize) -> Option<bool> {
        match (self, value) {
            (_, Scalar::Null) => None,
            (Self::Texts(texts), Scalar::Text(text)) => Some(texts.contains(&**text)),
            (Self::Texts(_), _) => Some(false),
            (Self::Nodes(nodes), value) => any(nodes
                .iter()
                .map(|node| order(value, &node.value(row)).map(Ordering::is_eq))),
        }
    }
}
