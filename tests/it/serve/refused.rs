//! Requests that cannot be answered get a problem document (RFC 9457) that says which part and what is allowed.

use comarca_tests::project::sample;
use comarca_tests::server::Server;

#[test]
fn mistakes_are_answered_with_problem_documents() {
    let server = Server::start(&sample());
    for (target, status, part) in [
        ("/nothing", 404, "nothing is at this address"),
        ("/tiles/distrits.json", 404, "did you mean \"districts\"?"),
        ("/tiles/districts/40/0/0.mvt", 404, "outside the pyramid"),
        ("/tiles/districts/1/7/0.mvt", 404, "outside the pyramid"),
        ("/tiles/districts/a/0/0.mvt", 400, "z is \"a\""),
        ("/tiles/districts/1/0/-1.mvt", 400, "y is \"-1\""),
        (
            "/tiles/districts/12/1243/2453.mvt?colour=red",
            400,
            "\"colour\"",
        ),
        (
            "/tiles/districts/12/1243/2453.mvt?indicators=densitty",
            400,
            "did you mean \"density\"?",
        ),
        (
            "/tiles/districts/12/1243/2453.mvt?properties=surname",
            400,
            "\"surname\"",
        ),
        (
            "/tiles/districts/12/1243/2453.mvt?filter=name%20%3D",
            400,
            "filter",
        ),
        (
            "/tiles/districts/12/1243/2453.mvt?filter=nombre%20%3D%20'a'",
            400,
            "nombre",
        ),
        (
            "/tiles/blocks/12/1243/2453.mvt?indicators=density",
            400,
            "blocks is a layer",
        ),
        ("/indicators/densitty", 404, "did you mean \"density\"?"),
        (
            "/indicators/density?level=district",
            400,
            "did you mean \"districts\"?",
        ),
        (
            "/indicators/density?f=pdf",
            400,
            "one of json, csv, geojson",
        ),
        ("/territories/communes/13999", 404, "13999"),
        ("/territories/regions/13", 404, "regions"),
        ("/heatmaps/demmand.json", 404, "demand"),
        ("/heatmaps/demand/12/1243/2453.png?theme=war", 400, "theme"),
        (
            "/heatmaps/demand/12/1243/2453.png?colors=blood",
            400,
            "colors",
        ),
    ] {
        let answer = server.get(target);
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
        assert_eq!(
            answer.header("content-type"),
            Some("application/problem+json"),
            "{target}"
        );
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{target}");
        let detail = problem["detail"].as_str().expect("a detail");
        assert!(detail.contains(part), "{target}: {detail}");
        let path = target.split('?').next();
        assert_eq!(problem["instance"].as_str(), path, "{target}");
    }
}

#[test]
fn a_bad_parameter_is_named_with_its_value_and_what_is_allowed() {
    let server = Server::start(&sample());
    let problem = server.get("/indicators/density?level=quarter").json();
    assert_eq!(
        (&problem["parameter"], &problem["value"]),
        (&"level".into(), &"quarter".into())
    );
    let allowed = problem["allowed"].as_str().expect("a text");
    assert!(
        ["districts", "sectors", "communes", "all"]
            .iter()
            .all(|level| allowed.contains(level)),
        "{allowed}"
    );
}

#[test]
fn what_is_only_read_cannot_be_written() {
    let server = Server::start(&sample());
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let request = format!(
            "{method} /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        );
        let answer = server.send(request.as_bytes()).expect("an answer");
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, Some("GET, HEAD, OPTIONS")),
            "{method}"
        );
    }
}

#[test]
fn a_format_that_nobody_makes_is_not_acceptable() {
    let server = Server::start(&sample());
    let answer = server.get_with("/indicators/density", &[("Accept", "image/tiff")]);
    assert_eq!(answer.status, 406, "{}", answer.text());
}
