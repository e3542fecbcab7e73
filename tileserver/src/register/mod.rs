//! The register of demands behind HTTP: what a generation holds of it, who may write, what bodies say.
//!
//! A write goes `token` → `body` → the project's desk → `permission` → the register's writer, which puts it on disk and
//! has the next generation published before the client hears of it.

pub(crate) mod body;
pub(crate) mod calendar;
mod demands;
pub(crate) mod document;
pub(crate) mod find;
mod permission;
mod rates;
pub(crate) mod write;

pub(crate) use demands::Demands;
pub(crate) use permission::{Deed, in_scope};
pub(crate) use rates::Rates;
