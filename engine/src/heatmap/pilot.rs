//! The density at the features themselves, from which adaptive bandwidths follow.

use rayon::prelude::*;

use super::density::Spread;
use super::lattice::Lattice;
use super::site::Site;
use crate::number::whole;
use crate::space::Metric;

/// Bumps that are looked at, at most, before densities are interpolated.
const BUMPS_MAX: f64 = 2e8;
/// Places between which densities are interpolated, in bandwidths.
const STEP: f64 = 1.0 / 8.0;
/// Most such places; features that are spread over a larger area are looked at one by one after all.
const PLACES_MAX: f64 = 1e7;

/// The density per km² at each feature.
///
/// Exact where features times features in reach of one are up to 200 million. Beyond, interpolated between places an
/// eighth of a bandwidth apart: within 2 %, which moves a bandwidth by 1 %.
pub(super) fn densities_at(sites: &[Site], spread: &Spread, bandwidth_m: f64) -> Vec<f64> {
    let lattice = match sites.len() as f64 * spread.overlap() > BUMPS_MAX {
        true => covering(spread, bandwidth_m * STEP),
        false => None,
    };
    let Some(lattice) = lattice else {
        let exactly = |site: &Site| spread.density_at(site.x_m, site.y_m);
        return sites.par_iter().map(exactly).collect();
    };
    let values = spread.densities(&lattice);
    let interpolated = |site: &Site| interpolate(&lattice, &values, site.x_m, site.y_m);
    sites.par_iter().map(interpolated).collect()
}

/// Places at equal steps over everything that is felt.
fn covering(spread: &Spread, step_m: f64) -> Option<Lattice> {
    let [west, south, east, north] = spread.extent_m()?;
    let (columns, rows) = ((east - west) / step_m + 2.0, (north - south) / step_m + 2.0);
    (columns * rows <= PLACES_MAX).then(|| Lattice {
        origin: Metric {
            x_m: west,
            y_m: south,
        },
        direction: (1.0, 0.0),
        step_m,
        row_step: 1.0,
        columns: whole(columns),
        rows: whole(rows),
    })
}

/// The bilinear interpolation at a place within the lattice.
fn interpolate(lattice: &Lattice, values: &[f64], x_m: f64, y_m: f64) -> f64 {
    let (x, y) = lattice.to_steps(x_m, y_m);
    let (column, row) = (
        whole(x).min(lattice.columns - 2),
        whole(y).min(lattice.rows - 2),
    );
    let (u, v) = (x - column as f64, y - row as f64);
    let at = |row: usize| {
        let line = &values[row * lattice.columns + column..];
        line[0] * (1.0 - u) + line[1] * u
    };
    at(row) * (1.0 - v) + at(row + 1) * v
}

#[cfg(test)]
mod tests {
    use super::super::bandwidth::Bandwidth;
    use super::super::kernel::Kernel;
    use super::super::site::spread;
    use super::*;

    #[test]
    fn interpolated_densities_are_within_two_percent() {
        let sites: Vec<Site> = (0..400u32)
            .map(|row| Site {
                x_m: f64::from(row * 7919 % 4001),
                y_m: f64::from(row * 104_729 % 3989),
                weight: 1.0,
                row,
            })
            .collect();
        for kernel in [Kernel::Quartic, Kernel::Gaussian] {
            let spread = spread(&sites, kernel, Bandwidth::Fixed(300.0), 300.0);
            let lattice = covering(&spread, 300.0 * STEP).unwrap();
            let values = spread.densities(&lattice);
            for site in &sites {
                let exact = spread.density_at(site.x_m, site.y_m);
                let found = interpolate(&lattice, &values, site.x_m, site.y_m);
                assert!(
                    (found / exact - 1.0).abs() < 0.02,
                    "{kernel:?} {found} {exact}"
                );
            }
        }
    }
}
