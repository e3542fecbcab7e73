//! A geometry of a topology → a drafted geometry: arcs joined end to end (2.2).

use comarca_engine::GeometryType;

use super::arcs::{Arcs, positions};
use crate::source::draft::Draft;
use crate::source::geojson::plain;

/// Why a geometry is not drafted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is wrong in itself.
    Geometry(String),
    /// The file would take more memory than one of its size may.
    File(String),
}

impl From<String> for Refusal {
    fn from(why: String) -> Self {
        Self::Geometry(why)
    }
}

/// Drafts the geometries of a file within its budget of vertices.
#[derive(Debug)]
pub(super) struct Geometries<'a> {
    arcs: &'a Arcs,
    budget: usize,
}

/// Indexes of the arcs of a line or ring.
type Line = Vec<i64>;

impl<'a> Geometries<'a> {
    /// For a file of `file_bytes`: references to arcs cost a file little, so their vertices are bounded by its size.
    pub(super) fn new(arcs: &'a Arcs, file_bytes: usize) -> Self {
        let budget = file_bytes.saturating_mul(2).saturating_add(1 << 10);
        Self { arcs, budget }
    }

    /// Drafts a geometry of type `kind`; says how often an arc did not begin where the one before it ended.
    pub(super) fn draft(
        &mut self,
        kind: &str,
        arcs: Option<&str>,
        coordinates: Option<&str>,
        draft: &mut Draft,
    ) -> Result<usize, Refusal> {
        if kind.starts_with("Multi") {
            draft.multi();
        }
        match kind {
            "Point" => self.points(coordinates, 1, draft),
            "MultiPoint" => self.points(coordinates, 2, draft),
            "LineString" => self.lines(&[parsed(arcs)?], draft),
            "MultiLineString" => self.lines(&parsed::<Vec<Line>>(arcs)?, draft),
            "Polygon" => self.polygons(&[parsed(arcs)?], draft),
            "MultiPolygon" => self.polygons(&parsed::<Vec<Vec<Line>>>(arcs)?, draft),
            _ => Err(Refusal::Geometry(format!(
                "the type {kind:?} is not one of TopoJSON"
            ))),
        }
    }

    fn points(
        &mut self,
        coordinates: Option<&str>,
        depth: usize,
        draft: &mut Draft,
    ) -> Result<usize, Refusal> {
        let text = coordinates.ok_or_else(|| "it has no coordinates".to_owned())?;
        draft.kind(GeometryType::Point);
        let transform = self.arcs.transform;
        // An empty array is an empty point.
        let empty = depth == 1 && !text.contains(|c: char| c.is_ascii_digit());
        let depth = if empty { 2 } else { depth };
        positions(text, depth, |position, numbers| {
            if numbers > 2 {
                draft.drop_dimensions();
            }
            let [x, y] = transform.map_or(position, |transform| transform.apply(position));
            draft.point(x, y);
        })
        .map_err(str::to_owned)?;
        Ok(0)
    }

    fn lines(&mut self, lines: &[Line], draft: &mut Draft) -> Result<usize, Refusal> {
        draft.kind(GeometryType::Line);
        let mut gaps = 0;
        for line in lines {
            gaps += self.join(line, draft)?;
            draft.end_part();
        }
        Ok(gaps)
    }

    fn polygons(&mut self, polygons: &[Vec<Line>], draft: &mut Draft) -> Result<usize, Refusal> {
        draft.kind(GeometryType::Polygon);
        let mut gaps = 0;
        for rings in polygons {
            for ring in rings {
                gaps += self.join(ring, draft)?;
            }
            draft.end_part();
        }
        Ok(gaps)
    }

    /// Puts arcs end to end; the vertex where two of them meet is there once (2.1.4).
    fn join(&mut self, line: &[i64], draft: &mut Draft) -> Result<usize, Refusal> {
        let mut last: Option<[f64; 2]> = None;
        let mut gaps = 0;
        for index in line {
            let (vertices, backwards) = self.arcs.arc(*index)?;
            self.spend(vertices.len())?;
            let place = |step: usize| match backwards {
                true => vertices[vertices.len() - 1 - step],
                false => vertices[step],
            };
            let shared = last.is_some() && !vertices.is_empty() && last == Some(place(0));
            gaps += usize::from(last.is_some() && !vertices.is_empty() && !shared);
            for step in usize::from(shared)..vertices.len() {
                let [x, y] = place(step);
                draft.coordinate(x, y);
                last = Some([x, y]);
            }
        }
        if self.arcs.has_heights {
            draft.drop_dimensions();
        }
        draft.end_ring();
        Ok(gaps)
    }

    fn spend(&mut self, vertices: usize) -> Result<(), Refusal> {
        const TOO_MANY: &str = "the arcs are used so often that the vertices are out of all proportion to the file's size";
        let rest = self.budget.checked_sub(vertices);
        self.budget = rest.ok_or_else(|| Refusal::File(TOO_MANY.to_owned()))?;
        Ok(())
    }
}

/// The indexes of arcs, nested as the type demands.
fn parsed<T: for<'de> serde::Deserialize<'de>>(arcs: Option<&str>) -> Result<T, String> {
    let text = arcs.ok_or_else(|| "it has no arcs".to_owned())?;
    serde_json::from_str(text)
        .map_err(|error| format!("the arcs are not as the type demands: {}", plain(&error)))
}
