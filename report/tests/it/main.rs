//! The sheet as a browser reads it.

mod bounds;
mod hostile;
mod kit;
mod missing;
mod sample;
