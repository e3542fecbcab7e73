//! North arrow and scale bar.

use maud::{Markup, html};

use super::frame::Frame;
use crate::bar::rounded;
use crate::texts::Texts;

/// Longest scale bar in units.
const BAR_MAX: f64 = 320.0;

/// In the upper right corner. North of the metric CRS, less than a degree off in the middle of its zone.
pub(super) fn north(texts: &Texts, width: f64) -> Markup {
    html! {
        g.north transform={ "translate(" (width - 60.0) " 20)" } {
            rect x="-12" y="-6" width="60" height="98" {}
            path d="M18 0 34 56 18 44 2 56z" {}
            text x="18" y="84" { (texts.north) }
        }
    }
}

/// In the lower left corner: a round number of metres, half of it filled.
pub(super) fn scale_bar(texts: &Texts, frame: &Frame, height: f64) -> Markup {
    let length_m = round_length(BAR_MAX * frame.m_per_unit());
    let length = rounded(length_m / frame.m_per_unit());
    let label = format!("{} m", texts.exact(length_m));
    html! {
        g.scale transform={ "translate(24 " (height - 30.0) ")" } {
            rect.ground x="-12" y="-36" width=(length + 12.0 + 14.0 * label.len() as f64) height="54" {}
            rect.bar x="0" y="0" width=(length) height="9" {}
            rect.half x="0" y="0" width=(rounded(length / 2.0)) height="9" {}
            text x="0" y="-8" { "0" }
            text x=(length) y="-8" { (label) }
        }
    }
}

/// The largest of 1, 2, 5, 10, 20, 50 … that is not longer than `longest_m`.
fn round_length(longest_m: f64) -> f64 {
    let power = 10_f64.powf(longest_m.log10().floor());
    let fits = |length: &f64| *length <= longest_m;
    [5.0, 2.0, 1.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(fits)
        .unwrap_or(longest_m)
}

#[cfg(test)]
mod tests {
    use super::round_length;

    #[test]
    fn a_scale_bar_is_a_round_number_of_metres() {
        for (longest, length) in [
            (999.0, 500.0),
            (1000.0, 1000.0),
            (4300.0, 2000.0),
            (7.0, 5.0),
            (0.3, 0.2),
        ] {
            assert!((round_length(longest) - length).abs() < 1e-9, "{longest}");
        }
    }
}
