//! Sources → layers: read, filter, identify, repair, project.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;
use std::sync::Arc;

use comarca_engine::{Column, Filter, Layer, LayerParts, LonLat, Metric, Text, Title, Value};
use rayon::prelude::*;

use super::tables::Table;
use super::{Progress, at, repair, shown};
use crate::crs::{Crs, CrsError, MetricProjection, Transform, suspicious};
use crate::problem::{Problem, Problems, Severity};
use crate::project::{
    CsvConfig, DecimalMark, JsonConfig, LayerConfig, OnDuplicate, OsmConfig, Project,
    SeveralConfig, TitleConfig,
};
use crate::source::{
    self, CsvOptions, Features, Format, JsonOptions, OsmOptions, ReadOptions, Several,
};

/// A datum shift that is less accurate than this is told, in metres.
const ACCURACY_TOLD_M: f64 = 5.0;

/// All layers of the project, read in parallel, in the project's order. One that fails leaves errors and is absent.
pub(super) fn read(
    project: &Project,
    tables: &HashMap<String, Table>,
    projection: &MetricProjection,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> Vec<Arc<Layer>> {
    let configs: Vec<_> = project.config.layers.iter().collect();
    let one = |(id, config): &(&String, &LayerConfig)| {
        let mut reader = LayerReader::new(project, id, projection);
        let layer = reader.read(config, tables);
        progress.loaded(id, layer.as_ref().map_or(0, Layer::len));
        let found = reader.problems.into_vec().into_iter();
        let addressed = found
            .map(|problem| problem.of_source(&config.source))
            .collect::<Vec<_>>();
        (layer.map(Arc::new), addressed)
    };
    let read: Vec<_> = configs.par_iter().map(one).collect();
    let mut layers = vec![];
    for (layer, found) in read {
        layers.extend(layer);
        problems.extend(found);
    }
    layers
}

/// Reads one layer and collects what is wrong with it.
pub(super) struct LayerReader<'a> {
    project: &'a Project,
    id: &'a str,
    projection: &'a MetricProjection,
    pub(super) problems: Problems,
}

impl<'a> LayerReader<'a> {
    pub(super) fn new(project: &'a Project, id: &'a str, projection: &'a MetricProjection) -> Self {
        Self {
            project,
            id,
            projection,
            problems: Problems::default(),
        }
    }

    fn read(&mut self, config: &LayerConfig, tables: &HashMap<String, Table>) -> Option<Layer> {
        let options = ReadOptions {
            csv: csv_options(config.csv.as_ref()),
            json: json_options(config.json.as_ref()),
            table: config.table.clone(),
            osm: config
                .osm
                .as_ref()
                .map_or_else(Default::default, osm_options),
        };
        let features = read_source(self.project, &config.source, &options, &mut self.problems)?;
        if features.is_table() && !features.is_empty() {
            let path = format!("layers.{}.source", self.id);
            let section = if features.format == Format::Json {
                "json"
            } else {
                "csv"
            };
            self.wrong(&path, format!("has no geometry: declare it under [tables], or name the columns with the coordinates in {section} = {{ x = …, y = … }}"));
            return None;
        }
        let features = self.filtered(features, config.filter.as_deref())?;
        let crs = config
            .crs
            .clone()
            .or_else(|| config.csv.as_ref()?.crs.clone())
            .or_else(|| features.crs.clone());
        let identity = Identity {
            key: config.key.as_deref(),
            name: config.name.as_deref(),
            on_duplicate: config.on_duplicate,
        };
        self.finish(
            features,
            crs.as_deref(),
            &identity,
            config.title.as_ref(),
            |columns, keys, problems| {
                let columns = kept(
                    columns,
                    config.columns.as_deref(),
                    self.id,
                    self.project,
                    problems,
                );
                tables
                    .values()
                    .filter(|table| table.joins(self.id))
                    .fold(columns, |columns, table| {
                        table.join(self.project, self.id, columns, keys, problems)
                    })
            },
        )
    }

    /// The features that the filter keeps.
    fn filtered(&mut self, features: Features, filter: Option<&str>) -> Option<Features> {
        let Some(text) = filter else {
            return Some(features);
        };
        let path = format!("layers.{}.where", self.id);
        let bound = Filter::parse(text).and_then(|filter| {
            let bound = filter.bind(&features.columns)?;
            Ok((0u32..)
                .take(features.len())
                .filter(|&row| bound.matches(row as usize))
                .collect::<Vec<_>>())
        });
        match bound {
            Ok(rows) => {
                if rows.is_empty() && !features.is_empty() {
                    let message = format!("the filter keeps none of {} features", features.len());
                    self.problems
                        .add(at(self.project, &self.project.error(&path, message)).downgraded());
                }
                Some(features.select(&rows))
            }
            Err(error) => {
                self.problems
                    .add(at(self.project, &self.project.filter_error(&path, &error)));
                None
            }
        }
    }

    /// Keys, geometry in both spaces, columns: the layer.
    pub(super) fn finish(
        &mut self,
        features: Features,
        crs: Option<&str>,
        identity: &Identity<'_>,
        title: Option<&TitleConfig>,
        columns: impl FnOnce(Vec<Column>, &Text, &mut Problems) -> Vec<Column>,
    ) -> Option<Layer> {
        let (features, keys) = self.identified(features, identity)?;
        let names = identity
            .name
            .map(|name| self.texts(&features, name, "name"))
            .transpose()
            .ok()?;
        let features = repair::polygons(features, self.id, &mut self.problems);
        let (features, lonlat, metric) = self.projected(features, crs)?;
        let columns = columns(features.columns, &keys, &mut self.problems);
        let title = title.map_or_else(Title::default, TitleConfig::to_title);
        let parts = LayerParts {
            id: self.id.to_owned(),
            title,
            keys,
            names,
            columns,
            shapes: features.shapes,
            lonlat,
            metric,
        };
        Layer::new(parts)
            .map_err(|error| {
                self.problems
                    .add(Problem::error(error.to_string()).in_layer(self.id));
            })
            .ok()
    }

    /// The features that have a key of their own, and the keys.
    fn identified(
        &mut self,
        features: Features,
        identity: &Identity<'_>,
    ) -> Option<(Features, Text)> {
        let Some(column) = identity.key else {
            let numbers = (1..=features.len()).map(|row| row.to_string()).collect();
            return Some((features, numbers));
        };
        let keys = self.texts(&features, column, "key").ok()?;
        let rows = self.unique(&keys, column, identity.on_duplicate);
        if rows.len() == features.len() && rows.is_sorted() {
            return Some((features, keys));
        }
        let keys = rows.iter().map(|&row| keys.value(row as usize)).collect();
        Some((features.select(&rows), keys))
    }

    /// Rows to keep: without empty keys, and of equal keys the one the project wants.
    fn unique(&mut self, keys: &Text, column: &str, on_duplicate: OnDuplicate) -> Vec<u32> {
        if are_certainly_unique(keys) {
            return (0u32..).take(keys.len()).collect();
        }
        let (mut rows, mut first): (Vec<u32>, HashMap<&str, usize>) =
            (vec![], HashMap::with_capacity(keys.len()));
        let mut repeated = 0u64;
        for (row, key) in (0u32..).zip(keys.iter()) {
            if key.is_empty() {
                let problem = Problem::warning("has no key and is left out")
                    .in_layer(self.id)
                    .in_column(column);
                self.problems.add(problem.at_row(row as usize));
                continue;
            }
            let Some(&kept) = first.get(key) else {
                first.insert(key, rows.len());
                rows.push(row);
                continue;
            };
            repeated += 1;
            match on_duplicate {
                OnDuplicate::First => {}
                OnDuplicate::Last => rows[kept] = row,
                OnDuplicate::Error => {
                    let problem = Problem::error("key stands twice")
                        .in_layer(self.id)
                        .in_column(column)
                        .at_row(row as usize)
                        .found(key);
                    self.problems.add(
                        problem
                            .advice("mend the file, or say on_duplicate = \"first\" or \"last\""),
                    );
                }
            }
        }
        if repeated > 0 && on_duplicate != OnDuplicate::Error {
            let message = format!(
                "{repeated} features with a key that was there before are left out, {} stay",
                rows.len()
            );
            self.problems
                .add(Problem::notice(message).in_layer(self.id).in_column(column));
        }
        rows
    }

    /// The texts of a column that the project names under `layers.<id>.<what>`.
    fn texts(&mut self, features: &Features, column: &str, what: &str) -> Result<Text, ()> {
        if let Some(column) = features.column(column) {
            if let Some(texts) = column.texts() {
                return Ok(texts.clone());
            }
            return Ok((0..column.len())
                .map(|row| column.value(row).display())
                .collect());
        }
        let message = unknown_column(column, &features.columns);
        self.wrong(&format!("layers.{}.{what}", self.id), message);
        Err(())
    }

    /// The coordinates in degrees and in metres; features that cannot be projected lose their geometry.
    fn projected(
        &mut self,
        features: Features,
        crs: Option<&str>,
    ) -> Option<(Features, Vec<LonLat>, Vec<Metric>)> {
        let path = format!("layers.{}.crs", self.id);
        let Some(text) = crs else {
            let message = format!(
                "the source does not tell its coordinate reference system; {}",
                candidates(features.bounds())
            );
            self.wrong(&path, message);
            return None;
        };
        let from = Crs::parse(text)
            .map_err(|error| self.wrong(&path, error.to_string()))
            .ok()?;
        let transforms = self.transforms(&from, features.bounds());
        let (to_degrees, to_metres) = transforms
            .map_err(|error| self.wrong(&path, error.to_string()))
            .ok()?;
        let converted = [&to_degrees, &to_metres]
            .map(|way| (!way.is_identity()).then(|| way.convert(&features.coordinates)));
        let unusable = unusable(&features, &converted);
        if !unusable.is_empty() {
            for &row in &unusable {
                let problem = Problem::warning(
                    "has coordinates that cannot be projected and loses its geometry",
                )
                .in_layer(self.id)
                .at_row(row);
                self.problems.add(
                    problem
                        .advice("check the coordinate reference system and the order of x and y"),
                );
            }
            return self.projected(repair::without_geometry(features, &unusable), crs);
        }
        let id = self.id;
        self.problems.extend(
            suspicious(&features, &from)
                .iter()
                .map(|suspicion| suspicion.problem().in_layer(id)),
        );
        // Coordinates that need no conversion are handed on, not copied: the source is in one of the two spaces at most.
        let mut features = features;
        let [lonlat, metric] = converted
            .map(|space| space.unwrap_or_else(|| std::mem::take(&mut features.coordinates)));
        let lonlat = lonlat
            .into_iter()
            .map(|[lon, lat]| LonLat { lon, lat })
            .collect();
        let metric = metric
            .into_iter()
            .map(|[x_m, y_m]| Metric { x_m, y_m })
            .collect();
        Some((features, lonlat, metric))
    }

    /// The ways to degrees and to metres.
    fn transforms(
        &mut self,
        from: &Crs,
        bounds: Option<[f64; 4]>,
    ) -> Result<(Transform, Transform), CrsError> {
        let pair = (
            Transform::new(from, &Crs::lonlat(), bounds)?,
            Transform::new(from, self.projection.crs(), bounds)?,
        );
        if let Some(accuracy_m) = pair
            .0
            .accuracy_m()
            .filter(|accuracy_m| *accuracy_m > ACCURACY_TOLD_M)
        {
            let message = format!(
                "the shift from {} to WGS 84 is good to {accuracy_m} m",
                from.name()
            );
            self.problems
                .add(Problem::notice(message).in_layer(self.id));
        }
        Ok(pair)
    }

    fn wrong(&mut self, path: &str, message: impl Into<String>) {
        self.problems
            .add(at(self.project, &self.project.error(path, message)));
    }
}

/// Whether no two keys are equal and none is empty; false also where two only have the same hash.
fn are_certainly_unique(keys: &Text) -> bool {
    if keys.is_strictly_ascending() {
        return !keys.is_empty() && !keys.value(0).is_empty();
    }
    let hash =
        |row: usize| BuildHasherDefault::<DefaultHasher>::default().hash_one(keys.value(row));
    let mut hashes: Vec<u64> = (0..keys.len()).into_par_iter().map(hash).collect();
    hashes.par_sort_unstable();
    hashes.windows(2).all(|pair| pair[0] != pair[1]) && keys.iter().all(|key| !key.is_empty())
}

/// The rows with a coordinate that could not be converted.
fn unusable(features: &Features, converted: &[Option<Vec<[f64; 2]>>; 2]) -> Vec<usize> {
    let is_finite = |[x, y]: &[f64; 2]| x.is_finite() && y.is_finite();
    if converted
        .iter()
        .flatten()
        .all(|space| space.par_iter().all(is_finite))
    {
        return vec![];
    }
    let fails = |at: usize| {
        converted
            .iter()
            .flatten()
            .any(|space| !is_finite(&space[at]))
    };
    (0..features.len())
        .filter(|&row| features.shapes.feature_coordinates(row).any(fails))
        .collect()
}

/// How a layer's features are told apart and called.
pub(super) struct Identity<'a> {
    pub(super) key: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) on_duplicate: OnDuplicate,
}

/// All files of a source, one below the other. `None` when one cannot be read; why is added to `problems`.
pub(super) fn read_source(
    project: &Project,
    source: &str,
    options: &ReadOptions,
    problems: &mut Problems,
) -> Option<Features> {
    let files = source::expand(source, project.folder())
        .map_err(|error| problems.add(error.into()))
        .ok()?;
    let read = |file: &PathBuf| {
        source::read(file, options).and_then(|layers| one_of(file, layers, options))
    };
    let parts: Vec<_> = files.par_iter().map(read).collect();
    let mut all: Option<Features> = None;
    let mut failed = false;
    for (file, part) in files.iter().zip(parts) {
        match part {
            Err(error) => {
                failed = true;
                problems.add(error.into());
            }
            Ok(mut part) => {
                problems.extend(
                    std::mem::take(&mut part.problems)
                        .into_iter()
                        .map(|problem| {
                            let own = problem.file.clone().unwrap_or_else(|| file.clone());
                            problem.shown_as(shown(project, &own))
                        }),
                );
                match &mut all {
                    None => all = Some(part),
                    Some(all) if all.crs == part.crs || part.is_empty() => all.append(part),
                    Some(all) => {
                        failed = true;
                        let message = format!(
                            "is in {}, the files before it are in {}",
                            crs_name(&part),
                            crs_name(all)
                        );
                        problems.add(
                            Problem::error(message)
                                .in_file(file)
                                .advice("make them layers of their own"),
                        );
                    }
                }
            }
        }
    }
    all.filter(|_| !failed)
}

/// The one layer of a file that is meant: the only one, or the only one with geometry; of GTFS the stops.
fn one_of(
    file: &std::path::Path,
    mut layers: Vec<Features>,
    options: &ReadOptions,
) -> Result<Features, crate::LoadError> {
    let names = layers
        .iter()
        .map(|layer| layer.name.clone())
        .collect::<Vec<_>>()
        .join(", ");
    if options.table.is_none() {
        match layers.first().map(|layer| layer.format) {
            Some(Format::Gtfs) => layers.truncate(1),
            // Of tables only, one has to be named.
            _ if layers.iter().any(|layer| !layer.is_table()) => {
                layers.retain(|layer| !layer.is_table());
            }
            _ => {}
        }
    }
    match layers.len() {
        1 => Ok(layers.remove(0)),
        0 => Err(crate::LoadError::new(
            file,
            format!("has no layer to take (it has: {names})"),
        )),
        _ => Err(
            crate::LoadError::new(file, format!("has several layers: {names}"))
                .advice("choose one with table = \"…\""),
        ),
    }
}

fn crs_name(features: &Features) -> String {
    features.crs.as_deref().map_or_else(
        || "an unknown CRS".to_owned(),
        |crs| crs.chars().take(60).collect(),
    )
}

/// The columns the project keeps, in its order; all without a list.
fn kept(
    columns: Vec<Column>,
    wanted: Option<&[String]>,
    id: &str,
    project: &Project,
    problems: &mut Problems,
) -> Vec<Column> {
    let Some(wanted) = wanted else { return columns };
    let mut keep = vec![];
    for (position, name) in wanted.iter().enumerate() {
        match columns.iter().find(|column| column.name() == name) {
            Some(column) => keep.push(column.clone()),
            None => problems.add(at(
                project,
                &project.error(
                    &format!("layers.{id}.columns[{position}]"),
                    unknown_column(name, &columns),
                ),
            )),
        }
    }
    keep
}

/// `there is no column "x"; did you mean "y"?`
pub(crate) fn unknown_column(name: &str, columns: &[Column]) -> String {
    let known: Vec<&str> = columns.iter().map(Column::name).collect();
    let hint = match comarca_engine::nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean {nearest:?}?"),
        None => format!("there are: {}", known.join(", ")),
    };
    format!("there is no column {name:?}; {hint}")
}

/// What a missing CRS may be, from the range of the coordinates.
pub(crate) fn candidates(bounds: Option<[f64; 4]>) -> String {
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

pub(super) fn csv_options(config: Option<&CsvConfig>) -> CsvOptions {
    let Some(config) = config else {
        return CsvOptions::default();
    };
    CsvOptions {
        delimiter: config
            .delimiter
            .as_ref()
            .and_then(|text| text.chars().next()),
        decimal: config.decimal.map(|mark| match mark {
            DecimalMark::Point => '.',
            DecimalMark::Comma => ',',
        }),
        encoding: config.encoding.clone(),
        x: config.x.clone(),
        y: config.y.clone(),
        crs: config.crs.clone(),
        text: config.text.clone(),
        header: config.header,
    }
}

fn osm_options(config: &OsmConfig) -> OsmOptions {
    OsmOptions {
        tags: config.tags.clone(),
        columns: config.columns.clone(),
    }
}

pub(super) fn json_options(config: Option<&JsonConfig>) -> JsonOptions {
    let Some(config) = config else {
        return JsonOptions::default();
    };
    JsonOptions {
        records: config.records.clone(),
        x: config.x.clone(),
        y: config.y.clone(),
        geometry_column: config.geometry_column.clone(),
        geometry: match config.geometry {
            SeveralConfig::Line => Several::Line,
            SeveralConfig::Polygon => Several::Polygon,
            SeveralConfig::MultiPoint => Several::MultiPoint,
            SeveralConfig::Mean => Several::Mean,
        },
        crs: config.crs.clone(),
    }
}

impl Problem {
    /// The same problem with the layer's source as its file, where it names none.
    fn of_source(self, source: &str) -> Self {
        let file = self.file.clone().or_else(|| Some(PathBuf::from(source)));
        Self { file, ..self }
    }

    /// The same problem as a warning.
    fn downgraded(self) -> Self {
        Self {
            severity: Severity::Warning,
            ..self
        }
    }

    /// The same problem with its file named as the project names it.
    fn shown_as(self, file: PathBuf) -> Self {
        Self {
            file: Some(file),
            ..self
        }
    }
}

/// A value of a column as the text that keys are compared by.
pub(super) fn key_text(value: Value<'_>) -> String {
    value.display()
}
