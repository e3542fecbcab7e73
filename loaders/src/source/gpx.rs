//! GPX 1.0 and 1.1: waypoints, routes and tracks, each a layer of its own where the file has any.
//!
//! Source: the schemas at topografix.com/GPX/1/0 and 1/1. Coordinates are longitude and latitude on WGS 84. The height
//! of a waypoint is its column `ele`; heights and times along routes and tracks are left out with a notice.

use std::path::Path;

use comarca_engine::{GeometryType, Value};

use super::features::Collector;
use super::table::TOO_MANY_CELLS;
use super::xml::typed::{Kind, typed};
use super::xml::{self, Scanner, Tag};
use super::{Features, Format, stem};
use crate::problem::{LoadError, Problem, Problems};

/// The standard's elements that are not text, with their types; every other one but `extensions` is.
const NUMBERS: [(&str, Kind); 12] = [
    ("ele", Kind::Real),
    ("magvar", Kind::Real),
    ("geoidheight", Kind::Real),
    ("hdop", Kind::Real),
    ("vdop", Kind::Real),
    ("pdop", Kind::Real),
    ("ageofdgpsdata", Kind::Real),
    ("speed", Kind::Real),
    ("course", Kind::Real),
    ("sat", Kind::Integer),
    ("dgpsid", Kind::Integer),
    ("number", Kind::Integer),
];
const TEXTS: [&str; 13] = [
    "time",
    "name",
    "cmt",
    "desc",
    "src",
    "sym",
    "type",
    "fix",
    "url",
    "urlname",
    "link_href",
    "link_text",
    "link_type",
];

/// Reads the layers `waypoints`, `routes` and `tracks`, those that occur; an empty one where none does.
pub(super) fn read(path: &Path, bytes: &[u8]) -> Result<Vec<Features>, LoadError> {
    let (text, problem) = xml::decode(bytes);
    let layer = || Collector::new(bytes.len());
    let mut reader = Reader {
        xml: Scanner::new(path, &text),
        waypoints: layer(),
        routes: layer(),
        tracks: layer(),
    };
    reader.document()?;
    let noticed: Vec<_> = problem.into_iter().chain(reader.xml.problem()).collect();
    let Reader {
        waypoints,
        routes,
        tracks,
        ..
    } = reader;
    let named = [
        ("waypoints", waypoints),
        ("routes", routes),
        ("tracks", tracks),
    ];
    let mut layers: Vec<_> = named
        .into_iter()
        .filter(|(_, rows)| rows.row() > 0)
        .map(|(name, rows)| finished(rows, name.to_owned()))
        .collect();
    if layers.is_empty() {
        layers.push(finished(layer(), stem(path)));
    }
    layers[0].problems.extend(noticed);
    Ok(layers)
}

fn finished(rows: Collector, name: String) -> Features {
    let mut features = rows.build(Format::Gpx, name, Some("OGC:CRS84".to_owned()));
    let mut problems = Problems::default();
    let declared = |name: &str| {
        let number = NUMBERS.iter().find(|(element, _)| *element == name);
        let text = TEXTS.contains(&name).then_some(Kind::Text);
        number.map(|(_, kind)| *kind).or(text)
    };
    let columns = std::mem::take(&mut features.columns).into_iter();
    features.columns = columns
        .map(|column| {
            let kind = declared(column.name());
            typed(column, kind, &mut problems)
        })
        .collect();
    features.problems.extend(problems.into_vec());
    for problem in &mut features.problems {
        problem.layer = Some(features.name.clone());
    }
    features
}

struct Reader<'a> {
    xml: Scanner<'a>,
    waypoints: Collector,
    routes: Collector,
    tracks: Collector,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<(), LoadError> {
        let Some(root) = self.xml.root()? else {
            return Ok(());
        };
        if root.name() != "gpx" {
            let message = format!(
                "is XML, but not GPX: its first element is <{}>",
                root.name()
            );
            return Err(self.xml.error(message));
        }
        while let Some(child) = self.xml.child()? {
            match child.name() {
                "wpt" => self.waypoint(&child)?,
                "rte" => self.route()?,
                "trk" => self.track()?,
                _ => self.xml.skip()?,
            }
        }
        Ok(())
    }

    fn waypoint(&mut self, tag: &Tag) -> Result<(), LoadError> {
        let rows = &mut self.waypoints;
        rows.draft.kind(GeometryType::Point);
        if let Some([x, y]) = place(tag, rows) {
            rows.draft.point(x, y);
        }
        while let Some(child) = self.xml.child()? {
            attribute(&mut self.xml, &child, rows)?;
        }
        end_row(&self.xml, rows)
    }

    fn route(&mut self) -> Result<(), LoadError> {
        let rows = &mut self.routes;
        rows.draft.kind(GeometryType::Line);
        while let Some(child) = self.xml.child()? {
            if child.name() == "rtept" {
                position(&mut self.xml, &child, rows)?;
            } else {
                attribute(&mut self.xml, &child, rows)?;
            }
        }
        rows.draft.end_ring();
        rows.draft.end_part();
        end_row(&self.xml, rows)
    }

    fn track(&mut self) -> Result<(), LoadError> {
        let rows = &mut self.tracks;
        rows.draft.kind(GeometryType::Line);
        rows.draft.multi();
        while let Some(child) = self.xml.child()? {
            if child.name() != "trkseg" {
                attribute(&mut self.xml, &child, rows)?;
                continue;
            }
            while let Some(point) = self.xml.child()? {
                if point.name() == "trkpt" {
                    position(&mut self.xml, &point, rows)?;
                } else {
                    self.xml.skip()?;
                }
            }
            rows.draft.end_ring();
            rows.draft.end_part();
        }
        end_row(&self.xml, rows)
    }
}

/// A child of a waypoint, route or track as a cell.
fn attribute(xml: &mut Scanner, tag: &Tag, rows: &mut Collector) -> Result<(), LoadError> {
    match tag.name() {
        "extensions" => extensions(xml, rows),
        "link" => {
            set(
                rows,
                "link_href",
                &tag.attribute("href").unwrap_or_default(),
            );
            while let Some(part) = xml.child()? {
                let text = xml.text()?;
                set(rows, &format!("link_{}", part.name()), &text);
            }
            Ok(())
        }
        name => {
            let text = xml.text()?;
            set(rows, name, &text);
            Ok(())
        }
    }
}

/// Elements that programs add, by their own names; what is nested in them is put together as text.
fn extensions(xml: &mut Scanner, rows: &mut Collector) -> Result<(), LoadError> {
    while let Some(child) = xml.child()? {
        let text = xml.text()?;
        set(rows, child.name(), &text);
    }
    Ok(())
}

/// A point of a route or a segment.
fn position(xml: &mut Scanner, tag: &Tag, rows: &mut Collector) -> Result<(), LoadError> {
    if let Some([x, y]) = place(tag, rows) {
        rows.draft.coordinate(x, y);
    }
    while let Some(child) = xml.child()? {
        if matches!(child.name(), "ele" | "time") {
            rows.draft.drop_dimensions();
        }
        xml.skip()?;
    }
    Ok(())
}

fn place(tag: &Tag, rows: &mut Collector) -> Option<[f64; 2]> {
    let number = |name| {
        let text = tag.attribute(name).unwrap_or_default();
        let number = fast_float2::parse::<f64, _>(text.trim()).ok();
        number.ok_or_else(|| format!("{name}={text:?}"))
    };
    match (number("lon"), number("lat")) {
        (Ok(lon), Ok(lat)) => Some([lon, lat]),
        (Err(found), _) | (_, Err(found)) => {
            let message =
                "a point has no longitude or latitude that is a number; the point is left out";
            rows.problems
                .add(Problem::error(message).at_row(rows.row()).found(&found));
            None
        }
    }
}

fn set(rows: &mut Collector, name: &str, text: &str) {
    if !text.is_empty() {
        let column = rows.table.column(name);
        rows.table.set(column, Value::Text(text));
    }
}

fn end_row(xml: &Scanner, rows: &mut Collector) -> Result<(), LoadError> {
    if rows.end_row() {
        Ok(())
    } else {
        Err(xml.error(TOO_MANY_CELLS))
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::ColumnType;

    use super::*;

    fn layers(content: &str) -> Vec<Features> {
        let document = format!("<gpx xmlns='http://www.topografix.com/GPX/1/1'>{content}</gpx>");
        read(Path::new("walk.gpx"), document.as_bytes()).expect("GPX")
    }

    #[test]
    fn waypoints_routes_and_tracks_are_layers_where_they_occur() {
        let all = layers(
            "<metadata><name>m</name></metadata><wpt lat='-33.5' lon='-70.6'><ele>570</ele><name>12</name></wpt>
            <rte><name>r</name><number>3</number><rtept lat='1' lon='2'/><rtept lat='3' lon='4'/></rte>
            <trk><trkseg><trkpt lat='1' lon='2'><ele>5</ele></trkpt><trkpt lat='3' lon='4'/></trkseg>
            <trkseg><trkpt lat='5' lon='6'/><trkpt lat='7' lon='8'/></trkseg></trk>",
        );
        let names: Vec<_> = all.iter().map(|layer| layer.name.as_str()).collect();
        assert_eq!(names, ["waypoints", "routes", "tracks"]);
        assert_eq!(all[0].coordinates, [[-70.6, -33.5]]);
        let kind = |name: &str| all[0].column(name).expect(name).column_type();
        assert_eq!(
            (kind("ele"), kind("name")),
            (ColumnType::Real, ColumnType::Text)
        );
        assert_eq!(all[1].coordinates, [[2.0, 1.0], [4.0, 3.0]]);
        assert_eq!(all[2].geometry_counts(), [("MultiLineString", 1)]);
        assert_eq!(
            all[2].problems[0].message,
            "heights and measures are left out"
        );
        assert_eq!(layers("<trk/>").len(), 1);
        assert!(layers("")[0].is_empty());
    }

    #[test]
    fn links_and_extensions_are_columns() {
        let all = layers(
            "<wpt lat='1' lon='2'><link href='http://example.org'><text>t</text></link>
            <extensions><ctx:temp>21.5</ctx:temp></extensions></wpt>",
        );
        let value = |name: &str| all[0].column(name).expect(name).value(0);
        assert_eq!(value("link_href"), Value::Text("http://example.org"));
        assert_eq!(value("link_text"), Value::Text("t"));
        assert_eq!(value("temp"), Value::Real(21.5));
    }

    #[test]
    fn a_point_without_a_place_is_reported() {
        let all = layers(
            "<wpt lat='x' lon='2'/><wpt lat='1' lon='2'/><trk><trkseg><trkpt lat='1'/></trkseg></trk>",
        );
        assert_eq!(all[0].coordinates, [[2.0, 1.0]]);
        assert_eq!(all[0].problems[0].found.as_deref(), Some("lat=\"x\""));
        assert_eq!(all[0].problems[0].layer.as_deref(), Some("waypoints"));
        assert_eq!(all[1].geometry_counts(), [("None", 1)]);
    }
}
