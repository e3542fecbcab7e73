//! Which format a file has: by its first bytes, then by its extension.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::problem::LoadError;

/// A format that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `GeoJSON` (RFC 7946, and the older form with a `crs` member).
    GeoJson,
    /// One `GeoJSON` feature per line.
    GeoJsonSeq,
    /// ESRI Shapefile with its .dbf, .prj and .cpg.
    Shapefile,
    /// A dBASE table by itself.
    Dbf,
    /// `FlatGeobuf`.
    FlatGeobuf,
    /// OGC `GeoPackage`.
    GeoPackage,
    /// Text with a delimiter: comma, semicolon, tab or bar.
    Csv,
}

/// First bytes of formats, those that are read and those that are only told apart.
const SIGNATURES: &[(&[u8], Result<Format, &str>)] = &[
    (b"fgb", Ok(Format::FlatGeobuf)),
    (b"SQLite format 3\0", Ok(Format::GeoPackage)),
    (b"\0\0\x27\x0a", Ok(Format::Shapefile)),
    (
        b"PK\x03\x04",
        Err("a zip archive, as spreadsheets are too; unpack it or save the sheet as CSV"),
    ),
    (
        b"PAR1",
        Err("a Parquet file; write it as FlatGeobuf or GeoPackage first"),
    ),
    (b"\x1f\x8b", Err("compressed with gzip; unpack it first")),
    (
        b"\0\0\0\x0d\x0a\x09OSMHeader",
        Err("an OpenStreetMap extract; write it as FlatGeobuf or GeoPackage first"),
    ),
    (b"%PDF", Err("a PDF document")),
];

impl Format {
    /// The name that `comarca info` prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSeq => "GeoJSONSeq",
            Self::Shapefile => "Shapefile",
            Self::Dbf => "dBASE",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoPackage => "GeoPackage",
            Self::Csv => "CSV",
        }
    }

    /// The format of the file at `path`.
    ///
    /// # Errors
    /// When the file cannot be opened or is of a format that is not read.
    pub(super) fn detect(path: &Path) -> Result<Self, LoadError> {
        let mut head = Vec::new();
        File::open(path)
            .and_then(|file| file.take(512).read_to_end(&mut head))
            .map_err(|error| super::unreadable(path, &error))?;
        let extension = path
            .extension()
            .map(|e| e.to_string_lossy().to_ascii_lowercase())
            .unwrap_or_default();
        match by_content(&head, &extension).unwrap_or_else(|| by_extension(&extension)) {
            Ok(format) => Ok(format),
            Err(what) => Err(LoadError::new(path, format!("cannot be read: {what}"))),
        }
    }
}

fn by_content(head: &[u8], extension: &str) -> Option<Result<Format, &'static str>> {
    // The index of a shapefile begins like the shapefile itself.
    let known = SIGNATURES
        .iter()
        .filter(|_| extension != "shx")
        .find(|(signature, _)| head.starts_with(signature));
    if let Some((_, format)) = known {
        return Some(*format);
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match text.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Some(Ok(Format::GeoJson)),
        Some(b'[') if matches!(extension, "json" | "geojson") => {
            Some(Err("a JSON array, not GeoJSON"))
        }
        Some(b'<') => Some(Err("XML or HTML; a download may have failed")),
        Some(0x1e) => Some(Ok(Format::GeoJsonSeq)),
        _ => None,
    }
}

fn by_extension(extension: &str) -> Result<Format, &'static str> {
    Ok(match extension {
        "geojson" | "json" => Format::GeoJson,
        "geojsonl" | "geojsons" | "geojsonseq" | "ndjson" => Format::GeoJsonSeq,
        "shp" => Format::Shapefile,
        "dbf" => Format::Dbf,
        "fgb" => Format::FlatGeobuf,
        "gpkg" => Format::GeoPackage,
        "csv" | "tsv" | "tab" | "txt" => Format::Csv,
        "shx" | "prj" | "cpg" | "qix" | "sbn" | "sbx" => {
            return Err("a part of a shapefile; name the .shp");
        }
        _ => {
            return Err(
                "the format is not known; readable are GeoJSON, GeoJSONSeq, Shapefile, dBASE, FlatGeobuf, GeoPackage and CSV",
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
        assert!(by_content(b"PK\x03\x04", "").is_some_and(|format| format.is_err()));
    }

    #[test]
    fn a_part_of_a_shapefile_points_to_the_shp() {
        assert!(by_extension("prj").is_err_and(|message| message.contains(".shp")));
        assert_eq!(by_extension("tsv"), Ok(Format::Csv));
    }
}
