//! How densely the city is lived in: a few centres on an even ground.

use geo_types::Coord;

use crate::outline::Commune;
use crate::plane::{self, centroid, cross, distance};
use crate::random::{around, between, stream};

/// Centres of the city; the density falls away from each.
pub(crate) struct Density {
    centres: Vec<Centre>,
}

struct Centre {
    place: Coord,
    peak: f64,
    radius_m: f64,
}

impl Density {
    /// One centre per commune near its middle, a second one off it, and the pull of the metropolis in the north.
    pub(crate) fn new(communes: &[Commune], seed: u64) -> Self {
        let mut rng = stream(seed, "density");
        let mut centres = vec![Centre {
            place: Coord {
                x: 346_400.0,
                y: 6_297_500.0,
            },
            peak: 0.9,
            radius_m: 5_000.0,
        }];
        for commune in communes {
            for (deviation_m, peak) in [(300.0, 2.2), (900.0, 1.3)] {
                centres.push(Centre {
                    place: around(&mut rng, centroid(&commune.ring), deviation_m),
                    peak: between(&mut rng, 0.7, 1.2) * peak,
                    radius_m: between(&mut rng, 600.0, 1_100.0),
                });
            }
        }
        Self { centres }
    }

    /// Relative density at a place; 1 far from every centre.
    ///
    /// Falls with the distance as 1 / (1 + (d/r)²)²: no exponential, so equal on every platform.
    pub(crate) fn at(&self, place: Coord) -> f64 {
        let pull = |centre: &Centre| {
            let u = distance(place, centre.place) / centre.radius_m;
            centre.peak / ((1.0 + u * u) * (1.0 + u * u))
        };
        1.0 + self.centres.iter().map(pull).sum::<f64>()
    }

    /// Density summed over a ring: a fan of triangles, each weighed at its middle and near its corners.
    pub(crate) fn over(&self, ring: &[Coord]) -> f64 {
        let Some(&hub) = ring.first() else { return 0.0 };
        let triangle = |a: Coord, b: Coord| {
            let middle = (hub + a + b) / 3.0;
            let samples = [hub, a, b].map(|corner| self.at(corner * 0.6 + middle * 0.4));
            cross(a - hub, b - hub) / 2.0 * (samples.iter().sum::<f64>() + self.at(middle)) / 4.0
        };
        ring.windows(2)
            .map(|w| triangle(w[0], w[1]))
            .sum::<f64>()
            .max(0.01 * plane::area(ring))
    }
}
