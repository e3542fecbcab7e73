//! A value as a bar, with the standard it should keep.

use comarca_engine::indicator::Standard;
use maud::{Markup, html};

/// Size of the picture in tenths of a millimetre.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 14.0;

/// The bar begins at zero; the side of the standard that passes is shaded, its bound is a line. What fails is hatched.
pub(crate) fn against(standard: &Standard, value: f64) -> Markup {
    let bounds = [standard.min, standard.max]
        .into_iter()
        .flatten()
        .filter(|bound| bound.is_finite());
    let all: Vec<f64> = bounds.clone().chain([value, 0.0]).collect();
    let low = all.iter().copied().fold(0.0, f64::min);
    let high = all.iter().copied().fold(0.0, f64::max);
    let span = if high > low { (high - low) * 1.08 } else { 1.0 };
    let at = |value: f64| rounded((value - low) / span * WIDTH);
    let (from, to) = (at(value.min(0.0)), at(value.max(0.0)));
    let shade_from = standard.min.map_or(0.0, at);
    let shade_to = standard.max.map_or(WIDTH, at);
    let top = (HEIGHT - BAR_HEIGHT) / 2.0;
    let class = if standard.passes(value) {
        "bar passes"
    } else {
        "bar fails"
    };
    html! {
        svg.against viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } aria-hidden="true" {
            rect.shade x=(shade_from) y="3" width=(rounded((shade_to - shade_from).max(0.0))) height=(HEIGHT - 6.0) {}
            rect class=(class) x=(from) y=(top) width=(rounded((to - from).max(2.0))) height=(BAR_HEIGHT) {}
            @for bound in bounds {
                path.bound d={ "M" (at(bound)) " 0V" (HEIGHT) } {}
            }
        }
    }
}

/// To a hundredth of a millimetre, so that numbers are short.
pub(crate) fn rounded(units: f64) -> f64 {
    (units * 10.0).round() / 10.0
}
