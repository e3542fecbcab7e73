//! The server from outside: requests through `app`, and one real socket.

mod answers;
mod errors;
mod heatmaps;
mod hostile;
mod indicators;
mod kit;
mod load;
mod socket;
mod territories;
mod tiles;
mod viewer;
