//! PROJJSON of the systems of our own table: longitudes and latitudes, UTM and Web Mercator.
//!
//! Source: PROJ, "PROJJSON"; names and numbers are EPSG's.

use serde_json::{Value, json};

use super::codes;

/// Code, name, name of the datum, and ellipsoid of the geographic systems.
const FRAMES: [(u32, &str, &str, usize); 7] = [
    (4326, "WGS 84", "World Geodetic System 1984", 0),
    (
        4674,
        "SIRGAS 2000",
        "Sistema de Referencia Geocentrico para las AmericaS 2000",
        1,
    ),
    (
        4170,
        "SIRGAS 1995",
        "Sistema de Referencia Geocentrico para America del Sur 1995",
        1,
    ),
    (
        5360,
        "SIRGAS-Chile 2002",
        "SIRGAS-Chile realization 1 epoch 2002",
        1,
    ),
    (
        9153,
        "SIRGAS-Chile 2016",
        "SIRGAS-Chile realization 4 epoch 2016",
        1,
    ),
    (
        4258,
        "ETRS89",
        "European Terrestrial Reference System 1989",
        1,
    ),
    (4248, "PSAD56", "Provisional South American Datum 1956", 2),
];

/// Name, semi-major axis in metres and inverse flattening.
const ELLIPSOIDS: [(&str, f64, f64); 3] = [
    ("WGS 84", 6_378_137.0, 298.257_223_563),
    ("GRS 1980", 6_378_137.0, 298.257_222_101),
    ("International 1924", 6_378_388.0, 297.0),
];

/// The system of an EPSG code; `None` where it is not in the table.
pub(super) fn of_code(code: u32) -> Option<Value> {
    let mut system = match (code, codes::utm_zone(code)) {
        (3857, _) => web_mercator()?,
        (_, Some((zone, south, frame))) => utm(zone, south, frame)?,
        _ => geographic(code)?,
    };
    system["id"] = id(code);
    Some(system)
}

fn geographic(code: u32) -> Option<Value> {
    let (_, name, datum, ellipsoid) = FRAMES.iter().find(|(known, ..)| *known == code)?;
    let (ellipsoid, semi_major_axis, inverse_flattening) = ELLIPSOIDS[*ellipsoid];
    Some(json!({
        "type": "GeographicCRS",
        "name": name,
        "datum": {
            "type": "GeodeticReferenceFrame",
            "name": datum,
            "ellipsoid": {
                "name": ellipsoid,
                "semi_major_axis": semi_major_axis,
                "inverse_flattening": inverse_flattening,
            },
        },
        "coordinate_system": {
            "subtype": "ellipsoidal",
            "axis": [
                axis("Geodetic latitude", "Lat", "north", "degree"),
                axis("Geodetic longitude", "Lon", "east", "degree"),
            ],
        },
        "id": id(code),
    }))
}

fn utm(zone: u32, south: bool, frame: u32) -> Option<Value> {
    let hemisphere = if south { "S" } else { "N" };
    let parameters = [
        parameter("Latitude of natural origin", 8801, 0.0, "degree"),
        parameter(
            "Longitude of natural origin",
            8802,
            f64::from(zone) * 6.0 - 183.0,
            "degree",
        ),
        parameter("Scale factor at natural origin", 8805, 0.9996, "unity"),
        parameter("False easting", 8806, 500_000.0, "metre"),
        parameter(
            "False northing",
            8807,
            if south { 10_000_000.0 } else { 0.0 },
            "metre",
        ),
    ];
    projected(
        &format!("UTM zone {zone}{hemisphere}"),
        frame,
        ("Transverse Mercator", 9807),
        &parameters,
        ["E", "N"],
    )
}

fn web_mercator() -> Option<Value> {
    let parameters = [
        parameter("Latitude of natural origin", 8801, 0.0, "degree"),
        parameter("Longitude of natural origin", 8802, 0.0, "degree"),
        parameter("False easting", 8806, 0.0, "metre"),
        parameter("False northing", 8807, 0.0, "metre"),
    ];
    let method = ("Popular Visualisation Pseudo Mercator", 1024);
    let mut system = projected(
        "Popular Visualisation Pseudo-Mercator",
        4326,
        method,
        &parameters,
        ["X", "Y"],
    )?;
    system["name"] = "WGS 84 / Pseudo-Mercator".into();
    Some(system)
}

fn projected(
    conversion: &str,
    frame: u32,
    (method, method_code): (&str, u32),
    parameters: &[Value],
    [east, north]: [&str; 2],
) -> Option<Value> {
    let mut base = geographic(frame)?;
    base.as_object_mut()?.shift_remove("type");
    let name = format!("{} / {conversion}", base["name"].as_str()?);
    Some(json!({
        "type": "ProjectedCRS",
        "name": name,
        "base_crs": base,
        "conversion": {
            "name": conversion,
            "method": { "name": method, "id": id(method_code) },
            "parameters": parameters,
        },
        "coordinate_system": {
            "subtype": "Cartesian",
            "axis": [
                axis("Easting", east, "east", "metre"),
                axis("Northing", north, "north", "metre"),
            ],
        },
    }))
}

fn parameter(name: &str, code: u32, value: f64, unit: &str) -> Value {
    json!({ "name": name, "value": value, "unit": unit, "id": id(code) })
}

fn axis(name: &str, abbreviation: &str, direction: &str, unit: &str) -> Value {
    json!({ "name": name, "abbreviation": abbreviation, "direction": direction, "unit": unit })
}

fn id(code: u32) -> Value {
    json!({ "authority": "EPSG", "code": code })
}

#[cfg(test)]
mod tests {
    use crate::Crs;

    #[test]
    fn every_system_of_our_own_reads_back_as_itself() {
        for code in [
            4326, 4674, 4170, 5360, 9153, 4258, 4248, 3857, 32719, 32619, 31979, 5361, 9154, 25830,
            24879,
        ] {
            let crs = Crs::parse(&format!("EPSG:{code}")).expect("known");
            let json = crs
                .projjson()
                .unwrap_or_else(|| panic!("EPSG:{code} has no PROJJSON"));
            assert_eq!(
                Crs::parse(&json.to_string()).as_ref().map(Crs::epsg),
                Ok(Some(code))
            );
        }
    }

    #[test]
    fn the_zone_decides_the_meridian_and_the_hemisphere_the_northing() {
        let crs = Crs::parse("EPSG:32719").expect("known");
        let json = crs.projjson().expect("in the table");
        let value = |number: usize| json["conversion"]["parameters"][number]["value"].as_f64();
        assert_eq!((value(1), value(4)), (Some(-69.0), Some(10_000_000.0)));
        assert_eq!(json["name"], "WGS 84 / UTM zone 19S");
    }
}
