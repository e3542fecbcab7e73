//! `comarca demands import`: a file of demands or assemblies into the register, with a report of what was rejected.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{anyhow, bail};
use clap::Args;
use comarca_engine::Territory;
use comarca_loaders::demands::{Desk, Row, assembly_rows, rows};
use comarca_loaders::source::{self, Features, ReadOptions};
use comarca_loaders::{LoadError, Project};
use comarca_register::{Actor, NewAssembly, NewDemand, Register, Snapshot, Write, WriteError};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::output::Failed;
use crate::{Arguments, output, project, register};

/// Rejected rows that are named one by one on a terminal.
const NAMED_MAX: usize = 50;

/// Take in the rows of a file: CSV, XLSX, GeoJSON or any other that can be read
///
/// Columns are found by their names, in Spanish or English: theme/tema, title/titulo, votes/votos, lon and lat or
/// district/distrito, assembly/asamblea, stage/etapa, status/estado … Rows that cannot be taken are named with the reason;
/// the others are written together. The same file twice is taken once.
#[derive(Args)]
pub(crate) struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The sheet or table of a file that has several
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The rows are assemblies: level/nivel, key/distrito, date/fecha, attendance/asistencia
    #[arg(long)]
    assemblies: bool,
    /// Only tell what would be taken and what not
    #[arg(long)]
    dry_run: bool,
    /// Write nothing where a row is rejected
    #[arg(long)]
    strict: bool,
    /// Also write the rejected rows with their reasons to this CSV file
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
}

/// What became of the rows: those to write, and those that were not taken.
struct Sorted<T> {
    accepted: Vec<(usize, T)>,
    rejected: Vec<Rejected>,
}

/// A row that was not taken.
struct Rejected {
    row: usize,
    field: String,
    value: String,
    why: String,
}

impl Import {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let project = project::open(&arguments.project)?;
        let store = register::store(&project)?;
        let (territory, _) = project::load(&project)?;
        let features = self.read()?;
        let snapshot = store.snapshot()?;
        let (write, accepted, rejected) =
            self.sorted(&project, &territory, &snapshot, &features)?;
        let is_refused = accepted == 0 || self.strict && !rejected.is_empty();
        let written = match self.dry_run || is_refused {
            true => 0,
            false => written(&register::open(&store)?, self.with_key(write)?, accepted)?,
        };
        self.report(accepted, written, &rejected, arguments.json)?;
        match is_refused && !features.is_empty() {
            true if accepted == 0 => bail!("no row could be taken; nothing was written"),
            true => bail!("{} rows were rejected; nothing was written", rejected.len()),
            false => Ok(()),
        }
    }

    fn read(&self) -> anyhow::Result<Features> {
        let failed = |error: LoadError| Failed(vec![error.into()]);
        let options = ReadOptions {
            table: self.table.clone(),
            ..ReadOptions::default()
        };
        let layers = source::read(&self.file, &options).map_err(failed)?;
        let mut layers = layers.into_iter();
        match (layers.next(), layers.next()) {
            (Some(only), None) => Ok(only),
            (None, _) => bail!("{}: there is nothing in it", self.file.display()),
            (Some(_), Some(_)) => {
                bail!(
                    "{}: it has several tables; choose one with --table",
                    self.file.display()
                )
            }
        }
    }

    fn sorted(
        &self,
        project: &Project,
        territory: &Territory,
        snapshot: &Snapshot,
        features: &Features,
    ) -> anyhow::Result<(Write, usize, Vec<Rejected>)> {
        let config = project.config.demands.as_ref();
        let config = config.ok_or_else(|| anyhow!("the project has no register of demands"))?;
        let desk = Desk::new(config, territory);
        if self.assemblies {
            let checked = sort(assembly_rows(features), |draft| desk.assembly(draft));
            let unique = unique(
                checked,
                |new: &NewAssembly| new.id.as_ref(),
                |id| snapshot.assembly(id).is_some(),
            );
            let sorted = bounded(unique, snapshot, |assemblies| import(assemblies, vec![]))?;
            let (count, rejected) = (sorted.accepted.len(), sorted.rejected);
            let assemblies = sorted.accepted.into_iter().map(|(_, new)| new).collect();
            return Ok((import(assemblies, vec![]), count, rejected));
        }
        let checked = sort(rows(features)?, |draft| desk.demand(draft));
        let unique = unique(
            checked,
            |new: &NewDemand| new.id.as_ref(),
            |id| snapshot.demand(id).is_some(),
        );
        let sorted = bounded(linked(unique, snapshot), snapshot, |demands| {
            import(vec![], demands)
        })?;
        let (count, rejected) = (sorted.accepted.len(), sorted.rejected);
        let demands = sorted.accepted.into_iter().map(|(_, new)| new).collect();
        Ok((import(vec![], demands), count, rejected))
    }

    /// The same file has the same key, so that one that is taken in twice counts once.
    fn with_key(&self, write: Write) -> anyhow::Result<Write> {
        let mut hasher = Sha256::new();
        hasher.update(std::fs::read(&self.file)?);
        hasher.update(self.table.as_deref().unwrap_or("").as_bytes());
        let key = hasher
            .finalize()
            .iter()
            .fold(String::new(), |mut key, byte| {
                // Writing to a text cannot fail.
                let _ = write!(key, "{byte:02x}");
                key
            });
        Ok(match write {
            Write::Import {
                assemblies,
                demands,
                ..
            } => Write::Import {
                assemblies,
                demands,
                idempotency_key: Some(key),
            },
            other => other,
        })
    }

    fn report(
        &self,
        accepted: usize,
        written: usize,
        rejected: &[Rejected],
        as_json: bool,
    ) -> anyhow::Result<()> {
        if let Some(file) = &self.rejected {
            output::write(&table(rejected)?, Some(file))?;
        }
        if as_json {
            let rows: Vec<Value> = rejected.iter().map(Rejected::document).collect();
            let report = json!({ "accepted": accepted, "written": written, "dry_run": self.dry_run, "rejected": rows });
            return output::write(&format!("{report}\n"), None);
        }
        for row in rejected.iter().take(NAMED_MAX) {
            output::say(&format!("row {}: {}: {}", row.row, row.field, row.why));
        }
        if rejected.len() > NAMED_MAX {
            output::say(&format!(
                "… and {} more rejected rows",
                rejected.len() - NAMED_MAX
            ));
        }
        let what = if self.assemblies {
            "assemblies"
        } else {
            "demands"
        };
        let would = if self.dry_run {
            "would be taken"
        } else {
            "can be taken"
        };
        let line = format!(
            "{accepted} {what} {would}, {} rejected, {written} written\n",
            rejected.len()
        );
        output::write(&line, None)
    }
}

/// Writes the rows; how many were written, none where the same file was taken in before.
fn written(register: &Register, write: Write, rows: usize) -> anyhow::Result<usize> {
    let written = register.write(write, Actor::new("import"))?;
    if written.replayed {
        output::say("the same rows were taken in before; nothing was written again");
        return Ok(0);
    }
    Ok(rows)
}

impl Rejected {
    fn document(&self) -> Value {
        json!({ "row": self.row, "field": self.field, "value": self.value, "reason": self.why })
    }
}

fn import(assemblies: Vec<NewAssembly>, demands: Vec<NewDemand>) -> Write {
    Write::Import {
        assemblies,
        demands,
        idempotency_key: None,
    }
}

/// Drafts that the desk takes, and those that it does not.
fn sort<D, T>(
    rows: Vec<Row<D>>,
    check: impl Fn(D) -> Result<T, comarca_loaders::demands::Refusal>,
) -> Sorted<T> {
    let mut sorted = Sorted {
        accepted: vec![],
        rejected: vec![],
    };
    for row in rows {
        match row.draft.and_then(&check) {
            Ok(new) => sorted.accepted.push((row.number, new)),
            Err(refusal) => sorted.rejected.push(Rejected {
                row: row.number,
                why: refusal.to_string(),
                field: refusal.field,
                value: refusal.value,
            }),
        }
    }
    sorted
}

/// Leaves out ids that are taken, in the register or by a row before.
fn unique<T>(
    sorted: Sorted<T>,
    id: impl Fn(&T) -> Option<&String>,
    is_taken: impl Fn(&str) -> bool,
) -> Sorted<T> {
    let mut seen: HashSet<String> = HashSet::new();
    filtered(sorted, |new| {
        let id = id(new)?;
        let why = match (is_taken(id), seen.insert(id.clone())) {
            (true, _) => "is in the register already",
            (false, false) => "stands twice in the file",
            (false, true) => return None,
        };
        Some(("id", id.clone(), format!("{id:?} {why}")))
    })
}

/// Leaves out demands of assemblies, and links to demands, that are not there.
fn linked(sorted: Sorted<NewDemand>, snapshot: &Snapshot) -> Sorted<NewDemand> {
    let ids: HashSet<String> = sorted
        .accepted
        .iter()
        .filter_map(|(_, new)| new.id.clone())
        .collect();
    filtered(sorted, |new| {
        let assembly = new
            .assembly
            .as_ref()
            .filter(|id| snapshot.assembly(id).is_none());
        if let Some(id) = assembly {
            let why = format!("there is no assembly {id:?}; take the assemblies in first");
            return Some(("assembly", id.clone(), why));
        }
        let root = new.same_as.as_ref();
        let root = root.filter(|id| snapshot.demand(id).is_none() && !ids.contains(*id));
        root.map(|id| ("same_as", id.clone(), format!("there is no demand {id:?}")))
    })
}

fn filtered<T>(
    sorted: Sorted<T>,
    mut fault: impl FnMut(&T) -> Option<(&'static str, String, String)>,
) -> Sorted<T> {
    let mut rejected = sorted.rejected;
    let mut accepted = vec![];
    for (row, new) in sorted.accepted {
        match fault(&new) {
            None => accepted.push((row, new)),
            Some((field, value, why)) => rejected.push(Rejected {
                row,
                field: field.to_owned(),
                value,
                why,
            }),
        }
    }
    rejected.sort_by_key(|one| one.row);
    Sorted { accepted, rejected }
}

/// Leaves out what is beyond the register's bounds.
fn bounded<T: Clone>(
    mut sorted: Sorted<T>,
    snapshot: &Snapshot,
    write: impl Fn(Vec<T>) -> Write,
) -> anyhow::Result<Sorted<T>> {
    let all = sorted.accepted.iter().map(|(_, new)| new.clone()).collect();
    match snapshot.check(&write(all)) {
        Ok(()) => Ok(sorted),
        Err(WriteError::Invalid(faults)) => {
            let accepted = std::mem::take(&mut sorted.accepted);
            for (position, (row, new)) in accepted.into_iter().enumerate() {
                match faults.iter().find(|fault| fault.item == position) {
                    None => sorted.accepted.push((row, new)),
                    Some(fault) => sorted.rejected.push(Rejected {
                        row,
                        field: fault.field.to_owned(),
                        value: String::new(),
                        why: fault.to_string(),
                    }),
                }
            }
            sorted.rejected.sort_by_key(|one| one.row);
            Ok(sorted)
        }
        Err(other) => Err(other.into()),
    }
}

fn table(rejected: &[Rejected]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(vec![]);
    writer.write_record(["row", "field", "value", "reason"])?;
    for one in rejected {
        writer.write_record([&one.row.to_string(), &one.field, &one.value, &one.why])?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
