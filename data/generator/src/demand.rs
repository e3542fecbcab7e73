//! Assemblies and what they ask for.

use geo_types::Coord;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::Parameters;
use crate::apportion::apportion;
use crate::demand_text::{THEMES, TITLES};
use crate::mesh::Point;
use crate::plane::{centroid, contains};
use crate::random::{Lottery, around, normal, one_of, stream};
use crate::territory::Territory;

/// Nothing in the sample is younger than this: assemblies after it are planned, not held.
const AS_OF: &str = "2026-09-30";

/// A neighbourhood assembly.
#[derive(Clone, Debug)]
pub(crate) struct Assembly {
    pub(crate) id: String,
    /// The number of its district.
    pub(crate) district: usize,
    pub(crate) date: Date,
    /// Persons present; none while it is only planned.
    pub(crate) attendance: Option<i64>,
}

/// What an assembly asks for.
#[derive(Clone, Debug)]
pub(crate) struct Demand {
    pub(crate) id: String,
    pub(crate) theme: &'static str,
    pub(crate) title: &'static str,
    pub(crate) votes: i64,
    /// The number of its assembly.
    pub(crate) assembly: usize,
    pub(crate) stage: &'static str,
    pub(crate) status: &'static str,
    pub(crate) created: Date,
    pub(crate) place: Coord,
    /// What answers it, where something was decided.
    pub(crate) project: Option<Project>,
}

/// What answers a demand.
#[derive(Clone, Debug)]
pub(crate) struct Project {
    pub(crate) code: String,
    /// In pesos.
    pub(crate) cost: i64,
    pub(crate) beneficiaries: i64,
    pub(crate) funding: &'static str,
}

/// A day of 2025 or 2026.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Date {
    year: u16,
    /// 0 for 1 January.
    day: u16,
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const MONTHS: [u16; 12] = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        let mut day = self.day;
        for (month, days) in (1..).zip(MONTHS) {
            if day < days {
                return write!(f, "{}-{month:02}-{:02}", self.year, day + 1);
            }
            day -= days;
        }
        write!(f, "{}-12-31", self.year)
    }
}

impl Date {
    fn is_past(self) -> bool {
        *self.to_string() <= *AS_OF
    }
}

/// Two rounds of assemblies in every district: the first in 2025, the second in 2026.
pub(crate) fn assemblies(territory: &Territory, seed: u64) -> Vec<Assembly> {
    let mut rng = stream(seed, "assemblies");
    let mut list = Vec::new();
    for (number, district) in territory.districts.iter().enumerate() {
        for (round, year) in [(1, 2025), (2, 2026)] {
            let date = Date {
                year,
                day: rng.random_range(65..320),
            };
            let people = (48.0 * (1.0 + 0.45 * normal(&mut rng)).max(0.25)).round() as i64;
            let attendance = date.is_past().then_some(people);
            list.push(Assembly {
                id: format!("A{}-{round}", district.key),
                district: number,
                date,
                attendance,
            });
        }
    }
    list
}

/// Demands shared out to the assemblies held, by attendance.
pub(crate) fn demands(
    territory: &Territory,
    assemblies: &[Assembly],
    parameters: &Parameters,
) -> Vec<Demand> {
    let mut rng = stream(parameters.seed, "demands");
    let attendance: Vec<f64> = assemblies
        .iter()
        .map(|a| a.attendance.unwrap_or(0) as f64)
        .collect();
    let counts = apportion(parameters.demands as u64, &attendance);
    let mut list = Vec::with_capacity(parameters.demands);
    let mut quarter = Quarter::default();
    let mut money = stream(parameters.seed, "projects");
    for (number, assembly) in assemblies.iter().enumerate() {
        let district = &territory.districts[assembly.district];
        quarter.enter(
            assembly.district,
            &territory.mesh.ring(district.face),
            &district.sector,
            &mut rng,
        );
        for _ in 0..counts[number] {
            let demand = demand(list.len() + 1, number, assembly, &quarter, &mut rng);
            let project = project(&demand, &mut money);
            list.push(Demand { project, ..demand });
        }
    }
    list
}

/// A district as the place of demands: a few sore spots, and themes that weigh more than elsewhere.
#[derive(Default)]
struct Quarter {
    district: Option<usize>,
    sector: String,
    ring: Vec<Coord>,
    spots: Vec<Coord>,
    themes: Vec<f64>,
}

impl Quarter {
    fn enter(&mut self, district: usize, ring: &[Coord], sector: &str, rng: &mut ChaCha8Rng) {
        if self.district == Some(district) {
            return;
        }
        if self.sector != sector {
            sector.clone_into(&mut self.sector);
            self.themes = THEMES
                .iter()
                .map(|(_, often)| often * (1.0 + 0.5 * normal(rng)).clamp(0.25, 2.5))
                .collect();
        }
        self.district = Some(district);
        self.ring = ring.to_vec();
        let middle = centroid(ring);
        self.spots = (0..2)
            .map(|_| inside(ring, middle, rng, |rng| around(rng, middle, 110.0)))
            .collect();
    }

    /// Two thirds near a sore spot, the others anywhere in the district.
    fn place(&self, rng: &mut ChaCha8Rng) -> Coord {
        let spot = one_of(rng, &self.spots);
        let (low, high) = bounds(&self.ring);
        let near = rng.random_bool(0.66);
        let place = inside(&self.ring, spot, rng, |rng| {
            let anywhere = Coord {
                x: rng.random_range(low.x..high.x),
                y: rng.random_range(low.y..high.y),
            };
            if near {
                around(rng, spot, 55.0)
            } else {
                anywhere
            }
        });
        Point::nearest_to(place).metres()
    }
}

fn demand(
    number: usize,
    assembly_number: usize,
    assembly: &Assembly,
    quarter: &Quarter,
    rng: &mut ChaCha8Rng,
) -> Demand {
    let theme = Lottery::new(quarter.themes.iter().copied()).draw(rng);
    let (stage, factor) = stage(rng);
    let share = rng.random_range(0.08..0.95);
    let votes = (assembly.attendance.unwrap_or(1) as f64 * share * factor)
        .round()
        .max(1.0) as i64;
    Demand {
        id: format!("D{number:05}"),
        theme: THEMES[theme].0,
        title: one_of(rng, &TITLES[theme]),
        votes,
        assembly: assembly_number,
        stage,
        status: status(stage, assembly.date.year, rng),
        created: created(assembly.date, rng),
        place: quarter.place(rng),
        project: None,
    }
}

/// The project of a demand that is in a plan: dearer and for more persons the further it has come.
fn project(demand: &Demand, rng: &mut ChaCha8Rng) -> Option<Project> {
    let scale = match demand.stage {
        "raised" => 1,
        "sector" => 3,
        "commune" => 12,
        _ => 60,
    };
    let is_decided = matches!(demand.status, "planned" | "funded" | "in_progress" | "done");
    is_decided.then(|| Project {
        code: format!("P-{}", &demand.id[1..]),
        cost: scale * rng.random_range(2..40) * 1_000_000,
        beneficiaries: scale * rng.random_range(20..400),
        funding: match demand.status {
            "planned" => "",
            _ => one_of(
                rng,
                &["FNDR", "PMU", "Municipal", "FRIL", "Quiero mi Barrio"],
            ),
        },
    })
}

/// How far a demand has come, and how many more voters it met on the way.
fn stage(rng: &mut impl Rng) -> (&'static str, f64) {
    match rng.random_range(0..100) {
        0..58 => ("raised", 1.0),
        58..82 => ("sector", 1.8),
        82..94 => ("commune", 3.2),
        _ => ("city", 6.0),
    }
}

fn status(stage: &str, year: u16, rng: &mut impl Rng) -> &'static str {
    const NAMES: [&str; 6] = [
        "open",
        "planned",
        "funded",
        "in_progress",
        "done",
        "rejected",
    ];
    let often = match (stage, year) {
        ("raised", 2026) => [90.0, 6.0, 0.0, 0.0, 0.0, 4.0],
        ("raised", _) => [62.0, 14.0, 4.0, 4.0, 6.0, 10.0],
        (_, 2026) => [60.0, 24.0, 8.0, 2.0, 0.0, 6.0],
        _ => [26.0, 22.0, 14.0, 14.0, 14.0, 10.0],
    };
    NAMES[Lottery::new(often).draw(rng)]
}

/// The day of the assembly or one of the next five, but never after the date of the sample.
fn created(assembly: Date, rng: &mut impl Rng) -> Date {
    let later = Date {
        day: assembly.day + rng.random_range(0..6),
        ..assembly
    };
    if later.is_past() { later } else { assembly }
}

/// The first of forty tries that lies inside the ring; else `fallback`.
fn inside(
    ring: &[Coord],
    fallback: Coord,
    rng: &mut ChaCha8Rng,
    mut place: impl FnMut(&mut ChaCha8Rng) -> Coord,
) -> Coord {
    (0..40)
        .map(|_| place(rng))
        .find(|&c| contains(ring, c))
        .unwrap_or(fallback)
}

fn bounds(ring: &[Coord]) -> (Coord, Coord) {
    let low = ring.iter().fold(
        Coord {
            x: f64::MAX,
            y: f64::MAX,
        },
        |m, c| Coord {
            x: m.x.min(c.x),
            y: m.y.min(c.y),
        },
    );
    let high = ring.iter().fold(
        Coord {
            x: f64::MIN,
            y: f64::MIN,
        },
        |m, c| Coord {
            x: m.x.max(c.x),
            y: m.y.max(c.y),
        },
    );
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::Date;

    #[test]
    fn days_are_written_as_iso_dates() {
        let iso = |day| Date { year: 2026, day }.to_string();
        assert_eq!(
            [iso(0), iso(58), iso(59), iso(364)],
            ["2026-01-01", "2026-02-28", "2026-03-01", "2026-12-31"]
        );
        assert!(
            Date {
                year: 2026,
                day: 272
            }
            .is_past()
                && !Date {
                    year: 2026,
                    day: 273
                }
                .is_past()
        );
    }
}
