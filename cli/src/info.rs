//! `comarca info`: what is in a file, as JSON or as text for a terminal.

mod archive;

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use comarca_engine::{Column, ColumnType, Value};
use comarca_loaders::source::{self, Features, Location, ReadOptions, TableSummary};
use comarca_loaders::{Crs, LoadError, Problem, doubts};
use serde_json::json;

use crate::Arguments;
use crate::output::{self, Failed};

#[derive(Args)]
pub(crate) struct Info {
    /// Any file of a readable format, or an address: postgresql://…, https://…, s3://…, gs://…, az://…
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The table of a database, or of a file that has several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// A query to a database: one SELECT
    #[arg(long, value_name = "SQL", conflicts_with = "table")]
    query: Option<String>,
}

impl Info {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let failed = |error: LoadError| Failed(vec![error.into()]);
        let location = self
            .file
            .to_str()
            .map_or_else(|| Location::File(self.file.clone()), Location::parse);
        // A folder or a file within an archive is no archive of tiles.
        if let Location::File(file) = &location
            && file.is_file()
            && let Some(archive) = source::tile_archive(file).map_err(failed)?
        {
            return output::write(&archive::text(&archive, arguments.json)?, None);
        }
        if self.table.is_none()
            && self.query.is_none()
            && let Some(tables) = source::tables(&location).map_err(failed)?
        {
            return output::write(&listed(&tables, arguments.json)?, None);
        }
        let options = ReadOptions {
            table: self.table.clone(),
            query: self.query.clone(),
            ..ReadOptions::default()
        };
        let mut layers = source::read_location(&location, &options).map_err(failed)?;
        for layer in &mut layers {
            let found = doubts(layer).into_iter();
            let found: Vec<Problem> = found
                .map(|problem| problem.in_file(&location.shown()))
                .collect();
            layer.problems.extend(found);
        }
        let text = match arguments.json {
            false => layers.iter().map(table).collect::<Vec<_>>().join("\n"),
            true => pretty(layers.iter().map(describe).collect())?,
        };
        output::write(&text, None)
    }
}

/// The one object, or a list of several.
fn pretty(mut objects: Vec<serde_json::Value>) -> anyhow::Result<String> {
    let text = match objects.len() {
        1 => serde_json::to_string_pretty(&objects.remove(0))?,
        _ => serde_json::to_string_pretty(&objects)?,
    };
    Ok(text + "\n")
}

/// The tables of a database, as JSON or as a line each.
fn listed(tables: &[TableSummary], json: bool) -> anyhow::Result<String> {
    if json {
        let table = |table: &TableSummary| json!({ "name": table.name, "format": "PostgreSQL", "rows_estimated": table.rows, "geometry": table.geometry });
        let tables: Vec<_> = tables.iter().map(table).collect();
        return Ok(serde_json::to_string_pretty(&tables)? + "\n");
    }
    let width = tables
        .iter()
        .map(|table| table.name.chars().count())
        .max()
        .unwrap_or(0);
    let line = |table: &TableSummary| {
        let rows = table
            .rows
            .map_or_else(|| "?".to_owned(), |rows| format!("~{rows}"));
        let geometry = table.geometry.as_deref().unwrap_or("no geometry");
        format!("{:width$}  {rows:>10} rows  {geometry}\n", table.name)
    };
    Ok(tables.iter().map(line).collect())
}

/// A layer in the JSON form of the command.
pub(crate) fn describe(features: &Features) -> serde_json::Value {
    let geometry: serde_json::Map<_, _> = features
        .geometry_counts()
        .into_iter()
        .map(|(name, count)| (name.to_owned(), count.into()))
        .collect();
    json!({
        "name": features.name,
        "format": features.format.name(),
        "crs": crs_name(features),
        "rows": features.len(),
        "geometry": geometry,
        "bounds": features.bounds(),
        "columns": features.columns.iter().map(column).collect::<Vec<_>>(),
        "problems": features.problems.iter().map(problem).collect::<Vec<_>>(),
    })
}

/// A layer as text: a head, then a line per column, then a line per problem.
pub(crate) fn table(features: &Features) -> String {
    let mut text = format!(
        "{} · {} · {} rows\n",
        features.name,
        features.format.name(),
        features.len()
    );
    let crs = crs_name(features).unwrap_or_else(|| "not told".to_owned());
    let counts: Vec<_> = features
        .geometry_counts()
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    let _ = writeln!(text, "CRS       {crs}\ngeometry  {}", counts.join(", "));
    if let Some([west, south, east, north]) = features.bounds() {
        let _ = writeln!(text, "bounds    {west} {south} {east} {north}");
    }
    columns(&features.columns, &mut text);
    for problem in &features.problems {
        let _ = writeln!(text, "{}: {problem}", problem.severity.name());
    }
    text
}

fn columns(columns: &[Column], text: &mut String) {
    const WIDTH_MAX: usize = 40;
    let name_width = columns
        .iter()
        .map(|column| column.name().chars().count())
        .max()
        .unwrap_or(0)
        .clamp(6, WIDTH_MAX);
    let _ = writeln!(
        text,
        "\n{:name_width$}  {:8}  {:>9}  range",
        "column", "type", "nulls"
    );
    for column in columns {
        let range = range(column)
            .map(|(min, max)| format!("{} … {}", short(min), short(max)))
            .unwrap_or_default();
        let (kind, nulls) = (column.column_type().name(), column.null_count());
        let _ = writeln!(
            text,
            "{:name_width$}  {kind:8}  {nulls:>9}  {range}",
            column.name()
        );
    }
}

fn short(value: Value) -> String {
    const CHARS_MAX: usize = 30;
    let text = value.display().replace(['\n', '\r', '\t'], " ");
    if text.chars().count() <= CHARS_MAX {
        text
    } else {
        text.chars().take(CHARS_MAX - 1).chain(['…']).collect()
    }
}

fn crs_name(features: &Features) -> Option<String> {
    let text = features.crs.as_deref()?;
    Some(Crs::parse(text).map_or_else(|_| text.to_owned(), |crs| crs.name().to_owned()))
}

fn column(column: &Column) -> serde_json::Value {
    let (min, max) = range(column).unwrap_or((Value::Null, Value::Null));
    json!({
        "name": column.name(),
        "type": column.column_type().name(),
        "nulls": column.null_count(),
        "min": json_value(min),
        "max": json_value(max),
    })
}

fn problem(problem: &Problem) -> serde_json::Value {
    let mut json = serde_json::to_value(problem).unwrap_or_default();
    json["text"] = problem.to_string().into();
    json
}

fn json_value(value: Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Integer(value) => value.into(),
        Value::Real(value) => value.into(),
        Value::Text(value) => value.into(),
    }
}

/// The smallest and the largest value: numbers by size, text by its characters; nothing for true and false.
fn range(column: &Column) -> Option<(Value<'_>, Value<'_>)> {
    if column.column_type() == ColumnType::Bool {
        return None;
    }
    let values = || {
        (0..column.len())
            .map(|row| column.value(row))
            .filter(|value| *value != Value::Null)
    };
    Some((
        values().min_by(|a, b| order(*a, *b))?,
        values().max_by(|a, b| order(*a, *b))?,
    ))
}

fn order(a: Value, b: Value) -> std::cmp::Ordering {
    match (a, b) {
        (Value::Integer(a), Value::Integer(b)) => a.cmp(&b),
        (Value::Text(a), Value::Text(b)) => a.cmp(b),
        _ => a
            .number()
            .partial_cmp(&b.number())
            .unwrap_or(std::cmp::Ordering::Equal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_by_size_or_by_characters() {
        let numbers = Column::new("n", [Value::Real(10.0), Value::Null, Value::Real(-2.5)]);
        assert_eq!(
            range(&numbers),
            Some((Value::Real(-2.5), Value::Real(10.0)))
        );
        let texts = Column::new("t", [Value::Text("b"), Value::Text("10"), Value::Text("9")]);
        assert_eq!(range(&texts), Some((Value::Text("10"), Value::Text("b"))));
        assert_eq!(range(&Column::new("e", [Value::Null])), None);
    }
}
