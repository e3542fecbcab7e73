//! Plain names: cardinal directions, keys and native trees. No person is named.

use geo_types::Coord;
use rand::Rng;

use crate::plane::{distance, dot, unit};
use crate::random::one_of;

/// Directions from north, clockwise.
const DIRECTIONS: [&str; 8] = [
    "Norte",
    "Nororiente",
    "Oriente",
    "Suroriente",
    "Sur",
    "Surponiente",
    "Poniente",
    "Norponiente",
];

const TREES: [&str; 28] = [
    "Los Aromos",
    "Los Boldos",
    "El Canelo",
    "Los Quillayes",
    "El Peumo",
    "Las Araucarias",
    "Los Maitenes",
    "El Litre",
    "Los Ulmos",
    "El Pimiento",
    "Los Espinos",
    "La Patagua",
    "Los Notros",
    "El Alerce",
    "Los Coigües",
    "El Raulí",
    "Las Lengas",
    "Los Ñirres",
    "El Lingue",
    "Los Mañíos",
    "El Olivillo",
    "Los Radales",
    "La Jarilla",
    "Los Algarrobos",
    "El Tamarugo",
    "Los Chañares",
    "El Belloto",
    "Las Palmas",
];

/// The name of one native tree or another.
pub(crate) fn tree(rng: &mut impl Rng) -> &'static str {
    one_of(rng, &TREES)
}

/// "Barrio 13105-01-03" for key 131050103.
pub(crate) fn district_name(key: &str) -> String {
    match (key.get(..5), key.get(5..7), key.get(7..)) {
        (Some(commune), Some(sector), Some(district)) => {
            format!("Barrio {commune}-{sector}-{district}")
        }
        _ => format!("Barrio {key}"),
    }
}

/// Names of a commune's sectors by where they lie: the one nearest to its middle is "Centro", then each in turn takes
/// the free direction that fits it best; beyond nine they are numbered.
pub(crate) fn sector_names(commune: &str, centre: Coord, middles: &[Coord]) -> Vec<String> {
    let mut order: Vec<usize> = (0..middles.len()).collect();
    order.sort_by(|&a, &b| distance(middles[b], centre).total_cmp(&distance(middles[a], centre)));
    let mut free: Vec<usize> = (0..DIRECTIONS.len()).collect();
    let mut names = vec![String::new(); middles.len()];
    for (rank, &i) in order.iter().enumerate() {
        let fit = |&d: &usize| dot(bearing(d), unit(middles[i] - centre));
        let best = free
            .iter()
            .copied()
            .max_by(|a, b| fit(a).total_cmp(&fit(b)));
        let name = match best {
            _ if rank + 1 == middles.len() && middles.len() > 4 => "Centro".to_owned(),
            Some(direction) => {
                free.retain(|&d| d != direction);
                DIRECTIONS[direction].to_owned()
            }
            None => format!("{}", rank + 1),
        };
        names[i] = format!("Sector {name} de {commune}");
    }
    names
}

/// The unit vector of a direction.
fn bearing(direction: usize) -> Coord {
    const STEPS: [(f64, f64); 8] = [
        (0.0, 1.0),
        (1.0, 1.0),
        (1.0, 0.0),
        (1.0, -1.0),
        (0.0, -1.0),
        (-1.0, -1.0),
        (-1.0, 0.0),
        (-1.0, 1.0),
    ];
    let (x, y) = STEPS[direction % 8];
    unit(Coord { x, y })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sectors_are_named_by_where_they_lie_and_no_name_twice() {
        let at = |x: f64, y: f64| Coord { x, y };
        let middles = [
            at(0.0, 9.0),
            at(8.0, 0.0),
            at(0.1, 0.2),
            at(0.5, -7.0),
            at(0.0, 6.0),
        ];
        let names = sector_names("X", at(0.0, 0.0), &middles);
        assert_eq!(names[0], "Sector Norte de X");
        assert_eq!(names[1], "Sector Oriente de X");
        assert_eq!(names[2], "Sector Centro de X");
        assert_eq!(names[3], "Sector Sur de X");
        assert_ne!(names[4], names[0]);
    }

    #[test]
    fn a_district_is_named_by_its_key() {
        assert_eq!(district_name("131050103"), "Barrio 13105-01-03");
    }
}
