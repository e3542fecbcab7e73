//! The history of every change, and idempotency keys.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use comarca_register::{
    Action, Actor, Item, Kind, NewDemand, Options, Register, Write, WriteError,
};

use crate::kit::{
    ana, assembly, create, delete, demand, demands, open, open_with, place, replace, write, written,
};

fn keyed(title: &str, key: &str) -> Write {
    Write::CreateDemand {
        demand: demand(title),
        idempotency_key: Some(key.to_owned()),
    }
}

#[test]
fn every_change_is_kept_with_who_and_when_before_and_after() {
    let (_folder, path) = place();
    let register = open(&path);
    let id = written(&register, create(demand("one")));
    let eva = Actor::new("Eva");
    let changed = register.write(replace(&id, None, demand("two")), eva);
    assert!(changed.is_ok());
    written(&register, delete(&id, None));
    for register in [
        register,
        Register::open_read_only(&path).expect("it is there"),
    ] {
        let history = register.history(Kind::Demand, &id).expect("it can be read");
        let told: Vec<_> = history
            .iter()
            .map(|c| (c.seq, c.who.as_str(), c.action))
            .collect();
        let expected = [
            (1, "Ana", Action::Create),
            (2, "Eva", Action::Replace),
            (3, "Ana", Action::Delete),
        ];
        assert_eq!(told, expected);
        let title =
            |value: &Option<serde_json::Value>| value.as_ref().map(|value| value["title"].clone());
        assert_eq!(title(&history[0].after), Some("one".into()));
        assert_eq!(title(&history[1].after), Some("two".into()));
        assert_eq!(history[0].before, None);
        assert_eq!(history[1].before, history[0].after);
        assert_eq!(history[2].before, history[1].after);
        assert_eq!(history[2].after, None);
        assert!(history.iter().all(|change| change.at.ends_with('Z')));
        assert_eq!(register.history(Kind::Assembly, &id), Ok(vec![]));
    }
}

#[test]
fn the_same_key_and_demand_give_the_first_result_again() {
    let (_folder, path) = place();
    let register = open(&path);
    let first = write(&register, keyed("one", "k1")).expect("it is valid");
    let again = write(&register, keyed("one", "k1")).expect("it is the same");
    assert_eq!(
        (&again.items, again.seq, again.replayed),
        (&first.items, 1, true)
    );
    assert_eq!(
        write(&register, keyed("two", "k1")),
        Err(WriteError::IdempotencyReuse)
    );
    // Whoever else uses the key does not learn what Ana has written.
    let eva = register
        .write(keyed("two", "k1"), Actor::new("Eva"))
        .expect("hers");
    assert_eq!((eva.items[0].id(), eva.replayed), ("D00002", false));
    written(&register, replace("D00001", None, demand("changed")));
    drop(register);
    let register = open(&path);
    let again = write(&register, keyed("one", "k1")).expect("it is the same");
    assert!(again.replayed);
    let Item::Demand(made) = &again.items[0] else {
        panic!("a demand")
    };
    assert_eq!(
        (made.title.as_str(), made.version),
        ("one", 1),
        "as it was then"
    );
    assert_eq!(register.snapshot().demand_count(), 2);
    assert_eq!(register.snapshot().seq(), 3);
}

#[test]
fn two_requests_with_one_key_that_arrive_together_make_one_demand() {
    let (_folder, path) = place();
    let register = open(&path);
    let ids: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..12)
            .map(|_| scope.spawn(|| written(&register, keyed("one", "k1"))))
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("no panic"))
            .collect()
    });
    assert!(ids.iter().all(|id| id == "D00001"));
    assert_eq!(register.snapshot().demand_count(), 1);
}

#[test]
fn personal_data_is_part_of_the_request_but_not_of_the_repeated_result() {
    let (_folder, path) = place();
    let register = open(&path);
    let with = |author: &str| Write::CreateDemand {
        demand: NewDemand {
            author: Some(author.into()),
            ..demand("one")
        },
        idempotency_key: Some("k1".to_owned()),
    };
    assert!(write(&register, with("Rosa")).is_ok());
    assert_eq!(
        write(&register, with("Luz")),
        Err(WriteError::IdempotencyReuse)
    );
    written(&register, replace("D00001", None, demand("two")));
    let again = write(&register, with("Rosa")).expect("it is the same");
    assert!(matches!(&again.items[0], Item::Demand(one) if one.author.is_none()));
}

#[test]
fn an_import_and_an_assembly_have_keys_too() {
    let (_folder, path) = place();
    let register = open(&path);
    let import = || Write::Import {
        assemblies: vec![assembly("131050101")],
        demands: vec![demand("one"), demand("two")],
        idempotency_key: Some("import".to_owned()),
    };
    let first = write(&register, import()).expect("it is valid");
    let again = write(&register, import()).expect("it is the same");
    assert_eq!((&again.items, again.replayed), (&first.items, true));
    let one = || Write::CreateAssembly {
        assembly: assembly("131050102"),
        idempotency_key: Some("one".to_owned()),
    };
    assert_eq!(written(&register, one()), written(&register, one()));
    assert_eq!(demands(&register).len(), 2);
    assert_eq!(register.snapshot().assembly_count(), 2);
}

#[test]
fn keys_are_forgotten_after_seven_days_and_are_plain_texts() {
    let (_folder, path) = place();
    let seconds = Arc::new(AtomicU64::new(1_800_000_000));
    let clock = Arc::clone(&seconds);
    let options = Options {
        clock: Box::new(move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst))),
        ..Options::default()
    };
    let register = open_with(&path, options);
    let write = |key: &str| register.write(keyed("one", key), ana());
    assert!(write("k1").is_ok_and(|first| !first.replayed));
    seconds.fetch_add(7 * 24 * 3600, Ordering::SeqCst);
    assert!(write("k1").is_ok_and(|again| again.replayed));
    seconds.fetch_add(1, Ordering::SeqCst);
    assert!(write("k1").is_ok_and(|new| !new.replayed));
    for wrong in ["", "a b", "ñ", "a\n", &"x".repeat(256)] {
        assert!(
            matches!(write(wrong), Err(WriteError::Invalid(_))),
            "{wrong:?}"
        );
    }
    assert!(write(&"x".repeat(255)).is_ok());
}
