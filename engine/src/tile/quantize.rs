//! From world cells to tile units, and rings that stay rings.

use super::coord::TileCoord;
use super::{BUFFER, EXTENT};
use crate::index::Envelope;
use crate::space::World;

/// A position in tile units; the tile is 0 ≤ x, y < 4096 and y runs south.
pub(super) type Unit = [i32; 2];

/// A position relative to a tile's corner in world cells.
pub(super) type Cell = [i64; 2];

/// Where a tile lies on the world grid and how its units count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    origin: Cell,
    /// log2 of world cells per tile unit; negative beyond zoom 20.
    shift: i32,
    /// Side of the tile in world cells.
    width: i64,
    /// Width of the buffer in world cells.
    buffer: i64,
}

impl Frame {
    pub(super) fn of(coord: TileCoord) -> Self {
        let zoom = i32::from(coord.z());
        let width = 1i64 << (32 - zoom);
        Self {
            origin: [i64::from(coord.x()) * width, i64::from(coord.y()) * width],
            shift: 20 - zoom,
            width,
            buffer: width * i64::from(BUFFER) / i64::from(EXTENT),
        }
    }

    /// The buffered tile on the world grid, cut to the grid's range.
    pub(super) fn window(&self) -> Envelope<u32> {
        let on_grid =
            |cell: i64| u32::try_from(cell.clamp(0, i64::from(u32::MAX))).unwrap_or(u32::MAX);
        let low = |axis: usize| on_grid(self.origin[axis] - self.buffer);
        let high = |axis: usize| on_grid(self.origin[axis] + self.width + self.buffer);
        [low(0), low(1), high(0), high(1)]
    }

    /// Smallest and largest coordinate kept on either axis, relative to the tile's corner.
    pub(super) fn kept(&self) -> [i64; 2] {
        [-self.buffer, self.width + self.buffer]
    }

    /// The position relative to the tile's corner, in world cells.
    pub(super) fn relative(&self, at: World) -> Cell {
        [
            i64::from(at.x) - self.origin[0],
            i64::from(at.y) - self.origin[1],
        ]
    }

    /// The nearest tile unit. `cell` must be clipped to [`kept`](Self::kept), which fits 32 bits.
    pub(super) fn unit(&self, cell: Cell) -> Unit {
        cell.map(|cell| {
            let unit = match self.shift {
                0 => cell,
                shift if shift > 0 => (cell + (1 << (shift - 1))) >> shift,
                shift => cell << -shift,
            };
            i32::try_from(unit).unwrap_or(if unit < 0 { i32::MIN / 2 } else { i32::MAX / 2 })
        })
    }
}

/// Makes an open ring without repeated positions and without spikes (a–b–a); it may end empty.
pub(super) fn clean_ring(ring: &mut Vec<Unit>) {
    ring.dedup();
    while ring.len() > 1 && ring.first() == ring.last() {
        ring.pop();
    }
    let mut kept: Vec<Unit> = Vec::with_capacity(ring.len());
    for &unit in ring.iter() {
        kept.push(unit);
        while let [.., a, _, c] = kept[..]
            && a == c
        {
            kept.truncate(kept.len() - 2);
        }
    }
    ring.clear();
    ring.extend_from_slice(without_spike_at_seam(&kept));
}

/// Cuts off what goes back the way it came where an open ring begins and ends.
fn without_spike_at_seam(mut ring: &[Unit]) -> &[Unit] {
    while let ([first, second, _, ..], [.., before, last]) = (ring, ring)
        && (before == first || last == second)
    {
        ring = match last == second {
            true => &ring[1..],
            false => &ring[..ring.len() - 1],
        };
        if ring.first() == ring.last() {
            ring = &ring[..ring.len() - 1];
        }
    }
    ring
}

/// Twice the signed area by the surveyor's formula, positive for an exterior ring (spec 4.3.4.4: clockwise on a
/// screen whose y runs down).
pub(super) fn doubled_area(ring: &[Unit]) -> i64 {
    let wide = |unit: Unit| [i64::from(unit[0]), i64::from(unit[1])];
    let next = |position: usize| wide(ring[(position + 1) % ring.len()]);
    (0..ring.len())
        .map(|position| (wide(ring[position]), next(position)))
        .map(|(a, b)| a[0] * b[1] - b[0] * a[1])
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn world_cells_round_to_the_nearest_unit() {
        let frame = Frame::of(TileCoord::new(19, 0, 0).unwrap());
        assert_eq!(frame.unit([0, 1]), [0, 1]);
        assert_eq!(frame.unit([-1, -2]), [0, -1]);
        let deep = Frame::of(TileCoord::new(22, 0, 0).unwrap());
        assert_eq!(deep.unit([1, -1]), [4, -4]);
    }

    #[test]
    fn spikes_and_repeats_leave_a_ring() {
        let mut ring = vec![
            [0, 0],
            [4, 0],
            [4, 0],
            [4, 4],
            [9, 4],
            [4, 4],
            [0, 4],
            [0, 0],
        ];
        clean_ring(&mut ring);
        assert_eq!(ring, [[0, 0], [4, 0], [4, 4], [0, 4]]);
        let mut line = vec![[0, 0], [5, 5], [0, 0]];
        clean_ring(&mut line);
        assert!(line.len() < 3);
        let mut wrapped = vec![[2, 0], [0, 0], [4, 0], [4, 4], [0, 0]];
        clean_ring(&mut wrapped);
        assert!(
            wrapped.len() == 3 && doubled_area(&wrapped).abs() == 16,
            "{wrapped:?}"
        );
    }
}
