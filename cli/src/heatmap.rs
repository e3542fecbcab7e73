//! `comarca heatmap`: a density surface as values, as a picture or as isobands.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use comarca_engine::heatmap::{Bandwidth, Grid, Keep, SurfaceRequest, isobands, round_levels};
use comarca_engine::{LonLat, Metric, Territory};
use comarca_loaders::Unwatched;
use comarca_loaders::export::{self, OutputFormat, WriteOptions, band_layer, write_geotiff};
use comarca_tileserver::{Ramp, picture};

use crate::site::{chosen, metres};
use crate::{Arguments, output, project};

/// Isobands, at most.
const BANDS: usize = 9;

/// A heat map of the project as `GeoTIFF` (values), PNG (colours) or isobands in any format of layers
#[derive(Args)]
pub(crate) struct Heatmap {
    /// Id of the heat map
    #[arg(value_name = "ID")]
    id: String,
    /// Side of a cell in metres
    #[arg(long, default_value_t = 25.0, value_name = "METRES", value_parser = metres)]
    cell: f64,
    /// Only this box: west,south,east,north in degrees
    #[arg(
        long,
        value_name = "W,S,E,N",
        value_delimiter = ',',
        num_args = 4,
        allow_hyphen_values = true
    )]
    bbox: Option<Vec<f64>>,
    /// Which features count, in CQL2 text
    #[arg(long = "where", value_name = "CQL2")]
    filter: Option<String>,
    /// Take off the surface of these features: the difference of two periods
    #[arg(long, value_name = "CQL2")]
    minus: Option<String>,
    /// Another bandwidth in metres
    #[arg(long, value_name = "METRES", value_parser = metres)]
    bandwidth: Option<f64>,
    /// Per 1,000 inhabitants instead of per km², where the project says who lives where
    #[arg(long)]
    per_inhabitant: bool,
    /// Only within the territory
    #[arg(long)]
    mask: bool,
    /// Colours of a picture: ylorrd, viridis, magma, blues, purples; of a difference rdbu, puor
    #[arg(long, value_name = "NAME")]
    colors: Option<String>,
    /// The file to write: .tif, .png, or .geojson and other formats of layers for isobands
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Heatmap {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let grid = self.grid(&territory)?;
        let extension = self
            .output
            .extension()
            .map(|text| text.to_string_lossy().to_lowercase());
        match extension.as_deref() {
            Some("tif" | "tiff") => write_geotiff(&grid, territory.crs(), &self.output)
                .map_err(|error| output::unwritten(error, Some(&self.output))),
            Some("png") => self.paint(&grid),
            _ => self.write_bands(&grid, &territory, arguments.json),
        }
    }

    fn grid(&self, territory: &Territory) -> anyhow::Result<Grid> {
        let heatmap = territory.heatmap(&self.id)?;
        if self.per_inhabitant && !heatmap.knows_persons() {
            bail!(
                "the project does not say where people live: heatmaps.{}.per = {{ layer = …, weight = … }}",
                self.id
            );
        }
        let rows = |text: &Option<String>| -> anyhow::Result<Option<HashSet<usize>>> {
            let Some(text) = text else {
                return Ok(None);
            };
            let chosen = chosen(territory, heatmap.layer().id(), Some(text))?;
            Ok(Some(
                (0..chosen.len())
                    .map(|position| chosen.row(position))
                    .collect(),
            ))
        };
        let (keep, minus) = (rows(&self.filter)?, rows(&self.minus)?);
        let keep = keep.map(|rows| move |row: usize| rows.contains(&row));
        let minus = minus.map(|rows| move |row: usize| rows.contains(&row));
        let request = SurfaceRequest {
            keep: keep.as_ref().map(|keep| keep as Keep<'_>),
            minus: minus.as_ref().map(|minus| minus as Keep<'_>),
            bandwidth: self.bandwidth.map(Bandwidth::Fixed),
            masked: self.mask,
            per_inhabitant: self.per_inhabitant,
            ..SurfaceRequest::default()
        };
        let bbox = self
            .bbox
            .as_deref()
            .map(|bbox| in_metres(bbox, territory))
            .transpose()?;
        Ok(heatmap.grid_with(self.cell, bbox, &request)?)
    }

    fn is_difference(&self) -> bool {
        self.minus.is_some()
    }

    fn paint(&self, grid: &Grid) -> anyhow::Result<()> {
        let ramp = match &self.colors {
            Some(name) => {
                Ramp::named(name).filter(|ramp| ramp.is_diverging() == self.is_difference())
            }
            None if self.is_difference() => Some(Ramp::first_diverging()),
            None => Some(Ramp::first()),
        };
        let ramp = ramp.with_context(|| {
            let names: Vec<&str> = match self.is_difference() {
                true => Ramp::diverging_names().collect(),
                false => Ramp::names().collect(),
            };
            format!("--colors is one of {}", names.join(", "))
        })?;
        // Rows run from the south in a grid and from the north in a picture.
        let values: Vec<f32> = grid
            .values
            .chunks(grid.columns.max(1))
            .rev()
            .flatten()
            .map(|value| single(*value))
            .collect();
        let size = (u32::try_from(grid.columns)?, u32::try_from(grid.rows)?);
        let bytes = picture(&values, size, peak(grid), ramp)?;
        std::fs::write(&self.output, bytes)
            .with_context(|| format!("{}: cannot be written", self.output.display()))
    }

    fn write_bands(&self, grid: &Grid, territory: &Territory, as_json: bool) -> anyhow::Result<()> {
        let file: &Path = &self.output;
        let format =
            OutputFormat::of_path(file).map_err(|error| output::unwritten(error, Some(file)))?;
        let above = round_levels(peak(grid), BANDS);
        let below = above
            .iter()
            .rev()
            .map(|level| -level)
            .filter(|_| self.is_difference());
        let levels: Vec<f64> = below.chain(above.iter().copied()).collect();
        let bands = match levels.is_empty() {
            true => vec![],
            false => isobands(grid, &levels)?,
        };
        let layer = band_layer(&self.id, &bands, territory.projection());
        let options = WriteOptions::default();
        let written = export::write(
            std::slice::from_ref(&layer),
            file,
            format,
            &options,
            &Unwatched,
        );
        let problems = written.map_err(|error| output::unwritten(error, Some(file)))?;
        output::say_problems(&problems, as_json);
        Ok(())
    }
}

/// The largest value without its sign; 0 where there is none.
fn peak(grid: &Grid) -> f64 {
    let finite = grid
        .values
        .iter()
        .map(|value| value.abs())
        .filter(|value| value.is_finite());
    finite.fold(0.0, f64::max)
}

/// The box in metres around one in degrees.
fn in_metres(bbox: &[f64], territory: &Territory) -> anyhow::Result<[f64; 4]> {
    let [west, south, east, north] = *bbox else {
        bail!("--bbox is west,south,east,north");
    };
    let corners = [(west, south), (east, south), (east, north), (west, north)];
    let metric = territory
        .projection()
        .to_metric(&corners.map(|(lon, lat)| LonLat { lon, lat }));
    let range = |of: fn(&Metric) -> f64| {
        metric
            .iter()
            .map(of)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            })
    };
    let ((min_x, max_x), (min_y, max_y)) = (range(|at| at.x_m), range(|at| at.y_m));
    Ok([min_x, min_y, max_x, max_y])
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "pixels of a picture need no more digits"
)]
fn single(value: f64) -> f32 {
    value as f32
}
