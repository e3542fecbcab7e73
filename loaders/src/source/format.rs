//! Which format a file has: by its first bytes, then by its extension.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::{archive, tile_archive, xml};
use crate::problem::LoadError;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `GeoJSON` (RFC 7946, and the older form with a `crs` member).
    GeoJson,
    /// One `GeoJSON` feature per line.
    GeoJsonSeq,
    /// `TopoJSON`: geometries of shared arcs.
    TopoJson,
    /// JSON records: an array of objects, or one object per line.
    Json,
    /// ESRI Shapefile with its .dbf, .prj and .cpg.
    Shapefile,
    /// A dBASE table by itself.
    Dbf,
    /// `FlatGeobuf`.
    FlatGeobuf,
    /// OGC `GeoPackage`.
    GeoPackage,
    /// Keyhole Markup Language.
    Kml,
    /// A zip archive with a KML document.
    Kmz,
    /// GPS exchange format.
    Gpx,
    /// Geography Markup Language, as WFS servers give it.
    Gml,
    /// An `OpenStreetMap` extract.
    OsmPbf,
    /// A Mapbox vector tile.
    Mvt,
    /// An archive of tiles in a single file, version 3; only told about.
    PmTiles,
    /// An archive of tiles in an `SQLite` database; only told about.
    MbTiles,
    /// Apache Parquet, with or without geometries.
    Parquet,
    /// Apache Arrow's file or stream, which Feather is too.
    Arrow,
    /// Text with a delimiter: comma, semicolon, tab or bar.
    Csv,
    /// Office Open XML workbook.
    Xlsx,
    /// Excel workbook of 1997 to 2003.
    Xls,
    /// `OpenDocument` spreadsheet.
    Ods,
    /// Public transport timetables: a folder or archive of tables.
    Gtfs,
    /// Zip archive of files of any format.
    Zip,
    /// One file of any format, compressed.
    Gzip,
    /// A table or a query of a `PostgreSQL` database.
    Postgres,
}

/// First bytes of formats, those that are read and those that are only told apart.
const SIGNATURES: &[(&[u8], Result<Format, &str>)] = &[
    (b"fgb", Ok(Format::FlatGeobuf)),
    (b"SQLite format 3\0", Ok(Format::GeoPackage)),
    (b"\0\0\x27\x0a", Ok(Format::Shapefile)),
    (b"PK\x03\x04", Ok(Format::Zip)),
    (b"PK\x05\x06", Ok(Format::Zip)),
    (b"\x1f\x8b", Ok(Format::Gzip)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Ok(Format::Xls)),
    (b"PMTiles", Ok(Format::PmTiles)),
    (b"PAR1", Ok(Format::Parquet)),
    (b"ARROW1", Ok(Format::Arrow)),
    (b"\xff\xff\xff\xff", Ok(Format::Arrow)),
    (
        b"FEA1",
        Err("of the old Feather format; write it as Feather version 2"),
    ),
    (b"%PDF", Err("a PDF document")),
];

/// How much of a file is looked at; the root element of an XML document may stand behind long comments.
const HEAD_BYTES: u64 = 16 * 1024;

impl Format {
    /// The name that `comarca info` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSeq => "GeoJSONSeq",
            Self::TopoJson => "TopoJSON",
            Self::Json => "JSON",
            Self::Shapefile => "Shapefile",
            Self::Dbf => "dBASE",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoPackage => "GeoPackage",
            Self::Kml => "KML",
            Self::Kmz => "KMZ",
            Self::Gpx => "GPX",
            Self::Gml => "GML",
            Self::OsmPbf => "OSM PBF",
            Self::Mvt => "MVT",
            Self::PmTiles => "PMTiles",
            Self::MbTiles => "MBTiles",
            Self::Parquet => "Parquet",
            Self::Arrow => "Arrow",
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
            Self::Xls => "XLS",
            Self::Ods => "ODS",
            Self::Gtfs => "GTFS",
            Self::Zip => "zip",
            Self::Gzip => "gzip",
            Self::Postgres => "PostgreSQL",
        }
    }

    /// The format of the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or is of a format that is not read.
    pub(super) fn detect(path: &Path) -> Result<Self, LoadError> {
        let mut head = Vec::new();
        File::open(path)
            .and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head))
            .map_err(|error| super::unreadable(path, &error))?;
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
        let known = by_content(&head, &extension).unwrap_or_else(|| by_extension(&extension));
        let known = match known {
            Ok(Format::Zip) => archive::kind(path)?,
            Ok(Format::GeoPackage) if tile_archive::is_mbtiles(path) => Ok(Self::MbTiles),
            known => known,
        };
        match known {
            Ok(format) => Ok(format),
            Err(what) => Err(LoadError::new(path, format!("cannot be read: {what}"))),
        }
    }
}

fn by_content(head: &[u8], extension: &str) -> Option<Result<Format, &'static str>> {
    // Behind four bytes with its length a header that says its type (PBF format, "File format").
    if head.get(4..15) == Some(b"\x0a\x09OSMHeader") {
        return Some(Ok(Format::OsmPbf));
    }
    // Tiles are stored compressed or not; field 3 of a tile is a layer, and it has no other.
    let is_tile = head.starts_with(b"\x1f\x8b") || head.starts_with(b"\x1a");
    if is_tile && by_extension(extension) == Ok(Format::Mvt) {
        return Some(Ok(Format::Mvt));
    }
    // The index of a shapefile begins like the shapefile itself.
    let known = SIGNATURES
        .iter()
        .filter(|_| extension != "shx")
        .find(|(signature, _)| head.starts_with(signature));
    if let Some((_, format)) = known {
        return Some(*format);
    }
    if let Some(root) = xml::root_name(head) {
        return Some(Ok(by_root(&root)));
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        // Which kind of JSON it is turns out when it is read.
        Some(b'{') => Some(Ok(Format::GeoJson)),
        Some(b'[') if by_extension(extension) != Ok(Format::Csv) => Some(Ok(Format::Json)),
        Some(b'<') => Some(Ok(Format::Gml)),
        Some(0x1e) => Some(Ok(Format::GeoJsonSeq)),
        _ => None,
    }
}

/// The format of an XML document, by its root element. Whatever else it is, the reader of GML says what it found.
fn by_root(name: &str) -> Format {
    match name {
        "kml" => Format::Kml,
        "gpx" => Format::Gpx,
        _ => Format::Gml,
    }
}

fn by_extension(extension: &str) -> Result<Format, &'static str> {
    Ok(match extension {
        "geojson" | "json" => Format::GeoJson,
        "geojsonl" | "geojsons" | "geojsonseq" | "ndjson" | "jsonl" => Format::GeoJsonSeq,
        "topojson" => Format::TopoJson,
        "shp" => Format::Shapefile,
        "dbf" => Format::Dbf,
        "fgb" => Format::FlatGeobuf,
        "gpkg" => Format::GeoPackage,
        "kml" => Format::Kml,
        "kmz" => return Err("no KMZ archive, or one that breaks off"),
        "gpx" => Format::Gpx,
        "gml" => Format::Gml,
        // Programs write delimited text under the name of a spreadsheet.
        "csv" | "tsv" | "tab" | "txt" | "xls" | "xlsx" => Format::Csv,
        "zip" => return Err("no zip archive, or one that breaks off"),
        "ods" => return Err("no spreadsheet, or one that breaks off"),
        "mbtiles" => Format::MbTiles,
        "pmtiles" => Format::PmTiles,
        "mvt" | "pbf" => Format::Mvt,
        "parquet" | "geoparquet" | "parq" | "pq" => Format::Parquet,
        "arrow" | "arrows" | "feather" | "ipc" => Format::Arrow,
        "shx" | "prj" | "cpg" | "qix" | "sbn" | "sbx" => {
            return Err("a part of a shapefile; name the .shp");
        }
        _ => {
            return Err(
                "the format is not known; readable are GeoJSON, GeoJSONSeq, TopoJSON, JSON records, Shapefile, dBASE, FlatGeobuf, GeoPackage, GeoParquet, Parquet, Arrow, KML, KMZ, GPX, GML, OSM PBF, MVT, CSV, XLSX, XLS, ODS and GTFS, also in zip archives and gzip",
            );
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_counts_more_than_the_extension() {
        assert_eq!(
            by_content(b"\xef\xbb\xbf \n{\"type\"", ""),
            Some(Ok(Format::GeoJson))
        );
        assert_eq!(
            by_content(b"fgb\x03fgb\0", ""),
            Some(Ok(Format::FlatGeobuf))
        );
        assert_eq!(by_content(b"id;name\n", ""), None);
        assert_eq!(by_content(b"PK\x03\x04", "shp"), Some(Ok(Format::Zip)));
    }

    #[test]
    fn xml_is_told_apart_by_its_root_element() {
        let root = |text: &str| by_content(text.as_bytes(), "xml").and_then(Result::ok);
        assert_eq!(root("<?xml version='1.0'?>\n<kml/>"), Some(Format::Kml));
        assert_eq!(
            root("<!-- made by x --><gpx version='1.1'>"),
            Some(Format::Gpx)
        );
        assert_eq!(
            root("<wfs:FeatureCollection xmlns:wfs='x'>"),
            Some(Format::Gml)
        );
    }

    #[test]
    fn a_part_of_a_shapefile_points_to_the_shp() {
        assert!(by_extension("prj").is_err_and(|message| message.contains(".shp")));
        assert_eq!(by_extension("tsv"), Ok(Format::Csv));
    }
}
