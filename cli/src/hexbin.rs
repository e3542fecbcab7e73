//! `comarca hexbin`: features counted or added up in hexagons.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;
use comarca_engine::hexbin::{HexMeasure, HexTotals, h3_cells, hexagons};
use comarca_engine::{Column, LonLat, Metric, Territory, Value};
use comarca_loaders::Unwatched;
use comarca_loaders::export::{self, OutputFormat, WriteOptions, polygon_layer};
use geo_types::{Coord, LineString, MultiPolygon, Polygon};

use crate::site::{chosen, metres};
use crate::{Arguments, output, project};

/// Count the features of a layer, or add up a column, in hexagons: cells of H3, or equal areas in the project's metres
#[derive(Args)]
pub(crate) struct Hexbin {
    /// Id of the layer
    #[arg(value_name = "LAYER")]
    layer: String,
    /// Resolution of H3, 0 to 15: 8 has cells of about 0.7 km², 9 of 0.1 km²
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u8).range(0..=15))]
    resolution: u8,
    /// Instead of H3, hexagons with this side in metres, which all have the same area
    #[arg(long, value_name = "METRES", value_parser = metres, conflicts_with = "resolution")]
    side: Option<f64>,
    /// Column to add up
    #[arg(long, value_name = "COLUMN")]
    value: Option<String>,
    /// Which features count, in CQL2 text
    #[arg(long = "where", value_name = "CQL2")]
    filter: Option<String>,
    /// The file to write, in any format of layers
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// A cell that is ready to be written.
struct Cell {
    id: String,
    boundary: Vec<LonLat>,
    totals: HexTotals,
}

impl Hexbin {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let cells = self.cells(&territory)?;
        let layer = polygon_layer(&self.layer, cells.iter().map(polygon), columns(&cells));
        let file = self.output.as_path();
        let unwritten = |error| output::unwritten(error, Some(file));
        let format = OutputFormat::of_path(file).map_err(unwritten)?;
        let options = WriteOptions::default();
        let written = export::write(
            std::slice::from_ref(&layer),
            file,
            format,
            &options,
            &Unwatched,
        );
        output::say_problems(&written.map_err(unwritten)?, arguments.json);
        Ok(())
    }

    fn cells(&self, territory: &Territory) -> anyhow::Result<Vec<Cell>> {
        let chosen = chosen(territory, &self.layer, self.filter.as_deref())?;
        let layer = &chosen.layer;
        let rows = (0..chosen.len()).map(|position| chosen.row(position));
        let anchors: Vec<Metric> = rows.clone().map(|row| layer.anchor(row)).collect();
        let values = match &self.value {
            None => None,
            Some(name) => {
                let position = layer.columns().iter().position(|own| own.name() == *name);
                let Some(position) = position else {
                    bail!("the layer {} has no column {name:?}", self.layer);
                };
                // What is not published is not added up either.
                let column = territory.shown_column(layer, position);
                Some(
                    rows.map(|row| column.number(row).unwrap_or(f64::NAN))
                        .collect::<Vec<f64>>(),
                )
            }
        };
        let measure = HexMeasure {
            values: values.as_deref(),
            least_features: territory.least_features(),
            ..HexMeasure::default()
        };
        let projection = territory.projection();
        if let Some(side_m) = self.side {
            let found = hexagons(&anchors, &measure, side_m)?;
            let cell = |cell: &comarca_engine::hexbin::Hexagon| Cell {
                id: cell.id(),
                boundary: projection.to_lonlat(&cell.boundary()),
                totals: cell.totals,
            };
            return Ok(found.cells.iter().map(cell).collect());
        }
        let found = h3_cells(&projection.to_lonlat(&anchors), &measure, self.resolution)?;
        let cell = |cell: &comarca_engine::hexbin::H3Cell| Cell {
            id: cell.id(),
            boundary: cell.boundary(),
            totals: cell.totals,
        };
        Ok(found.cells.iter().map(cell).collect())
    }
}

fn polygon(cell: &Cell) -> MultiPolygon<f64> {
    let ring: LineString<f64> = cell
        .boundary
        .iter()
        .map(|at| Coord {
            x: at.lon,
            y: at.lat,
        })
        .collect();
    MultiPolygon(vec![Polygon::new(ring, vec![])])
}

fn columns(cells: &[Cell]) -> Vec<Column> {
    let count = |cell: &Cell| {
        let count = cell
            .totals
            .count
            .and_then(|count| i64::try_from(count).ok());
        count.map_or(Value::Null, Value::Integer)
    };
    let sum = |cell: &Cell| cell.totals.sum.map_or(Value::Null, Value::Real);
    vec![
        Column::new("id", cells.iter().map(|cell| Value::Text(&cell.id))),
        Column::new("count", cells.iter().map(count)),
        Column::new("sum", cells.iter().map(sum)),
        Column::new(
            "suppressed",
            cells
                .iter()
                .map(|cell| Value::Bool(cell.totals.is_suppressed())),
        ),
    ]
}
