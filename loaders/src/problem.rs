//! What is wrong with a file, where, and what to do about it.
//!
//! A bad feature is a [`Problem`] in a list; a file that cannot be read at all is a [`LoadError`]. Both carry the
//! same address.

use std::error::Error;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A figure would be wrong: the data or the configuration has to be mended.
    Error,
    /// Something was left out, repaired or assumed that may change a figure.
    Warning,
    /// Worth knowing; no figure changes.
    Notice,
}

impl Severity {
    /// The word that is printed before the message.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Notice => "notice",
        }
    }
}

/// Something that is wrong, with its address. Problems of one kind are counted, not repeated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// The file it was found in.
    pub file: Option<PathBuf>,
    /// The layer or table.
    pub layer: Option<String>,
    /// The first feature or row that has it, counted from 1.
    pub feature: Option<u64>,
    /// The column.
    pub column: Option<String>,
    /// Line and column of a text file, counted from 1.
    pub line: Option<(u64, u64)>,
    /// What is wrong.
    pub message: String,
    /// The value that was found there.
    pub found: Option<String>,
    /// How to mend it.
    pub advice: Option<String>,
    /// How many like it there are.
    pub count: u64,
    /// Some of the features or rows that have it.
    pub examples: Vec<u64>,
}

/// How many features or rows are named of each kind of problem.
const EXAMPLES_MAX: usize = 5;
/// How much of a value is shown, in characters.
const FOUND_MAX: usize = 60;

impl Problem {
    /// A problem without an address yet.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            file: None,
            layer: None,
            feature: None,
            column: None,
            line: None,
            message: message.into(),
            found: None,
            advice: None,
            count: 1,
            examples: vec![],
        }
    }

    /// An error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// A warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// A notice.
    pub fn notice(message: impl Into<String>) -> Self {
        Self::new(Severity::Notice, message)
    }

    /// Says in which file.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.file = Some(file.to_owned());
        self
    }

    /// Says in which layer or table.
    #[must_use]
    pub fn in_layer(mut self, layer: impl Into<String>) -> Self {
        self.layer = Some(layer.into());
        self
    }

    /// Says at which feature or row, counted from 1.
    #[must_use]
    pub fn at_feature(mut self, feature: u64) -> Self {
        self.feature = Some(feature);
        self.examples = vec![feature];
        self
    }

    /// Says at which row of a table, counted from 0.
    #[must_use]
    pub fn at_row(self, row: usize) -> Self {
        self.at_feature(row as u64 + 1)
    }

    /// Says at which rows of a table, counted from 0, and so how many there are.
    #[must_use]
    pub fn at_rows(mut self, rows: &[usize]) -> Self {
        let numbers = rows.iter().map(|row| *row as u64 + 1);
        self.examples = numbers.take(EXAMPLES_MAX).collect();
        self.feature = self.examples.first().copied();
        self.times(rows.len() as u64)
    }

    /// Says in which column.
    #[must_use]
    pub fn in_column(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    /// Says at which line and column of a text file, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64, column: u64) -> Self {
        self.line = Some((line, column));
        self
    }

    /// Shows the value that was found, shortened.
    #[must_use]
    pub fn found(mut self, value: &str) -> Self {
        let short: String = value.chars().take(FOUND_MAX).collect();
        self.found = Some(if short.len() < value.len() {
            short + "…"
        } else {
            short
        });
        self
    }

    /// Says how to mend it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// The same problem, found in a part of a file that begins behind so many rows and lines.
    #[must_use]
    pub(crate) fn below(mut self, rows: u64, lines: u64) -> Self {
        self.feature = self.feature.map(|feature| feature + rows);
        self.examples
            .iter_mut()
            .for_each(|example| *example += rows);
        self.line = self.line.map(|(line, column)| (line + lines, column));
        self
    }

    /// Says how many there are.
    #[must_use]
    pub fn times(mut self, count: u64) -> Self {
        self.count = count;
        self
    }

    /// The same problem of a file that lies below `unpacked` for the moment, and in `file` for the user.
    #[must_use]
    pub(crate) fn in_place_of(mut self, unpacked: &Path, file: &Path) -> Self {
        let inner = self
            .file
            .as_ref()
            .and_then(|own| own.strip_prefix(unpacked).ok());
        if let Some(inner) = inner {
            self.file = Some(if inner.as_os_str().is_empty() {
                file.to_owned()
            } else {
                file.join(inner)
            });
        }
        let (from, to) = (unpacked.to_string_lossy(), file.to_string_lossy());
        self.message = self.message.replace(&*from, &to);
        self.advice = self.advice.map(|advice| advice.replace(&*from, &to));
        self
    }

    /// Whether `other` is the same thing at another feature.
    fn is_like(&self, other: &Self) -> bool {
        self.message == other.message
            && self.column == other.column
            && self.severity == other.severity
            && self.layer == other.layer
            && self.file == other.file
    }

    fn count_in(&mut self, other: Self) {
        self.count += other.count;
        let room = EXAMPLES_MAX.saturating_sub(self.examples.len());
        self.examples.extend(other.examples.into_iter().take(room));
    }

    /// The rows that have it, in words: `rows 3, 5, 8 and 120 more`.
    fn rows(&self) -> Option<String> {
        let feature = self.feature?;
        if self.count == 1 || self.examples.len() < 2 {
            return Some(format!("row {feature}"));
        }
        let named: Vec<_> = self.examples.iter().map(u64::to_string).collect();
        let more = self.count.saturating_sub(self.examples.len() as u64);
        let rest = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        Some(format!("rows {}{rest}", named.join(", ")))
    }

    fn address(&self) -> String {
        let file = self.file.as_ref().map(|file| file.display().to_string());
        let line = self
            .line
            .map(|(line, column)| format!("line {line}:{column}"));
        let layer = self
            .layer
            .as_ref()
            .map(|layer| format!("layer \"{layer}\""));
        let column = self
            .column
            .as_ref()
            .map(|column| format!("column \"{column}\""));
        let place: Vec<_> = [layer, self.rows(), line, column]
            .into_iter()
            .flatten()
            .collect();
        let place = (!place.is_empty()).then(|| place.join(", "));
        [file, place]
            .into_iter()
            .flatten()
            .map(|part| part + ": ")
            .collect()
    }
}

/// One line without the severity: address, message, value, count and advice.
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.address(), self.message)?;
        if let Some(found) = &self.found {
            write!(f, " (found {found:?})")?;
        }
        if self.count > 1 && self.examples.len() < 2 {
            write!(f, ", {} times", self.count)?;
        }
        match &self.advice {
            Some(advice) => write!(f, "; {advice}"),
            None => Ok(()),
        }
    }
}

/// A list of problems that counts what repeats.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    list: Vec<Problem>,
}

/// How many kinds of problems are told apart; further kinds are counted together.
const KINDS_MAX: usize = 200;

impl Problems {
    /// Adds `problem`, or counts it with the one that is like it. Cost O(kinds).
    pub fn add(&mut self, problem: Problem) {
        if let Some(same) = self.list.iter_mut().find(|known| known.is_like(&problem)) {
            same.count_in(problem);
        } else if self.list.len() < KINDS_MAX {
            self.list.push(problem);
        } else {
            self.add_uncounted(problem);
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The problems, in the order of their first appearance.
    pub fn into_vec(self) -> Vec<Problem> {
        self.list
    }

    /// Beyond the bound only the number grows.
    fn add_uncounted(&mut self, problem: Problem) {
        let rest = Problem {
            file: problem.file,
            ..Problem::new(problem.severity, "more problems of other kinds")
        };
        match self.list.iter_mut().find(|known| known.is_like(&rest)) {
            Some(same) => same.count += problem.count,
            None => self.list.push(rest.times(problem.count)),
        }
    }
}

impl Extend<Problem> for Problems {
    fn extend<I: IntoIterator<Item = Problem>>(&mut self, problems: I) {
        problems.into_iter().for_each(|problem| self.add(problem));
    }
}

/// A file that cannot be read: the problem with its address, and the error below it.
#[derive(Debug, thiserror::Error)]
#[error("{problem}")]
pub struct LoadError {
    problem: Box<Problem>,
    #[source]
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl LoadError {
    /// An error about `path`.
    pub fn new(path: &Path, message: impl Into<String>) -> Self {
        Problem::error(message).in_file(path).into()
    }

    /// An error about `path` that `cause` explains.
    pub fn caused(
        path: &Path,
        message: &str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let cause = cause.into();
        let problem = Problem::error(format!("{message}: {cause}")).in_file(path);
        Self {
            problem: Box::new(problem),
            cause: Some(cause),
        }
    }

    /// Says how to mend it.
    #[must_use]
    pub fn advice(mut self, advice: impl Into<String>) -> Self {
        self.problem.advice = Some(advice.into());
        self
    }

    /// Says in which file, in the place of the one that was named.
    #[must_use]
    pub fn in_file(mut self, file: &Path) -> Self {
        self.problem.file = Some(file.to_owned());
        self
    }

    /// Says at which feature or row, counted from 1.
    #[must_use]
    pub fn at_feature(mut self, feature: u64) -> Self {
        *self.problem = self.problem.at_feature(feature);
        self
    }

    /// Says at which line and column of a text file, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: u64, column: u64) -> Self {
        self.problem.line = Some((line, column));
        self
    }

    /// The same error about `file`.
    #[must_use]
    pub(crate) fn in_place_of(mut self, unpacked: &Path, file: &Path) -> Self {
        *self.problem = self.problem.in_place_of(unpacked, file);
        self
    }

    /// The error as a problem.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl From<Problem> for LoadError {
    fn from(problem: Problem) -> Self {
        Self {
            problem: Box::new(problem),
            cause: None,
        }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        *error.problem
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_reads_as_one_line_with_its_address() {
        let problem = Problem::warning("not a number")
            .in_file(Path::new("stops.csv"))
            .at_row(11)
            .in_column("LATITUD")
            .found("abc")
            .advice("write degrees");
        let text =
            "stops.csv: row 12, column \"LATITUD\": not a number (found \"abc\"); write degrees";
        assert_eq!(problem.to_string(), text);
    }

    #[test]
    fn repeated_problems_are_counted_with_examples() {
        let mut problems = Problems::default();
        problems.extend((0..100).map(|row| Problem::error("empty").at_row(row)));
        problems.add(Problem::error("empty").in_column("a"));
        let list = problems.into_vec();
        assert_eq!(list.len(), 2);
        assert_eq!((list[0].count, list[0].examples.len()), (100, EXAMPLES_MAX));
        assert_eq!(list[0].to_string(), "rows 1, 2, 3, 4, 5 and 95 more: empty");
    }

    #[test]
    fn the_number_of_kinds_is_bounded() {
        let mut problems = Problems::default();
        problems.extend((0..10_000).map(|kind| Problem::error(format!("kind {kind}"))));
        let list = problems.into_vec();
        assert_eq!(list.len(), KINDS_MAX + 1);
        assert_eq!(
            list.last().map(|rest| rest.count),
            Some(10_000 - KINDS_MAX as u64)
        );
    }

    #[test]
    fn a_load_error_keeps_its_cause_and_becomes_a_problem() {
        let cause = std::io::Error::other("disk on fire");
        let error = LoadError::caused(Path::new("a.shp"), "cannot be read", cause);
        assert_eq!(error.to_string(), "a.shp: cannot be read: disk on fire");
        assert!(error.source().is_some());
        assert_eq!(Problem::from(error).severity, Severity::Error);
    }
}
