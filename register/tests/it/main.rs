//! The register from outside, with real files and databases.

mod files;
mod history;
mod kill;
mod kit;
mod lost;
mod model;
mod others;
#[cfg(feature = "postgres")]
mod postgres;
mod privacy;
mod tokens;
mod writes;
