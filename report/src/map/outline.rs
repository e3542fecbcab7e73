//! Outlines as paths of a picture, as coarse as the paper allows.

use std::fmt::Write;

use comarca_engine::{GeometryType, Layer};

use super::clip::clipped;
use super::frame::Frame;

/// Most vertices of all outlines that are drawn together; beyond, the grid they are rounded to is made coarser.
const VERTICES_MAX: usize = 30_000;
/// How far outlines reach beyond the frame, in units, so that their cut edges are not seen.
const OVERLAP: f64 = 20.0;

/// The outline of one feature on paper.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) row: usize,
    /// SVG path of all its rings, to be filled by the even–odd rule.
    pub(super) path: String,
    /// Box and centre of its largest ring on the paper, where a name may stand.
    pub(super) middle: [f64; 2],
    pub(super) area: f64,
}

/// The outlines of some features of a layer; of those that can be seen on the paper.
pub(super) fn outlines(layer: &Layer, rows: &[usize], frame: &Frame) -> Vec<Outline> {
    let pieces: Vec<(usize, Rings)> = rows
        .iter()
        .filter(|row| layer.shapes().geometry_type(**row) == GeometryType::Polygon)
        .map(|row| (*row, rings(layer, *row, frame)))
        .collect();
    let mut step = 1.0;
    loop {
        let rounded: Vec<(usize, Grid)> = pieces
            .iter()
            .map(|(row, rings)| {
                (
                    *row,
                    rings
                        .iter()
                        .filter_map(|ring| on_grid(ring, step))
                        .collect(),
                )
            })
            .collect();
        let count: usize = rounded
            .iter()
            .flat_map(|(_, rings)| rings.iter().map(Vec::len))
            .sum();
        // On a grid of the paper's size nothing is left.
        if count <= VERTICES_MAX {
            return rounded
                .into_iter()
                .filter_map(|(row, rings)| outline(layer, row, &rings, step, frame))
                .collect();
        }
        step *= 2.0;
    }
}

/// Rings in units of paper, without their first vertex again.
type Rings = Vec<Vec<[f64; 2]>>;
/// Rings on a grid.
type Grid = Vec<Vec<[i32; 2]>>;

/// The rings of a feature, cut to the paper.
fn rings(layer: &Layer, row: usize, frame: &Frame) -> Rings {
    let [left, top, right, bottom] = frame.paper();
    let paper = [
        left - OVERLAP,
        top - OVERLAP,
        right + OVERLAP,
        bottom + OVERLAP,
    ];
    let ring = |ring| {
        let positions = &layer.metric()[layer.shapes().coordinates(ring)];
        let mut placed: Vec<[f64; 2]> =
            positions.iter().filter_map(|at| frame.place(*at)).collect();
        placed.pop_if(|last| positions.len() > 1 && Some(*last) == frame.place(positions[0]));
        clipped(placed, paper)
    };
    layer
        .shapes()
        .feature_rings(row)
        .map(ring)
        .filter(|ring| ring.len() > 2)
        .collect()
}

/// A ring rounded to a grid, without vertices on the straight line between their neighbours; `None` where no area is left.
fn on_grid(ring: &[[f64; 2]], step: f64) -> Option<Vec<[i32; 2]>> {
    let mut kept: Vec<[i32; 2]> = vec![];
    for at in ring {
        let at = at.map(|place| whole(place / step));
        while let Some(last) = kept.last() {
            let straight = kept.len() > 1 && is_straight(kept[kept.len() - 2], *last, at);
            if *last != at && !straight {
                break;
            }
            kept.pop();
        }
        kept.push(at);
    }
    while kept.len() > 1 && kept.first() == kept.last() {
        kept.pop();
    }
    (kept.len() > 2).then_some(kept)
}

/// Whether three places stand on one line, so that the middle one adds nothing: neither a corner nor the way back.
fn is_straight(a: [i32; 2], b: [i32; 2], c: [i32; 2]) -> bool {
    let [abx, aby] = [i64::from(b[0] - a[0]), i64::from(b[1] - a[1])];
    let [bcx, bcy] = [i64::from(c[0] - b[0]), i64::from(c[1] - b[1])];
    abx * bcy == aby * bcx
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "rings are cut to the paper, whose numbers are small"
)]
pub(super) fn whole(place: f64) -> i32 {
    place.round() as i32
}

fn outline(
    layer: &Layer,
    row: usize,
    rings: &[Vec<[i32; 2]>],
    step: f64,
    frame: &Frame,
) -> Option<Outline> {
    let largest = rings
        .iter()
        .max_by(|a, b| doubled_area(a).abs().cmp(&doubled_area(b).abs()))?;
    let centre = centroid(largest)?.map(|place| place * step);
    let anchor = frame.place(layer.anchor(row)).filter(|at| frame.holds(*at));
    let scale = whole(step);
    Some(Outline {
        row,
        path: rings.iter().map(|ring| path(ring, scale)).collect(),
        middle: anchor.unwrap_or(centre),
        area: doubled_area(largest).unsigned_abs() as f64 / 2.0 * step * step,
    })
}

/// Relative moves are shorter than places.
fn path(ring: &[[i32; 2]], scale: i32) -> String {
    let mut at = ring[0];
    let mut path = format!("M{} {}l", at[0] * scale, at[1] * scale);
    for (position, next) in ring[1..].iter().enumerate() {
        let [dx, dy] = [(next[0] - at[0]) * scale, (next[1] - at[1]) * scale];
        let gap = if position > 0 && dx >= 0 { " " } else { "" };
        let between = if dy >= 0 { " " } else { "" };
        // Writing to a string does not fail.
        let _written = write!(path, "{gap}{dx}{between}{dy}");
        at = *next;
    }
    path + "z"
}

fn doubled_area(ring: &[[i32; 2]]) -> i64 {
    edges(ring).map(|(a, b)| cross(a, b)).sum()
}

fn centroid(ring: &[[i32; 2]]) -> Option<[f64; 2]> {
    let area = doubled_area(ring);
    let moment = |axis: usize| {
        edges(ring)
            .map(|(a, b)| i64::from(a[axis] + b[axis]) * cross(a, b))
            .sum::<i64>()
    };
    (area != 0).then(|| [0, 1].map(|axis| moment(axis) as f64 / (3 * area) as f64))
}

fn edges(ring: &[[i32; 2]]) -> impl Iterator<Item = ([i32; 2], [i32; 2])> {
    ring.iter()
        .copied()
        .zip(ring.iter().copied().cycle().skip(1))
}

fn cross(a: [i32; 2], b: [i32; 2]) -> i64 {
    i64::from(a[0]) * i64::from(b[1]) - i64::from(b[0]) * i64::from(a[1])
}
