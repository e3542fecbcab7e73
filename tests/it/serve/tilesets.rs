//! Archives that are served, and change while they are.

use comarca_tests::program::{comarca_in, run, until};
use comarca_tests::project::{TINY_PROJECT, replace, tiny, write};
use comarca_tests::server::Server;
use comarca_tests::tile::decode;

#[test]
fn an_archive_that_is_replaced_is_served_anew() {
    let folder = tiny();
    let export = |name: &str, layers: &str| {
        let mut command = comarca_in(folder.path());
        run(command.args(["tiles", "--maxzoom", "12", "--layers", layers, "-o", name]))
            .assert_success();
        std::fs::read(folder.path().join(name)).expect("the archive is there")
    };
    let (districts, people) = (
        export("districts.pmtiles", "districts"),
        export("people.pmtiles", "people"),
    );
    write(folder.path(), "base.pmtiles", districts);
    let more = "\n[tilesets.base]\nsource = \"base.pmtiles\"\n";
    write(
        folder.path(),
        "comarca.toml",
        format!("{TINY_PROJECT}{more}"),
    );
    let server = Server::start(folder.path());
    let layers = || -> Vec<String> {
        let answer = server.get("/tiles/base/12/1243/2452.mvt");
        assert_eq!(answer.status, 200);
        decode(&answer.body).into_keys().collect()
    };
    assert_eq!(layers(), ["districts"]);
    assert_eq!(server.json("/catalog")["tiles"]["base"]["kind"], "archive");
    replace(folder.path(), "base.pmtiles", people);
    until("the other archive", || {
        (layers() == ["people"]).then_some(())
    });
    // A damaged one does not take its place.
    replace(folder.path(), "base.pmtiles", "PMTiles\u{3}");
    until("a message", || {
        server.said().contains("base.pmtiles").then_some(())
    });
    assert_eq!(layers(), ["people"]);
}
