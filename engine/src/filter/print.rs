//! Syntax tree to text.

use std::fmt::{self, Display, Formatter, Write};

use super::Filter;
use super::expression::{Comparison, Expression, Literal, ProductOperator, SumOperator};
use super::lex::{is_identifier_part, is_identifier_start};
use super::like::{Pattern, Piece};
use super::parse::KEYWORDS;
use super::spatial;

impl Display for Filter {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.root.fmt(out)
    }
}

/// How tightly an expression holds together. Operands of a level must stand above it, or in parentheses.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Level {
    Or,
    And,
    Not,
    Predicate,
    Sum,
    Product,
    Power,
    Signed,
    Operand,
}

impl Expression {
    fn level(&self) -> Level {
        match self {
            Self::Or(_) => Level::Or,
            Self::And(_) => Level::And,
            Self::Not(_) => Level::Not,
            Self::Compare { .. }
            | Self::In { .. }
            | Self::Between { .. }
            | Self::Like { .. }
            | Self::IsNull { .. } => Level::Predicate,
            Self::Sum { .. } => Level::Sum,
            Self::Product { .. } => Level::Product,
            Self::Power { .. } => Level::Power,
            Self::Negative(_) => Level::Signed,
            Self::Property(_)
            | Self::Literal(_)
            | Self::Folded(..)
            | Self::Call(..)
            | Self::Spatial { .. } => Level::Operand,
        }
    }

    fn operand(&self, parent: Level, out: &mut Formatter<'_>) -> fmt::Result {
        if self.level() > parent {
            self.fmt(out)
        } else {
            write!(out, "({self})")
        }
    }

    /// As [`Self::operand`], behind an operator that groups from the right: the same level needs no parentheses.
    fn last_operand(&self, parent: Level, out: &mut Formatter<'_>) -> fmt::Result {
        if self.level() >= parent {
            self.fmt(out)
        } else {
            write!(out, "({self})")
        }
    }
}

impl Display for Expression {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        let level = self.level();
        match self {
            Self::Property(name) => identifier(name, out),
            Self::Literal(literal) => literal.fmt(out),
            Self::Or(parts) => chain(parts, " OR ", level, out),
            Self::And(parts) => chain(parts, " AND ", level, out),
            Self::Not(part) => {
                out.write_str("NOT ")?;
                part.last_operand(level, out)
            }
            Self::Compare {
                left,
                comparison,
                right,
            } => {
                left.operand(level, out)?;
                write!(out, " {} ", comparison.sign())?;
                right.operand(level, out)
            }
            Self::In {
                value,
                list,
                negated,
            } => {
                value.operand(level, out)?;
                write!(out, " {}IN (", not(*negated))?;
                separated(list, ", ", out)?;
                out.write_char(')')
            }
            Self::Between {
                value,
                bounds,
                negated,
            } => {
                value.operand(level, out)?;
                write!(out, " {}BETWEEN ", not(*negated))?;
                bounds[0].operand(level, out)?;
                out.write_str(" AND ")?;
                bounds[1].operand(level, out)
            }
            Self::Like {
                value,
                pattern,
                negated,
            } => {
                value.operand(level, out)?;
                write!(out, " {}LIKE {pattern}", not(*negated))
            }
            Self::IsNull { value, negated } => {
                value.operand(level, out)?;
                write!(out, " IS {}NULL", not(*negated))
            }
            Self::Sum { first, rest } => {
                first.operand(level, out)?;
                rest.iter()
                    .try_for_each(|(operator, part)| binary(operator.sign(), part, level, out))
            }
            Self::Product { first, rest } => {
                first.operand(level, out)?;
                rest.iter()
                    .try_for_each(|(operator, part)| binary(operator.sign(), part, level, out))
            }
            Self::Power { base, exponent } => {
                base.operand(level, out)?;
                out.write_str(" ^ ")?;
                exponent.last_operand(level, out)
            }
            Self::Negative(part) => {
                out.write_char('-')?;
                part.last_operand(level, out)
            }
            Self::Folded(fold, part) => {
                write!(out, "{}(", fold.name())?;
                part.operand(Level::Predicate, out)?;
                out.write_char(')')
            }
            Self::Call(function, arguments) => {
                write!(out, "{}(", function.name())?;
                chain(arguments, ", ", Level::Predicate, out)?;
                out.write_char(')')
            }
            Self::Spatial { relation, operands } => {
                let [left, right] = &**operands;
                write!(out, "{}({left}, {right})", spatial::name(*relation))
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => out.write_str(if *value { "TRUE" } else { "FALSE" }),
            Self::Integer(value) => value.fmt(out),
            // Debug keeps the point, and so the type.
            Self::Real(value) => write!(out, "{value:?}"),
            Self::Text(text) => quoted(text, out),
            Self::Date(text) => write!(out, "DATE('{text}')"),
            Self::Timestamp(text) => write!(out, "TIMESTAMP('{text}')"),
            Self::Geometry(geometry) => geometry.fmt(out),
        }
    }
}

impl Display for Pattern {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        self.folds
            .iter()
            .try_for_each(|fold| write!(out, "{}(", fold.name()))?;
        out.write_char('\'')?;
        for piece in &self.pieces {
            match piece {
                Piece::Any => out.write_char('%')?,
                Piece::One => out.write_char('_')?,
                Piece::Exactly(wild @ ('%' | '_')) => write!(out, "\\{wild}")?,
                Piece::Exactly(character) => escaped(*character, out)?,
            }
        }
        out.write_char('\'')?;
        self.folds.iter().try_for_each(|_| out.write_char(')'))
    }
}

impl Comparison {
    const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];

    pub(super) fn of_sign(sign: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|comparison| comparison.sign() == sign)
    }

    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl SumOperator {
    fn sign(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
        }
    }
}

impl ProductOperator {
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Times => "*",
            Self::Over => "/",
            Self::Modulo => "%",
            Self::WholeOver => "div",
        }
    }
}

fn chain(parts: &[Expression], word: &str, level: Level, out: &mut Formatter<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(word)?;
        }
        part.operand(level, out)?;
    }
    Ok(())
}

fn separated(parts: &[Expression], separator: &str, out: &mut Formatter<'_>) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            out.write_str(separator)?;
        }
        part.fmt(out)?;
    }
    Ok(())
}

fn binary(sign: &str, part: &Expression, level: Level, out: &mut Formatter<'_>) -> fmt::Result {
    write!(out, " {sign} ")?;
    part.operand(level, out)
}

fn not(negated: bool) -> &'static str {
    if negated { "NOT " } else { "" }
}

fn identifier(name: &str, out: &mut Formatter<'_>) -> fmt::Result {
    let plain = name.starts_with(is_identifier_start)
        && name.chars().all(is_identifier_part)
        && !KEYWORDS
            .iter()
            .any(|keyword| keyword.eq_ignore_ascii_case(name));
    if plain {
        out.write_str(name)
    } else {
        write!(out, "\"{}\"", name.replace('"', "\"\""))
    }
}

fn quoted(text: &str, out: &mut Formatter<'_>) -> fmt::Result {
    out.write_char('\'')?;
    text.chars()
        .try_for_each(|character| escaped(character, out))?;
    out.write_char('\'')
}

fn escaped(character: char, out: &mut Formatter<'_>) -> fmt::Result {
    match character {
        '\'' => out.write_str("''"),
        '\\' => out.write_str("\\\\"),
        other => out.write_char(other),
    }
}
