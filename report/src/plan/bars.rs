//! Scores as bars made of what each criterion gives.

use maud::{Markup, html};

use super::PlanInput;
use crate::bar::rounded;

/// Size of the picture in tenths of a millimetre.
const WIDTH: f64 = 300.0;
/// Colours there are; further criteria share the last.
const COLOURS: usize = 6;

/// The bar of a score whose parts are given, as long as its part of the highest score.
pub(super) fn stacked(contributions: &[f64], highest: f64) -> Markup {
    let usable = |part: &f64| if part.is_finite() { part.max(0.0) } else { 0.0 };
    let scale = if highest > 0.0 { WIDTH / highest } else { 0.0 };
    let mut from = 0.0;
    let parts = contributions
        .iter()
        .map(usable)
        .enumerate()
        .map(|(criterion, part)| {
            let start = from;
            from += part * scale;
            (criterion.min(COLOURS - 1), start, (from - start).min(WIDTH))
        });
    html! {
        svg.score viewBox="0 0 300 20" aria-hidden="true" {
            @for (colour, start, width) in parts.filter(|part| part.2 > 0.0) {
                rect class={ "c" (colour) } x=(rounded(start)) y="2" width=(rounded(width)) height="16" {}
            }
        }
    }
}

/// Which colour is which criterion.
pub(super) fn legend(input: &PlanInput<'_>) -> Markup {
    html! {
        ul.key {
            @for (position, title) in input.criteria.iter().enumerate() {
                li {
                    svg viewBox="0 0 36 24" aria-hidden="true" {
                        rect class={ "c" (position.min(COLOURS - 1)) } width="36" height="24" {}
                    }
                    (super::shortened(title, super::WORD_CHARS_MAX))
                }
            }
        }
    }
}

/// A number as part of the largest, in one colour.
pub(super) fn single(value: u64, largest: u64) -> Markup {
    stacked(&[value as f64], largest as f64)
}
