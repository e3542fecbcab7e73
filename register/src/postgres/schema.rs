//! Makes the tables in a database where there are none.

use super::{CHANNEL, Session};
use crate::store::StoreError;

/// Version of the tables.
const VERSION: i64 = 1;
/// Held while tables are made: a number of our own.
const LOCK: i64 = 0x0063_6f6d_6172_6361;

/// `S` is the schema.
const TABLES: &str = "\
CREATE TABLE S.comarca_register (
  one integer PRIMARY KEY CHECK (one = 1),
  schema_version bigint NOT NULL,
  seq bigint NOT NULL DEFAULT 0,
  last_demand bigint NOT NULL DEFAULT 0,
  last_assembly bigint NOT NULL DEFAULT 0,
  edits bigint NOT NULL DEFAULT 0,
  recorded_edits bigint NOT NULL DEFAULT 0,
  tokens bigint NOT NULL DEFAULT 0
);
CREATE TABLE S.comarca_demands (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE CHECK (id <> ''),
  theme text NOT NULL DEFAULT '',
  title text NOT NULL DEFAULT '',
  description text NOT NULL DEFAULT '',
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  votes bigint NOT NULL DEFAULT 0 CHECK (votes >= 0),
  district text,
  commune text,
  assembly text,
  stage text NOT NULL DEFAULT 'raised' CHECK (stage IN ('raised', 'sector', 'commune', 'city')),
  status text NOT NULL DEFAULT 'open'
    CHECK (status IN ('open', 'planned', 'funded', 'in_progress', 'done', 'rejected')),
  same_as text,
  project text,
  cost bigint CHECK (cost >= 0),
  beneficiaries bigint CHECK (beneficiaries >= 0),
  funding text,
  decision text,
  created text,
  updated text,
  version bigint
);
CREATE TABLE S.comarca_assemblies (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE CHECK (id <> ''),
  level text NOT NULL DEFAULT '',
  key text NOT NULL DEFAULT '',
  date text NOT NULL DEFAULT '',
  attendance bigint CHECK (attendance >= 0),
  title text,
  commune text,
  created text,
  updated text,
  version bigint
);
CREATE TABLE S.comarca_private (
  id text PRIMARY KEY,
  author text,
  contact text
);
CREATE TABLE S.comarca_history (
  seq bigint PRIMARY KEY,
  at text NOT NULL,
  who text NOT NULL,
  action text NOT NULL,
  kind text NOT NULL,
  id text NOT NULL,
  before json,
  after json
);
CREATE INDEX comarca_history_id ON S.comarca_history (kind, id);
CREATE TABLE S.comarca_idempotency (
  who text NOT NULL,
  key text NOT NULL,
  at text NOT NULL,
  digest bytea NOT NULL,
  first_seq bigint NOT NULL,
  last_seq bigint NOT NULL,
  PRIMARY KEY (who, key)
);
CREATE INDEX comarca_idempotency_at ON S.comarca_idempotency (at);
CREATE TABLE S.comarca_tokens (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  name text NOT NULL,
  role text NOT NULL,
  communes text NOT NULL,
  created text NOT NULL,
  expires text,
  revoked text,
  digest bytea NOT NULL
);
-- Counts what other programs write, and tells it.
CREATE FUNCTION S.comarca_edited() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  UPDATE S.comarca_register SET edits = edits + 1;
  PERFORM pg_notify('CHANNEL', 'NAME');
  RETURN NULL;
END
$body$;
INSERT INTO S.comarca_register (one, schema_version) VALUES (1, VERSION);";

/// For each of the two tables, `T`. Comarca says in each transaction that it is the one who writes.
const TRIGGER: &str = "\
CREATE TRIGGER comarca_edited AFTER INSERT OR UPDATE OR DELETE ON S.T FOR EACH ROW
  WHEN (current_setting('comarca.writes', true) IS DISTINCT FROM 'on')
  EXECUTE FUNCTION S.comarca_edited();";

/// A column that follows the place, `P` being where PostGIS is.
const GEOMETRY: &str = "\
ALTER TABLE S.comarca_demands ADD COLUMN geom P.geometry(Point, 4326)
  GENERATED ALWAYS AS (P.ST_SetSRID(P.ST_MakePoint(lon, lat), 4326)) STORED;
CREATE INDEX comarca_demands_geom ON S.comarca_demands USING gist (geom);";

/// Why there are no tables to work with.
pub(super) enum Unprepared {
    Unfit(String),
    Store(StoreError),
}

impl From<StoreError> for Unprepared {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

pub(super) fn prepare(session: &mut Session, schema: &str) -> Result<(), Unprepared> {
    if version(session, schema)? == Some(VERSION) {
        return Ok(());
    }
    session.batch(&format!("BEGIN; SELECT pg_advisory_xact_lock({LOCK})"))?;
    let made = make(session, schema);
    session.batch(if made.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    made
}

fn make(session: &Session, schema: &str) -> Result<(), Unprepared> {
    // Another server may have been faster.
    match version(session, schema)? {
        Some(VERSION) => return Ok(()),
        Some(other) => {
            return Err(Unprepared::Unfit(format!(
                "was made by another Comarca (schema {other}; this one knows {VERSION})"
            )));
        }
        None => (),
    }
    let here = |sql: &str| sql.replace("S.", &format!("{schema}."));
    let name = "SELECT count(*) > 0 FROM pg_namespace WHERE nspname = $1";
    let row = session.run(session.client.query_one(name, &[&schema]))?;
    if !row.try_get::<_, bool>(0).map_err(super::fault)? {
        session.batch(&format!("CREATE SCHEMA {schema}"))?;
    }
    let tables = here(TABLES)
        .replace("CHANNEL", CHANNEL)
        .replace("NAME", schema)
        .replace("VERSION", &VERSION.to_string());
    session.batch(&tables)?;
    for table in ["comarca_demands", "comarca_assemblies"] {
        session.batch(&here(&TRIGGER.replace("S.T", &format!("S.{table}"))))?;
    }
    let postgis = "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace \
                   WHERE extname = 'postgis'";
    if let Some(row) = session.run(session.client.query_opt(postgis, &[]))? {
        let place: String = row.try_get(0).map_err(super::fault)?;
        session.batch(&here(&GEOMETRY.replace("P.", &format!("{place}."))))?;
    }
    Ok(())
}

/// Version of the tables that are there.
fn version(session: &Session, schema: &str) -> Result<Option<i64>, StoreError> {
    // Not `to_regclass`, whose answer may be remembered from before the lock was waited for.
    let exists = "SELECT count(*) > 0 FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace \
                  WHERE nspname = $1 AND relname = 'comarca_register'";
    let row = session.run(session.client.query_one(exists, &[&schema]))?;
    if !row.try_get::<_, bool>(0).map_err(super::fault)? {
        return Ok(None);
    }
    let sql = format!("SELECT schema_version FROM {schema}.comarca_register");
    let row = session.run(session.client.query_opt(&sql, &[]))?;
    row.map(|row| row.try_get(0).map_err(super::fault))
        .transpose()
}
