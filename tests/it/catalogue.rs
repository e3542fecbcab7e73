//! Every operation of the catalogue against figures that other libraries have computed (`tests/golden/catalogue.py`).

use comarca_tests::program::{comarca, run};
use comarca_tests::project::workspace;
use comarca_tests::table::Table;

/// Largest relative difference: expected figures have twelve digits.
const RELATIVE_MAX: f64 = 1e-8;
/// Differences below this are rounding around zero: of composites, whose mean is zero, and of equal values.
const ABSOLUTE_MAX: f64 = 1e-11;

fn figures_equal_those_of_other_libraries(level: &str) {
    let folder = workspace().join("tests/golden/catalogue");
    let expected = Table::read(&folder.join(level).with_extension("csv"));
    let mut command = comarca();
    command
        .arg("--project")
        .arg(folder.join("comarca.toml"))
        .args(["indicators", "--level", level]);
    let own = Table::from_csv(run(&mut command).expect_success().text());
    let mut wrong = vec![];
    for column in expected.columns.iter().filter(|column| *column != "key") {
        for key in expected.rows.keys() {
            let (wanted, found) = (expected.number(key, column), own.number(key, column));
            let same = match (wanted, found) {
                (Some(wanted), Some(found)) => {
                    (found - wanted).abs() <= RELATIVE_MAX * wanted.abs() + ABSOLUTE_MAX
                }
                _ => wanted == found,
            };
            if !same {
                wrong.push(format!(
                    "{column} of {key} is {found:?}, expected {wanted:?}"
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{level}: {} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn districts() {
    figures_equal_those_of_other_libraries("districts");
}

#[test]
fn sectors() {
    figures_equal_those_of_other_libraries("sectors");
}

#[test]
fn communes() {
    figures_equal_those_of_other_libraries("communes");
}

#[test]
fn the_whole() {
    figures_equal_those_of_other_libraries("all");
}
