//! Waiting for the network on threads that know nothing of it.

use std::future::Future;
use std::path::Path;
use std::thread;

use tokio::runtime::Builder;

use crate::problem::LoadError;

/// A runtime of one source. Readers call it from any thread, also from one of another runtime.
#[derive(Debug)]
pub(super) struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    pub(super) fn new(path: &Path) -> Result<Self, LoadError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime
            .map(|runtime| Self(Some(runtime)))
            .map_err(|error| LoadError::caused(path, "the network cannot be used", error))
    }

    /// Does `work` to its end. On a thread of its own, since one that runs tasks must not wait for others.
    pub(super) fn wait<T: Send, F: Future<Output = T>>(
        &self,
        work: impl FnOnce() -> F + Send,
    ) -> Option<T> {
        let runtime = self.0.as_ref()?;
        thread::scope(|scope| {
            let done = scope.spawn(|| runtime.block_on(work())).join();
            Some(done.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })
    }
}

impl Drop for Runtime {
    /// Without waiting for a look-up of a name that hangs.
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_waits_inside_another_runtime_too() {
        let outer = Builder::new_current_thread().build().expect("a runtime");
        let inner = || {
            let runtime = Runtime::new(Path::new("a")).expect("a runtime");
            runtime.wait(async || {
                tokio::task::yield_now().await;
                7
            })
        };
        assert_eq!(outer.block_on(async { inner() }), Some(7));
        assert_eq!(inner(), Some(7));
    }
}
