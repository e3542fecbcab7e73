//! Real files of a city, with the defects they came with: numbers of rows, CRS, geometries and what is reported.
//!
//! The files are not part of the repository. Where `../shared/data` is not there, the tests say so and pass.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use comarca_engine::{Column, Value};
use comarca_loaders::source::{
    CsvOptions, Features, JsonOptions, ReadOptions, Several, expand, read,
};
use comarca_loaders::{Crs, SuspicionKind, suspicious};

/// The folder of the files, if it is there.
fn folder() -> Option<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data");
    if !folder.is_dir() {
        println!("skipped: {} is not there", folder.display());
        return None;
    }
    Some(folder)
}

fn layer(file: &str, options: &ReadOptions) -> Option<Features> {
    let mut layers = read(&folder()?.join(file), options).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(layers.len(), 1, "{file}");
    layers.pop()
}

fn plain(file: &str) -> Option<Features> {
    layer(file, &ReadOptions::default())
}

/// File, rows, CRS as `comarca info` names it, numbers by geometry.
type Row = (
    &'static str,
    usize,
    Option<&'static str>,
    &'static [(&'static str, usize)],
);

const FILES: [Row; 49] = [
    (
        "derived/manzanas_rm.parquet",
        48_799,
        Some("EPSG:4326"),
        &[("MultiPolygon", 48_799)],
    ),
    (
        "bench/nyc_boros.parquet",
        1,
        Some("EPSG:4326"),
        &[("MultiPolygon", 1)],
    ),
    (
        "demanda/cead_delincuencia_comunal.parquet",
        993_600,
        None,
        &[("None", 993_600)],
    ),
    (
        "territorio/ine_censo2017_r13/COMUNA_C17.shp",
        52,
        Some("EPSG:4674"),
        &[("Polygon", 52)],
    ),
    (
        "territorio/ine_censo2017_r13/LIMITE_URBANO_CENSAL_C17.shp",
        103,
        Some("EPSG:4674"),
        &[("Polygon", 103)],
    ),
    (
        "territorio/ine_censo2017_r13/MANZANA_SIN_INF_C17.shp",
        3364,
        Some("EPSG:4674"),
        &[("Polygon", 3357), ("MultiPolygon", 7)],
    ),
    (
        "territorio/ine_censo2017_r13/ZONA_C17.dbf",
        1865,
        None,
        &[("None", 1865)],
    ),
    (
        "territorio/ine_censo2017_r13/DISTRITO_C17.dbf",
        451,
        None,
        &[("None", 451)],
    ),
    (
        "territorio/chilemapas/zonas_r13.geojson",
        1865,
        Some("EPSG:4326"),
        &[("Polygon", 1865)],
    ),
    (
        "territorio/chilemapas/comunas_r13.geojson",
        52,
        Some("EPSG:4326"),
        &[("Polygon", 52)],
    ),
    (
        "territorio/chilemapas/zonas_r13.topojson",
        1865,
        Some("EPSG:4326"),
        &[("Polygon", 1865)],
    ),
    (
        "territorio/chilemapas/comunas_r13.topojson",
        52,
        Some("EPSG:4326"),
        &[("Polygon", 52)],
    ),
    (
        "infraestructura/ferias_libres_r13.json",
        454,
        Some("EPSG:4326"),
        &[("Point", 84), ("LineString", 370)],
    ),
    (
        "territorio/robsalasco/Comunas_R13.geojson",
        104,
        Some("EPSG:4674"),
        &[("Polygon", 104)],
    ),
    (
        "territorio/robsalasco/Distritos_R13.geojson",
        451,
        Some("EPSG:4326"),
        &[("Polygon", 451)],
    ),
    (
        "territorio/robsalasco/Zonas_R13.geojson",
        1843,
        Some("EPSG:4326"),
        &[("Polygon", 1843)],
    ),
    (
        "territorio/eod2012/Zonificacion_EOD2012.shp",
        866,
        Some("EPSG:32719"),
        &[("Polygon", 866)],
    ),
    (
        "territorio/eod2012/EstacionMetro.csv",
        108,
        None,
        &[("None", 108)],
    ),
    (
        "territorio/campamentos_minvu_2024.geojson",
        1432,
        Some("EPSG:4326"),
        &[("Polygon", 1417), ("MultiPolygon", 14), ("None", 1)],
    ),
    (
        "censo/censo_2017_zonas.csv",
        64_212,
        None,
        &[("None", 64_212)],
    ),
    (
        "censo/censo_2017_comunas.csv",
        14_532,
        None,
        &[("None", 14_532)],
    ),
    (
        "censo/codigos_territoriales.csv",
        346,
        None,
        &[("None", 346)],
    ),
    (
        "censo/censo_proyecciones_anual.csv",
        11_764,
        None,
        &[("None", 11_764)],
    ),
    (
        "censo/siedu_indicadores_desarrollo_urbano.csv",
        6701,
        None,
        &[("None", 6701)],
    ),
    (
        "censo/manzanas_2017/la-pintana.geojson",
        2622,
        Some("EPSG:4326"),
        &[("MultiPolygon", 2622)],
    ),
    (
        "censo/gse_2012/la-granja.geojson",
        1240,
        Some("EPSG:4326"),
        &[("Polygon", 1240)],
    ),
    (
        "infraestructura/salud_deis_20260310.csv",
        5237,
        Some("EPSG:4326"),
        &[("Point", 5146), ("None", 91)],
    ),
    (
        "infraestructura/educacion_mineduc_2022.csv",
        16_601,
        Some("EPSG:4326"),
        &[("Point", 13_441), ("None", 3160)],
    ),
    (
        "infraestructura/gtfs_red_2020/stops.txt",
        11_411,
        Some("EPSG:4326"),
        &[("Point", 11_411)],
    ),
    (
        "infraestructura/gtfs_red_2020/routes.txt",
        372,
        None,
        &[("None", 372)],
    ),
    (
        "infraestructura/gtfs_red_2020/trips.txt",
        9941,
        None,
        &[("None", 9941)],
    ),
    (
        "infraestructura/gtfs_red_2020/frequencies.txt",
        9853,
        None,
        &[("None", 9853)],
    ),
    (
        "infraestructura/cuarteles_carabineros.geojson",
        929,
        Some("EPSG:4326"),
        &[("Point", 929)],
    ),
    (
        "infraestructura/comisarias_osm_rm.csv",
        221,
        Some("EPSG:4326"),
        &[("Point", 221)],
    ),
    (
        "infraestructura/parques_ciudad_sur.csv",
        96,
        Some("EPSG:4326"),
        &[("Point", 96)],
    ),
    (
        "demanda/atropellos_conaset/atropellos_rm_2013.csv",
        1768,
        None,
        &[("Point", 1768)],
    ),
    (
        "demanda/atropellos_conaset/atropellos_rm_2015.csv",
        1841,
        None,
        &[("Point", 1841)],
    ),
    (
        "demanda/atropellos_conaset/atropellos_rm_2017.csv",
        2066,
        None,
        &[("Point", 2066)],
    ),
    (
        "demanda/atropellos_conaset/atropellos_rm_2020.csv",
        962,
        Some("EPSG:4326"),
        &[("Point", 962)],
    ),
    (
        "demanda/robos_hexagonos.geojson",
        977,
        Some("EPSG:4326"),
        &[("MultiPolygon", 977)],
    ),
    (
        "demanda/sf311/311_service_requests.csv",
        10_000,
        Some("EPSG:4326"),
        &[("Point", 10_000)],
    ),
    (
        "demanda/sf311/tl_2010_06075_tract10.geojson",
        197,
        Some("EPSG:4326"),
        &[("Polygon", 197)],
    ),
    (
        "bench/naturalearth_lowres/naturalearth_lowres.shp",
        177,
        Some("EPSG:4326"),
        &[("Polygon", 148), ("MultiPolygon", 29)],
    ),
    (
        "bench/naturalearth_lowres/naturalearth_cities.shp",
        243,
        Some("EPSG:4326"),
        &[("Point", 243)],
    ),
    ("bench/chicago/Chicago77.shp", 77, None, &[("Polygon", 77)]),
    (
        "bench/countries.fgb",
        179,
        Some("EPSG:4326"),
        &[("MultiPolygon", 179)],
    ),
    (
        "derived/manzanas_ciudad_sur.fgb",
        6286,
        Some("EPSG:4326"),
        &[("MultiPolygon", 6286)],
    ),
    (
        "derived/manzanas_ciudad_sur.gpkg",
        6286,
        Some("EPSG:4326"),
        &[("MultiPolygon", 6286)],
    ),
    ("expected/communes.csv", 8, None, &[("None", 8)]),
];

#[test]
fn every_file_has_the_rows_the_system_and_the_geometries_it_is_known_for() {
    let mut different = vec![];
    for (file, rows, crs, geometries) in FILES {
        let Some(features) = plain(file) else { return };
        let name = features
            .crs
            .as_deref()
            .map(|text| Crs::parse(text).expect(file).name().to_owned());
        let found = (features.len(), name.as_deref(), features.geometry_counts());
        if found != (rows, crs, geometries.to_vec()) {
            different.push(format!("{file}: {found:?}"));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}

/// The sum of a column of numbers.
fn sum(features: &Features, column: &str) -> f64 {
    let column = features.column(column).expect(column);
    (0..column.len()).filter_map(|row| column.number(row)).sum()
}

#[test]
fn totals_are_those_that_were_published() {
    let Some(zones) = plain("censo/censo_2017_zonas.csv") else {
        return;
    };
    assert_eq!(sum(&zones, "poblacion"), 16_788_841.0);
    let Some(communes) = plain("censo/censo_2017_comunas.csv") else {
        return;
    };
    assert_eq!(sum(&communes, "poblacion"), 17_574_003.0);
    for file in [
        "derived/manzanas_ciudad_sur.fgb",
        "derived/manzanas_ciudad_sur.gpkg",
    ] {
        let Some(blocks) = plain(file) else { return };
        assert_eq!(
            (sum(&blocks, "pop"), sum(&blocks, "hh")),
            (853_057.0, 266_956.0),
            "{file}"
        );
    }
}

#[test]
fn codes_with_leading_zeros_are_text() {
    let Some(codes) = plain("censo/codigos_territoriales.csv") else {
        return;
    };
    assert_eq!(
        codes.column("commune_id").map(|column| column.value(0)),
        Some(Value::Text("01101"))
    );
    let options = CsvOptions {
        text: vec!["geocodigo".to_owned()],
        ..CsvOptions::default()
    };
    let Some(zones) = layer(
        "censo/censo_2017_zonas.csv",
        &ReadOptions {
            csv: options,
            ..ReadOptions::default()
        },
    ) else {
        return;
    };
    assert!(
        matches!(zones.column("geocodigo").map(|column| column.value(0)), Some(Value::Text(code)) if code.len() == 11)
    );
}

#[test]
fn letters_with_accents_survive_every_encoding() {
    for (file, column, name) in [
        (
            "territorio/eod2012/Zonificacion_EOD2012.shp",
            "Comuna",
            "Ñuñoa",
        ),
        (
            "territorio/eod2012/EstacionMetro.csv",
            "EstacionMetro",
            "Ñuble (Línea 5)",
        ),
        (
            "territorio/ine_censo2017_r13/COMUNA_C17.shp",
            "NOM_COMUNA",
            "PEÑALOLÉN",
        ),
        (
            "demanda/atropellos_conaset/atropellos_rm_2017.csv",
            "Comuna",
            "ÑUÑOA",
        ),
    ] {
        let Some(features) = plain(file) else { return };
        let found = features
            .columns
            .iter()
            .find(|known| known.name().eq_ignore_ascii_case(column));
        let found = found.unwrap_or_else(|| {
            panic!(
                "{file}: {:?}",
                features
                    .columns
                    .iter()
                    .map(Column::name)
                    .collect::<Vec<_>>()
            )
        });
        assert!(
            (0..found.len()).any(|row| found.value(row) == Value::Text(name)),
            "{file}"
        );
    }
}

#[test]
fn decimal_commas_are_numbers() {
    let Some(indicators) = plain("censo/siedu_indicadores_desarrollo_urbano.csv") else {
        return;
    };
    let real = indicators
        .columns
        .iter()
        .filter(|column| column.column_type() == comarca_engine::ColumnType::Real)
        .count();
    assert!(real >= 1);
    let Some(schools) = plain("infraestructura/educacion_mineduc_2022.csv") else {
        return;
    };
    assert_eq!(
        schools
            .column("LATITUD")
            .map(|column| (column.column_type().name(), column.null_count())),
        Some(("number", 3160))
    );
}

#[test]
fn text_that_was_encoded_twice_is_reported() {
    let Some(accidents) = plain("demanda/atropellos_conaset/atropellos_rm_2019.csv") else {
        return;
    };
    let reported = accidents
        .problems
        .iter()
        .find(|problem| problem.message.contains("encoded twice"));
    assert_eq!(
        reported.and_then(|problem| problem.found.as_deref()),
        Some("PEÃ‘ALOLEN")
    );
}

#[test]
fn eight_years_with_other_columns_each_are_one_layer() {
    let Some(folder) = folder() else { return };
    let files = expand("demanda/atropellos_conaset/*.csv", &folder).expect("files");
    let csv = CsvOptions {
        x: Some("X".into()),
        y: Some("Y".into()),
        crs: Some("EPSG:4326".into()),
        ..CsvOptions::default()
    };
    let options = ReadOptions {
        csv,
        ..ReadOptions::default()
    };
    let years = files
        .iter()
        .flat_map(|file| read(file, &options).unwrap_or_else(|error| panic!("{error}")));
    let all = Features::concatenated(years.collect()).expect("eight files");
    assert_eq!((all.len(), all.coordinates.len()), (13_556, 13_556));
    assert!(all.columns.iter().all(|column| column.len() == all.len()));
}

/// An edge by the bits of its ends, the same in both directions.
type Edge = [[u64; 2]; 2];

fn edges(vertices: &[[f64; 2]]) -> impl Iterator<Item = Edge> {
    vertices.windows(2).map(|edge| {
        let mut edge = [edge[0], edge[1]].map(|end| end.map(f64::to_bits));
        edge.sort_unstable();
        edge
    })
}

#[test]
fn a_coverage_in_topojson_has_the_borders_of_its_arcs_and_no_other() {
    let Some(folder) = folder() else { return };
    for name in ["comunas_r13", "zonas_r13"] {
        let file = folder.join("territorio/chilemapas").join(name);
        let text = fs::read_to_string(file.with_extension("topojson")).expect("a file");
        let (_, arcs) = text
            .rsplit_once("\"arcs\":[[[")
            .expect("the arcs come last");
        let (arcs, _) = arcs.split_once("]]]").expect("an end");
        let arcs = arcs.split("]],[[").map(positions);
        let of_arcs: HashSet<Edge> = arcs
            .flat_map(|arc| edges(&arc).collect::<Vec<_>>())
            .collect();
        let read = plain(&format!("territorio/chilemapas/{name}.topojson")).expect("a layer");
        let rings = (0..read.len()).flat_map(|row| read.shapes.feature_rings(row));
        let of_rings: HashSet<Edge> = rings
            .flat_map(|ring| edges(&read.coordinates[read.shapes.coordinates(ring)]))
            .collect();
        assert_eq!(of_rings, of_arcs, "{name}");
        // The same layer as GeoJSON has the same vertices and values.
        let twin = plain(&format!("territorio/chilemapas/{name}.geojson")).expect("a layer");
        assert_eq!(read.coordinates, twin.coordinates, "{name}");
        assert_eq!(read.columns, twin.columns, "{name}");
    }
}

/// Positions such as `1,2],[3,4`.
fn positions(arc: &str) -> Vec<[f64; 2]> {
    let number = |text: &str| text.parse().expect("a number");
    arc.split("],[")
        .map(|position| position.split_once(',').expect("two numbers"))
        .map(|(x, y)| [number(x), number(y)])
        .collect()
}

#[test]
fn street_markets_stand_in_their_communes() {
    let Some(communes) = plain("territorio/ine_censo2017_r13/COMUNA_C17.shp") else {
        return;
    };
    let json = JsonOptions {
        x: Some("coordenadas.lng".into()),
        y: Some("coordenadas.lat".into()),
        geometry: Several::Mean,
        ..JsonOptions::default()
    };
    let options = ReadOptions {
        json,
        ..ReadOptions::default()
    };
    let markets = layer("infraestructura/ferias_libres_r13.json", &options).expect("a layer");
    let code = communes.column("COMUNA").expect("the codes");
    for (commune, count) in [
        ("13111", 13),
        ("13129", 8),
        ("13131", 8),
        ("13116", 11),
        ("13121", 8),
        ("13105", 15),
        ("13130", 6),
        ("13109", 7),
    ] {
        let row = (0..communes.len()).find(|row| code.value(*row) == Value::Text(commune));
        let row = row.expect(commune);
        let inside = markets
            .coordinates
            .iter()
            .filter(|at| contains(&communes, row, **at));
        assert_eq!(inside.count(), count, "{commune}");
    }
}

/// Whether a ray from `[x, y]` to the east meets the rings of a polygon an odd number of times.
fn contains(polygons: &Features, row: usize, [x, y]: [f64; 2]) -> bool {
    let rings = polygons.shapes.feature_rings(row);
    let crossings = rings
        .flat_map(|ring| polygons.coordinates[polygons.shapes.coordinates(ring)].windows(2))
        .filter(|edge| {
            let ([x0, y0], [x1, y1]) = (edge[0], edge[1]);
            (y0 > y) != (y1 > y) && x < x0 + (y - y0) / (y1 - y0) * (x1 - x0)
        });
    crossings.count() % 2 == 1
}

/// Numbers of rows that look wrong, by how.
fn suspicions(file: &str) -> Option<Vec<(SuspicionKind, usize)>> {
    let features = plain(file)?;
    Some(
        suspicious(&features, &Crs::lonlat())
            .iter()
            .map(|found| (found.kind, found.rows.len()))
            .collect(),
    )
}

#[test]
fn coordinates_that_cannot_be_right_are_found() {
    let Some(schools) = suspicions("infraestructura/educacion_mineduc_2022.csv") else {
        return;
    };
    // Of the seven that are known, RBD 8486 is "swapped or wrong": it is among those far away.
    assert!(
        schools.contains(&(SuspicionKind::Swapped, 6)),
        "{schools:?}"
    );
    let accidents = suspicions("demanda/atropellos_conaset/atropellos_rm_2017.csv");
    assert_eq!(accidents, Some(vec![(SuspicionKind::Far, 1)]));
    let requests = suspicions("demanda/sf311/311_service_requests.csv");
    assert_eq!(requests, Some(vec![(SuspicionKind::Zero, 4264)]));
    assert_eq!(
        suspicions("infraestructura/comisarias_osm_rm.csv"),
        Some(vec![(SuspicionKind::Same, 221)])
    );
    assert_eq!(
        suspicions("infraestructura/gtfs_red_2020/stops.txt"),
        Some(vec![])
    );
}

/// Files and numbers of rows as the README of the files lists them: every row of a table with a column `rows`.
fn listed_rows(folder: &Path) -> Vec<(PathBuf, usize)> {
    let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
    let (mut section, mut rows_column) = ("", None);
    let mut listed = vec![];
    for line in readme.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (section, rows_column) = (heading.trim_end_matches('/'), None);
        }
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        match rows_column {
            None => rows_column = cells.iter().position(|cell| *cell == "rows"),
            Some(rows) if line.starts_with("| `") => {
                let files = named_files(&folder.join(section), cells[1]);
                listed.extend(counted(files, cells[rows]));
            }
            Some(_) => {}
        }
    }
    listed
}

/// The files that the first cell names: all between backticks, a later one as an ending of the first.
fn named_files(folder: &Path, cell: &str) -> Vec<PathBuf> {
    let names = cell.split('`').skip(1).step_by(2);
    let mut files: Vec<PathBuf> = vec![];
    for name in names {
        let first = files.first().cloned().unwrap_or_default();
        let path = match name.strip_prefix('.') {
            Some(extension) => first.with_extension(extension),
            None => first
                .parent()
                .filter(|_| !files.is_empty())
                .unwrap_or(folder)
                .join(name),
        };
        let pattern = path.to_string_lossy().replace("{shp,shx,DBF,prj}", "shp");
        let pattern = pattern
            .replace("C17.*", "C17.shp")
            .replace("<commune>", "*")
            .replace("<year>", "*");
        files.extend(expand(&pattern, Path::new("")).expect("the files that are listed"));
    }
    files
}

/// The numbers of a cell such as `1,865 / 451`, `stops 11,411; routes 372` or `2,622 in the largest`, with their files.
fn counted(files: Vec<PathBuf>, cell: &str) -> Vec<(PathBuf, usize)> {
    let number = |text: &str| -> Option<usize> {
        let digits = text
            .trim_matches(['*', ';', ',', '(', ')', ' '])
            .replace(',', "");
        digits.parse().ok()
    };
    let named = |file: &Path, name: &str| file.file_stem().is_some_and(|stem| stem == name);
    let words: Vec<&str> = cell.split_whitespace().collect();
    let pairs = words.windows(2).filter_map(|pair| {
        let file = files.iter().find(|file| named(file, pair[0]))?;
        Some((file.clone(), number(pair[1])?))
    });
    let pairs: Vec<_> = pairs.collect();
    if !pairs.is_empty() {
        return pairs;
    }
    let numbers: Vec<usize> = words.iter().filter_map(|word| number(word)).collect();
    match numbers.first() {
        // "1,240 in La Granja", "2,622 in the largest": one file of many.
        Some(rows) if cell.contains(" in ") && files.len() > 2 => {
            let largest = files.into_iter().max_by_key(|file| {
                let size = fs::metadata(file).map_or(0, |meta| meta.len());
                (cell.contains("La Granja") && named(file, "la-granja"), size)
            });
            largest.map(|file| (file, *rows)).into_iter().collect()
        }
        Some(_) if numbers.len() >= files.len() => files.into_iter().zip(numbers).collect(),
        Some(rows) => files.into_iter().map(|file| (file, *rows)).collect(),
        None => vec![],
    }
}

#[test]
fn every_file_has_the_rows_that_the_readme_lists() {
    let Some(folder) = folder() else { return };
    let listed = listed_rows(&folder);
    for (file, rows) in &listed {
        let layers = read(file, &ReadOptions::default()).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(layers[0].len(), *rows, "{}", file.display());
    }
    assert!(listed.len() >= 40, "only {} files are listed", listed.len());
}

#[test]
fn a_window_by_the_index_is_the_whole_file_filtered() {
    for (file, window) in [
        ("bench/countries.fgb", [-80.0, -56.0, -60.0, -17.0]),
        ("bench/countries.fgb", [5.0, 45.0, 5.0, 45.0]),
        (
            "derived/manzanas_ciudad_sur.fgb",
            [-70.65, -33.56, -70.64, -33.55],
        ),
        ("derived/manzanas_ciudad_sur.fgb", [0.0, 0.0, 1.0, 1.0]),
    ] {
        let Some(whole) = plain(file) else { return };
        let meets = |row: &u32| {
            let own = whole.select(&[*row]).bounds();
            own.is_some_and(|[x0, y0, x1, y1]| {
                x0 <= window[2] && window[0] <= x1 && y0 <= window[3] && window[1] <= y1
            })
        };
        let rows: Vec<u32> = (0..).take(whole.len()).filter(meets).collect();
        let expected = whole.select(&rows);
        let options = ReadOptions {
            window: Some(window),
            ..ReadOptions::default()
        };
        let Some(found) = layer(file, &options) else {
            return;
        };
        assert_eq!(found.coordinates, expected.coordinates, "{file} {window:?}");
        let cells = |features: &Features| -> Vec<String> {
            let column = |column: &Column| {
                let cells = (0..column.len()).map(|row| column.value(row));
                format!("{} {:?}", column.name(), cells.collect::<Vec<_>>())
            };
            features.columns.iter().map(column).collect()
        };
        assert_eq!(cells(&found), cells(&expected));
    }
}

#[test]
fn files_that_are_no_layers_say_what_they_are() {
    let Some(folder) = folder() else { return };
    for (file, word) in [
        ("territorio/eod2012/Zonificacion_EOD2012.prj", ".shp"),
        ("territorio/eod2012/Zonificacion_EOD2012.shx", ".shp"),
        ("territorio", "folder"),
    ] {
        let error = read(&folder.join(file), &ReadOptions::default()).expect_err(file);
        assert!(error.to_string().contains(word), "{error}");
    }
}
