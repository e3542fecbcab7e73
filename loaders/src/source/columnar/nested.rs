//! Lists, structs and maps as JSON text.

use std::ops::Range;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;

use super::allowance::{Allowance, TooMuch};
use super::cells::{Cell, Reader, hexadecimal, reader as reader_of, valid};

/// Reads the values of a fixed-size list, a struct or a map.
pub(super) fn reader<'a>(array: &'a dyn Array, allowance: &'a Allowance) -> Option<Reader<'a>> {
    match array.data_type() {
        DataType::FixedSizeList(..) => {
            let list = array.as_fixed_size_list();
            let value = reader_of(list.values().as_ref(), allowance)?;
            let size = usize::try_from(list.value_length()).ok()?;
            let members =
                move |row: usize| self::array(row * size..(row + 1) * size, &value, allowance);
            Some(valid(array, members))
        }
        DataType::Struct(_) => structs(array, allowance),
        DataType::Map(..) => maps(array, allowance),
        _ => None,
    }
}

/// `[1,2,null]` of the rows `range` of a child.
pub(super) fn array<'a>(
    range: Range<usize>,
    value: &Reader<'a>,
    allowance: &Allowance,
) -> Cell<'a> {
    let mut json = Json::new('[', allowance);
    let written = range
        .into_iter()
        .try_for_each(|row| json.member(None, &value(row)));
    json.end(']', written)
}

/// `{"a":1,"b":null}`
fn structs<'a>(array: &'a dyn Array, allowance: &'a Allowance) -> Option<Reader<'a>> {
    let values = array.as_struct();
    let fields: Option<Vec<(&str, Reader<'a>)>> = values
        .column_names()
        .into_iter()
        .zip(values.columns())
        .map(|(name, column)| Some((name, reader_of(column.as_ref(), allowance)?)))
        .collect();
    let fields = fields?;
    Some(valid(array, move |row| {
        let mut json = Json::new('{', allowance);
        let mut fields = fields.iter();
        let written = fields.try_for_each(|(name, value)| json.member(Some(name), &value(row)));
        json.end('}', written)
    }))
}

/// `{"key":value}`; keys are written as text, as JSON demands.
fn maps<'a>(array: &'a dyn Array, allowance: &'a Allowance) -> Option<Reader<'a>> {
    let map = array.as_map();
    let key = reader_of(map.keys().as_ref(), allowance)?;
    let value = reader_of(map.values().as_ref(), allowance)?;
    let offsets = map.value_offsets();
    Some(valid(array, move |row| {
        let mut json = Json::new('{', allowance);
        let range = usize::try_from(offsets[row]).unwrap_or(0)
            ..usize::try_from(offsets[row + 1]).unwrap_or(0);
        let written = range.into_iter().try_for_each(|entry| {
            let name = plain(&key(entry));
            json.member(Some(&name), &value(entry))
        });
        json.end('}', written)
    }))
}

/// JSON text while it is written. Its growth is taken from the allowance member by member, because members may be far
/// longer than the file that they come from.
struct Json<'a> {
    text: String,
    allowance: &'a Allowance,
}

impl<'a> Json<'a> {
    fn new(open: char, allowance: &'a Allowance) -> Self {
        Self {
            text: open.to_string(),
            allowance,
        }
    }

    fn member(&mut self, name: Option<&str>, value: &Cell<'_>) -> Result<(), TooMuch> {
        let start = self.text.len();
        if start > 1 {
            self.text.push(',');
        }
        if let Some(name) = name {
            self.text.push_str(&quoted(name));
            self.text.push(':');
        }
        match value {
            Cell::TooMuch => return Err(TooMuch),
            Cell::Null | Cell::Unreadable(_) => self.text.push_str("null"),
            Cell::Real(value) if !value.is_finite() => self.text.push_str("null"),
            Cell::Text(_) | Cell::Made(_) | Cell::NotText(_) | Cell::Bytes(_) => {
                self.text.push_str(&quoted(&plain(value)));
            }
            value => self.text.push_str(&plain(value)),
        }
        self.allowance.spend_bytes((self.text.len() - start) as u64)
    }

    fn end<'b>(mut self, close: char, written: Result<(), TooMuch>) -> Cell<'b> {
        self.text.push(close);
        written.map_or_else(Cell::from, |()| Cell::Json(self.text))
    }
}

/// A cell as text, without quotation marks.
fn plain(cell: &Cell<'_>) -> String {
    match cell {
        Cell::Null | Cell::Unreadable(_) | Cell::TooMuch => String::new(),
        Cell::Bool(value) => value.to_string(),
        Cell::Integer(value) => value.to_string(),
        Cell::Unsigned(value) => value.to_string(),
        Cell::Real(value) => value.to_string(),
        Cell::Text(text) => (*text).to_owned(),
        Cell::Made(text) | Cell::Json(text) => text.clone(),
        Cell::NotText(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Cell::Bytes(bytes) => hexadecimal(bytes),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
