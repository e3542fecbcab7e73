//! Ways around the reading of a request that was read before.
//!
//! A map asks for the same tiles by the same addresses again and again. What such an address means under one generation
//! is kept, so that a kept tile is found without parsing anything; the tile itself is still only in the cache of
//! answers. A new generation, or a change of the register, is another serial, under which nothing is known yet.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use axum::http::HeaderValue;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Equivalent, OptionsBuilder, Weighter};

use crate::answer::Terms;
use crate::cache::Key;
use crate::metrics::RouteStats;

/// Memory for all of them.
const BYTES_MAX: u64 = 8 << 20;
/// Expected weight of one.
const SHORTCUT_BYTES: usize = 512;
/// What one takes besides the texts: its parts, its slot in the table, and six allocations.
const ENTRY_BYTES: usize = size_of::<Target>() + size_of::<Shortcut>() + 256;

/// What a request is recognised by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The current generation.
    pub(crate) serial: u64,
    /// Path and query as they were sent.
    pub(crate) address: Box<str>,
    /// `Accept-Encoding` as it was sent; empty where it was not.
    pub(crate) accept_encoding: Box<[u8]>,
}

/// A target that is only looked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sought<'a> {
    pub(crate) serial: u64,
    pub(crate) address: &'a str,
    pub(crate) accept_encoding: &'a [u8],
}

impl Target {
    fn sought(&self) -> Sought<'_> {
        Sought {
            serial: self.serial,
            address: &self.address,
            accept_encoding: &self.accept_encoding,
        }
    }
}

impl Hash for Target {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.sought().hash(hasher);
    }
}

impl Hash for Sought<'_> {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.serial, self.address, self.accept_encoding).hash(hasher);
    }
}

impl Equivalent<Target> for Sought<'_> {
    fn equivalent(&self, target: &Target) -> bool {
        self.serial == target.serial
            && *self.address == *target.address
            && *self.accept_encoding == *target.accept_encoding
    }
}

/// What a request means.
#[derive(Debug)]
pub(crate) struct Shortcut {
    /// Where its answer is kept.
    pub(crate) key: Key,
    /// How it is sent.
    pub(crate) terms: Terms,
    /// `Last-Modified`.
    pub(crate) since: HeaderValue,
    /// Where it is counted.
    pub(crate) route: Arc<RouteStats>,
}

#[derive(Clone, Debug)]
struct Bytes;

impl Weighter<Target, Arc<Shortcut>> for Bytes {
    fn weight(&self, target: &Target, shortcut: &Arc<Shortcut>) -> u64 {
        let texts = [
            target.address.len(),
            target.accept_encoding.len(),
            shortcut.key.request.len(),
        ];
        (texts.iter().sum::<usize>() + ENTRY_BYTES) as u64
    }
}

/// The shortcuts, bounded in memory.
#[derive(Debug)]
pub(crate) struct Shortcuts(Cache<Target, Arc<Shortcut>, Bytes>);

impl Default for Shortcuts {
    fn default() -> Self {
        let slots = usize::try_from(BYTES_MAX).unwrap_or(usize::MAX) / SHORTCUT_BYTES;
        let options = OptionsBuilder::new()
            .weight_capacity(BYTES_MAX)
            .estimated_items_capacity(slots)
            .build();
        let options = options.expect("both capacities are set");
        let (hashes, lifecycle) = (DefaultHashBuilder::default(), DefaultLifecycle::default());
        Self(Cache::with_options(options, Bytes, hashes, lifecycle))
    }
}

impl Shortcuts {
    /// What a request means, where it was read before.
    pub(crate) fn find(&self, sought: &Sought<'_>) -> Option<Arc<Shortcut>> {
        self.0.get(sought)
    }

    /// Remembers what a request means.
    pub(crate) fn keep(&self, target: Target, shortcut: Shortcut) {
        self.0.insert(target, Arc::new(shortcut));
    }
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn a_target_is_found_by_what_it_is_made_of() {
        let target = Target {
            serial: 7,
            address: "/tiles/a/0/0/0?x".into(),
            accept_encoding: b"gzip"[..].into(),
        };
        let hashes = DefaultHashBuilder::default();
        let sought = target.sought();
        assert!(sought.equivalent(&target));
        assert_eq!(hashes.hash_one(sought), hashes.hash_one(&target));
        for other in [
            Sought {
                serial: 8,
                ..sought
            },
            Sought {
                address: "/tiles/a/0/0/0",
                ..sought
            },
            Sought {
                accept_encoding: b"",
                ..sought
            },
        ] {
            assert!(!other.equivalent(&target));
        }
    }
}
