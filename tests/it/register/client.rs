//! A client that survives its server.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use comarca_tests::http::Answer;
use comarca_tests::program::PATIENCE;

/// Sends a request with a body; none where the server is not there, or goes away before it has answered.
pub(super) fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Option<Answer> {
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n",
        body.len()
    );
    for (name, value) in headers {
        request = request + name + ": " + value + "\r\n";
    }
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream
        .write_all((request + "\r\n" + body).as_bytes())
        .ok()?;
    let mut bytes = vec![];
    // What came before a reset may be a whole answer.
    drop(stream.read_to_end(&mut bytes));
    Answer::parse(&bytes).map(|(answer, _)| answer)
}

/// Records a demand of this title under an idempotency key.
pub(super) fn record(
    address: SocketAddr,
    token: &str,
    key: &str,
    title: &str,
    description: &str,
) -> Option<Answer> {
    let body = serde_json::json!({
        "theme": "health", "title": title, "description": description, "location": [-70.695, -33.495], "votes": 3,
    });
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", key)];
    send(address, "POST", "/demands", &headers, &body.to_string())
}
