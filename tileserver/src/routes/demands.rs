//! Demands: read by everyone, written with a token.

use std::sync::Arc;

use axum::extract::{RawQuery, Request, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use comarca_loaders::demands::Desk;
use comarca_register::{Change, Demand, Item, Kind, Token, Write, Written};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Terms};
use crate::error::{AppError, shown};
use crate::generation::{DEMANDS, Generation};
use crate::origin::Origin;
use crate::path::Segments;
use crate::query::{Query, encoded};
use crate::register::find::{Choice, PARAMETERS};
use crate::register::write::{
    expected_version, idempotency_key, json_body, register, token, version_tag, write, writer,
};
use crate::register::{Deed, Demands, body, document};
use crate::routes::ogc::items::{FORMATS as OGC_FORMATS, feature_links};
use crate::state::State;
use crate::wanted::Wanted;

/// How the list of demands is asked.
pub(super) const LIST: &str = "GET, HEAD, POST, OPTIONS";
/// How one demand is asked.
pub(super) const ONE: &str = "GET, HEAD, PUT, PATCH, DELETE, OPTIONS";

/// What addresses of OGC API begin with: everything is GeoJSON there.
const OGC: &str = "/ogc/";
/// Types of a body that is a demand.
const TYPES: &str = "application/json, application/geo+json, application/merge-patch+json";
/// How many demands are given where nothing is said, and at most.
const LIMIT: usize = 100;
const LIMIT_MAX: usize = 10_000;

/// Formats of the list: name in the query and media type, the default first.
const FORMATS: [(&str, &str); 3] = [
    ("json", "application/json"),
    ("geojson", "application/geo+json"),
    ("csv", "text/csv"),
];

/// The demands of a generation.
///
/// # Errors
/// 404 where the project has no register.
pub(super) fn demands_of(generation: &Generation) -> Result<&Arc<Demands>, AppError> {
    let none = || AppError::NotFound("this project has no register of demands".to_owned());
    generation.demands.as_ref().ok_or_else(none)
}

/// The demands that a query chooses, page by page.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let (offered, base) = (FORMATS.as_slice(), format!("{origin}/demands"));
    listed(&state, base, query.as_deref(), wanted, offered).await
}

/// A list of demands under an address of its own.
async fn listed(
    state: &State,
    base: String,
    query: Option<&str>,
    wanted: Wanted,
    formats: &'static [(&'static str, &'static str)],
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    demands_of(&generation)?;
    let allowed = [&PARAMETERS[..], &["limit", "offset", "f"]].concat();
    let query = Query::read(query, &allowed)?;
    let choice = Choice::read(&generation, &query)?;
    let limit = number(&query, "limit", 1, LIMIT_MAX)?.unwrap_or(LIMIT);
    let offset = number(&query, "offset", 0, usize::MAX / 2)?.unwrap_or(0);
    let format = wanted.format(&query, formats)?;
    let edition = generation.edition.clone();
    let request = format!(
        "demands {base} {format} {limit} {offset} {}",
        choice.normal_form()
    );
    let page = Page {
        base,
        query,
        limit,
        offset,
    };
    let render = move || page.answer(&generation, &choice, format);
    state
        .answer(&edition, request, Terms::FORMATS, &wanted, render)
        .await
}

/// Where in a long list an answer stands.
struct Page {
    base: String,
    query: Query,
    limit: usize,
    offset: usize,
}

impl Page {
    fn answer(
        &self,
        generation: &Generation,
        choice: &Choice,
        format: &str,
    ) -> Result<Answer, AppError> {
        let demands = demands_of(generation)?;
        let chosen = choice.of(&generation.territory, demands);
        let shown = chosen.iter().skip(self.offset).take(self.limit);
        let documents: Vec<Value> = shown
            .map(|demand| document::demand(&generation.territory, demands, demand))
            .collect();
        if format == "csv" {
            return Ok(Answer::new("text/csv; charset=utf-8", csv(&documents)?));
        }
        let mut about = json!({
            "numberMatched": chosen.len(),
            "numberReturned": documents.len(),
            "links": self.links(chosen.len()),
        });
        if format == "geojson" {
            let features: Vec<Value> = documents.into_iter().map(document::feature).collect();
            about["type"] = json!("FeatureCollection");
            about["features"] = json!(features);
            return Ok(Answer::new("application/geo+json", about.to_string()));
        }
        about["demands"] = json!(documents);
        Ok(Answer::json(&about))
    }

    fn links(&self, matched: usize) -> Vec<Value> {
        let link = |rel: &str, offset: usize| json!({ "rel": rel, "href": self.query.at(&self.base, self.limit, offset) });
        let mut links = vec![link("self", self.offset)];
        if self.offset.saturating_add(self.limit) < matched {
            links.push(link("next", self.offset + self.limit));
        }
        if self.offset > 0 {
            links.push(link("prev", self.offset.saturating_sub(self.limit)));
        }
        links
    }
}

/// A table of the plain members, places as longitude and latitude. What a spreadsheet would take for a formula is quoted.
fn csv(documents: &[Value]) -> Result<Vec<u8>, AppError> {
    let failed = |cause: csv::Error| {
        tracing::error!(%cause, "a table cannot be written");
        AppError::Internal
    };
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(vec![]);
    writer.write_record(COLUMNS).map_err(failed)?;
    for document in documents {
        let row = COLUMNS.map(|column| cell(document, column));
        writer.write_record(row).map_err(failed)?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.into_error().into()))
}

/// The columns of the table.
const COLUMNS: [&str; 18] = [
    "id",
    "theme",
    "title",
    "description",
    "lon",
    "lat",
    "district",
    "votes",
    "assembly",
    "stage",
    "status",
    "same_as",
    "project",
    "cost",
    "beneficiaries",
    "funding",
    "created",
    "updated",
];

fn cell(document: &Value, column: &str) -> String {
    let value = match column {
        "lon" => &document["location"]["coordinates"][0],
        "lat" => &document["location"]["coordinates"][1],
        "assembly" => &document["assembly"]["id"],
        _ => &document[column],
    };
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// A whole number of the query within its bounds.
pub(super) fn number(
    query: &Query,
    name: &str,
    least: usize,
    most: usize,
) -> Result<Option<usize>, AppError> {
    let Some(text) = query.value(name) else {
        return Ok(None);
    };
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|number| digits && (least..=most).contains(number));
    let refuse =
        || AppError::parameter(name, text, format!("a whole number from {least} to {most}"));
    number.ok_or_else(refuse).map(Some)
}

/// One demand.
pub(super) async fn read(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    uri: Uri,
    wanted: Wanted,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let generation = state.generation()?;
    let query = Query::read(query.as_deref(), &["f"])?;
    let is_ogc = uri.path().starts_with(OGC);
    let format = match is_ogc {
        true => ogc_format(&query)?,
        false => wanted.format(&query, &FORMATS[..2])?,
    };
    let demand = found(demands_of(&generation)?, &id)?;
    if unchanged(&headers, demand.version) {
        return Ok(tagged(StatusCode::NOT_MODIFIED, demand.version));
    }
    let links = is_ogc.then(|| feature_links(&origin, DEMANDS, &id));
    let is_feature = format == "geojson";
    Ok(shown_as(
        StatusCode::OK,
        &generation,
        &demand,
        is_feature,
        links,
    ))
}

/// The one format of OGC API, by either of its names.
fn ogc_format(query: &Query) -> Result<&'static str, AppError> {
    match query.value("f").filter(|name| !OGC_FORMATS.contains(name)) {
        Some(other) => Err(AppError::not_one_of("f", other, OGC_FORMATS)),
        None => Ok("geojson"),
    }
}

/// Whether the client has this version already.
fn unchanged(headers: &HeaderMap, version: u64) -> bool {
    let tag = HeaderValue::try_from(version_tag(version));
    let seen = headers
        .get("if-none-match")
        .and_then(|seen| seen.to_str().ok());
    seen.zip(tag.ok())
        .is_some_and(|(seen, tag)| crate::etag::matches(seen, &tag))
}

fn found(demands: &Demands, id: &str) -> Result<Arc<Demand>, AppError> {
    let demand = demands.snapshot.demand(id).map(Arc::clone);
    demand.ok_or_else(|| AppError::NotFound(format!("there is no demand {:?}", shown(id))))
}

/// An answer with the tag of a version and no body.
fn tagged(status: StatusCode, version: u64) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    if let Ok(tag) = HeaderValue::try_from(version_tag(version)) {
        headers.insert(ETAG, tag);
    }
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=0, must-revalidate"),
    );
    response
}

/// A demand with its tag, plain or as a GeoJSON Feature, with links where they are given.
fn shown_as(
    status: StatusCode,
    generation: &Generation,
    demand: &Demand,
    feature: bool,
    links: Option<Value>,
) -> Response {
    let mut document = match &generation.demands {
        Some(demands) => document::demand(&generation.territory, demands, demand),
        None => Value::Null,
    };
    let content_type = match feature {
        true => "application/geo+json",
        false => "application/json",
    };
    if feature {
        document = document::feature(document);
    }
    if let Some(links) = links {
        document["links"] = links;
    }
    let mut response = tagged(status, demand.version);
    *response.body_mut() = document.to_string().into();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// What was written, as it is now: for who wrote it, and for no cache.
fn written_as(
    status: StatusCode,
    state: &State,
    demand: &Demand,
    wish: &Wish,
) -> Result<Response, AppError> {
    let mut response = shown_as(status, &*state.generation()?, demand, wish.is_feature, None);
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// What is to be done to a demand, as a client wrote it.
struct Wish {
    token: Token,
    members: Map<String, Value>,
    is_feature: bool,
}

impl Wish {
    async fn read(state: &State, headers: &HeaderMap, request: Request) -> Result<Self, AppError> {
        let token = writer(state, headers)?;
        let members = body::object(&json_body(request, TYPES).await?)?;
        let is_feature = members.get("type") == Some(&Value::from("Feature"));
        Ok(Self {
            token,
            members: body::plain(members),
            is_feature,
        })
    }
}

/// Records a demand: 201, or 200 where the same request with the same `Idempotency-Key` did so before.
pub(super) async fn create(
    Shared(state): Shared<Arc<State>>,
    Origin(origin): Origin,
    RawQuery(query): RawQuery,
    uri: Uri,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    Query::read(query.as_deref(), &[])?;
    let wish = Wish::read(&state, &headers, request).await?;
    let generation = state.generation()?;
    let demands = demands_of(&generation)?;
    let desk = Desk::new(&demands.config, &generation.territory);
    let new = desk.demand(body::draft(&wish.members)?)?;
    Deed::Create(&new).allowed_to(&wish.token, &desk)?;
    with_assembly(&state, &generation, &wish).await?;
    let deed = Write::CreateDemand {
        demand: new,
        idempotency_key: idempotency_key(&headers)?,
    };
    let written = write(register(&state)?, &wish.token, deed).await?;
    let demand = demand_of(&written)?;
    let status = match written.replayed {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    };
    let mut response = written_as(status, &state, &demand, &wish)?;
    let location = format!("{origin}{}/{}", uri.path(), encoded(&demand.id));
    let location = HeaderValue::try_from(location).map_err(|_odd| AppError::Internal)?;
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// Registers the assembly that a demand describes, where there is none of its id.
async fn with_assembly(
    state: &State,
    generation: &Generation,
    wish: &Wish,
) -> Result<(), AppError> {
    let demands = demands_of(generation)?;
    let Some(draft) = body::described_assembly(&wish.members)? else {
        return Ok(());
    };
    let known = |id: &String| demands.snapshot.assembly(id).is_some();
    if draft.id.as_ref().is_none_or(known) {
        return Ok(());
    }
    let assembly = Desk::new(&demands.config, &generation.territory).assembly(draft)?;
    crate::register::in_scope(&wish.token, assembly.commune.as_deref())?;
    let deed = Write::CreateAssembly {
        assembly,
        idempotency_key: None,
    };
    match write(register(state)?, &wish.token, deed).await {
        // Somebody else registered it in the meantime.
        Ok(_) | Err(AppError::Conflict(_)) => Ok(()),
        Err(error) => Err(error),
    }
}

fn demand_of(written: &Written) -> Result<Arc<Demand>, AppError> {
    match written.items.first() {
        Some(Item::Demand(demand)) => Ok(Arc::clone(demand)),
        _ => Err(AppError::Internal),
    }
}

/// Puts another demand in the place of one.
pub(super) async fn replace(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    changed(&state, &id, &headers, request, |_, mut wanted| {
        // Where a demand was is of no interest where its place is told.
        if wanted.contains_key("location") {
            wanted.remove("district");
        }
        wanted
    })
    .await
}

/// Changes some members of a demand (RFC 7396).
pub(super) async fn patch(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, AppError> {
    let merged = |current: &Demand, wanted| body::patched(document::writable(current), wanted);
    changed(&state, &id, &headers, request, merged).await
}

async fn changed(
    state: &State,
    id: &str,
    headers: &HeaderMap,
    request: Request,
    members: impl Fn(&Demand, Map<String, Value>) -> Map<String, Value>,
) -> Result<Response, AppError> {
    let wish = Wish::read(state, headers, request).await?;
    let generation = state.generation()?;
    let demands = demands_of(&generation)?;
    let current = found(demands, id)?;
    let members = members(&current, wish.members.clone());
    let desk = Desk::new(&demands.config, &generation.territory);
    let new = desk.demand(body::draft(&members)?)?;
    Deed::Change(&current, &new).allowed_to(&wish.token, &desk)?;
    expected_version(headers, current.version)?;
    with_assembly(state, &generation, &wish).await?;
    let deed = Write::ReplaceDemand {
        id: id.to_owned(),
        // What was allowed was allowed for this version.
        expected_version: Some(current.version),
        demand: new,
    };
    let written = write(register(state)?, &wish.token, deed).await?;
    let demand = demand_of(&written)?;
    written_as(StatusCode::OK, state, &demand, &wish)
}

/// Takes a demand out: 204. Its history stays.
pub(super) async fn delete(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let token = writer(&state, &headers)?;
    let generation = state.generation()?;
    let demands = demands_of(&generation)?;
    let current = found(demands, &id)?;
    let desk = Desk::new(&demands.config, &generation.territory);
    Deed::Delete(&current).allowed_to(&token, &desk)?;
    expected_version(&headers, current.version)?;
    let deed = Write::DeleteDemand {
        id,
        expected_version: Some(current.version),
    };
    write(register(&state)?, &token, deed).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// What was done to a demand, change by change, the oldest first. Who did it is told to those who may write.
pub(super) async fn history(
    Shared(state): Shared<Arc<State>>,
    Segments(id): Segments<String>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let named = match headers.contains_key("authorization") {
        true => Some(token(&state, &headers)?),
        false => None,
    };
    let register = register(&state)?;
    let place = state.work.place()?;
    let of = id.clone();
    let read = move || register.history(Kind::Demand, &of).map_err(AppError::from);
    let changes = state.work.run(&place, read).await?;
    if changes.is_empty() {
        let generation = state.generation()?;
        found(demands_of(&generation)?, &id)?;
    }
    let changes: Vec<Value> = changes
        .iter()
        .map(|change| told(change, named.is_some()))
        .collect();
    Ok(axum::Json(json!({ "id": id, "changes": changes })).into_response())
}

/// A change with the members that it touched, before and after.
fn told(change: &Change, with_name: bool) -> Value {
    let empty = Map::new();
    let members = |side: &Option<Value>| {
        side.as_ref()
            .and_then(Value::as_object)
            .unwrap_or(&empty)
            .clone()
    };
    let (before, after) = (members(&change.before), members(&change.after));
    let names = before
        .keys()
        .chain(after.keys().filter(|name| !before.contains_key(*name)));
    let value =
        |side: &Map<String, Value>, name: &String| side.get(name).cloned().unwrap_or_default();
    let touched: Map<String, Value> = names
        .filter(|name| !["version", "updated"].contains(&name.as_str()))
        .map(|name| (name, [value(&before, name), value(&after, name)]))
        .filter(|(_, [before, after])| before != after)
        .map(|(name, sides)| (name.clone(), json!(sides)))
        .collect();
    let mut document =
        json!({ "at": change.at, "action": change.action.name(), "changed": touched });
    if with_name {
        document["who"] = json!(change.who);
    }
    document
}
