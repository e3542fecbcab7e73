//! A body with its type and tag, and how it goes out.

use std::sync::atomic::{AtomicBool, Ordering};

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use crate::compress::{compress, expand};
use crate::error::AppError;
use crate::etag;
use crate::negotiate::{self, Coding};
use crate::range;
use crate::wanted::Wanted;

/// A computed body. The tag changes with the bytes and is another one for each coding.
#[derive(Debug)]
pub(crate) struct Answer {
    content_type: &'static str,
    body: Bytes,
    coding: Coding,
    fingerprint: u64,
    tag: HeaderValue,
    /// Whether it is a tile that leaves out features for lack of room.
    omits_features: bool,
    /// Whether a client asked for it as it is, and not only in a coding.
    was_asked: AtomicBool,
    /// Headers that only this answer has.
    own: Box<[(HeaderName, HeaderValue)]>,
}

/// What an allocation takes besides its bytes, about.
const ALLOCATION_BYTES: usize = 32;

impl Answer {
    /// An uncompressed body.
    pub(crate) fn new(content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = exact(body);
        let fingerprint = etag::fingerprint(&body);
        Self::of(content_type, body, Coding::Identity, fingerprint)
    }

    /// A body that is in this coding already.
    pub(crate) fn stored(
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
        coding: Coding,
    ) -> Self {
        let body = exact(body);
        let fingerprint = etag::fingerprint(&body);
        Self::of(content_type, body, coding, fingerprint)
    }

    /// The same with headers of its own.
    pub(crate) fn with_headers(self, own: Vec<(HeaderName, HeaderValue)>) -> Self {
        Self {
            own: own.into(),
            ..self
        }
    }

    /// A JSON document.
    pub(crate) fn json(document: &serde_json::Value) -> Self {
        Self::new("application/json", document.to_string())
    }

    fn of(content_type: &'static str, body: Bytes, coding: Coding, fingerprint: u64) -> Self {
        Self {
            content_type,
            body,
            coding,
            fingerprint,
            tag: etag::tag(fingerprint, coding),
            omits_features: false,
            own: Box::default(),
            was_asked: AtomicBool::new(false),
        }
    }

    /// The same body in another coding. An empty body stays as it is: it is sent as 204.
    pub(crate) fn coded(&self, coding: Coding) -> Result<Self, AppError> {
        let plain = || match self.coding {
            Coding::Identity => Ok(self.body.clone()),
            own => expand(&self.body, own).map(exact),
        };
        let body = match (self.body.is_empty(), coding) {
            (true, _) => Ok(Bytes::new()),
            (false, Coding::Identity) => plain(),
            (false, _) => plain().and_then(|plain| compress(&plain, coding).map(exact)),
        };
        let body = body.map_err(|cause| internal(&cause))?;
        Ok(Self {
            omits_features: self.omits_features,
            own: self.own.clone(),
            ..Self::of(self.content_type, body, coding, self.fingerprint)
        })
    }

    /// The bytes, compressed where a coding was asked for.
    #[cfg(test)]
    pub(crate) fn body(&self) -> &Bytes {
        &self.body
    }

    /// The same, known as a tile that leaves out features for lack of room, or none.
    pub(crate) fn omitting(self, omits_features: bool) -> Self {
        Self {
            omits_features,
            ..self
        }
    }

    /// Whether it is a tile that leaves out features for lack of room.
    pub(crate) fn omits_features(&self) -> bool {
        self.omits_features
    }

    /// Remembers that a client asked for it as it is.
    pub(crate) fn ask(&self) {
        self.was_asked.store(true, Ordering::Relaxed);
    }

    /// Whether a client asked for it as it is.
    pub(crate) fn was_asked(&self) -> bool {
        self.was_asked.load(Ordering::Relaxed)
    }

    /// The memory that it takes for as long as it is kept.
    pub(crate) fn bytes(&self) -> usize {
        let own = self.own.iter().map(|(_, value)| value.len());
        let own = own
            .map(|length| size_of::<(HeaderName, HeaderValue)>() + length + 2 * ALLOCATION_BYTES);
        // The answer, its body, and its tag with the count of its clones.
        let allocations = 4 * ALLOCATION_BYTES;
        size_of::<Self>() + self.body.len() + self.tag.len() + own.sum::<usize>() + allocations
    }

    /// Its headers under these terms. Made each time: kept with the answer, they would take more memory than a small tile.
    fn head(&self, status: StatusCode, terms: Terms, last_modified: &HeaderValue) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(HEADERS);
        validators(&mut headers, self, terms, last_modified);
        common_headers(&mut headers);
        for (name, value) in &self.own {
            headers.insert(name.clone(), value.clone());
        }
        if status != StatusCode::OK {
            return headers;
        }
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.content_type),
        );
        let ranges = match terms.ranges {
            true => "bytes",
            false => "none",
        };
        headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static(ranges));
        if self.coding != Coding::Identity {
            headers.insert(
                header::CONTENT_ENCODING,
                HeaderValue::from_static(self.coding.name()),
            );
        }
        headers
    }
}

/// The bytes without the room beside them that a coder or a writer has taken in advance.
fn exact(bytes: impl Into<Vec<u8>>) -> Bytes {
    Bytes::from(bytes.into().into_boxed_slice())
}

/// Room for the headers of an answer, those of the connection included.
const HEADERS: usize = 24;

/// What every response carries: reads are open to every origin, and no one guesses types.
pub(crate) fn common_headers(headers: &mut HeaderMap) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "ETag, X-Request-Id, X-Tile-Features, X-Tile-Merged, X-Tile-Collapsed, X-Tile-Omitted, X-Tile-Coarsened",
        ),
    );
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
}

/// How an answer may be sent and kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Codings it is sent in.
    pub(crate) codings: &'static [Coding],
    /// The request headers that choose its representation; none where there is no choice.
    pub(crate) vary: Option<&'static str>,
    /// How caches may keep it.
    pub(crate) cache_control: &'static str,
    /// Whether a part of it may be asked for.
    pub(crate) ranges: bool,
}

/// Kept by anyone, but asked about every time: a new generation shows at once.
const REVALIDATED: &str = "public, max-age=0, must-revalidate";
/// Kept by who asked, and not much longer than the scenario lives: under its id nothing ever changes.
const BRIEF: &str = "private, max-age=60";

impl Terms {
    /// Documents.
    pub(crate) const DATA: Self = Self {
        codings: &Coding::ALL,
        vary: Some("Accept-Encoding"),
        cache_control: REVALIDATED,
        ranges: true,
    };
    /// Tiles: a part of one is of no use.
    pub(crate) const TILE: Self = Self {
        ranges: false,
        ..Self::DATA
    };
    /// Data in a format of the client's choice.
    pub(crate) const FORMATS: Self = Self {
        vary: Some("Accept, Accept-Encoding"),
        ..Self::DATA
    };
    /// A file that is compressed by its own format.
    pub(crate) const FILE: Self = Self {
        codings: &[Coding::Identity],
        vary: None,
        ..Self::DATA
    };
    /// A tile that is compressed by its own format.
    pub(crate) const PICTURE: Self = Self {
        ranges: false,
        ..Self::FILE
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

/// 200 with the body, 206 with a part of it, 204 where it is empty, 304 where the client has it already.
pub(crate) fn respond(
    answer: &Answer,
    terms: Terms,
    wanted: &Wanted,
    last_modified: &HeaderValue,
) -> Response<Body> {
    let range = wanted.range.as_deref().filter(|_| terms.ranges);
    match range {
        None => whole(
            answer,
            terms,
            wanted.if_none_match.as_deref(),
            last_modified,
        ),
        Some(range) => {
            let full = whole(
                answer,
                terms,
                wanted.if_none_match.as_deref(),
                last_modified,
            );
            part(full, answer, range, wanted.if_range.as_deref())
        }
    }
}

/// The response to a request that asks for no part.
pub(crate) fn whole(
    answer: &Answer,
    terms: Terms,
    if_none_match: Option<&str>,
    last_modified: &HeaderValue,
) -> Response<Body> {
    let unchanged = if_none_match.is_some_and(|tags| etag::matches(tags, &answer.tag));
    let (status, body) = match (unchanged, answer.body.is_empty()) {
        (true, _) => (StatusCode::NOT_MODIFIED, Body::empty()),
        (false, true) => (StatusCode::NO_CONTENT, Body::empty()),
        (false, false) => (StatusCode::OK, Body::from(answer.body.clone())),
    };
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = answer.head(status, terms, last_modified);
    response
}

/// The part of a whole response that a range asks for (RFC 9110 §14); the whole where it cannot be read, names several
/// parts, or is meant for another body.
fn part(
    mut response: Response<Body>,
    answer: &Answer,
    range: &str,
    if_range: Option<&str>,
) -> Response<Body> {
    let is_same = if_range.is_none_or(|tag| tag.as_bytes() == answer.tag.as_bytes());
    if response.status() != StatusCode::OK || !is_same {
        return response;
    }
    let length = answer.body.len();
    let Some(asked) = range::read(range, length) else {
        return response;
    };
    let (status, said, body) = match asked {
        Some((first, last)) => (
            StatusCode::PARTIAL_CONTENT,
            format!("bytes {first}-{last}/{length}"),
            Body::from(answer.body.slice(first..=last)),
        ),
        None => (
            StatusCode::RANGE_NOT_SATISFIABLE,
            format!("bytes */{length}"),
            Body::empty(),
        ),
    };
    *response.status_mut() = status;
    let said = HeaderValue::try_from(said).expect("digits fit into a header");
    response.headers_mut().insert(header::CONTENT_RANGE, said);
    *response.body_mut() = body;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The bytes that a body holds in memory: a buffer that nobody shares is given back whole.
    fn held(body: Bytes) -> usize {
        body.try_into_mut().unwrap().capacity()
    }

    #[test]
    fn a_body_holds_no_more_memory_than_its_length() {
        let mut roomy = Vec::with_capacity(1 << 16);
        roomy.extend((0..3000u32).flat_map(u32::to_le_bytes));
        let length = roomy.len();
        let plain = Answer::new("text/plain", roomy);
        for coding in [Coding::Gzip, Coding::Brotli, Coding::Zstd] {
            let coded = plain.coded(coding).unwrap();
            let back = coded.coded(Coding::Identity).unwrap();
            let coded_length = coded.body.len();
            assert_eq!(held(coded.body), coded_length, "{coding:?}");
            assert_eq!(held(back.body), length, "{coding:?}");
        }
        assert_eq!(held(plain.body), length);
    }
}
