//! Apache Arrow's files and streams (IPC), which Feather version 2 is too, with the geometries of `GeoArrow`.
//!
//! A file may not hold more than its size allows (see [`Allowance`]): every message is measured before it is decoded.

mod blocks;

use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::FileDecoder;
use arrow_schema::Schema;
use rayon::prelude::*;

use self::blocks::{Batch, Contents};
use super::columnar::{Allowance, Assembly, GeometryColumn, Plan, Rows, contained, plan, within};
use super::features::Collector;
use super::{Features, Format, ReadOptions};
use crate::problem::LoadError;

/// Reads the layer in `bytes`. Of several geometry columns `options.table` names the one that is wanted; without it
/// the primary one is taken.
pub(super) fn read(
    path: &Path,
    bytes: Vec<u8>,
    options: &ReadOptions,
) -> Result<Features, LoadError> {
    if bytes.is_empty() {
        return Ok(Collector::new(0).build(Format::Arrow, super::stem(path), None));
    }
    let allowance = Allowance::new(bytes.len() as u64);
    let buffer = Buffer::from_vec(bytes);
    let contents = contained(path, || blocks::find(&buffer, &allowance))?;
    let plan = plan_of(&contents.schema, options.table.as_deref());
    let plan = plan.map_err(|why| LoadError::new(path, why))?;
    let mut layer = Assembly::new(path, &contents.schema, &plan, &allowance)?;
    append_all(path, &buffer, &contents, &plan, &mut layer)?;
    Ok(within(
        layer.build(Format::Arrow, super::stem(path)),
        options.window,
    ))
}

fn plan_of(schema: &Schema, wanted: Option<&str>) -> Result<Plan, String> {
    let fields = schema.fields().iter().enumerate();
    let declared = fields.filter_map(|(column, field)| GeometryColumn::of_field(column, field));
    let geo = schema.metadata().get("geo").map(String::as_str);
    plan(schema, declared.collect(), geo, wanted)
}

/// Decodes the batches of rows in parallel, as many at a time as there are threads. A dictionary is valid for the rows
/// behind it, so a new one waits until those before it are done.
fn append_all(
    path: &Path,
    buffer: &Buffer,
    contents: &Contents,
    plan: &Plan,
    layer: &mut Assembly<'_>,
) -> Result<(), LoadError> {
    let columns = plan.columns();
    let mut decoder = FileDecoder::new(Arc::clone(&contents.schema), contents.version);
    let mut first = 0;
    for run in contents
        .batches
        .chunk_by(|a, b| a.is_dictionary == b.is_dictionary)
    {
        if run[0].is_dictionary {
            for batch in run {
                contained(path, || {
                    decoder.read_dictionary(&batch.block, &batch.slice(buffer))
                })?;
            }
            continue;
        }
        for batches in run.chunks(rayon::current_num_threads()) {
            let decoded = |batch: &Batch| {
                contained(path, || {
                    decoder.read_record_batch(&batch.block, &batch.slice(buffer))
                })
            };
            let decoded: Result<Vec<_>, _> = batches.par_iter().map(decoded).collect();
            let rows = decoded?
                .into_iter()
                .flatten()
                .map(|batch| rows(&batch, &columns, &mut first));
            layer.append(rows.collect())?;
        }
    }
    Ok(())
}

/// The columns of a batch, whose rows follow those before.
fn rows(batch: &RecordBatch, columns: &[usize], first: &mut usize) -> Rows {
    let rows = Rows {
        first: *first,
        count: batch.num_rows(),
        columns: columns
            .iter()
            .map(|&column| vec![Arc::clone(batch.column(column))])
            .collect(),
    };
    *first += rows.count;
    rows
}
