//! Coordinate systems as well-known text, for files that carry it.

use super::{Crs, codes};

impl Crs {
    /// The system as WKT 1 of the OGC (01-009), with its EPSG code; as the source spelt it where it has no code.
    pub fn wkt(&self) -> Option<String> {
        let Some(code) = self.epsg else {
            return Some(self.definition.clone()).filter(|text| text.contains('['));
        };
        codes::listed_wkt(code)
            .map(str::to_owned)
            .or_else(|| Some(with_authority(&esri(code)?, code)))
            .or_else(|| Some(self.definition.clone()).filter(|text| text.contains('[')))
    }

    /// The system as ESRI writes it into .prj files; where its name there is not known, as [`wkt`](Self::wkt).
    pub fn esri_wkt(&self) -> Option<String> {
        let known = self.epsg.and_then(|code| Some((code, esri(code)?)));
        known.map_or_else(
            || self.wkt(),
            |(code, text)| {
                let name = text.split('"').nth(1).unwrap_or_default();
                match codes::of_esri_name(name) {
                    Some(found) if found == code => Some(text),
                    _ => Some(with_authority(&text, code)),
                }
            },
        )
    }
}

/// A geographic system as ESRI names it: code, name, datum, ellipsoid, name of the datum in the names of UTM zones.
const FRAMES: [(u32, &str, &str, &str, &str); 8] = [
    (4326, "GCS_WGS_1984", "D_WGS_1984", WGS84, "WGS_1984"),
    (
        4674,
        "GCS_SIRGAS_2000",
        "D_SIRGAS_2000",
        GRS80,
        "SIRGAS_2000",
    ),
    (4170, "GCS_SIRGAS", "D_SIRGAS", GRS80, "SIRGAS"),
    (
        5360,
        "GCS_SIRGAS-Chile",
        "D_SIRGAS-Chile",
        GRS80,
        "SIRGAS-Chile",
    ),
    (
        9153,
        "GCS_SIRGAS-Chile_2016",
        "D_SIRGAS-Chile_2016",
        GRS80,
        "SIRGAS-Chile_2016",
    ),
    (4258, "GCS_ETRS_1989", "D_ETRS_1989", GRS80, "ETRS_1989"),
    (
        4248,
        "GCS_Provisional_S_American_1956",
        "D_Provisional_S_American_1956",
        INTERNATIONAL,
        "PSAD_1956",
    ),
    (
        4269,
        "GCS_North_American_1983",
        "D_North_American_1983",
        GRS80,
        "NAD_1983",
    ),
];
const WGS84: &str = "\"WGS_1984\",6378137.0,298.257223563";
const GRS80: &str = "\"GRS_1980\",6378137.0,298.257222101";
const INTERNATIONAL: &str = "\"International_1924\",6378388.0,297.0";

fn esri(code: u32) -> Option<String> {
    if code == 3857 {
        return Some(format!(
            "PROJCS[\"WGS_1984_Web_Mercator_Auxiliary_Sphere\",{},PROJECTION[\"Mercator_Auxiliary_Sphere\"],\
            PARAMETER[\"False_Easting\",0.0],PARAMETER[\"False_Northing\",0.0],PARAMETER[\"Central_Meridian\",0.0],\
            PARAMETER[\"Standard_Parallel_1\",0.0],PARAMETER[\"Auxiliary_Sphere_Type\",0.0],UNIT[\"Meter\",1.0]]",
            geographic(4326)?
        ));
    }
    let Some((zone, south, frame)) = codes::utm_zone(code) else {
        return geographic(code);
    };
    let datum = FRAMES.iter().find(|row| row.0 == frame)?.4;
    let (side, northing) = if south {
        ('S', "10000000.0")
    } else {
        ('N', "0.0")
    };
    let meridian = i64::from(zone) * 6 - 183;
    Some(format!(
        "PROJCS[\"{datum}_UTM_Zone_{zone}{side}\",{},PROJECTION[\"Transverse_Mercator\"],\
        PARAMETER[\"False_Easting\",500000.0],PARAMETER[\"False_Northing\",{northing}],\
        PARAMETER[\"Central_Meridian\",{meridian}.0],PARAMETER[\"Scale_Factor\",0.9996],\
        PARAMETER[\"Latitude_Of_Origin\",0.0],UNIT[\"Meter\",1.0]]",
        geographic(frame)?
    ))
}

fn geographic(code: u32) -> Option<String> {
    let (_, name, datum, ellipsoid, _) = FRAMES.iter().find(|row| row.0 == code)?;
    Some(format!(
        "GEOGCS[\"{name}\",DATUM[\"{datum}\",SPHEROID[{ellipsoid}]],PRIMEM[\"Greenwich\",0.0],\
        UNIT[\"Degree\",0.0174532925199433]]"
    ))
}

/// The code as the last member of the outermost node.
fn with_authority(wkt: &str, code: u32) -> String {
    let open = wkt.strip_suffix(']').unwrap_or(wkt);
    format!("{open},AUTHORITY[\"EPSG\",\"{code}\"]]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_written_system_is_read_as_the_same() {
        let codes = [
            4326, 4674, 4170, 4258, 4248, 4269, 5360, 9153, 3857, 32719, 32633, 31979, 31965, 5361,
            5362, 9154, 9155, 25830, 24879, 2263, 4618,
        ];
        for code in codes {
            let crs = Crs::parse(&format!("EPSG:{code}")).expect("known");
            for text in [crs.wkt(), crs.esri_wkt()] {
                let text = text.expect("spelled");
                let read = Crs::parse(&text).expect(&text);
                assert_eq!(
                    (read.epsg(), read.is_geographic()),
                    (Some(code), crs.is_geographic()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn a_zone_has_the_numbers_of_its_side() {
        let crs = Crs::parse("EPSG:32719").expect("known");
        let text = crs.esri_wkt().expect("spelled");
        assert!(text.starts_with("PROJCS[\"WGS_1984_UTM_Zone_19S\",GEOGCS[\"GCS_WGS_1984\""));
        assert!(
            text.contains("PARAMETER[\"Central_Meridian\",-69.0]"),
            "{text}"
        );
        assert!(
            text.contains("PARAMETER[\"False_Northing\",10000000.0]"),
            "{text}"
        );
    }
}
