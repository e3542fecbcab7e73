//! Heat maps as pictures, and their legend.

use serde_json::json;

use crate::kit::{Answer, Server};

/// Width and RGBA pixels.
fn decoded(answer: &Answer) -> (u32, Vec<u8>) {
    assert_eq!(
        answer.status,
        200,
        "{}",
        String::from_utf8_lossy(&answer.body)
    );
    assert_eq!(answer.header("content-type"), "image/png");
    let mut decoder = png::Decoder::new(std::io::Cursor::new(&answer.body));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let width = reader.next_frame(&mut pixels).unwrap().width;
    (width, pixels)
}

fn painted(pixels: &[u8]) -> usize {
    pixels.chunks(4).filter(|pixel| pixel[3] > 0).count()
}

#[tokio::test]
async fn a_picture_is_painted_where_there_are_demands() {
    let server = Server::ready();
    let (width, pixels) = decoded(&server.get("/heatmaps/demand/12/2048/2047.png").await);
    assert_eq!(width, 256);
    // Web Mercator pixels of zoom 12 are 38.2 m (of 1/1000 degree: 34.3 m here): two discs of 800 m that overlap.
    assert!(
        (1500..4000).contains(&painted(&pixels)),
        "{}",
        painted(&pixels)
    );
    let (_, elsewhere) = decoded(&server.get("/heatmaps/demand/12/0/0.png").await);
    assert_eq!(painted(&elsewhere), 0);
    let (large, _) = decoded(&server.get("/heatmaps/demand/12/2048/2047@2x.png").await);
    assert_eq!(large, 512);
}

#[tokio::test]
async fn a_theme_shows_only_its_demands_on_the_same_scale() {
    let server = Server::ready();
    let all = decoded(&server.get("/heatmaps/demand/12/2048/2047.png").await).1;
    let health = decoded(
        &server
            .get("/heatmaps/demand/12/2048/2047.png?theme=health")
            .await,
    )
    .1;
    let none = decoded(
        &server
            .get("/heatmaps/demand/12/2048/2047.png?theme=safety")
            .await,
    )
    .1;
    assert!(
        all.chunks(4)
            .zip(health.chunks(4))
            .all(|(all, health)| all[3] >= health[3])
    );
    assert!(painted(&health) > 0 && all != health);
    assert_eq!(
        painted(&none),
        0,
        "a theme of the project that nobody asked for yet"
    );
}

#[tokio::test]
async fn unknown_themes_and_colours_are_named_with_what_there_is() {
    let server = Server::ready();
    let detail = server
        .get("/heatmaps/demand/12/2048/2047.png?theme=helth")
        .await
        .problem(400);
    assert!(
        detail.contains("theme is \"helth\"") && detail.contains("did you mean \"health\"?"),
        "{detail}"
    );
    let detail = server
        .get("/heatmaps/people/12/2048/2047.png?theme=health")
        .await
        .problem(400);
    assert!(
        detail.contains("the layer blocks has no column theme"),
        "{detail}"
    );
    let detail = server
        .get("/heatmaps/demand.json?colors=rainbow")
        .await
        .problem(400);
    assert!(detail.contains("ylorrd, viridis, magma"), "{detail}");
    let detail = server
        .get("/heatmaps/demand/12/2048/2047.png?bandwdith=900")
        .await
        .problem(400);
    assert!(detail.contains("did you mean \"bandwidth\"?"), "{detail}");
}

#[tokio::test]
async fn colours_can_be_chosen() {
    let server = Server::ready();
    let tile = async |colors: &str| {
        decoded(
            &server
                .get(&format!(
                    "/heatmaps/demand/12/2048/2047.png?colors={colors}"
                ))
                .await,
        )
        .1
    };
    let (default, viridis) = (tile("YlOrRd").await, tile("viridis").await);
    assert!(default != viridis && painted(&default) == painted(&viridis));
}

#[tokio::test]
async fn the_legend_runs_from_nothing_to_the_peak() {
    let server = Server::ready();
    let json = server
        .get_with("/heatmaps/demand.json?theme=health&g=1", &[("host", "h")])
        .await
        .ok();
    assert_eq!(
        json["tiles"][0],
        "http://h/heatmaps/demand/{z}/{x}/{y}.png?theme=health"
    );
    assert_eq!(
        (
            &json["unit"],
            &json["bandwidth_m"],
            &json["kernel"],
            &json["name"]
        ),
        (
            &json!("per km²"),
            &json!(800.0),
            &json!("quartic"),
            &json!("Demandas")
        )
    );
    let legend = json["legend"].as_array().unwrap();
    // One demand alone has 3 / (π · 0.64 km²) = 1.49 per km² and vote at its place; 10 and 5 votes stand 141 m apart, so
    // the peak is a little below 22.4.
    let values: Vec<_> = legend
        .iter()
        .map(|row| row["value"].as_f64().unwrap())
        .collect();
    assert_eq!(values, [0.0, 5.0, 10.0, 15.0, 20.0]);
    assert_eq!(
        (
            &legend[0]["color"],
            legend[4]["color"].as_str().unwrap() > "#800026"
        ),
        (&json!("#ffffcc"), true)
    );
    let bounds: Vec<f64> = json["bounds"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bound| bound.as_f64().unwrap())
        .collect();
    assert!(
        (bounds[0] - -0.002).abs() < 1e-9 && (bounds[2] - 0.073).abs() < 1e-9,
        "{bounds:?}"
    );
}

#[tokio::test]
async fn pictures_are_sent_as_they_are() {
    let server = Server::ready();
    let answer = server
        .get_with(
            "/heatmaps/demand/12/2048/2047.png",
            &[("accept-encoding", "gzip, br")],
        )
        .await;
    assert_eq!(
        (answer.header("content-encoding"), answer.header("vary")),
        ("", "")
    );
    server
        .get_with(
            "/heatmaps/demand/12/2048/2047.png",
            &[("accept-encoding", "identity;q=0")],
        )
        .await
        .problem(406);
}
