//! Features → `GeoParquet` 1.1.0, or plain Parquet where they have no geometry.
//!
//! Rows stand in Hilbert order of the middles of their boxes, 65,536 to a group, each with its box in a column beside
//! the geometry: a reader that looks for a window passes over the groups that lie outside of it.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, LargeBinaryBuilder};
use arrow_array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, LargeStringArray, RecordBatch, StructArray,
};
use arrow_buffer::NullBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use comarca_engine::{Column, ColumnType, GeometryType, Value, hilbert_order};
use parquet::arrow::arrow_writer::{
    ArrowColumnChunk, ArrowColumnWriter, ArrowWriter, ArrowWriterOptions, compute_leaves,
};
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;
use serde_json::json;
use thiserror::Error;

use super::Metadata;
use crate::crs::{Crs, CrsError};
use crate::source::Features;

/// Rows per group; few in tests, so that there are several groups.
const GROUP: usize = if cfg!(test) { 128 } else { 65_536 };
const SIDES: [&str; 4] = ["xmin", "ymin", "xmax", "ymax"];

/// Why features cannot be written as `GeoParquet`.
#[derive(Debug, Error)]
pub enum GeoParquetError {
    /// Their CRS is not known.
    #[error(transparent)]
    Crs(#[from] CrsError),
    /// Their CRS is known, but not well enough to be described in full.
    #[error(
        "the CRS {0} cannot be written as PROJJSON; convert to a system such as EPSG:4326 first"
    )]
    NoProjjson(String),
    /// The file cannot be written.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
    /// The values do not fit into the file's types.
    #[error(transparent)]
    Arrow(#[from] ArrowError),
}

/// Writes `features` to `out`: WKB in a column `geometry`, boxes in a column `bbox`, both under another name where an
/// attribute has that one; zstd; attributes as booleans, 64-bit integers, doubles and text.
///
/// Cost O(n log n) for the order, encoded in parallel; memory is that of a group of rows per thread beyond the features.
/// The bytes do not depend on the number of threads.
///
/// # Errors
/// When the CRS cannot be described or `out` cannot be written to.
pub fn geoparquet(features: &Features, out: impl Write + Send) -> Result<(), GeoParquetError> {
    write(features, None, out)
}

/// As [`geoparquet`], with titles, units and sources as JSON under the key `comarca`.
pub(super) fn write(
    features: &Features,
    known: Option<&Metadata>,
    out: impl Write + Send,
) -> Result<(), GeoParquetError> {
    let table = Table::new(features);
    let mut metadata = vec![];
    if !features.is_table() {
        metadata.push(KeyValue::new("geo".to_owned(), table.metadata()?));
    }
    metadata.extend(
        known.map(|known| KeyValue::new("comarca".to_owned(), known.to_json().to_string())),
    );
    let metadata = Some(metadata).filter(|metadata| !metadata.is_empty());
    let options = ArrowWriterOptions::new()
        .with_properties(table.properties(metadata)?)
        .with_skip_arrow_metadata(true);
    let writer = ArrowWriter::try_new_with_options(out, Arc::clone(&table.schema), options)?;
    let (mut file, factory) = writer.into_serialized_writer()?;
    let order = order(features);
    let groups: Vec<_> = order.chunks(GROUP).enumerate().collect();
    // As many groups at a time as there are threads, so that what is encoded does not all wait in memory.
    for groups in groups.chunks(rayon::current_num_threads()) {
        let encode = |(number, rows): &(usize, &[u32])| {
            encoded(&table.batch(rows)?, factory.create_column_writers(*number)?)
        };
        let encoded: Result<Vec<_>, GeoParquetError> = groups.par_iter().map(encode).collect();
        for columns in encoded? {
            let mut group = file.next_row_group()?;
            for column in columns {
                column.append_to_row_group(&mut group)?;
            }
            group.close()?;
        }
    }
    file.close()?;
    Ok(())
}

/// The columns of a group of rows, encoded and compressed.
fn encoded(
    batch: &RecordBatch,
    writers: Vec<ArrowColumnWriter>,
) -> Result<Vec<ArrowColumnChunk>, GeoParquetError> {
    let mut writers = writers.into_iter();
    let mut encoded = vec![];
    for (field, array) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        for (leaf, mut writer) in compute_leaves(field, array)?.iter().zip(writers.by_ref()) {
            writer.write(leaf)?;
            encoded.push(writer.close()?);
        }
    }
    Ok(encoded)
}

/// Rows along the curve; those without a geometry behind them, and a table as it is.
fn order(features: &Features) -> Vec<u32> {
    let rows = (0u32..).take(features.len());
    let boxed = rows
        .clone()
        .filter_map(|row| Some((row, envelope(features, row)?)));
    let without = rows.filter(|&row| envelope(features, row).is_none());
    hilbert_order(boxed.collect())
        .into_iter()
        .chain(without)
        .collect()
}

/// The box around a feature; `None` without a geometry.
fn envelope(features: &Features, row: u32) -> Option<[f64; 4]> {
    let range = features.shapes.feature_coordinates(row as usize);
    let (first, rest) = features.coordinates[range].split_first()?;
    let start = [first[0], first[1], first[0], first[1]];
    Some(rest.iter().fold(start, |[x0, y0, x1, y1], &[x, y]| {
        [x0.min(x), y0.min(y), x1.max(x), y1.max(y)]
    }))
}

struct Table<'a> {
    features: &'a Features,
    schema: SchemaRef,
    geometry: String,
    boxes: String,
}

impl<'a> Table<'a> {
    fn new(features: &'a Features) -> Self {
        let free = |name: &str| {
            let mut free = name.to_owned();
            while features.column(&free).is_some() {
                free.push('_');
            }
            free
        };
        let (geometry, boxes) = (free("geometry"), free("bbox"));
        let attribute = |column: &Column| Field::new(column.name(), data_type(column), true);
        let mut fields: Vec<_> = features.columns.iter().map(attribute).collect();
        if !features.is_table() {
            fields.push(Field::new(&geometry, DataType::LargeBinary, true));
            fields.push(Field::new(&boxes, DataType::Struct(sides()), true));
        }
        Self {
            features,
            schema: Arc::new(Schema::new(fields)),
            geometry,
            boxes,
        }
    }

    /// The `geo` metadata.
    fn metadata(&self) -> Result<String, GeoParquetError> {
        let kinds = self.features.geometry_counts();
        let kinds: Vec<_> = kinds
            .into_iter()
            .map(|(kind, _)| kind)
            .filter(|kind| *kind != "None")
            .collect();
        let side = |side: &str| json!([self.boxes, side]);
        let mut column = json!({
            "encoding": "WKB",
            "geometry_types": kinds,
            "bbox": self.features.bounds(),
            "covering": { "bbox": {
                "xmin": side("xmin"), "ymin": side("ymin"), "xmax": side("xmax"), "ymax": side("ymax"),
            } },
        });
        match self.features.crs.as_deref() {
            // What is meant where nothing is said.
            Some("OGC:CRS84") => {}
            Some(text) => {
                let crs = Crs::parse(text)?;
                let json = crs
                    .projjson()
                    .ok_or_else(|| GeoParquetError::NoProjjson(crs.name().to_owned()))?;
                column["crs"] = json;
            }
            None => column["crs"] = serde_json::Value::Null,
        }
        let geo = json!({
            "version": "1.1.0",
            "primary_column": self.geometry,
            "columns": { self.geometry.as_str(): column },
        });
        Ok(geo.to_string())
    }

    fn properties(
        &self,
        metadata: Option<Vec<KeyValue>>,
    ) -> Result<WriterProperties, ParquetError> {
        let geometry = ColumnPath::from(self.geometry.as_str());
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("Comarca ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?))
            .set_max_row_group_row_count(Some(GROUP))
            .set_key_value_metadata(metadata)
            // Geometries hardly repeat, and the least of them in the order of bytes tells nothing.
            .set_column_dictionary_enabled(geometry.clone(), false)
            .set_column_statistics_enabled(geometry, EnabledStatistics::None);
        for side in SIDES {
            let path = ColumnPath::new(vec![self.boxes.clone(), side.to_owned()]);
            properties = properties.set_column_dictionary_enabled(path, false);
        }
        Ok(properties.build())
    }

    /// A group of rows; columns are made in parallel.
    fn batch(&self, rows: &[u32]) -> Result<RecordBatch, ArrowError> {
        let (columns, geometry) = rayon::join(
            || {
                self.features
                    .columns
                    .par_iter()
                    .map(|column| array(column, rows))
                    .collect::<Vec<_>>()
            },
            || (!self.features.is_table()).then(|| [self.wkb(rows), self.boxes(rows)]),
        );
        let arrays = columns.into_iter().chain(geometry.into_iter().flatten());
        RecordBatch::try_new(Arc::clone(&self.schema), arrays.collect())
    }

    fn wkb(&self, rows: &[u32]) -> ArrayRef {
        let mut builder = LargeBinaryBuilder::with_capacity(rows.len(), 0);
        let mut bytes = vec![];
        for &row in rows {
            bytes.clear();
            wkb(self.features, row as usize, &mut bytes);
            builder.append_option((!bytes.is_empty()).then_some(&bytes));
        }
        Arc::new(builder.finish())
    }

    /// A box where there is a geometry, and only there.
    fn boxes(&self, rows: &[u32]) -> ArrayRef {
        let boxes: Vec<_> = rows
            .iter()
            .map(|&row| envelope(self.features, row))
            .collect();
        let side = |side: usize| {
            let mut builder = Float64Builder::with_capacity(boxes.len());
            boxes.iter().for_each(|envelope| {
                builder.append_value(envelope.map_or(0.0, |envelope| envelope[side]));
            });
            Arc::new(builder.finish()) as ArrayRef
        };
        let valid: NullBuffer = boxes.iter().map(Option::is_some).collect();
        Arc::new(StructArray::new(
            sides(),
            (0..4).map(side).collect(),
            Some(valid),
        ))
    }
}

fn sides() -> Fields {
    SIDES
        .iter()
        .map(|side| Field::new(*side, DataType::Float64, false))
        .collect()
}

fn data_type(column: &Column) -> DataType {
    match column.column_type() {
        ColumnType::Bool => DataType::Boolean,
        ColumnType::Integer => DataType::Int64,
        ColumnType::Real => DataType::Float64,
        ColumnType::Text => DataType::LargeUtf8,
    }
}

fn array(column: &Column, rows: &[u32]) -> ArrayRef {
    let values = rows.iter().map(|&row| column.value(row as usize));
    match column.column_type() {
        ColumnType::Bool => {
            let values = values.map(|value| match value {
                Value::Bool(value) => Some(value),
                _ => None,
            });
            Arc::new(values.collect::<BooleanArray>())
        }
        ColumnType::Integer => {
            let values = values.map(|value| match value {
                Value::Integer(value) => Some(value),
                _ => None,
            });
            Arc::new(values.collect::<Int64Array>())
        }
        ColumnType::Real => Arc::new(values.map(Value::number).collect::<Float64Array>()),
        ColumnType::Text => {
            let values = values.map(|value| match value {
                Value::Text(value) => Some(value),
                _ => None,
            });
            Arc::new(values.collect::<LargeStringArray>())
        }
    }
}

/// A geometry as little-endian WKB (ISO 13249-3); nothing where there is none.
fn wkb(features: &Features, row: usize, out: &mut Vec<u8>) {
    let shapes = &features.shapes;
    let kind = match shapes.geometry_type(row) {
        GeometryType::None => return,
        GeometryType::Point => 1,
        GeometryType::Line => 2,
        GeometryType::Polygon => 3,
    };
    let parts = shapes.parts(row);
    if parts.len() > 1 || features.multi.get(row) == Some(&true) {
        head(kind + 3, out);
        number(parts.len(), out);
    }
    for part in parts {
        head(kind, out);
        let rings = shapes.rings(part);
        if kind == 3 {
            number(rings.len(), out);
        }
        for ring in rings {
            let coordinates = &features.coordinates[shapes.coordinates(ring)];
            if kind > 1 {
                number(coordinates.len(), out);
            }
            coordinates
                .iter()
                .flatten()
                .for_each(|value| out.extend(value.to_le_bytes()));
        }
    }
}

fn head(kind: u8, out: &mut Vec<u8>) {
    out.extend([1, kind, 0, 0, 0]);
}

/// Layers have fewer than 2³² coordinates, and so fewer rings and parts.
fn number(count: usize, out: &mut Vec<u8>) {
    out.extend(u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::source::{self, ReadOptions};

    /// What comes back of a layer of `GeoJSON` in the CRS `crs`, with the groups in which it was written.
    fn returned(json: &str, crs: Option<&str>) -> (Features, Features) {
        let folder = tempfile::tempdir().expect("a folder");
        let read = |path: &std::path::Path| {
            source::read(path, &ReadOptions::default())
                .expect("readable")
                .remove(0)
        };
        let (from, to) = (
            folder.path().join("a.geojson"),
            folder.path().join("a.parquet"),
        );
        fs::write(&from, json).expect("a file");
        let mut features = read(&from);
        features.crs = crs.map(str::to_owned);
        geoparquet(&features, fs::File::create(&to).expect("a file")).expect("written");
        (features, read(&to))
    }

    fn feature(geometry: &str, properties: &str) -> String {
        format!(r#"{{"type":"Feature","geometry":{geometry},"properties":{properties}}}"#)
    }

    fn collection(features: &[String]) -> String {
        format!(
            r#"{{"type":"FeatureCollection","features":[{}]}}"#,
            features.join(",")
        )
    }

    #[test]
    fn what_is_written_comes_back_the_same() {
        let square = "[[0,0],[0,1],[1,1],[0,0]]";
        let json = collection(&[
            feature(
                r#"{"type":"Point","coordinates":[1.5,-0.1]}"#,
                r#"{"a":1,"b":"Ñ","c":true,"geometry":"x"}"#,
            ),
            feature(
                r#"{"type":"MultiPoint","coordinates":[[1,2]]}"#,
                r#"{"a":null,"b":"","bbox":2.5}"#,
            ),
            feature(
                r#"{"type":"LineString","coordinates":[[1,2],[3,4]]}"#,
                r#"{"a":3,"c":false}"#,
            ),
            feature(
                r#"{"type":"MultiLineString","coordinates":[[[1,2],[3,4]],[[5,6],[7,8]]]}"#,
                "{}",
            ),
            feature(
                &format!(r#"{{"type":"Polygon","coordinates":[{square},{square}]}}"#),
                "{}",
            ),
            feature(
                &format!(r#"{{"type":"MultiPolygon","coordinates":[[{square}],[{square}]]}}"#),
                "{}",
            ),
            feature("null", r#"{"a":9223372036854775807}"#),
        ]);
        for crs in [
            None,
            Some("OGC:CRS84"),
            Some("EPSG:4326"),
            Some("EPSG:32719"),
        ] {
            let (before, after) = returned(&json, crs);
            assert_eq!(after.crs.as_deref(), crs);
            assert_eq!(after.coordinates, before.coordinates);
            assert_eq!(
                format!("{:?}", after.shapes),
                format!("{:?}", before.shapes)
            );
            assert_eq!((after.multi, after.columns), (before.multi, before.columns));
            assert!(after.problems.is_empty(), "{:?}", after.problems);
        }
    }

    #[test]
    fn neighbours_on_the_map_are_neighbours_in_the_file() {
        let place = |n: u32| {
            format!(
                r#"{{"type":"Point","coordinates":[{},{}]}}"#,
                n * 37 % 64,
                n * 29 % 61
            )
        };
        let points: Vec<_> = (0..400)
            .map(|n| feature(&place(n), &format!(r#"{{"n":{n}}}"#)))
            .collect();
        let (before, after) = returned(&collection(&points), Some("OGC:CRS84"));
        let way = |features: &Features| -> f64 {
            let steps = features.coordinates.windows(2);
            steps
                .map(|pair| (pair[0][0] - pair[1][0]).hypot(pair[0][1] - pair[1][1]))
                .sum()
        };
        assert!(
            way(&after) * 5.0 < way(&before),
            "{} {}",
            way(&after),
            way(&before)
        );
        let mut numbers: Vec<_> = (0..400)
            .filter_map(|row| after.column("n")?.number(row))
            .collect();
        numbers.sort_by(f64::total_cmp);
        assert!(
            numbers
                .iter()
                .zip(0..)
                .all(|(found, n)| *found == f64::from(n))
        );
    }

    #[test]
    fn a_window_over_several_groups_finds_what_lies_in_it() {
        let place = |n: u32| {
            format!(
                r#"{{"type":"Point","coordinates":[{},{}]}}"#,
                n * 37 % 64,
                n * 29 % 61
            )
        };
        let points: Vec<_> = (0..400).map(|n| feature(&place(n), "{}")).collect();
        let (features, _) = returned(&collection(&points), Some("OGC:CRS84"));
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        geoparquet(&features, fs::File::create(&path).expect("a file")).expect("written");
        let [west, south, east, north] = [5.0, 7.0, 20.0, 11.0];
        let options = ReadOptions {
            window: Some([west, south, east, north]),
            ..ReadOptions::default()
        };
        let within = |[x, y]: &&[f64; 2]| (west..=east).contains(x) && (south..=north).contains(y);
        let mut found = source::read(&path, &options)
            .expect("readable")
            .remove(0)
            .coordinates;
        let mut expected: Vec<_> = features
            .coordinates
            .iter()
            .filter(within)
            .copied()
            .collect();
        for places in [&mut found, &mut expected] {
            places.sort_by(|a, b| a[0].total_cmp(&b[0]).then(a[1].total_cmp(&b[1])));
        }
        assert!(!found.is_empty());
        assert_eq!(found, expected);
    }

    #[test]
    fn a_layer_without_geometry_is_a_plain_table() {
        let (before, after) = returned(&collection(&[feature("null", r#"{"a":1}"#)]), None);
        assert!(after.is_table());
        assert_eq!(after.columns, before.columns);
    }

    #[test]
    fn a_crs_that_cannot_be_described_is_an_error() {
        let nowhere = Features {
            crs: Some("nonsense".to_owned()),
            ..returned(
                &feature(r#"{"type":"Point","coordinates":[1,2]}"#, "{}"),
                None,
            )
            .0
        };
        assert!(matches!(
            geoparquet(&nowhere, vec![]),
            Err(GeoParquetError::Crs(_))
        ));
    }
}
