//! Districts cut into blocks, set back from the street; some of them are parks.

use geo::algorithm::buffer::{Buffer, BufferStyle, LineJoin};
use geo::{Area, RemoveRepeatedPoints, Simplify};
use geo_types::{Coord, LineString, Polygon};
use rand::Rng;

use crate::Parameters;
use crate::apportion::apportion;
use crate::cut::Knife;
use crate::density::Density;
use crate::mesh::{Mesh, Point};
use crate::names::tree;
use crate::plane::{area, centroid, compactness, distance};
use crate::random::stream;
use crate::territory::{District, Territory};

/// Distance of a block from the middle of the street.
const SETBACK_M: f64 = 6.0;
/// Ends of side streets nearer than this to a crossing move onto it.
const CROSSING_M: f64 = 18.0;
/// A block smaller than this is a widening of the street.
const BLOCK_MIN_M2: f64 = 500.0;
/// A plaza takes the place of one block of at most this size.
const PLAZA_MAX_M2: f64 = 9_000.0;

/// A block, built or not.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// Key of its district + 3 digits.
    pub(crate) id: String,
    /// The number of its district.
    pub(crate) district: usize,
    pub(crate) shape: Polygon,
    pub(crate) centre: Coord,
    pub(crate) area_m2: f64,
}

/// A public green: a plaza of one block or a park of several.
#[derive(Clone, Debug)]
pub(crate) struct Park {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) shape: Polygon,
    pub(crate) area_m2: f64,
}

/// Blocks and parks of the whole city, in the order of the districts.
pub(crate) fn build(
    territory: &Territory,
    density: &Density,
    parameters: &Parameters,
) -> (Vec<Block>, Vec<Park>) {
    let rings: Vec<Vec<Coord>> = territory
        .districts
        .iter()
        .map(|d| territory.mesh.ring(d.face))
        .collect();
    // Half-way between equal area and equal population: denser quarters have smaller blocks, but not many times.
    let weights: Vec<f64> = rings
        .iter()
        .map(|ring| (area(ring) * density.over(ring)).sqrt())
        .collect();
    let counts = apportion(parameters.blocks as u64, &weights);
    let mut rng = stream(parameters.seed, "blocks");
    let (mut blocks, mut parks) = (Vec::new(), Vec::new());
    for (number, district) in territory.districts.iter().enumerate() {
        let cells = cells(&rings[number], district, counts[number] as usize, &mut rng);
        let plaza = plaza(&cells, centroid(&rings[number]), &mut rng);
        for (i, cell) in cells.into_iter().enumerate() {
            let kind = if cell.merged {
                Some("parque")
            } else {
                (plaza == Some(i)).then_some("plaza")
            };
            match kind {
                Some(kind) => parks.push(park(cell, kind, &district.key, parks.len(), &mut rng)),
                None => blocks.push(block(cell, number, district, &blocks)),
            }
        }
    }
    (blocks, parks)
}

/// What lies between the streets.
struct Cell {
    shape: Polygon,
    area_m2: f64,
    /// Stands for several blocks.
    merged: bool,
}

fn cells(ring: &[Coord], district: &District, count: usize, rng: &mut impl Rng) -> Vec<Cell> {
    let knife = Knife {
        along: district.along,
        snap_m: CROSSING_M,
        straight_m: f64::INFINITY,
        mass: &area,
    };
    let mut mesh = Mesh::of(ring);
    let park_wanted = rng.random_bool(0.11);
    let mut park_made = false;
    let mut keep_whole = |parts: usize, _: &mut _| {
        let keep = park_wanted && !park_made && (3..=6).contains(&parts);
        park_made |= keep;
        keep
    };
    let faces = knife.divide(&mut mesh, 0, count.max(1), rng, &mut keep_whole);
    faces
        .into_iter()
        .filter_map(|(face, parts)| cell(&mesh.polygon(face), parts > 1))
        .collect()
}

/// A face set back from its streets; `None` when hardly anything is left.
fn cell(face: &Polygon, merged: bool) -> Option<Cell> {
    let style = BufferStyle::new(-SETBACK_M).line_join(LineJoin::Miter(1.0));
    let parts = face.buffer_with_style(style);
    let largest = parts
        .into_iter()
        .max_by(|a, b| a.unsigned_area().total_cmp(&b.unsigned_area()))?;
    // Bends of main streets far flatter than a fence are not drawn twice.
    let tidy = on_grid(&largest.simplify(0.3).remove_repeated_points());
    let area_m2 = tidy.unsigned_area();
    let ring: Vec<Coord> = tidy.exterior().coords().copied().skip(1).collect();
    let slender = compactness(&ring).abs() < 0.25;
    (area_m2 >= BLOCK_MIN_M2 && !slender).then_some(Cell {
        shape: tidy,
        area_m2,
        merged,
    })
}

/// The same polygon on whole centimetres, counter-clockwise, without holes.
fn on_grid(polygon: &Polygon) -> Polygon {
    let mut ring: Vec<Coord> = polygon
        .exterior()
        .coords()
        .map(|&c| Point::nearest_to(c).metres())
        .collect();
    ring.dedup();
    let mut open = ring.clone();
    open.pop();
    if area(&open) < 0.0 {
        ring.reverse();
    }
    Polygon::new(LineString::new(ring), Vec::new())
}

/// The cell that becomes the district's plaza, if it has one: a small one near its middle.
fn plaza(cells: &[Cell], middle: Coord, rng: &mut impl Rng) -> Option<usize> {
    let wanted = rng.random_bool(0.72) && cells.len() > 4;
    let fits = |i: &usize| !cells[*i].merged && cells[*i].area_m2 < PLAZA_MAX_M2;
    let near = |i: &usize| distance(centre(&cells[*i].shape), middle);
    let candidates = (0..cells.len()).filter(fits);
    wanted
        .then(|| candidates.min_by(|a, b| near(a).total_cmp(&near(b))))
        .flatten()
}

fn block(cell: Cell, number: usize, district: &District, before: &[Block]) -> Block {
    let rank = before
        .iter()
        .rev()
        .take_while(|block| block.district == number)
        .count()
        + 1;
    let centre = centre(&cell.shape);
    Block {
        id: format!("{}{rank:03}", district.key),
        district: number,
        shape: cell.shape,
        centre,
        area_m2: cell.area_m2,
    }
}

fn park(cell: Cell, kind: &'static str, district: &str, before: usize, rng: &mut impl Rng) -> Park {
    let title = if kind == "plaza" { "Plaza" } else { "Parque" };
    let name = format!("{title} {}", tree(rng));
    let id = format!("V{:03}-{}", before + 1, &district[..district.len().min(5)]);
    Park {
        id,
        name,
        kind,
        shape: cell.shape,
        area_m2: cell.area_m2,
    }
}

fn centre(shape: &Polygon) -> Coord {
    let ring: Vec<Coord> = shape.exterior().coords().copied().skip(1).collect();
    centroid(&ring)
}
