//! The map: the territory among its neighbours, with its parts and what serves it; and where it lies in the whole.
//!
//! Drawn from the metric outlines in tenths of a millimetre of paper. Every outline is cut to the frame and rounded to
//! that grid, so shared borders stay shared and a map is as large as its paper, whatever the outlines are.

mod clip;
mod facilities;
mod frame;
mod furniture;
mod labels;
mod locator;
mod outline;

use comarca_engine::Layer;
use maud::{Markup, html};

use crate::subject::{Place, Subject};
use facilities::Facilities;
use frame::{Frame, bounds_m};
use labels::Labels;
use outline::{Outline, outlines};

pub(crate) use locator::locator;

/// Size on paper in tenths of a millimetre.
const WIDTH: f64 = 1200.0;
const HEIGHT: f64 = 960.0;

/// The map with its legend; why there is none.
pub(crate) fn figure(subject: &Subject<'_>) -> Markup {
    let bounds = bounds_m(subject.layer(), subject.place.row);
    let frame = bounds.and_then(|bounds| Frame::around(bounds, WIDTH, HEIGHT));
    let facilities = Facilities::of(subject, frame.as_ref());
    html! {
        figure.map {
            @match frame {
                Some(frame) => (map(subject, &facilities, &frame)),
                None => p.missing { (subject.texts().no_outline) },
            }
            (legend(subject, &facilities))
        }
    }
}

fn map(subject: &Subject<'_>, facilities: &Facilities<'_>, frame: &Frame) -> Markup {
    let (layer, row, texts) = (subject.layer(), subject.place.row, subject.texts());
    let peers = outlines(layer, &in_window(layer, frame), frame);
    let parts = parts(subject, frame);
    let parent = parent(subject, frame);
    let mut labels = Labels::new(WIDTH, HEIGHT);
    let (own, peers): (Vec<Outline>, Vec<Outline>) =
        peers.into_iter().partition(|peer| peer.row == row);
    let named = |outlines: &[Outline], level| {
        let places = outlines.iter().map(|outline| Place {
            level,
            row: outline.row,
        });
        subject.report.short_names(&places.collect::<Vec<_>>())
    };
    if let Some(level) = subject.level_below() {
        labels.add(&parts, &named(&parts, level), "part");
    }
    labels.add(&peers, &named(&peers, subject.place.level), "peer");
    html! {
        svg.sheet-map viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label={ (texts.map) " " (subject.name()) } {
            @for peer in &peers { path.peer d=(peer.path) {} }
            @for own in &own { path.ground d=(own.path) {} }
            (facilities.areas(frame))
            @for part in &parts { path.part d=(part.path) {} }
            @for parent in &parent { path.above d=(parent.path) {} }
            (facilities.points())
            @for own in &own {
                path.veil d={ "M0 0H" (WIDTH) "V" (HEIGHT) "H0z" (own.path) } {}
                path.own d=(own.path) {}
            }
            (labels.drawn())
            (furniture::north(texts, WIDTH))
            (furniture::scale_bar(texts, frame, HEIGHT))
            rect.frame x="1" y="1" width=(WIDTH - 2.0) height=(HEIGHT - 2.0) {}
        }
    }
}

/// What the lines and symbols are.
fn legend(subject: &Subject<'_>, facilities: &Facilities<'_>) -> Markup {
    let (report, texts) = (subject.report, subject.texts());
    let parent = subject.parent();
    let parts = subject
        .level_below()
        .filter(|_| !subject.children().is_empty());
    let sample = |class: &str| html! { svg viewBox="0 0 36 24" { rect class=(class) x="3" y="3" width="30" height="18" {} } };
    html! {
        figcaption {
            ul.key {
                li { (sample("own")) (subject.name()) }
                @if let Some(level) = parts { li { (sample("part")) (report.level_title(level)) } }
                @if let Some(parent) = parent { li { (sample("above")) (texts.border_of) " " (report.name(parent)) } }
                @if subject.level().len() > 1 {
                    li { (sample("peer")) (texts.others_of) " " (report.level_title(subject.place.level)) }
                }
                (facilities.legend(subject))
            }
        }
    }
}

/// Rows whose boxes touch the frame, in the order of the layer.
fn in_window(layer: &Layer, frame: &Frame) -> Vec<usize> {
    let mut rows = vec![];
    layer
        .metric_index()
        .search(frame.window_m(), |row| rows.push(row));
    rows.sort_unstable();
    rows
}

fn parts(subject: &Subject<'_>, frame: &Frame) -> Vec<Outline> {
    let below = subject
        .level_below()
        .map(|level| subject.territory().levels()[level].layer());
    below.map_or_else(Vec::new, |layer| {
        outlines(layer, &subject.children(), frame)
    })
}

fn parent(subject: &Subject<'_>, frame: &Frame) -> Vec<Outline> {
    subject.parent().map_or_else(Vec::new, |parent| {
        outlines(
            subject.territory().levels()[parent.level].layer(),
            &[parent.row],
            frame,
        )
    })
}
