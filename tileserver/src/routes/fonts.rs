//! Letters for maps.

use std::sync::Arc;

use axum::extract::{RawQuery, State as Shared};
use axum::response::Response;
use serde_json::json;

use crate::answer::{Answer, Terms};
use crate::error::AppError;
use crate::glyphs::{FONTS, Font, LICENCE, RANGE};
use crate::path::Segments;
use crate::query::Query;
use crate::state::State;
use crate::wanted::Wanted;

/// The last code point that is asked for: the format knows the basic multilingual plane alone.
const LAST: u32 = 0xffff;

/// The fonts there are, and their licence.
pub(super) async fn list(
    Shared(state): Shared<Arc<State>>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    Query::read(query.as_deref(), &[])?;
    let render = || {
        let names: Vec<&str> = FONTS.iter().map(|font| font.name).collect();
        Ok(Answer::json(&json!({ "fonts": names, "licence": LICENCE })))
    };
    state
        .answer(
            &state.program,
            "fonts".to_owned(),
            Terms::DATA,
            &wanted,
            render,
        )
        .await
}

/// The glyphs of 256 code points in the first font of the stack that there is.
pub(super) async fn glyphs(
    Shared(state): Shared<Arc<State>>,
    Segments((stack, file)): Segments<(String, String)>,
    RawQuery(query): RawQuery,
    wanted: Wanted,
) -> Result<Response, AppError> {
    Query::read(query.as_deref(), &[])?;
    let unknown = || AppError::unknown("font", &stack, FONTS.iter().map(|font| font.name));
    let font = Font::of_stack(&stack).ok_or_else(unknown)?;
    let start = range_start(&file)?;
    let render = move || {
        let glyphs = font.range(start).map_err(|cause| {
            tracing::error!(%cause, font = font.name, "a font cannot be read");
            AppError::Internal
        })?;
        Ok(Answer::new("application/x-protobuf", glyphs))
    };
    let request = format!("glyphs {:?} {start}", font.name);
    state
        .answer(&state.program, request, Terms::DATA, &wanted, render)
        .await
}

/// `0-255.pbf` → 0.
fn range_start(file: &str) -> Result<u32, AppError> {
    let refuse = || {
        AppError::NotFound(format!(
            "a range of glyphs is named 0-255.pbf, 256-511.pbf … up to {}-{LAST}.pbf",
            LAST + 1 - RANGE
        ))
    };
    let range = file
        .strip_suffix(".pbf")
        .and_then(|range| range.split_once('-'));
    let (start, end) = range.ok_or_else(refuse)?;
    let number = |text: &str| -> Option<u32> {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|number| digits && *number <= LAST)
    };
    match (number(start), number(end)) {
        (Some(start), Some(end)) if start % RANGE == 0 && end == start + RANGE - 1 => Ok(start),
        _ => Err(refuse()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_whole_and_within_the_plane() {
        assert_eq!(range_start("0-255.pbf").ok(), Some(0));
        assert_eq!(range_start("65280-65535.pbf").ok(), Some(65_280));
        for odd in [
            "0-256.pbf",
            "1-256.pbf",
            "0-255",
            "+0-255.pbf",
            "-.pbf",
            "65536-65791.pbf",
            "99999999999-0.pbf",
        ] {
            assert!(range_start(odd).is_err(), "{odd}");
        }
    }
}
