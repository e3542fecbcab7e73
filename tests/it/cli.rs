//! The command line: what is printed where, and how it ends.

mod formats;
mod project_file;
mod report;
mod statistics;
mod streams;
mod tables;
mod tiles;
