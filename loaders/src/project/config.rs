//! What the project file says, as types. The JSON Schema is made from these, so their comments are written for the
//! people who write project files.
//!
//! Unknown keys are left to the check against the schema, so that a part with one can still be read and checked further.
//! Two keywords say what the check cannot see from types: `format`, what a text must be, and `x-id-of`, the section of
//! the file that a text names an entry of.

use comarca_engine::{Privacy, Title};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::demands::DemandsConfig;
use super::indicator::IndicatorConfig;
use super::siedu::{Include, SieduConfig};
use crate::source::DOWNLOAD_MAX_BYTES;

/// A territory: its layers, the levels of its hierarchy, and what is computed for them.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields, title = "Comarca project file (comarca.toml)")]
pub struct ProjectConfig {
    /// Name of the territory, as people see it.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Coordinate reference system in metres, such as "EPSG:32719": every area, length and distance is measured in it.
    #[schemars(length(min = 1, max = 4000))]
    pub crs: String,
    /// Languages of the titles, the preferred one first, as codes like "es" and "en".
    #[serde(default)]
    #[schemars(length(max = 50))]
    pub languages: Vec<String>,
    /// Layers of features, by id.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 1000))]
    pub layers: IndexMap<String, LayerConfig>,
    /// Tables of attributes without geometry, by id.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 1000))]
    pub tables: IndexMap<String, TableConfig>,
    /// The hierarchy, finest level first. Above the last stands the whole territory, level "all".
    #[schemars(length(min = 1, max = 16))]
    pub levels: Vec<LevelConfig>,
    /// A ready set of indicators to add to those below.
    pub include: Option<Include>,
    /// Which layers the ready set "siedu" is computed from.
    #[serde(default)]
    pub siedu: SieduConfig,
    /// Indicators, by id.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 1000))]
    pub indicators: IndexMap<String, IndicatorConfig>,
    /// Heat maps, by id.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 1000))]
    pub heatmaps: IndexMap<String, HeatmapConfig>,
    /// Ready-made tiles from archives, by id: they are served as they are.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 100))]
    pub tilesets: IndexMap<String, TilesetConfig>,
    /// The register of citizens' demands.
    pub demands: Option<DemandsConfig>,
    /// What is not published.
    #[serde(default)]
    pub privacy: PrivacyConfig,
    /// What sources may reach.
    #[serde(default)]
    pub access: AccessConfig,
    /// How the territory is served.
    #[serde(default)]
    pub server: ServerConfig,
}

/// What is not published: numbers of so few persons that they could be recognised, and what would give them away. It holds for
/// every output: the indicators with "persons", what is computed from them, and the columns of layers that they add up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct PrivacyConfig {
    /// The smallest number of persons above zero that is published. 0 or 1 switches privacy off; 2 is refused, since a number
    /// that is hidden could only be 1.
    #[schemars(range(min = 0, max = 1_000_000))]
    pub threshold: u32,
}

impl Default for PrivacyConfig {
    fn default() -> Self {
        Self {
            threshold: Privacy::THRESHOLD,
        }
    }
}

/// What sources may reach: files outside the project's folder, the network. Without "outside" a source or store that leaves the folder,
/// by "..", by an absolute path or through a symbolic link, is refused.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct AccessConfig {
    /// Folders whose files may be used too, relative to the project file or absolute, such as "../common".
    #[schemars(length(max = 100))]
    pub outside: Vec<String>,
    /// Most that is fetched from the network for one source, in megabytes.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub download_max_mb: u64,
}

impl Default for AccessConfig {
    fn default() -> Self {
        Self {
            outside: vec![],
            download_max_mb: DOWNLOAD_MAX_BYTES >> 20,
        }
    }
}

/// A title: one text, or one for each language as in { es = "Comunas", en = "Communes" }.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum TitleConfig {
    /// One text for all languages.
    Plain(String),
    /// A text for each language code.
    PerLanguage(#[schemars(extend("minProperties" = 1))] IndexMap<String, String>),
}

impl TitleConfig {
    /// The title as the engine keeps it.
    pub fn to_title(&self) -> Title {
        match self {
            Self::Plain(text) => Title::plain(text),
            Self::PerLanguage(texts) => Title::new(
                texts
                    .iter()
                    .map(|(language, text)| (language.clone(), text.clone()))
                    .collect(),
            ),
        }
    }
}

/// A layer of features.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LayerConfig {
    /// What people call the layer; its id when absent.
    pub title: Option<TitleConfig>,
    /// File, folder, zip archive or glob pattern, relative to the project file. A glob concatenates files of one shape.
    /// Or an address: "<postgresql://user@host/database>", "https://…", "s3://…", "gs://…", "az://…".
    #[schemars(length(min = 1, max = 4096))]
    pub source: String,
    /// When the data are of: a year, month or day as in "2017", "2017-04" and "2017-04-19", or a period as in "2013/2020".
    #[schemars(extend("format" = "date-or-period"))]
    pub date: Option<String>,
    /// Who is to be named as the source of the data.
    #[schemars(length(min = 1, max = 1000))]
    pub attribution: Option<String>,
    /// Licence of the data, such as "CC-BY-4.0".
    #[schemars(length(min = 1, max = 1000))]
    pub licence: Option<String>,
    /// Layer inside a source that has several: of a `GeoPackage`, a zip archive, a folder of shapefiles, a GTFS feed, or
    /// the sheet of a spreadsheet; the geometry column of a `GeoParquet` or Arrow file that has several; the table or view
    /// of a database, as "name", "schema.name" or "schema.name(geometry column)".
    pub table: Option<String>,
    /// Query whose rows are the features, in the place of a table of a database: one SELECT.
    #[schemars(length(min = 1, max = 100_000))]
    pub query: Option<String>,
    /// Only the features whose box meets this one: [west, south, east, north] in degrees, WGS 84.
    pub bbox: Option<[f64; 4]>,
    /// Column with the unique key of a feature: its identity in tables, addresses and tiles.
    pub key: Option<String>,
    /// Column with the name that people use.
    pub name: Option<String>,
    /// Columns to keep; all when absent.
    pub columns: Option<Vec<String>>,
    /// Columns to compute, by name, as CQL2 expressions with the functions CONCAT, LPAD, SUBSTR, UPPER, LOWER, TRIM, TEXT,
    /// NUMBER, ROUND and COALESCE: { code = "CONCAT(commune, LPAD(TEXT(district), 2, '0'))" }. They are there before where, key, name
    /// and columns are looked at,
    /// in the order of the file; one with the name of a column of the source takes its place.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 100, "additionalProperties" = {"type": "string", "format": "cql2-expression"}))]
    pub derive: IndexMap<String, String>,
    /// Which features to keep, in CQL2 text: "pop > 0 AND commune <> 'X'".
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
    /// What happens to features with a key that was there before.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// Coordinate reference system of the source, when the source does not say or says it wrong.
    pub crs: Option<String>,
    /// Whether text that was encoded twice on its way ("PEÃ‘ALOLEN") is put right ("PEÑALOLEN"). Told, not done, when absent.
    #[serde(default)]
    pub repair_text: bool,
    /// How to read a CSV source or a spreadsheet.
    pub csv: Option<CsvConfig>,
    /// What to read of an OpenStreetMap extract (.osm.pbf), whose layers are "points", "lines" and "polygons".
    pub osm: Option<OsmConfig>,
    /// How to read a JSON source that is neither `GeoJSON` nor `TopoJSON`.
    pub json: Option<JsonConfig>,
}

/// What happens to features or rows with a key that was there before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDuplicate {
    /// The layer or table is refused, with the keys.
    #[default]
    Error,
    /// The first stays.
    First,
    /// The last stays.
    Last,
}

/// How to read a CSV file or a spreadsheet. What is not said is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct CsvConfig {
    /// The character between columns: ",", ";", "|" or "\t".
    #[schemars(length(min = 1, max = 1), extend("format" = "csv-delimiter"))]
    pub delimiter: Option<String>,
    /// The character before the decimals.
    pub decimal: Option<DecimalMark>,
    /// Encoding, by its name on the web: "utf-8", "windows-1252", "iso-8859-1".
    #[schemars(extend("format" = "encoding"))]
    pub encoding: Option<String>,
    /// Column with the x coordinate or longitude.
    pub x: Option<String>,
    /// Column with the y coordinate or latitude.
    pub y: Option<String>,
    /// Coordinate reference system of x and y.
    pub crs: Option<String>,
    /// Columns to read as text whatever they look like, so that leading zeros survive.
    #[serde(default)]
    pub text: Vec<String>,
    /// Number of the line, or of the row of a spreadsheet, that names the columns, counted from 1; what stands above
    /// is left out. Without it the first line of a CSV file; in a spreadsheet it is found.
    #[schemars(range(min = 1, max = 1_048_576))]
    pub header: Option<usize>,
}

/// What to read of an OpenStreetMap extract.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct OsmConfig {
    /// Tags of which a feature must have one: "amenity=school|kindergarten", "leisure=park", "shop=*". All features with
    /// tags when empty.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub tags: Vec<String>,
    /// Keys of tags that become columns. When absent: the usual keys, those of at least one feature in a hundred, and
    /// the rest as JSON in the column `other_tags`.
    pub columns: Option<Vec<String>>,
}

/// The character before the decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum DecimalMark {
    /// As in 1.5.
    #[serde(rename = ".")]
    Point,
    /// As in 1,5.
    #[serde(rename = ",")]
    Comma,
}

/// How to read JSON records: an array of objects, or an object per line. What is not said is found out from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JsonConfig {
    /// The array of records, by the names on the way to it: "data.items". The longest array of objects when absent.
    pub records: Option<String>,
    /// Way to the x coordinate or longitude in a record: "coordenadas.lng". A name goes through all elements of an
    /// array, so that a record can have several positions; a number takes one element ("pair.0"), "*" all of them.
    pub x: Option<String>,
    /// Way to the y coordinate or latitude.
    pub y: Option<String>,
    /// What several positions of one record are. A single one is a point.
    #[serde(default)]
    pub geometry: SeveralConfig,
    /// Way to a member that is a whole geometry: `GeoJSON`, WKT, or WKB in hexadecimal digits.
    pub geometry_column: Option<String>,
    /// Coordinate reference system of the coordinates; WGS 84 when absent and they can be longitudes and latitudes.
    pub crs: Option<String>,
}

/// What several positions of one record are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SeveralConfig {
    /// A line from each to the next.
    #[default]
    Line,
    /// The ring of a polygon.
    Polygon,
    /// A multi-point.
    MultiPoint,
    /// The point at their mean.
    Mean,
}

/// A table of attributes without geometry: joined to a layer, or the names and parents of a level without a layer.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TableConfig {
    /// What people call the table; its id when absent.
    pub title: Option<TitleConfig>,
    /// File, folder, zip archive or glob pattern, relative to the project file, or an address such as
    /// "<postgresql://user@host/database>".
    #[schemars(length(min = 1, max = 4096))]
    pub source: String,
    /// When the data are of: a year, month or day as in "2017", "2017-04" and "2017-04-19", or a period as in "2013/2020".
    #[schemars(extend("format" = "date-or-period"))]
    pub date: Option<String>,
    /// Who is to be named as the source of the data.
    #[schemars(length(min = 1, max = 1000))]
    pub attribution: Option<String>,
    /// Licence of the data, such as "CC-BY-4.0".
    #[schemars(length(min = 1, max = 1000))]
    pub licence: Option<String>,
    /// Table inside a source that has several: of a `GeoPackage`, a zip archive, a folder of tables, a GTFS feed, or the
    /// sheet of a spreadsheet, or of a database.
    pub table: Option<String>,
    /// Query whose rows are the table, in the place of a table of a database: one SELECT.
    #[schemars(length(min = 1, max = 100_000))]
    pub query: Option<String>,
    /// Columns to compute, by name, as CQL2 expressions with the functions CONCAT, LPAD, SUBSTR, UPPER, LOWER, TRIM, TEXT,
    /// NUMBER, ROUND and COALESCE: { code = "CONCAT(commune, LPAD(TEXT(district), 2, '0'))" }. They are there before key, name, join
    /// and pivot are looked at,
    /// in the order of the file; one with the name of a column of the source takes its place.
    #[serde(default)]
    #[schemars(extend("maxProperties" = 100, "additionalProperties" = {"type": "string", "format": "cql2-expression"}))]
    pub derive: IndexMap<String, String>,
    /// Whether text that was encoded twice on its way ("PEÃ‘ALOLEN") is put right ("PEÑALOLEN"). Told, not done, when absent.
    #[serde(default)]
    pub repair_text: bool,
    /// How to read a CSV source or a spreadsheet.
    pub csv: Option<CsvConfig>,
    /// How to read a JSON source that is neither `GeoJSON` nor `TopoJSON`.
    pub json: Option<JsonConfig>,
    /// What happens to rows with a key that was there before; in a pivoted table, with a key and a name that were.
    #[serde(default)]
    pub on_duplicate: OnDuplicate,
    /// Column with the key of a territory, for a table that a level names as parent.
    pub key: Option<String>,
    /// Column with the name of a territory.
    pub name: Option<String>,
    /// The layer that gets the columns of this table.
    pub join: Option<JoinConfig>,
    /// Turns rows into columns before the join.
    pub pivot: Option<PivotConfig>,
}

/// Which rows of a table belong to which features of a layer.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JoinConfig {
    /// The layer that gets the columns.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column of the table that names the feature.
    pub column: String,
    /// Column of the layer with the same values; its key when absent.
    pub on: Option<String>,
}

/// From long to wide: each name becomes a column of its values.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PivotConfig {
    /// Column whose values become the names of columns.
    pub names: String,
    /// Column whose values go into them.
    pub values: String,
}

/// A level of the hierarchy.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LevelConfig {
    /// Id of the level in commands, addresses and tiles.
    pub id: String,
    /// The layer with its territories. Without one they are the unions of their children.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: Option<String>,
    /// What people call the level; its id when absent.
    pub title: Option<TitleConfig>,
    /// How a territory of this level finds the one of the next level that holds it.
    pub parent: Option<ParentConfig>,
}

/// How a territory finds its parent: { prefix = 7 }, { column = "…" }, { table = "…", column = "…" } or "within".
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ParentConfig {
    /// By place.
    Place(PlaceParent),
    /// By the key.
    Prefix(PrefixParent),
    /// By another table.
    Table(TableParent),
    /// By a column of the layer.
    Column(ColumnParent),
}

/// The parent is found by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlaceParent {
    /// The parent is the territory that holds the anchor.
    Within,
}

/// The key of the parent is the beginning of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PrefixParent {
    /// How many characters of the key are the parent's key.
    #[schemars(range(min = 1, max = 64))]
    pub prefix: usize,
}

/// The key of the parent stands in a column.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ColumnParent {
    /// Column with the parent's key: of the level's layer or, where it has none, of the layer of the level below.
    pub column: String,
}

/// The key of the parent stands in a table, in the row with the key of the territory.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TableParent {
    /// Id of the table.
    #[schemars(extend("x-id-of" = "tables"))]
    pub table: String,
    /// Column of the table with the parent's key.
    pub column: String,
}

/// A heat map: the density of features per square kilometre.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct HeatmapConfig {
    /// What people call the heat map; its id when absent.
    pub title: Option<TitleConfig>,
    /// The features that make the heat.
    pub of: WeightedConfig,
    /// How the heat of a feature falls with distance.
    #[serde(default)]
    pub kernel: KernelConfig,
    /// How far the heat of a feature reaches, in metres, or the rule that finds it from the data.
    pub bandwidth: BandwidthConfig,
    /// Who lives where, such as { layer = "blocks", weight = "pop" }, to show it per 1,000 inhabitants too.
    pub per: Option<PersonsConfig>,
    /// Whether the heat stays within the territory: what a feature near the border would lose beyond it, it keeps inside.
    #[serde(default)]
    pub edge: bool,
}

/// Who lives where.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PersonsConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column with the persons of a feature.
    pub weight: String,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
    /// No rate is shown where fewer persons live per square kilometre.
    #[serde(default = "least_per_km2")]
    #[schemars(range(min = 0.0, max = 1e6))]
    pub least_per_km2: f64,
}

fn least_per_km2() -> f64 {
    500.0
}

/// How the heat of a feature falls with distance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KernelConfig {
    /// The same everywhere within the bandwidth.
    Uniform,
    /// Straight down to zero.
    Triangular,
    /// A parabola.
    Epanechnikov,
    /// A smooth bell, zero at the bandwidth.
    #[default]
    Quartic,
    /// A narrower bell than "quartic", zero at the bandwidth.
    Triweight,
    /// The normal bell; the bandwidth is its standard deviation.
    Gaussian,
}

/// How far the heat of a feature reaches: metres, or "scott", "silverman", "`cross_validated`" or "adaptive".
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum BandwidthConfig {
    /// Metres.
    Metres(#[schemars(extend("exclusiveMinimum" = 0), range(max = 100_000.0))] f64),
    /// From the spread of the features.
    Rule(BandwidthRule),
}

/// A rule that finds the bandwidth from the spread of the features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BandwidthRule {
    /// Scott's rule.
    Scott,
    /// Silverman's rule.
    Silverman,
    /// The one under which each feature is likeliest seen from the others; takes some tenths of a second to find.
    CrossValidated,
    /// Scott's rule, smaller where features are dense and larger where they are sparse (Abramson).
    Adaptive,
}

/// Ready-made tiles, such as a base map: an archive that is served as it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TilesetConfig {
    /// What people call the tiles; what the archive calls itself when absent.
    pub title: Option<TitleConfig>,
    /// A `PMTiles` (version 3) or `MBTiles` file with vector tiles or pictures, relative to the project file.
    #[schemars(length(min = 1, max = 4096))]
    pub source: String,
    /// Who is to be named as the source of the data; whom the archive names when absent.
    #[schemars(length(min = 1, max = 1000))]
    pub attribution: Option<String>,
}

/// Features of a layer, each with a weight.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct WeightedConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column with the weight of a feature, such as its persons; 1 when absent.
    pub weight: Option<String>,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
}

/// How the territory is served.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port.
    pub listen: String,
    /// Most memory for finished tiles and pictures, in megabytes.
    #[schemars(range(min = 0, max = 65_536))]
    pub cache_mb: u64,
    /// Largest tile, in kilobytes before compression; smaller features give way to larger ones.
    #[schemars(range(min = 1, max = 102_400))]
    pub tile_max_kb: u64,
    /// Number of features that no tile passes: it shows less instead.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub tile_max_features: usize,
    /// Where people reach the server, such as `https://mapas.example/comarca`, for the links in answers. When absent,
    /// links begin as the request did.
    #[schemars(length(max = 2000))]
    pub public_url: Option<String>,
    /// Path below which everything is served, such as "/mapas"; the root when absent.
    #[schemars(length(max = 200))]
    pub base_path: String,
    /// Addresses and networks, such as "127.0.0.1" and "10.0.0.0/8", of the proxies whose Forwarded and X-Forwarded
    /// headers are believed; those of anyone else are not.
    #[schemars(length(max = 100))]
    pub trusted_proxies: Vec<String>,
    /// Certificate and key for HTTPS; plain HTTP when absent.
    pub tls: Option<TlsConfig>,
    /// Form of the log lines on standard error.
    pub log: LogFormat,
    /// Most connections at once; past it the one that has been idle longest gives its place up.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub connections_max: usize,
    /// Most tiles of low zooms that are made ready in the background after each loading; 0 for none.
    #[schemars(range(min = 0, max = 100_000))]
    pub warm_tiles: usize,
    /// Collector of OpenTelemetry, such as `http://127.0.0.1:4318`, that is sent a span for each request, by OTLP over HTTP;
    /// none when absent.
    #[schemars(length(max = 2000))]
    pub otlp: Option<String>,
    /// Seconds between SIGTERM, from which on the server says that it is not ready, and the closing of its port.
    #[schemars(range(min = 0, max = 60))]
    pub drain_delay_s: u64,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: "127.0.0.1:8080".to_owned(),
            cache_mb: 256,
            tile_max_kb: 500,
            tile_max_features: 50_000,
            public_url: None,
            base_path: String::new(),
            trusted_proxies: vec![],
            tls: None,
            log: LogFormat::Text,
            connections_max: 10_000,
            warm_tiles: 300,
            otlp: None,
            drain_delay_s: 1,
        }
    }
}

/// Files for HTTPS, relative to the project file; read again when they change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct TlsConfig {
    /// PEM file with the certificate and those between it and its root, in this order.
    #[schemars(length(min = 1, max = 4000))]
    pub certificate: String,
    /// PEM file with the private key of the certificate, not encrypted.
    #[schemars(length(min = 1, max = 4000))]
    pub key: String,
}

/// Form of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// A JSON object per line, for programs.
    Json,
}
