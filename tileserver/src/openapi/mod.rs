//! The OpenAPI 3.1 document of every address.
//!
//! It is put together from entries that stand by the same names as the routes; a test holds the two against each other,
//! methods included. What a served territory has (ids of levels, layers, indicators …) is in the document that the server
//! gives, and left open in that of `comarca openapi`.

mod build;
mod demands;
mod figures;
mod ids;
mod maps;
mod ogc;
mod schemas;
mod server;

use serde_json::{Map, Value, json};

use self::build::Entry;
use self::ids::Ids;
use crate::generation::Generation;

/// The document without a territory: what `comarca openapi` prints.
pub fn openapi() -> Value {
    document(None, "")
}

/// The document of a server: with the ids of its territory and its own address.
pub(crate) fn document(generation: Option<&Generation>, server: &str) -> Value {
    let mut paths: Map<String, Value> = Map::new();
    for entry in entries(generation) {
        let methods: Map<String, Value> = entry
            .methods
            .into_iter()
            .map(|(method, operation)| (method.to_owned(), operation.document()))
            .collect();
        paths.insert(entry.path.to_owned(), Value::Object(methods));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": generation.map_or("Comarca", |generation| generation.territory.name()),
            "description": ABOUT,
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "servers": [{ "url": match server { "" => "/", server => server } }],
        "paths": paths,
        "components": schemas::components(),
    })
}

/// What holds for every address.
const ABOUT: &str = "Vector tiles, indicators, heat maps and citizens' demands of a territory. Every address that is read \
answers GET, HEAD and OPTIONS. Cacheable answers have a strong entity tag and are compressed as Accept-Encoding asks. Where data are \
asked for, a parameter that is not known is an error; `g`, `v`, `key`, `token` and names that begin with an underscore are taken \
everywhere and mean nothing where they are not listed. Errors are problem documents (RFC 9457).";

/// Every address of the server.
pub(crate) fn entries(generation: Option<&Generation>) -> Vec<Entry> {
    let ids = Ids::of(generation);
    [
        server::entries(),
        maps::entries(&ids),
        figures::entries(&ids),
        demands::entries(&ids),
        ogc::entries(&ids),
    ]
    .into_iter()
    .flatten()
    .collect()
}
