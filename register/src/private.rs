//! Personal data, which must not leave by accident.

use std::fmt;

/// A value about a person. It has no `Display` and cannot be serialised; its `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Private<T>(T);

impl<T> Private<T> {
    /// Hides a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself: for storing it, and for those who have to get in touch with the person.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl From<&str> for Private<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}
