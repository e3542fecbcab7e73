//! A sorted list of which a changed copy shares almost everything with the original.

use std::cmp::Ordering;
use std::sync::Arc;

/// A chunk that grows beyond this is cut in two.
const CHUNK: usize = 256;

/// What has an id.
pub(crate) trait Keyed {
    fn id(&self) -> &str;
}

impl Keyed for crate::Demand {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Keyed for crate::Assembly {
    fn id(&self) -> &str {
        &self.id
    }
}

/// Shorter ids first, so that `D99999` comes before `D100000`.
pub(crate) fn order(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Items in the order of their ids, each id once.
///
/// Finding costs O(log n). A clone costs a pointer per 256 items, and a change of the clone another 256 pointers.
#[derive(Debug)]
pub(crate) struct Sorted<T> {
    /// None is empty.
    chunks: Vec<Arc<Vec<Arc<T>>>>,
    len: usize,
}

impl<T> Clone for Sorted<T> {
    fn clone(&self) -> Self {
        Self {
            chunks: self.chunks.clone(),
            len: self.len,
        }
    }
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self {
            chunks: vec![],
            len: 0,
        }
    }
}

impl<T: Keyed> Sorted<T> {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<T>> + Clone {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Arc<T>> {
        let chunk = self.chunks.get(self.chunk_of(id))?;
        position(chunk, id).ok().map(|at| &chunk[at])
    }

    /// Puts an item in its place; what was there is returned.
    pub(crate) fn insert(&mut self, item: Arc<T>) -> Option<Arc<T>> {
        // What comes after all others goes to the last chunk.
        let number = self
            .chunk_of(item.id())
            .min(self.chunks.len().saturating_sub(1));
        let Some(chunk) = self.chunks.get_mut(number).map(Arc::make_mut) else {
            self.chunks.push(Arc::new(vec![item]));
            self.len = 1;
            return None;
        };
        match position(chunk, item.id()) {
            Ok(at) => Some(std::mem::replace(&mut chunk[at], item)),
            Err(at) => {
                chunk.insert(at, item);
                self.len += 1;
                if chunk.len() > CHUNK {
                    let rest = chunk.split_off(chunk.len() / 2);
                    self.chunks.insert(number + 1, Arc::new(rest));
                }
                None
            }
        }
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Arc<T>> {
        let number = self.chunk_of(id);
        let chunk = self.chunks.get_mut(number)?;
        let at = position(chunk, id).ok()?;
        self.len -= 1;
        if chunk.len() == 1 {
            return self.chunks.remove(number).first().map(Arc::clone);
        }
        Some(Arc::make_mut(chunk).remove(at))
    }

    /// Number of the first chunk that does not end before the id.
    fn chunk_of(&self, id: &str) -> usize {
        self.chunks.partition_point(|chunk| {
            chunk
                .last()
                .is_some_and(|last| order(last.id(), id).is_lt())
        })
    }
}

fn position<T: Keyed>(chunk: &[Arc<T>], id: &str) -> Result<usize, usize> {
    chunk.binary_search_by(|item| order(item.id(), id))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::test_runner::RngSeed;

    use super::*;

    #[derive(Clone, Debug, PartialEq)]
    struct Entry(String, u32);

    impl Keyed for Entry {
        fn id(&self) -> &str {
            &self.0
        }
    }

    fn contents(sorted: &Sorted<Entry>) -> Vec<Entry> {
        sorted.iter().map(|item| (**item).clone()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 24, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_sorted_list_is_a_map_and_its_clones_do_not_change(
            steps in prop::collection::vec((0_u32..900, prop::bool::weighted(0.75)), 0..4000)
        ) {
            let (mut sorted, mut model) = (Sorted::default(), BTreeMap::new());
            let mut earlier = (sorted.clone(), contents(&sorted));
            for (number, (key, insert)) in (0..).zip(steps) {
                let id = key.to_string();
                let place = (id.len(), id.clone());
                if insert {
                    let entry = Entry(id, number);
                    let before = sorted.insert(Arc::new(entry.clone()));
                    prop_assert_eq!(before.as_deref().cloned(), model.insert(place, entry));
                } else {
                    let removed = sorted.remove(&id);
                    prop_assert_eq!(removed.as_deref().cloned(), model.remove(&place));
                }
                if number % 500 == 250 {
                    prop_assert_eq!(contents(&earlier.0), earlier.1);
                    earlier = (sorted.clone(), contents(&sorted));
                }
            }
            prop_assert_eq!(sorted.len(), model.len());
            let all: Vec<_> = model.values().cloned().collect();
            prop_assert_eq!(contents(&sorted), all);
            for key in 0..900_u32 {
                let id = key.to_string();
                let found = sorted.find(&id).map(|item| (**item).clone());
                prop_assert_eq!(found, model.get(&(id.len(), id)).cloned());
            }
            prop_assert!(sorted.chunks.iter().all(|chunk| !chunk.is_empty() && chunk.len() <= CHUNK));
        }
    }
}
