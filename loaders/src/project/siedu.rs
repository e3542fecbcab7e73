//! The ready set of SIEDU indicators: `include = "siedu"` and `[siedu]`, which names the layer of each role.
//!
//! The set is a file, `siedu.toml`. What it yields is put among the indicators of the document before anything is
//! checked, standing where the project names the role; so a wrong layer, column or filter is told there, and the
//! project's own indicators may be computed from those of the set. An indicator of the project with the same id stays.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::document::{Document, Item, Value};

const SET: &str = include_str!("siedu.toml");

/// Ready sets of indicators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Include {
    /// Indicators of SIEDU with their official codes and standards, for the roles that `[siedu]` names.
    Siedu,
}

/// Which layer plays which role in the indicators of SIEDU. Indicators whose roles are not all named are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct SieduConfig {
    /// Where people live; the column counts persons.
    pub population: Option<RoleConfig>,
    /// Dwellings; the column counts them.
    pub dwellings: Option<RoleConfig>,
    /// Establishments of early education (`BPU_1`).
    pub early_education: Option<RoleConfig>,
    /// Establishments of basic education (`BPU_3`); the column counts pupils (`BPU_4`).
    pub basic_education: Option<RoleConfig>,
    /// Where children of basic school age live; the column counts them (`BPU_4`).
    pub school_age: Option<RoleConfig>,
    /// Primary health centres (`BPU_7`); the column counts doctors' full days (`BPU_8`).
    pub primary_health: Option<RoleConfig>,
    /// Units of Carabineros (`BPU_13`).
    pub police: Option<RoleConfig>,
    /// Street lights (`BPU_17`).
    pub street_lights: Option<RoleConfig>,
    /// Axes of the road network, as lines (`BPU_17`, `EA_93`).
    pub roads: Option<RoleConfig>,
    /// Cycle ways, as lines (`EA_93`).
    pub cycleways: Option<RoleConfig>,
    /// Squares (`BPU_20`, `BPU_28a`).
    pub plazas: Option<RoleConfig>,
    /// Parks (`BPU_22`, `BPU_28b`).
    pub parks: Option<RoleConfig>,
    /// Public green, squares and parks together; the column holds m², without one polygons are measured (`BPU_29`).
    pub green: Option<RoleConfig>,
    /// Stops of the main public transport (`BPU_25`, `DE_36`).
    pub stops: Option<RoleConfig>,
    /// Fixed internet connections; the column counts them (`BPU_24`, `BPU_201`).
    pub internet: Option<RoleConfig>,
    /// Relevant intersections, as points (`DE_25`).
    pub intersections: Option<RoleConfig>,
    /// Deaths on the road; the column counts them, without one each feature is one (`DE_28`).
    pub road_deaths: Option<RoleConfig>,
    /// Injured on the road; the column counts them, without one each feature is one (`DE_31`).
    pub road_injured: Option<RoleConfig>,
    /// Informal settlements, as polygons (`EA_33`).
    pub camps: Option<RoleConfig>,
    /// Micro-dumps (`EA_35`).
    pub micro_dumps: Option<RoleConfig>,
    /// Surfaces with vegetation, as polygons (`EA_53`).
    pub vegetation: Option<RoleConfig>,
    /// Victims of crime; the column counts them, without one each feature is one (`IS_58`).
    pub crime_victims: Option<RoleConfig>,
}

/// The features that play a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct RoleConfig {
    /// Id of the layer.
    #[schemars(extend("x-id-of" = "layers"))]
    pub layer: String,
    /// Column with the number that the role asks for.
    pub column: Option<String>,
    /// Which features count, in CQL2 text.
    #[serde(rename = "where")]
    #[schemars(extend("format" = "cql2-text"))]
    pub filter: Option<String>,
}

/// Puts the indicators of the set into the document, where it includes the set.
pub(super) fn expand(document: &mut Document) {
    let included = document
        .item("include")
        .is_some_and(|include| matches!(&include.value, Value::Text(name) if name == "siedu"));
    let Some(roles) = document.item("siedu").filter(|_| included).cloned() else {
        return;
    };
    let ready = Ready {
        languages: languages(document),
        roles,
    };
    for (id, item) in ready.indicators() {
        document.insert_indicator(&id, item);
    }
}

fn languages(document: &Document) -> Vec<String> {
    let Some(Value::List(items)) = document.item("languages").map(|item| &item.value) else {
        return vec![];
    };
    let text = |item: &Item| match &item.value {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    items.iter().filter_map(text).collect()
}

/// The set, to be filled with the roles of a project.
struct Ready {
    languages: Vec<String>,
    roles: Item,
}

impl Ready {
    /// Those whose roles are named and whose inputs are there.
    fn indicators(&self) -> IndexMap<String, Item> {
        let mut ready: IndexMap<String, Item> = IndexMap::new();
        for template in templates() {
            let Some(Value::Text(id)) = template.get("id").map(|item| item.value.clone()) else {
                continue;
            };
            let Some(item) = self.filled(&template, &ready) else {
                continue;
            };
            ready.entry(id).or_insert(item);
        }
        ready
    }

    /// The template with its roles; `None` where one is not named. It stands where its role is named.
    fn filled(
        &self,
        template: &IndexMap<String, Item>,
        ready: &IndexMap<String, Item>,
    ) -> Option<Item> {
        let mut filled = IndexMap::new();
        let mut place = self.roles.key_span.clone();
        for (key, item) in template.iter().filter(|(key, _)| *key != "id") {
            let value = match &item.value {
                Value::Text(text) if text.starts_with('@') => {
                    let role = self.role(&text[1..])?;
                    place = role.key_span.clone();
                    role
                }
                Value::Text(text) if matches!(key.as_str(), "numerator" | "denominator") => {
                    let built_in = super::BUILT_IN_INDICATORS.contains(&text.as_str());
                    let known = built_in || ready.contains_key(text);
                    known.then(|| item.clone().standing_at(&place))?
                }
                _ if key == "title" => self.title(item).standing_at(&place),
                _ => item.clone().standing_at(&place),
            };
            filled.insert(key.clone(), value);
        }
        Some(Item {
            value: Value::Table(filled),
            span: place.clone(),
            key_span: place,
        })
    }

    /// The layer and filter of `role`, or of `role:key` with the column under that key.
    fn role(&self, wanted: &str) -> Option<Item> {
        let (name, column_key) = match wanted.split_once(':') {
            Some((name, key)) => (name, Some(key)),
            None => (wanted, None),
        };
        let Value::Table(roles) = &self.roles.value else {
            return None;
        };
        let role = roles.get(name)?;
        let Value::Table(keys) = &role.value else {
            return None;
        };
        let mut taken: IndexMap<String, Item> = keys
            .iter()
            .filter(|(key, _)| *key != "column")
            .map(|(key, item)| (key.clone(), item.clone()))
            .collect();
        if let Some(key) = column_key {
            taken.insert(key.to_owned(), keys.get("column")?.clone());
        }
        Some(Item {
            value: Value::Table(taken),
            ..role.clone()
        })
    }

    /// In the languages of the project; in Spanish where it names none of them.
    fn title(&self, title: &Item) -> Item {
        let Value::Table(texts) = &title.value else {
            return title.clone();
        };
        let kept: IndexMap<String, Item> = texts
            .iter()
            .filter(|(language, _)| self.languages.is_empty() || self.languages.contains(language))
            .map(|(language, text)| (language.clone(), text.clone()))
            .collect();
        let value = match kept.is_empty() {
            true => texts.first().map(|(_, text)| text.value.clone()),
            false => Some(Value::Table(kept)),
        };
        Item {
            value: value.unwrap_or(Value::Text(String::new())),
            ..title.clone()
        }
    }
}

/// The entries of the set, in its order.
fn templates() -> Vec<IndexMap<String, Item>> {
    let set = Document::parse(SET.to_owned()).ok();
    let Some(Value::List(items)) = set.and_then(|set| Some(set.item("indicator")?.value.clone()))
    else {
        return vec![];
    };
    let table = |item: Item| match item.value {
        Value::Table(keys) => Some(keys),
        _ => None,
    };
    items.into_iter().filter_map(table).collect()
}
