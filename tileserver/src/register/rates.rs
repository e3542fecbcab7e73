//! How much a token may write in a minute.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::AppError;

/// Window of time that writes are counted in.
const WINDOW: Duration = Duration::from_mins(1);
/// Tokens that are counted apart; beyond them the counts begin anew.
const TOKENS_MAX: usize = 10_000;

/// Writes of each token since its window began.
#[derive(Debug)]
pub(crate) struct Rates {
    most: u32,
    counts: Mutex<HashMap<String, (Instant, u32)>>,
}

impl Rates {
    /// So many writes a minute.
    pub(crate) fn new(most: u32) -> Self {
        Self {
            most,
            counts: Mutex::default(),
        }
    }

    /// Counts a write of a token, or refuses it.
    ///
    /// # Errors
    /// 429 with the seconds until the window ends.
    pub(crate) fn count(&self, token: &str, now: Instant) -> Result<(), AppError> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= TOKENS_MAX {
            counts.clear();
        }
        let (began, count) = counts.entry(token.to_owned()).or_insert((now, 0));
        let since = now.saturating_duration_since(*began);
        if since >= WINDOW {
            (*began, *count) = (now, 0);
        }
        if *count >= self.most {
            let left = WINDOW.saturating_sub(since).as_secs() + 1;
            return Err(AppError::TooManyRequests(left));
        }
        *count += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_writes_so_much_a_minute_and_others_are_counted_apart() {
        let (rates, start) = (Rates::new(2), Instant::now());
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(rates.count("a", start), Ok(()));
        assert_eq!(rates.count("a", after(10)), Ok(()));
        assert_eq!(
            rates.count("a", after(20)),
            Err(AppError::TooManyRequests(41))
        );
        assert_eq!(rates.count("b", after(20)), Ok(()));
        assert_eq!(rates.count("a", after(60)), Ok(()));
    }
}
