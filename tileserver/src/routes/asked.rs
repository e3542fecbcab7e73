//! What a request brings besides its path.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::Response;
use serde_json::Value;

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::generation::{Edition, Generation};
use crate::origin::Origin;
use crate::query::Query;
use crate::state::State;
use crate::wanted::Wanted;

/// The server, its address for the client, the query as it was written, and which representation is wanted.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) state: Arc<State>,
    pub(super) origin: String,
    pub(super) query: Option<String>,
    pub(super) wanted: Wanted,
}

impl Asked {
    /// Answers with what `render` makes, or made before for the same request of the same edition.
    pub(super) async fn answer(
        &self,
        edition: &Edition,
        request: String,
        terms: Terms,
        render: impl FnOnce() -> Result<Answer, AppError> + Send + 'static,
    ) -> Result<Response, AppError> {
        let answer = self
            .state
            .answer(edition, request, terms, &self.wanted, render);
        answer.await
    }

    /// Answers with a document of all the data, which has no parameters.
    pub(super) async fn listing(
        self,
        name: &str,
        document: fn(&Generation, &str) -> Value,
    ) -> Result<Response, AppError> {
        let generation = self.state.generation()?;
        Query::read(self.query.as_deref(), &[])?;
        let (edition, origin) = (generation.edition.clone(), self.origin.clone());
        let request = format!("{name} {origin}");
        let render = move || Ok(Answer::json(&document(&generation, &origin)));
        self.answer(&edition, request, Terms::DATA, render).await
    }
}

impl FromRequestParts<Arc<State>> for Asked {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<State>) -> Result<Self, AppError> {
        let Origin(origin) = Origin::from_request_parts(parts, state).await?;
        let Ok(wanted) = Wanted::from_request_parts(parts, state).await;
        Ok(Self {
            state: Arc::clone(state),
            origin,
            query: parts.uri.query().map(str::to_owned),
            wanted,
        })
    }
}
