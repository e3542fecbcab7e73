//! The JSON encoding of filters (OGC 21-065r2, clause 8.3), read into the same tree.

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};
use serde_json::{Map, Value as Json};

use super::expression::{Comparison, Expression, Literal, ProductOperator, SumOperator};
use super::fold::Fold;
use super::function::Function;
use super::geometry::GeometryLiteral;
use super::like::Pattern;
use super::literal::{Quotes, instant_form, is_instant, pieces};
use super::{FilterError, MAX_FILTER_BYTES, spatial};

/// Longest JSON that is read, in bytes: the same filter takes several times as many as in text.
const MAX_JSON_BYTES: usize = 4 * MAX_FILTER_BYTES;

/// A place in the document, as `args[1].args[0]`, and what is wrong there.
type Wrong = (String, String);

type Read<T> = Result<T, Wrong>;

/// The tree of a JSON document. What only the text would refuse (a geometry that is not valid, a filter that is too
/// long) is left to the reader of the text.
pub(super) fn expression(text: &str) -> Result<Expression, FilterError> {
    let json = match text.len() {
        0..=MAX_JSON_BYTES => serde_json::from_str(text).map_err(|error| error.to_string()),
        bytes => Err(format!(
            "it has {bytes} bytes, of which at most {MAX_JSON_BYTES} are read"
        )),
    };
    let refused = |(path, message): Wrong| FilterError::Json { path, message };
    let json: Json = json.map_err(|message| refused((String::new(), message)))?;
    any(&json).map_err(refused)
}

/// Puts a step in front of the path of what is wrong.
fn at<T>(step: &str, read: Read<T>) -> Read<T> {
    read.map_err(|(path, message)| match path.is_empty() {
        true => (step.to_owned(), message),
        false if path.starts_with('[') => (format!("{step}{path}"), message),
        false => (format!("{step}.{path}"), message),
    })
}

fn wrong<T>(expected: &str, found: &Json) -> Read<T> {
    let mut found = found.to_string();
    if found.chars().count() > 40 {
        found = found.chars().take(40).chain(['…']).collect();
    }
    Err((String::new(), format!("expected {expected}, found {found}")))
}

/// What `serde_json` has read is nested 128 levels deep at most.
fn any(json: &Json) -> Read<Expression> {
    match json {
        Json::Bool(value) => Ok(Expression::Literal(Literal::Bool(*value))),
        Json::Number(number) => Ok(Expression::Literal(match number.as_i64() {
            Some(value) if value > i64::MIN => Literal::Integer(value),
            _ => Literal::Real(number.as_f64().unwrap_or(f64::INFINITY)),
        })),
        Json::String(text) => Ok(Expression::Literal(Literal::Text(text.clone()))),
        Json::Object(members) => object(members, json),
        Json::Null | Json::Array(_) => wrong("an expression", json),
    }
}

fn object(object: &Map<String, Json>, json: &Json) -> Read<Expression> {
    let text = |key: &str| object.get(key).and_then(Json::as_str);
    if let Some(operator) = text("op") {
        let Some(Json::Array(arguments)) = object.get("args") else {
            return wrong("op and args", json);
        };
        return operation(operator, arguments, json);
    }
    if let Some(name) = text("property") {
        return Ok(Expression::Property(name.to_owned()));
    }
    let instant = text("date").map(|text| Literal::Date(text.to_owned()));
    let instant =
        instant.or_else(|| text("timestamp").map(|text| Literal::Timestamp(text.to_owned())));
    if let Some(instant) = instant {
        return match is_instant(&instant) {
            true => Ok(Expression::Literal(instant)),
            false => wrong(instant_form(&instant), json),
        };
    }
    if object.contains_key("interval") {
        let message = "intervals are not supported: no column is of a temporal type";
        return Err((String::new(), message.to_owned()));
    }
    let literal = match object.get("bbox") {
        Some(bounds) => bounding_box(bounds)?,
        None => GeometryLiteral::Geometry(geometry(object, json)?),
    };
    Ok(Expression::Literal(Literal::Geometry(literal)))
}

fn operation(operator: &str, arguments: &[Json], json: &Json) -> Read<Expression> {
    if let ("in", [value, Json::Array(list)]) = (operator, arguments) {
        let value = Box::new(at("args[0]", any(value))?);
        return Ok(Expression::In {
            value,
            list: at("args[1]", all(list))?,
            negated: false,
        });
    }
    if let ("like", [value, pattern]) = (operator, arguments) {
        let value = Box::new(at("args[0]", any(value))?);
        return Ok(Expression::Like {
            value,
            pattern: at("args[1]", pattern_of(pattern))?,
            negated: false,
        });
    }
    let parts = at("args", all(arguments))?;
    let count = parts.len();
    let Some(expression) = made_of(operator, parts) else {
        let temporal_or_array = operator.starts_with("t_") || operator.starts_with("a_");
        let message = match temporal_or_array {
            true => format!("{operator} is not supported: no column is of such a type"),
            false => {
                return wrong(
                    &format!("an operator that takes {count} arguments"),
                    json.get("op").unwrap_or(json),
                );
            }
        };
        return Err((String::new(), message));
    };
    Ok(expression)
}

/// A list that is not empty.
fn all(list: &[Json]) -> Read<Vec<Expression>> {
    if list.is_empty() {
        return Err((String::new(), "expected something in it".to_owned()));
    }
    let one = |(number, json)| at(&format!("[{number}]"), any(json));
    list.iter().enumerate().map(one).collect()
}

/// A `GeoJSON` geometry (RFC 7946 §3.1).
fn geometry(object: &Map<String, Json>, json: &Json) -> Read<Geometry<f64>> {
    let kind = object.get("type").and_then(Json::as_str).unwrap_or("");
    let nothing = Json::Null;
    let at_it = object.get("coordinates").unwrap_or(&nothing);
    Ok(match kind {
        "Point" => Geometry::Point(Point(position(at_it)?)),
        "MultiPoint" => {
            Geometry::MultiPoint(MultiPoint(several(at_it, |at| position(at).map(Point))?))
        }
        "LineString" => Geometry::LineString(line(at_it)?),
        "MultiLineString" => Geometry::MultiLineString(MultiLineString(several(at_it, line)?)),
        "Polygon" => Geometry::Polygon(polygon(at_it)?),
        "MultiPolygon" => Geometry::MultiPolygon(MultiPolygon(several(at_it, polygon)?)),
        "GeometryCollection" => {
            let Some(Json::Array(members)) = object.get("geometries") else {
                return wrong("geometries", json);
            };
            let member = |json: &Json| match any(json)? {
                Expression::Literal(Literal::Geometry(GeometryLiteral::Geometry(geometry))) => {
                    Ok(geometry)
                }
                _ => wrong("a geometry", json),
            };
            let members: Vec<_> = members.iter().map(member).collect::<Read<_>>()?;
            Geometry::GeometryCollection(GeometryCollection(members))
        }
        _ => return wrong("op, property, date, timestamp, bbox or a geometry", json),
    })
}
/// An operator with its operands; `None` where there is none of that name, or it takes another number of them.
fn made_of(operator: &str, parts: Vec<Expression>) -> Option<Expression> {
    let count = parts.len();
    match (operator, count) {
        ("and", 2..) => return Some(Expression::And(parts)),
        ("or", 2..) => return Some(Expression::Or(parts)),
        _ => {}
    }
    if let Some(function) = Function::named(operator).filter(|f| f.arity().contains(&count)) {
        let fits = |(position, part)| function.refusal(position, part).is_none();
        return parts
            .iter()
            .enumerate()
            .all(fits)
            .then_some(Expression::Call(function, parts));
    }
    let mut parts = parts.into_iter();
    let mut next = || parts.next().map(Box::new);
    let first = next()?;
    match (operator, count) {
        ("not", 1) => return Some(Expression::Not(first)),
        ("casei", 1) => return Some(Expression::Folded(Fold::Case, first)),
        ("accenti", 1) => return Some(Expression::Folded(Fold::Accents, first)),
        ("isNull", 1) => {
            return Some(Expression::IsNull {
                value: first,
                negated: false,
            });
        }
        ("between", 3) => {
            return Some(Expression::Between {
                value: first,
                bounds: Box::new([*next()?, *next()?]),
                negated: false,
            });
        }
        (_, 2) => {}
        _ => return None,
    }
    let second = next()?;
    if let Some(comparison) = Comparison::of_sign(operator) {
        return Some(Expression::Compare {
            left: first,
            comparison,
            right: second,
        });
    }
    if let Some(relation) = spatial::named(operator) {
        let operands = Box::new([*first, *second]);
        let fit = operands.iter().all(spatial::is_operand);
        return fit.then_some(Expression::Spatial { relation, operands });
    }
    let sum = |operator, second: Box<Expression>| (operator, *second);
    let product = |operator, first, second: Box<Expression>| Expression::Product {
        first,
        rest: vec![(operator, *second)],
    };
    Some(match operator {
        "+" => Expression::Sum {
            first,
            rest: vec![sum(SumOperator::Plus, second)],
        },
        "-" => Expression::Sum {
            first,
            rest: vec![sum(SumOperator::Minus, second)],
        },
        "*" => product(ProductOperator::Times, first, second),
        "/" => product(ProductOperator::Over, first, second),
        "%" => product(ProductOperator::Modulo, first, second),
        "div" => product(ProductOperator::WholeOver, first, second),
        "^" => Expression::Power {
            base: first,
            exponent: second,
        },
        _ => return None,
    })
}

/// A text, perhaps with `casei` and `accenti` around it.
fn pattern_of(json: &Json) -> Read<Pattern> {
    let mut folds = vec![];
    let mut inner = json;
    loop {
        if let Json::String(text) = inner {
            let pieces = pieces(text, Quotes::Single);
            return Ok(Pattern { folds, pieces });
        }
        let fold = match inner.get("op").and_then(Json::as_str) {
            Some("casei") => Fold::Case,
            Some("accenti") => Fold::Accents,
            _ => return wrong("a pattern", inner),
        };
        folds.push(fold);
        inner = match inner
            .get("args")
            .and_then(Json::as_array)
            .map(Vec::as_slice)
        {
            Some([one]) => one,
            _ => return wrong("one argument", inner),
        };
    }
}

fn several<T>(json: &Json, one: impl Fn(&Json) -> Read<T>) -> Read<Vec<T>> {
    match json {
        Json::Array(items) if !items.is_empty() => items.iter().map(one).collect(),
        _ => wrong("coordinates", json),
    }
}

fn numbers(json: &Json) -> Read<Vec<f64>> {
    several(json, |number| match number.as_f64() {
        Some(number) => Ok(number),
        None => wrong("a number", number),
    })
}

fn position(json: &Json) -> Read<Coord<f64>> {
    match numbers(json)?[..] {
        [x, y] | [x, y, _] => Ok(Coord {
            x: spatial::without_dust(x),
            y: spatial::without_dust(y),
        }),
        _ => wrong("a longitude and a latitude", json),
    }
}

fn line(json: &Json) -> Read<LineString<f64>> {
    several(json, position).map(LineString)
}

fn polygon(json: &Json) -> Read<Polygon<f64>> {
    let mut rings = several(json, |ring| {
        let ring = line(ring)?;
        // `geo` would close it; that it is open must not go unsaid.
        match ring.0.first() == ring.0.last() {
            true => Ok(ring),
            false => wrong("a ring that ends where it begins", json),
        }
    })?
    .into_iter();
    let exterior = rings.next().unwrap_or_else(|| LineString(vec![]));
    Ok(Polygon::new(exterior, rings.collect()))
}

fn bounding_box(json: &Json) -> Read<GeometryLiteral> {
    match numbers(json)?[..] {
        [west, south, east, north] | [west, south, _, east, north, _] => Ok(GeometryLiteral::Box(
            [west, south, east, north].map(spatial::without_dust),
        )),
        _ => wrong("4 or 6 numbers", json),
    }
}
