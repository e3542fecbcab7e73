//! Progress bars, only on a terminal: while sources load, while rows or sheets are written.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use comarca_loaders::Progress;
use comarca_loaders::export::{TileProgress, WriteProgress};
use indicatif::{ProgressBar, ProgressStyle};

/// One step per source.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{bar:30} {pos}/{len} sources, {elapsed}, {eta} left  {msg}";
        bar.set_style(styled(template, ProgressStyle::default_bar()));
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

/// Rows that are written, with their rate and the time left; before that, that a file is being read.
pub(crate) struct RowBar {
    bar: ProgressBar,
    rows: AtomicUsize,
}

impl RowBar {
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new_spinner();
        bar.set_style(styled(
            "{spinner} reading, {elapsed}",
            ProgressStyle::default_spinner(),
        ));
        bar.enable_steady_tick(Duration::from_millis(200));
        let rows = AtomicUsize::new(0);
        Self { bar, rows }
    }

    /// Takes the bar away; how many rows were written.
    pub(crate) fn finish(self) -> usize {
        self.rows.load(Ordering::Relaxed)
    }
}

impl WriteProgress for RowBar {
    fn rows(&self, count: usize) {
        let template = "{bar:30} {human_pos}/{human_len} rows, {per_sec}, {eta} left";
        self.bar.disable_steady_tick();
        self.bar
            .set_style(styled(template, ProgressStyle::default_bar()));
        self.bar.set_length(count as u64);
        self.bar.reset_eta();
    }

    fn written(&self, count: usize) {
        self.rows.fetch_add(count, Ordering::Relaxed);
        self.bar.inc(count as u64);
    }
}

impl Drop for RowBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// One step per sheet.
pub(crate) struct SheetBar(ProgressBar);

impl SheetBar {
    pub(crate) fn new(count: usize) -> Self {
        let bar = ProgressBar::new(count as u64);
        let template = "{bar:30} {human_pos}/{human_len} sheets, {eta} left";
        bar.set_style(styled(template, ProgressStyle::default_bar()));
        Self(bar)
    }

    pub(crate) fn written(&self) {
        self.0.inc(1);
    }
}

impl Drop for SheetBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// One step per tile, with the bytes so far.
pub(crate) struct TileBar {
    bar: ProgressBar,
    bytes: AtomicU64,
    stopped: Arc<AtomicBool>,
}

impl TileBar {
    /// The export ends when `stopped` says so.
    pub(crate) fn new(stopped: Arc<AtomicBool>) -> Self {
        let bar = ProgressBar::new(0);
        let template = "{bar:30} {human_pos}/{human_len} tiles, {per_sec}, {eta} left  {msg}";
        bar.set_style(styled(template, ProgressStyle::default_bar()));
        Self {
            bar,
            bytes: AtomicU64::new(0),
            stopped,
        }
    }
}

impl TileProgress for TileBar {
    fn tiles(&self, count: u64, done: u64) {
        self.bar.set_length(count);
        self.bar.set_position(done);
        self.bar.reset_eta();
    }

    fn done(&self, bytes: u64) {
        let bytes = bytes + self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bar.inc(1);
        if self.bar.position().is_multiple_of(64) {
            self.bar.set_message(format!("{} MB", bytes / 1_000_000));
        }
    }

    fn finishing(&self) {
        self.bar.set_message("putting them together");
    }

    fn notice(&self, text: &str) {
        self.bar.suspend(|| crate::output::say(text));
    }

    fn is_cancelled(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }
}

impl Drop for TileBar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn styled(template: &str, otherwise: ProgressStyle) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or(otherwise)
}
