//! Data by the million for benches: no files, no real ground, metres (EPSG:32719), always the same.
//!
//! All three fill one square of 36 km by 36 km, so that they can be laid over each other: a coverage of districts
//! (T-junctions, wandering borders, bit-equal shared vertices), blocks set back from their streets, and points of
//! which six in ten lie in clusters. Coordinates are whole centimetres.

mod blocks;
mod coverage;
mod points;

pub use blocks::blocks;
pub use coverage::coverage;
pub use points::points;

use geo_types::Coord;
use rand::Rng;

use crate::mesh::Point;
use crate::random::stream;
use crate::{Features, Shapes, Values};

/// South-west corner of the square, in metres.
pub const ORIGIN: Coord = Coord {
    x: 330_000.0,
    y: 6_270_000.0,
};
/// Side of the square, in metres.
pub const SIDE_M: f64 = 36_000.0;

const SEED: u64 = 1;

/// Rounded to the centimetre, as surveyed coordinates are.
fn surveyed(place: Coord) -> Coord {
    Point::nearest_to(place).metres()
}

/// [`coverage`] as a layer: `code` (9 digits) and `name`.
pub fn coverage_layer(districts: usize, vertices: usize) -> Features {
    let numbers: Vec<usize> = (1..=districts).collect();
    Features::new("districts", Shapes::Polygons(coverage(districts, vertices)))
        .with_text("code", &numbers, |n| format!("{n:09}"))
        .with_text("name", &numbers, |n| format!("Barrio {n}"))
}

/// [`blocks`] as a layer: `id` (12 digits), `pop`, `hh` and the text `uso`.
pub fn block_layer(count: usize) -> Features {
    const USES: [&str; 4] = [
        "Vivienda",
        "Vivienda y comercio",
        "Educación",
        "Área deportiva",
    ];
    let mut rng = stream(SEED, "bulk census");
    let persons: Vec<i64> = (0..count).map(|_| rng.random_range(0..260)).collect();
    let numbers: Vec<usize> = (1..=count).collect();
    Features::new("blocks", Shapes::Polygons(blocks(count)))
        .with_text("id", &numbers, |n| format!("{n:012}"))
        .with_whole("hh", &persons, |p| (p + 2) / 3)
        .with_text("uso", &numbers, |n| USES[n % USES.len()].to_owned())
        .with("pop", Values::Whole(persons))
}

/// [`points`] as a layer: `id` (10 digits), `theme` (one of eight), `votes`.
pub fn point_layer(count: usize, seed: u64) -> Features {
    let mut rng = stream(seed, "bulk demands");
    let themes = crate::demand_text::THEMES;
    let theme = (0..count)
        .map(|_| themes[rng.random_range(0..themes.len())].0.to_owned())
        .collect();
    let votes = (0..count).map(|_| rng.random_range(1..200)).collect();
    let numbers: Vec<usize> = (1..=count).collect();
    Features::new("points", Shapes::Points(points(count, seed)))
        .with_text("id", &numbers, |n| format!("{n:010}"))
        .with("theme", Values::Text(theme))
        .with("votes", Values::Whole(votes))
}
