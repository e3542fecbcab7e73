//! How much a column-wise file may hold.

use std::sync::atomic::{AtomicU64, Ordering};

/// What is left of the values and bytes that a file may unpack to, shared by all threads that read it.
///
/// Runs, dictionaries and compression let a few bytes stand for any number of values, so neither follows from the
/// file's size. The bounds are beyond what real files hold (a table of police cases has 6 values and 90 bytes of text
/// per byte of its file) and keep memory within 530 times the file plus 0.7 GiB: at most 25 bytes per value while it
/// is decoded, and the bytes themselves.
#[derive(Debug)]
pub(in crate::source) struct Allowance {
    values: AtomicU64,
    bytes: AtomicU64,
}

/// The file holds more than its size allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) struct TooMuch;

impl TooMuch {
    pub(in crate::source) const MESSAGE: &str =
        "what it holds is out of all proportion to the size of the file";
}

impl Allowance {
    /// For a file of `file_bytes`.
    pub(in crate::source) fn new(file_bytes: u64) -> Self {
        Self {
            values: (file_bytes.saturating_mul(16).saturating_add(16 << 20)).into(),
            bytes: (file_bytes.saturating_mul(128).saturating_add(256 << 20)).into(),
        }
    }

    /// Takes `count` values.
    pub(in crate::source) fn spend_values(&self, count: u64) -> Result<(), TooMuch> {
        spend(&self.values, count)
    }

    /// Takes `count` bytes.
    pub(in crate::source) fn spend_bytes(&self, count: u64) -> Result<(), TooMuch> {
        spend(&self.bytes, count)
    }
}

fn spend(left: &AtomicU64, count: u64) -> Result<(), TooMuch> {
    let enough = |left: u64| left.checked_sub(count);
    let spent = left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough);
    spent.ok().map(drop).ok_or(TooMuch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spent_does_not_come_back() {
        let allowance = Allowance::new(1);
        assert_eq!(allowance.spend_values(u64::MAX), Err(TooMuch));
        assert_eq!(allowance.spend_values(16 << 20), Ok(()));
        assert_eq!(allowance.spend_values(17), Err(TooMuch));
        assert_eq!(allowance.spend_values(16), Ok(()));
        assert_eq!(allowance.spend_bytes(1), Ok(()));
    }
}
