//! The attributes of a feature: column number and value, one after the other.

use ::flatgeobuf::{Column, ColumnType};
use comarca_engine::Value;
use flatbuffers::{ForwardsUOffset, Vector};

use crate::problem::{Problem, Problems};
use crate::source::table::Table;

/// The columns that a header (or a feature) describes.
pub(super) struct Schema {
    columns: Vec<(ColumnType, usize)>,
}

const CUT: &str = "they break off";

impl Schema {
    /// Adds the columns to `table`.
    pub(super) fn new(
        columns: Option<Vector<'_, ForwardsUOffset<Column<'_>>>>,
        table: &mut Table,
        problems: &mut Problems,
    ) -> Self {
        let add = |column: Column| {
            if column.type_() == ColumnType::Binary {
                problems
                    .add(Problem::notice("binary columns are not read").in_column(column.name()));
            }
            (column.type_(), table.column(column.name()))
        };
        Self {
            columns: columns.into_iter().flatten().map(add).collect(),
        }
    }

    /// Sets the cells of the current row.
    pub(super) fn read(&self, mut bytes: &[u8], table: &mut Table) -> Result<(), &'static str> {
        while !bytes.is_empty() {
            let number = usize::from(u16::from_le_bytes(take(&mut bytes)?));
            let (kind, column) = *self
                .columns
                .get(number)
                .ok_or("they name a column that is not there")?;
            match kind {
                ColumnType::String | ColumnType::Json | ColumnType::DateTime => {
                    table.set(
                        column,
                        Value::Text(&String::from_utf8_lossy(blob(&mut bytes)?)),
                    );
                }
                ColumnType::Binary => {
                    blob(&mut bytes)?;
                }
                _ => table.set(column, number_of(kind, &mut bytes)?),
            }
        }
        Ok(())
    }
}

fn number_of(kind: ColumnType, bytes: &mut &[u8]) -> Result<Value<'static>, &'static str> {
    Ok(match kind {
        ColumnType::Byte => Value::Integer(i8::from_le_bytes(take(bytes)?).into()),
        ColumnType::UByte => Value::Integer(u8::from_le_bytes(take(bytes)?).into()),
        ColumnType::Bool => Value::Bool(u8::from_le_bytes(take(bytes)?) != 0),
        ColumnType::Short => Value::Integer(i16::from_le_bytes(take(bytes)?).into()),
        ColumnType::UShort => Value::Integer(u16::from_le_bytes(take(bytes)?).into()),
        ColumnType::Int => Value::Integer(i32::from_le_bytes(take(bytes)?).into()),
        ColumnType::UInt => Value::Integer(u32::from_le_bytes(take(bytes)?).into()),
        ColumnType::Long => Value::Integer(i64::from_le_bytes(take(bytes)?)),
        ColumnType::ULong => {
            let value = u64::from_le_bytes(take(bytes)?);
            i64::try_from(value).map_or(Value::Real(value as f64), Value::Integer)
        }
        ColumnType::Float => Value::Real(f32::from_le_bytes(take(bytes)?).into()),
        ColumnType::Double => Value::Real(f64::from_le_bytes(take(bytes)?)),
        _ => return Err("they have a type that is not known"),
    })
}

/// Bytes with their number before them.
fn blob<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8], &'static str> {
    let length = u32::from_le_bytes(take(bytes)?) as usize;
    let (blob, rest) = bytes.split_at_checked(length).ok_or(CUT)?;
    *bytes = rest;
    Ok(blob)
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N], &'static str> {
    let (taken, rest) = bytes.split_first_chunk().ok_or(CUT)?;
    *bytes = rest;
    Ok(*taken)
}
