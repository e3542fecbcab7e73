//! What the database tells about itself: tables, and reference systems.

use comarca_engine::nearest;
use tokio_postgres::types::Type;

use super::plan::{Plan, Relation};
use super::session::{Fault, Session};
use crate::source::{ReadOptions, TableSummary};

/// Tables and views that the user may read, without those that belong to the server or an extension.
const TABLES: &str = "\
    SELECT n.nspname::text, c.relname::text, c.reltuples::int8, g.attname::text, g.kind \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    LEFT JOIN LATERAL ( \
      SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS kind \
      FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid \
      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND t.typname IN ('geometry', 'geography') \
      ORDER BY a.attnum LIMIT 1) g ON true \
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND NOT c.relispartition \
      AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_' \
      AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT') \
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
        WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
    ORDER BY 1, 2 LIMIT 10000";

/// A table by the name that people write: alone or with its schema, with quotes where SQL needs them or without any.
const FIND: &str = "\
    SELECT n.nspname::text, c.relname::text \
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'v', 'm', 'f', 'p') AND ( \
      $1 IN (n.nspname || '.' || c.relname, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)) \
      OR ($1 IN (c.relname::text, pg_catalog.quote_ident(c.relname)) AND pg_catalog.pg_table_is_visible(c.oid))) \
    ORDER BY pg_catalog.pg_table_is_visible(c.oid) DESC, 1, 2 LIMIT 1";

pub(super) async fn tables(session: &Session) -> Result<Vec<TableSummary>, Fault> {
    let rows = session.rows(TABLES, &[]).await?;
    let summary = |row: &tokio_postgres::Row| -> Result<_, tokio_postgres::Error> {
        let (schema, name): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        let column: Option<String> = row.try_get(3)?;
        let kind: Option<String> = row.try_get(4)?;
        Ok(TableSummary {
            name: format!("{schema}.{name}"),
            // Below zero for one that was never counted.
            rows: u64::try_from(row.try_get::<_, i64>(2)?).ok(),
            geometry: column
                .zip(kind)
                .map(|(column, kind)| format!("{column} {kind}")),
        })
    };
    Ok(rows.iter().map(summary).collect::<Result<_, _>>()?)
}

/// What the options name.
pub(super) async fn relation(session: &Session, options: &ReadOptions) -> Result<Relation, Fault> {
    match (&options.query, &options.table) {
        (Some(query), _) => Ok(Relation::Query(query.clone())),
        (None, Some(table)) => table_called(session, table).await,
        (None, None) => {
            let fault = Fault::new("neither a table nor a query is named");
            Err(fault.advice(format!(
                "say table = \"…\" or query = \"SELECT …\"; {}",
                choice(session).await?
            )))
        }
    }
}

async fn table_called(session: &Session, text: &str) -> Result<Relation, Fault> {
    let with_column = text
        .strip_suffix(')')
        .and_then(|text| text.rsplit_once('('));
    let attempts = [
        Some((text, None)),
        with_column.map(|(table, column)| (table, Some(column))),
    ];
    for (table, column) in attempts.into_iter().flatten() {
        let found = session.rows(FIND, &[(&table, Type::TEXT)]).await?;
        if let Some(row) = found.first() {
            return Ok(Relation::Table {
                schema: row.try_get(0)?,
                name: row.try_get(1)?,
                geometry: column.map(str::to_owned),
            });
        }
    }
    let known = tables(session).await?;
    let names = known.iter().map(|table| table.name.as_str());
    let fault = Fault::new(format!("has no table {text:?}"));
    Err(
        match nearest(text, names.clone().chain(names.filter_map(without_schema))) {
            Some(near) => fault.advice(format!("did you mean {near:?}?")),
            None => fault.advice(choice(session).await?),
        },
    )
}

fn without_schema(name: &str) -> Option<&str> {
    name.split_once('.').map(|(_, table)| table)
}

/// The tables there are, in words.
async fn choice(session: &Session) -> Result<String, Fault> {
    const NAMED_MAX: usize = 10;
    let tables = tables(session).await?;
    let names: Vec<_> = tables
        .iter()
        .take(NAMED_MAX)
        .map(|table| table.name.as_str())
        .collect();
    let more = tables.len().saturating_sub(NAMED_MAX);
    Ok(match (names.is_empty(), more) {
        (true, _) => "no table of it can be read".to_owned(),
        (false, 0) => format!("its tables are {}", names.join(", ")),
        (false, more) => format!("its tables are {} and {more} more", names.join(", ")),
    })
}

/// What `spatial_ref_sys` says of a SRID: the authority's code, or WKT; `None` for 0 and where it is not there.
pub(super) async fn crs(
    session: &Session,
    plan: &Plan,
    srid: i32,
) -> Result<Option<String>, Fault> {
    let Some(geometry) = plan.geometry.as_ref().filter(|_| srid != 0) else {
        return Ok(None);
    };
    let sql = format!(
        "SELECT auth_name::text, auth_srid::int4, srtext::text FROM {}.spatial_ref_sys WHERE srid = $1",
        geometry.schema
    );
    let rows = session.rows(&sql, &[(&srid, Type::INT4)]).await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let (authority, code): (Option<String>, Option<i32>) = (row.try_get(0)?, row.try_get(1)?);
    let wkt: Option<String> = row.try_get(2)?;
    let named = authority
        .zip(code)
        .filter(|(authority, _)| authority.eq_ignore_ascii_case("EPSG"));
    Ok(match named {
        Some((_, code)) => Some(format!("EPSG:{code}")),
        None => wkt.filter(|wkt| !wkt.is_empty()),
    })
}
