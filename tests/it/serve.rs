//! The server on its socket: what is published, how it ends, what it does when files change.

mod end;
mod operated;
mod published;
mod refused;
mod reload;
mod tilesets;
mod traced;
