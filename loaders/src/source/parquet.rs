//! Apache Parquet: `GeoParquet` 1.0 and 1.1, files whose own types say that a column holds geometries, and plain
//! tables.
//!
//! Groups of rows are decoded in parallel, and the columns of each too, since most files have a single group. A file
//! may not hold more than its size allows (see [`Allowance`]); pages are added up before they are decoded.

mod footer;
mod pages;
mod thrift;
mod window;

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{DataType, FieldRef, Schema};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use parquet::basic::LogicalType;
use parquet::file::metadata::{PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use rayon::prelude::*;

use super::columnar::{
    Allowance, Assembly, GeometryColumn, Plan, Rows, TooMuch, contained, crs, plan, within,
};
use super::features::Collector;
use super::{Features, Format, ReadOptions};
use crate::problem::LoadError;

/// Decoders per group of rows.
const DECODERS_MAX: usize = 64;
/// Rows that are decoded at once.
const BATCH: usize = 8_192;

/// Reads the layer of the file. Of several geometry columns `options.table` names the one that is wanted; without it
/// the primary one is taken.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Features, LoadError> {
    let mut file = File::open(path).map_err(|error| super::unreadable(path, &error))?;
    let file_bytes = file
        .metadata()
        .map_err(|error| super::unreadable(path, &error))?
        .len();
    if file_bytes == 0 {
        return Ok(Collector::new(0).build(Format::Parquet, super::stem(path), None));
    }
    let footer = footer::read(&mut file, file_bytes);
    let footer = footer
        .map_err(|why| LoadError::new(path, format!("cannot be read as a Parquet file: {why}")))?;
    let metadata = contained(path, || readable(&footer))?;
    let plan = plan_of(&metadata, options.table.as_deref());
    let plan = plan.map_err(|why| LoadError::new(path, why))?;
    let allowance = Allowance::new(file_bytes);
    let table = Table {
        path,
        file_bytes,
        metadata,
        plan,
        allowance,
    };
    let features = table.read(options.window)?;
    Ok(within(features, options.window))
}

/// The metadata in `footer`, with types of text and bytes that are views into the pages instead of copies.
///
/// The Arrow schema that some writers leave in the metadata is not followed: the types of Parquet say enough.
fn readable(footer: &[u8]) -> parquet::errors::Result<ArrowReaderMetadata> {
    let metadata: Arc<ParquetMetaData> = ParquetMetaDataReader::decode_metadata(footer)?.into();
    let options = || {
        ArrowReaderOptions::new()
            .with_skip_arrow_metadata(true)
            .with_page_index_policy(PageIndexPolicy::Skip)
    };
    let own = ArrowReaderMetadata::try_new(Arc::clone(&metadata), options())?;
    let fields: Vec<_> = own.schema().fields().iter().map(as_view).collect();
    let schema = Schema::new_with_metadata(fields, own.schema().metadata().clone());
    ArrowReaderMetadata::try_new(metadata, options().with_schema(Arc::new(schema)))
}

fn as_view(field: &FieldRef) -> FieldRef {
    let inner = |fields: &arrow_schema::Fields| fields.iter().map(as_view).collect();
    let kind = match field.data_type() {
        DataType::Utf8 => DataType::Utf8View,
        DataType::Binary => DataType::BinaryView,
        DataType::List(member) => DataType::List(as_view(member)),
        DataType::Map(entries, sorted) => DataType::Map(as_view(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(inner(fields)),
        kind => kind.clone(),
    };
    Arc::new(field.as_ref().clone().with_data_type(kind))
}

fn plan_of(metadata: &ArrowReaderMetadata, wanted: Option<&str>) -> Result<Plan, String> {
    let entry = |key: &str| {
        let entries = metadata.metadata().file_metadata().key_value_metadata()?;
        entries
            .iter()
            .find(|entry| entry.key == key)?
            .value
            .as_deref()
    };
    let fields = metadata.parquet_schema().root_schema().get_fields();
    let declared = fields.iter().enumerate().filter_map(|(column, field)| {
        let (system, spherical) = match field.get_basic_info().logical_type_ref()? {
            LogicalType::Geometry(kind) => (&kind.crs, false),
            LogicalType::Geography(kind) => (&kind.crs, true),
            _ => return None,
        };
        let system = declared_crs(system.as_deref(), entry);
        Some(GeometryColumn::declared(
            column,
            field.name(),
            "WKB",
            system,
            spherical,
        ))
    });
    let declared = declared.collect();
    plan(metadata.schema(), declared, entry("geo"), wanted)
}

/// The CRS of a column of Parquet's own type for geometries: none is longitude and latitude, `srid:` a number,
/// `projjson:` the key of an entry of the metadata.
///
/// Source: `parquet-format`, "Geospatial Definitions", CRS Customization.
fn declared_crs<'a>(
    system: Option<&str>,
    entry: impl Fn(&str) -> Option<&'a str>,
) -> Option<String> {
    let Some(system) = system.filter(|system| !system.is_empty()) else {
        return Some("OGC:CRS84".to_owned());
    };
    let text = match system.split_once(':') {
        Some(("srid", "0")) => return None,
        Some(("srid", code)) => code,
        Some(("projjson", key)) => entry(key).unwrap_or(system),
        _ => system,
    };
    crs(&serde_json::Value::from(text))
}

/// A file that is understood but not decoded yet.
struct Table<'a> {
    path: &'a Path,
    file_bytes: u64,
    metadata: ArrowReaderMetadata,
    plan: Plan,
    allowance: Allowance,
}

impl Table<'_> {
    fn read(&self, window: Option<[f64; 4]>) -> Result<Features, LoadError> {
        let schema = self.metadata.schema();
        let mut layer = Assembly::new(self.path, schema, &self.plan, &self.allowance)?;
        // As many groups at a time as there are threads, so that what is decoded does not all wait in memory.
        for groups in self.groups(window)?.chunks(rayon::current_num_threads()) {
            layer.append(self.decoded(groups)?)?;
        }
        Ok(layer.build(Format::Parquet, super::stem(self.path)))
    }

    /// Groups of rows to read: number, first row, rows.
    fn groups(&self, window: Option<[f64; 4]>) -> Result<Vec<(usize, usize, usize)>, LoadError> {
        let (mut groups, mut first) = (vec![], 0usize);
        for (number, group) in self.metadata.metadata().row_groups().iter().enumerate() {
            let wrong = || {
                LoadError::new(
                    self.path,
                    format!("group {number} has an impossible number of rows"),
                )
            };
            let rows = usize::try_from(group.num_rows()).ok().ok_or_else(wrong)?;
            let outside = window
                .zip(self.plan.geometry.as_ref())
                .is_some_and(|(window, geometry)| !window::may_meet(group, geometry, window));
            if !outside {
                groups.push((number, first, rows));
            }
            first = first.checked_add(rows).ok_or_else(wrong)?;
        }
        Ok(groups)
    }

    /// Every column of every group, each decoded by itself. Very many columns share a decoder, because each decoder
    /// looks through all columns of the file.
    fn decoded(&self, groups: &[(usize, usize, usize)]) -> Result<Vec<Rows>, LoadError> {
        let wanted = self.plan.columns();
        let mut columns = wanted.clone();
        columns.sort_unstable();
        let sets: Vec<_> = columns
            .chunks(columns.len().div_ceil(DECODERS_MAX).max(1))
            .collect();
        let tasks: Vec<_> = groups
            .iter()
            .flat_map(|group| sets.iter().map(move |set| (group, *set)))
            .collect();
        let decode = |((number, _, rows), set): (&(usize, usize, usize), &[usize])| {
            contained(self.path, || self.columns(*number, *rows, set))
        };
        let decoded: Result<Vec<_>, LoadError> = tasks.into_par_iter().map(decode).collect();
        let mut decoded = decoded?.into_iter();
        let rows = groups.iter().map(|(_, first, count)| {
            let mut arrays: Vec<_> = decoded.by_ref().take(sets.len()).flatten().collect();
            let place = |column: &usize| columns.binary_search(column).unwrap_or(0);
            Rows {
                first: *first,
                count: *count,
                columns: wanted
                    .iter()
                    .map(|column| std::mem::take(&mut arrays[place(column)]))
                    .collect(),
            }
        });
        Ok(rows.collect())
    }

    /// The arrays of each of the columns `set`, which are in the order of the file.
    fn columns(
        &self,
        group: usize,
        rows: usize,
        set: &[usize],
    ) -> Result<Vec<Vec<ArrayRef>>, String> {
        let schema = self.metadata.parquet_schema();
        let mut file = File::open(self.path).map_err(|error| error.to_string())?;
        let (mut batch, mut is_incremental) = (BATCH, false);
        let chunks = self
            .metadata
            .metadata()
            .row_group(group)
            .columns()
            .iter()
            .enumerate();
        for (_, chunk) in chunks.filter(|(leaf, _)| {
            set.binary_search(&schema.get_column_root_idx(*leaf))
                .is_ok()
        }) {
            let pages = pages::check(&mut file, self.file_bytes, chunk, &self.allowance);
            let pages =
                pages.map_err(|why| format!("column {}: {why}", chunk.column_path().string()))?;
            batch = batch.min(pages.batch(BATCH));
            is_incremental |= pages.is_incremental;
        }
        let reader =
            ParquetRecordBatchReaderBuilder::new_with_metadata(file, self.metadata.clone())
                .with_row_groups(vec![group])
                .with_projection(ProjectionMask::roots(schema, set.iter().copied()))
                .with_batch_size(batch)
                .build()
                .map_err(|error| error.to_string())?;
        let mut arrays = vec![vec![]; set.len()];
        let mut found = 0;
        for batch in reader {
            let batch = batch.map_err(|error| error.to_string())?;
            found += batch.num_rows();
            for (column, array) in arrays.iter_mut().zip(batch.columns()) {
                if is_incremental {
                    let spent = self
                        .allowance
                        .spend_bytes(array.get_buffer_memory_size() as u64);
                    spent.map_err(|TooMuch| TooMuch::MESSAGE)?;
                }
                column.push(Arc::clone(array));
            }
        }
        if found != rows {
            return Err(format!(
                "columns have {found} values where there should be {rows}"
            ));
        }
        Ok(arrays)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crs_of_parquets_own_type_is_told_in_several_ways() {
        let entry =
            |key: &str| (key == "mine").then_some(r#"{"id":{"authority":"EPSG","code":5361}}"#);
        let told = |system| declared_crs(system, entry);
        assert_eq!(told(None).as_deref(), Some("OGC:CRS84"));
        assert_eq!(told(Some("")).as_deref(), Some("OGC:CRS84"));
        assert_eq!(told(Some("srid:32719")).as_deref(), Some("32719"));
        assert_eq!(told(Some("srid:0")), None);
        assert_eq!(told(Some("projjson:mine")).as_deref(), Some("EPSG:5361"));
        assert_eq!(told(Some("EPSG:4674")).as_deref(), Some("EPSG:4674"));
    }

    #[test]
    fn groups_outside_of_the_window_are_passed_over() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/parquet/wkb.parquet");
        let mut file = File::open(&path).expect("a file");
        let file_bytes = file.metadata().expect("a size").len();
        let metadata =
            readable(&footer::read(&mut file, file_bytes).expect("a footer")).expect("metadata");
        let plan = plan_of(&metadata, None).expect("a plan");
        let allowance = Allowance::new(file_bytes);
        let table = Table {
            path: &path,
            file_bytes,
            metadata,
            plan,
            allowance,
        };
        let groups = |window| table.groups(window).expect("groups");
        assert_eq!(groups(None), [(0, 0, 1), (1, 1, 1), (2, 2, 1)]);
        // The third has no geometry, and so no box that could lie outside.
        assert_eq!(groups(Some([8.0, 8.0, 12.0, 12.0])), [(0, 0, 1), (2, 2, 1)]);
        assert_eq!(groups(Some([25.0, 0.5, 26.0, 0.6])), [(1, 1, 1), (2, 2, 1)]);
    }
}
