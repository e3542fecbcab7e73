//! What items of a collection are asked for, checked, and the rows that it chooses.

use std::cmp::Ordering;
use std::sync::Arc;

use comarca_engine::{BoundFilter, Column, ColumnType, Filter, FilterError, Value};
use comarca_register::Demand;

use super::bbox::Boxes;
use super::collection::Collection;
use super::datetime::Interval;
use super::link::CRS84;
use super::rows::Rows;
use crate::error::AppError;
use crate::query::Query;
use crate::register::find::{self, Choice};

/// How many items are given where nothing is said, and at most; a client that asks for more gets so many.
pub(crate) const LIMIT: usize = 100;
pub(crate) const LIMIT_MAX: usize = 10_000;
/// By how many properties items are sorted at most.
const SORT_MAX: usize = 8;

/// The parameters that every collection has. A column of one of these names is asked for by `filter`.
pub(crate) const PARAMETERS: [&str; 11] = [
    "f",
    "limit",
    "offset",
    "bbox",
    "bbox-crs",
    "datetime",
    "properties",
    "sortby",
    "filter",
    "filter-lang",
    "filter-crs",
];

/// A checked request for items.
#[derive(Debug)]
pub(crate) struct Items {
    pub(crate) limit: usize,
    pub(crate) offset: usize,
    /// The members that are shown; all where `None`.
    pub(crate) properties: Option<Vec<String>>,
    /// The parameters, for links.
    pub(crate) query: Query,
    /// What a register is asked for besides.
    pub(crate) choice: Option<Choice>,
    bbox: Option<[f64; 4]>,
    datetime: Option<Interval>,
    filter: Option<Filter>,
    /// Property and value, as they were written.
    equal: Vec<(String, String)>,
    sort: Vec<SortKey>,
}

/// One property to sort by.
#[derive(Debug)]
struct SortKey {
    name: String,
    descending: bool,
}

/// Names of the properties that are parameters of a collection by themselves.
pub(crate) fn queryable_parameters(collection: &Collection<'_>) -> Vec<String> {
    let rows = Rows::shape_of(collection);
    let is_taken = |name: &str| {
        PARAMETERS.contains(&name)
            || collection.register.is_some() && find::PARAMETERS.contains(&name)
    };
    let free = rows.property_names().filter(|name| !is_taken(name));
    free.map(str::to_owned).collect()
}

impl Items {
    /// Reads the query of a collection's items.
    ///
    /// # Errors
    /// 400 for a parameter that is unknown or cannot be used.
    pub(crate) fn read(collection: &Collection<'_>, query: Option<&str>) -> Result<Self, AppError> {
        let queryables = queryable_parameters(collection);
        let of_register = match collection.register {
            Some(_) => &find::PARAMETERS[..],
            None => &[],
        };
        let allowed = PARAMETERS.iter().chain(of_register).copied();
        let allowed: Vec<&str> = allowed
            .chain(queryables.iter().map(String::as_str))
            .collect();
        let query = Query::read(query, &allowed)?;
        crs(&query, "bbox-crs")?;
        crs(&query, "filter-crs")?;
        one_of(&query, "filter-lang", "cql2-text")?;
        let equal = queryables.into_iter().filter_map(|name| {
            let value = query.value(&name)?.to_owned();
            Some((name, value))
        });
        let rows = Rows::shape_of(collection);
        let choice = collection
            .register
            .map(|_| Choice::read(collection.generation, &query));
        Ok(Self {
            limit: whole(&query, "limit", 1)?.unwrap_or(LIMIT).min(LIMIT_MAX),
            offset: whole(&query, "offset", 0)?.unwrap_or(0),
            properties: properties(&query, &rows)?,
            choice: choice.transpose()?,
            bbox: query.value("bbox").map(find::bbox).transpose()?,
            datetime: Interval::read(&query)?,
            filter: filter(&query)?,
            equal: equal.collect(),
            sort: sort(&query, &rows)?,
            query,
        })
    }

    /// Everything that an answer depends on, for the cache.
    pub(crate) fn normal_form(&self) -> String {
        format!("{:?}", self.query)
    }

    /// The chosen rows of a layer, by key where nothing else is asked for.
    ///
    /// # Errors
    /// 400 where a filter names what is not there or compares what cannot be compared.
    pub(crate) fn of_layer(
        &self,
        collection: &Collection<'_>,
        rows: &Rows<'_>,
    ) -> Result<Vec<usize>, AppError> {
        let layer = collection.layer;
        let met = self.bbox.map(|bbox| Boxes::new(bbox).meets(layer));
        let by_key = collection.generation.rows_by_key(collection.id, layer);
        let by_key = by_key.iter().map(|row| *row as usize);
        let in_box = by_key.filter(|row| met.as_ref().is_none_or(|met| met[*row]));
        self.chosen(rows, in_box)
    }

    /// The chosen ones of demands, which the register has chosen from already: by place, theme and the like. Their texts are
    /// only copied into rows where something is asked of the values.
    ///
    /// # Errors
    /// As [`of_layer`](Self::of_layer).
    pub(crate) fn of_demands(&self, demands: &[Arc<Demand>]) -> Result<Vec<usize>, AppError> {
        let looks_at_values =
            self.filter.is_some() || !self.equal.is_empty() || !self.sort.is_empty();
        let rows = match looks_at_values {
            true => Rows::of_demands(demands),
            false => Rows::of_demands(&[]),
        };
        let in_time = |row: &usize| {
            let created = &demands[*row].created;
            self.datetime.is_none_or(|interval| interval.meets(created))
        };
        self.chosen(&rows, (0..demands.len()).filter(in_time))
    }

    fn chosen(
        &self,
        rows: &Rows<'_>,
        candidates: impl Iterator<Item = usize>,
    ) -> Result<Vec<usize>, AppError> {
        let equal = self.equal(rows)?;
        let bound = self.filter.as_ref().map(|filter| {
            let bound = rows.bind(filter);
            bound.map_err(|cause| refused("filter", self.query.value("filter"), &cause))
        });
        let bound = bound.transpose()?;
        let all: Vec<&BoundFilter<'_>> = bound.iter().collect();
        let takes = |row: &usize| {
            all.iter().all(|filter| filter.matches(*row))
                && equal
                    .iter()
                    .all(|(column, wanted)| wanted.is(column.value(rows, *row)))
        };
        let mut chosen: Vec<usize> = candidates.filter(takes).collect();
        if !self.sort.is_empty() {
            chosen.sort_by(|a, b| self.compare(rows, *a, *b));
        }
        Ok(chosen)
    }

    /// The properties that must have a value, with the value in the type of the property.
    fn equal<'a>(&'a self, rows: &Rows<'_>) -> Result<Vec<(Named<'a>, Wanted<'a>)>, AppError> {
        let one = |(name, text): &'a (String, String)| {
            let kind = rows.column(name).map(Column::column_type);
            Ok((Named(name), Wanted::read(name, text, kind)?))
        };
        self.equal.iter().map(one).collect()
    }

    /// Nulls come last, whichever way is up; what is equal stays in the order of the keys.
    fn compare(&self, rows: &Rows<'_>, a: usize, b: usize) -> Ordering {
        let one = |key: &SortKey| {
            let (a, b) = (rows.value(&key.name, a), rows.value(&key.name, b));
            let order = compared(a, b);
            match key.descending && a != Value::Null && b != Value::Null {
                true => order.reverse(),
                false => order,
            }
        };
        let orders = self.sort.iter().map(one);
        orders.fold(Ordering::Equal, Ordering::then)
    }
}

/// A property by its name.
struct Named<'a>(&'a str);

impl Named<'_> {
    fn value<'r>(&self, rows: &'r Rows<'_>, row: usize) -> Value<'r> {
        rows.value(self.0, row)
    }
}

/// The value of `property=value`.
#[derive(Debug, PartialEq)]
enum Wanted<'a> {
    Text(&'a str),
    /// Apart from other numbers, since beyond 2^53 they are not told apart as such.
    Integer(i64),
    Number(f64),
    Bool(bool),
}

impl<'a> Wanted<'a> {
    fn read(name: &str, text: &'a str, kind: Option<ColumnType>) -> Result<Self, AppError> {
        let refuse = |allowed: &str| AppError::parameter(name, text, allowed);
        match kind {
            Some(ColumnType::Integer | ColumnType::Real) => {
                if let Ok(number) = text.parse() {
                    return Ok(Self::Integer(number));
                }
                let number = text.parse().ok().filter(|number: &f64| number.is_finite());
                number.map(Self::Number).ok_or_else(|| refuse("a number"))
            }
            Some(ColumnType::Bool) => {
                let value = text.parse().map_err(|_odd| refuse("true or false"))?;
                Ok(Self::Bool(value))
            }
            Some(ColumnType::Text) | None => Ok(Self::Text(text)),
        }
    }

    fn is(&self, value: Value<'_>) -> bool {
        match (self, value) {
            (Self::Text(own), Value::Text(text)) => *own == text,
            (Self::Bool(own), Value::Bool(value)) => *own == value,
            (Self::Integer(own), Value::Integer(number)) => *own == number,
            (Self::Integer(own), Value::Real(number)) => *own as f64 == number,
            (Self::Number(own), Value::Integer(_) | Value::Real(_)) => value.number() == Some(*own),
            _ => false,
        }
    }
}

fn compared(a: Value<'_>, b: Value<'_>) -> Ordering {
    match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Greater,
        (_, Value::Null) => Ordering::Less,
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        _ => {
            let number = |value: Value<'_>| value.number().unwrap_or(f64::NAN);
            number(a).total_cmp(&number(b))
        }
    }
}

/// Only CRS84 is spoken.
fn crs(query: &Query, name: &str) -> Result<(), AppError> {
    one_of(query, name, CRS84)
}

fn one_of(query: &Query, name: &str, known: &str) -> Result<(), AppError> {
    match query.value(name) {
        Some(other) if other != known => Err(AppError::parameter(name, other, known)),
        _ => Ok(()),
    }
}

/// Digits; beyond what a number holds, the largest there is: more than the most is the most (Requirement 21 C).
fn whole(query: &Query, name: &str, least: usize) -> Result<Option<usize>, AppError> {
    let Some(text) = query.value(name) else {
        return Ok(None);
    };
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().unwrap_or(usize::MAX / 2).min(usize::MAX / 2);
    let refuse = || AppError::parameter(name, text, format!("a whole number from {least}"));
    let fits = is_plain && number >= least;
    fits.then_some(Some(number)).ok_or_else(refuse)
}

fn properties(query: &Query, rows: &Rows<'_>) -> Result<Option<Vec<String>>, AppError> {
    let Some(names) = query.list("properties") else {
        return Ok(None);
    };
    names
        .iter()
        .try_for_each(|name| known(rows, "properties", name))?;
    Ok(Some(names))
}

fn known(rows: &Rows<'_>, parameter: &str, name: &str) -> Result<(), AppError> {
    match rows.property_names().any(|own| own == name) {
        true => Ok(()),
        false => Err(AppError::not_one_of(parameter, name, rows.property_names())),
    }
}

/// `name`, `+name` or `-name`, with commas. A plus sign that was not encoded has become a space, which the list has cut off.
fn sort(query: &Query, rows: &Rows<'_>) -> Result<Vec<SortKey>, AppError> {
    let names = query.list("sortby").unwrap_or_default();
    if names.len() > SORT_MAX {
        let allowed = format!("at most {SORT_MAX} properties");
        return Err(AppError::parameter("sortby", &names.join(","), allowed));
    }
    let one = |name: &String| {
        let (descending, name) = match name.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, name.strip_prefix('+').unwrap_or(name)),
        };
        known(rows, "sortby", name)?;
        let name = name.to_owned();
        Ok(SortKey { name, descending })
    };
    names.iter().map(one).collect()
}

fn filter(query: &Query) -> Result<Option<Filter>, AppError> {
    let Some(text) = query.value("filter") else {
        return Ok(None);
    };
    let filter = Filter::parse(text);
    filter
        .map(Some)
        .map_err(|cause| refused("filter", Some(text), &cause))
}

fn refused(name: &str, value: Option<&str>, cause: &FilterError) -> AppError {
    AppError::parameter(
        name,
        value.unwrap_or_default(),
        format!("CQL2 text; {cause}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_come_last_and_numbers_by_value() {
        assert_eq!(compared(Value::Null, Value::Integer(1)), Ordering::Greater);
        assert_eq!(
            compared(Value::Integer(2), Value::Real(1.5)),
            Ordering::Greater
        );
        assert_eq!(compared(Value::Text("a"), Value::Text("b")), Ordering::Less);
    }

    #[test]
    fn a_wanted_value_is_read_in_the_type_of_the_column() {
        let read = |text, kind| Wanted::read("x", text, kind);
        assert!(
            read("12.0", Some(ColumnType::Integer))
                .unwrap()
                .is(Value::Integer(12))
        );
        let large = read("9007199254740993", Some(ColumnType::Integer)).unwrap();
        assert!(large.is(Value::Integer(9_007_199_254_740_993)));
        assert!(!large.is(Value::Integer(9_007_199_254_740_992)));
        let whole = read("12", Some(ColumnType::Real)).unwrap();
        assert!(whole.is(Value::Real(12.0)) && !whole.is(Value::Real(12.5)));
        assert!(read("12", None).unwrap().is(Value::Text("12")));
        assert!(
            read("true", Some(ColumnType::Bool))
                .unwrap()
                .is(Value::Bool(true))
        );
        assert!(!read("12", Some(ColumnType::Real)).unwrap().is(Value::Null));
        assert!(read("NaN", Some(ColumnType::Real)).is_err());
        assert!(read("1", Some(ColumnType::Bool)).is_err());
    }

    #[test]
    fn more_than_the_most_is_the_most_and_less_than_the_least_an_error() {
        let limit = |text: &str| {
            let query = Query::read(Some(&format!("limit={text}")), &["limit"]).unwrap();
            whole(&query, "limit", 1)
        };
        assert!(limit("99999999999999999999999").unwrap() > Some(LIMIT_MAX));
        for odd in ["0", "-1", "", "1.5", "+1", "x"] {
            assert!(limit(odd).is_err(), "{odd}");
        }
    }
}
