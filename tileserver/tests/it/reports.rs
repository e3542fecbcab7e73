//! Sheets of territories.

use crate::kit::Server;

#[tokio::test]
async fn a_sheet_is_html_in_the_language_that_is_asked_for() {
    let server = Server::ready();
    let sheet = server.get("/reports/zones/z1.html").await;
    assert_eq!(sheet.status, 200);
    assert_eq!(sheet.header("content-type"), "text/html; charset=utf-8");
    let text = sheet.text();
    assert!(text.contains("<html lang=\"es\">") && text.contains("<h1>Ñuñoa Norte</h1>"));
    assert!(text.contains("default-src 'none'") && !text.contains("<script"));
    let english = server.get("/reports/zones/z1.html?lang=en").await.text();
    assert!(english.contains("<html lang=\"en\">") && english.contains("Territory sheet"));
    let tag = sheet.header("etag").to_owned();
    let again = server
        .get_with("/reports/zones/z1.html", &[("if-none-match", &tag)])
        .await;
    assert_eq!(again.status, 304);
}

#[tokio::test]
async fn every_link_of_a_sheet_leads_to_one() {
    let server = Server::ready();
    let text = server.get("/reports/zones/z1.html?lang=en").await.text();
    let links: Vec<&str> = text
        .split("href=\"../")
        .skip(1)
        .map(|part| &part[..part.find('"').unwrap()])
        .collect();
    assert_eq!(
        links,
        ["all/all.html?lang=en", "sectors/s%2F1.html?lang=en"]
    );
    for link in links {
        let sheet = server.get(&format!("/reports/{link}")).await;
        assert_eq!(sheet.status, 200, "{link}");
        assert!(sheet.text().contains("<html lang=\"en\">"));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_with_what_is_near() {
    let server = Server::ready();
    for (uri, detail) in [
        (
            "/reports/zone/z1.html",
            "there is no level \"zone\"; did you mean \"zones\"?",
        ),
        (
            "/reports/zones/z9.html",
            "there is no territory of level zones with the key \"z9\"; ",
        ),
        (
            "/reports/zones/z1",
            "nothing is at this address; a sheet ends in .html",
        ),
    ] {
        let told = server.get(uri).await.problem(404);
        assert!(told.contains(detail), "{told}");
    }
    let told = server
        .get("/reports/zones/z1.html?lang=de")
        .await
        .problem(400);
    assert!(told.contains("it must be one of es, en"), "{told}");
}
