//! An archive of tiles, as JSON or as text for a terminal.

use std::fmt::Write;

use comarca_loaders::source::{TileArchive, VectorLayer};
use serde_json::{Map, Value, json};

/// What the command prints about an archive.
pub(super) fn text(archive: &TileArchive, as_json: bool) -> anyhow::Result<String> {
    match as_json {
        true => super::pretty(describe(archive)),
        false => Ok(table(archive)),
    }
}

/// The archive in the JSON form of the command: an object per vector layer, or a single one where none is known.
///
/// Bounds are in degrees, so the CRS is that of longitude and latitude; the tiles themselves are in Web Mercator. Rows
/// and geometry are what the layer was made from, where the archive tells.
fn describe(archive: &TileArchive) -> Vec<Value> {
    let mut objects: Vec<Value> = archive
        .layers
        .iter()
        .map(|layer| {
            let mut geometry = Map::new();
            if let Some(kind) = &layer.geometry {
                geometry.insert(kind.clone(), json!(layer.features));
            }
            let mut object = head(archive, &layer.id);
            object["rows"] = json!(layer.features);
            object["geometry"] = geometry.into();
            object["columns"] = layer.fields.iter().map(column).collect();
            object["description"] = json!(layer.description);
            object["minzoom"] = json!(layer.minzoom);
            object["maxzoom"] = json!(layer.maxzoom);
            object
        })
        .collect();
    if objects.is_empty() {
        objects.push(head(archive, &archive.name));
    }
    // What is wrong with the archive is told once.
    let problems = archive.problems.iter().map(super::problem).collect();
    objects[0]["problems"] = problems;
    objects
}

fn head(archive: &TileArchive, name: &str) -> Value {
    let sizes = archive.sizes.map(|sizes| {
        json!({ "smallest": sizes.smallest, "median": sizes.median, "largest": sizes.largest })
    });
    json!({
        "name": name,
        "format": archive.format.name(),
        "crs": "EPSG:4326",
        "rows": null,
        "geometry": {},
        "bounds": archive.bounds,
        "columns": [],
        "problems": [],
        "tiles": {
            "archive": archive.name,
            "type": archive.tile_type,
            "compression": archive.tile_compression,
            "crs": "EPSG:3857",
            "minzoom": archive.zooms.map(|zooms| zooms.0),
            "maxzoom": archive.zooms.map(|zooms| zooms.1),
            "addressed": archive.addressed_tiles,
            "entries": archive.tile_entries,
            "contents": archive.tile_contents,
            "bytes": sizes,
        },
    })
}

/// A field with its type in the words of the other formats.
fn column((name, kind): &(String, String)) -> Value {
    let lower = kind.to_ascii_lowercase();
    let kind = match lower.as_str() {
        "string" => "text",
        kind => kind,
    };
    json!({ "name": name, "type": kind, "nulls": null, "min": null, "max": null })
}

/// A head, then a block per vector layer, then a line per problem.
fn table(archive: &TileArchive) -> String {
    let unknown = || "not told".to_owned();
    let mut text = format!(
        "{} · {} · {} tiles\n",
        archive.name,
        archive.format.name(),
        archive.addressed_tiles
    );
    let told = |value: &Option<String>| value.clone().unwrap_or_else(unknown);
    let (kind, compression) = (told(&archive.tile_type), told(&archive.tile_compression));
    let _ = writeln!(text, "tiles     {kind}, compression {compression}");
    if let Some((min, max)) = archive.zooms {
        let _ = writeln!(text, "zooms     {min} – {max}");
    }
    if let Some([west, south, east, north]) = archive.bounds {
        let _ = writeln!(text, "bounds    {west} {south} {east} {north}");
    }
    if let (Some(entries), Some(contents)) = (archive.tile_entries, archive.tile_contents) {
        let _ = writeln!(text, "entries   {entries}, {contents} different contents");
    }
    if let Some(sizes) = archive.sizes {
        let _ = writeln!(
            text,
            "sizes     {} … {} bytes, median {}",
            sizes.smallest, sizes.largest, sizes.median
        );
    }
    archive
        .layers
        .iter()
        .for_each(|layer| block(layer, &mut text));
    for problem in &archive.problems {
        let _ = writeln!(text, "{}: {problem}", problem.severity.name());
    }
    text
}

fn block(layer: &VectorLayer, text: &mut String) {
    let zooms = match (layer.minzoom, layer.maxzoom) {
        (Some(min), Some(max)) => format!(" · zooms {min} – {max}"),
        _ => String::new(),
    };
    let rows = match (layer.features, &layer.geometry) {
        (Some(features), Some(geometry)) => format!(" · from {features} {geometry}"),
        (Some(features), None) => format!(" · from {features} features"),
        _ => String::new(),
    };
    let _ = writeln!(text, "\nlayer {}{zooms}{rows}", layer.id);
    for (name, kind) in &layer.fields {
        let _ = writeln!(text, "  {name}  {kind}");
    }
}
