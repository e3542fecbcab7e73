//! The OpenAPI document of this server.

use axum::response::Response;

use super::plain_query;
use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::ogc::link::{JSON, OPENAPI};
use crate::openapi::document;
use crate::routes::asked::Asked;

/// The document, with the ids of what is served.
pub(in crate::routes) async fn api(asked: Asked) -> Result<Response, AppError> {
    plain_query(asked.query.as_deref())?;
    let generation = asked.state.generation()?;
    let (edition, origin) = (generation.edition.clone(), asked.origin.clone());
    let media_type = media_type(asked.wanted.accept.as_deref().unwrap_or_default());
    let request = format!("openapi {media_type} {origin}");
    let render = move || {
        let document = document(Some(&generation), &origin);
        Ok(Answer::new(media_type, document.to_string()))
    };
    asked
        .answer(&edition, request, Terms::FORMATS, render)
        .await
}

/// Plain JSON for a client that takes it and does not know OpenAPI 3.1: GDAL refuses whatever it has not named.
fn media_type(accept: &str) -> &'static str {
    let mut types = accept
        .split(',')
        .map(|item| item.split(';').next().unwrap_or_default());
    match types.any(|name| name.trim() == JSON) && !accept.contains("version=3.1") {
        true => JSON,
        false => OPENAPI,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_that_only_knows_openapi_3_0_gets_json() {
        let gdal = "application/vnd.oai.openapi+json;version=3.0, application/openapi+json;version=3.0, application/json";
        assert_eq!(media_type(gdal), JSON);
        assert_eq!(
            media_type("application/vnd.oai.openapi+json;version=3.1, application/json"),
            OPENAPI
        );
        assert_eq!(media_type("*/*"), OPENAPI);
        assert_eq!(media_type(""), OPENAPI);
    }
}
