//! Strong entity tags and `If-None-Match` (RFC 9110 §8.8.3, §13.1.2).

use std::hash::{DefaultHasher, Hasher};

use axum::http::HeaderValue;

use crate::negotiate::Coding;

/// A number that changes with the bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// The entity tag of a body in one coding: the same body in two codings has two tags, as strong tags must.
pub(crate) fn tag(fingerprint: u64, coding: Coding) -> HeaderValue {
    let text = match coding {
        Coding::Identity => format!("\"{fingerprint:016x}\""),
        _ => format!("\"{fingerprint:016x}-{}\"", coding.name()),
    };
    HeaderValue::try_from(text).expect("hexadecimal digits, letters and quotes fit into a header")
}

/// Whether an `If-None-Match` names the tag: `*`, or a list in which the weak comparison finds it.
pub(crate) fn matches(if_none_match: &str, tag: &HeaderValue) -> bool {
    let same = |candidate: &str| {
        let candidate = candidate.trim();
        candidate == "*"
            || candidate.strip_prefix("W/").unwrap_or(candidate).as_bytes() == tag.as_bytes()
    };
    // Our tags hold no comma, so a comma inside a foreign tag can only part what does not match anyway.
    if_none_match.split(',').any(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_in_lists_weak_or_by_a_star() {
        let own = tag(fingerprint(b"tile"), Coding::Gzip);
        let text = own.to_str().unwrap();
        assert!(matches(text, &own));
        assert!(matches(&format!("\"a,b\", W/{text} ,\"c\""), &own));
        assert!(matches("*", &own));
        assert!(!matches(&text.replace("-gzip", ""), &own));
        assert!(!matches("", &own));
    }

    #[test]
    fn each_coding_and_each_body_has_a_tag_of_its_own() {
        let tags: std::collections::HashSet<_> = Coding::ALL
            .into_iter()
            .flat_map(|coding| [tag(1, coding), tag(2, coding)])
            .collect();
        assert_eq!(tags.len(), 2 * Coding::ALL.len());
    }
}
