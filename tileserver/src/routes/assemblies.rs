//! Assemblies: the calendar for everyone, written with a token.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, Request, State as Shared};
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use comarca_loaders::demands::Desk;
use comarca_register::{Assembly, Item, NewAssembly, Token, Write, Written};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::{AppError, shown};
use crate::generation::Generation;
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::{Query, encoded};
use crate::register::find::{level, place};
use crate::register::write::{
    expected_version, idempotency_key, json_body, register, version_tag, write, writer,
};
use crate::register::{Demands, body, calendar, document, in_scope};
use crate::routes::demands::demands_of;
use crate::state::State;
use crate::wanted::Wanted;

/// Types of a body that is an assembly.
const TYPES: &str = "application/json, application/merge-patch+json";

/// What was planned and held and what is lacking: of all territories, of those of a level, or of one.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let query = Query::read(query.as_deref(), &["level", "key"])?;
    let (level, place) = (level(&generation, &query)?, place(&generation, &query)?);
    let edition = generation.edition.clone();
    let today = calendar::today();
    let request = format!("assemblies {today} {level:?} {place:?}");
    let render = move || {
        let demands = demands_of(&generation)?;
        let document = calendar::document(&generation.territory, demands, &today, level, place)?;
        Ok(Answer::json(&document))
    };
    state
        .answer(&edition, request, Terms::DATA, &wanted, render)
        .await
}

/// One assembly.
pub(super) async fn read(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let assembly = found(demands_of(&generation)?, &id)?;
    Ok(told(StatusCode::OK, &generation, &assembly))
}

/// Registers an assembly: 201, or 200 where the same request with the same `Idempotency-Key` did so before.
pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    let token = writer(&state, &headers)?;
    let members = body::object(&json_body(request, TYPES).await?)?;
    let generation = state.generation()?;
    let new = drafted(&generation, &members)?;
    in_scope(&token, new.commune.as_deref())?;
    let deed = Write::CreateAssembly {
        assembly: new,
        idempotency_key: idempotency_key(&headers)?,
    };
    let written = write(register(&state)?, &token, deed).await?;
    let assembly = assembly_of(&written)?;
    let status = match written.replayed {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let mut response = told(status, &generation, &assembly);
    let location = format!("{origin}/assemblies/{}", encoded(&assembly.id));
    let location = HeaderValue::try_from(location).map_err(|_odd| AppError::Internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// Puts another assembly in the place of one.
pub(super) async fn replace(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    changed(&state, &id, &headers, request, false).await
}

/// Changes some members of an assembly (RFC 7396): its attendance, once it was held.
pub(super) async fn patch(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    changed(&state, &id, &headers, request, true).await
}

async fn changed(
    state: &State,
    id: &str,
    headers: &HeaderMap,
    request: Request,
    is_patch: bool,
) -> Result<Response, AppError> {
    let token = writer(state, headers)?;
    let members = body::object(&json_body(request, TYPES).await?)?;
    let generation = state.generation()?;
    let current = found(demands_of(&generation)?, id)?;
    let members = match is_patch {
        true => body::patched(document::writable_assembly(&current), members),
        false => members,
    };
    let new = drafted(&generation, &members)?;
    allowed(&token, &generation, &current)?;
    in_scope(&token, new.commune.as_deref())?;
    expected_version(headers, current.version)?;
    let deed = Write::ReplaceAssembly {
        id: id.to_owned(),
        expected_version: Some(current.version),
        assembly: new,
    };
    let written = write(register(state)?, &token, deed).await?;
    Ok(told(StatusCode::OK, &generation, &*assembly_of(&written)?))
}

/// Takes an assembly out: 204; 409 while demands name it.
pub(super) async fn delete(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let token = writer(&state, &headers)?;
    let generation = state.generation()?;
    let current = found(demands_of(&generation)?, &id)?;
    allowed(&token, &generation, &current)?;
    expected_version(&headers, current.version)?;
    let deed = Write::DeleteAssembly {
        id,
        expected_version: Some(current.version),
    };
    write(register(&state)?, &token, deed).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn allowed(token: &Token, generation: &Generation, assembly: &Assembly) -> Result<(), AppError> {
    let desk = Desk::new(&demands_of(generation)?.config, &generation.territory);
    in_scope(token, desk.commune_of_assembly(assembly).as_deref())
}

fn found(demands: &Demands, id: &str) -> Result<Arc<Assembly>, AppError> {
    let assembly = demands.snapshot.assembly(id).map(Arc::clone);
    assembly.ok_or_else(|| AppError::NotFound(format!("there is no assembly {:?}", shown(id))))
}

fn drafted(generation: &Generation, members: &Map<String, Value>) -> Result<NewAssembly, AppError> {
    let desk = Desk::new(&demands_of(generation)?.config, &generation.territory);
    Ok(desk.assembly(body::assembly_draft(members)?)?)
}

fn assembly_of(written: &Written) -> Result<Arc<Assembly>, AppError> {
    match written.items.first() {
        Some(Item::Assembly(assembly)) => Ok(Arc::clone(assembly)),
        _ => Err(AppError::Internal),
    }
}

fn told(status: StatusCode, generation: &Generation, assembly: &Assembly) -> Response {
    let document = document::assembly(&generation.territory, assembly);
    let mut response = (status, Json(json!(document))).into_response();
    if let Ok(tag) = HeaderValue::try_from(version_tag(assembly.version)) {
        response.headers_mut().insert(ETAG, tag);
    }
    response
}
