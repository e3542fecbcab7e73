//! The log of the server on standard error.

use std::io::IsTerminal;

use anyhow::Context;
use comarca_loaders::LogFormat;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;

use crate::output;

/// The variables that say what is logged, the first one that is set.
const FILTERS: [&str; 2] = ["COMARCA_LOG", "RUST_LOG"];

/// Starts the log: what `COMARCA_LOG` or `RUST_LOG` says, such as `warn,access=info`; warnings and errors without them.
pub(crate) fn start(format: LogFormat) -> anyhow::Result<()> {
    let said = FILTERS
        .into_iter()
        .find_map(|name| Some((name, std::env::var(name).ok()?)));
    let builder = EnvFilter::builder().with_default_directive(LevelFilter::WARN.into());
    let filter = match &said {
        Some((name, text)) => builder
            .parse(text)
            .with_context(|| format!("{name} is no filter such as \"warn,access=info\""))?,
        None => builder.parse_lossy(""),
    };
    let log = tracing_subscriber::fmt()
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match format {
        LogFormat::Text => log.with_env_filter(filter).init(),
        LogFormat::Json => {
            // What is otherwise said in lines for people is said here too.
            let filter = filter.add_directive("said=info".parse()?);
            log.json()
                .flatten_event(true)
                .with_env_filter(filter)
                .init();
            output::say_into_log();
        }
    }
    Ok(())
}
