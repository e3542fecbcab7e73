//! Conversion with PROJ, which is linked statically and carries its database within itself.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proj::{Area, Proj, ProjCreateError};
use rayon::prelude::*;

use super::{Crs, CrsError};

/// What PROJ knows about a CRS.
pub(super) struct Description {
    pub(super) geographic: bool,
    pub(super) metres: bool,
}

/// What PROJ knows about `definition`; `None` when it is not a horizontal CRS.
pub(super) fn describe(definition: &str) -> Option<Description> {
    let crs = made(|| Proj::new(definition)).ok()?;
    let json: serde_json::Value =
        serde_json::from_str(&crs.to_projjson(Some(false), None, None).ok()?).ok()?;
    horizontal(&json)
}

/// What PROJ knows about `definition`, as PROJJSON.
pub(super) fn projjson(definition: &str) -> Option<serde_json::Value> {
    let crs = made(|| Proj::new(definition)).ok()?;
    serde_json::from_str(&crs.to_projjson(Some(false), None, None).ok()?).ok()
}

/// The horizontal part of a PROJJSON tree.
fn horizontal(json: &serde_json::Value) -> Option<Description> {
    match json.get("type")?.as_str()? {
        "GeographicCRS" => Some(Description {
            geographic: true,
            metres: false,
        }),
        "ProjectedCRS" | "DerivedProjectedCRS" => {
            let axes = json.pointer("/coordinate_system/axis")?.as_array()?;
            let metres = axes
                .iter()
                .all(|axis| axis.get("unit").and_then(|unit| unit.as_str()) == Some("metre"));
            Some(Description {
                geographic: false,
                metres,
            })
        }
        "CompoundCRS" => horizontal(json.get("components")?.get(0)?),
        "BoundCRS" => horizontal(json.get("source_crs")?),
        _ => None,
    }
}

/// Two definitions and the area between which PROJ converts. PROJ's own objects belong to one thread each.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pair {
    from: String,
    to: String,
    area: Option<[f64; 4]>,
}

/// The pair and PROJ's stated accuracy in metres in the middle of `bounds`.
pub(super) fn pair(
    from: &Crs,
    to: &Crs,
    bounds: Option<[f64; 4]>,
) -> Result<(Pair, Option<f64>), CrsError> {
    let mut pair = Pair {
        from: from.definition.clone(),
        to: to.definition.clone(),
        area: None,
    };
    pair.area = bounds.and_then(|bounds| lonlat_area(from, bounds));
    let no_way = |why: String| CrsError::NoTransform {
        from: from.name.clone(),
        to: to.name.clone(),
        why,
    };
    let middle = bounds.map_or([0.0, 0.0], |[west, south, east, north]| {
        [f64::midpoint(west, east), f64::midpoint(south, north)]
    });
    // Where PROJ has several operations it only knows which one it takes once it has taken it.
    let accuracy_m = pair.with_proj(|proj| {
        convert_one(proj, middle);
        proj.proj_info().accuracy
    });
    let accuracy_m = Some(accuracy_m.map_err(no_way)?).filter(|accuracy_m| *accuracy_m >= 0.0);
    Ok((pair, accuracy_m))
}

/// PROJ's objects that are kept per thread.
const OPEN_MAX: usize = 8;

thread_local! {
    /// Making one takes 7 to 66 ms, and one belongs to its thread.
    static OPEN: RefCell<Vec<(Pair, Proj)>> = const { RefCell::new(vec![]) };
}

impl Pair {
    fn open(&self) -> Result<Proj, String> {
        let area = self
            .area
            .map(|[west, south, east, north]| Area::new(west, south, east, north));
        made(|| Proj::new_known_crs(&self.from, &self.to, area))
    }

    /// Converts on all threads; NaN where a position cannot be converted.
    pub(super) fn convert(&self, coordinates: &[[f64; 2]]) -> Vec<[f64; 2]> {
        coordinates
            .par_chunks(super::CHUNK)
            .flat_map_iter(|chunk| self.convert_chunk(chunk))
            .collect()
    }

    fn convert_chunk(&self, chunk: &[[f64; 2]]) -> Vec<[f64; 2]> {
        let converted = self.with_proj(|proj| {
            chunk
                .iter()
                .map(|position| convert_one(proj, *position))
                .collect()
        });
        converted.unwrap_or_else(|_| vec![NOWHERE; chunk.len()])
    }

    /// Calls `work` with this thread's object for the pair.
    fn with_proj<R>(&self, work: impl FnOnce(&Proj) -> R) -> Result<R, String> {
        OPEN.with_borrow_mut(|open| {
            let known = open.iter().position(|(pair, _)| pair == self);
            let entry = match known {
                Some(at) => open.remove(at),
                None => (self.clone(), self.open()?),
            };
            let result = work(&entry.1);
            open.truncate(OPEN_MAX - 1);
            open.insert(0, entry);
            Ok(result)
        })
    }
}

const NOWHERE: [f64; 2] = [f64::NAN, f64::NAN];

/// What PROJ makes of a definition. The crate `proj` panics where PROJ fails without giving an error number, as it does
/// for some damaged names (`urn:ogc:6ef:crs:EPSG::4326`); nothing is left half done then.
fn made(make: impl FnOnce() -> Result<Proj, ProjCreateError>) -> Result<Proj, String> {
    let made = catch_unwind(AssertUnwindSafe(make));
    made.map_or_else(
        |_| Err("PROJ gives no reason".to_owned()),
        |made| made.map_err(|error| error.to_string()),
    )
}

fn convert_one(proj: &Proj, [x, y]: [f64; 2]) -> [f64; 2] {
    let converted = if x.is_finite() && y.is_finite() {
        proj.convert((x, y)).ok()
    } else {
        None
    };
    match converted {
        Some((x, y)) if x.is_finite() && y.is_finite() => [x, y],
        _ => NOWHERE,
    }
}

/// `bounds` in longitude and latitude, as PROJ wants its area.
fn lonlat_area(from: &Crs, bounds: [f64; 4]) -> Option<[f64; 4]> {
    if from.is_geographic() {
        return Some(bounds);
    }
    let proj = Pair {
        from: from.definition.clone(),
        to: "EPSG:4326".to_owned(),
        area: None,
    }
    .open()
    .ok()?;
    proj.transform_bounds(bounds[0], bounds[1], bounds[2], bounds[3], 21)
        .ok()
        .filter(|area| area.iter().all(|edge| edge.is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crs::{Transform, pure};

    /// A grid over Chile in steps of half a degree.
    fn places() -> Vec<[f64; 2]> {
        let lat = |step: u32| -18.0 - f64::from(step) / 2.0;
        let lon = |step: u32| -73.0 + f64::from(step) / 2.0;
        (0..50)
            .flat_map(|y| (0..9).map(move |x| [lon(x), lat(y)]))
            .collect()
    }

    fn crs(text: &str) -> Crs {
        Crs::parse(text).expect(text)
    }

    /// The largest distance between what both backends make of `places`, in the unit of the target.
    fn largest_difference(from: &Crs, to: &Crs, places: &[[f64; 2]]) -> f64 {
        let (own, _) = pure::pair(from, to, None).expect("a pair without PROJ");
        let (with_proj, _) = pair(from, to, None).expect("a pair with PROJ");
        let converted = with_proj.convert(places);
        let difference = |(place, proj): (&[f64; 2], &[f64; 2])| {
            let own = one(&own, *place);
            (own[0] - proj[0]).hypot(own[1] - proj[1])
        };
        places
            .iter()
            .zip(&converted)
            .map(difference)
            .fold(0.0, f64::max)
    }

    /// One position by the way that layers take, which is the closed form where there is one.
    fn one(pair: &pure::Pair, position: [f64; 2]) -> [f64; 2] {
        let mut converted = [[f64::NAN; 2]];
        pair.convert_all(&[position], &mut converted);
        converted[0]
    }

    #[test]
    fn both_backends_agree_over_chile_to_a_micrometre() {
        // The frames of Chile are compared with themselves: PROJ goes from there to WGS 84 by way of PSAD56 or SAD69 and
        // back, which is off by up to 18 m where the areas of the two ways differ.
        let pairs = [
            ("EPSG:4326", "EPSG:32718"),
            ("EPSG:4326", "EPSG:32719"),
            ("EPSG:4326", "EPSG:31979"),
            ("EPSG:4326", "EPSG:3857"),
            ("EPSG:5360", "EPSG:5361"),
            ("EPSG:5360", "EPSG:5362"),
            ("EPSG:9153", "EPSG:9154"),
            ("EPSG:9153", "EPSG:9155"),
        ];
        for (lonlat, code) in pairs {
            let (lonlat, to) = (crs(lonlat), crs(code));
            let forward = largest_difference(&lonlat, &to, &places());
            assert!(forward < 1e-6, "{code}: {forward} m");
            let metric = Transform::new(&lonlat, &to, None)
                .expect(code)
                .convert(&places());
            let inverse_degrees = largest_difference(&to, &lonlat, &metric);
            assert!(
                inverse_degrees * 111_320.0 < 1e-6,
                "{code}: {inverse_degrees}°"
            );
        }
    }

    #[test]
    fn the_shift_of_psad56_is_the_one_proj_takes() {
        let (from, to) = (crs("EPSG:24879"), crs("EPSG:32719"));
        for (lat, lon) in [(-20.0, -69.5), (-33.5, -70.6), (-40.0, -72.0)] {
            let [x, y] = Transform::new(&Crs::lonlat(), &to, None)
                .expect("UTM")
                .convert(&[[lon, lat]])[0];
            let bounds = Some([x, y, x, y]);
            let (own, own_accuracy_m) =
                pure::pair(&from, &to, bounds).expect("a pair without PROJ");
            let (proj, accuracy_m) = pair(&from, &to, bounds).expect("a pair with PROJ");
            let (own, proj) = (one(&own, [x, y]), proj.convert(&[[x, y]])[0]);
            assert!(
                (own[0] - proj[0]).hypot(own[1] - proj[1]) < 1e-3,
                "{lat}: {own:?} is not {proj:?}"
            );
            assert_eq!(own_accuracy_m, accuracy_m, "{lat}");
        }
    }

    #[test]
    fn what_only_proj_knows_can_be_used() {
        // New York in US survey feet: cs2cs EPSG:4326 EPSG:2263, PROJ 9.6.2.
        let transform = Transform::new(&Crs::lonlat(), &crs("EPSG:2263"), None).expect("a way");
        let [x, y] = transform.convert(&[[-73.985_66, 40.748_44]])[0];
        assert!(
            (x - 988_222.0).abs() < 10.0 && (y - 211_949.0).abs() < 10.0,
            "{x} {y}"
        );
        assert_eq!(
            Crs::parse("ESRI:102033").map(|crs| crs.is_geographic()),
            Ok(false)
        );
        assert!(crate::MetricProjection::new("ESRI:102033").is_ok());
        assert!(Crs::parse("EPSG:999999").is_err());
    }

    #[test]
    fn definitions_of_every_kind_are_understood() {
        let wgs84 = Proj::new("EPSG:4326").expect("known");
        let json = wgs84.to_projjson(None, None, None).expect("PROJJSON");
        assert_eq!(crs(&json).name(), "EPSG:4326");
        let esri = "PROJCS[\"SIRGAS_2000_UTM_Zone_19S\",GEOGCS[\"GCS_SIRGAS_2000\",DATUM[\"D_SIRGAS_2000\",\
            SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]],\
            PROJECTION[\"Transverse_Mercator\"],PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",10000000.0],\
            PARAMETER[\"Central_Meridian\",-69.0],PARAMETER[\"Scale_Factor\",0.9996],PARAMETER[\"Latitude_Of_Origin\",0.0],\
            UNIT[\"Meter\",1.0]]";
        assert_eq!(crs(esri).name(), "EPSG:31979");
        let unnamed = esri.replace("SIRGAS_2000_UTM_Zone_19S", "Local");
        let place = [[345_000.0, 6_290_000.0]];
        let convert = |text: &str| {
            Transform::new(&crs(text), &Crs::lonlat(), None)
                .expect("a way")
                .convert(&place)[0]
        };
        let (named, local) = (convert(esri), convert(&unnamed));
        // PROJ knows two ways to WGS 84 from there, 0.6 m apart.
        assert!(
            (named[0] - local[0]).abs() < 1e-5 && (named[1] - local[1]).abs() < 1e-5,
            "{named:?} {local:?}"
        );
    }

    #[test]
    fn many_coordinates_come_out_as_one_by_one() {
        let (pair, _) = pair(&Crs::lonlat(), &crs("EPSG:2263"), None).expect("a pair");
        let places: Vec<_> = (0..200_000_u32)
            .map(|step| [-74.0 + f64::from(step) * 1e-6, 40.7])
            .collect();
        let all = pair.convert(&places);
        for at in [0, 65_535, 65_536, 131_072, 199_999] {
            assert_eq!(all[at], pair.convert(&places[at..=at])[0]);
        }
    }
}
