//! A synthetic city on real commune outlines, and bulk data of any size for benches.
//!
//! [`City::generate`] makes the sample of the `data` folder: communes → sectors → districts → blocks, health
//! centres, schools, stops, parks, assemblies and demands, and [`City::write`] puts them into files of mixed formats.
//! Everything below the communes is synthetic. Same parameters, same bytes.
//!
//! [`bulk`] makes coverages, blocks and points by the million, straight into memory, in metres (EPSG:32719).
//! [`write`](mod@write) holds the writers that both use.
#![forbid(unsafe_code)]
#![expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "counts far below 2^52 and shares between 0 and 1; nothing here comes from outside"
)]

mod apportion;
mod blocks;
pub mod bulk;
mod census;
mod city;
mod crs;
mod cut;
mod demand;
mod demand_text;
mod density;
mod error;
mod facilities;
mod features;
mod mesh;
mod names;
mod outline;
mod plane;
mod random;
mod territory;
pub mod write;

pub use city::{City, Parameters};
pub use crs::Crs;
pub use error::Error;
pub use features::{Column, Features, Shapes, Value, Values};
