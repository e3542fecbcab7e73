//! The way out to the network: where it may lead, and how much an answer may hold before anyone looks at it.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::future::BoxFuture;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use reqwest::redirect::Policy;
use url::{Host, Url};

use crate::source::remote::innermost;

/// The size that stands for one that the server did not tell.
pub(super) const UNKNOWN_SIZE: u64 = u64::MAX;
/// Longest way to a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Most of the text of an error that is read.
const ERROR_BYTES_MAX: usize = 1024;
/// Most redirects that are followed.
const REDIRECTS_MAX: usize = 5;

/// Makes the clients of all stores: one address, redirects only within it.
#[derive(Clone, Debug)]
pub(super) struct Guard(reqwest::Client);

impl Guard {
    /// For the web server of `url`, which is called at the addresses it has now and with the login in its address.
    pub(super) fn of_server(url: &Url, silence: Duration) -> Result<Self, String> {
        let plain = url.scheme() == "http";
        let mut builder = client(plain, silence);
        if let Some(Host::Domain(host)) = url.host() {
            let port = url.port_or_known_default().unwrap_or_default();
            // Where a proxy looks names up, it may be that nobody else can.
            if let Ok(found) = (host, port).to_socket_addrs() {
                builder = builder.resolve_to_addrs(host, &allowed(found)?);
            }
        }
        let wrong = |error: reqwest::Error| innermost(&error);
        if url.username().is_empty() && url.password().is_none() {
            return builder.build().map(Self).map_err(wrong);
        }
        let probe = client(plain, silence).build().map_err(wrong)?;
        let login = probe.get(url.clone()).build().map_err(wrong)?;
        builder
            .default_headers(login.headers().clone())
            .build()
            .map(Self)
            .map_err(wrong)
    }

    /// For a store whose address is the provider's, or what the environment says; `plain` allows one without TLS.
    pub(super) fn of_store(plain: bool, silence: Duration) -> Result<Self, String> {
        let built = client(plain, silence).build();
        built.map(Self).map_err(|error| innermost(&error))
    }
}

fn client(plain: bool, silence: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("comarca/", env!("CARGO_PKG_VERSION")))
        .https_only(!plain)
        .http1_only()
        .connect_timeout(CONNECT)
        .read_timeout(silence)
        .redirect(Policy::custom(|attempt| {
            let same = attempt
                .previous()
                .first()
                .is_some_and(|first| first.origin() == attempt.url().origin());
            if !same {
                attempt.error("the server redirects to another address; name that one")
            } else if attempt.previous().len() > REDIRECTS_MAX {
                attempt.error("the server redirects again and again")
            } else {
                attempt.follow()
            }
        }))
}

/// The addresses that a name may be called at. A public name leads to public addresses only, and none to those that are
/// never meant by a name, such as a cloud's own (169.254.169.254).
fn allowed(found: impl Iterator<Item = SocketAddr>) -> Result<Vec<SocketAddr>, String> {
    let found: Vec<_> = found
        .filter(|address| !is_link_local(address.ip()))
        .collect();
    let public: Vec<_> = found
        .iter()
        .filter(|address| !is_inside(address.ip()))
        .copied()
        .collect();
    let allowed = if public.is_empty() { found } else { public };
    if allowed.is_empty() {
        return Err("the name of the server leads to no address that may be called".to_owned());
    }
    Ok(allowed)
}

/// Reachable on this link only, or no place at all.
fn is_link_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            address.is_link_local()
                || address.is_broadcast()
                || address.is_unspecified()
                || address.is_multicast()
        }
        IpAddr::V6(address) => {
            address.is_unicast_link_local() || address.is_unspecified() || address.is_multicast()
        }
    }
}

/// This machine or its own network.
fn is_inside(address: IpAddr) -> bool {
    match address.to_canonical() {
        // 100.64.0.0/10 is the providers' own (RFC 6598).
        IpAddr::V4(address) => {
            let [first, second, ..] = address.octets();
            address.is_loopback() || address.is_private() || (first == 100 && second & 0xc0 == 64)
        }
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}

impl HttpConnector for Guard {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Guard {
    // What `async_trait` makes of an async fn.
    fn call<'a, 'b>(
        &'a self,
        request: HttpRequest,
    ) -> BoxFuture<'b, Result<HttpResponse, HttpError>>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async move {
            let mut answer = HttpService::call(&self.0, request).await?;
            if !answer.status().is_success() {
                return shortened(answer).await;
            }
            // The store's client demands a length, which a server that writes while it sends does not know.
            if !answer.headers().contains_key("content-length")
                && let Ok(unknown) = UNKNOWN_SIZE.to_string().parse()
            {
                answer.headers_mut().insert("content-length", unknown);
            }
            Ok(answer)
        })
    }
}

/// The answer with no more than the beginning of its body, which would be read whole for the message.
async fn shortened(answer: HttpResponse) -> Result<HttpResponse, HttpError> {
    let (head, body) = answer.into_parts();
    let (mut text, mut stream) = (vec![], body.bytes_stream());
    while let Some(chunk) = stream.next().await {
        text.extend_from_slice(&chunk?);
        if text.len() > ERROR_BYTES_MAX {
            text.truncate(ERROR_BYTES_MAX);
            break;
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    Ok(HttpResponse::from_parts(head, HttpResponseBody::from(text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_name_does_not_lead_inside() {
        let addresses = |texts: &[&str]| {
            let found: Vec<SocketAddr> = texts
                .iter()
                .map(|text| text.parse().expect("an address"))
                .collect();
            allowed(found.into_iter())
                .map(|all| all.iter().map(SocketAddr::to_string).collect::<Vec<_>>())
        };
        let (public, private) = ("93.184.216.34:80", "10.0.0.7:80");
        assert_eq!(
            addresses(&[private, public, "127.0.0.1:80", "[::ffff:192.168.0.1]:80"]),
            Ok(vec![public.to_owned()])
        );
        assert_eq!(addresses(&[private]), Ok(vec![private.to_owned()]));
        for never in [
            "169.254.169.254:80",
            "[fe80::1]:80",
            "[::ffff:169.254.169.254]:80",
            "0.0.0.0:80",
        ] {
            assert!(addresses(&[never]).is_err(), "{never}");
            assert_eq!(addresses(&[never, private]), Ok(vec![private.to_owned()]));
        }
    }
}
