//! How much a facility counts at a distance.

/// The circle around a facility, or a place, and what distance does inside it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Catchment {
    /// Radius in metres, itself included; nothing is reached when it is negative or NaN.
    pub within_m: f64,
    /// What distance does up to there; beyond, nothing counts.
    pub decay: Decay,
}

/// How the weight of a facility falls with the distance d in metres, from 1 where it is near (power decay: at 1 m).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// 1 everywhere: cumulative opportunities, 2SFCA.
    None,
    /// 1, 0.68 and 0.22 in the inner, middle and outer third of the radius, outer rims included.
    ///
    /// Source: the slow step weights of Luo & Qi, "An enhanced two-step floating catchment area (E2SFCA) method" (2009).
    Thirds,
    /// exp(−d / β).
    Exponential {
        /// The distance β at which 37 % is left.
        scale_m: f64,
    },
    /// d^−β, where d is at least `floor_m`: without a floor a facility at the door would weigh infinitely much.
    Power {
        /// The exponent β.
        exponent: f64,
        /// Nearer facilities count as at this distance; at least 1 mm.
        floor_m: f64,
    },
    /// exp(−d² / 2σ²).
    Gaussian {
        /// The distance σ at which 61 % is left.
        deviation_m: f64,
    },
}

/// Weights of the thirds of a catchment.
const THIRDS: [f64; 3] = [1.0, 0.68, 0.22];
/// The least floor of a power decay.
const LEAST_FLOOR_M: f64 = 1e-3;

impl Catchment {
    /// Squared radius in m²; negative where nothing is reached.
    pub(super) fn within_squared_m2(&self) -> f64 {
        match self.within_m >= 0.0 {
            true => self.within_m * self.within_m,
            false => -1.0,
        }
    }

    /// Turns squared distances in m² into weights, in place: zero beyond the radius, where it is NaN, and for what is
    /// not a number.
    pub(super) fn weigh(&self, squared: &mut [f64]) {
        let within = self.within_squared_m2();
        match self.decay {
            Decay::None => apply(squared, within, |_| 1.0),
            Decay::Thirds => {
                let (inner, middle) = (within / 9.0, within * 4.0 / 9.0);
                apply(squared, within, |squared| match squared {
                    near if near <= inner => THIRDS[0],
                    near if near <= middle => THIRDS[1],
                    _ => THIRDS[2],
                });
            }
            Decay::Exponential { scale_m } => {
                apply(squared, within, |squared| (-squared.sqrt() / scale_m).exp());
            }
            Decay::Power { exponent, floor_m } => {
                let floor = floor_m.max(LEAST_FLOOR_M).powi(2);
                let half = -exponent / 2.0;
                apply(squared, within, |squared| squared.max(floor).powf(half));
            }
            Decay::Gaussian { deviation_m } => {
                let share = -0.5 / (deviation_m * deviation_m);
                apply(squared, within, |squared| (squared * share).exp());
            }
        }
    }
}

fn apply(values: &mut [f64], within: f64, weight: impl Fn(f64) -> f64) {
    for value in values {
        *value = if *value <= within {
            weight(*value)
        } else {
            0.0
        };
    }
}
