//! The levels of the hierarchy: which territory holds which.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use comarca_engine::{Layer, LevelParts, Locator, Title};

use super::tables::{Table, examples};
use super::{Context, Told};
use crate::problem::Problem;
use crate::project::{LevelConfig, ParentConfig, TitleConfig};

/// The levels, finest first. `None` when one cannot be built; why is added to `problems`.
pub(super) fn build(
    context: &Context<'_>,
    tables: &HashMap<String, Table>,
    problems: &mut Vec<Problem>,
) -> Option<Vec<LevelParts>> {
    let configs = &context.project.config.levels;
    let finest = context.layer(configs.first()?.layer.as_ref()?)?;
    let mut hierarchy = Hierarchy {
        context,
        tables,
        problems,
        finest,
        of_finest: (0..finest.len()).map(Some).collect(),
    };
    let mut levels: Vec<LevelParts> = vec![];
    let mut keys: Vec<String> = finest.keys().iter().map(str::to_owned).collect();
    for (position, config) in configs.iter().enumerate() {
        let layer = hierarchy.layer(position, config).ok()?;
        let next = match configs.get(position + 1) {
            Some(_) => hierarchy.parent_keys(position, config, layer.as_ref(), &keys)?,
            None => vec![None; keys.len()],
        };
        let above = match configs.get(position + 1) {
            Some(above) => hierarchy.keys_above(position + 1, above, &next)?,
            None => vec![],
        };
        let parents = hierarchy.parents(config, &keys, &next, &above);
        let names = hierarchy.names(config, layer.as_ref(), &keys);
        let title = config
            .title
            .as_ref()
            .map_or_else(Title::default, TitleConfig::to_title);
        hierarchy.rise(&parents);
        levels.push(LevelParts {
            id: config.id.clone(),
            title,
            layer,
            keys,
            names,
            parents,
        });
        keys = above;
    }
    Some(levels)
}

/// What is known while the levels are built, from the finest up.
struct Hierarchy<'a> {
    context: &'a Context<'a>,
    tables: &'a HashMap<String, Table>,
    problems: &'a mut Vec<Problem>,
    finest: &'a Arc<Layer>,
    /// For each finest territory the one of the current level.
    of_finest: Vec<Option<usize>>,
}

impl Hierarchy<'_> {
    /// The layer that draws the level, if the project names one.
    fn layer(&mut self, position: usize, config: &LevelConfig) -> Result<Option<Arc<Layer>>, Told> {
        let Some(id) = &config.layer else {
            return Ok(None);
        };
        let found = self.context.layer(id).cloned();
        if found.is_none() && !self.context.project.config.layers.contains_key(id) {
            self.problems.push(self.context.wrong(
                &format!("levels[{position}].layer"),
                format!("there is no layer {id:?}"),
            ));
        }
        found.map(Some).ok_or(Told)
    }

    /// For each territory of a level the key of its parent.
    fn parent_keys(
        &mut self,
        position: usize,
        config: &LevelConfig,
        layer: Option<&Arc<Layer>>,
        keys: &[String],
    ) -> Option<Vec<Option<String>>> {
        let path = format!("levels[{position}].parent");
        match config.parent.as_ref() {
            Some(ParentConfig::Prefix(parent)) => {
                Some(keys.iter().map(|key| prefix(key, parent.prefix)).collect())
            }
            Some(ParentConfig::Column(parent)) => {
                self.by_column(&path, &parent.column, layer, keys)
            }
            Some(ParentConfig::Table(parent)) => {
                let table = self.tables.get(&parent.table)?;
                if let Some(message) = table.unknown(&parent.column) {
                    self.problems
                        .push(self.context.wrong(&format!("{path}.column"), message));
                    return None;
                }
                Some(
                    keys.iter()
                        .map(|key| table.text(key, &parent.column))
                        .collect(),
                )
            }
            Some(ParentConfig::Place(_)) => self.by_place(position, &path, layer),
            None => {
                self.problems.push(self.context.wrong(
                    &format!("levels[{position}]"),
                    "does not say its parent (prefix, column, table or \"within\")",
                ));
                None
            }
        }
    }

    /// The parent's key from a column of the level's layer; of the finest layer where the level has none, which must
    /// then agree for all parts of a territory.
    fn by_column(
        &mut self,
        path: &str,
        name: &str,
        layer: Option<&Arc<Layer>>,
        keys: &[String],
    ) -> Option<Vec<Option<String>>> {
        let source = layer.unwrap_or(self.finest);
        let Some(column) = source.column(name) else {
            let message = super::layers::unknown_column(name, source.columns());
            self.problems
                .push(self.context.wrong(&format!("{path}.column"), message));
            return None;
        };
        let text = |row: usize| Some(column.value(row).display()).filter(|text| !text.is_empty());
        if layer.is_some() {
            return Some((0..keys.len()).map(text).collect());
        }
        let mut parents: Vec<Option<String>> = vec![None; keys.len()];
        for (row, of_level) in self.of_finest.iter().enumerate() {
            let (Some(of_level), Some(parent)) = (of_level, text(row)) else {
                continue;
            };
            match &parents[*of_level] {
                Some(known) if *known != parent => {
                    let message = format!(
                        "parts of {:?} name different parents, {known:?} and {parent:?}; the first counts",
                        keys[*of_level]
                    );
                    self.problems.push(
                        Problem::error(message)
                            .in_layer(source.id())
                            .in_column(name)
                            .at_row(row),
                    );
                }
                Some(_) => {}
                None => parents[*of_level] = Some(parent),
            }
        }
        Some(parents)
    }

    /// The territory of the next level that holds the anchor.
    fn by_place(
        &mut self,
        position: usize,
        path: &str,
        layer: Option<&Arc<Layer>>,
    ) -> Option<Vec<Option<String>>> {
        let above = self
            .context
            .project
            .config
            .levels
            .get(position + 1)?
            .layer
            .as_ref()
            .and_then(|id| self.context.layer(id));
        let (Some(layer), Some(above)) = (layer, above) else {
            let message = "\"within\" needs a layer on this level and on the next one";
            self.problems.push(self.context.wrong(path, message));
            return None;
        };
        let locator = Locator::build(above);
        let parent = |row| {
            locator
                .locate(above, layer.anchor(row))
                .map(|found| above.key(found).to_owned())
        };
        Some((0..layer.len()).map(parent).collect())
    }

    /// Keys of the next level: of its layer, else the different keys that the level below names, sorted.
    fn keys_above(
        &mut self,
        position: usize,
        config: &LevelConfig,
        named: &[Option<String>],
    ) -> Option<Vec<String>> {
        if let Some(layer) = self.layer(position, config).ok()? {
            return Some(layer.keys().iter().map(str::to_owned).collect());
        }
        let different: std::collections::BTreeSet<&String> = named.iter().flatten().collect();
        Some(different.into_iter().cloned().collect())
    }

    /// Rows of the parents; orphans and parents without children are reported.
    fn parents(
        &mut self,
        config: &LevelConfig,
        keys: &[String],
        named: &[Option<String>],
        above: &[String],
    ) -> Vec<Option<u32>> {
        let rows: BTreeMap<&str, u32> = above.iter().map(String::as_str).zip(0u32..).collect();
        let parents: Vec<Option<u32>> = named
            .iter()
            .map(|name| rows.get(name.as_deref()?).copied())
            .collect();
        if above.is_empty() {
            return parents;
        }
        let orphans: Vec<&str> = keys
            .iter()
            .zip(&parents)
            .filter(|pair| pair.1.is_none())
            .map(|pair| pair.0.as_str())
            .collect();
        if !orphans.is_empty() {
            let message = format!(
                "{} of {} territories of level \"{}\" have no parent and count nowhere above (such as {})",
                orphans.len(),
                keys.len(),
                config.id,
                examples(&orphans)
            );
            self.problems
                .push(Problem::warning(message).advice("check the keys of both levels"));
        }
        let mut has_children = vec![false; above.len()];
        parents
            .iter()
            .flatten()
            .for_each(|&parent| has_children[parent as usize] = true);
        let childless: Vec<&str> = above
            .iter()
            .zip(&has_children)
            .filter(|pair| !pair.1)
            .map(|pair| pair.0.as_str())
            .collect();
        if !childless.is_empty() {
            let message = format!(
                "{} territories above level \"{}\" have no part in it (such as {})",
                childless.len(),
                config.id,
                examples(&childless)
            );
            self.problems.push(Problem::warning(message));
        }
        parents
    }

    /// Names of the territories: the layer's, else those of the table that the level names as parent.
    fn names(
        &self,
        config: &LevelConfig,
        layer: Option<&Arc<Layer>>,
        keys: &[String],
    ) -> Vec<String> {
        if let Some(layer) = layer {
            return (0..layer.len())
                .map(|row| layer.name(row).to_owned())
                .collect();
        }
        let table = match &config.parent {
            Some(ParentConfig::Table(parent)) => self.tables.get(&parent.table),
            _ => None,
        };
        keys.iter()
            .map(|key| table.and_then(|table| table.name(key)).unwrap_or_default())
            .collect()
    }

    /// Goes up one level.
    fn rise(&mut self, parents: &[Option<u32>]) {
        for row in &mut self.of_finest {
            *row = row
                .and_then(|row| parents[row])
                .map(|parent| parent as usize);
        }
    }
}

/// The first `count` characters of a key; `None` where it is shorter.
fn prefix(key: &str, count: usize) -> Option<String> {
    let start: String = key.chars().take(count).collect();
    (start.chars().count() == count).then_some(start)
}
