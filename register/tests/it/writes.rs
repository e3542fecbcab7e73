//! What a write does, and when it is refused.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};

use comarca_register::{
    Item, NewDemand, Options, Private, Register, Stage, Status, Write, WriteError,
};

use crate::kit::{
    ana, assembly, at, create, delete, demand, demands, open, open_with, place, replace, write,
    written,
};

#[test]
fn a_demand_is_in_the_snapshot_when_it_is_answered_and_in_the_file_when_it_is_opened_again() {
    let (_folder, path) = place();
    let register = open_with(&path, at(1_795_341_599));
    let assembly = written(
        &register,
        Write::CreateAssembly {
            assembly: assembly("131050101"),
            idempotency_key: None,
        },
    );
    assert_eq!(assembly, "A00001");
    let new = NewDemand {
        description: "Dos líneas\ny una tabulación\t".to_owned(),
        district: Some("131050101".to_owned()),
        commune: Some("13105".to_owned()),
        assembly: Some(assembly),
        stage: Stage::Commune,
        status: Status::InProgress,
        project: Some("Posta".to_owned()),
        cost: Some(1_000_000_000_000_000),
        beneficiaries: Some(900),
        funding: Some("FNDR".to_owned()),
        decision: Some("Se hará".to_owned()),
        created: Some("2025-03-11".to_owned()),
        author: Some("Rosa".into()),
        contact: Some("+56 9".into()),
        ..demand("Posta de salud")
    };
    let answer = write(&register, create(new.clone())).expect("it is valid");
    let Item::Demand(made) = &answer.items[0] else {
        panic!("a demand")
    };
    assert_eq!((made.id.as_str(), made.version), ("D00001", 1));
    assert_eq!(made.updated, "2026-11-22T09:59:59.000Z");
    assert_eq!((answer.seq, answer.replayed), (2, false));
    let expected = NewDemand {
        id: Some("D00001".to_owned()),
        ..new
    };
    assert_eq!(made.to_new(), expected);
    assert_eq!(register.snapshot().demand("D00001"), Some(made));
    let before = (demands(&register), register.snapshot().seq());
    drop(register);
    for again in [
        open(&path),
        Register::open_read_only(&path).expect("it was made well"),
    ] {
        assert_eq!((demands(&again), again.snapshot().seq()), before);
        assert_eq!(again.snapshot().assembly_count(), 1);
        assert!(again.snapshot().problems().is_empty());
    }
}

#[test]
fn whoever_has_seen_an_older_version_changes_nothing() {
    let (_folder, path) = place();
    let register = open(&path);
    let id = written(&register, create(demand("one")));
    let changed = write(&register, replace(&id, Some(1), demand("two"))).expect("it is at 1");
    assert_eq!(changed.items[0].version(), 2);
    let conflict = Err(WriteError::VersionConflict { current: 2 });
    assert_eq!(
        write(&register, replace(&id, Some(1), demand("three"))),
        conflict
    );
    assert_eq!(write(&register, delete(&id, Some(1))), conflict);
    assert_eq!(demands(&register)[0].title, "two");
    written(&register, replace(&id, None, demand("four")));
    written(&register, delete(&id, Some(3)));
    assert_eq!(register.snapshot().demand_count(), 0);
    let gone = Err(WriteError::NotFound {
        kind: comarca_register::Kind::Demand,
        id: id.clone(),
    });
    assert_eq!(write(&register, replace(&id, None, demand("five"))), gone);
    assert_eq!(write(&register, delete(&id, None)), gone);
}

#[test]
fn ids_are_never_used_again() {
    let (_folder, path) = place();
    let register = open(&path);
    let first = written(&register, create(demand("first")));
    written(&register, delete(&first, None));
    drop(register);
    let register = open(&path);
    assert_eq!(written(&register, create(demand("second"))), "D00002");
    let chosen = NewDemand {
        id: Some("D00041".to_owned()),
        ..demand("chosen")
    };
    written(&register, create(chosen.clone()));
    let taken = WriteError::DuplicateId {
        id: "D00041".to_owned(),
    };
    assert_eq!(write(&register, create(chosen)), Err(taken));
    written(&register, delete("D00041", None));
    drop(register);
    assert_eq!(written(&open(&path), create(demand("third"))), "D00042");
}

#[test]
fn what_is_not_valid_is_refused_with_all_its_reasons() {
    let (_folder, path) = place();
    let register = open(&path);
    let wrong = NewDemand {
        title: String::new(),
        lon: f64::NAN,
        assembly: Some("A00009".to_owned()),
        same_as: Some("D00009".to_owned()),
        ..demand("")
    };
    let Err(WriteError::Invalid(found)) = write(&register, create(wrong.clone())) else {
        panic!("it is not valid")
    };
    let fields: Vec<_> = found.iter().map(|fault| fault.field).collect();
    assert_eq!(fields, ["title", "lon", "assembly", "same_as"]);
    assert_eq!(
        register.check(&create(wrong)),
        Err(WriteError::Invalid(found))
    );
    assert_eq!(register.snapshot().demand_count(), 0);
    assert_eq!(register.check(&create(demand("good"))), Ok(()));
    assert_eq!(register.snapshot().demand_count(), 0);
    assert_eq!(written(&register, create(demand("good"))), "D00001");
}

#[test]
fn links_between_demands_end_somewhere() {
    let (_folder, path) = place();
    let register = open(&path);
    let [a, b, c] = ["a", "b", "c"].map(|title| written(&register, create(demand(title))));
    let link = |id: &str, to: &str| {
        let new = NewDemand {
            same_as: Some(to.to_owned()),
            ..demand("linked")
        };
        write(&register, replace(id, None, new))
    };
    assert!(link(&a, &b).is_ok() && link(&b, &c).is_ok());
    assert!(matches!(link(&c, &a), Err(WriteError::Invalid(_))));
    assert!(matches!(link(&c, &c), Err(WriteError::Invalid(_))));
    let in_use = Err(WriteError::InUse { by: a.clone() });
    assert_eq!(write(&register, delete(&b, None)), in_use);
    written(&register, delete(&a, None));
    written(&register, delete(&b, None));
}

#[test]
fn who_replaces_a_demand_keeps_its_author_and_can_erase_them() {
    let (_folder, path) = place();
    let register = open(&path);
    let new = NewDemand {
        author: Some("Rosa".into()),
        contact: Some("rosa@example.org".into()),
        ..demand("one")
    };
    let id = written(&register, create(new));
    written(&register, replace(&id, None, demand("two")));
    let author = |register: &Register| {
        let demand = Arc::clone(&demands(register)[0]);
        let reveal =
            |text: &Option<Private<String>>| text.as_ref().map(|text| text.reveal().clone());
        (reveal(&demand.author), reveal(&demand.contact))
    };
    let both = (Some("Rosa".to_owned()), Some("rosa@example.org".to_owned()));
    assert_eq!(author(&register), both);
    let erased = NewDemand {
        contact: Some("".into()),
        ..demand("three")
    };
    written(&register, replace(&id, None, erased));
    assert_eq!(author(&register), (both.0, None));
    drop(register);
    assert_eq!(author(&open(&path)), (Some("Rosa".to_owned()), None));
}

#[test]
fn an_import_is_made_whole_or_not_at_all() {
    let (_folder, path) = place();
    let register = open(&path);
    let named = |id: &str, new: NewDemand| NewDemand {
        id: Some(id.to_owned()),
        ..new
    };
    let linked = NewDemand {
        assembly: Some("A00001".to_owned()),
        same_as: Some("D00002".to_owned()),
        ..demand("raised")
    };
    let import = |last: NewDemand| Write::Import {
        assemblies: vec![assembly("131050101")],
        demands: vec![linked.clone(), named("D00002", demand("taken up")), last],
        idempotency_key: None,
    };
    let Err(WriteError::Invalid(found)) =
        write(&register, import(named("D00002", demand("twice"))))
    else {
        panic!("an id is there twice")
    };
    assert_eq!((found.len(), found[0].item, found[0].field), (1, 2, "id"));
    assert_eq!(register.snapshot().seq(), 0);
    let answer = write(&register, import(demand("other"))).expect("it is valid");
    let ids: Vec<_> = answer.items.iter().map(Item::id).collect();
    assert_eq!(ids, ["A00001", "D00003", "D00002", "D00004"]);
    assert_eq!((answer.seq, demands(&register).len()), (4, 3));
}

#[test]
fn writes_of_many_threads_are_all_there_once_and_told_before_they_are_answered() {
    let (_folder, path) = place();
    let newest = Arc::new(Mutex::new(vec![]));
    let told = Arc::clone(&newest);
    let options = Options {
        on_change: Box::new(move |snapshot| {
            told.lock().expect("no panic").push(Arc::clone(snapshot));
            // What the caller does wrong is no reason to stop.
            assert!(snapshot.seq() % 7 != 3, "a panic in the callback");
        }),
        ..Options::default()
    };
    let register = open_with(&path, options);
    let start = Barrier::new(16);
    std::thread::scope(|scope| {
        for thread in 0..16 {
            let (register, start, newest) = (&register, &start, &newest);
            scope.spawn(move || {
                start.wait();
                for number in 0..10 {
                    let id = written(register, create(demand(&format!("{thread}-{number}"))));
                    let told = newest.lock().expect("no panic");
                    assert!(told.last().is_some_and(|last| last.demand(&id).is_some()));
                    assert!(register.snapshot().demand(&id).is_some());
                }
            });
        }
    });
    let mut titles: Vec<_> = demands(&register).iter().map(|d| d.title.clone()).collect();
    titles.sort_unstable();
    titles.dedup();
    assert_eq!(titles.len(), 160);
    let told = newest.lock().expect("no panic");
    assert!(told.len() < 160, "writes share transactions");
    let generations: Vec<_> = told.iter().map(|snapshot| snapshot.generation()).collect();
    assert!(generations.is_sorted_by(|a, b| a < b));
    assert_eq!(register.snapshot().seq(), 160);
}

#[test]
fn a_box_finds_what_a_look_at_every_demand_finds_also_in_older_snapshots() {
    let (_folder, path) = place();
    let register = open(&path);
    let at = |lon: f64, lat: f64| NewDemand {
        lon,
        lat,
        ..demand("somewhere")
    };
    for x in 0..20 {
        for y in 0..5 {
            written(
                &register,
                create(at(f64::from(x) * 18.0 - 180.0, f64::from(y) - 2.0)),
            );
        }
    }
    let old = register.snapshot();
    written(&register, replace("D00042", None, at(0.25, 0.25)));
    written(&register, delete("D00050", None));
    let boxes = [
        [-180.0, -90.0, 180.0, 90.0],
        [0.0, 0.0, 0.0, 0.0],
        [-18.0, -1.0, 18.0, 1.0],
        [150.0, -2.0, -150.0, 2.0],
        [1.0, 1.0, 2.0, -1.0],
        [f64::NAN, -90.0, 180.0, 90.0],
    ];
    for snapshot in [old, register.snapshot()] {
        for bounds in boxes {
            let [west, south, east, north] = bounds;
            let lon = |lon: f64| match west > east {
                true => lon >= west || lon <= east,
                false => lon >= west && lon <= east,
            };
            let inside = |demand: &&Arc<comarca_register::Demand>| {
                lon(demand.lon) && demand.lat >= south && demand.lat <= north
            };
            let expected: Vec<_> = snapshot.demands().filter(inside).cloned().collect();
            assert_eq!(snapshot.within(bounds), expected, "{bounds:?}");
        }
    }
    let found = register.snapshot().within([-1.0, -1.0, 1.0, 1.0]);
    assert!(found.iter().any(|demand| demand.id == "D00042"));
}

#[test]
fn a_queue_that_is_full_is_busy() {
    let (_folder, path) = place();
    let (entered, block) = (Arc::new(Barrier::new(2)), Arc::new(Barrier::new(2)));
    let calls = Arc::new(AtomicU64::new(0));
    let options = Options {
        queue: 1,
        on_change: Box::new({
            let (entered, block) = (Arc::clone(&entered), Arc::clone(&block));
            let calls = Arc::clone(&calls);
            move |_| {
                if calls.fetch_add(1, Ordering::SeqCst) == 0 {
                    entered.wait();
                    block.wait();
                }
            }
        }),
        ..Options::default()
    };
    let register = open_with(&path, options);
    std::thread::scope(|scope| {
        scope.spawn(|| written(&register, create(demand("first"))));
        entered.wait();
        let (sender, answers) = mpsc::channel();
        for title in ["second", "third"] {
            let (register, sender) = (&register, sender.clone());
            scope.spawn(move || sender.send(write(register, create(demand(title)))));
        }
        // One of the two waits, the other is told so at once.
        let first = answers.recv().expect("one is answered");
        assert_eq!(first, Err(WriteError::Busy));
        block.wait();
        assert!(answers.recv().expect("it had its turn").is_ok());
    });
    assert_eq!(register.snapshot().demand_count(), 2);
}

#[test]
fn nothing_is_written_to_a_register_that_was_opened_for_reading() {
    let (_folder, path) = place();
    drop(open(&path));
    let register = Register::open_read_only(&path).expect("it was made well");
    assert!(register.is_read_only());
    let answer = register.write(create(demand("one")), ana());
    assert_eq!(answer, Err(WriteError::ReadOnly));
    assert_eq!(register.poll(), Ok(false));
}
