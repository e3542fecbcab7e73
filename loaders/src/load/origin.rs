//! Where features come from: the file and the row there, after files were put together and rows left out.

use std::path::{Path, PathBuf};

use crate::problem::Problem;

/// The origin of each row of a layer.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    /// For each row its number among all that were read, from 0; as it is where nothing was left out.
    rows: Option<Vec<u32>>,
    /// The files, where there are several, with the number of the first row of each.
    files: Vec<(usize, PathBuf)>,
}

impl Origin {
    /// Of the rows of several files, one below the other.
    pub(super) fn new(files: Vec<(usize, PathBuf)>) -> Self {
        let files = if files.len() > 1 { files } else { vec![] };
        Self { rows: None, files }
    }

    /// Only `rows` of these are left, in that order.
    pub(super) fn select(&mut self, rows: &[u32]) {
        let number = |row: &u32| u32::try_from(self.number(*row as usize)).unwrap_or(u32::MAX);
        self.rows = Some(rows.iter().map(number).collect());
    }

    fn number(&self, row: usize) -> usize {
        let known = self.rows.as_ref().and_then(|rows| rows.get(row));
        known.map_or(row, |row| *row as usize)
    }

    /// The file, where there are several, and the row in it from 0.
    fn of(&self, row: usize) -> (Option<&Path>, usize) {
        let number = self.number(row);
        let after = self.files.partition_point(|(first, _)| *first <= number);
        match after.checked_sub(1).and_then(|file| self.files.get(file)) {
            Some((first, file)) => (Some(file), number - first),
            None => (None, number),
        }
    }

    /// Row of the source from 1.
    pub(super) fn row(&self, row: usize) -> u64 {
        self.of(row).1 as u64 + 1
    }

    /// Whether all rows are of one file.
    pub(super) fn is_one_file(&self) -> bool {
        self.files.is_empty()
    }

    /// The problem at `rows` (at least one), once for each file that they come from.
    pub(super) fn problems(&self, problem: &Problem, rows: &[usize]) -> Vec<Problem> {
        let origins: Vec<(Option<&Path>, usize)> = rows.iter().map(|row| self.of(*row)).collect();
        let of_file = |group: &[(Option<&Path>, usize)]| {
            let numbers: Vec<usize> = group.iter().map(|(_, row)| *row).collect();
            let told = problem.clone().at_rows(&numbers);
            match group[0].0 {
                Some(file) => told.in_file(file),
                None => told,
            }
        };
        origins.chunk_by(|a, b| a.0 == b.0).map(of_file).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_by_their_file_whatever_was_left_out_before() {
        let files = [(0, "a.csv"), (3, "b.csv"), (5, "c.csv")];
        let mut origin = Origin::new(files.map(|(first, file)| (first, file.into())).into());
        origin.select(&[1, 3, 4, 6]);
        origin.select(&[0, 2, 3]);
        let told = origin.problems(&Problem::notice("here"), &[0, 1, 2]);
        let lines: Vec<String> = told.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "a.csv: row 2: here",
                "b.csv: row 2: here",
                "c.csv: row 2: here"
            ]
        );
        assert!(!origin.is_one_file());
    }

    #[test]
    fn a_single_file_is_told_by_the_layer() {
        let mut origin = Origin::new(vec![(0, "a.csv".into())]);
        origin.select(&[7, 9]);
        let told = origin.problems(&Problem::notice("here"), &[0, 1]);
        assert_eq!(told[0].to_string(), "rows 8, 10: here");
        assert_eq!((origin.row(1), origin.is_one_file()), (10, true));
    }
}
