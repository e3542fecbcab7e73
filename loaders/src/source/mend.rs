//! Text that went through the wrong encoding on its way into a file: told, and put right where that is asked for.

use std::collections::BTreeMap;

use comarca_engine::{Column, ColumnType, Value};

use super::Features;
use super::text::undoubled;
use crate::problem::Problem;

/// Looks at every text and every column name. Cost O(text); a column without such text stays as it is.
pub(super) fn text(layer: &mut Features, repair: bool) {
    for column in &mut layer.columns {
        if let Some(name) = undoubled(column.name()) {
            let found = shown(column.name(), &name, repair);
            layer
                .problems
                .push(problem("the name of the column", repair).found(&found));
            if repair {
                *column = column.clone().renamed(&name);
            }
        }
        let mended = mended(column);
        let Some((first, after)) = mended.first_key_value() else {
            continue;
        };
        let found = shown(&column.value(*first).display(), after, repair);
        let rows: Vec<usize> = mended.keys().copied().collect();
        let told = problem("the text", repair).in_column(column.name());
        layer.problems.push(told.at_rows(&rows).found(&found));
        if repair {
            let value = |row: usize| match mended.get(&row) {
                Some(text) => Value::Text(text),
                None => column.value(row),
            };
            *column = Column::new(column.name(), (0..column.len()).map(value));
        }
    }
}

/// The rows of a column whose text was encoded twice, with what it should be.
fn mended(column: &Column) -> BTreeMap<usize, String> {
    if column.column_type() != ColumnType::Text {
        return BTreeMap::new();
    }
    let rows = 0..column.len();
    let one = |row| match column.value(row) {
        Value::Text(text) => Some((row, undoubled(text)?)),
        _ => None,
    };
    rows.filter_map(one).collect()
}

fn shown(before: &str, after: &str, repair: bool) -> String {
    match repair {
        true => format!("{before} → {after}"),
        false => before.to_owned(),
    }
}

fn problem(what: &str, repair: bool) -> Problem {
    match repair {
        true => Problem::notice(format!(
            "{what} was encoded twice on its way into this file and was put right"
        )),
        false => Problem::warning(format!(
            "{what} was encoded twice on its way into this file and is kept as it is"
        ))
        .advice("say repair_text = true, or write the file again from its source"),
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::Shapes;

    use super::*;
    use crate::source::Format;

    fn layer() -> Features {
        let texts = ["PEÃ‘ALOLEN", "ÑUÑOA", "MAIPÃš", "SÃO PAULO"];
        Features {
            format: Format::Csv,
            name: String::new(),
            crs: None,
            shapes: Shapes::default(),
            coordinates: vec![],
            multi: vec![],
            columns: vec![
                Column::new("AÃ±o", texts.map(Value::Text)),
                Column::new("n", [1, 2, 3, 4].map(Value::Integer)),
            ],
            problems: vec![],
        }
    }

    fn lines(layer: &Features) -> Vec<String> {
        let line = |problem: &Problem| format!("{}: {problem}", problem.severity.name());
        layer.problems.iter().map(line).collect()
    }

    #[test]
    fn text_that_was_encoded_twice_is_only_told_at_first() {
        let mut layer = layer();
        text(&mut layer, false);
        assert_eq!(layer.columns[0].value(0), Value::Text("PEÃ‘ALOLEN"));
        assert_eq!(
            lines(&layer)[1],
            "warning: rows 1, 3, column \"AÃ±o\": the text was encoded twice on its way into this file and is kept as it is \
             (found \"PEÃ‘ALOLEN\"); say repair_text = true, or write the file again from its source"
        );
    }

    #[test]
    fn it_is_put_right_where_that_is_asked_for() {
        let mut layer = layer();
        text(&mut layer, true);
        let column = layer.column("Año").expect("its name is put right too");
        let texts: Vec<_> = (0..4).map(|row| column.value(row).display()).collect();
        assert_eq!(texts, ["PEÑALOLEN", "ÑUÑOA", "MAIPÚ", "SÃO PAULO"]);
        assert!(
            lines(&layer)[1].contains("PEÃ‘ALOLEN → PEÑALOLEN"),
            "{:?}",
            lines(&layer)
        );
    }
}
