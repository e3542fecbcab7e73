//! How the server begins and ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use comarca_tests::http::{Answer, connect};
use comarca_tests::program::{comarca_in, run, until};
use comarca_tests::project::{sample, tiny, tiny_with};
use comarca_tests::server::Server;

#[test]
fn a_server_that_is_asked_to_end_ends_with_0() {
    let mut server = Server::start(tiny().path());
    server.terminate();
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
}

#[test]
fn idle_connections_do_not_hold_the_end() {
    let mut server = Server::start(tiny().path());
    let silent = connect(server.address());
    let mut waiting = connect(server.address());
    waiting
        .write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .expect("it takes a request");
    waiting
        .read_exact(&mut [0; 12])
        .expect("it answers and keeps the connection");
    server.terminate();
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
    drop((silent, waiting));
}

/// Many large answers are asked for in one go and not read: the server stands in the middle of one of them. Told to
/// end, it takes no one else in, ends that answer whole, and begins no other.
#[test]
fn an_answer_that_has_begun_is_ended_before_the_server_ends() {
    // Together far more than sockets hold; their requests few enough to be taken in at once, so that none is left unread
    // when the connection is closed, which would reset it.
    const ASKED: usize = 40;
    let mut server = Server::start(&sample());
    let request = "GET /tiles/blocks,stops,demands/0/0/0.mvt HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut stream = connect(server.address());
    stream
        .write_all(request.repeat(ASKED).as_bytes())
        .expect("it takes requests");
    let mut begun = vec![0; 1000];
    stream.read_exact(&mut begun).expect("it begins to answer");
    server.terminate();
    until("nobody is let in any more", || {
        TcpStream::connect(server.address()).err()
    });
    stream
        .read_to_end(&mut begun)
        .expect("it ends the answer and the connection");
    let mut answers = vec![];
    let mut rest = &begun[..];
    while let Some((answer, length)) = Answer::parse(rest) {
        answers.push(answer);
        rest = &rest[length..];
    }
    assert!(
        rest.is_empty(),
        "{} bytes of an answer that was cut off",
        rest.len()
    );
    assert!(
        !answers.is_empty() && answers.len() < ASKED,
        "{} answers",
        answers.len()
    );
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == 200 && answer.body == answers[0].body)
    );
    assert_eq!(server.ended().code(), Some(0), "{}", server.said());
}

#[test]
fn a_port_in_use_is_told_in_one_line() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let folder = tiny();
    let outcome = run(comarca_in(folder.path()).args(["serve", "--listen", &address]));
    assert_eq!(outcome.code(), Some(1));
    assert_eq!(outcome.stderr.lines().count(), 1, "{}", outcome.stderr);
    assert!(
        outcome
            .stderr
            .starts_with(&format!("error: cannot listen on {address}: ")),
        "{}",
        outcome.stderr
    );
}

#[test]
fn an_address_that_is_none_is_told() {
    let folder = tiny();
    let outcome = run(comarca_in(folder.path()).args(["serve", "--listen", "everywhere"]));
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome.stderr.contains("\"everywhere\"") || outcome.stderr.contains("on everywhere"),
        "{}",
        outcome.stderr
    );
}

#[test]
fn a_project_that_cannot_be_loaded_is_not_served() {
    let folder = tiny_with("column = \"persons\"", "column = \"person\"");
    let outcome = run(comarca_in(folder.path()).args(["serve", "--listen", "127.0.0.1:0"]));
    assert_eq!(outcome.code(), Some(1));
    assert!(
        outcome.stderr.contains("did you mean \"persons\"?"),
        "{}",
        outcome.stderr
    );
}
