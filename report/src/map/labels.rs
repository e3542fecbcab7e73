//! Names on the map: the largest outlines first, none over another.

use std::cmp::Reverse;

use maud::{Markup, html};

use super::outline::Outline;
use crate::bar::rounded;
use crate::subject::shortened;

/// Most names that are drawn, and the longest of them in characters.
const COUNT_MAX: usize = 60;
const CHARS_MAX: usize = 28;
/// Height of a letter and its mean width, in units.
const LETTER_HEIGHT: f64 = 24.0;
const LETTER_WIDTH: f64 = 12.5;
/// Space between a name and the frame, in units.
const EDGE: f64 = 8.0;
/// Outlines below this many square units have no name.
const AREA_MIN: f64 = 1200.0;

/// Names that wait for their place.
#[derive(Debug)]
pub(super) struct Labels {
    width: f64,
    height: f64,
    waiting: Vec<Label>,
}

#[derive(Debug)]
struct Label {
    text: String,
    class: &'static str,
    middle: [f64; 2],
    area: f64,
}

impl Labels {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self {
            width,
            height,
            waiting: vec![],
        }
    }

    /// Outlines with a name each.
    pub(super) fn add(&mut self, outlines: &[Outline], names: &[String], class: &'static str) {
        for (outline, name) in outlines
            .iter()
            .zip(names)
            .filter(|(outline, _)| outline.area >= AREA_MIN)
        {
            let (text, middle, area) = (shortened(name, CHARS_MAX), outline.middle, outline.area);
            self.waiting.push(Label {
                text,
                class,
                middle,
                area,
            });
        }
    }

    /// Parts come before peers, large ones before small ones; a name that would cover another is left out.
    pub(super) fn drawn(mut self) -> Markup {
        self.waiting.sort_by(|a, b| {
            Reverse(a.class == "part")
                .cmp(&Reverse(b.class == "part"))
                .then(b.area.total_cmp(&a.area))
        });
        let mut placed: Vec<(&Label, [f64; 4])> = vec![];
        for label in &self.waiting {
            let space = space(label);
            let free = self.holds(space) && !placed.iter().any(|(_, other)| overlap(*other, space));
            if free && placed.len() < COUNT_MAX {
                placed.push((label, space));
            }
        }
        html! {
            g.names {
                @for (label, _) in placed {
                    text class=(label.class) x=(rounded(label.middle[0])) y=(rounded(label.middle[1] + LETTER_HEIGHT / 3.0)) {
                        (label.text)
                    }
                }
            }
        }
    }

    /// Whether a name keeps off the frame.
    fn holds(&self, [left, top, right, bottom]: [f64; 4]) -> bool {
        left >= EDGE && top >= EDGE && right <= self.width - EDGE && bottom <= self.height - EDGE
    }
}

/// Left, top, right, bottom of a name.
fn space(label: &Label) -> [f64; 4] {
    let half = label.text.chars().count() as f64 * LETTER_WIDTH / 2.0;
    let [x, y] = label.middle;
    [
        x - half,
        y - LETTER_HEIGHT / 2.0,
        x + half,
        y + LETTER_HEIGHT / 2.0,
    ]
}

fn overlap(a: [f64; 4], b: [f64; 4]) -> bool {
    a[0] < b[2] && b[0] < a[2] && a[1] < b[3] && b[1] < a[3]
}
