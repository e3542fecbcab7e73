//! `comarca report`: the sheet of a territory for paper.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use comarca_engine::{Level, Territory, UnknownId, folded, nearest};
use comarca_report::{Date, Language, Place, Report as Sheets};

use crate::progress::SheetBar;
use crate::{Arguments, output, project};

/// How many keys are named where none is near.
const NAMED_MAX: usize = 20;
/// Longest key that is a file name as it is.
const FILE_NAME_MAX: usize = 80;

/// Write the sheet of a territory for paper: map, indicators against standards and peers, demands
///
/// One HTML file with nothing to fetch and nothing to run, made for A4: print it, or save it as PDF, from any browser.
#[derive(Args)]
pub(crate) struct Report {
    /// Key of the territory; "all" for the whole
    #[arg(
        value_name = "KEY",
        required_unless_present = "all",
        conflicts_with = "all"
    )]
    key: Option<String>,
    /// Write the sheets of all territories into a folder, with an index.html
    #[arg(long, requires = "output")]
    all: bool,
    /// Level of the hierarchy, where the key stands in several; with --all: only this one
    #[arg(long)]
    level: Option<String>,
    /// Language: es or en; the first of the project's when absent
    #[arg(long, value_name = "LANGUAGE")]
    lang: Option<Language>,
    /// The day that the sheet states, such as 2026-09-30; that of the youngest file when absent
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Write to a file instead of standard output; to a folder with --all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Report {
    pub(crate) fn run(&self, arguments: &Arguments) -> anyhow::Result<()> {
        let file = self.output.as_deref();
        if let Some(file) = file.filter(|_| !self.all) {
            check_extension(file)?;
        }
        let opened = project::open(&arguments.project)?;
        let (territory, problems) = project::load(&opened)?;
        output::say_problems(&problems, arguments.json);
        let sheets = Sheets {
            territory: &territory,
            language: self.lang.unwrap_or_else(|| Language::of(&territory)),
            date: self.date,
            link: None,
        };
        let level = self.level.as_deref();
        match (&self.key, file) {
            (Some(key), file) => {
                let place = place_of(&territory, key, level)?;
                let sheet = sheets.sheet(place).context("the place was just found")?;
                output::write(&sheet, file)
            }
            (None, Some(folder)) => write_all(&sheets, level, folder),
            (None, None) => bail!("name the folder for the sheets: -o FOLDER"),
        }
    }
}

/// A sheet is HTML; who names another format should know before it is written.
fn check_extension(file: &Path) -> anyhow::Result<()> {
    let extension = file
        .extension()
        .map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        None | Some("html" | "htm") => Ok(()),
        Some(other) => bail!(
            "{}: a sheet is written as HTML, not as .{other}; name it .html, and print it or save it as PDF from a browser",
            file.display()
        ),
    }
}

/// The territory with a key: of a level, or the only one there is.
pub(crate) fn place_of(
    territory: &Territory,
    key: &str,
    level: Option<&str>,
) -> anyhow::Result<Place> {
    let wanted = levels_of(territory, level)?;
    let levels = territory.levels();
    let row_of = |level: usize| {
        levels[level]
            .layer()
            .row_of(key)
            .map(|row| Place { level, row })
    };
    let found: Vec<Place> = wanted.iter().filter_map(|level| row_of(*level)).collect();
    match found.as_slice() {
        [place] => Ok(*place),
        [] => Err(unknown(territory, key, &wanted)),
        several => {
            let ids: Vec<&str> = several
                .iter()
                .map(|place| levels[place.level].id())
                .collect();
            bail!(
                "the key {key:?} stands in several levels: {}; choose one with --level",
                ids.join(", ")
            )
        }
    }
}

/// Positions of the levels that are asked for: one, or all.
fn levels_of(territory: &Territory, level: Option<&str>) -> Result<Vec<usize>, UnknownId> {
    let levels = territory.levels();
    let Some(id) = level else {
        return Ok((0..levels.len()).collect());
    };
    let position = levels.iter().position(|own| own.id() == id);
    position
        .map(|position| vec![position])
        .ok_or_else(|| UnknownId::new("level", id, levels.iter().map(Level::id)))
}

/// No such key: whose name it is, else the nearest key, else some of those there are.
fn unknown(territory: &Territory, key: &str, wanted: &[usize]) -> anyhow::Error {
    let layers = || {
        wanted
            .iter()
            .map(|level| territory.levels()[*level].layer())
    };
    let named = layers()
        .flat_map(|layer| (0..layer.len()).map(move |row| (layer.key(row), layer.name(row))))
        .find(|(_, name)| folded(name) == folded(key));
    if let Some((own, name)) = named {
        return anyhow::anyhow!(
            "there is no territory with the key {key:?}; {name} has the key {own:?}"
        );
    }
    let keys = || layers().flat_map(|layer| layer.keys().iter());
    let known: Vec<&str> = match nearest(key, keys()) {
        Some(near) => vec![near],
        None => keys()
            .take(NAMED_MAX)
            .chain((keys().nth(NAMED_MAX)).map(|_| "…"))
            .collect(),
    };
    UnknownId::new("territory with the key", key, known.into_iter()).into()
}

/// A sheet per territory in a folder per level, and the page that lists them.
fn write_all(sheets: &Sheets<'_>, level: Option<&str>, folder: &Path) -> anyhow::Result<()> {
    let mut wanted = levels_of(sheets.territory, level)?;
    wanted.reverse();
    let levels = sheets.territory.levels();
    let linked = Sheets {
        link: level.is_none().then_some(from_sheet),
        ..*sheets
    };
    let bar = SheetBar::new(wanted.iter().map(|level| levels[*level].len()).sum());
    for &level in &wanted {
        let inside = folder.join(plain(levels[level].id()).unwrap_or_else(|| level.to_string()));
        fs::create_dir_all(&inside)
            .with_context(|| format!("{}: cannot be made", inside.display()))?;
        for row in 0..levels[level].len() {
            let place = Place { level, row };
            let sheet = linked
                .sheet(place)
                .context("the row is one of the level's")?;
            output::write(
                &sheet,
                Some(&folder.join(file_name(sheets.territory, place))),
            )?;
            bar.written();
        }
    }
    let index = Sheets {
        link: Some(from_index),
        ..*sheets
    }
    .index(&wanted);
    output::write(&index, Some(&folder.join("index.html")))
}

fn from_index(sheets: &Sheets<'_>, place: Place) -> String {
    file_name(sheets.territory, place)
}

fn from_sheet(sheets: &Sheets<'_>, place: Place) -> String {
    format!("../{}", file_name(sheets.territory, place))
}

/// `communes/13105.html`. A key that is no file name everywhere is replaced by the number that stands for it in tiles.
fn file_name(territory: &Territory, place: Place) -> String {
    let level = &territory.levels()[place.level];
    let layer = level.layer();
    let folder = plain(level.id()).unwrap_or_else(|| place.level.to_string());
    let name = plain(layer.key(place.row))
        .unwrap_or_else(|| format!("id-{}", layer.feature_id(place.row)));
    format!("{folder}/{name}.html")
}

/// A text that is a file name on every system and needs no escape in an address.
fn plain(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let fits = !text.is_empty() && text.len() <= FILE_NAME_MAX && text.chars().all(allowed);
    fits.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_keys_are_file_names() {
        for key in ["13105", "A-1_b", "all"] {
            assert_eq!(plain(key).as_deref(), Some(key));
        }
        for key in [
            "",
            ".",
            "..",
            "a/b",
            "..\\x",
            "C:",
            "ñ",
            "a b",
            "a.html",
            "a\0",
            &"9".repeat(81),
        ] {
            assert_eq!(plain(key), None, "{key:?}");
        }
    }

    #[test]
    fn a_sheet_is_html() {
        for file in ["a.html", "a.HTM", "a"] {
            assert!(check_extension(Path::new(file)).is_ok());
        }
        let refused = check_extension(Path::new("a.pdf")).unwrap_err().to_string();
        assert!(
            refused.contains("save it as PDF from a browser"),
            "{refused}"
        );
    }
}
