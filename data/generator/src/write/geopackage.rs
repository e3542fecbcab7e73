//! OGC `GeoPackage` 1.3.

use std::path::Path;

use geo_types::{Coord, Polygon};
use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Transaction, params, params_from_iter};

use crate::{Crs, Error, Features, Shapes, Value, Values};

/// "GPKG", clause 1.1.1.1.1.
const APPLICATION_ID: i32 = 0x4750_4b47;
/// Version 1.3.0.
const USER_VERSION: i32 = 10_300;
/// `last_change` of every table. Not now: same input, same bytes.
const LAST_CHANGE: &str = "2026-09-30T00:00:00.000Z";

/// The tables that clauses 1.1.2, 1.1.3 and 2.1.5 demand.
const SCHEMA: &str = "
CREATE TABLE gpkg_spatial_ref_sys (
  srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY, organization TEXT NOT NULL,
  organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (
  table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE, description TEXT DEFAULT '',
  last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
  min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
  CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (
  table_name TEXT NOT NULL, column_name TEXT NOT NULL, geometry_type_name TEXT NOT NULL,
  srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
  CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
  CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
  CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
INSERT INTO gpkg_spatial_ref_sys VALUES
  ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', NULL),
  ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', NULL);";

/// Writes layers as feature tables and tables without shapes as attribute tables, replacing the file.
///
/// # Errors
/// When the file cannot be replaced or written.
pub fn write(layers: &[&Features], path: &Path) -> Result<(), Error> {
    // Makes the folder and empties the file: SQLite would open what is there.
    drop(super::create(path)?);
    let mut file = Connection::open(path)?;
    file.pragma_update(None, "application_id", APPLICATION_ID)?;
    file.pragma_update(None, "user_version", USER_VERSION)?;
    let transaction = file.transaction()?;
    transaction.execute_batch(SCHEMA)?;
    for crs in [Crs::Wgs84, Crs::Utm19s] {
        add_crs(crs, &transaction)?;
    }
    for layer in layers {
        add_layer(layer, &transaction)?;
    }
    transaction.commit()?;
    file.close().map_err(|(_, error)| error.into())
}

fn add_crs(crs: Crs, file: &Transaction<'_>) -> Result<(), Error> {
    file.execute(
        "INSERT INTO gpkg_spatial_ref_sys VALUES (?1, ?2, 'EPSG', ?2, ?3, NULL)",
        params![crs.name(), crs.epsg(), definition(crs)],
    )?;
    Ok(())
}

fn add_layer(layer: &Features, file: &Transaction<'_>) -> Result<(), Error> {
    file.execute_batch(&create_table(layer))?;
    register(layer, file)?;
    let width = layer.columns.len() + usize::from(layer.shapes != Shapes::None);
    let places = vec!["?"; width].join(", ");
    let mut insert = file.prepare(&format!(
        "INSERT INTO {} VALUES (NULL, {places})",
        quoted(&layer.name)
    ))?;
    for row in 0..layer.len() {
        let shape = shape(layer, row).map(Sql::Blob);
        let values = layer
            .columns
            .iter()
            .map(|column| sql(column.values.at(row)));
        insert.execute(params_from_iter(shape.into_iter().chain(values)))?;
    }
    Ok(())
}

fn create_table(layer: &Features) -> String {
    let mut columns = vec!["fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL".to_owned()];
    columns.extend(geometry_type(&layer.shapes).map(|kind| format!("geom {kind}")));
    columns.extend(layer.columns.iter().map(|column| {
        let kind = column_type(&column.name, &column.values);
        format!("{} {kind}", quoted(&column.name))
    }));
    format!(
        "CREATE TABLE {} ({})",
        quoted(&layer.name),
        columns.join(", ")
    )
}

/// Names the table in the contents and, where it has shapes, in the list of geometry columns.
fn register(layer: &Features, file: &Transaction<'_>) -> Result<(), Error> {
    let kind = geometry_type(&layer.shapes);
    let bounds = bounds(&layer.shapes);
    let side = |i: usize| bounds.map(|b: [f64; 4]| b[i]);
    file.execute(
        "INSERT INTO gpkg_contents VALUES (?1, ?2, ?1, '', ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            layer.name,
            if kind.is_some() {
                "features"
            } else {
                "attributes"
            },
            LAST_CHANGE,
            side(0),
            side(1),
            side(2),
            side(3),
            kind.map(|_| layer.crs.epsg()),
        ],
    )?;
    if let Some(kind) = kind {
        file.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?1, 'geom', ?2, ?3, 0, 0)",
            params![layer.name, kind, layer.crs.epsg()],
        )?;
    }
    Ok(())
}

fn geometry_type(shapes: &Shapes) -> Option<&'static str> {
    match shapes {
        Shapes::None => None,
        Shapes::Points(_) => Some("POINT"),
        Shapes::Polygons(_) => Some("POLYGON"),
    }
}

/// A column named `date` or `created` holds ISO dates.
fn column_type(name: &str, values: &Values) -> &'static str {
    match values {
        Values::Text(_) if matches!(name, "date" | "created") => "DATE",
        Values::Text(_) => "TEXT",
        Values::Whole(_) | Values::Sparse(_) => "INTEGER",
        Values::Decimal(_) => "DOUBLE",
    }
}

fn sql(value: Value<'_>) -> Sql {
    match value {
        Value::Null => Sql::Null,
        Value::Text(text) => Sql::Text(text.to_owned()),
        Value::Whole(number) => Sql::Integer(number),
        Value::Decimal(number) => Sql::Real(number),
    }
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The shape as `GeoPackage` binary, clause 2.1.3: header, envelope for polygons, WKB; little endian.
fn shape(layer: &Features, row: usize) -> Option<Vec<u8>> {
    match &layer.shapes {
        Shapes::None => None,
        Shapes::Points(points) => {
            let mut bytes = header(layer.crs, 0b0000_0001);
            bytes.extend([1, 1, 0, 0, 0]);
            push(points[row], &mut bytes);
            Some(bytes)
        }
        Shapes::Polygons(polygons) => {
            let mut bytes = header(layer.crs, 0b0000_0011);
            for side in envelope(std::slice::from_ref(&polygons[row]))
                .map(|[x0, y0, x1, y1]| [x0, x1, y0, y1])?
            {
                bytes.extend(side.to_le_bytes());
            }
            bytes.extend([1, 3, 0, 0, 0, 1, 0, 0, 0]);
            let ring = polygons[row].exterior();
            bytes.extend((ring.0.len() as u32).to_le_bytes());
            ring.coords().for_each(|&c| push(c, &mut bytes));
            Some(bytes)
        }
    }
}

fn header(crs: Crs, flags: u8) -> Vec<u8> {
    let mut bytes = vec![b'G', b'P', 0, flags];
    bytes.extend(i32::from(crs.epsg()).to_le_bytes());
    bytes
}

fn push(c: Coord, bytes: &mut Vec<u8>) {
    bytes.extend(c.x.to_le_bytes());
    bytes.extend(c.y.to_le_bytes());
}

/// West, south, east, north.
fn bounds(shapes: &Shapes) -> Option<[f64; 4]> {
    match shapes {
        Shapes::None => None,
        Shapes::Points(points) => around(points.iter().copied()),
        Shapes::Polygons(polygons) => envelope(polygons),
    }
}

fn envelope(polygons: &[Polygon]) -> Option<[f64; 4]> {
    around(polygons.iter().flat_map(|p| p.exterior().coords().copied()))
}

fn around(coords: impl Iterator<Item = Coord>) -> Option<[f64; 4]> {
    coords.fold(None, |bounds: Option<[f64; 4]>, c| {
        let [x0, y0, x1, y1] = bounds.unwrap_or([c.x, c.y, c.x, c.y]);
        Some([x0.min(c.x), y0.min(c.y), x1.max(c.x), y1.max(c.y)])
    })
}

/// The system's definition as OGC WKT.
fn definition(crs: Crs) -> String {
    const GEOGRAPHIC: &str = concat!(
        r#"GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],"#,
        r#"AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],"#,
        r#"UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],"#,
        r#"AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]"#
    );
    match crs {
        Crs::Wgs84 => GEOGRAPHIC.to_owned(),
        Crs::Utm19s => format!(
            concat!(
                r#"PROJCS["WGS 84 / UTM zone 19S",{},PROJECTION["Transverse_Mercator"],"#,
                r#"PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",-69],"#,
                r#"PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],"#,
                r#"PARAMETER["false_northing",10000000],UNIT["metre",1,AUTHORITY["EPSG","9001"]],"#,
                r#"AXIS["Easting",EAST],AXIS["Northing",NORTH],AUTHORITY["EPSG","32719"]]"#
            ),
            GEOGRAPHIC
        ),
    }
}
