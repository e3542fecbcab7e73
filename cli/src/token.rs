//! `comarca token`: who may write to the register.

use std::time::{Duration, SystemTime};

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};
use comarca_loaders::Project;
use comarca_loaders::demands::scope_level;
use comarca_register::{NewToken, Register, Role, Token};
use serde_json::json;

use crate::{Arguments, output, project, register};

/// Tokens that allow to write to the register of demands
#[derive(Args)]
pub(crate) struct Tokens {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Make a token; its secret is printed once and never known again
    Add(Add),
    /// List all tokens, without their secrets
    List,
    /// Make a token worth nothing
    Revoke {
        /// Id of the token, as "list" shows it
        #[arg(value_name = "ID")]
        id: String,
    },
}

#[derive(Args)]
struct Add {
    /// Whose it is, as the history of demands will name them
    #[arg(value_name = "NAME")]
    name: String,
    /// What it allows
    #[arg(long, value_enum, default_value_t = RoleName::Facilitator)]
    role: RoleName,
    /// Keys of the communes it may write for, with commas; all when absent
    #[arg(
        long = "communes",
        alias = "commune",
        value_name = "KEY,…",
        value_delimiter = ','
    )]
    communes: Vec<String>,
    /// After so many days it is worth nothing
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u64).range(1..=36_500))]
    days: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleName {
    /// Writes demands and assemblies
    Facilitator,
    /// Changes stage and status, decides
    Coordinator,
    /// Everything
    Admin,
}

impl Tokens {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let project = project::open(&arguments.project)?;
        let register = register::open(&register::store(&project)?)?;
        match &self.command {
            Command::Add(add) => add.run(&project, &register, arguments.json),
            Command::List => list(&register.tokens(), arguments.json),
            Command::Revoke { id } => match register.revoke_token(id)? {
                true => Ok(()),
                false => bail!("there is no valid token {id:?}; \"comarca token list\" shows all"),
            },
        }
    }
}

impl Add {
    fn run(&self, project: &Project, register: &Register, as_json: bool) -> anyhow::Result<()> {
        self.check_communes(project)?;
        let new = NewToken {
            name: self.name.clone(),
            role: match self.role {
                RoleName::Facilitator => Role::Facilitator,
                RoleName::Coordinator => Role::Coordinator,
                RoleName::Admin => Role::Admin,
            },
            communes: self.communes.clone(),
            expires: self
                .days
                .map(|days| SystemTime::now() + Duration::from_secs(days * 86_400)),
        };
        let issued = register.add_token(new)?;
        let secret = issued.secret.reveal();
        if as_json {
            let mut document = document(&issued.token);
            document["token"] = json!(secret);
            return output::write(&format!("{document}\n"), None);
        }
        let token = &issued.token;
        output::say(&format!(
            "token {} for {} ({}, {}): keep it safe, it is not shown again",
            token.id,
            token.name,
            token.role,
            communes(token)
        ));
        output::write(&format!("{secret}\n"), None)
    }

    /// A commune that is not there would make a token that nobody can use.
    fn check_communes(&self, project: &Project) -> anyhow::Result<()> {
        if self.communes.is_empty() {
            return Ok(());
        }
        let (territory, _) = project::load(project)?;
        let named = project
            .config
            .demands
            .as_ref()
            .and_then(|demands| demands.scope.as_deref());
        let Some(level) = scope_level(&territory, named) else {
            return Ok(());
        };
        let known = level.layer();
        match self.communes.iter().find(|key| known.row_of(key).is_none()) {
            None => Ok(()),
            Some(unknown) => {
                let keys: Vec<&str> = known.keys().iter().take(50).collect();
                bail!(
                    "there is no territory {unknown:?} in the level {}; there are {}",
                    level.id(),
                    keys.join(", ")
                )
            }
        }
    }
}

fn list(tokens: &[Token], as_json: bool) -> anyhow::Result<()> {
    let lines: Vec<String> = match as_json {
        true => tokens
            .iter()
            .map(|token| document(token).to_string())
            .collect(),
        false => tokens.iter().map(line).collect(),
    };
    let text = lines.join("\n") + if lines.is_empty() { "" } else { "\n" };
    output::write(&text, None)
}

fn line(token: &Token) -> String {
    let end = match (&token.revoked, &token.expires) {
        (Some(at), _) => format!("revoked {}", day(at)),
        (None, Some(at)) => format!("until {}", day(at)),
        (None, None) => "no end".to_owned(),
    };
    let (id, name, role) = (&token.id, &token.name, token.role.name());
    format!(
        "{id}  {role:<11}  {name}  {}  made {}  {end}",
        communes(token),
        day(&token.created)
    )
}

fn day(moment: &str) -> &str {
    moment.get(..10).unwrap_or(moment)
}

fn communes(token: &Token) -> String {
    match token.communes.is_empty() {
        true => "all communes".to_owned(),
        false => token.communes.join(","),
    }
}

fn document(token: &Token) -> serde_json::Value {
    json!({
        "id": token.id,
        "name": token.name,
        "role": token.role.name(),
        "communes": token.communes,
        "created": token.created,
        "expires": token.expires,
        "revoked": token.revoked,
    })
}
