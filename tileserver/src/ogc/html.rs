//! A document of OGC API as a plain page: its title, what it says, and its links.

use serde_json::Value;

use super::link::HTML;

/// The page of a document with `title`, `description` and `links`, and those of the collections in it.
pub(crate) fn page(document: &Value) -> String {
    let title = text(&document["title"]);
    let mut page = format!(
        "<!doctype html>\n<html><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title></head>\n<body>\n<h1>{title}</h1>\n<p>{}</p>\n",
        text(&document["description"])
    );
    for collection in document["collections"].as_array().into_iter().flatten() {
        page.extend(["<h2>", &text(&collection["title"]), "</h2>\n"]);
        page += &links(collection);
    }
    page += &links(document);
    page + "</body></html>\n"
}

fn links(document: &Value) -> String {
    let all = document["links"].as_array().into_iter().flatten();
    let plain = all.filter(|link| link["templated"] != true);
    let one = |link: &Value| {
        // A page leads on to pages where there are some.
        let href = text(&link["href"]);
        let kind = match link["type"] == HTML {
            true => String::new(),
            false => format!(" ({})", text(&link["type"])),
        };
        format!(
            "<li><a href=\"{href}\">{}</a>{kind}</li>\n",
            text(&link["title"])
        )
    };
    format!("<ul>\n{}</ul>\n", plain.map(one).collect::<String>())
}

/// A text with everything escaped that could be markup.
fn text(value: &Value) -> String {
    let plain = value.as_str().unwrap_or_default();
    plain
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_a_project_says_is_never_markup() {
        let page = page(
            &json!({ "title": "<b>", "links": [{ "href": "a\"b", "title": "x & y", "type": "t" }] }),
        );
        assert!(page.contains("<h1>&lt;b&gt;</h1>"), "{page}");
        assert!(
            page.contains("<a href=\"a&quot;b\">x &amp; y</a> (t)"),
            "{page}"
        );
    }
}
