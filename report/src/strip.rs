//! A value among those of its peers: one line for each territory of the level, this one marked, its parent and the
//! whole beside it where a figure of theirs compares.

use comarca_engine::indicator::{Indicator, LevelView, RollUp};
use maud::{Markup, html};

use crate::bar::rounded;
use crate::figure::finite;
use crate::subject::{Place, Subject};
use crate::texts::Texts;

/// Size of the picture in tenths of a millimetre.
const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 56.0;
/// Where the lines and marks stand.
const AXIS: f64 = 25.0;
/// Free space at both ends, for marks that stand there.
const MARGIN: f64 = 12.0;
/// Lines that would stand closer to each other are one line.
const LINE_STEP: f64 = 2.0;

/// The values that a value is shown among.
pub(crate) struct Peers<'a> {
    view: LevelView<'a>,
    /// This territory's row, where it is one of them.
    own: Option<usize>,
}

impl<'a> Peers<'a> {
    /// The territories of the same level; the parts where there is no other.
    pub(crate) fn of(subject: &Subject<'a>, indicator: &Indicator) -> Option<Self> {
        let (level, own) = level(subject);
        let view = subject.report.view(indicator, level)?;
        Some(Self { view, own })
    }

    /// The rank of this territory, from the largest value.
    fn rank(&self) -> Option<usize> {
        let own = self.own?;
        finite(self.view.values()[own])?;
        self.view.rank(own)
    }
}

/// The level whose territories are shown, and this territory's row where it is one of them.
pub(crate) fn level(subject: &Subject<'_>) -> (usize, Option<usize>) {
    let alone = subject.level().len() == 1;
    match subject.level_below().filter(|_| alone) {
        Some(below) => (below, None),
        None => (subject.place.level, Some(subject.place.row)),
    }
}

/// The strip; nothing where no territory has a value.
pub(crate) fn strip(
    subject: &Subject<'_>,
    indicator: &Indicator,
    peers: &Peers<'_>,
) -> Option<Markup> {
    let values = peers.view.values();
    let own = subject_value(subject, indicator, subject.place)
        .filter(|_| peers.own.is_some() || compares(indicator));
    let [parent, whole] = marks(subject, indicator, own);
    let all = values
        .iter()
        .copied()
        .filter_map(finite)
        .chain(own)
        .chain(parent)
        .chain(whole);
    let (low, high) = range(all)?;
    let at = |value: f64| {
        let share = if high > low {
            (value - low) / (high - low)
        } else {
            0.5
        };
        rounded(MARGIN + share * (WIDTH - 2.0 * MARGIN))
    };
    let is_sibling = siblings(subject, peers);
    let lines = |wanted: bool| {
        lines(
            values,
            |row| is_sibling(row) == wanted && Some(row) != peers.own,
            &at,
        )
    };
    let texts = subject.texts();
    Some(html! {
        svg.strip viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(described(subject, peers)) {
            path.axis d={ "M" (MARGIN) " " (AXIS) "H" (WIDTH - MARGIN) } {}
            path.others d=(lines(false)) {}
            path.siblings d=(lines(true)) {}
            @if let Some(value) = whole { rect.whole x=(rounded(at(value) - 7.0)) y=(AXIS - 7.0) width="14" height="14" {} }
            @if let Some(value) = parent { circle.parent cx=(at(value)) cy=(AXIS) r="8" {} }
            @if let Some(value) = own {
                path.own d={ "M" (at(value)) " 35V15L" (rounded(at(value) - 9.0)) " 2h18L" (at(value)) " 15" } {}
            }
            text x="0" y=(HEIGHT - 2.0) { (texts.number(low)) }
            text.end x=(WIDTH) y=(HEIGHT - 2.0) { (texts.number(high)) }
        }
    })
}

/// `3 de 280`; `None` where it has no value or no peers.
pub(crate) fn rank(subject: &Subject<'_>, peers: &Peers<'_>) -> Option<Markup> {
    let texts = subject.texts();
    let rank = peers.rank()?;
    let count = peers.view.count();
    Some(html! {
        data.rank value=(rank) { (texts.count(rank)) } " " (texts.of) " " (texts.count(count))
    })
}

/// What the marks mean.
pub(crate) fn legend(subject: &Subject<'_>) -> Markup {
    let (report, texts): (_, &Texts) = (subject.report, subject.texts());
    let (level, own) = level(subject);
    let count = report.territory.levels()[level].len();
    let parent = subject.parent().filter(|parent| *parent != report.whole());
    html! {
        ul.key {
            li { svg viewBox="0 0 20 40" { path.own d="M10 38V18L1 3h18L10 18" {} } (subject.name()) }
            li {
                svg viewBox="0 0 20 40" { path.others d="M4 10v22M10 10v22M16 10v22" {} }
                (report.level_title(level)) " (" (texts.count(count)) ")"
            }
            @if let (Some(parent), Some(_)) = (parent, own) {
                li {
                    svg viewBox="0 0 20 40" { path.siblings d="M4 10v22M10 10v22M16 10v22" {} }
                    (texts.those_of) " " (report.name(parent))
                }
                li { svg viewBox="0 0 20 40" { circle.parent cx="10" cy="20" r="8" {} } (report.name(parent)) }
            }
            @if !subject.is_whole() {
                li { svg viewBox="0 0 20 40" { rect.whole x="3" y="13" width="14" height="14" {} } (report.name(report.whole())) }
            }
        }
    }
}

/// Whether a figure compares between levels: a sum grows with its territory and does not.
fn compares(indicator: &Indicator) -> bool {
    match indicator.operation.roll_up() {
        RollUp::Ratio | RollUp::Mean | RollUp::Values => true,
        RollUp::Sum | RollUp::Anew => false,
    }
}

/// Values of the parent and of the whole, where they compare.
fn marks(subject: &Subject<'_>, indicator: &Indicator, own: Option<f64>) -> [Option<f64>; 2] {
    let shown = own.is_some() && compares(indicator);
    let whole = subject.report.whole();
    let value = |place: Option<Place>| subject_value(subject, indicator, place.filter(|_| shown)?);
    [
        value(subject.parent().filter(|parent| *parent != whole)),
        value((!subject.is_whole()).then_some(whole)),
    ]
}

fn subject_value(subject: &Subject<'_>, indicator: &Indicator, place: Place) -> Option<f64> {
    let view = subject.report.view(indicator, place.level)?;
    finite(view.values()[place.row])
}

/// Whether a row of the peers has the same parent as this territory.
fn siblings<'s>(subject: &'s Subject<'_>, peers: &Peers<'_>) -> impl Fn(usize) -> bool + 's {
    let parent = peers
        .own
        .and(subject.parent())
        .filter(|parent| *parent != subject.report.whole());
    move |row| parent.is_some() && subject.level().parent(row) == parent.map(|parent| parent.row)
}

/// One path with a line at each of the values, each place once.
fn lines(
    values: &[Option<f64>],
    wanted: impl Fn(usize) -> bool,
    at: &impl Fn(f64) -> f64,
) -> String {
    let rows = values.iter().enumerate().filter(|(row, _)| wanted(*row));
    let mut places: Vec<f64> = rows
        .filter_map(|(_, value)| finite(*value))
        .map(|value| rounded((at(value) / LINE_STEP).round() * LINE_STEP))
        .collect();
    places.sort_by(f64::total_cmp);
    places.dedup();
    let lines: Vec<String> = places.iter().map(|x| format!("M{x} 16v18")).collect();
    lines.concat()
}

fn range(values: impl Iterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .map(|value| (value, value))
        .reduce(|all, own| (all.0.min(own.0), all.1.max(own.1)))
}

fn described(subject: &Subject<'_>, peers: &Peers<'_>) -> String {
    let texts = subject.texts();
    match peers.rank() {
        Some(rank) => format!(
            "{} {} {}, {}",
            texts.count(rank),
            texts.of,
            texts.count(peers.view.count()),
            texts.rank_direction
        ),
        None => subject.report.level_title(level(subject).0),
    }
}
