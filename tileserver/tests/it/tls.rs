//! HTTPS: both protocols, another certificate while it runs, and what cannot be used.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use axum::body::Body;
use comarca_tileserver::{ServerOptions, Tls};
use http_body_util::BodyExt;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::socket::running;

/// A folder with a certificate for `localhost` and its key.
struct Files {
    folder: TempDir,
}

impl Files {
    fn new() -> (Self, CertificateDer<'static>) {
        let files = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let certificate = files.renew();
        (files, certificate)
    }

    /// Puts another certificate in the place of the one there was.
    fn renew(&self) -> CertificateDer<'static> {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        fs::write(self.certificate(), cert.pem()).unwrap();
        fs::write(self.key(), signing_key.serialize_pem()).unwrap();
        cert.der().clone()
    }

    fn certificate(&self) -> PathBuf {
        self.folder.path().join("cert.pem")
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key.pem")
    }

    fn open(&self) -> Result<Tls, String> {
        Tls::open(&self.certificate(), &self.key()).map_err(|error| error.to_string())
    }
}

/// A connection by one protocol that trusts one certificate.
async fn connect(
    address: std::net::SocketAddr,
    trusted: &CertificateDer<'static>,
    protocol: &str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    let name = ServerName::try_from("localhost").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

fn request(uri: &str) -> hyper::Request<Body> {
    let request = hyper::Request::get(uri).header("host", "localhost");
    request.body(Body::empty()).unwrap()
}

#[tokio::test]
async fn both_protocols_are_spoken_and_links_are_https() {
    let (files, certificate) = Files::new();
    let tls = Arc::new(files.open().unwrap());
    let running = running(ServerOptions {
        tls: Some(tls),
        ..ServerOptions::default()
    })
    .await;
    let stream = connect(running.address, &certificate, "http/1.1")
        .await
        .unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let driver = tokio::spawn(connection);
    let answer = sender
        .send_request(request("/tiles/zones.json"))
        .await
        .unwrap();
    let document = answer.into_body().collect().await.unwrap().to_bytes();
    let document: serde_json::Value = serde_json::from_slice(&document).unwrap();
    let template = document["tiles"][0].as_str().unwrap();
    assert!(
        template.starts_with("https://localhost/tiles/"),
        "{template}"
    );
    drop(sender);
    drop(driver.await);

    let stream = connect(running.address, &certificate, "h2").await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    let executor = TokioExecutor::new();
    let (mut sender, connection) = http2::handshake(executor, TokioIo::new(stream))
        .await
        .unwrap();
    let driver = tokio::spawn(connection);
    for _ in 0..3 {
        let uri = "https://localhost/tiles/zones/10/512/511.mvt";
        let mut request = request(uri);
        request.headers_mut().remove("host");
        let answer = sender.send_request(request).await.unwrap();
        assert_eq!(
            (answer.status().as_u16(), answer.version()),
            (200, hyper::Version::HTTP_2)
        );
        assert!(
            !answer
                .into_body()
                .collect()
                .await
                .unwrap()
                .to_bytes()
                .is_empty()
        );
    }
    running.server.state.drain();
    let answer = sender
        .send_request(request("https://localhost/ready"))
        .await
        .unwrap();
    assert_eq!(answer.status(), 503);
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
    drop(driver.await);
}

#[tokio::test]
async fn plain_text_on_the_port_of_tls_is_no_request() {
    let (files, _) = Files::new();
    let running = running(ServerOptions {
        tls: Some(Arc::new(files.open().unwrap())),
        ..ServerOptions::default()
    })
    .await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nHost: h\r\n\r\n")
        .await
        .unwrap();
    let mut answer = vec![];
    drop(stream.read_to_end(&mut answer).await);
    assert!(!answer.starts_with(b"HTTP/"));
    while running
        .server
        .metric("comarca_tls_handshakes_failed_total")
        .await
        < 1.0
    {
        tokio::task::yield_now().await;
    }
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[tokio::test]
async fn another_certificate_is_used_from_the_next_connection_on() {
    let (files, first) = Files::new();
    let tls = Arc::new(files.open().unwrap());
    let running = running(ServerOptions {
        tls: Some(Arc::clone(&tls)),
        ..ServerOptions::default()
    })
    .await;
    assert!(connect(running.address, &first, "h2").await.is_ok());
    assert_eq!(tls.look(), Ok(false));
    let second = files.renew();
    assert_eq!(tls.look(), Ok(true));
    assert!(connect(running.address, &first, "h2").await.is_err());
    assert!(connect(running.address, &second, "h2").await.is_ok());
    fs::write(files.certificate(), "nothing").unwrap();
    assert!(tls.look().is_err());
    assert_eq!(tls.look(), Ok(false), "told once");
    assert!(connect(running.address, &second, "h2").await.is_ok());
    running.stop.send(()).unwrap();
    running.ended.await.unwrap();
}

#[test]
fn what_cannot_be_used_is_told_with_its_file() {
    let (files, _) = Files::new();
    let (certificate, key) = (files.certificate(), files.key());
    let other = KeyPair::generate().unwrap().serialize_pem();
    let good = fs::read(&key).unwrap();
    let pair = fs::read(&certificate).unwrap();
    let error = |files: &Files| files.open().unwrap_err();
    fs::write(&key, other).unwrap();
    assert!(error(&files).contains("key.pem: is not the key of the certificate in "));
    fs::write(
        &key,
        "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n",
    )
    .unwrap();
    assert!(error(&files).contains("key.pem: the key is encrypted"));
    fs::write(&key, "").unwrap();
    assert!(error(&files).contains("key.pem: holds no private key"));
    fs::remove_file(&key).unwrap();
    assert!(error(&files).contains("key.pem: cannot be read"));
    fs::write(&key, &good).unwrap();
    fs::write(&certificate, &good).unwrap();
    assert!(error(&files).contains("cert.pem: holds no certificate"));
    fs::write(
        &certificate,
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(files.open().is_err());
    fs::write(&certificate, pair).unwrap();
    assert!(files.open().is_ok());
}
