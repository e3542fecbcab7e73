//! Archives hold what the territory shows, whatever happened on the way.

use std::collections::BTreeMap;
use std::fs;
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use comarca_engine::Filter;
use comarca_engine::tile::TileOptions;
use rusqlite::Connection;
use tempfile::TempDir;

use super::directory::Entry;
use super::*;
use crate::Project;
use crate::source::{OpenArchive, tile_archive};

const HIGHEST: u8 = 13;

fn sample() -> &'static Territory {
    static SAMPLE: OnceLock<Territory> = OnceLock::new();
    SAMPLE.get_or_init(|| {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../data/comarca.toml");
        let project = Project::open(file).unwrap_or_else(|errors| panic!("{errors}"));
        project
            .load()
            .unwrap_or_else(|failure| panic!("{failure}"))
            .0
    })
}

fn request(format: TileFormat) -> TilesRequest {
    TilesRequest {
        sources: ["districts", "schools"].map(str::to_owned).into(),
        zooms: 0..=HIGHEST,
        bbox: None,
        indicators: vec![],
        properties: None,
        filter: None,
        format,
        compression: None,
        bytes_max: None,
        features_max: None,
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn write(request: &TilesRequest, path: &Path) -> TilesSummary {
    write_tiles(sample(), request, path, &Unwatched).unwrap_or_else(|error| panic!("{error}"))
}

/// Every tile of the pyramid over the sample that holds something, without any index.
fn every_tile(request: &TilesRequest) -> BTreeMap<u64, Vec<u8>> {
    let sources: Vec<&str> = request.sources.iter().map(String::as_str).collect();
    let options = TileOptions {
        filter: request.filter.clone(),
        ..TileOptions::default()
    };
    let mut tiles = BTreeMap::new();
    for z in request.zooms.clone() {
        // All tiles up to zoom 6; deeper those around the sample, with one tile more on each side.
        let (mut columns, mut rows) = (0..1_u32 << z, 0..1_u32 << z);
        if z > 6 {
            let [x, y] = [19, 38].map(|at| at << (z - 6));
            columns = x - 1..x + (1 << (z - 6)) + 1;
            rows = y - 1..y + (1 << (z - 6)) + 1;
        }
        for (x, y) in columns.flat_map(|x| rows.clone().map(move |y| (x, y))) {
            let coord = TileCoord::new(z, x, y).unwrap();
            let tile = sample().tile(&sources, coord, &options).unwrap();
            if !tile.is_empty() {
                tiles.insert(coord.curve_number(), tile);
            }
        }
    }
    tiles
}

/// Follows an export, ends it after so many tiles, and keeps what it said.
struct Watch {
    left: AtomicU64,
    ends_finishing: bool,
    said: Mutex<Vec<String>>,
    counts: Mutex<(u64, u64)>,
}

impl Watch {
    fn ending_after(tiles: u64) -> Self {
        Self {
            left: AtomicU64::new(tiles),
            ends_finishing: false,
            said: Mutex::default(),
            counts: Mutex::default(),
        }
    }

    fn said(&self) -> String {
        self.said.lock().unwrap().join("\n")
    }
}

impl TileProgress for Watch {
    fn tiles(&self, count: u64, done: u64) {
        *self.counts.lock().unwrap() = (count, done);
    }
    fn done(&self, _: u64) {
        self.left.fetch_sub(1, Ordering::Relaxed);
    }
    fn finishing(&self) {
        if self.ends_finishing {
            self.left.store(0, Ordering::Relaxed);
        }
    }
    fn notice(&self, text: &str) {
        self.said.lock().unwrap().push(text.to_owned());
    }
    fn is_cancelled(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }
}

#[test]
fn every_archive_holds_every_tile_of_the_territory_and_no_other() {
    let folder = folder();
    let tiles = every_tile(&request(TileFormat::PmTiles));
    assert!(tiles.len() > 20, "{}", tiles.len());
    for compression in TileCompression::ALL.map(|(_, compression)| compression) {
        let own = TilesRequest {
            compression: Some(compression),
            ..request(TileFormat::PmTiles)
        };
        let file = folder
            .path()
            .join(format!("{}.pmtiles", compression.name()));
        assert_eq!(write(&own, &file).tiles, tiles.len() as u64);
        assert_holds(&file, &tiles);
    }
    let file = folder.path().join("a.mbtiles");
    write(&request(TileFormat::MbTiles), &file);
    assert_holds(&file, &tiles);
    let out = folder.path().join("tiles");
    write(&request(TileFormat::Folder), &out);
    for (number, tile) in &tiles {
        let coord = TileCoord::from_curve_number(*number).unwrap();
        let file = out.join(format!("{}/{}/{}.mvt", coord.z(), coord.x(), coord.y()));
        assert_eq!(&fs::read(file).unwrap(), tile);
    }
    // The rows of the files count from the north, those of MBTiles from the south.
    let told: serde_json::Value =
        serde_json::from_slice(&fs::read(out.join("metadata.json")).unwrap()).unwrap();
    assert_eq!(told["format"], "pbf");
    assert!(told.get("scheme").is_none(), "{told}");
    let scheme: String = Connection::open(folder.path().join("a.mbtiles"))
        .and_then(|database| {
            let query = "SELECT value FROM metadata WHERE name = 'scheme'";
            database.query_row(query, [], |row| row.get(0))
        })
        .unwrap();
    assert_eq!(scheme, "tms");
    // No part and no journal stays.
    let left: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(left.len(), TileCompression::ALL.len() + 2, "{left:?}");
}

/// The archive has these tiles, and is in order by the reader that did not write it.
fn assert_holds(file: &Path, tiles: &BTreeMap<u64, Vec<u8>>) {
    let told = tile_archive(file).unwrap().unwrap();
    assert_eq!(told.problems, [], "{}", file.display());
    assert_eq!(told.addressed_tiles, tiles.len() as u64);
    assert_eq!(told.zooms, Some((0, HIGHEST)));
    let layers: Vec<&str> = told.layers.iter().map(|layer| layer.id.as_str()).collect();
    assert_eq!(layers, ["districts", "schools"]);
    let archive = OpenArchive::open(file).unwrap();
    for (number, tile) in tiles {
        let coord = TileCoord::from_curve_number(*number).unwrap();
        assert_eq!(
            archive.unpacked(coord).unwrap().as_ref(),
            Some(tile),
            "{coord:?}"
        );
    }
    let nowhere = TileCoord::new(HIGHEST, 0, 0).unwrap();
    assert_eq!(archive.unpacked(nowhere).unwrap(), None);
}

#[test]
fn the_same_tiles_make_the_same_bytes_at_any_number_of_threads_and_after_any_interruption() {
    let folder = folder();
    for (format, name) in [
        (TileFormat::PmTiles, "a.pmtiles"),
        (TileFormat::MbTiles, "a.mbtiles"),
    ] {
        let request = request(format);
        let whole = folder.path().join(name);
        write(&request, &whole);
        let expected = fs::read(&whole).unwrap();
        for threads in [1, 3] {
            let again = folder.path().join(format!("{threads}-{name}"));
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| write(&request, &again));
            assert!(
                fs::read(&again).unwrap() == expected,
                "{threads} threads, {name}"
            );
        }
        for tiles in [1, 2, 7, 20] {
            let file = folder.path().join(format!("interrupted-{name}"));
            let watch = Watch::ending_after(tiles);
            let error = write_tiles(sample(), &request, &file, &watch).unwrap_err();
            assert!(matches!(error, ExportError::Interrupted), "{error}");
            assert!(!file.exists());
            let watch = Watch::ending_after(u64::MAX);
            write_tiles(sample(), &request, &file, &watch).unwrap();
            assert!(
                watch.said().contains("going on behind the"),
                "{}",
                watch.said()
            );
            assert!(watch.counts.lock().unwrap().1 >= tiles - 1);
            assert!(
                fs::read(&file).unwrap() == expected,
                "after {tiles} tiles, {name}"
            );
            fs::remove_file(file).unwrap();
        }
    }
}

#[test]
fn what_is_ended_while_it_is_put_together_leaves_the_part_and_goes_on() {
    for (format, name, draft) in [
        (TileFormat::MbTiles, "a.mbtiles", "a.mbtiles.part.database"),
        (TileFormat::Folder, "a", "a.part.folder"),
    ] {
        let folder = folder();
        let (file, draft) = (folder.path().join(name), folder.path().join(draft));
        let request = request(format);
        // What a killed export leaves.
        match format {
            TileFormat::Folder => {
                fs::create_dir_all(draft.join("3/1")).unwrap();
                fs::write(draft.join("3/1/1.mvt"), "half").unwrap();
            }
            _ => fs::write(&draft, "half").unwrap(),
        }
        let watch = Watch {
            ends_finishing: true,
            ..Watch::ending_after(u64::MAX)
        };
        let error = write_tiles(sample(), &request, &file, &watch).unwrap_err();
        assert!(matches!(error, ExportError::Interrupted), "{error}");
        let names = || -> Vec<String> {
            let entries = fs::read_dir(folder.path()).unwrap();
            let name = |entry: io::Result<fs::DirEntry>| entry.unwrap().file_name();
            let mut names: Vec<String> = entries
                .map(|entry| name(entry).into_string().unwrap())
                .collect();
            names.sort_unstable();
            names
        };
        assert_eq!(
            names(),
            [format!("{name}.part"), format!("{name}.part.journal")]
        );
        let watch = Watch::ending_after(u64::MAX);
        let summary = write_tiles(sample(), &request, &file, &watch).unwrap();
        let (_, done) = *watch.counts.lock().unwrap();
        assert!(done >= summary.tiles && summary.tiles > 20, "{summary:?}");
        assert_eq!(names(), [name]);
        assert!(!file.join("3/1/1.mvt").exists());
    }
}

#[test]
fn another_request_does_not_go_on_with_a_part() {
    let folder = folder();
    let file = folder.path().join("a.pmtiles");
    let first = request(TileFormat::PmTiles);
    write_tiles(sample(), &first, &file, &Watch::ending_after(9)).unwrap_err();
    let second = TilesRequest {
        filter: Some(Filter::parse("key IS NOT NULL").unwrap()),
        ..first
    };
    let watch = Watch::ending_after(u64::MAX);
    write_tiles(sample(), &second, &file, &watch).unwrap();
    assert!(watch.said().contains("beginning anew"), "{}", watch.said());
    assert_holds(&file, &every_tile(&second));
}

#[test]
fn a_tile_that_waits_weighs_something_whatever_it_is() {
    let repeated = |stored: Option<Vec<u8>>| Cut {
        coord: TileCoord::new(0, 0, 0).unwrap(),
        digest: ContentDigest::default(),
        bytes: 9,
        stored,
        left_out: 0,
    };
    assert!(size_of::<Option<Cut>>() * 2 < WAITING_BYTES);
    assert_eq!(weight(None), WAITING_BYTES);
    assert_eq!(weight(Some(&repeated(None))), WAITING_BYTES);
    let own = Vec::with_capacity(1_000);
    assert_eq!(weight(Some(&repeated(Some(own)))), WAITING_BYTES + 1_000);
}

/// Two sectors within communes that reach so far to the east, and beside them one feature of this geometry.
fn small(communes_end: [f64; 2], geometry: &str) -> Territory {
    let folder = folder();
    let square = |id: usize, [west, east]: [f64; 2]| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}"}},"geometry":{{"type":"Polygon","coordinates":[[[{west},-34],[{east},-34],[{east},-33],[{west},-33],[{west},-34]]]}}}}"#
        )
    };
    let feature =
        format!(r#"{{"type":"Feature","properties":{{"id":"1"}},"geometry":{geometry}}}"#);
    let squares = |ends: [[f64; 2]; 2]| {
        let [first, second] = ends;
        format!("{},{}", square(1, first), square(2, second))
    };
    let middle = communes_end[0];
    for (name, features) in [
        ("sectors", squares([[-72.0, -71.0], [-71.0, -70.0]])),
        (
            "communes",
            squares([[-73.0, middle], [middle, communes_end[1]]]),
        ),
        ("shape", feature),
    ] {
        let text = format!(r#"{{"type":"FeatureCollection","features":[{features}]}}"#);
        fs::write(folder.path().join(format!("{name}.geojson")), text).unwrap();
    }
    let project = r#"name = "T"
crs = "EPSG:32719"
levels = [{ id = "sectors", layer = "sectors", parent = "within" }, { id = "communes", layer = "communes" }]
[layers]
sectors = { source = "sectors.geojson", key = "id" }
communes = { source = "communes.geojson", key = "id" }
shape = { source = "shape.geojson", key = "id" }
"#;
    let project = Project::parse(&folder.path().join("comarca.toml"), project.to_owned()).unwrap();
    let loaded = project.load();
    loaded.unwrap_or_else(|failure| panic!("{failure}")).0
}

#[test]
fn exports_are_told_apart_by_all_that_changes_their_tiles() {
    let fingerprint = |territory: &Territory, request: &TilesRequest| {
        Plan::new(territory, request).unwrap().fingerprint()
    };
    let of = |source: &str| TilesRequest {
        sources: vec![source.to_owned()],
        ..request(TileFormat::PmTiles)
    };
    let (communes, shape) = (
        [-71.0, -69.0],
        r#"{"type":"Point","coordinates":[-71,-34]}"#,
    );
    let plain = fingerprint(&small(communes, shape), &of("sectors"));
    assert_eq!(plain, fingerprint(&small(communes, shape), &of("sectors")));
    // Sectors of two communes never become one; the communes themselves are not exported.
    let other = small([-69.0, -68.0], shape);
    assert_eq!(other.levels()[0].parent(1), Some(0));
    let of_bounds = |bytes_max, features_max| {
        let request = TilesRequest {
            bytes_max,
            features_max,
            ..of("sectors")
        };
        fingerprint(&small(communes, shape), &request)
    };
    let mut prints = vec![
        plain,
        fingerprint(&other, &of("sectors")),
        of_bounds(Some(9), None),
        of_bounds(None, Some(9)),
    ];
    // The same five coordinates.
    for (kind, from, to) in [
        ("MultiPoint", "[", "]"),
        ("LineString", "[", "]"),
        ("MultiLineString", "[[", "]]"),
        ("Polygon", "[[", "]]"),
    ] {
        let between = match kind {
            "MultiLineString" => "],[",
            _ => ",",
        };
        let shape = format!(
            r#"{{"type":"{kind}","coordinates":{from}[-71,-34],[-70,-34],[-70,-33]{between}[-71,-33],[-71,-34]{to}}}"#
        );
        let territory = small(communes, &shape);
        assert_eq!(territory.layer("shape").unwrap().world().len(), 5, "{kind}");
        prints.push(fingerprint(&territory, &of("shape")));
    }
    let count = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), count);
}

#[test]
fn what_is_left_out_is_counted_also_where_a_tile_is_empty_for_it() {
    let folder = folder();
    let cut = |request: &TilesRequest| -> Vec<(Vec<u8>, u64)> {
        let plan = Plan::new(sample(), request).unwrap();
        let pyramid = plan.pyramid().unwrap();
        let tiles = pyramid.coords().map(|coord| plan.tile(coord).unwrap());
        tiles.collect()
    };
    let filled = |tiles: &[(Vec<u8>, u64)]| {
        let filled = tiles.iter().filter(|(tile, _)| !tile.is_empty());
        filled.count() as u64
    };
    let has_emptied = |tiles: &[(Vec<u8>, u64)]| {
        let mut tiles = tiles.iter();
        tiles.any(|(tile, left_out)| tile.is_empty() && *left_out > 0)
    };
    // A bound that leaves something in some tiles and nothing in others.
    let (tight, tiles) = (1..200)
        .map(|tens| {
            let tight = TilesRequest {
                zooms: 8..=HIGHEST,
                properties: Some(vec![]),
                bytes_max: Some(tens * 10),
                ..request(TileFormat::PmTiles)
            };
            let tiles = cut(&tight);
            (tight, tiles)
        })
        .find(|(_, tiles)| filled(tiles) > 3 && has_emptied(tiles))
        .expect("such a bound");
    let expected = TilesSummary {
        tiles: filled(&tiles),
        left_out: tiles.iter().map(|(_, left_out)| left_out).sum(),
        ..TilesSummary::default()
    };
    for (format, name) in [
        (TileFormat::PmTiles, "a.pmtiles"),
        (TileFormat::MbTiles, "a.mbtiles"),
        (TileFormat::Folder, "a"),
    ] {
        let tight = TilesRequest {
            format,
            ..tight.clone()
        };
        let file = folder.path().join(name);
        let watch = Watch::ending_after(tiles.len() as u64 - 1);
        write_tiles(sample(), &tight, &file, &watch).unwrap_err();
        let summary = write(&tight, &file);
        let told = TilesSummary {
            tiles: summary.tiles,
            left_out: summary.left_out,
            ..TilesSummary::default()
        };
        assert_eq!(told, expected, "{name}");
        if format != TileFormat::Folder {
            let told = tile_archive(&file).unwrap().unwrap();
            assert_eq!(told.problems, [], "{name}");
            assert_eq!(told.addressed_tiles, expected.tiles, "{name}");
        }
    }
    let none = TilesRequest {
        bytes_max: Some(1),
        ..tight
    };
    let error = write_tiles(
        sample(),
        &none,
        &folder.path().join("b.pmtiles"),
        &Unwatched,
    );
    let error = error.unwrap_err().to_string();
    assert!(error.contains("tile_max_kb"), "{error}");
}

#[test]
fn a_box_and_a_filter_leave_only_what_they_keep() {
    let folder = folder();
    let file = folder.path().join("a.pmtiles");
    let all = every_tile(&request(TileFormat::PmTiles));
    let bbox = [-70.66, -33.55, -70.64, -33.53];
    write(
        &TilesRequest {
            bbox: Some(bbox),
            ..request(TileFormat::PmTiles)
        },
        &file,
    );
    let archive = OpenArchive::open(&file).unwrap();
    let meets = |coord: TileCoord| {
        let [west, south, east, north] = coord.bounds();
        west <= bbox[2] && east >= bbox[0] && south <= bbox[3] && north >= bbox[1]
    };
    for (number, tile) in &all {
        let coord = TileCoord::from_curve_number(*number).unwrap();
        let expected = meets(coord).then_some(tile);
        assert_eq!(
            archive.unpacked(coord).unwrap().as_ref(),
            expected,
            "{coord:?}"
        );
    }
    assert!(
        archive
            .bounds()
            .unwrap()
            .iter()
            .zip(bbox)
            .all(|(a, b)| (a - b).abs() < 1e-6)
    );
}

#[test]
fn indicators_are_joined_to_levels_and_told_in_the_metadata() {
    let folder = folder();
    let file = folder.path().join("a.mbtiles");
    let indicator = sample().indicators().next().unwrap().id.clone();
    let own = TilesRequest {
        indicators: vec![indicator.clone()],
        properties: Some(vec![]),
        ..request(TileFormat::MbTiles)
    };
    write(&own, &file);
    let archive = OpenArchive::open(&file).unwrap();
    let fields = |at: usize| -> Vec<&str> {
        archive.layers()[at]
            .fields
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    };
    assert_eq!(fields(0), ["key", "name", indicator.as_str()]);
    assert_eq!(fields(1), ["key", "name"]);
    let coord = TileCoord::new(0, 0, 0).unwrap();
    let none = Some(vec![]);
    let options = |indicators| TileOptions {
        indicators,
        properties: none.clone(),
        ..TileOptions::default()
    };
    let joined = sample()
        .tile(&["districts"], coord, &options(vec![indicator]))
        .unwrap();
    let plain = sample()
        .tile(&["schools"], coord, &options(vec![]))
        .unwrap();
    assert_eq!(
        archive.unpacked(coord).unwrap().unwrap(),
        [joined, plain].concat()
    );
}

#[test]
fn what_cannot_be_written_is_refused_with_what_can() {
    let folder = folder();
    let file = folder.path().join("a.pmtiles");
    let good = request(TileFormat::PmTiles);
    let some = |text: &str| vec![text.to_owned()];
    for (bad, word) in [
        (
            TilesRequest {
                sources: some("distrits"),
                ..good.clone()
            },
            "did you mean \"districts\"?",
        ),
        (
            TilesRequest {
                zooms: RangeInclusive::new(5, 4),
                ..good.clone()
            },
            "the lowest zoom, 5, is above the highest, 4",
        ),
        (
            TilesRequest {
                zooms: 0..=23,
                ..good.clone()
            },
            "above 22",
        ),
        (
            TilesRequest {
                indicators: some("nothing"),
                ..good.clone()
            },
            "there is no indicator",
        ),
        (
            TilesRequest {
                sources: some("schools"),
                indicators: some("population"),
                ..good.clone()
            },
            "belong to levels",
        ),
        (
            TilesRequest {
                properties: Some(some("nothing")),
                ..good.clone()
            },
            "there is no property",
        ),
        (
            TilesRequest {
                filter: Some(Filter::parse("nothing = 1").unwrap()),
                ..good.clone()
            },
            "nothing",
        ),
        (
            TilesRequest {
                bbox: Some([10.0, 10.0, 11.0, 11.0]),
                zooms: 9..=10,
                ..good.clone()
            },
            "no tile has anything",
        ),
        (
            TilesRequest {
                format: TileFormat::MbTiles,
                compression: Some(TileCompression::Zstd),
                ..good
            },
            "gzip",
        ),
    ] {
        let error = write_tiles(sample(), &bad, &file, &Unwatched)
            .unwrap_err()
            .to_string();
        assert!(error.contains(word), "{error}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let other = folder.path().join("other");
    fs::create_dir(&other).unwrap();
    fs::write(other.join("mine.txt"), "x").unwrap();
    let to_folder = request(TileFormat::Folder);
    let error = write_tiles(sample(), &to_folder, &other, &Unwatched)
        .unwrap_err()
        .to_string();
    assert!(error.contains("not an empty folder"), "{error}");
    assert!(other.join("mine.txt").exists());
    assert!(TileFormat::of_path(Path::new("a.geojson")).is_err());
}

#[test]
fn equal_tiles_are_stored_once() {
    let folder = folder();
    // One polygon that fills whole tiles, so that its inner tiles are all alike.
    let project = r#"name = "T"
crs = "EPSG:32719"
levels = [{ id = "square", layer = "square" }]
[layers.square]
source = "square.geojson"
key = "id"
"#;
    let square = r#"{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"1"},"geometry":
{"type":"Polygon","coordinates":[[[-71,-34],[-70,-34],[-70,-33],[-71,-33],[-71,-34]]]}}]}"#;
    fs::write(folder.path().join("square.geojson"), square).unwrap();
    let project = Project::parse(&folder.path().join("comarca.toml"), project.to_owned()).unwrap();
    let territory = Arc::new(
        project
            .load()
            .unwrap_or_else(|failure| panic!("{failure}"))
            .0,
    );
    let own = TilesRequest {
        sources: vec![],
        zooms: 0..=13,
        properties: Some(vec![]),
        ..request(TileFormat::PmTiles)
    };
    let (pmtiles, mbtiles) = (
        folder.path().join("a.pmtiles"),
        folder.path().join("a.mbtiles"),
    );
    let summary = write_tiles(&territory, &own, &pmtiles, &Unwatched).unwrap();
    assert!(
        summary.tiles > 700 && summary.contents * 4 < summary.tiles,
        "{summary:?}"
    );
    let told = tile_archive(&pmtiles).unwrap().unwrap();
    assert_eq!(told.problems, []);
    assert_eq!(
        (told.addressed_tiles, told.tile_contents),
        (summary.tiles, Some(summary.contents))
    );
    assert!(told.tile_entries.unwrap() < summary.tiles);
    let own = TilesRequest {
        format: TileFormat::MbTiles,
        ..own
    };
    write_tiles(&territory, &own, &mbtiles, &Unwatched).unwrap();
    let database = Connection::open(&mbtiles).unwrap();
    let count = |table: &str| -> u64 {
        database
            .query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap()
    };
    assert_eq!(
        (count("tiles"), count("map"), count("images")),
        (summary.tiles, summary.tiles, summary.contents)
    );
}

#[test]
fn a_root_directory_never_grows_beyond_its_room() {
    // Lengths and gaps that do not compress.
    let mut state = 1_u64;
    let mut number = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(state >> 33).unwrap()
    };
    let (mut tile, mut offset) = (0, 0);
    let entries: Vec<Entry> = (0..200_000)
        .map(|_| {
            let length = 1 + number() % 50_000;
            let entry = Entry {
                tile,
                offset,
                length,
                run: 1,
            };
            tile += u64::from(1 + number() % 1_000);
            offset += u64::from(length);
            entry
        })
        .collect();
    for (count, root_max) in [
        (1, 16_257),
        (2_000, 16_257),
        (200_000, 16_257),
        (200_000, 300),
    ] {
        let packed = directory::pack(&entries[..count], root_max).unwrap();
        assert!(
            packed.root.len() <= root_max,
            "{count}: {}",
            packed.root.len()
        );
        assert_eq!(packed.leaves.is_empty(), count <= 2_000);
    }
}
