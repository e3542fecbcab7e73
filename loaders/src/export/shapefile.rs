//! ESRI Shapefile: .shp and .shx, .dbf, .prj and .cpg.
//!
//! Source: ESRI Shapefile Technical Description (1998). What it cannot hold is told: names over ten bytes, texts over
//! 254, empty text as opposed to null, the difference between a polygon and a multipolygon of one.

mod dbf;

use std::fs::{self, File};
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;

use super::crs::Reference;
use super::geometry::{Kind, directed, kinds};
use super::whole_file::WholeFile;
use super::{BUFFER_BYTES, ExportError, WriteOptions, WriteProgress, chunks};
use crate::problem::Problem;
use crate::source::Features;

/// Largest .shp or .dbf that every program opens.
const BYTES_MAX: u64 = i32::MAX as u64;
const HEADER_BYTES: u64 = 100;

/// Writes a layer to `path` and the files beside it.
pub(super) fn write(
    features: &Features,
    path: &Path,
    options: &WriteOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ExportError> {
    let is_shp = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("shp"));
    let path = &if is_shp {
        path.to_owned()
    } else {
        path.with_extension("shp")
    };
    let (shape_type, mut problems) = shape_type(features)?;
    let crs = Reference::of(features);
    let shp_bytes = HEADER_BYTES
        + (0..features.len())
            .map(|row| 8 + content_bytes(features, row, shape_type))
            .sum::<u64>();
    check_size(shp_bytes, ".shp")?;
    let table = dbf::Table::plan(features, options.last_change, &mut problems)?;
    check_size(table.bytes(features.len()), ".dbf")?;
    let file = |extension: &str| WholeFile::create(&path.with_extension(extension));
    let (shp, shx, dbf, cpg) = (
        WholeFile::create(path)?,
        file("shx")?,
        file("dbf")?,
        file("cpg")?,
    );
    write_shapes(features, shape_type, shp_bytes, [&shp, &shx], progress)?;
    let mut out = writer(&dbf)?;
    table.write(features, &mut out)?;
    out.flush()?;
    fs::write(cpg.path(), "UTF-8")?;
    let mut written = vec![shx, dbf, cpg];
    match &crs.esri_wkt {
        Some(wkt) => {
            let prj = file("prj")?;
            fs::write(prj.path(), wkt)?;
            written.push(prj);
        }
        None => drop(fs::remove_file(path.with_extension("prj"))),
    }
    // The .shp last: where it is, the others are.
    written.into_iter().try_for_each(WholeFile::keep)?;
    shp.keep()?;
    // Spatial indexes of the file that was here before would mislead.
    for extension in ["qix", "sbn", "sbx"] {
        drop(fs::remove_file(path.with_extension(extension)));
    }
    problems.extend(crs.missing(features));
    Ok(problems)
}

fn writer(file: &WholeFile) -> std::io::Result<BufWriter<File>> {
    Ok(BufWriter::with_capacity(
        BUFFER_BYTES,
        File::create(file.path())?,
    ))
}

fn check_size(bytes: u64, what: &str) -> Result<(), ExportError> {
    if bytes <= BYTES_MAX {
        return Ok(());
    }
    let message = format!("the {what} would have {bytes} bytes, and a shapefile ends at 2 GB");
    Err(ExportError::unfit(
        message,
        "write GeoPackage or FlatGeobuf, or fewer features",
    ))
}

/// The one type of all shapes. Points beside multipoints become multipoints; other mixtures are refused.
fn shape_type(features: &Features) -> Result<(Kind, Vec<Problem>), ExportError> {
    let mut singles: Vec<Kind> = kinds(features).into_iter().map(Kind::single).collect();
    singles.sort_by_key(|kind| kind.name());
    singles.dedup();
    match singles[..] {
        [Kind::Point] if kinds(features) == [Kind::Point] => Ok((Kind::Point, vec![])),
        [Kind::Point] => {
            let notice = "a shapefile does not mix points and multipoints; all are multipoints";
            let mixed = kinds(features).len() > 1;
            let problem = Problem::notice(notice).in_layer(&features.name);
            Ok((
                Kind::MultiPoint,
                mixed.then_some(problem).into_iter().collect(),
            ))
        }
        [kind] => Ok((kind, vec![])),
        [] => Err(Problem::error("has no geometry, which a shapefile needs")
            .in_layer(&features.name)
            .advice("write CSV or XLSX")
            .into()),
        _ => {
            let names: Vec<_> = singles.iter().map(|kind| kind.name()).collect();
            let message = format!(
                "a shapefile holds one type of geometry, and there are {}",
                names.join(", ")
            );
            Err(Problem::error(message)
                .in_layer(&features.name)
                .advice("write GeoPackage or FlatGeobuf")
                .into())
        }
    }
}

/// Bytes of a record without its head.
fn content_bytes(features: &Features, row: usize, shape_type: Kind) -> u64 {
    let coordinates = features.shapes.feature_coordinates(row).len() as u64;
    let rings = features.shapes.feature_rings(row).len() as u64;
    match shape_type {
        _ if coordinates == 0 => 4,
        Kind::Point => 20,
        Kind::MultiPoint => 40 + 16 * coordinates,
        _ => 44 + 4 * rings + 16 * coordinates,
    }
}

fn write_shapes(
    features: &Features,
    shape_type: Kind,
    shp_bytes: u64,
    [shp, shx]: [&WholeFile; 2],
    progress: &dyn WriteProgress,
) -> Result<(), ExportError> {
    let (mut shp, mut shx) = (writer(shp)?, writer(shx)?);
    let head = |bytes: u64| header(features, shape_type, bytes);
    shp.write_all(&head(shp_bytes))?;
    shx.write_all(&head(HEADER_BYTES + 8 * features.len() as u64))?;
    let encode = |rows: Range<usize>, buffer: &mut Vec<u8>| {
        rows.for_each(|row| record(features, row, shape_type, buffer));
    };
    let mut at = HEADER_BYTES;
    chunks::encode(
        features,
        |row| row,
        progress,
        encode,
        |rows, bytes| {
            shp.write_all(bytes)?;
            for row in rows {
                let content = content_bytes(features, row, shape_type);
                shx.write_all(&words(at))?;
                shx.write_all(&words(content))?;
                at += 8 + content;
            }
            Ok::<(), ExportError>(())
        },
    )?;
    debug_assert_eq!(at, shp_bytes);
    debug_assert_eq!(shp.seek(SeekFrom::End(0)).ok(), Some(shp_bytes));
    shp.flush()?;
    Ok(shx.flush()?)
}

/// A length or place in words of 16 bits, big-endian. Files were checked to end within them.
fn words(bytes: u64) -> [u8; 4] {
    i32::try_from(bytes / 2).unwrap_or(i32::MAX).to_be_bytes()
}

fn code(shape_type: Kind) -> i32 {
    match shape_type {
        Kind::None => 0,
        Kind::Point => 1,
        Kind::LineString | Kind::MultiLineString => 3,
        Kind::Polygon | Kind::MultiPolygon => 5,
        Kind::MultiPoint => 8,
    }
}

fn header(features: &Features, shape_type: Kind, file_bytes: u64) -> Vec<u8> {
    let mut header = [9994, 0, 0, 0, 0, 0].map(i32::to_be_bytes).concat();
    header.extend(words(file_bytes));
    header.extend([1000, code(shape_type)].map(i32::to_le_bytes).concat());
    for number in features.bounds().unwrap_or_default() {
        header.extend(number.to_le_bytes());
    }
    header.resize(100, 0);
    header
}

fn record(features: &Features, row: usize, shape_type: Kind, out: &mut Vec<u8>) {
    out.extend(i32::try_from(row + 1).unwrap_or(i32::MAX).to_be_bytes());
    out.extend(words(content_bytes(features, row, shape_type)));
    let Some(bounds) = features.bounds_of(row) else {
        return out.extend(0_i32.to_le_bytes());
    };
    out.extend(code(shape_type).to_le_bytes());
    let shapes = &features.shapes;
    let coordinates = &features.coordinates[shapes.feature_coordinates(row)];
    if shape_type != Kind::Point {
        bounds
            .iter()
            .for_each(|number| out.extend(number.to_le_bytes()));
    }
    match shape_type {
        Kind::Point => position(coordinates[0], out),
        Kind::MultiPoint => {
            count(coordinates.len(), out);
            coordinates.iter().for_each(|&at| position(at, out));
        }
        _ => {
            let rings = shapes.feature_rings(row);
            let first = shapes.coordinates(rings.start).start;
            count(rings.len(), out);
            count(coordinates.len(), out);
            rings.for_each(|ring| count(shapes.coordinates(ring).start - first, out));
            for part in shapes.parts(row) {
                let rings = shapes.rings(part);
                let exterior = rings.start;
                for ring in rings {
                    let line = &features.coordinates[shapes.coordinates(ring)];
                    match code(shape_type) {
                        // Exteriors run clockwise here.
                        5 => directed(line, ring != exterior).for_each(|at| position(at, out)),
                        _ => line.iter().for_each(|&at| position(at, out)),
                    }
                }
            }
        }
    }
}

fn position([x, y]: [f64; 2], out: &mut Vec<u8>) {
    out.extend(x.to_le_bytes());
    out.extend(y.to_le_bytes());
}

fn count(count: usize, out: &mut Vec<u8>) {
    out.extend(i32::try_from(count).unwrap_or(i32::MAX).to_le_bytes());
}

/// The attributes of a layer alone, for tests of the table.
#[cfg(test)]
fn write_table(features: &Features) -> (Vec<u8>, Vec<Problem>) {
    let (mut out, mut problems) = (vec![], vec![]);
    let table = dbf::Table::plan(features, None, &mut problems).expect("fits");
    table.write(features, &mut out).expect("written");
    assert_eq!(out.len() as u64, table.bytes(features.len()));
    (out, problems)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::tests::layer_of;
    use crate::load::Unwatched;

    fn texts(texts: &[&str]) -> Features {
        layer_of(
            &texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn mixed_types_are_refused_with_advice() {
        let error =
            shape_type(&texts(&["POINT (1 2)", "LINESTRING (0 0, 1 1)"])).expect_err("mixed");
        assert!(
            error
                .to_string()
                .contains("LineString, Point; write GeoPackage"),
            "{error}"
        );
        assert!(shape_type(&texts(&["POINT EMPTY"])).is_err());
        let points = shape_type(&texts(&["POINT (1 2)", "MULTIPOINT (1 2, 3 4)"]));
        let (kind, problems) = points.expect("multipoints");
        assert_eq!((kind, problems.len()), (Kind::MultiPoint, 1));
    }

    #[test]
    fn what_is_over_two_gigabytes_is_refused_before_it_is_written() {
        assert!(check_size(BYTES_MAX, ".shp").is_ok());
        assert!(check_size(BYTES_MAX + 1, ".shp").is_err());
    }

    #[test]
    fn files_of_a_shapefile_that_was_there_before_do_not_stay() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.shp");
        for extension in ["prj", "qix"] {
            fs::write(path.with_extension(extension), "old").expect("a file");
        }
        let mut features = texts(&["POINT (1 2)"]);
        features.crs = None;
        let problems =
            write(&features, &path, &WriteOptions::default(), &Unwatched).expect("written");
        assert_eq!(problems.len(), 1);
        let mut left: Vec<_> = fs::read_dir(folder.path())
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned()))
            .collect();
        left.sort();
        assert_eq!(left, ["a.cpg", "a.dbf", "a.shp", "a.shx"]);
    }
}
