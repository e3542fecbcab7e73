//! The page and its headers.

use crate::kit::Server;

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() {
    let server = Server::ready();
    let page = server.get("/").await;
    assert_eq!(
        (page.status.as_u16(), page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    assert!(page.text().starts_with("<!doctype html>"));
    for (header, value) in [
        (
            "content-security-policy",
            "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self'; connect-src 'self'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "public, max-age=0, must-revalidate"),
    ] {
        assert_eq!(page.header(header), value);
    }
}

#[tokio::test]
async fn the_files_of_the_page_are_kept_for_ever_and_have_their_types() {
    let server = Server::ready();
    let page = server.get("/").await.text();
    let files: Vec<_> = page
        .split('"')
        .filter(|part| part.starts_with("assets/"))
        .collect();
    assert!(files.len() >= 2, "{files:?}");
    for file in files {
        let answer = server
            .get_with(&format!("/{file}"), &[("accept-encoding", "br")])
            .await;
        let kind = if file.rsplit('.').next() == Some("css") {
            "text/css; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        };
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (200, kind)
        );
        assert_eq!(
            answer.header("cache-control"),
            "public, max-age=31536000, immutable"
        );
        assert_eq!(answer.header("content-encoding"), "br");
    }
}
