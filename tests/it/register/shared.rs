//! Several servers on one register.

use comarca_tests::postgres::Postgres;
use comarca_tests::program::until;
use comarca_tests::server::Server;
use tempfile::TempDir;

use super::client::record;
use super::{tiny_with_register, token};

/// Two servers on one store see each other's writes.
fn see_each_other(folder: &TempDir) {
    let token = token(folder);
    let servers = [Server::start(folder.path()), Server::start(folder.path())];
    for (number, writer) in servers.iter().enumerate() {
        let title = format!("written by {number}");
        let answer = record(
            writer.address(),
            &token,
            &title.replace(' ', "-"),
            &title,
            "",
        );
        let answer = answer.expect("the server answers");
        assert_eq!(answer.status, 201, "{}", answer.text());
        let id = answer.json()["id"].as_str().expect("an id").to_owned();
        for reader in &servers {
            until("the demand in the other server", || {
                (reader.get(&format!("/demands/{id}")).status == 200).then_some(())
            });
            let count = reader.json("/demands/summary")["total"].clone();
            assert_eq!(count, number + 1);
        }
    }
    let again = record(
        servers[1].address(),
        &token,
        "written-by-0",
        "written by 0",
        "",
    );
    assert_eq!(
        again.expect("the server answers").status,
        200,
        "an idempotency key is known to all servers"
    );
}

#[test]
fn two_servers_on_one_geopackage_see_each_other() {
    see_each_other(&tiny_with_register("demands.gpkg"));
}

#[test]
fn two_servers_on_one_postgresql_see_each_other() {
    let Some(postgres) = Postgres::shared() else {
        panic!("PostgreSQL with PostGIS is not installed: scripts/prepare database");
    };
    postgres.database("register", "SELECT 1");
    see_each_other(&tiny_with_register(&postgres.address("register")));
}
