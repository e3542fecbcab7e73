//! Rings → polygons: which are exteriors and which are holes follows from what lies within what.

use super::block::Place;

/// A ring, closed.
pub(super) type Ring = Vec<Place>;

/// Sorts rings into polygons, each an exterior and its holes; the largest comes first. A ring within an even number of
/// others is an exterior. `None` when that takes more than `work` comparisons of a point with an edge or a box, from
/// which those that were needed are taken.
pub(super) fn polygons(mut rings: Vec<Ring>, work: &mut u64) -> Option<Vec<Vec<Ring>>> {
    rings.sort_by_cached_key(|ring| std::cmp::Reverse(double_area(ring)));
    let boxes: Vec<_> = rings.iter().map(|ring| bounds(ring)).collect();
    // 0 for an exterior, 1 for a hole.
    let mut depths: Vec<usize> = vec![];
    // For each ring that is an exterior its polygon, for a hole that of the ring around it.
    let mut polygon_of: Vec<usize> = vec![];
    let mut polygons: Vec<Vec<usize>> = vec![];
    for number in 0..rings.len() {
        *work = work.checked_sub(number as u64)?;
        let (mut depth, mut parent) = (0, None);
        for larger in (0..number).filter(|&larger| is_in_box(boxes[number], boxes[larger])) {
            if is_within(&rings[number], &rings[larger], work)? {
                depth += 1;
                // Of the rings around it the last, which is the smallest, that is an exterior.
                parent = if depths[larger] == 0 {
                    Some(larger)
                } else {
                    parent
                };
            }
        }
        if let Some(parent) = parent.filter(|_| depth % 2 == 1) {
            polygons[polygon_of[parent]].push(number);
            polygon_of.push(polygon_of[parent]);
        } else {
            polygon_of.push(polygons.len());
            polygons.push(vec![number]);
        }
        depths.push(depth % 2);
    }
    let mut take = |number: usize| std::mem::take(&mut rings[number]);
    Some(
        polygons
            .into_iter()
            .map(|numbers| numbers.into_iter().map(&mut take).collect())
            .collect(),
    )
}

/// Whether the smaller ring lies within the larger one, which it may touch but not cross: told by the first of its
/// vertices, or of the middles of its edges, that is not on the larger one's edges.
fn is_within(smaller: &[Place], larger: &[Place], work: &mut u64) -> Option<bool> {
    let vertices = smaller
        .iter()
        .map(|&[x, y]| [2 * i64::from(x), 2 * i64::from(y)]);
    let middles = smaller.windows(2).map(|edge| {
        let sum = |axis: usize| i64::from(edge[0][axis]) + i64::from(edge[1][axis]);
        [sum(0), sum(1)]
    });
    for point in vertices.chain(middles) {
        *work = work.checked_sub(larger.len() as u64)?;
        if let Some(is_inside) = is_inside(point, larger) {
            return Some(is_inside);
        }
    }
    Some(false)
}

/// Whether a point, in halves of a unit so that middles are exact, is inside; `None` on an edge.
fn is_inside([x, y]: [i64; 2], ring: &[Place]) -> Option<bool> {
    let mut is_inside = false;
    for edge in ring.windows(2) {
        let [[ax, ay], [bx, by]] =
            [edge[0], edge[1]].map(|place| place.map(|units| 2 * i64::from(units)));
        let cross =
            i128::from(bx - ax) * i128::from(y - ay) - i128::from(by - ay) * i128::from(x - ax);
        let in_box = x >= ax.min(bx) && x <= ax.max(bx) && y >= ay.min(by) && y <= ay.max(by);
        if cross == 0 && in_box {
            return None;
        }
        // The edge crosses the ray to the right of the point.
        if (ay > y) != (by > y) && (cross > 0) == (by > ay) {
            is_inside = !is_inside;
        }
    }
    Some(is_inside)
}

fn double_area(ring: &[Place]) -> i128 {
    let terms = ring.windows(2).map(|edge| {
        let [[ax, ay], [bx, by]] = [edge[0], edge[1]].map(|place| place.map(i128::from));
        ax * by - bx * ay
    });
    terms.sum::<i128>().abs()
}

/// Min x, min y, max x, max y.
fn bounds(ring: &[Place]) -> [i32; 4] {
    let empty = [i32::MAX, i32::MAX, i32::MIN, i32::MIN];
    ring.iter().fold(empty, |b, [x, y]| {
        [b[0].min(*x), b[1].min(*y), b[2].max(*x), b[3].max(*y)]
    })
}

fn is_in_box(inner: [i32; 4], outer: [i32; 4]) -> bool {
    inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: i32, y: i32, side: i32) -> Ring {
        vec![
            [x, y],
            [x + side, y],
            [x + side, y + side],
            [x, y + side],
            [x, y],
        ]
    }

    fn shape(rings: Vec<Ring>) -> Vec<usize> {
        let polygons = polygons(rings, &mut 1_000_000).expect("little work");
        polygons.iter().map(Vec::len).collect()
    }

    #[test]
    fn holes_and_islands_follow_from_containment() {
        let island_in_lake = vec![
            square(4, 4, 2),
            square(0, 0, 10),
            square(3, 3, 4),
            square(20, 0, 5),
        ];
        assert_eq!(shape(island_in_lake), [2, 1, 1]);
    }

    #[test]
    fn rings_that_touch_are_told_apart() {
        // A hole that touches the exterior with a whole side; a neighbour that shares a side.
        assert_eq!(shape(vec![square(0, 0, 10), square(0, 2, 4)]), [2]);
        assert_eq!(shape(vec![square(0, 0, 10), square(10, 2, 4)]), [1, 1]);
        // All vertices of the smaller are on the edges of the larger.
        let bay = vec![[0, 0], [10, 0], [10, 10], [5, 5], [0, 10], [0, 0]];
        assert_eq!(
            shape(vec![bay.clone(), vec![[10, 10], [5, 5], [0, 10], [10, 10]]]),
            [1, 1]
        );
        assert_eq!(shape(vec![bay, vec![[0, 0], [10, 0], [5, 5], [0, 0]]]), [2]);
    }

    #[test]
    fn work_is_bounded() {
        let nested = (1..200)
            .map(|side| square(-side, -side, 2 * side))
            .collect();
        assert!(polygons(nested, &mut 1000).is_none());
        let extreme = vec![
            square(i32::MIN / 2, i32::MIN / 2, i32::MAX),
            vec![[0, 0]],
            vec![],
        ];
        assert!(polygons(extreme, &mut 1000).is_some());
    }
}
