//! Personal data does not leave by accident.

use comarca_register::{Kind, NewDemand, Register, Write};
use rusqlite::Connection;
use rusqlite::types::ValueRef;

use crate::kit::{create, demand, open, place, replace, write, written};

const AUTHOR: &str = "Rosa-Araya";
const CONTACT: &str = "rosa-mail";

#[test]
fn nothing_that_can_be_shown_holds_author_or_contact() {
    let (_folder, path) = place();
    let register = open(&path);
    let new = NewDemand {
        author: Some(AUTHOR.into()),
        contact: Some(CONTACT.into()),
        ..demand("one")
    };
    let request = Write::CreateDemand {
        demand: new.clone(),
        idempotency_key: Some("k".to_owned()),
    };
    let mut shown = vec![format!("{new:?}"), format!("{request:#?}")];
    shown.push(format!("{:?}", write(&register, request.clone())));
    shown.push(format!("{:?}", write(&register, request)));
    let wrong = NewDemand {
        author: Some(format!("{AUTHOR}\u{7}").as_str().into()),
        contact: Some(CONTACT.repeat(100).as_str().into()),
        ..demand("two")
    };
    let refused = write(&register, create(wrong)).expect_err("it is too long");
    shown.extend([format!("{refused:?}"), format!("{refused}")]);
    written(&register, replace("D00001", None, demand("two")));
    let snapshot = register.snapshot();
    let made = snapshot.demand("D00001").expect("it is there");
    assert_eq!(
        made.author.as_ref().map(|author| author.reveal().as_str()),
        Some(AUTHOR)
    );
    shown.extend([
        format!("{made:?}"),
        format!("{snapshot:#?}"),
        format!("{register:?}"),
    ]);
    shown.push(format!("{:?}", made.to_new()));
    let history = register
        .history(Kind::Demand, "D00001")
        .expect("it is there");
    shown.push(format!("{history:?}"));
    for change in history {
        shown
            .extend([change.before, change.after].map(|json| json.unwrap_or_default().to_string()));
    }
    for text in shown {
        assert!(!text.is_empty() && !text.contains("osa"), "{text}");
    }
}

/// Whoever opens the layer in QGIS, or publishes the file as a source, reads these tables.
#[test]
fn persons_are_in_one_table_of_their_own_and_leave_it_with_the_demand() {
    let (_folder, path) = place();
    let register = open(&path);
    let new = NewDemand {
        author: Some(AUTHOR.into()),
        contact: Some(CONTACT.into()),
        ..demand("one")
    };
    written(&register, create(new.clone()));
    written(&register, create(new));
    written(&register, replace("D00002", None, demand("two")));
    assert_eq!(
        tables_with_persons(&path),
        ["comarca_private", "comarca_private"]
    );
    written(&register, comarca_delete("D00001"));
    Connection::open(&path)
        .and_then(|database| database.execute_batch("DELETE FROM demands WHERE id = 'D00002'"))
        .expect("it is there");
    assert_eq!(register.poll(), Ok(true));
    assert_eq!(tables_with_persons(&path), [""; 0]);
    drop(register);
    assert!(Register::open_read_only(&path).is_ok());
}

fn comarca_delete(id: &str) -> Write {
    crate::kit::delete(id, None)
}

/// The name of the table of each row that says who wrote.
fn tables_with_persons(path: &std::path::Path) -> Vec<String> {
    let database = Connection::open(path).expect("it is there");
    let mut tables = database
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .expect("it is a database");
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .expect("names")
        .collect::<Result<_, _>>()
        .expect("names");
    assert!(tables.len() >= 10);
    let mut found = vec![];
    for table in tables {
        let mut rows = database
            .prepare(&format!("SELECT * FROM \"{table}\""))
            .expect("a table");
        let columns = rows.column_count();
        let mut rows = rows.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let is_person = |column| match row.get_ref(column).expect("a column") {
                ValueRef::Text(text) | ValueRef::Blob(text) => {
                    String::from_utf8_lossy(text).contains("osa")
                }
                _ => false,
            };
            if (0..columns).any(is_person) {
                found.push(table.clone());
            }
        }
    }
    found
}
