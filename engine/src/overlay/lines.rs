//! Length of lines in each zone.

use super::bounds::Bounds;
use super::grid::Edge;
use super::measure::Tally;
use super::parts::Parts;
use super::segment::{is_place, local};
use super::zones::{Zones, divide};
use crate::layer::Layer;
use crate::number::narrow;
use crate::shapes::GeometryType;
use crate::space::Metric;
use geo::kernels::{Kernel, Orientation, RobustKernel};

/// Lengths below this share of a line are rounding.
const LENGTH_ROUNDING: f64 = 1e-12;
/// An edge whose end is within this share of the stretch's length of it is cut there, to be safe: what is cut needlessly
/// is put together again by where its pieces lie.
const NEAR: f64 = 1e-9;

impl Zones {
    /// Length in metres of each line of `source` in each zone.
    ///
    /// Of `rows`, all without. A stretch counts once, by the rule for points: where zones overlap, in the first of the
    /// layer; along a border, in the zone east of it, or north of it where the border is horizontal. It runs along a
    /// border where both its ends lie exactly on the line of a border's edge, as they do where line and border were
    /// drawn from the same vertices. Points and polygons have no length. Cost O(v) for a line without a border in its
    /// cells; elsewhere O(k log k) for a stretch and k borders. On all threads, with the same bits on any number of them.
    pub fn line_lengths(&self, source: &Layer, rows: Option<&[u32]>) -> Parts {
        let state = || (Tally::new(self.layer().len()), Room::default(), vec![]);
        divide(
            source,
            rows,
            self.layer().len(),
            state,
            |row, (tally, room, parts), into| {
                let total = self.measure(source, row as usize, tally, room);
                tally.drain(LENGTH_ROUNDING * total, parts);
                into.push(row, total, parts, false);
            },
        )
    }

    /// Adds the length of a feature in each zone to the tally and says how long it is.
    fn measure(&self, source: &Layer, row: usize, tally: &mut Tally, room: &mut Room) -> f64 {
        let shapes = source.shapes();
        let coordinates = &source.metric()[shapes.feature_coordinates(row)];
        let is_line = shapes.geometry_type(row) == GeometryType::Line;
        if !(is_line && coordinates.iter().copied().all(is_place)) {
            return 0.0;
        }
        let total = source.length_m(row);
        let bounds = coordinates
            .iter()
            .fold(Bounds::NONE, |all, at| all.with(at.x_m, at.y_m))
            .relative_to(self.origin);
        if self.copy(bounds, total, tally) {
            return total;
        }
        for ring in shapes.feature_rings(row) {
            for pair in source.metric()[shapes.coordinates(ring)].windows(2) {
                let stretch = Stretch {
                    from: local(pair[0], self.origin),
                    to: local(pair[1], self.origin),
                };
                if !self.copy(stretch.bounds(), stretch.length_m(), tally) {
                    self.cut(&stretch, tally, room);
                }
            }
        }
        total
    }

    /// Adds all of a length that no border is near; says whether that was so.
    fn copy(&self, bounds: Bounds, length_m: f64, tally: &mut Tally) -> bool {
        let window = self.grid.window(bounds);
        let uncut = window.entries() == 0;
        if uncut && let Some(zone) = window.cover().map(|(zone, _)| zone).min() {
            tally.add(zone, length_m);
        }
        uncut
    }

    /// Cuts a stretch at all borders and adds each piece to the zone that holds its middle.
    fn cut(&self, stretch: &Stretch, tally: &mut Tally, room: &mut Room) {
        room.cuts.clear();
        room.cuts.extend([0.0, 1.0]);
        room.along.clear();
        self.grid
            .edges_along(stretch.from, stretch.to, &mut room.numbers);
        for &number in &room.numbers {
            let edge = self.grid.edge(number);
            let (from, to) = edge.ends();
            if stretch.is_along(from, to) {
                let (start, end) = (stretch.share_at(from), stretch.share_at(to));
                room.cuts.extend([start, end]);
                room.along.push((start.min(end), start.max(end), number));
            } else {
                room.cuts.extend(stretch.crossing(from, to));
            }
        }
        room.cuts.retain(|cut| (0.0..=1.0).contains(cut));
        room.cuts.sort_by(f64::total_cmp);
        let length_m = stretch.length_m();
        for piece in room.cuts.windows(2).filter(|piece| piece[0] < piece[1]) {
            let middle = f64::midpoint(piece[0], piece[1]);
            let beside = (room.along.iter())
                .filter(|(start, end, _)| *start <= middle && middle <= *end)
                .map(|&(_, _, number)| self.grid.edge(number));
            if let Some(zone) = self.holder(stretch.at(middle), beside) {
                tally.add(zone, length_m * (piece[1] - piece[0]));
            }
        }
    }

    /// The zone that holds the middle of a piece, which runs along the edges `beside`.
    fn holder<'a>(&self, middle: Metric, beside: impl Iterator<Item = &'a Edge>) -> Option<u32> {
        let (mut east, mut west) = (None, None);
        for edge in beside {
            let side: &mut Option<u32> = if edge.holds_east() {
                &mut east
            } else {
                &mut west
            };
            *side = Some(side.map_or(edge.feature, |first| first.min(edge.feature)));
        }
        if east.is_some() {
            return east;
        }
        let located = self.locate(Metric {
            x_m: middle.x_m + self.origin.x_m,
            y_m: middle.y_m + self.origin.y_m,
        });
        // Rounding may put the middle of an eastern border inside, where a point on it would be outside.
        located.map(narrow).filter(|&zone| west != Some(zone))
    }
}

/// Room to write into, used again from stretch to stretch.
#[derive(Default)]
struct Room {
    numbers: Vec<u32>,
    /// Shares of the stretch at which it is cut.
    cuts: Vec<f64>,
    /// Shares of the stretch between which it runs along an edge, and the edge.
    along: Vec<(f64, f64, u32)>,
}

/// A straight piece of a line.
struct Stretch {
    from: Metric,
    to: Metric,
}

impl Stretch {
    fn bounds(&self) -> Bounds {
        Bounds::NONE
            .with(self.from.x_m, self.from.y_m)
            .with(self.to.x_m, self.to.y_m)
    }

    fn length_m(&self) -> f64 {
        self.from.distance_squared(self.to).sqrt()
    }

    fn at(&self, share: f64) -> Metric {
        let along = local(self.to, self.from);
        Metric {
            x_m: self.from.x_m + share * along.x_m,
            y_m: self.from.y_m + share * along.y_m,
        }
    }

    /// How far along the stretch a point beside it is, 0 at its start and 1 at its end.
    fn share_at(&self, point: Metric) -> f64 {
        let (along, away) = (local(self.to, self.from), local(point, self.from));
        (along.x_m * away.x_m + along.y_m * away.y_m)
            / (along.x_m * along.x_m + along.y_m * along.y_m)
    }

    /// Whether the stretch and an edge lie on one line, exactly.
    fn is_along(&self, a: Metric, b: Metric) -> bool {
        collinear(self.from, self.to, a)
            && collinear(self.from, self.to, b)
            && collinear(a, b, self.from)
            && collinear(a, b, self.to)
    }

    /// Where an edge meets the stretch or nearly does.
    fn crossing(&self, a: Metric, b: Metric) -> Option<f64> {
        let (along, edge, away) = (local(self.to, self.from), local(b, a), local(a, self.from));
        let turn = cross(along, edge);
        let on_edge = cross(away, along) / turn;
        let share = cross(away, edge) / turn;
        ((-NEAR..=1.0 + NEAR).contains(&on_edge) && share.is_finite()).then_some(share)
    }
}

fn cross(a: Metric, b: Metric) -> f64 {
    a.x_m * b.y_m - a.y_m * b.x_m
}

fn collinear(a: Metric, b: Metric, point: Metric) -> bool {
    let coord = |at: Metric| geo_types::Coord {
        x: at.x_m,
        y: at.y_m,
    };
    <RobustKernel as Kernel<f64>>::orient2d(coord(a), coord(b), coord(point))
        == Orientation::Collinear
}
