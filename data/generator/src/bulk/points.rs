use geo_types::Coord;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{ORIGIN, SIDE_M, surveyed};
use crate::random::{Lottery, around, between, stream};

const CLUSTERS: usize = 240;
const CLUSTERED: f64 = 0.6;

/// `count` points of the square: six in ten in clusters of unequal size, the others anywhere.
///
/// In no order, as they would be recorded. Cost O(`count`), 16 bytes each.
pub fn points(count: usize, seed: u64) -> Vec<Coord> {
    let mut rng = stream(seed, "bulk points");
    let clusters: Vec<(Coord, f64)> = (0..CLUSTERS)
        .map(|_| (anywhere(&mut rng), between(&mut rng, 120.0, 900.0)))
        .collect();
    // The k-th cluster weighs 1/k: a few large ones, many small ones.
    let lottery = Lottery::new((1..=CLUSTERS).map(|k| 1.0 / k as f64));
    let point = |_| {
        if rng.random_bool(CLUSTERED) {
            let (centre, deviation_m) = clusters[lottery.draw(&mut rng)];
            surveyed(within_square(around(&mut rng, centre, deviation_m)))
        } else {
            surveyed(anywhere(&mut rng))
        }
    };
    (0..count).map(point).collect()
}

fn anywhere(rng: &mut ChaCha8Rng) -> Coord {
    ORIGIN
        + Coord {
            x: rng.random::<f64>(),
            y: rng.random::<f64>(),
        } * SIDE_M
}

/// A point that fell outside comes back in on the other side.
fn within_square(c: Coord) -> Coord {
    let wrap = |v: f64, low: f64| low + (v - low).rem_euclid(SIDE_M);
    Coord {
        x: wrap(c.x, ORIGIN.x),
        y: wrap(c.y, ORIGIN.y),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_points_lie_in_few_places() {
        let mut cells = vec![0_u32; 36 * 36];
        for p in points(20_000, 5) {
            let (i, j) = (
                ((p.x - ORIGIN.x) / 1_000.0) as usize,
                ((p.y - ORIGIN.y) / 1_000.0) as usize,
            );
            cells[i.min(35) * 36 + j.min(35)] += 1;
        }
        cells.sort_unstable_by(|a, b| b.cmp(a));
        let fullest_tenth: u32 = cells[..130].iter().sum();
        assert!((8_000..13_000).contains(&fullest_tenth), "{fullest_tenth}");
        assert!(cells[1_000] > 0, "the others lie everywhere");
    }

    #[test]
    fn a_seed_makes_the_same_points_again() {
        assert_eq!(points(100, 9), points(100, 9));
        assert_ne!(points(100, 9), points(100, 8));
    }
}
