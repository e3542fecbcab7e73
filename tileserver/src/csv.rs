//! Values as comma-separated text (RFC 4180), with full precision.

use std::borrow::Cow;
use std::fmt::Write;

/// `key,name,<id>` and a line per territory; nothing between the commas where there is no value.
///
/// Numbers are the shortest text that reads back as the same number.
pub(crate) fn table<'a>(id: &str, rows: impl Iterator<Item = (&'a str, &'a str, Option<f64>)>) -> String {
    let mut out = format!("key,name,{}\n", quoted(id));
    for (key, name, value) in rows {
        let value = value.filter(|value| value.is_finite()).map_or(String::new(), |value| value.to_string());
        // Writing to a string cannot fail.
        let _ok = writeln!(out, "{},{},{value}", quoted(key), quoted(name));
    }
    out
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
    fn text_is_quoted_where_it_must_be_and_numbers_keep_every_digit() {
        let rows = [("01", "Peñalolén, \"alto\"", Some(0.1 + 0.2)), ("02", "b", None), ("03", "c", Some(f64::NAN))];
        let text = table("density", rows.into_iter());
        assert_eq!(text, "key,name,density\n01,\"Peñalolén, \"\"alto\"\"\",0.30000000000000004\n02,b,\n03,c,\n");
    }
}
