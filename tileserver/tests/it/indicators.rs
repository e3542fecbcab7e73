//! Indicators as JSON, CSV and GeoJSON.

use serde_json::json;

use crate::kit::Server;

#[tokio::test]
async fn the_catalogue_says_how_every_indicator_comes_about() {
    let all = Server::ready().get("/indicators").await.ok();
    let ids: Vec<_> = all["indicators"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["population", "density", "mean_block"]);
    let expected = json!({
        "id": "density", "title": {"es": "density (es)", "en": "density"}, "unit": "persons/ha", "op": "ratio",
        "formula": "population / area_ha", "standard": {"max": 0.3, "source": "a norm"}, "code": null, "inputs": ["population"],
        "roll_up": {"letter": "R", "meaning": "quotient of sums"},
        "method": {"op": "ratio", "formula": "population / area_ha",
            "roll_up": {"letter": "R", "meaning": "quotient of sums"}, "version": env!("CARGO_PKG_VERSION")},
    });
    let mut density = all["indicators"][1].clone();
    let sources = density
        .as_object_mut()
        .unwrap()
        .shift_remove("sources")
        .unwrap();
    assert_eq!(sources[0]["id"], "blocks");
    assert_eq!(density, expected);
    assert_eq!(all["indicators"][0]["standard"], json!(null));
}

#[tokio::test]
async fn values_come_for_the_finest_level_or_the_one_asked_for() {
    let server = Server::ready();
    let finest = server.get("/indicators/mean_block").await.ok();
    let values = json!([
        {"key": "z1", "name": "Ñuñoa Norte", "value": 75.0}, {"key": "z2", "name": "La Granja", "value": 30.0},
        {"key": "z3", "name": "San \"Joaquín\", sur", "value": 7.0}, {"key": "z4", "name": "Pedro Ñuble", "value": null},
    ]);
    assert_eq!(
        (&finest["level"], &finest["values"]),
        (&json!("zones"), &values)
    );
    let whole = server.get("/indicators/population?level=all").await.ok();
    assert_eq!(
        whole,
        json!({"id": "population", "title": {"es": "population (es)", "en": "population"}, "level": "all", "unit": "persons",
        "standard": null, "values": [{"key": "all", "name": "Ciudad de prueba", "value": 187.0}]})
    );
}

#[tokio::test]
async fn csv_has_full_precision_and_nothing_where_there_is_no_value() {
    let server = Server::ready();
    let answer = server.get("/indicators/mean_block?f=csv&level=zones").await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        answer.text(),
        "key,name,mean_block\nz1,Ñuñoa Norte,75\nz2,La Granja,30\nz3,\"San \"\"Joaquín\"\", sur\",7\nz4,Pedro Ñuble,\n"
    );
}

#[tokio::test]
async fn geojson_has_the_outlines_with_the_values() {
    let server = Server::ready();
    let answer = server.get("/indicators/population?f=geojson").await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let json = answer.json();
    assert_eq!(json["features"].as_array().unwrap().len(), 4);
    let ring = json!([[
        [0.0, 0.0],
        [0.02, 0.0],
        [0.02, 0.02],
        [0.0, 0.02],
        [0.0, 0.0]
    ]]);
    let expected = json!({"type": "Feature", "id": "z1", "properties": {"key": "z1", "name": "Ñuñoa Norte", "population": 150.0}, "geometry": {"type": "Polygon", "coordinates": ring}});
    let mut first = json["features"][0].clone();
    for position in first["geometry"]["coordinates"][0].as_array_mut().unwrap() {
        assert!(position.as_array().unwrap().len() == 2);
        *position = json!([position[0].as_f64().unwrap(), position[1].as_f64().unwrap()]);
    }
    assert_eq!(first, expected);
}

#[tokio::test]
async fn accept_chooses_the_format_and_f_comes_first() {
    let server = Server::ready();
    let kind = async |uri: &str, accept: &str| {
        server
            .get_with(uri, &[("accept", accept)])
            .await
            .header("content-type")
            .to_owned()
    };
    assert_eq!(
        kind("/indicators/density", "text/csv").await,
        "text/csv; charset=utf-8"
    );
    assert_eq!(
        kind(
            "/indicators/density",
            "application/geo+json, text/csv;q=0.5"
        )
        .await,
        "application/geo+json"
    );
    assert_eq!(
        kind("/indicators/density?f=json", "text/csv").await,
        "application/json"
    );
    assert_eq!(
        kind("/indicators/density", "text/html,*/*;q=0.1").await,
        "application/json"
    );
    assert_eq!(
        server.get("/indicators/density").await.header("vary"),
        "Accept, Accept-Encoding"
    );
    let detail = server
        .get_with("/indicators/density", &[("accept", "image/png")])
        .await
        .problem(406);
    assert!(detail.contains("text/csv"), "{detail}");
}
