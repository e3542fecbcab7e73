//! The server from outside: requests through `app`, and one real socket.

#![allow(
    clippy::unwrap_used,
    clippy::missing_panics_doc,
    reason = "a test fails by panicking"
)]

mod answers;
mod companions;
mod errors;
mod heatmaps;
mod hostile;
mod indicators;
mod kit;
mod load;
mod ogc;
mod operations;
mod record;
mod register;
mod reports;
mod scenario_files;
mod scenarios;
mod socket;
mod styles;
mod territories;
mod tiles;
mod tilesets;
mod tls;
mod viewer;
