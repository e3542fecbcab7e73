use std::io::Write;

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::problem::Severity;
use crate::source::tests::{corpus, sample};
use crate::source::{Features, read};

const GEOJSON: &str = r#"{"type":"Point","coordinates":[1,2]}"#;
const BAD_CSV: &str = "id,lon,lat\n1,x,2\n";

/// The file `name` with these bytes, in a folder of its own.
fn file(name: &str, bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    (folder, path)
}

fn zipped(files: &[(&str, &[u8])]) -> (TempDir, PathBuf) {
    file("a.zip", &sample::zip(files))
}

fn read_plain(path: &Path) -> Result<Vec<Features>, LoadError> {
    read(path, &ReadOptions::default())
}

fn message(path: &Path) -> String {
    let refused = read_plain(path).err();
    refused.expect("it is refused").to_string()
}

#[test]
fn shapefiles_in_subfolders_and_capitals_are_layers() {
    let [shp, shx, dbf] = sample::shapefile();
    let (_folder, path) = zipped(&[
        ("data/", b""),
        ("data/ONE.SHP", &shp),
        ("data/ONE.SHX", &shx),
        ("data/ONE.DBF", &dbf),
        ("two.shp", &shp),
        ("two.dbf", &dbf),
        ("readme.txt", b"hello"),
        ("__MACOSX/._two.shp", b"x"),
    ]);
    let layers = read_plain(&path).expect("two layers");
    let names: Vec<_> = layers.iter().map(|layer| layer.name.as_str()).collect();
    assert_eq!(names, ["two", "ONE"]);
    assert!(
        layers
            .iter()
            .all(|layer| layer.coordinates == sample::COORDINATES)
    );
    let files: Vec<_> = layers[0]
        .problems
        .iter()
        .map(|problem| problem.file.clone())
        .collect();
    assert_eq!(files, [Some(path.join("two.shp"))]);
}

#[test]
fn a_member_is_chosen_by_its_path_or_as_table() {
    let csv = BAD_CSV.as_bytes();
    let (_folder, path) = zipped(&[
        ("a/one.geojson", GEOJSON.as_bytes()),
        ("b/Two.csv", csv),
        ("b/three.csv", csv),
    ]);
    assert_eq!(read_plain(&path).expect("all").len(), 3);
    for inner in ["b/Two.csv", "B/two.CSV"] {
        let layers = read_plain(&path.join(inner)).expect(inner);
        assert_eq!(layers.len(), 1);
        let told: Vec<_> = layers[0].problems.iter().map(ToString::to_string).collect();
        let at = path.join("b/Two.csv").display().to_string();
        assert!(
            told.iter().all(|message| message.starts_with(&at)),
            "{told:?}"
        );
    }
    assert_eq!(read_plain(&path.join("b")).expect("a folder").len(), 2);
    for table in ["one", "Two.csv"] {
        let options = ReadOptions {
            table: Some(table.to_owned()),
            ..ReadOptions::default()
        };
        assert_eq!(read(&path, &options).expect(table).len(), 1);
    }
    let error = message(&path.join("b/tow.csv"));
    assert!(
        error.contains("a.zip/b/tow.csv") && error.contains("b/Two.csv"),
        "{error}"
    );
    assert!(message(&path.join("../a.csv")).contains("no such"));
}

#[test]
fn nothing_is_written_outside_and_links_are_not_followed() {
    let mut writer = ZipWriter::new(io::Cursor::new(vec![]));
    let options = SimpleFileOptions::default();
    for name in ["../../evil.csv", "/evil.csv", "C:\\evil.csv", "good.csv"] {
        writer.start_file(name, options).expect("a member");
        writer.write_all(b"a\n1\n").expect("bytes");
    }
    writer
        .add_symlink("link.csv", "/etc/passwd", options)
        .expect("a link");
    let bytes = writer.finish().expect("an archive").into_inner();
    let (folder, path) = file("a.zip", &bytes);
    let layers = read_plain(&path).expect("one good member");
    assert_eq!(layers.len(), 1);
    let warnings: Vec<_> = layers[0]
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Warning)
        .map(ToString::to_string)
        .collect();
    let outside = warnings
        .iter()
        .find(|warning| warning.contains("points outside"));
    assert!(
        outside.is_some_and(|warning| warning.contains("3 times")),
        "{warnings:?}"
    );
    assert!(
        warnings
            .iter()
            .any(|warning| warning.contains("link.csv: is a symbolic link"))
    );
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1);
}

#[test]
fn a_bomb_is_refused_by_what_it_claims_and_by_what_comes_out() {
    let zeros = vec![b'0'; usize::try_from(SMALL_BYTES_MAX).expect("small") + 1];
    let mut bytes = sample::zip(&[("a.csv", &zeros)]);
    let (_folder, path) = file("a.zip", &bytes);
    assert!(
        message(&path).contains("out of all proportion"),
        "{}",
        message(&path)
    );
    // The directory at the end lies about the size.
    let size = u32::try_from(zeros.len()).expect("small").to_le_bytes();
    let claims: Vec<usize> = (0..bytes.len() - 4)
        .filter(|&at| bytes[at..at + 4] == size)
        .collect();
    for at in claims {
        bytes[at..at + 4].copy_from_slice(&9_u32.to_le_bytes());
    }
    let (_folder, path) = file("a.zip", &bytes);
    let error = message(&path);
    assert!(
        error.contains("proportion") || error.contains("cannot be unpacked"),
        "{error}"
    );
}

#[test]
fn archives_in_archives_encryption_and_unknown_methods_are_named() {
    let inner = sample::zip(&[("a.csv", b"a\n1\n")]);
    let (_folder, path) = zipped(&[("deep/inner.zip", &inner)]);
    let error = message(&path);
    assert!(
        error.contains("a.zip/deep/inner.zip: is an archive in an archive"),
        "{error}"
    );
    // Bit 0 of the flags says encrypted; method 12 is bzip2, which is not compiled in.
    for (offset, value, word) in [(8, 1, "encrypted"), (10, 12, "cannot be unpacked")] {
        let mut bytes = inner.clone();
        let directory = bytes
            .windows(4)
            .position(|w| w == b"PK\x01\x02")
            .expect("a directory");
        bytes[directory + offset] |= value;
        bytes[offset - 2] |= value;
        let (_folder, path) = file("a.zip", &bytes);
        assert!(message(&path).contains(word), "{}", message(&path));
        assert!(message(&path).contains("a.zip/a.csv"), "{}", message(&path));
    }
}

#[test]
fn an_archive_without_data_lists_what_it_has() {
    let (_folder, path) = zipped(&[("photo.jpg", b"x")]);
    let error = message(&path);
    assert!(
        error.contains("a.zip: is an archive without") && error.contains("photo.jpg"),
        "{error}"
    );
    let (_folder, path) = file("a.zip", b"PK\x03\x04");
    assert!(message(&path).contains("zip"), "{}", message(&path));
    let (_folder, path) = file("a.csv", b"a\n1\n");
    assert!(message(&path.join("b.csv")).contains("no archive"));
}

#[test]
fn a_gzipped_file_is_read_as_what_it_holds() {
    let gzip = |bytes: &[u8]| {
        let mut writer = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
        writer.write_all(bytes).expect("bytes");
        writer.finish().expect("gzip")
    };
    let (_folder, path) = file("a.geojson.gz", &gzip(GEOJSON.as_bytes()));
    let layers = read_plain(&path).expect("a layer");
    assert_eq!(
        (layers[0].name.as_str(), layers[0].coordinates.len()),
        ("a", 1)
    );
    let (_folder, path) = file("b.csv.gz", &gzip(BAD_CSV.as_bytes()));
    let problem = &read_plain(&path).expect("a table")[0].problems[0];
    assert_eq!(problem.file.as_ref(), Some(&path));
    let (_folder, path) = file("c.csv.gz", &gzip(&vec![b'0'; 65 << 20]));
    assert!(message(&path).contains("out of all proportion"));
    let (_folder, path) = file("d.tar.gz", &gzip(b""));
    assert!(message(&path).contains("tar"));
    let cut = gzip(BAD_CSV.as_bytes());
    let (_folder, path) = file("e.csv.gz", &cut[..cut.len() - 9]);
    assert!(message(&path).contains("cannot be unpacked"));
}

#[test]
fn the_archive_and_its_member_are_told_apart_in_a_path() {
    let (_folder, path) = zipped(&[]);
    assert_eq!(
        split(&path.join("a/b.shp")),
        Some((&*path, Path::new("a/b.shp")))
    );
    assert_eq!(split(&path), None);
    assert_eq!(crate::source::dependencies(&path.join("a.shp")), [path]);
}

#[test]
fn archives_of_other_programs_are_read() {
    let (_folder, path) = file("a.zip", &corpus("zip/gtfs.zip"));
    let layers = read_plain(&path).expect("a feed");
    let counts: Vec<_> = layers.iter().map(Features::geometry_counts).collect();
    assert_eq!(
        counts,
        [
            [("Point", 2)],
            [("MultiLineString", 1)],
            [("LineString", 2)]
        ]
    );
    assert!(layers.iter().all(|layer| layer.problems.is_empty()));
    assert_eq!(
        read_plain(&path.join("feed/trips.txt")).expect("a table")[0].len(),
        2
    );
    let (_folder, path) = file("a.zip", &corpus("zip/dos-names.zip"));
    let layers = read_plain(&path.join("Ñuñoa")).expect("a folder");
    assert_eq!(
        (layers[0].name.as_str(), layers[0].len()),
        ("población___", 1)
    );
}
