//! Which territories miss a standard, and by how much: the list that a diagnosis begins with.
//!
//! `cargo run -p comarca-examples --bin below_standard -- data/comarca.toml sectors`

#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program that prints its result")]

use anyhow::Context;
use comarca_loaders::Project;

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments
        .next()
        .context("usage: below_standard comarca.toml LEVEL")?;
    let level = arguments
        .next()
        .context("usage: below_standard comarca.toml LEVEL")?;

    let (territory, problems) = Project::open(&file)?.load()?;
    println!(
        "{}: {} problems in the data",
        territory.name(),
        problems.len()
    );

    for indicator in territory.indicators() {
        let Some(standard) = &indicator.standard else {
            continue;
        };
        let view = territory.indicator(&indicator.id)?.at(&level)?;
        let failing = view
            .keys()
            .zip(view.values())
            .filter_map(|(key, value)| Some((key, (*value)?)));
        let failing: Vec<_> = failing
            .filter(|(_, value)| !standard.passes(*value))
            .collect();
        println!(
            "\n{} ({}): {} of {} miss it",
            indicator.id,
            standard.source,
            failing.len(),
            view.count()
        );
        for (key, value) in failing.iter().take(5) {
            println!("  {key}  {value:.1} {}", view.unit());
        }
    }
    Ok(())
}
