//! The real communes that the city stands on.

use geo_types::Coord;
use serde_json::Value;

use crate::Error;
use crate::crs::Projection;
use crate::plane::area;

/// Outlines, codes and names: see the README of the data folder for their source.
const OUTLINES: &str = include_str!("../outlines.geojson");

/// Residents by commune. Source: INE, Census 2017, published totals.
const PERSONS: [(&str, u64); 7] = [
    ("13105", 162_505),
    ("13109", 90_119),
    ("13111", 116_571),
    ("13116", 98_804),
    ("13121", 101_174),
    ("13129", 94_492),
    ("13131", 82_900),
];

/// A commune as published.
#[derive(Clone, Debug)]
pub(crate) struct Commune {
    /// Official code (CUT), 5 characters.
    pub(crate) cut: String,
    pub(crate) name: String,
    pub(crate) persons: u64,
    /// Corners in metres, counter-clockwise, open. Shared corners are equal.
    pub(crate) ring: Vec<Coord>,
}

/// The seven communes, by code.
pub(crate) fn communes() -> Result<Vec<Commune>, Error> {
    let file: Value =
        serde_json::from_str(OUTLINES).map_err(|error| Error::Outline(error.to_string()))?;
    let features = file["features"]
        .as_array()
        .ok_or_else(|| missing("features"))?;
    let projection = Projection::new()?;
    features
        .iter()
        .map(|feature| commune(feature, &projection))
        .collect()
}

fn commune(feature: &Value, projection: &Projection) -> Result<Commune, Error> {
    let text = |name: &str| {
        feature["properties"][name]
            .as_str()
            .map(str::to_owned)
            .ok_or_else(|| missing(name))
    };
    let cut = text("cut")?;
    let persons = PERSONS
        .iter()
        .find(|(code, _)| *code == cut)
        .map(|(_, persons)| *persons);
    let ring = feature["geometry"]["coordinates"][0]
        .as_array()
        .ok_or_else(|| missing("coordinates"))?;
    let mut ring = ring
        .iter()
        .map(|pair| corner(pair, projection))
        .collect::<Result<Vec<_>, _>>()?;
    ring.pop();
    if area(&ring) < 0.0 {
        ring.reverse();
    }
    Ok(Commune {
        persons: persons.ok_or_else(|| missing(&cut))?,
        cut,
        name: text("nombre")?,
        ring,
    })
}

fn corner(pair: &Value, projection: &Projection) -> Result<Coord, Error> {
    match (pair[0].as_f64(), pair[1].as_f64()) {
        (Some(x), Some(y)) => projection.metres(Coord { x, y }),
        _ => Err(missing("coordinates")),
    }
}

fn missing(what: &str) -> Error {
    Error::Outline(format!("`{what}` is missing"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_seven_communes_of_746_565_persons() {
        let communes = communes().expect("the outlines are readable");
        assert_eq!(communes.len(), 7);
        assert_eq!(communes.iter().map(|c| c.persons).sum::<u64>(), 746_565);
        assert!(
            communes
                .iter()
                .all(|c| (6e6..15e6).contains(&area(&c.ring)))
        );
    }
}
