//! Tokens to syntax tree, by recursive descent: one function per level of precedence.

use super::expression::{Comparison, Expression, Literal, ProductOperator, SumOperator};
use super::fold::Fold;
use super::function::Function;
use super::geometry::Tag;
use super::lex::{Placed, Token, position, tokens};
use super::like::Pattern;
use super::literal::{Quotes, instant_form, is_instant, pieces, unescaped};
use super::spatial;
use super::{FilterError, MAX_FILTER_BYTES, MAX_FILTER_DEPTH, MAX_SPATIAL_PREDICATES};
use crate::relation::Relation;

/// Words that mean something where an operator may stand; as identifiers they need double quotes.
pub(super) const KEYWORDS: [&str; 10] = [
    "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL", "TRUE", "FALSE",
];

/// The operator that is a word. Unlike the keywords it may also name a property.
const WHOLE_OVER: &str = "DIV";

pub(super) fn parse(text: &str) -> Result<Expression, FilterError> {
    if text.len() > MAX_FILTER_BYTES {
        return Err(FilterError::TooLong { bytes: text.len() });
    }
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        at: 0,
        depth: 0,
        positions: 0,
        predicates: 0,
    };
    let root = parser.or()?;
    match parser.peek() {
        Token::End => Ok(root),
        _ => Err(parser.expected("AND, OR or the end of the filter")),
    }
}

type Parsed = Result<Expression, FilterError>;

pub(super) struct Parser<'a> {
    text: &'a str,
    tokens: Vec<Placed<'a>>,
    at: usize,
    depth: usize,
    /// Coordinates of geometries read so far.
    pub(super) positions: usize,
    /// Spatial predicates read so far.
    predicates: usize,
}

impl<'a> Parser<'a> {
    fn or(&mut self) -> Parsed {
        let mut parts = vec![self.and()?];
        while self.takes_word("OR") {
            parts.push(self.and()?);
        }
        Ok(only(parts, Expression::Or))
    }

    fn and(&mut self) -> Parsed {
        let mut parts = vec![self.not()?];
        while self.takes_word("AND") {
            parts.push(self.not()?);
        }
        Ok(only(parts, Expression::And))
    }

    fn not(&mut self) -> Parsed {
        if !self.takes_word("NOT") {
            return self.predicate();
        }
        let part = self.deeper(Self::not)?;
        Ok(Expression::Not(Box::new(part)))
    }

    fn predicate(&mut self) -> Parsed {
        let value = self.sum()?;
        if let Some(comparison) = self.comparison() {
            let right = Box::new(self.sum()?);
            return Ok(Expression::Compare {
                left: Box::new(value),
                comparison,
                right,
            });
        }
        if self.takes_word("IS") {
            return self.is_null(value);
        }
        let negated = self.takes_word("NOT");
        if self.takes_word("IN") {
            let list = self.deeper(Self::list)?;
            return Ok(Expression::In {
                value: Box::new(value),
                list,
                negated,
            });
        }
        if self.takes_word("LIKE") {
            let pattern = self.pattern()?;
            return Ok(Expression::Like {
                value: Box::new(value),
                pattern,
                negated,
            });
        }
        if self.takes_word("BETWEEN") {
            let bounds = Box::new(self.bounds()?);
            return Ok(Expression::Between {
                value: Box::new(value),
                bounds,
                negated,
            });
        }
        if negated {
            Err(self.expected("IN, LIKE or BETWEEN"))
        } else {
            Ok(value)
        }
    }

    fn comparison(&mut self) -> Option<Comparison> {
        let Token::Sign(sign) = self.peek() else {
            return None;
        };
        let comparison = Comparison::of_sign(sign)?;
        self.at += 1;
        Some(comparison)
    }

    fn is_null(&mut self, value: Expression) -> Parsed {
        let negated = self.takes_word("NOT");
        if !self.takes_word("NULL") {
            return Err(self.expected(if negated { "NULL" } else { "NULL or NOT NULL" }));
        }
        Ok(Expression::IsNull {
            value: Box::new(value),
            negated,
        })
    }

    fn list(&mut self) -> Result<Vec<Expression>, FilterError> {
        self.take_sign("(")?;
        let mut list = vec![self.or()?];
        while self.takes_sign(",") {
            list.push(self.or()?);
        }
        self.take_sign_or(")", "\",\" or \")\"")?;
        Ok(list)
    }

    fn bounds(&mut self) -> Result<[Expression; 2], FilterError> {
        let low = self.sum()?;
        if !self.takes_word("AND") {
            return Err(self.expected("AND and the upper bound"));
        }
        Ok([low, self.sum()?])
    }

    fn pattern(&mut self) -> Result<Pattern, FilterError> {
        let mut folds = vec![];
        while let Some(fold) = self.fold() {
            if folds.len() >= MAX_FILTER_DEPTH {
                return Err(self.too_deep());
            }
            folds.push(fold);
        }
        let Token::Text(raw) = *self.peek() else {
            return Err(self.expected("a pattern in single quotes"));
        };
        self.at += 1;
        for _ in &folds {
            self.take_sign(")")?;
        }
        Ok(Pattern {
            folds,
            pieces: pieces(raw, Quotes::Doubled),
        })
    }

    fn sum(&mut self) -> Parsed {
        let first = self.product()?;
        let mut rest = vec![];
        while let Some(operator) = self.sum_operator() {
            rest.push((operator, self.product()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expression::Sum {
                first: Box::new(first),
                rest,
            }
        })
    }

    fn sum_operator(&mut self) -> Option<SumOperator> {
        if self.takes_sign("+") {
            return Some(SumOperator::Plus);
        }
        self.takes_sign("-").then_some(SumOperator::Minus)
    }

    fn product(&mut self) -> Parsed {
        let first = self.power()?;
        let mut rest = vec![];
        while let Some(operator) = self.product_operator() {
            rest.push((operator, self.power()?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expression::Product {
                first: Box::new(first),
                rest,
            }
        })
    }

    fn product_operator(&mut self) -> Option<ProductOperator> {
        if self.takes_word(WHOLE_OVER) {
            return Some(ProductOperator::WholeOver);
        }
        let operators = [
            ProductOperator::Times,
            ProductOperator::Over,
            ProductOperator::Modulo,
        ];
        operators
            .into_iter()
            .find(|operator| self.takes_sign(operator.sign()))
    }

    fn power(&mut self) -> Parsed {
        let base = self.signed()?;
        if !self.takes_sign("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::power)?;
        Ok(Expression::Power {
            base: Box::new(base),
            exponent: Box::new(exponent),
        })
    }

    /// The sign belongs to the operand, not to the power: `-2 ^ 2` is 4 in CQL2.
    fn signed(&mut self) -> Parsed {
        if self.takes_sign("+") {
            return self.deeper(Self::signed);
        }
        if !self.takes_sign("-") {
            return self.operand();
        }
        Ok(match self.deeper(Self::signed)? {
            Expression::Literal(Literal::Integer(value)) => {
                Expression::Literal(Literal::Integer(-value))
            }
            Expression::Literal(Literal::Real(value)) => Expression::Literal(Literal::Real(-value)),
            operand => Expression::Negative(Box::new(operand)),
        })
    }

    fn operand(&mut self) -> Parsed {
        if self.takes_sign("(") {
            let inner = self.deeper(Self::or)?;
            self.take_sign(")")?;
            return Ok(inner);
        }
        if let Some(fold) = self.fold() {
            let inner = self.deeper(Self::sum)?;
            self.take_sign(")")?;
            return Ok(Expression::Folded(fold, Box::new(inner)));
        }
        let operand = match self.peek() {
            Token::Integer(value) => Expression::Literal(Literal::Integer(*value)),
            Token::Real(value) => Expression::Literal(Literal::Real(*value)),
            Token::Text(raw) => Expression::Literal(Literal::Text(unescaped(raw))),
            Token::Quoted(name) => Expression::Property(name.clone()),
            Token::Word(word) => return self.word(word),
            Token::Sign(_) | Token::End => {
                return Err(self.expected("a property, a literal or \"(\""));
            }
        };
        self.at += 1;
        Ok(operand)
    }

    fn word(&mut self, word: &'a str) -> Parsed {
        if let Some(tag) = Tag::named(word).filter(|_| self.opens_geometry()) {
            let literal = self.geometry(tag)?;
            return Ok(Expression::Literal(Literal::Geometry(literal)));
        }
        if self.opens_call() {
            return self.call(word);
        }
        let operand = match word.to_ascii_uppercase().as_str() {
            "TRUE" => Expression::Literal(Literal::Bool(true)),
            "FALSE" => Expression::Literal(Literal::Bool(false)),
            keyword if KEYWORDS.contains(&keyword) => {
                return Err(self.expected(
                    "a property, a literal or \"(\" (a property of that name needs double quotes)",
                ));
            }
            _ => Expression::Property(word.to_owned()),
        };
        self.at += 1;
        Ok(operand)
    }

    fn call(&mut self, word: &str) -> Parsed {
        let instant: fn(String) -> Literal = match word.to_ascii_uppercase().as_str() {
            "DATE" => Literal::Date,
            "TIMESTAMP" => Literal::Timestamp,
            other => {
                if let Some(relation) = spatial::named(other) {
                    return self.spatial(relation);
                }
                return match Function::named(other) {
                    Some(function) => self.function(function),
                    None => Err(self.unsupported(other)),
                };
            }
        };
        self.at += 2;
        let literal = match self.peek() {
            Token::Text(raw) => instant(unescaped(raw)),
            _ => return Err(self.expected("a date in single quotes")),
        };
        if !is_instant(&literal) {
            return Err(self.expected(instant_form(&literal)));
        }
        self.at += 1;
        self.take_sign(")")?;
        Ok(Expression::Literal(literal))
    }

    fn function(&mut self, function: Function) -> Parsed {
        self.at += 2;
        let arguments = self.deeper(|parser| parser.arguments(function))?;
        Ok(Expression::Call(function, arguments))
    }

    fn arguments(&mut self, function: Function) -> Result<Vec<Expression>, FilterError> {
        let mut arguments = vec![];
        loop {
            let start = self.at;
            let argument = self.sum()?;
            if let Some(wanted) = function.refusal(arguments.len(), &argument) {
                self.at = start;
                return Err(self.expected(wanted));
            }
            arguments.push(argument);
            let full = arguments.len() == *function.arity().end();
            if full || !self.takes_sign(",") {
                break;
            }
        }
        if arguments.len() < *function.arity().start() {
            return Err(self.expected("\",\" and the next argument"));
        }
        self.take_sign_or(")", "\",\" or \")\"")?;
        Ok(arguments)
    }

    fn spatial(&mut self, relation: Relation) -> Parsed {
        self.predicates += 1;
        if self.predicates > MAX_SPATIAL_PREDICATES {
            return Err(self.too_many("spatial predicates", MAX_SPATIAL_PREDICATES));
        }
        self.at += 2;
        let left = self.spatial_operand()?;
        if !self.takes_sign(",") {
            return Err(self.expected("\",\" and the other geometry"));
        }
        let right = self.spatial_operand()?;
        self.take_sign(")")?;
        Ok(Expression::Spatial {
            relation,
            operands: Box::new([left, right]),
        })
    }

    fn spatial_operand(&mut self) -> Parsed {
        let start = self.at;
        let operand = self.deeper(Self::operand)?;
        if spatial::is_operand(&operand) {
            return Ok(operand);
        }
        self.at = start;
        Err(self.expected("geometry, or a geometry such as POINT(-70.6 -33.4)"))
    }

    fn unsupported(&self, word: &str) -> FilterError {
        let construct = match word.split_once('_') {
            Some(("S", _)) => format!("the spatial predicate {word}"),
            Some(("T", _)) => format!(
                "the temporal predicate {word} (no column is of a temporal type; compare dates with =, <, BETWEEN and DATE('2024-05-31'))"
            ),
            Some(("A", _)) => {
                format!("the array predicate {word} (no column holds arrays; use IN)")
            }
            _ if word == "INTERVAL" => {
                "INTERVAL (no column is of a temporal type; write BETWEEN DATE('…') AND DATE('…'))"
                    .to_owned()
            }
            _ => format!("the function {word}"),
        };
        FilterError::Unsupported {
            position: self.position(),
            construct,
        }
    }

    /// Takes `CASEI(` or `ACCENTI(`.
    fn fold(&mut self) -> Option<Fold> {
        let Token::Word(word) = self.peek() else {
            return None;
        };
        let fold = [Fold::Case, Fold::Accents]
            .into_iter()
            .find(|fold| word.eq_ignore_ascii_case(fold.name()))?;
        if !self.opens_call() {
            return None;
        }
        self.at += 2;
        Some(fold)
    }

    fn opens_call(&self) -> bool {
        matches!(self.tokens.get(self.at + 1), Some((Token::Sign("("), _)))
    }

    /// Whether a geometry begins here: its name and `(`, perhaps with `Z` between them.
    fn opens_geometry(&self) -> bool {
        let height = matches!(self.tokens.get(self.at + 1), Some((Token::Word(word), _)) if word.eq_ignore_ascii_case("Z"));
        let opening = self.at + 1 + usize::from(height);
        matches!(self.tokens.get(opening), Some((Token::Sign("("), _)))
    }

    pub(super) fn deeper<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        if self.depth >= MAX_FILTER_DEPTH {
            return Err(self.too_deep());
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    pub(super) fn peek(&self) -> &Token<'a> {
        // The last token is End, and nothing steps over it.
        &self.tokens[self.at.min(self.tokens.len() - 1)].0
    }

    pub(super) fn takes_word(&mut self, keyword: &str) -> bool {
        let found = matches!(self.peek(), Token::Word(word) if word.eq_ignore_ascii_case(keyword));
        self.at += usize::from(found);
        found
    }

    pub(super) fn takes_sign(&mut self, sign: &str) -> bool {
        let found = matches!(self.peek(), Token::Sign(found) if *found == sign);
        self.at += usize::from(found);
        found
    }

    pub(super) fn take_sign(&mut self, sign: &str) -> Result<(), FilterError> {
        self.take_sign_or(sign, &format!("{sign:?}"))
    }

    pub(super) fn take_sign_or(&mut self, sign: &str, expected: &str) -> Result<(), FilterError> {
        if self.takes_sign(sign) {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    fn position(&self) -> usize {
        position(self.text, self.tokens[self.at.min(self.tokens.len() - 1)].1)
    }

    pub(super) fn expected(&self, expected: &str) -> FilterError {
        FilterError::Syntax {
            position: self.position(),
            expected: expected.to_owned(),
            found: shown(self.peek()),
        }
    }

    /// As [`Self::expected`], of something that was read and is not what it should be.
    pub(super) fn refused(&self, expected: &str, found: &str) -> FilterError {
        FilterError::Syntax {
            position: self.position(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }
    }

    pub(super) fn too_many(&self, what: &'static str, most: usize) -> FilterError {
        FilterError::TooMany {
            position: self.position(),
            what,
            most,
        }
    }

    /// A place to [return to](Self::return_to), so that an error can name it.
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    pub(super) fn return_to(&mut self, mark: usize) {
        self.at = mark;
    }

    /// Steps over a token that was looked at.
    pub(super) fn skip(&mut self) {
        self.at += 1;
    }

    fn too_deep(&self) -> FilterError {
        FilterError::TooDeep {
            position: self.position(),
        }
    }
}

fn only(mut parts: Vec<Expression>, chain: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        Some(last) => {
            parts.push(last);
            chain(parts)
        }
        None => chain(parts),
    }
}

fn shown(token: &Token<'_>) -> String {
    match token {
        Token::Word(word) => format!("{word:?}"),
        Token::Quoted(name) => format!("the property {name:?}"),
        Token::Text(raw) => format!("'{raw}'"),
        Token::Integer(value) => value.to_string(),
        Token::Real(value) => value.to_string(),
        Token::Sign(sign) => format!("{sign:?}"),
        Token::End => "the end of the filter".to_owned(),
    }
}
