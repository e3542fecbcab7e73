//! What is chosen, filtered and projected, and what is refused.

use std::fs;
use std::path::PathBuf;

use comarca_engine::Value;

use super::*;
use crate::load::Unwatched;

const POINTS: &str =
    "id,name,lon,lat\n1,Ñuñoa,-70.6,-33.45\n2,Peñalolén,-70.5,-33.5\n3,nowhere,,\n";

/// A folder with a file in it.
fn file(name: &str, text: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    (folder, path)
}

fn layer(text: &str, options: &ConvertOptions) -> Result<Features, LoadError> {
    let (_folder, path) = file("a.csv", text);
    let (mut layers, problems) = read_layers(&path, OutputFormat::FlatGeobuf, options)?;
    layers[0].problems = problems;
    Ok(layers.remove(0))
}

fn names(layer: &Features) -> Vec<String> {
    let names = layer.column("name").expect("names");
    (0..layer.len())
        .map(|row| names.value(row).display())
        .collect()
}

#[test]
fn features_are_chosen_by_attribute_and_by_box() {
    let mut options = ConvertOptions {
        filter: Some("id >= 2".to_owned()),
        ..ConvertOptions::default()
    };
    let chosen = layer(POINTS, &options).expect("two rows");
    assert_eq!(names(&chosen), ["Peñalolén", "nowhere"]);
    options.bbox = Some([-70.5, -34.0, -70.0, -33.0]);
    assert_eq!(
        names(&layer(POINTS, &options).expect("one row")),
        ["Peñalolén"]
    );
    options.bbox = Some([300_000.0, 6_000_000.0, 400_000.0, 6_500_000.0]);
    let none = layer(POINTS, &options).expect("no row");
    let messages: Vec<_> = none.problems.iter().map(ToString::to_string).collect();
    assert!(none.is_empty());
    assert!(
        messages
            .iter()
            .any(|message| message.contains("lies between -70.6,-33.5")),
        "{messages:?}"
    );
}

#[test]
fn a_spatial_predicate_compares_in_degrees_whatever_the_crs() {
    let mut options = ConvertOptions {
        filter: Some("S_WITHIN(geometry, BBOX(-70.7,-33.5,-70.55,-33.4))".to_owned()),
        ..ConvertOptions::default()
    };
    let near = layer(POINTS, &options).expect("one row");
    assert_eq!(names(&near), ["Ñuñoa"]);
    // The same two places in UTM 19S.
    let metres = "id,name,x,y\n1,Ñuñoa,351290.4,6297679.5\n2,Peñalolén,360665.7,6292274.0\n";
    options.from_crs = Some("EPSG:32719".to_owned());
    let near = layer(metres, &options).expect("one row");
    assert_eq!(names(&near), ["Ñuñoa"]);
    options.from_crs = Some("EPSG:1".to_owned());
    let error = layer(metres, &options).expect_err("no such CRS");
    assert!(error.to_string().contains("compares in degrees"), "{error}");
}

#[test]
fn columns_come_in_the_order_that_is_asked_for_after_the_filter() {
    let mut options = ConvertOptions {
        filter: Some("id = 1".to_owned()),
        columns: Some(vec!["name".to_owned(), "lat".to_owned(), "name".to_owned()]),
        ..ConvertOptions::default()
    };
    let kept = layer(POINTS, &options).expect("a row");
    let names: Vec<_> = kept.columns.iter().map(Column::name).collect();
    assert_eq!(names, ["name", "lat"]);
    options.columns = Some(vec!["nam".to_owned()]);
    let error = layer(POINTS, &options).expect_err("no such column");
    assert!(
        error.to_string().contains("did you mean \"name\"?"),
        "{error}"
    );
}

#[test]
fn coordinates_are_converted_and_the_accuracy_of_a_shift_is_told() {
    let options = ConvertOptions {
        from_crs: Some("EPSG:4248".to_owned()),
        to_crs: Some("EPSG:32719".to_owned()),
        ..ConvertOptions::default()
    };
    let metres = layer(POINTS, &options).expect("rows");
    assert_eq!(
        (metres.len(), metres.crs.as_deref()),
        (3, Some("EPSG:32719"))
    );
    assert!((300_000.0..400_000.0).contains(&metres.coordinates[0][0]));
    assert!(
        metres
            .problems
            .iter()
            .any(|problem| problem.message.ends_with("is good to 17 m"))
    );
}

#[test]
fn a_place_that_the_other_crs_has_not_costs_the_geometry_and_not_the_row() {
    let options = ConvertOptions {
        to_crs: Some("EPSG:3857".to_owned()),
        ..ConvertOptions::default()
    };
    let read = layer("name,lon,lat\npole,0,-90\nhere,-70,-33\n", &options).expect("rows");
    assert_eq!(names(&read), ["pole", "here"]);
    assert_eq!(read.geometry_counts(), [("Point", 1), ("None", 1)]);
    let lost = |problem: &Problem| {
        problem.message.contains("loses its geometry") && problem.feature == Some(1)
    };
    assert!(read.problems.iter().any(lost));
}

#[test]
fn an_unknown_crs_is_never_guessed() {
    let text = "name,x,y\na,346000,6298000\n";
    let (_folder, path) = file("a.csv", text);
    let mut options = ConvertOptions::default();
    let error = read_layers(&path, OutputFormat::GeoJson, &options).expect_err("unknown");
    let message = error.to_string();
    assert!(
        message.contains("--from-crs") && message.contains("EPSG:32719"),
        "{message}"
    );
    options.from_crs = Some("EPSG:32719".to_owned());
    let (layers, _) = read_layers(&path, OutputFormat::GeoJson, &options).expect("known");
    assert!((layers[0].coordinates[0][0] + 70.65).abs() < 0.1);
}

#[test]
fn a_file_is_not_converted_onto_itself_or_a_part_of_it() {
    let (folder, path) = file("a.csv", POINTS);
    let convert = |input: &Path, output: &Path, format| {
        convert(
            input,
            output,
            format,
            &ConvertOptions::default(),
            &Unwatched,
        )
    };
    let onto = folder.path().join(".").join("a.csv");
    let error = convert(&path, &onto, OutputFormat::Csv).expect_err("the same");
    assert!(
        error
            .to_string()
            .contains("would replace the file that is read"),
        "{error}"
    );
    let shp = folder.path().join("b.shp");
    convert(&path, &shp, OutputFormat::Shapefile).expect("written");
    assert!(convert(&shp.with_extension("dbf"), &shp, OutputFormat::Shapefile).is_err());
    assert_eq!(fs::read_to_string(&path).expect("a file"), POINTS);
}

#[test]
fn errors_in_the_data_are_told_and_end_the_conversion_only_where_nothing_is_left_or_if_asked() {
    let bad = "name,lon,lat\na,x,y\nb,-70,-33\n";
    let (folder, path) = file("a.csv", bad);
    let output = folder.path().join("a.fgb");
    let mut options = ConvertOptions::default();
    let problems = convert(
        &path,
        &output,
        OutputFormat::FlatGeobuf,
        &options,
        &Unwatched,
    )
    .expect("one row is good");
    assert!(
        problems
            .iter()
            .any(|problem| problem.severity == Severity::Error)
    );
    fs::remove_file(&output).expect("was written");
    options.strict = true;
    let error = convert(
        &path,
        &output,
        OutputFormat::FlatGeobuf,
        &options,
        &Unwatched,
    )
    .expect_err("strict");
    assert!(
        error.to_string().contains("row 1, column \"lon\""),
        "{error}"
    );
    assert!(!output.exists());
}

#[test]
fn of_several_layers_one_is_chosen_or_all_are_written() {
    let (folder, path) = file("a.csv", POINTS);
    let both = folder.path().join("both.gpkg");
    let options = ConvertOptions::default();
    let (points, _) = read_layers(&path, OutputFormat::GeoPackage, &options).expect("rows");
    let named = |name: &str| Features {
        name: name.to_owned(),
        ..points[0].clone()
    };
    let layers = [named("first"), named("second")];
    write(
        &layers,
        &both,
        OutputFormat::GeoPackage,
        &WriteOptions::default(),
        &Unwatched,
    )
    .expect("written");
    let read = |format, table: Option<&str>| {
        let options = ConvertOptions {
            read: ReadOptions {
                table: table.map(str::to_owned),
                ..ReadOptions::default()
            },
            ..ConvertOptions::default()
        };
        read_layers(&both, format, &options).map(|(layers, _)| layers.len())
    };
    assert_eq!(read(OutputFormat::Xlsx, None).ok(), Some(2));
    assert_eq!(read(OutputFormat::Csv, Some("second")).ok(), Some(1));
    let error = read(OutputFormat::Csv, None).expect_err("which one?");
    assert!(
        error
            .to_string()
            .contains("holds one: first, second; choose one with --table"),
        "{error}"
    );
    assert!(read(OutputFormat::Csv, Some("third")).is_err());
}

#[test]
fn a_table_without_geometry_needs_no_crs() {
    let (_folder, path) = file("a.csv", "code\n01\n");
    let (layers, _) =
        read_layers(&path, OutputFormat::GeoJson, &ConvertOptions::default()).expect("a table");
    assert_eq!(layers[0].columns[0].value(0), Value::Text("01"));
}
