//! Well-known binary (ISO 13249-3 and the extended form of `PostGIS`) → a drafted geometry.
//!
//! Every count is checked against the bytes that are left before anything is done with it.

use comarca_engine::GeometryType;

use super::draft::Draft;

/// Deepest nesting of collections.
const DEPTH_MAX: usize = 32;

/// Drafts the geometry in `bytes`.
pub(super) fn read(bytes: &[u8], draft: &mut Draft) -> Result<(), &'static str> {
    Reader {
        bytes,
        little: true,
    }
    .geometry(draft, 0)
}

/// The SRID in the extended form of `PostGIS`; `None` where there is none.
#[cfg(feature = "remote")]
pub(super) fn srid(bytes: &[u8]) -> Option<i32> {
    let mut reader = Reader {
        bytes,
        little: *bytes.first()? == 1,
    };
    reader.take::<1>().ok()?;
    let code = reader.u32().ok()?;
    let srid = reader.u32().ok()?;
    (code & 0x2000_0000 != 0).then_some(srid.cast_signed())
}

struct Reader<'a> {
    bytes: &'a [u8],
    little: bool,
}

/// Type number without dimensions, and how many numbers a position has beyond x and y.
struct Head {
    kind: u32,
    extra: usize,
}

const CUT: &str = "the geometry breaks off";

impl Reader<'_> {
    fn geometry(&mut self, draft: &mut Draft, depth: usize) -> Result<(), &'static str> {
        if depth > DEPTH_MAX {
            return Err("collections are nested too deep");
        }
        let head = self.head()?;
        if head.extra > 0 {
            draft.drop_dimensions();
        }
        match head.kind {
            1 => self.point(draft, head.extra),
            2 => self.line(draft, head.extra),
            3 => self.polygon(draft, head.extra),
            4..=6 => {
                draft.multi();
                self.members(draft, depth)
            }
            7 => self.members(draft, depth),
            8..=17 => Err("curves and surfaces are not read; write it with straight segments"),
            _ => Err("the geometry type is not known"),
        }
    }

    fn head(&mut self) -> Result<Head, &'static str> {
        self.little = match self.take::<1>()?[0] {
            0 => false,
            1 => true,
            _ => return Err("the byte order is neither 0 nor 1"),
        };
        let code = self.u32()?;
        if code & 0x2000_0000 != 0 {
            self.u32()?; // the SRID of the extended form
        }
        let extended = usize::from(code & 0x8000_0000 != 0) + usize::from(code & 0x4000_0000 != 0);
        let code = code & 0x0fff_ffff;
        let iso = match code / 1000 {
            0 => 0,
            1 | 2 => 1,
            3 => 2,
            _ => return Err("the geometry type is not known"),
        };
        Ok(Head {
            kind: code % 1000,
            extra: extended.max(iso),
        })
    }

    /// A point of NaN is an empty one.
    fn point(&mut self, draft: &mut Draft, extra: usize) -> Result<(), &'static str> {
        draft.kind(GeometryType::Point);
        let [x, y] = self.position(extra)?;
        if !(x.is_nan() && y.is_nan()) {
            draft.point(x, y);
        }
        Ok(())
    }

    fn line(&mut self, draft: &mut Draft, extra: usize) -> Result<(), &'static str> {
        draft.kind(GeometryType::Line);
        self.ring(draft, extra)?;
        draft.end_part();
        Ok(())
    }

    fn polygon(&mut self, draft: &mut Draft, extra: usize) -> Result<(), &'static str> {
        draft.kind(GeometryType::Polygon);
        for _ in 0..self.count(4)? {
            self.ring(draft, extra)?;
        }
        draft.end_part();
        Ok(())
    }

    fn ring(&mut self, draft: &mut Draft, extra: usize) -> Result<(), &'static str> {
        for _ in 0..self.count(8 * (2 + extra))? {
            let [x, y] = self.position(extra)?;
            draft.coordinate(x, y);
        }
        draft.end_ring();
        Ok(())
    }

    fn members(&mut self, draft: &mut Draft, depth: usize) -> Result<(), &'static str> {
        for _ in 0..self.count(5)? {
            self.geometry(draft, depth + 1)?;
        }
        Ok(())
    }

    /// A number of things of at least `bytes_each`.
    fn count(&mut self, bytes_each: usize) -> Result<usize, &'static str> {
        let count = self.u32()? as usize;
        if count > self.bytes.len() / bytes_each {
            Err(CUT)
        } else {
            Ok(count)
        }
    }

    fn position(&mut self, extra: usize) -> Result<[f64; 2], &'static str> {
        let position = [self.f64()?, self.f64()?];
        for _ in 0..extra {
            self.f64()?;
        }
        Ok(position)
    }

    fn u32(&mut self) -> Result<u32, &'static str> {
        let bytes = self.take()?;
        Ok(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }

    fn f64(&mut self) -> Result<f64, &'static str> {
        let bytes = self.take()?;
        Ok(if self.little {
            f64::from_le_bytes(bytes)
        } else {
            f64::from_be_bytes(bytes)
        })
    }

    fn take<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (taken, rest) = self.bytes.split_first_chunk().ok_or(CUT)?;
        self.bytes = rest;
        Ok(*taken)
    }
}
