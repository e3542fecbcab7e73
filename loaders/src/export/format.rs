//! Which formats are written, and how they are called.

use std::path::Path;

use super::ExportError;

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// `GeoJSON` (RFC 7946); in another CRS than WGS 84 with the `crs` member of 2008.
    GeoJson,
    /// One `GeoJSON` feature per line.
    GeoJsonSeq,
    /// `FlatGeobuf` 3 with its index.
    FlatGeobuf,
    /// OGC `GeoPackage`; holds several layers.
    GeoPackage,
    /// `GeoParquet` 1.1 with boxes, along a Hilbert curve.
    GeoParquet,
    /// ESRI Shapefile: .shp, .shx, .dbf, .prj, .cpg.
    Shapefile,
    /// Delimited text.
    Csv,
    /// Excel workbook; holds several layers, each a sheet.
    Xlsx,
}

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::GeoJson,
        Self::GeoJsonSeq,
        Self::FlatGeobuf,
        Self::GeoPackage,
        Self::GeoParquet,
        Self::Shapefile,
        Self::Csv,
        Self::Xlsx,
    ];

    /// The name that people use.
    pub fn name(self) -> &'static str {
        match self {
            Self::GeoJson => "GeoJSON",
            Self::GeoJsonSeq => "GeoJSONSeq",
            Self::FlatGeobuf => "FlatGeobuf",
            Self::GeoPackage => "GeoPackage",
            Self::GeoParquet => "GeoParquet",
            Self::Shapefile => "Shapefile",
            Self::Csv => "CSV",
            Self::Xlsx => "XLSX",
        }
    }

    /// The extensions of its files, the usual one first.
    pub fn extensions(self) -> &'static [&'static str] {
        match self {
            Self::GeoJson => &["geojson", "json"],
            Self::GeoJsonSeq => &["geojsonl", "ndjson", "geojsons", "geojsonseq"],
            Self::FlatGeobuf => &["fgb"],
            Self::GeoPackage => &["gpkg"],
            Self::GeoParquet => &["parquet", "geoparquet"],
            Self::Shapefile => &["shp"],
            Self::Csv => &["csv", "tsv"],
            Self::Xlsx => &["xlsx"],
        }
    }

    /// Whether it can be written from beginning to end, to standard output.
    pub fn streams(self) -> bool {
        matches!(self, Self::GeoJson | Self::GeoJsonSeq | Self::Csv)
    }

    /// Whether a file holds several layers.
    pub fn holds_layers(self) -> bool {
        matches!(self, Self::GeoPackage | Self::Xlsx)
    }

    /// Whether its coordinates are longitudes and latitudes unless another CRS is asked for.
    pub fn is_lonlat(self) -> bool {
        matches!(self, Self::GeoJson | Self::GeoJsonSeq)
    }

    /// The format that `text` names, by its name or an extension, in small or capital letters.
    ///
    /// # Errors
    /// When there is none; the message lists them and says which is nearest.
    pub fn named(text: &str) -> Result<Self, ExportError> {
        let wanted = text.trim().trim_start_matches('.').to_ascii_lowercase();
        let known = |format: &Self| {
            format.extensions().contains(&wanted.as_str())
                || format.name().eq_ignore_ascii_case(&wanted)
        };
        Self::ALL
            .into_iter()
            .find(known)
            .ok_or_else(|| unknown(&wanted))
    }

    /// The format of the file `path`, by its extension.
    ///
    /// # Errors
    /// As [`named`](Self::named).
    pub fn of_path(path: &Path) -> Result<Self, ExportError> {
        let extension = path.extension().unwrap_or_default();
        Self::named(&extension.to_string_lossy())
    }
}

fn unknown(wanted: &str) -> ExportError {
    let extensions = || {
        OutputFormat::ALL
            .iter()
            .flat_map(|format| format.extensions())
            .copied()
    };
    let message = match wanted {
        "" => "does not tell its format: it has no extension".to_owned(),
        "xls" | "ods" => format!(".{wanted} is read but not written; write .xlsx"),
        "dbf" => ".dbf is written with the shapefile it belongs to; write .shp or .csv".to_owned(),
        _ => match comarca_engine::nearest(wanted, extensions()) {
            Some(near) => format!("no format is called .{wanted}; did you mean .{near}?"),
            None => format!("no format is called .{wanted}"),
        },
    };
    let list: Vec<_> = OutputFormat::ALL
        .iter()
        .map(|format| format!("{} (.{})", format.name(), format.extensions()[0]))
        .collect();
    ExportError::unfit(message, format!("written are {}", list.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_found_by_its_name_or_by_an_extension() {
        for format in OutputFormat::ALL {
            assert_eq!(OutputFormat::named(format.name()).ok(), Some(format));
            for extension in format.extensions() {
                let path = Path::new("a.b").with_extension(extension.to_uppercase());
                assert_eq!(OutputFormat::of_path(&path).ok(), Some(format));
            }
        }
    }

    #[test]
    fn an_unknown_extension_lists_the_formats_and_the_nearest() {
        let message = |path: &str| {
            let error = OutputFormat::of_path(Path::new(path)).expect_err("not written");
            error.to_string()
        };
        assert!(message("a.geojso").contains("did you mean .geojson?"));
        assert!(message("a.pdf").contains("written are GeoJSON (.geojson), "));
        assert!(message("a").contains("no extension"));
    }
}
