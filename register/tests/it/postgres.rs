//! The register in a `PostgreSQL` database. Against a real server.

mod server;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use comarca_register::{
    Action, Actor, Kind, NewDemand, NewToken, OUTSIDE, Options, Register, RegisterError, Role,
    Write, WriteError,
};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use self::server::Server;
use crate::kit::{ana, assembly, create, delete, demand, demands, now, replace, write, written};
use crate::model;

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, rng_seed: RngSeed::Fixed(2), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_writes_gives_what_a_map_holds(steps in model::steps()) {
        static CASE: AtomicU32 = AtomicU32::new(0);
        let Some(server) = Server::shared() else {
            return Ok(());
        };
        let address = server.database(&format!("model_{}", CASE.fetch_add(1, Ordering::SeqCst)));
        model::check(&steps, || open(&address));
    }
}

/// Nobody looks by themselves: what is seen has been told.
fn patient() -> Options {
    Options {
        poll_every: Duration::from_hours(1),
        ..Options::default()
    }
}

fn open(address: &str) -> Register {
    Register::open(address, patient()).unwrap_or_else(|error| panic!("{error}"))
}

fn titles(register: &Register) -> Vec<String> {
    demands(register)
        .iter()
        .map(|demand| demand.title.clone())
        .collect()
}

fn soon(what: &str, is_so: impl Fn() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_mins(1), "{what}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn all_that_is_written_is_read_again() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("all_fields");
    let register = open(&address);
    let import = Write::Import {
        assemblies: vec![assembly("131050101")],
        demands: vec![NewDemand {
            description: "Dos líneas\n'y \"comillas\" \\ 日本".to_owned(),
            lon: -70.658_123_456_789_01,
            district: Some("131050101".to_owned()),
            commune: Some("13105".to_owned()),
            assembly: Some("A00001".to_owned()),
            stage: comarca_register::Stage::City,
            status: comarca_register::Status::InProgress,
            project: Some("Posta".to_owned()),
            cost: Some(1_000_000_000_000_000),
            beneficiaries: Some(0),
            funding: Some("FNDR".to_owned()),
            decision: Some("Se hará".to_owned()),
            created: Some("2025-03-11".to_owned()),
            author: Some("Rosa".into()),
            contact: Some("+56 9".into()),
            ..demand("Posta")
        }],
        idempotency_key: Some("import".to_owned()),
    };
    let first = write(&register, import.clone()).expect("it is valid");
    for title in ["b", "c", "d"] {
        written(&register, create(demand(title)));
    }
    written(&register, replace("D00002", Some(1), demand("B")));
    written(&register, delete("D00003", None));
    let before = (demands(&register), register.snapshot().seq());
    assert_eq!(before.1, 7);
    drop(register);
    let register = open(&address);
    assert_eq!((demands(&register), register.snapshot().seq()), before);
    let again = write(&register, import).expect("it is the same");
    assert_eq!((again.items, again.replayed), (first.items, true));
    assert_eq!(written(&register, create(demand("e"))), "D00005");
    let history = register
        .history(Kind::Demand, "D00003")
        .expect("it can be read");
    let actions: Vec<_> = history
        .iter()
        .map(|change| (change.seq, change.action))
        .collect();
    assert_eq!(actions, [(4, Action::Create), (7, Action::Delete)]);
    assert_eq!(history[1].before, history[0].after);
}

#[test]
fn two_servers_see_each_other_within_a_second() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("two_servers");
    let (sender, told) = mpsc::channel();
    let watching = Register::open(
        &address,
        Options {
            on_change: Box::new(move |snapshot| {
                sender.send(snapshot.demand_count()).unwrap_or_default();
            }),
            ..patient()
        },
    );
    let watching = watching.unwrap_or_else(|error| panic!("{error}"));
    let writing = open(&address);
    for number in 1..=3 {
        written(&writing, create(demand("a")));
        let start = Instant::now();
        assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok(number));
        assert!(start.elapsed() < Duration::from_mins(1));
    }
    assert_eq!(demands(&watching), demands(&writing));
    written(&watching, replace("D00001", Some(1), demand("b")));
    let conflict = WriteError::VersionConflict { current: 2 };
    assert_eq!(
        write(&writing, replace("D00001", Some(1), demand("c"))),
        Err(conflict)
    );
    // Its own changes it need not be told.
    assert_eq!(told.recv_timeout(Duration::from_mins(1)), Ok(3));
    assert_eq!((watching.poll(), writing.poll()), (Ok(false), Ok(false)));
    assert!(told.try_recv().is_err());
    let new = NewToken {
        name: "Eva".to_owned(),
        role: Role::Admin,
        communes: vec!["13105".to_owned()],
        expires: None,
    };
    let issued = writing.add_token(new).expect("the name is free");
    let known = || watching.authenticate(issued.secret.reveal(), now());
    soon("the token is known", || {
        known() == Some(issued.token.clone())
    });
    assert_eq!(watching.revoke_token(&issued.token.id), Ok(true));
    soon("it is known to be worth nothing", || {
        writing
            .authenticate(issued.secret.reveal(), now())
            .is_none()
    });
}

#[test]
fn servers_that_write_at_once_lose_nothing() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("at_once");
    std::thread::scope(|scope| {
        for number in 0..4 {
            let address = &address;
            scope.spawn(move || {
                // The tables are made by the fastest.
                let register = open(address);
                for step in 0..15 {
                    written(&register, create(demand(&format!("{number}-{step}"))));
                }
            });
        }
    });
    let register = open(&address);
    assert_eq!(
        (
            register.snapshot().demand_count(),
            register.snapshot().seq()
        ),
        (60, 60)
    );
    assert_eq!(
        titles(&register).into_iter().collect::<BTreeSet<_>>().len(),
        60
    );
}

#[test]
fn edits_in_the_tables_are_told_and_kept_in_the_history() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("edits");
    let register = open(&format!("{address}?schema=sur"));
    for title in ["a", "b", "c"] {
        written(&register, create(demand(title)));
    }
    server.sql(
        "edits",
        "UPDATE sur.comarca_demands SET title = 'B' WHERE id = 'D00002';
         DELETE FROM sur.comarca_demands WHERE id = 'D00003';
         INSERT INTO sur.comarca_demands (id, title, lon, lat) VALUES ('D00010', 'x', -70, -33)",
    );
    soon("the edits are seen", || {
        titles(&register) == ["a", "B", "x"]
    });
    let last = |id: &str| {
        let history = register.history(Kind::Demand, id).expect("it can be read");
        history
            .last()
            .map(|change| (change.who.clone(), change.action))
    };
    let by_others = |action| Some((OUTSIDE.to_owned(), action));
    assert_eq!(last("D00002"), by_others(Action::Replace));
    assert_eq!(last("D00003"), by_others(Action::Delete));
    assert_eq!(last("D00010"), by_others(Action::Create));
    assert_eq!(written(&register, create(demand("y"))), "D00011");
    assert_eq!(register.snapshot().seq(), 7);
    // What makes no sense the tables do not take.
    for wrong in [
        "lon = 'NaN'",
        "lat = 91",
        "stage = 'moon'",
        "votes = -1",
        "id = ''",
    ] {
        let sql = format!("UPDATE sur.comarca_demands SET {wrong} WHERE id = 'D00001'");
        assert!(server.try_sql("edits", &sql).is_err(), "{wrong}");
    }
    // Where PostGIS is installed a map shows them.
    if server.has_postgis() {
        server.database("with_postgis");
        server.sql("with_postgis", "CREATE EXTENSION postgis");
        written(&open(&server.address("with_postgis")), create(demand("a")));
        let shown = "SELECT ST_AsText(geom), ST_SRID(geom) FROM comarca_demands";
        assert_eq!(
            server.sql("with_postgis", shown).trim(),
            "POINT(-70.66 -33.52)|4326"
        );
    }
}

#[test]
fn a_server_that_goes_away_and_comes_back_is_used_again() {
    let Some(mut server) = Server::start() else {
        return;
    };
    let address = server.database("lost");
    let register = open(&address);
    written(&register, create(demand("a")));
    server.stop();
    let lost = write(&register, create(demand("b")));
    assert!(matches!(lost, Err(WriteError::Gone(_))), "{lost:?}");
    assert!(register.fault().is_some());
    assert_eq!(titles(&register), ["a"], "reading goes on");
    assert!(matches!(
        register.history(Kind::Demand, "D00001"),
        Err(WriteError::Gone(_))
    ));
    server.restart();
    let other = open(&address);
    written(&other, create(demand("c")));
    // The one that lost its connection tries by itself, or when it is asked.
    soon("it is connected", || register.poll().is_ok());
    assert_eq!(titles(&register), titles(&other));
    written(&register, create(demand("d")));
    soon("the other is told", || {
        titles(&other).contains(&"d".to_owned())
    });
    assert_eq!(register.fault(), None);
}

#[test]
fn what_is_wrong_with_the_address_is_said_without_its_password() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("refused");
    let refused = |address: &str| {
        let error = Register::open(address, patient())
            .map(drop)
            .expect_err("it is wrong");
        let text = format!("{error} {error:?}");
        assert!(
            !text.contains("s3cret") && !text.contains("s3cr3t"),
            "{text}"
        );
        error
    };
    let wrong = address.replace("s3cret", "s3cr3t");
    assert!(matches!(refused(&wrong), RegisterError::Database { .. }));
    let nowhere = address.replace("refused", "nowhere");
    assert!(matches!(refused(&nowhere), RegisterError::Database { .. }));
    assert!(matches!(
        refused(&format!("{address}?schema=A;B")),
        RegisterError::Unfit { .. }
    ));
    let encrypted = open(&format!(
        "{address}?sslmode=require&sslrootcert={}",
        server.certificate().display()
    ));
    let uses = "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE ssl AND application_name = 'comarca' AND datname = 'refused'";
    assert_eq!(server.sql("refused", uses).trim(), "1");
    drop(encrypted);
    let untrusted = format!("{address}?sslmode=verify-full");
    assert!(matches!(
        refused(&untrusted),
        RegisterError::Database { .. }
    ));
    server.sql("refused", "UPDATE comarca_register SET schema_version = 99");
    assert!(matches!(refused(&address), RegisterError::Unfit { .. }));
}

#[test]
fn a_register_that_others_lock_for_long_is_busy() {
    let Some(server) = Server::shared() else {
        return;
    };
    let address = server.database("locked");
    let register = open(&address);
    written(&register, create(demand("a")));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let hold =
                "BEGIN; SELECT 1 FROM comarca_register FOR UPDATE; SELECT pg_sleep(7); COMMIT";
            server.sql("locked", hold);
        });
        let held = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(7)%' AND state = 'active'";
        soon("it is locked", || server.sql("locked", held).trim() == "2");
        let refused = register.write(create(demand("b")), ana());
        assert_eq!(refused, Err(WriteError::Busy));
        assert_eq!(titles(&register), ["a"]);
    });
    assert!(
        register
            .write(create(demand("b")), Actor::new("Eva"))
            .is_ok()
    );
}
