//! Columns that the project computes from others.

use comarca_engine::Formula;
use indexmap::IndexMap;

use super::at;
use super::origin::Origin;
use crate::problem::{Problem, Problems};
use crate::project::Project;
use crate::source::Features;

/// The features with the columns of `formulas`, in their order; each may use those before it. `None` where one cannot be
/// computed: why is added to `problems`, for all of them. Cost O(rows × formulas).
pub(super) fn columns(
    project: &Project,
    path: &str,
    formulas: &IndexMap<String, String>,
    mut features: Features,
    origin: &Origin,
    problems: &mut Problems,
) -> Option<Features> {
    let mut failed = false;
    for (name, text) in formulas {
        let derived = Formula::parse(text)
            .and_then(|formula| formula.derive(name, features.len(), &features.columns));
        match derived {
            Ok(derived) => {
                problems.extend(origin.problems(&lost(name), &derived.lost));
                let taken = features
                    .columns
                    .iter_mut()
                    .find(|column| column.name() == name);
                match taken {
                    Some(column) => *column = derived.column,
                    None => features.columns.push(derived.column),
                }
            }
            Err(error) => {
                failed = true;
                let place = format!("{path}.derive.{name}");
                problems.add(at(project, &project.filter_error(&place, &error)));
            }
        }
    }
    (!failed).then_some(features)
}

fn lost(name: &str) -> Problem {
    Problem::warning("has no value though all that it is derived from has one")
        .in_column(name)
        .advice("a text that is no number, a division by zero and a text of more than 1,000 bytes give none")
}
