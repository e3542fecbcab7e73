//! Faults of a coverage: where polygons of one level overlap, gaps between them, rings that are not valid.

mod geojson;

use std::sync::Arc;

use comarca_engine::{GeometryType, Layer, Level, LonLat, Metric, Territory};
use geo::orient::{Direction, Orient};
use geo::{Area, BooleanOps, Distance, Euclidean, InteriorPoint, Length, MapCoords, unary_union};
use geo_types::{Coord, Geometry, MultiPolygon, Polygon};
use rayon::prelude::*;

use crate::problem::Problem;

/// Overlaps and gaps smaller than this are rounding, in m².
const AREA_MIN_M2: f64 = 1.0;
/// What is thinner than this, as area / perimeter², is a sliver: a strip 25 times as long as wide has a hundredth.
const THINNESS_MAX: f64 = 0.01;
/// How near a territory must be to a gap to be named with it, in metres.
const BESIDE_M: f64 = 0.5;
/// How many faults are named one by one; the rest is counted.
const NAMED_MAX: usize = 3;

/// In which way a coverage is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// A hole between territories: a point there counts nowhere.
    Gap,
    /// Two territories claim one place: a point there counts for the first.
    Overlap,
    /// A gap much longer than wide: a border that was drawn twice.
    SliverGap,
    /// An overlap much longer than wide.
    SliverOverlap,
    /// A ring that crosses or touches itself.
    InvalidRing,
}

/// A place where a coverage is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// In which way.
    pub kind: FaultKind,
    /// Id of the layer.
    pub layer: String,
    /// Id of the level that the layer draws, if it draws one.
    pub level: Option<String>,
    /// Keys of the territories that overlap, lie beside the gap or have the ring.
    pub keys: Vec<String>,
    /// Size in square metres of what is an area.
    pub area_m2: Option<f64>,
    /// Row of the source, from 1, of an invalid ring.
    pub row: Option<u64>,
    /// What is wrong.
    pub message: String,
    /// Where, in longitude and latitude: an area, or the point where a ring crosses itself.
    pub geometry: Geometry<f64>,
}

/// The faults of a project, those of a level and kind together, the largest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Puts faults in order.
    pub fn new(mut faults: Vec<Fault>) -> Self {
        let size = |fault: &Fault| fault.area_m2.unwrap_or(0.0);
        faults.sort_by(|a, b| {
            let order = (&a.layer, a.kind, a.row).cmp(&(&b.layer, b.kind, b.row));
            order.then(size(b).total_cmp(&size(a)))
        });
        Self(faults)
    }

    /// All of them.
    pub fn list(&self) -> &[Fault] {
        &self.0
    }

    /// These and others.
    #[must_use]
    pub fn with(self, others: Self) -> Self {
        Self::new(self.0.into_iter().chain(others.0).collect())
    }

    /// A warning for each level and kind, with number, area and the largest. Invalid rings are not among them: they are
    /// told while loading.
    pub fn problems(&self) -> Vec<Problem> {
        let groups = self
            .0
            .chunk_by(|a, b| a.layer == b.layer && a.kind == b.kind);
        groups.filter_map(summary).collect()
    }

    /// A GeoJSON feature collection (RFC 7946) with `kind`, `layer`, `level`, `keys`, `area_m2`, `row` and `message`.
    pub fn to_geojson(&self) -> String {
        geojson::write(&self.0)
    }
}

/// Overlaps and gaps of every level that has a layer of its own.
///
/// Cost: an intersection for each pair of neighbours and a union of all, O(v log v) each, on all threads.
pub fn coverage_faults(territory: &Territory) -> Faults {
    let own = territory.levels().iter().filter(|level| {
        territory
            .layer(level.layer().id())
            .is_some_and(|layer| Arc::ptr_eq(layer, level.layer()))
    });
    Faults::new(
        own.flat_map(|level| Coverage::new(territory, level).faults())
            .collect(),
    )
}

/// The polygons of a level, in metres.
struct Coverage<'a> {
    territory: &'a Territory,
    level: &'a Level,
    layer: &'a Layer,
    polygons: Vec<MultiPolygon<f64>>,
}

impl<'a> Coverage<'a> {
    fn new(territory: &'a Territory, level: &'a Level) -> Self {
        let layer = level.layer();
        let rows = (0..layer.len()).into_par_iter();
        let polygons = rows.map(|row| metric_polygon(layer, row)).collect();
        Self {
            territory,
            level,
            layer,
            polygons,
        }
    }

    fn faults(&self) -> Vec<Fault> {
        let overlaps = (0..self.layer.len())
            .into_par_iter()
            .flat_map_iter(|row| self.overlaps(row));
        let mut faults: Vec<Fault> = overlaps.collect();
        let holes: Vec<Polygon<f64>> = unary_union(&self.polygons)
            .iter()
            .flat_map(|polygon| polygon.interiors().to_vec())
            .map(|ring| Polygon::new(ring, vec![]))
            .filter(|hole| hole.unsigned_area() > AREA_MIN_M2)
            .collect();
        faults.par_extend(holes.into_par_iter().map(|hole| self.gap(hole)));
        faults
    }

    /// What a polygon has in common with those after it.
    fn overlaps(&self, row: usize) -> Vec<Fault> {
        let others = self
            .near(&self.polygons[row], 0.0)
            .into_iter()
            .filter(|other| *other > row);
        let overlap = |other: usize| {
            let common = self.polygons[row].intersection(&self.polygons[other]);
            (common.unsigned_area() > AREA_MIN_M2).then(|| {
                let keys = [row, other].map(|row| self.layer.key(row).to_owned());
                let kind = if common.iter().all(is_sliver) {
                    FaultKind::SliverOverlap
                } else {
                    FaultKind::Overlap
                };
                self.fault(kind, keys.to_vec(), &common)
            })
        };
        others.filter_map(overlap).collect()
    }

    fn gap(&self, hole: Polygon<f64>) -> Fault {
        let kind = if is_sliver(&hole) {
            FaultKind::SliverGap
        } else {
            FaultKind::Gap
        };
        let hole = MultiPolygon(vec![hole]);
        let beside = self.near(&hole, BESIDE_M).into_iter();
        let beside =
            beside.filter(|row| Euclidean.distance(&self.polygons[*row], &hole) <= BESIDE_M);
        let keys = beside.map(|row| self.layer.key(row).to_owned()).collect();
        self.fault(kind, keys, &hole)
    }

    fn fault(&self, kind: FaultKind, keys: Vec<String>, area: &MultiPolygon<f64>) -> Fault {
        let area_m2 = area.unsigned_area();
        let degrees = area.map_coords(|at| {
            let metric = Metric {
                x_m: at.x,
                y_m: at.y,
            };
            let LonLat { lon, lat } = self.territory.projection().to_lonlat(&[metric])[0];
            Coord { x: lon, y: lat }
        });
        Fault {
            kind,
            layer: self.layer.id().to_owned(),
            level: Some(self.level.id().to_owned()),
            message: format!("{} {area_m2:.0} m²: {}", kind.word(), keys.join(", ")),
            keys,
            area_m2: Some(area_m2),
            row: None,
            geometry: single(degrees),
        }
    }

    /// Rows with a box within `margin_m` of that of `polygon`, in order.
    fn near(&self, polygon: &MultiPolygon<f64>, margin_m: f64) -> Vec<usize> {
        let mut rows = vec![];
        if let Some(rect) = geo::BoundingRect::bounding_rect(polygon) {
            let (low, high) = (rect.min(), rect.max());
            let window = [
                low.x - margin_m,
                low.y - margin_m,
                high.x + margin_m,
                high.y + margin_m,
            ];
            self.layer
                .metric_index()
                .search(window, |row| rows.push(row));
        }
        rows.sort_unstable();
        rows
    }
}

impl FaultKind {
    /// As it is called in `--faults`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Gap => "gap",
            Self::Overlap => "overlap",
            Self::SliverGap => "sliver_gap",
            Self::SliverOverlap => "sliver_overlap",
            Self::InvalidRing => "invalid_ring",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Gap => "gap of",
            Self::Overlap => "overlap of",
            Self::SliverGap => "sliver, a gap of",
            Self::SliverOverlap => "sliver, an overlap of",
            Self::InvalidRing => "invalid ring",
        }
    }

    /// What to say of one, of several, and what follows from them.
    fn said(self) -> Option<[&'static str; 3]> {
        Some(match self {
            Self::Gap => [
                "gap lies between polygons",
                "gaps lie between polygons",
                "a point there counts nowhere",
            ],
            Self::Overlap => [
                "pair of polygons overlaps",
                "pairs of polygons overlap",
                "a point there counts for the first of the two only",
            ],
            Self::SliverGap => [
                "sliver lies open between polygons",
                "slivers lie open between polygons",
                "the border was drawn twice; a point there counts nowhere",
            ],
            Self::SliverOverlap => [
                "pair of polygons overlaps in slivers",
                "pairs of polygons overlap in slivers",
                "the border was drawn twice; a point there counts for the first of the two only",
            ],
            Self::InvalidRing => return None,
        })
    }
}

/// A line about faults of one layer and kind, of which the largest comes first.
fn summary(faults: &[Fault]) -> Option<Problem> {
    let first = faults.first()?;
    let [one, several, advice] = first.kind.said()?;
    let total_m2: f64 = faults.iter().filter_map(|fault| fault.area_m2).sum();
    let described = |fault: &Fault| {
        let keys = match fault.keys.as_slice() {
            [] => String::new(),
            [first, second, third, _, ..] => format!("{first}, {second}, {third} and others: "),
            keys => format!("{}: ", keys.join(" and ")),
        };
        let place = fault.geometry.interior_point().map_or(String::new(), |at| {
            format!(" at {:.5}, {:.5}", at.x(), at.y())
        });
        format!("{keys}{:.0} m²{place}", fault.area_m2.unwrap_or(0.0))
    };
    let largest: Vec<String> = faults.iter().take(NAMED_MAX).map(described).collect();
    let what = if faults.len() == 1 { one } else { several };
    let message = format!(
        "{} {what}, {total_m2:.0} m² in all; the largest: {}",
        faults.len(),
        largest.join("; ")
    );
    Some(
        Problem::warning(message)
            .in_layer(&first.layer)
            .advice(advice),
    )
}

fn is_sliver(polygon: &Polygon<f64>) -> bool {
    let rings = [polygon.exterior()].into_iter().chain(polygon.interiors());
    let perimeter_m: f64 = rings.map(|ring| Euclidean.length(ring)).sum();
    polygon.unsigned_area() < THINNESS_MAX * perimeter_m * perimeter_m
}

/// A polygon where it is only one.
fn single(mut polygons: MultiPolygon<f64>) -> Geometry<f64> {
    match (polygons.0.len(), polygons.0.pop()) {
        (1, Some(only)) => Geometry::Polygon(only),
        (_, last) => {
            polygons.0.extend(last);
            Geometry::MultiPolygon(polygons)
        }
    }
}

/// The polygon in metres, exteriors counter-clockwise: a union leaves out polygons that run against the first.
fn metric_polygon(layer: &Layer, row: usize) -> MultiPolygon<f64> {
    if layer.shapes().geometry_type(row) != GeometryType::Polygon {
        return MultiPolygon(vec![]);
    }
    let at = |at: usize| Coord {
        x: layer.metric()[at].x_m,
        y: layer.metric()[at].y_m,
    };
    layer
        .shapes()
        .multi_polygon(row, at)
        .orient(Direction::Default)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::Project;

    /// Four districts, one of which runs the other way round, around a gap of about 10 × 10 m, two of which overlap by a strip of 1 m.
    const DISTRICTS: &str = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:32719"}},"features":[
{"type":"Feature","properties":{"code":"W"},"geometry":{"type":"Polygon","coordinates":[[[340000,6290000],[340000,6290100],[340100,6290100],[340100,6290000],[340000,6290000]]]}},
{"type":"Feature","properties":{"code":"E"},"geometry":{"type":"Polygon","coordinates":[[[340110,6290000],[340200,6290000],[340200,6290100],[340110,6290100],[340110,6290000]]]}},
{"type":"Feature","properties":{"code":"S"},"geometry":{"type":"Polygon","coordinates":[[[340000,6289900],[340200,6289900],[340200,6290001],[340000,6290001],[340000,6289900]]]}},
{"type":"Feature","properties":{"code":"N"},"geometry":{"type":"Polygon","coordinates":[[[340000,6290011],[340200,6290011],[340200,6290200],[340000,6290200],[340000,6290011]]]}}
]}"#;

    fn faults(districts: &str) -> Faults {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("d.geojson"), districts).expect("a file");
        let text = "name = \"T\"\ncrs = \"EPSG:32719\"\nlevels = [{ id = \"districts\", layer = \"d\" }]\n\
                    [layers.d]\nsource = \"d.geojson\"\nkey = \"code\"\n";
        let project = Project::parse(&folder.path().join("comarca.toml"), text.to_owned())
            .expect("a project");
        let checked = project.check(&crate::Unwatched).expect("no errors");
        checked.faults.with(coverage_faults(&checked.territory))
    }

    fn of_kind(faults: &Faults, kind: FaultKind) -> Vec<&Fault> {
        faults
            .list()
            .iter()
            .filter(|fault| fault.kind == kind)
            .collect()
    }

    #[test]
    fn gaps_overlaps_and_slivers_are_told_apart_with_area_and_neighbours() {
        let faults = faults(DISTRICTS);
        let gaps = of_kind(&faults, FaultKind::Gap);
        assert_eq!(gaps.len(), 1, "{faults:?}");
        assert!(
            (gaps[0].area_m2.expect("an area") - 100.0).abs() < 0.01,
            "{gaps:?}"
        );
        assert_eq!(gaps[0].keys, ["W", "E", "S", "N"]);
        let strips = of_kind(&faults, FaultKind::SliverOverlap);
        let keys: Vec<_> = strips.iter().map(|strip| strip.keys.join("+")).collect();
        assert_eq!(keys, ["W+S", "E+S"]);
        assert!(
            (strips[0].area_m2.expect("an area") - 100.0).abs() < 0.01,
            "{strips:?}"
        );
        let overlaps: Vec<_> = of_kind(&faults, FaultKind::Overlap)
            .iter()
            .map(|fault| fault.keys.join("+"))
            .collect();
        assert_eq!(overlaps, ["W+N", "E+N"], "89 m of 100 are in common");
        let lines: Vec<String> = faults.problems().iter().map(ToString::to_string).collect();
        assert_eq!(lines.len(), 3);
        assert!(lines[0].starts_with("layer \"d\": 1 gap lies between polygons, 100 m² in all; the largest: W, E, S and others: 100 m² at -70.7"), "{lines:#?}");
    }

    #[test]
    fn faults_are_written_as_a_layer_that_can_be_read_again() {
        let bow = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"code":"B"},"geometry":
            {"type":"Polygon","coordinates":[[[-70.70,-33.50],[-70.68,-33.48],[-70.68,-33.50],[-70.70,-33.48],[-70.70,-33.50]]]}}]}"#;
        let json: serde_json::Value =
            serde_json::from_str(&faults(bow).to_geojson()).expect("JSON");
        let ring = &json["features"][0];
        assert_eq!(ring["properties"]["kind"], "invalid_ring");
        assert_eq!(
            (&ring["properties"]["row"], &ring["properties"]["level"]),
            (&1.into(), &"districts".into())
        );
        assert_eq!(ring["geometry"]["type"], "Point");
        assert!(
            (ring["geometry"]["coordinates"][0].as_f64().expect("x") + 70.69).abs() < 1e-9,
            "{ring}"
        );
        assert_eq!(
            Faults::default().to_geojson(),
            "{\"type\":\"FeatureCollection\",\"features\":[]}\n"
        );
    }
}
