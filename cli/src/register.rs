//! The project's register: opened for a command, or kept open while serving.

use std::path::Path;
use std::sync::{Arc, Weak};
use std::time::SystemTime;

use anyhow::anyhow;
use comarca_loaders::Project;
use comarca_loaders::demands::Store;
use comarca_register::{Options, Register, RegisterError};
use comarca_tileserver::State;

use crate::output::Failed;

/// Where the register of a project is.
pub(crate) fn store(project: &Project) -> anyhow::Result<Store> {
    let store = project.store().map_err(|refused| Failed(vec![*refused]))?;
    store.ok_or_else(|| {
        let file = project.file().display();
        anyhow!("{file}: the project has no register of demands; say [demands] with themes = […]")
    })
}

/// Opens it for writing; it is made where it is not there.
pub(crate) fn open(store: &Store) -> anyhow::Result<Register> {
    Ok(Register::open(&store.location(), Options::default())?)
}

/// What tells one register file from another in its place: when it was made and changed, and which file it is.
type Mark = Option<(SystemTime, u64)>;

/// The register while a server runs.
///
/// A file that nobody may write to, because no token was ever made for it, is only read, so that serving changes no byte
/// of it. It is looked at again whenever the file changes.
pub(crate) struct Keeper {
    store: Store,
    state: Weak<State>,
    mark: Mark,
    is_open: bool,
}

impl Keeper {
    pub(crate) fn new(store: Store, state: &Arc<State>) -> Self {
        Self {
            store,
            state: Arc::downgrade(state),
            mark: None,
            is_open: false,
        }
    }

    /// Opens the register, or opens it anew where there is another file in its place or one that may be written to now.
    ///
    /// # Errors
    /// When it cannot be read; serving goes on with what was read last.
    pub(crate) fn look(&mut self) -> Result<(), RegisterError> {
        let mark = mark(&self.store);
        let same_file = mark.map(|(_, file)| file) == self.mark.map(|(_, file)| file);
        if self.mark == mark && self.mark.is_some() || self.is_open && same_file {
            return Ok(());
        }
        if let Store::File(file) = &self.store
            && !file.exists()
        {
            self.mark = None;
            return Ok(());
        }
        let register = self.opened()?;
        self.is_open = !register.is_read_only();
        self.mark = mark;
        if let Some(state) = self.state.upgrade() {
            state.attach(Arc::new(register));
        }
        Ok(())
    }

    fn opened(&self) -> Result<Register, RegisterError> {
        if let Store::File(file) = &self.store {
            let reader = Register::open_read_only(file)?;
            if reader.tokens().is_empty() {
                return Ok(reader);
            }
        }
        let state = Weak::clone(&self.state);
        let options = Options {
            on_change: Box::new(move |snapshot| {
                if let Some(state) = state.upgrade() {
                    state.publish(snapshot);
                }
            }),
            ..Options::default()
        };
        Register::open(&self.store.location(), options)
    }
}

fn mark(store: &Store) -> Mark {
    match store {
        Store::Database(_) => Some((SystemTime::UNIX_EPOCH, 0)),
        Store::File(file) => {
            let about = std::fs::metadata(file).ok()?;
            Some((newest(file)?, inode(&about)))
        }
    }
}

/// When the file or the log beside it was written last.
fn newest(file: &Path) -> Option<SystemTime> {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    let changed = |path: &Path| {
        std::fs::metadata(path)
            .and_then(|about| about.modified())
            .ok()
    };
    changed(file).max(changed(Path::new(&log)))
}

#[cfg(unix)]
fn inode(about: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(about)
}

#[cfg(not(unix))]
fn inode(_: &std::fs::Metadata) -> u64 {
    0
}
