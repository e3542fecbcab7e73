//! The test kit: runs the program, serves with it, talks to it, and reads what it answers.
//!
//! The tests themselves are in `it`, one module per boundary. They never wait for a time to pass, only for something to
//! happen; every wait ends with a failure after [`program::PATIENCE`].

#![forbid(unsafe_code)]

pub mod http;
pub mod mutation;
pub mod postgres;
pub mod program;
pub mod project;
pub mod server;
pub mod table;
pub mod tile;
