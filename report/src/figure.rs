//! What is said of one figure: its value, why there is none, whether it keeps its standard, its rank.

use comarca_engine::indicator::{Figure, Indicator, LevelView, Standard};
use maud::{Markup, html};

use crate::texts::Texts;

/// Why a territory has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// No feature that counts stands in it.
    NothingThere,
    /// Features stand in it, and none has a value.
    NoValues,
    /// What it would be divided by is zero.
    ZeroBelow,
    /// A figure that it is computed from has no value here.
    NoInput,
    /// It would tell of too few persons.
    Hidden,
}

impl Missing {
    /// From what may be known of a territory without a value.
    fn at(view: &LevelView<'_>, row: usize) -> Self {
        match view.suppressed(row) {
            Some(_) => Self::Hidden,
            None => Self::of(&view.figures()[row]),
        }
    }

    /// From the parts of a figure without a value.
    pub(crate) fn of(figure: &Figure) -> Self {
        match figure {
            Figure {
                n: 0,
                covered: None,
                ..
            } => Self::NothingThere,
            Figure {
                denominator: Some(0.0),
                ..
            } => Self::ZeroBelow,
            Figure { n: 0, .. }
            | Figure {
                covered: Some(0.0), ..
            } => Self::NoValues,
            _ => Self::NoInput,
        }
    }

    pub(crate) fn reason(self, texts: &Texts) -> &'static str {
        match self {
            Self::NothingThere => texts.missing_nothing_there,
            Self::NoValues => texts.missing_no_values,
            Self::ZeroBelow => texts.missing_zero_below,
            Self::NoInput => texts.missing_no_input,
            Self::Hidden => texts.missing_hidden,
        }
    }
}

/// The value with its unit, in the number format of the language and in full precision for programs; why there is none.
pub(crate) fn value(
    texts: &Texts,
    indicator: &Indicator,
    view: &LevelView<'_>,
    row: usize,
) -> Markup {
    html! {
        @match finite(view.values()[row]) {
            Some(value) => {
                data value=(value) { (texts.number(value)) }
                @let unit = texts.unit(&indicator.unit);
                @if !unit.is_empty() { " " span.unit { (unit) } }
            },
            None => span.missing {
                (texts.no_value) ": " (Missing::at(view, row).reason(texts))
            },
        }
    }
}

/// A value that can be drawn.
pub(crate) fn finite(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite())
}

/// `máx. 1.500 m`.
pub(crate) fn rule(texts: &Texts, standard: &Standard, unit: &str) -> String {
    let bound = |word: &str, bound: Option<f64>| {
        bound.map(|bound| format!("{word} {}", texts.exact(bound)))
    };
    let bounds = [
        bound(texts.at_least, standard.min),
        bound(texts.at_most, standard.max),
    ];
    let mut rule = bounds.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let unit = texts.unit(unit);
    if !unit.is_empty() {
        rule += " ";
        rule += &unit;
    }
    rule
}

/// By how much a value misses its standard; `None` where it keeps it.
pub(crate) fn gap(standard: &Standard, value: f64) -> Option<f64> {
    let below = standard.min.map(|min| min - value);
    let above = standard.max.map(|max| value - max);
    [below, above].into_iter().flatten().find(|gap| *gap > 0.0)
}

/// A tick or a cross with a word beside it, so that colour is never alone.
pub(crate) fn verdict(texts: &Texts, passes: bool) -> Markup {
    let (class, path, words) = match passes {
        true => ("verdict passes", "M2 6.5 5 9.5 10.5 3", texts.passes),
        false => (
            "verdict fails",
            "M2.5 2.5 9.5 9.5 M9.5 2.5 2.5 9.5",
            texts.fails,
        ),
    };
    html! {
        span class=(class) {
            svg viewBox="0 0 12 12" aria-hidden="true" { path d=(path) {} }
            " " (words)
        }
    }
}
