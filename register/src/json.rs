//! Demands and assemblies as JSON, without personal data: what the history keeps.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::{Assembly, Demand, Item, Kind, Stage, Status};

/// An item as an object. It never holds `author` and `contact`.
pub(crate) fn of(item: &Item) -> Value {
    match item {
        Item::Demand(demand) => json!({
            "id": demand.id,
            "theme": demand.theme,
            "title": demand.title,
            "description": demand.description,
            "lon": demand.lon,
            "lat": demand.lat,
            "district": demand.district,
            "commune": demand.commune,
            "votes": demand.votes,
            "assembly": demand.assembly,
            "stage": demand.stage.name(),
            "status": demand.status.name(),
            "same_as": demand.same_as,
            "project": demand.project,
            "cost": demand.cost,
            "beneficiaries": demand.beneficiaries,
            "funding": demand.funding,
            "decision": demand.decision,
            "created": demand.created,
            "updated": demand.updated,
            "version": demand.version,
        }),
        Item::Assembly(assembly) => json!({
            "id": assembly.id,
            "level": assembly.level,
            "key": assembly.key,
            "date": assembly.date,
            "attendance": assembly.attendance,
            "title": assembly.title,
            "commune": assembly.commune,
            "created": assembly.created,
            "updated": assembly.updated,
            "version": assembly.version,
        }),
    }
}

/// The item that an object of the history says. `None` where it is of another form.
pub(crate) fn item(kind: Kind, value: &Value) -> Option<Item> {
    let fields = Fields(value.as_object()?);
    Some(match kind {
        Kind::Demand => Item::Demand(Arc::new(fields.demand()?)),
        Kind::Assembly => Item::Assembly(Arc::new(fields.assembly()?)),
    })
}

struct Fields<'a>(&'a Map<String, Value>);

impl Fields<'_> {
    fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().map(str::to_owned)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.0.get(name)?.as_u64()
    }

    fn degrees(&self, name: &str) -> Option<f64> {
        self.0.get(name)?.as_f64()
    }

    fn demand(&self) -> Option<Demand> {
        Some(Demand {
            id: self.optional("id")?,
            theme: self.optional("theme")?,
            title: self.optional("title")?,
            description: self.optional("description")?,
            lon: self.degrees("lon")?,
            lat: self.degrees("lat")?,
            district: self.optional("district"),
            commune: self.optional("commune"),
            votes: self.number("votes")?,
            assembly: self.optional("assembly"),
            stage: Stage::named(&self.optional("stage")?)?,
            status: Status::named(&self.optional("status")?)?,
            same_as: self.optional("same_as"),
            project: self.optional("project"),
            cost: self.0.get("cost")?.as_i64(),
            beneficiaries: self.0.get("beneficiaries")?.as_i64(),
            funding: self.optional("funding"),
            decision: self.optional("decision"),
            created: self.optional("created")?,
            updated: self.optional("updated")?,
            version: self.number("version")?,
            author: None,
            contact: None,
        })
    }

    fn assembly(&self) -> Option<Assembly> {
        Some(Assembly {
            id: self.optional("id")?,
            level: self.optional("level")?,
            key: self.optional("key")?,
            date: self.optional("date")?,
            attendance: self.number("attendance"),
            title: self.optional("title"),
            commune: self.optional("commune"),
            created: self.optional("created")?,
            updated: self.optional("updated")?,
            version: self.number("version")?,
        })
    }
}
