//! What indicators are computed from: nothing that is not there, and nothing in a circle.

use std::collections::{HashMap, HashSet};

use super::TerritoryError;
use crate::indicator::Indicator;

/// Refuses indicators that refer to nothing or to each other in a circle.
pub(super) fn check_inputs(indicators: &[Indicator]) -> Result<(), TerritoryError> {
    let by_id: HashMap<&str, &Indicator> = indicators
        .iter()
        .map(|indicator| (indicator.id.as_str(), indicator))
        .collect();
    let mut settled = HashSet::new();
    indicators
        .iter()
        .try_for_each(|indicator| settle(indicator, &by_id, &mut vec![], &mut settled))
}

/// Walks the inputs of an indicator depth first; `path` is the way here, `settled` has no circle below it.
fn settle<'a>(
    at: &'a Indicator,
    by_id: &HashMap<&str, &'a Indicator>,
    path: &mut Vec<&'a str>,
    settled: &mut HashSet<&'a str>,
) -> Result<(), TerritoryError> {
    if settled.contains(at.id.as_str()) {
        return Ok(());
    }
    if let Some(start) = path.iter().position(|id| *id == at.id) {
        let circle: Vec<&str> = path[start..]
            .iter()
            .copied()
            .chain([at.id.as_str()])
            .collect();
        return Err(TerritoryError::Cycle(circle.join(" → ")));
    }
    path.push(&at.id);
    for input in at.operation.indicator_inputs() {
        let next = by_id.get(input).copied();
        let next = next.ok_or_else(|| TerritoryError::UnknownInput {
            indicator: at.id.clone(),
            input: input.to_owned(),
        })?;
        settle(next, by_id, path, settled)?;
    }
    path.pop();
    settled.insert(&at.id);
    Ok(())
}
