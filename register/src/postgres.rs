//! The register in a `PostgreSQL` database, for several servers at once.
//!
//! The tables are `comarca_demands`, `comarca_assemblies` and Comarca's own, in the schema of `?schema=` or `public`.
//! One row is the lock that all writers share; a notification tells the others. Where PostGIS is installed the demands
//! have a column `geom` that follows `lon` and `lat`, so that QGIS shows them.

mod address;
mod rows;
mod schema;
mod store;
mod tls;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::stream::poll_fn;
use futures_util::{FutureExt, StreamExt};
use tokio::runtime::Runtime;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::{AsyncMessage, Client, Connection, Error, Notification};

use crate::RegisterError;
use crate::store::StoreError;

use self::address::Address;
pub(crate) use self::address::{is_address, shown};
use self::store::PostgresStore;

/// Longest way from nothing to a session: name, connection, TLS and login.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest time for an answer.
const ANSWER: Duration = Duration::from_secs(30);
/// What is listened to; the payload is the schema.
const CHANNEL: &str = "comarca_register";

/// Called when another session has written.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Connects, and makes the tables where there are none.
pub(crate) fn open(address: &str, wake: &Wake) -> Result<PostgresStore, RegisterError> {
    let place = shown(address);
    let unfit = |why: String| RegisterError::Unfit {
        place: place.clone(),
        why,
    };
    let database = |error: StoreError| RegisterError::Database {
        place: place.clone(),
        why: match error {
            StoreError::Lost(why) => why,
            other => crate::WriteError::from(other).to_string(),
        },
    };
    let address = Address::of(address).map_err(unfit)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("register-postgres")
        .enable_all()
        .build()
        .map_err(|error| unfit(error.to_string()))?;
    let mut session = Session::begin(runtime, &address, wake).map_err(database)?;
    schema::prepare(&mut session, &address.schema).map_err(|error| match error {
        schema::Unprepared::Unfit(why) => unfit(why),
        schema::Unprepared::Store(error) => database(error),
    })?;
    Ok(PostgresStore::new(session, address.schema))
}

/// A connection with the thread that drives it.
pub(super) struct Session {
    runtime: Runtime,
    client: Client,
    /// Whether another session has told of a change since this was last looked at.
    told: Arc<AtomicBool>,
}

impl Session {
    fn begin(runtime: Runtime, address: &Address, wake: &Wake) -> Result<Self, StoreError> {
        let tls = address.tls().map_err(StoreError::Lost)?;
        let connected = runtime.block_on(async {
            let connected = timeout(CONNECT, address.config.connect(tls)).await;
            connected.map_err(|_late| late(CONNECT))?.map_err(fault)
        });
        let (client, connection) = connected?;
        let told = Arc::new(AtomicBool::new(false));
        let own = Arc::new(std::sync::OnceLock::new());
        let hear = {
            let (told, own, wake) = (Arc::clone(&told), Arc::clone(&own), Arc::clone(wake));
            let schema = address.schema.clone();
            move |message: &Notification| {
                if own.get() != Some(&message.process_id()) && message.payload() == schema {
                    told.store(true, Ordering::SeqCst);
                    wake();
                }
            }
        };
        // The writer is told of a broken connection too, and finds it closed.
        let wake = Arc::clone(wake);
        runtime.spawn(drive(connection, hear).map(move |()| wake()));
        let session = Self {
            runtime,
            client,
            told,
        };
        let row = session.run(session.client.query_one("SELECT pg_backend_pid()", &[]))?;
        own.set(row.try_get(0).map_err(fault)?).unwrap_or_default();
        session.batch(&format!(
            "LISTEN {CHANNEL}; SET lock_timeout = '5s'; SET statement_timeout = '30s'; \
             SET idle_in_transaction_session_timeout = '60s'; SET client_min_messages = warning"
        ))?;
        let row = session.run(session.client.query_one("SHOW synchronous_commit", &[]))?;
        // Whatever the server's habit, an answer says that it is on disk.
        if row.try_get::<_, String>(0).map_err(fault)? == "off" {
            session.batch("SET synchronous_commit = on")?;
        }
        Ok(session)
    }

    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.run(self.client.batch_execute(sql))
    }

    pub(super) fn run<T>(
        &self,
        work: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, StoreError> {
        let done = self.runtime.block_on(async { timeout(ANSWER, work).await });
        done.map_err(|_late| late(ANSWER))?.map_err(fault)
    }
}

/// Moves what is sent and received until the connection ends.
async fn drive<S, T>(mut connection: Connection<S, T>, hear: impl Fn(&Notification))
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let mut messages = poll_fn(move |context| connection.poll_message(context));
    while let Some(Ok(message)) = messages.next().await {
        if let AsyncMessage::Notification(message) = message {
            hear(&message);
        }
    }
}

fn late(after: Duration) -> StoreError {
    let seconds = after.as_secs();
    StoreError::Lost(format!(
        "the database does not answer within {seconds} seconds"
    ))
}

#[expect(clippy::needless_pass_by_value, reason = "map_err hands it over")]
fn fault(error: Error) -> StoreError {
    let Some(told) = error.as_db_error() else {
        return StoreError::Lost(innermost(&error));
    };
    match *told.code() {
        SqlState::DISK_FULL => StoreError::Full,
        // Somebody else holds a row for too long, or holds one of ours while waiting for another.
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => StoreError::Busy,
        _ => StoreError::Lost(format!("the database says: {}", told.message())),
    }
}

/// The cause of all causes, which says most.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
