//! Coordinate reference systems, and the way from one to the other. The only module that knows PROJ.
//!
//! Between degrees and UTM without datum shift a closed form of ours is taken (`transverse_mercator`); the other pairs without
//! shift (Web Mercator among them) and the shifts of PSAD56 and SAD69 are computed by `proj4rs`. Neither needs start-up time, and
//! tests hold both against PROJ. Everything else is PROJ's where the feature `proj` is on, and otherwise `proj4rs`' as far as
//! its table of EPSG codes goes.

mod axes;
mod candidates;
mod codes;
#[cfg(feature = "proj")]
mod libproj;
mod metric;
mod projjson;
mod pure;
mod spelled;
mod suspicion;
mod transverse_mercator;
mod wkt;

use rayon::prelude::*;
use thiserror::Error;

pub(crate) use candidates::proposal;
pub use metric::MetricProjection;
pub use suspicion::{Suspicion, SuspicionKind, suspicious};

/// A coordinate reference system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crs {
    /// EPSG code; CRS84 counts as 4326, because x is the longitude everywhere here.
    epsg: Option<u32>,
    /// What PROJ is asked for.
    definition: String,
    name: String,
    geographic: bool,
}

/// Why a CRS cannot be used. The message says what can.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum CrsError {
    /// The text names no CRS that is known.
    #[error("the CRS {text:?} is not known; {advice}")]
    Unknown {
        /// The text, shortened.
        text: String,
        /// What to write instead.
        advice: String,
    },
    /// Areas and distances would be wrong in it.
    #[error(
        "{name} is {why}, so areas and distances would be wrong; use a metric CRS such as EPSG:32719 (UTM zone 19S)"
    )]
    NotMetric {
        /// The CRS.
        name: String,
        /// What it is instead.
        why: &'static str,
    },
    /// There is no way from one to the other.
    #[error("coordinates cannot be converted from {from} to {to}: {why}")]
    NoTransform {
        /// The CRS they are in.
        from: String,
        /// The CRS they should be in.
        to: String,
        /// The reason.
        why: String,
    },
}

impl Crs {
    /// Longitude and latitude, WGS 84.
    pub fn lonlat() -> Self {
        Self {
            epsg: Some(4326),
            definition: "EPSG:4326".to_owned(),
            name: "EPSG:4326".to_owned(),
            geographic: true,
        }
    }

    /// Reads `EPSG:32719`, `OGC:CRS84`, their URN and URL forms, WKT of any kind, PROJJSON or a PROJ string.
    ///
    /// # Errors
    /// When the text is none of these or names a CRS that is not known; the error proposes what is.
    pub fn parse(text: &str) -> Result<Self, CrsError> {
        let text = text.trim();
        if let Some(code) = codes::in_text(text) {
            return Self::from_epsg(code, text);
        }
        if text.starts_with('{') {
            return Self::from_projjson(text);
        }
        if let Some(root) = wkt::parse(text) {
            return Self::from_wkt(text, &root);
        }
        Self::from_other(text)
    }

    /// `EPSG:4674` where the code is known, else the name in the definition.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether coordinates are degrees.
    pub fn is_geographic(&self) -> bool {
        self.geographic
    }

    /// EPSG code, where it has one.
    pub fn epsg(&self) -> Option<u32> {
        self.epsg
    }

    /// Whether its authority puts latitude or northing first, as GML does with it. Elsewhere coordinates are x, y.
    pub(crate) fn is_northing_first(&self) -> bool {
        self.geographic || self.epsg.is_some_and(axes::is_northing_first)
    }

    /// Whether it is on a datum from before satellites, whose shift to WGS 84 depends on the place.
    pub fn is_on_old_datum(&self) -> bool {
        self.epsg.is_some_and(codes::is_old)
    }

    /// The longitudes and latitudes it is made for (west, south, east, north), where that follows from its code.
    pub fn area(&self) -> Option<[f64; 4]> {
        self.epsg.and_then(codes::area)
    }

    /// The CRS as PROJJSON, whole, as `GeoParquet` and others want it; `None` where neither our own table nor PROJ
    /// has what it takes.
    pub fn projjson(&self) -> Option<serde_json::Value> {
        if self.definition.starts_with('{') {
            return serde_json::from_str(&self.definition).ok();
        }
        let known = self.epsg.and_then(projjson::of_code);
        #[cfg(feature = "proj")]
        let known = known.or_else(|| libproj::projjson(&self.definition));
        known
    }

    fn from_epsg(code: u32, text: &str) -> Result<Self, CrsError> {
        let name = format!("EPSG:{code}");
        let geographic = match codes::definition(code, None) {
            Some(definition) => codes::is_geographic(&definition),
            None => Self::look_up(&name).ok_or_else(|| unknown(text, codes::proposal(code)))?,
        };
        Ok(Self {
            epsg: Some(code),
            definition: name.clone(),
            name,
            geographic,
        })
    }

    fn from_wkt(text: &str, root: &wkt::Node) -> Result<Self, CrsError> {
        let Some(geographic) = root.is_geographic() else {
            let what = format!("{} is not a geographic or projected system", root.keyword);
            return Err(unknown(text, what));
        };
        let epsg = root.epsg().or_else(|| codes::of_esri_name(&root.name));
        if epsg.is_none() && Self::look_up(text).is_none() {
            return Err(unknown(&root.name, NAME_A_CODE.to_owned()));
        }
        let name = epsg.map_or_else(|| root.name.clone(), |code| format!("EPSG:{code}"));
        Ok(Self {
            epsg,
            definition: text.to_owned(),
            name,
            geographic,
        })
    }

    fn from_projjson(text: &str) -> Result<Self, CrsError> {
        let json: serde_json::Value = serde_json::from_str(text)
            .map_err(|error| unknown(text, format!("it is not JSON: {error}")))?;
        let field = |pointer: &str| json.pointer(pointer).and_then(serde_json::Value::as_str);
        let code = json
            .pointer("/id/code")
            .and_then(|code| code.as_u64().or_else(|| code.as_str()?.parse().ok()));
        let code = code.and_then(|code| u32::try_from(code).ok());
        match (field("/id/authority"), code) {
            (Some("EPSG"), Some(code)) => return Self::from_epsg(code, text),
            (Some("OGC"), _) if field("/id/code") == Some("CRS84") => return Ok(Self::lonlat()),
            _ => {}
        }
        let geographic =
            Self::look_up(text).ok_or_else(|| unknown(text, NAME_A_CODE.to_owned()))?;
        let name = field("/name").unwrap_or("unnamed").to_owned();
        Ok(Self {
            epsg: None,
            definition: text.to_owned(),
            name,
            geographic,
        })
    }

    fn from_other(text: &str) -> Result<Self, CrsError> {
        if text.starts_with('+') && pure::projection(text).is_ok() {
            let geographic = codes::is_geographic(text);
            return Ok(Self {
                epsg: None,
                definition: text.to_owned(),
                name: text.to_owned(),
                geographic,
            });
        }
        let geographic =
            Self::look_up(text).ok_or_else(|| unknown(text, codes::proposal_for(text)))?;
        Ok(Self {
            epsg: None,
            definition: text.to_owned(),
            name: text.to_owned(),
            geographic,
        })
    }

    /// Whether what PROJ knows under `definition` is geographic; `None` where it knows nothing.
    fn look_up(definition: &str) -> Option<bool> {
        #[cfg(feature = "proj")]
        return libproj::describe(definition).map(|crs| crs.geographic);
        #[cfg(not(feature = "proj"))]
        return Some(definition).filter(|_| false).map(codes::is_geographic);
    }
}

const NAME_A_CODE: &str = "name its EPSG code in the project file";

fn unknown(text: &str, advice: String) -> CrsError {
    CrsError::Unknown {
        text: text.chars().take(80).collect(),
        advice,
    }
}

/// Converts coordinates from one CRS to another. Made once per layer; cheap to share.
#[derive(Clone, Debug)]
pub struct Transform {
    way: Way,
    accuracy_m: Option<f64>,
}

#[derive(Clone, Debug)]
enum Way {
    /// Both have the same coordinates: they stay as they are, bit by bit.
    Same,
    Pure(Box<pure::Pair>),
    #[cfg(feature = "proj")]
    Proj(libproj::Pair),
}

/// Coordinates per task.
const CHUNK: usize = 16_384;

impl Transform {
    /// The way from `from` to `to` for coordinates within `bounds` (min x, min y, max x, max y in `from`), which
    /// decide between operations where an old datum has several.
    ///
    /// # Errors
    /// When there is no way between the two.
    pub fn new(from: &Crs, to: &Crs, bounds: Option<[f64; 4]>) -> Result<Self, CrsError> {
        if from.definition == to.definition
            || (from.epsg.is_some() && from.epsg == to.epsg)
            || (codes::is_lonlat(from.epsg) && codes::is_lonlat(to.epsg))
        {
            let accuracy_m =
                codes::frame_accuracy_m(from.epsg).zip(codes::frame_accuracy_m(to.epsg));
            return Ok(Self {
                way: Way::Same,
                accuracy_m: accuracy_m.map(|(a, b)| a.max(b)),
            });
        }
        if let Some((pair, accuracy_m)) = pure::pair(from, to, bounds) {
            return Ok(Self {
                way: Way::Pure(Box::new(pair)),
                accuracy_m,
            });
        }
        #[cfg(feature = "proj")]
        return libproj::pair(from, to, bounds).map(|(pair, accuracy_m)| Self {
            way: Way::Proj(pair),
            accuracy_m,
        });
        #[cfg(not(feature = "proj"))]
        return pure::any_pair(from, to).map(|(pair, accuracy_m)| Self {
            way: Way::Pure(Box::new(pair)),
            accuracy_m,
        });
    }

    /// How far off a converted position may be in metres; `None` where nobody says.
    pub fn accuracy_m(&self) -> Option<f64> {
        self.accuracy_m
    }

    /// Whether coordinates stay as they are.
    pub fn is_identity(&self) -> bool {
        matches!(self.way, Way::Same)
    }

    /// The coordinates in the other CRS, x or longitude first; NaN where one cannot be converted. In parallel.
    pub fn convert(&self, coordinates: &[[f64; 2]]) -> Vec<[f64; 2]> {
        match &self.way {
            Way::Same => coordinates.to_vec(),
            Way::Pure(pair) => {
                let mut converted = vec![[f64::NAN; 2]; coordinates.len()];
                let chunks = converted
                    .par_chunks_mut(CHUNK)
                    .zip(coordinates.par_chunks(CHUNK));
                chunks.for_each(|(to, from)| pair.convert_all(from, to));
                converted
            }
            #[cfg(feature = "proj")]
            Way::Proj(pair) => pair.convert(coordinates),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crs_is_called_by_its_code_wherever_that_can_be_known() {
        let esri = "GEOGCS[\"GCS_SIRGAS_2000\",DATUM[\"D_SIRGAS_2000\",SPHEROID[\"GRS_1980\",6378137.0,298.257222101]],\
            PRIMEM[\"Greenwich\",0.0],UNIT[\"Degree\",0.0174532925199433]]";
        let json = r#"{"type":"GeographicCRS","name":"x","id":{"authority":"EPSG","code":4674}}"#;
        let cases = [
            ("urn:ogc:def:crs:EPSG::4674", "EPSG:4674", true),
            (" OGC:CRS84 ", "EPSG:4326", true),
            ("32719", "EPSG:32719", false),
            (esri, "EPSG:4674", true),
            (json, "EPSG:4674", true),
            (
                r#"{"id":{"authority":"OGC","code":"CRS84"}}"#,
                "EPSG:4326",
                true,
            ),
            ("EPSG:2263", "EPSG:2263", false),
        ];
        for (text, name, geographic) in cases {
            let crs = Crs::parse(text).expect(text);
            assert_eq!(
                (crs.name(), crs.is_geographic()),
                (name, geographic),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_not_known_proposes_what_is() {
        let error = Crs::parse("EPSG:32791")
            .expect_err("no such code")
            .to_string();
        assert!(error.contains("EPSG:32719"), "{error}");
        for text in [
            "",
            "nonsense",
            "{",
            "{}",
            "LOCAL_CS[\"x\"]",
            "EPSG:99999999999",
        ] {
            assert!(Crs::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn coordinates_come_out_the_same_at_any_number_of_threads() {
        let to = Crs::parse("EPSG:32719").expect("known");
        let transform = Transform::new(&Crs::lonlat(), &to, None).expect("a way");
        let places: Vec<_> = (0..50_000_u32)
            .map(|step| [-71.0 + f64::from(step) * 1e-5, -33.5])
            .collect();
        let one_by_one: Vec<_> = places
            .iter()
            .map(|place| transform.convert(&[*place])[0])
            .collect();
        assert_eq!(transform.convert(&places), one_by_one);
    }
}
