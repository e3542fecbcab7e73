//! Edits, one after the other, → the rows of the new edition.

use std::collections::{HashMap, HashSet};

use geo_types::Geometry;

use super::{Edit, Refusal, fitting, geometry};
use crate::column::{Column, ColumnBuilder, ColumnType, Text, Value};
use crate::filter::nearest;
use crate::layer::Layer;

/// What a row differs in from the one it is taken from.
#[derive(Clone, Debug, Default)]
struct Draft<'e> {
    /// The row of the old edition whose columns it has where `values` has none; none for a feature out of nothing.
    template: Option<usize>,
    /// Its place, and which edit gave it; the old one where none did.
    geometry: Option<(&'e Geometry<f64>, usize)>,
    name: Option<&'e str>,
    /// Columns by position.
    values: HashMap<usize, Value<'e>>,
}

/// A row of the new edition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row<'r, 'e> {
    pub(super) key: &'r str,
    /// The row of the old edition that it still is.
    pub(super) origin: Option<usize>,
    draft: Option<&'r Draft<'e>>,
}

impl<'e> Row<'_, 'e> {
    /// Its place where it is a new one, and the number of the edit that gave it.
    pub(super) fn geometry(&self) -> Option<(&'e Geometry<f64>, usize)> {
        self.draft?.geometry
    }
}

/// The edits made so far.
#[derive(Debug)]
pub(super) struct Drafts<'l, 'e> {
    layer: &'l Layer,
    made: usize,
    /// The number in the key that was made last.
    numbered: u64,
    changed: HashMap<usize, Draft<'e>>,
    removed: HashSet<usize>,
    /// In the order in which they were added; none where one was removed again.
    added: Vec<Option<(String, Draft<'e>)>>,
    added_by_key: HashMap<String, usize>,
    names_given: bool,
}

/// A feature that an edit speaks of.
#[derive(Clone, Copy, Debug)]
enum Place {
    Old(usize),
    Added(usize),
}

impl<'l, 'e> Drafts<'l, 'e> {
    pub(super) fn new(layer: &'l Layer) -> Self {
        Self {
            layer,
            made: 0,
            numbered: 0,
            changed: HashMap::new(),
            removed: HashSet::new(),
            added: vec![],
            added_by_key: HashMap::new(),
            names_given: false,
        }
    }

    /// Makes the next edit.
    pub(super) fn make(&mut self, edit: &'e Edit<'e>) -> Result<(), Refusal> {
        match edit {
            Edit::Add {
                key,
                like,
                geometry,
                properties,
            } => self.add(*key, *like, geometry, properties)?,
            Edit::Move { key, geometry } => {
                let place = self.place("key", key)?;
                geometry::check(geometry)?;
                let number = self.made;
                self.draft(place).geometry = Some((geometry, number));
            }
            Edit::Set { key, properties } => {
                let place = self.place("key", key)?;
                self.set(place, properties)?;
            }
            Edit::Remove { key } => self.remove(key)?,
        }
        self.made += 1;
        Ok(())
    }

    fn add(
        &mut self,
        key: Option<&'e str>,
        like: Option<&'e str>,
        geometry: &'e Geometry<f64>,
        properties: &'e [(&'e str, Value<'e>)],
    ) -> Result<(), Refusal> {
        let key = self.new_key(key)?;
        geometry::check(geometry)?;
        let template = like.map(|like| self.place("like", like)).transpose()?;
        let pattern = template.map(|place| self.draft(place).clone());
        let draft = Draft {
            geometry: Some((geometry, self.made)),
            name: None,
            ..pattern.unwrap_or_default()
        };
        let number = self.added.len();
        self.added_by_key.insert(key.clone(), number);
        self.added.push(Some((key, draft)));
        self.set(Place::Added(number), properties)
    }

    fn new_key(&mut self, key: Option<&str>) -> Result<String, Refusal> {
        match key {
            Some("") => Err(Refusal::new("key", "", "a text that is not empty")),
            Some(key) if self.find(key).is_some() => {
                let allowed = format!("a key that no feature of {} has", self.layer.id());
                Err(Refusal::new("key", key, allowed))
            }
            Some(key) => Ok(key.to_owned()),
            None => Ok(self.next_key()),
        }
    }

    /// The next of `new-1`, `new-2` … that no feature has.
    fn next_key(&mut self) -> String {
        loop {
            self.numbered += 1;
            let key = format!("new-{}", self.numbered);
            if self.find(&key).is_none() {
                return key;
            }
        }
    }

    fn set(&mut self, place: Place, properties: &'e [(&'e str, Value<'e>)]) -> Result<(), Refusal> {
        for &(name, value) in properties {
            let columns = self.layer.columns();
            let position = columns.iter().position(|column| column.name() == name);
            if position.is_none() && name != "name" {
                return Err(self.unknown_column(name));
            }
            if name == "name" {
                let text = named(value)?;
                self.names_given = true;
                self.draft(place).name = Some(text);
            }
            if let Some(position) = position {
                let value = checked(&columns[position], value)?;
                self.draft(place).values.insert(position, value);
            }
        }
        Ok(())
    }

    fn remove(&mut self, key: &str) -> Result<(), Refusal> {
        match self.place("key", key)? {
            Place::Old(row) => {
                self.changed.remove(&row);
                self.removed.insert(row);
            }
            Place::Added(number) => {
                self.added[number] = None;
                self.added_by_key.remove(key);
            }
        }
        Ok(())
    }

    fn find(&self, key: &str) -> Option<Place> {
        let old = || {
            let row = self.layer.row_of(key)?;
            (!self.removed.contains(&row)).then_some(Place::Old(row))
        };
        let added = self.added_by_key.get(key).copied();
        added.map(Place::Added).or_else(old)
    }

    fn place(&self, field: &str, key: &str) -> Result<Place, Refusal> {
        self.find(key).ok_or_else(|| {
            let layer = self.layer;
            // Comparing costs microseconds each.
            let few = (layer.len() <= 2000).then(|| layer.keys().iter());
            let near = nearest(key, few.into_iter().flatten());
            let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
            let allowed = format!("the key of a feature of {}{near}", layer.id());
            Refusal::new(field, key, allowed)
        })
    }

    fn draft(&mut self, place: Place) -> &mut Draft<'e> {
        match place {
            Place::Old(row) => self.changed.entry(row).or_insert_with(|| Draft {
                template: Some(row),
                ..Draft::default()
            }),
            Place::Added(number) => {
                let slot = self.added[number].as_mut();
                &mut slot.expect("`find` gives no feature that is gone").1
            }
        }
    }

    fn unknown_column(&self, name: &str) -> Refusal {
        let known = || {
            self.layer
                .columns()
                .iter()
                .map(Column::name)
                .chain(["name"])
        };
        let near = nearest(name, known());
        let hint = match near {
            Some(near) => format!("; did you mean {near:?}?"),
            None => format!(": {}", known().take(20).collect::<Vec<_>>().join(", ")),
        };
        let allowed = format!("a column of {}{hint}", self.layer.id());
        Refusal::new(&format!("properties.{name}"), name, allowed)
    }

    /// All rows of the new edition in order.
    pub(super) fn rows(&self) -> Vec<Row<'_, 'e>> {
        let old = (0..self.layer.len()).filter(|row| !self.removed.contains(row));
        let old = old.map(|row| Row {
            key: self.layer.key(row),
            origin: Some(row),
            draft: self.changed.get(&row),
        });
        let added = self.added.iter().flatten().map(|(key, draft)| Row {
            key,
            origin: None,
            draft: Some(draft),
        });
        old.chain(added).collect()
    }

    /// The names of the rows; none where the layer has none and no edit gave one.
    pub(super) fn names(&self, rows: &[Row<'_, '_>]) -> Option<Text> {
        let named = self.layer.has_names();
        let of_row = |row: &Row<'_, '_>| {
            let given = row.draft.and_then(|draft| draft.name);
            let kept = || {
                row.origin
                    .map(|row| self.layer.names().value(row).to_owned())
            };
            given.map(str::to_owned).or_else(kept).unwrap_or_default()
        };
        (named || self.names_given).then(|| rows.iter().map(of_row).collect())
    }

    /// The columns, of the same types as before.
    pub(super) fn columns(&self, rows: &[Row<'_, '_>]) -> Vec<Column> {
        let one = |(position, column): (usize, &Column)| {
            let mut builder = ColumnBuilder::of_type(column.name(), Some(column.column_type()));
            for row in rows {
                let own = row
                    .draft
                    .and_then(|draft| draft.values.get(&position).copied());
                let template = row.draft.map_or(row.origin, |draft| draft.template);
                let kept = || template.map(|row| column.value(row));
                builder.push(own.or_else(kept).unwrap_or(Value::Null));
            }
            builder.build()
        };
        self.layer.columns().iter().enumerate().map(one).collect()
    }
}

fn named(value: Value<'_>) -> Result<&str, Refusal> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Null => Ok(""),
        other => Err(Refusal::new(
            "properties.name",
            &other.display(),
            "text or null",
        )),
    }
}

fn checked<'e>(column: &Column, value: Value<'e>) -> Result<Value<'e>, Refusal> {
    fitting(column.column_type(), value).ok_or_else(|| {
        let allowed = match column.column_type() {
            ColumnType::Bool => "true, false or null",
            ColumnType::Integer => "a whole number or null",
            ColumnType::Real => "a number or null",
            ColumnType::Text => "text or null",
        };
        let field = format!("properties.{}", column.name());
        Refusal::new(&field, &value.display(), allowed)
    })
}
