//! What is known about EPSG codes without PROJ: definitions, areas, names that ESRI gives them.

/// Geographic systems whose longitudes and latitudes are those of WGS 84, with how nearly that is so in metres.
///
/// SIRGAS, the Chilean frames on it and ETRS89 are measured by satellite and coincide with WGS 84 within its own
/// accuracy of about a metre (EPSG operations 15894, 1149). PROJ does the same but for the Chilean frames, which it
/// takes through PSAD56 or SAD69 and back; that is up to 18 m off, and not followed here.
const LONLAT: [(u32, f64); 7] = [
    (4326, 0.0),
    (4979, 0.0),
    (4674, 1.0),
    (4170, 1.0),
    (5360, 1.0),
    (9153, 1.0),
    (4258, 1.0),
];

/// UTM zones on these systems: first code, first zone, last zone, south, frame.
const UTM: [(u32, u32, u32, bool, u32); 8] = [
    (32601, 1, 60, false, 4326),
    (32701, 1, 60, true, 4326),
    (31965, 11, 22, false, 4674),
    (31977, 17, 25, true, 4674),
    (5362, 18, 18, true, 5360),
    (5361, 19, 19, true, 5360),
    (9154, 18, 19, true, 9153),
    (25828, 28, 38, false, 4258),
];

/// A datum from before satellites: no shift to WGS 84 is right everywhere.
struct OldDatum {
    /// Code of its longitudes and latitudes.
    lonlat: u32,
    /// First code of its UTM zones, south, and their first and last number.
    utm: (u32, u32, u32),
    ellipsoid: &'static str,
    /// For Chile by area: most northern latitude, dx, dy, dz, accuracy in metres; from the south to the north.
    shifts: &'static [(f64, &'static str, f64)],
    /// Where the most southern of these ends.
    south: f64,
    /// For all of South America, and how far south that is for.
    mean: (&'static str, f64),
    mean_south: f64,
}

/// Source: EPSG operations 6971, 6972 and 6973 (PSAD56, Chile), 1201 (PSAD56, mean), 6974, 6975 and 6976 (SAD69, Chile),
/// 1864 (SAD69, mean).
const OLD_DATUMS: [OldDatum; 2] = [
    OldDatum {
        lonlat: 4248,
        utm: (24877, 17, 22),
        ellipsoid: "intl",
        shifts: &[
            (-36.0, "-352,403,-287", 17.0),
            (-26.0, "-328,340,-329", 17.0),
            (-17.5, "-302,272,-360", 17.0),
        ],
        south: -43.5,
        mean: ("-288,175,-376", 42.0),
        mean_south: -43.5,
    },
    OldDatum {
        lonlat: 4618,
        utm: (29187, 17, 25),
        ellipsoid: "aust_SA",
        shifts: &[
            (-36.0, "-72,10,-32", 7.0),
            (-32.0, "-64,0,-32", 4.0),
            (-17.5, "-59,-11,-52", 4.0),
        ],
        south: -43.5,
        mean: ("-57,1,-41", 19.0),
        mean_south: -45.0,
    },
];

/// Chile from west to east.
const CHILE: [f64; 2] = [-75.8, -66.8];

/// Codes that are proposed where one is not known.
const USUAL: [u32; 12] = [
    4326, 4674, 3857, 32718, 32719, 31978, 31979, 5361, 5362, 9154, 9155, 24879,
];

/// The EPSG code that a text names in one of the usual ways.
pub(super) fn in_text(text: &str) -> Option<u32> {
    let lower = text.to_ascii_lowercase();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok();
    }
    let crs84 = [
        "ogc:crs84",
        "crs84",
        "urn:ogc:def:crs:ogc:1.3:crs84",
        "urn:ogc:def:crs:ogc::crs84",
        "wgs84",
        "wgs 84",
    ];
    if crs84.contains(&lower.as_str()) || lower.ends_with("/ogc/1.3/crs84") {
        return Some(4326);
    }
    let prefixes = [
        "epsg:",
        "epsg::",
        "urn:ogc:def:crs:epsg::",
        "urn:x-ogc:def:crs:epsg:",
    ];
    let tail = prefixes
        .iter()
        .filter_map(|prefix| lower.strip_prefix(prefix))
        .next_back();
    let versioned = [
        "urn:ogc:def:crs:epsg:",
        "http://www.opengis.net/def/crs/epsg/",
        "https://www.opengis.net/def/crs/epsg/",
    ];
    let tail = tail.or_else(|| {
        let rest = versioned
            .iter()
            .find_map(|prefix| lower.strip_prefix(prefix))?;
        rest.rsplit([':', '/']).next()
    });
    let legacy = || lower.strip_prefix("http://www.opengis.net/gml/srs/epsg.xml#");
    tail.or_else(legacy)?.parse().ok()
}

/// The PROJ string of a code; `at` (longitude, latitude) decides between shifts of PSAD56.
pub(super) fn definition(code: u32, at: Option<[f64; 2]>) -> Option<String> {
    if let Some((zone, south, _)) = utm(code) {
        let south = if south { " +south" } else { "" };
        return Some(format!("+proj=utm +zone={zone}{south} {}", ellipsoid(code)));
    }
    if let Some((datum, zone)) = OldDatum::of(code) {
        let shift = format!("+ellps={} +towgs84={}", datum.ellipsoid, datum.shift(at).0);
        return Some(match zone {
            Some(zone) => format!("+proj=utm +zone={zone} +south {shift} +units=m"),
            None => format!("+proj=longlat {shift}"),
        });
    }
    match code {
        // Both spherical formulas on the ellipsoid's own longitudes and latitudes: no datum shift.
        3857 => Some("+proj=webmerc +datum=WGS84".to_owned()),
        _ if is_lonlat(Some(code)) => Some("+proj=longlat +datum=WGS84".to_owned()),
        _ => listed(code),
    }
}

/// Whether the code is of longitudes and latitudes that can pass for those of WGS 84.
pub(super) fn is_lonlat(code: Option<u32>) -> bool {
    code.is_some_and(|code| LONLAT.iter().any(|(known, _)| *known == code))
}

/// Whether the code needs no datum shift from WGS 84.
pub(super) fn is_unshifted(code: u32) -> bool {
    is_lonlat(Some(code)) || utm(code).is_some() || code == 3857
}

/// Whether the code is on a datum of South America from before satellites.
pub(super) fn is_old(code: u32) -> bool {
    OldDatum::of(code).is_some()
}

/// How nearly the frame of a code is WGS 84, in metres.
pub(super) fn frame_accuracy_m(code: Option<u32>) -> Option<f64> {
    let code = code?;
    let frame = if code == 3857 {
        4326
    } else {
        utm(code).map_or(code, |(_, _, frame)| frame)
    };
    LONLAT
        .iter()
        .find(|(known, _)| *known == frame)
        .map(|(_, accuracy_m)| *accuracy_m)
}

/// Accuracy in metres of the shift from an old datum at a place; `None` where none is published for it.
pub(super) fn shift_accuracy_m(code: u32, at: Option<[f64; 2]>) -> Option<f64> {
    OldDatum::of(code)?.0.shift(at).1
}

/// Whether a PROJ string is of degrees.
pub(super) fn is_geographic(definition: &str) -> bool {
    [
        "+proj=longlat",
        "+proj=latlong",
        "+proj=lonlat",
        "+proj=latlon",
    ]
    .iter()
    .any(|proj| definition.contains(proj))
}

/// Whether a PROJ string says how to get to WGS 84.
pub(super) fn has_datum(definition: &str) -> bool {
    ["+datum=", "+towgs84=", "+proj=webmerc"]
        .iter()
        .any(|datum| definition.contains(datum))
}

/// Where a code is to be used: west, south, east, north.
pub(super) fn area(code: u32) -> Option<[f64; 4]> {
    let zone = utm(code)
        .map(|(zone, south, _)| (zone, south))
        .or_else(|| Some((OldDatum::of(code)?.1?, true)));
    let Some((zone, south)) = zone else {
        return is_lonlat(Some(code)).then_some([-180.0, -90.0, 180.0, 90.0]);
    };
    let west = f64::from(zone) * 6.0 - 186.0;
    Some(if south {
        [west, -80.0, west + 6.0, 0.0]
    } else {
        [west, 0.0, west + 6.0, 84.0]
    })
}

/// The code of a name as ESRI writes it into .prj files, which have no codes.
pub(super) fn of_esri_name(name: &str) -> Option<u32> {
    let name = name.trim().replace(' ', "_");
    let exact = match name.as_str() {
        "GCS_WGS_1984" => 4326,
        "GCS_SIRGAS_2000" => 4674,
        "GCS_SIRGAS" => 4170,
        "GCS_ETRS_1989" => 4258,
        "GCS_Provisional_S_American_1956" => 4248,
        "GCS_South_American_1969" => 4618,
        "GCS_North_American_1983" => 4269,
        "GCS_North_American_1927" => 4267,
        "WGS_1984_Web_Mercator_Auxiliary_Sphere" | "WGS_1984_Web_Mercator" => 3857,
        "NAD_1983_StatePlane_New_York_Long_Island_FIPS_3104_Feet" => 2263,
        _ => return of_esri_utm(&name),
    };
    Some(exact)
}

/// `WGS_1984_UTM_Zone_19S` and its like.
fn of_esri_utm(name: &str) -> Option<u32> {
    let (datum, zone) = name.split_once("_UTM_Zone_")?;
    let (zone, south) = match (zone.strip_suffix('S'), zone.strip_suffix('N')) {
        (Some(zone), _) => (zone, true),
        (_, Some(zone)) => (zone, false),
        _ => return None,
    };
    let zone: u32 = zone.parse().ok()?;
    let first = match (datum, south) {
        ("PSAD_1956" | "Provisional_S_American_1956", true) => return OLD_DATUMS[0].code(zone),
        ("SAD_1969" | "South_American_1969", true) => return OLD_DATUMS[1].code(zone),
        ("WGS_1984", false) => 32601,
        ("WGS_1984", true) => 32701,
        ("SIRGAS_2000", false) => 31965,
        ("SIRGAS_2000", true) => 31977,
        ("ETRS_1989", false) => 25828,
        _ => return None,
    };
    let (_, first_zone, last_zone, ..) = UTM.iter().find(|row| row.0 == first)?;
    (*first_zone..=*last_zone)
        .contains(&zone)
        .then(|| first + zone - first_zone)
}

/// What to write instead of a code that is not known.
pub(super) fn proposal(code: u32) -> String {
    proposal_for(&format!("EPSG:{code}"))
}

/// The usual codes, those first whose digits are most like those in `text`.
pub(super) fn proposal_for(text: &str) -> String {
    const TEXT_MAX: usize = 100;
    let digits: String = text
        .chars()
        .take(TEXT_MAX)
        .filter(char::is_ascii_digit)
        .collect();
    let mut usual = USUAL.map(|code| code.to_string());
    usual.sort_by_cached_key(|code| strsim::osa_distance(&digits, code));
    let named = usual[..3].iter().map(|code| format!("EPSG:{code}"));
    format!(
        "write a code such as {}",
        named.collect::<Vec<_>>().join(", ")
    )
}

/// Zone, south and inverse flattening of a UTM code without datum shift.
pub(super) fn unshifted_utm(code: u32) -> Option<(u32, bool, f64)> {
    let (zone, south, frame) = utm(code)?;
    let inverse_flattening = match frame {
        4326 => 298.257_223_563,
        _ => 298.257_222_101,
    };
    Some((zone, south, inverse_flattening))
}

/// Zone, south and frame of a UTM code.
fn utm(code: u32) -> Option<(u32, bool, u32)> {
    UTM.iter()
        .find_map(|&(first, first_zone, last_zone, south, frame)| {
            let zone = code.checked_sub(first)? + first_zone;
            (zone <= last_zone).then_some((zone, south, frame))
        })
}

fn ellipsoid(code: u32) -> &'static str {
    match utm(code) {
        Some((_, _, 4326)) => "+datum=WGS84 +units=m",
        _ => "+ellps=GRS80 +towgs84=0,0,0 +units=m",
    }
}

impl OldDatum {
    /// The datum of a code, and its zone where it is of UTM.
    fn of(code: u32) -> Option<(&'static Self, Option<u32>)> {
        OLD_DATUMS.iter().find_map(|datum| {
            let (first, first_zone, last_zone) = datum.utm;
            let zone = code.checked_sub(first).map(|from| from + first_zone);
            match zone.filter(|zone| *zone <= last_zone) {
                Some(zone) => Some((datum, Some(zone))),
                None => (code == datum.lonlat).then_some((datum, None)),
            }
        })
    }

    /// The code of a UTM zone.
    fn code(&self, zone: u32) -> Option<u32> {
        let (first, first_zone, last_zone) = self.utm;
        (first_zone..=last_zone)
            .contains(&zone)
            .then(|| first + zone - first_zone)
    }

    /// The shift at a place, and its accuracy in metres; the mean where the place is not known or not in Chile.
    fn shift(&self, at: Option<[f64; 2]>) -> (&'static str, Option<f64>) {
        let (mean, accuracy_m) = self.mean;
        let Some([lon, lat]) = at else {
            return (mean, Some(accuracy_m));
        };
        let in_chile = (CHILE[0]..=CHILE[1]).contains(&lon) && lat >= self.south;
        let shift = self.shifts.iter().find(|(north, ..)| lat <= *north);
        match shift.filter(|_| in_chile) {
            Some((_, shift, accuracy_m)) => (shift, Some(*accuracy_m)),
            None => (mean, (lat >= self.mean_south).then_some(accuracy_m)),
        }
    }
}

/// Zone, south and frame of a UTM code, on the old datums too.
pub(super) fn utm_zone(code: u32) -> Option<(u32, bool, u32)> {
    utm(code).or_else(|| {
        let (datum, zone) = OldDatum::of(code)?;
        Some((zone?, true, datum.lonlat))
    })
}

/// The well-known text of a code as the EPSG table has it (OGC 01-009).
pub(super) fn listed_wkt(code: u32) -> Option<&'static str> {
    let found = crs_definitions::from_code(u16::try_from(code).ok()?)?;
    Some(found.wkt).filter(|text| !text.is_empty())
}

/// The definition in the table of proj4rs.
fn listed(code: u32) -> Option<String> {
    let code = u16::try_from(code).ok()?;
    crs_definitions::from_code(code)
        .map(|found| found.proj4.to_owned())
        .filter(|definition| !definition.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_every_usual_spelling() {
        for text in [
            "EPSG:32719",
            "epsg:32719",
            "urn:ogc:def:crs:EPSG::32719",
            "urn:ogc:def:crs:EPSG:9.9:32719",
            "http://www.opengis.net/def/crs/EPSG/0/32719",
            "http://www.opengis.net/gml/srs/epsg.xml#32719",
        ] {
            assert_eq!(in_text(text), Some(32719), "{text}");
        }
        assert_eq!(in_text("urn:ogc:def:crs:OGC:1.3:CRS84"), Some(4326));
        assert_eq!(in_text("ESRI:102033"), None);
        assert_eq!(in_text("EPSG:"), None);
    }

    #[test]
    fn names_of_esri_have_their_codes() {
        let names = [
            ("GCS_SIRGAS_2000", 4674),
            ("WGS_1984_UTM_Zone_19S", 32719),
            ("WGS_1984_UTM_Zone_5N", 32605),
            ("SIRGAS_2000_UTM_Zone_19S", 31979),
            ("PSAD_1956_UTM_Zone_19S", 24879),
            ("ETRS_1989_UTM_Zone_30N", 25830),
        ];
        for (name, code) in names {
            assert_eq!(of_esri_name(name), Some(code), "{name}");
        }
        assert_eq!(of_esri_name("WGS_1984_UTM_Zone_61S"), None);
    }

    #[test]
    fn every_code_of_utm_has_its_zone() {
        let zones = [
            (32719, 19),
            (31979, 19),
            (5361, 19),
            (5362, 18),
            (9154, 18),
            (9155, 19),
            (25830, 30),
        ];
        for (code, zone) in zones {
            assert_eq!(utm(code).map(|(zone, ..)| zone), Some(zone), "{code}");
        }
        assert_eq!(OldDatum::of(24879).and_then(|(_, zone)| zone), Some(19));
        assert_eq!(OldDatum::of(29188).and_then(|(_, zone)| zone), Some(18));
        assert_eq!(area(32719), Some([-72.0, -80.0, -66.0, 0.0]));
    }

    #[test]
    fn the_shift_of_an_old_datum_depends_on_the_place() {
        let shift = |code, lon, lat| OldDatum::of(code).expect("old").0.shift(Some([lon, lat]));
        assert_eq!(shift(24879, -70.0, -20.0), ("-302,272,-360", Some(17.0)));
        assert_eq!(shift(24879, -70.6, -33.5), ("-328,340,-329", Some(17.0)));
        assert_eq!(shift(4248, -73.0, -40.0), ("-352,403,-287", Some(17.0)));
        assert_eq!(shift(24879, -60.0, -10.0), ("-288,175,-376", Some(42.0)));
        assert_eq!(shift(29189, -70.0, -20.0), ("-59,-11,-52", Some(4.0)));
        assert_eq!(shift(29189, -70.6, -33.5), ("-64,0,-32", Some(4.0)));
        assert_eq!(shift(29188, -73.0, -40.0), ("-72,10,-32", Some(7.0)));
        assert_eq!(shift(4618, -60.0, -10.0), ("-57,1,-41", Some(19.0)));
        assert_eq!(shift(24879, -70.9, -53.1).1, None, "none is published");
    }

    #[test]
    fn a_misspelt_code_proposes_those_with_like_digits() {
        for text in ["EPSG:327199", "EPSG 32719", "espg:2719", "UTM 32719"] {
            let proposal = proposal_for(text);
            assert!(
                proposal.contains("such as EPSG:32719"),
                "{text}: {proposal}"
            );
        }
    }
}
