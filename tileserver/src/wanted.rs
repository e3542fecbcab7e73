//! The headers of a request that choose its representation.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::Method;
use axum::http::header::{ACCEPT, ACCEPT_ENCODING, HeaderName, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::request::Parts;

use crate::error::AppError;
use crate::negotiate;
use crate::query::Query;

/// What a client takes and what it has already.
#[derive(Debug)]
pub(crate) struct Wanted {
    /// `Accept`.
    pub(crate) accept: Option<String>,
    /// `Accept-Encoding`.
    pub(crate) accept_encoding: Option<String>,
    /// `If-None-Match`.
    pub(crate) if_none_match: Option<String>,
    /// `Range` of a GET; on other methods it means nothing.
    pub(crate) range: Option<String>,
    /// `If-Range`.
    pub(crate) if_range: Option<String>,
}

impl Wanted {
    /// The name of the format to answer in, of pairs of name and media type with the default first: by `f=`, else by `Accept`.
    ///
    /// # Errors
    /// 400 for a name that is not there, 406 where `Accept` names none of them.
    pub(crate) fn format(
        &self,
        query: &Query,
        formats: &[(&'static str, &'static str)],
    ) -> Result<&'static str, AppError> {
        let names = || formats.iter().map(|(name, _)| *name);
        if let Some(asked) = query.value("f") {
            let known = names().find(|name| *name == asked);
            return known.ok_or_else(|| AppError::not_one_of("f", asked, names()));
        }
        let types: Vec<&str> = formats.iter().map(|(_, media_type)| *media_type).collect();
        let best = negotiate::format(self.accept.as_deref(), &types);
        let refused =
            || AppError::NotAcceptable(format!("Accept names none of {}", types.join(", ")));
        best.map(|position| formats[position].0).ok_or_else(refused)
    }
}

impl<S: Sync> FromRequestParts<S> for Wanted {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            accept: list(parts, &ACCEPT),
            accept_encoding: list(parts, &ACCEPT_ENCODING),
            if_none_match: list(parts, &IF_NONE_MATCH),
            range: list(parts, &RANGE).filter(|_| parts.method == Method::GET),
            if_range: list(parts, &IF_RANGE),
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
