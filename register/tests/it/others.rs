//! Others who write: a second register on the file, and programs that know nothing of Comarca.

use std::sync::mpsc;
use std::time::Duration;

use comarca_register::{Action, Kind, NewDemand, OUTSIDE, Options, Register, WriteError};
use rusqlite::Connection;

use crate::kit::{
    create, delete, demand, demands, open, open_with, place, replace, write, written,
};

const POINT: &str = "X'47500001E61000000101000000000000000000F03F0000000000000040'";

fn outside(path: &std::path::Path, sql: &str) {
    let database = Connection::open(path).expect("it is there");
    database
        .busy_timeout(Duration::from_secs(5))
        .expect("a number");
    database
        .execute_batch(sql)
        .unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn titles(register: &Register) -> Vec<String> {
    demands(register)
        .iter()
        .map(|demand| demand.title.clone())
        .collect()
}

#[test]
fn two_registers_on_one_file_see_each_other() {
    let (_folder, path) = place();
    let (one, two) = (open(&path), open(&path));
    assert_eq!(written(&one, create(demand("a"))), "D00001");
    // Without a look in between: a write begins with what others have written.
    assert_eq!(written(&two, create(demand("b"))), "D00002");
    assert_eq!(titles(&two), ["a", "b"]);
    one.poll().expect("the file is there");
    assert_eq!(titles(&one), ["a", "b"]);
    written(&one, replace("D00002", Some(1), demand("c")));
    let conflict = WriteError::VersionConflict { current: 2 };
    assert_eq!(
        write(&two, replace("D00002", Some(1), demand("d"))),
        Err(conflict)
    );
    written(&two, delete("D00001", None));
    one.poll().expect("the file is there");
    for register in [&one, &two] {
        assert_eq!(titles(register), ["c"]);
        assert_eq!(register.snapshot().seq(), 4);
        assert_eq!(
            register.snapshot().within([-180.0, -90.0, 180.0, 90.0]),
            demands(register)
        );
    }
    // Who has changed nothing sees no change.
    assert_eq!((one.poll(), two.poll()), (Ok(false), Ok(false)));
    assert_eq!((one.poll(), two.poll()), (Ok(false), Ok(false)));
}

#[test]
fn what_another_register_writes_is_told_without_asking() {
    let (_folder, path) = place();
    let (sender, receiver) = mpsc::channel();
    let options = Options {
        on_change: Box::new(move |snapshot| {
            sender.send(snapshot.demand_count()).unwrap_or_default();
        }),
        poll_every: Duration::from_millis(20),
        ..Options::default()
    };
    let _watching = open_with(&path, options);
    written(&open(&path), create(demand("a")));
    assert_eq!(receiver.recv_timeout(Duration::from_mins(1)), Ok(1));
}

#[test]
fn many_registers_that_write_at_once_lose_nothing() {
    let (_folder, path) = place();
    drop(open(&path));
    std::thread::scope(|scope| {
        for number in 0..4 {
            let path = &path;
            scope.spawn(move || {
                let register = open(path);
                for step in 0..15 {
                    written(&register, create(demand(&format!("{number}-{step}"))));
                }
            });
        }
    });
    let register = open(&path);
    assert_eq!(
        (
            register.snapshot().demand_count(),
            register.snapshot().seq()
        ),
        (60, 60)
    );
}

#[test]
fn edits_of_other_programs_are_seen_and_kept_in_the_history() {
    let (_folder, path) = place();
    let register = open(&path);
    for title in ["a", "b", "c"] {
        written(&register, create(demand(title)));
    }
    outside(
        &path,
        &format!(
            "UPDATE demands SET title = 'B', votes = 7 WHERE id = 'D00002';
             DELETE FROM demands WHERE id = 'D00003';
             INSERT INTO demands (geom, id, theme, title) VALUES ({POINT}, 'D00010', 'health', 'x');
             INSERT INTO demands (geom, title) VALUES ({POINT}, 'without id');"
        ),
    );
    assert_eq!(register.poll(), Ok(true));
    assert_eq!(titles(&register), ["a", "B", "x"]);
    assert_eq!(register.snapshot().problems().len(), 1);
    let changed = register
        .snapshot()
        .demand("D00002")
        .cloned()
        .expect("it is there");
    assert_eq!((changed.version, changed.votes), (2, 7));
    let of = |id: &str| {
        let history = register.history(Kind::Demand, id).expect("it can be read");
        let last = history.last().expect("it was changed").clone();
        (last.who, last.action, history.len())
    };
    assert_eq!(of("D00002"), (OUTSIDE.to_owned(), Action::Replace, 2));
    assert_eq!(of("D00003"), (OUTSIDE.to_owned(), Action::Delete, 2));
    assert_eq!(of("D00010"), (OUTSIDE.to_owned(), Action::Create, 1));
    // The tag that somebody holds is no longer right.
    let conflict = WriteError::VersionConflict { current: 2 };
    assert_eq!(
        write(&register, replace("D00002", Some(1), demand("d"))),
        Err(conflict)
    );
    assert_eq!(written(&register, create(demand("next"))), "D00011");
    let all = register.snapshot().within([-180.0, -90.0, 180.0, 90.0]);
    assert_eq!(all, demands(&register));
    let before = demands(&register);
    drop(register);
    assert_eq!(demands(&open(&path)), before);
}

#[test]
fn edits_made_while_no_register_was_open_are_in_the_history_too() {
    let (_folder, path) = place();
    let register = open(&path);
    for title in ["a", "b", "c"] {
        written(&register, create(demand(title)));
    }
    drop(register);
    outside(
        &path,
        "UPDATE demands SET title = 'B' WHERE id = 'D00002'; DELETE FROM demands WHERE id = 'D00003'",
    );
    let register = open(&path);
    assert_eq!(titles(&register), ["a", "B"]);
    let last = |id: &str| {
        let history = register.history(Kind::Demand, id).expect("it can be read");
        history
            .last()
            .map(|change| (change.who.clone(), change.action, history.len()))
    };
    let by = |who: &str, action, count| Some((who.to_owned(), action, count));
    assert_eq!(last("D00001"), by("Ana", Action::Create, 1));
    assert_eq!(last("D00002"), by(OUTSIDE, Action::Replace, 2));
    assert_eq!(last("D00003"), by(OUTSIDE, Action::Delete, 2));
    let seq = register.snapshot().seq();
    drop(register);
    assert_eq!(open(&path).snapshot().seq(), seq, "they are told once");
}

#[test]
fn a_row_that_is_pasted_twice_or_loses_its_place_for_a_while_does_no_harm() {
    let (_folder, path) = place();
    let (register, other) = (open(&path), open(&path));
    let new = NewDemand {
        author: Some("Rosa".into()),
        ..demand("a")
    };
    let id = written(&register, create(new));
    let columns = "geom, id, theme, title, votes, stage, status, created, updated, version";
    outside(
        &path,
        &format!("INSERT INTO demands ({columns}) SELECT {columns} FROM demands"),
    );
    outside(&path, "UPDATE demands SET geom = NULL WHERE fid = 1");
    // Another register writes before this one has looked.
    written(&other, create(demand("b")));
    register.poll().expect("the file is there");
    for register in [&register, &other] {
        assert_eq!(titles(register), ["b"]);
        assert_eq!(
            register.snapshot().problems().len(),
            2,
            "{:?}",
            register.snapshot().problems()
        );
    }
    let taken = NewDemand {
        id: Some(id.clone()),
        ..demand("c")
    };
    assert_eq!(
        write(&register, create(taken)),
        Err(WriteError::DuplicateId { id: id.clone() })
    );
    outside(
        &path,
        &format!("UPDATE demands SET geom = {POINT} WHERE fid = 1"),
    );
    assert_eq!(register.poll(), Ok(true));
    let back = register
        .snapshot()
        .demand(&id)
        .cloned()
        .expect("it is back");
    assert_eq!((back.lon, back.author.is_some()), (1.0, true));
    assert_eq!(register.snapshot().problems().len(), 1);
    written(&register, delete(&id, None));
    assert_eq!(register.snapshot().problems(), []);
    drop((register, other));
    assert_eq!(titles(&open(&path)), ["b"]);
}

#[test]
fn rows_written_past_the_triggers_are_found() {
    let (_folder, path) = place();
    let register = open(&path);
    written(&register, create(demand("a")));
    outside(
        &path,
        "DROP TRIGGER comarca_demands_update; UPDATE demands SET title = 'A'",
    );
    assert_eq!(register.poll(), Ok(true));
    assert_eq!(titles(&register), ["A"]);
    written(&register, create(demand("b")));
    drop(register);
    // Opening puts the trigger back.
    let register = open(&path);
    outside(&path, "UPDATE demands SET title = 'AA' WHERE id = 'D00001'");
    written(&register, create(demand("c")));
    assert_eq!(titles(&register), ["AA", "b", "c"]);
}

#[test]
fn a_file_with_a_spatial_index_keeps_it_in_step() {
    let (_folder, path) = place();
    let register = open(&path);
    written(&register, create(demand("a")));
    drop(register);
    // As in OGC 12-128r19, F.3: what QGIS adds by default.
    let database = Connection::open(&path).expect("it is there");
    database
        .execute_batch(
            "CREATE VIRTUAL TABLE rtree_demands_geom USING rtree(id, minx, maxx, miny, maxy);
             CREATE TRIGGER rtree_demands_geom_insert AFTER INSERT ON demands
             WHEN (NEW.geom NOT NULL AND NOT ST_IsEmpty(NEW.geom))
             BEGIN INSERT OR REPLACE INTO rtree_demands_geom VALUES
               (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom)); END;
             CREATE TRIGGER rtree_demands_geom_delete AFTER DELETE ON demands
             WHEN OLD.geom NOT NULL
             BEGIN DELETE FROM rtree_demands_geom WHERE id = OLD.fid; END;",
        )
        .expect("the functions are looked for later");
    drop(database);
    let register = open(&path);
    written(&register, create(demand("b")));
    written(&register, delete("D00001", None));
    drop(register);
    let database = Connection::open(&path).expect("it is there");
    let (count, x): (i64, f64) = database
        .query_row(
            "SELECT count(*), min(minx) FROM rtree_demands_geom",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .expect("the index is there");
    assert!(count == 1 && (x - -70.66).abs() < 1e-4);
}
