//! Attributes of a layer as typed columns with nulls.

/// The text values of a column, end to end in one string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    ends: Vec<usize>,
    bytes: String,
}

impl Default for Text {
    fn default() -> Self {
        Self {
            ends: vec![0],
            bytes: String::new(),
        }
    }
}

impl Text {
    /// Appends a value.
    pub fn push(&mut self, value: &str) {
        self.bytes.push_str(value);
        self.ends.push(self.bytes.len());
    }

    /// The value at `row`.
    pub fn value(&self, row: usize) -> &str {
        &self.bytes[self.ends[row]..self.ends[row + 1]]
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// Whether every value comes after the one before it, so that no two are equal.
    pub fn is_strictly_ascending(&self) -> bool {
        (1..self.len()).all(|row| self.value(row - 1) < self.value(row))
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends all values of `other`.
    pub fn extend_from(&mut self, other: &Self) {
        let start = self.bytes.len();
        self.bytes.push_str(&other.bytes);
        self.ends
            .extend(other.ends[1..].iter().map(|end| start + end));
    }

    /// All values in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|row| self.value(row))
    }
}

impl<S: AsRef<str>> FromIterator<S> for Text {
    fn from_iter<I: IntoIterator<Item = S>>(values: I) -> Self {
        let mut text = Self::default();
        values
            .into_iter()
            .for_each(|value| text.push(value.as_ref()));
        text
    }
}

/// One attribute value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// Missing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A floating-point number.
    Real(f64),
    /// Text; dates are kept as ISO 8601 text.
    Text(&'a str),
}

impl Value<'_> {
    /// The value as a number; `None` for null and text. True counts 1.
    pub fn number(self) -> Option<f64> {
        match self {
            Value::Bool(value) => Some(f64::from(u8::from(value))),
            Value::Integer(value) => Some(value as f64),
            Value::Real(value) => Some(value),
            Value::Null | Value::Text(_) => None,
        }
    }

    /// The value as a person would write it; empty for null. A whole float has no decimal point, as a key must not.
    pub fn display(self) -> String {
        match self {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Integer(value) => value.to_string(),
            Value::Real(value) => value.to_string(),
            Value::Text(value) => value.to_owned(),
        }
    }
}

/// The values of a column, one type each; the value under a null is a placeholder.
#[derive(Clone, Debug, PartialEq)]
enum Values {
    Bool(Vec<bool>),
    Integer(Vec<i64>),
    Real(Vec<f64>),
    Text(Text),
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// True and false.
    Bool,
    /// Whole numbers of 64 bits.
    Integer,
    /// Floating-point numbers of 64 bits.
    Real,
    /// UTF-8 text.
    Text,
}

impl ColumnType {
    /// The name that `comarca info` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Integer => "integer",
            Self::Real => "number",
            Self::Text => "text",
        }
    }
}

/// A named attribute of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    name: String,
    values: Values,
    valid: Vec<bool>,
}

impl Column {
    /// Builds a column from its values; see [`ColumnBuilder`] for how the type is found.
    pub fn new<'a>(name: &str, values: impl IntoIterator<Item = Value<'a>>) -> Self {
        let mut column = ColumnBuilder::new(name);
        values.into_iter().for_each(|value| column.push(value));
        column.build()
    }

    /// Name in the source.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The same column under another name.
    #[must_use]
    pub fn renamed(self, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            ..self
        }
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.valid.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.valid.is_empty()
    }

    /// Type of the values.
    pub fn column_type(&self) -> ColumnType {
        match self.values {
            Values::Bool(_) => ColumnType::Bool,
            Values::Integer(_) => ColumnType::Integer,
            Values::Real(_) => ColumnType::Real,
            Values::Text(_) => ColumnType::Text,
        }
    }

    /// The value at `row`.
    pub fn value(&self, row: usize) -> Value<'_> {
        if !self.valid[row] {
            return Value::Null;
        }
        match &self.values {
            Values::Bool(values) => Value::Bool(values[row]),
            Values::Integer(values) => Value::Integer(values[row]),
            Values::Real(values) => Value::Real(values[row]),
            Values::Text(values) => Value::Text(values.value(row)),
        }
    }

    /// The first value that is not null.
    fn first_value(&self) -> Value<'_> {
        let first = self.valid.iter().position(|valid| *valid);
        first.map_or(Value::Null, |row| self.value(row))
    }

    /// The number at `row`; `None` for null, text and NaN.
    pub fn number(&self, row: usize) -> Option<f64> {
        self.value(row).number().filter(|number| !number.is_nan())
    }

    /// All values as text, empty for nulls, where the column is of text.
    pub fn texts(&self) -> Option<&Text> {
        match &self.values {
            Values::Text(values) => Some(values),
            _ => None,
        }
    }

    /// Number of nulls.
    pub fn null_count(&self) -> usize {
        self.valid.iter().filter(|valid| !**valid).count()
    }

    /// About how many bytes the values take.
    pub(crate) fn bytes(&self) -> usize {
        let values = match &self.values {
            Values::Bool(values) => values.len(),
            Values::Integer(values) => 8 * values.len(),
            Values::Real(values) => 8 * values.len(),
            Values::Text(values) => 8 * values.ends.len() + values.bytes.len(),
        };
        values + self.valid.len()
    }

    /// The column with nulls where `is_missing`.
    #[must_use]
    pub fn without(&self, is_missing: impl Fn(usize) -> bool) -> Self {
        let valid = self.valid.iter().enumerate();
        Self {
            valid: valid
                .map(|(row, valid)| *valid && !is_missing(row))
                .collect(),
            ..self.clone()
        }
    }

    /// The column with only `rows`, in that order.
    #[must_use]
    pub fn select(&self, rows: &[u32]) -> Self {
        let pick = |row: &u32| *row as usize;
        let values = match &self.values {
            Values::Bool(values) => {
                Values::Bool(rows.iter().map(|row| values[pick(row)]).collect())
            }
            Values::Integer(values) => {
                Values::Integer(rows.iter().map(|row| values[pick(row)]).collect())
            }
            Values::Real(values) => {
                Values::Real(rows.iter().map(|row| values[pick(row)]).collect())
            }
            Values::Text(values) => {
                Values::Text(rows.iter().map(|row| values.value(pick(row))).collect())
            }
        };
        Self {
            name: self.name.clone(),
            values,
            valid: rows.iter().map(|row| self.valid[pick(row)]).collect(),
        }
    }
}

/// Grows a column value by value and finds its type: the narrowest of boolean, integer, number and text that holds
/// every value unchanged. Integers beside numbers become numbers; anything beside text becomes text.
#[derive(Debug)]
pub struct ColumnBuilder {
    name: String,
    values: Option<Values>,
    valid: Vec<bool>,
}

impl ColumnBuilder {
    /// An empty column.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: None,
            valid: vec![],
        }
    }

    /// An empty column that has a type before its first value, as a file with a schema gives it. It is widened all the
    /// same where a value does not fit.
    pub fn of_type(name: &str, column_type: Option<ColumnType>) -> Self {
        let empty = |column_type| match column_type {
            ColumnType::Bool => Values::Bool(vec![]),
            ColumnType::Integer => Values::Integer(vec![]),
            ColumnType::Real => Values::Real(vec![]),
            ColumnType::Text => Values::Text(Text::default()),
        };
        Self {
            values: column_type.map(empty),
            ..Self::new(name)
        }
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.valid.len()
    }

    /// Whether no value was added.
    pub fn is_empty(&self) -> bool {
        self.valid.is_empty()
    }

    /// Appends nulls until the column has `len` rows.
    pub fn fill(&mut self, len: usize) {
        while self.valid.len() < len {
            self.push(Value::Null);
        }
    }

    /// Appends a value, widening the type where it must.
    pub fn push(&mut self, value: Value<'_>) {
        // Nearly every value is of the type that the column has, which then need not be taken out and put back.
        let fits = matches!(
            (&self.values, value),
            (_, Value::Null)
                | (Some(Values::Integer(_)), Value::Integer(_))
                | (Some(Values::Real(_)), Value::Real(_))
                | (Some(Values::Text(_)), Value::Text(_))
                | (Some(Values::Bool(_)), Value::Bool(_))
        );
        if !fits {
            self.widen_for(value);
        }
        match (&mut self.values, value) {
            (Some(Values::Bool(values)), value) => values.push(value == Value::Bool(true)),
            (Some(Values::Integer(values)), Value::Integer(value)) => values.push(value),
            (Some(Values::Integer(values)), _) => values.push(0),
            (Some(Values::Real(values)), value) => values.push(value.number().unwrap_or(0.0)),
            (Some(Values::Text(values)), Value::Text(value)) => values.push(value),
            (Some(Values::Text(values)), value) => values.push(&value.display()),
            (None, _) => {}
        }
        self.valid.push(!matches!(value, Value::Null));
    }

    /// Appends all values of `column`, widening the type where it must. Cost O(1) a value where the types agree.
    pub fn extend_from(&mut self, column: &Column) {
        if column.null_count() == column.len() {
            return self.fill(self.len() + column.len());
        }
        if self.values.is_none() {
            self.widen_for(column.first_value());
        }
        match (&mut self.values, &column.values) {
            (Some(Values::Bool(values)), Values::Bool(more)) => values.extend_from_slice(more),
            (Some(Values::Integer(values)), Values::Integer(more)) => {
                values.extend_from_slice(more);
            }
            (Some(Values::Real(values)), Values::Real(more)) => values.extend_from_slice(more),
            (Some(Values::Text(values)), Values::Text(more)) => values.extend_from(more),
            _ => return (0..column.len()).for_each(|row| self.push(column.value(row))),
        }
        self.valid.extend_from_slice(&column.valid);
    }

    /// The finished column; one without any value is text.
    pub fn build(self) -> Column {
        let values = self
            .values
            .unwrap_or_else(|| Values::Text(self.valid.iter().map(|_| "").collect()));
        Column {
            name: self.name,
            values,
            valid: self.valid,
        }
    }

    fn widen_for(&mut self, value: Value<'_>) {
        let rows = self.valid.len();
        let widened = match (self.values.take(), value) {
            (None, Value::Bool(_)) => Values::Bool(vec![false; rows]),
            (None, Value::Integer(_)) => Values::Integer(vec![0; rows]),
            (None, Value::Real(_)) => Values::Real(vec![0.0; rows]),
            (None, _) => Values::Text((0..rows).map(|_| "").collect()),
            (Some(Values::Integer(values)), Value::Real(_)) => {
                Values::Real(values.iter().map(|&value| value as f64).collect())
            }
            (Some(values @ Values::Text(_)), _)
            | (Some(values @ Values::Bool(_)), Value::Bool(_))
            | (Some(values @ Values::Integer(_)), Value::Integer(_))
            | (Some(values @ Values::Real(_)), Value::Real(_) | Value::Integer(_)) => values,
            (Some(values), _) => Values::Text(self.as_text(values)),
        };
        self.values = Some(widened);
    }

    fn as_text(&self, values: Values) -> Text {
        let column = Column {
            name: String::new(),
            values,
            valid: self.valid.clone(),
        };
        (0..column.len())
            .map(|row| column.value(row).display())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_takes_the_narrowest_type_that_holds_all() {
        let kind = |values: &[Value]| Column::new("c", values.iter().copied()).column_type();
        assert_eq!(kind(&[Value::Null, Value::Integer(1)]), ColumnType::Integer);
        assert_eq!(
            kind(&[Value::Integer(1), Value::Real(0.5)]),
            ColumnType::Real
        );
        assert_eq!(
            kind(&[Value::Bool(true), Value::Integer(1)]),
            ColumnType::Text
        );
        assert_eq!(kind(&[]), ColumnType::Text);
    }

    #[test]
    fn a_type_that_is_known_beforehand_stays_without_values_and_widens_with_others() {
        let mut column = ColumnBuilder::of_type("c", Some(ColumnType::Integer));
        column.fill(2);
        assert_eq!(column.build().column_type(), ColumnType::Integer);
        let mut column = ColumnBuilder::of_type("c", Some(ColumnType::Integer));
        column.push(Value::Real(0.5));
        assert_eq!(column.build().value(0), Value::Real(0.5));
    }

    #[test]
    fn widening_keeps_values_and_nulls() {
        let column = Column::new(
            "c",
            [
                Value::Integer(7),
                Value::Null,
                Value::Text("x"),
                Value::Real(1.5),
            ],
        );
        let read: Vec<_> = (0..4).map(|row| column.value(row)).collect();
        assert_eq!(
            read,
            [
                Value::Text("7"),
                Value::Null,
                Value::Text("x"),
                Value::Text("1.5")
            ]
        );
        assert_eq!(column.null_count(), 1);
        assert_eq!(column.select(&[2, 1]).value(1), Value::Null);
    }
}
