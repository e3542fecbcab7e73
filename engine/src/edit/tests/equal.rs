//! A territory with changes is, bit by bit, one that was built with them.

use geo_types::Geometry;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use super::city::{Cell, Feature, Table, city, point, square, territory};
use super::{Change, Edit};
use crate::column::ColumnType;
use crate::heatmap::SurfaceRequest;
use crate::territory::Territory;

/// An edit as numbers, to be read in the light of the edits before it.
#[derive(Clone, Debug)]
struct Dice {
    table: usize,
    op: u8,
    pick: usize,
    like: Option<usize>,
    place: (f64, f64),
    numbers: (u8, f64),
}

fn dice() -> impl Strategy<Value = Dice> {
    let place = (-0.005..0.085, -0.005..0.085);
    let number = (any::<u8>(), 0.0..9.0);
    let like = prop::option::of(any::<usize>());
    (1..4_usize, 0..6_u8, any::<usize>(), like, place, number).prop_map(
        |(table, op, pick, like, place, numbers)| Dice {
            table,
            op,
            pick,
            like,
            place,
            numbers,
        },
    )
}

/// The edit that was made, with texts of its own.
struct Made {
    layer: &'static str,
    key: Option<String>,
    like: Option<String>,
    geometry: Option<Geometry<f64>>,
    cells: Option<Vec<(&'static str, Cell)>>,
}

impl Made {
    fn change(&self) -> Change<'_> {
        let properties = || {
            let cells = self.cells.iter().flatten();
            cells.map(|(name, cell)| (*name, cell.value())).collect()
        };
        let key = self.key.as_deref();
        let edit = match (&self.geometry, &self.cells, key) {
            (Some(geometry), Some(_), key) => Edit::Add {
                key,
                like: self.like.as_deref(),
                geometry: geometry.clone(),
                properties: properties(),
            },
            (Some(geometry), None, key) => Edit::Move {
                key: key.unwrap(),
                geometry: geometry.clone(),
            },
            (None, Some(_), key) => Edit::Set {
                key: key.unwrap(),
                properties: properties(),
            },
            (None, None, key) => Edit::Remove { key: key.unwrap() },
        };
        Change {
            layer: self.layer,
            edit,
        }
    }
}

/// Makes the edit in the model, and says it.
fn make(tables: &mut [Table; 4], number: usize, dice: &Dice) -> Made {
    let table = &mut tables[dice.table];
    let place = match table.id {
        "blocks" => square(dice.place.0, dice.place.1, 0.0029),
        _ => point(dice.place.0, dice.place.1),
    };
    let cells = cells(table, dice);
    let picked = dice.pick % table.features.len();
    let key = table.features[picked].key.clone();
    let made = |key: &str| Made {
        layer: table.id,
        key: Some(key.to_owned()),
        like: None,
        geometry: None,
        cells: None,
    };
    match dice.op {
        0 if table.features.len() > 3 => {
            table.features.remove(picked);
            made(&key)
        }
        1 | 2 => {
            table.features[picked].geometry = place.clone();
            Made {
                geometry: Some(place),
                ..made(&key)
            }
        }
        3 => {
            write(&table.columns, &mut table.features[picked], &cells);
            Made {
                cells: Some(cells),
                ..made(&key)
            }
        }
        _ => {
            let like = dice.like.map(|like| like % table.features.len());
            let template = like.map(|like| table.features[like].clone());
            let key = format!("added {number}");
            let nothing = vec![Cell::Null; table.columns.len()];
            let mut feature = Feature {
                key: key.clone(),
                name: String::new(),
                geometry: place.clone(),
                cells: template.as_ref().map_or(nothing, |one| one.cells.clone()),
            };
            write(&table.columns, &mut feature, &cells);
            table.features.push(feature);
            Made {
                like: template.map(|one| one.key),
                geometry: Some(place),
                cells: Some(cells),
                ..made(&key)
            }
        }
    }
}

fn cells(table: &Table, dice: &Dice) -> Vec<(&'static str, Cell)> {
    let (whole, real) = dice.numbers;
    let text = |choices: [&str; 3]| Cell::Text(choices[usize::from(whole) % 3].to_owned());
    let all = match table.id {
        "blocks" => vec![
            ("pop", Cell::Whole(i64::from(whole))),
            ("kind", text(["urban", "rural", "other"])),
        ],
        "health" => vec![
            ("type", text(["post", "centre", "hospital"])),
            (
                "capacity",
                if whole == 0 {
                    Cell::Null
                } else {
                    Cell::Real(real)
                },
            ),
        ],
        _ => vec![("votes", Cell::Whole(i64::from(whole)))],
    };
    all.into_iter().skip(usize::from(whole % 5 == 4)).collect()
}

fn write(
    columns: &[(&'static str, ColumnType)],
    feature: &mut Feature,
    cells: &[(&'static str, Cell)],
) {
    for (name, cell) in cells {
        let position = columns.iter().position(|(own, _)| own == name).unwrap();
        feature.cells[position] = cell.clone();
    }
}

/// Every figure of every indicator at every level, and the heat maps, bit by bit.
fn fingerprint(territory: &Territory) -> Vec<(String, Vec<u64>)> {
    let bits = |number: Option<f64>| number.map_or(u64::MAX, f64::to_bits);
    let mut all = vec![];
    for indicator in territory.indicators() {
        for level in territory.levels() {
            let view = territory
                .indicator(&indicator.id)
                .unwrap()
                .at(level.id())
                .unwrap();
            let figures = view.figures().iter().flat_map(|figure| {
                let parts = [
                    figure.value,
                    figure.numerator,
                    figure.denominator,
                    figure.covered,
                ];
                parts.map(bits).into_iter().chain([figure.n])
            });
            all.push((
                format!("{} {}", indicator.id, level.id()),
                figures.collect(),
            ));
        }
    }
    for heatmap in territory.heatmaps() {
        let extent = [-2000.0, -2000.0, 10_000.0, 10_000.0];
        let plain = SurfaceRequest::default();
        let grid = heatmap.grid_with(400.0, Some(extent), &plain).unwrap();
        let numbers = [heatmap.bandwidth_m, heatmap.peak(&plain)]
            .into_iter()
            .chain(grid.values);
        all.push((heatmap.id.clone(), numbers.map(f64::to_bits).collect()));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_territory_with_changes_equals_one_that_was_built_with_them(all in prop::collection::vec(dice(), 1..12), cut in 0..12_usize) {
        let mut tables = city();
        let base = territory(&tables, vec![]);
        let untouched = fingerprint(&base);
        let made: Vec<Made> = all
            .iter()
            .enumerate()
            .map(|(number, dice)| make(&mut tables, number, dice))
            .collect();
        let changes: Vec<Change<'_>> = made.iter().map(Made::change).collect();
        let fresh = fingerprint(&territory(&tables, vec![]));
        let at_once = base.with_changes(&changes).unwrap();
        prop_assert_eq!(&fingerprint(&at_once), &fresh);
        // A scenario on a scenario is the scenario of both.
        let (first, second) = changes.split_at(cut.min(changes.len()));
        let in_two = base.with_changes(first).unwrap().with_changes(second).unwrap();
        prop_assert_eq!(&fingerprint(&in_two), &fresh);
        prop_assert_eq!(&fingerprint(&base), &untouched, "the base has changed");
        for table in &tables {
            let (layer, model) = (at_once.layer(table.id).unwrap(), table.layer());
            prop_assert_eq!(layer.keys(), model.keys());
            prop_assert_eq!(layer.names(), model.names());
            prop_assert_eq!(layer.columns(), model.columns());
            prop_assert_eq!(layer.lonlat(), model.lonlat());
            prop_assert_eq!(layer.world(), model.world());
        }
    }
}
