//! The sheet as a browser reads it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bounds;
mod hostile;
mod kit;
mod missing;
mod plan;
mod sample;
