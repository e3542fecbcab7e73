//! The one thread that writes: many requests in one transaction, then a new snapshot, then the answers.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use crate::index::{Index, Moved};
use crate::plan::{Effect, Moment, plan};
use crate::snapshot::State;
use crate::store::{Contents, Head, Record, Remembered, Store, StoreError};
use crate::timestamp::rfc3339;
use crate::token::StoredToken;
use crate::{
    Actor, Change, Item, Kind, OUTSIDE, RegisterError, Snapshot, Write, WriteError, Written,
    digest, edits, json,
};

/// Most rows and requests of one transaction: what waits longest waits for these.
const GROUP_ROWS: usize = 1000;
const GROUP_REQUESTS: usize = 256;
/// Changes that are fetched one by one; more are read with the whole table.
const FEW: usize = 2000;
/// How long results are kept under their idempotency keys.
const REMEMBERED: Duration = Duration::from_hours(7 * 24);
/// How long to wait before an unreachable database is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// What all threads see.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    pub(crate) snapshot: RwLock<Arc<Snapshot>>,
    pub(crate) tokens: RwLock<Arc<Vec<StoredToken>>>,
    /// Why nothing can be written.
    pub(crate) fault: RwLock<Option<String>>,
}

/// What the thread is asked to do.
pub(crate) enum Job {
    Write(Box<Request>),
    Call(Box<dyn FnOnce(&mut Writer) + Send>),
    /// Look whether others have written.
    Wake,
}

pub(crate) struct Request {
    pub(crate) write: Write,
    pub(crate) actor: Actor,
    pub(crate) answer: SyncSender<Result<Written, WriteError>>,
}

/// What is told of every new snapshot.
pub(crate) type OnChange = Box<dyn Fn(&Arc<Snapshot>) + Send>;
/// Tells the time.
pub(crate) type Clock = Box<dyn Fn() -> SystemTime + Send>;
/// Connects again. It never makes a new register.
pub(crate) type Reopen = Box<dyn Fn() -> Result<Box<dyn Store>, RegisterError>>;

pub(crate) struct Writer {
    /// `None` while it cannot be reached.
    store: Option<Box<dyn Store>>,
    reopen: Reopen,
    tried: Option<Instant>,
    state: State,
    index: Arc<RwLock<Index>>,
    shared: Arc<Shared>,
    /// Whether the last thing that was to be written found no room.
    is_full: bool,
    on_change: OnChange,
    clock: Clock,
}

/// What a transaction has done, to be published once it is durable.
struct Draft {
    state: State,
    moved: Vec<Moved>,
    /// Whether the index cannot follow step by step.
    is_new: bool,
}

/// A transaction before it is committed.
struct Worked {
    draft: Draft,
    /// Where the register stood when it began.
    before: Head,
    answers: Vec<Result<Written, WriteError>>,
}

impl Writer {
    /// Reads everything, and publishes the first snapshot without telling anybody.
    pub(crate) fn start(
        store: Box<dyn Store>,
        reopen: Reopen,
        on_change: OnChange,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let mut writer = Self {
            store: Some(store),
            reopen,
            tried: None,
            state: State::default(),
            index: Arc::default(),
            shared: Arc::default(),
            is_full: false,
            on_change: Box::new(|_| ()),
            clock,
        };
        writer.reload()?;
        writer.on_change = on_change;
        Ok(writer)
    }

    pub(crate) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Works until nobody can ask any more.
    pub(crate) fn run(mut self, jobs: &Receiver<Job>, poll_every: Duration) {
        loop {
            let job = match jobs.recv_timeout(poll_every) {
                Ok(job) => job,
                Err(RecvTimeoutError::Timeout) => Job::Wake,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            let mut next = Some(job);
            while let Some(job) = next.take() {
                match job {
                    Job::Wake => drop(self.refresh()),
                    Job::Call(call) => call(&mut self),
                    Job::Write(first) => {
                        let (group, other) = gather(*first, jobs);
                        self.serve(&group);
                        next = other;
                    }
                }
            }
        }
    }

    /// Brings the snapshot to what others have written. Whether there was something.
    pub(crate) fn refresh(&mut self) -> Result<bool, StoreError> {
        let generation = self.generation();
        self.with_store(|writer, store| {
            if store.has_changed()? {
                writer.transaction(store, &[]).map(drop)
            } else {
                Ok(())
            }
        })?;
        Ok(self.generation() != generation)
    }

    /// Asks the database something.
    pub(crate) fn ask<T>(
        &mut self,
        question: impl FnOnce(&mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.with_store(|_, store| question(store))
    }

    /// Changes tokens, and makes them known.
    pub(crate) fn change_tokens(
        &mut self,
        change: impl FnOnce(&mut dyn Store, &[StoredToken], SystemTime) -> Result<(), TokenError>,
    ) -> Result<(), TokenError> {
        let now = (self.clock)();
        let outcome = self.with_store(|writer, store| {
            store.begin()?;
            let changed = (|| {
                let known = store.tokens()?;
                if let Err(error) = change(store, &known, now) {
                    return Ok(Err(error));
                }
                let mut head = store.head()?;
                head.tokens += 1;
                store.save_head(&head, &rfc3339(now))?;
                Ok(Ok(()))
            })();
            match changed {
                Ok(Ok(())) => {
                    store.commit()?;
                    writer.publish_tokens(store)?;
                    Ok(Ok(()))
                }
                other => {
                    store.rollback();
                    other
                }
            }
        });
        outcome.map_err(TokenError::Store)?
    }

    fn serve(&mut self, group: &[Request]) {
        let answers = self.with_store(|writer, store| writer.transaction(store, group));
        match answers {
            Ok(answers) => answer(group, answers),
            // One of them may be too large for the room that is left.
            Err(StoreError::Full) if group.len() > 1 => {
                for request in group {
                    self.serve(std::slice::from_ref(request));
                }
            }
            Err(error) => answer(
                group,
                group.iter().map(|_| Err(error.clone().into())).collect(),
            ),
        }
    }

    /// Does something with the database, which is connected again first where it was lost.
    fn with_store<T>(
        &mut self,
        work: impl FnOnce(&mut Self, &mut dyn Store) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.store.is_none() {
            self.reconnect()?;
        }
        let Some(mut store) = self.store.take() else {
            return Err(StoreError::Lost(self.fault()));
        };
        let result = work(self, &mut *store);
        match &result {
            Err(StoreError::Lost(why)) => self.report(Some(why.clone())),
            Err(StoreError::Full) => {
                self.is_full = true;
                self.report(Some(WriteError::DiskFull.to_string()));
                self.store = Some(store);
            }
            Ok(_) => {
                // That something could be read says nothing about room.
                if !self.is_full {
                    self.report(None);
                }
                self.store = Some(store);
            }
            Err(StoreError::Busy) => self.store = Some(store),
        }
        result
    }

    fn reconnect(&mut self) -> Result<(), StoreError> {
        if self.tried.is_some_and(|tried| tried.elapsed() < PAUSE) {
            return Err(StoreError::Lost(self.fault()));
        }
        self.tried = Some(Instant::now());
        let opened = (self.reopen)().map_err(|error| StoreError::Lost(error.to_string()));
        let reloaded = opened.and_then(|store| {
            self.store = Some(store);
            self.reload()
        });
        if let Err(error) = reloaded {
            self.store = None;
            self.report(Some(WriteError::from(error.clone()).to_string()));
            return Err(error);
        }
        self.tried = None;
        Ok(())
    }

    /// Reads everything anew.
    fn reload(&mut self) -> Result<(), StoreError> {
        let now = rfc3339((self.clock)());
        let Some(mut store) = self.store.take() else {
            return Ok(());
        };
        store.begin()?;
        let read = read_all(&mut *store, &now);
        let draft = match read {
            Ok((draft, true)) => {
                store.commit()?;
                draft
            }
            Ok((draft, false)) => {
                store.rollback();
                draft
            }
            Err(error) => {
                store.rollback();
                return Err(error);
            }
        };
        self.publish(draft);
        self.publish_tokens(&mut *store)?;
        self.store = Some(store);
        Ok(())
    }

    /// All of a group in one transaction, after what others have written. The group may be empty.
    fn transaction(
        &mut self,
        store: &mut dyn Store,
        group: &[Request],
    ) -> Result<Vec<Result<Written, WriteError>>, StoreError> {
        let now = (self.clock)();
        let since = rfc3339(
            now.checked_sub(REMEMBERED)
                .unwrap_or(SystemTime::UNIX_EPOCH),
        );
        let moment = Moment {
            now: rfc3339(now),
            only_days: store.only_days(),
        };
        let is_changed = store.begin()?;
        let worked = self.work(store, is_changed, group, &moment, &since);
        let Worked {
            draft,
            before,
            answers,
        } = match worked {
            Ok(worked) => worked,
            Err(error) => {
                store.rollback();
                return Err(error);
            }
        };
        let (known, head) = (self.state.head, draft.state.head);
        if head == before {
            store.rollback();
        } else {
            store.commit()?;
            self.is_full = false;
        }
        if head.seq != known.seq || draft.is_new {
            self.publish(draft);
        }
        self.state.head = head;
        if head.tokens != known.tokens {
            self.publish_tokens(store)?;
        }
        Ok(answers)
    }

    fn work(
        &self,
        store: &mut dyn Store,
        is_changed: bool,
        group: &[Request],
        moment: &Moment,
        since: &str,
    ) -> Result<Worked, StoreError> {
        let (known, head) = (self.state.head, store.head()?);
        let mut draft = Draft {
            state: self.state.clone(),
            moved: vec![],
            is_new: false,
        };
        // A change that neither the history nor the triggers tell of: the rows have to be looked at.
        let is_untold = is_changed && (head.seq, head.tokens) == (known.seq, known.tokens);
        catch_up(store, &mut draft, head, is_untold, &moment.now)?;
        let mut answers = Vec::with_capacity(group.len());
        for request in group {
            answers.push(one(store, &mut draft, request, moment, since)?);
        }
        if draft.state.head != head {
            store.save_head(&draft.state.head, &moment.now)?;
        }
        Ok(Worked {
            draft,
            before: head,
            answers,
        })
    }

    fn publish(&mut self, draft: Draft) {
        let generation = self.generation() + 1;
        let is_first = generation == 1;
        if draft.is_new || is_first {
            let made = Index::of(draft.state.demands.iter(), generation);
            *self.index.write().unwrap_or_else(PoisonError::into_inner) = made;
        } else {
            let mut index = self.index.write().unwrap_or_else(PoisonError::into_inner);
            index.follow(&draft.moved, generation);
        }
        self.state = draft.state;
        let snapshot = Arc::new(Snapshot {
            state: self.state.clone(),
            generation,
            index: Arc::clone(&self.index),
        });
        let mut shared = self
            .shared
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *shared = Arc::clone(&snapshot);
        drop(shared);
        // What the caller does wrong does not end the register.
        drop(catch_unwind(AssertUnwindSafe(|| {
            (self.on_change)(&snapshot);
        })));
    }

    fn publish_tokens(&mut self, store: &mut dyn Store) -> Result<(), StoreError> {
        self.state.head.tokens = store.head()?.tokens;
        let tokens = Arc::new(store.tokens()?);
        *self
            .shared
            .tokens
            .write()
            .unwrap_or_else(PoisonError::into_inner) = tokens;
        Ok(())
    }

    fn generation(&self) -> u64 {
        let shared = self.shared.snapshot.read();
        shared.unwrap_or_else(PoisonError::into_inner).generation
    }

    fn fault(&self) -> String {
        let fault = self.shared.fault.read();
        let fault = fault.unwrap_or_else(PoisonError::into_inner);
        fault.clone().unwrap_or_default()
    }

    fn report(&self, fault: Option<String>) {
        let shared = self.shared.fault.write();
        *shared.unwrap_or_else(PoisonError::into_inner) = fault;
    }
}

/// Why tokens are not changed.
pub(crate) enum TokenError {
    Store(StoreError),
    Refused(WriteError),
}

/// What waits behind the first request, up to the first job of another kind.
fn gather(first: Request, jobs: &Receiver<Job>) -> (Vec<Request>, Option<Job>) {
    let mut rows = first.write.rows();
    let mut group = vec![first];
    while rows < GROUP_ROWS && group.len() < GROUP_REQUESTS {
        match jobs.try_recv() {
            Ok(Job::Write(request)) => {
                rows = rows.saturating_add(request.write.rows());
                group.push(*request);
            }
            Ok(other) => return (group, Some(other)),
            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
        }
    }
    (group, None)
}

fn answer(group: &[Request], answers: Vec<Result<Written, WriteError>>) {
    for (request, answer) in group.iter().zip(answers) {
        // Who does not wait any more need not be told.
        drop(request.answer.try_send(answer));
    }
}

/// Everything that is there, and whether something of it had to be written to the history.
fn read_all(store: &mut dyn Store, now: &str) -> Result<(Draft, bool), StoreError> {
    let head = store.head()?;
    let contents = store.contents()?;
    let mut draft = Draft {
        state: State::default(),
        moved: vec![],
        is_new: true,
    };
    if head.edits == head.recorded_edits {
        // What is there is what is known.
        draft.state = edits::known(&contents, &[]);
        draft.state.problems = Arc::new(contents.problems);
        draft.state.head = head;
    } else {
        draft.state = edits::known(&contents, &store.last_changes()?);
        draft.state.head = head;
        adopt(store, &mut draft.state, contents, now)?;
    }
    draft.state.reserve_ids();
    let is_changed = draft.state.head != head;
    if is_changed {
        store.save_head(&draft.state.head, now)?;
    }
    Ok((draft, is_changed))
}

/// Brings a draft to what others have written since, where the register stands at `head`.
fn catch_up(
    store: &mut dyn Store,
    draft: &mut Draft,
    head: Head,
    is_untold: bool,
    now: &str,
) -> Result<(), StoreError> {
    let known = draft.state.head;
    let is_edited = is_untold || head.edits != head.recorded_edits;
    // Another file in the place of the first, or edits whose problems are known to others alone.
    let is_unknown = head.seq < known.seq || head.recorded_edits != known.recorded_edits;
    if is_unknown {
        *draft = read_all(store, now)?.0;
    } else if is_edited {
        // The rows are edited already; what they were before is in the history.
        for change in store.changes(known.seq + 1, head.seq)? {
            draft.state.follow(&change);
        }
        draft.state.head = head;
        let problems = Arc::clone(&draft.state.problems);
        let contents = store.contents()?;
        let is_changed = adopt(store, &mut draft.state, contents, now)?;
        draft.is_new = is_changed || head.seq != known.seq || problems != draft.state.problems;
    } else if head.seq != known.seq {
        let changed = store.changed_since(known.seq)?;
        if changed.len() > FEW {
            *draft = read_all(store, now)?.0;
        } else {
            follow(store, draft, &changed)?;
            draft.state.head = head;
        }
    } else {
        draft.state.head = head;
    }
    Ok(())
}

/// Takes the changed rows as they are.
fn follow(
    store: &mut dyn Store,
    draft: &mut Draft,
    changed: &[(Kind, String)],
) -> Result<(), StoreError> {
    for (kind, id) in changed {
        let before = draft.state.find(*kind, id);
        let after = store.find(*kind, id)?;
        match &after {
            Some(item) => draft.state.put(item),
            None => drop(draft.state.remove(*kind, id)),
        }
        draft.moved.extend(moved(&Effect { before, after }));
    }
    Ok(())
}

/// Takes the edits of other programs into the state and the history. Whether there were any.
fn adopt(
    store: &mut dyn Store,
    state: &mut State,
    contents: Contents,
    now: &str,
) -> Result<bool, StoreError> {
    let effects = edits::adopt(state, contents, now);
    for effect in &effects {
        state.head.seq += 1;
        let record = Record {
            seq: state.head.seq,
            at: now,
            who: OUTSIDE,
        };
        store.persist_edit(effect, &record)?;
    }
    state.head.recorded_edits = state.head.edits;
    state.reserve_ids();
    Ok(!effects.is_empty())
}

/// One request of a group: its changes, or why there are none.
fn one(
    store: &mut dyn Store,
    draft: &mut Draft,
    request: &Request,
    moment: &Moment,
    since: &str,
) -> Result<Result<Written, WriteError>, StoreError> {
    let (write, who) = (&request.write, &request.actor.name);
    let digest = write.idempotency_key().map(|key| (key, digest::of(write)));
    if let Some((key, digest)) = &digest
        && let Some(first) = store.remembered(who, key, since)?
    {
        if first.digest != *digest {
            return Ok(Err(WriteError::IdempotencyReuse));
        }
        return replay(store, draft, &first).map(Ok);
    }
    let mut state = draft.state.clone();
    let effects = match plan(write, &mut state, moment) {
        Ok(effects) => effects,
        Err(refused) => return Ok(Err(refused)),
    };
    let first_seq = state.head.seq + 1;
    for effect in &effects {
        state.head.seq += 1;
        let record = Record {
            seq: state.head.seq,
            at: &moment.now,
            who,
        };
        store.persist(effect, &record)?;
    }
    draft.moved.extend(effects.iter().filter_map(moved));
    draft.state = state;
    if let Some((key, digest)) = digest {
        let result = Remembered {
            digest,
            first_seq,
            last_seq: draft.state.head.seq,
        };
        store.remember(who, key, &moment.now, since, &result)?;
    }
    Ok(Ok(Written {
        items: effects.iter().filter_map(Effect::item).cloned().collect(),
        seq: draft.state.head.seq,
        replayed: false,
    }))
}

/// The result of an earlier request, from the history.
fn replay(store: &mut dyn Store, draft: &Draft, first: &Remembered) -> Result<Written, StoreError> {
    let changes = store.changes(first.first_seq, first.last_seq)?;
    Ok(Written {
        items: changes
            .iter()
            .filter_map(|change| as_it_was(change, &draft.state))
            .collect(),
        seq: first.last_seq,
        replayed: true,
    })
}

/// What a change has made: the very record where it is still there.
fn as_it_was(change: &Change, state: &State) -> Option<Item> {
    let item = json::item(change.kind, change.after.as_ref()?)?;
    let current = state.find(change.kind, &change.id);
    Some(
        current
            .filter(|current| current.version() == item.version())
            .unwrap_or(item),
    )
}

fn moved(effect: &Effect) -> Option<Moved> {
    let demand = |item: &Option<Item>| match item {
        Some(Item::Demand(demand)) => Some(Arc::clone(demand)),
        _ => None,
    };
    let moved = (demand(&effect.before), demand(&effect.after));
    (moved != (None, None)).then_some(moved)
}
