//! A body with its type and tag, and how it goes out.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode, header};

use crate::compress::compress;
use crate::error::AppError;
use crate::etag;
use crate::negotiate::{self, Coding};
use crate::wanted::Wanted;

/// A computed body. The tag changes with the bytes and is another one for each coding.
#[derive(Debug)]
pub(crate) struct Answer {
    content_type: &'static str,
    body: Bytes,
    coding: Coding,
    fingerprint: u64,
    tag: HeaderValue,
}

impl Answer {
    /// An uncompressed body.
    pub(crate) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let fingerprint = etag::fingerprint(&body);
        Self {
            content_type,
            body,
            coding: Coding::Identity,
            fingerprint,
            tag: etag::tag(fingerprint, Coding::Identity),
        }
    }

    /// A body that is in this coding already.
    pub(crate) fn stored(
        content_type: &'static str,
        body: impl Into<Bytes>,
        coding: Coding,
    ) -> Self {
        let body = body.into();
        let fingerprint = etag::fingerprint(&body);
        Self {
            content_type,
            tag: etag::tag(fingerprint, coding),
            body,
            coding,
            fingerprint,
        }
    }

    /// A JSON document.
    pub(crate) fn json(document: &serde_json::Value) -> Self {
        Self::new("application/json", document.to_string())
    }

    /// The same body in a coding. An empty body stays as it is: it is sent as 204.
    pub(crate) fn coded(&self, coding: Coding) -> Result<Self, AppError> {
        let body = if self.body.is_empty() {
            vec![]
        } else {
            compress(&self.body, coding).map_err(|cause| internal(&cause))?
        };
        Ok(Self {
            content_type: self.content_type,
            body: body.into(),
            coding,
            fingerprint: self.fingerprint,
            tag: etag::tag(self.fingerprint, coding),
        })
    }

    /// The bytes, compressed where a coding was asked for.
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }
}

/// How an answer may be sent and kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// Codings it is sent in.
    pub(crate) codings: &'static [Coding],
    /// The request headers that choose its representation; none where there is no choice.
    pub(crate) vary: Option<&'static str>,
    /// How caches may keep it.
    pub(crate) cache_control: &'static str,
}

/// Kept by anyone, but asked about every time: a new generation shows at once.
const REVALIDATED: &str = "public, max-age=0, must-revalidate";
/// Kept by who asked, and not much longer than the scenario lives: under its id nothing ever changes.
const BRIEF: &str = "private, max-age=60";

impl Terms {
    /// Text and tiles.
    pub(crate) const DATA: Self = Self {
        codings: &Coding::ALL,
        vary: Some("Accept-Encoding"),
        cache_control: REVALIDATED,
    };
    /// Data in a format of the client's choice.
    pub(crate) const FORMATS: Self = Self {
        vary: Some("Accept, Accept-Encoding"),
        ..Self::DATA
    };
    /// What is compressed by its own format.
    pub(crate) const PICTURE: Self = Self {
        codings: &[Coding::Identity],
        vary: None,
        ..Self::DATA
    };

    /// The same answer of a scenario.
    pub(crate) fn of_scenario(self) -> Self {
        Self {
            cache_control: BRIEF,
            ..self
        }
    }

    /// The coding that this client gets.
    ///
    /// # Errors
    /// When it refuses all of them.
    pub(crate) fn coding(&self, wanted: &Wanted) -> Result<Coding, AppError> {
        let refused = || {
            let names: Vec<_> = self.codings.iter().map(|coding| coding.name()).collect();
            AppError::NotAcceptable(format!(
                "Accept-Encoding refuses every coding there is: {}",
                names.join(", ")
            ))
        };
        negotiate::coding(wanted.accept_encoding.as_deref(), self.codings).ok_or_else(refused)
    }
}

/// 200 with the body, 204 where it is empty, 304 where the client has it already.
pub(crate) fn respond(
    answer: &Answer,
    terms: Terms,
    wanted: &Wanted,
    last_modified: &HeaderValue,
) -> Response<Body> {
    let unchanged = wanted
        .if_none_match
        .as_deref()
        .is_some_and(|tags| etag::matches(tags, &answer.tag));
    let (status, body) = match (unchanged, answer.body.is_empty()) {
        (true, _) => (StatusCode::NOT_MODIFIED, Body::empty()),
        (false, true) => (StatusCode::NO_CONTENT, Body::empty()),
        (false, false) => (StatusCode::OK, Body::from(answer.body.clone())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    validators(headers, answer, terms, last_modified);
    if status == StatusCode::OK {
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(answer.content_type),
        );
        if answer.coding != Coding::Identity {
            headers.insert(
                header::CONTENT_ENCODING,
                HeaderValue::from_static(answer.coding.name()),
            );
        }
    }
    response
}

/// What a 304 must say too (RFC 9110 §15.4.5).
fn validators(headers: &mut HeaderMap, answer: &Answer, terms: Terms, last_modified: &HeaderValue) {
    headers.insert(header::ETAG, answer.tag.clone());
    headers.insert(header::LAST_MODIFIED, last_modified.clone());
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static(terms.cache_control),
    );
    if let Some(vary) = terms.vary {
        headers.insert(header::VARY, HeaderValue::from_static(vary));
    }
}

fn internal(cause: &std::io::Error) -> AppError {
    tracing::error!(%cause, "a body cannot be compressed");
    AppError::Internal
}
