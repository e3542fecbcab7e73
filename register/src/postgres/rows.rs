//! Rows ↔ demands and assemblies.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Error, Row};

use crate::{Assembly, Demand, Private, Stage, Status};

/// The columns of `comarca_demands` that are written.
pub(super) const DEMANDS: [&str; 21] = [
    "id",
    "theme",
    "title",
    "description",
    "lon",
    "lat",
    "votes",
    "district",
    "commune",
    "assembly",
    "stage",
    "status",
    "same_as",
    "project",
    "cost",
    "beneficiaries",
    "funding",
    "decision",
    "created",
    "updated",
    "version",
];

/// The columns of `comarca_assemblies` that are written.
pub(super) const ASSEMBLIES: [&str; 10] = [
    "id",
    "level",
    "key",
    "date",
    "attendance",
    "title",
    "commune",
    "created",
    "updated",
    "version",
];

/// A value to be written.
pub(super) type Value = Box<dyn ToSql + Sync + Send>;

/// In the order of `DEMANDS`.
pub(super) fn demand_values(demand: &Demand) -> Vec<Value> {
    vec![
        Box::new(demand.id.clone()),
        Box::new(demand.theme.clone()),
        Box::new(demand.title.clone()),
        Box::new(demand.description.clone()),
        Box::new(demand.lon),
        Box::new(demand.lat),
        Box::new(signed(demand.votes)),
        Box::new(demand.district.clone()),
        Box::new(demand.commune.clone()),
        Box::new(demand.assembly.clone()),
        Box::new(demand.stage.name()),
        Box::new(demand.status.name()),
        Box::new(demand.same_as.clone()),
        Box::new(demand.project.clone()),
        Box::new(demand.cost),
        Box::new(demand.beneficiaries),
        Box::new(demand.funding.clone()),
        Box::new(demand.decision.clone()),
        Box::new(demand.created.clone()),
        Box::new(demand.updated.clone()),
        Box::new(signed(demand.version)),
    ]
}

/// In the order of `ASSEMBLIES`.
pub(super) fn assembly_values(assembly: &Assembly) -> Vec<Value> {
    vec![
        Box::new(assembly.id.clone()),
        Box::new(assembly.level.clone()),
        Box::new(assembly.key.clone()),
        Box::new(assembly.date.clone()),
        Box::new(assembly.attendance.map(signed)),
        Box::new(assembly.title.clone()),
        Box::new(assembly.commune.clone()),
        Box::new(assembly.created.clone()),
        Box::new(assembly.updated.clone()),
        Box::new(signed(assembly.version)),
    ]
}

/// From `DEMANDS`, author and contact.
pub(super) fn demand(row: &Row) -> Result<Demand, Error> {
    let text = |column: &str| row.try_get::<_, String>(column);
    let optional = |column: &str| row.try_get::<_, Option<String>>(column);
    let created = optional("created")?.unwrap_or_default();
    Ok(Demand {
        id: text("id")?,
        theme: text("theme")?,
        title: text("title")?,
        description: text("description")?,
        lon: row.try_get("lon")?,
        lat: row.try_get("lat")?,
        votes: unsigned(row.try_get("votes")?),
        district: given(optional("district")?),
        commune: given(optional("commune")?),
        assembly: given(optional("assembly")?),
        // The table allows no others.
        stage: Stage::named(&text("stage")?).unwrap_or_default(),
        status: Status::named(&text("status")?).unwrap_or_default(),
        same_as: given(optional("same_as")?),
        project: given(optional("project")?),
        cost: row.try_get("cost")?,
        beneficiaries: row.try_get("beneficiaries")?,
        funding: given(optional("funding")?),
        decision: given(optional("decision")?),
        updated: optional("updated")?.unwrap_or_else(|| created.clone()),
        created,
        version: version(row)?,
        author: given(optional("author")?).map(Private::new),
        contact: given(optional("contact")?).map(Private::new),
    })
}

/// From `ASSEMBLIES`.
pub(super) fn assembly(row: &Row) -> Result<Assembly, Error> {
    let text = |column: &str| row.try_get::<_, String>(column);
    let optional = |column: &str| row.try_get::<_, Option<String>>(column);
    let created = optional("created")?.unwrap_or_default();
    Ok(Assembly {
        id: text("id")?,
        level: text("level")?,
        key: text("key")?,
        date: text("date")?,
        attendance: row.try_get::<_, Option<i64>>("attendance")?.map(unsigned),
        title: given(optional("title")?),
        commune: given(optional("commune")?),
        updated: optional("updated")?.unwrap_or_else(|| created.clone()),
        created,
        version: version(row)?,
    })
}

/// An empty text says nothing.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn version(row: &Row) -> Result<u64, Error> {
    let version: Option<i64> = row.try_get("version")?;
    Ok(version.map_or(1, unsigned).max(1))
}

/// `PostgreSQL` has signed numbers.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
