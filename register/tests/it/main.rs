//! The register from outside, with real files and databases.

mod files;
mod kit;
mod tokens;
mod writes;
