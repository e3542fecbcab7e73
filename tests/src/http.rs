//! A small HTTP/1.1 client on a plain socket.
//!
//! Not a library: half of the tests send what no library would send, and what is answered shall be seen as it came.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};

use serde_json::Value;

use crate::program::PATIENCE;

/// An answer as it came.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names in lower case with their values.
    pub headers: Vec<(String, String)>,
    /// The body, as long as its header says.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first answer in `bytes` and the number of bytes it takes; none where it is not complete.
    ///
    /// # Panics
    /// When the bytes are not an answer with a length.
    pub fn parse(bytes: &[u8]) -> Option<(Self, usize)> {
        let head_end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
        let head = std::str::from_utf8(&bytes[..head_end]).expect("our headers are ASCII");
        let mut lines = head.split("\r\n");
        let status = lines.next().and_then(|line| line.split(' ').nth(1));
        let status: u16 = status
            .and_then(|status| status.parse().ok())
            .expect("a status line");
        let headers: Vec<(String, String)> = lines.map(header).collect();
        let length = headers.iter().find(|(name, _)| name == "content-length");
        let length = match (length, status) {
            (Some((_, length)), _) if status != 304 => {
                length.parse().expect("a length is a number")
            }
            (None, 200) => panic!("an answer without a length: {head}"),
            _ => 0,
        };
        let body = bytes
            .get(head_end + 4..head_end + 4 + length)
            .map(<[u8]>::to_vec)?;
        Some((
            Self {
                status,
                headers,
                body,
            },
            head_end + 4 + length,
        ))
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(own, _)| own == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body is UTF-8")
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{error}: {} {:?}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )
        })
    }
}

fn header(line: &str) -> (String, String) {
    let (name, value) = line
        .split_once(':')
        .expect("a header has a name and a value");
    (name.to_ascii_lowercase(), value.trim().to_owned())
}

/// A connection whose reads and writes fail after [`PATIENCE`].
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server accepts connections");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("the time is not zero");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("the time is not zero");
    stream
}

/// Sends bytes on a connection of their own and gives what comes back until the server closes it.
///
/// A server may close early on what it refuses; what it said before counts.
///
/// # Panics
/// When nothing happens for [`PATIENCE`].
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(address);
    // A refusal may come while we still send.
    drop(stream.write_all(bytes));
    let mut answer = vec![];
    match stream.read_to_end(&mut answer) {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            panic!("no end of the answer to {:?}", shown(bytes))
        }
        _ => answer,
    }
}

/// A GET request for one answer.
pub fn get_request(target: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let mut request = format!("GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    for (name, value) in headers {
        request = request + name + ": " + value + "\r\n";
    }
    (request + "\r\n").into_bytes()
}

/// The beginning of what was sent, for messages.
pub fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(&bytes[..bytes.len().min(200)]).into_owned()
}
