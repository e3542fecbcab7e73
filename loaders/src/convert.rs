//! From a file of any readable format to layers that are ready to be written: chosen, filtered, projected.

/// What a missing CRS may be, from the range of the coordinates.
fn candidates(bounds: Option<[f64; 4]>) -> String {
    let likely = match bounds {
        Some([min_x, min_y, max_x, max_y])
            if min_x >= -180.0 && max_x <= 180.0 && min_y >= -90.0 && max_y <= 90.0 =>
        {
            "its coordinates look like degrees: crs = \"EPSG:4326\"?"
        }
        Some([min_x, min_y, max_x, max_y])
            if min_x > 1e5 && max_x < 9e5 && min_y > 1e6 && max_y < 1e7 =>
        {
            "its coordinates look like UTM metres: crs = \"EPSG:32719\" (WGS 84 / 19S), \"EPSG:32718\" (18S), \"EPSG:5361\" (SIRGAS-Chile / 19S) or \"EPSG:24879\" (PSAD56 / 19S)?"
        }
        Some([min_x, _, max_x, _]) if min_x.abs() < 2.1e7 && max_x.abs() < 2.1e7 => {
            "its coordinates may be Web Mercator (crs = \"EPSG:3857\") or a national grid"
        }
        _ => "say crs = \"EPSG:…\"",
    };
    likely.to_owned()
}

#[cfg(test)]
mod tests;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use comarca_engine::{Column, Filter};

use crate::crs::{Crs, CrsError, Transform, suspicious};
use crate::export::{ExportError, OutputFormat, WriteOptions, WriteProgress, write, write_stream};
use crate::kept_rows::{RowsError, kept_rows};
use crate::load::{unknown_column, without_geometry};
use crate::problem::{LoadError, Problem, Severity};
use crate::source::{self, Features, ReadOptions};

/// What is done between reading and writing, in this order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConvertOptions {
    /// How to read the file. Its `table` is the one layer that is wanted.
    pub read: ReadOptions,
    /// The CRS of the file, where it does not say or says it wrong.
    pub from_crs: Option<String>,
    /// Which features to keep, in CQL2 text over the file's columns.
    pub filter: Option<String>,
    /// Only features whose box meets this one: min x, min y, max x, max y in the file's CRS.
    pub bbox: Option<[f64; 4]>,
    /// The columns to keep, in this order; all when absent.
    pub columns: Option<Vec<String>>,
    /// The CRS to convert to; where absent WGS 84 for formats that are always in it, else the file's.
    pub to_crs: Option<String>,
    /// Whether an error in the data, which costs features or values, is an end to the conversion.
    pub strict: bool,
    /// How to write.
    pub write: WriteOptions,
}

/// Why a file was not converted.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// It cannot be read, or what is wanted of it is not there.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// It cannot be written.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Converts the file `input` to the file `output`, which is replaced. Returns what was wrong on the way.
///
/// # Errors
/// When `input` cannot be read, `output` cannot be written, or both are the same file.
pub fn convert(
    input: &Path,
    output: &Path,
    format: OutputFormat,
    options: &ConvertOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ConvertError> {
    refuse_same_file(input, output)?;
    let (layers, mut problems) = read_layers(input, format, options)?;
    let writing = WriteOptions {
        last_change: options.write.last_change.or_else(|| last_change(input)),
        ..options.write.clone()
    };
    problems.extend(write(&layers, output, format, &writing, progress)?);
    Ok(problems)
}

/// As [`convert`], to a stream such as standard output, in a format that [can](OutputFormat::streams) be written so.
///
/// # Errors
/// As [`convert`].
pub fn convert_to_stream(
    input: &Path,
    out: &mut dyn Write,
    format: OutputFormat,
    options: &ConvertOptions,
    progress: &dyn WriteProgress,
) -> Result<Vec<Problem>, ConvertError> {
    let (layers, mut problems) = read_layers(input, format, options)?;
    for layer in &layers {
        problems.extend(write_stream(layer, out, format, &options.write, progress)?);
    }
    Ok(problems)
}

fn last_change(file: &Path) -> Option<SystemTime> {
    std::fs::metadata(file)
        .and_then(|meta| meta.modified())
        .ok()
}

/// The layers of the file `input` that a file of `format` gets, ready to be written, and what was wrong with them.
///
/// Straight lines stay straight between their ends: coordinates are converted, no new ones are put between them, so a
/// long line is off by what lies between the two systems' straight lines.
///
/// Cost O(size of the file); memory is that of the layers and, while coordinates are converted, those of one layer again.
///
/// # Errors
/// When the file cannot be read at all or errors have left nothing of it, when it has not the layer or the columns that
/// are wanted, the filter makes no sense, or there is no way from its CRS to the one that is wanted.
pub fn read_layers(
    input: &Path,
    format: OutputFormat,
    options: &ConvertOptions,
) -> Result<(Vec<Features>, Vec<Problem>), LoadError> {
    let layers = source::read(input, &options.read)?;
    let layers = chosen(input, layers, format, options.read.table.as_deref())?;
    let several = layers.len() > 1;
    let is_empty = layers.iter().all(Features::is_empty);
    let found = layers.iter().flat_map(|layer| &layer.problems);
    let mut errors = found.filter(|problem| problem.severity == Severity::Error);
    if let Some(error) = errors.next().filter(|_| is_empty || options.strict) {
        return Err(error.clone().into());
    }
    let prepare = |layer: Features| {
        let name = layer.name.clone();
        let prepared = Preparation {
            input,
            format,
            options,
        }
        .run(layer);
        prepared.map_err(|problem| match several {
            true => LoadError::from(problem.in_layer(name)),
            false => problem.into(),
        })
    };
    let mut layers: Vec<Features> = layers.into_iter().map(prepare).collect::<Result<_, _>>()?;
    let problems = layers
        .iter_mut()
        .flat_map(|layer| std::mem::take(&mut layer.problems))
        .collect();
    Ok((layers, problems))
}

/// The layers for a file of `format`: all where it holds several, else the one that is named, the only one, or the
/// only one with geometry.
fn chosen(
    input: &Path,
    mut layers: Vec<Features>,
    format: OutputFormat,
    wanted: Option<&str>,
) -> Result<Vec<Features>, LoadError> {
    let names: Vec<String> = layers.iter().map(|layer| layer.name.clone()).collect();
    let names = names.join(", ");
    if let Some(wanted) = wanted.filter(|_| layers.len() > 1) {
        layers.retain(|layer| layer.name == wanted);
        if layers.is_empty() {
            let error = LoadError::new(input, format!("has no table \"{wanted}\""));
            return Err(error.advice(format!("its tables are {names}")));
        }
    }
    if format.holds_layers() || layers.len() == 1 {
        return Ok(layers);
    }
    layers.retain(|layer| !layer.is_table());
    if layers.len() == 1 {
        return Ok(layers);
    }
    let message = format!(
        "has several layers, and {} holds one: {names}",
        format.name()
    );
    Err(LoadError::new(input, message)
        .advice("choose one with --table, or write GeoPackage or XLSX"))
}

/// What is done with a layer.
struct Preparation<'a> {
    input: &'a Path,
    format: OutputFormat,
    options: &'a ConvertOptions,
}

impl Preparation<'_> {
    fn run(&self, mut layer: Features) -> Result<Features, Problem> {
        if let Some(crs) = &self.options.from_crs {
            layer.crs = Some(crs.clone());
        }
        let layer = self.selected(layer)?;
        let layer = self.with_columns(layer)?;
        self.projected(layer)
    }

    fn error(&self, message: impl Into<String>) -> Problem {
        Problem::error(message).in_file(self.input)
    }

    /// The rows that the filter and the box keep.
    fn selected(&self, layer: Features) -> Result<Features, Problem> {
        let filter = self
            .options
            .filter
            .as_deref()
            .map(Filter::parse)
            .transpose();
        let wrong = |error: RowsError| self.error(format!("the filter: {error}"));
        let filter = filter.map_err(|error| wrong(RowsError::Filter(error)))?;
        if filter.is_none() && self.options.bbox.is_none() {
            return Ok(layer);
        }
        let mut rows = match &filter {
            Some(filter) => kept_rows(filter, &layer, layer.crs.as_deref()).map_err(wrong)?,
            None => (0_u32..).take(layer.len()).collect(),
        };
        if let Some(bbox) = self.options.bbox {
            let meets = |row: u32| {
                layer
                    .bounds_of(row as usize)
                    .is_some_and(|own| meet(own, bbox))
            };
            rows.retain(|row| meets(*row));
        }
        let mut selected = layer.select(&rows);
        if rows.is_empty() && !layer.is_empty() {
            selected.problems.push(self.none_kept(&layer));
        }
        Ok(selected)
    }

    fn none_kept(&self, layer: &Features) -> Problem {
        let message = format!("none of {} features is kept", layer.len());
        let problem = Problem::warning(message).in_file(self.input);
        match (self.options.bbox, layer.bounds()) {
            (Some(_), Some([west, south, east, north])) => problem.advice(format!(
                "the layer lies between {west},{south} and {east},{north} in its own CRS"
            )),
            _ => problem,
        }
    }

    fn with_columns(&self, mut layer: Features) -> Result<Features, Problem> {
        let Some(wanted) = &self.options.columns else {
            return Ok(layer);
        };
        let mut kept: Vec<Column> = vec![];
        for name in wanted {
            match layer.column(name) {
                Some(_) if kept.iter().any(|column| column.name() == name) => {}
                Some(column) => kept.push(column.clone()),
                None => return Err(self.error(unknown_column(name, &layer.columns))),
            }
        }
        layer.columns = kept;
        Ok(layer)
    }

    /// The layer in the CRS that is wanted.
    fn projected(&self, mut layer: Features) -> Result<Features, Problem> {
        let wanted = match (&self.options.to_crs, self.format.is_lonlat()) {
            (Some(crs), _) => crs.as_str(),
            (None, true) => "OGC:CRS84",
            (None, false) => return Ok(layer),
        };
        let to = self.parsed(wanted)?;
        if layer.is_table() {
            return Ok(layer);
        }
        let Some(text) = &layer.crs else {
            let problem = self.error("does not tell its coordinate reference system");
            return Err(problem.advice(format!("say --from-crs; {}", candidates(layer.bounds()))));
        };
        let from = self.parsed(text)?;
        let no_way = |error: CrsError| self.error(error.to_string());
        let transform = Transform::new(&from, &to, layer.bounds()).map_err(no_way)?;
        let suspicions = suspicious(&layer, &from);
        layer.problems.extend(
            suspicions
                .iter()
                .map(|suspicion| suspicion.problem().in_file(self.input)),
        );
        layer.problems.extend(self.accuracy(&from, &to, &transform));
        layer.crs = Some(wanted.to_owned());
        if !transform.is_identity() {
            layer.coordinates = transform.convert(&layer.coordinates);
            return Ok(self.without_lost(layer));
        }
        Ok(layer)
    }

    fn parsed(&self, text: &str) -> Result<Crs, Problem> {
        Crs::parse(text).map_err(|error| self.error(error.to_string()))
    }

    /// How good a shift from one datum to another is, where it is not exact.
    fn accuracy(&self, from: &Crs, to: &Crs, transform: &Transform) -> Option<Problem> {
        let between = format!("from {} to {}", from.name(), to.name());
        let message = match transform.accuracy_m() {
            Some(accuracy_m) if accuracy_m > 0.0 => {
                format!("the way {between} is good to {accuracy_m} m")
            }
            None if from != to => format!("how good the way {between} is, is not known"),
            _ => return None,
        };
        Some(Problem::notice(message).in_file(self.input))
    }

    /// Features with a coordinate that has no place in the other CRS lose their geometry.
    fn without_lost(&self, mut layer: Features) -> Features {
        let finite = |at: &[f64; 2]| at.iter().all(|number| number.is_finite());
        let is_whole = |row: usize| {
            layer.coordinates[layer.shapes.feature_coordinates(row)]
                .iter()
                .all(finite)
        };
        let lost: Vec<usize> = (0..layer.len()).filter(|&row| !is_whole(row)).collect();
        if lost.is_empty() {
            return layer;
        }
        let problem =
            Problem::warning("has coordinates that cannot be projected and loses its geometry")
                .in_file(self.input)
                .advice("check the coordinate reference system and the order of x and y");
        layer.problems.push(problem.at_rows(&lost));
        without_geometry(layer, &lost)
    }
}

fn meet(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] <= b[2] && a[1] <= b[3] && a[2] >= b[0] && a[3] >= b[1]
}

/// Whether writing `output` would replace a file that `input` consists of.
fn refuse_same_file(input: &Path, output: &Path) -> Result<(), LoadError> {
    let real = |path: PathBuf| path.canonicalize().ok();
    let parts = |path: &Path| -> Vec<PathBuf> {
        let names = ["shp", "shx", "dbf", "prj", "cpg"];
        let has_parts = path.extension().is_some_and(|extension| {
            names
                .iter()
                .any(|name| extension.eq_ignore_ascii_case(name))
        });
        let beside = names.map(|name| path.with_extension(name));
        [path.to_owned()]
            .into_iter()
            .chain(beside.into_iter().filter(|_| has_parts))
            .filter_map(real)
            .collect()
    };
    let own = parts(input);
    match parts(output).into_iter().find(|path| own.contains(path)) {
        Some(_) => Err(
            LoadError::new(output, "would replace the file that is read")
                .advice("write to another file"),
        ),
        None => Ok(()),
    }
}
