//! `comarca schema`: the JSON Schema of the project file, for editors.

use std::path::PathBuf;

use clap::Args;
use comarca_loaders::project::json_schema;

use crate::output;

#[derive(Args)]
pub(crate) struct Schema {
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Schema {
    pub(crate) fn run(&self) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(&json_schema())? + "\n";
        output::write(&text, self.output.as_deref())
    }
}
