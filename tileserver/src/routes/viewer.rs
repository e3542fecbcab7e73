//! The web page, embedded in the program.

use std::sync::Arc;

use axum::extract::State as Shared;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderValue, Method, Uri};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use crate::answer::{Answer, Terms};
use crate::error::{AppError, METHODS};
use crate::state::State;
use crate::wanted::Wanted;

#[derive(RustEmbed)]
#[folder = "../viewer/dist"]
struct Files;

/// Scripts, styles and data from here only; pictures also drawn by the page, workers also made by it.
const POLICY: &str = "default-src 'self'; img-src 'self' data: blob:; worker-src 'self' blob:; style-src 'self'; connect-src 'self'";

/// Files whose name changes with their content are never asked for again.
const FOREVER: Terms = Terms {
    cache_control: "public, max-age=31536000, immutable",
    ..Terms::DATA
};

/// The page itself.
pub(super) async fn index(
    Shared(state): Shared<Arc<State>>,
    wanted: Wanted,
) -> Result<Response, AppError> {
    send(&state, "index.html", &wanted).await
}

/// Whatever no other route answers: a file of the page, or nothing.
pub(super) async fn file(
    Shared(state): Shared<Arc<State>>,
    method: Method,
    uri: Uri,
    wanted: Wanted,
) -> Result<Response, AppError> {
    let path = uri.path().trim_start_matches('/');
    if Files::get(path).is_none() {
        return Err(AppError::NotFound("nothing is at this address".to_owned()));
    }
    match method {
        Method::GET | Method::HEAD => send(&state, path, &wanted).await,
        Method::OPTIONS => Ok(super::preflight().await.into_response()),
        _ => Err(AppError::MethodNotAllowed(METHODS)),
    }
}

async fn send(state: &State, path: &str, wanted: &Wanted) -> Result<Response, AppError> {
    let file = Files::get(path).ok_or(AppError::Internal)?;
    let media_type = media_type(path);
    let terms = if path.starts_with("assets/") {
        FOREVER
    } else {
        Terms::DATA
    };
    let render = move || Ok(Answer::new(media_type, file.data.into_owned()));
    let mut response = state
        .answer(
            &state.program,
            format!("viewer {path}"),
            terms,
            wanted,
            render,
        )
        .await?;
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
