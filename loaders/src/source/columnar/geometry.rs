//! Arrow arrays of geometries → drafted geometries: WKB, WKT and the native encodings of `GeoArrow`.
//!
//! Source: `GeoArrow` 0.2, "Memory layout"; `GeoParquet` 1.1.0, "Encoding".

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use arrow_array::{Array, OffsetSizeTrait};
use arrow_schema::DataType;
use comarca_engine::GeometryType;

use super::super::draft::Draft;
use super::super::{wkb, wkt};
use super::allowance::{Allowance, TooMuch};
use super::cells::view;

/// How a column holds geometries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Encoding {
    Wkb,
    Wkt,
    /// Nested lists of coordinates: the type of the geometries and whether they are multi-geometries.
    Native(GeometryType, bool),
}

impl Encoding {
    /// The encoding that `GeoParquet` or `GeoArrow` calls `name`.
    pub(in crate::source) fn named(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let name = ["geoarrow.", "ogc."]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(&name);
        Some(match name {
            "wkb" => Self::Wkb,
            "wkt" => Self::Wkt,
            "point" => Self::Native(GeometryType::Point, false),
            "multipoint" => Self::Native(GeometryType::Point, true),
            "linestring" => Self::Native(GeometryType::Line, false),
            "multilinestring" => Self::Native(GeometryType::Line, true),
            "polygon" => Self::Native(GeometryType::Polygon, false),
            "multipolygon" => Self::Native(GeometryType::Polygon, true),
            _ => return None,
        })
    }
}

/// Why a geometry is not read.
pub(super) enum Refused {
    Bad(&'static str),
    TooMuch,
}

impl From<&'static str> for Refused {
    fn from(why: &'static str) -> Self {
        Self::Bad(why)
    }
}

impl From<TooMuch> for Refused {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

/// Drafts the geometry at a row.
pub(super) type Drafter<'a> = Box<dyn Fn(usize, &mut Draft) -> Result<(), Refused> + 'a>;

/// Drafts the geometries of `array`; `None` where its type is not one of the encoding.
pub(super) fn drafter<'a>(
    array: &'a dyn Array,
    encoding: Encoding,
    allowance: &'a Allowance,
) -> Option<Drafter<'a>> {
    match encoding {
        Encoding::Wkb | Encoding::Wkt => {
            let bytes = bytes(array)?;
            Some(Box::new(move |row, draft| {
                let Some(bytes) = bytes(row).filter(|_| array.is_valid(row)) else {
                    return Ok(());
                };
                // Any number of rows may share one value, as views and dictionaries do.
                allowance.spend_bytes(bytes.len() as u64)?;
                if encoding == Encoding::Wkb {
                    Ok(wkb::read(bytes, draft)?)
                } else {
                    let text = std::str::from_utf8(bytes).ok().ok_or("it is not UTF-8")?;
                    Ok(wkt::read(text, draft)?)
                }
            }))
        }
        Encoding::Native(kind, multi) => native(array, kind, multi),
    }
}

/// The bytes at a row.
type Bytes<'a> = Box<dyn Fn(usize) -> Option<&'a [u8]> + 'a>;

/// Reads the bytes at a row.
fn bytes(array: &dyn Array) -> Option<Bytes<'_>> {
    macro_rules! values {
        ($values:expr) => {{
            let values = $values;
            Box::new(move |row| Some(AsRef::<[u8]>::as_ref(values.value(row))))
        }};
    }
    Some(match array.data_type() {
        DataType::Binary => values!(array.as_binary::<i32>()),
        DataType::LargeBinary => values!(array.as_binary::<i64>()),
        DataType::Utf8 => values!(array.as_string::<i32>()),
        DataType::LargeUtf8 => values!(array.as_string::<i64>()),
        DataType::BinaryView => {
            let values = array.as_binary_view();
            Box::new(move |row| view(values, row))
        }
        DataType::Utf8View => {
            let values = array.as_string_view();
            Box::new(move |row| view(values, row))
        }
        _ => return None,
    })
}

/// Members of a list at a row.
type Members<'a> = Box<dyn Fn(usize) -> Range<usize> + 'a>;

/// Lists within lists, outermost first, and the coordinates within the innermost.
struct Native<'a> {
    lists: Vec<Members<'a>>,
    coordinates: Coordinates<'a>,
}

fn native(array: &dyn Array, kind: GeometryType, multi: bool) -> Option<Drafter<'_>> {
    let depth = match kind {
        GeometryType::Polygon => 2,
        GeometryType::Line => 1,
        _ => 0,
    } + usize::from(multi);
    let mut lists = vec![];
    let mut inner = array;
    for _ in 0..depth {
        let (members, values) = list(inner)?;
        lists.push(members);
        inner = values;
    }
    let native = Native {
        lists,
        coordinates: Coordinates::new(inner)?,
    };
    Some(Box::new(move |row, draft| {
        if array.is_valid(row) {
            native.geometry(row, kind, multi, draft);
        }
        Ok(())
    }))
}

fn list(array: &dyn Array) -> Option<(Members<'_>, &dyn Array)> {
    fn of<O: OffsetSizeTrait>(array: &dyn Array) -> (Members<'_>, &dyn Array) {
        let list = array.as_list::<O>();
        let offsets = list.value_offsets();
        let members = move |row: usize| offsets[row].as_usize()..offsets[row + 1].as_usize();
        (Box::new(members), list.values().as_ref())
    }
    match array.data_type() {
        DataType::List(_) => Some(of::<i32>(array)),
        DataType::LargeList(_) => Some(of::<i64>(array)),
        _ => None,
    }
}

impl Native<'_> {
    fn geometry(&self, row: usize, kind: GeometryType, multi: bool, draft: &mut Draft) {
        draft.kind(kind);
        if self.coordinates.more {
            draft.drop_dimensions();
        }
        if multi {
            draft.multi();
            (self.lists[0])(row).for_each(|part| self.part(part, 1, kind, draft));
        } else {
            self.part(row, 0, kind, draft);
        }
    }

    fn part(&self, part: usize, level: usize, kind: GeometryType, draft: &mut Draft) {
        match kind {
            GeometryType::Polygon => (self.lists[level])(part)
                .for_each(|ring| self.ring((self.lists[level + 1])(ring), draft)),
            GeometryType::Line => self.ring((self.lists[level])(part), draft),
            // A point of NaN is an empty one.
            _ => {
                let [x, y] = self.coordinates.at(part);
                if !(x.is_nan() && y.is_nan()) {
                    draft.point(x, y);
                }
                return;
            }
        }
        draft.end_part();
    }

    fn ring(&self, range: Range<usize>, draft: &mut Draft) {
        for at in range {
            let [x, y] = self.coordinates.at(at);
            draft.coordinate(x, y);
        }
        draft.end_ring();
    }
}

/// Coordinates, separated (a struct of x, y and perhaps more) or interleaved (a list of two to four numbers each).
struct Coordinates<'a> {
    x: &'a [f64],
    y: &'a [f64],
    /// Numbers from one position to the next.
    step: usize,
    /// Whether there are heights or measures too.
    more: bool,
}

impl<'a> Coordinates<'a> {
    fn new(array: &'a dyn Array) -> Option<Self> {
        match array.data_type() {
            DataType::Struct(fields) => {
                let values = array.as_struct();
                let axis = |name| floats(values.column_by_name(name)?.as_ref());
                Some(Self {
                    x: axis("x")?,
                    y: axis("y")?,
                    step: 1,
                    more: fields.len() > 2,
                })
            }
            DataType::FixedSizeList(_, size @ 2..=4) => {
                let values = floats(array.as_fixed_size_list().values().as_ref())?;
                Some(Self {
                    x: values,
                    y: values.get(1..).unwrap_or_default(),
                    step: usize::try_from(*size).ok()?,
                    more: *size > 2,
                })
            }
            _ => None,
        }
    }

    /// NaN where there is none.
    fn at(&self, index: usize) -> [f64; 2] {
        let at = |axis: &[f64]| axis.get(index * self.step).copied().unwrap_or(f64::NAN);
        [at(self.x), at(self.y)]
    }
}

fn floats(array: &dyn Array) -> Option<&[f64]> {
    Some(array.as_primitive_opt::<Float64Type>()?.values())
}
