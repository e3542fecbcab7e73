//! The register of demands under faults: killed, out of room, shared by several servers, filled for a year.

mod client;
mod full;
mod killed;
mod shared;
mod year;

use comarca_tests::program::{comarca_in, run};
use comarca_tests::project::{TINY_PROJECT, tiny, write};
use tempfile::TempDir;

/// [`tiny`] with a register in `store`.
fn tiny_with_register(store: &str) -> TempDir {
    let folder = tiny();
    let demands = format!("\n[demands]\nstore = \"{store}\"\nthemes = [\"health\", \"green\"]\n");
    write(
        folder.path(),
        "comarca.toml",
        TINY_PROJECT.to_owned() + &demands,
    );
    folder
}

/// A token that may write everything.
fn token(folder: &TempDir) -> String {
    let mut command = comarca_in(folder.path());
    command.args(["token", "add", "Ana", "--role", "coordinator"]);
    run(&mut command).expect_success().text().trim().to_owned()
}
