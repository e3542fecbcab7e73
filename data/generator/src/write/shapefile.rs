//! ESRI Shapefile: geometry, index, dBASE table, projection and code page.

use std::io::{Result as IoResult, Write};
use std::path::Path;

use geo_types::Coord;
use shapefile::{Point, Polygon, ShapeWriter};

use super::csv::Encoding;
use super::{create, to_file};
use crate::{Crs, Error, Features, Shapes, Value, Values};

/// The encoding of the text columns, named in the `.cpg` file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// `UTF-8`.
    Utf8,
    /// `ISO-8859-1`.
    Latin1,
}

/// The date in the table's header. Not today's: same input, same bytes.
const UPDATED_YMD: [u8; 3] = [126, 9, 30];
/// The longest text of a dBASE field, in bytes.
const TEXT_MAX: usize = 254;

pub(super) fn write(layer: &Features, encoding: TextEncoding, path: &Path) -> Result<(), Error> {
    let (name, codes) = match encoding {
        TextEncoding::Utf8 => ("UTF-8", Encoding::Utf8),
        TextEncoding::Latin1 => ("ISO-8859-1", Encoding::Latin1),
    };
    let fields = fields(layer, codes)?;
    write_shapes(layer, path)?;
    to_file(&path.with_extension("dbf"), |out| {
        write_table(layer, &fields, codes, out)
    })?;
    to_file(&path.with_extension("prj"), |out| {
        out.write_all(wkt(layer.crs).as_bytes())
    })?;
    to_file(&path.with_extension("cpg"), |out| {
        out.write_all(name.as_bytes())
    })
}

fn write_shapes(layer: &Features, path: &Path) -> Result<(), Error> {
    let mut writer = ShapeWriter::with_shx(create(path)?, create(&path.with_extension("shx"))?);
    match &layer.shapes {
        Shapes::Points(points) => points
            .iter()
            .try_for_each(|&c| writer.write_shape(&point(c)))?,
        Shapes::Polygons(polygons) => {
            polygons
                .iter()
                .try_for_each(|p| writer.write_shape(&Polygon::from(p.clone())))?;
        }
        Shapes::None => return Err(unwritable(layer, "it has no shapes".to_owned())),
    }
    Ok(writer.finalize()?)
}

fn point(c: Coord) -> Point {
    Point::new(c.x, c.y)
}

fn unwritable(layer: &Features, reason: String) -> Error {
    Error::Unwritable {
        format: "Shapefile",
        layer: layer.name.clone(),
        reason,
    }
}

/// A column of the table: dBASE III, chapter "table file header".
struct Field {
    name: [u8; 11],
    kind: u8,
    width: u8,
    decimals: u8,
}

fn fields(layer: &Features, encoding: Encoding) -> Result<Vec<Field>, Error> {
    let field = |column: &crate::Column| {
        let mut name = [0; 11];
        let bytes = column.name.as_bytes();
        if bytes.len() > 10 {
            return Err(unwritable(
                layer,
                format!("`{}` is longer than ten characters", column.name),
            ));
        }
        name[..bytes.len()].copy_from_slice(bytes);
        let (kind, decimals) = match column.values {
            Values::Text(_) => (b'C', 0),
            Values::Whole(_) | Values::Sparse(_) => (b'N', 0),
            Values::Decimal(_) => (b'N', 3),
        };
        let width = (0..layer.len())
            .map(|row| text(column.values.at(row), encoding).len())
            .max()
            .unwrap_or(1)
            .max(1);
        match u8::try_from(width) {
            Ok(width) if usize::from(width) <= TEXT_MAX => Ok(Field {
                name,
                kind,
                width,
                decimals,
            }),
            _ => Err(unwritable(
                layer,
                format!("`{}` has a text of {width} bytes", column.name),
            )),
        }
    };
    layer.columns.iter().map(field).collect()
}

fn text(value: Value<'_>, encoding: Encoding) -> Vec<u8> {
    match value {
        Value::Null => Vec::new(),
        Value::Text(text) => encoding.encode(text).into_owned(),
        Value::Whole(number) => number.to_string().into_bytes(),
        Value::Decimal(number) => format!("{number:.3}").into_bytes(),
    }
}

fn write_table(
    layer: &Features,
    fields: &[Field],
    encoding: Encoding,
    out: &mut impl Write,
) -> IoResult<()> {
    let rows = u32::try_from(layer.len()).unwrap_or(u32::MAX);
    let header_bytes = 32 * (fields.len() as u16 + 1) + 1;
    let record_bytes = 1 + fields.iter().map(|f| u16::from(f.width)).sum::<u16>();
    out.write_all(&[0x03])?;
    out.write_all(&UPDATED_YMD)?;
    out.write_all(&rows.to_le_bytes())?;
    out.write_all(&header_bytes.to_le_bytes())?;
    out.write_all(&record_bytes.to_le_bytes())?;
    out.write_all(&[0; 20])?;
    for field in fields {
        out.write_all(&field.name)?;
        out.write_all(&[field.kind, 0, 0, 0, 0, field.width, field.decimals])?;
        out.write_all(&[0; 14])?;
    }
    out.write_all(&[0x0d])?;
    for row in 0..layer.len() {
        write_record(layer, fields, row, encoding, out)?;
    }
    out.write_all(&[0x1a])
}

/// Text is filled up with spaces to its right, numbers to their left.
fn write_record(
    layer: &Features,
    fields: &[Field],
    row: usize,
    encoding: Encoding,
    out: &mut impl Write,
) -> IoResult<()> {
    out.write_all(b" ")?;
    for (field, column) in fields.iter().zip(&layer.columns) {
        let bytes = text(column.values.at(row), encoding);
        let filling = vec![b' '; usize::from(field.width).saturating_sub(bytes.len())];
        let (first, second) = if field.kind == b'C' {
            (&bytes, &filling)
        } else {
            (&filling, &bytes)
        };
        out.write_all(first)?;
        out.write_all(second)?;
    }
    Ok(())
}

/// The text of the `.prj` file, in ESRI's spelling.
fn wkt(crs: Crs) -> String {
    const GEOGRAPHIC: &str = concat!(
        r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],"#,
        r#"PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#
    );
    match crs {
        Crs::Wgs84 => GEOGRAPHIC.to_owned(),
        Crs::Utm19s => format!(
            concat!(
                r#"PROJCS["WGS_1984_UTM_Zone_19S",{},PROJECTION["Transverse_Mercator"],"#,
                r#"PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",10000000.0],"#,
                r#"PARAMETER["Central_Meridian",-69.0],PARAMETER["Scale_Factor",0.9996],"#,
                r#"PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#
            ),
            GEOGRAPHIC
        ),
    }
}
