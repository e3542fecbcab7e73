//! Sources → layers: read, filter, identify, repair, project.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::path::PathBuf;
use std::sync::Arc;

use comarca_engine::{Column, Filter, Layer, LayerParts, LonLat, Metric, Text, Title, Value};
use rayon::prelude::*;

use super::access::Access;
use super::bbox::Cut;
use super::faults::Fault;
use super::origin::Origin;
use super::tables::Table;
use super::{Progress, at, derive, duplicates, repair, shown};
use crate::crs::{Crs, CrsError, MetricProjection, Transform, proposal, suspicious};
use crate::kept_rows::{RowsError, kept_rows};
use crate::problem::{Problem, Problems, Severity};
use crate::project::{
    CsvConfig, DecimalMark, JsonConfig, LayerConfig, OnDuplicate, OsmConfig, Project,
    SeveralConfig, TitleConfig,
};
use crate::source::{
    self, CsvOptions, Features, Format, JsonOptions, Location, OsmOptions, ReadOptions, Several,
};

/// A datum shift that is less accurate than this is told, in metres.
const ACCURACY_TOLD_M: f64 = 1.0;

/// A layer as it was loaded.
pub(super) struct Loaded {
    pub(super) layer: Arc<Layer>,
    /// Where each feature comes from.
    pub(super) origin: Origin,
}

/// All layers of the project, read in parallel, in the project's order. One that fails leaves errors and is absent.
pub(super) fn read<'p>(
    project: &'p Project,
    tables: &HashMap<String, Table>,
    projection: &'p MetricProjection,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
    faults: &mut Vec<Fault>,
) -> Vec<Loaded> {
    let configs: Vec<_> = project.config.layers.iter().collect();
    let one = |(id, config): &(&'p String, &'p LayerConfig)| {
        let mut reader = LayerReader::new(project, id, projection);
        let layer = reader.read(config, tables);
        progress.loaded(id, layer.as_ref().map_or(0, Layer::len));
        (layer, reader)
    };
    let read: Vec<_> = configs.par_iter().map(one).collect();
    let place = place(project, read.iter().filter_map(|(layer, _)| layer.as_ref()));
    let place = place.or_else(|| projection.crs().area());
    let mut layers = vec![];
    for ((layer, mut reader), (_, config)) in read.into_iter().zip(configs) {
        reader.propose_crs(place);
        let found = reader.problems.into_vec().into_iter();
        problems.extend(found.map(|problem| problem.of_source(&config.source)));
        faults.extend(reader.faults);
        let origin = reader.origin;
        layers.extend(layer.map(Arc::new).map(|layer| Loaded { layer, origin }));
    }
    layers
}

/// Where the territory is, in degrees: where the layers of its levels are, else where all layers are.
fn place<'l>(
    project: &Project,
    layers: impl Iterator<Item = &'l Layer> + Clone,
) -> Option<[f64; 4]> {
    let of_level = |layer: &&Layer| {
        let mut levels = project.config.levels.iter();
        levels.any(|level| level.layer.as_deref() == Some(layer.id()))
    };
    lonlat_bounds(layers.clone().filter(of_level)).or_else(|| lonlat_bounds(layers))
}

/// West, south, east, north of all coordinates.
pub(super) fn lonlat_bounds<'l>(layers: impl Iterator<Item = &'l Layer>) -> Option<[f64; 4]> {
    layers.flat_map(Layer::lonlat).fold(None, |bounds, at| {
        let [west, south, east, north] = bounds.unwrap_or([at.lon, at.lat, at.lon, at.lat]);
        Some([
            at.lon.min(west),
            at.lat.min(south),
            at.lon.max(east),
            at.lat.max(north),
        ])
    })
}

/// Reads one layer and collects what is wrong with it.
pub(super) struct LayerReader<'a> {
    project: &'a Project,
    id: &'a str,
    projection: &'a MetricProjection,
    pub(super) problems: Problems,
    pub(super) faults: Vec<Fault>,
    origin: Origin,
    /// Coordinates that cannot be used for want of a CRS: what is wrong, and where most of them are.
    homeless: Option<(String, Option<[f64; 4]>)>,
}

impl<'a> LayerReader<'a> {
    pub(super) fn new(project: &'a Project, id: &'a str, projection: &'a MetricProjection) -> Self {
        Self {
            project,
            id,
            projection,
            problems: Problems::default(),
            faults: vec![],
            origin: Origin::default(),
            homeless: None,
        }
    }

    /// Says which CRS the coordinates may be in, once it is known where the territory is.
    pub(super) fn propose_crs(&mut self, place: Option<[f64; 4]>) {
        let Some((what, bounds)) = self.homeless.take() else {
            return;
        };
        let advice = match (bounds, place) {
            (Some(bounds), Some(place)) => proposal(bounds, self.projection, place),
            _ => "say crs = \"EPSG:…\"".to_owned(),
        };
        let path = format!("layers.{}.crs", self.id);
        self.wrong(&path, format!("{what}; {advice}"));
    }

    fn read(&mut self, config: &LayerConfig, tables: &HashMap<String, Table>) -> Option<Layer> {
        let options = ReadOptions {
            csv: csv_options(config.csv.as_ref()),
            json: json_options(config.json.as_ref()),
            table: config.table.clone(),
            osm: config
                .osm
                .as_ref()
                .map_or_else(OsmOptions::default, osm_options),
            repair_text: config.repair_text,
            query: config.query.clone(),
            ..ReadOptions::default()
        };
        let crs = config
            .crs
            .clone()
            .or_else(|| config.csv.as_ref()?.crs.clone());
        let cut = config.bbox.map(|bbox| Cut::new(bbox, crs.clone()));
        let (features, origin) = read_source(
            self.project,
            &config.source,
            &options,
            cut.as_ref(),
            &mut self.problems,
        )?;
        self.origin = origin;
        let path = format!("layers.{}", self.id);
        let features = derive::columns(
            self.project,
            &path,
            &config.derive,
            features,
            &self.origin,
            &mut self.problems,
        )?;
        if features.is_table() && !features.is_empty() {
            let path = format!("layers.{}.source", self.id);
            let cure = match features.format {
                Format::Postgres => {
                    "look whether the database has PostGIS and the table a geometry column"
                }
                Format::Json => "name the paths to the coordinates in json = { x = …, y = … }",
                _ => "name the columns with the coordinates in csv = { x = …, y = … }",
            };
            let message = format!("has no geometry: declare it under [tables], or {cure}");
            self.wrong(&path, message);
            return None;
        }
        let crs = crs.or_else(|| features.crs.clone());
        let features = self.filtered(features, config.filter.as_deref(), crs.as_deref())?;
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
    fn filtered(
        &mut self,
        features: Features,
        filter: Option<&str>,
        crs: Option<&str>,
    ) -> Option<Features> {
        let Some(text) = filter else {
            return Some(features);
        };
        let path = format!("layers.{}.where", self.id);
        let bound = Filter::parse(text)
            .map_err(RowsError::Filter)
            .and_then(|filter| kept_rows(&filter, &features, crs));
        match bound {
            Ok(rows) => {
                if rows.is_empty() && !features.is_empty() {
                    let message = format!("the filter keeps none of {} features", features.len());
                    self.problems
                        .add(at(self.project, &self.project.error(&path, message)).downgraded());
                }
                self.origin.select(&rows);
                Some(features.select(&rows))
            }
            Err(RowsError::Filter(error)) => {
                self.problems
                    .add(at(self.project, &self.project.filter_error(&path, &error)));
                None
            }
            Err(RowsError::Place(error)) => {
                self.problems
                    .add(at(self.project, &self.project.error(&path, error)));
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
        let (features, crossings) =
            repair::polygons(features, self.id, &self.origin, &mut self.problems);
        self.problems
            .extend(duplicates::notices(&features, self.id, &self.origin));
        let (features, lonlat, metric) = self.projected(features, crs)?;
        self.faults
            .extend(crossings.into_iter().filter_map(|crossing| {
                let crs = Crs::parse(crs?).ok()?;
                crossing.fault(self.id, &keys, &self.origin, &crs)
            }));
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
        self.origin.select(&rows);
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
        let (mut keyless, mut repeated) = (vec![], vec![]);
        for (row, key) in (0u32..).zip(keys.iter()) {
            if key.is_empty() {
                keyless.push(row as usize);
                continue;
            }
            let Some(&kept) = first.get(key) else {
                first.insert(key, rows.len());
                rows.push(row);
                continue;
            };
            repeated.push(row as usize);
            if on_duplicate == OnDuplicate::Last {
                rows[kept] = row;
            }
        }
        let told = |problem: Problem| problem.in_layer(self.id).in_column(column);
        let without = told(Problem::warning("has no key and is left out"));
        self.problems
            .extend(self.origin.problems(&without, &keyless));
        let Some(first) = repeated.first() else {
            return rows;
        };
        if on_duplicate == OnDuplicate::Error {
            let twice = told(Problem::error("key stands twice"))
                .found(keys.value(*first))
                .advice("mend the file, or say on_duplicate = \"first\" or \"last\"");
            self.problems
                .extend(self.origin.problems(&twice, &repeated));
        } else {
            let message = format!(
                "{} features with a key that was there before are left out, {} stay",
                repeated.len(),
                rows.len()
            );
            self.problems.add(told(Problem::notice(message)));
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
            let what = "the source does not tell its coordinate reference system".to_owned();
            self.homeless = Some((what, usual_bounds(&features.coordinates)));
            return None;
        };
        let from = Crs::parse(text)
            .map_err(|error| {
                self.homeless = Some((error.to_string(), usual_bounds(&features.coordinates)));
            })
            .ok()?;
        let transforms = self.transforms(&from, features.bounds());
        let (to_degrees, to_metres) = transforms
            .map_err(|error| self.wrong(&path, error.to_string()))
            .ok()?;
        let converted = [&to_degrees, &to_metres]
            .map(|way| (!way.is_identity()).then(|| way.convert(&features.coordinates)));
        let unusable = unusable(&features, &converted);
        if !unusable.is_empty() {
            let problem =
                Problem::warning("has coordinates that cannot be projected and loses its geometry")
                    .in_layer(self.id)
                    .advice("check the coordinate reference system and the order of x and y");
            self.problems
                .extend(self.origin.problems(&problem, &unusable));
            return self.projected(repair::without_geometry(features, &unusable), crs);
        }
        for suspicion in suspicious(&features, &from) {
            let rows: Vec<usize> = suspicion.rows.iter().map(|row| *row as usize).collect();
            let problem = suspicion.problem().in_layer(self.id);
            self.problems.extend(self.origin.problems(&problem, &rows));
        }
        let degrees = converted[0].as_ref().unwrap_or(&features.coordinates);
        self.report_area(&features, degrees, &from);
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

    /// Tells of features beyond the area that the CRS is made for, where lengths and areas are stretched.
    fn report_area(&mut self, features: &Features, lonlat: &[[f64; 2]], from: &Crs) {
        let Some([west, south, east, north]) = from.area().filter(|_| !from.is_geographic()) else {
            return;
        };
        // Half a zone beyond the edge: whole countries are kept in one zone.
        let margin = (east - west) / 2.0;
        let is_outside = |row: &usize| {
            let first = features.shapes.feature_coordinates(*row).start;
            let at = lonlat.get(first).filter(|_| features.has_geometry(*row));
            at.is_some_and(|[lon, lat]| {
                !(west - margin..=east + margin).contains(lon) || !(south..=north).contains(lat)
            })
        };
        let rows = (0..features.len()).filter(is_outside);
        let rows: Vec<usize> = rows.collect();
        let message = format!("lies outside the area that {} is made for", from.name());
        let problem = Problem::warning(message)
            .in_layer(self.id)
            .advice("check the coordinates and the coordinate reference system");
        self.problems.extend(self.origin.problems(&problem, &rows));
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
        if from.is_on_old_datum() && pair.0.accuracy_m().is_none() {
            let message = format!(
                "no shift from {} to WGS 84 is published for this place; the mean of South America may be off by 100 m",
                from.name()
            );
            self.problems
                .add(Problem::warning(message).in_layer(self.id));
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

/// All files of a source, one below the other, or what is at its address; only what `cut` leaves of it. `None` when one
/// cannot be read; why is added to `problems`.
pub(super) fn read_source(
    project: &Project,
    source: &str,
    options: &ReadOptions,
    cut: Option<&Cut>,
    problems: &mut Problems,
) -> Option<(Features, Origin)> {
    let locations = Access::of(project)
        .locations(source)
        .map_err(|problem| problems.add(*problem))
        .ok()?;
    let options = ReadOptions {
        download_max_bytes: Some(project.config.access.download_max_mb << 20),
        ..options.clone()
    };
    let read = |location: &Location| match cut {
        None => read_one(location, &options),
        Some(cut) => {
            read_one(location, &cut.pushed_down(location, &options)?).map(|part| cut.cut(part))
        }
    };
    let parts: Vec<_> = locations.par_iter().map(read).collect();
    let mut all: Option<Features> = None;
    let mut starts = vec![];
    let mut failed = false;
    for (file, part) in locations.iter().map(Location::shown).zip(parts) {
        let file = &file;
        match part {
            Err(error) => {
                failed = true;
                problems.add(error.into());
            }
            Ok(mut part) => {
                if !part.is_empty() {
                    let first = all.as_ref().map_or(0, Features::len);
                    starts.push((first, shown(project, file)));
                }
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
    let all = all.filter(|_| !failed)?;
    Some((all, Origin::new(starts)))
}

fn read_one(location: &Location, options: &ReadOptions) -> Result<Features, crate::LoadError> {
    let layers = source::read_location(location, options)?;
    one_of(&location.shown(), layers, options)
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

/// Where all but the outermost fiftieth of coordinates on each side lie: min x, min y, max x, max y.
fn usual_bounds(coordinates: &[[f64; 2]]) -> Option<[f64; 4]> {
    let range = |axis: usize| {
        let mut values: Vec<f64> = coordinates.iter().map(|at| at[axis]).collect();
        values.sort_by(f64::total_cmp);
        let beyond = values.len() / 50;
        Some((*values.get(beyond)?, *values.iter().nth_back(beyond)?))
    };
    let ((min_x, max_x), (min_y, max_y)) = (range(0)?, range(1)?);
    Some([min_x, min_y, max_x, max_y])
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
    pub(super) fn of_source(self, source: &str) -> Self {
        let file = self
            .file
            .clone()
            .or_else(|| Some(Location::parse(source).shown()));
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
