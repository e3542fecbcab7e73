//! A connection with one transaction that only reads.

use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Statement};

use super::settings::Settings;
use crate::problem::LoadError;
use crate::source::remote::innermost;

/// Longest way from nothing to a session: name, connection, TLS and login.
const CONNECT: Duration = Duration::from_secs(10);
/// Longest leave.
const LEAVE: Duration = Duration::from_secs(1);
/// Longest statement, which the server is told and which is not waited for much longer.
const STATEMENT: Duration = Duration::from_mins(15);
const STATEMENT_GRACE: Duration = Duration::from_secs(10);

/// What texts of values look like does not depend on the settings of server and user.
const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL statement_timeout = '900s'; \
    SET LOCAL lock_timeout = '30s'; \
    SET LOCAL idle_in_transaction_session_timeout = '60s'; \
    SET LOCAL datestyle = 'ISO, YMD'; \
    SET LOCAL intervalstyle = 'iso_8601'; \
    SET LOCAL timezone = 'UTC'; \
    SET LOCAL bytea_output = 'hex'; \
    SET LOCAL extra_float_digits = 1";

/// An open transaction. It ends with the connection.
pub(super) struct Session {
    client: Client,
    connection: JoinHandle<()>,
}

impl Session {
    pub(super) async fn begin(settings: &Settings) -> Result<Self, Fault> {
        let connected = timeout(CONNECT, async {
            let tls = settings.tls()?;
            let (client, connection) = settings.config.connect(tls).await?;
            // What ends the connection is told to the statement that waits for it.
            let connection = tokio::spawn(async move { drop(connection.await) });
            client.batch_execute(BEGIN).await?;
            Ok(Self { client, connection })
        });
        let connected: Result<Self, Fault> = connected
            .await
            .map_err(|_late| Fault::new("the database does not answer within 10 seconds"))?;
        connected.map_err(|fault| fault.at_login(settings))
    }

    /// Takes leave, so that the server need not log a client that vanished.
    pub(super) async fn end(self) {
        drop(self.client);
        // One that does not listen any more is not waited for.
        drop(timeout(LEAVE, self.connection).await);
    }

    pub(super) async fn prepare(&self, sql: &str) -> Result<Statement, Fault> {
        bounded(self.client.prepare(sql)).await
    }

    pub(super) async fn rows(
        &self,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Fault> {
        bounded(self.client.query_typed(sql, parameters)).await
    }

    /// Hands over what `sql`, a COPY … TO STDOUT, sends.
    pub(super) async fn copy(
        &self,
        sql: &str,
        mut take: impl FnMut(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let stream = bounded(self.client.copy_out(sql)).await?;
        let mut stream = std::pin::pin!(stream);
        while let Some(bytes) = timeout(STATEMENT + STATEMENT_GRACE, stream.next())
            .await
            .map_err(|_late| Fault::new(LATE))?
        {
            take(&bytes?)?;
        }
        Ok(())
    }
}

const LATE: &str = "the database has not answered for 15 minutes";

async fn bounded<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Fault> {
    let done = timeout(STATEMENT + STATEMENT_GRACE, work).await;
    Ok(done.map_err(|_late| Fault::new(LATE))??)
}

/// Why nothing came out of it.
#[derive(Debug)]
pub(super) struct Fault {
    message: String,
    advice: Option<String>,
    row: Option<u64>,
}

impl Fault {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            advice: None,
            row: None,
        }
    }

    pub(super) fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// At a row, counted from 0.
    pub(super) fn at_row(mut self, row: usize) -> Self {
        self.row = Some(row as u64 + 1);
        self
    }

    fn at_login(mut self, settings: &Settings) -> Self {
        if let Some(note) = &settings.note {
            self.advice = Some(match self.advice {
                Some(advice) => format!("{advice}; {note}"),
                None => note.clone(),
            });
        }
        self
    }

    pub(super) fn into_error(self, shown: &Path) -> LoadError {
        let error = LoadError::new(shown, self.message);
        let error = match self.row {
            Some(row) => error.at_feature(row),
            None => error,
        };
        match self.advice {
            Some(advice) => error.advice(advice),
            None => error,
        }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        let Some(told) = error.as_db_error() else {
            let why = innermost(&error);
            return Self::new(if error.is_closed() {
                "the connection to the database broke off".to_owned()
            } else {
                format!("the database cannot be read: {why}")
            });
        };
        let detail = told
            .detail()
            .map(|detail| format!(" ({detail})"))
            .unwrap_or_default();
        let fault = Self::new(format!("the database says: {}{detail}", told.message()));
        match (advice(told.code()), told.hint()) {
            (Some(advice), _) => fault.advice(advice),
            (None, Some(hint)) => fault.advice(hint),
            (None, None) => fault,
        }
    }
}

fn advice(code: &SqlState) -> Option<&'static str> {
    let login =
        "check user and password: in the address, in PGUSER and PGPASSWORD, or in ~/.pgpass";
    match *code {
        SqlState::INVALID_PASSWORD | SqlState::INVALID_AUTHORIZATION_SPECIFICATION => Some(login),
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            Some("sources are only read; a query must not write")
        }
        SqlState::QUERY_CANCELED => Some("a source has 15 minutes; ask for less"),
        SqlState::INSUFFICIENT_PRIVILEGE => Some("grant SELECT to the user of the address"),
        _ => None,
    }
}
