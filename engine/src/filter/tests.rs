use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use geo_types::{
    Coord, Geometry, GeometryCollection, LineString, MultiLineString, MultiPoint, MultiPolygon,
    Point, Polygon,
};

use super::expression::{Comparison, Expression, Literal, ProductOperator, SumOperator};
use super::fold::Fold;
use super::function::Function;
use super::geometry::GeometryLiteral;
use super::like::{Pattern, Piece};
use super::parse::parse;
use super::{Filter, FilterError, MAX_FILTER_BYTES, MAX_FILTER_DEPTH, Property};
use crate::column::{Column, Text, Value};
use crate::relation::Relation;

fn health() -> Vec<Column> {
    let text = |name, values: [Option<&'static str>; 4]| {
        Column::new(
            name,
            values
                .into_iter()
                .map(|value| value.map_or(Value::Null, Value::Text)),
        )
    };
    vec![
        text(
            "state",
            [
                Some("Vigente en operación"),
                Some("Cerrado"),
                None,
                Some("Vigente"),
            ],
        ),
        text(
            "kind",
            [
                Some("CESFAM"),
                Some("cecosf"),
                Some("Cesfam Ñuñoa"),
                Some("100%"),
            ],
        ),
        text(
            "opened",
            [
                Some("1999-05-31"),
                Some("2010-01-01T08:00:00Z"),
                None,
                Some("2024-02-29"),
            ],
        ),
        Column::new(
            "beds",
            [
                Value::Integer(0),
                Value::Integer(7),
                Value::Null,
                Value::Integer(-3),
            ],
        ),
        Column::new(
            "area m2",
            [
                Value::Real(0.5),
                Value::Real(f64::NAN),
                Value::Real(1e6),
                Value::Integer(4),
            ],
        ),
        Column::new(
            "open",
            [
                Value::Bool(true),
                Value::Bool(false),
                Value::Null,
                Value::Bool(true),
            ],
        ),
        Column::new("never", [Value::Null; 4]),
    ]
}

fn selected(filter: &str) -> Vec<usize> {
    let columns = health();
    let filter = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
    let bound = filter
        .bind(&columns)
        .unwrap_or_else(|error| panic!("{filter}: {error}"));
    (0..4).filter(|row| bound.matches(*row)).collect()
}

fn message(filter: &str) -> String {
    let columns = health();
    match Filter::parse(filter).and_then(|filter| filter.bind(&columns).map(|_| ())) {
        Ok(()) => panic!("{filter} has no error"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn filters_select_the_rows_where_they_are_true() {
    for (filter, rows) in [
        ("beds = 0", &[0][..]),
        ("beds <> 0", &[1, 3]),
        ("beds < 0 OR beds >= 7.0", &[1, 3]),
        ("NOT beds > 0", &[0, 3]),
        ("NOT (beds > 0 AND kind = 'cecosf')", &[0, 2, 3]),
        ("\"area m2\" > 0.4", &[0, 2, 3]),
        ("open", &[0, 3]),
        ("open = FALSE", &[1]),
        ("open AND beds + 1 > 0", &[0]),
        ("TRUE", &[0, 1, 2, 3]),
        ("state IS NULL", &[2]),
        ("beds IS NOT NULL and state is not null", &[0, 1, 3]),
        ("never = 3 OR never = 'x' OR never", &[]),
        ("never IS NULL", &[0, 1, 2, 3]),
        ("state LIKE 'Vigente%'", &[0, 3]),
        ("state NOT LIKE 'Vigente%'", &[1]),
        ("kind LIKE '%\\%'", &[3]),
        ("kind LIKE '_______'", &[]),
        ("CASEI(kind) LIKE CASEI('Cesfam%')", &[0, 2]),
        ("CASEI(ACCENTI(kind)) LIKE '%nunoa'", &[2]),
        ("ACCENTI(state) = ACCENTI('Vigente én operacion')", &[0]),
        ("kind IN ('CESFAM', '100%')", &[0, 3]),
        ("beds NOT IN (0, 7)", &[3]),
        ("beds IN (1 + 6, \"area m2\" - 7)", &[1, 3]),
        ("beds NOT IN (0, never)", &[]),
        ("beds BETWEEN -3 AND 0", &[0, 3]),
        ("beds NOT BETWEEN -3 AND 0", &[1]),
        (
            "opened BETWEEN DATE('1999-05-31') AND DATE('2010-12-31')",
            &[0, 1],
        ),
        ("opened >= TIMESTAMP('2010-01-01T08:00:00Z')", &[1, 3]),
        ("(beds > 0) = TRUE", &[1]),
        ("(beds > 0) IS NULL", &[2]),
    ] {
        assert_eq!(selected(filter), rows, "{filter}");
    }
}

#[test]
fn arithmetic_follows_the_usual_precedence_and_never_becomes_infinite() {
    for (filter, rows) in [
        ("beds + 2 * 3 = 6", &[0][..]),
        ("(beds + 2) * 3 = 6", &[0]),
        ("10 - beds - 1 = 2", &[1]),
        ("beds / 2 = 3.5", &[1]),
        ("beds div 2 = 3", &[1]),
        ("beds div 2 = -1", &[3]),
        ("beds % 2 = 1", &[1]),
        ("beds % 2 = -1", &[3]),
        ("2 ^ 3 ^ 2 = 512", &[0, 1, 2, 3]),
        ("-2 ^ 2 = 4 AND -(2 ^ 2) = -4", &[0, 1, 2, 3]),
        ("-beds > 0", &[3]),
        ("+beds > +6 AND +(beds) = 7", &[1]),
        ("1 / beds > 0 OR 1 / beds <= 0", &[1, 3]),
        ("(1 / beds) IS NULL", &[0, 2]),
        ("10 ^ 400 > 0", &[]),
    ] {
        assert_eq!(selected(filter), rows, "{filter}");
    }
}

#[test]
fn whole_numbers_beyond_the_reach_of_floats_are_told_apart() {
    let column = Column::new(
        "id",
        [
            Value::Integer(9_007_199_254_740_993),
            Value::Integer(9_007_199_254_740_992),
        ],
    );
    let filter = Filter::parse("id = 9007199254740993").unwrap();
    let bound = filter.bind([&column]).unwrap();
    assert!(bound.matches(0) && !bound.matches(1));
}

#[test]
fn keys_are_bound_like_columns_and_the_first_of_a_name_counts() {
    let keys: Text = ["13105", "13109"].into_iter().collect();
    let column = Column::new("key", [Value::Integer(1), Value::Integer(2)]);
    let properties = [Property::text("key", &keys), Property::from(&column)];
    let filter = Filter::parse("key = '13109'").unwrap();
    let bound = filter.bind(properties).unwrap();
    assert!(!bound.matches(0) && bound.matches(1));
}

#[test]
fn literals_read_both_escapes_of_a_quote_and_control_characters() {
    let filter = Filter::parse(r"a = 'it''s' OR a = 'it\'s' OR a = '\\\t\x'").unwrap();
    assert_eq!(
        filter.to_string(),
        "a = 'it''s' OR a = 'it''s' OR a = '\\\\\t\\\\x'"
    );
}

#[test]
fn keywords_have_any_case_and_name_properties_in_double_quotes() {
    let filter = Filter::parse("Date > 1 and \"and\" LIKE 'x' oR not Div = 2 DIV 3").unwrap();
    assert_eq!(filter.properties(), ["Date", "and", "Div"]);
    assert_eq!(
        filter.to_string(),
        "Date > 1 AND \"and\" LIKE 'x' OR NOT Div = 2 div 3"
    );
}

#[test]
fn errors_say_where_and_what_was_expected() {
    for (filter, expected) in [
        (
            "",
            "at character 1: expected a property, a literal or \"(\", found the end of the filter",
        ),
        (
            "beds >",
            "at character 7: expected a property, a literal or \"(\", found the end of the filter",
        ),
        (
            "beds = 1 2",
            "at character 10: expected AND, OR or the end of the filter, found 2",
        ),
        (
            "beds = = 1",
            "at character 8: expected a property, a literal or \"(\", found \"=\"",
        ),
        (
            "(beds = 1",
            "at character 10: expected \")\", found the end of the filter",
        ),
        (
            "beds IN (1; 2)",
            "at character 11: expected a property, a literal, a keyword or an operator, found ';'",
        ),
        (
            "beds IN (1 2)",
            "at character 12: expected \",\" or \")\", found 2",
        ),
        (
            "kind = 'ñ",
            "at character 8: expected a closing ' for the one opened here, found the end of the filter",
        ),
        (
            "ñ = 'ñ' x",
            "at character 9: expected AND, OR or the end of the filter, found \"x\"",
        ),
        (
            "kind LIKE beds",
            "at character 11: expected a pattern in single quotes, found \"beds\"",
        ),
        (
            "beds NOT 5",
            "at character 10: expected IN, LIKE or BETWEEN, found 5",
        ),
        (
            "beds BETWEEN 1 OR 2",
            "at character 16: expected AND and the upper bound, found \"OR\"",
        ),
        (
            "beds IS 5",
            "at character 9: expected NULL or NOT NULL, found 5",
        ),
        (
            "opened > DATE('2024-13-01')",
            "at character 15: expected a date like '2024-05-31', found '2024-13-01'",
        ),
        (
            "beds > 1e999",
            "at character 8: expected a number below 1.8e308, found 1e999",
        ),
        (
            "or = 1",
            "at character 1: expected a property, a literal or \"(\" (a property of that name needs double quotes), found \"or\"",
        ),
        (
            "bed = 1",
            "unknown property \"bed\"; did you mean \"beds\"?",
        ),
        (
            "population > 1",
            "unknown property \"population\"; known are state, kind, opened, beds, area m2, open, never",
        ),
        ("kind = 1", "kind is text but 1 is a number; write '1'"),
        (
            "kind IN ('a', 2)",
            "kind is text but 2 is a number; write '2'",
        ),
        ("beds = '7'", "beds is a number but '7' is text; write 7"),
        ("'7' < beds", "'7' is text but beds is a number; write 7"),
        (
            "beds = TRUE",
            "beds is a number but TRUE is true or false; write 1",
        ),
        (
            "open = 1",
            "open is true or false but 1 is a number; write TRUE or FALSE",
        ),
        (
            "kind + 1 > 2",
            "arithmetic needs numbers, but kind is text; write NUMBER(kind)",
        ),
        (
            "beds LIKE '7%'",
            "LIKE needs text, but beds is a number; write TEXT(beds)",
        ),
        (
            "CASEI(beds) = '7'",
            "CASEI needs text, but beds is a number; write TEXT(beds)",
        ),
        (
            "beds",
            "beds is a number, not a condition; compare it, as in beds > 0",
        ),
        (
            "beds + 1",
            "beds + 1 is a number, not a condition; compare it, as in beds + 1 > 0",
        ),
        (
            "kind AND open",
            "kind is text, not a condition; compare it, as in kind = 'text'",
        ),
    ] {
        assert_eq!(message(filter), expected, "{filter}");
    }
}

#[test]
fn what_is_not_supported_yet_is_said_to_be() {
    for (filter, construct) in [
        (
            "S_DWITHIN(geom, POINT(1 2), 5, meters)",
            "the spatial predicate S_DWITHIN",
        ),
        (
            "beds > 1 AND t_after(opened, DATE('2020-01-01'))",
            "the temporal predicate T_AFTER (no column is of a temporal type; compare dates with =, <, BETWEEN and DATE('2024-05-31'))",
        ),
        (
            "T_DURING(opened, INTERVAL('2020-01-01', '..'))",
            "the temporal predicate T_DURING (no column is of a temporal type; compare dates with =, <, BETWEEN and DATE('2024-05-31'))",
        ),
        (
            "A_CONTAINS(tags, ('a'))",
            "the array predicate A_CONTAINS (no column holds arrays; use IN)",
        ),
        ("sqrt(beds) = 2", "the function SQRT"),
    ] {
        let message = message(filter);
        assert!(
            message.contains(&format!(
                "{construct} is not supported; supported are comparisons"
            )),
            "{message}"
        );
    }
}

/// The lines of the code blocks of this language in `docs/filter.md`.
fn documented(language: &str) -> Vec<&'static str> {
    let page = include_str!("../../../docs/filter.md");
    let blocks = page.split("\n```").filter_map(|block| {
        let (first, lines) = block.split_once('\n')?;
        (first == language).then_some(lines)
    });
    blocks.flat_map(str::lines).collect()
}

#[test]
fn examples_of_the_docs_are_read_and_printed() {
    let examples = documented("cql2");
    assert!(examples.len() > 40);
    for example in examples {
        let filter = Filter::parse(example).unwrap_or_else(|error| panic!("{example}: {error}"));
        assert_eq!(Filter::parse(&filter.to_string()), Ok(filter), "{example}");
    }
    let refused = documented("cql2-refused");
    assert!(refused.len() > 8);
    for example in refused {
        assert!(Filter::parse(example).is_err(), "{example}");
    }
}

#[test]
fn json_says_the_same_as_text() {
    for (json, text) in [
        (
            r#"{"op":"=","args":[{"property":"kind"},"CESFAM"]}"#,
            "kind = 'CESFAM'",
        ),
        (
            r#"{"op":"and","args":[{"op":">","args":[{"property":"beds"},-5]},{"op":"not","args":[{"op":"isNull","args":[{"property":"a b"}]}]},true]}"#,
            "beds > -5 AND NOT \"a b\" IS NULL AND TRUE",
        ),
        (
            r#"{"op":"like","args":[{"op":"casei","args":[{"property":"name"}]},{"op":"casei","args":["o'h\\%%_"]}]}"#,
            r"CASEI(name) LIKE CASEI('o''h\%%_')",
        ),
        (
            r#"{"op":"like","args":[{"property":"name"},"o\\'Higgins%"]}"#,
            "name LIKE 'o''Higgins%'",
        ),
        (
            r#"{"op":"or","args":[{"op":"in","args":[{"property":"n"},[1,2.5]]},{"op":"between","args":[{"property":"n"},{"op":"+","args":[1,{"op":"*","args":[2,{"property":"m"}]}]},1e3]}]}"#,
            "n IN (1, 2.5) OR n BETWEEN 1 + 2 * m AND 1000.0",
        ),
        (
            r#"{"op":">=","args":[{"property":"opened"},{"date":"1999-05-31"}]}"#,
            "opened >= DATE('1999-05-31')",
        ),
        (
            r#"{"op":"s_intersects","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1.5,0],[0,1],[0,0]]]}]}"#,
            "S_INTERSECTS(geometry, POLYGON((0 0,1.5 0,0 1,0 0)))",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geometry"},{"bbox":[0,0,9,1,1,9]}]}"#,
            "S_WITHIN(geometry, BBOX(0,0,1,1))",
        ),
        (
            r#"{"op":"s_disjoint","args":[{"type":"GeometryCollection","geometries":[{"type":"Point","coordinates":[1,2,3]},{"type":"MultiLineString","coordinates":[[[0,0],[1,1]]]}]},{"property":"geom"}]}"#,
            "S_DISJOINT(GEOMETRYCOLLECTION(POINT(1 2),MULTILINESTRING((0 0,1 1))), geom)",
        ),
        (
            r#"{"op":"=","args":[{"op":"substr","args":[{"property":"key"},1,2]},"13"]}"#,
            "SUBSTR(key, 1, 2) = '13'",
        ),
    ] {
        let filter = Filter::parse_json(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        assert_eq!(filter.to_string(), text);
        assert_eq!(Filter::parse(text), Ok(filter));
    }
}

#[test]
fn errors_of_json_say_where() {
    let deep = r#"{"op":"not","args":["#.repeat(100) + "true" + &"]}".repeat(100);
    for (json, part) in [
        ("", "EOF"),
        ("[]", "expected an expression, found []"),
        ("{}", "expected op, property"),
        (
            r#"{"op":"and","args":[true]}"#,
            "expected an operator that takes 1 arguments, found \"and\"",
        ),
        (
            r#"{"op":"and","args":[true,{"op":"=","args":[null,1]}]}"#,
            "at args[1].args[0]: expected an expression, found null",
        ),
        (
            r#"{"op":"t_after","args":[{"property":"a"},{"date":"2020-01-01"}]}"#,
            "t_after is not supported",
        ),
        (
            r#"{"op":"t_during","args":[{"property":"a"},{"interval":["..",".."]}]}"#,
            "intervals are not supported",
        ),
        (
            r#"{"op":"=","args":[{"property":"a"},{"date":"2020-13-01"}]}"#,
            "a date like",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geometry"},"POINT(1 1)"]}"#,
            "found \"s_within\"",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geometry"},{"type":"Point","coordinates":[90,180]}]}"#,
            "a latitude within ±90",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}]}"#,
            "a ring that crosses itself",
        ),
        (
            r#"{"op":"s_within","args":[{"property":"geometry"},{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0]]]}]}"#,
            "a ring that ends where it begins",
        ),
        (
            r#"{"op":"=","args":["a",1]}"#,
            "'a' is text but 1 is a number",
        ),
        (
            r#"{"op":"like","args":[{"property":"a"},1]}"#,
            "at args[1]: expected a pattern, found 1",
        ),
        (&deep, "recursion limit exceeded"),
    ] {
        let error = Filter::parse_json(json).expect_err(json).to_string();
        assert!(error.contains(part), "{json}: {error}");
    }
    let long = format!("\"{}\"", "x".repeat(MAX_FILTER_BYTES * 4));
    assert!(Filter::parse_json(&long).is_err());
}

#[test]
fn types_of_literals_are_checked_before_any_layer_is_known() {
    assert!(matches!(
        Filter::parse("1 = 'a'"),
        Err(FilterError::Type { .. })
    ));
    assert!(matches!(
        Filter::parse("a + 1"),
        Err(FilterError::Type { .. })
    ));
    assert!(Filter::parse("a").is_ok(), "a may be a boolean column");
}

#[test]
fn deep_and_long_filters_are_refused_without_reading_on() {
    let nested = |levels: usize| format!("{}a = 1{}", "(".repeat(levels), ")".repeat(levels));
    assert!(Filter::parse(&nested(MAX_FILTER_DEPTH)).is_ok());
    assert!(matches!(
        Filter::parse(&nested(MAX_FILTER_DEPTH + 1)),
        Err(FilterError::TooDeep { position: 66 })
    ));
    for opening in [
        "(",
        "NOT ",
        "-",
        "CASEI(",
        "1 ^ ",
        "a IN (",
        "a LIKE CASEI(",
    ] {
        let deep = opening.repeat(MAX_FILTER_BYTES / opening.len());
        assert!(Filter::parse(&deep).is_err(), "{opening}");
    }
    let long = "x".repeat(MAX_FILTER_BYTES + 1);
    assert_eq!(
        Filter::parse(&long),
        Err(FilterError::TooLong {
            bytes: MAX_FILTER_BYTES + 1
        })
    );
}

#[test]
fn long_chains_are_not_deep() {
    let columns = health();
    for (first, next) in [
        ("beds = 1", " OR beds = 7"),
        ("beds = 1 OR 0 = 0", "+0"),
        ("beds < 8", " AND beds > 6"),
    ] {
        let text = first.to_owned() + &next.repeat((MAX_FILTER_BYTES - first.len()) / next.len());
        let filter = Filter::parse(&text).unwrap();
        assert_eq!(
            Filter::parse(&filter.to_string().replace(" + ", "+")),
            Ok(filter.clone())
        );
        assert!(filter.bind(&columns).unwrap().matches(1));
    }
}

// ---- laws on random filters ----

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[abñ_][a-c0-9.]{0,3}",
        "[a \"'É]{0,4}",
        Just("NOT".to_owned()),
        Just("div".to_owned())
    ]
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Bool),
        (-i64::MAX..=i64::MAX).prop_map(Literal::Integer),
        any::<f64>()
            .prop_filter("finite", |value| value.is_finite())
            .prop_map(Literal::Real),
        "[ab'\\\\%_ñ\n\u{7}]{0,5}".prop_map(Literal::Text),
        Just(Literal::Date("2024-02-29".to_owned())),
        Just(Literal::Timestamp("2024-02-29T23:59:60.25Z".to_owned())),
        geometry().prop_map(Literal::Geometry),
    ]
}

fn degrees(most: f64) -> impl Strategy<Value = f64> {
    prop_oneof![
        3 => (-10i8..10).prop_map(f64::from),
        3 => -most..most,
        1 => prop::sample::select(vec![most, -most, 1e-9, -2.5e-59]),
    ]
}

/// Literals that a parser can give: lines with a length, rings that do not cross.
fn geometry() -> impl Strategy<Value = GeometryLiteral> {
    let position = || (degrees(180.0), degrees(90.0)).prop_map(|(x, y)| Coord { x, y });
    let line = move || {
        prop::collection::vec(position(), 2..4)
            .prop_filter("a length", |line| line.iter().any(|at| *at != line[0]))
            .prop_map(LineString)
    };
    // A triangle with a hole half its size around its middle, at a place of its own.
    let polygon = |cell: i32| {
        (1i8..=8, any::<bool>()).prop_map(move |(size, has_hole)| {
            let (x, y) = (f64::from(cell) * 20.0, f64::from(size));
            let triangle = |low: f64, high: f64| {
                let at = |x, y| Coord { x, y };
                LineString(vec![at(x, low), at(x + high, low), at(x, high), at(x, low)])
            };
            let inner = LineString(
                triangle(0.25, 0.5)
                    .0
                    .iter()
                    .map(|at| Coord {
                        x: at.x + 0.1,
                        y: at.y,
                    })
                    .collect(),
            );
            Polygon::new(
                triangle(0.0, y.max(2.0)),
                if has_hole { vec![inner] } else { vec![] },
            )
        })
    };
    let simple = prop_oneof![
        position().prop_map(|at| Geometry::Point(Point(at))),
        line().prop_map(Geometry::LineString),
        polygon(0).prop_map(Geometry::Polygon),
        prop::collection::vec(position().prop_map(Point), 1..4)
            .prop_map(|points| Geometry::MultiPoint(MultiPoint(points))),
        prop::collection::vec(line(), 1..3)
            .prop_map(|lines| Geometry::MultiLineString(MultiLineString(lines))),
        [polygon(1), polygon(2)]
            .prop_map(|polygons| Geometry::MultiPolygon(MultiPolygon(polygons.into()))),
    ];
    let nested = simple.prop_recursive(2, 4, 2, |inner| {
        // Polygons of two members may overlap, which a parser refuses.
        let members = prop::collection::vec(inner, 1..3).prop_filter("valid", |members| {
            crate::relation::fault(&Geometry::GeometryCollection(GeometryCollection(
                members.clone(),
            )))
            .is_none()
        });
        members.prop_map(|members| Geometry::GeometryCollection(GeometryCollection(members)))
    });
    let bounds = (degrees(180.0), degrees(90.0), degrees(180.0), degrees(90.0));
    prop_oneof![
        3 => nested.prop_map(GeometryLiteral::Geometry),
        1 => bounds.prop_map(|(west, y, east, z)| {
            GeometryLiteral::Box([west, y.min(z), east, y.max(z)])
        }),
    ]
}

fn spatial_operand() -> impl Strategy<Value = Expression> {
    prop_oneof![
        name().prop_map(Expression::Property),
        geometry().prop_map(|literal| Expression::Literal(Literal::Geometry(literal))),
    ]
}

fn pattern() -> impl Strategy<Value = Pattern> {
    let letter = prop_oneof![
        Just('a'),
        Just('B'),
        Just('á'),
        Just('%'),
        Just('_'),
        Just('\''),
        Just('\\'),
        Just('t')
    ];
    let piece = prop_oneof![3 => letter.prop_map(Piece::Exactly), 1 => Just(Piece::One), 1 => Just(Piece::Any)];
    (
        prop::collection::vec(fold(), 0..3),
        prop::collection::vec(piece, 0..6),
    )
        .prop_map(|(folds, pieces)| Pattern { folds, pieces })
}

fn fold() -> impl Strategy<Value = Fold> {
    prop_oneof![Just(Fold::Case), Just(Fold::Accents)]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
    ])
}

fn sum_operator() -> impl Strategy<Value = SumOperator> {
    prop::sample::select(vec![SumOperator::Plus, SumOperator::Minus])
}

fn product_operator() -> impl Strategy<Value = ProductOperator> {
    use ProductOperator::{Modulo, Over, Times, WholeOver};
    prop::sample::select(vec![Times, Over, Modulo, WholeOver])
}

/// Any tree that a parser can give, whether its types fit or not.
fn expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        name().prop_map(Expression::Property),
        literal().prop_map(Expression::Literal)
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        let some = prop::collection::vec(inner.clone(), 1..3);
        let two = (boxed.clone(), boxed.clone());
        let inner_of_calls = inner.clone();
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            boxed.clone().prop_map(Expression::Not),
            (two.clone(), comparison()).prop_map(|((left, right), comparison)| {
                Expression::Compare {
                    left,
                    comparison,
                    right,
                }
            }),
            (boxed.clone(), some, any::<bool>()).prop_map(|(value, list, negated)| {
                Expression::In {
                    value,
                    list,
                    negated,
                }
            }),
            (boxed.clone(), [inner.clone(), inner.clone()], any::<bool>()).prop_map(
                |(value, bounds, negated)| {
                    Expression::Between {
                        value,
                        bounds: Box::new(bounds),
                        negated,
                    }
                }
            ),
            (boxed.clone(), pattern(), any::<bool>()).prop_map(|(value, pattern, negated)| {
                Expression::Like {
                    value,
                    pattern,
                    negated,
                }
            }),
            (boxed.clone(), any::<bool>())
                .prop_map(|(value, negated)| Expression::IsNull { value, negated }),
            (
                boxed.clone(),
                prop::collection::vec((sum_operator(), inner.clone()), 1..3)
            )
                .prop_map(|(first, rest)| Expression::Sum { first, rest }),
            (
                boxed.clone(),
                prop::collection::vec((product_operator(), inner), 1..3)
            )
                .prop_map(|(first, rest)| Expression::Product { first, rest }),
            two.prop_map(|(base, exponent)| Expression::Power { base, exponent }),
            boxed.clone().prop_map(negative),
            (fold(), boxed).prop_map(|(fold, part)| Expression::Folded(fold, part)),
            call(inner_of_calls),
            (
                prop::sample::select(Relation::ALL.to_vec()),
                [spatial_operand(), spatial_operand()]
            )
                .prop_map(|(relation, operands)| Expression::Spatial {
                    relation,
                    operands: Box::new(operands)
                }),
        ]
    })
}

/// Functions with as many arguments as they take.
fn call(
    inner: impl Strategy<Value = Expression> + Clone + 'static,
) -> impl Strategy<Value = Expression> {
    let any = prop::sample::select(vec![Function::Concat, Function::Coalesce]);
    let one = prop::sample::select(vec![
        Function::Upper,
        Function::Lower,
        Function::Trim,
        Function::Text,
        Function::Number,
        Function::Round,
    ]);
    let number = |value| Expression::Literal(Literal::Integer(value));
    let pad = |c: char| Expression::Literal(Literal::Text(c.to_string()));
    prop_oneof![
        (any, prop::collection::vec(inner.clone(), 1..4))
            .prop_map(|(function, arguments)| Expression::Call(function, arguments)),
        (one, inner.clone()).prop_map(|(function, part)| Expression::Call(function, vec![part])),
        (inner.clone(), -15i64..=15).prop_map(move |(part, decimals)| {
            Expression::Call(Function::Round, vec![part, number(decimals)])
        }),
        (inner.clone(), 1i64..=100, any_char()).prop_map(move |(part, length, c)| {
            Expression::Call(Function::LeftPad, vec![part, number(length), pad(c)])
        }),
        (inner, 1i64..9, 0i64..9).prop_map(move |(part, from, length)| {
            Expression::Call(
                Function::Substring,
                vec![part, number(from), number(length)],
            )
        }),
    ]
}

fn any_char() -> impl Strategy<Value = char> {
    prop::sample::select(vec!['0', ' ', '\'', '\\', '%', 'ñ'])
}

/// A sign before a number is part of the number.
fn negative(part: Box<Expression>) -> Expression {
    match *part {
        Expression::Literal(Literal::Integer(_) | Literal::Real(_)) => *part,
        _ => Expression::Negative(part),
    }
}

const NUMBERS: [&str; 2] = ["n", "m"];
const TEXTS: [&str; 2] = ["s", "t"];

fn number_expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        prop::sample::select(NUMBERS.to_vec())
            .prop_map(|name| Expression::Property(name.to_owned())),
        (-3i64..4).prop_map(|value| Expression::Literal(Literal::Integer(value))),
        prop::sample::select(vec![0.5, -2.0])
            .prop_map(|value| Expression::Literal(Literal::Real(value))),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        let boxed = inner.clone().prop_map(Box::new);
        prop_oneof![
            (
                boxed.clone(),
                prop::collection::vec((sum_operator(), inner.clone()), 1..3)
            )
                .prop_map(|(first, rest)| Expression::Sum { first, rest }),
            (
                boxed.clone(),
                prop::collection::vec((product_operator(), inner), 1..3)
            )
                .prop_map(|(first, rest)| Expression::Product { first, rest }),
            (boxed.clone(), boxed.clone())
                .prop_map(|(base, exponent)| Expression::Power { base, exponent }),
            boxed.prop_map(negative),
        ]
    })
}

fn text_expression() -> impl Strategy<Value = Expression> {
    let leaf = prop_oneof![
        prop::sample::select(TEXTS.to_vec()).prop_map(|name| Expression::Property(name.to_owned())),
        "[aAáÁ%]{0,2}".prop_map(|text| Expression::Literal(Literal::Text(text))),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        let two = prop::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            (fold(), inner.clone())
                .prop_map(|(fold, part)| Expression::Folded(fold, Box::new(part))),
            inner.prop_map(|part| Expression::Call(Function::Upper, vec![part])),
            two.prop_map(|parts| Expression::Call(Function::Coalesce, parts)),
        ]
    })
}

fn condition() -> impl Strategy<Value = Expression> {
    let number = || number_expression().prop_map(Box::new);
    let text = || text_expression().prop_map(Box::new);
    let leaf = prop_oneof![
        any::<bool>().prop_map(|value| Expression::Literal(Literal::Bool(value))),
        Just(Expression::Property("b".to_owned())),
        (number(), comparison(), number()).prop_map(|(left, comparison, right)| {
            Expression::Compare {
                left,
                comparison,
                right,
            }
        }),
        (text(), comparison(), text()).prop_map(|(left, comparison, right)| Expression::Compare {
            left,
            comparison,
            right
        }),
        (
            number(),
            prop::collection::vec(number_expression(), 1..4),
            any::<bool>()
        )
            .prop_map(|(value, list, negated)| Expression::In {
                value,
                list,
                negated
            }),
        (
            text(),
            prop::collection::vec(text_expression(), 1..4),
            any::<bool>()
        )
            .prop_map(|(value, list, negated)| Expression::In {
                value,
                list,
                negated
            }),
        (
            number(),
            [number_expression(), number_expression()],
            any::<bool>()
        )
            .prop_map(|(value, bounds, negated)| {
                Expression::Between {
                    value,
                    bounds: Box::new(bounds),
                    negated,
                }
            }),
        (text(), pattern(), any::<bool>()).prop_map(|(value, pattern, negated)| Expression::Like {
            value,
            pattern,
            negated
        }),
        (number(), any::<bool>())
            .prop_map(|(value, negated)| Expression::IsNull { value, negated }),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::Or),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Expression::And),
            inner
                .clone()
                .prop_map(|part| Expression::Not(Box::new(part))),
            (inner, any::<bool>()).prop_map(|(part, negated)| Expression::IsNull {
                value: Box::new(part),
                negated
            }),
        ]
    })
}

/// The value of an expression, found the plain way: names looked up at every row, every rule spelt out.
#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Null,
    Truth(bool),
    Number(f64),
    Text(String),
}

fn plain(expression: &Expression, columns: &[Column], row: usize) -> Plain {
    let of = |part: &Expression| plain(part, columns, row);
    let truth = |part: &Expression| match of(part) {
        Plain::Truth(truth) => Some(truth),
        _ => None,
    };
    let number = |part: &Expression| match of(part) {
        Plain::Number(number) => Some(number),
        _ => None,
    };
    match expression {
        Expression::Property(name) => match columns
            .iter()
            .find(|column| column.name() == name)
            .unwrap()
            .value(row)
        {
            Value::Null => Plain::Null,
            Value::Bool(truth) => Plain::Truth(truth),
            Value::Text(text) => Plain::Text(text.to_owned()),
            number => number
                .number()
                .filter(|number| !number.is_nan())
                .map_or(Plain::Null, Plain::Number),
        },
        Expression::Literal(literal) => match literal {
            Literal::Bool(truth) => Plain::Truth(*truth),
            Literal::Integer(number) => Plain::Number(*number as f64),
            Literal::Real(number) => Plain::Number(*number),
            Literal::Text(text) | Literal::Date(text) | Literal::Timestamp(text) => {
                Plain::Text(text.clone())
            }
            Literal::Geometry(_) => unreachable!("the strategy makes no geometries"),
        },
        Expression::Spatial { .. } => unreachable!("the strategy makes no spatial predicates"),
        Expression::Or(parts) => {
            let truths: Vec<_> = parts.iter().map(truth).collect();
            from(if truths.contains(&Some(true)) {
                Some(true)
            } else if truths.contains(&None) {
                None
            } else {
                Some(false)
            })
        }
        Expression::And(parts) => {
            let truths: Vec<_> = parts.iter().map(truth).collect();
            from(if truths.contains(&Some(false)) {
                Some(false)
            } else if truths.contains(&None) {
                None
            } else {
                Some(true)
            })
        }
        Expression::Not(part) => from(truth(part).map(|truth| !truth)),
        Expression::Compare {
            left,
            comparison,
            right,
        } => from(plain_compare(&of(left), *comparison, &of(right))),
        Expression::In {
            value,
            list,
            negated,
        } => {
            let equal = list.iter().map(|item| Expression::Compare {
                left: value.clone(),
                comparison: Comparison::Equal,
                right: Box::new(item.clone()),
            });
            let any = of(&Expression::Or(equal.collect()));
            if *negated { plain_not(any) } else { any }
        }
        Expression::Between {
            value,
            bounds,
            negated,
        } => {
            let part = |comparison, bound: &Expression| Expression::Compare {
                left: value.clone(),
                comparison,
                right: Box::new(bound.clone()),
            };
            let both = of(&Expression::And(vec![
                part(Comparison::GreaterOrEqual, &bounds[0]),
                part(Comparison::LessOrEqual, &bounds[1]),
            ]));
            if *negated { plain_not(both) } else { both }
        }
        Expression::Like {
            value,
            pattern,
            negated,
        } => match of(value) {
            Plain::Text(text) => {
                let found = plain_like(&pattern.folded(), &text.chars().collect::<Vec<_>>());
                Plain::Truth(found != *negated)
            }
            _ => Plain::Null,
        },
        Expression::IsNull { value, negated } => {
            Plain::Truth((of(value) == Plain::Null) != *negated)
        }
        Expression::Sum { first, rest } => {
            finite(rest.iter().fold(number(first), |sum, (operator, part)| {
                let (sum, part) = (sum?, number(part)?);
                Some(if *operator == SumOperator::Plus {
                    sum + part
                } else {
                    sum - part
                })
            }))
        }
        Expression::Product { first, rest } => finite(rest.iter().fold(
            number(first),
            |product, (operator, part)| {
                let (product, part) = (product?, number(part)?);
                match operator {
                    ProductOperator::Times => Some(product * part),
                    _ if part == 0.0 => None,
                    ProductOperator::Over => Some(product / part),
                    ProductOperator::Modulo => Some(product % part),
                    ProductOperator::WholeOver => Some((product / part).trunc()),
                }
            },
        )),
        Expression::Power { base, exponent } => finite(
            number(base)
                .zip(number(exponent))
                .map(|(base, exponent)| base.powf(exponent)),
        ),
        Expression::Negative(part) => finite(number(part).map(|number| -number)),
        Expression::Call(Function::Upper, parts) => match of(&parts[0]) {
            Plain::Text(text) => Plain::Text(text.to_uppercase()),
            _ => Plain::Null,
        },
        Expression::Call(Function::Coalesce, parts) => {
            let mut known = parts.iter().map(of).filter(|part| *part != Plain::Null);
            known.next().unwrap_or(Plain::Null)
        }
        Expression::Call(..) => unreachable!("the strategy makes no other calls"),
        Expression::Folded(fold, part) => match of(part) {
            Plain::Text(text) => Plain::Text(fold.apply(&text)),
            _ => Plain::Null,
        },
    }
}

fn from(truth: Option<bool>) -> Plain {
    truth.map_or(Plain::Null, Plain::Truth)
}

fn finite(number: Option<f64>) -> Plain {
    number
        .filter(|number| number.is_finite())
        .map_or(Plain::Null, Plain::Number)
}

fn plain_not(value: Plain) -> Plain {
    if let Plain::Truth(truth) = value {
        Plain::Truth(!truth)
    } else {
        value
    }
}

fn plain_compare(left: &Plain, comparison: Comparison, right: &Plain) -> Option<bool> {
    let (less, equal) = match (left, right) {
        (Plain::Number(left), Plain::Number(right)) => (left < right, left == right),
        (Plain::Text(left), Plain::Text(right)) => (left < right, left == right),
        _ => return None,
    };
    Some(match comparison {
        Comparison::Equal => equal,
        Comparison::NotEqual => !equal,
        Comparison::Less => less,
        Comparison::LessOrEqual => less || equal,
        Comparison::Greater => !less && !equal,
        Comparison::GreaterOrEqual => !less,
    })
}

fn plain_like(pieces: &[Piece], text: &[char]) -> bool {
    match (pieces.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((Piece::Any, rest)), None) => plain_like(rest, text),
        (Some((Piece::Any, rest)), Some((_, behind))) => {
            plain_like(rest, text) || plain_like(pieces, behind)
        }
        (Some((Piece::One, rest)), Some((_, behind))) => plain_like(rest, behind),
        (Some((Piece::Exactly(wanted), rest)), Some((found, behind))) => {
            wanted == found && plain_like(rest, behind)
        }
        _ => false,
    }
}

fn random_columns() -> Vec<Column> {
    let numbers = [
        Value::Integer(2),
        Value::Null,
        Value::Integer(-1),
        Value::Integer(0),
    ];
    let reals = [
        Value::Real(0.5),
        Value::Real(-2.0),
        Value::Real(f64::NAN),
        Value::Real(f64::INFINITY),
    ];
    let texts = [
        Value::Text("aA"),
        Value::Text(""),
        Value::Null,
        Value::Text("Á%"),
    ];
    let more = [
        Value::Null,
        Value::Text("á"),
        Value::Text("a"),
        Value::Text("tB\\_'"),
    ];
    let truths = [
        Value::Bool(true),
        Value::Bool(false),
        Value::Null,
        Value::Bool(true),
    ];
    [
        ("n", numbers),
        ("m", reals),
        ("s", texts),
        ("t", more),
        ("b", truths),
    ]
    .map(|(name, values)| Column::new(name, values))
    .into()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_filter_parses_to_itself(expression in expression()) {
        let text = expression.to_string();
        prop_assume!(text.len() <= MAX_FILTER_BYTES);
        prop_assert_eq!(parse(&text), Ok(expression), "{}", text);
    }

    #[test]
    fn a_filter_matches_where_the_plain_evaluation_is_true(root in condition()) {
        let columns = random_columns();
        let filter = Filter { root };
        let bound = filter.bind(&columns).unwrap();
        for row in 0..4 {
            let expected = plain(&filter.root, &columns, row) == Plain::Truth(true);
            prop_assert_eq!(bound.matches(row), expected, "{} at row {}", filter, row);
        }
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_in_it(text in "\\PC{0,40}") {
        if let Err(error) = Filter::parse(&text) {
            let last = text.chars().count() + 1;
            prop_assert!(error.position().is_none_or(|position| (1..=last).contains(&position)), "{}", error);
        }
    }

    #[test]
    fn any_heap_of_words_is_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "a", "\"b c\"", "1", ".5", "1e3", "'x'", "'%_\\", "'", "\"", "(", ")", ",", "=", "<>", "<=", "+", "-", "*", "/",
        "^", "%", "div", "AND", "OR", "NOT", "IN", "LIKE", "BETWEEN", "IS", "NULL", "TRUE", "CASEI(", "ACCENTI(",
        "DATE(", "TIMESTAMP(", "'2024-01-01'", "S_WITHIN(", "POINT(", "-70.6 -33.4", "POLYGON((", "0 0,1 0,0 1,0 0", "BBOX(", "1e400", "Z", "geometry", "CONCAT(", "LPAD(", "SUBSTR(", "ROUND(", "COALESCE(", "ñ", "\u{301}", "\0",
    ]), 0..30)) {
        let text = words.join(" ");
        if let Ok(filter) = Filter::parse(&text) {
            prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
        }
    }
}

#[test]
fn depth_and_length_do_not_multiply() {
    // Each level asked for the kinds below it twice, and once more for each item of a list.
    let trimmed = format!("{}name{} = 'a'", "TRIM(".repeat(60), ")".repeat(60));
    assert!(Filter::parse(&trimmed).is_ok());
    let list = format!(" IN ({})", ["TRUE"; 40].join(","));
    let nested = (0..9).fold("n > 0".to_owned(), |inner, _| format!("({inner}){list}"));
    assert!(Filter::parse(&nested).is_ok());
    let between = (0..40).fold("n".to_owned(), |inner, _| {
        format!("({inner} BETWEEN TRUE AND FALSE)")
    });
    assert!(Filter::parse(&between).is_ok());
    let joined = (0..50).fold("a".to_owned(), |inner, _| format!("COALESCE({inner}, b)"));
    assert!(Filter::parse(&format!("{joined} = 'x'")).is_ok());
}
