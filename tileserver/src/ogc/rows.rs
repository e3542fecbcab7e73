//! The rows of a collection as filters and answers see them: what is hidden is hidden from both.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use comarca_engine::{
    BoundFilter, Column, Filter, FilterError, LonLat, Property, Shapes, Text, Value,
};
use comarca_loaders::demands::{number_column, points, text_column};
use comarca_register::Demand;

use super::collection::Collection;
use crate::register::find::Choice;

/// Names of the two members that every feature has.
pub(crate) const OWN: [&str; 2] = ["key", "name"];

/// Keys, names and columns, row by row.
#[derive(Debug)]
pub(crate) struct Rows<'g> {
    keys: Cow<'g, Text>,
    names: Cow<'g, Text>,
    /// The names with keys where there are none, made for a filter.
    shown_names: OnceLock<Text>,
    columns: Vec<Cow<'g, Column>>,
    shapes: Cow<'g, Shapes>,
    lonlat: Cow<'g, [LonLat]>,
}

impl<'g> Rows<'g> {
    /// What the rows of a collection have, whichever they are: those of a register are left out.
    pub(crate) fn shape_of(collection: &Collection<'g>) -> Self {
        match collection.register {
            Some(_) => Self::of_demands(&[]),
            None => Self::of_layer(collection),
        }
    }

    /// Those of the layer behind a collection.
    pub(crate) fn of_layer(collection: &Collection<'g>) -> Self {
        let Collection {
            generation, layer, ..
        } = *collection;
        let shown = |at| Cow::Borrowed(generation.territory.shown_column(layer, at));
        Self {
            keys: Cow::Borrowed(layer.keys()),
            names: Cow::Borrowed(layer.names()),
            shown_names: OnceLock::new(),
            columns: (0..layer.columns().len())
                .map(shown)
                .filter(|column| !OWN.contains(&column.name()))
                .collect(),
            shapes: Cow::Borrowed(layer.shapes()),
            lonlat: Cow::Borrowed(layer.lonlat()),
        }
    }

    /// Those of demands of the register: the plain members that their features have.
    pub(crate) fn of_demands(demands: &[Arc<Demand>]) -> Self {
        let (shapes, lonlat) = points(demands);
        Self {
            keys: Cow::Owned(demands.iter().map(|demand| demand.id.as_str()).collect()),
            names: Cow::Owned(demands.iter().map(|demand| demand.title.as_str()).collect()),
            shown_names: OnceLock::new(),
            columns: demand_columns(demands)
                .into_iter()
                .map(Cow::Owned)
                .collect(),
            shapes: Cow::Owned(shapes),
            lonlat: Cow::Owned(lonlat),
        }
    }

    /// The attributes besides key and name.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().map(AsRef::as_ref)
    }

    /// An attribute by name.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns().find(|column| column.name() == name)
    }

    /// Names of all that a row has, key and name first.
    pub(crate) fn property_names(&self) -> impl Iterator<Item = &str> {
        OWN.into_iter().chain(self.columns().map(Column::name))
    }

    /// A value by the name of the property; null where there is none of it.
    pub(crate) fn value(&self, name: &str, row: usize) -> Value<'_> {
        match name {
            "key" => Value::Text(self.keys.value(row)),
            "name" => Value::Text(self.name(row)),
            _ => self
                .column(name)
                .map_or(Value::Null, |column| column.value(row)),
        }
    }

    /// What people call a feature; its key where it has no name.
    fn name(&self, row: usize) -> &str {
        match self.names.value(row) {
            "" => self.keys.value(row),
            name => name,
        }
    }

    /// What people call the features, all of them.
    fn shown_names(&self) -> &Text {
        match self.names.iter().any(str::is_empty) {
            true => self.shown_names.get_or_init(|| {
                let rows = 0..self.names.len();
                rows.map(|row| self.name(row)).collect()
            }),
            false => &self.names,
        }
    }

    /// Ties a filter to the rows, whose values it sees as answers show them.
    ///
    /// # Errors
    /// Where it names what is not there, or compares types that cannot be compared.
    pub(crate) fn bind<'a>(&'a self, filter: &Filter) -> Result<BoundFilter<'a>, FilterError> {
        let names = match filter.properties().contains(&"name") {
            true => self.shown_names(),
            false => &self.names,
        };
        let own = [
            Property::text("key", &self.keys),
            Property::text("name", names),
        ];
        let geometries = Property::geometries(&self.shapes, &self.lonlat);
        let columns = self.columns().map(Property::from);
        filter.bind(own.into_iter().chain(columns).chain(geometries))
    }
}

/// The demands that a choice takes, in the order of their ids; none where the collection is no register.
pub(crate) fn chosen(collection: &Collection<'_>, choice: &Choice) -> Option<Vec<Arc<Demand>>> {
    let territory = &collection.generation.territory;
    let register = collection.register?;
    Some(choice.of(territory, register))
}

fn demand_columns(demands: &[Arc<Demand>]) -> Vec<Column> {
    let text = |name, of: fn(&Demand) -> Option<&str>| text_column(name, demands, of);
    let number = |name, of: fn(&Demand) -> Option<i64>| number_column(name, demands, of);
    vec![
        text("theme", |demand| Some(&demand.theme)),
        text("title", |demand| Some(&demand.title)),
        text("description", |demand| Some(&demand.description)),
        text("district", |demand| demand.district.as_deref()),
        number("votes", |demand| i64::try_from(demand.votes).ok()),
        text("assembly", |demand| demand.assembly.as_deref()),
        text("stage", |demand| Some(demand.stage.name())),
        text("status", |demand| Some(demand.status.name())),
        text("same_as", |demand| demand.same_as.as_deref()),
        text("project", |demand| demand.project.as_deref()),
        number("cost", |demand| demand.cost),
        number("beneficiaries", |demand| demand.beneficiaries),
        text("funding", |demand| demand.funding.as_deref()),
        text("decision", |demand| demand.decision.as_deref()),
        text("created", |demand| Some(&demand.created)),
        text("updated", |demand| Some(&demand.updated)),
        number("version", |demand| i64::try_from(demand.version).ok()),
    ]
}
