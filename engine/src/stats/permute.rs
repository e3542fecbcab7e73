//! What a statistic would be if the values were dealt out to the territories at random.

use rayon::prelude::*;

use super::inference::Permutations;
use super::random::Stream;

/// Permutations of one piece of work, which go on from each other's arrangement.
const CHUNK: u32 = 16;

/// The statistic of each permutation of the values. The same for a seed at any number of threads.
pub(super) fn permuted<T: Send>(
    values: &[f64],
    permutations: Permutations,
    statistic: impl Fn(&[f64]) -> T + Sync,
) -> Vec<T> {
    let count = permutations.count();
    let chunk = |first: u32| -> Vec<T> {
        let mut values = values.to_vec();
        let numbers = first * CHUNK..((first + 1) * CHUNK).min(count);
        let one = |number: u32| {
            let all = values.len();
            Stream::new(permutations.seed(), u64::from(number)).shuffle(&mut values, all);
            statistic(&values)
        };
        numbers.map(one).collect()
    };
    (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .flat_map_iter(chunk)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_permutations_and_another_seed_others() {
        let values: Vec<f64> = (0u8..50).map(f64::from).collect();
        let run = |count, seed| {
            let first = |values: &[f64]| values[0] + values[1] / 100.0;
            permuted(&values, Permutations::new(count, seed).unwrap(), first)
        };
        assert_eq!(run(100, 1), run(100, 1));
        assert_eq!(run(100, 1)[..40], run(40, 1)[..], "more go on from fewer");
        assert_ne!(run(100, 1), run(100, 2));
        let alone = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .unwrap();
        assert_eq!(alone.install(|| run(100, 1)), run(100, 1));
        assert!(run(0, 1).is_empty());
    }
}
