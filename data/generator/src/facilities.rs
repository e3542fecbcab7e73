//! Health centres, schools and stops: along streets, near people, not on top of each other.

use geo_types::{Coord, Polygon};
use rand::Rng;

use crate::Parameters;
use crate::apportion::apportion;
use crate::blocks::Block;
use crate::census::Residents;
use crate::mesh::Point;
use crate::names::tree;
use crate::outline::Commune;
use crate::plane::{distance, unit};
use crate::random::{Lottery, one_of, stream};
use crate::territory::Territory;

/// A health establishment.
#[derive(Clone, Debug)]
pub(crate) struct Health {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    /// Doctors' full days.
    pub(crate) capacity: i64,
    pub(crate) place: Coord,
}

/// A school.
#[derive(Clone, Debug)]
pub(crate) struct School {
    pub(crate) rbd: i64,
    pub(crate) name: String,
    pub(crate) dependence: &'static str,
    pub(crate) level: &'static str,
    pub(crate) pupils: i64,
    pub(crate) place: Coord,
}

/// A bus stop.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) routes: String,
    pub(crate) place: Coord,
}

/// Where people live, to put things near them.
pub(crate) struct Neighbourhood<'a> {
    pub(crate) communes: &'a [Commune],
    pub(crate) territory: &'a Territory,
    pub(crate) blocks: &'a [Block],
    pub(crate) residents: &'a [Residents],
}

/// Kind, number for every 100,000 persons, least distance between two, least and most doctors' full days.
const HEALTH: [(&str, f64, f64, i64, i64); 4] = [
    ("Hospital", 0.3, 4_000.0, 90, 160),
    ("CESFAM", 4.0, 900.0, 12, 28),
    ("CECOSF", 3.0, 700.0, 2, 5),
    ("SAPU", 2.2, 900.0, 3, 9),
];

/// Health centres of every kind.
pub(crate) fn health(near: &Neighbourhood<'_>, seed: u64) -> Vec<Health> {
    let mut rng = stream(seed, "health");
    let persons: u64 = near.residents.iter().map(|r| r.persons).sum();
    let mut centres = Vec::new();
    for (kind, per_100_000, apart_m, least, most) in HEALTH {
        let count = (persons as f64 / 100_000.0 * per_100_000).round().max(1.0) as usize;
        for block in near.spread(count, apart_m, &mut rng) {
            centres.push(Health {
                id: format!("S{:04}", centres.len() + 1),
                name: format!("{kind} {}", tree(&mut rng)),
                kind,
                capacity: rng.random_range(least..=most),
                place: near.on_street(block, &mut rng),
            });
        }
    }
    centres
}

/// Schools: one for about every 2,000 persons.
pub(crate) fn schools(near: &Neighbourhood<'_>, seed: u64) -> Vec<School> {
    const DEPENDENCE: [&str; 3] = ["Municipal", "Particular subvencionado", "Educación pública"];
    const LEVELS: [(&str, &str, i64, i64); 5] = [
        ("Parvularia", "Jardín Infantil", 40, 160),
        ("Básica", "Escuela Básica", 120, 650),
        ("Básica", "Escuela", 120, 650),
        ("Básica y media", "Colegio", 250, 1_300),
        ("Media", "Liceo", 200, 1_500),
    ];
    let mut rng = stream(seed, "schools");
    let persons: u64 = near.residents.iter().map(|r| r.persons).sum();
    let blocks = near.spread((persons / 2_000) as usize, 220.0, &mut rng);
    let school = |(i, block): (usize, usize)| {
        let (level, title, least, most) = one_of(&mut rng, &LEVELS);
        School {
            rbd: 9_000 + 7 * i as i64,
            name: format!("{title} {}", tree(&mut rng)),
            dependence: one_of(&mut rng, &DEPENDENCE),
            level,
            pupils: rng.random_range(least..=most),
            place: near.on_street(block, &mut rng),
        }
    };
    blocks.into_iter().enumerate().map(school).collect()
}

/// Bus stops along the main streets, one about every `spacing_m` metres and side.
pub(crate) fn stops(near: &Neighbourhood<'_>, parameters: &Parameters) -> Vec<Stop> {
    const SPACING_M: f64 = 260.0;
    const KERB_M: f64 = 4.0;
    let mut rng = stream(parameters.seed, "stops");
    let mut stops: Vec<Stop> = Vec::new();
    let mut walked_m = 0.0;
    for (from, to, weight) in near.territory.main_streets() {
        walked_m += distance(from, to) * if weight == 2 { 1.0 } else { 0.72 };
        if walked_m < SPACING_M {
            continue;
        }
        walked_m -= SPACING_M;
        let along = unit(to - from);
        let side = if rng.random_bool(0.5) {
            KERB_M
        } else {
            -KERB_M
        };
        let place = from
            + (to - from) * rng.random_range(0.3..0.7)
            + Coord {
                x: -along.y,
                y: along.x,
            } * side;
        stops.push(Stop {
            id: format!("PS{:04}", stops.len() + 1),
            name: format!("Avenida {} esq. {}", tree(&mut rng), tree(&mut rng)),
            routes: routes(weight, &mut rng),
            place: Point::nearest_to(place).metres(),
        });
    }
    stops
}

/// Lines that call at a stop, with spaces between; more on a main street.
fn routes(weight: u8, rng: &mut impl Rng) -> String {
    let count = rng.random_range(1..=2 + u32::from(weight));
    let mut lines: Vec<u32> = (0..count).map(|_| 201 + rng.random_range(0..38)).collect();
    lines.sort_unstable();
    lines.dedup();
    lines
        .iter()
        .map(u32::to_string)
        .collect::<Vec<_>>()
        .join(" ")
}

impl Neighbourhood<'_> {
    /// Blocks for `count` facilities: by population in each commune's share, `apart_m` from each other where that fits.
    fn spread(&self, count: usize, apart_m: f64, rng: &mut impl Rng) -> Vec<usize> {
        let persons: Vec<f64> = self.communes.iter().map(|c| c.persons as f64).collect();
        let mut chosen: Vec<usize> = Vec::new();
        for (commune, share) in apportion(count as u64, &persons).into_iter().enumerate() {
            let weight = |(block, residents): (&Block, &Residents)| {
                let inside = self.territory.districts[block.district].commune == commune;
                if inside {
                    residents.persons as f64
                } else {
                    0.0
                }
            };
            let lottery = Lottery::new(self.blocks.iter().zip(self.residents).map(weight));
            for _ in 0..share {
                chosen.push(self.apart(&lottery, &chosen, apart_m, rng));
            }
        }
        chosen
    }

    /// A block away from the chosen ones: the distance asked for shrinks a little with every failure.
    fn apart(
        &self,
        lottery: &Lottery,
        chosen: &[usize],
        apart_m: f64,
        rng: &mut impl Rng,
    ) -> usize {
        let mut apart_m = apart_m;
        loop {
            let block = lottery.draw(rng);
            let place = self.blocks[block].centre;
            let free = chosen
                .iter()
                .all(|&other| distance(place, self.blocks[other].centre) >= apart_m);
            if free || apart_m < 1.0 {
                return block;
            }
            apart_m *= 0.98;
        }
    }

    /// A place on the front of a block: on its longest side, a metre inside the fence.
    fn on_street(&self, block: usize, rng: &mut impl Rng) -> Coord {
        let (a, b) = longest_side(&self.blocks[block].shape);
        let inwards = unit(Coord {
            x: a.y - b.y,
            y: b.x - a.x,
        });
        Point::nearest_to(a + (b - a) * rng.random_range(0.3..0.7) + inwards).metres()
    }
}

fn longest_side(shape: &Polygon) -> (Coord, Coord) {
    let sides = shape.exterior().lines().map(|line| (line.start, line.end));
    let longest = sides.max_by(|a, b| distance(a.0, a.1).total_cmp(&distance(b.0, b.1)));
    longest.unwrap_or((Coord::zero(), Coord::zero()))
}
