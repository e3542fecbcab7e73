//! Geometry blobs: a header with an envelope, then well-known binary (clause 2.1.3).

use crate::export::geometry::Kind;
use crate::export::wkb;
use crate::source::Features;

/// Appends the blob of a row with its length in four bytes before it; a row without geometry has length 0.
pub(super) fn write(features: &Features, row: usize, srs_id: i64, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend([0; 4]);
    if let Some(bounds) = features.bounds_of(row) {
        let is_point = Kind::of(features, row) == Kind::Point;
        // Little-endian, with the envelope x, x, y, y but for a point.
        out.extend([b'G', b'P', 0, if is_point { 1 } else { 0b11 }]);
        out.extend(i32::try_from(srs_id).unwrap_or(-1).to_le_bytes());
        if !is_point {
            let [min_x, min_y, max_x, max_y] = bounds;
            for number in [min_x, max_x, min_y, max_y] {
                out.extend(number.to_le_bytes());
            }
        }
        wkb::write(features, row, out);
    }
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Takes the next blob off.
pub(super) fn next<'a>(blobs: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, rest)) = blobs.split_first_chunk() else {
        return &[];
    };
    let length = u32::from_le_bytes(*length) as usize;
    let (blob, rest) = rest.split_at(length.min(rest.len()));
    *blobs = rest;
    blob
}
