//! `generate`: the sample's files, or bulk data of any size in one file.
#![forbid(unsafe_code)]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, ValueEnum};
use comarca_generator::write::csv::Dialect;
use comarca_generator::write::shapefile::TextEncoding;
use comarca_generator::{City, Crs, Error, Features, Parameters, bulk, write};

/// Makes the sample of the data folder, or bulk data for benches. Same arguments, same bytes.
#[derive(Parser)]
#[command(after_help = "Examples:
  generate --sample data                                the files of the bundled sample
  generate --blocks 1000000 --format geojson -o b.geojson
  generate --districts 5000 --vertices 108 -o d.fgb
  generate --points 10000000 --seed 7 -o p.csv")]
struct Arguments {
    #[command(flatten)]
    what: What,
    /// Vertices of the median district
    #[arg(long, default_value_t = 108, requires = "districts", value_parser = clap::value_parser!(u32).range(4..=1_000_000))]
    vertices: u32,
    /// Seed of the sample and of the points
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// File to write
    #[arg(short, long, required_unless_present = "sample")]
    output: Option<PathBuf>,
    /// Format of the file; by its extension when absent
    #[arg(long)]
    format: Option<Format>,
    /// 4326 or 32719: coordinates of the file; GeoJSON is always 4326, the others 32719 when absent
    #[arg(long, value_parser = crs)]
    crs: Option<Crs>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct What {
    /// The sample city, into this folder
    #[arg(long, value_name = "FOLDER")]
    sample: Option<PathBuf>,
    /// A coverage of so many districts
    #[arg(long, value_name = "COUNT", value_parser = count())]
    districts: Option<u32>,
    /// So many blocks
    #[arg(long, value_name = "COUNT", value_parser = count())]
    blocks: Option<u32>,
    /// So many points, clustered
    #[arg(long, value_name = "COUNT", value_parser = count())]
    points: Option<u32>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// GeoJSON (RFC 7946)
    Geojson,
    /// CSV: points as x and y, polygons as WKT
    Csv,
    /// FlatGeobuf with index
    Fgb,
    /// Shapefile, text in UTF-8
    Shp,
    /// GeoPackage
    Gpkg,
}

#[expect(
    clippy::print_stderr,
    reason = "a command line says there what went wrong"
)]
fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("generate: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), String> {
    let text = |error: Error| error.to_string();
    if let Some(folder) = &arguments.what.sample {
        let parameters = Parameters {
            seed: arguments.seed,
            ..Parameters::default()
        };
        return City::generate(&parameters)
            .and_then(|city| city.write(folder))
            .map_err(text);
    }
    let path = arguments.output.as_deref().unwrap_or(Path::new(""));
    let format = arguments.format.or_else(|| by_extension(path));
    let format = format.ok_or("cannot tell the format from the file's name: say --format")?;
    let layer = bulk_layer(arguments);
    let layer = match arguments.crs {
        Some(crs) if crs != layer.crs => layer.to_crs(crs).map_err(text)?,
        _ => layer,
    };
    write_file(layer, format, path).map_err(text)
}

fn bulk_layer(arguments: &Arguments) -> Features {
    let What {
        districts,
        blocks,
        points,
        ..
    } = arguments.what;
    if let Some(districts) = districts {
        bulk::coverage_layer(districts as usize, arguments.vertices as usize)
    } else if let Some(blocks) = blocks {
        bulk::block_layer(blocks as usize)
    } else {
        bulk::point_layer(points.unwrap_or(0) as usize, arguments.seed)
    }
}

fn write_file(layer: Features, format: Format, path: &Path) -> Result<(), Error> {
    match format {
        Format::Geojson => write::geojson(&layer, path),
        Format::Csv => write::csv(
            &layer.with_coordinates_as_columns("x", "y", 1),
            Dialect::default(),
            path,
        ),
        Format::Fgb => write::flatgeobuf(&layer, path),
        Format::Shp => write::shapefile(&layer, TextEncoding::Utf8, path),
        Format::Gpkg => write::geopackage(&[&layer], path),
    }
}

fn by_extension(path: &Path) -> Option<Format> {
    Format::from_str(path.extension()?.to_str()?, true).ok()
}

fn crs(text: &str) -> Result<Crs, String> {
    match text {
        "4326" | "EPSG:4326" => Ok(Crs::Wgs84),
        "32719" | "EPSG:32719" => Ok(Crs::Utm19s),
        _ => Err("4326 or 32719".to_owned()),
    }
}

fn count() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=100_000_000)
}
