//! Communes cut into sectors and districts along street-like lines: an exact coverage.

use std::collections::{HashMap, HashSet};

use geo_types::{Coord, LineString, Polygon};
use rand::Rng;

use crate::Error;
use crate::Parameters;
use crate::apportion::apportion;
use crate::cut::{Knife, bend};
use crate::density::Density;
use crate::mesh::Mesh;
use crate::names::{district_name, sector_names};
use crate::outline::Commune;
use crate::plane::{centroid, distance, unit};
use crate::random::stream;

/// Length of a straight piece of a main street.
const STRAIGHT_M: f64 = 160.0;
/// Ends of main streets nearer than this to a crossing move onto it.
const CROSSING_M: f64 = 70.0;

/// A district and the keys of what it lies in.
#[derive(Clone, Debug)]
pub(crate) struct District {
    /// Sector key + 2 digits: 9 characters.
    pub(crate) key: String,
    pub(crate) name: String,
    /// Commune code + 2 digits: 7 characters.
    pub(crate) sector: String,
    /// The number of its commune.
    pub(crate) commune: usize,
    /// Its face of the mesh.
    pub(crate) face: usize,
    /// The direction of its streets.
    pub(crate) along: Coord,
}

/// A sector: a name over some districts.
#[derive(Clone, Debug)]
pub(crate) struct Sector {
    pub(crate) key: String,
    pub(crate) name: String,
    pub(crate) cut: String,
}

/// The administrative side of the city.
pub(crate) struct Territory {
    pub(crate) mesh: Mesh,
    pub(crate) sectors: Vec<Sector>,
    pub(crate) districts: Vec<District>,
}

impl Territory {
    /// Cuts every commune into sectors and districts of about equal expected population.
    pub(crate) fn build(
        communes: &[Commune],
        density: &Density,
        parameters: &Parameters,
    ) -> Result<Self, Error> {
        let mut rng = stream(parameters.seed, "territory");
        let mut territory = Self {
            mesh: outer_mesh(communes, &mut rng),
            sectors: Vec::new(),
            districts: Vec::new(),
        };
        for (number, commune) in communes.iter().enumerate() {
            territory.divide_commune(number, commune, density, parameters, &mut rng)?;
        }
        Ok(territory)
    }

    fn divide_commune(
        &mut self,
        number: usize,
        commune: &Commune,
        density: &Density,
        parameters: &Parameters,
        rng: &mut impl Rng,
    ) -> Result<(), Error> {
        let along = main_axis(&commune.ring);
        let faces = self.divide(number, parameters.sectors_per_commune, along, density, rng)?;
        let middles: Vec<Coord> = faces
            .iter()
            .map(|&face| centroid(&self.mesh.ring(face)))
            .collect();
        let names = sector_names(&commune.name, centroid(&commune.ring), &middles);
        let shares: Vec<f64> = faces
            .iter()
            .map(|&face| density.over(&self.mesh.ring(face)))
            .collect();
        let counts = at_least_one(parameters.districts_per_commune, &shares);
        for (i, (&face, name)) in faces.iter().zip(names).enumerate() {
            let key = format!("{}{:02}", commune.cut, i + 1);
            self.divide_sector(number, face, &key, counts[i], along, density, rng)?;
            self.sectors.push(Sector {
                key,
                name,
                cut: commune.cut.clone(),
            });
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "one call, every argument of its own kind"
    )]
    fn divide_sector(
        &mut self,
        commune: usize,
        face: usize,
        sector: &str,
        parts: usize,
        along: Coord,
        density: &Density,
        rng: &mut impl Rng,
    ) -> Result<(), Error> {
        let along = crate::plane::turned(along, 0.05 * crate::random::normal(rng));
        for (i, face) in self
            .divide(face, parts, along, density, rng)?
            .into_iter()
            .enumerate()
        {
            let key = format!("{sector}{:02}", i + 1);
            let name = district_name(&key);
            self.districts.push(District {
                key,
                name,
                sector: sector.to_owned(),
                commune,
                face,
                along,
            });
        }
        Ok(())
    }

    fn divide(
        &mut self,
        face: usize,
        parts: usize,
        along: Coord,
        density: &Density,
        rng: &mut impl Rng,
    ) -> Result<Vec<usize>, Error> {
        let mass = |ring: &[Coord]| density.over(ring);
        let knife = Knife {
            along,
            snap_m: CROSSING_M,
            straight_m: STRAIGHT_M,
            mass: &mass,
        };
        let faces = knife.divide(&mut self.mesh, face, parts, rng, &mut |_, _| false);
        if faces.len() == parts {
            Ok(faces.into_iter().map(|(face, _)| face).collect())
        } else {
            Err(Error::Uncuttable {
                parts,
                made: faces.len(),
            })
        }
    }

    /// The outline of a commune: the outer border of its districts, with every vertex that lies on it.
    pub(crate) fn outline(&self, commune: usize) -> Polygon {
        let own: HashSet<usize> = self
            .districts
            .iter()
            .filter(|d| d.commune == commune)
            .map(|d| d.face)
            .collect();
        let outer = |&face: &usize| {
            let edges = self.mesh.borders(face);
            edges
                .filter(|(_, other)| other.is_none_or(|f| !own.contains(&f)))
                .map(|(edge, _)| edge)
        };
        // The lowest district first: a hash set has no order of its own.
        let mut faces: Vec<usize> = own.iter().copied().collect();
        faces.sort_unstable();
        let edges: Vec<(u32, u32)> = faces.iter().flat_map(outer).collect();
        let next: HashMap<u32, u32> = edges.iter().copied().collect();
        let start = edges.first().map_or(0, |edge| edge.0);
        let mut ring = vec![self.mesh.at(start)];
        let mut vertex = start;
        for _ in 0..next.len() {
            vertex = next.get(&vertex).copied().unwrap_or(start);
            ring.push(self.mesh.at(vertex));
        }
        Polygon::new(LineString::new(ring), Vec::new())
    }

    /// Main streets: the borders between sectors (weight 2) and between districts (weight 1), each once, in metres.
    pub(crate) fn main_streets(&self) -> Vec<(Coord, Coord, u8)> {
        let sector: HashMap<usize, &str> = self
            .districts
            .iter()
            .map(|d| (d.face, d.sector.as_str()))
            .collect();
        let mut streets = Vec::new();
        for district in &self.districts {
            for ((a, b), other) in self.mesh.borders(district.face) {
                let once = other.is_none_or(|other| district.face < other);
                let inner = other
                    .is_some_and(|other| sector.get(&other) == Some(&district.sector.as_str()));
                if once {
                    streets.push((self.mesh.at(a), self.mesh.at(b), if inner { 1 } else { 2 }));
                }
            }
        }
        streets
    }
}

/// The communes as faces. Their long straight sides become streets that bend a little.
fn outer_mesh(communes: &[Commune], rng: &mut impl Rng) -> Mesh {
    let mut mesh = Mesh::default();
    for commune in communes {
        mesh.add_face(&commune.ring);
    }
    for face in 0..communes.len() {
        let sides: Vec<((u32, u32), Option<usize>)> = mesh.borders(face).collect();
        for ((a, b), other) in sides {
            // A side between two communes is bent once, by the first of them.
            if other.is_none_or(|other| other > face) {
                let mut last = a;
                for place in bend(mesh.at(a), mesh.at(b), STRAIGHT_M, rng) {
                    last = mesh.insert_on_edge(last, b, place).unwrap_or(last);
                }
            }
        }
    }
    mesh
}

/// The direction of the longest side: the grid of streets follows it.
fn main_axis(ring: &[Coord]) -> Coord {
    let side = |i: usize| (ring[i], ring[(i + 1) % ring.len()]);
    let longest = (0..ring.len())
        .map(side)
        .max_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)));
    longest.map_or(Coord { x: 1.0, y: 0.0 }, |(a, b)| unit(b - a))
}

/// `total` shared out by weight, one at least to each.
fn at_least_one(total: usize, weights: &[f64]) -> Vec<usize> {
    let rest = total.saturating_sub(weights.len()) as u64;
    apportion(rest, weights)
        .into_iter()
        .map(|n| n as usize + 1)
        .collect()
}
