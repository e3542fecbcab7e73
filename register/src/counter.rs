//! Ids that are never used again.

use crate::Kind;

/// Numbers of this many digits are the register's own.
const DIGITS: usize = 12;

/// The last number of each kind that was given away. It only grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) demands: u64,
    pub(crate) assemblies: u64,
}

impl Counters {
    /// The next id: `D` or `A` and a number.
    pub(crate) fn next(&mut self, kind: Kind) -> String {
        let last = self.of(kind);
        *last = last.saturating_add(1);
        format!("{}{last:05}", letter(kind))
    }

    /// Keeps an id that somebody else has chosen from being given away. False where it is of our form, but beyond what
    /// can be counted.
    pub(crate) fn reserve(&mut self, kind: Kind, id: &str) -> bool {
        let Some(digits) = id.strip_prefix(letter(kind)) else {
            return true;
        };
        if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return true;
        }
        let number = digits.parse().ok().filter(|_| digits.len() <= DIGITS);
        let last = self.of(kind);
        *last = number.unwrap_or(0).max(*last);
        number.is_some()
    }

    fn of(&mut self, kind: Kind) -> &mut u64 {
        match kind {
            Kind::Demand => &mut self.demands,
            Kind::Assembly => &mut self.assemblies,
        }
    }
}

const fn letter(kind: Kind) -> char {
    match kind {
        Kind::Demand => 'D',
        Kind::Assembly => 'A',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_id_is_after_all_that_were_seen() {
        let mut counters = Counters::default();
        assert_eq!(counters.next(Kind::Demand), "D00001");
        for id in ["D00500", "D7", "A900", "D", "D12x", "d9999", "D+600", "Ñ"] {
            assert!(counters.reserve(Kind::Demand, id), "{id}");
        }
        assert_eq!(counters.next(Kind::Demand), "D00501");
        assert_eq!(counters.next(Kind::Assembly), "A00001");
        assert!(counters.reserve(Kind::Demand, "D999999999999"));
        assert_eq!(counters.next(Kind::Demand), "D1000000000000");
        assert!(!counters.reserve(Kind::Demand, "D9999999999999"));
        assert_eq!(counters.next(Kind::Demand), "D1000000000001");
    }
}
