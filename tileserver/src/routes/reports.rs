//! The sheet of a territory, to be printed.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_report::{Language, Place, Report};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::path::Segments;
use crate::query::{Query, encoded};
use crate::state::State;
use crate::wanted::Wanted;

/// `/reports/{level}/{key}.html?lang=es`: one HTML page with nothing to fetch and nothing to run.
pub(super) async fn sheet(
    Shared(state): Shared<Arc<State>>,
    Segments((level, file)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let query = Query::read(query.as_deref(), &["lang"])?;
    let language = language(&generation, query.value("lang"))?;
    let place = place(&generation, &level, key(&file)?)?;
    let edition = generation.edition.clone();
    let request = format!("report {} {} {}", language.tag(), place.level, place.row);
    let render = move || {
        let sheet = report(&generation, language).sheet(place);
        let sheet = sheet.ok_or(AppError::Internal)?;
        Ok(Answer::new("text/html; charset=utf-8", sheet))
    };
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

fn report(generation: &Generation, language: Language) -> Report<'_> {
    Report {
        territory: &generation.territory,
        language,
        date: None,
        link: Some(link),
    }
}

fn link(report: &Report<'_>, place: Place) -> String {
    let level = &report.territory.levels()[place.level];
    let [folder, key] = [level.id(), level.layer().key(place.row)].map(encoded);
    format!("../{folder}/{key}.html?lang={}", report.language.tag())
}

fn key(file: &str) -> Result<&str, AppError> {
    let hint =
        || AppError::NotFound("nothing is at this address; a sheet ends in .html".to_owned());
    file.strip_suffix(".html").ok_or_else(hint)
}

pub(super) fn language(generation: &Generation, tag: Option<&str>) -> Result<Language, AppError> {
    let Some(tag) = tag else {
        return Ok(Language::of(&generation.territory));
    };
    let mut known = Language::ALL.into_iter();
    let refused = || AppError::not_one_of("lang", tag, Language::ALL.map(Language::tag));
    known
        .find(|language| language.tag() == tag)
        .ok_or_else(refused)
}

pub(super) fn place(generation: &Generation, level: &str, key: &str) -> Result<Place, AppError> {
    let position = generation.level_position(level);
    let position =
        position.ok_or_else(|| AppError::unknown("level", level, generation.level_ids()))?;
    let layer = generation.territory.levels()[position].layer();
    let unknown = || {
        AppError::unknown(
            &format!("territory of level {level} with the key"),
            key,
            layer.keys().iter(),
        )
    };
    let row = layer.row_of(key).ok_or_else(unknown)?;
    Ok(Place {
        level: position,
        row,
    })
}
