//! A request as 32 bytes, to know it again without keeping it.

use std::sync::Arc;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{Item, NewAssembly, NewDemand, Private, Write, json};

/// SHA-256 of all that a write would record, personal data included. The same for equal writes, whatever their keys.
pub(crate) fn of(write: &Write) -> Vec<u8> {
    let (assemblies, demands): (&[NewAssembly], &[NewDemand]) = match write {
        Write::CreateDemand { demand, .. } => (&[], std::slice::from_ref(demand)),
        Write::CreateAssembly { assembly, .. } => (std::slice::from_ref(assembly), &[]),
        Write::Import {
            assemblies,
            demands,
            ..
        } => (assemblies, demands),
        // These have no idempotency key.
        _ => (&[], &[]),
    };
    let assemblies: Vec<_> = assemblies.iter().map(assembly).collect();
    let demands: Vec<_> = demands.iter().map(demand).collect();
    let text = json!([assemblies, demands]).to_string();
    Sha256::digest(text.as_bytes()).to_vec()
}

fn assembly(new: &NewAssembly) -> Value {
    let assembly = new.clone().into_assembly(id(new.id.as_ref()), "");
    json::of(&Item::Assembly(Arc::new(assembly)))
}

fn demand(new: &NewDemand) -> Value {
    let created = id(new.created.as_ref());
    let demand = new.clone().into_demand(id(new.id.as_ref()), created, "");
    let person = [&demand.author, &demand.contact];
    let person = person.map(|text| text.as_ref().map(Private::reveal).cloned());
    json!([json::of(&Item::Demand(Arc::new(demand))), person])
}

fn id(given: Option<&String>) -> String {
    given.cloned().unwrap_or_default()
}
