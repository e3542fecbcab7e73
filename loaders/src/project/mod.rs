//! The project file, `comarca.toml`: one file that describes a territory.

mod config;
mod cycle;
mod demands;
mod document;
mod draft;
mod error;
mod indicator;
mod rules;
mod schema;
mod server;
mod siedu;
mod structure;
#[cfg(test)]
mod tests;
mod values;

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use comarca_engine::FilterError;

pub use config::{
    AccessConfig, BandwidthConfig, BandwidthRule, ColumnParent, CsvConfig, DecimalMark,
    HeatmapConfig, JoinConfig, JsonConfig, KernelConfig, LayerConfig, LevelConfig, LogFormat,
    OnDuplicate, OsmConfig, ParentConfig, PersonsConfig, PivotConfig, PlaceParent, PrefixParent,
    PrivacyConfig, ProjectConfig, ServerConfig, SeveralConfig, TableConfig, TableParent,
    TilesetConfig, TitleConfig, TlsConfig, WeightedConfig,
};
pub use demands::{CriterionConfig, DemandsConfig, Meetings};
pub use error::{ProjectError, ProjectErrors};
pub use indicator::{
    AccessMethod, Aggregation, Capacity, CapacityConfig, CategoryConfig, ColumnConfig, DecayConfig,
    DecayFunction, DecayName, DemandStatistic, DistanceStatistic, DiversityIndex, GroupsConfig,
    IndicatorConfig, IndicatorId, InequalityIndex, InterpolationKind, LocalConfig, LocalOutput,
    Normalisation, OperationConfig, PartConfig, PolarityConfig, SegregationIndex, StandardConfig,
    TargetConfig, Weighting,
};
pub use schema::json_schema;
pub use siedu::{Include, RoleConfig, SieduConfig};

use document::Document;
use draft::Draft;

/// Largest project file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// Most errors that are told of one project file.
pub const MAX_ERRORS: usize = 100;

/// Indicators that need no definition; a ratio may name them.
pub const BUILT_IN_INDICATORS: [&str; 3] = ["area_ha", "area_km2", "perimeter_m"];

/// The layer that the register of demands is, when the project has one.
pub const DEMANDS_LAYER: &str = "demands";

/// The keys with the parts of a project that name each other.
const SECTIONS: [&str; 6] = [
    "layers",
    "tables",
    "levels",
    "indicators",
    "heatmaps",
    "tilesets",
];

/// A project file that was read and found in order, as far as that can be said without its layers.
#[derive(Clone, Debug)]
pub struct Project {
    /// What it says.
    pub config: ProjectConfig,
    file: PathBuf,
    document: Document,
}

impl Project {
    /// Reads a project file of at most [`MAX_FILE_BYTES`].
    ///
    /// # Errors
    /// All errors of the file together: syntax, unknown keys, types, bounds, references, cycles, filters.
    pub fn open(file: impl AsRef<Path>) -> Result<Self, ProjectErrors> {
        let file = file.as_ref();
        let text = read(file).map_err(|message| ProjectErrors::whole(file, message))?;
        Self::parse(file, text)
    }

    /// Reads the text of a project file; `file` is where sources are looked for, and what errors call it.
    ///
    /// # Errors
    /// As [`Project::open`].
    pub fn parse(file: &Path, text: String) -> Result<Self, ProjectErrors> {
        let failed = |errors| ProjectErrors::new(file, errors);
        let mut document = Document::parse(text).map_err(failed)?;
        siedu::expand(&mut document);
        let errors = document.check();
        if !errors.is_empty() {
            return Err(failed(errors));
        }
        // The schema is made from the same types, so what it lets pass can be read.
        let config = serde_json::from_value(document.root.to_json())
            .map_err(|error| ProjectErrors::whole(file, format!("cannot be read: {error}")))?;
        Ok(Self {
            config,
            file: file.to_owned(),
            document,
        })
    }

    /// The project file, as it was named.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The folder that paths in the file are relative to.
    pub fn folder(&self) -> &Path {
        match self.file.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    /// Line and column, from 1, of the value at a path like `layers.blocks.where` or `levels[1].parent`; of the table
    /// around it where the value is absent; `None` where even that is.
    pub fn locate(&self, path: &str) -> Option<(usize, usize)> {
        self.document.place_of(path)
    }

    /// An error about the value at `path`, for what only shows once the layers are loaded.
    pub fn error(&self, path: &str, message: impl Into<String>) -> ProjectError {
        let place = self.locate(path);
        ProjectError {
            place,
            path: path.to_owned(),
            message: message.into(),
            nearest: None,
        }
    }

    /// An error about the filter at `path`, placed inside its text.
    pub fn filter_error(&self, path: &str, error: &FilterError) -> ProjectError {
        self.document.filter_error(path, error)
    }

    /// Several such errors as one.
    pub fn errors(&self, errors: Vec<ProjectError>) -> ProjectErrors {
        ProjectErrors::new(&self.file, errors)
    }
}

impl Document {
    /// All that is wrong, shape and meaning.
    fn check(&self) -> Vec<ProjectError> {
        let mut errors = structure::check(self, &json_schema());
        // Beyond the bounds of the schema the cost of further checks has no bound either.
        if errors.len() < MAX_ERRORS
            && !errors
                .iter()
                .any(|error| SECTIONS.contains(&error.path.as_str()))
        {
            errors.extend(rules::check(self, &Draft::read(self)));
        }
        errors
    }

    fn filter_error(&self, path: &str, error: &FilterError) -> ProjectError {
        let position = error.position().or_else(|| match error {
            FilterError::UnknownProperty { name, .. } => self.position_of_word(path, name),
            _ => None,
        });
        let place = match position {
            Some(position) => self.place_in_text(path, position),
            None => self.place_of(path),
        };
        ProjectError {
            place,
            path: path.to_owned(),
            message: format!("{path}: {error}"),
            nearest: None,
        }
    }
}

fn read(file: &Path) -> Result<String, String> {
    let mut bytes = vec![];
    let opened = File::open(file).map_err(|error| format!("cannot be opened: {error}"))?;
    opened
        .take(MAX_FILE_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot be read: {error}"))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(format!(
            "has more than {MAX_FILE_BYTES} bytes, the most that is read of a project file"
        ));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("is not UTF-8 text: byte {at} is wrong; save it as UTF-8")
    })
}
