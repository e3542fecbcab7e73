//! Objects from a web server on this machine that does what it likes.

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::*;
use crate::source::tests::sample;
use crate::source::{Location, read_location};

const BLOCKS: &[u8] = include_bytes!("../../../../corpus/flatgeobuf/blocks.fgb");
/// A window of six blocks.
const WINDOW: [f64; 4] = [348_000., 6_291_000., 350_000., 6_292_000.];

/// A request: its path with the query, and the bytes of its range, both inclusive.
#[derive(Clone, Debug)]
struct Request {
    path: String,
    range: Option<(usize, usize)>,
    headers: String,
}

/// A server that answers every request with what `answer` writes.
struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    fn start(
        answer: impl Fn(&Request, &mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let requests = Arc::new(Mutex::new(vec![]));
        let (heard, answer) = (Arc::clone(&requests), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (heard, answer) = (Arc::clone(&heard), Arc::clone(&answer));
                thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = request(&stream) {
                        heard.lock().expect("no panic").push(request.clone());
                        // A client that has heard enough hangs up.
                        drop(answer(&request, &mut stream));
                    }
                });
            }
        });
        Self { address, requests }
    }

    /// Serves these bytes, also in parts.
    fn of(bytes: Vec<u8>) -> Self {
        Self::start(move |request, stream| serve(request, &bytes, stream))
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("no panic").clone()
    }

    fn read(&self, path: &str, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
        read_location(&Location::parse(&self.url(path)), options)
    }

    fn error(&self, path: &str) -> String {
        let error = self.read(path, &ReadOptions::default()).expect_err(path);
        error.to_string()
    }
}

fn request(stream: &TcpStream) -> Option<Request> {
    let mut lines = BufReader::new(stream).lines();
    let path = lines.next()?.ok()?.split(' ').nth(1)?.to_owned();
    let headers: Vec<_> = lines
        .map_while(Result::ok)
        .take_while(|line| !line.is_empty())
        .collect();
    let range = headers.iter().find_map(|line| {
        let (name, value) = line.split_once(": bytes=")?;
        let (start, end) = value.split_once('-')?;
        name.eq_ignore_ascii_case("range").then_some(())?;
        Some((start.parse().ok()?, end.parse().ok()?))
    });
    Some(Request {
        path,
        range,
        headers: headers.join("\n"),
    })
}

fn serve(request: &Request, bytes: &[u8], stream: &mut TcpStream) -> std::io::Result<()> {
    let (status, extra, body) = match request.range {
        Some((start, _)) if start >= bytes.len() => ("416 Too far", String::new(), &bytes[..0]),
        Some((start, end)) => {
            let end = end.min(bytes.len() - 1);
            let told = format!("content-range: bytes {start}-{end}/{}\r\n", bytes.len());
            ("206 Partial", told, &bytes[start..=end])
        }
        None => ("200 OK", String::new(), bytes),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{extra}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    )?;
    stream.write_all(body)
}

fn say(stream: &mut TcpStream, head: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\n\r\n")
}

#[test]
fn an_object_is_read_as_the_file_it_is() {
    let server = Server::of(sample::geojson());
    let layers = server
        .read("/a/b.geojson?key=s3cret", &ReadOptions::default())
        .expect("features");
    assert_eq!(
        (layers[0].coordinates.as_slice(), layers[0].name.as_str()),
        (&sample::COORDINATES[..], "b")
    );
    assert_eq!(server.requests()[0].path, "/a/b.geojson?key=s3cret");
}

#[test]
fn a_login_in_the_address_is_sent_and_not_shown() {
    let server = Server::start(|request, stream| {
        let known = request
            .headers
            .to_ascii_lowercase()
            .contains("authorization: basic");
        if known {
            serve(request, b"a,b\n1,2\n", stream)
        } else {
            say(stream, "401 Who?\r\ncontent-length: 0")
        }
    });
    let address = server.url("/a.csv").replace("//", "//ana:s3cret@");
    let read = read_location(&Location::parse(&address), &ReadOptions::default());
    assert_eq!(read.expect("a table")[0].len(), 1);
    let error = server.error("/a.csv");
    assert!(error.contains("401"), "{error}");
}

#[test]
fn a_window_of_a_flatgeobuf_takes_only_its_parts() {
    let far = [BLOCKS.to_vec(), vec![0; 1 << 20]].concat();
    let server = Server::of(far);
    let options = ReadOptions {
        window: Some(WINDOW),
        ..ReadOptions::default()
    };
    let layers = server.read("/blocks.fgb", &options).expect("features");
    assert_eq!((layers[0].len(), layers[0].name.as_str()), (6, "blocks"));
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "all is in the first part: {requests:?}");
    assert!(requests.iter().all(|request| request.range.is_some()));
    let crs = crate::source::declared_crs(&Location::parse(&server.url("/blocks.FGB")), &options);
    assert_eq!(crs.expect("a header").as_deref(), Some("EPSG:32719"));
}

#[test]
fn far_parts_are_fetched_by_their_ranges() {
    // The same file with its features put far behind its tree would not be one; a large gap in the ranges is enough.
    let server = Server::of((0..=255).cycle().take(400_000).collect());
    let address = Location::parse(&server.url("/a.fgb"));
    let Location::Object(address) = address else {
        panic!("an address")
    };
    let object = Object::open(&address, &ReadOptions::default(), PACE).expect("an object");
    let mut parts = object.parts().expect("there").expect("ranges");
    let found = parts
        .fetch(&[0..4, 200_000..200_003, 5..5, 399_998..400_000])
        .expect("bytes");
    assert_eq!(
        found,
        [vec![0, 1, 2, 3], vec![64, 65, 66], vec![], vec![126, 127]]
    );
}

#[test]
fn a_server_without_ranges_sends_the_whole_file() {
    let server = Server::start(|_, stream| {
        serve(
            &Request {
                path: String::new(),
                range: None,
                headers: String::new(),
            },
            BLOCKS,
            stream,
        )
    });
    let options = ReadOptions {
        window: Some(WINDOW),
        ..ReadOptions::default()
    };
    let layers = server.read("/blocks.fgb", &options).expect("features");
    assert_eq!(layers[0].len(), 6);
}

#[test]
fn a_shapefile_comes_with_its_companions_in_any_case() {
    for upper in [false, true] {
        let [shp, shx, dbf] = sample::shapefile();
        let server = Server::start(move |request, stream| {
            let path = request.path.split('?').next().unwrap_or_default();
            let file = match (path, upper) {
                ("/A.SHP", true) | ("/A.shp", false) => &shp,
                ("/A.SHX", true) | ("/A.shx", false) => &shx,
                ("/A.dbf", _) => &dbf,
                _ => return say(stream, "404 Nothing\r\ncontent-length: 0"),
            };
            serve(request, file, stream)
        });
        let name = if upper { "/A.SHP?k=1" } else { "/A.shp?k=1" };
        let layers = server
            .read(name, &ReadOptions::default())
            .expect("features");
        assert_eq!(layers[0].coordinates, sample::COORDINATES);
        assert!(layers[0].column("name").is_some());
        assert!(
            server
                .requests()
                .iter()
                .all(|request| request.path.ends_with("?k=1"))
        );
    }
}

#[test]
fn redirects_stay_with_the_server_that_was_named() {
    let server = Server::start(|request, stream| match request.path.as_str() {
        "/here" => say(
            stream,
            "302 There\r\nlocation: /there.csv\r\ncontent-length: 0",
        ),
        "/there.csv" => serve(request, b"a,b\n1,2\n", stream),
        "/round" => say(stream, "302 Round\r\nlocation: /round\r\ncontent-length: 0"),
        "/meta" => say(
            stream,
            "302 Out\r\nlocation: http://169.254.169.254/latest/\r\ncontent-length: 0",
        ),
        "/port" => say(
            stream,
            "302 Out\r\nlocation: http://127.0.0.1:9/\r\ncontent-length: 0",
        ),
        "/file" => say(
            stream,
            "302 Out\r\nlocation: file:///etc/passwd\r\ncontent-length: 0",
        ),
        _ => say(
            stream,
            "302 Out\r\nlocation: http://localhost/\r\ncontent-length: 0",
        ),
    });
    // The name of what was asked for counts, so that of a redirect has to be told by its content.
    assert!(server.error("/here").contains("format is not known"));
    for path in ["/meta", "/port", "/file", "/name"] {
        let error = server.error(path);
        assert!(
            error.contains("redirects to another address") || error.contains("302"),
            "{error}"
        );
        assert!(!error.contains("passwd:"), "{error}");
    }
    assert!(server.error("/round").contains("again and again"));
    let paths: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| request.path)
        .collect();
    assert!(
        paths
            .iter()
            .all(|path| path.starts_with('/') && !path.contains("latest")),
        "{paths:?}"
    );
}

#[test]
fn what_the_server_refuses_is_told_without_the_key() {
    let server = Server::start(|request, stream| match request.path.split('?').next() {
        Some("/404.csv") => say(stream, "404 Nothing\r\ncontent-length: 0"),
        Some("/403.csv") => say(stream, "403 No\r\ncontent-length: 0"),
        _ => say(stream, "400 s3cret? \r\ncontent-length: 0"),
    });
    for (path, word) in [
        ("/404.csv", "404"),
        ("/403.csv", "403"),
        ("/400.csv", "400"),
    ] {
        let error = server.error(&format!("{path}?sig=s3cret"));
        assert!(error.contains(word) && !error.contains("sig="), "{error}");
        assert!(error.contains(path), "{error}");
    }
}

#[test]
fn an_endless_error_page_is_not_read_to_its_end() {
    let server = Server::start(|_, stream| {
        say(stream, "404 Nothing")?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    assert!(server.error("/a.csv").contains("404"));
}

#[test]
fn an_object_that_is_too_large_is_given_up() {
    let options = ReadOptions {
        download_max_bytes: Some(100_000),
        ..ReadOptions::default()
    };
    let announced =
        Server::start(|_, stream| say(stream, "200 OK\r\ncontent-length: 1000000000000"));
    let endless = Server::start(|_, stream| {
        say(stream, "200 OK")?;
        loop {
            stream.write_all(&[b'x'; 4096])?;
        }
    });
    for server in [announced, endless] {
        let error = server
            .read("/a.csv", &options)
            .expect_err("too large")
            .to_string();
        assert!(
            error.contains("larger than what may be fetched") && error.contains("download_max_mb"),
            "{error}"
        );
    }
}

#[test]
fn a_body_that_breaks_off_is_an_error() {
    let server = Server::start(|_, stream| {
        say(stream, "200 OK\r\ncontent-length: 1000")?;
        stream.write_all(b"a,b\n1,2\n")
    });
    assert!(server.error("/a.csv").contains("cannot be fetched"));
}

#[test]
fn a_body_without_a_length_is_read_to_its_end() {
    let server = Server::start(|_, stream| {
        say(
            stream,
            "200 OK\r\ntransfer-encoding: chunked\r\ncontent-type: text/csv; charset=utf-8",
        )?;
        stream.write_all(b"8\r\na,b\n1,2\n\r\n0\r\n\r\n")
    });
    let layers = server
        .read("/export", &ReadOptions::default())
        .expect("a table");
    assert_eq!(
        (layers[0].len(), layers[0].format),
        (1, crate::source::Format::Csv)
    );
}

#[test]
fn a_server_that_is_too_slow_is_given_up() {
    let silent = Server::start(|_, stream| {
        say(stream, "200 OK\r\ncontent-length: 1000")?;
        thread::sleep(Duration::from_mins(1));
        Ok(())
    });
    let dripping = Server::start(|_, stream| {
        say(stream, "200 OK\r\ncontent-length: 100000000")?;
        loop {
            stream.write_all(b"x")?;
            thread::sleep(Duration::from_millis(20));
        }
    });
    let pace = Pace {
        silence: Duration::from_millis(300),
        grace: Duration::from_millis(100),
        bytes_per_s_min: 100_000,
    };
    for server in [silent, dripping] {
        let Location::Object(address) = Location::parse(&server.url("/a.csv")) else {
            panic!("an address")
        };
        let mut object = Object::open(&address, &ReadOptions::default(), pace).expect("an object");
        let error = object
            .read_whole(&ReadOptions::default())
            .expect_err("too slow")
            .to_string();
        assert!(
            error.contains("too slowly") || error.contains("cannot be fetched"),
            "{error}"
        );
    }
}

#[test]
fn nobody_at_the_address_is_an_error() {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a port");
    let read = read_location(
        &Location::parse(&format!("http://{port}/a.csv")),
        &ReadOptions::default(),
    );
    let error = read.expect_err("nobody").to_string();
    assert!(error.contains("cannot be fetched"), "{error}");
}
