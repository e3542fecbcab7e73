//! Hostile requests and damaged files: an answer or a message, never an end.

mod files;
mod requests;
