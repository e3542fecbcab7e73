//! What goes wrong, as the problem document (RFC 9457) that the client gets.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use comarca_engine::UnknownId;
use serde_json::{Map, Value, json};

/// Why a request has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AppError {
    /// A part of the path or a parameter of the query that cannot be used.
    Parameter {
        /// Its name.
        name: String,
        /// What the client wrote.
        value: String,
        /// What it may be, as the end of "it must be …".
        allowed: String,
    },
    /// A request that cannot be read.
    Malformed(String),
    /// A thing that is not there.
    NotFound(String),
    /// A path that is asked otherwise: how, with commas.
    MethodNotAllowed(&'static str),
    /// None of the formats or codings that the client takes.
    NotAcceptable(String),
    /// A body beyond so many bytes.
    BodyTooLarge(u64),
    /// A body that takes too long to arrive.
    BodyTooSlow,
    /// A URI beyond [`URI_BYTES_MAX`].
    UriTooLong,
    /// Headers beyond [`HEADER_BYTES_MAX`].
    HeadersTooLarge,
    /// The first territory is still being loaded.
    Loading,
    /// More work than the machine can do now.
    Busy,
    /// Writing without a token, or with one that is not valid (any more).
    Unauthorized(&'static str),
    /// Writing what the token does not allow.
    Forbidden(String),
    /// What is there already, or stands in the way.
    Conflict(String),
    /// Another version than the one that the client has seen.
    PreconditionFailed(String),
    /// A body of a type that is not read here.
    UnsupportedMediaType(&'static str),
    /// More writing in a minute than one token may do; come back in so many seconds.
    TooManyRequests(u64),
    /// What cannot be written at the moment, though nothing is wrong with the request.
    Unavailable(String),
    /// The disk of the register is full.
    InsufficientStorage,
    /// Our fault; the log says more.
    Internal,
}

/// Longest path and query that is read, in bytes.
pub(crate) const URI_BYTES_MAX: usize = 8 * 1024;
/// Largest sum of header names and values that is read, in bytes.
pub(crate) const HEADER_BYTES_MAX: usize = 16 * 1024;

/// Largest body that a request may announce where none is read, in bytes.
pub(crate) const BODY_BYTES_MAX: u64 = 64 * 1024;

/// What addresses are asked by that are only read.
pub(crate) const METHODS: &str = "GET, HEAD, OPTIONS";

/// How much of what a client wrote is repeated in a message, in characters.
const SHOWN_CHARS_MAX: usize = 80;
/// How many known ids are named where no id is near.
const NAMED_MAX: usize = 20;
/// How many ids are compared with one that is not there: comparing costs microseconds each.
const COMPARED_MAX: usize = 2000;
/// When a client may come back after a 503, in seconds.
const RETRY_AFTER_S: &str = "1";

impl AppError {
    /// A parameter that cannot be used.
    pub(crate) fn parameter(name: &str, value: &str, allowed: impl Into<String>) -> Self {
        Self::Parameter {
            name: name.to_owned(),
            value: shown(value),
            allowed: allowed.into(),
        }
    }

    /// A parameter that is not one of a list.
    pub(crate) fn not_one_of<'a>(
        name: &str,
        value: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        let near = comarca_engine::nearest(value, known.iter().copied());
        let near = near.map_or(String::new(), |near| format!("; did you mean {near:?}?"));
        Self::parameter(name, value, format!("one of {}{near}", listed(&known)))
    }

    /// A thing of an id that is not there, with the nearest id where there are not too many to compare.
    pub(crate) fn unknown<'a>(
        kind: &str,
        id: &str,
        known: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let known: Vec<&str> = known.into_iter().take(COMPARED_MAX + 1).collect();
        let few = known
            .iter()
            .copied()
            .filter(|_| known.len() <= COMPARED_MAX);
        let hint = match comarca_engine::nearest(id, few) {
            Some(near) => format!("did you mean {near:?}?"),
            None if known.is_empty() => "there is none at all".to_owned(),
            None => format!("there are {}", listed(&known)),
        };
        Self::NotFound(format!("there is no {kind} {:?}; {hint}", shown(id)))
    }

    /// The status that fits.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Parameter { .. } | Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAcceptable(_) => StatusCode::NOT_ACCEPTABLE,
            Self::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::Loading | Self::Busy | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::PreconditionFailed(_) => StatusCode::PRECONDITION_FAILED,
            Self::UnsupportedMediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooManyRequests(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::InsufficientStorage => StatusCode::INSUFFICIENT_STORAGE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What happened, for a person.
    pub(crate) fn detail(&self) -> String {
        match self {
            Self::Parameter {
                name,
                value,
                allowed,
            } => format!("{name} is {value:?}; it must be {allowed}"),
            Self::Malformed(what)
            | Self::NotFound(what)
            | Self::NotAcceptable(what)
            | Self::Forbidden(what)
            | Self::Conflict(what)
            | Self::PreconditionFailed(what)
            | Self::Unavailable(what) => what.clone(),
            Self::Unauthorized(what) => (*what).to_owned(),
            Self::UnsupportedMediaType(taken) => {
                format!("the body is not of a type that is read here: {taken}")
            }
            Self::TooManyRequests(seconds) => {
                format!("this token has written too much in a minute; come back in {seconds} s")
            }
            Self::InsufficientStorage => {
                "the disk of the register is full: nothing was written, nothing is lost".to_owned()
            }
            Self::MethodNotAllowed(METHODS) => format!("this address is only read: {METHODS}"),
            Self::MethodNotAllowed(methods) => format!("this address is asked by {methods}"),
            Self::BodyTooLarge(most) => format!("the body is larger than {most} bytes"),
            Self::BodyTooSlow => "the body took too long to arrive".to_owned(),
            Self::UriTooLong => format!("the address is longer than {URI_BYTES_MAX} bytes"),
            Self::HeadersTooLarge => {
                format!("the headers are larger than {HEADER_BYTES_MAX} bytes")
            }
            Self::Loading => "the territory is still being loaded".to_owned(),
            Self::Busy => {
                "more is asked for than can be computed now; come back in a second".to_owned()
            }
            Self::Internal => "an error of the server; it has been logged".to_owned(),
        }
    }

    /// The problem document. `asked` is the path that was asked for and the name of the request.
    pub(crate) fn document(&self, asked: Option<(&str, &HeaderValue)>) -> Value {
        let status = self.status();
        let mut problem = Map::new();
        problem.insert("type".into(), json!("about:blank"));
        problem.insert("title".into(), json!(status.canonical_reason()));
        problem.insert("status".into(), json!(status.as_u16()));
        problem.insert("detail".into(), json!(self.detail()));
        if let Some((instance, id)) = asked {
            problem.insert("instance".into(), json!(instance));
            problem.insert("request_id".into(), json!(id.to_str().unwrap_or_default()));
        }
        if let Self::Parameter {
            name,
            value,
            allowed,
        } = self
        {
            problem.insert("parameter".into(), json!(name));
            problem.insert("value".into(), json!(value));
            problem.insert("allowed".into(), json!(allowed));
        }
        Value::Object(problem)
    }

    /// The response with its problem document.
    pub(crate) fn response(&self, asked: Option<(&str, &HeaderValue)>) -> Response {
        let mut response = (self.status(), self.document(asked).to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        match self {
            Self::Loading | Self::Busy | Self::Unavailable(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER_S))
            }
            Self::TooManyRequests(seconds) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(*seconds))
            }
            Self::Unauthorized(_) => headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"comarca\""),
            ),
            Self::MethodNotAllowed(methods) => {
                headers.insert(header::ALLOW, HeaderValue::from_static(methods))
            }
            _ => None,
        };
        response
    }
}

/// The error rides along, so that `observe` can log it and name the path.
impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.response(None);
        response.extensions_mut().insert(self);
        response
    }
}

impl From<UnknownId> for AppError {
    fn from(unknown: UnknownId) -> Self {
        Self::unknown(
            unknown.kind,
            &unknown.id,
            unknown.known.split(", ").filter(|id| !id.is_empty()),
        )
    }
}

/// What a client wrote, shortened.
pub(crate) fn shown(value: &str) -> String {
    match value.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}

/// Known ids with commas, the first of many.
fn listed(known: &[&str]) -> String {
    let named = known
        .iter()
        .take(NAMED_MAX)
        .copied()
        .collect::<Vec<_>>()
        .join(", ");
    if known.len() > NAMED_MAX {
        named + ", …"
    } else {
        named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_id_is_compared_with_a_bounded_number() {
        let keys: Vec<String> = (0..=COMPARED_MAX)
            .map(|number| format!("key{number}"))
            .collect();
        let detail = |count: usize| {
            AppError::unknown(
                "territory",
                "key_0",
                keys[..count].iter().map(String::as_str),
            )
            .detail()
        };
        assert_eq!(
            detail(COMPARED_MAX),
            "there is no territory \"key_0\"; did you mean \"key0\"?"
        );
        assert!(detail(COMPARED_MAX + 1).contains("there are key0, key1, key2,"));
        assert_eq!(
            detail(0),
            "there is no territory \"key_0\"; there is none at all"
        );
    }

    #[test]
    fn what_a_client_wrote_is_repeated_shortened() {
        let error = AppError::parameter("q", &"ñ".repeat(5000), "short");
        assert!(error.detail().len() < 250, "{}", error.detail());
    }
}
