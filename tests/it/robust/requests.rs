//! Hostile requests on a real socket.

use comarca_tests::http::{get_request, shown};
use comarca_tests::project::sample;
use comarca_tests::server::Server;

/// What stands in the place of an id, a number or a value.
fn oddities() -> Vec<String> {
    let plain = [
        "",
        "%00",
        "%ff%fe",
        "%C3%28",
        "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "..%2f..%2fcomarca.toml",
        "..%5c..%5c",
        "%0d%0aSet-Cookie:%20a=b",
        "%0a%0aGET%20/",
        "-1",
        "+1",
        "1.5",
        "1e9",
        "0x10",
        "4294967295",
        "4294967296",
        "18446744073709551616",
        "999999999999999999999999999999",
        "NaN",
        "null",
        "true",
        "%F0%9F%92%A9",
        "%D9%A1",
        "%EF%BC%91",
        "'%20OR%201%3D1--",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%25%25%25",
        "%",
        "%2",
        "%zz",
        "a,b,,c",
        ",,,,",
        "districts%00",
        "districts%2f..%2fblocks",
        "$%7Bjndi:ldap://a%7D",
        "{{7*7}}",
        "%E2%80%AE",
        "~",
        "*",
        "(((((",
        "%5B%5B%5B",
    ];
    let long = [
        "a".repeat(300),
        "9".repeat(1000),
        "%41".repeat(2000),
        "a,".repeat(3000),
        "../".repeat(500),
        "é".repeat(100),
    ];
    plain.into_iter().map(str::to_owned).chain(long).collect()
}

/// Addresses with a gap for an oddity.
const GAPS: [&str; 14] = [
    "/{}",
    "/assets/{}",
    "/tiles/{}.json",
    "/tiles/{}/12/1243/2453.mvt",
    "/tiles/districts/{}/0/0.mvt",
    "/tiles/districts/12/{}/2453",
    "/tiles/districts/12/1243/2453.mvt?indicators={}",
    "/tiles/districts/12/1243/2453.mvt?filter={}",
    "/indicators/{}",
    "/indicators/density?level={}",
    "/territories?q={}&limit={}",
    "/territories/communes/{}",
    "/heatmaps/demand/12/1243/{}.png",
    "/heatmaps/demand/12/1243/2453.png?theme={}",
];

/// Filters that are deep, long or wrong.
fn filters() -> Vec<String> {
    let deep = |open: &str, core: &str, close: &str, depth| {
        open.repeat(depth) + core + &close.repeat(depth)
    };
    vec![
        deep("(", "code%3D'a'", ")", 3000),
        deep("NOT%20", "code%3D'a'", "", 1000),
        vec!["code%3D'a'"; 500].join("%20OR%20"),
        format!("code%20IN%20({})", vec!["'a'"; 2000].join(",")),
        format!("code%20LIKE%20'{}'", "%25a".repeat(1500)),
        deep("CASEI(", "code", ")", 800),
        "1%2F0%3D1".to_owned(),
        "code%20BETWEEN%201%20AND".to_owned(),
        "S_INTERSECTS(geom,POLYGON((0%200,1e308%201e308,NaN%20NaN)))".to_owned(),
        deep("S_INTERSECTS(", "geometry", ")", 500),
        deep(
            "S_WITHIN(geometry,GEOMETRYCOLLECTION(",
            "POINT(0%200)",
            "))",
            200,
        ),
        format!(
            "S_TOUCHES(geometry,LINESTRING({}))",
            vec!["-71%20-34,-70%20-33"; 400].join(",")
        ),
        format!(
            "S_DISJOINT(geometry,MULTIPOINT({}))",
            vec!["0%200"; 2500].join(",")
        ),
        vec!["S_CROSSES(geometry,LINESTRING(-71%20-34,-70%20-33))"; 32].join("%20OR%20"),
        "S_EQUALS(geometry,POLYGON((0%200,1%201,1%200,0%201,0%200)))".to_owned(),
        "S_OVERLAPS(geometry,BBOX(1e-320,0,1e-310,1))".to_owned(),
        "code%3D'%00'".to_owned(),
        "'".to_owned(),
    ]
}

/// Whole requests that no honest client sends.
fn raw_requests() -> Vec<Vec<u8>> {
    let with_headers = |headers: &str| {
        format!("GET /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{headers}\r\n")
    };
    let texts = [
        with_headers(&"X-Flood: a\r\n".repeat(99)),
        with_headers(&"X-Flood: a\r\n".repeat(2000)),
        with_headers(&format!("X-Long: {}\r\n", "a".repeat(20_000))),
        with_headers(&format!("X-Long: {}\r\n", "a".repeat(500_000))),
        with_headers(&format!("If-None-Match: {}\r\n", "\"a\",".repeat(3000))),
        with_headers(&format!("Accept-Encoding: {}\r\n", "gzip;q=0.1,".repeat(1000))),
        with_headers("Accept: ;;;q=,,\r\nAccept-Encoding: gzip;q=99999999999999999999\r\n"),
        with_headers("Range: bytes=0-0,1-1,2-2,99999999999999999999-\r\n"),
        with_headers("Content-Length: 99999999999999999999\r\n"),
        with_headers("Content-Length: 5\r\nContent-Length: 6\r\n"),
        with_headers("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n"),
        with_headers("Expect: 100-continue\r\nContent-Length: 100000000\r\n"),
        with_headers("Upgrade: h2c\r\nConnection: Upgrade\r\n"),
        with_headers("X-Forwarded-Host: evil.example\r\nX-Original-URL: /etc/passwd\r\n"),
        "GET /catalog HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /catalog HTTP/1.1\r\nHost: a\"><script>\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /catalog HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n".to_owned(),
        "GET http://evil.example/catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /../../../../etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET //etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "GET /catalog HTTP/9.9\r\nHost: localhost\r\n\r\n".to_owned(),
        "GET /catalog\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        "TRACE /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_owned(),
        format!("{} /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "A".repeat(5000)),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "a".repeat(9_000)),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "a".repeat(70_000)),
        format!("GET /{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "a/".repeat(3_000)),
        format!("GET /catalog?{} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", "a=b&".repeat(1_500)),
        format!("POST /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 200000\r\n\r\n{}", "a".repeat(200_000)),
        "POST /catalog HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFFF\r\n".to_owned(),
        "\r\n\r\n\r\n\r\n".to_owned() + &with_headers(""),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\n\r\n".to_owned(),
    ];
    let bytes = [
        b"GET /\xff\xfe\x80 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /catalog?a=\xff HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /catalog HTTP/1.1\r\nHost: \xff\xfe\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /catalog HTTP/1.1\r\nHost: localhost\r\nAccept: \xff\xfe\r\nIf-None-Match: \x80\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET /\0 HTTP/1.1\r\nHost: localhost\r\n\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        vec![0; 100_000],
        vec![0xff; 100_000],
    ];
    texts
        .into_iter()
        .map(String::into_bytes)
        .chain(bytes)
        .collect()
}

fn hostile_requests() -> Vec<Vec<u8>> {
    let in_gaps = GAPS.iter().flat_map(|gap| {
        oddities()
            .into_iter()
            .map(|oddity| gap.replace("{}", &oddity))
    });
    let filtered = filters()
        .into_iter()
        .map(|filter| format!("/tiles/districts/12/1243/2453.mvt?filter={filter}"));
    in_gaps
        .chain(filtered)
        .map(|target| get_request(&target, &[]))
        .chain(raw_requests())
        .collect()
}

#[test]
fn hostile_requests_are_refused_and_the_server_goes_on() {
    let mut server = Server::start(&sample());
    let before = server.get("/indicators/density?level=communes");
    let requests = hostile_requests();
    assert!(requests.len() > 600);
    for request in &requests {
        if let Some(answer) = server.send(request) {
            let fits = answer.status < 500 || answer.status == 503;
            assert!(fits, "{} for {:?}", answer.status, shown(request));
            let leaked = answer.header("set-cookie").is_some()
                || answer.body.windows(5).any(|bytes| bytes == b"root:");
            assert!(!leaked, "{:?}", shown(request));
        }
    }
    let after = server.get("/indicators/density?level=communes");
    assert_eq!((after.status, after.body), (200, before.body));
    assert!(!server.said().contains("panicked"), "{}", server.said());
    server.terminate();
    assert_eq!(server.ended().code(), Some(0));
}

#[test]
fn a_client_that_goes_away_in_the_middle_is_forgotten() {
    use std::io::Write;
    let server = Server::start(&sample());
    for end in 1..60 {
        let request = get_request("/tiles/blocks,demands/11/621/1226.mvt", &[]);
        let mut stream = comarca_tests::http::connect(server.address());
        stream
            .write_all(&request[..end.min(request.len())])
            .expect("it takes bytes");
    }
    for _ in 0..60 {
        let mut stream = comarca_tests::http::connect(server.address());
        stream
            .write_all(&get_request("/tiles/blocks,demands/11/621/1226.mvt", &[]))
            .expect("it takes requests");
    }
    assert_eq!(server.get("/health").status, 200);
    assert!(!server.said().contains("panicked"), "{}", server.said());
}
