//! What an archive says of itself: name, place, zooms, vector layers.

use comarca_engine::tile::TileCoord;
use comarca_engine::{ColumnType, GeometryType, Layer, LonLat, Territory, WORLD_CELLS};
use serde_json::{Map, Value, json};

use super::TileCompression;
use super::part::{Part, Record};
use super::request::Plan;

/// What an archive says of itself.
#[derive(Debug)]
pub(super) struct Metadata {
    name: String,
    attribution: Option<String>,
    /// West, south, east, north in degrees.
    pub(super) bounds: [f64; 4],
    /// Lowest and highest zoom with a tile.
    pub(super) zooms: (u8, u8),
    compression: TileCompression,
    vector_layers: Value,
    tilestats: Value,
}

impl Metadata {
    /// Of the tiles of a part.
    pub(super) fn new(plan: &Plan<'_>, part: &Part) -> Self {
        let zoom = |record: Option<&Record>| {
            let coord = record.and_then(|record| TileCoord::from_curve_number(record.tile));
            coord.map_or(0, TileCoord::z)
        };
        let zooms = (zoom(part.tiles().next()), zoom(part.tiles().next_back()));
        Self {
            name: plan.territory().name().to_owned(),
            attribution: attribution(plan),
            bounds: bounds(plan),
            zooms,
            compression: plan.compression(),
            vector_layers: plan
                .layers()
                .map(|(id, layer)| vector_layer(plan, id, layer, zooms))
                .collect(),
            tilestats: tilestats(plan),
        }
    }

    /// A point in the middle, and the zoom at which the bounds fill a screen of about 1000 pixels.
    pub(super) fn center(&self) -> (f64, f64, u8) {
        let [west, south, east, north] = self.bounds;
        let world = |lon, lat| LonLat { lon, lat }.to_world();
        let (low, high) = (world(west, north), world(east, south));
        let cells = high
            .x
            .saturating_sub(low.x)
            .max(high.y.saturating_sub(low.y))
            .max(1);
        let fills = (WORLD_CELLS / f64::from(cells)).log2().floor() + 1.0;
        let zoom = (self.zooms.0..self.zooms.1).find(|zoom| f64::from(*zoom) >= fills);
        (
            f64::midpoint(west, east),
            f64::midpoint(south, north),
            zoom.unwrap_or(self.zooms.1),
        )
    }

    /// The JSON of a `PMTiles` archive (version 3, chapter 5).
    pub(super) fn document(&self) -> Value {
        let mut document = Map::new();
        document.insert("name".into(), json!(self.name));
        if let Some(attribution) = &self.attribution {
            document.insert("attribution".into(), json!(attribution));
        }
        document.insert("type".into(), json!("overlay"));
        document.insert("generator".into(), json!(generator()));
        document.insert("vector_layers".into(), self.vector_layers.clone());
        document.insert("tilestats".into(), self.tilestats.clone());
        Value::Object(document)
    }

    /// The rows of the table `metadata` of `MBTiles` 1.3, in which `json` has the vector layers.
    pub(super) fn rows(&self) -> Vec<(&'static str, String)> {
        let [west, south, east, north] = self.bounds;
        let (lon, lat, zoom) = self.center();
        let json = json!({ "vector_layers": self.vector_layers, "tilestats": self.tilestats });
        let mut rows = vec![
            ("name", self.name.clone()),
            ("format", "pbf".to_owned()),
            ("bounds", format!("{west},{south},{east},{north}")),
            ("center", format!("{lon},{lat},{zoom}")),
            ("minzoom", self.zooms.0.to_string()),
            ("maxzoom", self.zooms.1.to_string()),
            ("type", "overlay".to_owned()),
            ("version", "1".to_owned()),
            ("scheme", "tms".to_owned()),
            ("compression", self.compression.name().to_owned()),
            ("generator", generator()),
            ("json", json.to_string()),
        ];
        rows.extend(self.attribution.clone().map(|text| ("attribution", text)));
        rows
    }

    /// TileJSON 3.0, for tiles in the folder of the document.
    pub(super) fn tilejson(&self) -> Value {
        let (lon, lat, zoom) = self.center();
        let mut document = json!({
            "tilejson": "3.0.0",
            "name": self.name,
            "tiles": ["{z}/{x}/{y}.mvt"],
            "bounds": self.bounds,
            "center": [lon, lat, zoom],
            "minzoom": self.zooms.0,
            "maxzoom": self.zooms.1,
            "vector_layers": self.vector_layers,
        });
        if let Some(attribution) = &self.attribution {
            document["attribution"] = json!(attribution);
        }
        document
    }
}

fn generator() -> String {
    format!("comarca {}", env!("CARGO_PKG_VERSION"))
}

/// Who is to be named, each once: for the layers, the tables joined to them, and what indicators are computed from.
fn attribution(plan: &Plan<'_>) -> Option<String> {
    let territory = plan.territory();
    let layers: Vec<&str> = plan.layers().map(|(_, layer)| layer.id()).collect();
    let shown = |id: &str| layers.contains(&id);
    let of_layers = territory
        .sources()
        .iter()
        .filter(|source| shown(&source.id) || source.joined_to.as_deref().is_some_and(shown));
    let indicators = plan.request().indicators.iter();
    let of_indicators = indicators
        .filter_map(|id| territory.indicators().find(|indicator| indicator.id == *id))
        .flat_map(|indicator| territory.sources_of(indicator));
    let mut names: Vec<&str> = vec![];
    for name in of_layers
        .chain(of_indicators)
        .filter_map(|source| source.attribution.as_deref())
    {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(", "))
}

/// The box around all features, cut to the one that was asked for.
fn bounds(plan: &Plan<'_>) -> [f64; 4] {
    const WORLD: [f64; 4] = [-180.0, -85.051_128_779_806_6, 180.0, 85.051_128_779_806_6];
    let cut = |a: [f64; 4], b: [f64; 4]| {
        [
            a[0].max(b[0]),
            a[1].max(b[1]),
            a[2].min(b[2]),
            a[3].min(b[3]),
        ]
    };
    let around = |a: [f64; 4], b: [f64; 4]| {
        [
            a[0].min(b[0]),
            a[1].min(b[1]),
            a[2].max(b[2]),
            a[3].max(b[3]),
        ]
    };
    let all = plan
        .layers()
        .filter_map(|(_, layer)| layer.bounds())
        .reduce(around);
    let all = cut(all.unwrap_or(WORLD), WORLD);
    let asked = plan.request().bbox.map_or(all, |bbox| cut(all, bbox));
    // A tile may meet the box where no feature does.
    match asked[0] <= asked[2] && asked[1] <= asked[3] {
        true => asked,
        false => all,
    }
}

fn vector_layer(plan: &Plan<'_>, id: &str, layer: &Layer, zooms: (u8, u8)) -> Value {
    let territory = plan.territory();
    let title = territory
        .level(id)
        .map_or(layer.title(), comarca_engine::Level::title);
    let description = title.in_language(main_language(territory)).unwrap_or(id);
    let fields: Map<String, Value> = fields(plan, id, layer)
        .map(|(name, kind)| (name.to_owned(), json!(kind)))
        .collect();
    json!({ "id": id, "description": description, "fields": fields, "minzoom": zooms.0, "maxzoom": zooms.1 })
}

fn main_language(territory: &Territory) -> &str {
    territory.languages().first().map_or("", String::as_str)
}

/// What a feature carries, as the engine writes it: an indicator hides a column of its name, `key` and `name` are ours.
fn fields<'a>(
    plan: &'a Plan<'_>,
    id: &str,
    layer: &'a Layer,
) -> impl Iterator<Item = (&'a str, &'static str)> {
    let indicators = plan.indicators_of(id);
    let wanted = plan.request().properties.as_ref();
    let own = [("key", "String"), ("name", "String")];
    let columns = layer.columns().iter().filter(move |column| {
        let name = column.name();
        !matches!(name, "key" | "name")
            && !indicators.iter().any(|indicator| indicator == name)
            && wanted.is_none_or(|names| names.iter().any(|own| own == name))
    });
    let columns = columns.map(|column| (column.name(), type_name(column.column_type())));
    own.into_iter()
        .chain(columns)
        .chain(indicators.iter().map(|id| (id.as_str(), "Number")))
}

fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Bool => "Boolean",
        ColumnType::Integer | ColumnType::Real => "Number",
        ColumnType::Text => "String",
    }
}

/// Counts and types of the layers, as the extension `tilestats` has them.
fn tilestats(plan: &Plan<'_>) -> Value {
    let layer = |(id, layer): (&str, &Layer)| {
        let attributes: Vec<Value> = fields(plan, id, layer)
            .map(|(name, kind)| json!({ "attribute": name, "type": kind.to_lowercase() }))
            .collect();
        json!({
            "layer": id,
            "count": layer.len(),
            "geometry": geometry(layer),
            "attributeCount": attributes.len(),
            "attributes": attributes,
        })
    };
    let layers: Vec<Value> = plan.layers().map(layer).collect();
    json!({ "layerCount": layers.len(), "layers": layers })
}

/// The type of most features, in the words of GeoJSON.
fn geometry(layer: &Layer) -> &'static str {
    let mut types = (0..layer.len()).map(|row| layer.shapes().geometry_type(row));
    match types.find(|kind| *kind != GeometryType::None) {
        Some(GeometryType::Point) => "Point",
        Some(GeometryType::Line) => "LineString",
        _ => "Polygon",
    }
}
