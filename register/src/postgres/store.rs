//! The writer's view of a database.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use futures_util::future::try_join_all;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::rows::{self, signed, unsigned};
use super::{CHANNEL, Session, fault};
use crate::counter::Counters;
use crate::plan::Effect;
use crate::store::{Contents, Head, Record, Remembered, Store, StoreError};
use crate::token::{self, StoredToken};
use crate::{Change, Demand, Item, Kind, Private, history, json};

type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];
/// A statement with its values.
type Task = (String, Vec<rows::Value>);

/// A session, and where its tables are.
pub(crate) struct PostgresStore {
    session: Session,
    schema: String,
    prepared: HashMap<String, Statement>,
    /// Where the register stood when this was last looked at in a transaction.
    seen: Head,
}

impl PostgresStore {
    pub(super) fn new(session: Session, schema: String) -> Self {
        Self {
            session,
            schema,
            prepared: HashMap::new(),
            seen: Head::default(),
        }
    }

    /// SQL with `S.` for the schema.
    fn here(&self, sql: &str) -> String {
        sql.replace("S.", &format!("{}.", self.schema))
    }

    fn prepare(&mut self, sql: &str) -> Result<Statement, StoreError> {
        if let Some(statement) = self.prepared.get(sql) {
            return Ok(statement.clone());
        }
        let here = self.here(sql);
        let statement = self.session.run(self.session.client.prepare(&here))?;
        self.prepared.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn rows(&mut self, sql: &str, values: Parameters<'_>) -> Result<Vec<Row>, StoreError> {
        let statement = self.prepare(sql)?;
        let client = &self.session.client;
        self.session.run(client.query(&statement, values))
    }

    /// Does one thing after another without waiting for each answer.
    fn execute(&mut self, tasks: Vec<Task>) -> Result<(), StoreError> {
        let mut statements = Vec::with_capacity(tasks.len());
        for (sql, values) in tasks {
            statements.push((self.prepare(&sql)?, values));
        }
        let client = &self.session.client;
        let work = statements.iter().map(|(statement, values)| async move {
            let values: Vec<_> = values.iter().map(as_parameter).collect();
            client.execute(statement, &values).await
        });
        self.session.run(try_join_all(work)).map(drop)
    }

    fn read_head(&mut self) -> Result<Head, StoreError> {
        let sql = "SELECT seq, last_demand, last_assembly, edits, recorded_edits, tokens FROM S.comarca_register";
        let rows = self.rows(sql, &[])?;
        let Some(row) = rows.first() else {
            return Ok(Head::default());
        };
        let number = |column: usize| row.try_get(column).map(unsigned).map_err(fault);
        Ok(Head {
            seq: number(0)?,
            counters: Counters {
                demands: number(1)?,
                assemblies: number(2)?,
            },
            edits: number(3)?,
            recorded_edits: number(4)?,
            tokens: number(5)?,
        })
    }

    fn history_where(
        &mut self,
        condition: &str,
        values: Parameters<'_>,
    ) -> Result<Vec<Change>, StoreError> {
        let sql = format!(
            "SELECT seq, at, who, action, kind, id, before::text, after::text FROM S.comarca_history {condition} ORDER BY seq"
        );
        let rows = self.rows(&sql, values)?;
        let changes: Result<Vec<_>, _> = rows.iter().map(change).collect();
        Ok(changes.map_err(fault)?.into_iter().flatten().collect())
    }
}

impl Store for PostgresStore {
    fn has_changed(&mut self) -> Result<bool, StoreError> {
        // What was written just now may not have been told yet.
        Ok(self.session.told.load(Ordering::SeqCst) || self.read_head()? != self.seen)
    }

    fn begin(&mut self) -> Result<bool, StoreError> {
        // Before the lock: what is told later is looked at later.
        self.session.told.store(false, Ordering::SeqCst);
        let sql = self.here(
            "BEGIN; SET LOCAL comarca.writes = 'on'; SELECT 1 FROM S.comarca_register FOR UPDATE",
        );
        let begun = self.session.batch(&sql);
        if begun.is_err() {
            self.rollback();
        }
        begun.map(|()| false)
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        self.session.batch("COMMIT")
    }

    fn rollback(&mut self) {
        // Where this fails the connection is gone, and with it the transaction.
        drop(self.session.batch("ROLLBACK"));
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        self.seen = self.read_head()?;
        Ok(self.seen)
    }

    fn save_head(&mut self, head: &Head, _at: &str) -> Result<(), StoreError> {
        self.seen = *head;
        let numbers = [
            head.seq,
            head.counters.demands,
            head.counters.assemblies,
            head.recorded_edits,
            head.tokens,
        ];
        let sql = "UPDATE S.comarca_register SET seq = $1, last_demand = $2, last_assembly = $3, \
                   recorded_edits = $4, tokens = $5";
        let numbers = numbers.map(|number| -> rows::Value { Box::new(signed(number)) });
        let schema: rows::Value = Box::new(self.schema.clone());
        self.execute(vec![
            (sql.to_owned(), numbers.into()),
            (format!("SELECT pg_notify('{CHANNEL}', $1)"), vec![schema]),
        ])
    }

    fn contents(&mut self) -> Result<Contents, StoreError> {
        let demands = self.rows(&format!("{} ORDER BY number", select(Kind::Demand)), &[])?;
        let demands: Result<Vec<_>, _> = demands.iter().map(rows::demand).collect();
        let all = self.rows(&format!("{} ORDER BY number", select(Kind::Assembly)), &[])?;
        let assemblies: Result<Vec<_>, _> = all.iter().map(rows::assembly).collect();
        Ok(Contents {
            demands: demands.map_err(fault)?,
            assemblies: assemblies.map_err(fault)?,
            problems: vec![],
        })
    }

    fn changed_since(&mut self, seq: u64) -> Result<Vec<(Kind, String)>, StoreError> {
        let sql = "SELECT kind, id FROM S.comarca_history WHERE seq > $1 GROUP BY kind, id ORDER BY max(seq)";
        let rows = self.rows(sql, &[&signed(seq)])?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in rows {
            let kind: String = row.try_get(0).map_err(fault)?;
            if let Some(kind) = Kind::named(&kind) {
                changed.push((kind, row.try_get(1).map_err(fault)?));
            }
        }
        Ok(changed)
    }

    fn find(&mut self, kind: Kind, id: &str) -> Result<Option<Item>, StoreError> {
        let rows = self.rows(&format!("{} WHERE t.id = $1", select(kind)), &[&id])?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let item = match kind {
            Kind::Demand => rows::demand(row).map(|demand| Item::Demand(demand.into())),
            Kind::Assembly => rows::assembly(row).map(|assembly| Item::Assembly(assembly.into())),
        };
        item.map(Some).map_err(fault)
    }

    fn only_days(&self) -> bool {
        false
    }

    fn persist(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError> {
        let mut tasks = match (&effect.before, &effect.after) {
            (None, Some(after)) => vec![insert(after)],
            (Some(_), Some(after)) => vec![update(after)],
            (Some(before), None) => delete(before),
            (None, None) => vec![],
        };
        if let Some(Item::Demand(demand)) = &effect.after {
            tasks.push(write_person(demand));
        }
        tasks.extend(write_history(effect, record));
        self.execute(tasks)
    }

    fn persist_edit(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError> {
        let mut tasks = vec![];
        if let Some(after) = &effect.after {
            let created = match after {
                Item::Demand(demand) => demand.created.clone(),
                Item::Assembly(assembly) => assembly.created.clone(),
            };
            let sql = format!(
                "UPDATE S.{} SET version = $1, updated = $2, created = coalesce(created, $3) WHERE id = $4",
                table(after.kind())
            );
            let values: Vec<rows::Value> = vec![
                Box::new(signed(after.version())),
                Box::new(record.at.to_owned()),
                Box::new(created),
                Box::new(after.id().to_owned()),
            ];
            tasks.push((sql, values));
        } else if let Some(Item::Demand(before)) = &effect.before {
            tasks.push(forget_person(&before.id));
        }
        tasks.extend(write_history(effect, record));
        self.execute(tasks)
    }

    fn history(&mut self, kind: Kind, id: &str) -> Result<Vec<Change>, StoreError> {
        self.history_where("WHERE kind = $1 AND id = $2", &[&kind.name(), &id])
    }

    fn changes(&mut self, first: u64, last: u64) -> Result<Vec<Change>, StoreError> {
        let (first, last) = (signed(first), signed(last));
        self.history_where("WHERE seq BETWEEN $1 AND $2", &[&first, &last])
    }

    fn last_changes(&mut self) -> Result<Vec<Change>, StoreError> {
        let last = "WHERE seq IN (SELECT max(seq) FROM S.comarca_history GROUP BY kind, id)";
        self.history_where(last, &[])
    }

    fn remembered(
        &mut self,
        who: &str,
        key: &str,
        since: &str,
    ) -> Result<Option<Remembered>, StoreError> {
        let sql = "SELECT digest, first_seq, last_seq FROM S.comarca_idempotency \
                   WHERE who = $1 AND key = $2 AND at >= $3";
        let rows = self.rows(sql, &[&who, &key, &since])?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        Ok(Some(Remembered {
            digest: row.try_get(0).map_err(fault)?,
            first_seq: row.try_get(1).map(unsigned).map_err(fault)?,
            last_seq: row.try_get(2).map(unsigned).map_err(fault)?,
        }))
    }

    fn remember(
        &mut self,
        who: &str,
        key: &str,
        at: &str,
        since: &str,
        result: &Remembered,
    ) -> Result<(), StoreError> {
        let forget = "DELETE FROM S.comarca_idempotency WHERE at < $1".to_owned();
        let keep = "INSERT INTO S.comarca_idempotency (who, key, at, digest, first_seq, last_seq) \
                    VALUES ($1, $2, $3, $4, $5, $6)"
            .to_owned();
        let values: Vec<rows::Value> = vec![
            Box::new(who.to_owned()),
            Box::new(key.to_owned()),
            Box::new(at.to_owned()),
            Box::new(result.digest.clone()),
            Box::new(signed(result.first_seq)),
            Box::new(signed(result.last_seq)),
        ];
        self.execute(vec![
            (forget, vec![Box::new(since.to_owned())]),
            (keep, values),
        ])
    }

    fn tokens(&mut self) -> Result<Vec<StoredToken>, StoreError> {
        let sql = "SELECT id, name, role, communes, created, expires, revoked, digest FROM S.comarca_tokens ORDER BY number";
        let rows = self.rows(sql, &[])?;
        let tokens: Result<Vec<_>, _> = rows.iter().map(stored_token).collect();
        Ok(tokens.map_err(fault)?.into_iter().flatten().collect())
    }

    fn save_token(
        &mut self,
        StoredToken { token, digest }: &StoredToken,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO S.comarca_tokens (id, name, role, communes, created, expires, revoked, digest) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8) \
                   ON CONFLICT (id) DO UPDATE SET revoked = excluded.revoked";
        let values: Vec<rows::Value> = vec![
            Box::new(token.id.clone()),
            Box::new(token.name.clone()),
            Box::new(token.role.name()),
            Box::new(token::communes_as_text(&token.communes)),
            Box::new(token.created.clone()),
            Box::new(token.expires.clone()),
            Box::new(token.revoked.clone()),
            Box::new(digest.clone()),
        ];
        self.execute(vec![(sql.to_owned(), values)])
    }
}

const fn table(kind: Kind) -> &'static str {
    match kind {
        Kind::Demand => "comarca_demands",
        Kind::Assembly => "comarca_assemblies",
    }
}

fn select(kind: Kind) -> String {
    let of = |columns: &[&str]| -> String {
        let columns: Vec<String> = columns.iter().map(|column| format!("t.{column}")).collect();
        columns.join(", ") + ", "
    };
    match kind {
        Kind::Demand => format!(
            "SELECT {}p.author, p.contact FROM S.comarca_demands t LEFT JOIN S.comarca_private p ON p.id = t.id",
            of(&rows::DEMANDS)
        ),
        Kind::Assembly => format!(
            "SELECT {}t.number FROM S.comarca_assemblies t",
            of(&rows::ASSEMBLIES)
        ),
    }
}

/// The columns that are written, and their values.
fn columns(item: &Item) -> (&'static [&'static str], Vec<rows::Value>) {
    match item {
        Item::Demand(demand) => (&rows::DEMANDS, rows::demand_values(demand)),
        Item::Assembly(assembly) => (&rows::ASSEMBLIES, rows::assembly_values(assembly)),
    }
}

fn insert(item: &Item) -> Task {
    let (columns, values) = columns(item);
    let places: Vec<_> = (1..=columns.len())
        .map(|number| format!("${number}"))
        .collect();
    let sql = format!(
        "INSERT INTO S.{} ({}) VALUES ({})",
        table(item.kind()),
        columns.join(", "),
        places.join(", ")
    );
    (sql, values)
}

/// The first column is the id.
fn update(item: &Item) -> Task {
    let (columns, values) = columns(item);
    let set: Vec<_> = (1..)
        .zip(columns)
        .map(|(number, name)| format!("{name} = ${number}"))
        .collect();
    let sql = format!(
        "UPDATE S.{} SET {} WHERE id = $1",
        table(item.kind()),
        set.join(", ")
    );
    (sql, values)
}

fn delete(item: &Item) -> Vec<Task> {
    let table = table(item.kind());
    let id = || -> Vec<rows::Value> { vec![Box::new(item.id().to_owned())] };
    let mut tasks = vec![(format!("DELETE FROM S.{table} WHERE id = $1"), id())];
    if item.kind() == Kind::Demand {
        tasks.push(forget_person(item.id()));
    }
    tasks
}

fn write_person(demand: &Demand) -> Task {
    if demand.author.is_none() && demand.contact.is_none() {
        return forget_person(&demand.id);
    }
    let reveal = |text: &Option<Private<String>>| text.as_ref().map(|text| text.reveal().clone());
    let sql = "INSERT INTO S.comarca_private (id, author, contact) VALUES ($1, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET author = excluded.author, contact = excluded.contact";
    let values: Vec<rows::Value> = vec![
        Box::new(demand.id.clone()),
        Box::new(reveal(&demand.author)),
        Box::new(reveal(&demand.contact)),
    ];
    (sql.to_owned(), values)
}

fn forget_person(id: &str) -> Task {
    let sql = "DELETE FROM S.comarca_private WHERE id = $1";
    (sql.to_owned(), vec![Box::new(id.to_owned())])
}

fn write_history(effect: &Effect, record: &Record<'_>) -> Option<Task> {
    let item = effect.item()?;
    let as_text = |item: &Option<Item>| item.as_ref().map(|item| json::of(item).to_string());
    let sql = "INSERT INTO S.comarca_history (seq, at, who, action, kind, id, before, after) \
               VALUES ($1, $2, $3, $4, $5, $6, $7::text::json, $8::text::json)";
    let values: Vec<rows::Value> = vec![
        Box::new(signed(record.seq)),
        Box::new(record.at.to_owned()),
        Box::new(record.who.to_owned()),
        Box::new(effect.action().name()),
        Box::new(item.kind().name()),
        Box::new(item.id().to_owned()),
        Box::new(as_text(&effect.before)),
        Box::new(as_text(&effect.after)),
    ];
    Some((sql.to_owned(), values))
}

fn as_parameter(value: &rows::Value) -> &(dyn ToSql + Sync) {
    &**value
}

fn change(row: &Row) -> Result<Option<Change>, tokio_postgres::Error> {
    let text = |column: usize| row.try_get::<_, String>(column);
    let json = |column: usize| row.try_get::<_, Option<String>>(column);
    let seq = unsigned(row.try_get(0)?);
    let words = [text(3)?, text(4)?];
    let (before, after) = (json(6)?, json(7)?);
    let change = history::change(seq, [text(1)?, text(2)?, text(5)?], &words, [before, after]);
    Ok(change)
}

fn stored_token(row: &Row) -> Result<Option<StoredToken>, tokio_postgres::Error> {
    let text = |column: usize| row.try_get::<_, String>(column);
    let (role, communes) = (text(2)?, text(3)?);
    Ok(token::stored(
        [text(0)?, text(1)?, text(4)?],
        &role,
        &communes,
        [row.try_get(5)?, row.try_get(6)?],
        row.try_get(7)?,
    ))
}
