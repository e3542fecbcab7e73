//! How a request came: by which connection, through which proxies, under which name.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request};
use ipnet::IpNet;
use opentelemetry::trace::{SpanContext, SpanId, TraceFlags, TraceId, TraceState};

/// The header with the name of a request.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_FORWARDED_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// Longest name of a request that is taken over.
const REQUEST_ID_BYTES_MAX: usize = 128;
/// How many proxies are looked at.
const HOPS_MAX: usize = 32;

/// The connection of a request.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    /// The other side; none without a socket.
    pub(crate) peer: Option<IpAddr>,
    /// Whether it is encrypted.
    pub(crate) is_tls: bool,
}

/// How a request came.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    /// Its name, in the answer and in the log.
    pub(crate) id: HeaderValue,
    /// The path as it was sent, with the base path.
    pub(crate) path: String,
    /// Its connection.
    pub(crate) line: Line,
    /// What a trusted proxy says of it.
    pub(crate) forwarded: Forwarded,
    /// The span of somebody else that it belongs to.
    pub(crate) trace: Option<SpanContext>,
    /// The generation that is current.
    pub(crate) serial: Option<u64>,
}

impl Arrival {
    /// How a request that is being answered came; one that came by no socket and no name where nobody has said.
    pub(crate) fn of<B>(request: &Request<B>) -> Self {
        let unsaid = || Self {
            id: request_id(request.headers()),
            path: request.uri().path().to_owned(),
            line: Line::default(),
            forwarded: Forwarded::default(),
            trace: None,
            serial: None,
        };
        let said = request.extensions().get::<Self>().cloned();
        said.unwrap_or_else(unsaid)
    }

    /// Who asked, as far as that is known.
    pub(crate) fn client(&self) -> Option<IpAddr> {
        self.forwarded.client.or(self.line.peer)
    }

    /// `http` or `https`, as whoever asked knows it.
    pub(crate) fn scheme(&self) -> &'static str {
        let own = if self.line.is_tls { "https" } else { "http" };
        self.forwarded.scheme.unwrap_or(own)
    }

    /// The span of a `traceparent` header (W3C Trace Context §3.2).
    pub(crate) fn trace(headers: &HeaderMap) -> Option<SpanContext> {
        let header = headers.get(TRACEPARENT)?.to_str().ok()?;
        let mut parts = header.split('-');
        let [version, trace, parent, flags] = std::array::from_fn(|_| parts.next().unwrap_or(""));
        let is_hex = |text: &str, length: usize| {
            let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
            text.len() == length && text.bytes().all(digit)
        };
        let is_read = is_hex(version, 2)
            && version != "ff"
            && (version != "00" || parts.next().is_none())
            && is_hex(trace, 32)
            && is_hex(parent, 16)
            && is_hex(flags, 2);
        let is_sampled =
            |flags: &str| u8::from_str_radix(flags, 16).is_ok_and(|bits| bits & 1 == 1);
        let span = SpanContext::new(
            TraceId::from_hex(trace).ok()?,
            SpanId::from_hex(parent).ok()?,
            TraceFlags::default().with_sampled(is_sampled(flags)),
            true,
            TraceState::default(),
        );
        Some(span).filter(|span| is_read && span.is_valid())
    }
}

/// The name of a request: its own where that is short and plain, else a new one.
pub(crate) fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._:+/=".contains(byte);
    let given = headers.get(REQUEST_ID).filter(|id| {
        (1..=REQUEST_ID_BYTES_MAX).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    given.cloned().unwrap_or_else(new_id)
}

/// Sixteen hexadecimal digits that no other request of this process has, and hardly one of another.
fn new_id() -> HeaderValue {
    static SEED: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let number = SEED.hash_one(COUNT.fetch_add(1, Ordering::Relaxed));
    let text: [u8; 16] = std::array::from_fn(|at| DIGITS[(number >> (60 - 4 * at) & 15) as usize]);
    HeaderValue::from_bytes(&text).expect("digits and letters fit into a header")
}

/// What trusted proxies say of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Forwarded {
    /// The first address, from here on, that is no trusted proxy.
    pub(crate) client: Option<IpAddr>,
    /// `http` or `https`.
    pub(crate) scheme: Option<&'static str>,
    /// The host that was asked for, unchecked.
    pub(crate) host: Option<String>,
    /// The path that the proxy has taken off, unchecked.
    pub(crate) prefix: Option<String>,
}

impl Forwarded {
    /// Reads the headers of a request whose connection is a trusted proxy's; of others nothing is believed.
    ///
    /// Where there is any of `X-Forwarded-For`, `-Proto` and `-Host`, `Forwarded` (RFC 7239) is not looked at: a proxy
    /// speaks one of the two and mostly passes the other on as a client has sent it, and hardly any speaks the second.
    /// Each proxy adds to the end of a list, so lists are read from there: past each trusted proxy to what the outermost
    /// of them says.
    pub(crate) fn read(headers: &HeaderMap, peer: Option<IpAddr>, trusted: &[IpNet]) -> Self {
        let is_trusted = |address: IpAddr| trusted.iter().any(|net| net.contains(&address));
        if !peer.is_some_and(|peer| is_trusted(peer.to_canonical())) {
            return Self::default();
        }
        let custom = [X_FORWARDED_FOR, X_FORWARDED_PROTO, X_FORWARDED_HOST];
        let own = match custom.iter().any(|name| headers.contains_key(name)) {
            true => Self::of_custom(headers, is_trusted),
            false => Self::of_standard(&list(headers, &FORWARDED), is_trusted),
        };
        let prefix = list(headers, &X_FORWARDED_PREFIX).pop();
        Self { prefix, ..own }
    }

    fn of_standard(elements: &[String], is_trusted: impl Fn(IpAddr) -> bool) -> Self {
        let clients: Vec<Option<IpAddr>> = elements
            .iter()
            .map(|element| parameter(element, "for").and_then(|name| address(&name)))
            .collect();
        let (position, client) = outermost(&clients, is_trusted);
        let element = elements.get(position);
        let named = |name| element.and_then(|element| parameter(element, name));
        Self {
            client,
            scheme: named("proto").as_deref().and_then(scheme),
            host: named("host"),
            prefix: None,
        }
    }

    fn of_custom(headers: &HeaderMap, is_trusted: impl Fn(IpAddr) -> bool) -> Self {
        let clients: Vec<Option<IpAddr>> = list(headers, &X_FORWARDED_FOR)
            .iter()
            .map(|name| address(name))
            .collect();
        let (position, client) = outermost(&clients, is_trusted);
        let hops = clients.len().saturating_sub(position).max(1);
        // As many from the end as the client; the first of a list that a proxy has begun anew.
        let same_hop = |name: &HeaderName| {
            let mut values = list(headers, name);
            let at = values.len().saturating_sub(hops);
            (!values.is_empty()).then(|| values.swap_remove(at))
        };
        Self {
            client,
            scheme: same_hop(&X_FORWARDED_PROTO).as_deref().and_then(scheme),
            host: same_hop(&X_FORWARDED_HOST),
            prefix: None,
        }
    }
}

/// The last of the addresses that is no trusted proxy, and its position; the first where all are.
fn outermost(
    clients: &[Option<IpAddr>],
    is_trusted: impl Fn(IpAddr) -> bool,
) -> (usize, Option<IpAddr>) {
    let stranger = |client: &Option<IpAddr>| !client.is_some_and(&is_trusted);
    let position = clients.iter().rposition(stranger).unwrap_or(0);
    (position, clients.get(position).copied().flatten())
}

fn scheme(name: &str) -> Option<&'static str> {
    let known = ["http", "https"];
    known
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(name))
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let without_port = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => match text.rsplit_once(':') {
            Some((host, _)) if !host.contains(':') => host,
            _ => text,
        },
    };
    without_port
        .parse()
        .map(|ip: IpAddr| ip.to_canonical())
        .ok()
}

/// The items of a header that may stand several times, the last [`HOPS_MAX`] of them. What is no text spoils its own item
/// alone: others have been added by proxies.
fn list(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let items: Vec<&[u8]> = values
        .flat_map(|value| value.split(|byte| *byte == b','))
        .collect();
    let last = items.len().saturating_sub(HOPS_MAX);
    let text = |item: &&[u8]| String::from_utf8_lossy(item.trim_ascii()).into_owned();
    items[last..].iter().map(text).collect()
}

/// A parameter of an element of `Forwarded`. Commas and semicolons within quotes are not expected: neither addresses nor
/// hosts have them.
fn parameter(element: &str, name: &str) -> Option<String> {
    let mut pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(own, _)| own.trim().eq_ignore_ascii_case(name))?;
    Some(value.trim().trim_matches('"').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &str)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_str(value).unwrap(),
            )
        };
        pairs.iter().map(pair).collect()
    }

    fn read(pairs: &[(&'static str, &str)]) -> Forwarded {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8"].map(|net| net.parse().unwrap());
        Forwarded::read(&headers(pairs), "127.0.0.1".parse().ok(), &trusted)
    }

    #[test]
    fn nobody_but_a_trusted_proxy_is_believed() {
        let said = headers(&[("x-forwarded-for", "192.0.2.1"), ("x-forwarded-host", "a")]);
        let trusted = ["10.0.0.0/8".parse().unwrap()];
        for peer in [None, "127.0.0.1".parse().ok(), "::1".parse().ok()] {
            assert_eq!(Forwarded::read(&said, peer, &trusted), Forwarded::default());
        }
        let mapped = "::ffff:10.1.2.3".parse().ok();
        assert!(Forwarded::read(&said, mapped, &trusted).client.is_some());
    }

    #[test]
    fn a_client_cannot_speak_through_a_proxy_that_adds() {
        let own = read(&[
            ("x-forwarded-for", "1.1.1.1, 192.0.2.7"),
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "evil.example, maps.example"),
        ]);
        assert_eq!(own.client, "192.0.2.7".parse().ok());
        assert_eq!(
            (own.scheme, own.host.as_deref()),
            (Some("http"), Some("maps.example"))
        );
    }

    #[test]
    fn a_row_of_trusted_proxies_is_passed() {
        let own = read(&[
            ("x-forwarded-for", "192.0.2.7, 10.0.0.2"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-prefix", "/mapas"),
        ]);
        assert_eq!(own.client, "192.0.2.7".parse().ok());
        assert_eq!(own.scheme, Some("https"));
        assert_eq!(own.prefix.as_deref(), Some("/mapas"));
    }

    #[test]
    fn a_client_cannot_speak_in_the_header_that_its_proxy_does_not() {
        let custom = [
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "maps.example"),
        ];
        let forged = ("forwarded", "for=1.1.1.1;proto=http;host=evil.example");
        let own = read(&custom);
        assert_eq!(own.client, "192.0.2.7".parse().ok());
        assert_eq!(read(&[&custom[..], &[forged]].concat()), own);
        for one in custom {
            assert_eq!(read(&[forged, one]), read(&[one]), "{one:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_hide_nobody() {
        let header = HeaderValue::from_bytes(b"\xff, 192.0.2.7").unwrap();
        let headers = [(X_FORWARDED_FOR, header)].into_iter().collect();
        let trusted = ["127.0.0.1/32".parse().unwrap()];
        let own = Forwarded::read(&headers, "127.0.0.1".parse().ok(), &trusted);
        assert_eq!(own.client, "192.0.2.7".parse().ok());
    }

    #[test]
    fn the_standard_header_is_read_where_it_stands_alone() {
        let own = read(&[(
            "forwarded",
            "for=1.1.1.1;host=evil, For=\"[2001:db8::1]:4711\";Proto=HTTPS;host=\"maps.example:8443\"",
        )]);
        assert_eq!(own.client, "2001:db8::1".parse().ok());
        assert_eq!(
            (own.scheme, own.host.as_deref()),
            (Some("https"), Some("maps.example:8443"))
        );
        let hidden = read(&[("forwarded", "for=unknown;proto=gopher")]);
        assert_eq!(hidden, Forwarded::default());
    }

    #[test]
    fn names_of_requests_are_short_and_plain_or_new() {
        let given = |id: &str| request_id(&headers(&[("x-request-id", id)]));
        assert_eq!(given("abc-1.2_3"), "abc-1.2_3");
        for odd in ["", "a b", "a\"b", "<b>", &"a".repeat(129)] {
            let made = given(odd);
            assert_eq!(made.len(), 16, "{odd:?}");
            assert_ne!(made, given(odd));
        }
    }

    #[test]
    fn traces_are_read_as_the_recommendation_says() {
        let of = |text: &str| {
            let span = Arrival::trace(&headers(&[("traceparent", text)]))?;
            Some((span.trace_id().to_string(), span.is_sampled()))
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let whole = format!("00-{trace}-00f067aa0ba902b7-01");
        let read = |is_sampled: bool| Some((trace.to_owned(), is_sampled));
        assert_eq!(of(&whole), read(true));
        assert_eq!(of(&whole.replace("-01", "-02")), read(false));
        assert_eq!(of(&format!("cc-{}-what-comes", &whole[3..])), read(true));
        for odd in [
            &whole[..54],
            &format!("{whole}-more"),
            &whole.replace('b', "B"),
            &whole.replacen("00", "ff", 1),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            "",
        ] {
            assert_eq!(of(odd), None, "{odd}");
        }
    }
}
