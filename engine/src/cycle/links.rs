//! The same demand named again: which record stands for which demand.

use std::collections::HashMap;

use super::record::{DemandRecord, Problem};

/// The record that stands for the demand of each record, by row: its own row where it is named for the first time.
///
/// Links are followed to their end, through any number of records. In a circle the first by id stands for all, and so it
/// does for whatever leads into the circle. Cost O(records).
pub(super) fn roots(records: &[DemandRecord<'_>], problems: &mut Vec<Problem>) -> Vec<usize> {
    let rows = first_rows(records, problems);
    let next = targets(records, &rows, problems);
    let mut roots: Vec<Option<usize>> = vec![None; records.len()];
    // The walk that came by each record, from 1.
    let mut walked = vec![0; records.len()];
    for start in 0..records.len() {
        let (mut path, mut at) = (vec![], start);
        while roots[at].is_none() && walked[at] != start + 1 {
            walked[at] = start + 1;
            path.push(at);
            at = next[at];
        }
        let root = roots[at].unwrap_or_else(|| circle(records, &path, at, problems));
        path.iter().for_each(|&row| roots[row] = Some(root));
    }
    let own = roots.into_iter().enumerate();
    own.map(|(row, root)| root.unwrap_or(row)).collect()
}

/// The record that stands for a path that ends in a circle; a record that leads to itself alone is no circle.
fn circle(
    records: &[DemandRecord<'_>],
    path: &[usize],
    entry: usize,
    problems: &mut Vec<Problem>,
) -> usize {
    let from = path.iter().position(|row| *row == entry).unwrap_or(0);
    let members = path[from..].iter().copied();
    let root = members
        .min_by_key(|&row| (records[row].id, row))
        .unwrap_or(entry);
    let names_itself = records[entry].same_as == Some(records[entry].id);
    if path.len() - from > 1 || names_itself {
        problems.push(Problem::LinkCircle { root });
    }
    root
}

/// Row of each id, the first where it stands twice.
fn first_rows<'a>(
    records: &[DemandRecord<'a>],
    problems: &mut Vec<Problem>,
) -> HashMap<&'a str, usize> {
    let mut rows = HashMap::with_capacity(records.len());
    for (record, own) in records.iter().enumerate() {
        let first = *rows.entry(own.id).or_insert(record);
        if first != record {
            problems.push(Problem::Duplicate { record, first });
        }
    }
    rows
}

/// The row that each record leads to: its own where it names nothing again.
fn targets(
    records: &[DemandRecord<'_>],
    rows: &HashMap<&str, usize>,
    problems: &mut Vec<Problem>,
) -> Vec<usize> {
    let mut target = |(record, own): (usize, &DemandRecord<'_>)| {
        let Some(named) = own.same_as else {
            return record;
        };
        rows.get(named).copied().unwrap_or_else(|| {
            problems.push(Problem::UnknownLink { record });
            record
        })
    };
    records.iter().enumerate().map(&mut target).collect()
}
