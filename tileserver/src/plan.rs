//! The plan of a territory: what was asked, what was decided, what was done, and what that costs. As a page, as a document,
//! as tables.

use comarca_engine::composite::Polarity;
use comarca_engine::cycle::{Cycle, CycleError, Plan, Status, Sums, Weighing};
use comarca_engine::priority::{Criterion, Normalisation, RandomWeights};
use comarca_engine::{Column, GeometryType, ShapesBuilder, Territory, UnknownId, Value as Cell};
use comarca_loaders::DemandsConfig;
use comarca_loaders::demands::{Need, need_weight, with_calendar, with_cycle};
use comarca_loaders::source::{Features, Format};
use comarca_register::Snapshot;
use comarca_report::{Date, Language, Place, PlanInput};
use serde_json::{Map, Value, json};

/// What plans are made of.
#[derive(Clone, Copy, Debug)]
pub struct Plans<'a> {
    /// The territory.
    pub territory: &'a Territory,
    /// What the project says of its register.
    pub config: &'a DemandsConfig,
    /// The register.
    pub snapshot: &'a Snapshot,
    /// The day it is, as in 2026-11-22.
    pub today: &'a str,
}

/// Why there is no plan.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PlanError {
    /// A criterion names an indicator that is not there.
    #[error(transparent)]
    Unknown(#[from] UnknownId),
    /// The cycle cannot be computed.
    #[error(transparent)]
    Cycle(#[from] CycleError),
}

/// Draws of random weights behind a band, and how far they are from the project's own.
const RANDOM: RandomWeights = RandomWeights {
    draws: 500,
    spread: 0.5,
    seed: 1,
};
/// Beyond so many demands ranks come without a band.
const BANDS_MAX: usize = 5000;
/// How many priorities a document lists.
const LISTED_MAX: usize = 100;

impl Plans<'_> {
    /// The public page of a territory: HTML with nothing to fetch and nothing to run. Who asked is not in it.
    ///
    /// # Errors
    /// When a criterion cannot be computed, or sums pass 2⁶³.
    pub fn page(&self, place: Place, language: Language) -> Result<String, PlanError> {
        let level = &self.territory.levels()[place.level];
        let title = |level: &comarca_engine::Level| {
            let title = level.title().in_language(language.tag());
            title.unwrap_or(level.id()).to_owned()
        };
        let titles: Vec<String> = self.territory.levels().iter().map(title).collect();
        let (config, snapshot) = (self.config, self.snapshot);
        with_calendar(
            self.territory,
            config,
            snapshot,
            self.today,
            |hierarchy, calendar| {
                let coverage = calendar
                    .within(hierarchy, place.level, place.row)
                    .into_iter();
                let meetings: Vec<_> = titles.iter().map(String::as_str).zip(coverage).collect();
                self.planned(place, |cycle, plan, criteria| {
                    let funnel = comarca_engine::cycle::Funnel::new(cycle);
                    PlanInput {
                        language,
                        whole: self.territory.name(),
                        level: &titles[place.level],
                        name: level.layer().name(place.row),
                        date: date(self.today),
                        cycle,
                        plan,
                        criteria,
                        funnel: &funnel.levels[place.level][place.row],
                        meetings: &meetings,
                    }
                    .page()
                })
            },
        )?
    }

    /// The plan as JSON.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub fn document(&self, place: Place) -> Result<Value, PlanError> {
        let level = &self.territory.levels()[place.level];
        let about = json!({
            "level": level.id(),
            "key": level.layer().key(place.row),
            "name": level.layer().name(place.row),
            "date": self.today,
        });
        self.planned(place, |cycle, plan, criteria| {
            let mut document = about;
            document["themes"] = plan.themes.iter().map(|theme| json!({
                "theme": theme.theme, "demands": theme.demands, "votes": theme.votes,
                "rank": theme.standing.rank, "score": theme.standing.score,
            })).collect();
            document["priorities"] = plan.demands.iter().take(LISTED_MAX).map(|one| {
                let record = cycle.record(one.demand);
                let band = one.standing.band.map(|band| [band.best, band.worst]);
                let contributions: Map<String, Value> = criteria.iter().zip(&one.standing.contributions).map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
                json!({
                    "id": record.id, "theme": record.theme, "title": record.title, "votes": record.votes,
                    "rank": one.standing.rank, "score": one.standing.score, "contributions": contributions, "band": band,
                })
            }).collect();
            document["projects"] = plan.projects.iter().map(|project| json!({
                "id": cycle.record(project.demand).id, "project": project.code, "theme": project.theme, "title": project.title,
                "stage": project.stage.name(), "status": project.status.name(), "cost": project.cost,
                "beneficiaries": project.beneficiaries, "funding": project.funding,
            })).collect();
            document["totals"] = totals(plan);
            document
        })
    }

    /// The plan as tables for a workbook: priorities, projects, totals.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub fn tables(&self, place: Place) -> Result<Vec<Features>, PlanError> {
        self.planned(place, |cycle, plan, _| {
            vec![priorities(cycle, plan), projects(cycle, plan), sums(plan)]
        })
    }

    fn planned<T>(
        &self,
        place: Place,
        ask: impl FnOnce(&Cycle<'_>, &Plan<'_>, &[&str]) -> T,
    ) -> Result<T, PlanError> {
        let need = Need::new(self.territory, self.config, 0)?;
        let made = with_cycle(
            self.territory,
            self.snapshot,
            |cycle| -> Result<T, CycleError> {
                let votes = cycle.votes();
                let most = votes.iter().flatten().copied().fold(0.0, f64::max);
                let of = |demand: usize| {
                    let record = cycle.record(demand);
                    need.of(record.theme, record.place)
                };
                let needs: Vec<Option<f64>> = (0..cycle.demands().len()).map(of).collect();
                let weight = need_weight(self.config);
                let criterion = |values, weight, highest: f64| Criterion {
                    values,
                    polarity: Polarity::HigherIsBetter,
                    weight,
                    bounds: (highest > 0.0).then_some((0.0, highest)),
                };
                let mut criteria = vec![criterion(&votes[..], self.config.votes_weight, most)];
                let mut names = vec!["votes"];
                if weight > 0.0 {
                    criteria.push(criterion(&needs[..], weight, 1.0));
                    names.push("need");
                }
                let banded = names.len() > 1 && cycle.demands().len() <= BANDS_MAX;
                let weighing = Weighing {
                    criteria: &criteria,
                    normalisation: Normalisation::MinMax,
                    random: banded.then_some(RANDOM),
                };
                let plan = cycle.plan(place.level, place.row, weighing)?;
                Ok(ask(cycle, &plan, &names))
            },
        )?;
        Ok(made?)
    }
}

fn totals(plan: &Plan<'_>) -> Value {
    let sums = |sums: &Sums| {
        json!({
            "demands": sums.demands, "votes": sums.votes, "cost": sums.cost, "costed": sums.costed, "beneficiaries": sums.beneficiaries,
        })
    };
    let totals = &plan.totals;
    let by_status: Map<String, Value> = Status::ALL
        .iter()
        .zip(&totals.by_status)
        .map(|(status, own)| (status.name().to_owned(), sums(own)))
        .collect();
    let by_funding: Map<String, Value> = totals
        .by_funding
        .iter()
        .map(|(funding, own)| (funding.unwrap_or("").to_owned(), sums(own)))
        .collect();
    let by_theme: Map<String, Value> = totals
        .by_theme
        .iter()
        .map(|(theme, own)| ((*theme).to_owned(), sums(own)))
        .collect();
    json!({ "by_status": by_status, "by_funding": by_funding, "by_theme": by_theme, "projects": sums(&totals.projects) })
}

fn priorities(cycle: &Cycle<'_>, plan: &Plan<'_>) -> Features {
    let rows = &plan.demands;
    let record = |row: usize| cycle.record(rows[row].demand);
    let rank = |row: usize| {
        rows[row]
            .standing
            .rank
            .map_or(Cell::Null, |rank| whole(rank as u64))
    };
    let score = |row: usize| rows[row].standing.score.map_or(Cell::Null, Cell::Real);
    table(
        "priorities",
        rows.len(),
        vec![
            Column::new("rank", (0..rows.len()).map(rank)),
            Column::new("id", (0..rows.len()).map(|row| Cell::Text(record(row).id))),
            Column::new(
                "theme",
                (0..rows.len()).map(|row| Cell::Text(record(row).theme)),
            ),
            Column::new(
                "title",
                (0..rows.len()).map(|row| Cell::Text(record(row).title)),
            ),
            Column::new("votes", (0..rows.len()).map(|row| whole(record(row).votes))),
            Column::new("score", (0..rows.len()).map(score)),
        ],
    )
}

fn projects(cycle: &Cycle<'_>, plan: &Plan<'_>) -> Features {
    let rows = &plan.projects;
    let text = |text: Option<&'static str>| text.map_or(Cell::Null, Cell::Text);
    let amount = |amount: Option<i64>| amount.map_or(Cell::Null, Cell::Integer);
    let id = |row: usize| Cell::Text(cycle.record(rows[row].demand).id);
    table(
        "projects",
        rows.len(),
        vec![
            Column::new("id", (0..rows.len()).map(id)),
            Column::new(
                "project",
                rows.iter()
                    .map(|one| one.code.map_or(Cell::Null, Cell::Text)),
            ),
            Column::new("theme", rows.iter().map(|one| Cell::Text(one.theme))),
            Column::new("title", rows.iter().map(|one| Cell::Text(one.title))),
            Column::new("stage", rows.iter().map(|one| text(Some(one.stage.name())))),
            Column::new(
                "status",
                rows.iter().map(|one| text(Some(one.status.name()))),
            ),
            Column::new("cost", rows.iter().map(|one| amount(one.cost))),
            Column::new(
                "beneficiaries",
                rows.iter().map(|one| amount(one.beneficiaries)),
            ),
            Column::new(
                "funding",
                rows.iter()
                    .map(|one| one.funding.map_or(Cell::Null, Cell::Text)),
            ),
        ],
    )
}

fn sums(plan: &Plan<'_>) -> Features {
    let totals = &plan.totals;
    let statuses = Status::ALL
        .iter()
        .zip(&totals.by_status)
        .map(|(status, sums)| ("status", status.name(), sums));
    let themes = totals
        .by_theme
        .iter()
        .map(|(theme, sums)| ("theme", *theme, sums));
    let funding = totals
        .by_funding
        .iter()
        .map(|(funding, sums)| ("funding", funding.unwrap_or(""), sums));
    let rows: Vec<(&str, &str, &Sums)> = statuses.chain(themes).chain(funding).collect();
    table(
        "totals",
        rows.len(),
        vec![
            Column::new("by", rows.iter().map(|row| Cell::Text(row.0))),
            Column::new("name", rows.iter().map(|row| Cell::Text(row.1))),
            Column::new("demands", rows.iter().map(|row| whole(row.2.demands))),
            Column::new("votes", rows.iter().map(|row| whole(row.2.votes))),
            Column::new("cost", rows.iter().map(|row| Cell::Integer(row.2.cost))),
            Column::new(
                "beneficiaries",
                rows.iter().map(|row| Cell::Integer(row.2.beneficiaries)),
            ),
        ],
    )
}

fn whole(count: u64) -> Cell<'static> {
    i64::try_from(count).map_or(Cell::Null, Cell::Integer)
}

fn table(name: &str, rows: usize, columns: Vec<Column>) -> Features {
    let mut shapes = ShapesBuilder::default();
    (0..rows).for_each(|_| shapes.start_feature(GeometryType::None));
    let (shapes, coordinates) = shapes.build();
    Features {
        format: Format::Csv,
        name: name.to_owned(),
        crs: None,
        shapes,
        coordinates,
        multi: vec![],
        columns,
        problems: vec![],
    }
}

fn date(today: &str) -> Option<Date> {
    today.parse().ok()
}
