//! What is said of addresses by a program that was built without the cargo feature `remote`.

use super::{Address, Features, ReadOptions, TableSummary};
use crate::problem::LoadError;

pub(super) fn read_database(
    address: &Address,
    _: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    Err(refused(address))
}

pub(super) fn read_object(address: &Address, _: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    Err(refused(address))
}

pub(super) fn database_crs(
    address: &Address,
    _: &ReadOptions,
) -> Result<Option<String>, LoadError> {
    Err(refused(address))
}

pub(super) fn object_crs(address: &Address, _: &ReadOptions) -> Result<Option<String>, LoadError> {
    Err(refused(address))
}

pub(super) fn database_tables(address: &Address) -> Result<Vec<TableSummary>, LoadError> {
    Err(refused(address))
}

fn refused(address: &Address) -> LoadError {
    LoadError::new(
        &address.shown(),
        "this program was built without databases and the network",
    )
    .advice("build it with the cargo feature `remote`, or name a file")
}
