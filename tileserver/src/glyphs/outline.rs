//! The outline of a glyph as straight edges.

use ttf_parser::{Face, GlyphId, OutlineBuilder};

/// Pieces that a curve is cut into: at 24 pixels an em they stay within a hundredth of a pixel of it.
const PIECES: u8 = 8;

/// Closed contours in pixels, y upwards from the base line.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Each edge from its start to its end.
    pub(super) edges: Vec<[[f32; 2]; 2]>,
    scale: f32,
    start: [f32; 2],
    at: [f32; 2],
}

impl Outline {
    pub(super) fn of(face: &Face<'_>, id: GlyphId, scale: f32) -> Self {
        let mut outline = Self {
            scale,
            ..Self::default()
        };
        // Without an outline, as for a space, there are no edges.
        let _box = face.outline_glyph(id, &mut outline);
        outline
    }

    /// Left, bottom, right, top; `None` without edges.
    pub(super) fn extent(&self) -> Option<[f32; 4]> {
        let points = self.edges.iter().flatten();
        let boxes = points.map(|&[x, y]| [x, y, x, y]);
        boxes.reduce(|all, own| {
            [
                all[0].min(own[0]),
                all[1].min(own[1]),
                all[2].max(own[2]),
                all[3].max(own[3]),
            ]
        })
    }

    fn edge_to(&mut self, to: [f32; 2]) {
        if to != self.at {
            self.edges.push([self.at, to]);
        }
        self.at = to;
    }

    /// A Bézier curve from here by its control points, the last of which is its end.
    fn curve<const N: usize>(&mut self, controls: [[f32; 2]; N]) {
        let from = self.at;
        for piece in 1..=PIECES {
            let share = f32::from(piece) / f32::from(PIECES);
            self.edge_to(bezier(from, &controls, share));
        }
    }

    fn scaled(&self, x: f32, y: f32) -> [f32; 2] {
        [x * self.scale, y * self.scale]
    }
}

/// A point of a Bézier curve (de Casteljau).
fn bezier<const N: usize>(from: [f32; 2], controls: &[[f32; 2]; N], share: f32) -> [f32; 2] {
    let mut points: Vec<[f32; 2]> = std::iter::once(from).chain(*controls).collect();
    while points.len() > 1 {
        let between = |pair: &[[f32; 2]]| {
            [0, 1].map(|axis| pair[0][axis] + (pair[1][axis] - pair[0][axis]) * share)
        };
        points = points.windows(2).map(between).collect();
    }
    points[0]
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        self.start = self.scaled(x, y);
        self.at = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let to = self.scaled(x, y);
        self.edge_to(to);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let controls = [self.scaled(x1, y1), self.scaled(x, y)];
        self.curve(controls);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let controls = [self.scaled(x1, y1), self.scaled(x2, y2), self.scaled(x, y)];
        self.curve(controls);
    }

    fn close(&mut self) {
        let start = self.start;
        self.edge_to(start);
    }
}
