//! Random numbers that depend on a seed and a place in the work, not on what ran before.
//!
//! Source: `SplitMix64` (Steele, Lea & Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014): the n-th
//! number of a stream is a mix of its key plus n times the golden ratio, a counter-based generator of 2⁶⁴ numbers. Bounded
//! numbers are the high half of a product (Lemire, "Fast random integer generation in an interval", 2019) without his
//! rejection: for n territories a number is too likely by at most n / 2⁶⁴.

const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The random numbers of one piece of work.
pub(super) struct Stream {
    state: u64,
}

impl Stream {
    /// The stream of a number under a seed. Streams are numbers of the generator that the seed starts, mixed once more.
    pub(super) fn new(seed: u64, number: u64) -> Self {
        let start = mix(seed.wrapping_add(GOLDEN));
        Self {
            state: mix(start.wrapping_add(number.wrapping_add(1).wrapping_mul(GOLDEN))),
        }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(GOLDEN);
        mix(self.state)
    }

    /// A whole number below `bound`, which must not be zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the high half of the product is below the bound, a usize"
    )]
    pub(super) fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }

    /// Shuffles the first `count` places: each gets one of what stands from there on (Fisher & Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T], count: usize) {
        for place in 0..count.min(items.len()) {
            let from = place + self.below(items.len() - place);
            items.swap(place, from);
        }
    }
}

fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_gives_the_published_numbers() {
        // The reference splitmix64.c of S. Vigna with the seed 1234567.
        let mut stream = Stream { state: 1_234_567 };
        let numbers: Vec<u64> = (0..5).map(|_| stream.next()).collect();
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(numbers, expected);
    }

    #[test]
    fn every_arrangement_is_as_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for number in 0..24_000 {
            let mut items = [0, 1, 2, 3];
            Stream::new(7, number).shuffle(&mut items, 4);
            *counts.entry(items).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 24);
        // Chi-squared with 23 degrees of freedom: 49.7 is exceeded once in a thousand.
        let chi: f64 = counts
            .values()
            .map(|&count| (f64::from(count) - 1000.0).powi(2) / 1000.0)
            .sum();
        assert!(chi < 49.7, "{chi}");
    }
}
