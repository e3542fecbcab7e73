//! The program as a server on a free port.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use crate::http::{self, Answer};
use crate::program::{comarca_in, until, wait};

/// What stands before the address in the line that says that the server serves.
const SERVED_AT: &str = "is served at http://";

/// How long a server may take to end: what the operator was promised.
const END_MAX: Duration = Duration::from_secs(10);

/// A running server; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
    said: Arc<Mutex<String>>,
}

impl Server {
    /// Serves the project in a folder.
    pub fn start(folder: &Path) -> Self {
        Self::start_by(comarca_in(folder))
    }

    /// Serves with a command that has everything but `serve`.
    ///
    /// # Panics
    /// When the program ends instead.
    pub fn start_by(mut command: Command) -> Self {
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let said = listen(&mut child);
        let address = until("the address of the server", || {
            if let Some(address) = address(&said.lock().expect("no reader panics")) {
                return Some(address);
            }
            let ended = child.try_wait().expect("a child can be waited for");
            assert_eq!(ended, None, "the server ended: {said:?}");
            None
        });
        Self {
            child,
            address,
            said,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it wrote to standard error so far.
    pub fn said(&self) -> String {
        self.said.lock().expect("no reader panics").clone()
    }

    /// The answer to a GET request.
    pub fn get(&self, target: &str) -> Answer {
        self.get_with(target, &[])
    }

    /// The answer to a GET request with further headers.
    pub fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Answer {
        let answer = self.send(&http::get_request(target, headers));
        answer.unwrap_or_else(|| panic!("no answer to {target}; {}", self.said()))
    }

    /// A JSON document that must be there.
    pub fn json(&self, target: &str) -> Value {
        let answer = self.get(target);
        assert_eq!(answer.status, 200, "{target}: {}", answer.text());
        answer.json()
    }

    /// The answer to whatever bytes; none where the server closed the connection instead.
    pub fn send(&self, request: &[u8]) -> Option<Answer> {
        let bytes = http::exchange(self.address, request);
        Answer::parse(&bytes).map(|(answer, _)| answer)
    }

    /// The number of its process.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Asks it to end, as `kill PID` does.
    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// Asks it to end at once, as Ctrl-C does.
    pub fn interrupt(&self) {
        self.signal("INT");
    }

    fn signal(&self, name: &str) {
        let mut command = Command::new("sh");
        command
            .arg("-c")
            .arg(format!("kill -{name} {}", self.child.id()));
        let status = command.status().expect("there is a shell");
        assert!(status.success(), "the server is there to be ended");
    }

    /// How it ended, which it must have done within the promised time.
    pub fn ended(&mut self) -> ExitStatus {
        wait(&mut self.child, END_MAX, "the server")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended before.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Collects the lines of standard error as they come.
fn listen(child: &mut Child) -> Arc<Mutex<String>> {
    let said = Arc::new(Mutex::new(String::new()));
    let (pipe, heard) = (child.stderr.take().expect("it is piped"), Arc::clone(&said));
    thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut heard = heard.lock().expect("no reader panics");
            heard.push_str(&line);
            heard.push('\n');
        }
    });
    said
}

fn address(said: &str) -> Option<SocketAddr> {
    let (_, rest) = said.split_once(SERVED_AT)?;
    let (address, _) = rest.split_once('/')?;
    Some(address.parse().expect("an address with a port"))
}
