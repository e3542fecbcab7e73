//! Checks single values against a schema: texts, references, numbers, counts.

use comarca_engine::{Filter, Formula, nearest};
use serde_json::Value as Json;

use super::document::{Item, Value};
use super::error::ProjectError;
use super::structure::{Errors, Walker, shortened};
use super::{BUILT_IN_INDICATORS, DEMANDS_LAYER};

impl Walker<'_> {
    /// Checks the length of a text, and what it must be.
    pub(super) fn check_text(
        &self,
        item: &Item,
        text: &str,
        schema: &Json,
        path: &str,
        errors: &mut Errors,
    ) {
        self.check_count(
            item,
            text.chars().count(),
            "character",
            schema,
            path,
            errors,
        );
        errors.extend(match schema["format"].as_str() {
            Some("cql2-text") => Filter::parse(text)
                .err()
                .map(|error| self.document.filter_error(path, &error)),
            Some("cql2-expression") => Formula::parse(text)
                .err()
                .map(|error| self.document.filter_error(path, &error)),
            Some("csv-delimiter")
                if text.chars().count() == 1 && !text.chars().all(is_delimiter) =>
            {
                let message = format!(
                    "{path}: {text:?} cannot be a delimiter; write \",\", \";\", \"|\" or \"\\t\""
                );
                Some(self.error(item, path, message))
            }
            Some("date-or-period") if !is_date_or_period(text) => {
                let message = format!(
                    "{path}: {text:?} is no date; write \"2017\", \"2017-04\", \"2017-04-19\" or a period as \"2013/2020\""
                );
                Some(self.error(item, path, message))
            }
            Some("encoding") => self.encoding_error(item, text, path),
            _ => None,
        });
        if let Some(section) = schema["x-id-of"].as_str() {
            self.check_reference(item, text, section, path, errors);
        }
    }

    fn encoding_error(&self, item: &Item, name: &str, path: &str) -> Option<ProjectError> {
        const USUAL: [&str; 5] = [
            "utf-8",
            "windows-1252",
            "iso-8859-1",
            "utf-16le",
            "utf-16be",
        ];
        if encoding_rs::Encoding::for_label(name.as_bytes()).is_some() {
            return None;
        }
        let nearest = nearest(name, USUAL).map(str::to_owned);
        Some(ProjectError {
            nearest,
            ..self.error(item, path, format!("{path}: unknown encoding {name:?}"))
        })
    }

    fn check_reference(
        &self,
        item: &Item,
        id: &str,
        section: &str,
        path: &str,
        errors: &mut Errors,
    ) {
        let known = self.ids(section);
        if known.contains(&id) {
            return;
        }
        let nearest = nearest(id, known.iter().copied()).map(str::to_owned);
        let hint = match nearest {
            Some(_) => String::new(),
            None if known.is_empty() => format!("; there are no {section}"),
            None => format!("; known: {}", shortened(&known)),
        };
        let kind = section.trim_end_matches('s');
        errors.push(ProjectError {
            nearest,
            ..self.error(item, path, format!("{path}: unknown {kind} {id:?}{hint}"))
        });
    }

    /// What can be named of a section.
    fn ids(&self, section: &str) -> Vec<&str> {
        let own = match self.document.item(section).map(|item| &item.value) {
            Some(Value::Table(items)) => items.keys().map(String::as_str).collect(),
            _ => vec![],
        };
        let others = match section {
            "indicators" => BUILT_IN_INDICATORS.as_slice(),
            "layers" if self.document.item("demands").is_some() => &[DEMANDS_LAYER],
            _ => &[],
        };
        [own.as_slice(), others].concat()
    }

    /// Checks how many characters, items or keys there are.
    pub(super) fn check_count(
        &self,
        item: &Item,
        count: usize,
        unit: &str,
        schema: &Json,
        path: &str,
        errors: &mut Errors,
    ) {
        let bound = |names: [&str; 3]| names.iter().find_map(|name| schema[*name].as_u64());
        let least = bound(["minLength", "minItems", "minProperties"]).unwrap_or(0);
        let most = bound(["maxLength", "maxItems", "maxProperties"]).unwrap_or(u64::MAX);
        if (least..=most).contains(&(count as u64)) {
            return;
        }
        let wanted = match (least, most) {
            (least, most) if least == most => format!("exactly {}", plural(least, unit)),
            (least, u64::MAX) => format!("at least {}", plural(least, unit)),
            (0, most) => format!("at most {}", plural(most, unit)),
            (least, most) => format!("{least} to {}", plural(most, unit)),
        };
        errors.push(self.error(
            item,
            path,
            format!("{path} must have {wanted}, not {count}"),
        ));
    }

    /// Checks the bounds of a number.
    pub(super) fn check_number(
        &self,
        item: &Item,
        value: f64,
        schema: &Json,
        path: &str,
        errors: &mut Errors,
    ) {
        let above = schema["exclusiveMinimum"].as_f64();
        let (least, most) = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        let fits = value.is_finite()
            && above.is_none_or(|bound| value > bound)
            && least.is_none_or(|bound| value >= bound)
            && most.is_none_or(|bound| value <= bound);
        if fits {
            return;
        }
        let bounds = [
            above.map(|bound| format!("more than {bound}")),
            least.map(|bound| format!("at least {bound}")),
            most.map(|bound| format!("at most {bound}")),
        ];
        let bounds: Vec<_> = bounds.into_iter().flatten().collect();
        let wanted = if bounds.is_empty() {
            "a finite number".to_owned()
        } else {
            bounds.join(" and ")
        };
        errors.push(self.error(item, path, format!("{path} must be {wanted}, not {value}")));
    }
}

/// Whether a text is a year, month or day of ISO 8601, or two of them with a slash, the earlier one first.
fn is_date_or_period(text: &str) -> bool {
    match text.split_once('/') {
        Some((from, to)) => is_date(from) && is_date(to) && from <= to,
        None => is_date(text),
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let number = |part: usize, digits: usize| {
        let text = parts.get(part)?;
        let fits = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u32>().ok().filter(|_| fits)
    };
    match (number(0, 4), number(1, 2), number(2, 2), parts.len()) {
        (Some(_), _, _, 1) => true,
        (Some(_), Some(month), _, 2) => (1..=12).contains(&month),
        (Some(year), Some(month), Some(day), 3) => (1..=month_days(year, month)).contains(&day),
        _ => false,
    }
}

/// Days of a month; none where there is no such month.
fn month_days(year: u32, month: u32) -> u32 {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => 28 + u32::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    }
}

/// Whether a character can stand between columns: one byte that no value begins or ends with.
fn is_delimiter(character: char) -> bool {
    character.is_ascii()
        && !character.is_ascii_alphanumeric()
        && !matches!(character, '"' | '\'' | '\r' | '\n' | '.' | '-')
}

fn plural(count: u64, unit: &str) -> String {
    if count == 1 {
        format!("{count} {unit}")
    } else {
        format!("{count} {unit}s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_months_years_and_periods_that_there_are() {
        let good = [
            "2017",
            "2017-04",
            "2024-02-29",
            "2000-02-29",
            "2013/2020",
            "2017-04-19/2017-05",
        ];
        let bad = [
            "",
            "17",
            "2017-13",
            "2017-4",
            "2023-02-29",
            "1900-02-29",
            "2017-04-31",
            "2020/2013",
            "2017/",
            "+017",
            "2017-04-19T00:00",
            "abril de 2017",
            "2013/2014/2015",
            "２０１７",
        ];
        for text in good {
            assert!(is_date_or_period(text), "{text}");
        }
        for text in bad {
            assert!(!is_date_or_period(text), "{text}");
        }
    }
}
