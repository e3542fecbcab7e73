//! A disk without room.

use std::fs;
use std::path::Path;

use comarca_tests::program::comarca_in;
use comarca_tests::server::Server;

use super::client::record;
use super::{tiny_with_register, token};

/// Bytes of the file that is deleted to make room again.
const BALLAST: usize = 1 << 20;

#[test]
fn a_full_disk_refuses_with_507_and_loses_nothing() {
    let folder = tiny_with_register("small/demands.gpkg");
    let small = folder.path().join("small");
    fs::create_dir(&small).expect("the folder is new");
    let token = token(&folder);
    let kept = folder.path().join("demands.gpkg");
    fs::copy(small.join("demands.gpkg"), &kept).expect("the register is there");
    // A disk of three megabytes that only the server sees, and that goes away with it.
    let mut command = std::process::Command::new("unshare");
    let mounted = format!(
        "mount -t tmpfs -o size=3m tmpfs '{small}' && cp '{kept}' '{small}/demands.gpkg' && head -c {BALLAST} /dev/zero > '{small}/ballast' && exec \"$0\" \"$@\"",
        small = small.display(),
        kept = kept.display()
    );
    let program = comarca_in(folder.path());
    command
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", &mounted])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(folder.path());
    if !can_mount() {
        println!(
            "not run: this system lets nobody mount a disk of their own (unshare --user --mount)"
        );
        return;
    }
    let server = Server::start_by(command);
    let description = "x".repeat(9000);
    let mut written = 0;
    let full = loop {
        let title = format!("demand {written}");
        let answer = record(
            server.address(),
            &token,
            &format!("k{written}"),
            &title,
            &description,
        );
        let answer = answer.expect("the server answers");
        if answer.status != 201 {
            break answer;
        }
        written += 1;
        assert!(written < 1000, "three megabytes hold {written} demands");
    };
    assert_eq!(full.status, 507, "{}", full.text());
    assert_eq!(full.json()["status"], 507);
    assert!(written > 20, "{written}");
    assert_eq!(server.json("/demands?limit=1")["numberMatched"], written);
    let outside = format!(
        "/proc/{}/root{}",
        server.process(),
        small.join("ballast").display()
    );
    fs::remove_file(Path::new(&outside)).expect("the ballast is there");
    // The same request again, as the client was told.
    let again = record(
        server.address(),
        &token,
        &format!("k{written}"),
        &format!("demand {written}"),
        &description,
    );
    assert_eq!(again.expect("the server answers").status, 201);
    assert_eq!(
        server.json("/demands?limit=1")["numberMatched"],
        written + 1
    );
}

fn can_mount() -> bool {
    let mut command = std::process::Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "true"]);
    command.status().is_ok_and(|status| status.success())
}
