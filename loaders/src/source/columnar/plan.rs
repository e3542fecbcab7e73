//! Which column holds the geometry, how, and in which CRS; which columns are attributes.
//!
//! Sources: `GeoParquet` 1.1.0, "Column metadata"; `GeoArrow` 0.2, "Extension types".

use std::collections::HashSet;

use arrow_schema::{Field, Schema};
use serde_json::Value;

use super::geometry::Encoding;
use crate::problem::Problem;

/// Most columns with geometries that a file may have.
const GEOMETRIES_MAX: usize = 1_000;

/// What is read of a file, by the numbers of its columns.
#[derive(Debug, Default)]
pub(in crate::source) struct Plan {
    pub(in crate::source) geometry: Option<GeometryColumn>,
    pub(in crate::source) attributes: Vec<usize>,
    pub(in crate::source) notices: Vec<Problem>,
}

impl Plan {
    /// All columns that are read: the attributes, then the geometry.
    pub(in crate::source) fn columns(&self) -> Vec<usize> {
        let geometry = self.geometry.as_ref().map(|geometry| geometry.column);
        self.attributes.iter().copied().chain(geometry).collect()
    }
}

/// A column of geometries.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::source) struct GeometryColumn {
    pub(in crate::source) column: usize,
    pub(in crate::source) name: String,
    encoding: Result<Encoding, String>,
    pub(in crate::source) crs: Option<String>,
    /// Paths of the columns with min x, min y, max x and max y of each row's box.
    pub(in crate::source) covering: Option<[String; 4]>,
    spherical: bool,
    epoch: bool,
}

impl GeometryColumn {
    /// A column that says by its own type that it holds geometries.
    pub(in crate::source) fn declared(
        column: usize,
        name: &str,
        encoding: &str,
        crs: Option<String>,
        spherical: bool,
    ) -> Self {
        Self {
            column,
            name: name.to_owned(),
            encoding: Encoding::named(encoding).ok_or_else(|| encoding.to_owned()),
            crs,
            covering: None,
            spherical,
            epoch: false,
        }
    }

    /// A column of the Arrow extension types `geoarrow.*` and `ogc.wkb`.
    pub(in crate::source) fn of_field(column: usize, field: &Field) -> Option<Self> {
        let extension = field.metadata().get("ARROW:extension:name")?;
        let is_geometry = extension.starts_with("geoarrow.") && extension != "geoarrow.box";
        if !is_geometry && extension != "ogc.wkb" {
            return None;
        }
        let metadata: Value = field
            .metadata()
            .get("ARROW:extension:metadata")
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let crs = metadata.get("crs").and_then(crs);
        let spherical = is_spherical(metadata.get("edges"));
        Some(Self::declared(
            column,
            field.name(),
            extension,
            crs,
            spherical,
        ))
    }

    /// A column that the `geo` metadata names.
    fn of_geo(column: usize, name: &str, entry: &Value) -> Self {
        let encoding = entry
            .get("encoding")
            .and_then(Value::as_str)
            .unwrap_or("WKB");
        // An absent CRS is longitude and latitude, one of null is unknown.
        let crs = entry
            .get("crs")
            .map_or_else(|| Some("OGC:CRS84".to_owned()), crs);
        let spherical = is_spherical(entry.get("edges"));
        Self {
            covering: covering(entry),
            epoch: entry.get("epoch").is_some_and(Value::is_number),
            ..Self::declared(column, name, encoding, crs, spherical)
        }
    }

    /// How its values are encoded.
    ///
    /// # Errors
    /// When the encoding is not one that can be read.
    pub(super) fn encoding(&self) -> Result<Encoding, String> {
        self.encoding.clone().map_err(|name| {
            format!("the geometry column \"{}\" has the encoding {name:?}, which is not read; write it as WKB", self.name)
        })
    }

    fn notices(&self) -> impl Iterator<Item = Problem> {
        let spherical = "edges are great circles in the file; they are read as straight lines";
        let epoch = "the coordinates are of a certain epoch, which is not taken into account";
        [(self.spherical, spherical), (self.epoch, epoch)]
            .into_iter()
            .filter(|(is_so, _)| *is_so)
            .map(|(_, message)| Problem::notice(message).in_column(&self.name))
    }
}

/// Plans what to read of a file with `schema`: the geometry column `wanted`, else the primary one, else the first.
/// `declared` are the columns whose types say that they hold geometries, `geo` is the text of the `geo` metadata.
///
/// # Errors
/// When the file has no geometry column `wanted`, or the metadata names one that it does not have.
pub(in crate::source) fn plan(
    schema: &Schema,
    declared: Vec<GeometryColumn>,
    geo: Option<&str>,
    wanted: Option<&str>,
) -> Result<Plan, String> {
    let mut plan = Plan::default();
    let geo = geo.and_then(|text| parsed(text, &mut plan.notices));
    let (columns, primary) = geometry_columns(schema, declared, geo.as_ref())?;
    let names: Vec<_> = columns.iter().map(|column| column.name.clone()).collect();
    let is = |name: Option<&str>| {
        columns
            .iter()
            .position(|column| Some(column.name.as_str()) == name)
    };
    let chosen = match wanted {
        Some(name) => Some(is(wanted).ok_or_else(|| no_such(name, &names))?),
        None => is(primary.as_deref()).or((!columns.is_empty()).then_some(0)),
    };
    let boxes: HashSet<&str> = columns.iter().filter_map(box_column).collect();
    plan.attributes = (0..schema.fields().len())
        .filter(|at| columns.iter().all(|column| column.column != *at))
        .filter(|at| !boxes.contains(schema.field(*at).name().as_str()))
        .collect();
    if let Some(chosen) = chosen {
        let others: Vec<_> = names
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != chosen)
            .map(|(_, name)| name.as_str())
            .collect();
        if !others.is_empty() {
            let message = format!("other geometry columns are not read: {}", others.join(", "));
            plan.notices
                .push(Problem::notice(message).advice("choose one of them with table = \"…\""));
        }
        plan.notices.extend(columns[chosen].notices());
        plan.geometry = columns.into_iter().nth(chosen);
    }
    Ok(plan)
}

/// The columns with geometries in the file's order, and the name of the primary one.
fn geometry_columns(
    schema: &Schema,
    declared: Vec<GeometryColumn>,
    geo: Option<&Value>,
) -> Result<(Vec<GeometryColumn>, Option<String>), String> {
    let mut columns = declared;
    let entries = geo.and_then(|geo| geo.get("columns")?.as_object());
    if columns.len() + entries.map_or(0, serde_json::Map::len) > GEOMETRIES_MAX {
        return Err(format!("has more than {GEOMETRIES_MAX} geometry columns"));
    }
    for (name, entry) in entries.into_iter().flatten() {
        let missing =
            || format!("its metadata names a geometry column \"{name}\" that it does not have");
        let (column, _) = schema.fields().find(name).ok_or_else(missing)?;
        columns.retain(|known| known.column != column);
        columns.push(GeometryColumn::of_geo(column, name, entry));
    }
    columns.sort_by_key(|column| column.column);
    let primary = geo.and_then(|geo| geo.get("primary_column")?.as_str());
    Ok((columns, primary.map(str::to_owned)))
}

/// The `geo` metadata, with a notice about a version other than 1.0 and 1.1.
fn parsed(text: &str, notices: &mut Vec<Problem>) -> Option<Value> {
    let Ok(geo) = serde_json::from_str::<Value>(text) else {
        notices.push(Problem::warning(
            "the geo metadata is not JSON; the file is read as a table",
        ));
        return None;
    };
    let version = geo
        .get("version")
        .or_else(|| geo.get("schema_version"))
        .and_then(Value::as_str)
        .unwrap_or("unknown");
    if !version.starts_with("1.0") && !version.starts_with("1.1") {
        let message = "the geo metadata is of another version than 1.0 and 1.1, and read as if it were of these";
        notices.push(Problem::notice(message).found(version));
    }
    Some(geo)
}

/// A CRS as text: by its code where it has one of EPSG or OGC, else as it is written.
pub(in crate::source) fn crs(crs: &Value) -> Option<String> {
    match crs {
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => match serde_json::from_str(text) {
            Ok(object @ Value::Object(_)) => self::crs(&object),
            _ => Some(text.clone()),
        },
        Value::Object(_) => {
            let part = |name: &str| {
                let part = crs.pointer(&format!("/id/{name}"))?;
                part.as_str()
                    .map(str::to_owned)
                    .or_else(|| Some(part.as_u64()?.to_string()))
            };
            match (part("authority"), part("code")) {
                (Some(authority), Some(code)) if ["EPSG", "OGC"].contains(&authority.as_str()) => {
                    Some(format!("{authority}:{code}"))
                }
                _ => Some(crs.to_string()),
            }
        }
        _ => None,
    }
}

fn is_spherical(edges: Option<&Value>) -> bool {
    edges
        .and_then(Value::as_str)
        .is_some_and(|edges| edges != "planar")
}

/// Paths such as `bbox.xmin`.
fn covering(entry: &Value) -> Option<[String; 4]> {
    let path = |side: &str| {
        let path = entry
            .pointer(&format!("/covering/bbox/{side}"))?
            .as_array()?;
        let steps: Option<Vec<_>> = path.iter().map(Value::as_str).collect();
        Some(steps?.join("."))
    };
    Some([path("xmin")?, path("ymin")?, path("xmax")?, path("ymax")?])
}

/// The column that holds the boxes of a geometry column.
fn box_column(column: &GeometryColumn) -> Option<&str> {
    let paths = column.covering.as_ref()?;
    let root = |path: &str| path.split_once('.').map(|(root, _)| root.len());
    let name = &paths[0][..root(&paths[0])?];
    let same = |path: &String| path.split_once('.').is_some_and(|(root, _)| root == name);
    paths.iter().all(same).then_some(name)
}

fn no_such(wanted: &str, names: &[String]) -> String {
    if names.is_empty() {
        return format!("has no geometry column \"{wanted}\"");
    }
    format!(
        "has no geometry column \"{wanted}\"; its geometry columns are {}",
        names.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_schema::DataType;

    fn schema(names: &[&str]) -> Schema {
        let field = |name: &&str| Field::new(*name, DataType::Binary, true);
        Schema::new(names.iter().map(field).collect::<Vec<_>>())
    }

    fn planned(geo: &str, wanted: Option<&str>) -> Result<Plan, String> {
        plan(
            &schema(&["id", "a", "b", "bbox"]),
            vec![],
            Some(geo),
            wanted,
        )
    }

    #[test]
    fn the_primary_column_is_the_geometry_and_its_boxes_are_no_attribute() {
        let geo = r#"{"version":"1.1.0","primary_column":"b","columns":{"b":{"encoding":"WKB","covering":{"bbox":
            {"xmin":["bbox","xmin"],"ymin":["bbox","ymin"],"xmax":["bbox","xmax"],"ymax":["bbox","ymax"]}}}}}"#;
        let plan = planned(geo, None).expect("it is right");
        let geometry = plan.geometry.expect("b");
        assert_eq!(
            (geometry.column, geometry.crs.as_deref()),
            (2, Some("OGC:CRS84"))
        );
        assert_eq!(
            geometry.covering.map(|paths| paths[3].clone()).as_deref(),
            Some("bbox.ymax")
        );
        assert_eq!(plan.attributes, [0, 1]);
        assert!(plan.notices.is_empty());
    }

    #[test]
    fn another_geometry_column_can_be_chosen_by_its_name() {
        let geo = r#"{"version":"1.0.0","primary_column":"a","columns":{"a":{"encoding":"WKB"},"b":{"encoding":"polygon","crs":null}}}"#;
        let first = planned(geo, None).expect("it is right");
        assert_eq!(first.attributes, [0, 3]);
        assert!(
            first.notices[0].message.ends_with("not read: b"),
            "{:?}",
            first.notices
        );
        let second = planned(geo, Some("b"))
            .expect("it is right")
            .geometry
            .expect("b");
        assert_eq!((second.column, second.crs.clone()), (2, None));
        assert_eq!(
            second.encoding(),
            Ok(Encoding::Native(GeometryType::Polygon, false))
        );
        let error = planned(geo, Some("c")).expect_err("there is no c");
        assert!(error.ends_with("its geometry columns are a, b"), "{error}");
    }

    #[test]
    fn old_versions_epochs_and_great_circles_are_told() {
        let geo = r#"{"version":"0.4.0","columns":{"a":{"encoding":"WKB","edges":"spherical","epoch":2020.5,"crs":"GEOGCS[]"}}}"#;
        let plan = planned(geo, None).expect("it is right");
        assert_eq!(plan.notices.len(), 3);
        assert_eq!(
            plan.geometry.and_then(|geometry| geometry.crs).as_deref(),
            Some("GEOGCS[]")
        );
        assert!(planned(r#"{"columns":{"x":{}}}"#, None).is_err());
        let nonsense = planned("{", None).expect("a table");
        assert_eq!(
            (nonsense.geometry.is_none(), nonsense.attributes.len()),
            (true, 4)
        );
    }

    #[test]
    fn a_crs_is_called_by_its_code() {
        let called = |text: &str| crs(&serde_json::from_str(text).expect("JSON"));
        assert_eq!(
            called(r#"{"type":"GeographicCRS","id":{"authority":"OGC","code":"CRS84"}}"#)
                .as_deref(),
            Some("OGC:CRS84")
        );
        assert_eq!(
            called(r#"{"id":{"authority":"EPSG","code":32719}}"#).as_deref(),
            Some("EPSG:32719")
        );
        assert_eq!(called(r#""EPSG:4326""#).as_deref(), Some("EPSG:4326"));
        assert_eq!(
            called(r#"{"name":"x"}"#).as_deref(),
            Some(r#"{"name":"x"}"#)
        );
        assert_eq!(called("null"), None);
    }

    use comarca_engine::GeometryType;
}
