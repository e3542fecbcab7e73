//! What an outsider finds out, by a method of its own: all values that the cells of small trees can have, one by one.

use std::collections::BTreeSet;
use std::sync::Arc;

use geo_types::{Geometry, Point, polygon};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};

use super::forest::Forest;
use super::suppress::{Cell, Table};
use super::{Privacy, Suppression};
use crate::indicator::{
    Aggregate, Coverage, Indicator, Measure, Nearest, Operation, Ratio, Selection, Statistic,
    Summary, Term,
};
use crate::layer::tests_support::{Equator, layer};
use crate::territory::{LevelParts, Territory, TerritoryParts};
use crate::{Column, Layer, Title, Value};

/// What is published of a cell, as an outsider reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Seen {
    Number(u32),
    /// Hidden, and said to be below the threshold.
    Few,
    /// Hidden for the sake of others: not below the threshold, as far as one can believe it.
    Enough,
    Hidden,
}

/// Cells with their parents, which come after them, as they are published.
struct Outsider {
    parents: Vec<Option<usize>>,
    seen: Vec<Seen>,
    threshold: u32,
    most: u32,
}

impl Outsider {
    /// All values from 0 to `most` that what is published by itself leaves to a cell.
    fn own(&self, cell: usize) -> Vec<bool> {
        let fits = |value: u32| match self.seen[cell] {
            Seen::Number(number) => value == number,
            Seen::Few => value > 0 && value < self.threshold,
            Seen::Enough => value >= self.threshold,
            Seen::Hidden => value > 0,
        };
        (0..=self.most).map(fits).collect()
    }

    /// Whether there is any solution in which `fixed` has the value.
    fn is_feasible(&self, fixed: usize, value: u32) -> bool {
        let mut sums: Vec<Option<Vec<bool>>> = vec![None; self.seen.len()];
        for cell in 0..self.seen.len() {
            let mut own = self.own(cell);
            if cell == fixed {
                let kept = |at: usize| own[at] && at == value as usize;
                own = (0..own.len()).map(kept).collect();
            }
            if let Some(sum) = &sums[cell] {
                own.iter_mut().zip(sum).for_each(|(own, sum)| *own &= sum);
            }
            if !own.contains(&true) {
                return false;
            }
            if let Some(parent) = self.parents[cell] {
                sums[parent] = Some(match sums[parent].take() {
                    None => own,
                    Some(sum) => added(&sum, &own),
                });
            }
        }
        true
    }

    /// How many values a cell can have; two are enough to know.
    fn choices(&self, cell: usize) -> usize {
        let feasible = |value: &u32| self.is_feasible(cell, *value);
        (0..=self.most).filter(feasible).take(2).count()
    }

    fn assert_finds_nothing(&self, what: &str) {
        for (cell, seen) in self.seen.iter().enumerate() {
            let found_out = !matches!(seen, Seen::Number(_)) && self.choices(cell) < 2;
            assert!(
                !found_out,
                "{what}: cell {cell} of {:?}, {:?}",
                self.seen, self.parents
            );
        }
    }
}

/// All sums of a value of each, up to the most that is looked at.
fn added(a: &[bool], b: &[bool]) -> Vec<bool> {
    let sum = |total: usize| (0..=total).any(|part| a[part] && b[total - part]);
    (0..a.len()).map(sum).collect()
}

fn seen(cell: Cell, value: u32) -> Seen {
    match cell {
        Cell::Shown => Seen::Number(value),
        Cell::Primary => Seen::Few,
        Cell::Complementary => Seen::Enough,
        Cell::Unsaid => Seen::Hidden,
    }
}

/// The sums of all cells, from the numbers of those without children.
fn summed(parents: &[Option<usize>], leaves: &[u32]) -> Vec<u32> {
    let mut values = vec![0; parents.len()];
    let has_children: BTreeSet<usize> = parents.iter().flatten().copied().collect();
    for cell in 0..parents.len() {
        if !has_children.contains(&cell) {
            values[cell] = leaves[cell % leaves.len()];
        }
        if let Some(parent) = parents[cell] {
            values[parent] += values[cell];
        }
    }
    values
}

fn protect(parents: &[Option<usize>], values: &[u32], threshold: u32, leaves: usize) -> Vec<Cell> {
    let parent = |parent: &Option<usize>| parent.and_then(|parent| u32::try_from(parent).ok());
    let forest = Forest::new(parents.iter().map(parent).collect());
    let values: Vec<f64> = values.iter().copied().map(f64::from).collect();
    let table = Table {
        forest: &forest,
        values: &values,
        threshold: f64::from(threshold),
        leaves,
    };
    table.protected(table.primary())
}

/// Trees of any shape: each cell but the last has a parent behind it, or now and then none.
fn trees() -> impl Strategy<Value = Vec<Option<usize>>> {
    let step = prop_oneof![9 => (1_usize..5).prop_map(Some), 1 => Just(None)];
    proptest::collection::vec(step, 1..14).prop_map(|steps| {
        let count = steps.len();
        let parent = |(cell, step): (usize, Option<usize>)| {
            let parent = cell + step?;
            (cell + 1 < count).then(|| parent.min(count - 1))
        };
        steps.into_iter().enumerate().map(parent).collect()
    })
}

fn config(cases: u32) -> Config {
    Config {
        cases,
        rng_seed: RngSeed::Fixed(1),
        failure_persistence: None,
        ..Config::default()
    }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn no_hidden_cell_of_any_tree_can_be_found_out(
        parents in trees(),
        leaves in proptest::collection::vec(prop_oneof![3 => 0_u32..6, 1 => 5_u32..9], 14),
        threshold in 3_u32..7,
        unlabelled in 0_usize..2,
    ) {
        let values = summed(&parents, &leaves);
        let has_children: BTreeSet<usize> = parents.iter().flatten().copied().collect();
        let first_inner = (0..parents.len()).find(|cell| has_children.contains(cell));
        let unlabelled = unlabelled * first_inner.unwrap_or(parents.len());
        let cells = protect(&parents, &values, threshold, unlabelled);
        for (cell, &value) in cells.iter().zip(&values) {
            prop_assert!(value == 0 || value >= threshold || *cell != Cell::Shown);
            prop_assert!(value != 0 || *cell == Cell::Shown);
            prop_assert!(*cell != Cell::Primary || value < threshold);
            prop_assert!(*cell != Cell::Complementary || value >= threshold);
        }
        let seen = cells.iter().zip(&values).map(|(cell, value)| seen(*cell, *value)).collect();
        let most = values.iter().max().copied().unwrap_or(0) + 2 * threshold;
        Outsider { parents, seen, threshold, most }.assert_finds_nothing("a tree");
    }
}

#[test]
fn siblings_are_hidden_the_smallest_first_and_never_zeros() {
    use Cell::{Complementary, Primary, Shown};
    let parents = [Some(5), Some(5), Some(5), Some(5), Some(5), None];
    let cells = protect(&parents, &[9, 0, 3, 7, 20, 39], 5, 0);
    assert_eq!(cells, [Shown, Shown, Primary, Complementary, Shown, Shown]);
}

#[test]
fn equal_siblings_do_not_tell_that_the_first_of_them_is_hidden() {
    use Cell::{Complementary, Primary, Shown};
    // Whoever knows that the smallest is hidden would know that it has five, as the next one has.
    let parents = [Some(4), Some(4), Some(4), Some(4), None];
    let cells = protect(&parents, &[3, 5, 5, 200, 213], 5, 0);
    assert_eq!(cells, [Primary, Complementary, Complementary, Shown, Shown]);
}

#[test]
fn without_a_sibling_the_parent_is_hidden_and_a_sibling_of_that() {
    use Cell::{Complementary, Primary, Shown};

    // Two families of which one is 4 + 4: with its total eight both would be known.
    let parents = [
        Some(5),
        Some(5),
        Some(6),
        Some(6),
        Some(6),
        Some(7),
        Some(7),
        None,
    ];
    let values = [4, 4, 30, 40, 50, 8, 120, 128];
    let cells = protect(&parents, &values, 5, 0);
    let expected = [
        Primary,
        Primary,
        Complementary,
        Shown,
        Shown,
        Complementary,
        Complementary,
        Shown,
    ];
    assert_eq!(cells, expected);
}

#[test]
fn the_whole_is_hidden_where_nothing_else_helps() {
    let cells = protect(&[Some(2), Some(2), None], &[4, 4, 8], 5, 0);
    assert_eq!(cells, [Cell::Primary, Cell::Primary, Cell::Complementary]);
}

#[test]
fn a_total_that_its_parts_fill_is_not_said_to_be_below_the_threshold() {
    // Four hidden parts are at least four: a total below five would tell all of them.
    let parents = [Some(4), Some(4), Some(4), Some(4), None];
    let cells = protect(&parents, &[1, 1, 1, 1, 4], 5, 0);
    assert_eq!(cells[4], Cell::Unsaid);
}

#[test]
fn many_equal_siblings_are_hidden_in_few_rounds() {
    let parents: Vec<Option<usize>> = (0..20_000).map(|_| Some(20_000)).chain([None]).collect();
    let mut values = vec![5_u32; 20_001];
    values[0] = 2;
    values[20_000] = 2 + 19_999 * 5;
    let cells = protect(&parents, &values, 5, 0);
    assert_eq!(cells[1], Cell::Complementary);
}

#[test]
fn numbers_that_do_not_add_up_and_divided_persons_come_to_an_end() {
    let forest = Forest::new(vec![Some(2), Some(2), None]);
    for values in [
        [3.0, 7.0, -5.0],
        [0.25, 0.5, 0.75],
        [2.5, 1e300, 1e300],
        [-3.0, 4.0, 1.0],
    ] {
        let table = Table {
            forest: &forest,
            values: &values,
            threshold: 5.0,
            leaves: 0,
        };
        let cells = table.protected(table.primary());
        assert!((0..3).all(|cell| !table.is_primary(cell) || cells[cell] != Cell::Shown));
    }
}

/// A made-up project: squares in a row, blocks in them, sectors of squares and communes of sectors.
#[derive(Debug)]
struct MadeUp {
    /// The square and the persons of each block.
    blocks: Vec<(usize, u32)>,
    sector_of: Vec<Option<u32>>,
    commune_of: Vec<Option<u32>>,
    threshold: u32,
}

const SQUARES: usize = 6;
const SECTORS: usize = 3;

fn made_up() -> impl Strategy<Value = MadeUp> {
    let persons = prop_oneof![3 => 0_u32..6, 1 => 5_u32..9];
    let of = |count: u32| prop_oneof![9 => (0..count).prop_map(Some), 1 => Just(None)];
    let blocks = proptest::collection::vec((0..SQUARES, persons), 1..12);
    let sector_of = proptest::collection::vec(of(3), SQUARES);
    let commune_of = proptest::collection::vec(of(2), SECTORS);
    (blocks, sector_of, commune_of, 3_u32..7).prop_map(
        |(blocks, sector_of, commune_of, threshold)| MadeUp {
            blocks,
            sector_of,
            commune_of,
            threshold,
        },
    )
}

impl MadeUp {
    fn territory(&self) -> Territory {
        let square = |west: usize| {
            let (west, east) = (west as f64 * 100.0, west as f64 * 100.0 + 100.0);
            Geometry::Polygon(polygon![
                (x: west, y: 0.0), (x: east, y: 0.0), (x: east, y: 100.0), (x: west, y: 100.0)
            ])
        };
        let squares = Arc::new(layer(
            "squares",
            &(0..SQUARES).map(square).collect::<Vec<_>>(),
            vec![],
        ));
        let point = |(square, _): &(usize, u32)| {
            Geometry::Point(Point::new(*square as f64 * 100.0 + 50.0, 50.0))
        };
        let places: Vec<_> = self.blocks.iter().map(point).collect();
        let number = |(_, persons): &(usize, u32)| Value::Integer(i64::from(*persons));
        let pop = Column::new("pop", self.blocks.iter().map(number));
        let kind = Column::new(
            "kind",
            (0..self.blocks.len()).map(|row| Value::Text(if row % 2 == 0 { "a" } else { "b" })),
        );
        let blocks = Arc::new(layer("blocks", &places, vec![pop, kind]));
        let part = |id: &str, layer: Option<&Arc<Layer>>, count: usize, parents: &[Option<u32>]| {
            LevelParts {
                id: id.to_owned(),
                title: Title::default(),
                layer: layer.cloned(),
                keys: (0..count).map(|row| format!("{id}{row}")).collect(),
                names: vec![String::new(); count],
                parents: parents.to_vec(),
            }
        };
        let levels = vec![
            part("squares", Some(&squares), SQUARES, &self.sector_of),
            part("sectors", None, SECTORS, &self.commune_of),
            part("communes", None, 2, &[]),
        ];
        let parts = TerritoryParts {
            name: "made up".to_owned(),
            languages: vec![],
            crs: "plane".to_owned(),
            indicators: indicators(&blocks),
            layers: vec![squares, blocks],
            levels,
            heatmaps: vec![],
            projection: Arc::new(Equator),
            generation: 1,
        };
        Territory::new(parts).unwrap().with_privacy(&Privacy {
            threshold: self.threshold,
            persons: BTreeSet::from(["population".to_owned(), "population_a".to_owned()]),
        })
    }
}

/// Everything that uses the persons of the blocks in another way.
fn indicators(blocks: &Arc<Layer>) -> Vec<Indicator> {
    let all = || Selection::all(Arc::clone(blocks));
    let measure = |column, weight| Measure {
        selection: all(),
        column,
        weight,
    };
    let statistic = |statistic, column, weight| {
        Arc::new(Aggregate {
            statistic,
            of: measure(column, weight),
        }) as Arc<dyn Operation>
    };
    let ratio = |numerator, denominator| {
        Arc::new(Ratio {
            numerator,
            denominator,
            per: 1.0,
        }) as Arc<dyn Operation>
    };
    let population = || Term::Indicator("population".to_owned());
    let nearest = Nearest {
        from: measure(None, Some(0)),
        to: all(),
        summary: Summary::Mean,
    };
    let coverage = Coverage {
        from: measure(None, Some(0)),
        to: all(),
        within_m: 10.0,
    };
    let median = Nearest {
        summary: Summary::Median,
        ..nearest.clone()
    };
    let density = Term::Indicator("density".to_owned());
    let only_a = crate::Filter::parse("kind = 'a'").unwrap();
    let of_a = Measure {
        selection: all().narrowed(only_a).unwrap(),
        column: Some(0),
        weight: None,
    };
    let of_a = Aggregate {
        statistic: Statistic::Sum,
        of: of_a,
    };
    let all: [(&str, Arc<dyn Operation>); 11] = [
        ("density", ratio(population(), Term::AreaHa)),
        ("population", statistic(Statistic::Sum, Some(0), None)),
        (
            "persons_by_weight",
            statistic(Statistic::Count, None, Some(0)),
        ),
        ("mean_block", statistic(Statistic::Mean, Some(0), None)),
        ("largest_block", statistic(Statistic::Max, Some(0), None)),
        ("density_again", ratio(density, Term::AreaKm2)),
        ("distance", Arc::new(nearest)),
        ("distance_median", Arc::new(median)),
        ("coverage", Arc::new(coverage)),
        ("blocks", statistic(Statistic::Count, None, None)),
        ("population_a", Arc::new(of_a)),
    ];
    let indicator = |(id, operation): (&str, Arc<dyn Operation>)| Indicator {
        id: id.to_owned(),
        title: Title::default(),
        unit: String::new(),
        code: None,
        standard: None,
        operation,
    };
    all.into_iter().map(indicator).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small count"
)]
fn whole(number: f64) -> u32 {
    number as u32
}

/// What the published population and the published blocks say, as one list: blocks, then all levels. Without the blocks
/// what another indicator says.
fn published(territory: &Territory, id: &str, threshold: u32) -> Outsider {
    let blocks = territory.layer("blocks").unwrap();
    let homes = match id {
        "population" => territory.homes(blocks),
        _ => &[],
    };
    let shown = territory.shown_column(blocks, 0);
    let of_block = |row: usize| {
        shown
            .number(row)
            .map_or(Seen::Hidden, |number| Seen::Number(whole(number)))
    };
    let mut seen: Vec<Seen> = (0..homes.len()).map(of_block).collect();
    let mut parents: Vec<Option<usize>> = homes
        .iter()
        .map(|home| Some(homes.len() + home.unwrap() as usize))
        .collect();
    let mut above = homes.len();
    for level in territory.levels() {
        above += level.len();
        let view = territory.indicator(id).unwrap().at(level.id()).unwrap();
        for row in 0..level.len() {
            seen.push(match (view.values()[row], view.suppressed(row)) {
                (Some(number), None) => Seen::Number(whole(number)),
                (None, Some(Suppression::Primary)) => Seen::Few,
                (None, Some(Suppression::Complementary)) => Seen::Hidden,
                other => panic!("{other:?}"),
            });
            let is_whole = level.id() == crate::WHOLE;
            parents.push(
                level
                    .parent(row)
                    .filter(|_| !is_whole)
                    .map(|parent| above + parent),
            );
        }
    }
    Outsider {
        parents,
        seen,
        threshold,
        most: 130,
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn what_a_project_publishes_leaves_every_hidden_number_open(made_up in made_up()) {
        let territory = made_up.territory();
        for id in ["population", "population_a"] {
            published(&territory, id, made_up.threshold).assert_finds_nothing(id);
        }
        let levels = territory.levels().iter();
        for (level, position) in levels.zip(0..) {
            let at = |id: &str| territory.indicator(id).unwrap().at(level.id()).unwrap();
            let population = at("population");
            for row in 0..level.len() {
                let exact = territory.computed(1)[position][row].value.unwrap();
                let few = exact > 0.0 && exact < f64::from(made_up.threshold);
                prop_assert!(!few || population.suppressed(row).is_some());
                if population.suppressed(row).is_none() {
                    continue;
                }
                for id in ["density", "density_again", "persons_by_weight", "mean_block", "largest_block", "distance", "distance_median", "coverage"] {
                    prop_assert_eq!(at(id).figures()[row], crate::indicator::Figure::default(), "{}", id);
                    prop_assert!(at(id).suppressed(row).is_some(), "{}", id);
                    prop_assert!(at(id).rank(row).is_none());
                }
                prop_assert!(at("blocks").suppressed(row).is_none());
            }
        }
    }
}

fn one_sector(blocks: Vec<(usize, u32)>, threshold: u32) -> Territory {
    let made_up = MadeUp {
        blocks,
        sector_of: vec![Some(0); SQUARES],
        commune_of: vec![Some(0); SECTORS],
        threshold,
    };
    made_up.territory()
}

#[test]
fn nothing_is_hidden_without_a_threshold_or_without_small_numbers() {
    for (persons, threshold) in [(3, 0), (3, 1), (3, 2), (50, 5)] {
        let territory = one_sector(vec![(0, persons), (1, 70)], threshold);
        assert!(territory.hidden_figures().is_empty() && territory.hidden_cells().is_empty());
        let view = territory
            .indicator("population")
            .unwrap()
            .at("squares")
            .unwrap();
        assert_eq!(view.values()[0], Some(f64::from(persons)));
    }
}

#[test]
fn how_much_is_hidden_can_be_told() {
    let territory = one_sector(vec![(0, 3), (1, 70), (1, 80), (2, 90)], 5);
    let cells = territory.hidden_cells();
    assert_eq!(
        (cells[0].layer.as_str(), cells[0].column.as_str()),
        ("blocks", "pop")
    );
    // The square of three persons hides that of seventy and eighty or of ninety; so a block of that is hidden too.
    assert_eq!((cells[0].primary, cells[0].complementary), (1, 1));
    let figures = territory.hidden_figures();
    let population = figures
        .iter()
        .find(|hidden| hidden.indicator == "population")
        .unwrap();
    assert_eq!(
        (
            population.level.as_str(),
            population.primary,
            population.complementary
        ),
        ("squares", 1, 1)
    );
}

#[test]
fn a_filter_does_not_see_what_is_hidden() {
    let territory = one_sector(vec![(0, 3), (1, 70), (2, 90)], 5);
    let options = crate::tile::TileOptions {
        filter: Some(crate::Filter::parse("pop = 3").unwrap()),
        ..Default::default()
    };
    let coord = crate::tile::TileCoord::new(0, 0, 0).unwrap();
    let hit = |options| territory.tile(&["blocks"], coord, options).unwrap().len();
    let nothing = crate::tile::TileOptions {
        filter: Some(crate::Filter::parse("pop = 4").unwrap()),
        ..Default::default()
    };
    assert_eq!(hit(&options), hit(&nothing));
}

#[test]
fn what_was_hidden_stays_hidden_in_a_scenario() {
    let territory = one_sector(vec![(0, 3), (1, 70), (2, 90)], 5);
    // Ten more persons would tell of the square what it had before.
    let more = one_sector(vec![(0, 13), (1, 70), (2, 90)], 5);
    let changed = territory.with_layers(&[Arc::clone(more.layer("blocks").unwrap())]);
    let hidden = |territory: &Territory| {
        let view = territory
            .indicator("population")
            .unwrap()
            .at("squares")
            .unwrap();
        (0..SQUARES)
            .map(|row| view.suppressed(row).is_some())
            .collect::<Vec<_>>()
    };
    assert!(hidden(&territory)[0]);
    assert_eq!(hidden(&changed), hidden(&territory));
    assert_eq!(hidden(&more), vec![false; SQUARES]);
}
