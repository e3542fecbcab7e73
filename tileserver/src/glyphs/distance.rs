//! How far each pixel is from the outline of a glyph.
//!
//! The values are those that `node-fontnik` and `tiny-sdf` write: 8 pixels of distance over the whole range, the outline at three
//! quarters of it. Distances are exact to the edges, not taken from a picture.

use super::outline::Outline;

/// Pixels around the glyph.
pub(super) const BORDER: u32 = 3;
/// Pixels of distance that the range of values spans.
const RADIUS: f32 = 8.0;
/// Share of the range that lies inside.
const INSIDE: f32 = 0.25;

/// Values of a bitmap row by row from the top, with its border, for a glyph whose box has its upper left corner at
/// `corner` and `size` pixels.
pub(super) fn field(
    outline: &Outline,
    [left, top]: [i32; 2],
    [width, height]: [u32; 2],
) -> Vec<u8> {
    let (columns, rows) = (width + 2 * BORDER, height + 2 * BORDER);
    let value = |column: u32, row: u32| {
        let middle = |steps: u32| steps as f32 - BORDER as f32 + 0.5;
        let at = [left as f32 + middle(column), top as f32 - middle(row)];
        gray(signed_distance(&outline.edges, at))
    };
    (0..rows)
        .flat_map(|row| (0..columns).map(move |column| (column, row)))
        .map(|(column, row)| value(column, row))
        .collect()
}

/// Distance to the nearest edge, negative inside by the winding of the contours.
fn signed_distance(edges: &[[[f32; 2]; 2]], at: [f32; 2]) -> f32 {
    let mut least = f32::INFINITY;
    let mut winding = 0;
    for &[[ax, ay], [bx, by]] in edges {
        let (dx, dy) = (bx - ax, by - ay);
        let (px, py) = (at[0] - ax, at[1] - ay);
        let along = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
        let (ox, oy) = (px - along * dx, py - along * dy);
        least = least.min(ox * ox + oy * oy);
        let side = dx * py - dy * px;
        match (ay <= at[1], by <= at[1]) {
            (true, false) if side > 0.0 => winding += 1,
            (false, true) if side < 0.0 => winding -= 1,
            _ => {}
        }
    }
    if winding == 0 {
        least.sqrt()
    } else {
        -least.sqrt()
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates, as meant"
)]
fn gray(distance: f32) -> u8 {
    (255.0 - 255.0 * (distance / RADIUS + INSIDE)).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_square_is_light_inside_and_dark_outside() {
        let corners = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]];
        let edges: Vec<_> = (0..4)
            .map(|at| [corners[at], corners[(at + 1) % 4]])
            .collect();
        assert_eq!(signed_distance(&edges, [5.0, 5.0]), -5.0);
        assert_eq!(signed_distance(&edges, [13.0, 14.0]), 5.0);
        assert_eq!([gray(0.0), gray(-8.0), gray(8.0)], [191, 255, 0]);
    }
}
