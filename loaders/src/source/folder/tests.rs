use super::*;
use crate::source::read;
use crate::source::tests::sample;

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).expect("a file");
    }
    folder
}

fn read_table(path: &Path, table: &str) -> Result<Vec<Features>, LoadError> {
    let table = Some(table.to_owned());
    read(
        path,
        &ReadOptions {
            table,
            ..ReadOptions::default()
        },
    )
}

#[test]
fn a_folder_is_its_shapefiles_and_tables() {
    let [shp, shx, dbf] = sample::shapefile();
    let folder = folder(&[
        ("b.SHP", &shp),
        ("b.SHX", &shx),
        ("b.DBF", &dbf),
        ("a.dbf", &dbf),
        ("note.txt", b"hello"),
    ]);
    let layers = read(folder.path(), &ReadOptions::default()).expect("layers");
    let found: Vec<_> = layers
        .iter()
        .map(|layer| (layer.name.as_str(), layer.format))
        .collect();
    assert_eq!(found, [("a", Format::Dbf), ("b", Format::Shapefile)]);
    let told = layers[0]
        .problems
        .iter()
        .any(|problem| problem.message.contains("no .shp beside it"));
    assert!(told, "{:?}", layers[0].problems);
    for table in ["b", "b.shp"] {
        let one = read_table(folder.path(), table).expect("one layer");
        assert_eq!((one.len(), one[0].format), (1, Format::Shapefile));
    }
    let error = read_table(folder.path(), "c").expect_err("no such layer");
    assert!(error.to_string().contains("has no layer \"c\""), "{error}");
}

#[test]
fn a_broken_file_beside_a_good_one_is_a_warning() {
    let [shp, _, dbf] = sample::shapefile();
    let folder = folder(&[("bad.dbf", b"\x03"), ("good.shp", &shp), ("good.dbf", &dbf)]);
    let layers = read(folder.path(), &ReadOptions::default()).expect("one good layer");
    assert_eq!(layers.len(), 1);
    let broken = layers[0]
        .problems
        .iter()
        .find(|problem| problem.message.contains("breaks off"));
    assert_eq!(
        broken.map(|problem| problem.severity),
        Some(Severity::Warning)
    );
}

#[test]
fn a_geodatabase_and_an_empty_folder_are_refused_with_advice() {
    let geodatabase = folder(&[("a00000001.gdbtable", b"")]);
    let message = |folder: &Path| {
        read(folder, &ReadOptions::default())
            .expect_err("nothing to read")
            .to_string()
    };
    assert!(message(geodatabase.path()).contains("export its layers as GeoPackage"));
    assert!(message(folder(&[("a.geojson", b"{}")]).path()).contains("use a glob"));
}

#[test]
fn a_folder_depends_on_itself_and_its_files_and_a_shapefile_on_its_parts() {
    let folder = folder(&[("a.SHP", b""), ("a.DBF", b""), ("b.txt", b"")]);
    let path = |name: &str| folder.path().join(name);
    let all = [
        folder.path().to_owned(),
        path("a.DBF"),
        path("a.SHP"),
        path("b.txt"),
    ];
    assert_eq!(crate::source::dependencies(folder.path()), all);
    assert_eq!(
        crate::source::dependencies(&path("a.SHP")),
        [path("a.SHP"), path("a.DBF")]
    );
    assert_eq!(
        crate::source::dependencies(&path("gone.csv")),
        [path("gone.csv")]
    );
}
