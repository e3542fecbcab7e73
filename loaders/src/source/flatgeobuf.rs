//! `FlatGeobuf`, version 3.
//!
//! The layout (magic, header, packed index, features) is walked here, because a length in the file must be checked
//! against the file before it is used; the tables are verified and read by the `flatgeobuf` crate's accessors.

mod properties;
mod window;

use std::path::Path;

use ::flatgeobuf::{Crs, Feature, Geometry, GeometryType as Type, Header};
use comarca_engine::GeometryType;
use flatbuffers::VerifierOptions;

use super::draft::Draft;
use super::features::Collector;
use super::parallel::{ROWS_PER_PART, read_parts};
use super::table::TOO_MANY_CELLS;
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem, Problems};
use properties::Schema;

pub(super) use window::{declared_crs, read_window};

const MAGIC_LEN: usize = 8;
/// Bytes of a node of the packed index: four f64 and an offset.
const NODE_LEN: usize = 40;
const NODE_BYTES: u64 = NODE_LEN as u64;

/// Reads all features in the order of the file; the index is passed over.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let mut rows = Collector::new(bytes.len());
    if bytes.is_empty() {
        return Ok(rows.build(Format::FlatGeobuf, stem(path), None));
    }
    let (header, rest) = opened(path, bytes)?;
    let features = index_bytes(&header)
        .and_then(|index| rest.get(index..))
        .ok_or_else(|| LoadError::new(path, "announces more features than its size allows"))?;
    read_features(path, &header, features, &mut rows)?;
    Ok(rows.build(
        Format::FlatGeobuf,
        name(path, &header),
        header.crs().and_then(crs),
    ))
}

/// The header, checked, and what follows it.
fn opened<'a>(path: &Path, bytes: &'a [u8]) -> Result<(Header<'a>, &'a [u8]), LoadError> {
    if bytes.get(..4) != Some(b"fgb\x03") {
        return Err(
            LoadError::new(path, "is a FlatGeobuf of another version than 3")
                .advice("write it again with a current tool"),
        );
    }
    let (head, rest) = sized(bytes.get(MAGIC_LEN..).unwrap_or_default())
        .ok_or_else(|| LoadError::new(path, "the header of the FlatGeobuf breaks off"))?;
    let header = ::flatgeobuf::size_prefixed_root_as_header_with_opts(&limits(head), head)
        .map_err(|error| {
            LoadError::caused(
                path,
                "the header of the FlatGeobuf is damaged",
                error.to_string(),
            )
        })?;
    Ok((header, rest))
}

fn name(path: &Path, header: &Header) -> String {
    header
        .name()
        .filter(|name| !name.is_empty())
        .map_or_else(|| stem(path), str::to_owned)
}

fn read_features(
    path: &Path,
    header: &Header,
    bytes: &[u8],
    rows: &mut Collector,
) -> Result<(), LoadError> {
    // Here for its columns and problems; each part of the features makes one for its own table.
    Schema::new(header.columns(), &mut rows.table, &mut rows.problems);
    let read = |part: &Part| {
        let mut rows = Collector::from_row(part.file_bytes, part.first_row);
        let schema = Schema::new(header.columns(), &mut rows.table, &mut Problems::default());
        read_part(header, &schema, part.bytes, &mut rows)?;
        Ok(rows)
    };
    read_parts(&parts(bytes), rows, read).map_err(|why| LoadError::new(path, why))?;
    report_count(header.features_count(), rows);
    Ok(())
}

/// Some features that follow one another, the last of which may break off.
struct Part<'a> {
    bytes: &'a [u8],
    first_row: usize,
    file_bytes: usize,
}

fn parts(bytes: &[u8]) -> Vec<Part<'_>> {
    let mut parts = vec![];
    let (mut rest, mut first_row) = (bytes, 0);
    while !rest.is_empty() {
        let start = rest;
        let mut rows = 0;
        while let Some((_, behind)) = sized(rest).filter(|_| rows < ROWS_PER_PART) {
            (rest, rows) = (behind, rows + 1);
        }
        if rows < ROWS_PER_PART {
            rest = &[];
        }
        parts.push(Part {
            bytes: &start[..start.len() - rest.len()],
            first_row,
            file_bytes: bytes.len(),
        });
        first_row += rows;
    }
    parts
}

fn read_part(
    header: &Header,
    schema: &Schema,
    mut bytes: &[u8],
    rows: &mut Collector,
) -> Result<(), String> {
    while !bytes.is_empty() {
        let Some((feature, rest)) = sized(bytes) else {
            let problem = Problem::error("breaks off; the features behind are missing");
            rows.problems
                .add(problem.at_row(rows.row()).advice("get the file again"));
            break;
        };
        bytes = rest;
        read_row(header, schema, feature, rows)?;
    }
    Ok(())
}

/// Reads a feature, `table` with its length before it, as the next row.
fn read_row(
    header: &Header,
    schema: &Schema,
    table: &[u8],
    rows: &mut Collector,
) -> Result<(), String> {
    match ::flatgeobuf::size_prefixed_root_as_feature_with_opts(&limits(table), table) {
        Ok(feature) => read_feature(header, schema, &feature, rows),
        Err(error) => {
            let problem = Problem::error("is damaged; the row is empty").found(&error.to_string());
            rows.problems.add(problem.at_row(rows.row()));
        }
    }
    match rows.end_row() {
        true => Ok(()),
        false => Err(TOO_MANY_CELLS.to_owned()),
    }
}

fn read_feature(header: &Header, schema: &Schema, feature: &Feature, rows: &mut Collector) {
    if let Some(shape) = feature.geometry()
        && let Err(why) = geometry(&shape, header.geometry_type(), &mut rows.draft)
    {
        rows.draft.clear();
        rows.problems
            .add(Problem::error(format!("the geometry is left out: {why}")).at_row(rows.row()));
    }
    let Some(properties) = feature.properties() else {
        return;
    };
    let read = match feature.columns() {
        Some(own) => Schema::new(Some(own), &mut rows.table, &mut rows.problems)
            .read(properties.bytes(), &mut rows.table),
        None => schema.read(properties.bytes(), &mut rows.table),
    };
    if let Err(why) = read {
        rows.problems
            .add(Problem::error(format!("attributes are left out: {why}")).at_row(rows.row()));
    }
}

/// A claimed number of 0 means that the writer did not know it.
fn report_count(claimed: u64, rows: &mut Collector) {
    if claimed != 0 && claimed != rows.row() as u64 {
        let message = format!("announces {claimed} features but has {}", rows.row());
        rows.problems.add(
            Problem::error(message)
                .advice("the file breaks off or was not finished; write it again"),
        );
    }
}

/// A table with its length before it, and what follows.
fn sized(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    bytes.split_at_checked(length.checked_add(4)?)
}

/// A table may refer to one of its parts many times over; expanded it must stay near its real size.
fn limits(table: &[u8]) -> VerifierOptions {
    VerifierOptions {
        max_tables: table.len() / 4 + 8,
        max_apparent_size: table.len().saturating_mul(4).saturating_add(1024),
        ..VerifierOptions::default()
    }
}

/// Size of the packed R-tree.
fn index_bytes(header: &Header) -> Option<usize> {
    let nodes = index_levels(header)?
        .iter()
        .try_fold(0_u64, |sum, size| sum.checked_add(*size))?;
    usize::try_from(nodes.checked_mul(NODE_BYTES)?).ok()
}

/// Numbers of nodes of the packed R-tree from its leaves to its root, each level a `node_size`th of the one below;
/// none where the file has no index.
fn index_levels(header: &Header) -> Option<Vec<u64>> {
    let (count, node_size) = (header.features_count(), u64::from(header.index_node_size()));
    if node_size < 2 || count == 0 {
        return Some(vec![]);
    }
    let mut levels = vec![count];
    // A tree of one feature has a root of its own.
    while levels.len() == 1 || levels.last() > Some(&1) {
        levels.push(levels.last()?.div_ceil(node_size));
    }
    Some(levels)
}

fn crs(crs: Crs) -> Option<String> {
    let org = crs.org().filter(|org| !org.is_empty()).unwrap_or("EPSG");
    let code = (crs.code() != 0)
        .then(|| crs.code().to_string())
        .or_else(|| crs.code_string().map(str::to_owned));
    let wkt = crs.wkt().filter(|wkt| !wkt.is_empty()).map(str::to_owned);
    code.map(|code| format!("{org}:{code}")).or(wkt)
}

fn geometry(shape: &Geometry, declared: Type, draft: &mut Draft) -> Result<(), &'static str> {
    let kind = if declared == Type::Unknown {
        shape.type_()
    } else {
        declared
    };
    if [
        shape.z().is_some(),
        shape.m().is_some(),
        shape.t().is_some(),
        shape.tm().is_some(),
    ]
    .contains(&true)
    {
        draft.drop_dimensions();
    }
    if matches!(
        kind,
        Type::MultiPoint | Type::MultiLineString | Type::MultiPolygon
    ) {
        draft.multi();
    }
    match kind {
        Type::Point | Type::MultiPoint => {
            draft.kind(GeometryType::Point);
            positions(shape)?
                .filter(|[x, y]| !(x.is_nan() && y.is_nan()))
                .for_each(|[x, y]| draft.point(x, y));
        }
        Type::LineString | Type::MultiLineString => {
            draft.kind(GeometryType::Line);
            rings(shape, draft, Draft::end_part)?;
        }
        Type::Polygon => {
            draft.kind(GeometryType::Polygon);
            rings(shape, draft, |_| {})?;
            draft.end_part();
        }
        Type::MultiPolygon => members(shape, Type::Polygon, draft)?,
        Type::GeometryCollection => members(shape, Type::Unknown, draft)?,
        _ => return Err("curves and surfaces are not read; write it with straight segments"),
    }
    Ok(())
}

fn members(shape: &Geometry, kind: Type, draft: &mut Draft) -> Result<(), &'static str> {
    shape
        .parts()
        .into_iter()
        .flatten()
        .try_for_each(|part| geometry(&part, kind, draft))
}

fn positions<'a>(
    shape: &Geometry<'a>,
) -> Result<impl Iterator<Item = [f64; 2]> + use<'a>, &'static str> {
    let xy = shape.xy().unwrap_or_default();
    if xy.len() % 2 == 1 {
        return Err("it has an odd number of coordinates");
    }
    Ok((0..xy.len() / 2).map(move |at| [xy.get(2 * at), xy.get(2 * at + 1)]))
}

/// Drafts rings or lines; without `ends` all coordinates are one.
fn rings(
    shape: &Geometry,
    draft: &mut Draft,
    after_each: impl Fn(&mut Draft),
) -> Result<(), &'static str> {
    let mut positions = positions(shape)?;
    let count = shape.xy().map_or(0, |xy| xy.len() / 2);
    let ends = shape
        .ends()
        .map(|ends| ends.iter().map(|end| end as usize).collect::<Vec<_>>());
    let mut start = 0;
    for end in ends
        .filter(|ends| !ends.is_empty())
        .unwrap_or_else(|| vec![count])
    {
        if end < start || end > count {
            return Err("the ends of its rings are out of order");
        }
        positions
            .by_ref()
            .take(end - start)
            .for_each(|[x, y]| draft.coordinate(x, y));
        draft.end_ring();
        after_each(draft);
        start = end;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::tests::sample;

    fn read_bytes(bytes: &[u8]) -> Result<Features, LoadError> {
        read(Path::new("a.fgb"), bytes)
    }

    #[test]
    fn a_billion_announced_features_are_not_believed() {
        let mut file = sample::flatgeobuf(true);
        let count = file
            .windows(8)
            .position(|bytes| bytes == 3_u64.to_le_bytes())
            .expect("the number of features");
        file[count..count + 8].copy_from_slice(&1_000_000_000_u64.to_le_bytes());
        let error = read_bytes(&file).expect_err("too many");
        assert!(
            error
                .to_string()
                .contains("more features than its size allows"),
            "{error}"
        );
    }

    #[test]
    fn features_that_are_missing_are_counted() {
        let file = sample::flatgeobuf(false);
        let read = read_bytes(&file[..file.len() - 20]).expect("the others are good");
        let messages: Vec<_> = read.problems.iter().map(ToString::to_string).collect();
        assert_eq!(read.len(), 2);
        assert!(messages[0].starts_with("row 3: breaks off"), "{messages:?}");
        assert!(
            messages[1].starts_with("announces 3 features but has 2"),
            "{messages:?}"
        );
    }

    #[test]
    fn other_versions_and_half_headers_are_errors() {
        let file = sample::flatgeobuf(false);
        assert!(read_bytes(&file[..30]).is_err());
        let mut old = file;
        old[3] = 2;
        assert!(read_bytes(&old).is_err_and(|error| error.to_string().contains("version")));
    }
}
