//! Damaged copies of files, the same in every run.

/// A damaged copy and how it was made.
#[derive(Debug)]
pub struct Damaged {
    /// The damage in words, for messages.
    pub told: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A sequence of numbers from a seed (`SplitMix64`, Steele, Lea and Flood 2014).
#[derive(Debug)]
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A place below `length`.
    fn below(&mut self, length: usize) -> usize {
        let place = self.next() % (length.max(1) as u64);
        usize::try_from(place).expect("it is below a length")
    }

    /// A byte that is not zero.
    fn flip(&mut self) -> u8 {
        self.next().to_le_bytes()[0] | 1
    }
}

/// `count` copies that end too early, from empty to a byte short.
pub fn truncated(bytes: &[u8], count: usize) -> Vec<Damaged> {
    let steps = count.max(2) - 1;
    let lengths = (0..count).map(|step| bytes.len().saturating_sub(1) * step / steps);
    let cut = |length| Damaged {
        told: format!("cut to {length} bytes"),
        bytes: bytes[..length].to_vec(),
    };
    lengths.map(cut).collect()
}

/// `count` copies with some bytes changed: by turns in the first kilobyte, where headers stand, and anywhere.
pub fn flipped(bytes: &[u8], count: usize, seed: u64) -> Vec<Damaged> {
    const HEAD: usize = 1024;
    const FLIPS_MAX: usize = 8;
    let mut numbers = Numbers(seed);
    let mut flip = |copy: usize| {
        let mut damaged = bytes.to_vec();
        let reach = if copy.is_multiple_of(2) {
            bytes.len().min(HEAD)
        } else {
            bytes.len()
        };
        let mut places = vec![];
        for _ in 0..=numbers.below(FLIPS_MAX) {
            let place = numbers.below(reach);
            damaged[place] ^= numbers.flip();
            places.push(place);
        }
        Damaged {
            told: format!("changed at {places:?}, copy {copy} of seed {seed}"),
            bytes: damaged,
        }
    };
    (0..count).map(&mut flip).collect()
}
