//! The register as the rest of the program sees it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use crate::store::{Store, StoreError};
use crate::timestamp::rfc3339;
use crate::token::{self, authenticate};
use crate::writer::{Clock, Job, OnChange, Reopen, Request, Shared, TokenError, Writer};
use crate::{
    Actor, Change, IssuedToken, Kind, NewToken, RegisterError, Snapshot, Token, Write, WriteError,
    Written, sqlite,
};

#[cfg(feature = "postgres")]
use crate::postgres;

/// How a register is opened.
pub struct Options {
    /// Called with every new snapshot, before the writes in it are answered. It holds up all writing while it runs, and
    /// must not write itself. A panic in it is ignored.
    pub on_change: OnChange,
    /// Most requests that wait; one more is refused as busy.
    pub queue: usize,
    /// How often the writer looks whether others have written. A `PostgreSQL` database tells it at once.
    pub poll_every: Duration,
    /// Tells the time.
    pub clock: Clock,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            on_change: Box::new(|_| ()),
            queue: 1024,
            poll_every: Duration::from_millis(250),
            clock: Box::new(SystemTime::now),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("queue", &self.queue)
            .field("poll_every", &self.poll_every)
            .finish_non_exhaustive()
    }
}

/// Citizens' demands, kept safe. It may be used by any number of threads at once.
pub struct Register {
    shared: Arc<Shared>,
    /// `None` where the register is read-only.
    jobs: Option<Arc<SyncSender<Job>>>,
    thread: Option<JoinHandle<()>>,
    /// Where a read-only register is read from.
    path: Option<PathBuf>,
}

impl fmt::Debug for Register {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let snapshot = self.snapshot();
        f.debug_struct("Register")
            .field("demands", &snapshot.demand_count())
            .field("assemblies", &snapshot.assembly_count())
            .field("seq", &snapshot.seq())
            .field("is_read_only", &self.is_read_only())
            .finish_non_exhaustive()
    }
}

impl Register {
    /// Opens the register at a path, where one is made if there is no file, or at an address `postgresql://…`, where its
    /// tables are made if there are none. A simple `GeoPackage` with tables `demands` and `assemblies` gets the columns
    /// and tables that it lacks.
    ///
    /// # Errors
    /// When it cannot be reached, may not be written or holds something else.
    pub fn open(location: &str, options: Options) -> Result<Self, RegisterError> {
        let (sender, jobs) = sync_channel(options.queue);
        let sender = Arc::new(sender);
        let (report, reported) = sync_channel(1);
        let (waker, place) = (Arc::downgrade(&sender), location.to_owned());
        // Connecting may block, which not every thread is allowed to.
        let work = move || {
            let poll_every = options.poll_every;
            match start(&place, waker, options) {
                Ok(writer) => {
                    drop(report.send(Ok(writer.shared())));
                    writer.run(&jobs, poll_every);
                }
                Err(error) => drop(report.send(Err(error))),
            }
        };
        let no_thread = |why: String| RegisterError::Database {
            place: shown(location),
            why,
        };
        let thread = thread::Builder::new()
            .name("register".to_owned())
            .spawn(work);
        let thread = thread.map_err(|error| no_thread(error.to_string()))?;
        let shared = reported
            .recv()
            .unwrap_or_else(|_ended| Err(no_thread(ended().to_string())))?;
        Ok(Self {
            shared,
            jobs: Some(sender),
            thread: Some(thread),
            path: None,
        })
    }

    /// Reads the register in a file once, and leaves every byte of it as it is.
    ///
    /// # Errors
    /// When it cannot be read or holds something else.
    pub fn open_read_only(path: impl AsRef<Path>) -> Result<Self, RegisterError> {
        let path = path.as_ref();
        let shared = sqlite::read(path)?;
        Ok(Self {
            shared: Arc::new(shared),
            jobs: None,
            thread: None,
            path: Some(path.to_owned()),
        })
    }

    /// What the register holds now. It costs next to nothing.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        let snapshot = self.shared.snapshot.read();
        Arc::clone(&snapshot.unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether it was opened for reading.
    pub const fn is_read_only(&self) -> bool {
        self.jobs.is_none()
    }

    /// Why nothing can be written at present, as the last attempt has shown.
    pub fn fault(&self) -> Option<String> {
        let fault = self.shared.fault.read();
        fault.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a change. What is `Ok` is durable, in the snapshot and told to `on_change`.
    ///
    /// Blocks until then: many threads that write at once share one transaction.
    ///
    /// # Errors
    /// When it is refused or cannot be done now; nothing is changed then, but see [`WriteError::Gone`].
    pub fn write(&self, write: Write, actor: Actor) -> Result<Written, WriteError> {
        let (answer, answered) = sync_channel(1);
        self.send(Job::Write(Box::new(Request {
            write,
            actor,
            answer,
        })))?;
        answered.recv().unwrap_or_else(|_ended| Err(ended()))
    }

    /// What would come of a write, without writing: a dry run on the newest snapshot.
    ///
    /// # Errors
    /// Those of [`write`](Self::write) that have to do with its content.
    pub fn check(&self, write: &Write) -> Result<(), WriteError> {
        self.snapshot().check(write)
    }

    /// Looks at once whether others have written. Whether there is a new snapshot.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn poll(&self) -> Result<bool, WriteError> {
        if self.is_read_only() {
            return Ok(false);
        }
        self.call(|writer| writer.refresh().map_err(WriteError::from))
    }

    /// All changes of a demand or an assembly, the first one first. None where it has never been changed.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub fn history(&self, kind: Kind, id: &str) -> Result<Vec<Change>, WriteError> {
        let id = id.to_owned();
        match &self.path {
            Some(path) => Ok(sqlite::open_store_read_only(path)?.history(kind, &id)?),
            None => self.call(move |writer| Ok(writer.ask(|store| store.history(kind, &id))?)),
        }
    }

    /// All tokens, also those that are worth nothing any more, in the order of their making.
    pub fn tokens(&self) -> Vec<Token> {
        let tokens = self.stored_tokens();
        tokens.iter().map(|known| known.token.clone()).collect()
    }

    /// Makes a token. Its secret is never known again.
    ///
    /// # Errors
    /// [`WriteError::DuplicateId`] where a valid token has this name, and those of any write.
    pub fn add_token(&self, new: NewToken) -> Result<IssuedToken, WriteError> {
        token::check(&new)?;
        self.call(move |writer| {
            let mut made = None;
            writer.change_tokens(|store, known, now| {
                let (stored, issued) = token::issue(new, known, now)?;
                store.save_token(&stored)?;
                made = Some(issued);
                Ok(())
            })?;
            made.ok_or_else(ended)
        })
    }

    /// Makes a token worth nothing, here at once and in other servers as soon as they look. False where there is no
    /// valid one of this id.
    ///
    /// # Errors
    /// Those of any write.
    pub fn revoke_token(&self, id: &str) -> Result<bool, WriteError> {
        let id = id.to_owned();
        self.call(move |writer| {
            let mut is_revoked = false;
            writer.change_tokens(|store, known, now| {
                let valid = |known: &&token::StoredToken| {
                    known.token.id == id && known.token.revoked.is_none()
                };
                if let Some(known) = known.iter().find(valid) {
                    let mut revoked = known.clone();
                    revoked.token.revoked = Some(rfc3339(now));
                    store.save_token(&revoked)?;
                    is_revoked = true;
                }
                Ok(())
            })?;
            Ok(is_revoked)
        })
    }

    /// The token that a bearer shows, `comarca_<id>_<secret>`, if it is worth something at the moment `now`.
    pub fn authenticate(&self, bearer: &str, now: SystemTime) -> Option<Token> {
        authenticate(&self.stored_tokens(), bearer, now).cloned()
    }

    fn stored_tokens(&self) -> Arc<Vec<token::StoredToken>> {
        let tokens = self.shared.tokens.read();
        Arc::clone(&tokens.unwrap_or_else(PoisonError::into_inner))
    }

    fn send(&self, job: Job) -> Result<(), WriteError> {
        let jobs = self.jobs.as_ref().ok_or(WriteError::ReadOnly)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => WriteError::Busy,
            TrySendError::Disconnected(_) => ended(),
        })
    }

    /// Has the writer do something between two transactions.
    pub(crate) fn call<T: Send + 'static>(
        &self,
        call: impl FnOnce(&mut Writer) -> Result<T, WriteError> + Send + 'static,
    ) -> Result<T, WriteError> {
        let (answer, answered) = sync_channel(1);
        self.send(Job::Call(Box::new(move |writer| {
            // Who does not wait any more need not be told.
            drop(answer.try_send(call(writer)));
        })))?;
        answered.recv().unwrap_or_else(|_ended| Err(ended()))
    }
}

impl Drop for Register {
    /// Waits until all that was asked is done, and closes the database.
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.thread().id() != thread::current().id()
        {
            drop(thread.join());
        }
    }
}

fn ended() -> WriteError {
    WriteError::Gone("its thread has ended".to_owned())
}

/// Connects and reads everything.
fn start(
    location: &str,
    jobs: Weak<SyncSender<Job>>,
    options: Options,
) -> Result<Writer, RegisterError> {
    let (store, reopen) = connect(location, jobs)?;
    let writer = Writer::start(store, reopen, options.on_change, options.clock);
    writer.map_err(|error| RegisterError::Database {
        place: shown(location),
        why: WriteError::from(error).to_string(),
    })
}

/// The database of a location, and how to connect to it again.
#[cfg_attr(
    not(feature = "postgres"),
    expect(
        unused_variables,
        clippy::needless_pass_by_value,
        reason = "a file wakes nobody"
    )
)]
fn connect(
    location: &str,
    jobs: Weak<SyncSender<Job>>,
) -> Result<(Box<dyn Store>, Reopen), RegisterError> {
    #[cfg(feature = "postgres")]
    if postgres::is_address(location) {
        let address = location.to_owned();
        let wake: postgres::Wake = Arc::new(move || {
            // A full queue is looked at before long.
            if let Some(jobs) = jobs.upgrade() {
                drop(jobs.try_send(Job::Wake));
            }
        });
        let store = postgres::open(&address, &wake)?;
        let reopen = move || -> Result<Box<dyn Store>, RegisterError> {
            Ok(Box::new(postgres::open(&address, &wake)?))
        };
        return Ok((Box::new(store), Box::new(reopen)));
    }
    #[cfg(not(feature = "postgres"))]
    if location.starts_with("postgresql://") || location.starts_with("postgres://") {
        return Err(RegisterError::Unfit {
            place: shown(location),
            why: "this program was built without PostgreSQL".to_owned(),
        });
    }
    let path = PathBuf::from(location);
    let store = sqlite::open(&path, true)?;
    let reopen = move || -> Result<Box<dyn Store>, RegisterError> {
        Ok(Box::new(sqlite::open(&path, false)?))
    };
    Ok((Box::new(store), Box::new(reopen)))
}

/// A location without what must stay secret.
#[cfg(feature = "postgres")]
fn shown(location: &str) -> String {
    if postgres::is_address(location) {
        return postgres::shown(location);
    }
    location.to_owned()
}

/// A location without what must stay secret.
#[cfg(not(feature = "postgres"))]
fn shown(location: &str) -> String {
    let scheme = location
        .split_once("://")
        .map(|(scheme, _)| format!("{scheme}://…"));
    scheme.unwrap_or_else(|| location.to_owned())
}

impl From<RegisterError> for WriteError {
    fn from(error: RegisterError) -> Self {
        Self::Gone(error.to_string())
    }
}

impl From<TokenError> for WriteError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Store(error) => error.into(),
            TokenError::Refused(error) => error,
        }
    }
}

impl From<StoreError> for TokenError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
