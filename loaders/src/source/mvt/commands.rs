//! The commands of a geometry (4.3) → a drafted geometry.

use comarca_engine::GeometryType;

use super::protobuf::zigzag;
use crate::source::draft::Draft;

/// Where the units of a tile lie.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) corner: [f64; 2],
    pub(super) unit: [f64; 2],
}

/// A geometry as a tile has it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Geometry<'a> {
    pub(super) commands: &'a [u32],
    pub(super) place: Place,
    /// Version 1 of the specification leaves open which way the rings run.
    pub(super) winding_is_free: bool,
}

/// What is wrong with a geometry that is read all the same.
type Warnings = Vec<&'static str>;

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;

impl Geometry<'_> {
    /// Drafts the geometry of the type that the feature says (4.3.4).
    pub(super) fn draft(
        self,
        kind: Option<u64>,
        draft: &mut Draft,
    ) -> Result<Warnings, &'static str> {
        if self.commands.is_empty() && kind.is_some_and(|kind| kind != 0) {
            return Err("the feature has none (4.2)");
        }
        let cursor = Cursor {
            rest: self.commands,
            at: [0, 0],
        };
        match kind {
            Some(1) => self.points(cursor, draft),
            Some(2) => self.lines(cursor, draft),
            Some(3) => self.polygons(cursor, draft),
            Some(0) => Err("its type is unknown (4.3.4.1)"),
            Some(_) => Err("its type is none of the specification's (4.3.4)"),
            None => Err("the feature has no type (4.2)"),
        }
    }

    fn points(self, mut cursor: Cursor, draft: &mut Draft) -> Result<Warnings, &'static str> {
        let mut warnings = vec![];
        draft.kind(GeometryType::Point);
        let mut is_first = true;
        while let Some((command, count)) = cursor.command()? {
            if command != MOVE_TO || count == 0 {
                return Err("points are not of one MoveTo with a count above 0 (4.3.4.2)");
            }
            if !std::mem::take(&mut is_first) {
                warn(
                    &mut warnings,
                    "points are of several MoveTo commands (4.3.4.2)",
                );
            }
            for _ in 0..count {
                let [x, y] = self.position(cursor.step()?);
                draft.point(x, y);
            }
        }
        Ok(warnings)
    }

    fn lines(self, mut cursor: Cursor, draft: &mut Draft) -> Result<Warnings, &'static str> {
        let mut warnings = vec![];
        draft.kind(GeometryType::Line);
        while let Some(vertices) = cursor.line(&mut warnings)? {
            self.push(&vertices, draft);
            draft.end_ring();
            draft.end_part();
        }
        Ok(warnings)
    }

    /// Exterior rings have a positive area with y to the south, and the interior ones that follow a negative one
    /// (4.3.4.4). What has the other sign than the first ring is a hole, should they all run the wrong way.
    fn polygons(self, mut cursor: Cursor, draft: &mut Draft) -> Result<Warnings, &'static str> {
        let mut warnings = vec![];
        draft.kind(GeometryType::Polygon);
        let mut exterior_sign = None;
        while let Some(mut ring) = cursor.line(&mut warnings)? {
            if cursor.command()? != Some((CLOSE_PATH, 1)) {
                return Err("a ring does not end with ClosePath (4.3.4.4)");
            }
            let sign = area_sign(&ring);
            if sign == 0 {
                warn(&mut warnings, "a ring without area is left out (4.3.4.4)");
                continue;
            }
            match exterior_sign {
                Some(exterior) if exterior != sign => {}
                Some(_) => draft.end_part(),
                None => {
                    exterior_sign = Some(sign);
                    if sign < 0 && !self.winding_is_free {
                        warn(
                            &mut warnings,
                            "the first ring runs as an interior one (4.3.4.4)",
                        );
                    }
                }
            }
            if ring.first() != ring.last() {
                ring.extend_from_within(..1);
            }
            self.push(&ring, draft);
            draft.end_ring();
        }
        if exterior_sign.is_some() {
            draft.end_part();
        }
        Ok(warnings)
    }

    fn push(self, vertices: &[[i64; 2]], draft: &mut Draft) {
        for at in vertices {
            let [x, y] = self.position(*at);
            draft.coordinate(x, y);
        }
    }

    fn position(self, at: [i64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| self.place.corner[axis] + at[axis] as f64 * self.place.unit[axis])
    }
}

fn warn(warnings: &mut Warnings, warning: &'static str) {
    if !warnings.contains(&warning) {
        warnings.push(warning);
    }
}

/// Walks over the commands; the position goes on from command to command (4.3.2).
#[derive(Debug)]
struct Cursor<'a> {
    rest: &'a [u32],
    at: [i64; 2],
}

impl Cursor<'_> {
    /// Command and count (4.3.1); the parameters that the count announces are there.
    fn command(&mut self) -> Result<Option<(u32, usize)>, &'static str> {
        let Some((&integer, rest)) = self.rest.split_first() else {
            return Ok(None);
        };
        self.rest = rest;
        let (command, count) = (integer & 7, (integer >> 3) as usize);
        match command {
            CLOSE_PATH => {}
            MOVE_TO | LINE_TO if count <= rest.len() / 2 => {}
            MOVE_TO | LINE_TO => return Err("a command has fewer parameters than it says (4.3.1)"),
            _ => return Err("a command does not exist (4.3.3)"),
        }
        Ok(Some((command, count)))
    }

    /// The position after the next two parameters.
    fn step(&mut self) -> Result<[i64; 2], &'static str> {
        let ([x, y], rest) = self
            .rest
            .split_first_chunk()
            .ok_or("it breaks off (4.3.1)")?;
        self.rest = rest;
        let step = [*x, *y].map(|parameter| zigzag(parameter.into()));
        self.at = [self.at[0] + step[0], self.at[1] + step[1]];
        Ok(self.at)
    }

    /// The vertices of a `MoveTo` and the `LineTo` behind it; `None` at the end.
    fn line(&mut self, warnings: &mut Warnings) -> Result<Option<Vec<[i64; 2]>>, &'static str> {
        match self.command()? {
            None => return Ok(None),
            Some((MOVE_TO, 1)) => {}
            Some(_) => return Err("a line or ring does not begin with one MoveTo (4.3.4)"),
        }
        let mut vertices = vec![self.step()?];
        match self.command()? {
            Some((LINE_TO, count)) if count > 0 => {
                for _ in 0..count {
                    let before = self.at;
                    let vertex = self.step()?;
                    if vertex == before {
                        warn(warnings, "a LineTo stays where it is (4.3.3.2)");
                    }
                    vertices.push(vertex);
                }
            }
            _ => return Err("a line or ring has no LineTo after its MoveTo (4.3.4)"),
        }
        Ok(Some(vertices))
    }
}

/// The sign of the area by the surveyor's formula. A sum of products of 64 bits fits 128.
fn area_sign(ring: &[[i64; 2]]) -> i32 {
    let wide = |at: [i64; 2]| at.map(i128::from);
    let next = ring.iter().skip(1).chain(ring.first());
    let doubled: i128 = ring
        .iter()
        .zip(next)
        .map(|(a, b)| {
            let ([x0, y0], [x1, y1]) = (wide(*a), wide(*b));
            x0 * y1 - x1 * y0
        })
        .sum();
    match doubled {
        0 => 0,
        _ if doubled > 0 => 1,
        _ => -1,
    }
}
