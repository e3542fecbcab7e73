mod city;
mod equal;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use geo_types::{Geometry, LineString, wkt};

use super::{Change, Edit, EditError, MAX_EDIT_VERTICES};
use crate::column::Value;
use crate::indicator::{Figure, Indicator, LevelFigures, Operation, RollUp, Swap};
use crate::layer::Layer;
use crate::territory::Territory;
use city::{Plane, city, indicator, point, square, territory};

fn add(key: Option<&str>, geometry: Geometry<f64>) -> Edit<'_> {
    Edit::Add {
        key,
        like: None,
        geometry,
        properties: vec![],
    }
}

fn of<'a>(layer: &'a str, edit: Edit<'a>) -> Change<'a> {
    Change { layer, edit }
}

fn health() -> Layer {
    city()[2].layer()
}

fn edited(edits: &[Edit<'_>]) -> Result<Layer, EditError> {
    health().edited(edits, &Plane)
}

#[test]
fn what_stays_keeps_its_order_and_what_is_new_follows() {
    let layer = edited(&[
        add(None, point(0.01, 0.01)),
        Edit::Remove { key: "h1" },
        add(Some("x"), point(0.02, 0.02)),
        Edit::Move {
            key: "h0",
            geometry: point(0.03, 0.04),
        },
        add(None, point(0.01, 0.03)),
    ])
    .unwrap();
    let keys: Vec<&str> = layer.keys().iter().collect();
    assert_eq!(
        keys,
        [
            "h0", "h2", "h3", "h4", "h5", "h6", "h7", "h8", "new-1", "x", "new-2"
        ]
    );
    assert_eq!((layer.anchor(0).x_m, layer.anchor(0).y_m), (3000.0, 4000.0));
    assert_eq!(layer.row_of("h1"), None);
    assert_eq!(layer.name(0), "the h0");
    assert_eq!(layer.name(8), "new-1");
}

#[test]
fn a_key_is_found_again_whatever_was_done_to_it_before() {
    let layer = edited(&[
        Edit::Remove { key: "h1" },
        add(Some("h1"), point(0.01, 0.01)),
        Edit::Set {
            key: "h1",
            properties: vec![
                ("capacity", Value::Integer(3)),
                ("name", Value::Text("Posta")),
            ],
        },
        add(Some("new-1"), point(0.01, 0.01)),
        add(Some("gone"), point(0.01, 0.01)),
        Edit::Remove { key: "gone" },
        Edit::Add {
            key: None,
            like: Some("h1"),
            geometry: point(0.0, 0.0),
            properties: vec![("type", Value::Text("post"))],
        },
    ])
    .unwrap();
    let row = layer.row_of("h1").unwrap();
    assert_eq!((row, layer.name(row)), (8, "Posta"));
    assert_eq!(layer.columns()[1].value(row), Value::Real(3.0));
    assert_eq!(layer.columns()[0].value(row), Value::Null);
    let like = layer.row_of("new-2").unwrap();
    assert_eq!(layer.columns()[1].value(like), Value::Real(3.0));
    assert_eq!(layer.columns()[0].value(like), Value::Text("post"));
    assert_eq!(layer.name(like), "new-2");
    assert_eq!(layer.row_of("gone"), None);
}

#[test]
fn types_of_columns_never_change() {
    let numbers = |value| Edit::Set {
        key: "b0",
        properties: vec![("pop", value)],
    };
    let blocks = city()[1].layer();
    let done = |value| blocks.edited(&[numbers(value)], &Plane);
    assert_eq!(
        done(Value::Real(7.0)).unwrap().columns()[0].value(0),
        Value::Integer(7)
    );
    let empty = done(Value::Null).unwrap();
    assert_eq!(
        empty.columns()[0].column_type(),
        blocks.columns()[0].column_type()
    );
    for value in [
        Value::Real(7.5),
        Value::Real(1e300),
        Value::Real(f64::NAN),
        Value::Text("7"),
        Value::Bool(true),
    ] {
        assert_eq!(done(value).unwrap_err().allowed, "a whole number or null");
    }
    assert_eq!(
        edited(&[Edit::Set {
            key: "h0",
            properties: vec![("capacity", Value::Real(f64::INFINITY))]
        }])
        .unwrap_err()
        .to_string(),
        "change 0: properties.capacity is \"inf\"; it must be a number or null"
    );
}

#[test]
fn a_mistake_is_named_with_its_edit_and_its_part() {
    let place = || point(0.01, 0.01);
    let set = |key, column| Edit::Set {
        key,
        properties: vec![(column, Value::Null)],
    };
    let cases = [
        (
            Edit::Remove { key: "h10" },
            "key",
            "the key of a feature of health; did you mean \"h0\"?",
        ),
        (
            add(Some("h3"), place()),
            "key",
            "a key that no feature of health has",
        ),
        (add(Some(""), place()), "key", "a text that is not empty"),
        (
            set("h0", "capacitiy"),
            "properties.capacitiy",
            "did you mean \"capacity\"?",
        ),
        (
            set("h0", "zzzzzzz"),
            "properties.zzzzzzz",
            "a column of health: type, capacity, name",
        ),
        (
            Edit::Add {
                key: None,
                like: Some("?"),
                geometry: place(),
                properties: vec![],
            },
            "like",
            "the key of a feature",
        ),
        (add(None, point(f64::NAN, 0.0)), "geometry", "within ±180"),
        (add(None, point(0.0, -90.5)), "geometry", "within ±180"),
        (add(None, point(40.0, 0.0)), "geometry", "metric CRS"),
        (
            add(None, wkt!(LINESTRING(0. 0.,0. 0.)).into()),
            "geometry",
            "valid",
        ),
        (
            add(None, wkt!(POLYGON((0. 0.,1. 1.,1. 0.,0. 1.,0. 0.))).into()),
            "geometry",
            "valid",
        ),
        (
            add(None, wkt!(MULTIPOINT EMPTY).into()),
            "geometry",
            "coordinates",
        ),
        (
            add(
                None,
                Geometry::GeometryCollection(
                    wkt!(GEOMETRYCOLLECTION(POINT(0. 0.),LINESTRING(0. 0.,1. 1.))),
                ),
            ),
            "geometry",
            "of one type",
        ),
    ];
    for (edit, field, allowed) in cases {
        let good = Edit::Move {
            key: "h2",
            geometry: point(0.0, 0.0),
        };
        let error = edited(&[good, edit]).unwrap_err();
        assert_eq!(
            (error.position, error.field.as_str()),
            (1, field),
            "{error}"
        );
        assert!(error.allowed.contains(allowed), "{error}");
    }
    let many = (0..=MAX_EDIT_VERTICES)
        .map(|at| (at as f64 * 1e-6, 0.0))
        .collect::<LineString>();
    assert_eq!(
        edited(&[add(None, many.into())]).unwrap_err().allowed,
        "of at most 2000 vertices"
    );
}

#[test]
fn a_layer_without_names_shows_keys_until_a_name_is_given() {
    let parts = |names| {
        let layer = health();
        crate::layer::LayerParts {
            id: "h".to_owned(),
            title: layer.title().clone(),
            keys: layer.keys().clone(),
            names,
            columns: vec![],
            shapes: layer.shapes().clone(),
            lonlat: layer.lonlat().to_vec(),
            metric: layer.metric().to_vec(),
        }
    };
    let layer = Layer::new(parts(None)).unwrap();
    let plain = layer.edited(&[add(None, point(0.0, 0.0))], &Plane).unwrap();
    assert!(!plain.has_names());
    let name = Edit::Set {
        key: "h1",
        properties: vec![("name", Value::Text("Uno"))],
    };
    let named = layer
        .edited(&[name, add(None, point(0.0, 0.0))], &Plane)
        .unwrap();
    let names: Vec<&str> = (0..3).map(|row| named.name(row)).collect();
    assert_eq!((names, named.name(9)), (vec!["h0", "Uno", "h2"], "new-1"));
}

#[test]
fn a_territory_names_layers_that_cannot_be_changed() {
    let city = territory(&city(), vec![]);
    let refused = |layer| {
        let good = of("demands", Edit::Remove { key: "d1" });
        let changes = [good.clone(), good, of(layer, Edit::Remove { key: "z1" })];
        city.with_changes(&changes[1..]).unwrap_err().to_string()
    };
    assert_eq!(
        refused("zones"),
        "change 1: layer is \"zones\"; it must be a layer that draws no level; this one draws \"districts\""
    );
    assert!(refused("helth").contains("did you mean \"health\"?"));
    let changes = [
        of("health", Edit::Remove { key: "h1" }),
        of("demands", Edit::Remove { key: "d1" }),
        of("health", Edit::Remove { key: "h1" }),
    ];
    let error = city.with_changes(&changes).unwrap_err();
    assert_eq!((error.position, error.field.as_str()), (2, "key"));
}

/// Counts how often it is asked; passes on the figures of another indicator where it has one.
#[derive(Clone, Debug)]
struct Counting {
    layer: Option<Arc<Layer>>,
    input: Option<&'static str>,
    asked: Arc<AtomicUsize>,
}

impl Operation for Counting {
    fn op(&self) -> &'static str {
        "counting"
    }

    fn formula(&self) -> String {
        String::new()
    }

    fn roll_up(&self) -> RollUp {
        RollUp::Anew
    }

    fn indicator_inputs(&self) -> Vec<&str> {
        self.input.into_iter().collect()
    }

    fn layer_inputs(&self) -> Vec<&Arc<Layer>> {
        self.layer.iter().collect()
    }

    fn swapped(&self, swap: Swap<'_>) -> Arc<dyn Operation> {
        Arc::new(Self {
            layer: self.layer.as_ref().map(|layer| swap.layer(layer)),
            ..self.clone()
        })
    }

    fn evaluate(&self, territory: &Territory) -> Vec<LevelFigures> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let count = self.layer.as_ref().map_or(0.0, |layer| layer.len() as f64);
        if let Some(input) = self.input {
            return territory.figures_of(input).to_vec();
        }
        let levels = territory.levels().iter();
        levels
            .map(|level| vec![Figure::of(Some(count)); level.len()])
            .collect()
    }
}

#[test]
fn only_what_depends_on_a_change_is_computed_again() {
    let tables = city();
    let counting = |layer: Option<usize>, input| Counting {
        layer: layer.map(|table| Arc::new(tables[table].layer())),
        input,
        asked: Arc::default(),
    };
    let all = [
        ("of_health", counting(Some(2), None)),
        ("through_health", counting(None, Some("of_health"))),
        ("through_both", counting(Some(3), Some("through_health"))),
        ("of_demands", counting(Some(3), None)),
        ("through_demands", counting(None, Some("of_demands"))),
        ("of_nothing", counting(None, None)),
    ];
    let indicators: Vec<Indicator> = all
        .iter()
        .map(|(id, operation)| indicator(id, operation.clone()))
        .collect();
    let asked = || {
        all.each_ref()
            .map(|(_, one)| one.asked.load(Ordering::Relaxed))
    };
    let ask = |territory: &Territory| {
        for (id, _) in &all {
            let _values = territory.indicator(id).unwrap().at("all").unwrap().values();
        }
    };
    let base = territory(&tables, indicators);
    ask(&base);
    assert_eq!(asked(), [1; 6]);
    let removal = [of("health", Edit::Remove { key: "h1" })];
    let scenario = base.with_changes(&removal).unwrap();
    let touched: Vec<&str> = scenario.touched(&base).map(|one| one.id.as_str()).collect();
    assert_eq!(
        touched,
        [
            "distance",
            "farthest",
            "coverage",
            "access",
            "of_health",
            "through_health",
            "through_both"
        ]
    );
    ask(&scenario);
    ask(&base);
    assert_eq!(asked(), [2, 2, 2, 1, 1, 1]);
    let value = |territory: &Territory, id: &str| {
        territory.indicator(id).unwrap().at("all").unwrap().values()[0]
    };
    assert_eq!(
        (
            value(&base, "through_both"),
            value(&scenario, "through_both")
        ),
        (Some(9.0), Some(8.0))
    );
    let second = scenario
        .with_changes(&[of("demands", Edit::Remove { key: "d1" })])
        .unwrap();
    ask(&second);
    assert_eq!(asked(), [2, 2, 3, 2, 2, 1]);
    assert!(Arc::ptr_eq(
        second.layer("health").unwrap(),
        scenario.layer("health").unwrap()
    ));
    assert!(Arc::ptr_eq(
        second.layer("blocks").unwrap(),
        base.layer("blocks").unwrap()
    ));
}

#[test]
fn blocks_can_be_built_and_razed() {
    let base = territory(&city(), vec![]);
    let changes = [
        of(
            "blocks",
            Edit::Add {
                key: Some("tower"),
                like: None,
                geometry: square(0.001, 0.001, 0.001),
                properties: vec![("pop", Value::Integer(5000))],
            },
        ),
        of("blocks", Edit::Remove { key: "b99" }),
    ];
    let scenario = base.with_changes(&changes).unwrap();
    let people = |territory: &Territory| {
        territory
            .indicator("population")
            .unwrap()
            .at("all")
            .unwrap()
            .values()[0]
            .unwrap()
    };
    // b99 has 31 + 99 persons.
    assert_eq!(people(&scenario) - people(&base), 5000.0 - 130.0);
}
