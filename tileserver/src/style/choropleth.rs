//! Indicators in classes.

use comarca_engine::classes::{Classification, breaks};
use serde_json::{Map, Value, json};

use super::{Draft, Part};
use crate::error::AppError;
use crate::generation::Generation;
use crate::query::{Query, encoded};
use crate::ramp::Ramp;
use crate::title::title;

const SOURCE: &str = "figures";
/// The colour of a territory without a value.
const NO_DATA: &str = "#d5d9dc";
const CLASSES: usize = 5;
const CLASSES_MIN: usize = 2;
const CLASSES_MAX: usize = 9;

/// The position of the level that is asked for; the finest where none is.
pub(super) fn level(generation: &Generation, query: &Query) -> Result<usize, AppError> {
    let Some(id) = query.value("level") else {
        return Ok(0);
    };
    let unknown = || AppError::not_one_of("level", id, generation.level_ids());
    generation.level_position(id).ok_or_else(unknown)
}

/// Classes of values and their colours.
#[derive(Debug)]
struct Classes {
    method: Classification,
    count: usize,
    ramp: &'static Ramp,
}

impl Classes {
    /// Reads `method=`, `classes=` and `colors=`.
    ///
    /// # Errors
    /// 400 for what cannot be used.
    fn read(query: &Query) -> Result<Self, AppError> {
        Ok(Self {
            method: method(query)?,
            count: count(query)?,
            ramp: ramp(query)?,
        })
    }

    fn color(&self, class: usize, classes: usize) -> String {
        match classes {
            0 | 1 => self.ramp.css(0.5),
            _ => self.ramp.css(class as f64 / (classes - 1) as f64),
        }
    }
}

fn method(query: &Query) -> Result<Classification, AppError> {
    let Some(name) = query.value("method") else {
        return Ok(Classification::ALL[0]);
    };
    let mut all = Classification::ALL.into_iter();
    let names = Classification::ALL.map(Classification::name);
    all.find(|method| method.name() == name)
        .ok_or_else(|| AppError::not_one_of("method", name, names))
}

fn count(query: &Query) -> Result<usize, AppError> {
    let Some(text) = query.value("classes") else {
        return Ok(CLASSES);
    };
    let allowed = format!("a whole number from {CLASSES_MIN} to {CLASSES_MAX}");
    let count = text.parse().ok();
    count
        .filter(|count| (CLASSES_MIN..=CLASSES_MAX).contains(count))
        .ok_or_else(|| AppError::parameter("classes", text, allowed))
}

fn ramp(query: &Query) -> Result<&'static Ramp, AppError> {
    let Some(name) = query.value("colors").filter(|name| !name.is_empty()) else {
        return Ok(Ramp::first());
    };
    let names = || Ramp::names().chain(Ramp::diverging_names());
    Ramp::named(name).ok_or_else(|| AppError::not_one_of("colors", name, names()))
}

impl Draft<'_> {
    /// The territories of a level coloured by the class of their value.
    pub(super) fn choropleth(&self, id: &str, level: usize) -> Result<Part, AppError> {
        let territory = &self.generation.territory;
        let classes = Classes::read(self.query)?;
        let level = territory.levels()[level].id();
        let view = territory.indicator(id)?.at(level)?;
        let values: Vec<f64> = view.values().iter().copied().flatten().collect();
        let breaks = breaks(&values, classes.method, classes.count);
        let colors: Vec<String> = (0..=breaks.len())
            .map(|class| classes.color(class, breaks.len() + 1))
            .collect();
        let query = [("properties", ""), ("indicators", id)];
        let mut sources = Map::new();
        sources.insert(SOURCE.to_owned(), self.tiles(&encoded(level), &query));
        let has_value = json!(["==", ["typeof", ["get", id]], "number"]);
        let fill = json!({
            "id": "figures",
            "type": "fill",
            "source": SOURCE,
            "source-layer": level,
            "paint": {
                "fill-color": ["case", has_value, stepped(id, &breaks, &colors), NO_DATA],
                "fill-opacity": 0.9,
            },
        });
        let indicator = territory.indicator(id)?.indicator();
        let legend = json!({
            "title": title(territory, &indicator.title, id),
            "unit": view.unit(),
            "level": level,
            "method": classes.method.name(),
            "colors": classes.ramp.name(),
            "classes": rows(&values, &breaks, &colors),
            "missing": { "color": NO_DATA, "count": view.values().len() - values.len() },
        });
        Ok(Part {
            sources,
            below: vec![fill],
            legend: Some(legend),
            ..Part::default()
        })
    }
}

/// The colour of a value: the lower bound belongs to the class.
fn stepped(id: &str, breaks: &[f64], colors: &[String]) -> Value {
    if breaks.is_empty() {
        return json!(colors[0]);
    }
    let steps = breaks.iter().zip(&colors[1..]);
    let steps = steps.flat_map(|(bound, color)| [json!(bound), json!(color)]);
    let head = [json!("step"), json!(["get", id]), json!(colors[0])];
    Value::Array(head.into_iter().chain(steps).collect())
}

/// Each class with its bounds (the outermost are the least and the greatest value), colour and number of territories.
fn rows(values: &[f64], breaks: &[f64], colors: &[String]) -> Vec<Value> {
    let least = values.iter().copied().reduce(f64::min);
    let greatest = values.iter().copied().reduce(f64::max);
    let class = |value: f64| breaks.iter().filter(|bound| **bound <= value).count();
    let row = |(number, color): (usize, &String)| {
        let from = number
            .checked_sub(1)
            .map_or(least, |before| breaks.get(before).copied());
        let to = breaks.get(number).copied().or(greatest);
        let count = values
            .iter()
            .filter(|value| class(**value) == number)
            .count();
        json!({ "from": from, "to": to, "color": color, "count": count })
    };
    colors.iter().enumerate().map(row).collect()
}
