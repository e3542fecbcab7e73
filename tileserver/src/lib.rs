//! HTTP over the engine: vector tiles, indicators, territories, heat maps and the viewer.
//!
//! The caller loads a territory and hands it to [`State::replace`]; [`app`] answers from whatever generation is there
//! and [`serve`] puts it on a socket. A request goes `routes` → `query` and `path` (everything a client wrote is
//! checked here) → `cache` (one rendering per answer, one compression per coding) → `work` (off the async threads,
//! in bounded number) → the engine. An error on that way is an `AppError`; the one middleware, `observe`, makes a
//! problem document of it, counts and logs.
//!
//! What a client may ask for is bounded:
//!
//! | what | at most | beyond |
//! | --- | --- | --- |
//! | path and query | 8 KiB, 32 parameters | 414, 400 |
//! | headers | 16 KiB | 431 |
//! | body of a scenario, of anything else (none is read) | 256 KiB, 64 KiB | 413 |
//! | arrival of a body | 15 s | 408 |
//! | sources of a composite | 16 | 400 |
//! | classes of a style | 2 to 9 | 400 |
//! | indicators and properties of a tile | 32, 256 | 400 |
//! | filter | 8 KiB, 64 levels | 400 |
//! | zoom | 22 | 404 |
//! | matches and text of a search | 100, 200 characters | 400 |
//! | changes of a request, of a scenario with its bases | 1,000, 10,000 | 400 |
//! | vertices of a geometry, of all in a request | 2,000, 20,000 | 400 |
//! | scenarios, their memory, their life | [`ServerOptions`]: 64, 256 MB, 30 min | the least recently used ends |
//! | requests in line, and their wait | [`ServerOptions::waiting_max`], 5 s | 503 with `Retry-After` |
//! | connections | [`ServerOptions::connections_max`] | the one idle longest ends, else they wait |
//! | head of a request, bytes of an answer not taken | 15 s, 30 s | the connection ends |
//! | one of several answers over HTTP/2 not taken | 5 min without 16 kB | the connection ends |
//!
//! HTTP/1.1 is spoken, with a certificate HTTP/2 too. A kept tile whose address was read before under the same
//! generation never comes as far as the routes (`app`, `shortcut`). Tags are hashes of bodies, so they stay the same
//! where a new generation changes nothing. `If-Modified-Since` is not looked at: a second is too coarse a clock.

#![forbid(unsafe_code)]

mod answer;
mod app;
mod arrival;
mod cache;
mod compress;
mod connections;
mod delivery;
mod error;
mod etag;
mod generation;
mod glyphs;
mod look;
mod metrics;
mod negotiate;
mod observe;
mod ogc;
mod openapi;
mod origin;
mod path;
mod patience;
mod places;
mod plan;
mod png;
mod process;
mod query;
mod ramp;
mod range;
mod record;
mod register;
mod routes;
mod scenario;
mod serve;
mod shortcut;
mod state;
mod style;
mod tile_request;
mod time;
mod title;
mod tls;
mod traces;
mod wanted;
mod warm;
mod work;

pub use app::{Answering, App};
pub use generation::Loaded;
pub use openapi::openapi;
pub use plan::{PlanError, Plans};
pub use png::picture;
pub use ramp::Ramp;
pub use register::calendar::today;
pub use routes::app;
pub use serve::{DRAIN, serve};
pub use state::{ServerOptions, State};
pub use tls::{Tls, TlsError};
pub use traces::{Traces, TracesError};
