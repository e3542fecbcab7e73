//! Elements of one block that are kept: ids, tags and what they refer to, end to end in a few lists.

use std::borrow::Cow;

use super::block::{Block, Tag};

/// Nodes, ways or relations of a block.
#[derive(Debug, Default)]
pub(super) struct Elements<R> {
    pub(super) ids: Vec<i64>,
    /// Whether an element passes the tag filter by itself.
    pub(super) wanted: Vec<bool>,
    refs: Vec<R>,
    ref_ends: Vec<u32>,
    tags: Vec<Tag>,
    tag_ends: Vec<u32>,
}

impl<R: Copy> Elements<R> {
    /// Adds an element. A block is bounded to 32 MiB, so that 32 bits can count what is in it.
    pub(super) fn push(&mut self, id: i64, is_wanted: bool, refs: &[R], tags: &[Tag]) {
        let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
        self.ids.push(id);
        self.wanted.push(is_wanted);
        self.refs.extend(refs);
        self.ref_ends.push(count(self.refs.len()));
        self.tags.extend(tags);
        self.tag_ends.push(count(self.tags.len()));
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn refs(&self, element: usize) -> &[R] {
        span(&self.refs, &self.ref_ends, element)
    }

    pub(super) fn tags(&self, element: usize) -> &[Tag] {
        span(&self.tags, &self.tag_ends, element)
    }
}

fn span<'a, T>(all: &'a [T], ends: &[u32], element: usize) -> &'a [T] {
    let start = element.checked_sub(1).map_or(0, |before| ends[before]);
    &all[start as usize..ends[element] as usize]
}

/// The strings of a block, end to end.
#[derive(Debug, Default)]
pub(super) struct Strings {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Strings {
    pub(super) fn of(block: &Block) -> Self {
        let mut strings = Self::default();
        for string in &block.strings {
            strings.bytes.extend(*string);
            strings
                .ends
                .push(u32::try_from(strings.bytes.len()).unwrap_or(u32::MAX));
        }
        strings
    }

    /// The text of a string, if there is one of that number.
    pub(super) fn get(&self, number: u32) -> Option<Cow<'_, str>> {
        ((number as usize) < self.ends.len()).then(|| self.text(number))
    }

    /// The text of a string; what is not UTF-8 is replaced.
    pub(super) fn text(&self, number: u32) -> Cow<'_, str> {
        String::from_utf8_lossy(span(&self.bytes, &self.ends, number as usize))
    }
}
