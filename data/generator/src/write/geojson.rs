use std::io::{Result, Write};

use geo_types::Coord;

use crate::{Features, Shapes, Value};

/// Writes a feature collection, one feature a line. Coordinates are written as they are: RFC 7946 wants WGS 84.
pub(super) fn write(layer: &Features, out: &mut impl Write) -> Result<()> {
    write!(
        out,
        "{{\"type\":\"FeatureCollection\",\"name\":{},\"features\":[",
        json(&layer.name)
    )?;
    for row in 0..layer.len() {
        write!(
            out,
            "{}\n{{\"type\":\"Feature\",\"properties\":",
            if row == 0 { "" } else { "," }
        )?;
        properties(layer, row, out)?;
        out.write_all(b",\"geometry\":")?;
        geometry(&layer.shapes, row, out)?;
        out.write_all(b"}")?;
    }
    out.write_all(b"\n]}\n")
}

fn properties(layer: &Features, row: usize, out: &mut impl Write) -> Result<()> {
    for (i, column) in layer.columns.iter().enumerate() {
        write!(
            out,
            "{}{}:",
            if i == 0 { '{' } else { ',' },
            json(&column.name)
        )?;
        match column.values.at(row) {
            Value::Null => write!(out, "null")?,
            Value::Text(text) => write!(out, "{}", json(text))?,
            Value::Whole(number) => write!(out, "{number}")?,
            Value::Decimal(number) => write!(out, "{number}")?,
        }
    }
    out.write_all(if layer.columns.is_empty() {
        b"{}"
    } else {
        b"}"
    })
}

fn geometry(shapes: &Shapes, row: usize, out: &mut impl Write) -> Result<()> {
    match shapes {
        Shapes::None => write!(out, "null"),
        Shapes::Points(points) => {
            write!(out, "{{\"type\":\"Point\",\"coordinates\":")?;
            position(points[row], out)?;
            write!(out, "}}")
        }
        Shapes::Polygons(polygons) => {
            write!(out, "{{\"type\":\"Polygon\",\"coordinates\":[[")?;
            for (i, c) in polygons[row].exterior().coords().enumerate() {
                if i > 0 {
                    write!(out, ",")?;
                }
                position(*c, out)?;
            }
            write!(out, "]]}}")
        }
    }
}

fn position(c: Coord, out: &mut impl Write) -> Result<()> {
    write!(out, "[{},{}]", c.x, c.y)
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
