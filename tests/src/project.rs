//! Projects to run the program on.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// Folders of the bundled sample that hold its sources.
const SAMPLE_FOLDERS: [&str; 4] = ["census", "demand", "infrastructure", "territory"];

/// The folder of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the tests are a folder of the workspace")
}

/// The folder of the bundled sample.
pub fn sample() -> PathBuf {
    workspace().join("data")
}

/// The sources of the sample, relative to its folder, in the order of the alphabet.
pub fn sample_sources() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = SAMPLE_FOLDERS
        .iter()
        .flat_map(|folder| files_in(folder))
        .collect();
    files.sort();
    files
}

fn files_in(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(sample().join(folder)).expect("the sample is there");
    let name = |entry: fs::DirEntry| Path::new(folder).join(entry.file_name());
    entries
        .map(|entry| name(entry.expect("a folder can be read")))
        .collect()
}

/// The sample in a folder of its own that the test may change.
pub fn sample_copy() -> TempDir {
    let copy = TempDir::new().expect("there is room for temporary files");
    for folder in SAMPLE_FOLDERS {
        fs::create_dir(copy.path().join(folder)).expect("the folder is new");
    }
    let files = sample_sources().into_iter();
    for file in files.chain(["comarca.toml".into()]) {
        fs::copy(sample().join(&file), copy.path().join(&file)).expect("the sample can be copied");
    }
    copy
}

/// Two districts and three persons' records: small enough to know every figure by heart.
///
/// District A1 has 10 persons, A2 has 12.
pub fn tiny() -> TempDir {
    let folder = TempDir::new().expect("there is room for temporary files");
    write(folder.path(), "comarca.toml", TINY_PROJECT);
    write(folder.path(), "districts.geojson", TINY_DISTRICTS);
    write(folder.path(), "people.csv", TINY_PEOPLE);
    folder
}

/// Writes a file of a project.
pub fn write(folder: &Path, name: &str, content: impl AsRef<[u8]>) {
    fs::write(folder.join(name), content).expect("the folder can be written to");
}

/// Puts a file in the place of another at once, as careful programs do.
pub fn replace(folder: &Path, name: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    let draft = folder.join("draft");
    fs::write(&draft, content).expect("the folder can be written to");
    fs::rename(draft, folder.join(name)).expect("a file can be renamed within its folder");
}

/// [`tiny`] with one text of its project file replaced.
///
/// # Panics
/// When the text is not there.
pub fn tiny_with(text: &str, other: &str) -> TempDir {
    let folder = tiny();
    assert!(TINY_PROJECT.contains(text), "{text:?}");
    write(
        folder.path(),
        "comarca.toml",
        TINY_PROJECT.replace(text, other),
    );
    folder
}

/// The project file of [`tiny`].
pub const TINY_PROJECT: &str = r#"name = "Dos distritos"
crs = "EPSG:32719"

[layers.districts]
source = "districts.geojson"
key = "code"
name = "name"

[layers.people]
source = "people.csv"
key = "id"
csv = { x = "lon", y = "lat", crs = "EPSG:4326" }

[[levels]]
id = "districts"
layer = "districts"

[indicators.persons]
unit = "persons"
op = "sum"
of = { layer = "people", column = "persons" }
"#;

/// The districts of [`tiny`], side by side.
pub const TINY_DISTRICTS: &str = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":"A1","name":"Norte","zone":"A"},"geometry":{"type":"Polygon","coordinates":[[[-70.70,-33.50],[-70.69,-33.50],[-70.69,-33.49],[-70.70,-33.49],[-70.70,-33.50]]]}},
{"type":"Feature","properties":{"code":"A2","name":"Sur","zone":"A"},"geometry":{"type":"Polygon","coordinates":[[[-70.69,-33.50],[-70.68,-33.50],[-70.68,-33.49],[-70.69,-33.49],[-70.69,-33.50]]]}}
]}
"#;

/// The persons of [`tiny`].
pub const TINY_PEOPLE: &str =
    "id,lon,lat,persons\n1,-70.695,-33.495,10\n2,-70.685,-33.495,5\n3,-70.685,-33.496,7\n";
