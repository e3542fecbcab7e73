//! Points in a `GeoPackage` (OGC 12-128r19, 2.1.3): a header, then well-known binary.

/// EPSG code of WGS 84 in degrees.
pub(super) const WGS84: i32 = 4326;

/// A point as a blob, with no envelope, in the byte order of most machines.
pub(super) fn blob([x, y]: [f64; 2]) -> Vec<u8> {
    let mut blob = b"GP\x00\x01".to_vec();
    blob.extend(WGS84.to_le_bytes());
    blob.extend(b"\x01\x01\x00\x00\x00");
    blob.extend(x.to_le_bytes());
    blob.extend(y.to_le_bytes());
    blob
}

/// The point in a blob, of any byte order, with or without height and measure. `None` where it is empty, broken, not
/// finite or no point.
pub(super) fn point(blob: &[u8]) -> Option<[f64; 2]> {
    let (header, rest) = blob.split_at_checked(8)?;
    let flags = header[3];
    // Only the standard binary is known, not the extended one; an empty point has NaN for numbers.
    if header[..2] != *b"GP" || flags & 0b0010_0000 != 0 {
        return None;
    }
    let envelope = [0, 32, 48, 48, 64].get(usize::from(flags >> 1 & 0b111))?;
    let wkb = rest.get(*envelope..)?;
    let is_little = match wkb.first()? {
        0 => false,
        1 => true,
        _ => return None,
    };
    let kind: [u8; 4] = wkb.get(1..5)?.try_into().ok()?;
    let kind = if is_little {
        u32::from_le_bytes(kind)
    } else {
        u32::from_be_bytes(kind)
    };
    // A point, with height, measure or both.
    if ![1, 1001, 2001, 3001].contains(&kind) {
        return None;
    }
    let number = |at: usize| {
        let bytes: [u8; 8] = wkb.get(at..at + 8)?.try_into().ok()?;
        let number = if is_little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        };
        number.is_finite().then_some(number)
    };
    Some([number(5)?, number(13)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_comes_back_as_it_went() {
        let place = [-70.658_123_456_789, -33.521];
        assert_eq!(point(&blob(place)), Some(place));
        assert_eq!(point(&blob([f64::NAN, 1.0])), None);
    }

    /// As `shapely.to_wkb(…, byte_order=0)` 2.1 writes it, after headers with each kind of envelope.
    #[test]
    fn other_writers_are_understood() {
        let big = |kind: u32| {
            let mut wkb = vec![0];
            wkb.extend(kind.to_be_bytes());
            for number in [1.5_f64, -2.0, 7.0, 8.0] {
                wkb.extend(number.to_be_bytes());
            }
            wkb
        };
        for (code, length) in [(0, 0), (1, 32), (2, 48), (3, 48), (4, 64)] {
            let mut blob = vec![b'G', b'P', 0, code << 1, 0, 0, 16, 230];
            blob.extend(vec![0; length]);
            let good = [blob.clone(), big(3001)].concat();
            assert_eq!(point(&good), Some([1.5, -2.0]), "envelope {code}");
            let line = [blob, big(2)].concat();
            assert_eq!(point(&line), None);
            for cut in 0..length + 29 {
                assert_eq!(point(&good[..cut]), None, "cut at {cut}");
            }
        }
        assert_eq!(point(&[b'G', b'P', 0, 0b1010, 0, 0, 0, 0]), None);
    }
}
