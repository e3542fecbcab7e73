//! What covers what, strip by strip: between two neighbouring eastings at which a segment begins, ends or crosses
//! another, segments have one order from south to north, and what lies between two of them is a trapezoid.
//!
//! Where rounding puts two segments in the wrong order, they are a rounding error apart, and so is the area.

use super::segment::Segment;

/// Strips narrower than this are left out: where many segments meet in one point, rounding makes many eastings of it.
const STRIP_MIN_M: f64 = 1e-10;
/// Strips at most. Only a scribble within a crumb of a cell has more; it is measured as well as these can.
const STRIPS_MAX: usize = 4096;

/// Whose segment it is.
#[derive(Clone, Copy)]
enum Side {
    Outline,
    Mask,
    Zone,
}

/// A segment within a strip.
struct Strand<'a> {
    segment: &'a Segment,
    side: Side,
    west_y: f64,
    east_y: f64,
}

/// Calls `add` with a zone and an area in m² for every piece of the outline that lies in a zone and under the mask,
/// however many polygons of the mask overlap there.
///
/// The segments of `mask` and `zones` must say what is below the outline too. Cost O(n²) and O(n log n) a
/// strip: for a handful.
pub(super) fn sweep(
    outline: &[Segment],
    mask: &[Segment],
    zones: &[Segment],
    mut add: impl FnMut(u32, f64),
) {
    let sides = [
        (outline, Side::Outline),
        (mask, Side::Mask),
        (zones, Side::Zone),
    ];
    let all: Vec<(&Segment, Side)> = sides
        .into_iter()
        .flat_map(|(segments, side)| segments.iter().map(move |segment| (segment, side)))
        .collect();
    let (mut strands, mut covering) = (Vec::with_capacity(all.len()), vec![]);
    for strip in eastings(outline, &all).windows(2) {
        let (west, east) = (strip[0], strip[1]);
        strands.clear();
        for &(segment, side) in &all {
            if segment.x1 <= west + STRIP_MIN_M && segment.x2 >= east - STRIP_MIN_M {
                strands.push(Strand {
                    segment,
                    side,
                    west_y: segment.y_at(west),
                    east_y: segment.y_at(east),
                });
            }
        }
        strands.sort_by(|a, b| (a.west_y + a.east_y).total_cmp(&(b.west_y + b.east_y)));
        climb(&strands, (east - west) / 2.0, &mut covering, &mut add);
    }
}

/// The eastings within the outline at which the order of segments may change, ascending.
fn eastings(outline: &[Segment], all: &[(&Segment, Side)]) -> Vec<f64> {
    let (west, east) = outline
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(west, east), edge| {
            (west.min(edge.x1), east.max(edge.x2))
        });
    let mut eastings: Vec<f64> = all
        .iter()
        .flat_map(|(segment, _)| [segment.x1, segment.x2])
        .collect();
    for (position, (one, _)) in all.iter().enumerate() {
        let crossings = all[..position]
            .iter()
            .filter_map(|(other, _)| crossing(one, other));
        eastings.extend(crossings);
    }
    eastings.retain(|&x| west <= x && x <= east);
    eastings.sort_by(f64::total_cmp);
    eastings.dedup_by(|next, kept| *next - *kept <= STRIP_MIN_M);
    let step = eastings.len().div_ceil(STRIPS_MAX).max(1);
    eastings.into_iter().step_by(step).collect()
}

/// Where two segments cross within both.
fn crossing(one: &Segment, other: &Segment) -> Option<f64> {
    let (from, to) = (one.x1.max(other.x1), one.x2.min(other.x2));
    if from >= to {
        return None;
    }
    let start = one.y_at(from) - other.y_at(from);
    let end = one.y_at(to) - other.y_at(to);
    ((start < 0.0) != (end < 0.0) && start != end)
        .then(|| (from + (to - from) * (start / (start - end))).clamp(from, to))
}

/// Goes from south to north through a strip of the given half width and reports every trapezoid within all three sides.
fn climb(
    strands: &[Strand<'_>],
    half_width: f64,
    covering: &mut Vec<(u32, f64)>,
    add: &mut impl FnMut(u32, f64),
) {
    let (mut inside, mut masked) = (0.0, 0.0);
    covering.clear();
    for pair in strands.windows(2) {
        let (lower, upper) = (&pair[0], &pair[1]);
        match lower.side {
            Side::Outline => inside += lower.segment.sign,
            Side::Mask => masked += lower.segment.sign,
            Side::Zone => match covering
                .iter_mut()
                .find(|cover| cover.0 == lower.segment.feature)
            {
                Some(cover) => cover.1 += lower.segment.sign,
                None => covering.push((lower.segment.feature, lower.segment.sign)),
            },
        }
        if inside != 0.0 && masked > 0.0 {
            let height = (upper.west_y - lower.west_y) + (upper.east_y - lower.east_y);
            covering
                .iter()
                .filter(|cover| cover.1 != 0.0)
                .for_each(|&(zone, times)| add(zone, inside * times * height * half_width));
        }
    }
}
