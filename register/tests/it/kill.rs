//! The process is killed while it writes.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use comarca_register::{Register, Write};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::kit::{demand, demands, open, place, write, written};

/// Names the file to the process that is to be killed.
const VICTIM: &str = "COMARCA_REGISTER_VICTIM";
const THREADS: u64 = 4;
const KILLS: u64 = 20;

fn keyed(title: &str) -> Write {
    Write::CreateDemand {
        demand: demand(title),
        idempotency_key: Some(title.to_owned()),
    }
}

/// Not a test of its own: it writes until it is killed, where it was started for that.
#[test]
fn victim() {
    let Ok(task) = std::env::var(VICTIM) else {
        return;
    };
    let (round, path) = task.split_once(' ').expect("a round and a path");
    let register = open(Path::new(path));
    let next = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let title = format!("{round}-{}", next.fetch_add(1, Ordering::SeqCst));
                    say("sent", &title, "");
                    let id = written(&register, keyed(&title));
                    say("done", &title, &id);
                }
            });
        }
    });
}

/// A whole line in one go, past the capture of the test's output.
fn say(what: &str, title: &str, id: &str) {
    let line = format!("\n{what} {title} {id}\n");
    let mut out = std::io::stdout().lock();
    drop(out.write_all(line.as_bytes()).and_then(|()| out.flush()));
}

#[test]
fn what_was_answered_before_a_kill_is_there_once() {
    let (_folder, path) = place();
    drop(open(&path));
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut sent, mut done) = (BTreeSet::new(), BTreeMap::new());
    for round in 0..KILLS {
        let wait = Duration::from_micros(random.random_range(0..40_000));
        kill_one(&path, round, wait, &mut sent, &mut done);
        check(&path, &sent, &done);
    }
    assert!(done.len() > 40, "it has written: {}", done.len());
    // Who was not answered asks again with the same key.
    let register = open(&path);
    for title in &sent {
        let id = written(&register, keyed(title));
        assert!(done.get(title).is_none_or(|known| *known == id), "{title}");
    }
    let titles: Vec<_> = demands(&register).iter().map(|d| d.title.clone()).collect();
    assert_eq!(titles.len(), sent.len());
    assert_eq!(titles.into_iter().collect::<BTreeSet<_>>(), sent);
    assert!(write(&register, keyed("last")).is_ok());
}

/// Starts a process that writes, kills it some time after its first answer and notes what it said.
fn kill_one(
    path: &Path,
    round: u64,
    wait: Duration,
    sent: &mut BTreeSet<String>,
    done: &mut BTreeMap<String, String>,
) {
    let program = std::env::current_exe().expect("it is running");
    let mut child = Command::new(program)
        .args(["--exact", "kill::victim", "--nocapture"])
        .env(VICTIM, format!("{round} {}", path.display()))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut note = |line: &str| {
        match *line.split(' ').collect::<Vec<_>>() {
            ["sent", title, ""] => drop(sent.insert(title.to_owned())),
            ["done", title, id] => {
                let before = done.insert(title.to_owned(), id.to_owned());
                assert_eq!(before, None, "{title} is answered twice");
                return true;
            }
            _ => (),
        }
        false
    };
    while let Some(Ok(line)) = lines.next() {
        if note(&line) {
            break;
        }
    }
    thread::sleep(wait);
    child.kill().expect("it is running");
    // What it had said before.
    for line in lines.map_while(Result::ok) {
        note(&line);
    }
    drop(child.wait());
}

fn check(path: &Path, sent: &BTreeSet<String>, done: &BTreeMap<String, String>) {
    let register = open(path);
    let snapshot = register.snapshot();
    for (title, id) in done {
        let there = snapshot
            .demand(id)
            .unwrap_or_else(|| panic!("{id} is lost"));
        assert_eq!(there.title, *title);
    }
    let mut titles = BTreeSet::new();
    for demand in snapshot.demands() {
        assert!(
            titles.insert(demand.title.clone()),
            "{} is there twice",
            demand.title
        );
        assert!(
            sent.contains(&demand.title),
            "{} was never sent",
            demand.title
        );
    }
    assert_eq!(snapshot.seq(), titles.len() as u64, "one change for each");
    drop(register);
    let database = rusqlite::Connection::open(path).expect("it is there");
    let is_whole: String = database
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .expect("it can be checked");
    assert_eq!(is_whole, "ok");
    assert!(Register::open_read_only(path).is_ok());
}
