use std::collections::{BTreeMap, HashMap, HashSet};

use comarca_generator::{City, Crs, Parameters, Shapes, Values};
use geo::{Area, BoundingRect, Contains, InteriorPoint, Intersects, Validation};
use geo_types::{Coord, Point, Polygon};

use crate::{CITY, polygons, text, whole};

/// INE, Census 2017: published totals.
const PUBLISHED: [(&str, i64); 7] = [
    ("13105", 162_505),
    ("13109", 90_119),
    ("13111", 116_571),
    ("13116", 98_804),
    ("13121", 101_174),
    ("13129", 94_492),
    ("13131", 82_900),
];

#[test]
fn there_are_seven_communes_42_sectors_280_districts_and_about_6_000_blocks() {
    assert_eq!(
        (
            CITY.communes.len(),
            CITY.sectors.len(),
            CITY.districts.len()
        ),
        (7, 42, 280)
    );
    assert!((5_800..6_200).contains(&CITY.blocks.len()));
    assert_eq!((CITY.assemblies.len(), CITY.demands.len()), (560, 5_000));
}

#[test]
fn persons_of_a_commune_are_those_published() {
    let mut sums = BTreeMap::new();
    for (id, persons) in text(&CITY.blocks, "id")
        .iter()
        .zip(whole(&CITY.blocks, "pop"))
    {
        *sums.entry(&id[..5]).or_insert(0) += persons;
    }
    assert_eq!(sums.into_iter().collect::<Vec<_>>(), PUBLISHED);
}

#[test]
fn ages_sum_to_the_persons_of_every_block() {
    let ages =
        ["age_0_5", "age_6_14", "age_15_64", "age_65"].map(|column| whole(&CITY.blocks, column));
    for (row, &persons) in whole(&CITY.blocks, "pop").iter().enumerate() {
        assert_eq!(ages.iter().map(|age| age[row]).sum::<i64>(), persons);
    }
}

#[test]
fn households_are_as_many_as_persons_at_most_and_none_where_nobody_lives() {
    for (&persons, &households) in whole(&CITY.blocks, "pop")
        .iter()
        .zip(whole(&CITY.blocks, "hh"))
    {
        assert!(households <= persons && (households == 0) == (persons == 0));
    }
}

#[test]
fn keys_are_unique_and_begin_with_the_key_of_what_they_lie_in() {
    let (sectors, districts) = (text(&CITY.sectors, "sector"), text(&CITY.districts, "code"));
    let known = |keys: &[String]| keys.iter().cloned().collect::<HashSet<_>>();
    for (keys, parents, length) in [
        (sectors, text(&CITY.communes, "cut"), 5),
        (districts, sectors, 7),
        (text(&CITY.blocks, "id"), districts, 9),
    ] {
        assert_eq!(known(keys).len(), keys.len());
        assert!(
            keys.iter()
                .all(|key| known(parents).contains(&key[..length]))
        );
    }
}

#[test]
fn every_polygon_is_valid_and_counter_clockwise() {
    for layer in [&CITY.communes, &CITY.districts, &CITY.blocks, &CITY.parks] {
        for (row, polygon) in polygons(layer).iter().enumerate() {
            assert!(
                polygon.is_valid() && polygon.signed_area() > 0.0,
                "{} {row}",
                layer.name
            );
        }
    }
}

#[test]
fn polygons_stay_valid_in_degrees() {
    for layer in [&CITY.communes, &CITY.districts] {
        let layer = layer.to_crs(Crs::Wgs84).expect("inside the zone");
        assert!(polygons(&layer).iter().all(Validation::is_valid));
    }
}

#[test]
fn inner_edges_of_the_districts_have_two_sides_and_the_rest_are_the_communes() {
    let districts = edges(polygons(&CITY.districts));
    let communes = edges(polygons(&CITY.communes));
    for (edge, sides) in &districts {
        let border = communes.get(edge).copied().unwrap_or(0);
        assert!(*sides <= 2);
        assert!(
            *sides == 2 || border == 1,
            "an edge of one district and no commune: {edge:?}"
        );
    }
    assert!(
        communes.keys().all(|edge| districts.contains_key(edge)),
        "a commune's edge is a district's edge"
    );
}

#[test]
fn no_vertex_of_a_district_lies_on_an_edge_that_lacks_it() {
    let rings = polygons(&CITY.districts);
    for a in rings {
        for b in rings.iter().filter(|b| near(b, a)) {
            for &vertex in a.exterior().coords() {
                for edge in b
                    .exterior()
                    .lines()
                    .filter(|edge| edge.start != vertex && edge.end != vertex)
                {
                    assert!(
                        metres_from(vertex, edge.start, edge.end) > 0.5,
                        "{vertex:?} on {edge:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn districts_fill_their_communes() {
    let area = |layer| polygons(layer).iter().map(Area::signed_area).sum::<f64>();
    assert!((area(&CITY.districts) - area(&CITY.communes)).abs() < 1e-3);
}

#[test]
fn blocks_and_parks_lie_inside_their_district_and_off_each_other() {
    let by_key: HashMap<&String, &Polygon> = text(&CITY.districts, "code")
        .iter()
        .zip(polygons(&CITY.districts))
        .collect();
    let blocks = polygons(&CITY.blocks);
    for (key, block) in text(&CITY.blocks, "district").iter().zip(blocks) {
        assert!(by_key[key].contains(&block.interior_point().expect("not empty")));
        assert!(
            block
                .exterior()
                .points()
                .all(|vertex| by_key[key].contains(&vertex))
        );
    }
    for park in polygons(&CITY.parks) {
        let near = |b: &&Polygon| near(b, park);
        assert!(
            blocks
                .iter()
                .filter(near)
                .all(|block| !block.intersects(park))
        );
    }
}

#[test]
fn demands_lie_in_their_district_and_name_an_assembly_that_was_held() {
    let districts = text(&CITY.districts, "code");
    let held: HashMap<&String, &String> = text(&CITY.assemblies, "id")
        .iter()
        .zip(text(&CITY.assemblies, "district"))
        .zip(attendance())
        .filter_map(|(assembly, present)| present.map(|_| assembly))
        .collect();
    let Shapes::Points(places) = &CITY.demands.shapes else {
        panic!("demands are points")
    };
    for (row, &place) in places.iter().enumerate() {
        let district = &text(&CITY.demands, "district")[row];
        let number = districts.binary_search(district).expect("a known district");
        assert!(polygons(&CITY.districts)[number].contains(&Point(place)));
        assert_eq!(
            held.get(&text(&CITY.demands, "assembly")[row]),
            Some(&district)
        );
    }
}

#[test]
fn demands_hold_only_the_words_of_the_register() {
    let words = |column: &str| {
        text(&CITY.demands, column)
            .iter()
            .map(String::as_str)
            .collect::<HashSet<_>>()
    };
    let themes = [
        "health",
        "education",
        "green",
        "safety",
        "housing",
        "mobility",
        "work",
        "culture",
    ];
    let statuses = [
        "open",
        "planned",
        "funded",
        "in_progress",
        "done",
        "rejected",
    ];
    assert_eq!(words("theme"), HashSet::from(themes));
    assert_eq!(
        words("stage"),
        HashSet::from(["raised", "sector", "commune", "city"])
    );
    assert_eq!(words("status"), HashSet::from(statuses));
    assert!(
        words("created")
            .iter()
            .all(|date| ("2025-01-01"..="2026-09-30").contains(date))
    );
    assert!(whole(&CITY.demands, "votes").iter().all(|&votes| votes > 0));
}

#[test]
fn assemblies_without_attendance_are_those_to_come() {
    for (date, present) in text(&CITY.assemblies, "date").iter().zip(attendance()) {
        assert_eq!(present.is_none(), date.as_str() > "2026-09-30");
        assert!(present.is_none_or(|present| present > 0));
    }
}

#[test]
fn a_seed_makes_the_same_city_and_another_seed_another() {
    let small = |seed| {
        let parameters = Parameters {
            seed,
            sectors_per_commune: 2,
            districts_per_commune: 5,
            blocks: 300,
            demands: 100,
        };
        City::generate(&parameters).expect("a small city generates")
    };
    assert_eq!(small(4), small(4));
    assert_ne!(small(4).blocks, small(5).blocks);
    assert_eq!(small(5).districts.len(), 35);
}

fn attendance() -> impl Iterator<Item = Option<i64>> {
    match CITY.assemblies.column("attendance") {
        Some(Values::Sparse(values)) => values.iter().copied(),
        other => panic!("attendance is {other:?}"),
    }
}

/// How many polygons walk each edge, in whichever direction, compared bit for bit.
fn edges(polygons: &[Polygon]) -> HashMap<[u64; 4], u32> {
    let mut edges = HashMap::new();
    for edge in polygons.iter().flat_map(|p| p.exterior().lines()) {
        let (a, b) = ([edge.start.x, edge.start.y], [edge.end.x, edge.end.y]);
        let [from, to] = if a < b { [a, b] } else { [b, a] };
        *edges
            .entry([from[0], from[1], to[0], to[1]].map(f64::to_bits))
            .or_insert(0) += 1;
    }
    edges
}

/// Whether the envelopes of two polygons meet.
fn near(a: &Polygon, b: &Polygon) -> bool {
    let envelope = |p: &Polygon| p.bounding_rect().expect("not empty");
    envelope(a).intersects(&envelope(b))
}

/// Distance of a point from a segment.
fn metres_from(p: Coord, a: Coord, b: Coord) -> f64 {
    let (along, aside) = (b - a, p - a);
    let length2 = along.x * along.x + along.y * along.y;
    let t = ((aside.x * along.x + aside.y * along.y) / length2).clamp(0.0, 1.0);
    let foot = a + along * t;
    (p.x - foot.x).hypot(p.y - foot.y)
}
