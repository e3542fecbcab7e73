use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

use super::MAX_ERRORS;
use crate::problem::Problem;

/// Everything that is wrong with a project file, in the order of the file; the first [`MAX_ERRORS`] of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectErrors {
    file: PathBuf,
    errors: Vec<ProjectError>,
}

/// One thing that is wrong with a project file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectError {
    /// Line and column, counted from 1, the column in characters; `None` when it concerns the whole file.
    pub place: Option<(usize, usize)>,
    /// The key it concerns, such as `indicators.density.numerator`; empty for the whole file.
    pub path: String,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

impl ProjectErrors {
    /// Puts `errors` into the order of the file.
    pub(super) fn new(file: &Path, mut errors: Vec<ProjectError>) -> Self {
        errors.sort_by_key(|error| error.place);
        errors.dedup();
        errors.truncate(MAX_ERRORS);
        Self {
            file: file.to_owned(),
            errors,
        }
    }

    /// An error about the whole file.
    pub(super) fn whole(file: &Path, message: String) -> Self {
        Self::new(
            file,
            vec![ProjectError {
                place: None,
                path: String::new(),
                message,
                nearest: None,
            }],
        )
    }

    /// The project file, as it was named.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// The errors, in the order of the file.
    pub fn errors(&self) -> &[ProjectError] {
        &self.errors
    }

    /// The errors as problems.
    pub fn problems(&self) -> impl Iterator<Item = Problem> {
        self.errors.iter().map(|error| error.problem(&self.file))
    }
}

/// One line for each error: `comarca.toml:12:5: unknown key "sorce" in [layers.communes]; did you mean "source"?`
impl Display for ProjectErrors {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                out.write_str("\n")?;
            }
            write!(out, "{}:{error}", self.file.display())?;
        }
        Ok(())
    }
}

impl std::error::Error for ProjectErrors {}

impl ProjectError {
    /// The error as a problem of `file`.
    pub fn problem(&self, file: &Path) -> Problem {
        let mut problem = Problem::error(self.message.clone()).in_file(file);
        if let Some((line, column)) = self.place {
            problem = problem.at_line(line as u64, column as u64);
        }
        match &self.nearest {
            Some(nearest) => problem.advice(format!("did you mean {nearest:?}?")),
            None => problem,
        }
    }
}

/// `12:5: message; did you mean "source"?`
impl Display for ProjectError {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        if let Some((line, column)) = self.place {
            write!(out, "{line}:{column}:")?;
        }
        write!(out, " {}", self.message)?;
        match &self.nearest {
            Some(nearest) => write!(out, "; did you mean {nearest:?}?"),
            None => Ok(()),
        }
    }
}
