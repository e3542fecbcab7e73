//! The arcs of a topology: decoded once, used by index.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::source::geojson::plain;

/// From steps on a grid to coordinates (2.1.2).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Transform {
    scale: [f64; 2],
    translate: [f64; 2],
}

impl Transform {
    pub(super) fn read(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Raw<'a> {
            #[serde(borrow)]
            scale: &'a RawValue,
            #[serde(borrow)]
            translate: &'a RawValue,
        }
        let raw: Raw = serde_json::from_str(text).map_err(|error| plain(&error))?;
        let pair = |text: &str| {
            let mut pair = None;
            positions(text, 1, |position, _| pair = Some(position)).map_err(str::to_owned)?;
            pair.filter(|pair| pair.iter().all(|number| number.is_finite()))
                .ok_or_else(|| "it is not of two numbers".to_owned())
        };
        Ok(Self {
            scale: pair(raw.scale.get())?,
            translate: pair(raw.translate.get())?,
        })
    }

    /// The coordinates of the cell `[x, y]` of the grid.
    pub(super) fn apply(self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            x * self.scale[0] + self.translate[0],
            y * self.scale[1] + self.translate[1],
        ]
    }
}

/// All arcs, end to end.
#[derive(Debug)]
pub(super) struct Arcs {
    coordinates: Vec<[f64; 2]>,
    ranges: Vec<Result<Range<usize>, &'static str>>,
    pub(super) transform: Option<Transform>,
    /// Whether a position has a height or more.
    pub(super) has_heights: bool,
}

impl Arcs {
    /// Decodes the arcs (2.1.3): positions, or where there is a transform, steps from position to position.
    pub(super) fn read(arcs: &[&RawValue], transform: Option<Transform>) -> Self {
        let mut all = Self {
            coordinates: vec![],
            ranges: Vec::with_capacity(arcs.len()),
            transform,
            has_heights: false,
        };
        arcs.iter().for_each(|arc| all.push(arc.get()));
        all
    }

    fn push(&mut self, text: &str) {
        let start = self.coordinates.len();
        let mut cell = [0.0; 2];
        let read = positions(text, 2, |position, numbers| {
            self.has_heights |= numbers > 2;
            self.coordinates.push(match self.transform {
                None => position,
                Some(transform) => {
                    cell = [cell[0] + position[0], cell[1] + position[1]];
                    transform.apply(cell)
                }
            });
        });
        if read.is_err() {
            self.coordinates.truncate(start);
        }
        self.ranges
            .push(read.map(|()| start..self.coordinates.len()));
    }

    /// The vertices of an arc by its index, and whether they are walked backwards, as a negative index says (2.1.4).
    pub(super) fn arc(&self, index: i64) -> Result<(&[[f64; 2]], bool), String> {
        let backwards = index < 0;
        let at = usize::try_from(if backwards { !index } else { index });
        match at.ok().and_then(|at| self.ranges.get(at)) {
            Some(Ok(range)) => Ok((&self.coordinates[range.clone()], backwards)),
            Some(Err(why)) => Err(format!("arc {index} cannot be read: {why}")),
            None => Err(format!(
                "there is no arc {index}: the file has {}",
                self.ranges.len()
            )),
        }
    }
}

const NOT_NESTED: &str = "the positions are not nested as they must be";

/// Hands over every position of `text`, which is valid JSON, with the number of its numbers. Positions are arrays at
/// the level `depth`, counted from 1: a single one is at level 1, a list of them at level 2.
///
/// The numbers are read exactly as they are written, without recursion and without regard to what they are for.
pub(super) fn positions(
    text: &str,
    depth: usize,
    mut each: impl FnMut([f64; 2], usize),
) -> Result<(), &'static str> {
    let bytes = text.as_bytes();
    let (mut open, mut at) = (0, 0);
    let (mut position, mut numbers) = ([0.0; 2], 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'[' if open == depth => return Err(NOT_NESTED),
            b'[' => {
                open += 1;
                numbers = 0;
            }
            b']' => {
                if open == depth {
                    if numbers < 2 {
                        return Err("a position has fewer than two numbers");
                    }
                    each(position, numbers);
                }
                open -= 1;
            }
            b'-' | b'0'..=b'9' => {
                let end = number_end(bytes, at);
                if open != depth {
                    return Err(NOT_NESTED);
                }
                if let Some(place) = position.get_mut(numbers) {
                    let number = text[at..end].parse();
                    *place = number.map_err(|_error| "a coordinate is not a number")?;
                }
                numbers += 1;
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

fn number_end(bytes: &[u8], start: usize) -> usize {
    let is_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
    bytes[start..]
        .iter()
        .position(|byte| !is_number(byte))
        .map_or(bytes.len(), |length| start + length)
}
