//! The real program, killed at random while clients write.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use comarca_tests::server::Server;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::client::record;
use super::{tiny_with_register, token};

/// How often it is killed.
const KILLS: u64 = 100;
/// How many write at once.
const CLIENTS: u64 = 4;

/// Writes one demand after the other until the server is gone; the last one may or may not be recorded, and is sent again
/// to the next server.
struct Client {
    number: u64,
    next: u64,
    /// Ids by title, as they were answered with 2xx.
    acknowledged: BTreeMap<String, String>,
}

impl Client {
    fn write(&mut self, server: &Server, token: &str, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            let title = format!("client {} demand {}", self.number, self.next);
            let answer = record(
                server.address(),
                token,
                &title.replace(' ', "-"),
                &title,
                "",
            );
            let Some(answer) = answer else {
                return;
            };
            assert!(
                [200, 201].contains(&answer.status),
                "{} {}",
                answer.status,
                answer.text()
            );
            let id = answer.json()["id"].as_str().expect("an id").to_owned();
            self.acknowledged.insert(title, id);
            self.next += 1;
        }
    }
}

#[test]
fn every_demand_that_was_answered_is_there_once_after_a_hundred_kills() {
    let folder = tiny_with_register("demands.gpkg");
    let token = token(&folder);
    let mut random = ChaCha8Rng::seed_from_u64(5);
    let mut clients: Vec<Client> = (0..CLIENTS)
        .map(|number| Client {
            number,
            next: 0,
            acknowledged: BTreeMap::new(),
        })
        .collect();
    for _ in 0..KILLS {
        let mut server = Server::start(folder.path());
        let stop = AtomicBool::new(false);
        // Where in a write the server is hit is up to the machine; the pauses only spread it.
        let pause = Duration::from_micros(random.random_range(0..40_000));
        let mut ended = None;
        thread::scope(|scope| {
            for client in &mut clients {
                scope.spawn(|| client.write(&server, &token, &stop));
            }
            thread::sleep(pause);
            ended = Some(server.process());
            kill(ended.expect("it runs"));
            stop.store(true, Ordering::Relaxed);
        });
        server.ended();
    }
    let server = Server::start(folder.path());
    let recorded = all(&server);
    let total: usize = clients.iter().map(|client| client.acknowledged.len()).sum();
    assert!(total > 100, "only {total} writes came through");
    for (title, id) in clients.iter().flat_map(|client| &client.acknowledged) {
        assert_eq!(
            recorded.get(title).map(Vec::as_slice),
            Some([id.clone()].as_slice()),
            "{title}"
        );
    }
    assert!(recorded.values().all(|ids| ids.len() == 1), "{recorded:?}");
    let generation = server.json("/health");
    assert_eq!(generation["problems"], 0);
}

/// SIGKILL: nothing is flushed, nothing is closed.
fn kill(process: u32) {
    let status = std::process::Command::new("sh")
        .args(["-c", &format!("kill -KILL {process}")])
        .status();
    assert!(status.expect("there is a shell").success());
}

/// The ids of all recorded demands by their titles.
fn all(server: &Server) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut offset = 0;
    loop {
        let page = server.json(&format!("/demands?limit=10000&offset={offset}"));
        let demands = page["demands"].as_array().expect("a list");
        for demand in demands {
            let text = |name: &str| demand[name].as_str().expect("a text").to_owned();
            found.entry(text("title")).or_default().push(text("id"));
        }
        offset += demands.len();
        if demands.is_empty() || page["numberMatched"] == offset {
            return found;
        }
    }
}
