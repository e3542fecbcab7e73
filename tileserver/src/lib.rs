//! HTTP over the engine: vector tiles, indicators, territories, heat maps and the viewer.
//!
//! The caller loads a territory and hands it to [`State::replace`]; [`app`] answers from whatever generation is there
//! and [`serve`] puts it on a socket. A request goes `routes` → `query` and `path` (everything a client wrote is
//! checked here) → `cache` (one rendering per answer, one compression per coding) → `work` (off the async threads,
//! in bounded number) → the engine. An error on that way is an [`error::AppError`]; the one middleware, `observe`,
//! makes a problem document of it, counts and logs.

#![forbid(unsafe_code)]

mod answer;
mod cache;
mod compress;
mod csv;
mod error;
mod etag;
mod generation;
mod geojson;
mod metrics;
mod negotiate;
mod observe;
mod origin;
mod path;
mod patience;
mod places;
mod png;
mod query;
mod ramp;
mod routes;
mod serve;
mod state;
mod tile_request;
mod title;
mod wanted;
mod work;

pub use generation::Loaded;
pub use routes::app;
pub use serve::{DRAIN, serve};
pub use state::{ServerOptions, State};
