//! Overlays of the bundled sample that GeoPandas has computed.

use std::collections::HashMap;
use std::sync::Arc;

use comarca_engine::overlay::{Zones, extensive, intensive, rates, shares};
use comarca_engine::{
    GeometryType, Layer, LayerParts, LonLat, Metric, ShapesBuilder, Territory, Title, Value,
};
use comarca_loaders::Project;
use comarca_tests::project::{sample, workspace};

/// Largest relative difference.
const RELATIVE_MAX: f64 = 1e-9;
/// Side of the squares in metres.
const SIDE_M: f64 = 600.0;

fn territory() -> Territory {
    let project =
        Project::open(sample().join("comarca.toml")).expect("the sample's project file is right");
    project.load().expect("the sample loads").0
}

/// Columns of a golden table by name; `None` where a cell is empty.
fn golden(name: &str) -> HashMap<String, Vec<Option<f64>>> {
    let path = workspace().join("tests/golden").join(name);
    let mut reader = csv::Reader::from_path(path).expect("the golden file is there");
    let columns = reader.headers().expect("it has a head").clone();
    let mut table: HashMap<String, Vec<_>> = HashMap::new();
    for record in reader.records() {
        let record = record.expect("it has rows of one length");
        for (column, cell) in columns.iter().zip(&record) {
            table
                .entry(column.to_owned())
                .or_default()
                .push(cell.parse().ok());
        }
    }
    table
}

fn assert_column(found: impl Iterator<Item = Option<f64>>, expected: &[Option<f64>], what: &str) {
    let found: Vec<_> = found.collect();
    assert_eq!(found.len(), expected.len());
    assert!(expected.iter().flatten().any(|value| *value > 0.0));
    for (row, (found, expected)) in found.iter().zip(expected).enumerate() {
        let near = match (found, expected) {
            (Some(found), Some(expected)) => {
                (found - expected).abs() <= RELATIVE_MAX * expected.abs() + 1e-9
            }
            (found, expected) => found.unwrap_or(0.0) == expected.unwrap_or(0.0),
        };
        assert!(near, "{what} {row}: {found:?} for {expected:?}");
    }
}

fn layer(id: &str, count: usize, builder: ShapesBuilder) -> Arc<Layer> {
    let (shapes, coordinates) = builder.build();
    let parts = LayerParts {
        id: id.to_owned(),
        title: Title::default(),
        keys: (0..count).map(|row| row.to_string()).collect(),
        names: None,
        columns: vec![],
        shapes,
        lonlat: vec![LonLat::default(); coordinates.len()],
        metric: coordinates
            .iter()
            .map(|&[x_m, y_m]| Metric { x_m, y_m })
            .collect(),
    };
    Arc::new(Layer::new(parts).expect("the parts fit"))
}

/// Squares of 600 m around a layer, row by row from the south-west.
fn squares(around: &Layer) -> Arc<Layer> {
    let bounds = around.metric_index().envelope().expect("there are blocks");
    let [west, south, east, north] = bounds.map(|at| (at / SIDE_M).floor());
    let (mut builder, mut count, mut y) = (ShapesBuilder::default(), 0, south);
    while y <= north {
        let mut x = west;
        while x <= east {
            builder.start_feature(GeometryType::Polygon);
            builder.start_part();
            builder.start_ring();
            for (dx, dy) in [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.0)] {
                builder.coordinate(SIDE_M * (x + dx), SIDE_M * (y + dy));
            }
            count += 1;
            x += 1.0;
        }
        y += 1.0;
    }
    layer("squares", count, builder)
}

/// The rings of polygons as lines.
fn outlines(of: &Layer) -> Arc<Layer> {
    let mut builder = ShapesBuilder::default();
    for row in 0..of.len() {
        builder.start_feature(GeometryType::Line);
        for ring in of.shapes().feature_rings(row) {
            builder.start_part();
            builder.start_ring();
            of.metric()[of.shapes().coordinates(ring)]
                .iter()
                .for_each(|at| builder.coordinate(at.x_m, at.y_m));
        }
    }
    layer("outlines", of.len(), builder)
}

#[test]
fn blocks_and_parks_cut_by_squares_are_geopandas() {
    let (territory, expected) = (territory(), golden("overlay_squares.csv"));
    let blocks = territory.layer("blocks").expect("the sample has blocks");
    let parks = territory.layer("parks").expect("the sample has parks");
    let zones = Zones::new(squares(blocks));
    let rows = 0..zones.layer().len();
    let number = |name: &str, row| blocks.column(name).and_then(|column| column.number(row));
    let persons = |row| number("pop", row);
    let seniors =
        |row| Some(number("age_65", row)? / persons(row).filter(|persons| *persons > 0.0)?);
    let is_home = |row| {
        let uses = blocks.column("uso")?;
        Some(usize::from(uses.value(row) == Value::Text("Vivienda")))
    };
    let parts = zones.intersections(blocks, None);

    let population = extensive(&parts, persons);
    let total: f64 = (0..blocks.len()).filter_map(persons).sum();
    let given: f64 = population
        .zones
        .iter()
        .map(comarca_engine::indicator::ExactSum::total)
        .sum();
    assert!((given / total - 1.0).abs() < 1e-12, "{given} of {total}");
    assert_eq!(population.outside.total(), 0.0);
    let figures = population.zones.iter().map(|sum| Some(sum.total()));
    assert_column(figures, &expected["population"], "population");
    let by_area = intensive(&parts, seniors);
    assert_column(
        rows.clone().map(|zone| by_area.value(zone)),
        &expected["seniors_by_area"],
        "seniors by area",
    );
    let by_persons = rates(&parts, seniors, persons);
    assert_column(
        rows.clone().map(|zone| by_persons.value(zone)),
        &expected["seniors_by_persons"],
        "seniors by persons",
    );
    let uses = shares(&parts, 2, is_home);
    assert_column(
        rows.map(|zone| uses.value(1, zone)),
        &expected["homes_share"],
        "homes",
    );

    let sums = zones.intersections(parks, None).sums();
    assert_column(
        sums.iter().map(|sum| Some(sum.total())),
        &expected["park_m2"],
        "parks",
    );
    let lines = outlines(blocks);
    let lengths = zones.line_lengths(&lines, None);
    let (outside, whole) = lengths.outside_and_total();
    assert!(outside.total() <= 1e-12 * whole.total());
    assert_column(
        lengths.sums().iter().map(|sum| Some(sum.total())),
        &expected["outline_m"],
        "outlines",
    );
}

#[test]
fn parks_in_districts_are_geopandas_and_never_more_than_the_district() {
    let (territory, expected) = (territory(), golden("overlay_districts.csv"));
    let parks = territory.layer("parks").expect("the sample has parks");
    let districts = territory.levels()[0].layer();
    let sums = Zones::new(Arc::clone(districts))
        .intersections(parks, None)
        .sums();
    let mut order: Vec<usize> = (0..districts.len()).collect();
    order.sort_by_key(|&row| districts.key(row));
    let figures = order.iter().map(|&row| Some(sums[row].total()));
    assert_column(figures, &expected["park_area_m2"], "parks");
    let covered = comarca_engine::overlay::covered_areas(districts, None, parks, None);
    for (row, covered) in covered.into_iter().enumerate() {
        let plain = sums[row].total();
        assert!(
            covered <= districts.area_m2(row) && (covered - plain).abs() <= 1e-9 * plain,
            "{covered} {plain}"
        );
    }
}
