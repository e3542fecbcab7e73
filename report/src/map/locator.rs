//! Where the territory lies in the whole.

use comarca_engine::Layer;
use maud::{Markup, html};

use super::frame::{Frame, bounds_m, joined};
use super::outline::{Outline, outlines};
use crate::bar::rounded;
use crate::subject::{Place, Subject};

/// Size on paper in tenths of a millimetre.
const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 380.0;
/// A territory smaller than this many square units is shown by a ring around it too.
const SMALL: f64 = 900.0;

/// The coarsest level with the territory and its parent filled; nothing for the whole.
pub(crate) fn locator(subject: &Subject<'_>) -> Markup {
    let (report, levels) = (subject.report, subject.territory().levels());
    let Some(coarsest) = levels.len().checked_sub(2).filter(|_| !subject.is_whole()) else {
        return html! {};
    };
    let layer = levels[coarsest].layer();
    let Some(frame) = extent(layer).and_then(|bounds| Frame::around(bounds, WIDTH, HEIGHT)) else {
        return html! {};
    };
    let of = |place: Place| outlines(levels[place.level].layer(), &[place.row], &frame);
    let all = outlines(layer, &(0..layer.len()).collect::<Vec<_>>(), &frame);
    let parent = subject
        .parent()
        .filter(|parent| *parent != report.whole())
        .map_or_else(Vec::new, of);
    let own = of(subject.place);
    let name = report.name(report.whole());
    html! {
        figure.locator {
            svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (subject.texts().position_in) " " (name) } {
                @for one in &all { path.peer d=(one.path) {} }
                @for one in &parent { path.parent d=(one.path) {} }
                @for one in &own { path.own d=(one.path) {} }
                @for one in own.iter().filter(|one| one.area < SMALL) { (ring(one)) }
            }
            figcaption { (subject.texts().position_in) " " (name) }
        }
    }
}

fn ring(own: &Outline) -> Markup {
    let [x, y] = own.middle.map(rounded);
    html! { circle cx=(x) cy=(y) r="28" {} }
}

fn extent(layer: &Layer) -> Option<[f64; 4]> {
    (0..layer.len())
        .filter_map(|row| bounds_m(layer, row))
        .reduce(joined)
}
