//! The address under which a client reaches this server, for the links in answers.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::error::AppError;
use crate::state::State;

/// Longest host name with its port.
const HOST_BYTES_MAX: usize = 262;

/// Scheme and authority without a slash at the end: the operator's, else from `Host`. `X-Forwarded-*` is not believed.
/// Empty where the request names no host: links are then relative to the root.
#[derive(Debug)]
pub(crate) struct Origin(pub(crate) String);

impl FromRequestParts<Arc<State>> for Origin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, AppError> {
        if let Some(url) = &state.options.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        // RFC 9112 §3.2.2: the authority of an absolute request target comes before `Host`.
        let authority = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        let host = authority.or_else(|| parts.headers.get(HOST).map(HeaderValue::as_bytes));
        match host {
            None | Some([]) => Ok(Self(String::new())),
            Some(host) => Ok(Self(format!("http://{}", checked(host)?))),
        }
    }
}

/// Letters, digits and what names, addresses and ports are made of: nothing that could end an attribute or a line.
fn checked(host: &[u8]) -> Result<&str, AppError> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(byte);
    let host = std::str::from_utf8(host)
        .ok()
        .filter(|host| host.len() <= HOST_BYTES_MAX && host.as_bytes().iter().all(plain));
    host.ok_or_else(|| {
        AppError::Malformed("the Host header is not a host name with a port".to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        assert!(
            checked(b"localhost:8080").is_ok()
                && checked(b"[::1]:80").is_ok()
                && checked(b"mapas.ciudad-sur.cl").is_ok()
        );
        for odd in [
            &b"a/b"[..],
            b"a\"><script>",
            b"user@host",
            b"h\xffst",
            b"a b",
        ] {
            assert!(checked(odd).is_err());
        }
        assert!(checked(&[b'a'; 300]).is_err());
    }
}
