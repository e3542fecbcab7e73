//! Why keys of a layer and a table do not meet, and what to write so that they do.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::path::Path;

use comarca_engine::folded;

use super::tables::examples;
use crate::problem::Problem;

/// Both sides of a join, for messages.
pub(super) struct Sides<'a> {
    pub(super) layer: Side<'a>,
    pub(super) table: Side<'a>,
}

/// One side of a join.
pub(super) struct Side<'a> {
    pub(super) id: &'a str,
    /// As the project names it.
    pub(super) source: &'a str,
    /// Column with the keys; `None` where the features have no key but their number.
    pub(super) column: Option<&'a str>,
    /// Keys without a partner on the other side.
    pub(super) alone: Vec<&'a str>,
    /// How many keys there are.
    pub(super) count: usize,
}

/// A way in which keys that mean the same are written differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Difference {
    Blanks,
    Decimals,
    Zeros,
    Case,
    Accents,
}

impl Difference {
    const ALL: [Self; 5] = [
        Self::Blanks,
        Self::Decimals,
        Self::Zeros,
        Self::Case,
        Self::Accents,
    ];

    /// The key without what makes the difference; `None` where nothing is left.
    fn without(self, key: &str) -> Option<String> {
        let key = match self {
            Self::Blanks => key.split_whitespace().collect::<Vec<_>>().join(" "),
            Self::Decimals => without_decimals(key.trim()).to_owned(),
            Self::Zeros => without_decimals(key.trim())
                .trim_start_matches('0')
                .to_owned(),
            Self::Case => key.trim().to_lowercase(),
            Self::Accents => folded(key.trim()),
        };
        (!key.is_empty()).then_some(key)
    }
}

/// `4.0` without its decimals, which are zeros.
fn without_decimals(key: &str) -> &str {
    match key.split_once('.') {
        Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0') => {
            whole
        }
        _ => key,
    }
}

impl Sides<'_> {
    /// What to tell of keys without a partner. Nothing where all have one. Where no key at all has one, every figure
    /// from the table would be missing: an error.
    pub(super) fn problems(&self) -> Vec<Problem> {
        let (layer, table) = (&self.layer, &self.table);
        let none_meet = layer.alone.len() == layer.count && table.count > 0 && layer.count > 0;
        let mut problems = vec![];
        if !layer.alone.is_empty() {
            let message = format!(
                "{} of {} features have no row in table \"{}\" (such as {}; the table has {})",
                layer.alone.len(),
                layer.count,
                table.id,
                examples(&layer.alone),
                self.table_examples(),
            );
            let problem = if none_meet {
                Problem::error(message)
            } else {
                Problem::warning(message)
            };
            let problem = problem.in_layer(layer.id);
            let advice = self.advice().or_else(|| {
                none_meet.then(|| {
                    "check which columns hold the same keys: join = { column = …, on = … }"
                        .to_owned()
                })
            });
            problems.push(match advice {
                Some(advice) => problem.advice(advice),
                None => problem,
            });
        }
        if !table.alone.is_empty() {
            let message = format!(
                "{} of {} rows fit no feature of layer \"{}\" (such as {})",
                table.alone.len(),
                table.count,
                layer.id,
                examples(&table.alone)
            );
            let problem = Problem::notice(message).in_layer(table.id);
            problems.push(problem.in_file(Path::new(table.source)));
        }
        problems
    }

    fn table_examples(&self) -> String {
        match self.table.alone.as_slice() {
            [] => "no other".to_owned(),
            alone => examples(alone),
        }
    }

    /// The difference that explains most keys, with an example and what to write.
    fn advice(&self) -> Option<String> {
        let attempts = Difference::ALL.map(|difference| (difference, self.explained(difference)));
        let mut best: Option<(Difference, Explained<'_>)> = None;
        for (difference, explained) in attempts {
            let more = best
                .as_ref()
                .is_none_or(|(_, known)| explained.count > known.count);
            if explained.count > 0 && more {
                best = Some((difference, explained));
            }
        }
        let by_prefix = self.prefix();
        match best {
            Some((difference, explained))
                if by_prefix
                    .as_ref()
                    .is_none_or(|(count, _)| explained.count >= *count) =>
            {
                Some(self.mended(difference, &explained))
            }
            _ => by_prefix.map(|(_, advice)| advice),
        }
    }

    fn explained(&self, difference: Difference) -> Explained<'_> {
        let theirs = self
            .table
            .alone
            .iter()
            .filter_map(|key| Some((difference.without(key)?, *key)));
        let theirs: HashMap<String, &str> = theirs.collect();
        let mut explained = Explained {
            count: 0,
            here: "",
            there: "",
        };
        for here in &self.layer.alone {
            let Some(there) = difference.without(here).and_then(|key| theirs.get(&key)) else {
                continue;
            };
            if explained.count == 0 {
                (explained.here, explained.there) = (here, there);
            }
            explained.count += 1;
        }
        explained
    }

    fn mended(&self, difference: Difference, explained: &Explained<'_>) -> String {
        let Explained { count, here, there } = explained;
        let pair = format!("{here:?} in the layer, {there:?} in the table");
        let of_all = format!("{count} of them would match");
        let (table, layer) = (&self.table, &self.layer);
        match difference {
            Difference::Zeros => {
                let side = if here.len() < there.len() {
                    (layer, "layers")
                } else {
                    (table, "tables")
                };
                let length = here.chars().count().max(there.chars().count());
                format!(
                    "{pair}: leading zero lost ({of_all}); {}",
                    side.0.with_zeros(side.1, length)
                )
            }
            Difference::Decimals => {
                let side = if here.contains('.') {
                    (layer, "layers")
                } else {
                    (table, "tables")
                };
                format!(
                    "{pair}: a number was written with decimals ({of_all}); write {}",
                    side.0.derived(side.1, "TEXT(NUMBER({}))")
                )
            }
            Difference::Blanks => {
                let side = if here.len() > there.len() {
                    (layer, "layers")
                } else {
                    (table, "tables")
                };
                format!(
                    "{pair}: blanks around the key ({of_all}); write {}",
                    side.0.derived(side.1, "TRIM({})")
                )
            }
            Difference::Case => format!(
                "{pair}: upper and lower case ({of_all}); write {} and {}",
                layer.derived("layers", "UPPER({})"),
                table.derived("tables", "UPPER({})")
            ),
            Difference::Accents => format!(
                "{pair}: accents ({of_all}); write {} and {}",
                layer.derived("layers", "ACCENTI(UPPER({}))"),
                table.derived("tables", "ACCENTI(UPPER({}))")
            ),
        }
    }

    /// Keys of different levels: those of one side begin with those of the other. How many, and what to do.
    fn prefix(&self) -> Option<(usize, String)> {
        let (layer, table) = (&self.layer, &self.table);
        let (own, other) = (one_length(&layer.alone)?, one_length(&table.alone)?);
        let start = |key: &str, length: usize| key.chars().take(length).collect::<String>();
        let shorter = own.min(other);
        let theirs: HashSet<String> = table.alone.iter().map(|key| start(key, shorter)).collect();
        let count = layer
            .alone
            .iter()
            .filter(|key| theirs.contains(&start(key, shorter)))
            .count();
        let advice = if own > other {
            let column = layer.column?;
            let name = table.column.unwrap_or("parent");
            format!(
                "the table has keys of {other} characters, the layer of {own}, {count} of which begin with one of the table: \
                 join on the beginning, [layers.{}.derive] {} = \"SUBSTR(TEXT({}), 1, {other})\" and join = {{ …, on = {name:?} }}",
                layer.id,
                quoted_key(name),
                quoted_name(column)
            )
        } else {
            format!(
                "the table has keys of {other} characters, the layer of {own}: several rows belong to one feature; \
                 join the table to a layer with keys of {other} characters"
            )
        };
        (count > 0 && own != other).then_some((count, advice))
    }
}

struct Explained<'a> {
    count: usize,
    here: &'a str,
    there: &'a str,
}

impl Side<'_> {
    fn with_zeros(&self, section: &str, length: usize) -> String {
        let again = self.derived(section, &format!("LPAD(TEXT({{}}), {length}, '0')"));
        match self.column.filter(|_| is_delimited(self.source)) {
            Some(column) => format!(
                "read as text: csv = {{ text = [{column:?}] }}, or, where the file itself has lost it, {again}"
            ),
            None => format!("put it back: {again}"),
        }
    }

    /// `[tables.age.derive] cut = "LPAD(…)"`, with the column in the place of `{}`.
    fn derived(&self, section: &str, formula: &str) -> String {
        let column = self.column.unwrap_or("key");
        let formula = formula.replace("{}", &quoted_name(column));
        format!(
            "[{section}.{}.derive] {} = {}",
            self.id,
            quoted_key(column),
            toml_text(&formula)
        )
    }
}

/// Whether a source is text with delimiters, which has columns that may be read as text; by its name.
fn is_delimited(source: &str) -> bool {
    let extension = source.rsplit('.').next().unwrap_or("").to_ascii_lowercase();
    ["csv", "tsv", "tab", "txt"].contains(&extension.as_str())
}

fn is_plain(name: &str) -> bool {
    let mut letters = name.chars();
    letters
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// A column in an expression.
fn quoted_name(column: &str) -> String {
    if is_plain(column) {
        column.to_owned()
    } else {
        format!("\"{}\"", column.replace('"', "\"\""))
    }
}

/// A key in TOML.
fn quoted_key(name: &str) -> String {
    if is_plain(name) {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

/// A text in TOML.
fn toml_text(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The number of characters that all keys have.
fn one_length(keys: &[&str]) -> Option<usize> {
    let lengths: BTreeSet<usize> = keys.iter().map(|key| key.chars().count()).collect();
    (lengths.len() == 1)
        .then(|| lengths.first().copied())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(layer: &[&str], table: &[&str], counts: (usize, usize)) -> Vec<String> {
        let sides = Sides {
            layer: Side {
                id: "communes",
                column: Some("CUT"),
                source: "c.geojson",
                alone: layer.to_vec(),
                count: counts.0,
            },
            table: Side {
                id: "age",
                column: Some("cut"),
                source: "age.csv",
                alone: table.to_vec(),
                count: counts.1,
            },
        };
        let line = |problem: &Problem| format!("{}: {problem}", problem.severity.name());
        sides.problems().iter().map(line).collect()
    }

    fn advice(layer: &[&str], table: &[&str]) -> String {
        problems(layer, table, (10, 10))[0].clone()
    }

    #[test]
    fn a_lost_zero_names_the_side_the_column_and_the_cure() {
        let text = advice(&["05101", "05102", "13101"], &["5101", "5102"]);
        assert!(text.starts_with("warning: layer \"communes\": 3 of 10 features have no row in table \"age\" (such as 05101, 05102, 13101; the table has 5101, 5102)"), "{text}");
        assert!(text.contains("\"05101\" in the layer, \"5101\" in the table: leading zero lost (2 of them would match); read as text: csv = { text = [\"cut\"] }"), "{text}");
        assert!(
            text.contains("[tables.age.derive] cut = \"LPAD(TEXT(cut), 5, '0')\""),
            "{text}"
        );
        let text = advice(&["5101"], &["05101"]);
        assert!(
            text.ends_with(
                "put it back: [layers.communes.derive] CUT = \"LPAD(TEXT(CUT), 5, '0')\""
            ),
            "{text}"
        );
    }

    #[test]
    fn other_differences_are_told_apart() {
        for (layer, table, cure) in [
            (
                "4",
                "4.0",
                "[tables.age.derive] cut = \"TEXT(NUMBER(cut))\"",
            ),
            (
                "13101 ",
                "13101",
                "[layers.communes.derive] CUT = \"TRIM(CUT)\"",
            ),
            (
                "Peñalolén",
                "PEÑALOLÉN",
                "[layers.communes.derive] CUT = \"UPPER(CUT)\" and [tables.age.derive] cut = \"UPPER(cut)\"",
            ),
            ("PEÑALOLEN", "Peñalolén", "\"ACCENTI(UPPER(cut))\""),
        ] {
            let text = advice(&[layer], &[table]);
            assert!(text.ends_with(cure), "{text}");
        }
    }

    #[test]
    fn keys_of_another_level_are_recognised_by_their_length() {
        let text = advice(&["13101011001", "13102011001"], &["13101", "13103"]);
        assert!(text.contains("the table has keys of 5 characters, the layer of 11, 1 of which begin with one of the table"), "{text}");
        assert!(text.contains("[layers.communes.derive] cut = \"SUBSTR(TEXT(CUT), 1, 5)\" and join = { …, on = \"cut\" }"), "{text}");
        let text = advice(&["13101"], &["13101011001", "13101011002"]);
        assert!(
            text.contains("several rows belong to one feature"),
            "{text}"
        );
    }

    #[test]
    fn a_join_without_any_match_is_an_error_and_unmatched_rows_a_notice() {
        let lines = problems(&["a", "b"], &["x"], (2, 1));
        assert!(
            lines[0].starts_with("error: ") && lines[0].contains("check which columns"),
            "{lines:?}"
        );
        assert_eq!(
            lines[1],
            "notice: age.csv: layer \"age\": 1 of 1 rows fit no feature of layer \"communes\" (such as x)"
        );
        assert!(problems(&[], &[], (2, 2)).is_empty());
    }

    #[test]
    fn names_that_are_not_plain_are_quoted_for_both_languages() {
        let side = Side {
            id: "t",
            column: Some("Código \"X\""),
            source: "c.geojson",
            alone: vec![],
            count: 0,
        };
        assert_eq!(
            side.derived("tables", "TRIM({})"),
            r#"[tables.t.derive] "Código \"X\"" = "TRIM(\"Código \"\"X\"\"\")""#
        );
    }
}
