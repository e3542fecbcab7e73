//! The writer's view of a file.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, ErrorCode, Row, params, params_from_iter};

use super::layout::{Layout, Table};
use super::read::Reader;
use super::{beside, geometry, is_full};
use crate::counter::Counters;
use crate::plan::Effect;
use crate::store::{Contents, Head, Record, Remembered, Store, StoreError};
use crate::token::{self, StoredToken};
use crate::{Assembly, Change, Demand, Item, Kind, Private, history, json};

/// An open file.
pub(crate) struct SqliteStore {
    database: Connection,
    layout: Layout,
    /// What the file says about itself as long as nobody else writes.
    seen: i64,
    /// Where it lies and which file that is; `None` where it is only read.
    place: Option<(PathBuf, Option<FileId>)>,
    /// Box of the points written in this transaction.
    bounds: Option<[f64; 4]>,
    sql: Statements,
}

/// What depends on the columns' names.
struct Statements {
    demands: String,
    assemblies: String,
    insert_demand: String,
    insert_assembly: String,
    update_demand: String,
    update_assembly: String,
}

impl SqliteStore {
    /// On an open database. A `place` is given where it may be written.
    pub(super) fn new(
        database: Connection,
        layout: Layout,
        place: Option<&Path>,
    ) -> Result<Self, StoreError> {
        database.set_prepared_statement_cache_capacity(64);
        let place = place.map(|path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
            let id = file_id(&path);
            (path, id)
        });
        let sql = Statements::of(&layout);
        let mut store = Self {
            database,
            layout,
            seen: 0,
            place,
            bounds: None,
            sql,
        };
        store.seen = store.data_version()?;
        Ok(store)
    }

    /// Lets the file have so many pages from now on.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, pages: u32) {
        let set = self
            .database
            .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()));
        set.expect("a number");
    }

    /// Another number after another connection has written.
    fn data_version(&self) -> Result<i64, StoreError> {
        let asked = self
            .database
            .query_row("PRAGMA data_version", [], |row| row.get(0));
        asked.map_err(|error| self.fault(&error))
    }

    /// What is written to a file that is no longer in its folder is lost without an error: it is looked at.
    fn check_place(&self) -> Result<(), StoreError> {
        let Some((path, id)) = &self.place else {
            return Ok(());
        };
        if file_id(path) == *id && beside(path, "-wal").exists() {
            return Ok(());
        }
        // The log that was left behind belongs to the file that is gone, and must not be read into the next one.
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        drop(self.database.query_row(sql, [], |_| Ok(())));
        let why = format!("{} is gone or was replaced", path.display());
        Err(StoreError::Lost(why))
    }

    fn fault(&self, error: &rusqlite::Error) -> StoreError {
        let full = || {
            let path = self.place.as_ref().map(|(path, _)| path);
            path.is_some_and(|path| is_full(path))
        };
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen) if full() => StoreError::Full,
            _ => StoreError::Lost(error.to_string()),
        }
    }

    fn execute(&self, sql: &str, values: impl rusqlite::Params) -> Result<usize, StoreError> {
        let done = self
            .database
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(values));
        done.map_err(|error| self.fault(&error))
    }

    /// All rows of a question, each made into something.
    fn rows<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        mut make: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, StoreError> {
        let read = || {
            let mut statement = self.database.prepare_cached(sql)?;
            statement.query_map(values, &mut make)?.collect()
        };
        let rows: rusqlite::Result<Vec<T>> = read();
        rows.map_err(|error| self.fault(&error))
    }

    fn write_row(&mut self, item: &Item, is_new: bool) -> Result<(), StoreError> {
        let (mut values, sql) = match (item, is_new) {
            (Item::Demand(demand), true) => (demand_values(demand), &self.sql.insert_demand),
            (Item::Demand(demand), false) => (demand_values(demand), &self.sql.update_demand),
            (Item::Assembly(one), true) => (assembly_values(one), &self.sql.insert_assembly),
            (Item::Assembly(one), false) => (assembly_values(one), &self.sql.update_assembly),
        };
        if !is_new {
            values.push(text(item.id()));
        }
        self.execute(sql, params_from_iter(values))?;
        if let Item::Demand(demand) = item {
            self.write_person(demand)?;
            self.grow(demand);
        }
        Ok(())
    }

    fn write_person(&self, demand: &Demand) -> Result<(), StoreError> {
        let reveal =
            |text: &Option<Private<String>>| text.as_ref().map(|text| text.reveal().clone());
        if demand.author.is_none() && demand.contact.is_none() {
            self.execute("DELETE FROM comarca_private WHERE id = ?1", [&demand.id])?;
            return Ok(());
        }
        self.execute(
            "INSERT OR REPLACE INTO comarca_private (id, author, contact) VALUES (?1, ?2, ?3)",
            params![demand.id, reveal(&demand.author), reveal(&demand.contact)],
        )?;
        Ok(())
    }

    /// Forgets who raised a demand, unless a row of it is still there.
    fn forget_person(&self, id: &str) -> Result<(), StoreError> {
        let column = self.layout.demands.column("id");
        let sql = format!(
            "DELETE FROM comarca_private WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM demands WHERE {column} = ?1)"
        );
        self.execute(&sql, [id])?;
        Ok(())
    }

    fn delete_rows(&self, item: &Item) -> Result<(), StoreError> {
        let table = self.table(item.kind());
        let (name, id) = (table.name, table.column("id"));
        self.execute(&format!("DELETE FROM {name} WHERE {id} = ?1"), [item.id()])?;
        if item.kind() == Kind::Demand {
            self.forget_person(item.id())?;
        }
        Ok(())
    }

    fn grow(&mut self, demand: &Demand) {
        let (x, y) = (demand.lon, demand.lat);
        let [x0, y0, x1, y1] = self.bounds.unwrap_or([x, y, x, y]);
        self.bounds = Some([x0.min(x), y0.min(y), x1.max(x), y1.max(y)]);
    }

    fn write_history(&self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError> {
        let Some(item) = effect.item() else {
            return Ok(());
        };
        let as_text = |item: &Option<Item>| item.as_ref().map(|item| json::of(item).to_string());
        self.execute(
            "INSERT INTO comarca_history (seq, at, who, action, kind, id, before, after)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                signed(record.seq),
                record.at,
                record.who,
                effect.action().name(),
                item.kind().name(),
                item.id(),
                as_text(&effect.before),
                as_text(&effect.after),
            ],
        )?;
        Ok(())
    }

    fn history_where(
        &self,
        condition: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<Change>, StoreError> {
        if !self.layout.has_own {
            return Ok(vec![]);
        }
        let sql = format!(
            "SELECT seq, at, who, action, kind, id, before, after FROM comarca_history {condition} ORDER BY seq"
        );
        let changes = self.rows(&sql, values, change)?;
        Ok(changes.into_iter().flatten().collect())
    }

    const fn table(&self, kind: Kind) -> &Table {
        match kind {
            Kind::Demand => &self.layout.demands,
            Kind::Assembly => &self.layout.assemblies,
        }
    }
}

impl Store for SqliteStore {
    fn has_changed(&mut self) -> Result<bool, StoreError> {
        self.check_place()?;
        Ok(self.data_version()? != self.seen)
    }

    fn begin(&mut self) -> Result<bool, StoreError> {
        self.check_place()?;
        self.bounds = None;
        self.execute("BEGIN IMMEDIATE", [])?;
        let told = self.execute("UPDATE comarca_register SET writes = 1", []);
        match told.and_then(|_| self.data_version()) {
            Ok(version) => Ok(std::mem::replace(&mut self.seen, version) != version),
            Err(error) => {
                self.rollback();
                Err(error)
            }
        }
    }

    fn commit(&mut self) -> Result<(), StoreError> {
        if let Err(error) = self.execute("COMMIT", []) {
            self.rollback();
            return Err(error);
        }
        self.check_place()
    }

    fn rollback(&mut self) {
        if !self.database.is_autocommit() {
            drop(self.execute("ROLLBACK", []));
        }
    }

    fn head(&mut self) -> Result<Head, StoreError> {
        if !self.layout.has_own {
            return Ok(Head::default());
        }
        let sql = "SELECT seq, last_demand, last_assembly, edits, recorded_edits, tokens FROM comarca_register";
        let heads = self.rows(sql, [], |row| {
            let number = |column| Ok::<_, rusqlite::Error>(unsigned(row.get(column)?));
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
        })?;
        Ok(heads.first().copied().unwrap_or_default())
    }

    fn save_head(&mut self, head: &Head, at: &str) -> Result<(), StoreError> {
        let numbers = [
            head.seq,
            head.counters.demands,
            head.counters.assemblies,
            head.recorded_edits,
            head.tokens,
        ];
        self.execute(
            "UPDATE comarca_register SET seq = ?1, last_demand = ?2, last_assembly = ?3,
             recorded_edits = ?4, tokens = ?5, writes = 0",
            params_from_iter(numbers.map(signed)),
        )?;
        self.execute(
            "UPDATE gpkg_contents SET last_change = ?1 WHERE table_name IN ('demands', 'assemblies')",
            [at],
        )?;
        if let Some(bounds) = self.bounds {
            self.execute(
                "UPDATE gpkg_contents SET min_x = min(coalesce(min_x, ?1), ?1), min_y = min(coalesce(min_y, ?2), ?2),
                 max_x = max(coalesce(max_x, ?3), ?3), max_y = max(coalesce(max_y, ?4), ?4)
                 WHERE table_name = 'demands'",
                params_from_iter(bounds),
            )?;
        }
        Ok(())
    }

    fn contents(&mut self) -> Result<Contents, StoreError> {
        let (mut problems, mut seen) = (vec![], HashSet::new());
        let demands = self.rows(
            &format!("{} ORDER BY t.rowid", self.sql.demands),
            [],
            |row| {
                let mut reader = Reader::of(row, "demands", &mut problems)?;
                let demand = reader.demand()?;
                Ok(reader.first_of(&mut seen, demand))
            },
        )?;
        seen.clear();
        let mut assemblies = vec![];
        if self.layout.assemblies.is_there {
            let sql = format!("{} ORDER BY t.rowid", self.sql.assemblies);
            assemblies = self.rows(&sql, [], |row| {
                let mut reader = Reader::of(row, "assemblies", &mut problems)?;
                let assembly = reader.assembly()?;
                Ok(reader.first_of(&mut seen, assembly))
            })?;
        }
        Ok(Contents {
            demands: demands.into_iter().flatten().collect(),
            assemblies: assemblies.into_iter().flatten().collect(),
            problems,
        })
    }

    fn changed_since(&mut self, seq: u64) -> Result<Vec<(Kind, String)>, StoreError> {
        let sql = "SELECT kind, id, max(seq) AS last FROM comarca_history WHERE seq > ?1 GROUP BY kind, id ORDER BY last";
        let changed = self.rows(sql, [signed(seq)], |row| {
            let kind: String = row.get(0)?;
            Ok(Kind::named(&kind).map(|kind| Ok::<_, rusqlite::Error>((kind, row.get(1)?))))
        })?;
        let changed: rusqlite::Result<Vec<_>> = changed.into_iter().flatten().collect();
        changed.map_err(|error| self.fault(&error))
    }

    fn find(&mut self, kind: Kind, id: &str) -> Result<Option<Item>, StoreError> {
        let sql = match kind {
            Kind::Demand => &self.sql.demands,
            Kind::Assembly => &self.sql.assemblies,
        };
        let column = self.table(kind).column("id");
        let sql = format!("{sql} WHERE t.{column} = ?1 ORDER BY t.rowid LIMIT 1");
        let found = self.rows(&sql, [id], |row| {
            // What is wrong with it is known since everything was read.
            let mut problems = vec![];
            let mut reader = Reader::of(row, "", &mut problems)?;
            Ok(match kind {
                Kind::Demand => reader.demand()?.map(|demand| Item::Demand(demand.into())),
                Kind::Assembly => reader.assembly()?.map(|one| Item::Assembly(one.into())),
            })
        })?;
        Ok(found.into_iter().flatten().next())
    }

    fn only_days(&self) -> bool {
        self.layout.only_days()
    }

    fn persist(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError> {
        match (&effect.before, &effect.after) {
            (before, Some(after)) => self.write_row(after, before.is_none())?,
            (Some(before), None) => self.delete_rows(before)?,
            (None, None) => (),
        }
        self.write_history(effect, record)
    }

    fn persist_edit(&mut self, effect: &Effect, record: &Record<'_>) -> Result<(), StoreError> {
        let created = match &effect.after {
            Some(Item::Demand(demand)) => &demand.created,
            Some(Item::Assembly(assembly)) => &assembly.created,
            None => "",
        };
        if let Some(after) = &effect.after {
            let table = self.table(after.kind());
            let name = table.name;
            let column = |name| table.column(name);
            let sql = format!(
                "UPDATE {name} SET {} = ?1, {} = ?2, {created} = coalesce({created}, ?3)
                 WHERE rowid = (SELECT min(rowid) FROM {name} WHERE {} = ?4)",
                column("version"),
                column("updated"),
                column("id"),
                created = column("created"),
            );
            let version = signed(after.version());
            self.execute(&sql, params![version, record.at, created, after.id()])?;
        }
        match (&effect.before, &effect.after) {
            (_, Some(Item::Demand(demand))) => self.grow(demand),
            (Some(Item::Demand(demand)), None) => self.forget_person(&demand.id)?,
            _ => (),
        }
        self.write_history(effect, record)
    }

    fn history(&mut self, kind: Kind, id: &str) -> Result<Vec<Change>, StoreError> {
        self.history_where("WHERE kind = ?1 AND id = ?2", [kind.name(), id])
    }

    fn changes(&mut self, first: u64, last: u64) -> Result<Vec<Change>, StoreError> {
        self.history_where("WHERE seq BETWEEN ?1 AND ?2", [signed(first), signed(last)])
    }

    fn last_changes(&mut self) -> Result<Vec<Change>, StoreError> {
        let last = "WHERE seq IN (SELECT max(seq) FROM comarca_history GROUP BY kind, id)";
        self.history_where(last, [])
    }

    fn remembered(
        &mut self,
        who: &str,
        key: &str,
        since: &str,
    ) -> Result<Option<Remembered>, StoreError> {
        let sql = "SELECT digest, first_seq, last_seq FROM comarca_idempotency
                   WHERE who = ?1 AND key = ?2 AND at >= ?3";
        let found = self.rows(sql, [who, key, since], |row| {
            Ok(Remembered {
                digest: row.get(0)?,
                first_seq: unsigned(row.get(1)?),
                last_seq: unsigned(row.get(2)?),
            })
        })?;
        Ok(found.into_iter().next())
    }

    fn remember(
        &mut self,
        who: &str,
        key: &str,
        at: &str,
        since: &str,
        result: &Remembered,
    ) -> Result<(), StoreError> {
        self.execute("DELETE FROM comarca_idempotency WHERE at < ?1", [since])?;
        self.execute(
            "INSERT INTO comarca_idempotency (who, key, at, digest, first_seq, last_seq)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                who,
                key,
                at,
                result.digest,
                signed(result.first_seq),
                signed(result.last_seq)
            ],
        )?;
        Ok(())
    }

    fn tokens(&mut self) -> Result<Vec<StoredToken>, StoreError> {
        if !self.layout.has_own {
            return Ok(vec![]);
        }
        let sql = "SELECT id, name, role, communes, created, expires, revoked, digest FROM comarca_tokens ORDER BY number";
        let tokens = self.rows(sql, [], stored_token)?;
        Ok(tokens.into_iter().flatten().collect())
    }

    fn save_token(
        &mut self,
        StoredToken { token, digest }: &StoredToken,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO comarca_tokens (id, name, role, communes, created, expires, revoked, digest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (id) DO UPDATE SET revoked = excluded.revoked",
            params![
                token.id,
                token.name,
                token.role.name(),
                token::communes_as_text(&token.communes),
                token.created,
                token.expires,
                token.revoked,
                digest
            ],
        )?;
        Ok(())
    }
}

impl Statements {
    fn of(layout: &Layout) -> Self {
        let (demands, assemblies) = (&layout.demands, &layout.assemblies);
        let (person, join) = if layout.has_own {
            (
                "p.author, p.contact",
                format!(
                    " LEFT JOIN comarca_private p ON p.id = t.{}",
                    demands.column("id")
                ),
            )
        } else {
            ("NULL, NULL", String::new())
        };
        Self {
            demands: format!(
                "SELECT t.rowid, {}, {person} FROM demands t{join}",
                demands.selected()
            ),
            assemblies: format!(
                "SELECT t.rowid, {} FROM assemblies t",
                assemblies.selected()
            ),
            insert_demand: insert(demands),
            insert_assembly: insert(assemblies),
            update_demand: update(demands),
            update_assembly: update(assemblies),
        }
    }
}

fn insert(table: &Table) -> String {
    let names = table.names();
    let places = vec!["?"; names.len()].join(", ");
    format!(
        "INSERT INTO {} ({}) VALUES ({places})",
        table.name,
        names.join(", ")
    )
}

/// The first row of the id has its place; further ones are left out.
fn update(table: &Table) -> String {
    let (name, id) = (table.name, table.column("id"));
    let set: Vec<_> = table
        .names()
        .iter()
        .map(|name| format!("{name} = ?"))
        .collect();
    let row = format!("(SELECT min(rowid) FROM {name} WHERE {id} = ?)");
    format!("UPDATE {name} SET {} WHERE rowid = {row}", set.join(", "))
}

/// In the order of `layout::DEMANDS`.
fn demand_values(demand: &Demand) -> Vec<Value> {
    vec![
        Value::Blob(geometry::blob([demand.lon, demand.lat])),
        text(&demand.id),
        text(&demand.theme),
        text(&demand.title),
        text(&demand.description),
        Value::Integer(signed(demand.votes)),
        optional(demand.district.as_ref()),
        optional(demand.commune.as_ref()),
        optional(demand.assembly.as_ref()),
        text(demand.stage.name()),
        text(demand.status.name()),
        optional(demand.same_as.as_ref()),
        optional(demand.project.as_ref()),
        demand.cost.map_or(Value::Null, Value::Integer),
        demand.beneficiaries.map_or(Value::Null, Value::Integer),
        optional(demand.funding.as_ref()),
        optional(demand.decision.as_ref()),
        text(&demand.created),
        text(&demand.updated),
        Value::Integer(signed(demand.version)),
    ]
}

/// In the order of `layout::ASSEMBLIES`.
fn assembly_values(assembly: &Assembly) -> Vec<Value> {
    let attendance = assembly.attendance.map(signed);
    vec![
        text(&assembly.id),
        text(&assembly.level),
        text(&assembly.key),
        text(&assembly.date),
        attendance.map_or(Value::Null, Value::Integer),
        optional(assembly.title.as_ref()),
        optional(assembly.commune.as_ref()),
        text(&assembly.created),
        text(&assembly.updated),
        Value::Integer(signed(assembly.version)),
    ]
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn optional(text: Option<&String>) -> Value {
    text.map_or(Value::Null, |text| Value::Text(text.clone()))
}

fn change(row: &Row<'_>) -> rusqlite::Result<Option<Change>> {
    let seq = unsigned(row.get(0)?);
    let texts = [row.get(1)?, row.get(2)?, row.get(5)?];
    let words = [row.get(3)?, row.get(4)?];
    Ok(history::change(
        seq,
        texts,
        &words,
        [row.get(6)?, row.get(7)?],
    ))
}

fn stored_token(row: &Row<'_>) -> rusqlite::Result<Option<StoredToken>> {
    let (role, communes): (String, String) = (row.get(2)?, row.get(3)?);
    let texts = [row.get(0)?, row.get(1)?, row.get(4)?];
    let moments = [row.get(5)?, row.get(6)?];
    Ok(token::stored(texts, &role, &communes, moments, row.get(7)?))
}

/// `SQLite` has signed numbers.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Which file this is, whatever its name.
type FileId = (u64, u64);

#[cfg(unix)]
fn file_id(path: &Path) -> Option<FileId> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.dev(), meta.ino()))
}

#[cfg(not(unix))]
fn file_id(path: &Path) -> Option<FileId> {
    std::fs::metadata(path).ok().map(|_| (0, 0))
}
