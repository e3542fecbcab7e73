//! Who lives in the blocks. Synthetic below the commune, whose published total is met exactly.

use rand::Rng;

use crate::apportion::apportion;
use crate::blocks::Block;
use crate::density::Density;
use crate::outline::Commune;
use crate::random::{Lottery, between, normal, stream};
use crate::territory::Territory;

/// Shares of the age bands 0–5, 6–14, 15–64, 65 and more in an average district.
const AGES: [f64; 4] = [0.078, 0.116, 0.690, 0.116];
/// Uses without residents, and how often.
const UNLIVED: [(&str, f64); 5] = [
    ("Industria y bodegas", 3.0),
    ("Educación", 2.0),
    ("Comercio y servicios", 2.0),
    ("Área deportiva", 1.0),
    ("Sitio eriazo", 1.0),
];

/// The census of one block.
#[derive(Clone, Debug, Default)]
pub(crate) struct Residents {
    pub(crate) persons: u64,
    pub(crate) households: u64,
    /// 0–5, 6–14, 15–64, 65 and more; sums to `persons`.
    pub(crate) ages: [u64; 4],
    /// What the block is used for, in Spanish.
    pub(crate) land_use: &'static str,
}

/// What distinguishes a district: old or young, large or small households.
struct Profile {
    ages: [f64; 4],
    household: f64,
}

/// Residents of every block, in the order of the blocks.
pub(crate) fn build(
    communes: &[Commune],
    territory: &Territory,
    blocks: &[Block],
    density: &Density,
    seed: u64,
) -> Vec<Residents> {
    let mut rng = stream(seed, "census");
    let profiles: Vec<Profile> = territory
        .districts
        .iter()
        .map(|_| profile(&mut rng))
        .collect();
    let uses: Vec<&str> = blocks.iter().map(|_| land_use(&mut rng)).collect();
    let weights: Vec<f64> = blocks
        .iter()
        .zip(&uses)
        .map(|(b, u)| weight(b, u, density, &mut rng))
        .collect();
    let mut persons = vec![0; blocks.len()];
    for (number, commune) in communes.iter().enumerate() {
        let inside: Vec<usize> = (0..blocks.len())
            .filter(|&i| territory.districts[blocks[i].district].commune == number)
            .collect();
        let shares: Vec<f64> = inside.iter().map(|&i| weights[i]).collect();
        for (&i, count) in inside.iter().zip(apportion(commune.persons, &shares)) {
            persons[i] = count;
        }
    }
    let block = |i: usize| residents(persons[i], uses[i], &profiles[blocks[i].district], &mut rng);
    (0..blocks.len()).map(block).collect()
}

fn profile(rng: &mut impl Rng) -> Profile {
    let old = between(rng, 0.6, 1.5);
    let young = 2.0 - old + 0.1 * normal(rng);
    Profile {
        ages: [AGES[0] * young, AGES[1] * young, AGES[2], AGES[3] * old],
        household: between(rng, 2.7, 3.7),
    }
}

fn land_use(rng: &mut impl Rng) -> &'static str {
    match rng.random_range(0..100) {
        0..4 => UNLIVED[Lottery::new(UNLIVED.map(|(_, often)| often)).draw(rng)].0,
        4..14 => "Vivienda y comercio",
        14..20 => "Vivienda en altura",
        _ => "Vivienda",
    }
}

/// Expected residents, up to a common factor.
fn weight(block: &Block, land_use: &str, density: &Density, rng: &mut impl Rng) -> f64 {
    let built = match land_use {
        "Vivienda" => 1.0,
        "Vivienda y comercio" => 0.7,
        "Vivienda en altura" => 2.2,
        _ => 0.0,
    };
    let luck = (1.0 + 0.25 * normal(rng)).max(0.3);
    built * luck * block.area_m2 * density.at(block.centre)
}

fn residents(
    persons: u64,
    land_use: &'static str,
    profile: &Profile,
    rng: &mut impl Rng,
) -> Residents {
    let shares = profile
        .ages
        .map(|share| share * (1.0 + 0.15 * normal(rng)).max(0.2));
    let ages = apportion(persons, &shares);
    let size = profile.household * (1.0 + 0.08 * normal(rng)).max(0.6);
    let households = if persons == 0 {
        0
    } else {
        (persons as f64 / size).round().max(1.0) as u64
    };
    Residents {
        persons,
        households,
        ages: [ages[0], ages[1], ages[2], ages[3]],
        land_use,
    }
}
