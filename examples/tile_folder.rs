//! Cuts the tiles of a level into a folder z/x/y.mvt, with an indicator joined: a map without a server.
//!
//! `cargo run -p comarca-examples --bin tile_folder -- data/comarca.toml districts density OUT`

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use std::path::Path;

use comarca_engine::LonLat;
use comarca_engine::tile::{TileCoord, TileOptions};
use comarca_loaders::Project;

const ZOOMS: std::ops::RangeInclusive<u8> = 8..=14;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, level, indicator, out] = arguments.as_slice() else {
        anyhow::bail!("usage: tile_folder comarca.toml LEVEL INDICATOR OUT");
    };
    let (territory, _) = Project::open(file)?.load()?;
    let options = TileOptions {
        indicators: vec![indicator.clone()],
        ..TileOptions::default()
    };
    let [west, south, east, north] = territory.bounds().unwrap_or_default();
    let corners = [
        LonLat {
            lon: west,
            lat: north,
        },
        LonLat {
            lon: east,
            lat: south,
        },
    ]
    .map(LonLat::to_world);

    let (mut count, mut bytes) = (0, 0);
    for zoom in ZOOMS {
        let tile_of = |cell: u32| cell >> (32 - zoom);
        for x in tile_of(corners[0].x)..=tile_of(corners[1].x) {
            for y in tile_of(corners[0].y)..=tile_of(corners[1].y) {
                let tile = territory.tile(&[level], TileCoord::new(zoom, x, y)?, &options)?;
                if tile.is_empty() {
                    continue;
                }
                let folder = Path::new(out).join(format!("{zoom}/{x}"));
                std::fs::create_dir_all(&folder)?;
                std::fs::write(folder.join(format!("{y}.mvt")), &tile)?;
                (count, bytes) = (count + 1, bytes + tile.len());
            }
        }
    }
    println!("{count} tiles, {bytes} bytes in {out}");
    Ok(())
}
