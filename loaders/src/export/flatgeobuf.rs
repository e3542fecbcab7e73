//! `FlatGeobuf` 3: a header, a packed Hilbert R-tree, the features in its order.
//!
//! Features without geometry come last; in the index they have a box that meets nothing. A layer without any geometry
//! has no index. The index stands before the features but holds their places, so it is written after them.

mod feature;
mod tree;

use std::io::{Seek, SeekFrom, Write};
use std::ops::Range;

use ::flatgeobuf::{
    Column as Field, ColumnArgs, ColumnType as Type, Crs, CrsArgs, Header, HeaderArgs,
};
use comarca_engine::{Column, ColumnType};
use flatbuffers::FlatBufferBuilder;

use super::crs::Reference;
use super::{ColumnMetadata, ExportError, Metadata, WriteProgress, chunks, order};
use crate::problem::Problem;
use crate::source::Features;

const MAGIC: &[u8; 8] = b"fgb\x03fgb\0";

/// Writes a layer; `out` stands at the beginning of a file.
pub(super) fn write(
    features: &Features,
    metadata: Option<&Metadata>,
    out: &mut (impl Write + Seek),
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    if features.columns.len() >= usize::from(u16::MAX) {
        let message = "FlatGeobuf holds 65,534 columns, and there are more";
        return Err(ExportError::unfit(message, "choose some with --columns"));
    }
    let crs = Reference::of(features);
    let mut boxes = order::along_curve(features);
    let indexed = !boxes.is_empty();
    add_the_rest(features, &mut boxes);
    let header = header(features, metadata, &crs, indexed);
    out.write_all(MAGIC)?;
    out.write_all(&header)?;
    let index_at = (MAGIC.len() + header.len()) as u64;
    let index_len = if indexed { tree::bytes(boxes.len()) } else { 0 };
    out.seek(SeekFrom::Start(index_at + index_len))?;
    let mut places = Vec::with_capacity(if indexed { boxes.len() } else { 0 });
    let mut place = 0;
    let encode = |positions: Range<usize>, buffer: &mut Vec<u8>| {
        let mut builder = FlatBufferBuilder::new();
        for position in positions {
            let row = boxes[position].0 as usize;
            feature::write(features, row, &mut builder, buffer);
        }
    };
    chunks::encode(
        features,
        |position| boxes[position].0 as usize,
        progress,
        encode,
        |_, bytes| {
            if indexed {
                for length in lengths(bytes) {
                    places.push(place);
                    place += length;
                }
            }
            out.write_all(bytes).map_err(ExportError::from)
        },
    )?;
    if indexed {
        out.seek(SeekFrom::Start(index_at))?;
        tree::write(&boxes, &places, out)?;
    }
    Ok(crs.missing(features).into_iter().collect())
}

/// Rows without geometry behind the others, with a box that meets no other.
fn add_the_rest(features: &Features, boxes: &mut Vec<(u32, [f64; 4])>) {
    const NOWHERE: [f64; 4] = [
        f64::INFINITY,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NEG_INFINITY,
    ];
    let rows = u32::try_from(features.len()).unwrap_or(u32::MAX);
    let without = |row: &u32| {
        features
            .shapes
            .feature_coordinates(*row as usize)
            .is_empty()
    };
    boxes.extend((0..rows).filter(without).map(|row| (row, NOWHERE)));
}

/// Lengths of the features in `bytes`, each with its length in four bytes before it.
fn lengths(mut bytes: &[u8]) -> impl Iterator<Item = u64> {
    std::iter::from_fn(move || {
        let length = 4 + u32::from_le_bytes(*bytes.first_chunk()?) as usize;
        bytes = bytes.get(length..)?;
        Some(length as u64)
    })
}

fn header(
    features: &Features,
    metadata: Option<&Metadata>,
    crs: &Reference,
    indexed: bool,
) -> Vec<u8> {
    let mut builder = FlatBufferBuilder::new();
    let columns: Vec<_> = features
        .columns
        .iter()
        .map(|column| {
            let known = metadata.and_then(|metadata| metadata.column(column.name()));
            field(column, known, &mut builder)
        })
        .collect();
    let columns = Some(builder.create_vector(&columns));
    let name = Some(builder.create_string(&features.name));
    let envelope = features
        .bounds()
        .map(|bounds| builder.create_vector(&bounds));
    let crs = system(crs, &mut builder);
    let texts = metadata.map(|known| {
        let json = known.to_json().to_string();
        [known.title.clone(), known.description(), json].map(|text| builder.create_string(&text))
    });
    let [title, description, metadata] = texts.map_or([None; 3], |texts| texts.map(Some));
    let header = Header::create(
        &mut builder,
        &HeaderArgs {
            name,
            envelope,
            geometry_type: feature::common_type(features),
            columns,
            features_count: features.len() as u64,
            index_node_size: if indexed { tree::NODE_SIZE } else { 0 },
            crs,
            title,
            description,
            metadata,
            ..HeaderArgs::default()
        },
    );
    builder.finish_size_prefixed(header, None);
    builder.finished_data().to_vec()
}

fn field<'a>(
    column: &Column,
    known: Option<&ColumnMetadata>,
    builder: &mut FlatBufferBuilder<'a>,
) -> flatbuffers::WIPOffset<Field<'a>> {
    let name = Some(builder.create_string(column.name()));
    let title = known.map(|known| builder.create_string(&known.title));
    let description = known.map(|known| builder.create_string(&known.description()));
    let type_ = match column.column_type() {
        ColumnType::Bool => Type::Bool,
        ColumnType::Integer => Type::Long,
        ColumnType::Real => Type::Double,
        ColumnType::Text => Type::String,
    };
    Field::create(
        builder,
        &ColumnArgs {
            name,
            type_,
            title,
            description,
            ..ColumnArgs::default()
        },
    )
}

fn system<'a>(
    crs: &Reference,
    builder: &mut FlatBufferBuilder<'a>,
) -> Option<flatbuffers::WIPOffset<Crs<'a>>> {
    let wkt = crs.wkt.as_ref().map(|wkt| builder.create_string(wkt));
    let known = crs.epsg.is_some() || wkt.is_some();
    let org = crs.epsg.map(|_| builder.create_string("EPSG"));
    let name = Some(builder.create_string(&crs.name));
    let code = crs
        .epsg
        .and_then(|code| i32::try_from(code).ok())
        .unwrap_or(0);
    known.then(|| {
        Crs::create(
            builder,
            &CrsArgs {
                org,
                code,
                name,
                wkt,
                ..CrsArgs::default()
            },
        )
    })
}
