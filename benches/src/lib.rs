//! What the benches share: a clock of CPU time, seeded data in memory, and the sample.
//!
//! A stage is a file beside this folder. Each measures our way and other libraries' way on the same data in one run,
//! after it has compared the answers; so the ratio holds on a busy machine, where seconds do not.
#![forbid(unsafe_code)]

mod answer;
mod clock;
mod data;
mod sample;
mod tiles;

pub use answer::answer;
pub use clock::{Bench, CpuTime, bench};
pub use data::{CRS, layer, place_of, projection, sizes, territory};
pub use sample::{reloaded, sample};
pub use tiles::{spread, tile_at};
