//! The exact kernel sum on a lattice: by a sweep where a kernel is a polynomial and many bumps overlap, else bump by bump.

use rayon::prelude::*;

use super::gaussian;
use super::kernel::Kernel;
use super::lattice::Lattice;
use super::near::{Block, Height, Near, ROWS, gather, smaller};
use super::points::{Bump, Points};
use super::surface::Keep;
use super::sweep;
use crate::index::union;
use crate::number::whole;

/// Bumps of one kernel: what is felt at a place is the sum of all that reach it.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    pub(super) kernel: Kernel,
    /// Bumps whose reaches lie within a factor of two of each other.
    pub(super) classes: Vec<Points>,
}

/// Columns of a strip, in reaches: the bumps of a strip are swept together, over itself and a reach on both sides.
const STRIP_REACHES: f64 = 4.0;
const STRIP_MIN: usize = 16;
/// Bumps of a smaller reach in steps are not swept: a strip would be many reaches wide and the moments lose digits there.
const SWEEP_REACH_MIN: f64 = STRIP_MIN as f64 / STRIP_REACHES;

impl Spread {
    /// Whether at least so many of the features are kept.
    pub(super) fn has_at_least(&self, least: usize, keep: Option<Keep<'_>>) -> bool {
        let features = self.classes.iter().flat_map(Points::features);
        let kept = features.filter(|&&row| keep.is_none_or(|keep| keep(row as usize)));
        kept.take(least).count() >= least
    }

    /// About how many bumps are looked at for one place, if they are spread evenly.
    pub(super) fn overlap(&self) -> f64 {
        let of = |points: &Points| {
            let reach = points.reach_max_m();
            let [west, south, east, north] = points.extent_m().unwrap_or_default();
            let area = (east - west) * (north - south);
            points.bumps().len() as f64 * (4.0 * reach * reach / area).min(1.0)
        };
        self.classes.iter().map(of).sum()
    }

    /// West, south, east, north in metres of everything that is felt.
    pub(super) fn extent_m(&self) -> Option<[f64; 4]> {
        self.classes
            .iter()
            .filter_map(Points::extent_m)
            .reduce(union)
    }

    /// The bumps that may be felt in a box of metres and whose features `keep` keeps.
    pub(super) fn kept(&self, bounds: [f64; 4], keep: Keep<'_>) -> Self {
        Self {
            kernel: self.kernel,
            classes: self
                .classes
                .iter()
                .map(|points| points.kept(bounds, keep))
                .collect(),
        }
    }

    /// Densities per km² at the places of a lattice, row by row.
    ///
    /// Row blocks are worked on by all threads; each cell adds its bumps in one fixed order.
    pub(super) fn densities(&self, lattice: &Lattice) -> Vec<f64> {
        let mut sums = vec![0.0; lattice.columns * lattice.rows];
        for points in &self.classes {
            let expanded =
                self.kernel == Kernel::Gaussian && gaussian::add(points, lattice, &mut sums);
            if !expanded {
                add(points, self.kernel, Height::Own, lattice, &mut sums);
            }
        }
        sums
    }

    /// How many bumps stand within the [count reach](Kernel::count_reach_m) of the places of a lattice.
    pub(super) fn counts(&self, lattice: &Lattice) -> Vec<f64> {
        let mut sums = vec![0.0; lattice.columns * lattice.rows];
        let share = self.kernel.count_reach_m(1.0) / self.kernel.reach_m(1.0);
        for points in &self.classes {
            add(
                points,
                Kernel::Uniform,
                Height::One(share),
                lattice,
                &mut sums,
            );
        }
        sums
    }

    /// The density per km² at one place.
    pub(super) fn density_at(&self, x_m: f64, y_m: f64) -> f64 {
        self.at(x_m, y_m)
            .map(|(bump, squared)| bump.top * self.kernel.share(squared))
            .sum()
    }

    /// How many bumps stand within the count reach of one place.
    pub(super) fn count_at(&self, x_m: f64, y_m: f64) -> usize {
        let share = self.kernel.count_reach_m(1.0) / self.kernel.reach_m(1.0);
        let within = |&(_, squared): &(&Bump, f64)| squared <= share * share;
        self.at(x_m, y_m).filter(within).count()
    }

    /// The bumps that reach a place, with the squared distance in reaches.
    fn at(&self, x_m: f64, y_m: f64) -> impl Iterator<Item = (&Bump, f64)> {
        self.classes.iter().flat_map(move |points| {
            let reach = points.reach_max_m();
            let bounds = [x_m - reach, y_m - reach, x_m + reach, y_m + reach];
            let bumps = points.runs(bounds).flat_map(|run| &points.bumps()[run]);
            bumps.filter_map(move |bump| {
                let (dx, dy) = (bump.x_m - x_m, bump.y_m - y_m);
                let squared = (dx * dx + dy * dy) / (bump.reach_m * bump.reach_m);
                (squared <= 1.0).then_some((bump, squared))
            })
        })
    }
}

/// Room that a thread uses again.
#[derive(Default)]
struct Room {
    near: Vec<Near>,
    slots: Vec<f64>,
    /// Squared distances of columns from a bump, in steps.
    squares: Vec<f64>,
}

fn add(points: &Points, kernel: Kernel, height: Height, lattice: &Lattice, sums: &mut [f64]) {
    if points.bumps().is_empty() || lattice.columns == 0 {
        return;
    }
    sums.par_chunks_mut(lattice.columns * ROWS)
        .enumerate()
        .for_each_init(Room::default, |room, (number, cells)| {
            add_rows(points, kernel, height, lattice, number * ROWS, cells, room);
        });
}

/// Adds the bumps to the rows from `first_row` on, strip by strip.
fn add_rows(
    points: &Points,
    kernel: Kernel,
    height: Height,
    lattice: &Lattice,
    first_row: usize,
    cells: &mut [f64],
    room: &mut Room,
) {
    let columns = lattice.columns;
    let rows = cells.len() / columns;
    let row_y = std::array::from_fn(|row| (first_row + row) as f64 * lattice.row_step);
    let last_y = row_y[rows - 1];
    let reach = points.reach_max_m() * height.share() / lattice.step_m;
    let (low, high) = (row_y[0].min(last_y) - reach, row_y[0].max(last_y) + reach);
    let strips = columns.div_ceil(whole(STRIP_REACHES * reach).max(STRIP_MIN));
    let width = columns.div_ceil(strips);
    let margin = whole(reach.ceil()) + 1;
    for strip in 0..strips {
        let (start, end) = (strip * width, ((strip + 1) * width).min(columns));
        if start >= end {
            break;
        }
        let from = if strip == 0 {
            -reach - 1.0
        } else {
            start as f64
        };
        let to = if end == columns {
            columns as f64 + reach
        } else {
            end as f64
        };
        gather(
            points,
            height,
            lattice,
            [from, low, to, high],
            &mut room.near,
        );
        let mut block = Block {
            cells: &mut *cells,
            columns,
            rows,
            row_y,
            first: start.saturating_sub(margin),
            end: (end + margin).min(columns),
            middle: usize::midpoint(start, end) as f64,
        };
        add_block(kernel, &mut block, reach, room);
    }
}

/// Adds the gathered bumps to a block, the cheaper way.
fn add_block(kernel: Kernel, block: &mut Block<'_>, reach: f64, room: &mut Room) {
    let (near, slots) = (&room.near, &mut room.slots);
    if near.is_empty() {
        return;
    }
    if is_polynomial(kernel) && reach >= SWEEP_REACH_MIN && sweep_pays(near.len(), block, reach) {
        match kernel {
            Kernel::Uniform => sweep::add(block, near, slots, sweep::uniform),
            Kernel::Epanechnikov => sweep::add(block, near, slots, sweep::epanechnikov),
            Kernel::Quartic => sweep::add(block, near, slots, sweep::quartic),
            _ => sweep::add(block, near, slots, sweep::triweight),
        }
        return;
    }
    let squares = &mut room.squares;
    // One copy of the loop for each kernel, so that none asks which it is.
    match kernel {
        Kernel::Uniform => add_directly(block, near, squares, |at| {
            f64::from(u8::from(at.is_within()))
        }),
        Kernel::Triangular => add_directly(block, near, squares, |at| {
            Kernel::Triangular.share(at.part())
        }),
        Kernel::Epanechnikov => add_directly(block, near, squares, |at| {
            Kernel::Epanechnikov.share(at.part())
        }),
        Kernel::Quartic => {
            add_directly(block, near, squares, |at| Kernel::Quartic.share(at.part()));
        }
        Kernel::Triweight => add_directly(block, near, squares, |at| {
            Kernel::Triweight.share(at.part())
        }),
        Kernel::Gaussian => add_directly(block, near, squares, |at| match at.is_within() {
            true => Kernel::Gaussian.share(at.part()),
            false => 0.0,
        }),
    }
}

/// A squared distance from a bump, in steps.
#[derive(Clone, Copy)]
struct Distance {
    squared: f64,
    reach_squared: f64,
    scale: f64,
}

impl Distance {
    /// In reaches squared, one of what lies beyond. A kernel that is zero at its rim needs no other test.
    fn part(self) -> f64 {
        smaller(self.squared * self.scale, 1.0)
    }

    /// Whether the bump reaches so far; compared without the scale, so that a place exactly on the rim is within.
    fn is_within(self) -> bool {
        self.squared <= self.reach_squared
    }
}

fn is_polynomial(kernel: Kernel) -> bool {
    !matches!(kernel, Kernel::Triangular | Kernel::Gaussian)
}

/// Whether running moments cost less than each bump's cells, by the measured nanoseconds of a bump on a row and of a
/// cell.
fn sweep_pays(bumps: usize, block: &Block<'_>, reach: f64) -> bool {
    let directly = bumps as f64 * (1.0 + 0.3 * (2.0 * reach).min(block.width() as f64));
    let sweeping = bumps as f64 * 4.0 + block.width() as f64 * 4.0;
    sweeping < directly
}

/// Adds to each cell of a square around each bump the share of its top that is left there.
fn add_directly(
    block: &mut Block<'_>,
    near: &[Near],
    squares: &mut Vec<f64>,
    share: impl Fn(Distance) -> f64,
) {
    for bump in near {
        let reach_squared = bump.reach_squared;
        let scale = 1.0 / reach_squared;
        let columns = block.columns_within(bump);
        squares.clear();
        squares.extend(columns.clone().map(|column| {
            let dx = column as f64 - bump.x;
            dx * dx
        }));
        for row in 0..block.rows {
            let dy = bump.y - block.row_y[row];
            let dy_squared = dy * dy;
            if dy_squared > reach_squared {
                continue;
            }
            let start = row * block.columns;
            let cells = &mut block.cells[start + columns.start..start + columns.end];
            for (cell, dx_squared) in cells.iter_mut().zip(&*squares) {
                *cell += bump.top
                    * share(Distance {
                        squared: dx_squared + dy_squared,
                        reach_squared,
                        scale,
                    });
            }
        }
    }
}
