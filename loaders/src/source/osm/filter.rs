//! Which elements are wanted, by their tags; which closed ways are areas.

use std::collections::{HashMap, HashSet};

use super::block::{Block, Tag};

/// Keys that say nothing about what an element is. A node with no other is a point of a way and no feature.
const UNSIGNIFICANT: [&[u8]; 6] = [
    b"created_by",
    b"converted_by",
    b"source",
    b"time",
    b"ele",
    b"attribution",
];

/// Keys that make a closed way an area; the list is GDAL's (`closed_ways_are_polygons` of its osmconf.ini).
const AREA_KEYS: [&[u8]; 16] = [
    b"aeroway",
    b"amenity",
    b"boundary",
    b"building",
    b"craft",
    b"geological",
    b"historic",
    b"landuse",
    b"leisure",
    b"military",
    b"natural",
    b"office",
    b"place",
    b"shop",
    b"sport",
    b"tourism",
];
const AREA_TAGS: [(&[u8], &[u8]); 2] = [
    (b"highway", b"platform"),
    (b"public_transport", b"platform"),
];

/// Tags that are wanted: any of the rules has to fit.
#[derive(Clone, Debug, Default)]
pub(super) struct TagFilter {
    /// Values by key; `None` where every value is wanted.
    rules: HashMap<Vec<u8>, Option<HashSet<Vec<u8>>>>,
}

impl TagFilter {
    /// Reads rules such as `amenity=school|kindergarten`, `shop=*` or `leisure`. Without any, every tag is wanted.
    ///
    /// # Errors
    /// With the rule that has no key or no value.
    pub(super) fn parse(rules: &[String]) -> Result<Self, String> {
        let mut filter = Self::default();
        for rule in rules {
            let (key, values) = rule.split_once('=').unwrap_or((rule, "*"));
            let (key, values) = (key.trim(), values.trim());
            let list: HashSet<_> = values
                .split('|')
                .map(|value| value.trim().as_bytes().to_vec())
                .collect();
            if key.is_empty() || list.contains(b"".as_slice()) {
                return Err(rule.clone());
            }
            let known = filter
                .rules
                .entry(key.as_bytes().to_vec())
                .or_insert_with(|| Some(HashSet::new()));
            match known {
                Some(_) if values == "*" => *known = None,
                Some(known) => known.extend(list),
                None => {}
            }
        }
        Ok(filter)
    }

    /// Whether an element with these tags is a feature that is wanted.
    pub(super) fn fits(&self, block: &Block, tags: &[Tag]) -> bool {
        if self.rules.is_empty() {
            return is_significant(block, tags);
        }
        tags.iter()
            .any(|&[key, value]| match self.rules.get(block.text(key)) {
                None => false,
                Some(None) => true,
                Some(Some(values)) => values.contains(block.text(value)),
            })
    }
}

/// Whether any tag says what the element is.
pub(super) fn is_significant(block: &Block, tags: &[Tag]) -> bool {
    tags.iter().any(|&[key, _]| {
        let key = block.text(key);
        !UNSIGNIFICANT.contains(&key) && key != b"type"
    })
}

/// Whether a closed way with these tags is an area: `area=yes`, or a key that only areas have and no `area=no`.
pub(super) fn is_area(block: &Block, tags: &[Tag]) -> bool {
    let area = tags.iter().find(|[key, _]| block.text(*key) == b"area");
    match area.map(|[_, value]| block.text(*value)) {
        Some(b"yes") => true,
        Some(b"no") => false,
        _ => tags.iter().any(|&[key, value]| {
            let (key, value) = (block.text(key), block.text(value));
            AREA_KEYS.contains(&key) || AREA_TAGS.contains(&(key, value))
        }),
    }
}

/// The keys among those that only areas have, one bit each.
pub(super) fn area_keys(block: &Block, tags: &[Tag]) -> u16 {
    let number = |key: &[u8]| AREA_KEYS.iter().position(|known| *known == key);
    let found = tags.iter().filter_map(|[key, _]| number(block.text(*key)));
    found.fold(0, |bits, number| bits | 1 << number)
}
