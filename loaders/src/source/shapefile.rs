//! ESRI Shapefile: .shp with its .shx, .dbf, .prj and .cpg.
//!
//! Source: ESRI Shapefile Technical Description (1998). Numbers of parts and points are checked against the length of
//! their record, and the records against the file, before anything is read.

mod rings;

use std::fs;
use std::ops::Range;
use std::path::Path;

use comarca_engine::GeometryType;

use super::dbf::{Dbf, deleted, sibling};
use super::draft::Draft;
use super::features::Collector;
use super::parallel::{parts, read_parts};
use super::table::TOO_MANY_CELLS;
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem};

/// Reads the .shp in `bytes` and the files beside `path`.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Features, LoadError> {
    let shx = optional(path, "shx")?;
    let dbf = optional(path, "dbf")?;
    let mut rows = Collector::new(bytes.len() + dbf.as_ref().map_or(0, Vec::len));
    let records = records(path, bytes, shx.as_deref(), &mut rows)?;
    let attributes = dbf
        .as_ref()
        .map(|dbf| Dbf::open(path, dbf, &mut rows.table, &mut rows.problems))
        .transpose()?;
    if attributes.is_none() {
        rows.problems.add(
            Problem::warning("has no .dbf beside it, so no attributes").advice("get the .dbf too"),
        );
    }
    let count = attributes
        .as_ref()
        .map_or(records.len(), |table| table.len().max(records.len()));
    report_counts(&mut rows, records.len(), attributes.as_ref().map(Dbf::len));
    let file_bytes = bytes.len() + dbf.as_ref().map_or(0, Vec::len);
    let read = |numbers: &Range<usize>| {
        let mut rows = Collector::from_row(file_bytes, numbers.start);
        if let Some(table) = &attributes {
            table.add_columns(&mut rows.table);
        }
        for number in numbers.clone() {
            read_record(&records, attributes.as_ref(), number, &mut rows)?;
        }
        Ok(rows)
    };
    read_parts(&parts(count), &mut rows, read).map_err(|why| LoadError::new(path, why))?;
    Ok(rows.build(Format::Shapefile, stem(path), crs(path)))
}

/// Reads the shape and the attributes with this number, which may be missing on either side.
fn read_record(
    records: &[&[u8]],
    attributes: Option<&Dbf>,
    number: usize,
    rows: &mut Collector,
) -> Result<(), String> {
    let attributes = attributes.filter(|table| number < table.len());
    if attributes.is_some_and(|table| table.is_deleted(number)) {
        rows.problems.add(deleted(number));
        return Ok(());
    }
    if let Some(record) = records.get(number) {
        draft_shape(record, number, rows);
    }
    if let Some(table) = attributes {
        table.fill(number, &mut rows.table, &mut rows.problems);
    }
    match rows.end_row() {
        true => Ok(()),
        false => Err(TOO_MANY_CELLS.to_owned()),
    }
}

fn optional(path: &Path, extension: &str) -> Result<Option<Vec<u8>>, LoadError> {
    let Some(file) = sibling(path, extension) else {
        return Ok(None);
    };
    fs::read(&file)
        .map(Some)
        .map_err(|error| super::unreadable(&file, &error))
}

/// The text of the .prj.
fn crs(path: &Path) -> Option<String> {
    const BYTES_MAX: u64 = 1 << 20;
    let prj = sibling(path, "prj")?;
    let small = fs::metadata(&prj).is_ok_and(|file| file.len() <= BYTES_MAX);
    let text = small.then(|| fs::read(&prj).ok()).flatten()?;
    let text = String::from_utf8_lossy(&text)
        .trim_matches(['\u{feff}', '\0', ' ', '\n', '\r', '\t'])
        .to_owned();
    (!text.is_empty()).then_some(text)
}

fn report_counts(rows: &mut Collector, shapes: usize, records: Option<usize>) {
    if let Some(records) = records.filter(|records| *records != shapes) {
        let message = format!("has {shapes} shapes but {records} attribute records");
        rows.problems.add(
            Problem::error(message)
                .advice("the parts of the shapefile do not belong together, or one breaks off"),
        );
    }
}

const HEADER_LEN: usize = 100;

/// The content of every record: through the .shx where there is one, else one after the other.
fn records<'a>(
    path: &Path,
    bytes: &'a [u8],
    shx: Option<&[u8]>,
    rows: &mut Collector,
) -> Result<Vec<&'a [u8]>, LoadError> {
    if bytes.is_empty() {
        return Ok(vec![]);
    }
    if bytes.len() < HEADER_LEN {
        return Err(LoadError::new(
            path,
            "the header of the shapefile breaks off",
        ));
    }
    if let Some(shx) = shx.filter(|shx| shx.len() >= HEADER_LEN) {
        return indexed_records(path, bytes, shx, rows);
    }
    let message = "has no .shx beside it; its records were read one after the other";
    rows.problems.add(Problem::warning(message));
    Ok(consecutive_records(bytes, rows))
}

fn consecutive_records<'a>(bytes: &'a [u8], rows: &mut Collector) -> Vec<&'a [u8]> {
    let mut records = vec![];
    let mut at = HEADER_LEN;
    while at < bytes.len() {
        let Some(content) = record(bytes, at) else {
            let problem = Problem::error(format!(
                "breaks off at byte {at}; the shapes behind are missing"
            ));
            rows.problems
                .add(problem.at_row(records.len()).advice("get the file again"));
            break;
        };
        at += 8 + content.len();
        records.push(content);
    }
    records
}

fn indexed_records<'a>(
    path: &Path,
    bytes: &'a [u8],
    shx: &[u8],
    rows: &mut Collector,
) -> Result<Vec<&'a [u8]>, LoadError> {
    let mut records = vec![];
    let mut total = 0;
    for entry in shx[HEADER_LEN..].chunks_exact(8) {
        let at = i32_be(entry, 0)
            .and_then(|words| usize::try_from(words).ok())
            .unwrap_or(usize::MAX / 2)
            * 2;
        let content = record(bytes, at);
        if content.is_none() {
            let problem = Problem::error("the .shx points outside the .shp; the shape is missing");
            rows.problems.add(
                problem
                    .at_row(records.len())
                    .advice("delete the .shx or get the file again"),
            );
        }
        let content = content.unwrap_or_default();
        total += content.len();
        if total > bytes.len() {
            // Entries that all point at one large record would otherwise multiply it.
            return Err(
                LoadError::new(path, "the .shx points at the same shapes again and again")
                    .advice("delete the .shx"),
            );
        }
        records.push(content);
    }
    Ok(records)
}

/// The content of the record whose header is at byte `at`.
fn record(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let words = usize::try_from(i32_be(bytes, at.checked_add(4)?)?).ok()?;
    let start = at.checked_add(8)?;
    bytes.get(start..start.checked_add(words.checked_mul(2)?)?)
}

fn draft_shape(record: &[u8], number: usize, rows: &mut Collector) {
    match shape(record, &mut rows.draft) {
        Ok(true) => {}
        Ok(false) => {
            let problem = Problem::warning(
                "has too many rings to look around every hole; holes belong to the ring before them",
            );
            rows.problems.add(problem.at_row(number));
        }
        Err(why) => {
            rows.draft.clear();
            rows.problems
                .add(Problem::error(format!("the shape is left out: {why}")).at_row(number));
        }
    }
}

/// Drafts the shape of a record. False when its rings could not be sorted well.
fn shape(record: &[u8], draft: &mut Draft) -> Result<bool, &'static str> {
    const CUT: &str = "its record breaks off";
    if record.is_empty() {
        return Ok(true);
    }
    let kind = i32_le(record, 0).ok_or(CUT)?;
    if !matches!(kind, 0 | 31) && kind > 10 {
        draft.drop_dimensions();
    }
    match kind {
        0 => {}
        1 | 11 | 21 => {
            let [x, y] = position(record, 4).ok_or(CUT)?;
            draft.kind(GeometryType::Point);
            draft.point(x, y);
        }
        8 | 18 | 28 => {
            draft.kind(GeometryType::Point);
            draft.multi();
            points(record, 36, 40)
                .ok_or(CUT)?
                .for_each(|[x, y]| draft.point(x, y));
        }
        3 | 13 | 23 => {
            draft.kind(GeometryType::Line);
            for part in rings_of(record)? {
                for [x, y] in part {
                    draft.coordinate(x, y);
                }
                draft.end_ring();
                draft.end_part();
            }
        }
        5 | 15 | 25 => {
            draft.kind(GeometryType::Polygon);
            return Ok(rings::draft(&rings_of(record)?, draft));
        }
        31 => return Err("multipatches are not read"),
        _ => return Err("its type is not known"),
    }
    Ok(true)
}

/// The parts of a line or polygon record.
fn rings_of(record: &[u8]) -> Result<Vec<Vec<[f64; 2]>>, &'static str> {
    const LIE: &str = "its numbers of parts and points do not fit its record";
    let count = i32_le(record, 36)
        .and_then(|count| usize::try_from(count).ok())
        .ok_or(LIE)?;
    let first_point = count
        .checked_mul(4)
        .and_then(|bytes| bytes.checked_add(44))
        .ok_or(LIE)?;
    let points: Vec<_> = points(record, 40, first_point).ok_or(LIE)?.collect();
    let starts = record.get(44..first_point).ok_or(LIE)?.chunks_exact(4);
    let mut starts: Vec<_> = starts
        .filter_map(|start| usize::try_from(i32_le(start, 0)?).ok())
        .collect();
    starts.push(points.len());
    let part = |pair: &[usize]| {
        points
            .get(pair[0]..pair[1])
            .map(<[_]>::to_vec)
            .ok_or("its parts are out of order")
    };
    starts.windows(2).map(part).collect()
}

/// As many points from byte `first` as the number at byte `count` says.
fn points(record: &[u8], count: usize, first: usize) -> Option<impl Iterator<Item = [f64; 2]>> {
    let count = usize::try_from(i32_le(record, count)?).ok()?;
    let bytes = record.get(first..first.checked_add(count.checked_mul(16)?)?)?;
    Some(
        bytes
            .chunks_exact(16)
            .filter_map(|point| position(point, 0)),
    )
}

fn position(bytes: &[u8], at: usize) -> Option<[f64; 2]> {
    let number = |at: usize| {
        bytes
            .get(at..)?
            .first_chunk()
            .map(|bytes| f64::from_le_bytes(*bytes))
    };
    Some([number(at)?, number(at + 8)?])
}

fn i32_le(bytes: &[u8], at: usize) -> Option<i32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| i32::from_le_bytes(*bytes))
}

fn i32_be(bytes: &[u8], at: usize) -> Option<i32> {
    bytes
        .get(at..)?
        .first_chunk()
        .map(|bytes| i32::from_be_bytes(*bytes))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use comarca_engine::GeometryType;

    use super::*;
    use crate::source::tests::sample;

    /// The sample's files of these extensions, in a folder of their own.
    fn files(extensions: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        for (extension, bytes) in ["shp", "shx", "dbf"].iter().zip(sample::shapefile()) {
            if let Some(written) = extensions
                .iter()
                .find(|written| written.eq_ignore_ascii_case(extension))
            {
                fs::write(folder.path().join("a").with_extension(written), bytes).expect("a file");
            }
        }
        let path = folder.path().join("a").with_extension(extensions[0]);
        (folder, path)
    }

    fn read_file(path: &Path) -> Features {
        read(path, &fs::read(path).expect("a file")).expect("a shapefile")
    }

    #[test]
    fn extensions_may_be_in_capitals_and_the_prj_is_handed_over() {
        let (folder, path) = files(&["SHP", "SHX", "DBF"]);
        fs::write(folder.path().join("a.PRJ"), "GEOGCS[\"x\"]\r\n").expect("a file");
        let read = read_file(&path);
        assert_eq!(
            (read.len(), read.columns.len(), read.crs.as_deref()),
            (3, 3, Some("GEOGCS[\"x\"]"))
        );
        assert!(read.problems.is_empty(), "{:?}", read.problems);
    }

    #[test]
    fn a_shapefile_without_its_other_parts_is_read_with_warnings() {
        let (_folder, path) = files(&["shp"]);
        let read = read_file(&path);
        assert_eq!(
            (read.len(), read.columns.len(), read.coordinates.len()),
            (3, 0, 18)
        );
        assert_eq!(read.problems.len(), 2);
    }

    #[test]
    fn parts_that_do_not_belong_together_are_an_error() {
        let (_folder, path) = files(&["shp", "dbf"]);
        let shp = fs::read(&path).expect("a file");
        fs::write(&path, &shp[..shp.len() - 12]).expect("a file");
        let read = read_file(&path);
        assert_eq!(read.len(), 3);
        assert!(
            read.problems
                .iter()
                .any(|problem| problem.message == "has 2 shapes but 3 attribute records")
        );
    }

    #[test]
    fn an_index_that_repeats_one_record_is_refused() {
        let (folder, path) = files(&["shp", "shx"]);
        let shx = fs::read(folder.path().join("a.shx")).expect("a file");
        let repeated = [
            &shx[..HEADER_LEN],
            &shx[HEADER_LEN..HEADER_LEN + 8].repeat(100),
        ]
        .concat();
        fs::write(folder.path().join("a.shx"), repeated).expect("a file");
        let bytes = fs::read(&path).expect("a file");
        assert!(
            read(&path, &bytes).is_err_and(|error| error.to_string().contains("again and again"))
        );
    }

    #[test]
    fn points_and_lines_of_every_dimension_are_read() {
        let numbers = |numbers: &[f64]| {
            numbers
                .iter()
                .flat_map(|number| number.to_le_bytes())
                .collect::<Vec<_>>()
        };
        let ints = |ints: &[i32]| {
            ints.iter()
                .flat_map(|int| int.to_le_bytes())
                .collect::<Vec<_>>()
        };
        let drafted = |record: &[u8]| {
            let mut rows = Collector::new(0);
            draft_shape(record, 0, &mut rows);
            rows.end_row();
            let read = rows.build(Format::Shapefile, String::new(), None);
            (
                read.shapes.geometry_type(0),
                read.coordinates,
                read.problems.len(),
            )
        };
        let point_z = [ints(&[11]), numbers(&[1.0, 2.0, 3.0, 0.0])].concat();
        assert_eq!(
            drafted(&point_z),
            (GeometryType::Point, vec![[1.0, 2.0]], 1)
        );
        let points = [
            ints(&[8]),
            numbers(&[0.0; 4]),
            ints(&[2]),
            numbers(&[1.0, 2.0, 3.0, 4.0]),
        ]
        .concat();
        assert_eq!(
            drafted(&points),
            (GeometryType::Point, vec![[1.0, 2.0], [3.0, 4.0]], 0)
        );
        let line = [
            ints(&[3]),
            numbers(&[0.0; 4]),
            ints(&[1, 2, 0]),
            numbers(&[1.0, 2.0, 3.0, 4.0]),
        ]
        .concat();
        assert_eq!(
            drafted(&line),
            (GeometryType::Line, vec![[1.0, 2.0], [3.0, 4.0]], 0)
        );
        let lying = [
            ints(&[3]),
            numbers(&[0.0; 4]),
            ints(&[1, i32::MAX, 0]),
            numbers(&[1.0, 2.0]),
        ]
        .concat();
        assert_eq!(drafted(&lying), (GeometryType::None, vec![], 1));
        assert_eq!(drafted(&ints(&[31])), (GeometryType::None, vec![], 1));
        assert_eq!(drafted(&ints(&[0])), (GeometryType::None, vec![], 0));
    }
}
