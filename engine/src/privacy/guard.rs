//! What counts persons in a territory, and what is therefore not published of it.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use super::tables::{OneTable, Tables};
use super::totals::{SourceColumn, listed, measured, rolled};
use super::{Privacy, Suppression};
use crate::column::Column;
use crate::indicator::{Figure, Indicator, LevelFigures, RollUp};
use crate::layer::Layer;
use crate::territory::Territory;

/// Why the figures of an indicator are hidden: per level, per territory.
pub(super) type Hidden = Vec<Vec<Option<Suppression>>>;

/// How much of a column of a source layer is hidden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenCells {
    /// Id of the layer.
    pub layer: String,
    /// Name of the column.
    pub column: String,
    /// Cells with too few persons.
    pub primary: usize,
    /// Cells that would give others away.
    pub complementary: usize,
}

/// How much of an indicator is hidden at a level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HiddenFigures {
    /// Id of the indicator.
    pub indicator: String,
    /// Id of the level.
    pub level: String,
    /// Territories with too few persons.
    pub primary: usize,
    /// Territories that would give others away.
    pub complementary: usize,
}

/// The rules of privacy for the indicators and layers of one territory. Without a threshold nothing is hidden.
#[derive(Debug, Default)]
pub(crate) struct Guard {
    threshold: f64,
    subjects: Vec<Arc<Subject>>,
    /// Per indicator.
    roles: Vec<Role>,
}

/// Persons that are counted: by a column of a layer, as the features of a layer, or by an indicator alone.
#[derive(Debug, Default)]
struct Subject {
    counted: Option<Counted>,
    /// What was hidden before a scenario changed the numbers: it stays hidden.
    earlier: Option<Arc<Veil>>,
    veil: OnceLock<Arc<Veil>>,
    /// The column with what may be shown of it; `None` where that is all.
    shown: OnceLock<Option<Column>>,
    /// The column without anything, for an edition of the layer that is not the territory's.
    blank: OnceLock<Column>,
}

/// A column of a layer, or without one each feature, as one person.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted {
    layer: String,
    column: Option<usize>,
}

/// What is hidden of the persons of a subject.
#[derive(Debug, Default)]
struct Veil {
    /// Per use of the persons, what is hidden of the territories.
    territories: HashMap<Use, Arc<Hidden>>,
    /// Rows of the source layer; empty where no column counts.
    rows: Vec<bool>,
    /// How many of these rows stand in each territory, level by level; empty where there are none.
    rows_within: Vec<f64>,
}

/// What an indicator has to do with persons.
#[derive(Clone, Debug, Default)]
struct Role {
    /// The persons that it counts and adds up.
    counts: Option<usize>,
    /// The persons that it averages over, or whose numbers it summarises.
    over: Vec<Over>,
    /// It counts persons that do not add up, such as different ones.
    counts_apart: bool,
    /// It picks out of the numbers of persons of single features.
    picks: bool,
}

/// An indicator that tells a number of persons: the one that it counts, or the one that it averages over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Use {
    indicator: usize,
    /// Which of those that it averages over.
    over: Option<usize>,
}

#[derive(Clone, Copy, Debug)]
struct Over {
    subject: usize,
    /// Which of the operation's measures.
    measure: usize,
    /// Whether its weight counts them; else its column.
    weighs: bool,
}

impl Guard {
    /// Below how many persons nothing is published; 0 where everything is.
    pub(crate) fn threshold(&self) -> f64 {
        self.threshold
    }

    /// Finds out what counts persons: first the columns that the indicators for persons add up, then who else uses them.
    pub(crate) fn new<'a>(
        privacy: &Privacy,
        indicators: impl Iterator<Item = &'a Indicator> + Clone,
    ) -> Self {
        if !privacy.is_on() {
            return Self::default();
        }
        let mut guard = Self {
            threshold: f64::from(privacy.threshold),
            ..Self::default()
        };
        let counts = |indicator: &&Indicator| privacy.persons.contains(&indicator.id);
        let roles = indicators
            .clone()
            .map(|indicator| match counts(&indicator) {
                true => guard.counting(indicator),
                false => Role::default(),
            });
        let mut roles: Vec<Role> = roles.collect();
        for (role, indicator) in roles.iter_mut().zip(indicators) {
            role.over = guard.over(indicator, role.counts);
            let column = role.over.iter().any(|over| !over.weighs);
            role.picks = column && indicator.operation.roll_up() == RollUp::Values;
        }
        guard.roles = roles;
        guard
    }

    /// The role of an indicator that counts persons.
    fn counting(&mut self, indicator: &Indicator) -> Role {
        if indicator.operation.roll_up() != RollUp::Sum {
            return Role {
                counts_apart: true,
                ..Role::default()
            };
        }
        let counted = indicator
            .operation
            .adds_up()
            .map(|(layer, column)| Counted {
                layer: layer.id().to_owned(),
                column,
            });
        let known = counted.is_some().then(|| self.subject(counted.as_ref()));
        let subject = known.flatten().unwrap_or_else(|| {
            self.subjects.push(Arc::new(Subject {
                counted,
                ..Subject::default()
            }));
            self.subjects.len() - 1
        });
        Role {
            counts: Some(subject),
            ..Role::default()
        }
    }

    fn subject(&self, counted: Option<&Counted>) -> Option<usize> {
        let mut subjects = self.subjects.iter();
        subjects.position(|subject| subject.counted.as_ref() == counted)
    }

    /// The persons behind the weights and the columns of an indicator, but those that it counts itself.
    fn over(&self, indicator: &Indicator, counts: Option<usize>) -> Vec<Over> {
        let mut all = vec![];
        for (number, measure) in indicator.operation.measures().into_iter().enumerate() {
            let uses = [(measure.weight, true), (measure.column, false)];
            let uses = uses
                .into_iter()
                .filter(|(column, weighs)| *weighs || column.is_some());
            for (column, weighs) in uses {
                let counted = Counted {
                    layer: measure.selection.layer.id().to_owned(),
                    column,
                };
                let subject = self.subject(Some(&counted));
                all.extend(
                    subject
                        .filter(|found| Some(*found) != counts)
                        .map(|subject| Over {
                            subject,
                            measure: number,
                            weighs,
                        }),
                );
            }
        }
        all
    }

    /// The same rules after a scenario has changed what the `stale` indicators are computed from. What was hidden stays
    /// hidden, or else the difference would tell it.
    pub(crate) fn renewed(&self, before: &Territory, stale: &[bool]) -> Self {
        let is_stale = |subject: usize| {
            let uses = |role: &Role| {
                let mut over = role.over.iter();
                role.counts == Some(subject) || over.any(|over| over.subject == subject)
            };
            let mut roles = self.roles.iter().zip(stale);
            roles.any(|(role, stale)| *stale && uses(role))
        };
        let renew = |(position, subject): (usize, &Arc<Subject>)| match is_stale(position) {
            true => Arc::new(Subject {
                counted: subject.counted.clone(),
                earlier: Some(Arc::clone(self.veil(before, position))),
                ..Subject::default()
            }),
            false => Arc::clone(subject),
        };
        Self {
            threshold: self.threshold,
            subjects: self.subjects.iter().enumerate().map(renew).collect(),
            roles: self.roles.clone(),
        }
    }

    /// Why each figure of an indicator is hidden, if it is; `None` where nothing ever is.
    pub(crate) fn hidden(&self, territory: &Territory, position: usize) -> Option<Hidden> {
        let role = self.roles.get(position)?;
        let figures = territory.computed(position);
        let blank = figures.iter().map(|level| vec![None; level.len()]);
        let mut hidden: Hidden = blank.collect();
        if let Some(subject) = role.counts {
            let own = Use {
                indicator: position,
                over: None,
            };
            let veil = &self.veil(territory, subject).territories[&own];
            mark(&mut hidden, figures, |level, row, _| veil[level][row]);
        }
        for (number, over) in role.over.iter().enumerate() {
            let of_it = Use {
                indicator: position,
                over: Some(number),
            };
            let veil = &self.veil(territory, over.subject).territories[&of_it];
            mark(&mut hidden, figures, |level, row, _| veil[level][row]);
        }
        let is_few = |count: f64| count > 0.0 && count < self.threshold;
        if role.counts_apart || role.picks {
            mark(&mut hidden, figures, |_, _, figure| {
                let few = figure.value.is_some_and(is_few);
                few.then_some(Suppression::Primary)
            });
        }
        for over in role.over.iter().filter(|over| !over.weighs && role.picks) {
            // The largest or the median of few numbers is one of them.
            let veil = self.veil(territory, over.subject);
            let starts: Vec<usize> = starts(figures);
            mark(&mut hidden, figures, |level, row, figure| {
                let within = veil.rows_within.get(starts[level] + row);
                let picked = is_few(figure.n as f64) && within.is_some_and(|rows| *rows > 0.0);
                picked.then_some(Suppression::Primary)
            });
        }
        for input in territory.inputs_of(position) {
            let published = territory.published(input);
            mark(&mut hidden, figures, |level, row, _| {
                published[level].suppressed(row)
            });
        }
        Some(hidden)
    }

    fn veil(&self, territory: &Territory, subject: usize) -> &Arc<Veil> {
        let subject_of = &self.subjects[subject];
        subject_of
            .veil
            .get_or_init(|| Arc::new(self.drawn(territory, subject)))
    }

    /// Hides enough of every table of these persons: of what the indicators say of them, and of the source's column.
    fn drawn(&self, territory: &Territory, subject: usize) -> Veil {
        let mut tables = Tables::new(territory, self.threshold);
        let source = self.source(territory, subject);
        if let Some(source) = &source {
            let numbers = source.numbers().chain(source.totals(territory)).collect();
            tables.push(territory.homes(source.layer), numbers);
        }
        let earlier = self.subjects[subject].earlier.as_deref();
        for (of_it, values) in self.uses(territory, subject) {
            let earlier = earlier.and_then(|earlier| earlier.territories.get(&of_it));
            tables.add(of_it, values, earlier.map(Arc::as_ref));
        }
        tables.protect();
        let rows = source.and(tables.all().first().map(OneTable::hidden_rows));
        let rows = rows.unwrap_or_default();
        let territories = tables.all().iter().flat_map(|table| {
            let hidden = Arc::new(table.hidden(territory));
            let uses = table.uses.iter();
            uses.map(move |of_it| (*of_it, Arc::clone(&hidden)))
        });
        Veil {
            territories: territories.collect(),
            rows_within: self.rows_within(territory, subject, &rows),
            rows,
        }
    }

    /// How many hidden rows of the source stand in each territory, level by level.
    fn rows_within(&self, territory: &Territory, subject: usize, rows: &[bool]) -> Vec<f64> {
        let Some(source) = self.source(territory, subject) else {
            return vec![];
        };
        let homes = territory.homes(source.layer).iter().zip(rows);
        let hidden = homes.filter_map(|(home, hidden)| home.filter(|_| *hidden));
        rolled(territory, hidden.map(|home| (home, 1.0)))
    }

    /// Numbers of these persons per territory that indicators tell, each as one list over all levels.
    fn uses(&self, territory: &Territory, subject: usize) -> Vec<(Use, Vec<f64>)> {
        let mut uses = vec![];
        for (indicator, role) in self.roles.iter().enumerate() {
            let figures = || territory.computed(indicator);
            if role.counts == Some(subject) {
                let own = Use {
                    indicator,
                    over: None,
                };
                uses.push((own, listed(figures(), |figure| figure.value)));
            }
            for (number, over) in role.over.iter().enumerate() {
                if over.subject == subject {
                    let of_it = Use {
                        indicator,
                        over: Some(number),
                    };
                    uses.push((of_it, numbers_over(territory, indicator, *over)));
                }
            }
        }
        uses
    }

    fn source<'t>(&self, territory: &'t Territory, subject: usize) -> Option<SourceColumn<'t>> {
        let counted = self.subjects[subject].counted.as_ref()?;
        let layer = territory.layer(&counted.layer)?;
        let column = layer.columns().get(counted.column?)?;
        Some(SourceColumn { layer, column })
    }

    /// Whether a column of a layer of this id counts persons, so that less of it may be shown than there is.
    pub(crate) fn counts_in(&self, layer: &str) -> bool {
        let counted = |subject: &Arc<Subject>| {
            let counted = subject.counted.as_ref();
            counted.is_some_and(|counted| counted.layer == layer && counted.column.is_some())
        };
        self.subjects.iter().any(counted)
    }

    /// What may be shown of a column of a layer.
    pub(crate) fn column<'t>(
        &'t self,
        territory: &'t Territory,
        layer: &'t Layer,
        position: usize,
    ) -> &'t Column {
        let column = &layer.columns()[position];
        let counts =
            |counted: &Counted| counted.column == Some(position) && counted.layer == layer.id();
        let mut subjects = self.subjects.iter();
        let subject = subjects.position(|subject| subject.counted.as_ref().is_some_and(counts));
        let Some(subject) = subject else {
            return column;
        };
        let own = territory.layer(layer.id());
        if !own.is_some_and(|own| std::ptr::eq(own.as_ref(), layer)) {
            let nothing = || column.without(|_| true);
            return self.subjects[subject].blank.get_or_init(nothing);
        }
        let masked = || {
            let rows = &self.veil(territory, subject).rows;
            rows.contains(&true)
                .then(|| column.without(|row| rows[row]))
        };
        let shown = self.subjects[subject].shown.get_or_init(masked);
        shown.as_ref().unwrap_or(column)
    }

    /// How much is hidden of the columns that count persons.
    pub(crate) fn hidden_cells(&self, territory: &Territory) -> Vec<HiddenCells> {
        let of_subject = |subject| {
            let source = self.source(territory, subject)?;
            let numbers: Vec<f64> = source.numbers().collect();
            let rows = &self.veil(territory, subject).rows;
            let is_few = |number: f64| number > 0.0 && number < self.threshold;
            let hidden = numbers.iter().zip(rows).filter(|(_, hidden)| **hidden);
            let (few, others): (Vec<f64>, Vec<f64>) = hidden
                .map(|(number, _)| *number)
                .partition(|number| is_few(*number));
            (!(few.is_empty() && others.is_empty())).then(|| HiddenCells {
                layer: source.layer.id().to_owned(),
                column: source.column.name().to_owned(),
                primary: few.len(),
                complementary: others.len(),
            })
        };
        (0..self.subjects.len()).filter_map(of_subject).collect()
    }
}

/// Where each level begins in a list over all levels.
fn starts(figures: &[LevelFigures]) -> Vec<usize> {
    let mut next = 0;
    let start = |level: &LevelFigures| {
        next += level.len();
        next - level.len()
    };
    figures.iter().map(start).collect()
}

/// Keeps the graver of the reasons that there were and those of `why`, by level, row and figure.
fn mark(
    hidden: &mut Hidden,
    figures: &[LevelFigures],
    why: impl Fn(usize, usize, &Figure) -> Option<Suppression>,
) {
    for (level, (hidden, figures)) in hidden.iter_mut().zip(figures).enumerate() {
        for (row, (hidden, figure)) in hidden.iter_mut().zip(figures).enumerate() {
            *hidden = (*hidden).max(why(level, row, figure));
        }
    }
}

/// The persons that an indicator averages over: its denominators where it has any, else what it measures.
fn numbers_over(territory: &Territory, indicator: usize, over: Over) -> Vec<f64> {
    let figures = territory.computed(indicator);
    let has_denominator = |figure: &Figure| figure.denominator.is_some();
    if over.weighs && figures.iter().flatten().any(has_denominator) {
        return listed(figures, |figure| figure.denominator);
    }
    let measures = territory.indicators().nth(indicator);
    let measures = measures.map(|indicator| indicator.operation.measures());
    let measure = measures.and_then(|measures| measures.get(over.measure).copied());
    let nothing = || listed(figures, |_| None);
    measure.map_or_else(nothing, |measure| measured(territory, measure, over.weighs))
}
