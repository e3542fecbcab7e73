//! The headers of a request that choose its representation.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH};
use axum::http::request::Parts;

/// What a client takes and what it has already.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// `Accept`.
    pub(crate) accept: Option<String>,
    /// `Accept-Encoding`.
    pub(crate) accept_encoding: Option<String>,
    /// `If-None-Match`.
    pub(crate) if_none_match: Option<String>,
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            accept: list(parts, &ACCEPT),
            accept_encoding: list(parts, &ACCEPT_ENCODING),
            if_none_match: list(parts, &IF_NONE_MATCH),
        })
    }
}

/// A header that may stand several times, as one list. What is not text is left out.
fn list(parts: &Parts, name: &HeaderName) -> Option<String> {
    let mut values = parts
        .headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let first = values.next()?.to_owned();
    Some(values.fold(first, |all, next| all + "," + next))
}
