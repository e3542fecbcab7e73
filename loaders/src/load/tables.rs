//! Attributes without geometry: read, pivoted, joined to layers or naming territories.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use comarca_engine::{Column, Text, Value};
use rayon::prelude::*;

use super::layers::{csv_options, json_options, key_text, read_source, unknown_column};
use super::{Progress, at};
use crate::problem::{Problem, Problems};
use crate::project::{JoinConfig, PivotConfig, Project, TableConfig};
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
        (table, found.into_vec())
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
        ..ReadOptions::default()
    };
    let features = read_source(project, &config.source, &options, problems)?;
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
    let columns = match &config.pivot {
        None => features
            .columns
            .iter()
            .filter(|column| column.name() != key || config.join.is_none())
            .cloned()
            .collect(),
        Some(pivot) => {
            return pivoted(
                project,
                id,
                config,
                pivot,
                &features.columns,
                &keys,
                problems,
            );
        }
    };
    let mut rows = HashMap::with_capacity(keys.len());
    for (row, key) in keys.into_iter().enumerate() {
        if rows.contains_key(&key) {
            problems.add(
                Problem::warning("key stands twice; the first row counts")
                    .in_layer(id)
                    .at_row(row)
                    .found(&key),
            );
            continue;
        }
        rows.insert(key, row);
    }
    Some(Table {
        id: id.to_owned(),
        config: config.clone(),
        columns,
        rows,
    })
}

/// From long to wide: one row per key, one column per name, in the order of the names.
fn pivoted(
    project: &Project,
    id: &str,
    config: &TableConfig,
    pivot: &PivotConfig,
    columns: &[Column],
    keys: &[String],
    problems: &mut Problems,
) -> Option<Table> {
    let mut column = |what: &str, name: &str| {
        let found = columns.iter().find(|column| column.name() == name);
        if found.is_none() {
            problems.add(at(
                project,
                &project.error(
                    &format!("tables.{id}.pivot.{what}"),
                    unknown_column(name, columns),
                ),
            ));
        }
        found
    };
    let (names, values) = (
        column("names", &pivot.names),
        column("values", &pivot.values),
    );
    let (names, values) = (names?, values?);
    let mut rows: HashMap<String, usize> = HashMap::new();
    for key in keys {
        let next = rows.len();
        rows.entry(key.clone()).or_insert(next);
    }
    let mut cells: BTreeMap<String, HashMap<usize, usize>> = BTreeMap::new();
    for (row, key) in keys.iter().enumerate() {
        let name = key_text(names.value(row));
        if cells.len() == PIVOT_COLUMNS_MAX && !cells.contains_key(&name) {
            let message =
                format!("more than {PIVOT_COLUMNS_MAX} different names would become columns");
            problems.add(at(
                project,
                &project.error(&format!("tables.{id}.pivot.names"), message),
            ));
            return None;
        }
        if cells
            .entry(name.clone())
            .or_default()
            .insert(rows[key], row)
            .is_some()
        {
            problems.add(
                Problem::warning("the same key and name stand twice; the last row counts")
                    .in_layer(id)
                    .at_row(row)
                    .found(&format!("{key}, {name}")),
            );
        }
    }
    let wide = |(name, cells): (&String, &HashMap<usize, usize>)| {
        Column::new(
            name,
            (0..rows.len()).map(|row| cells.get(&row).map_or(Value::Null, |&at| values.value(at))),
        )
    };
    let columns = cells.iter().map(wide).collect();
    Some(Table {
        id: id.to_owned(),
        config: config.clone(),
        columns,
        rows,
    })
}

impl Table {
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
        self.report(layer, &own, &matched, problems);
        for column in &self.columns {
            let taken = columns.iter().any(|other| other.name() == column.name());
            let name = if taken {
                format!("{}.{}", self.id, column.name())
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

    fn report(
        &self,
        layer: &str,
        own: &[String],
        matched: &[Option<usize>],
        problems: &mut Problems,
    ) {
        let missing: Vec<&str> = own
            .iter()
            .zip(matched)
            .filter(|pair| pair.1.is_none())
            .map(|pair| pair.0.as_str())
            .collect();
        let used: BTreeSet<usize> = matched.iter().flatten().copied().collect();
        let unused = self.rows.len() - used.len();
        if !missing.is_empty() {
            let message = format!(
                "{} of {} features have no row in table \"{}\" (such as {})",
                missing.len(),
                own.len(),
                self.id,
                examples(&missing)
            );
            let problem = Problem::warning(message).in_layer(layer);
            problems.add(match self.lost_zero(&missing) {
                Some(advice) => problem.advice(advice),
                None => problem,
            });
        }
        if unused > 0 {
            let message = format!(
                "{unused} of {} rows fit no feature of layer \"{layer}\"",
                self.rows.len()
            );
            problems.add(Problem::notice(message).in_layer(&self.id));
        }
    }

    /// Says so when the keys would match but for leading zeros.
    fn lost_zero(&self, missing: &[&str]) -> Option<String> {
        let bare = |key: &str| key.trim_start_matches('0').to_owned();
        let own: HashMap<String, &String> = self.rows.keys().map(|key| (bare(key), key)).collect();
        let (here, there) = missing
            .iter()
            .find_map(|key| Some((*key, *own.get(&bare(key))?)))?;
        Some(format!(
            "{there} there, {here} here: a leading zero was lost; read the column as text: csv = {{ text = [\"…\"] }}"
        ))
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
