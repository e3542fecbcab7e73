//! The address under which a client reaches this server, for the links in answers.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use axum::http::request::Parts;

use crate::arrival::Arrival;
use crate::error::AppError;
use crate::state::State;

/// Longest host name with its port.
const HOST_BYTES_MAX: usize = 262;
/// Longest path that a proxy has taken off.
const PREFIX_BYTES_MAX: usize = 256;

/// Where the paths of this server begin for a client, without a slash at the end: as the operator says, else as the
/// request and what trusted proxies say of it. Without scheme and host where the request names no host.
#[derive(Debug)]
pub(crate) struct Origin(pub(crate) String);

impl FromRequestParts<Arc<State>> for Origin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, AppError> {
        if let Some(url) = &state.options.public_url {
            return Ok(Self(url.trim_end_matches('/').to_owned()));
        }
        let arrival = parts.extensions.get::<Arrival>();
        let forwarded = arrival.map(|arrival| &arrival.forwarded);
        let prefix = match forwarded.and_then(|forwarded| forwarded.prefix.as_deref()) {
            Some(prefix) => checked_prefix(prefix)?,
            None => "",
        };
        let base = &state.options.base_path;
        // RFC 9112 §3.2.2: the authority of an absolute request target comes before `Host`.
        let authority = parts
            .uri
            .authority()
            .map(|authority| authority.as_str().as_bytes());
        let by_proxy = forwarded
            .and_then(|forwarded| forwarded.host.as_deref())
            .map(str::as_bytes);
        let host = by_proxy
            .or(authority)
            .or_else(|| parts.headers.get(HOST).map(HeaderValue::as_bytes));
        let Some(host) = host.filter(|host| !host.is_empty()) else {
            return Ok(Self(format!("{prefix}{base}")));
        };
        let scheme = arrival.map_or("http", Arrival::scheme);
        Ok(Self(format!("{scheme}://{}{prefix}{base}", checked(host)?)))
    }
}

/// A path that a proxy has taken off: empty, or parts after slashes.
///
/// # Errors
/// 400 for anything else.
pub(crate) fn checked_prefix(prefix: &str) -> Result<&str, AppError> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%".contains(&byte);
    let path = prefix.trim_end_matches('/');
    let is_path = path.is_empty() || path.starts_with('/') && !path.starts_with("//");
    let is_plain = path.len() <= PREFIX_BYTES_MAX && path.bytes().all(plain);
    (is_path && is_plain).then_some(path).ok_or_else(|| {
        AppError::Malformed("the X-Forwarded-Prefix header is not a path".to_owned())
    })
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
    fn prefixes_are_paths() {
        assert_eq!(checked_prefix("/mapas/").ok(), Some("/mapas"));
        assert_eq!(checked_prefix("/").ok(), Some(""));
        for odd in ["mapas", "//evil.example", "/a b", "/a\"b", "/a?b"] {
            assert!(checked_prefix(odd).is_err(), "{odd}");
        }
    }

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
