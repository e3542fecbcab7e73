//! The query of a request, read strictly: what is not known is a mistake that the client should hear of.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::AppError;

/// How many parameters are read.
const PARAMETERS_MAX: usize = 32;

/// Parameters that only keep caches apart or let proxies pass; they may stand everywhere and mean nothing.
const IGNORED: [&str; 4] = ["g", "v", "key", "token"];

/// The parameter that names a scenario.
pub(crate) const SCENARIO: &str = "scenario";

/// What stays as it is in a path segment and a query: the unreserved characters of RFC 3986 §2.3, the comma of lists and the
/// colon of companions (`pchar`, §3.3).
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b':')
    .remove(b',');

/// The known parameters of a query, decoded.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads `name=value&…` where every name is one of `allowed`, each at most once.
    ///
    /// # Errors
    /// When a name is unknown or stands twice, or a text is not percent-encoded UTF-8.
    pub(crate) fn read(query: Option<&str>, allowed: &[&str]) -> Result<Self, AppError> {
        let pairs = query
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        let mut known: Vec<(String, String)> = vec![];
        for (position, pair) in pairs.enumerate() {
            if position == PARAMETERS_MAX {
                return Err(AppError::Malformed(format!(
                    "the query has more than {PARAMETERS_MAX} parameters"
                )));
            }
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            if allowed.contains(&name.as_str()) {
                add(&mut known, name, value)?;
            } else if !(name.starts_with('_') || IGNORED.contains(&name.as_str())) {
                return Err(unknown(&name, allowed));
            }
        }
        Ok(Self(known))
    }

    /// The scenario that a query names under [`SCENARIO`]; that it stands once, [`read`](Self::read) sees to.
    ///
    /// # Errors
    /// When it is not percent-encoded UTF-8.
    pub(crate) fn scenario(query: Option<&str>) -> Result<Option<String>, AppError> {
        let mut pairs = query.unwrap_or_default().split('&');
        let named = pairs.find_map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_scenario = decoded(name).is_ok_and(|name| name == SCENARIO);
            is_scenario.then_some(value)
        });
        named.map(decoded).transpose()
    }

    /// The value of a parameter, where it was given.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The items of a list with commas, each once, in order; `None` where the parameter was not given.
    pub(crate) fn list(&self, name: &str) -> Option<Vec<String>> {
        let mut items: Vec<String> = vec![];
        for item in self
            .value(name)?
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
        {
            if !items.iter().any(|known| known == item) {
                items.push(item.to_owned());
            }
        }
        Some(items)
    }

    /// The address of another page of a list: the same parameters with another limit and offset.
    pub(crate) fn at(&self, base: &str, limit: usize, offset: usize) -> String {
        let others = self
            .0
            .iter()
            .filter(|(name, _)| name != "limit" && name != "offset");
        let others = others.map(|(name, value)| format!("&{}={}", encoded(name), encoded(value)));
        format!(
            "{base}?limit={limit}&offset={offset}{}",
            others.collect::<String>()
        )
    }

    /// The known parameters as a query to append to an address, with its question mark; empty without any.
    pub(crate) fn encoded(&self) -> String {
        let pairs = self
            .0
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
        let all = pairs.collect::<Vec<_>>().join("&");
        if all.is_empty() {
            all
        } else {
            format!("?{all}")
        }
    }
}

/// Percent-encodes what may not stand in a path segment or a query as it is.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}

fn add(known: &mut Vec<(String, String)>, name: String, value: String) -> Result<(), AppError> {
    if known.iter().any(|(own, _)| *own == name) {
        return Err(AppError::Malformed(format!(
            "the parameter {name} stands twice"
        )));
    }
    known.push((name, value));
    Ok(())
}

fn unknown(name: &str, allowed: &[&str]) -> AppError {
    match allowed {
        [] => AppError::parameter("query", name, "empty: this address has no parameters"),
        _ => AppError::not_one_of("query", name, allowed.iter().copied()),
    }
}

/// `+` is a space, as browsers' forms write it.
fn decoded(text: &str) -> Result<String, AppError> {
    let spaced = text.replace('+', " ");
    let refuse = |_| AppError::Malformed("the query is not percent-encoded UTF-8".to_owned());
    percent_decode_str(&spaced)
        .decode_utf8()
        .map(Into::into)
        .map_err(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded_and_encoded_back() {
        let query = Query::read(
            Some("filter=name%3D'a+%C3%B1'&g=12&_=3&&indicators=a,,b%2Ca"),
            &["filter", "indicators"],
        )
        .unwrap();
        assert_eq!(query.value("filter"), Some("name='a ñ'"));
        assert_eq!(
            query.list("indicators"),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(query.list("properties"), None);
        assert_eq!(
            query.encoded(),
            "?filter=name%3D%27a%20%C3%B1%27&indicators=a,,b,a"
        );
    }

    #[test]
    fn a_scenario_is_named_however_its_parameter_is_written() {
        let named = |query: &str| Query::scenario(Some(query)).unwrap();
        for query in [
            "scenario=a%20b",
            "v=1&scenario=a+b",
            "%73cenario=a%20b&level=x",
            "_%ff&scenari%6F=a+b",
        ] {
            assert_eq!(named(query).as_deref(), Some("a b"), "{query}");
        }
        assert_eq!(named("level=x&scenario").as_deref(), Some(""));
        for query in ["", "level=scenario", "scenarios=a", "SCENARIO=a"] {
            assert_eq!(named(query), None, "{query}");
        }
        assert!(Query::scenario(Some("scenario=%ff")).is_err());
    }

    #[test]
    fn mistakes_are_named() {
        let detail = |query: &str| {
            Query::read(Some(query), &["filter", "level"])
                .unwrap_err()
                .detail()
        };
        assert_eq!(
            detail("levle=x"),
            "query is \"levle\"; it must be one of filter, level; did you mean \"level\"?"
        );
        assert_eq!(
            detail("level=a&level=b"),
            "the parameter level stands twice"
        );
        assert_eq!(
            detail("level=%ff"),
            "the query is not percent-encoded UTF-8"
        );
        assert!(detail(&"a&".repeat(40)).contains("query is \"a\""));
        assert!(detail(&"_&".repeat(40)).contains("more than 32"));
    }
}
