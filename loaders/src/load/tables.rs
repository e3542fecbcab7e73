//! Attributes without geometry: read, pivoted, joined to layers or naming territories.

use std::collections::{BTreeMap, HashMap, HashSet};

use comarca_engine::{Column, Text, Value};
use rayon::prelude::*;

use super::join::{Side, Sides};
use super::layers::{csv_options, json_options, key_text, read_source, unknown_column};
use super::origin::Origin;
use super::{Progress, at, derive};
use crate::problem::{Problem, Problems};
use crate::project::{JoinConfig, OnDuplicate, PivotConfig, Project, TableConfig};
use crate::source::ReadOptions;

/// Most columns that a pivot may make.
const PIVOT_COLUMNS_MAX: usize = 1000;

/// A table that was read: its columns, and the row of each key.
pub(super) struct Table {
    id: String,
    config: TableConfig,
    columns: Vec<Column>,
    rows: HashMap<String, usize>,
}

/// All tables of the project. One that fails leaves errors and is absent.
pub(super) fn read(
    project: &Project,
    progress: &dyn Progress,
    problems: &mut Vec<Problem>,
) -> HashMap<String, Table> {
    let configs: Vec<_> = project.config.tables.iter().collect();
    let one = |(id, config): &(&String, &TableConfig)| {
        let mut found = Problems::default();
        let table = read_one(project, id, config, &mut found);
        progress.loaded(id, table.as_ref().map_or(0, |table| table.rows.len()));
        let found = found.into_vec().into_iter();
        let found: Vec<_> = found
            .map(|problem| problem.of_source(&config.source))
            .collect();
        (table, found)
    };
    let read: Vec<_> = configs.par_iter().map(one).collect();
    let mut tables = HashMap::new();
    for (table, found) in read {
        tables.extend(table.map(|table| (table.id.clone(), table)));
        problems.extend(found);
    }
    tables
}

fn read_one(
    project: &Project,
    id: &str,
    config: &TableConfig,
    problems: &mut Problems,
) -> Option<Table> {
    let options = ReadOptions {
        csv: csv_options(config.csv.as_ref()),
        json: json_options(config.json.as_ref()),
        table: config.table.clone(),
        repair_text: config.repair_text,
        query: config.query.clone(),
        ..ReadOptions::default()
    };
    let (features, origin) = read_source(project, &config.source, &options, None, problems)?;
    let path = format!("tables.{id}");
    let features = derive::columns(project, &path, &config.derive, features, &origin, problems)?;
    let mut wrong =
        |path: String, message: String| problems.add(at(project, &project.error(&path, message)));
    let (key, path) = match (&config.join, &config.key) {
        (Some(join), _) => (&join.column, format!("tables.{id}.join.column")),
        (None, Some(key)) => (key, format!("tables.{id}.key")),
        (None, None) => {
            wrong(
                format!("tables.{id}"),
                "says neither which layer it joins (join) nor which column is its key (key)"
                    .to_owned(),
            );
            return None;
        }
    };
    let Some(keys) = features.column(key) else {
        wrong(path, unknown_column(key, &features.columns));
        return None;
    };
    let keys: Vec<String> = (0..keys.len())
        .map(|row| key_text(keys.value(row)))
        .collect();
    let keyless: Vec<usize> = (0..keys.len())
        .filter(|row| keys[*row].is_empty())
        .collect();
    let problem = Problem::warning("has no key and is left out")
        .in_layer(id)
        .in_column(key);
    problems.extend(origin.problems(&problem, &keyless));
    let (columns, rows) = match &config.pivot {
        None => {
            let own = |column: &&Column| column.name() != key || config.join.is_none();
            let columns = features.columns.iter().filter(own).cloned().collect();
            (
                columns,
                keyed(id, config.on_duplicate, &keys, &origin, problems),
            )
        }
        Some(pivot) => Pivot::new(project, id, pivot, &features.columns, problems)?.wide(
            config.on_duplicate,
            &keys,
            &origin,
            problems,
        )?,
    };
    Some(Table {
        id: id.to_owned(),
        config: config.clone(),
        columns,
        rows,
    })
}

/// The row of each key; of equal keys the one that the project wants.
fn keyed(
    id: &str,
    on_duplicate: OnDuplicate,
    keys: &[String],
    origin: &Origin,
    problems: &mut Problems,
) -> HashMap<String, usize> {
    let mut rows = HashMap::with_capacity(keys.len());
    let mut repeated = vec![];
    for (row, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
        if !rows.contains_key(key) || on_duplicate == OnDuplicate::Last {
            repeated.extend(rows.insert(key.clone(), row).map(|_| row));
        } else {
            repeated.push(row);
        }
    }
    if let Some(first) = repeated.first() {
        let problem = duplicate(id, on_duplicate, "key stands twice").found(&keys[*first]);
        problems.extend(origin.problems(&problem, &repeated));
    }
    rows
}

/// What to tell of rows that stand twice.
fn duplicate(id: &str, on_duplicate: OnDuplicate, what: &str) -> Problem {
    let problem = match on_duplicate {
        OnDuplicate::Error => Problem::error(what).advice(
            "which row counts? mend the table, or say on_duplicate = \"first\" or \"last\"",
        ),
        OnDuplicate::First => Problem::notice(format!("{what}; the first counts")),
        OnDuplicate::Last => Problem::notice(format!("{what}; the last counts")),
    };
    problem.in_layer(id)
}

/// From long to wide: one row per key, one column per name, in the order of the names.
struct Pivot<'a> {
    project: &'a Project,
    id: &'a str,
    names: &'a Column,
    values: &'a Column,
}

/// The columns of a table, and the row of each key.
type Wide = (Vec<Column>, HashMap<String, usize>);

impl<'a> Pivot<'a> {
    fn new(
        project: &'a Project,
        id: &'a str,
        config: &PivotConfig,
        columns: &'a [Column],
        problems: &mut Problems,
    ) -> Option<Self> {
        let mut column = |what: &str, name: &str| {
            let found = columns.iter().find(|column| column.name() == name);
            if found.is_none() {
                let path = format!("tables.{id}.pivot.{what}");
                let message = unknown_column(name, columns);
                problems.add(at(project, &project.error(&path, message)));
            }
            found
        };
        let (names, values) = (
            column("names", &config.names),
            column("values", &config.values),
        );
        Some(Self {
            project,
            id,
            names: names?,
            values: values?,
        })
    }

    /// `None` when there would be too many columns.
    fn wide(
        &self,
        on_duplicate: OnDuplicate,
        keys: &[String],
        origin: &Origin,
        problems: &mut Problems,
    ) -> Option<Wide> {
        let mut rows: HashMap<String, usize> = HashMap::new();
        let mut cells: BTreeMap<String, HashMap<usize, usize>> = BTreeMap::new();
        let (mut nameless, mut repeated) = (vec![], vec![]);
        for (row, key) in keys.iter().enumerate().filter(|(_, key)| !key.is_empty()) {
            let next = rows.len();
            let wide_row = *rows.entry(key.clone()).or_insert(next);
            let name = key_text(self.names.value(row));
            if name.is_empty() {
                nameless.push(row);
                continue;
            }
            if cells.len() == PIVOT_COLUMNS_MAX && !cells.contains_key(&name) {
                let path = format!("tables.{}.pivot.names", self.id);
                let message =
                    format!("more than {PIVOT_COLUMNS_MAX} different names would become columns");
                problems.add(at(self.project, &self.project.error(&path, message)));
                return None;
            }
            let column = cells.entry(name).or_default();
            let is_taken = column.contains_key(&wide_row);
            if is_taken {
                repeated.push(row);
            }
            if !is_taken || on_duplicate == OnDuplicate::Last {
                column.insert(wide_row, row);
            }
        }
        if let Some(first) = repeated.first() {
            let found = format!("{}, {}", keys[*first], key_text(self.names.value(*first)));
            let what = "the same key and name stand twice";
            let problem = duplicate(self.id, on_duplicate, what).found(&found);
            problems.extend(origin.problems(&problem, &repeated));
        }
        let problem = Problem::warning("has no name to become a column and is left out")
            .in_layer(self.id)
            .in_column(self.names.name());
        problems.extend(origin.problems(&problem, &nameless));
        let wide = |(name, cells): (&String, &HashMap<usize, usize>)| {
            let value = |row| {
                cells
                    .get(&row)
                    .map_or(Value::Null, |at| self.values.value(*at))
            };
            Column::new(name, (0..rows.len()).map(value))
        };
        Some((cells.iter().map(wide).collect(), rows))
    }
}

impl Table {
    /// Number of rows with a key.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the project joins this table to a layer.
    pub(super) fn joins(&self, layer: &str) -> bool {
        self.config
            .join
            .as_ref()
            .is_some_and(|join| join.layer == layer)
    }

    /// The value of a column in the row of `key`; `None` where there is no such row, column or value.
    pub(super) fn text(&self, key: &str, column: &str) -> Option<String> {
        let column = self.columns.iter().find(|own| own.name() == column)?;
        Some(key_text(column.value(*self.rows.get(key)?))).filter(|text| !text.is_empty())
    }

    /// The name of the territory with this key, where the project says which column has names.
    pub(super) fn name(&self, key: &str) -> Option<String> {
        self.text(key, self.config.name.as_deref()?)
    }

    /// What is wrong with a column name that the project gives, if it is.
    pub(super) fn unknown(&self, column: &str) -> Option<String> {
        let known = self.columns.iter().any(|own| own.name() == column);
        (!known).then(|| unknown_column(column, &self.columns))
    }

    /// The layer's columns and this table's, matched by key. Unmatched keys of both sides are reported.
    pub(super) fn join(
        &self,
        project: &Project,
        layer: &str,
        mut columns: Vec<Column>,
        keys: &Text,
        problems: &mut Problems,
    ) -> Vec<Column> {
        let Some(join) = &self.config.join else {
            return columns;
        };
        let Some(own) = own_keys(project, &self.id, join, &columns, keys, problems) else {
            return columns;
        };
        let matched: Vec<Option<usize>> =
            own.iter().map(|key| self.rows.get(key).copied()).collect();
        let sides = self.sides(project, layer, &own, &matched);
        problems.extend(sides.problems());
        for column in &self.columns {
            let taken = columns.iter().any(|other| other.name() == column.name());
            let name = if taken {
                let name = format!("{}.{}", self.id, column.name());
                let message =
                    format!("is called {name:?}, as the layer {layer:?} has a column of that name");
                problems.add(
                    Problem::notice(message)
                        .in_layer(&self.id)
                        .in_column(column.name()),
                );
                name
            } else {
                column.name().to_owned()
            };
            columns.push(Column::new(
                &name,
                matched
                    .iter()
                    .map(|row| row.map_or(Value::Null, |row| column.value(row))),
            ));
        }
        columns
    }

    /// What did not meet, on both sides.
    fn sides<'k>(
        &'k self,
        project: &'k Project,
        layer: &'k str,
        own: &'k [String],
        matched: &[Option<usize>],
    ) -> Sides<'k> {
        let alone = own.iter().zip(matched).filter(|pair| pair.1.is_none());
        let used: HashSet<usize> = matched.iter().flatten().copied().collect();
        let unused = self.rows.iter().filter(|(_, row)| !used.contains(row));
        let mut unused: Vec<(usize, &str)> =
            unused.map(|(key, row)| (*row, key.as_str())).collect();
        unused.sort_unstable();
        let join = self.config.join.as_ref();
        let config = project.config.layers.get(layer);
        let on = join.and_then(|join| join.on.as_deref());
        Sides {
            layer: Side {
                id: layer,
                column: on.or_else(|| config?.key.as_deref()),
                source: config.map_or("", |config| config.source.as_str()),
                alone: alone.map(|(key, _)| key.as_str()).collect(),
                count: own.len(),
            },
            table: Side {
                id: &self.id,
                column: join.map(|join| join.column.as_str()),
                source: &self.config.source,
                alone: unused.into_iter().map(|(_, key)| key).collect(),
                count: self.rows.len(),
            },
        }
    }
}

/// What the features are matched by: a column of the layer, or its keys.
fn own_keys(
    project: &Project,
    id: &str,
    join: &JoinConfig,
    columns: &[Column],
    keys: &Text,
    problems: &mut Problems,
) -> Option<Vec<String>> {
    let Some(on) = &join.on else {
        return Some(keys.iter().map(str::to_owned).collect());
    };
    if let Some(column) = columns.iter().find(|column| column.name() == on) {
        Some(
            (0..column.len())
                .map(|row| key_text(column.value(row)))
                .collect(),
        )
    } else {
        problems.add(at(
            project,
            &project.error(&format!("tables.{id}.join.on"), unknown_column(on, columns)),
        ));
        None
    }
}

/// The first few of a list.
pub(super) fn examples(list: &[&str]) -> String {
    list.iter().take(3).copied().collect::<Vec<_>>().join(", ")
}
