//! Vector tiles as what they say.

use std::collections::BTreeMap;

use fast_mvt::{MvtReaderRef, MvtValueRef};
use serde_json::Value;

/// A feature of a tile.
#[derive(Debug)]
pub struct Feature {
    /// Its number.
    pub id: Option<u64>,
    /// Its properties.
    pub properties: BTreeMap<String, Value>,
}

impl Feature {
    /// A property that is a text.
    ///
    /// # Panics
    /// When there is no such property or it is something else.
    pub fn text(&self, name: &str) -> &str {
        self.properties
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_else(|| panic!("no text {name} in {self:?}"))
    }
}

/// The features of each layer. Every geometry is decoded too.
///
/// # Panics
/// When the bytes are not a tile, or a part of it cannot be decoded.
pub fn decode(bytes: &[u8]) -> BTreeMap<String, Vec<Feature>> {
    let tile = MvtReaderRef::new(bytes).expect("a vector tile");
    let layers = tile.layers().map(|layer| {
        let features = layer.features().map(|feature| {
            feature.geometry().expect("a geometry by the specification");
            let properties = feature
                .properties()
                .map(|property| property.expect("a property with a value"));
            Feature {
                id: feature.id(),
                properties: properties
                    .map(|(name, value)| (name.to_owned(), json(value)))
                    .collect(),
            }
        });
        (layer.name().to_owned(), features.collect())
    });
    layers.collect()
}

fn json(value: MvtValueRef) -> Value {
    match value {
        MvtValueRef::String(text) => text.into(),
        MvtValueRef::Float(number) => number.into(),
        MvtValueRef::Double(number) => number.into(),
        MvtValueRef::Int(number) | MvtValueRef::SInt(number) => number.into(),
        MvtValueRef::UInt(number) => number.into(),
        MvtValueRef::Bool(truth) => truth.into(),
        MvtValueRef::Null => Value::Null,
    }
}

/// Zoom, column and row of the tiles of `zoom` that meet a box of west, south, east, north in degrees.
pub fn cover([west, south, east, north]: [f64; 4], zoom: u8) -> Vec<(u8, u32, u32)> {
    let side = f64::from(1u32 << zoom);
    let column = |lon: f64| index((lon + 180.0) / 360.0 * side);
    let row = |lat: f64| {
        let mercator = lat.to_radians().tan().asinh() / std::f64::consts::PI;
        index((1.0 - mercator) / 2.0 * side)
    };
    let rows = row(north)..=row(south);
    rows.flat_map(|y| (column(west)..=column(east)).map(move |x| (zoom, x, y)))
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in the pyramid are small and not negative"
)]
fn index(place: f64) -> u32 {
    place.floor() as u32
}
