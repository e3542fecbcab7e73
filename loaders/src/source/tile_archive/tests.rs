use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;

use super::*;
use crate::source::tests::assert_survived_bytes;
use crate::source::{ReadOptions, read};

fn corpus(name: &str) -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/tiles")).join(name)
}

fn archive(path: &Path) -> Result<TileArchive, LoadError> {
    tile_archive(path).map(|archive| archive.expect("an archive"))
}

fn messages(archive: &TileArchive) -> String {
    let problems: Vec<_> = archive.problems.iter().map(ToString::to_string).collect();
    problems.join("\n")
}

/// A `PMTiles` archive without compression: root directory, metadata, leaves, 100 bytes of tiles.
struct Builder {
    root: Vec<u8>,
    leaves: Vec<u8>,
    metadata: Vec<u8>,
    counts: [u64; 3],
    zooms: [u8; 2],
    tiles: u64,
}

impl Default for Builder {
    fn default() -> Self {
        Self {
            // Tile 0, then tiles 5 to 7 with the content of tile 0, then tile 9.
            root: directory(&[(0, 1, 10, 1), (5, 3, 10, 1), (9, 1, 20, 11)]),
            leaves: vec![],
            metadata: b"{}".to_vec(),
            counts: [5, 3, 2],
            zooms: [0, 2],
            tiles: 100,
        }
    }
}

impl Builder {
    fn bytes(&self) -> Vec<u8> {
        let mut file = b"PMTiles\x03".to_vec();
        let mut at = 127;
        for length in [self.root.len(), self.metadata.len(), self.leaves.len()] {
            file.extend((at as u64).to_le_bytes());
            file.extend((length as u64).to_le_bytes());
            at += length;
        }
        file.extend((at as u64).to_le_bytes());
        file.extend(self.tiles.to_le_bytes());
        self.counts
            .iter()
            .for_each(|count| file.extend(count.to_le_bytes()));
        file.extend([1, 1, 2, 1, self.zooms[0], self.zooms[1]]);
        for degrees in [-70, -33, -69, -32, 0, 0] {
            if file.len() == 118 {
                file.push(0);
            }
            file.extend((degrees * 10_000_000_i32).to_le_bytes());
        }
        assert_eq!(file.len(), 127);
        [
            file,
            self.root.clone(),
            self.metadata.clone(),
            self.leaves.clone(),
            vec![7; 100],
        ]
        .concat()
    }

    fn read(&self) -> Result<TileArchive, LoadError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pmtiles");
        fs::write(&path, self.bytes()).expect("a file");
        archive(&path)
    }
}

/// A directory of entries: tile, run, length, offset plus one (or 0: behind the one before).
fn directory(entries: &[(u64, u64, u64, u64)]) -> Vec<u8> {
    let mut bytes = vec![];
    let mut push = |mut number: u64| {
        while number >= 0x80 {
            bytes.push(u8::try_from(number & 0x7f | 0x80).expect("a byte"));
            number >>= 7;
        }
        bytes.push(u8::try_from(number).expect("a byte"));
    };
    push(entries.len() as u64);
    let mut before = 0;
    for entry in entries {
        push(entry.0.wrapping_sub(before));
        before = entry.0;
    }
    entries.iter().for_each(|entry| push(entry.1));
    entries.iter().for_each(|entry| push(entry.2));
    entries.iter().for_each(|entry| push(entry.3));
    bytes
}

#[test]
fn both_archives_tell_the_same_of_the_same_tiles() {
    let pmtiles = archive(&corpus("sectors.pmtiles")).expect("PMTiles");
    let mbtiles = archive(&corpus("sectors.mbtiles")).expect("MBTiles");
    assert_eq!(pmtiles.problems, []);
    assert_eq!(mbtiles.problems, []);
    let counts = (
        pmtiles.addressed_tiles,
        pmtiles.tile_entries,
        pmtiles.tile_contents,
    );
    assert_eq!(counts, (6, Some(6), Some(6)));
    let sizes = TileSizes {
        smallest: 176,
        median: 188,
        largest: 190,
    };
    assert_eq!(pmtiles.sizes, Some(sizes));
    let same = |archive: &TileArchive| {
        (
            archive.name.clone(),
            archive.tile_type.clone(),
            archive.tile_compression.clone(),
            archive.zooms,
            archive.addressed_tiles,
            archive.sizes,
            archive.layers.clone(),
        )
    };
    assert_eq!(same(&pmtiles), same(&mbtiles));
    assert_eq!(
        (
            pmtiles.tile_type.as_deref(),
            pmtiles.tile_compression.as_deref()
        ),
        (Some("mvt"), Some("gzip"))
    );
    let layer = &pmtiles.layers[0];
    let fields: Vec<_> = layer
        .fields
        .iter()
        .map(|(name, kind)| (name.as_str(), kind.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("name", "String"),
            ("people", "Number"),
            ("share", "Number"),
            ("open", "Boolean")
        ]
    );
    assert_eq!(
        (layer.features, layer.geometry.as_deref()),
        (Some(2), Some("Polygon"))
    );
    let bounds = mbtiles.bounds.expect("bounds");
    let near = |(a, b): (f64, f64)| (a - b).abs() < 1e-6;
    assert!(
        pmtiles
            .bounds
            .expect("bounds")
            .into_iter()
            .zip(bounds)
            .all(near)
    );
}

#[test]
fn an_archive_is_no_layer_and_a_layer_is_no_archive() {
    for name in ["sectors.pmtiles", "sectors.mbtiles"] {
        let error = read(&corpus(name), &ReadOptions::default())
            .expect_err(name)
            .to_string();
        assert!(
            error.contains("archive of tiles") && error.contains("comarca info"),
            "{error}"
        );
    }
    let layer = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/corpus/json/markets.json"
    ));
    assert_eq!(tile_archive(layer).ok().flatten(), None);
    assert!(tile_archive(Path::new("gone.pmtiles")).is_err());
}

#[test]
fn mbtiles_are_told_from_a_geopackage_by_their_tables() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("tiles.sqlite");
    fs::copy(corpus("sectors.mbtiles"), &path).expect("a file");
    assert_eq!(Format::detect(&path).ok(), Some(Format::MbTiles));
    let package = folder.path().join("a.mbtiles");
    fs::write(&package, crate::source::tests::sample::geopackage()).expect("a file");
    assert_eq!(Format::detect(&package).ok(), Some(Format::GeoPackage));
}

#[test]
fn runs_leaves_and_shared_contents_are_counted() {
    let plain = Builder::default().read().expect("PMTiles");
    assert_eq!(messages(&plain), "");
    assert_eq!(
        (
            plain.addressed_tiles,
            plain.tile_entries,
            plain.tile_contents
        ),
        (5, Some(3), Some(2))
    );
    let leaf = directory(&[(3, 1, 5, 1), (4, 2, 6, 0)]);
    let leaves = [leaf.clone(), directory(&[(9, 1, 7, 40)])].concat();
    let deep = Builder {
        root: directory(&[
            (0, 1, 4, 1),
            (3, 0, leaf.len() as u64, 1),
            (9, 0, (leaves.len() - leaf.len()) as u64, 0),
        ]),
        leaves,
        counts: [5, 4, 3],
        ..Builder::default()
    };
    let deep = deep.read().expect("PMTiles");
    assert_eq!(messages(&deep), "");
    assert_eq!(
        (deep.addressed_tiles, deep.tile_entries, deep.tile_contents),
        (5, Some(4), Some(3))
    );
}

#[test]
fn what_an_archive_says_wrongly_is_told() {
    let lies = Builder {
        counts: [6, 4, 3],
        zooms: [1, 14],
        metadata: b"[]".to_vec(),
        ..Builder::default()
    };
    let told = messages(&lies.read().expect("PMTiles"));
    for word in [
        "how many tiles that can be asked for there are (found \"header 6, directories 5\")",
        "how many entries there are (found \"header 4, directories 3\")",
        "how many different contents there are (found \"header 3, directories 2\")",
        "zooms of the header are not those of the tiles (found \"header 1–14, tiles 0–2\")",
        "the metadata cannot be read",
    ] {
        assert!(told.contains(word), "{word}\n{told}");
    }
    let long = Builder {
        tiles: 1 << 60,
        ..Builder::default()
    };
    assert!(
        messages(&long.read().expect("PMTiles"))
            .contains("the tiles reach beyond the end of the file")
    );
    let outside = Builder {
        tiles: 15,
        ..Builder::default()
    };
    assert!(messages(&outside.read().expect("PMTiles")).contains("outside of the tile section"));
}

#[test]
fn directories_that_cannot_be_are_an_error_or_a_problem() {
    let root = |entries: &[(u64, u64, u64, u64)]| Builder {
        root: directory(entries),
        ..Builder::default()
    };
    for (builder, word) in [
        (
            root(&[(5, 3, 1, 1), (7, 1, 1, 1)]),
            "which is not before it",
        ),
        (root(&[(u64::MAX / 2, 1, 1, 1)]), "beyond zoom 31"),
        (root(&[(0, 1, 0, 1)]), "an entry has no bytes"),
        (root(&[(0, 1, 1, 0)]), "no offset"),
        (root(&[(0, 1 << 40, 1, 1)]), "too large"),
        (root(&[(1, 1, 1, 1), (0, 1, 1, 1)]), "too large"),
        (
            Builder {
                root: vec![0xff, 0xff, 3],
                ..Builder::default()
            },
            "more entries than it has bytes for",
        ),
        (
            Builder {
                root: vec![],
                ..Builder::default()
            },
            "breaks off",
        ),
    ] {
        let error = builder.read().expect_err(word).to_string();
        assert!(
            error.contains("the root directory cannot be read") && error.contains(word),
            "{error}"
        );
    }
    // A leaf that names itself as a leaf, and one that is not there.
    let leaf = directory(&[(3, 0, 5, 1)]);
    let cycle = Builder {
        root: directory(&[(3, 0, leaf.len() as u64, 1), (9, 0, 99, 1)]),
        leaves: leaf,
        ..Builder::default()
    };
    let told = messages(&cycle.read().expect("PMTiles"));
    assert!(
        told.contains("nested too deep") && told.contains("outside of their section"),
        "{told}"
    );
}

#[test]
fn other_versions_and_compressions_are_refused_with_a_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.pmtiles");
    for (at, byte, word) in [
        (0, b'X', "does not begin with"),
        (7, 2, "version 2, only 3"),
        (97, 2, "invalid gzip header"),
        (97, 9, "compression is not known"),
        (15, 0xff, "beyond the end of the file"),
    ] {
        let mut bytes = Builder::default().bytes();
        bytes[at] = byte;
        fs::write(&path, bytes).expect("a file");
        let error = archive(&path).expect_err(word).to_string();
        assert!(error.contains(word), "{error}");
    }
    fs::write(&path, b"PMTiles\x03").expect("a file");
    assert!(
        archive(&path)
            .expect_err("short")
            .to_string()
            .contains("shorter than its header")
    );
}

#[test]
fn a_directory_that_unpacks_without_end_is_refused() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    gzip.write_all(&vec![0; 4_000_000]).expect("memory");
    let mut bytes = Builder {
        root: gzip.finish().expect("memory"),
        ..Builder::default()
    }
    .bytes();
    bytes[97] = 2;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.pmtiles");
    fs::write(&path, bytes).expect("a file");
    let error = archive(&path).expect_err("a bomb").to_string();
    assert!(error.contains("out of all proportion"), "{error}");
}

#[test]
fn many_leaves_that_name_the_same_bytes_are_not_all_read() {
    use std::io::Write;
    let packed = |bytes: &[u8]| {
        let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
        gzip.write_all(bytes).expect("memory");
        gzip.finish().expect("memory")
    };
    // Little that unpacks, one without an end, and none at all; far more behind it, that is read each time.
    let leaf = packed(&directory(&[(0, 1, 4, 1)]));
    for begin in [&leaf[..], &leaf[..leaf.len() - 4], b"no gzip"] {
        let mut leaves = begin.to_vec();
        leaves.resize(400_000, 0);
        let entries: Vec<_> = (0..2_000)
            .map(|tile| (tile + 1, 0, leaves.len() as u64, 1))
            .collect();
        let mut bytes = Builder {
            root: packed(&directory(&entries)),
            leaves,
            ..Builder::default()
        }
        .bytes();
        bytes[97] = 2;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.pmtiles");
        fs::write(&path, bytes).expect("a file");
        let told = messages(&archive(&path).expect("PMTiles"));
        assert!(told.contains("out of all proportion"), "{told}");
    }
}

#[test]
fn mbtiles_that_break_their_own_rules_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mbtiles");
    fs::copy(corpus("sectors.mbtiles"), &path).expect("a file");
    Connection::open(&path)
        .and_then(|database| {
            database.execute_batch(
                "DELETE FROM metadata WHERE name IN ('name', 'minzoom');
                UPDATE metadata SET value = '1,2,x,4' WHERE name = 'bounds';
                UPDATE metadata SET value = '{\"vector_layers\":' WHERE name = 'json';
                INSERT INTO tiles VALUES (3, 8, 0, x''), ('x', 1, NULL, NULL), (40, 0, 0, x'00');",
            )
        })
        .expect("SQL");
    let archive = archive(&path).expect("MBTiles");
    let told = messages(&archive);
    for word in [
        "does not say the name",
        "a tile has a zoom, column or row that does not exist, 3 times",
        "a tile has no bytes, 2 times",
        "the bounds of the metadata are not four numbers (found \"1,2,x,4\")",
        "the json of the metadata cannot be read",
    ] {
        assert!(told.contains(word), "{word}\n{told}");
    }
    assert_eq!((archive.zooms, archive.name.as_str()), (Some((3, 12)), "a"));
}

#[test]
fn bounds_beyond_the_world_are_told_and_not_served() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mbtiles");
    for bounds in ["-70,-33,200,-32", "-70,-33,-71,-32", "0,-91,1,0"] {
        fs::copy(corpus("sectors.mbtiles"), &path).expect("a file");
        Connection::open(&path)
            .and_then(|database| {
                let update = "UPDATE metadata SET value = ?1 WHERE name = 'bounds'";
                database.execute(update, [bounds])
            })
            .expect("SQL");
        let read = archive(&path).expect("MBTiles");
        let told = messages(&read);
        let expected = format!("bounds of the metadata make no sense (found \"{bounds}\")");
        assert!(told.contains(&expected), "{told}");
        let open = OpenArchive::open(&path).expect("MBTiles");
        assert_eq!((read.bounds, open.bounds()), (None, None));
    }
}

#[test]
fn damaged_archives_are_survived() {
    for name in ["sectors.pmtiles", "sectors.mbtiles"] {
        let good = fs::read(corpus(name)).expect("a file of the corpus");
        assert_survived_bytes(name, &good, |path| drop(tile_archive(path)));
    }
    let leaf = directory(&[(3, 1, 5, 1), (4, 2, 6, 0)]);
    let deep = Builder {
        root: directory(&[(0, 1, 4, 1), (3, 0, leaf.len() as u64, 1)]),
        leaves: leaf,
        ..Builder::default()
    };
    assert_survived_bytes("a.pmtiles", &deep.bytes(), |path| drop(tile_archive(path)));
}

/// All tiles of an archive up to zoom 13 over the corpus, and some beside it.
fn every_tile(path: &Path) -> Result<Vec<StoredTile>, LoadError> {
    let archive = OpenArchive::open(path)?;
    let mut tiles = vec![];
    for z in 0..=13_u8 {
        // The corpus has column 1243 and rows 2452 and 2453 at zoom 12.
        let [x, y] = [1243, 2452].map(|at: u32| if z > 12 { at << 1 } else { at >> (12 - z) });
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let last = (1_u32 << z) - 1;
            let coord =
                comarca_engine::tile::TileCoord::new(z, (x + dx).min(last), (y + dy).min(last));
            let coord = coord.expect("in range");
            tiles.extend(archive.tile(coord)?);
            drop(archive.unpacked(coord));
        }
    }
    Ok(tiles)
}

#[test]
fn tiles_are_found_by_their_place_alike_in_both_archives() {
    let pmtiles = every_tile(&corpus("sectors.pmtiles")).expect("PMTiles");
    let mbtiles = every_tile(&corpus("sectors.mbtiles")).expect("MBTiles");
    assert!(pmtiles.len() >= 6, "{}", pmtiles.len());
    assert_eq!(pmtiles, mbtiles);
    assert!(pmtiles.iter().all(|tile| tile.packing == Packing::Gzip));
    let archive = OpenArchive::open(&corpus("sectors.pmtiles")).expect("PMTiles");
    assert_eq!((archive.kind(), archive.layers().len()), (TileKind::Mvt, 1));
}

#[test]
fn runs_and_leaves_lead_to_the_bytes_of_a_tile() {
    let leaf = directory(&[(3, 1, 5, 1), (4, 2, 6, 0)]);
    let mut bytes = Builder {
        root: directory(&[(0, 1, 4, 1), (3, 0, leaf.len() as u64, 1)]),
        leaves: leaf,
        ..Builder::default()
    }
    .bytes();
    // Tiles without compression.
    bytes[98] = 1;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.pmtiles");
    fs::write(&path, bytes).expect("a file");
    let archive = OpenArchive::open(&path).expect("PMTiles");
    let lengths: Vec<Option<usize>> = (0..8)
        .map(|number| {
            let coord = comarca_engine::tile::TileCoord::from_curve_number(number).expect("a tile");
            archive
                .tile(coord)
                .expect("a tile")
                .map(|tile| tile.bytes.len())
        })
        .collect();
    assert_eq!(
        lengths,
        [Some(4), None, None, Some(5), Some(6), Some(6), None, None]
    );
}

#[test]
fn a_leaf_that_leads_to_itself_and_bytes_that_are_not_there_are_errors() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.pmtiles");
    let leaf = directory(&[(3, 0, 5, 1)]);
    let cycle = Builder {
        root: directory(&[(0, 1, 99, 90), (3, 0, leaf.len() as u64, 1), (9, 0, 99, 1)]),
        leaves: leaf,
        ..Builder::default()
    };
    fs::write(&path, cycle.bytes()).expect("a file");
    let archive = OpenArchive::open(&path).expect("PMTiles");
    for (number, word) in [
        (0, "outside of the tile section"),
        (4, "nested too deep"),
        (9, "outside of their section"),
    ] {
        let coord = comarca_engine::tile::TileCoord::from_curve_number(number).expect("a tile");
        let error = archive.tile(coord).expect_err(word).to_string();
        assert!(
            error.contains(word) && error.contains("a.pmtiles"),
            "{error}"
        );
    }
}

#[test]
fn a_tile_that_unpacks_without_end_is_an_error() {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
    for _ in 0..80 {
        gzip.write_all(&vec![0; 1 << 20]).expect("memory");
    }
    let bomb = gzip.finish().expect("memory");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mbtiles");
    fs::copy(corpus("sectors.mbtiles"), &path).expect("a file");
    let database = Connection::open(&path).expect("SQL");
    database
        .execute("INSERT INTO tiles VALUES (9, 0, 511, ?1)", [bomb])
        .expect("SQL");
    let archive = OpenArchive::open(&path).expect("MBTiles");
    let coord = comarca_engine::tile::TileCoord::new(9, 0, 0).expect("in range");
    assert!(archive.tile(coord).expect("stored").is_some());
    let error = archive.unpacked(coord).expect_err("a bomb").to_string();
    assert!(error.contains("out of all proportion"), "{error}");
}

#[test]
fn a_table_without_an_index_is_not_searched_for_ever() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.mbtiles");
    let database = Connection::open(&path).expect("SQL");
    database
        .execute_batch(
            "CREATE TABLE metadata (name, value);
            INSERT INTO metadata VALUES ('format', 'pbf'), ('minzoom', '0'), ('maxzoom', '9');
            CREATE VIEW tiles AS WITH RECURSIVE n(zoom_level) AS (SELECT 20 UNION ALL SELECT zoom_level + 1 FROM n)
              SELECT zoom_level, 0 AS tile_column, 0 AS tile_row, x'1a00' AS tile_data FROM n;",
        )
        .expect("SQL");
    let archive = OpenArchive::open(&path).expect("MBTiles");
    let coord = comarca_engine::tile::TileCoord::new(9, 0, 511).expect("in range");
    for _ in 0..2 {
        let error = archive
            .tile(coord)
            .expect_err("an endless view")
            .to_string();
        assert!(error.contains("takes too long"), "{error}");
    }
}

#[test]
fn tiles_of_damaged_archives_are_survived() {
    for name in ["sectors.pmtiles", "sectors.mbtiles"] {
        let good = fs::read(corpus(name)).expect("a file of the corpus");
        assert_survived_bytes(name, &good, |path| drop(every_tile(path)));
    }
    let leaf = directory(&[(3, 1, 5, 1), (4, 2, 6, 0)]);
    let deep = Builder {
        root: directory(&[(0, 1, 4, 1), (3, 0, leaf.len() as u64, 1)]),
        leaves: leaf,
        ..Builder::default()
    };
    assert_survived_bytes("a.pmtiles", &deep.bytes(), |path| drop(every_tile(path)));
}
