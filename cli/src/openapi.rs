//! `comarca openapi`: the OpenAPI document of the server.

use std::path::PathBuf;

use clap::Args;

use crate::output;

#[derive(Args)]
pub(crate) struct Openapi {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Openapi {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&comarca_tileserver::openapi())? + "\n";
        output::write(&text, self.output.as_deref())
    }
}
