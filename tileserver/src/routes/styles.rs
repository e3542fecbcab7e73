//! Ready styles, and the list of them.

use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::path::Segments;
use crate::query::{Query, SCENARIO, encoded};
use crate::routes::asked::Asked;
use crate::style::{Draft, Subject};
use crate::title::title;

/// The language of titles.
const LANGUAGE: &str = "lang";

/// Name, kind, title and address of every style.
pub(super) async fn list(asked: Asked) -> Result<Response, AppError> {
    asked.listing("styles", listed).await
}

fn listed(generation: &Generation, origin: &str) -> Value {
    let territory = &generation.territory;
    let entry = |subject: Subject| {
        json!({
            "name": subject.name,
            "kind": subject.kind.name(),
            "title": title(territory, &subject.title(territory), &subject.id),
            "parameters": subject.kind.parameters(),
            "style": format!("{origin}/styles/{}.json", encoded(&subject.name)),
        })
    };
    let styles = Subject::all(territory).into_iter().map(entry);
    json!({ "styles": styles.collect::<Vec<_>>() })
}

/// A style.
pub(super) async fn style(
    Segments(file): Segments<String>,
    asked: Asked,
) -> Result<Response, AppError> {
    let generation = asked.state.asked(asked.query.as_deref())?;
    let name = file.strip_suffix(".json").ok_or_else(|| {
        AppError::NotFound("nothing is at this address; a style ends in .json".to_owned())
    })?;
    let subject = Subject::find(&generation.territory, name)?;
    let allowed = [subject.kind.parameters(), &[LANGUAGE, SCENARIO]].concat();
    let query = Query::read(asked.query.as_deref(), &allowed)?;
    let language = language(&generation, &query)?;
    let origin = asked.origin.clone();
    let (edition, request) = (
        generation.edition.clone(),
        format!("style {origin} {:?} {}", subject.name, query.encoded()),
    );
    let render = move || {
        let draft = Draft {
            generation: &generation,
            origin: &origin,
            query: &query,
            language: &language,
        };
        Ok(Answer::json(&draft.style(&subject)?))
    };
    asked.answer(&edition, request, Terms::DATA, render).await
}

/// One of the project's languages; the main one where none is asked for.
fn language(generation: &Generation, query: &Query) -> Result<String, AppError> {
    let languages = generation.territory.languages();
    let Some(asked) = query.value(LANGUAGE) else {
        return Ok(languages.first().cloned().unwrap_or_default());
    };
    let known = languages.iter().find(|own| *own == asked);
    let refuse = || AppError::not_one_of(LANGUAGE, asked, languages.iter().map(String::as_str));
    known.cloned().ok_or_else(refuse)
}
