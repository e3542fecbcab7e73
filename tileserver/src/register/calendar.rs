//! The assemblies as one document.
use super::{Demands, document};
use crate::error::AppError;
use comarca_engine::Territory;
use serde_json::{Value, json};

pub(crate) fn today() -> String {
    String::new()
}

pub(crate) fn document(
    territory: &Territory,
    demands: &Demands,
    _today: &str,
    _level: Option<usize>,
    _place: Option<(usize, usize)>,
) -> Result<Value, AppError> {
    let all: Vec<Value> = demands
        .snapshot
        .assemblies()
        .map(|one| document::assembly(territory, one))
        .collect();
    Ok(json!({ "assemblies": all }))
}
