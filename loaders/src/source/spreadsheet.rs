//! Workbooks: every sheet with cells is a table, or a layer where its columns say a place.
//!
//! The sheets are read cell by cell and not through a crate: what could be had reserves memory by numbers that the file
//! claims, follows chains of sectors in circles, multiplies repeated cells without bound, or loses merged areas.

mod compound;
mod date;
mod ods;
mod package;
mod reference;
mod sheet;
mod table;
mod xls;
mod xlsx;
mod xml;

use std::path::Path;

use super::{Features, Format, ReadOptions, bytes, folder};
use crate::problem::{LoadError, Problem};
use sheet::Sheet;

/// Most sheets of a workbook.
const SHEETS_MAX: usize = 1_000;

/// Reads the sheets of a workbook, or the one that `options.table` names. Hidden ones only by name.
pub(super) fn read(
    path: &Path,
    format: Format,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let wanted = options.table.as_deref();
    let mut sheets = match format {
        Format::Xls => xls::read(path, &bytes(path)?)?,
        Format::Ods => ods::read(path)?,
        _ => xlsx::read(path, wanted)?,
    };
    let names: Vec<String> = sheets.iter().map(|sheet| sheet.name.clone()).collect();
    match wanted {
        None => sheets.retain(|sheet| !sheet.hidden),
        Some(wanted) => {
            sheets.retain(|sheet| sheet.name == wanted);
            if sheets.is_empty() {
                return Err(folder::unknown_table(path, wanted, &names));
            }
        }
    }
    let several = sheets.len() > 1;
    if several && sheets.iter().any(|sheet| !sheet.is_empty()) {
        sheets.retain(|sheet| !sheet.is_empty());
    }
    let mut layers = vec![];
    for sheet in &sheets {
        let mut layer = table::layer(path, sheet, format, &options.csv)?;
        if several {
            layer
                .problems
                .iter_mut()
                .for_each(|problem| name_sheet(problem, sheet));
        }
        layers.push(layer);
    }
    if layers.is_empty() {
        return Err(LoadError::new(path, "has no visible sheet").advice(format!(
            "choose one with table = \"…\"; it has: {}",
            folder::listed(&names)
        )));
    }
    Ok(layers)
}

fn name_sheet(problem: &mut Problem, sheet: &Sheet) {
    problem.layer.get_or_insert_with(|| sheet.name.clone());
}

#[cfg(test)]
mod tests;
