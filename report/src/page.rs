//! The sheet as a whole: what stands where.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::subject::Subject;
use crate::{Language, Report};
use crate::{demands, form, head, indicators, map, method};

const STYLE: &str = include_str!("page.css");

/// Nothing is fetched and nothing runs, whatever a text from the data may hold.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

pub(crate) fn sheet(subject: &Subject<'_>) -> Markup {
    let body = html! {
        (head::title(subject))
        div.overview {
            (map::figure(subject))
            aside {
                (map::locator(subject))
                (head::facts(subject))
                (indicators::summary(subject))
            }
        }
        (form::section(subject))
        (indicators::section(subject))
        (demands::section(subject))
        (method::section(subject))
    };
    document(subject.report, &subject.name(), &body)
}

/// An HTML document around a body.
pub(crate) fn document(report: &Report<'_>, title: &str, body: &Markup) -> Markup {
    let heading = format!("{title} · {}", report.territory.name());
    written(report.language, &heading, &[], body)
}

/// An HTML document in a language, with styles of its own.
pub(crate) fn written(language: Language, heading: &str, styles: &[&str], body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                title { (heading) }
                style { (PreEscaped(STYLE)) @for own in styles { (PreEscaped(own)) } }
            }
            body { (body) }
        }
    }
}
