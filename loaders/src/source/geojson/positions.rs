//! The `coordinates` member: nested arrays of numbers → a drafted geometry.
//!
//! The text is known to be JSON, so a scanner is enough: it needs no recursion, whatever the nesting, and reads each
//! number exactly as it is written.

use comarca_engine::GeometryType;

use crate::source::draft::Draft;

/// How deep the positions of a geometry type are nested (RFC 7946, 3.1); `None` for other types.
pub(super) fn depth(kind: &str) -> Option<usize> {
    Some(match kind {
        "Point" => 0,
        "MultiPoint" | "LineString" => 1,
        "MultiLineString" | "Polygon" => 2,
        "MultiPolygon" => 3,
        _ => return None,
    })
}

/// Drafts the geometry of type `kind` with `coordinates`; an empty array is an empty geometry.
pub(super) fn read(
    kind: &str,
    coordinates: Option<&str>,
    draft: &mut Draft,
) -> Result<(), &'static str> {
    let depth = depth(kind).ok_or("the type is not one of GeoJSON")?;
    let text = coordinates.ok_or("it has no coordinates")?;
    let (geometry_type, ring_level, part_level) = match kind {
        "Point" | "MultiPoint" => (GeometryType::Point, 0, 0),
        "LineString" | "MultiLineString" => (GeometryType::Line, 1, 1),
        _ => (GeometryType::Polygon, 1, 2),
    };
    draft.kind(geometry_type);
    if kind.starts_with("Multi") {
        draft.multi();
    }
    Scanner {
        depth,
        ring_level,
        part_level,
        draft,
    }
    .scan(text.as_bytes(), text)
}

/// Levels count from the position (0) outwards.
struct Scanner<'d> {
    depth: usize,
    ring_level: usize,
    part_level: usize,
    draft: &'d mut Draft,
}

const NOT_NESTED: &str = "the coordinates are not nested as the type demands";

impl Scanner<'_> {
    fn scan(&mut self, bytes: &[u8], text: &str) -> Result<(), &'static str> {
        let (mut open, mut at) = (0, 0);
        let mut position: ([f64; 2], usize) = ([0.0; 2], 0);
        while let Some(&byte) = bytes.get(at) {
            match byte {
                b'[' if open > self.depth => return Err(NOT_NESTED),
                b'[' => {
                    open += 1;
                    position.1 = 0;
                }
                b']' => {
                    open -= 1;
                    self.close(self.depth - open, position)?;
                }
                b'-' | b'0'..=b'9' => {
                    let end = number_end(bytes, at);
                    if open != self.depth + 1 {
                        return Err(NOT_NESTED);
                    }
                    if let Some(place) = position.0.get_mut(position.1) {
                        *place = text[at..end]
                            .parse()
                            .ok()
                            .ok_or("a coordinate is not a number")?;
                    }
                    position.1 += 1;
                    at = end;
                    continue;
                }
                b',' | b' ' | b'\t' | b'\n' | b'\r' => {}
                _ => return Err("a coordinate is not a number"),
            }
            at += 1;
        }
        Ok(())
    }

    /// Ends the array at `level`, which is 0 for a position.
    fn close(
        &mut self,
        level: usize,
        ([x, y], numbers): ([f64; 2], usize),
    ) -> Result<(), &'static str> {
        if level == 0 {
            match numbers {
                // Only a point may be empty in itself: `"coordinates": []`.
                0 if self.depth == 0 => return Ok(()),
                0 | 1 => return Err("a position has fewer than two numbers"),
                2 => {}
                _ => self.draft.drop_dimensions(),
            }
            self.draft.coordinate(x, y);
        }
        if level == self.ring_level {
            self.draft.end_ring();
        }
        if level == self.part_level {
            self.draft.end_part();
        }
        Ok(())
    }
}

fn number_end(bytes: &[u8], start: usize) -> usize {
    let is_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    bytes[start..]
        .iter()
        .position(|byte| !is_number(byte))
        .map_or(bytes.len(), |length| start + length)
}
