//! Folders as sources: of shapefiles and tables, of GTFS, and what came out of an archive.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use comarca_engine::nearest;

use super::{Features, Format, ReadOptions, gtfs};
use crate::problem::{LoadError, Problem, Severity};

/// Most files of a folder that are looked at.
const FILES_MAX: usize = 10_000;
/// How deep the folders of an archive are looked into.
const DEPTH_MAX: usize = 16;
/// How many names a message lists.
const NAMES_MAX: usize = 20;

/// Reads a folder: GTFS, or every shapefile and every .dbf table in it.
pub(super) fn read(path: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    let files = files_of(path)?;
    if is_geodatabase(path, &files) {
        return Err(geodatabase(path));
    }
    if gtfs::is_feed(&files) {
        return gtfs::read(path, &files, options.table.as_deref());
    }
    let main: Vec<_> = main_files(&files)
        .into_iter()
        .filter(|file| matches!(extension(file).as_str(), "shp" | "dbf"))
        .collect();
    if main.is_empty() {
        return Err(LoadError::new(path, "is a folder")
            .advice("name the file in it, or use a glob such as folder/*.geojson"));
    }
    layers(path, &main, options)
}

/// The files that reading a folder depends on; empty where `path` is no folder.
pub(super) fn dependencies(path: &Path) -> Vec<PathBuf> {
    files_of(path).unwrap_or_default()
}

/// Reads what came out of an archive: GTFS wherever it lies, else every file that can be read.
pub(super) fn read_unpacked(
    root: &Path,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let mut folders = vec![];
    collect(root, 0, &mut folders)?;
    for (folder, files) in &folders {
        if is_geodatabase(folder, files) {
            return Err(geodatabase(folder));
        }
    }
    if let Some((folder, files)) = folders.iter().find(|(_, files)| gtfs::is_feed(files)) {
        return gtfs::read(folder, files, options.table.as_deref());
    }
    let all: Vec<_> = folders.into_iter().flat_map(|(_, files)| files).collect();
    let mut main = main_files(&all);
    // A .txt beside data is a note, and .xml is metadata; alone they may be the data.
    if main.iter().any(|file| !is_note(file)) {
        main.retain(|file| !is_note(file));
    }
    if main.is_empty() {
        return Err(
            LoadError::new(root, "is an archive without a file that can be read")
                .advice(format!("it has: {}", listed(&file_names(&all)))),
        );
    }
    layers(root, &main, options)
}

/// Reads a single file from an archive, which must not be an archive again.
pub(super) fn read_member(path: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    if path.is_dir() {
        return read_unpacked(path, options);
    }
    match Format::detect(path)? {
        Format::Zip | Format::Gzip => Err(LoadError::new(path, "is an archive in an archive")
            .advice("unpack the outer one first")),
        _ => super::read(path, options),
    }
}

/// The file or folder `inner` below `root`; capitals do not matter where the exact name is not there.
pub(super) fn locate(root: &Path, inner: &Path) -> Option<PathBuf> {
    let mut found = root.to_owned();
    for part in inner.components() {
        let std::path::Component::Normal(part) = part else {
            return None;
        };
        let exact = found.join(part);
        found = if exact.exists() {
            exact
        } else {
            let wanted = part.to_string_lossy().to_lowercase();
            let mut entries = fs::read_dir(&found).ok()?.take(FILES_MAX).flatten();
            entries
                .find(|entry| entry.file_name().to_string_lossy().to_lowercase() == wanted)?
                .path()
        };
    }
    Some(found)
}

/// The first names of a list.
pub(super) fn listed(names: &[String]) -> String {
    let more = names.len().saturating_sub(NAMES_MAX);
    let shown = names[..names.len() - more].join(", ");
    if more == 0 {
        shown
    } else {
        format!("{shown} and {more} more")
    }
}

/// The layers of `main`, those that `options.table` names. A file that cannot be read is a warning beside others.
fn layers(
    path: &Path,
    main: &[PathBuf],
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let Some(table) = options.table.as_deref() else {
        return all(main, options);
    };
    let called = |file: &&PathBuf| {
        [file.file_name(), file.file_stem()]
            .into_iter()
            .flatten()
            .any(|name| name.to_string_lossy().eq_ignore_ascii_case(table))
    };
    let anything = ReadOptions {
        table: None,
        ..options.clone()
    };
    if let Some(file) = main.iter().find(called) {
        return read_member(file, &anything);
    }
    let mut read = all(main, &anything)?;
    let names: Vec<String> = read.iter().map(|layer| layer.name.clone()).collect();
    read.retain(|layer| layer.name == table);
    if read.is_empty() {
        return Err(unknown_table(path, table, &names));
    }
    Ok(read)
}

fn all(main: &[PathBuf], options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    let (mut layers, mut failures) = (vec![], vec![]);
    for file in main {
        match read_member(file, options) {
            Ok(read) => layers.extend(read.into_iter().map(|layer| without_shp(layer, file))),
            Err(error) => failures.push(error),
        }
    }
    match layers.first_mut() {
        Some(first) => first
            .problems
            .extend(failures.into_iter().map(|error| Problem {
                severity: Severity::Warning,
                ..error.into()
            })),
        None => return failures.into_iter().next().map_or(Ok(vec![]), Err),
    }
    Ok(layers)
}

/// Says of a .dbf in a folder that it was read as a table, which may not be what is expected.
fn without_shp(mut layer: Features, file: &Path) -> Features {
    if layer.format == Format::Dbf {
        let notice = Problem::notice("has no .shp beside it and was read as a table");
        layer.problems.push(notice.in_file(file));
    }
    layer
}

/// What to say of a layer or table that is not there.
pub(super) fn unknown_table(path: &Path, table: &str, names: &[String]) -> LoadError {
    let hint = match nearest(table, names.iter().map(String::as_str)) {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None => format!("it has: {}", listed(names)),
    };
    LoadError::new(path, format!("has no layer {table:?}")).advice(hint)
}

fn geodatabase(path: &Path) -> LoadError {
    LoadError::new(path, "is an ESRI file geodatabase, which is not read").advice(
        "export its layers as GeoPackage, in QGIS or with ogr2ogr -f GPKG layers.gpkg layers.gdb",
    )
}

fn is_geodatabase(path: &Path, files: &[PathBuf]) -> bool {
    extension(path) == "gdb" || files.iter().any(|file| extension(file) == "gdbtable")
}

/// Files that are read by themselves: not the parts of a shapefile beside its .shp, nor what describes data.
fn main_files(files: &[PathBuf]) -> Vec<PathBuf> {
    const READ: &[&str] = &[
        "shp",
        "dbf",
        "geojson",
        "json",
        "geojsonl",
        "geojsons",
        "geojsonseq",
        "ndjson",
        "topojson",
        "fgb",
        "gpkg",
        "csv",
        "tsv",
        "tab",
        "txt",
        "xlsx",
        "xlsm",
        "xls",
        "ods",
        "parquet",
        "geoparquet",
        "arrow",
        "feather",
        "kml",
        "kmz",
        "gpx",
        "gml",
        "xml",
        "pbf",
        "zip",
        "gz",
    ];
    let known = |file: &&PathBuf| READ.contains(&extension(file).as_str());
    let stem = |file: &Path| file.with_extension("").to_string_lossy().to_lowercase();
    let shapefiles: HashSet<String> = files
        .iter()
        .filter(|file| extension(file) == "shp")
        .map(|file| stem(file))
        .collect();
    let mut main: Vec<PathBuf> = files.iter().filter(known).cloned().collect();
    main.retain(|file| extension(file) != "dbf" || !shapefiles.contains(&stem(file)));
    main
}

fn is_note(file: &Path) -> bool {
    matches!(extension(file).as_str(), "txt" | "xml")
}

/// The regular files of a folder, in the order of their names.
fn files_of(path: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let entries = fs::read_dir(path).map_err(|error| super::unreadable(path, &error))?;
    let mut files: Vec<PathBuf> = entries
        .take(FILES_MAX)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_file())
        .collect();
    files.sort();
    Ok(files)
}

/// Every folder from `path` down, with its files.
fn collect(
    path: &Path,
    depth: usize,
    folders: &mut Vec<(PathBuf, Vec<PathBuf>)>,
) -> Result<(), LoadError> {
    folders.push((path.to_owned(), files_of(path)?));
    let entries = fs::read_dir(path).map_err(|error| super::unreadable(path, &error))?;
    let mut below: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.is_dir())
        .collect();
    below.sort();
    if depth < DEPTH_MAX {
        for folder in below {
            collect(&folder, depth + 1, folders)?;
        }
    }
    Ok(())
}

fn file_names(files: &[PathBuf]) -> Vec<String> {
    let names = files.iter().filter_map(|file| file.file_name());
    names
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

pub(super) fn extension(path: &Path) -> String {
    path.extension()
        .map(|extension| extension.to_string_lossy().to_lowercase())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
