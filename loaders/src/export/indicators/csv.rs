//! Values as comma-separated text (RFC 4180).

use std::borrow::Cow;

use super::IndicatorTable;

/// A header and a line per territory. A number is the shortest text that reads back as the same number.
pub(super) fn write(table: &IndicatorTable<'_>) -> String {
    let layer = table.level.layer();
    let header = ["key", "name"]
        .into_iter()
        .chain(table.columns.iter().map(|(one, _)| one.id.as_str()))
        .map(quoted);
    let mut out = line(header);
    for row in 0..layer.len() {
        let number = |value: Option<f64>| {
            value
                .filter(|value| value.is_finite())
                .map_or(String::new(), |value| value.to_string())
        };
        let values = table
            .columns
            .iter()
            .map(|(_, view)| Cow::Owned(number(view.values()[row])));
        out += &line(
            [quoted(layer.key(row)), quoted(layer.name(row))]
                .into_iter()
                .chain(values),
        );
    }
    out
}

fn line<'a>(cells: impl Iterator<Item = Cow<'a, str>>) -> String {
    cells.collect::<Vec<_>>().join(",") + "\n"
}

/// In quotes where it must be.
fn quoted(text: &str) -> Cow<'_, str> {
    match text.contains([',', '"', '\n', '\r']) {
        true => Cow::Owned(format!("\"{}\"", text.replace('"', "\"\""))),
        false => Cow::Borrowed(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_quoted_where_it_must_be() {
        assert_eq!(quoted("Peñalolén, \"alto\""), "\"Peñalolén, \"\"alto\"\"\"");
        assert_eq!(quoted("plain"), "plain");
    }
}
