//! Which elements become features, and the ids of those that do not.

use std::path::Path;

use super::block::Place;
use super::layer::{Feature, Geometry};
use super::passes::{Chunk, Places};
use super::relations::{Budget, Flaw, Wanted};
use crate::problem::{LoadError, Problem, Problems};

/// What was found for each layer.
#[derive(Default)]
pub(super) struct Found {
    pub(super) points: Vec<Feature>,
    pub(super) lines: Vec<Feature>,
    /// Those of ways, then those of relations.
    pub(super) polygons: Vec<Feature>,
    /// Polygons of relations, until those of ways are there.
    areas: Vec<Feature>,
    /// Ways that stand for the same thing as a relation, sorted.
    twins: Vec<i64>,
    doubled: Ids,
    short_ways: Ids,
    cut_lines: Ids,
    cut_areas: Ids,
    incomplete: Ids,
    open: Ids,
    tangled: Ids,
    outside: u64,
}

impl Found {
    pub(super) fn points(&mut self, chunks: &[Chunk]) {
        for (chunk, points) in (0..).zip(chunks) {
            for (element, place) in (0..).zip(&points.places) {
                if let Some(place) = place {
                    let geometry = Geometry::Point(*place);
                    self.points.push(Feature::new(chunk, element, geometry));
                } else {
                    self.outside += 1;
                }
            }
        }
    }

    /// Puts polygons together from ways. What a ring lacks cannot be guessed, so a relation is whole or left out.
    pub(super) fn relations(
        &mut self,
        chunks: &[Chunk],
        relations: &[Wanted],
        places: &Places,
        path: &Path,
    ) -> Result<(), LoadError> {
        let mut budget = Budget::new(chunks);
        for relation in relations {
            let id = chunks[relation.chunk as usize].relations.ids[relation.element as usize];
            if !relation.is_complete {
                self.incomplete.add(id);
                continue;
            }
            match relation.polygons(chunks, places, &mut budget) {
                Ok(polygons) => {
                    self.twins.extend(relation.twins(chunks));
                    self.areas.push(relation.feature(polygons));
                }
                Err(Flaw::Open) => self.open.add(id),
                Err(Flaw::LacksNodes) => self.incomplete.add(id),
                Err(Flaw::Tangled) => self.tangled.add(id),
                Err(Flaw::OutOfProportion) => {
                    let message =
                        "relations repeat their ways out of all proportion to the file's size";
                    return Err(LoadError::new(path, format!("relation {id}: {message}")));
                }
            }
        }
        self.twins.sort_unstable();
        Ok(())
    }

    /// Lines and closed ways, after the relations, where `is_asked` of areas or not.
    pub(super) fn ways(
        &mut self,
        chunks: &[Chunk],
        places: &Places,
        is_asked: impl Fn(bool) -> bool,
    ) {
        for (number, chunk) in (0..).zip(chunks) {
            for way in chunk
                .wanted_ways()
                .filter(|&way| is_asked(chunk.is_area[way]))
            {
                self.way(chunk, number, way, places);
            }
        }
        self.polygons.append(&mut self.areas);
    }

    fn way(&mut self, chunk: &Chunk, number: u32, way: usize, places: &Places) {
        let (id, nodes) = (chunk.ways.ids[way], chunk.ways.refs(way));
        let found: Vec<Place> = nodes.iter().filter_map(|node| places.find(*node)).collect();
        let is_cut = found.len() < nodes.len();
        let feature =
            |geometry| Feature::new(number, u32::try_from(way).unwrap_or(u32::MAX), geometry);
        if chunk.is_area[way] {
            match found.len() {
                _ if is_cut => self.cut_areas.add(id),
                0..4 => self.short_ways.add(id),
                _ if self.twins.binary_search(&id).is_ok() => self.doubled.add(id),
                _ => self.polygons.push(feature(Geometry::Ring(found))),
            }
            return;
        }
        let has_length = found.iter().any(|place| *place != found[0]);
        if is_cut {
            self.cut_lines.add(id);
        } else if !has_length {
            self.short_ways.add(id);
        }
        if has_length {
            self.lines.push(feature(Geometry::Line(found)));
        }
    }

    /// Says what was left out.
    pub(super) fn report(&self, problems: &mut Problems) {
        let told = [
            (
                &self.short_ways,
                "ways with too few points for what they are are left out",
            ),
            (
                &self.cut_lines,
                "ways with nodes that are not in this extract are drawn without these",
            ),
            (
                &self.cut_areas,
                "closed ways with nodes that are not in this extract are left out",
            ),
            (
                &self.incomplete,
                "areas with ways or nodes that are not in this extract are left out: relations",
            ),
            (
                &self.open,
                "areas that do not close to rings are left out: relations",
            ),
            (
                &self.tangled,
                "areas with too many rings to tell which lies within which are left out: relations",
            ),
        ];
        for (ids, what) in told.into_iter().filter(|(ids, _)| ids.count > 0) {
            problems.add(Problem::warning(format!("{what} {}", ids.list())));
        }
        if self.doubled.count > 0 {
            let what = "closed ways that stand for the same thing as the relation around them are left out";
            problems.add(Problem::notice(format!("{what} {}", self.doubled.list())));
        }
        if self.outside > 0 {
            let problem = Problem::error("nodes outside the world are left out");
            problems.add(problem.times(self.outside));
        }
    }
}

/// Ids that are told: all are counted, some are kept.
#[derive(Default)]
struct Ids {
    first: Vec<i64>,
    count: usize,
}

impl Ids {
    const KEPT_MAX: usize = 20;

    fn add(&mut self, id: i64) {
        self.count += 1;
        if self.first.len() < Self::KEPT_MAX {
            self.first.push(id);
        }
    }

    /// `(3): 12, 34, 56`.
    fn list(&self) -> String {
        let named: Vec<_> = self.first.iter().map(i64::to_string).collect();
        let more = self.count - self.first.len();
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        format!("({}): {}{rest}", self.count, named.join(", "))
    }
}
