//! A progress bar while sources load; only on a terminal.

use comarca_loaders::Progress;
use indicatif::{ProgressBar, ProgressStyle};

/// One step per source.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let style = ProgressStyle::with_template(
            "{bar:30} {pos}/{len} sources, {elapsed}, {eta} left  {msg}",
        );
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self(bar)
    }
}

impl Progress for Bar {
    fn sources(&self, count: usize) {
        self.0.set_length(count as u64);
    }

    fn loaded(&self, id: &str, features: usize) {
        self.0.set_message(format!("{id}: {features}"));
        self.0.inc(1);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
