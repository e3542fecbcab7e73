//! Where results and messages go.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;
use comarca_loaders::Problem;
use comarca_loaders::export::ExportError;
use serde_json::json;

/// Problems that keep a command from doing its work; printed one by one.
#[derive(Debug)]
pub(crate) struct Failed(pub(crate) Vec<Problem>);

impl std::fmt::Display for Failed {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lines: Vec<String> = self.0.iter().map(line).collect();
        out.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for Failed {}

/// Writes a result to a file, or to standard output without one. A file is written whole or not at all.
pub(crate) fn write(text: &str, file: Option<&Path>) -> anyhow::Result<()> {
    let Some(file) = file else {
        let mut out = io::stdout().lock();
        out.write_all(text.as_bytes())?;
        return Ok(out.flush()?);
    };
    let draft = draft_of(file);
    fs::write(&draft, text)
        .and_then(|()| fs::rename(&draft, file))
        .with_context(|| format!("{}: cannot be written", file.display()))
}

/// Why layers were not written, with the file; a broken pipe stays one.
pub(crate) fn unwritten(error: ExportError, file: Option<&Path>) -> anyhow::Error {
    match (error, file) {
        (ExportError::Io(error), None) => error.into(),
        (error, file) => {
            let file = file.unwrap_or(Path::new("standard output"));
            Failed(vec![error.into_problem(file)]).into()
        }
    }
}

/// A file beside the wanted one, so that a crash leaves no half of it under its name.
fn draft_of(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    file.with_file_name(name)
}

/// Prints problems to standard error: a line each, or JSON lines.
pub(crate) fn say_problems(problems: &[Problem], as_json: bool) {
    for problem in problems {
        match as_json {
            true => say(&serde_json::to_string(problem)
                .unwrap_or_else(|_| json!({ "message": problem.to_string() }).to_string())),
            false => say(&line(problem)),
        }
    }
}

/// Prints why a command failed.
pub(crate) fn say_error(error: &anyhow::Error, as_json: bool) {
    match (error.downcast_ref::<Failed>(), as_json) {
        (Some(Failed(problems)), as_json) => say_problems(problems, as_json),
        (None, true) => {
            say(&json!({ "severity": "error", "message": format!("{error:#}") }).to_string());
        }
        (None, false) => say(&format!("error: {error:#}")),
    }
}

/// Whether what is said goes into the log, which is for programs.
static IS_LOGGED: AtomicBool = AtomicBool::new(false);

/// From now on everything that is said is an entry of the log.
pub(crate) fn say_into_log() {
    IS_LOGGED.store(true, Ordering::Relaxed);
}

/// Prints a line to standard error; a closed one is nobody's concern.
pub(crate) fn say(text: &str) {
    match IS_LOGGED.load(Ordering::Relaxed) {
        true => tracing::info!(target: "said", "{text}"),
        false => drop(writeln!(io::stderr().lock(), "{text}")),
    }
}

/// Whether the reader of standard output went away.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

fn line(problem: &Problem) -> String {
    format!("{}: {problem}", problem.severity.name())
}
