//! What the columns of a table mean, in which unit, and where the data come from: for the formats that can say so.

use comarca_engine::Source;
use comarca_engine::indicator::Standard;
use serde_json::{Map, Value, json};

/// What wrote a file.
const GENERATOR: &str = concat!("Comarca ", env!("CARGO_PKG_VERSION"));

/// What is to be known of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metadata {
    /// Name of the layer that this is about.
    pub layer: String,
    /// Title for people.
    pub title: String,
    /// Language of the titles, as a code like "es"; empty where it is not known.
    pub language: String,
    /// The columns that there is something to say of.
    pub columns: Vec<ColumnMetadata>,
    /// Where the data come from.
    pub sources: Vec<Source>,
}

/// What is to be known of a column.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnMetadata {
    /// Name of the column.
    pub name: String,
    /// Title for people.
    pub title: String,
    /// Unit of the values; empty for pure numbers and text.
    pub unit: String,
    /// Official code.
    pub code: Option<String>,
    /// How the value comes about, in one line.
    pub formula: Option<String>,
    /// How it rises through the hierarchy, as the letter of the catalogue.
    pub roll_up: Option<&'static str>,
    /// What the value should reach.
    pub standard: Option<Standard>,
}

impl Metadata {
    /// What is known of a column.
    pub fn column(&self, name: &str) -> Option<&ColumnMetadata> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Where the data come from, in one line.
    pub fn description(&self) -> String {
        let named = |source: &Source| {
            let date = source.date.as_ref().map(|date| format!(" ({date})"));
            let by = source.attribution.as_deref().unwrap_or(&source.location);
            format!("{}: {by}{}", source.id, date.unwrap_or_default())
        };
        let sources: Vec<String> = self.sources.iter().map(named).collect();
        sources.join("; ")
    }

    /// As a plain JSON object.
    pub fn to_json(&self) -> Value {
        let column = |column: &ColumnMetadata| {
            json!({
                "name": column.name,
                "title": column.title,
                "unit": column.unit,
                "code": column.code,
                "formula": column.formula,
                "roll_up": column.roll_up,
                "standard": column.standard.as_ref().map(bounds),
            })
        };
        let source = |source: &Source| {
            json!({
                "id": source.id,
                "title": source.title.in_language(&self.language),
                "source": source.location,
                "date": source.date,
                "attribution": source.attribution,
                "licence": source.licence,
                "rows": source.rows,
                "joined_to": source.joined_to,
            })
        };
        json!({
            "title": self.title,
            "language": self.language,
            "generator": GENERATOR,
            "columns": self.columns.iter().map(column).collect::<Vec<_>>(),
            "sources": self.sources.iter().map(source).collect::<Vec<_>>(),
        })
    }

    /// As the W3C's metadata of the table at `url` (CSV on the Web, *Metadata Vocabulary for Tabular Data*): the file
    /// beside a CSV that its readers look for. All columns but `key` and `name` are numbers.
    pub fn to_csvw(&self, url: &str) -> Value {
        let own = ["key", "name"].map(|name| {
            json!({ "name": name, "titles": name, "datatype": "string", "required": name == "key" })
        });
        let column = |column: &ColumnMetadata| {
            let mut known = Map::new();
            known.insert("name".into(), json!(column.name));
            known.insert("titles".into(), json!(column.name));
            known.insert("datatype".into(), json!("double"));
            known.insert("dc:title".into(), json!(column.title));
            if !column.unit.is_empty() {
                known.insert("schema:unitText".into(), json!(column.unit));
            }
            let described = [
                ("dc:description", column.formula.as_ref()),
                ("dc:identifier", column.code.as_ref()),
            ];
            for (name, text) in described {
                known.extend(text.map(|text| (name.to_owned(), json!(text))));
            }
            Value::Object(known)
        };
        let source = |source: &Source| {
            let mut known = Map::new();
            known.insert("dc:identifier".into(), json!(source.id));
            known.insert("dc:source".into(), json!(source.location));
            let told = [
                ("dc:title", source.title.in_language(&self.language)),
                ("dc:date", source.date.as_deref()),
                ("dc:publisher", source.attribution.as_deref()),
                ("dc:license", source.licence.as_deref()),
            ];
            for (name, text) in told {
                known.extend(text.map(|text| (name.to_owned(), json!(text))));
            }
            Value::Object(known)
        };
        let columns = own.into_iter().chain(self.columns.iter().map(column));
        let mut table = Map::new();
        table.insert("@context".into(), self.context());
        table.insert("url".into(), json!(url));
        table.insert("dc:title".into(), json!(self.title));
        table.insert("dc:creator".into(), json!(GENERATOR));
        let sources: Vec<Value> = self.sources.iter().map(source).collect();
        table.insert("dc:source".into(), json!(sources));
        let schema = json!({ "columns": columns.collect::<Vec<_>>(), "primaryKey": "key" });
        table.insert("tableSchema".into(), schema);
        Value::Object(table)
    }

    fn context(&self) -> Value {
        const CSVW: &str = "http://www.w3.org/ns/csvw";
        match self.language.as_str() {
            "" => json!(CSVW),
            language => json!([CSVW, { "@language": language }]),
        }
    }
}

impl ColumnMetadata {
    /// Unit and formula in one line.
    pub fn description(&self) -> String {
        let unit = Some(self.unit.as_str()).filter(|unit| !unit.is_empty());
        let parts: Vec<&str> = unit.into_iter().chain(self.formula.as_deref()).collect();
        parts.join(" · ")
    }
}

fn bounds(standard: &Standard) -> Value {
    json!({ "min": standard.min, "max": standard.max, "source": standard.source })
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::path::Path;

    use comarca_engine::{Column, Title, Value};
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use serde_json::Value as Json;

    use super::{ColumnMetadata, Metadata, Source};
    use crate::export::tests::layer;
    use crate::export::{OutputFormat, WriteOptions, write};
    use crate::load::Unwatched;

    fn metadata() -> Metadata {
        Metadata {
            layer: "layer".to_owned(),
            title: "Ciudad: Distritos".to_owned(),
            language: "es".to_owned(),
            columns: vec![ColumnMetadata {
                name: "density".to_owned(),
                title: "Densidad".to_owned(),
                unit: "persons/ha".to_owned(),
                code: Some("X_1".to_owned()),
                formula: Some("population / area_ha".to_owned()),
                roll_up: Some("R"),
                standard: None,
            }],
            sources: vec![Source {
                id: "blocks".to_owned(),
                title: Title::plain("Manzanas"),
                location: "blocks.gpkg".to_owned(),
                date: Some("2017".to_owned()),
                changed: None,
                attribution: Some("INE".to_owned()),
                licence: Some("CC-BY-4.0".to_owned()),
                rows: 7,
                joined_to: None,
            }],
        }
    }

    /// A layer of one figure, written to a file.
    fn written(path: &Path, format: OutputFormat) {
        let mut layer = layer("POINT (1 2)");
        layer.columns = vec![
            Column::new("key", [Value::Text("a")]),
            Column::new("density", [Value::Real(1.5)]),
        ];
        let options = WriteOptions {
            metadata: Some(metadata()),
            ..WriteOptions::default()
        };
        write(&[layer], path, format, &options, &Unwatched).expect("written");
    }

    #[test]
    fn a_geopackage_tells_titles_units_and_sources() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.gpkg");
        written(&path, OutputFormat::GeoPackage);
        let file = rusqlite::Connection::open(path).expect("a database");
        let one = |sql: &str| -> String { file.query_row(sql, [], |row| row.get(0)).expect(sql) };
        assert_eq!(
            one(
                "SELECT name || '|' || title || '|' || description FROM gpkg_data_columns WHERE column_name = 'density'"
            ),
            "Densidad|Densidad|persons/ha · population / area_ha"
        );
        let description = one("SELECT description FROM gpkg_contents");
        assert_eq!(description, "Ciudad: Distritos. blocks: INE (2017)");
        let text = one(
            "SELECT metadata FROM gpkg_metadata JOIN gpkg_metadata_reference ON md_file_id = id WHERE table_name = 'layer'",
        );
        let json: Json = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json, metadata().to_csvw("layer"));
        assert_eq!(
            one(
                "SELECT count(*) || '' FROM gpkg_extensions WHERE extension_name IN ('gpkg_schema', 'gpkg_metadata')"
            ),
            "4"
        );
    }

    #[test]
    fn a_flatgeobuf_tells_titles_units_and_sources() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.fgb");
        written(&path, OutputFormat::FlatGeobuf);
        let bytes = std::fs::read(path).expect("a file");
        let header = ::flatgeobuf::size_prefixed_root_as_header(&bytes[8..]).expect("a header");
        assert_eq!(header.title(), Some("Ciudad: Distritos"));
        assert_eq!(header.description(), Some("blocks: INE (2017)"));
        let json: Json = serde_json::from_str(header.metadata().expect("metadata")).expect("JSON");
        assert_eq!(json, metadata().to_json());
        let columns = header.columns().expect("columns");
        let described = |at: usize| (columns.get(at).title(), columns.get(at).description());
        assert_eq!(described(0), (None, None));
        let density = (Some("Densidad"), Some("persons/ha · population / area_ha"));
        assert_eq!(described(1), density);
    }

    #[test]
    fn a_geoparquet_tells_titles_units_and_sources() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.parquet");
        written(&path, OutputFormat::GeoParquet);
        let file = std::fs::File::open(path).expect("a file");
        let reader = SerializedFileReader::new(file).expect("a Parquet file");
        let entries = reader.metadata().file_metadata().key_value_metadata();
        let entries = entries.expect("metadata");
        let keys: Vec<_> = entries.iter().map(|entry| entry.key.as_str()).collect();
        assert_eq!(keys, ["geo", "comarca"]);
        let text = entries[1].value.as_deref().expect("a value");
        let json: Json = serde_json::from_str(text).expect("JSON");
        assert_eq!(json, metadata().to_json());
    }

    #[test]
    fn a_workbook_tells_units_at_the_head_of_the_columns() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xlsx");
        written(&path, OutputFormat::Xlsx);
        let file = std::fs::File::open(path).expect("a file");
        let mut book = zip::ZipArchive::new(file).expect("a workbook");
        let mut notes = String::new();
        let mut part = book.by_name("xl/comments1.xml").expect("notes");
        part.read_to_string(&mut notes).expect("text");
        assert!(notes.contains("ref=\"D1\""), "{notes}");
        assert!(
            notes.contains("Densidad\npersons/ha · population / area_ha"),
            "{notes}"
        );
    }

    #[test]
    fn csv_on_the_web_finds_columns_units_and_sources() {
        let table = metadata().to_csvw("out.csv");
        assert_eq!(table["url"], "out.csv");
        assert_eq!(table["@context"][1]["@language"], "es");
        let names: Vec<_> = table["tableSchema"]["columns"]
            .as_array()
            .expect("columns")
            .iter()
            .map(|column| column["name"].as_str().expect("a name"))
            .collect();
        assert_eq!(names, ["key", "name", "density"]);
        let density = &table["tableSchema"]["columns"][2];
        assert_eq!(density["schema:unitText"], "persons/ha");
        assert_eq!(density["dc:identifier"], "X_1");
        assert_eq!(table["dc:source"][0]["dc:license"], "CC-BY-4.0");
    }
}
