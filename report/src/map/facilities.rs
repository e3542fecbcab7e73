//! What serves the territory: a few layers of facilities, points as symbols and polygons as areas.

use std::cmp::Reverse;
use std::sync::Arc;

use comarca_engine::{GeometryType, Layer};
use maud::{Markup, html};

use super::frame::Frame;
use super::in_window;
use super::outline::outlines;
use crate::subject::Subject;

/// Most layers that are drawn: as many as there are symbols.
const LAYERS_MAX: usize = 4;
/// More points of a layer than this are not drawn: they would cover the map.
const DRAWN_MAX: usize = 900;
/// Operations whose last layer is what people go to.
const REACHING: [&str; 3] = ["nearest", "coverage", "access"];
/// The register of demands is no facility.
const DEMANDS: &str = "demands";

/// The layers that the map shows.
#[derive(Debug)]
pub(crate) struct Facilities<'a>(Vec<Facility<'a>>);

#[derive(Debug)]
struct Facility<'a> {
    layer: &'a Arc<Layer>,
    /// Where its points stand on the paper; none for polygons.
    points: Option<Vec<[i32; 2]>>,
}

impl Facility<'_> {
    fn is_drawn(&self) -> bool {
        self.points
            .as_ref()
            .is_none_or(|points| points.len() <= DRAWN_MAX)
    }
}

impl<'a> Facilities<'a> {
    /// Those that people go to, by the indicators of distance and reach; then other points that indicators count.
    pub(crate) fn of(subject: &Subject<'a>, frame: Option<&Frame>) -> Self {
        let territory = subject.territory();
        let reached = territory
            .indicators()
            .filter(|indicator| REACHING.contains(&indicator.op()))
            .filter_map(|indicator| indicator.operation.layer_inputs().pop())
            .filter(|layer| drawable(layer).is_some());
        let counted = territory
            .indicators()
            .flat_map(|indicator| indicator.operation.layer_inputs())
            .filter(|layer| drawable(layer) == Some(GeometryType::Point));
        let mut layers: Vec<&Arc<Layer>> = vec![];
        for layer in reached.chain(counted) {
            let hidden = layer.id() == DEMANDS || territory.level(layer.id()).is_some();
            let known = layers.iter().any(|own| own.id() == layer.id());
            if !hidden && !known && layers.len() < LAYERS_MAX {
                layers.push(layer);
            }
        }
        let points = |layer: &Layer| {
            frame
                .filter(|_| drawable(layer) == Some(GeometryType::Point))
                .map(|frame| places(layer, frame))
        };
        Self(
            layers
                .into_iter()
                .map(|layer| Facility {
                    layer,
                    points: points(layer),
                })
                .collect(),
        )
    }

    /// The polygons.
    pub(super) fn areas(&self, frame: &Frame) -> Markup {
        html! {
            @for one in self.0.iter().filter(|one| one.points.is_none()) {
                @for area in outlines(one.layer, &in_window(one.layer, frame), frame) { path.area d=(area.path) {} }
            }
        }
    }

    /// The points, those of the layer with the most points below.
    pub(super) fn points(&self) -> Markup {
        let drawn = self.0.iter().enumerate().filter(|(_, one)| one.is_drawn());
        let mut drawn: Vec<(usize, &Vec<[i32; 2]>)> = drawn
            .filter_map(|(symbol, one)| Some((symbol, one.points.as_ref()?)))
            .collect();
        drawn.sort_by_key(|(symbol, points)| (Reverse(points.len()), *symbol));
        html! {
            @for (symbol, points) in drawn {
                @let radius = radius(points.len());
                path class={ "symbol s" (symbol) } d=(points.iter().map(|at| mark(symbol, *at, radius)).collect::<String>()) {}
            }
        }
    }

    /// Symbol, title and number in the territory of each layer.
    pub(super) fn legend(&self, subject: &Subject<'_>) -> Markup {
        let (report, place, texts) = (subject.report, subject.place, subject.texts());
        let inside = |layer| {
            subject
                .territory()
                .rows_in(layer, place.level, place.row)
                .len()
        };
        html! {
            @for (symbol, one) in self.0.iter().enumerate() {
                li {
                    svg viewBox="0 0 36 24" {
                        @match one.points {
                            Some(_) => path class={ "symbol s" (symbol) } d=(mark(symbol, [18, 12], 10)) {},
                            None => rect.area x="3" y="3" width="30" height="18" {},
                        }
                    }
                    (report.layer_title(one.layer)) " (" (texts.count(inside(one.layer)))
                    @if !one.is_drawn() { ", " (texts.not_drawn) }
                    ")"
                }
            }
        }
    }
}

/// The type of a layer that the map can show.
fn drawable(layer: &Layer) -> Option<GeometryType> {
    layer
        .geometry_type()
        .filter(|kind| matches!(kind, GeometryType::Point | GeometryType::Polygon))
}

/// Where the points of a layer stand on the paper, each place once.
fn places(layer: &Layer, frame: &Frame) -> Vec<[i32; 2]> {
    let rows = in_window(layer, frame).into_iter();
    let placed = rows
        .filter_map(|row| frame.place(layer.anchor(row)))
        .filter(|at| frame.holds(*at));
    let mut places: Vec<[i32; 2]> = placed.map(|at| at.map(super::outline::whole)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Half the size of a symbol, in units: the more there are, the smaller.
fn radius(count: usize) -> i32 {
    match count {
        0..40 => 14,
        40..150 => 10,
        _ => 6,
    }
}

/// Circle, square, triangle, diamond: told apart without colour.
fn mark(symbol: usize, [x, y]: [i32; 2], r: i32) -> String {
    match symbol {
        0 => format!(
            "M{} {y}a{r} {r} 0 1 0 {} 0a{r} {r} 0 1 0 {} 0z",
            x - r,
            2 * r,
            -2 * r
        ),
        1 => format!("M{} {}h{d}v{d}h-{d}z", x - r, y - r, d = 2 * r),
        2 => format!("M{x} {}l{r} {}h-{}z", y - r, 2 * r, 2 * r),
        _ => format!("M{x} {}l{r} {r}-{r} {r}-{r}-{r}z", y - r),
    }
}
