//! Which types meet in a filter.

use super::FilterError;
use super::expression::{Expression, Literal};
use super::function::Function;
use super::spatial;
use crate::relation::Relation;

/// The type of an expression as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A property that is not bound yet, or a column without any value.
    Unknown,
    Condition,
    Number,
    Text,
    Geometry,
}

impl Kind {
    fn fits(self, other: Self) -> bool {
        self == other || self == Self::Unknown || other == Self::Unknown
    }

    fn name(self) -> &'static str {
        match self {
            Self::Unknown => "of unknown type",
            Self::Condition => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Geometry => "a geometry",
        }
    }
}

/// An expression, and its kind, which is found once: asked for again at each level it would take twice as long for each.
#[derive(Clone, Copy, Debug)]
struct Operand<'e> {
    expression: &'e Expression,
    kind: Kind,
}

/// The kind of a property by its name.
type KindOf<'k> = dyn Fn(&str) -> Kind + 'k;

/// Checks that `root` is a condition and that all inside it fits.
pub(super) fn check_condition(root: &Expression, kind_of: &KindOf<'_>) -> Result<(), FilterError> {
    let kind = kind(root, kind_of)?;
    if kind.fits(Kind::Condition) {
        return Ok(());
    }
    let example = match kind {
        Kind::Text => format!("{root} = 'text'"),
        Kind::Geometry => format!("S_INTERSECTS({root}, BBOX(-71,-34,-70,-33))"),
        _ => format!("{root} > 0"),
    };
    Err(mismatch(format!(
        "{root} is {}, not a condition; compare it, as in {example}",
        kind.name()
    )))
}

pub(super) fn kind(expression: &Expression, kind_of: &KindOf<'_>) -> Result<Kind, FilterError> {
    match expression {
        Expression::Property(name) => return Ok(kind_of(name)),
        Expression::Literal(literal) => return Ok(literal_kind(literal)),
        Expression::Or(parts) | Expression::And(parts) => {
            for part in parts {
                check_condition(part, kind_of)?;
            }
        }
        Expression::Not(part) => check_condition(part, kind_of)?,
        Expression::Compare { left, right, .. } => {
            check_pair(operand(left, kind_of)?, operand(right, kind_of)?)?;
        }
        Expression::In { value, list, .. } => {
            let value = operand(value, kind_of)?;
            for item in list {
                check_pair(value, operand(item, kind_of)?)?;
            }
        }
        Expression::Between { value, bounds, .. } => {
            let value = operand(value, kind_of)?;
            let [low, high] = [operand(&bounds[0], kind_of)?, operand(&bounds[1], kind_of)?];
            check_pair(value, low)?;
            check_pair(value, high)?;
            check_pair(low, high)?;
        }
        Expression::Like { value, .. } => {
            check_operand(operand(value, kind_of)?, Kind::Text, "LIKE")?;
        }
        Expression::IsNull { value, .. } => {
            kind(value, kind_of)?;
        }
        Expression::Folded(fold, part) => {
            check_operand(operand(part, kind_of)?, Kind::Text, fold.name())?;
            return Ok(Kind::Text);
        }
        Expression::Sum { .. }
        | Expression::Product { .. }
        | Expression::Power { .. }
        | Expression::Negative(_) => {
            for part in expression.children() {
                check_operand(operand(part, kind_of)?, Kind::Number, "arithmetic")?;
            }
            return Ok(Kind::Number);
        }
        Expression::Call(function, arguments) => {
            return called(*function, arguments, kind_of);
        }
        Expression::Spatial { relation, operands } => {
            for part in operands.iter() {
                let part = operand(part, kind_of)?;
                check_operand(part, Kind::Geometry, spatial::name(*relation))?;
                check_collection(part.expression, *relation)?;
            }
        }
    }
    Ok(Kind::Condition)
}

fn operand<'e>(
    expression: &'e Expression,
    kind_of: &KindOf<'_>,
) -> Result<Operand<'e>, FilterError> {
    let kind = kind(expression, kind_of)?;
    Ok(Operand { expression, kind })
}

fn called(
    function: Function,
    arguments: &[Expression],
    kind_of: &KindOf<'_>,
) -> Result<Kind, FilterError> {
    let operands = arguments
        .iter()
        .map(|argument| operand(argument, kind_of))
        .collect::<Result<Vec<_>, _>>()?;
    let is = |wanted: Kind| move |operand: &Operand<'_>| operand.kind == wanted;
    if operands.iter().any(is(Kind::Geometry)) {
        let message = format!("{} takes no geometry", function.name());
        return Err(mismatch(message));
    }
    let first = |wanted| check_operand(operands[0], wanted, function.name());
    match function {
        Function::Concat | Function::Text => Ok(Kind::Text),
        Function::Number => Ok(Kind::Number),
        Function::LeftPad
        | Function::Substring
        | Function::Upper
        | Function::Lower
        | Function::Trim => first(Kind::Text).map(|()| Kind::Text),
        Function::Round => first(Kind::Number).map(|()| Kind::Number),
        Function::Coalesce => {
            let known = operands.iter().copied().find(|one| !is(Kind::Unknown)(one));
            let known = known.unwrap_or(operands[0]);
            for &one in &operands {
                check_pair(known, one)?;
            }
            Ok(known.kind)
        }
    }
}

fn literal_kind(literal: &Literal) -> Kind {
    match literal {
        Literal::Bool(_) => Kind::Condition,
        Literal::Integer(_) | Literal::Real(_) => Kind::Number,
        Literal::Text(_) | Literal::Date(_) | Literal::Timestamp(_) => Kind::Text,
        Literal::Geometry(_) => Kind::Geometry,
    }
}

/// Of a collection of points, lines and polygons it is not said what its boundary is.
fn check_collection(operand: &Expression, relation: Relation) -> Result<(), FilterError> {
    let any = matches!(relation, Relation::Intersects | Relation::Disjoint);
    if any || !spatial::is_mixed(operand) {
        return Ok(());
    }
    Err(mismatch(format!(
        "{} needs a collection of points only, of lines only or of polygons only; S_INTERSECTS and S_DISJOINT take any",
        spatial::name(relation)
    )))
}

fn check_pair(left: Operand<'_>, right: Operand<'_>) -> Result<(), FilterError> {
    let kinds = (left.kind, right.kind);
    let (left, right) = (left.expression, right.expression);
    if kinds.0 == Kind::Geometry || kinds.1 == Kind::Geometry {
        let geometry = if kinds.0 == Kind::Geometry {
            left
        } else {
            right
        };
        return Err(mismatch(format!(
            "{geometry} is a geometry; geometries are compared by S_EQUALS, S_INTERSECTS and their like"
        )));
    }
    if kinds.0.fits(kinds.1) {
        return Ok(());
    }
    let hint = rewritten(right, kinds.0)
        .or_else(|| rewritten(left, kinds.1))
        .unwrap_or_default();
    Err(mismatch(format!(
        "{left} is {} but {right} is {}{hint}",
        kinds.0.name(),
        kinds.1.name()
    )))
}

fn check_operand(operand: Operand<'_>, wanted: Kind, place: &str) -> Result<(), FilterError> {
    let (part, found) = (operand.expression, operand.kind);
    if found.fits(wanted) {
        return Ok(());
    }
    let hint = rewritten(part, wanted)
        .or_else(|| converted(part, wanted))
        .unwrap_or_default();
    Err(mismatch(format!(
        "{place} needs {}, but {part} is {}{hint}",
        plural(wanted),
        found.name()
    )))
}

fn plural(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "numbers",
        other => other.name(),
    }
}

/// How a literal is written to be `wanted`.
fn rewritten(expression: &Expression, wanted: Kind) -> Option<String> {
    let Expression::Literal(literal) = expression else {
        return None;
    };
    match (literal, wanted) {
        (Literal::Integer(_) | Literal::Real(_) | Literal::Bool(_), Kind::Text) => {
            Some(format!("; write '{literal}'"))
        }
        (Literal::Text(text), Kind::Number) => {
            let number = text.trim();
            number
                .parse::<f64>()
                .is_ok_and(f64::is_finite)
                .then(|| format!("; write {number}"))
        }
        (_, Kind::Condition) => Some("; write TRUE or FALSE".to_owned()),
        (Literal::Bool(value), Kind::Number) => Some(format!("; write {}", u8::from(*value))),
        _ => None,
    }
}

/// How anything else is made into `wanted`.
fn converted(expression: &Expression, wanted: Kind) -> Option<String> {
    match wanted {
        _ if matches!(
            expression,
            Expression::Literal(_) | Expression::Spatial { .. }
        ) =>
        {
            None
        }
        Kind::Text => Some(format!("; write TEXT({expression})")),
        Kind::Number => Some(format!("; write NUMBER({expression})")),
        Kind::Unknown | Kind::Condition | Kind::Geometry => None,
    }
}

fn mismatch(message: String) -> FilterError {
    FilterError::Type { message }
}
