//! Archives of tiles that are served as they are.

use std::fs;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use axum::http::Method;
use comarca_loaders::Project;
use comarca_tileserver::{Loaded, ServerOptions};
use fast_mvt::MvtReaderRef;
use tempfile::TempDir;

use crate::kit::{Answer, Server, territory};

/// A tile that the archives have.
const TILE: &str = "12/1243/2452";
/// One of their zooms where they have nothing.
const NOTHING: &str = "12/0/0";
/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

const PROJECT: &str = r#"name = "T"
crs = "EPSG:32719"
languages = ["es", "en"]
levels = [{ id = "zones", layer = "zones" }]
[layers.zones]
source = "zones.geojson"
key = "id"
[tilesets.base]
title = { es = "Mapa base", en = "Base map" }
source = "sectors.pmtiles"
attribution = "© Somebody"
[tilesets.same]
source = "sectors.mbtiles"
[tilesets.photos]
source = "photos.mbtiles"
"#;

fn corpus(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../loaders/corpus/tiles");
    fs::read(folder.join(name)).unwrap()
}

/// The territory of the kit beside two archives of the corpus and one of pictures.
fn server() -> (Server, TempDir) {
    server_within(ServerOptions::default())
}

fn server_within(options: ServerOptions) -> (Server, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    for name in ["sectors.pmtiles", "sectors.mbtiles"] {
        fs::write(folder.path().join(name), corpus(name)).unwrap();
    }
    photos(&folder.path().join("photos.mbtiles"));
    let server = Server::with(options);
    serve(&server, folder.path());
    (server, folder)
}

fn serve(server: &Server, folder: &Path) {
    let project = Project::parse(&folder.join("comarca.toml"), PROJECT.to_owned()).unwrap();
    let tilesets = project
        .tilesets()
        .unwrap_or_else(|problems| panic!("{problems:?}"));
    server.state.replace(Loaded {
        tilesets,
        ..Loaded::from(territory(&server.plane, 7, 0))
    });
}

fn photos(path: &Path) {
    let database = rusqlite::Connection::open(path).unwrap();
    database
        .execute_batch(
            "CREATE TABLE metadata (name TEXT, value TEXT);
            INSERT INTO metadata VALUES ('name', 'Photos'), ('format', 'png'), ('minzoom', '3'), ('maxzoom', '3');
            CREATE TABLE tiles (zoom_level, tile_column, tile_row, tile_data, PRIMARY KEY (zoom_level, tile_column, tile_row));",
        )
        .unwrap();
    database
        .execute("INSERT INTO tiles VALUES (3, 2, 3, ?1)", [PNG])
        .unwrap();
}

#[tokio::test]
async fn no_zoom_is_promised_that_has_no_address() {
    let (server, folder) = server();
    let deep = folder.path().join("sectors.mbtiles");
    rusqlite::Connection::open(&deep)
        .unwrap()
        .execute_batch(
            r#"UPDATE metadata SET value = '31' WHERE name = 'maxzoom';
            UPDATE metadata SET value = replace(value, '"maxzoom"', '"maxzoom":31,"highest"') WHERE name = 'json';"#,
        )
        .unwrap();
    serve(&server, folder.path());
    let document = server.get("/tiles/same.json").await.ok();
    assert_eq!(document["maxzoom"], 22);
    assert_eq!(document["vector_layers"][0]["maxzoom"], 22);
    assert!(server.get("/tiles/same/22/0/0").await.status.is_success());
    assert_eq!(server.get("/tiles/same/23/0/0").await.status, 404);
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut bytes = vec![];
    match answer.header("content-encoding") {
        "gzip" => drop(
            flate2::read::GzDecoder::new(&answer.body[..])
                .read_to_end(&mut bytes)
                .unwrap(),
        ),
        "zstd" => bytes = zstd::decode_all(&answer.body[..]).unwrap(),
        "br" => drop(
            brotli::Decompressor::new(&answer.body[..], 4096)
                .read_to_end(&mut bytes)
                .unwrap(),
        ),
        _ => bytes.clone_from(&answer.body),
    }
    bytes
}

fn layers(tile: &[u8]) -> Vec<String> {
    let tile = MvtReaderRef::new(tile).unwrap();
    tile.layers().map(|layer| layer.name().to_owned()).collect()
}

#[tokio::test]
async fn bytes_go_out_as_they_are_stored_where_the_client_takes_them() {
    let (server, _folder) = server();
    let whole = corpus("sectors.pmtiles");
    for id in ["base", "same"] {
        for (accepted, coding) in [
            ("gzip", "gzip"),
            ("gzip, br, zstd", "gzip"),
            ("zstd", "zstd"),
            ("br", "br"),
            ("", ""),
        ] {
            let answer = server
                .get_with(
                    &format!("/tiles/{id}/{TILE}.mvt"),
                    &[("accept-encoding", accepted)],
                )
                .await;
            assert_eq!(answer.status, 200, "{id} {accepted}");
            assert_eq!(answer.header("content-encoding"), coding);
            assert_eq!(
                answer.header("content-type"),
                "application/vnd.mapbox-vector-tile"
            );
            assert_eq!(answer.header("vary"), "Accept-Encoding");
            assert_eq!(layers(&unpacked(&answer)), ["sectors"]);
            let is_stored = whole
                .windows(answer.body.len())
                .any(|part| part == answer.body);
            assert_eq!(is_stored, coding == "gzip", "{id} {accepted}");
        }
    }
}

#[tokio::test]
async fn tiles_are_conditional_and_missing_ones_are_told_apart() {
    let (server, _folder) = server();
    let uri = format!("/tiles/base/{TILE}");
    let first = server.get(&uri).await;
    for suffix in ["", ".mvt", ".pbf"] {
        assert_eq!(server.get(&format!("{uri}{suffix}")).await.body, first.body);
    }
    let again = server
        .get_with(&uri, &[("if-none-match", first.header("etag"))])
        .await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let head = server.ask(Method::HEAD, &uri, &[]).await;
    assert_eq!(
        (head.status.as_u16(), head.header("etag")),
        (200, first.header("etag"))
    );
    assert_eq!(
        server
            .get(&format!("/tiles/base/{NOTHING}.mvt"))
            .await
            .status,
        204
    );
    let beyond = server
        .get("/tiles/base/13/2486/4904.mvt")
        .await
        .problem(404);
    assert!(beyond.contains("base has the zooms"), "{beyond}");
    server.get("/tiles/base/12/4096/0.mvt").await.problem(404);
    server
        .get(&format!("/tiles/base/{TILE}.png"))
        .await
        .problem(400);
    let unknown = server
        .get(&format!("/tiles/bases/{TILE}.mvt"))
        .await
        .problem(404);
    assert!(
        unknown.contains("did you mean \\\"base\\\"?")
            || unknown.contains("did you mean \"base\"?"),
        "{unknown}"
    );
}

#[tokio::test]
async fn no_part_of_a_tile_can_be_asked_for() {
    let (server, _folder) = server();
    let uris = [
        format!("/tiles/base/{TILE}.mvt"),
        format!("/tiles/zones,base/{TILE}.mvt"),
        "/tiles/photos/3/2/4.png".to_owned(),
    ];
    for uri in uris {
        for _ in 0..2 {
            let tile = server.get_with(&uri, &[("range", "bytes=0-1")]).await;
            let ranges = tile.header("accept-ranges");
            assert_eq!((tile.status.as_u16(), ranges), (200, "none"), "{uri}");
        }
    }
}

#[tokio::test]
async fn pictures_are_sent_as_pictures() {
    let (server, _folder) = server();
    for uri in ["/tiles/photos/3/2/4.png", "/tiles/photos/3/2/4"] {
        let answer = server.get_with(uri, &[("accept-encoding", "gzip")]).await;
        assert_eq!((answer.status.as_u16(), &answer.body[..]), (200, PNG));
        assert_eq!(
            (
                answer.header("content-type"),
                answer.header("content-encoding")
            ),
            ("image/png", "")
        );
    }
    let document = server.get("/tiles/photos.json").await.ok();
    assert!(
        document["tiles"][0]
            .as_str()
            .unwrap()
            .ends_with("/tiles/photos/{z}/{x}/{y}.png"),
        "{document}"
    );
    assert!(document.get("vector_layers").is_none());
    let detail = server
        .get(&format!("/tiles/photos,zones/{TILE}"))
        .await
        .problem(400);
    assert!(detail.contains("photos: it has pictures"), "{detail}");
}

#[tokio::test]
async fn an_archive_and_the_territory_make_one_tile() {
    let (server, _folder) = server();
    let tile = server.get("/tiles/zones,base/10/512/511.mvt").await;
    assert_eq!(
        layers(&tile.body),
        ["zones"],
        "the archive has nothing there"
    );
    let tile = server.get(&format!("/tiles/zones,base/{TILE}.mvt")).await;
    assert_eq!(
        layers(&tile.body),
        ["sectors"],
        "the territory has nothing there"
    );
    let document = server.get("/tiles/zones,base.json").await.ok();
    let ids: Vec<&str> = document["vector_layers"]
        .as_array()
        .unwrap()
        .iter()
        .map(|layer| layer["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["zones", "sectors"]);
    assert_eq!(
        (document["minzoom"].as_u64(), document["maxzoom"].as_u64()),
        (Some(0), Some(12))
    );
    let detail = server
        .get(&format!("/tiles/base,same/{TILE}.mvt"))
        .await
        .problem(400);
    assert!(detail.contains("\"sectors\""), "{detail}");
    let uri = format!("/tiles/zones,base/{TILE}.mvt?properties=key");
    assert_eq!(server.get(&uri).await.status, 200);
}

#[tokio::test]
async fn what_is_made_of_other_layers_waits_in_line_wherever_it_is_asked_for() {
    let (server, _folder) = server_within(ServerOptions {
        running_max: 1,
        waiting_max: 0,
        ..ServerOptions::default()
    });
    let server = Arc::new(server);
    server.plane.close();
    let busy = Arc::clone(&server);
    let busy = async move { busy.get("/heatmaps/demand/12/2048/2047.png").await };
    let busy = tokio::spawn(busy);
    while server.plane.entered() == 0 {
        tokio::task::yield_now().await;
    }
    // Each is a mistake too, which is told once the borders are there.
    let uris = [
        "/tiles/zones:borders/10/512/511.mvt?properties=nope",
        "/tiles/base,zones:borders/10/512/511.mvt?properties=nope",
        "/tiles/zones:borders.json?properties=nope",
        "/tiles/base,zones:borders.json?properties=nope",
        "/hexagons/zones:borders/10/512/511.mvt?colors=nope",
        "/hexagons/zones:borders.json?colors=nope",
    ];
    let mut refused = vec![];
    for uri in uris {
        refused.push(server.get(uri).await);
    }
    server.plane.open();
    assert_eq!(busy.await.unwrap().status, 200);
    for (uri, refused) in uris.into_iter().zip(refused) {
        assert_eq!(refused.status, 503, "{uri}");
        server.get(uri).await.problem(400);
    }
}

#[tokio::test]
async fn a_tile_that_omits_features_is_counted_beside_an_archive_too() {
    let (server, _folder) = server_within(ServerOptions {
        tile_max_kb: 0,
        ..ServerOptions::default()
    });
    for (count, sources) in [(1.0, "zones"), (2.0, "zones,base")] {
        let uri = format!("/tiles/{sources}/10/512/511.mvt");
        let tile = server.get(&uri).await;
        assert_ne!(tile.header("x-tile-omitted"), "", "{sources}");
        let counted = server.metric("comarca_large_tiles_total").await;
        assert_eq!(counted, count, "{sources}");
    }
}

#[tokio::test]
async fn nothing_can_be_chosen_of_ready_made_tiles() {
    let (server, _folder) = server();
    for query in [
        "properties=a",
        "filter=a%3D1",
        "indicators=density",
        "geometry=none",
    ] {
        let detail = server
            .get(&format!("/tiles/base/{TILE}.mvt?{query}"))
            .await
            .problem(400);
        assert!(detail.contains("ready-made"), "{detail}");
    }
    assert_eq!(
        server
            .get(&format!("/tiles/base/{TILE}.mvt?v=3"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn the_catalogue_and_tilejson_tell_of_archives() {
    let (server, _folder) = server();
    let catalog = server.get("/catalog").await.ok();
    let base = &catalog["tiles"]["base"];
    assert_eq!(base["kind"], "archive");
    assert_eq!(base["title"]["es"], "Mapa base");
    assert_eq!(base["content_type"], "application/vnd.mapbox-vector-tile");
    assert_eq!(catalog["tiles"]["photos"]["geometry"], "raster");
    assert_eq!(catalog["tiles"]["photos"]["title"]["en"], "Photos");
    let document = server.get("/tiles/base.json").await.ok();
    assert_eq!(document["tilejson"], "3.0.0");
    assert_eq!(document["name"], "Mapa base");
    assert_eq!(document["attribution"], "© Somebody");
    assert_eq!(document["vector_layers"][0]["id"], "sectors");
    assert!(document["bounds"].as_array().unwrap().len() == 4 && document["center"].is_array());
}

#[tokio::test]
async fn a_damaged_tile_is_an_error_of_the_server_and_of_no_other_tile() {
    let (server, folder) = server();
    let mut bytes = corpus("sectors.pmtiles");
    // The last content loses the two bytes that gzip begins with.
    let at = bytes
        .windows(3)
        .rposition(|part| part == [0x1f, 0x8b, 8])
        .unwrap();
    bytes[at] = 0;
    fs::write(folder.path().join("sectors.pmtiles"), bytes).unwrap();
    serve(&server, folder.path());
    let mut statuses = vec![];
    for tile in [
        "8/77/153",
        "9/155/306",
        "10/310/613",
        "11/621/1226",
        "12/1243/2452",
        "12/1243/2453",
    ] {
        statuses.push(
            server
                .get(&format!("/tiles/base/{tile}.mvt"))
                .await
                .status
                .as_u16(),
        );
    }
    assert!(
        statuses.contains(&500) && statuses.contains(&200),
        "{statuses:?}"
    );
}
