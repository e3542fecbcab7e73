//! Comarca from outside: what is typed, asked for and written, on real files and sockets.

#![allow(
    clippy::print_stdout,
    reason = "a test that is skipped says so in plain words"
)]

mod catalogue;
mod cli;
mod determinism;
mod figures;
mod objects;
mod overlay;
mod postgres;
mod privacy;
mod register;
mod robust;
mod serve;
mod shared_files;
mod stats;
