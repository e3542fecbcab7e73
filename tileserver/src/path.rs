//! The parts of a path: percent-decoded text, numbers of a tile.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use comarca_engine::tile::{MAX_ZOOM, TileCoord};
use serde::de::DeserializeOwned;

use crate::error::{AppError, shown};

/// The parameters of the matched path.
#[derive(Debug)]
pub(crate) struct Segments<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Segments<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AppError> {
        let refuse = |_| AppError::Malformed("the path is not percent-encoded UTF-8".to_owned());
        Path::from_request_parts(parts, state)
            .await
            .map(|Path(segments)| Self(segments))
            .map_err(refuse)
    }
}

/// Zoom, column and row of a tile.
///
/// # Errors
/// When a number is not made of digits, or the tile is outside the pyramid.
pub(crate) fn tile_coord(z: &str, x: &str, y: &str) -> Result<TileCoord, AppError> {
    let outside = || {
        let [z, x, y] = [z, x, y].map(shown);
        AppError::NotFound(format!(
            "tile {z}/{x}/{y} is outside the pyramid: z up to {MAX_ZOOM}, x and y below 2^z"
        ))
    };
    let [zoom, column, row] = [number("z", z)?, number("x", x)?, number("y", y)?]
        .map(|number| number.ok_or_else(outside));
    let zoom = u8::try_from(zoom?).map_err(|_large| outside())?;
    TileCoord::new(zoom, column?, row?).map_err(|_outside| outside())
}

/// The name of a vector tile without the extension that says so; `None` where it has neither.
pub(crate) fn without_mvt(file: &str) -> Option<&str> {
    let mut extensions = [".mvt", ".pbf"].into_iter();
    extensions.find_map(|extension| file.strip_suffix(extension))
}

/// A number of digits only, without a sign; `None` beyond 32 bits.
fn number(name: &str, text: &str) -> Result<Option<u32>, AppError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AppError::parameter(name, text, "a whole number"));
    }
    Ok(text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_are_numbered_by_digits_alone() {
        assert!(tile_coord("14", "4936", "9911").is_ok());
        for odd in ["+1", "-1", "", "1.0", "0x1", "١", "1 ", "1e3"] {
            assert!(
                matches!(tile_coord("4", odd, "1"), Err(AppError::Parameter { .. })),
                "{odd:?}"
            );
        }
        for far in ["16", "4294967296", "99999999999999999999999999"] {
            assert!(
                matches!(tile_coord("4", far, "1"), Err(AppError::NotFound(_))),
                "{far}"
            );
        }
        assert!(matches!(
            tile_coord("256", "0", "0"),
            Err(AppError::NotFound(_))
        ));
    }
}
