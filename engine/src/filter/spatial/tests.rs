use geo_types::Geometry;

use crate::filter::expression::{Expression, Literal};
use crate::filter::parse::parse;
use crate::filter::{Filter, FilterError, MAX_FILTER_BYTES, MAX_SPATIAL_PREDICATES, Property};
use crate::relation::Relation;
use crate::shapes::{Shapes, ShapesBuilder};
use crate::space::LonLat;

/// A geometry as a filter reads it.
fn geometry(text: &str) -> Geometry<f64> {
    match parse(text) {
        Ok(Expression::Literal(Literal::Geometry(literal))) => literal.geometry(),
        other => panic!("{text}: {other:?}"),
    }
}

/// One feature per geometry; an empty text is none.
fn features<'t>(texts: impl IntoIterator<Item = &'t str>) -> (Shapes, Vec<LonLat>) {
    let mut shapes = ShapesBuilder::default();
    for text in texts {
        let geometry = (!text.is_empty()).then(|| geometry(text));
        shapes.push(geometry.as_ref()).unwrap();
    }
    let (shapes, coordinates) = shapes.build();
    let lonlat = coordinates.iter().map(|&[lon, lat]| LonLat { lon, lat });
    (shapes, lonlat.collect())
}

fn selected(filter: &str, texts: &[&str]) -> Vec<usize> {
    let (shapes, lonlat) = features(texts.iter().copied());
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let bound = filter.bind(Property::geometries(&shapes, &lonlat));
    let bound = bound.unwrap_or_else(|error| panic!("{filter}: {error}"));
    (0..texts.len()).filter(|row| bound.matches(*row)).collect()
}

fn message(filter: &str) -> String {
    let (shapes, lonlat) = features(["POINT(1 2)"]);
    let bound = Filter::parse(filter).and_then(|filter| {
        filter
            .bind(Property::geometries(&shapes, &lonlat))
            .map(|_| ())
    });
    bound.expect_err(filter).to_string()
}

const LETTERS: [(char, Relation); 8] = [
    ('I', Relation::Intersects),
    ('E', Relation::Equals),
    ('D', Relation::Disjoint),
    ('T', Relation::Touches),
    ('W', Relation::Within),
    ('O', Relation::Overlaps),
    ('X', Relation::Crosses),
    ('C', Relation::Contains),
];

/// `tests/golden/relations.py`: Shapely 2.2.0, GEOS 3.14.1.
#[test]
fn every_relation_holds_where_geos_says_so() {
    let mut wrong = vec![];
    let mut pairs = 0;
    let golden = include_str!("../../../tests/golden/relations.csv");
    for line in golden.lines().skip(1) {
        let [a, b, holds] = line.split(';').collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        pairs += 1;
        let (shapes, lonlat) = features([a]);
        for (letter, relation) in LETTERS {
            let name = super::name(relation);
            for filter in [
                format!("{name}(geometry, {b})"),
                format!("{}({b}, geom)", super::name(relation.reversed())),
                format!("{name}({a}, {b})"),
            ] {
                let filter = Filter::parse(&filter).unwrap();
                let bound = filter.bind(Property::geometries(&shapes, &lonlat)).unwrap();
                if bound.matches(0) != holds.contains(letter) {
                    wrong.push(format!("{filter} of {a} is {}", bound.matches(0)));
                }
            }
        }
    }
    assert!(pairs > 2000);
    assert!(
        wrong.is_empty(),
        "{} of {pairs}:\n{}",
        wrong.len(),
        wrong[..wrong.len().min(20)].join("\n")
    );
}

#[test]
fn a_feature_without_geometry_is_neither_in_nor_out() {
    let texts = ["POINT(1 1)", "", "LINESTRING(0 0, 2 2)", "POINT(5 5)"];
    for (filter, rows) in [
        ("S_INTERSECTS(geometry, BBOX(0,0,2,2))", &[0, 2][..]),
        ("NOT S_INTERSECTS(geometry, BBOX(0,0,2,2))", &[3]),
        ("S_DISJOINT(geom, BBOX(0,0,2,2))", &[3]),
        (
            "s_within(GEOM, bbox(0,0,2,2)) or geometry is null",
            &[0, 1, 2],
        ),
        ("geometry IS NOT NULL", &[0, 2, 3]),
        ("S_EQUALS(geometry, geom)", &[0, 2, 3]),
        ("S_TOUCHES(geometry, geom)", &[]),
        ("S_CONTAINS(BBOX(0,0,2,2), geometry)", &[0, 2]),
        (
            "S_INTERSECTS(POINT(1 1), BBOX(0,0,2,2)) AND geometry IS NOT NULL",
            &[0, 2, 3],
        ),
    ] {
        let filter = filter.replace("GEOM", "geom");
        assert_eq!(selected(&filter, &texts), rows, "{filter}");
    }
}

#[test]
fn boxes_may_have_heights_no_width_or_go_across_the_antimeridian() {
    let texts = [
        "POINT(179 0)",
        "POINT(-179 0)",
        "POINT(0 0)",
        "POINT(180 1)",
        "POINT(-170 5)",
    ];
    for (filter, rows) in [
        (
            "S_INTERSECTS(geometry, BBOX(170,-10,-170,10))",
            &[0, 1, 3, 4][..],
        ),
        ("S_WITHIN(geometry, BBOX(170,-10,-175,10))", &[0, 1]),
        ("S_INTERSECTS(geometry, BBOX(180,-10,-180,10))", &[3]),
        ("S_WITHIN(geometry, BBOX(180,-10,-175,10))", &[1]),
        ("S_INTERSECTS(geometry, BBOX(-1,-1,7,1,1,8))", &[2]),
        ("S_EQUALS(geometry, BBOX(0,0,0,0))", &[2]),
        ("S_WITHIN(geometry, BBOX(-180,0,180,0))", &[0, 1, 2]),
        ("S_INTERSECTS(geometry, POINT Z (-170 5 1e3))", &[4]),
        (
            "S_INTERSECTS(geometry, MULTIPOINT(179 0, (-170 5)))",
            &[0, 4],
        ),
    ] {
        assert_eq!(selected(filter, &texts), rows, "{filter}");
    }
}

#[test]
fn a_mixed_collection_is_intersected_and_not_more() {
    let texts = [
        "POINT(1 1)",
        "LINESTRING(3 0, 3 9)",
        "POINT(8 8)",
        "POINT(9 9)",
    ];
    let mixed =
        "GEOMETRYCOLLECTION(POINT(8 8), LINESTRING(2 5, 4 5), POLYGON((0 0, 2 0, 0 2, 0 0)))";
    let filter = format!("S_INTERSECTS(geometry, {mixed})");
    assert_eq!(selected(&filter, &texts), [0, 1, 2]);
    let filter = format!("S_DISJOINT({mixed}, geometry)");
    assert_eq!(selected(&filter, &texts), [3]);
    assert_eq!(
        message(&format!("S_WITHIN(geometry, {mixed})")),
        "S_WITHIN needs a collection of points only, of lines only or of polygons only; S_INTERSECTS and S_DISJOINT take any"
    );
}

#[test]
fn errors_say_what_is_wrong_with_a_geometry() {
    for (filter, expected) in [
        (
            "S_INTERSECTS(geometry, POINT(90 180))",
            "at character 30: expected a longitude within ±180 and a latitude within ±90, found 90 180",
        ),
        (
            "S_INTERSECTS(geometry, POINT(1))",
            "at character 31: expected a number, found \")\"",
        ),
        (
            "S_INTERSECTS(geometry, POINT(NaN 1))",
            "at character 30: expected a number, found \"NaN\"",
        ),
        (
            "S_INTERSECTS(geometry, POINT(1 -Infinity))",
            "at character 33: expected a number, found \"Infinity\"",
        ),
        (
            "S_INTERSECTS(geometry, POINT(1e400 1))",
            "at character 30: expected a number below 1.8e308, found 1e400",
        ),
        (
            "S_INTERSECTS(geometry, POINT(1 2 3 4))",
            "at character 36: expected \")\", found 4",
        ),
        (
            "S_INTERSECTS(geometry, POINT EMPTY)",
            "at character 30: expected \")\", found \"EMPTY\"",
        ),
        (
            "S_INTERSECTS(geometry, LINESTRING(1 1, 1 1))",
            "at character 34: expected a line with two different positions, found a single one",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1, 0 1)))",
            "at character 32: expected a ring of four or more positions that ends where it begins, found one that ends elsewhere",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 0 0)))",
            "at character 32: expected a ring of four or more positions that ends where it begins, found 3 positions",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))",
            "at character 24: expected a valid geometry, found a ring that crosses itself",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 2 2, 0 0)))",
            "at character 24: expected a valid geometry, found a ring that runs back along itself",
        ),
        (
            "S_INTERSECTS(geometry, POLYGON((0 0, 4 0, 0 4, 0 0), (9 9, 9 8, 8 8, 9 9)))",
            "at character 24: expected a valid geometry, found a hole outside its polygon",
        ),
        (
            "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 9 0, 0 9, 0 0)), ((1 1, 2 1, 1 2, 1 1))))",
            "at character 24: expected a valid geometry, found polygons that overlap",
        ),
        (
            "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 9 0, 0 9, 0 0)), ((1 1, 9 1, 9 9, 1 1))))",
            "at character 24: expected a valid geometry, found rings that cross",
        ),
        (
            "S_INTERSECTS(geometry, MULTIPOLYGON(((0 0, 9 0, 0 9, 0 0)), ((0 0, 9 0, 0 -9, 0 0))))",
            "at character 24: expected a valid geometry, found rings that share an edge",
        ),
        (
            "S_INTERSECTS(geometry, GEOMETRYCOLLECTION(BBOX(0,0,1,1)))",
            "at character 43: expected a geometry such as POINT(-70.6 -33.4), found \"BBOX\"",
        ),
        (
            "S_INTERSECTS(geometry, BBOX(0,0,1))",
            "at character 28: expected 4 or 6 numbers, found 3 numbers",
        ),
        (
            "S_INTERSECTS(geometry, BBOX(0,1,1,0))",
            "at character 28: expected west,south,east,north in degrees, the south below the north, found 0,1,1,0",
        ),
        (
            "S_INTERSECTS(geometry, 'POINT(1 1)')",
            "at character 24: expected geometry, or a geometry such as POINT(-70.6 -33.4), found 'POINT(1 1)'",
        ),
        (
            "S_INTERSECTS(geometry)",
            "at character 22: expected \",\" and the other geometry, found \")\"",
        ),
        (
            "S_INTERSECTS(geometry, POINT(1 1), POINT(2 2))",
            "at character 34: expected \")\", found \",\"",
        ),
        (
            "S_INTERSECTS(geometri, POINT(1 1))",
            "unknown property \"geometri\"; did you mean \"geometry\"?",
        ),
        (
            "geometry = POINT(1 1)",
            "POINT(1 1) is a geometry; geometries are compared by S_EQUALS, S_INTERSECTS and their like",
        ),
        (
            "geometry",
            "geometry is a geometry, not a condition; compare it, as in S_INTERSECTS(geometry, BBOX(-71,-34,-70,-33))",
        ),
        ("TEXT(geometry) = 'a'", "TEXT takes no geometry"),
        (
            "POINT(1 1) > 2",
            "POINT(1 1) is a geometry; geometries are compared by S_EQUALS, S_INTERSECTS and their like",
        ),
    ] {
        assert_eq!(message(filter), expected, "{filter}");
    }
}

#[test]
fn a_column_is_no_geometry() {
    let column = crate::column::Column::new("name", [crate::column::Value::Text("a")]);
    let filter = Filter::parse("S_INTERSECTS(name, POINT(1 1))").unwrap();
    assert_eq!(
        filter.bind([&column]).unwrap_err().to_string(),
        "S_INTERSECTS needs a geometry, but name is text"
    );
}

#[test]
fn hostile_geometries_are_refused_without_reading_on() {
    let predicate = "S_INTERSECTS(geometry,POINT(1 1)) OR ";
    let many = predicate.repeat(MAX_SPATIAL_PREDICATES) + "S_DISJOINT(geometry,POINT(1 1))";
    assert_eq!(
        Filter::parse(&many),
        Err(FilterError::TooMany {
            position: predicate.len() * MAX_SPATIAL_PREDICATES + 1,
            what: "spatial predicates",
            most: MAX_SPATIAL_PREDICATES
        })
    );
    let points = format!(
        "S_INTERSECTS(geometry,MULTIPOINT({}))",
        vec!["0 0"; 2001].join(",")
    );
    assert!(matches!(
        Filter::parse(&points),
        Err(FilterError::TooMany {
            what: "positions",
            ..
        })
    ));
    for opening in [
        "GEOMETRYCOLLECTION(",
        "S_WITHIN(",
        "POLYGON(",
        "POINT(",
        "BBOX(",
        "+",
        "MULTIPOINT((",
    ] {
        let deep = opening.repeat(MAX_FILTER_BYTES / opening.len());
        assert!(Filter::parse(&deep).is_err(), "{opening}");
        let inside = format!("S_INTERSECTS(geometry,{}", &deep[..MAX_FILTER_BYTES - 22]);
        assert!(Filter::parse(&inside).is_err(), "{opening}");
    }
}

/// Rings that cross themselves, rings without an area, lines without a length, rings twice: all that a source may hold.
#[test]
fn features_that_are_not_valid_give_some_answer() {
    use geo_types::{Coord, LineString, MultiPolygon, Polygon};
    let ring =
        |places: &[(f64, f64)]| LineString(places.iter().map(|&(x, y)| Coord { x, y }).collect());
    let bow = ring(&[(0.0, 0.0), (4.0, 4.0), (4.0, 0.0), (0.0, 4.0), (0.0, 0.0)]);
    let flat = ring(&[(0.0, 0.0), (4.0, 0.0), (2.0, 0.0), (0.0, 0.0)]);
    let point = ring(&[(1.0, 1.0), (1.0, 1.0), (1.0, 1.0), (1.0, 1.0)]);
    let tiny = ring(&[(0.0, 0.0), (1e-320, 0.0), (0.0, 1e-320), (0.0, 0.0)]);
    let rings = [bow, flat, point, tiny];
    let mut shapes = ShapesBuilder::default();
    for one in &rings {
        for two in &rings {
            let polygon = Polygon::new(one.clone(), vec![two.clone()]);
            let twice = MultiPolygon(vec![polygon.clone(), polygon.clone()]);
            shapes.push(Some(&Geometry::Polygon(polygon))).unwrap();
            shapes.push(Some(&Geometry::MultiPolygon(twice))).unwrap();
        }
        shapes
            .push(Some(&Geometry::LineString(one.clone())))
            .unwrap();
    }
    let (shapes, coordinates) = shapes.build();
    let lonlat: Vec<_> = coordinates
        .iter()
        .map(|&[lon, lat]| LonLat { lon, lat })
        .collect();
    for literal in [
        "POINT(1 1)",
        "LINESTRING(0 0, 4 4)",
        "LINESTRING(0 0, 1e-300 1e-320, 3 1)",
        "BBOX(0,0,4,4)",
        "BBOX(1,1,3,3)",
        "POLYGON((0 0, 4 0, 4 4, 0 0), (1 0, 3 0.5, 3 2, 1 0))",
        "MULTIPOINT(2 2, 0 0)",
    ] {
        for (_, relation) in LETTERS {
            let filter =
                Filter::parse(&format!("{}(geometry, {literal})", super::name(relation))).unwrap();
            let bound = filter.bind(Property::geometries(&shapes, &lonlat)).unwrap();
            let _ = (0..shapes.len()).filter(|row| bound.matches(*row)).count();
        }
    }
}
