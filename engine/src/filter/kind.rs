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
        Expression::Compare { left, right, .. } => check_pair(left, right, kind_of)?,
        Expression::In { value, list, .. } => {
            for item in list {
                check_pair(value, item, kind_of)?;
            }
        }
        Expression::Between { value, bounds, .. } => {
            check_pair(value, &bounds[0], kind_of)?;
            check_pair(value, &bounds[1], kind_of)?;
            check_pair(&bounds[0], &bounds[1], kind_of)?;
        }
        Expression::Like { value, .. } => check_operand(value, Kind::Text, "LIKE", kind_of)?,
        Expression::IsNull { value, .. } => {
            kind(value, kind_of)?;
        }
        Expression::Folded(fold, part) => {
            check_operand(part, Kind::Text, fold.name(), kind_of)?;
            return Ok(Kind::Text);
        }
        Expression::Sum { .. }
        | Expression::Product { .. }
        | Expression::Power { .. }
        | Expression::Negative(_) => {
            for part in expression.children() {
                check_operand(part, Kind::Number, "arithmetic", kind_of)?;
            }
            return Ok(Kind::Number);
        }
        Expression::Call(function, arguments) => {
            return called(*function, arguments, kind_of);
        }
        Expression::Spatial { relation, operands } => {
            for operand in operands.iter() {
                check_operand(operand, Kind::Geometry, spatial::name(*relation), kind_of)?;
                check_collection(operand, *relation)?;
            }
        }
    }
    Ok(Kind::Condition)
}

fn called(
    function: Function,
    arguments: &[Expression],
    kind_of: &KindOf<'_>,
) -> Result<Kind, FilterError> {
    let kinds = arguments
        .iter()
        .map(|argument| kind(argument, kind_of))
        .collect::<Result<Vec<_>, _>>()?;
    if kinds.contains(&Kind::Geometry) {
        let message = format!("{} takes no geometry", function.name());
        return Err(mismatch(message));
    }
    let first = |wanted| check_operand(&arguments[0], wanted, function.name(), kind_of);
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
            let known = kinds.iter().position(|kind| *kind != Kind::Unknown);
            let known = known.unwrap_or(0);
            for argument in arguments {
                check_pair(&arguments[known], argument, kind_of)?;
            }
            Ok(kinds[known])
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

fn check_pair(
    left: &Expression,
    right: &Expression,
    kind_of: &KindOf<'_>,
) -> Result<(), FilterError> {
    let kinds = (kind(left, kind_of)?, kind(right, kind_of)?);
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

fn check_operand(
    part: &Expression,
    wanted: Kind,
    place: &str,
    kind_of: &KindOf<'_>,
) -> Result<(), FilterError> {
    let found = kind(part, kind_of)?;
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
