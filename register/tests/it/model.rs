//! Any sequence of writes against a plain map.

use std::collections::{BTreeMap, BTreeSet};

use comarca_register::{Action, Kind, NewDemand, Register, Write, WriteError};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

use crate::kit::{create, delete, demand, demands, open, place, replace, write};

/// A step of a sequence. Numbers choose among what there is.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Create(u8),
    /// With an id of its own.
    CreateAs(u8, u8),
    Replace(u8, u8),
    /// As one who has seen another version.
    ReplaceLate(u8),
    Delete(u8),
    Import(Vec<u8>),
    /// The same request with the same key as at some step before, if that was one.
    Keyed(u8),
    Reopen,
    /// From now on the other of two registers on the same file.
    Switch,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any::<u8>().prop_map(Step::Create),
        2 => (any::<u8>(), any::<u8>()).prop_map(|(id, votes)| Step::CreateAs(id, votes)),
        4 => (any::<u8>(), any::<u8>()).prop_map(|(which, votes)| Step::Replace(which, votes)),
        1 => any::<u8>().prop_map(Step::ReplaceLate),
        3 => any::<u8>().prop_map(Step::Delete),
        1 => prop::collection::vec(any::<u8>(), 0..5).prop_map(Step::Import),
        2 => (0_u8..4).prop_map(Step::Keyed),
        1 => Just(Step::Reopen),
        2 => Just(Step::Switch),
    ];
    prop::collection::vec(step, 0..40)
}

/// What should be there: version and votes of each id.
#[derive(Default)]
struct Model {
    demands: BTreeMap<String, (u64, u64)>,
    ever: BTreeSet<String>,
    keys: BTreeMap<u8, String>,
    changes: u64,
}

impl Model {
    fn some_id(&self, which: u8) -> Option<String> {
        let number = usize::from(which) % self.demands.len().max(1);
        self.demands.keys().nth(number).cloned()
    }

    fn add(&mut self, id: &str, votes: u64) {
        self.demands.insert(id.to_owned(), (1, votes));
        self.ever.insert(id.to_owned());
        self.changes += 1;
    }
}

fn voted(votes: u8) -> NewDemand {
    NewDemand {
        votes: votes.into(),
        lon: f64::from(votes) - 128.0,
        author: votes.is_multiple_of(2).then(|| "Rosa".into()),
        ..demand("a demand")
    }
}

fn step(register: &Register, model: &mut Model, step: &Step) {
    match step {
        Step::Create(votes) => {
            let made = write(register, create(voted(*votes))).expect("it is valid");
            let id = made.items[0].id();
            assert!(!model.ever.contains(id), "{id} was used before");
            model.add(id, (*votes).into());
        }
        Step::CreateAs(number, votes) => {
            let id = format!("D{:05}", number % 32);
            let new = NewDemand {
                id: Some(id.clone()),
                ..voted(*votes)
            };
            let made = write(register, create(new));
            if model.demands.contains_key(&id) {
                assert_eq!(made, Err(WriteError::DuplicateId { id }));
            } else {
                assert!(made.is_ok());
                model.add(&id, (*votes).into());
            }
        }
        Step::Replace(which, votes) => {
            let Some(id) = model.some_id(*which) else {
                let gone = write(register, replace("D00000", None, voted(*votes)));
                assert!(matches!(gone, Err(WriteError::NotFound { .. })));
                return;
            };
            let entry = model.demands.get_mut(&id).expect("it was chosen");
            let made = write(register, replace(&id, Some(entry.0), voted(*votes)));
            *entry = (entry.0 + 1, (*votes).into());
            assert_eq!(made.map(|made| made.items[0].version()), Ok(entry.0));
            model.changes += 1;
        }
        Step::ReplaceLate(which) => {
            if let Some(id) = model.some_id(*which) {
                let current = model.demands[&id].0;
                let late = write(register, replace(&id, Some(current + 1), voted(0)));
                assert_eq!(late, Err(WriteError::VersionConflict { current }));
            }
        }
        Step::Delete(which) => {
            if let Some(id) = model.some_id(*which) {
                assert!(write(register, delete(&id, None)).is_ok());
                model.demands.remove(&id);
                model.changes += 1;
            }
        }
        Step::Import(votes) => {
            let import = Write::Import {
                assemblies: vec![],
                demands: votes.iter().copied().map(voted).collect(),
                idempotency_key: None,
            };
            let made = write(register, import).expect("it is valid");
            for (item, votes) in made.items.iter().zip(votes) {
                assert!(!model.ever.contains(item.id()));
                model.add(item.id(), (*votes).into());
            }
        }
        Step::Keyed(key) => {
            let keyed = Write::CreateDemand {
                demand: voted(*key),
                idempotency_key: Some(format!("key-{key}")),
            };
            let made = write(register, keyed).expect("it is the same each time");
            let id = made.items[0].id().to_owned();
            if let Some(first) = model.keys.get(key) {
                assert_eq!((&id, made.replayed), (first, true));
            } else {
                assert!(!made.replayed);
                model.add(&id, (*key).into());
                model.keys.insert(*key, id);
            }
        }
        Step::Reopen | Step::Switch => (),
    }
}

fn contents(register: &Register) -> BTreeMap<String, (u64, u64)> {
    let snapshot = register.snapshot();
    let entries = snapshot.demands().map(|demand| {
        assert_eq!(demand.lon, demand.votes as f64 - 128.0);
        assert_eq!(
            demand.author.is_some() || demand.version > 1,
            demand.votes % 2 == 0 || demand.version > 1
        );
        (demand.id.clone(), (demand.version, demand.votes))
    });
    entries.collect()
}

/// Every change follows from the one before it, and the last one is what is there.
fn check_history(register: &Register, model: &Model) {
    let snapshot = register.snapshot();
    let mut seen = BTreeSet::new();
    for id in &model.ever {
        let history = register.history(Kind::Demand, id).expect("it can be read");
        let mut before = None;
        for change in &history {
            assert!(seen.insert(change.seq));
            assert_eq!(change.before, before, "{id}");
            let action = match (&change.before, &change.after) {
                (None, Some(_)) => Action::Create,
                (Some(_), Some(_)) => Action::Replace,
                _ => Action::Delete,
            };
            assert_eq!(change.action, action);
            before.clone_from(&change.after);
        }
        let last = before
            .as_ref()
            .map(|last| (last["version"].as_u64(), last["votes"].as_u64()));
        let there = snapshot.demand(id);
        assert_eq!(
            last,
            there.map(|there| (Some(there.version), Some(there.votes)))
        );
    }
    assert_eq!(seen, (1..=model.changes).collect());
}

/// Follows the steps in a register and in a map, with two registers open at once.
pub(crate) fn check(steps: &[Step], open: impl Fn() -> Register) {
    let mut model = Model::default();
    let (mut register, mut other) = (open(), open());
    for one in steps {
        match one {
            Step::Switch => std::mem::swap(&mut register, &mut other),
            Step::Reopen => {
                drop(register);
                register = open();
                assert_eq!(contents(&register), model.demands);
            }
            _ => step(&register, &mut model, one),
        }
    }
    for register in [&register, &other] {
        register.poll().expect("the database is there");
        assert_eq!(contents(register), model.demands);
        assert_eq!(register.snapshot().seq(), model.changes);
        let all = demands(register);
        assert_eq!(
            register.snapshot().within([-180.0, -90.0, 180.0, 90.0]),
            all
        );
    }
    check_history(&register, &model);
    let all = demands(&register);
    drop((register, other));
    assert_eq!(demands(&open()), all);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, rng_seed: RngSeed::Fixed(1), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_writes_gives_what_a_map_holds(steps in steps()) {
        let (_folder, path) = place();
        check(&steps, || open(&path));
    }
}
