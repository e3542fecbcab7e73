//! Objects as sources, from stores and web servers on this machine; and layers that are cut to a box.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use comarca_tests::program::{comarca, comarca_in, run};
use comarca_tests::project;

/// What was asked for: request line and headers.
type Heard = Arc<Mutex<Vec<String>>>;

/// A server of one file, whole or in parts, wherever its path ends with the name.
fn serve(name: &'static str, bytes: Vec<u8>) -> (SocketAddr, Heard) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let heard = Heard::default();
    let all = Arc::clone(&heard);
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let request: Vec<String> = BufReader::new(&stream)
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            drop(answer(&request, name, &bytes, &mut stream));
            all.lock().expect("no panic").push(request.join("\n"));
        }
    });
    (address, heard)
}

fn answer(
    request: &[String],
    name: &str,
    bytes: &[u8],
    stream: &mut TcpStream,
) -> std::io::Result<()> {
    let path = request
        .first()
        .and_then(|line| line.split(' ').nth(1))
        .unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    if !path.ends_with(name) {
        return write!(
            stream,
            "HTTP/1.1 404 Nothing\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
        );
    }
    let range = request
        .iter()
        .find_map(|line| line.strip_prefix("range: bytes=")?.split_once('-'));
    let (status, told, body) = match range
        .and_then(|(start, end)| Some((start.parse().ok()?, end.parse::<usize>().ok()?)))
    {
        Some((start, end)) => {
            let end = end.min(bytes.len() - 1);
            let told = format!("content-range: bytes {start}-{end}/{}\r\n", bytes.len());
            ("206 Partial", told, &bytes[start..=end])
        }
        None => ("200 OK", String::new(), bytes),
    };
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status}\r\n{told}content-length: {length}\r\netag: \"1\"\r\nlast-modified: Thu, 01 Jan 2026 00:00:00 GMT\r\nconnection: close\r\n\r\n"
    )?;
    stream.write_all(body)
}

#[test]
fn a_bucket_is_read_with_the_credentials_of_the_environment_or_without_any() {
    let (address, heard) = serve("bucket/a/people.csv", project::TINY_PEOPLE.into());
    let info = || {
        let mut info = comarca();
        info.args(["info", "--json", "s3://bucket/a/people.csv"])
            .env("AWS_ENDPOINT_URL", format!("http://{address}"));
        info
    };
    assert_eq!(run(&mut info()).expect_success().json()["rows"], 3);
    let signed = run(info()
        .env("AWS_ACCESS_KEY_ID", "AKID")
        .env("AWS_SECRET_ACCESS_KEY", "s3cret"));
    assert_eq!(signed.expect_success().json()["name"], "people");
    let heard = heard.lock().expect("no panic");
    let authorized: Vec<_> = heard
        .iter()
        .map(|request| request.contains("authorization: AWS4-HMAC-SHA256 Credential=AKID/"))
        .collect();
    assert_eq!(authorized, [false, true]);
    assert!(!heard.concat().contains("s3cret"));
}

#[test]
fn a_project_reads_the_web_and_says_what_it_cannot_get() {
    let (address, _) = serve("/people.csv", project::TINY_PEOPLE.into());
    let web = |path: &str, more: &str| {
        project::tiny_with(
            "source = \"people.csv\"",
            &format!("source = \"http://{address}/{path}?key=s3cret\"{more}"),
        )
    };
    let folder = web("people.csv", "");
    let values = run(comarca_in(folder.path()).args(["indicators", "--level", "districts"]))
        .expect_success();
    assert!(
        values.text().contains("A1,Norte,10") && values.text().contains("A2,Sur,12"),
        "{}",
        values.text()
    );
    let folder = web("other.csv", "");
    let failed = run(comarca_in(folder.path()).arg("check"));
    assert_eq!(failed.code(), Some(1));
    assert!(
        failed.stderr.contains("/other.csv: is not there (404)"),
        "{}",
        failed.stderr
    );
    assert!(!failed.stderr.contains("s3cret"), "{}", failed.stderr);
}

#[test]
fn what_is_fetched_is_bounded_by_the_project() {
    let (address, _) = serve("/people.csv", vec![b'x'; 3 << 20]);
    let folder = project::tiny_with(
        "source = \"people.csv\"",
        &format!("source = \"http://{address}/people.csv\""),
    );
    let file = folder.path().join("comarca.toml");
    let text = fs::read_to_string(&file).expect("ours") + "\n[access]\ndownload_max_mb = 2\n";
    fs::write(&file, text).expect("ours");
    let failed = run(comarca_in(folder.path()).arg("check"));
    assert!(
        failed.stderr.contains("larger than what may be fetched"),
        "{}",
        failed.stderr
    );
}

#[test]
fn a_layer_is_cut_to_its_box_whatever_its_source() {
    let blocks = project::workspace().join("loaders/corpus/flatgeobuf/blocks.fgb");
    let (address, heard) = serve(
        "/blocks.fgb",
        fs::read(&blocks).expect("it is part of the repository"),
    );
    let local = "source = \"blocks.fgb\"".to_owned();
    let remote = format!("source = \"http://{address}/blocks.fgb\"");
    // About the rectangles 10 to 12 and 18 to 20 of the file, which are a kilometre apart, in degrees.
    for source in [&local, &remote] {
        let folder = project::tiny_with(
            "source = \"people.csv\"\nkey = \"id\"\ncsv = { x = \"lon\", y = \"lat\", crs = \"EPSG:4326\" }",
            &format!("{source}\nkey = \"id\"\nbbox = [-70.6360, -33.5106, -70.6145, -33.4995]"),
        );
        fs::copy(&blocks, folder.path().join("blocks.fgb")).expect("a copy");
        let file = folder.path().join("comarca.toml");
        let text = fs::read_to_string(&file)
            .expect("ours")
            .replace("column = \"persons\"", "column = \"pop\"");
        fs::write(&file, text).expect("ours");
        let checked = run(comarca_in(folder.path()).arg("check"));
        checked.assert_success();
        assert!(
            checked
                .text()
                .contains("people                   6 features"),
            "{}",
            checked.text()
        );
        assert!(
            checked
                .stderr
                .contains("outside the wanted box is left out, 34 times"),
            "{}",
            checked.stderr
        );
    }
    let heard = heard.lock().expect("no panic");
    assert!(
        heard
            .iter()
            .all(|request| request.contains("range: bytes=")),
        "{heard:?}"
    );
}
