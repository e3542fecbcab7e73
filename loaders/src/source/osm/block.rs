//! The content of a blob: nodes, ways and relations with a table of the strings they share.
//!
//! Source: <https://wiki.openstreetmap.org/wiki/PBF_Format>, "Encoding OSM entities into fileblocks".

use super::wire::{Broken, Fields, Packed, zigzag};

/// A place in units of 1e-7 degrees, longitude first: what `OpenStreetMap` keeps.
pub(super) type Place = [i32; 2];

/// Numbers of key and value in the table of strings.
pub(super) type Tag = [u32; 2];

/// A block, with its elements still as they were written.
#[derive(Debug)]
pub(super) struct Block<'a> {
    pub(super) strings: Vec<&'a [u8]>,
    groups: Vec<&'a [u8]>,
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
}

/// A member of a relation that is a way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct WayMember {
    pub(super) way: i64,
    /// Number of the role in the table of strings.
    pub(super) role: u32,
}

impl<'a> Block<'a> {
    pub(super) fn parse(bytes: &'a [u8]) -> Result<Self, Broken> {
        let mut block = Self {
            strings: vec![],
            groups: vec![],
            granularity: 100,
            lat_offset: 0,
            lon_offset: 0,
        };
        for field in Fields(bytes) {
            match field? {
                (1, value) => {
                    for string in Fields(value.bytes()?) {
                        if let (1, string) = string? {
                            block.strings.push(string.bytes()?);
                        }
                    }
                }
                (2, value) => block.groups.push(value.bytes()?),
                (17, value) => block.granularity = value.number()?.cast_signed(),
                (19, value) => block.lat_offset = value.number()?.cast_signed(),
                (20, value) => block.lon_offset = value.number()?.cast_signed(),
                _ => {}
            }
        }
        Ok(block)
    }

    /// Whether there are nodes.
    pub(super) fn has_nodes(&self) -> bool {
        let fields = self.groups.iter().flat_map(|group| Fields(group));
        fields.flatten().any(|(number, _)| matches!(number, 1 | 2))
    }

    /// Hands each node to `node`: id, place (`None` outside the world) and tags.
    pub(super) fn nodes(
        &self,
        mut node: impl FnMut(i64, Option<Place>, &[Tag]),
    ) -> Result<(), Broken> {
        let mut tags = vec![];
        for group in &self.groups {
            for field in Fields(group) {
                match field? {
                    (1, value) => self.node(value.bytes()?, &mut tags, &mut node)?,
                    (2, value) => self.dense_nodes(value.bytes()?, &mut tags, &mut node)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// Hands each way to `way`: id, ids of its nodes and tags.
    pub(super) fn ways(&self, mut way: impl FnMut(i64, &[i64], &[Tag])) -> Result<(), Broken> {
        let (mut refs, mut tags) = (vec![], vec![]);
        for bytes in self.elements(3) {
            let (mut id, mut keys, mut values, mut nodes) =
                (0, Packed::default(), Packed::default(), Packed::default());
            for field in Fields(bytes?) {
                match field? {
                    (1, value) => id = value.number()?.cast_signed(),
                    (2, value) => keys = Packed(value.bytes()?),
                    (3, value) => values = Packed(value.bytes()?),
                    (8, value) => nodes = Packed(value.bytes()?),
                    _ => {}
                }
            }
            refs.clear();
            for node in nodes.sums() {
                refs.push(node?);
            }
            self.tags(keys, values, &mut tags)?;
            way(id, &refs, &tags);
        }
        Ok(())
    }

    /// Hands each relation to `relation`: id, those of its members that are ways, and tags.
    pub(super) fn relations(
        &self,
        mut relation: impl FnMut(i64, &[WayMember], &[Tag]),
    ) -> Result<(), Broken> {
        const WAY: u64 = 1;
        let (mut members, mut tags) = (vec![], vec![]);
        for bytes in self.elements(4) {
            let (mut id, mut keys, mut values) = (0, Packed::default(), Packed::default());
            let (mut roles, mut ids, mut kinds) =
                (Packed::default(), Packed::default(), Packed::default());
            for field in Fields(bytes?) {
                match field? {
                    (1, value) => id = value.number()?.cast_signed(),
                    (2, value) => keys = Packed(value.bytes()?),
                    (3, value) => values = Packed(value.bytes()?),
                    (8, value) => roles = Packed(value.bytes()?),
                    (9, value) => ids = Packed(value.bytes()?),
                    (10, value) => kinds = Packed(value.bytes()?),
                    _ => {}
                }
            }
            members.clear();
            for ((way, kind), role) in ids.sums().zip(kinds).zip(roles) {
                let (way, kind, role) = (way?, kind?, string_number(role?));
                if kind == WAY {
                    members.push(WayMember { way, role });
                }
            }
            self.tags(keys, values, &mut tags)?;
            relation(id, &members, &tags);
        }
        Ok(())
    }

    /// A string, which need not be UTF-8.
    pub(super) fn text(&self, number: u32) -> &[u8] {
        self.strings
            .get(number as usize)
            .copied()
            .unwrap_or_default()
    }

    /// The messages of field `number` of all groups.
    fn elements(&self, number: u64) -> impl Iterator<Item = Result<&'a [u8], Broken>> {
        let fields = self.groups.iter().flat_map(|group| Fields(group));
        fields.filter_map(move |field| match field {
            Ok((found, value)) if found == number => Some(value.bytes()),
            Ok(_) => None,
            Err(error) => Some(Err(error)),
        })
    }

    fn node(
        &self,
        bytes: &[u8],
        tags: &mut Vec<Tag>,
        node: &mut impl FnMut(i64, Option<Place>, &[Tag]),
    ) -> Result<(), Broken> {
        let (mut id, mut keys, mut values) = (0, Packed::default(), Packed::default());
        let (mut lat, mut lon) = (0, 0);
        for field in Fields(bytes) {
            match field? {
                (1, value) => id = zigzag(value.number()?),
                (2, value) => keys = Packed(value.bytes()?),
                (3, value) => values = Packed(value.bytes()?),
                (8, value) => lat = zigzag(value.number()?),
                (9, value) => lon = zigzag(value.number()?),
                _ => {}
            }
        }
        self.tags(keys, values, tags)?;
        node(id, self.place(lon, lat), tags);
        Ok(())
    }

    fn dense_nodes(
        &self,
        bytes: &[u8],
        tags: &mut Vec<Tag>,
        node: &mut impl FnMut(i64, Option<Place>, &[Tag]),
    ) -> Result<(), Broken> {
        let (mut ids, mut lats, mut lons, mut keys_values) = (
            Packed::default(),
            Packed::default(),
            Packed::default(),
            Packed::default(),
        );
        for field in Fields(bytes) {
            match field? {
                (1, value) => ids = Packed(value.bytes()?),
                (8, value) => lats = Packed(value.bytes()?),
                (9, value) => lons = Packed(value.bytes()?),
                (10, value) => keys_values = Packed(value.bytes()?),
                _ => {}
            }
        }
        for ((id, lat), lon) in ids.sums().zip(lats.sums()).zip(lons.sums()) {
            tags.clear();
            // The tags of a node are pairs of numbers up to a 0; where no node has tags the list is empty.
            while let Some(key) = keys_values.next() {
                let key = string_number(key?);
                if key == 0 {
                    break;
                }
                let value = keys_values
                    .next()
                    .ok_or(Broken("the tags of nodes break off"))?;
                tags.push(self.tag(key, string_number(value?))?);
            }
            node(id?, self.place(lon?, lat?), tags);
        }
        Ok(())
    }

    fn tags(&self, keys: Packed, values: Packed, tags: &mut Vec<Tag>) -> Result<(), Broken> {
        tags.clear();
        for (key, value) in keys.zip(values) {
            tags.push(self.tag(string_number(key?), string_number(value?))?);
        }
        Ok(())
    }

    fn tag(&self, key: u32, value: u32) -> Result<Tag, Broken> {
        let known = |number: u32| (number as usize) < self.strings.len();
        if known(key) && known(value) {
            Ok([key, value])
        } else {
            Err(Broken("a tag names a string that the block does not have"))
        }
    }

    /// Degrees are 1e-9 × (offset + granularity × number).
    fn place(&self, lon: i64, lat: i64) -> Option<Place> {
        let units = |offset: i64, number: i64, limit: i128| {
            let nano = i128::from(offset) + i128::from(self.granularity) * i128::from(number);
            let rounded = (nano + 50).div_euclid(100);
            i32::try_from(rounded)
                .ok()
                .filter(|_| rounded.abs() <= limit)
        };
        let lon = units(self.lon_offset, lon, 1_800_000_000)?;
        let lat = units(self.lat_offset, lat, 900_000_000)?;
        Some([lon, lat])
    }
}

fn string_number(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
