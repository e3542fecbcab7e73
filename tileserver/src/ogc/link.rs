//! Links of answers (RFC 8288, as OGC API writes them) and the media types that they name.

use serde_json::{Value, json};

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html";
pub(crate) const GEOJSON: &str = "application/geo+json";
pub(crate) const SCHEMA: &str = "application/schema+json";
pub(crate) const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.1";

/// Relation types that OGC has registered.
pub(crate) const CONFORMANCE: &str = "http://www.opengis.net/def/rel/ogc/1.0/conformance";
pub(crate) const DATA: &str = "http://www.opengis.net/def/rel/ogc/1.0/data";
pub(crate) const QUERYABLES: &str = "http://www.opengis.net/def/rel/ogc/1.0/queryables";
pub(crate) const SCHEMA_OF: &str = "http://www.opengis.net/def/rel/ogc/1.0/schema";
pub(crate) const TILES_VECTOR: &str = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector";
pub(crate) const TILING_SCHEME: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme";
pub(crate) const TILING_SCHEMES: &str = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes";

/// WGS 84 with the longitude first.
pub(crate) const CRS84: &str = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";

/// A link.
pub(crate) fn link(rel: &str, href: &str, media_type: &str, title: &str) -> Value {
    json!({ "rel": rel, "href": href, "type": media_type, "title": title })
}

/// A link with braces for what the client fills in.
pub(crate) fn template(rel: &str, href: &str, media_type: &str, title: &str) -> Value {
    json!({ "rel": rel, "href": href, "type": media_type, "title": title, "templated": true })
}

/// The links of a document to itself and to its other form.
pub(crate) fn own(address: &str, is_html: bool) -> [Value; 2] {
    let [json, html] = if is_html {
        ["alternate", "self"]
    } else {
        ["self", "alternate"]
    };
    [
        link(
            json,
            &format!("{address}?f=json"),
            JSON,
            "This document as JSON",
        ),
        link(
            html,
            &format!("{address}?f=html"),
            HTML,
            "This document as a page",
        ),
    ]
}
