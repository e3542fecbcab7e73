//! Arrow arrays of any type → cells of a column.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowDictionaryKeyType, ArrowPrimitiveType, ByteViewType, Date32Type, Date64Type,
    Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, RunEndIndexType,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, GenericByteViewArray, OffsetSizeTrait, PrimitiveArray};
use arrow_schema::DataType;
use comarca_engine::ColumnType;

use super::allowance::{Allowance, TooMuch};
use super::{nested, time};

/// One value of an array.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// Beyond what an integer column holds.
    Unsigned(u64),
    Real(f64),
    Text(&'a str),
    /// Text that is made from the value.
    Made(String),
    /// JSON text of a list, a struct or a map.
    Json(String),
    /// Bytes that should be text and are not UTF-8.
    NotText(&'a [u8]),
    /// Bytes, which are given as hexadecimal text.
    Bytes(&'a [u8]),
    /// A value that makes no sense, and why.
    Unreadable(&'static str),
    /// Nothing more may be unpacked.
    TooMuch,
}

/// Reads the value at a row; the downcast is done once per array.
pub(super) type Reader<'a> = Box<dyn Fn(usize) -> Cell<'a> + 'a>;

/// Reads the values of `array`; `None` where its type cannot be read.
#[rustfmt::skip]
pub(super) fn reader<'a>(array: &'a dyn Array, allowance: &'a Allowance) -> Option<Reader<'a>> {
    use DataType as T;
    Some(match array.data_type() {
        T::Null => Box::new(|_| Cell::Null),
        T::Boolean => { let values = array.as_boolean(); valid(array, move |row| Cell::Bool(values.value(row))) }
        T::Int8 => integers::<Int8Type>(array),
        T::Int16 => integers::<Int16Type>(array),
        T::Int32 => integers::<Int32Type>(array),
        T::Int64 => integers::<Int64Type>(array),
        T::UInt8 => integers::<UInt8Type>(array),
        T::UInt16 => integers::<UInt16Type>(array),
        T::UInt32 => integers::<UInt32Type>(array),
        T::UInt64 => primitive::<UInt64Type>(array, |value| i64::try_from(value).map_or(Cell::Unsigned(value), Cell::Integer)),
        T::Float16 => primitive::<Float16Type>(array, |value| Cell::Real(value.to_f64())),
        T::Float32 => primitive::<Float32Type>(array, |value| Cell::Real(value.into())),
        T::Float64 => primitive::<Float64Type>(array, Cell::Real),
        T::Decimal32(..) => decimals::<Decimal32Type>(array),
        T::Decimal64(..) => decimals::<Decimal64Type>(array),
        T::Decimal128(..) => decimals::<Decimal128Type>(array),
        T::Decimal256(..) => decimals::<Decimal256Type>(array),
        T::Date32 => primitive::<Date32Type>(array, |days| time::made(time::date(days.into()))),
        T::Date64 => primitive::<Date64Type>(array, |ms| time::made(time::date(ms.div_euclid(86_400_000)))),
        T::Timestamp(..) | T::Time32(_) | T::Time64(_) | T::Duration(_) | T::Interval(_) => time::reader(array)?,
        T::Utf8 => { let values = array.as_string::<i32>(); valid(array, move |row| Cell::Text(values.value(row))) }
        T::LargeUtf8 => { let values = array.as_string::<i64>(); valid(array, move |row| Cell::Text(values.value(row))) }
        T::Utf8View => views(array, array.as_string_view(), text),
        T::BinaryView => views(array, array.as_binary_view(), Cell::Bytes),
        T::Binary => { let values = array.as_binary::<i32>(); valid(array, move |row| Cell::Bytes(values.value(row))) }
        T::LargeBinary => { let values = array.as_binary::<i64>(); valid(array, move |row| Cell::Bytes(values.value(row))) }
        T::FixedSizeBinary(_) => { let values = array.as_fixed_size_binary(); valid(array, move |row| Cell::Bytes(values.value(row))) }
        T::Dictionary(keys, _) => match keys.as_ref() {
            T::Int8 => dictionary::<Int8Type>(array, allowance)?,
            T::Int16 => dictionary::<Int16Type>(array, allowance)?,
            T::Int32 => dictionary::<Int32Type>(array, allowance)?,
            T::Int64 => dictionary::<Int64Type>(array, allowance)?,
            T::UInt8 => dictionary::<UInt8Type>(array, allowance)?,
            T::UInt16 => dictionary::<UInt16Type>(array, allowance)?,
            T::UInt32 => dictionary::<UInt32Type>(array, allowance)?,
            _ => dictionary::<UInt64Type>(array, allowance)?,
        },
        T::RunEndEncoded(ends, _) => match ends.data_type() {
            T::Int16 => runs::<Int16Type>(array, allowance)?,
            T::Int32 => runs::<Int32Type>(array, allowance)?,
            _ => runs::<Int64Type>(array, allowance)?,
        },
        T::List(_) => list::<i32>(array, allowance)?,
        T::LargeList(_) => list::<i64>(array, allowance)?,
        T::FixedSizeList(..) | T::Struct(_) | T::Map(..) => nested::reader(array, allowance)?,
        T::ListView(_) | T::LargeListView(_) | T::Union(..) => return None,
    })
}

/// The type of the column that holds values of `kind`, where it is known beforehand.
pub(super) fn column_type(kind: &DataType) -> Option<ColumnType> {
    match kind {
        DataType::Boolean => Some(ColumnType::Bool),
        kind if kind.is_integer() => Some(ColumnType::Integer),
        kind if kind.is_floating() => Some(ColumnType::Real),
        // Decimals without decimals are integers as far as they fit.
        kind if kind.is_decimal() => None,
        DataType::Dictionary(_, values) => column_type(values),
        DataType::RunEndEncoded(_, values) => column_type(values.data_type()),
        _ => Some(ColumnType::Text),
    }
}

/// The bytes of a value of a view array. Text that comes out of Parquet is not always checked to be UTF-8 (JSON is
/// not, in version 60 of its crate), so it is taken as bytes.
///
/// Source: Arrow columnar format, "Variable-size Binary View Layout": length, then either up to 12 bytes of the value,
/// or four of them, the number of a buffer and an offset.
pub(super) fn view<T: ByteViewType + ?Sized>(
    values: &GenericByteViewArray<T>,
    row: usize,
) -> Option<&[u8]> {
    let view = values
        .views()
        .inner()
        .as_slice()
        .get(row * 16..row * 16 + 16)?;
    let word = |at: usize| -> Option<usize> {
        let word = i32::from_le_bytes(*view.get(at..)?.first_chunk()?);
        usize::try_from(word).ok()
    };
    let length = word(0)?;
    if length <= 12 {
        return view.get(4..4 + length);
    }
    let (buffer, start) = (values.data_buffers().get(word(8)?)?, word(12)?);
    buffer.as_slice().get(start..)?.get(..length)
}

/// Null where `array` is null, else what `value` says.
pub(super) fn valid<'a>(
    array: &'a dyn Array,
    value: impl Fn(usize) -> Cell<'a> + 'a,
) -> Reader<'a> {
    match array.nulls() {
        None => Box::new(value),
        Some(nulls) => Box::new(move |row| {
            if nulls.is_null(row) {
                Cell::Null
            } else {
                value(row)
            }
        }),
    }
}

pub(super) fn primitive<T: ArrowPrimitiveType>(
    array: &dyn Array,
    cell: impl Fn(T::Native) -> Cell<'static> + 'static,
) -> Reader<'_> {
    let values: &PrimitiveArray<T> = array.as_primitive();
    let values = values.values();
    valid(array, move |row| cell(values[row]))
}

fn integers<T: ArrowPrimitiveType>(array: &dyn Array) -> Reader<'_>
where
    T::Native: Into<i64>,
{
    primitive::<T>(array, |value| Cell::Integer(value.into()))
}

/// A decimal as an integer where it is one, else as the nearest number.
fn decimals<T: DecimalType + ArrowPrimitiveType>(array: &dyn Array) -> Reader<'_> {
    let values: &PrimitiveArray<T> = array.as_primitive();
    let scale = values.scale();
    valid(array, move |row| {
        let text = values.value_as_string(row);
        match text.parse() {
            Ok(integer) if scale <= 0 => Cell::Integer(integer),
            _ => fast_float2::parse(&text)
                .map_or(Cell::Unreadable("the decimal is not a number"), Cell::Real),
        }
    })
}

fn views<'a, T: ByteViewType + ?Sized>(
    array: &'a dyn Array,
    values: &'a GenericByteViewArray<T>,
    cell: fn(&'a [u8]) -> Cell<'a>,
) -> Reader<'a> {
    valid(array, move |row| {
        view(values, row).map_or(Cell::Unreadable("the value is not in the file"), cell)
    })
}

fn text(bytes: &[u8]) -> Cell<'_> {
    std::str::from_utf8(bytes).map_or(Cell::NotText(bytes), Cell::Text)
}

fn dictionary<'a, K: ArrowDictionaryKeyType>(
    array: &'a dyn Array,
    allowance: &'a Allowance,
) -> Option<Reader<'a>> {
    let dictionary = array.as_dictionary::<K>();
    let value = reader(dictionary.values().as_ref(), allowance)?;
    Some(valid(array, move |row| {
        dictionary.key(row).map_or(Cell::Null, &value)
    }))
}

fn runs<'a, E: RunEndIndexType>(
    array: &'a dyn Array,
    allowance: &'a Allowance,
) -> Option<Reader<'a>> {
    let runs = array.as_run_opt::<E>()?;
    let value = reader(runs.values().as_ref(), allowance)?;
    Some(Box::new(move |row| value(runs.get_physical_index(row))))
}

fn list<'a, O: OffsetSizeTrait>(
    array: &'a dyn Array,
    allowance: &'a Allowance,
) -> Option<Reader<'a>> {
    let list = array.as_list::<O>();
    let value = reader(list.values().as_ref(), allowance)?;
    let offsets = list.value_offsets();
    Some(valid(array, move |row| {
        let range = offsets[row].as_usize()..offsets[row + 1].as_usize();
        nested::array(range, &value, allowance)
    }))
}

/// Bytes as hexadecimal text.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits =
        |byte: &u8| [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]));
    bytes.iter().flat_map(digits).collect()
}

impl From<TooMuch> for Cell<'_> {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}
