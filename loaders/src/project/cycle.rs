//! Indicators that need each other in a circle.

use indexmap::IndexMap;

use super::draft::Section;
use super::indicator::IndicatorConfig;

/// The cycles among indicators, each from its first indicator in the file. Of cycles that share an indicator one is told.
/// No recursion, O(n²) for n indicators.
pub(super) fn cycles(indicators: &Section<IndicatorConfig>) -> Vec<Vec<&str>> {
    let mut needs: Needs<'_> = indicators
        .iter()
        .map(|(id, indicator)| (id.as_str(), inputs(indicator.as_ref())))
        .collect();
    let mut cycles = vec![];
    loop {
        trim(&mut needs);
        let Some(cycle) = first_cycle(&needs) else {
            return cycles;
        };
        needs.retain(|id, _| !cycle.contains(id));
        cycles.push(cycle);
    }
}

/// Which indicators each needs, in the order of the file.
type Needs<'a> = IndexMap<&'a str, Vec<&'a str>>;

fn inputs(indicator: Option<&IndicatorConfig>) -> Vec<&str> {
    indicator.map_or(vec![], |indicator| indicator.operation.indicator_inputs())
}

/// Takes away what needs nothing that is left, again and again: what stays is on a cycle or needs one.
fn trim(needs: &mut Needs<'_>) {
    loop {
        let done: Vec<_> = needs
            .keys()
            .copied()
            .filter(|id| next(id, needs).is_none())
            .collect();
        if done.is_empty() {
            return;
        }
        needs.retain(|id, _| !done.contains(id));
    }
}

/// The first input of `id` that is left.
fn next<'a>(id: &str, needs: &Needs<'a>) -> Option<&'a str> {
    needs
        .get(id)?
        .iter()
        .copied()
        .find(|input| needs.contains_key(input))
}

/// Goes from the first indicator along inputs until the way bites its tail.
fn first_cycle<'a>(needs: &Needs<'a>) -> Option<Vec<&'a str>> {
    let mut way = vec![*needs.first()?.0];
    loop {
        let at = next(way.last()?, needs)?;
        if let Some(start) = way.iter().position(|id| *id == at) {
            let mut cycle = way.split_off(start);
            let first = (0..cycle.len()).min_by_key(|index| needs.get_index_of(cycle[*index]))?;
            cycle.rotate_left(first);
            return Some(cycle);
        }
        way.push(at);
    }
}
