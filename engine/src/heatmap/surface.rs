//! What is asked of a heat map, and surfaces built of surfaces: rates, differences, masks, and what is hidden (H5, M5).

use std::borrow::Cow;

use super::bandwidth::Bandwidth;
use super::density::Spread;
use super::edge::Outline;
use super::lattice::Lattice;

/// Which features, by their row in the layer.
pub type Keep<'a> = &'a (dyn Fn(usize) -> bool + Sync);

/// What is asked of a heat map. The default is the plain surface of all features.
#[derive(Clone, Copy, Default)]
pub struct SurfaceRequest<'a> {
    /// Only these features.
    pub keep: Option<Keep<'a>>,
    /// The surface of these features is taken off: the difference of two periods.
    pub minus: Option<Keep<'a>>,
    /// Another bandwidth than the heat map's own.
    pub bandwidth: Option<Bandwidth>,
    /// No value rests on fewer features than this: there is no surface of fewer in all, and none where fewer stand in
    /// reach; of a difference, neither of its surfaces. Zero and one hide nothing.
    pub least_features: usize,
    /// Only within the territory's polygons, if the heat map knows them.
    pub masked: bool,
    /// Per 1,000 persons instead of per km², if the heat map knows who lives where.
    pub per_inhabitant: bool,
}

impl std::fmt::Debug for SurfaceRequest<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SurfaceRequest")
            .field("keep", &self.keep.is_some())
            .field("minus", &self.minus.is_some())
            .field("bandwidth", &self.bandwidth)
            .field("least_features", &self.least_features)
            .field("masked", &self.masked)
            .field("per_inhabitant", &self.per_inhabitant)
            .finish()
    }
}

impl SurfaceRequest<'_> {
    /// Whether it asks for all features, each for itself, and hides nothing beyond what is always hidden.
    pub(super) fn is_plain(&self, least_features: usize) -> bool {
        let hides = self.least_features.max(1) > least_features.max(1);
        let whole = self.keep.is_none() && self.minus.is_none() && !self.masked;
        whole && !hides && !self.per_inhabitant
    }

    /// The same request with nothing on fewer features.
    pub(super) fn at_least(self, least_features: usize) -> Self {
        Self {
            least_features: self.least_features.max(least_features),
            ..self
        }
    }
}

/// A rate is per so many persons.
const RATE_PERSONS: f64 = 1000.0;

/// A surface that can be asked for its values.
#[derive(Debug)]
pub(super) struct Surface<'a> {
    pub(super) of: Cow<'a, Spread>,
    pub(super) minus: Option<Cow<'a, Spread>>,
    /// Persons, and their least density per km².
    pub(super) per: Option<(&'a Spread, f64)>,
    pub(super) least_features: usize,
    pub(super) mask: Option<&'a Outline>,
}

impl Surface<'_> {
    /// The values at the places of a lattice, row by row; NaN where there is none.
    pub(super) fn values(&self, lattice: &Lattice) -> Vec<f64> {
        let mut values = self.shown(&self.of, lattice);
        if let Some(minus) = &self.minus {
            let off = self.shown(minus, lattice);
            values
                .iter_mut()
                .zip(off)
                .for_each(|(value, off)| *value -= off);
        }
        if let Some((persons, least)) = self.per {
            let persons = persons.densities(lattice);
            values
                .iter_mut()
                .zip(persons)
                .for_each(|(value, persons)| *value = rate(*value, persons, least));
        }
        if let Some(mask) = self.mask {
            mask.clear_outside(lattice, &mut values);
        }
        values
    }

    /// The densities of one set of features, without those that rest on too few.
    fn shown(&self, spread: &Spread, lattice: &Lattice) -> Vec<f64> {
        let mut values = spread.densities(lattice);
        if self.least_features > 1 {
            let least = self.least_features as f64;
            let counts = spread.counts(lattice);
            let too_few = values
                .iter_mut()
                .zip(counts)
                .filter(|(_, count)| *count < least);
            too_few.for_each(|(value, _)| *value = f64::NAN);
        }
        values
    }

    /// The value at one place; NaN where there is none.
    pub(super) fn value_at(&self, x_m: f64, y_m: f64) -> f64 {
        let shown = |spread: &Spread| {
            let enough =
                self.least_features < 2 || spread.count_at(x_m, y_m) >= self.least_features;
            if enough {
                spread.density_at(x_m, y_m)
            } else {
                f64::NAN
            }
        };
        if self.mask.is_some_and(|mask| !mask.contains(x_m, y_m)) {
            return f64::NAN;
        }
        let value = shown(&self.of) - self.minus.as_ref().map_or(0.0, |minus| shown(minus));
        match self.per {
            None => value,
            Some((persons, least)) => rate(value, persons.density_at(x_m, y_m), least),
        }
    }
}

/// A density per thousand persons; NaN below the least density of persons.
fn rate(density: f64, persons: f64, least: f64) -> f64 {
    if persons > 0.0 && persons >= least {
        density / persons * RATE_PERSONS
    } else {
        f64::NAN
    }
}
