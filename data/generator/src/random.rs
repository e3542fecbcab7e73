//! Seeded streams of random numbers: one per concern, so that a change in one leaves the others as they were.

use geo_types::Coord;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// The stream of `concern` under `seed`. Same arguments, same numbers, on every platform.
pub(crate) fn stream(seed: u64, concern: &str) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(fnv1a(concern.as_bytes()));
    rng
}

fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A number of mean 0 and deviation 1, nearly normal: the sum of twelve uniform ones.
///
/// No logarithm, no cosine: those differ in their last bit between platforms.
pub(crate) fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
}

/// A number between `low` and `high`.
pub(crate) fn between(rng: &mut impl Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// A point about `centre`, `deviation_m` away in the usual sense.
pub(crate) fn around(rng: &mut impl Rng, centre: Coord, deviation_m: f64) -> Coord {
    Coord {
        x: centre.x + deviation_m * normal(rng),
        y: centre.y + deviation_m * normal(rng),
    }
}

/// One element of a list.
pub(crate) fn one_of<T: Copy>(rng: &mut impl Rng, list: &[T]) -> T {
    list[rng.random_range(0..list.len())]
}

/// Weights summed once, then drawn from by bisection.
pub(crate) struct Lottery(Vec<f64>);

impl Lottery {
    pub(crate) fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        let sums = weights.into_iter().scan(0.0, |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self(sums.collect())
    }

    /// The number of a ticket, likelier where its weight is larger. A list of zeros gives its last.
    pub(crate) fn draw(&self, rng: &mut impl Rng) -> usize {
        let total = self.0.last().copied().unwrap_or(0.0);
        let ticket = total * rng.random::<f64>();
        self.0
            .partition_point(|&sum| sum <= ticket)
            .min(self.0.len().saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_of_two_concerns_differ_and_repeat() {
        let draw = |concern| stream(7, concern).random::<u64>();
        assert_eq!(draw("schools"), draw("schools"));
        assert_ne!(draw("schools"), draw("stops"));
    }

    #[test]
    fn a_ticket_without_weight_is_never_drawn() {
        let lottery = Lottery::new([0.0, 1.0, 0.0, 2.0]);
        let mut rng = stream(1, "lottery");
        let mut seen = [0; 4];
        for _ in 0..3_000 {
            seen[lottery.draw(&mut rng)] += 1;
        }
        assert_eq!((seen[0], seen[2]), (0, 0));
        assert!(seen[3] > seen[1]);
    }
}
