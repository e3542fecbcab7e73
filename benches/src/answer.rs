//! What a bench found, to be compared with the same work in another program.

use std::fmt;

/// Says on standard error what the measured work answered; the scripts of `peers` say it in the same words.
#[expect(
    clippy::print_stderr,
    reason = "criterion reports on standard output, this is for people"
)]
pub fn answer(what: fmt::Arguments<'_>) {
    eprintln!("answer: {what}");
}
