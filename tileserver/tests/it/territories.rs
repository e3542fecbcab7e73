//! Search and cards of territories, and the catalogue.

use serde_json::json;

use crate::kit::Server;

#[tokio::test]
async fn the_catalogue_lists_sources_heat_maps_levels_and_themes() {
    let catalog = Server::ready()
        .get_with("/catalog", &[("host", "h:1")])
        .await
        .ok();
    assert_eq!(catalog["name"], "Ciudad de prueba");
    assert_eq!(catalog["languages"], json!(["es", "en"]));
    assert_eq!(
        (&catalog["crs"], &catalog["generation"]),
        (&json!("EPSG:32719"), &json!("0000000000000001"))
    );
    assert_eq!(catalog["bounds"], json!([0.0, 0.0, 0.08, 0.02]));
    let ids: Vec<_> = catalog["tiles"].as_object().unwrap().keys().collect();
    assert_eq!(
        ids,
        ["zones", "sectors", "all", "blocks", "roads", "demands"]
    );
    let zones = json!({"title": {"es": "Zonas", "en": "Zones"}, "kind": "level", "geometry": "polygon", "features": 4,
    "content_type": "application/vnd.mapbox-vector-tile", "tilejson": "http://h:1/tiles/zones.json",
    "companions": {
        "labels": {"id": "zones:labels", "geometry": "point", "tilejson": "http://h:1/tiles/zones:labels.json"},
        "borders": {"id": "zones:borders", "geometry": "line", "tilejson": "http://h:1/tiles/zones:borders.json"},
    }});
    assert_eq!(catalog["tiles"]["zones"], zones);
    assert_eq!(
        (
            &catalog["tiles"]["roads"]["kind"],
            &catalog["tiles"]["roads"]["geometry"]
        ),
        (&json!("layer"), &json!("line"))
    );
    assert_eq!(
        catalog["heatmaps"]["demand"],
        json!({"title": {"es": "Demandas", "en": "Demands"}, "unit": "per km²", "themes": true, "tilejson": "http://h:1/heatmaps/demand.json"})
    );
    assert_eq!(catalog["heatmaps"]["people"]["themes"], json!(false));
    let levels: Vec<_> = catalog["levels"]
        .as_array()
        .unwrap()
        .iter()
        .map(|level| {
            (
                level["id"].as_str().unwrap(),
                level["territories"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(levels, [("zones", 4), ("sectors", 2), ("all", 1)]);
    assert_eq!(
        catalog["levels"][1]["title"],
        json!({"es": "sectors", "en": "sectors"}),
        "the id where there is no title"
    );
    assert_eq!(
        catalog["themes"],
        json!(["health", "safety", "green"]),
        "the project's, then those of the data"
    );
}

#[tokio::test]
async fn search_forgives_accents_and_puts_beginnings_and_coarse_levels_first() {
    let server = Server::ready();
    let found = server.get("/territories?q=GRANJA").await.ok();
    let names: Vec<_> = found["matches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["Granja Alta", "La Granja"]);
    let found = server.get("/territories?q=nu&limit=5").await.ok();
    assert_eq!(
        found["matches"][0],
        json!({"level": "zones", "key": "z1", "name": "Ñuñoa Norte",
        "parent": {"level": "sectors", "key": "s/1", "name": "Granja Alta"}, "bounds": [0.0, 0.0, 0.02, 0.02]})
    );
    assert_eq!(found["matches"][1]["name"], "Pedro Ñuble");
    assert_eq!(
        server.get("/territories?q=zzz").await.ok(),
        json!({"matches": []})
    );
    let first = server.get("/territories?limit=1").await.ok();
    assert_eq!(
        (
            &first["matches"][0]["level"],
            &first["matches"][0]["parent"]
        ),
        (&json!("all"), &json!(null))
    );
}

#[tokio::test]
async fn search_is_bounded() {
    let server = Server::ready();
    for limit in ["0", "101", "-1", "+5", "x", "99999999999999999999"] {
        let detail = server
            .get(&format!(
                "/territories?q=a&limit={}",
                limit.replace('+', "%2B")
            ))
            .await
            .problem(400);
        assert!(detail.contains("from 1 to 100"), "{detail}");
    }
    server
        .get(&format!("/territories?q={}", "a".repeat(201)))
        .await
        .problem(400);
}

#[tokio::test]
async fn a_card_tells_everything_about_a_territory() {
    let server = Server::ready();
    let card = server.get("/territories/sectors/s%2F1").await.ok();
    assert_eq!(
        card["parent"],
        json!({"level": "all", "key": "all", "name": "Ciudad de prueba"})
    );
    assert_eq!(
        card["children"],
        json!([{"level": "zones", "key": "z1", "name": "Ñuñoa Norte"}, {"level": "zones", "key": "z2", "name": "La Granja"}])
    );
    assert_eq!(
        (&card["bounds"], &card["area_ha"]),
        (&json!([0.0, 0.0, 0.04, 0.02]), &json!(800.0))
    );
    assert_eq!(
        card["indicators"][1],
        json!({"id": "density", "title": {"es": "density (es)", "en": "density"}, "unit": "persons/ha", "value": 0.225,
        "rank": 1, "count": 2, "standard": {"max": 0.3, "source": "a norm"}, "passes": true, "whole": 187.0 / 1600.0, "numerator": 180.0, "denominator": 800.0, "n": 3,
        "covered": 1.0, "suppressed": null, "reason": null})
    );
    let votes = |theme: &str, count: u64, votes: f64| json!({"theme": theme, "count": count, "votes": votes});
    assert_eq!(
        card["demands"],
        json!([
            votes("health", 1, 10.0),
            votes("safety", 0, 0.0),
            votes("green", 1, 5.0)
        ])
    );
}

#[tokio::test]
async fn a_card_of_the_finest_level_and_of_the_whole_close_the_hierarchy() {
    let server = Server::ready();
    let zone = server.get("/territories/zones/z4").await.ok();
    assert_eq!(
        (&zone["children"], &zone["parent"]["key"]),
        (&json!([]), &json!("s2"))
    );
    let mean = &zone["indicators"][2];
    assert_eq!(
        (
            &mean["value"],
            &mean["rank"],
            &mean["count"],
            &mean["passes"]
        ),
        (&json!(null), &json!(null), &json!(3), &json!(null))
    );
    assert_eq!(
        zone["demands"][0],
        json!({"theme": "health", "count": 1, "votes": 1.0})
    );
    let whole = server.get("/territories/all/all").await.ok();
    assert_eq!(
        (
            &whole["parent"],
            whole["children"].as_array().unwrap().len()
        ),
        (&json!(null), 2)
    );
    assert_eq!(
        whole["demands"][0],
        json!({"theme": "health", "count": 2, "votes": 11.0})
    );
}
