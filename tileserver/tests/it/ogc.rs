//! OGC API Features and Tiles, as a client of the standards meets them.

use axum::http::Method;
use comarca_loaders::Project;
use comarca_tileserver::{Loaded, ServerOptions};
use serde_json::{Value, json};

use crate::kit::{Answer, Server};

const COLLECTIONS: &str = "/ogc/collections";

fn ids(page: &Value) -> Vec<&str> {
    let features = page["features"].as_array().unwrap();
    features
        .iter()
        .map(|feature| feature["id"].as_str().unwrap())
        .collect()
}

fn href<'a>(document: &'a Value, rel: &str) -> Option<&'a str> {
    let links = document["links"].as_array().unwrap();
    let found = links.iter().find(|link| link["rel"] == rel)?;
    found["href"].as_str()
}

async fn items(server: &Server, collection: &str, query: &str) -> Value {
    let answer = server
        .get(&format!("{COLLECTIONS}/{collection}/items?{query}"))
        .await;
    assert_eq!(
        answer.header("content-type"),
        "application/geo+json",
        "{}",
        answer.text()
    );
    let page = answer.ok();
    assert_eq!(
        page["numberReturned"],
        page["features"].as_array().unwrap().len()
    );
    page
}

async fn refused(server: &Server, collection: &str, query: &str) -> Value {
    let answer = server
        .get(&format!("{COLLECTIONS}/{collection}/items?{query}"))
        .await;
    answer.problem(400);
    answer.json()
}

/// Follows every link that names no tile, and looks whether what is there has the type that the link says.
async fn follow(server: &Server, document: &Value, met: &mut Vec<String>) {
    let links = document["links"].as_array().unwrap();
    for link in links.iter().filter(|link| link["templated"] != true) {
        let (href, media_type) = (
            link["href"].as_str().unwrap(),
            link["type"].as_str().unwrap(),
        );
        if met.iter().any(|known| known == href) {
            continue;
        }
        met.push(href.to_owned());
        let answer = server.get(href).await;
        assert_eq!(answer.status, 200, "{href}");
        let content_type = answer
            .header("content-type")
            .split("; charset")
            .next()
            .unwrap();
        assert_eq!(content_type, media_type, "{href}");
        if media_type == "application/json" {
            let next = answer.json();
            if next["links"].is_array() {
                Box::pin(follow(server, &next, met)).await;
            }
            for inner in ["collections", "tilesets", "tileMatrixSets"] {
                for one in next[inner].as_array().into_iter().flatten() {
                    Box::pin(follow(server, one, met)).await;
                }
            }
        }
    }
}

#[tokio::test]
async fn every_link_from_the_landing_page_on_leads_to_what_it_says() {
    let server = Server::ready();
    let landing = server.get("/ogc").await.ok();
    assert_eq!(landing["title"], "Ciudad de prueba");
    for rel in ["service-desc", "conformance", "data"] {
        assert!(href(&landing, rel).is_some(), "{rel}");
    }
    let mut met = vec![];
    follow(&server, &landing, &mut met).await;
    for expected in [
        "blocks/items",
        "zones/queryables",
        "roads/schema",
        "sectors/tiles",
        "zones/tiles/WebMercatorQuad",
    ] {
        let address = format!("{COLLECTIONS}/{expected}");
        assert!(met.contains(&address), "{address} is not linked: {met:?}");
    }
}

#[tokio::test]
async fn collections_are_the_sources_of_the_catalogue() {
    let server = Server::ready();
    let catalog = server.get("/catalog").await.ok();
    let sources: Vec<&String> = catalog["tiles"].as_object().unwrap().keys().collect();
    let list = server.get(COLLECTIONS).await.ok();
    let collections = list["collections"].as_array().unwrap();
    let own: Vec<&str> = collections
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(own, sources);
    let one = server.get("/ogc/collections/zones").await.ok();
    assert_eq!(
        &one,
        collections.iter().find(|one| one["id"] == "zones").unwrap()
    );
    assert_eq!(one["title"], "Zonas");
    assert_eq!(
        one["extent"]["spatial"]["bbox"],
        json!([[0.0, 0.0, 0.08, 0.02]])
    );
    assert!(
        server
            .get("/ogc/collections/zoness")
            .await
            .problem(404)
            .contains("did you mean \"zones\"?")
    );
}

#[tokio::test]
async fn pages_follow_each_other_in_the_order_of_the_keys() {
    let server = Server::ready();
    let mut all = vec![];
    let mut address = "/ogc/collections/blocks/items?limit=3".to_owned();
    let mut last = json!(null);
    for _ in 0..2 {
        let page = server.get(&address).await.ok();
        assert_eq!(page["numberMatched"], 4);
        all.extend(ids(&page).into_iter().map(str::to_owned));
        address = href(&page, "next").unwrap_or_default().to_owned();
        last = page;
    }
    assert_eq!(all, ["1", "2", "3", "4"]);
    assert_eq!(address, "");
    let previous = server.get(href(&last, "prev").unwrap()).await.ok();
    assert_eq!(ids(&previous), ["1", "2", "3"]);
    assert!(href(&previous, "prev").is_none());
    let beyond = items(&server, "blocks", "offset=99").await;
    assert_eq!(
        (ids(&beyond).len(), &beyond["numberMatched"]),
        (0, &json!(4))
    );
    assert!(href(&beyond, "next").is_none() && href(&beyond, "prev").is_some());
    // A page before that is shorter does not repeat what this one has.
    let inner = items(&server, "blocks", "offset=1&limit=3").await;
    let before = server.get(href(&inner, "prev").unwrap()).await.ok();
    assert_eq!(
        (ids(&inner), ids(&before)),
        (vec!["2", "3", "4"], vec!["1"])
    );
    assert!(href(&before, "prev").is_none());
    // More than the most is the most (Requirement 21 C), and no number overflows.
    let many = items(&server, "blocks", "limit=99999999999999999999").await;
    assert_eq!(ids(&many).len(), 4);
    items(&server, "blocks", "offset=99999999999999999999&limit=10000").await;
    for odd in [
        "limit=0",
        "limit=-1",
        "limit=",
        "limit=x",
        "offset=-1",
        "offset=1.5",
    ] {
        assert_eq!(
            refused(&server, "blocks", odd).await["parameter"],
            odd.split('=').next().unwrap()
        );
    }
}

#[tokio::test]
async fn links_of_pages_keep_every_parameter() {
    let server = Server::ready();
    let page = items(
        &server,
        "blocks",
        "limit=1&filter=pop%3E10&sortby=-pop&kind=urban",
    )
    .await;
    assert_eq!((ids(&page), &page["numberMatched"]), (vec!["1"], &json!(2)));
    let next = server.get(href(&page, "next").unwrap()).await.ok();
    assert_eq!(ids(&next), ["2"]);
}

#[tokio::test]
async fn a_box_chooses_by_the_true_geometry() {
    let server = Server::ready();
    let met = async |collection: &str, bbox: &str| {
        let page = items(&server, collection, &format!("bbox={bbox}")).await;
        ids(&page).join(" ")
    };
    assert_eq!(
        met("zones", "0.005,0.005,0.006,0.006").await,
        "z1",
        "inside, without a vertex"
    );
    assert_eq!(
        met("zones", "0.02,0.01,0.021,0.011").await,
        "z1 z2",
        "on the border"
    );
    assert_eq!(met("zones", "0.001,0.03,0.079,0.04").await, "");
    assert_eq!(met("zones", "0.001,0.005,0.079,0.006").await, "z1 z2 z3 z4");
    assert_eq!(
        met("roads", "0.003,0.009,0.004,0.011").await,
        "r",
        "an edge passes through"
    );
    assert_eq!(met("roads", "0.003,0.011,0.004,0.012").await, "");
    assert_eq!(
        met("blocks", "0.005,0.005,-100,0.015,0.01,100").await,
        "1 2",
        "heights are not looked at"
    );
    assert_eq!(
        met("blocks", "170,-10,0.01,10").await,
        "1",
        "across the antimeridian"
    );
    for odd in [
        "1,2,3",
        "a,b,c,d",
        "0,1,1,0",
        "NaN,0,1,1",
        "200,0,201,1",
        "",
    ] {
        let problem = refused(&server, "zones", &format!("bbox={odd}")).await;
        assert_eq!(
            (&problem["parameter"], &problem["value"]),
            (&json!("bbox"), &json!(odd))
        );
    }
    let crs84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84";
    items(
        &server,
        "zones",
        &format!("bbox=0,0,1,1&bbox-crs={crs84}&filter-crs={crs84}&filter-lang=cql2-text"),
    )
    .await;
    for odd in [
        "bbox-crs=EPSG:3857",
        "filter-crs=x",
        "filter-lang=cql2-json",
    ] {
        let problem = refused(&server, "zones", odd).await;
        assert!(problem["allowed"].as_str().unwrap().len() > 5);
    }
}

/// One filter or more for every class of CQL2 that is stated, with the keys of the blocks that it chooses.
const FILTERS: [(&str, &str, &str); 17] = [
    ("basic-cql2", "pop = 50", "2"),
    ("basic-cql2", "pop <> 50 AND NOT kind = 'urban'", "3 4"),
    ("basic-cql2", "pop IS NOT NULL OR FALSE", "1 2 3 4"),
    ("basic-cql2", "pop >= 50 OR pop < 10", "1 2 4"),
    (
        "basic-cql2",
        "name < DATE('1500-01-01') AND name > TIMESTAMP('0001-01-01T00:00:00Z')",
        "1",
    ),
    ("cql2-text", "(\"kind\" = 'urban')", "1 2"),
    ("advanced-comparison-operators", "kind LIKE 'ru%'", "3 4"),
    (
        "advanced-comparison-operators",
        "pop BETWEEN 30 AND 50",
        "2 3",
    ),
    ("advanced-comparison-operators", "key IN ('1', '4')", "1 4"),
    (
        "advanced-comparison-operators",
        "key NOT IN ('1', '4')",
        "2 3",
    ),
    (
        "case-insensitive-comparison",
        "CASEI(kind) = CASEI('URBAN')",
        "1 2",
    ),
    (
        "accent-insensitive-comparison",
        "ACCENTI(kind) = ACCENTI('rúral')",
        "3 4",
    ),
    ("property-property", "key = name", "1 2 3 4"),
    ("property-property", "50 = pop", "2"),
    ("arithmetic", "pop * 2 + 1 = 101", "2"),
    ("arithmetic", "pop div 7 = 1 AND pop % 7 = 0", "4"),
    ("arithmetic", "pop / 2 > 20 AND pop - 1 < 60", "2"),
];

#[tokio::test]
async fn every_class_of_cql2_that_is_stated_holds() {
    let server = Server::ready();
    let stated = server.get("/ogc/conformance").await.ok();
    let stated: Vec<&str> = stated["conformsTo"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|class| {
            class
                .as_str()?
                .split_once("/cql2/1.0/conf/")
                .map(|(_, name)| name)
        })
        .collect();
    for class in stated.iter().filter(|class| !class.contains("spatial")) {
        assert!(
            FILTERS.iter().any(|(own, ..)| own == class),
            "{class} is not tested"
        );
    }
    for (class, filter, keys) in FILTERS {
        assert!(stated.contains(&class), "{class}");
        let encoded =
            percent_encoding::utf8_percent_encode(filter, percent_encoding::NON_ALPHANUMERIC);
        let answer = server
            .get(&format!("/ogc/collections/blocks/items?filter={encoded}"))
            .await;
        assert_eq!(ids(&answer.ok()).join(" "), keys, "{filter}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_filter_is_said() {
    let server = Server::ready();
    for (filter, hint) in [
        ("popp%3E1", "did you mean"),
        ("pop%20%3E", "at character"),
        ("kind%3E1", "kind"),
    ] {
        let problem = refused(&server, "blocks", &format!("filter={filter}")).await;
        assert_eq!(problem["parameter"], "filter");
        assert!(
            problem["allowed"].as_str().unwrap().contains(hint),
            "{problem}"
        );
    }
}

#[tokio::test]
async fn queryables_are_parameters() {
    let server = Server::ready();
    let queryables = server.get("/ogc/collections/blocks/queryables").await;
    assert_eq!(queryables.header("content-type"), "application/schema+json");
    let queryables = queryables.ok();
    let names: Vec<&String> = queryables["properties"]
        .as_object()
        .unwrap()
        .keys()
        .collect();
    assert_eq!(names, ["key", "name", "pop", "kind", "geometry"]);
    assert_eq!(queryables["properties"]["pop"]["type"], "integer");
    assert_eq!(queryables["additionalProperties"], false);
    for (query, keys) in [
        ("pop=50", "2"),
        ("pop=50.0", "2"),
        ("kind=rural", "3 4"),
        ("kind=rural&pop=7", "4"),
        ("key=3", "3"),
        ("name=3", "3"),
        ("kind=urba", ""),
    ] {
        assert_eq!(
            ids(&items(&server, "blocks", query).await).join(" "),
            keys,
            "{query}"
        );
    }
    let problem = refused(&server, "blocks", "pop=many").await;
    assert_eq!(
        (&problem["parameter"], &problem["allowed"]),
        (&json!("pop"), &json!("a number"))
    );
    assert!(
        refused(&server, "blocks", "popp=1").await["detail"]
            .as_str()
            .unwrap()
            .contains("did you mean \"pop\"?")
    );
}

/// A server of places, one without a name, with numbers that no `f64` tells apart.
fn places() -> Server {
    let folder = tempfile::tempdir().unwrap();
    let place = |id: &str, name: &str, number: i64| {
        json!({
            "type": "Feature",
            "properties": { "id": id, "title": name, "number": number },
            "geometry": { "type": "Polygon", "coordinates": [[[-71, -34], [-70, -34], [-70, -33], [-71, -34]]] },
        })
    };
    let features = [
        place("K1", "", 9_007_199_254_740_992),
        place("K2", "Plaza", 9_007_199_254_740_993),
    ];
    let collection = json!({ "type": "FeatureCollection", "features": features });
    std::fs::write(folder.path().join("places.geojson"), collection.to_string()).unwrap();
    let text = r#"name = "T"
crs = "EPSG:32719"
levels = [{ id = "places", layer = "places" }]
[layers.places]
source = "places.geojson"
key = "id"
name = "title"
"#;
    let project = Project::parse(&folder.path().join("comarca.toml"), text.to_owned()).unwrap();
    let (territory, _) = project.load().unwrap();
    let server = Server::ready();
    server.state.replace(Loaded::from(territory));
    server
}

#[tokio::test]
async fn a_feature_without_a_name_goes_by_its_key_everywhere() {
    let server = places();
    for query in ["name=K1", "filter=name%3D'K1'", "filter=name+LIKE+'K%25'"] {
        let page = items(&server, "places", query).await;
        assert_eq!(ids(&page), ["K1"], "{query}");
        assert_eq!(page["features"][0]["properties"]["name"], "K1");
    }
    let page = items(&server, "places", "filter=name%3D'Plaza'").await;
    assert_eq!(ids(&page), ["K2"]);
}

#[tokio::test]
async fn large_whole_numbers_are_told_apart() {
    let server = places();
    for (number, key) in [("9007199254740992", "K1"), ("9007199254740993", "K2")] {
        let page = items(&server, "places", &format!("number={number}")).await;
        assert_eq!(ids(&page), [key], "{number}");
    }
}

#[tokio::test]
async fn a_layer_without_time_is_always_there() {
    let server = Server::ready();
    for moment in [
        "2020-01-01T00:00:00Z",
        "2020-01-01/..",
        "../2020-01-01T12:00:00-03:00",
        "2020-01-01",
    ] {
        let page = items(&server, "blocks", &format!("datetime={moment}")).await;
        assert_eq!(page["numberMatched"], 4, "{moment}");
    }
    for odd in [
        "",
        "yesterday",
        "2020-01-02/2020-01-01",
        "../..",
        "2020-13-01",
    ] {
        assert_eq!(
            refused(&server, "blocks", &format!("datetime={odd}")).await["parameter"],
            "datetime"
        );
    }
}

#[tokio::test]
async fn features_are_sorted_and_cut_down_to_what_is_asked_for() {
    let server = Server::ready();
    let keys = async |query: &str| ids(&items(&server, "blocks", query).await).join(" ");
    assert_eq!(keys("sortby=pop").await, "4 3 2 1");
    assert_eq!(keys("sortby=%2Bkind,-pop").await, "3 4 1 2");
    assert_eq!(keys("sortby=+kind").await, "3 4 1 2");
    let page = items(&server, "blocks", "properties=pop,key&limit=1").await;
    assert_eq!(
        page["features"][0]["properties"],
        json!({ "key": "1", "pop": 100 })
    );
    for odd in ["sortby=popp", "properties=popp", "sortby=a,b,c,d,e,f,g,h,i"] {
        refused(&server, "blocks", odd).await;
    }
}

#[tokio::test]
async fn a_feature_is_found_by_its_key() {
    let server = Server::ready();
    let answer = server.get("/ogc/collections/sectors/items/s%2F1").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let feature = answer.ok();
    assert_eq!(
        (&feature["id"], &feature["properties"]["name"]),
        (&json!("s/1"), &json!("Granja Alta"))
    );
    assert_eq!(feature["geometry"]["type"], "Polygon");
    let own = server.get(href(&feature, "self").unwrap()).await.ok();
    assert_eq!(own, feature);
    assert_eq!(
        href(&feature, "collection"),
        Some("/ogc/collections/sectors")
    );
    let missing = server
        .get("/ogc/collections/sectors/items/s3")
        .await
        .problem(404);
    assert_eq!(missing, "the collection sectors has no feature \"s3\"");
}

#[tokio::test]
async fn rings_turn_as_rfc_7946_wants_and_coordinates_are_those_of_the_source() {
    let server = Server::ready();
    let zone = server.get("/ogc/collections/zones/items/z2").await.ok();
    let ring: Vec<[f64; 2]> =
        serde_json::from_value(zone["geometry"]["coordinates"][0].clone()).unwrap();
    let area: f64 = ring
        .windows(2)
        .map(|edge| edge[0][0] * edge[1][1] - edge[1][0] * edge[0][1])
        .sum();
    assert!(area > 0.0, "{ring:?}");
    assert!(ring.contains(&[0.02, 0.0]) && ring.contains(&[0.04, 0.02]));
}

#[tokio::test]
async fn what_is_hidden_is_hidden_from_answers_filters_and_order() {
    let server = Server::hiding(10);
    let page = items(&server, "blocks", "properties=pop").await;
    let shown: Vec<&Value> = page["features"]
        .as_array()
        .unwrap()
        .iter()
        .map(|feature| &feature["properties"]["pop"])
        .collect();
    assert_eq!(shown[3], &Value::Null, "{shown:?}");
    let one = server.get("/ogc/collections/blocks/items/4").await.ok();
    assert_eq!(one["properties"]["pop"], Value::Null);
    for query in ["pop=7", "filter=pop%3C10", "filter=pop%3D7"] {
        assert_eq!(
            items(&server, "blocks", query).await["numberMatched"],
            0,
            "{query}"
        );
    }
    let sorted = items(&server, "blocks", "sortby=pop").await;
    assert_eq!(ids(&sorted).last(), Some(&"4"));
}

#[tokio::test]
async fn tiles_are_those_of_the_other_addresses_with_the_row_first() {
    let server = Server::ready();
    let plain = server.get("/tiles/zones/14/8193/8191").await;
    assert_eq!(plain.status, 200);
    let ogc = server
        .get("/ogc/collections/zones/tiles/WebMercatorQuad/14/8191/8193?f=mvt")
        .await;
    assert_eq!((ogc.status, &ogc.body), (plain.status, &plain.body));
    assert_eq!(
        ogc.header("content-type"),
        "application/vnd.mapbox-vector-tile"
    );
    assert_eq!(ogc.header("etag"), plain.header("etag"));
    let empty = server
        .get("/ogc/collections/zones/tiles/WebMercatorQuad/14/8193/8191")
        .await;
    assert_eq!(empty.status, 204);
    let both = server
        .get("/tiles/zones,blocks/14/8193/8191?properties=pop")
        .await;
    let dataset = server
        .get("/ogc/tiles/WebMercatorQuad/14/8191/8193?collections=zones,blocks&properties=pop")
        .await;
    assert_eq!(dataset.body, both.body);
    let all = server.get("/ogc/tiles/WebMercatorQuad/14/8191/8193").await;
    assert!(all.status == 200 && all.body.len() > both.body.len());
}

#[tokio::test]
async fn wrong_addresses_of_tiles_are_refused_by_name() {
    let server = Server::ready();
    for (uri, status, hint) in [
        (
            "/ogc/collections/zones/tiles/GNOSISGlobalGrid",
            404,
            "WebMercatorQuad",
        ),
        (
            "/ogc/collections/zones/tiles/WebMercatorQuad/23/0/0",
            404,
            "outside the pyramid",
        ),
        (
            "/ogc/collections/zones/tiles/WebMercatorQuad/1/2/0",
            404,
            "outside the pyramid",
        ),
        (
            "/ogc/collections/zones/tiles/WebMercatorQuad/a/0/0",
            400,
            "whole number",
        ),
        (
            "/ogc/collections/zones/tiles/WebMercatorQuad/1/0/0?f=png",
            400,
            "mvt",
        ),
        (
            "/ogc/collections/zones/tiles/WebMercatorQuad/1/0/0?collections=blocks",
            400,
            "query",
        ),
        (
            "/ogc/collections/zones,blocks/tiles/WebMercatorQuad/1/0/0",
            404,
            "no collection",
        ),
        ("/ogc/collections/nothing/tiles", 404, "no collection"),
        (
            "/ogc/tiles/WebMercatorQuad?collections=zoness",
            400,
            "did you mean \"zones\"?",
        ),
        ("/ogc/tiles/WorldCRS84Quad", 404, "WebMercatorQuad"),
        ("/ogc/tileMatrixSets/x", 404, "WebMercatorQuad"),
    ] {
        let detail = server.get(uri).await.problem(status);
        assert!(detail.contains(hint), "{uri}: {detail}");
    }
}

#[tokio::test]
async fn a_tileset_says_where_its_tiles_are() {
    let server = Server::ready();
    let list = server.get("/ogc/collections/zones/tiles").await.ok();
    assert_eq!(list["tilesets"].as_array().unwrap().len(), 1);
    let tileset = server
        .get("/ogc/collections/zones/tiles/WebMercatorQuad")
        .await
        .ok();
    assert_eq!(tileset["dataType"], "vector");
    assert_eq!(tileset["layers"][0]["id"], "zones");
    assert_eq!(tileset["layers"][0]["geometryDimension"], 2);
    let limits = &tileset["tileMatrixSetLimits"][14];
    let tiles = href(&tileset, "item").unwrap().to_owned();
    let fill = |row: &Value, column: &Value| {
        tiles
            .replace("{tileMatrix}", "14")
            .replace("{tileRow}", &row.to_string())
            .replace("{tileCol}", &column.to_string())
    };
    let inside = fill(&limits["minTileRow"], &limits["minTileCol"]);
    assert_eq!(server.get(&inside).await.status, 200, "{inside}");
    let outside = fill(
        &limits["minTileRow"],
        &json!(limits["maxTileCol"].as_u64().unwrap() + 2),
    );
    assert_eq!(server.get(&outside).await.status, 204, "{outside}");
    let some = server
        .get("/ogc/tiles/WebMercatorQuad?collections=blocks,roads")
        .await
        .ok();
    assert_eq!(some["layers"].as_array().unwrap().len(), 2);
    assert!(
        href(&some, "item")
            .unwrap()
            .ends_with("/{tileCol}?collections=blocks,roads")
    );
}

#[tokio::test]
async fn documents_are_pages_for_who_wants_pages() {
    let server = Server::ready();
    let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
    for uri in ["/ogc", "/ogc/collections", "/ogc/collections/zones"] {
        let page = server.get_with(uri, &browser).await;
        assert_eq!(
            page.header("content-type"),
            "text/html; charset=utf-8",
            "{uri}"
        );
        assert_eq!(page.header("vary"), "Accept, Accept-Encoding");
        assert!(page.text().contains("<h1>") && page.text().contains("</html>"));
        assert_eq!(
            server.get(&format!("{uri}?f=html")).await.text(),
            page.text()
        );
        let json = server.get_with(&format!("{uri}?f=json"), &browser).await;
        assert_eq!(json.header("content-type"), "application/json");
        assert!(
            server
                .get(&format!("{uri}?f=xml"))
                .await
                .problem(400)
                .contains("json, html")
        );
        server
            .get_with(uri, &[("accept", "image/png")])
            .await
            .problem(406);
    }
    let items = server
        .get_with("/ogc/collections/zones/items", &browser)
        .await;
    assert_eq!(items.header("content-type"), "application/geo+json");
}

#[tokio::test]
async fn pages_of_items_are_cached_and_asked_for_in_every_way() {
    let server = Server::ready();
    let uri = "/ogc/collections/blocks/items?limit=2";
    let first = server.get(uri).await;
    let tag = first.header("etag").to_owned();
    let again = server.get_with(uri, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status.as_u16(), again.body.len()), (304, 0));
    let head = server.ask(Method::HEAD, uri, &[]).await;
    assert_eq!((head.header("etag"), head.body.len()), (tag.as_str(), 0));
    let zstd = server.get_with(uri, &[("accept-encoding", "zstd")]).await;
    assert_eq!(zstd.header("content-encoding"), "zstd");
    let options = server.ask(Method::OPTIONS, uri, &[]).await;
    assert_eq!(options.header("allow"), "GET, HEAD, OPTIONS");
    let post = server.ask(Method::POST, uri, &[]).await;
    post.problem(405);
    assert_eq!(post.header("allow"), "GET, HEAD, OPTIONS");
    server.replace(2, 11);
    let newer = server.get_with(uri, &[("if-none-match", &tag)]).await;
    assert_eq!(newer.ok()["features"][0]["properties"]["pop"], 111);
}

#[tokio::test]
async fn without_a_register_demands_are_a_layer_like_any_other() {
    let server = Server::ready();
    let page = items(&server, "demands", "theme=health&sortby=votes").await;
    assert_eq!(ids(&page), ["d3", "d1"]);
    assert_eq!(
        server.get("/ogc/collections/demands/items/d2").await.ok()["properties"]["votes"],
        5
    );
    server
        .get("/ogc/collections/demands/items/d9")
        .await
        .problem(404);
}

#[tokio::test]
async fn while_loading_there_is_nothing_but_what_does_not_depend_on_data() {
    let server = Server::loading(ServerOptions::default());
    for uri in [
        "/ogc",
        "/ogc/collections",
        "/ogc/collections/zones/items",
        "/ogc/tiles",
        "/ogc/api",
    ] {
        server.get(uri).await.problem(503);
    }
    for uri in [
        "/ogc/conformance",
        "/ogc/tileMatrixSets",
        "/ogc/tileMatrixSets/WebMercatorQuad",
    ] {
        server.get(uri).await.ok();
    }
}

/// Every reference of the document, and where it stands.
fn references(document: &Value, found: &mut Vec<String>) {
    match document {
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get("$ref") {
                found.push(reference.clone());
            }
            members.values().for_each(|value| references(value, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn the_openapi_document_is_whole() {
    let server = Server::ready();
    let answer: Answer = server.get("/ogc/api").await;
    assert_eq!(
        answer.header("content-type"),
        "application/vnd.oai.openapi+json;version=3.1"
    );
    for document in [answer.ok(), comarca_tileserver::openapi()] {
        let mut found = vec![];
        references(&document, &mut found);
        for reference in found {
            let at = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(at).is_some(), "{reference}");
        }
        let mut names = std::collections::BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let id = operation["operationId"].as_str().unwrap();
                assert!(names.insert(id.to_owned()), "{id} stands twice");
                let parameters = operation["parameters"].as_array().unwrap();
                let mut in_path: Vec<&str> = parameters
                    .iter()
                    .filter(|parameter| parameter["in"] == "path")
                    .map(|parameter| parameter["name"].as_str().unwrap())
                    .collect();
                let mut braces: Vec<&str> = path
                    .split('{')
                    .skip(1)
                    .map(|rest| rest.split('}').next().unwrap())
                    .collect();
                in_path.sort_unstable();
                braces.sort_unstable();
                assert_eq!(in_path, braces, "{method} {path}");
            }
        }
    }
    let served = answer.ok();
    let sources =
        &served["paths"]["/ogc/collections/{collection}"]["get"]["parameters"][0]["schema"]["enum"];
    assert!(sources.as_array().unwrap().contains(&json!("zones")));
}

/// A path of the document with something in its braces: the first name that there is, else a number, else a text.
fn filled(path: &str, operation: &Value) -> String {
    let mut filled = path.to_owned();
    for parameter in operation["parameters"].as_array().unwrap() {
        let schema = &parameter["schema"];
        let value = [
            &schema["enum"][0],
            &schema["examples"][0],
            &schema["minimum"],
        ]
        .into_iter()
        .find(|value| !value.is_null())
        .map_or("x".to_owned(), |value| {
            value.as_str().map_or(value.to_string(), str::to_owned)
        });
        filled = filled.replace(
            &format!("{{{}}}", parameter["name"].as_str().unwrap()),
            &value,
        );
    }
    filled
}

#[tokio::test]
async fn every_address_refuses_what_it_does_not_know_with_a_problem() {
    let server = Server::ready();
    let document = server.get("/ogc/api").await.ok();
    for (path, item) in document["paths"].as_object().unwrap() {
        if !item["get"].is_object() {
            continue;
        }
        let uri = filled(path, &item["get"]);
        let answer = server.get(&format!("{uri}?nonsense=1")).await;
        // The state of the server is told to whoever asks, however.
        if ["/", "/health", "/ready", "/metrics"].contains(&path.as_str()) {
            assert_eq!(answer.status, 200, "{uri}");
            continue;
        }
        answer.problem(answer.status.as_u16());
        assert!(answer.status.is_client_error(), "{uri}: {}", answer.status);
        let problem = answer.json();
        if answer.status == 400 {
            assert_eq!(
                (&problem["parameter"], &problem["value"]),
                (&json!("query"), &json!("nonsense")),
                "{uri}"
            );
            assert!(problem["allowed"].is_string(), "{uri}");
        }
        let strange = server
            .ask(Method::from_bytes(b"PROPFIND").unwrap(), &uri, &[])
            .await;
        strange.problem(405);
        let allowed = server.ask(Method::OPTIONS, &uri, &[]).await;
        assert_eq!(strange.header("allow"), allowed.header("allow"), "{uri}");
    }
}
