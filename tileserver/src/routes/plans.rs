//! The plan of a territory: the page that everyone can read, its figures, its tables.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use comarca_loaders::Unwatched;
use comarca_loaders::export::{self, OutputFormat, WriteOptions};
use comarca_report::{Language, Place};

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::Generation;
use crate::path::Segments;
use crate::plan::{PlanError, Plans};
use crate::query::Query;
use crate::register::calendar::today;
use crate::routes::demands::demands_of;
use crate::routes::reports::{language, place};
use crate::state::State;
use crate::wanted::Wanted;

/// A form of a plan.
#[derive(Clone, Copy, Debug)]
enum Form {
    Page(Language),
    Document,
    Workbook,
}

/// `/plans/{level}/{key}.html?lang=es`, `.json`, `.xlsx`.
pub(super) async fn plan(
    Shared(state): Shared<Arc<State>>,
    Segments((level, file)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let query = Query::read(query.as_deref(), &["lang"])?;
    let language = language(&generation, query.value("lang"))?;
    let (key, form) = form(&file, language)?;
    let place = place(&generation, &level, key)?;
    let (edition, today) = (generation.edition.clone(), today());
    let request = format!("plan {form:?} {today} {} {}", place.level, place.row);
    let terms = match form {
        Form::Workbook => Terms::FILE,
        _ => Terms::DATA,
    };
    let render = move || answer(&generation, &today, place, form);
    state
        .answer(&edition, request, terms, &wanted, render)
        .await
}

fn form(file: &str, language: Language) -> Result<(&str, Form), AppError> {
    let forms = [
        (".html", Form::Page(language)),
        (".json", Form::Document),
        (".xlsx", Form::Workbook),
    ];
    let named = |(end, form): (&str, Form)| Some((file.strip_suffix(end)?, form));
    let hint = || {
        AppError::NotFound(
            "nothing is at this address; a plan ends in .html, .json or .xlsx".to_owned(),
        )
    };
    forms.into_iter().find_map(named).ok_or_else(hint)
}

fn answer(
    generation: &Generation,
    today: &str,
    place: Place,
    form: Form,
) -> Result<Answer, AppError> {
    let demands = demands_of(generation)?;
    let plans = Plans {
        territory: &generation.territory,
        config: &demands.config,
        snapshot: &demands.snapshot,
        today,
    };
    match form {
        Form::Page(language) => Ok(Answer::new(
            "text/html; charset=utf-8",
            plans.page(place, language)?,
        )),
        Form::Document => Ok(Answer::json(&plans.document(place)?)),
        Form::Workbook => Ok(Answer::new(XLSX, workbook(&plans, place)?)),
    }
}

/// Media type of a workbook.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook is written to a file, and read from there.
fn workbook(plans: &Plans<'_>, place: Place) -> Result<Vec<u8>, AppError> {
    let failed = |cause: &dyn std::fmt::Display| {
        tracing::error!(%cause, "a workbook cannot be written");
        AppError::Internal
    };
    let folder = tempfile::tempdir().map_err(|cause| failed(&cause))?;
    let file = folder.path().join("plan.xlsx");
    let (tables, options) = (plans.tables(place)?, WriteOptions::default());
    export::write(&tables, &file, OutputFormat::Xlsx, &options, &Unwatched)
        .map_err(|cause| failed(&cause))?;
    std::fs::read(&file).map_err(|cause| failed(&cause))
}

impl From<PlanError> for AppError {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Unknown(unknown) => unknown.into(),
            // The register and the project are at fault: nothing that the client sent can mend it.
            PlanError::Cycle(cause) => {
                Self::NotFound(format!("the plan cannot be computed: {cause}"))
            }
        }
    }
}
