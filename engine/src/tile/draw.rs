//! Draws features into one tile, with buffers that are used again for the next one.

use super::clip;
use super::coord::TileCoord;
use super::encode::Geometry;
use super::quantize::{Cell, Frame, Unit, clean_ring, doubled_area};
use super::select::{Selection, Source};
use super::simple::{Rings, Simplicity};
use crate::generalise::{Own, Piece};
use crate::index::Envelope;
use crate::layer::Layer;
use crate::shapes::{GeometryType, Shapes};
use crate::space::World;
use crate::topology::Drawn;

/// The state of drawing into one tile.
pub(super) struct Drawing<'a> {
    frame: Frame,
    window: Envelope<u32>,
    zoom: u8,
    /// Vertices that this zoom shows are drawn: that of the tile, or a lower one where less is to be shown.
    vertex_zoom: u8,
    drawn: Drawn<'a>,
    pieces: Vec<Piece>,
    cells: Vec<Cell>,
    scratch: Vec<Cell>,
    units: Vec<Unit>,
    rings: Rings,
}

/// What was drawn of a feature.
#[derive(Clone, Copy, Debug)]
pub(super) struct Outcome {
    pub(super) geometry_type: GeometryType,
    /// Whether the whole feature lies in the buffered tile.
    pub(super) is_inside: bool,
}

/// Shapes and vertices of a layer or of a detail.
#[derive(Clone, Copy)]
struct Shown<'a> {
    shapes: &'a Shapes,
    world: &'a [World],
    zooms: &'a [u8],
}

impl<'a> Drawing<'a> {
    /// Draws what a zoom some steps below the tile's shows of a layer.
    pub(super) fn new(coord: TileCoord, zooms_lower: u8, drawn: Drawn<'a>) -> Self {
        let frame = Frame::of(coord);
        Self {
            frame,
            window: frame.window(),
            zoom: coord.z(),
            vertex_zoom: coord.z().saturating_sub(zooms_lower),
            drawn,
            pieces: vec![],
            cells: vec![],
            scratch: vec![],
            units: vec![],
            rings: Rings::default(),
        }
    }

    /// The buffered tile on the world grid.
    pub(super) fn window(&self) -> Envelope<u32> {
        self.window
    }

    /// Writes the geometry of a feature; nothing where nothing of it is in the tile or all of it rounds to nothing.
    pub(super) fn feature(
        &mut self,
        source: Source<'_>,
        selection: &Selection<'_>,
        feature: usize,
        out: &mut Geometry,
    ) -> Outcome {
        let mut pieces = std::mem::take(&mut self.pieces);
        selection.pieces(feature, source.layer.len(), &mut pieces);
        let own = selection.detail().map(|detail| &detail.own);
        let is_inside = pieces.iter().all(|&piece| self.is_inside(piece, own));
        let geometry_type = match pieces.first() {
            Some(Piece::Row(row)) => self.drawn.shapes.geometry_type(*row),
            Some(Piece::Own(_)) => GeometryType::Polygon,
            None => GeometryType::None,
        };
        match geometry_type {
            GeometryType::None => {}
            GeometryType::Point => pieces.iter().for_each(|&piece| self.points(piece, out)),
            GeometryType::Line => pieces
                .iter()
                .for_each(|&piece| self.lines(piece, is_inside, out)),
            GeometryType::Polygon => {
                let simplicity = match selection.detail() {
                    Some(detail) => &detail.simplicity,
                    None => source.details.simplicity(source.layer),
                };
                // A detail is drawn with the same vertices whenever it is drawn at this zoom.
                let lasts = selection.detail().is_some() || self.vertex_zoom == self.zoom;
                self.gather(&pieces, own);
                self.polygons((is_inside && lasts).then_some((simplicity, feature)), out);
            }
        }
        self.pieces = pieces;
        Outcome {
            geometry_type,
            is_inside,
        }
    }

    /// Writes one point, the middle of the feature's box, moved into the tile: the specification wants a geometry.
    pub(super) fn anchor(&mut self, layer: &Layer, row: usize, out: &mut Geometry) -> Outcome {
        let outcome = Outcome {
            geometry_type: GeometryType::Point,
            is_inside: false,
        };
        let Some(envelope) = layer.world_box(row) else {
            return outcome;
        };
        let middle =
            |axis: usize| i64::midpoint(i64::from(envelope[axis]), i64::from(envelope[axis + 2]));
        let corner = self.frame.relative(World { x: 0, y: 0 });
        let [low, high] = self.frame.kept();
        let cell = [0, 1].map(|axis| (middle(axis) + corner[axis]).clamp(low, high));
        out.points(&[self.frame.unit(cell)]);
        outcome
    }

    /// Whether a piece lies inside the buffered tile, so that nothing has to be cut.
    fn is_inside(&self, piece: Piece, own: Option<&Own>) -> bool {
        let window = self.window;
        let envelope = match piece {
            Piece::Row(row) => self.drawn.boxes[row],
            Piece::Own(shape) => own.and_then(|own| own.boxes[shape]),
        };
        envelope.is_some_and(|own| {
            own[0] >= window[0] && own[1] >= window[1] && own[2] <= window[2] && own[3] <= window[3]
        })
    }

    fn points(&mut self, piece: Piece, out: &mut Geometry) {
        let Piece::Row(row) = piece else { return };
        let [low, high] = self.frame.kept();
        self.units.clear();
        for &at in &self.drawn.world[self.drawn.shapes.feature_coordinates(row)] {
            let cell = self.frame.relative(at);
            if cell.iter().all(|value| (low..=high).contains(value)) {
                self.units.push(self.frame.unit(cell));
            }
        }
        if !self.units.is_empty() {
            out.points(&self.units);
        }
    }

    fn lines(&mut self, piece: Piece, is_inside: bool, out: &mut Geometry) {
        let Piece::Row(row) = piece else { return };
        let shown = self.shown();
        for line in shown.shapes.feature_rings(row) {
            self.visible(shown, line);
            let (frame, units) = (self.frame, &mut self.units);
            let mut emit = |piece: &[Cell]| {
                units.clear();
                units.extend(piece.iter().map(|&cell| frame.unit(cell)));
                units.dedup();
                if units.len() > 1 {
                    out.line(units);
                }
            };
            match is_inside {
                true => emit(&self.cells),
                false => clip::line(&self.cells, frame.kept(), emit),
            }
        }
    }

    /// Collects the rings of all pieces, cut to the tile and rounded; interiors of an exterior that vanished go with it.
    fn gather(&mut self, pieces: &[Piece], own: Option<&Own>) {
        self.rings.clear();
        for &piece in pieces {
            let is_inside = self.is_inside(piece, own);
            let (shown, feature) = match (piece, own) {
                (Piece::Row(row), _) => (self.shown(), row),
                (Piece::Own(shape), Some(own)) => (own.shown(), shape),
                (Piece::Own(_), None) => continue,
            };
            for part in shown.shapes.parts(feature) {
                self.part(shown, part, is_inside);
            }
        }
    }

    fn part(&mut self, shown: Shown<'_>, part: usize, is_inside: bool) {
        for (position, ring) in shown.shapes.rings(part).enumerate() {
            self.visible(shown, ring);
            if !is_inside {
                clip::ring(&mut self.cells, self.frame.kept(), &mut self.scratch);
            }
            self.units.clear();
            self.units
                .extend(self.cells.iter().map(|&cell| self.frame.unit(cell)));
            clean_ring(&mut self.units);
            let area = match self.units.len() {
                0..3 => 0,
                _ => doubled_area(&self.units),
            };
            if area == 0 && position == 0 {
                return;
            }
            if area == 0 {
                continue;
            }
            // Spec 4.3.4.4: exterior rings wind with a positive area, interior rings with a negative one.
            if (area > 0) != (position == 0) {
                self.units.reverse();
            }
            self.rings.push(&self.units);
        }
    }

    /// Writes the collected rings, repaired where they are not simple. What lies inside its tiles is looked at once a zoom.
    fn polygons(&self, memory: Option<(&Simplicity, usize)>, out: &mut Geometry) {
        if self.rings.is_empty() {
            return;
        }
        let known = memory.and_then(|(simplicity, feature)| simplicity.known(feature, self.zoom));
        let is_simple = known.unwrap_or_else(|| self.rings.is_simple());
        if let (None, Some((simplicity, feature))) = (known, memory) {
            simplicity.learn(feature, self.zoom, is_simple);
        }
        let repaired = (!is_simple).then(|| self.rings.repaired().unwrap_or_default());
        let rings = repaired.as_ref().unwrap_or(&self.rings);
        rings.iter().for_each(|ring| out.ring(ring));
    }

    fn shown(&self) -> Shown<'a> {
        Shown {
            shapes: self.drawn.shapes,
            world: self.drawn.world,
            zooms: self.drawn.zooms,
        }
    }

    /// The vertices of a ring or line that are shown, relative to the tile's corner.
    fn visible(&mut self, shown: Shown<'_>, ring: usize) {
        let range = shown.shapes.coordinates(ring);
        let lowest = &shown.zooms[range.clone()];
        let places = shown.world[range]
            .iter()
            .zip(lowest)
            .filter(|(_, lowest)| **lowest <= self.vertex_zoom);
        self.cells.clear();
        self.cells
            .extend(places.map(|(&at, _)| self.frame.relative(at)));
    }
}

impl Own {
    fn shown(&self) -> Shown<'_> {
        Shown {
            shapes: &self.shapes,
            world: &self.world,
            zooms: &self.zooms,
        }
    }
}
