//! The register from outside, with real files and databases.

#![allow(
    clippy::print_stdout,
    reason = "a test that is skipped says so in plain words"
)]

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
