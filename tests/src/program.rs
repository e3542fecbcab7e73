//! The program under test, run as a user runs it.

use std::env;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long anything may take before it counts as hanging. Far beyond what is ever needed.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Time between two looks at something that is awaited.
pub const LOOK: Duration = Duration::from_millis(10);

/// How a run ended.
#[derive(Debug)]
pub struct Outcome {
    /// How it ended.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Outcome {
    /// The exit status; none where a signal ended it.
    pub fn code(&self) -> Option<i32> {
        self.status.code()
    }

    /// Standard output as text.
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("standard output is UTF-8")
    }

    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(self.text()).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Standard error as JSON lines.
    pub fn problems(&self) -> Vec<Value> {
        let parse = |line| {
            serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{error}: no JSON line: {line:?}"))
        };
        self.stderr.lines().map(parse).collect()
    }

    /// Fails the test unless the run was a success.
    pub fn assert_success(&self) {
        assert_eq!(self.code(), Some(0), "{}", self.stderr);
    }

    /// [`assert_success`](Self::assert_success), to go on with what it said.
    #[must_use]
    pub fn expect_success(self) -> Self {
        self.assert_success();
        self
    }
}

/// A run of the program that is not started yet, free of the settings of whoever runs the tests.
pub fn comarca() -> Command {
    let mut command = Command::new(executable());
    command
        .env_remove("COMARCA_PROJECT")
        .env_remove("COMARCA_LOG")
        .env_remove("RAYON_NUM_THREADS");
    command
}

/// A run with the project file of a folder.
pub fn comarca_in(folder: &Path) -> Command {
    let mut command = comarca();
    command
        .current_dir(folder)
        .arg("--project")
        .arg("comarca.toml");
    command
}

/// Runs a command to its end.
///
/// # Panics
/// When it cannot be started, or hangs for [`PATIENCE`].
pub fn run(command: &mut Command) -> Outcome {
    let told = format!("{command:?}");
    let piped = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = piped
        .spawn()
        .unwrap_or_else(|error| panic!("{told}: {error}"));
    let stdout = read_all(child.stdout.take().expect("it is piped"));
    let stderr = read_all(child.stderr.take().expect("it is piped"));
    let status = wait(&mut child, PATIENCE, &told);
    let read = |reader: JoinHandle<Vec<u8>>| reader.join().expect("the reader ends with the pipe");
    Outcome {
        status,
        stdout: read(stdout),
        stderr: String::from_utf8_lossy(&read(stderr)).into_owned(),
    }
}

/// Waits for the end of a process; kills it and fails the test where that takes longer than `patience`.
pub fn wait(child: &mut Child, patience: Duration, told: &str) -> ExitStatus {
    let deadline = Instant::now() + patience;
    while Instant::now() < deadline {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        thread::sleep(LOOK);
    }
    // It may just have ended; either way it is gone now.
    drop(child.kill());
    drop(child.wait());
    panic!("{told} did not end within {} s", patience.as_secs());
}

/// Looks until `find` finds something; fails the test after [`PATIENCE`].
pub fn until<T>(awaited: &str, mut find: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(
            Instant::now() < deadline,
            "waited in vain for this: {awaited}"
        );
        thread::sleep(LOOK);
    }
}

/// Reads a pipe to its end, so that the writer never waits for us.
fn read_all(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = vec![];
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        bytes
    })
}

/// The program: that of `COMARCA_BIN`, else what cargo builds now in the profile and folder of the tests.
fn executable() -> &'static Path {
    static EXECUTABLE: OnceLock<PathBuf> = OnceLock::new();
    EXECUTABLE.get_or_init(|| env::var_os("COMARCA_BIN").map_or_else(build, PathBuf::from))
}

fn build() -> PathBuf {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["build", "-p", "comarca", "--message-format=json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .arg("--target-dir")
        .arg(target_dir());
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let built = command
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "the program does not build");
    let messages = String::from_utf8_lossy(&built.stdout).into_owned();
    let executable = messages.lines().filter_map(built_executable).next_back();
    executable.expect("cargo names the executable it has built")
}

/// The executable in a message of cargo, if it is about the program.
fn built_executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    let path = message["executable"].as_str()?;
    (message["target"]["name"] == "comarca").then(|| path.into())
}

/// The target folder this test stands in: `target/PROFILE/deps/it-…`.
fn target_dir() -> PathBuf {
    let own = env::current_exe().expect("a program knows its path");
    own.ancestors()
        .nth(3)
        .expect("tests are built into target/PROFILE/deps")
        .to_owned()
}
