//! `PostgreSQL` and PostGIS: a table, a view or a query as a layer.
//!
//! Everything is read in one transaction that cannot write, as `COPY (SELECT …) TO STDOUT (FORMAT BINARY)`. The server
//! may be slow, go away or send what it should not: connecting, waiting and the number of bytes are bounded.

mod catalog;
mod copy;
mod plan;
mod session;
mod settings;
mod tls;
mod values;

use std::collections::BTreeMap;

use super::runtime::Runtime;
use crate::problem::{LoadError, Problem};
use crate::source::{Address, DOWNLOAD_MAX_BYTES, Features, Format, ReadOptions, TableSummary};
use copy::Copy;
use plan::Plan;
use session::{Fault, Session};

/// Reads the table or the query that the options name.
pub(in crate::source) fn read_database(
    address: &Address,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let mut features = in_session(address, async |session| read(session, options).await)?;
    if let Some(window) = options.window {
        features = features.in_window(window);
        features.problems.push(Problem::notice(
            "the database was asked only for features of the wanted box",
        ));
    }
    features.finish(&address.shown());
    Ok(vec![features])
}

/// The CRS of the first geometry.
pub(in crate::source) fn database_crs(
    address: &Address,
    options: &ReadOptions,
) -> Result<Option<String>, LoadError> {
    in_session(address, async |session| {
        let relation = catalog::relation(session, options).await?;
        let plan = Plan::new(session, &relation).await?;
        match plan.first_srid(session).await? {
            Some(srid) => catalog::crs(session, &plan, srid).await,
            None => Ok(None),
        }
    })
}

/// The tables and views that can be read.
pub(in crate::source) fn database_tables(
    address: &Address,
) -> Result<Vec<TableSummary>, LoadError> {
    in_session(address, async |session| catalog::tables(session).await)
}

/// Connects, begins a transaction that only reads, and does `work` in it.
fn in_session<T: Send>(
    address: &Address,
    work: impl AsyncFnOnce(&Session) -> Result<T, Fault> + Send,
) -> Result<T, LoadError> {
    let shown = address.shown();
    let settings = settings::Settings::of(address.secret(), &|name| std::env::var(name).ok())
        .map_err(|why| LoadError::new(&shown, why))?;
    let done = Runtime::new(&shown)?.wait(async || {
        let session = Session::begin(&settings).await?;
        let done = work(&session).await;
        session.end().await;
        done
    });
    match done {
        Some(done) => done.map_err(|fault| fault.into_error(&shown)),
        None => Err(LoadError::new(&shown, "the network cannot be used")),
    }
}

async fn read(session: &Session, options: &ReadOptions) -> Result<Features, Fault> {
    let relation = catalog::relation(session, options).await?;
    let name = relation.name();
    let plan = Plan::new(session, &relation).await?;
    let window = match (options.window, &plan.geometry) {
        (Some(window), Some(_)) => plan.first_srid(session).await?.map(|srid| (window, srid)),
        _ => None,
    };
    let bytes_max = options.download_max_bytes.unwrap_or(DOWNLOAD_MAX_BYTES);
    let mut copy = Copy::new(&plan.fields, bytes_max);
    session
        .copy(&plan.statement(window), |bytes| copy.feed(bytes))
        .await?;
    let (mut rows, srids) = copy.finish()?;
    rows.problems.extend(plan.notices());
    let crs = match one_srid(&srids)? {
        Some(srid) => catalog::crs(session, &plan, srid).await?,
        None => None,
    };
    Ok(rows.build(Format::Postgres, name, crs))
}

/// The SRID of all geometries; `None` where there is none, or where it is 0, which stands for an unknown one.
fn one_srid(srids: &BTreeMap<i32, u64>) -> Result<Option<i32>, Fault> {
    if srids.len() > 1 {
        let counts: Vec<_> = srids
            .iter()
            .take(5)
            .map(|(srid, count)| format!("{srid} in {count} rows"))
            .collect();
        return Err(Fault::new(format!("has geometries of several SRIDs: {}", counts.join(", ")))
            .advice("bring them into one with query = \"SELECT …, ST_Transform(geom, 32719) AS geom FROM …\""));
    }
    Ok(srids.keys().next().copied().filter(|srid| *srid != 0))
}
