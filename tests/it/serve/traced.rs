//! Spans of requests, as a collector of OpenTelemetry gets them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use comarca_tests::program::comarca_in;
use comarca_tests::project::{TINY_PROJECT, tiny, write};
use comarca_tests::server::Server;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A server of the small project that sends its spans to an address.
fn traced(endpoint: &str) -> (tempfile::TempDir, Server) {
    let folder = tiny();
    let project = format!("{TINY_PROJECT}\n[server]\nwarm_tiles = 0\notlp = \"{endpoint}\"\n");
    write(folder.path(), "comarca.toml", project);
    let server = Server::start_by(comarca_in(folder.path()));
    (folder, server)
}

/// What a collector was sent: the heads of requests, and their bodies.
type Received = Arc<Mutex<Vec<(String, Vec<u8>)>>>;

/// A collector that takes everything; its address.
fn collector() -> (String, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it is bound");
    let received = Received::default();
    let kept = Arc::clone(&received);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let kept = Arc::clone(&kept);
            thread::spawn(move || take(&stream, &kept));
        }
    });
    (format!("http://{address}"), received)
}

/// Takes the requests of one connection; `None` at its end.
fn take(stream: &TcpStream, received: &Received) -> Option<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            (reader.read_line(&mut head).ok()? > 0).then_some(())?;
        }
        let lower = head.to_lowercase();
        let length = lower.split("content-length: ").nth(1)?;
        let mut body = vec![0; length.lines().next()?.trim().parse().ok()?];
        reader.read_exact(&mut body).ok()?;
        received.lock().ok()?.push((lower, body));
        let taken = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
        writer.write_all(taken).ok()?;
    }
}

fn count(body: &[u8], part: &[u8]) -> usize {
    body.windows(part.len()).filter(|at| *at == part).count()
}

#[test]
fn every_request_is_a_span_below_that_of_its_client() {
    let (endpoint, received) = collector();
    let (_folder, mut server) = traced(&endpoint);
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let sent = [("traceparent", &*parent)];
    // The second finds the tile that the first has left, by another way.
    for _ in 0..2 {
        let answer = server.get_with("/tiles/districts/0/0/0.mvt", &sent);
        assert_eq!(answer.status, 200);
    }
    let secret = "/nowhere?token=nobodys-business";
    assert_eq!(server.get_with(secret, &sent).status, 404);
    assert_eq!(server.get("/health").status, 200);
    // The last spans are sent before the end.
    server.interrupt();
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
    let received = received.lock().expect("no collector panics");
    let mut spans = vec![];
    for (head, body) in received.iter() {
        assert!(head.starts_with("post /v1/traces "), "{head}");
        assert!(
            head.contains("content-type: application/x-protobuf"),
            "{head}"
        );
        spans.extend_from_slice(body);
    }
    let trace: Vec<u8> = (0..32)
        .step_by(2)
        .map(|at| u8::from_str_radix(&TRACE[at..at + 2], 16).expect("digits"))
        .collect();
    assert_eq!(count(&spans, &trace), 3);
    assert_eq!(count(&spans, b"GET /tiles/"), 2);
    assert_eq!(count(&spans, b"GET /health"), 1);
    for outcome in ["miss", "hit"] {
        assert_eq!(count(&spans, outcome.as_bytes()), 1, "{outcome}");
    }
    assert_eq!(count(&spans, b"nobodys-business"), 0);
}

#[test]
fn a_collector_that_is_away_is_said_and_delays_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = free.local_addr().expect("it is bound");
    drop(free);
    let (_folder, mut server) = traced(&format!("http://{address}"));
    assert_eq!(server.get("/health").status, 200);
    server.interrupt();
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
    let said = server.said();
    assert!(said.to_lowercase().contains("export"), "{said}");
}
