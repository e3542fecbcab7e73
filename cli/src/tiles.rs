//! `comarca tiles`: all tiles of the project as one archive or a folder.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use clap::Args;
use comarca_engine::Filter;
use comarca_engine::tile::MAX_ZOOM;
use comarca_loaders::export::{
    ExportError, TileCompression, TileFormat, TilesRequest, TilesSummary, write_tiles,
};
use comarca_loaders::project::ServerConfig;
use serde_json::json;

use crate::convert::bbox;
use crate::progress::TileBar;
use crate::{Arguments, output, project};

/// Write all tiles to `PMTiles`, `MBTiles` or a folder, to be served without Comarca
///
/// What was interrupted (Ctrl-C, a full disk) goes on when the same command is given again, as long as the data are the same;
/// until it is whole it is called FILE.part. The same data and options give the same bytes.
#[derive(Args)]
pub(crate) struct Tiles {
    /// Levels and layers to write, with commas, in this order; all when absent
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    layers: Vec<String>,
    /// Lowest zoom
    #[arg(long, default_value_t = 0, value_name = "ZOOM", value_parser = zoom)]
    minzoom: u8,
    /// Highest zoom
    #[arg(long, default_value_t = 14, value_name = "ZOOM", value_parser = zoom)]
    maxzoom: u8,
    /// Only tiles that meet this box: west,south,east,north in degrees
    #[arg(long, value_name = "W,S,E,N", value_parser = bbox, allow_hyphen_values = true)]
    bbox: Option<[f64; 4]>,
    /// Indicators to join to the levels, with commas
    #[arg(long, value_delimiter = ',', value_name = "ID")]
    indicators: Vec<String>,
    /// Columns to write, with commas; all when absent. Features always have key and name
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    properties: Option<Vec<String>>,
    /// Which features to write, in CQL2 text
    #[arg(long = "where", value_name = "CQL2")]
    filter: Option<String>,
    /// How tiles are compressed: none, gzip, zstd or br; gzip in archives and none in a folder when absent
    #[arg(long, value_name = "NAME", value_parser = compression)]
    compression: Option<TileCompression>,
    /// The file to write, .pmtiles or .mbtiles; a folder without an extension
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

impl Tiles {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let unwritten = |error: ExportError| output::unwritten(error, Some(&self.output));
        let format = TileFormat::of_path(&self.output).map_err(unwritten)?;
        let opened = project::open(&arguments.project)?;
        let request = self.request(format, &opened.config.server)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let started = Instant::now();
        let bar = TileBar::new(stopped()?);
        let written = write_tiles(&territory, &request, &self.output, &bar);
        drop(bar);
        let summary = written.map_err(unwritten)?;
        output::say(&match arguments.json {
            true => document(&summary).to_string(),
            false => self.told(&summary, started.elapsed().as_secs_f64()),
        });
        Ok(())
    }

    /// The bounds of a tile are those that the server keeps.
    fn request(&self, format: TileFormat, server: &ServerConfig) -> anyhow::Result<TilesRequest> {
        let filter = self.filter.as_deref().map(Filter::parse).transpose();
        Ok(TilesRequest {
            sources: self.layers.clone(),
            zooms: self.minzoom..=self.maxzoom,
            bbox: self.bbox,
            indicators: self.indicators.clone(),
            properties: self.properties.clone(),
            filter: filter.map_err(|error| anyhow::anyhow!("--where: {error}"))?,
            format,
            compression: self.compression,
            bytes_max: usize::try_from(server.tile_max_kb.saturating_mul(1000)).ok(),
            features_max: Some(server.tile_max_features),
        })
    }

    fn told(&self, summary: &TilesSummary, seconds: f64) -> String {
        let mut told = format!(
            "{}: {} tiles, {} different, {} in {seconds:.2} s",
            self.output.display(),
            summary.tiles,
            summary.contents,
            size(summary.bytes)
        );
        if let Some(largest) = summary.largest {
            let coord = largest.coord;
            let largest = format!(
                "\nlargest tile {}/{}/{}: {}, {} as stored",
                coord.z(),
                coord.x(),
                coord.y(),
                size(largest.bytes),
                size(largest.stored_bytes)
            );
            told.push_str(&largest);
        }
        if summary.left_out > 0 {
            let left_out = format!(
                "\n{} features did not fit into the bounds of their tiles",
                summary.left_out
            );
            told.push_str(&left_out);
        }
        told
    }
}

fn document(summary: &TilesSummary) -> serde_json::Value {
    let largest = summary.largest.map(|largest| {
        let coord = largest.coord;
        json!({
            "tile": [u32::from(coord.z()), coord.x(), coord.y()],
            "bytes": largest.bytes,
            "stored_bytes": largest.stored_bytes,
        })
    });
    json!({
        "tiles": summary.tiles,
        "contents": summary.contents,
        "bytes": summary.bytes,
        "largest": largest,
        "left_out": summary.left_out,
    })
}

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// True from the first SIGINT or SIGTERM on; a second one ends the program where it is.
fn stopped() -> anyhow::Result<Arc<AtomicBool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let stopped = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stopped);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (mut terminate, mut interrupt) = {
        let _within = runtime.enter();
        (
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
        )
    };
    std::thread::spawn(move || {
        runtime.block_on(async {
            for is_last in [false, true] {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                }
                flag.store(true, Ordering::Relaxed);
                if is_last {
                    std::process::exit(1);
                }
            }
        });
    });
    Ok(stopped)
}

fn zoom(text: &str) -> Result<u8, String> {
    let zoom = text.parse().ok().filter(|zoom| *zoom <= MAX_ZOOM);
    zoom.ok_or_else(|| format!("a zoom is a whole number from 0 to {MAX_ZOOM}"))
}

fn compression(text: &str) -> Result<TileCompression, String> {
    let named = TileCompression::ALL.iter().find(|(name, _)| *name == text);
    named.map(|(_, compression)| *compression).ok_or_else(|| {
        let names = TileCompression::ALL.map(|(name, _)| name);
        format!("it is one of {}", names.join(", "))
    })
}
