//! Which kind of JSON a file holds: `GeoJSON`, `TopoJSON` or records.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::geojson::Quoted;
use super::{Features, ReadOptions, geojson, records, text, topojson};
use crate::problem::{LoadError, Problem};

/// The readers of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    GeoJson,
    TopoJson,
    Records,
}

/// Reads a JSON text, or several of them one after the other.
pub(super) fn read(
    path: &Path,
    bytes: &[u8],
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    // Nearly every file says in its first bytes what it is.
    const HEAD: usize = 1 << 16;
    let head = bytes.get(..HEAD).unwrap_or(bytes);
    let kind = kind(&text::decode(head, None).0);
    if kind == Some(Kind::GeoJson) {
        return Ok(vec![geojson::read(path, bytes)?]);
    }
    let (text, problem) = text::decode(bytes, None);
    let mut layers = match kind.or_else(|| self::kind(&text)) {
        Some(Kind::TopoJson) => topojson::read(path, &text, options.table.as_deref())?,
        Some(Kind::Records) if is_feature_list(&text) => return bare_features(path, &text),
        Some(Kind::Records) => vec![records::read(path, &text, &options.json)?],
        // What is broken is told by the reader of GeoJSON, with the line.
        Some(Kind::GeoJson) | None => return Ok(vec![geojson::read(path, bytes)?]),
    };
    if let Some(layer) = layers.first_mut() {
        layer.problems.extend(problem);
    }
    Ok(layers)
}

/// What the first JSON text is; `None` when it is broken or goes on beyond `text` before it tells.
fn kind(text: &str) -> Option<Kind> {
    match text.trim_ascii_start().as_bytes().first() {
        Some(b'[') => Some(Kind::Records),
        Some(b'{') => {
            let mut json = serde_json::Deserializer::from_str(text);
            let mut found = None;
            let read = json.deserialize_map(Peek(&mut found));
            found.or(read.is_ok().then_some(Kind::Records))
        }
        _ => None,
    }
}

/// Looks at the members of an object until one tells the kind of the file; the error it ends with then means nothing.
struct Peek<'k>(&'k mut Option<Kind>);

impl<'de> Visitor<'de> for Peek<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(Quoted(name)) = members.next_key()? {
            *self.0 = match name.as_ref() {
                "type" => kind_of_type(members.next_value::<&RawValue>()?.get()),
                "features" => Some(Kind::GeoJson),
                _ => members.next_value::<IgnoredAny>().map(|_| None)?,
            };
            if self.0.is_some() {
                return Err(de::Error::custom("the kind is known"));
            }
        }
        Ok(())
    }
}

/// What the member "type" says, if it is one that `GeoJSON` or `TopoJSON` know.
fn kind_of_type(value: &str) -> Option<Kind> {
    match value.trim_matches('"') {
        "Topology" => Some(Kind::TopoJson),
        "FeatureCollection" | "Feature" | "GeometryCollection" => Some(Kind::GeoJson),
        kind => geojson::is_geometry_type(kind).then_some(Kind::GeoJson),
    }
}

/// Whether a text is an array the first element of which is a `GeoJSON` feature.
fn is_feature_list(text: &str) -> bool {
    let first = text
        .trim_ascii_start()
        .strip_prefix('[')
        .unwrap_or_default();
    let mut elements = serde_json::Deserializer::from_str(first).into_iter::<Members>();
    let Some(Ok(Members(members))) = elements.next() else {
        return false;
    };
    let has = |name: &str, wanted: &str| {
        members
            .iter()
            .any(|(known, value)| known == name && value.get().starts_with(wanted))
    };
    has("type", "\"Feature\"") && has("geometry", "")
}

/// Features in an array instead of a `FeatureCollection`.
fn bare_features(path: &Path, text: &str) -> Result<Vec<Features>, LoadError> {
    let text = format!("{{\"type\":\"FeatureCollection\",\"features\":{text}}}");
    let mut layer = geojson::read(path, text.as_bytes())?;
    let problem = Problem::notice("is an array of features without a FeatureCollection around it");
    layer.problems.push(problem);
    Ok(vec![layer])
}

/// Names and values, the values as text.
pub(super) type MemberList<'a> = Vec<(Cow<'a, str>, &'a RawValue)>;

/// The members of an object in the order of the file.
pub(super) struct Members<'a>(pub(super) MemberList<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Members<'de>;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let mut list = vec![];
        while let Some(Quoted(name)) = members.next_key()? {
            list.push((name, members.next_value()?));
        }
        Ok(Members(list))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Format;

    fn formats(text: &str) -> Vec<Format> {
        let layers = read(
            Path::new("a.json"),
            text.as_bytes(),
            &ReadOptions::default(),
        );
        layers
            .expect(text)
            .iter()
            .map(|layer| layer.format)
            .collect()
    }

    #[test]
    fn the_kind_is_told_by_the_content_wherever_it_stands() {
        let much = format!("\"much\":[{}0]", "1,".repeat(40_000));
        for (text, format) in [
            (r#"{"type":"FeatureCollection","features":[]}"#.to_owned(), Format::GeoJson),
            (r#"{"name":"a","features":[]}"#.to_owned(), Format::GeoJson),
            (r#"{"type":"Point","coordinates":[1,2]}"#.to_owned(), Format::GeoJson),
            (format!(r#"{{{much},"type":"Point","coordinates":[1,2]}}"#), Format::GeoJson),
            (r#"{"objects":{},"arcs":[],"type":"Topology"}"#.to_owned(), Format::TopoJson),
            (r#"[{"a":1}]"#.to_owned(), Format::Json),
            (r#"{"type":"success","data":[{"a":1}]}"#.to_owned(), Format::Json),
            (format!(r#"{{{much},"data":[{{"a":1}}]}}"#), Format::Json),
            ("{\"a\":1}\n{\"a\":2}\n".to_owned(), Format::Json),
            (
                "{\"type\":\"Feature\",\"geometry\":null}\n{\"type\":\"Feature\",\"geometry\":null}".to_owned(),
                Format::GeoJsonSeq,
            ),
        ] {
            assert_eq!(formats(&text), [format], "{}", &text[..60.min(text.len())]);
        }
    }

    #[test]
    fn an_array_of_features_is_read_as_their_collection() {
        let text = r#"[{"type":"Feature","properties":{"a":1},"geometry":{"type":"Point","coordinates":[1,2]}}]"#;
        let layers = read(
            Path::new("a.json"),
            text.as_bytes(),
            &ReadOptions::default(),
        );
        let layer = &layers.expect("features")[0];
        assert_eq!(
            (layer.format, layer.coordinates.len()),
            (Format::GeoJson, 1)
        );
        assert_eq!(layer.columns[0].name(), "a");
        assert_eq!(layer.problems.len(), 1);
    }

    #[test]
    fn what_is_broken_is_told_with_its_line() {
        for (text, place) in [
            ("{\"type\":\"Topology\",\n\"arcs\":[[", "line 2:"),
            ("[{\"a\":1},\n{\"a\"", "line 2:"),
            ("{\"a\":\n", "line 1:"),
        ] {
            let read = read(
                Path::new("a.json"),
                text.as_bytes(),
                &ReadOptions::default(),
            );
            let error = read.expect_err(text).to_string();
            assert!(error.contains("the JSON text breaks off"), "{error}");
            assert!(error.contains("line "), "{place} {error}");
        }
    }
}
