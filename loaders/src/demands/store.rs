//! Where the register of a project is kept, and what is in it now.

use std::path::PathBuf;
use std::sync::Arc;

use comarca_register::{Options, Register, RegisterError, Snapshot};

use crate::load::access_to_store;
use crate::problem::Problem;
use crate::project::Project;

/// Where a register is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// A `GeoPackage`, which may not be there yet.
    File(PathBuf),
    /// The address of a `PostgreSQL` database.
    Database(String),
}

impl Store {
    /// As [`Register::open`] wants it.
    pub fn location(&self) -> String {
        match self {
            Self::File(file) => file.to_string_lossy().into_owned(),
            Self::Database(address) => address.clone(),
        }
    }

    /// The demands and assemblies that are recorded now; none where nothing was ever recorded.
    ///
    /// # Errors
    /// When it cannot be read or is no register.
    pub fn snapshot(&self) -> Result<Arc<Snapshot>, RegisterError> {
        match self {
            Self::File(file) if file.exists() => Ok(Register::open_read_only(file)?.snapshot()),
            Self::File(_) => Ok(Arc::new(Snapshot::default())),
            Self::Database(address) => Ok(Register::open(address, Options::default())?.snapshot()),
        }
    }
}

impl Project {
    /// Where the project keeps its register; none where it has none.
    ///
    /// # Errors
    /// When the file is outside the folders that the project may use.
    pub fn store(&self) -> Result<Option<Store>, Box<Problem>> {
        let Some(config) = &self.config.demands else {
            return Ok(None);
        };
        if config.store.contains("://") {
            return Ok(Some(Store::Database(config.store.clone())));
        }
        let file = self.folder().join(&config.store);
        access_to_store(self, &config.store, &file)?;
        Ok(Some(Store::File(file)))
    }
}
