//! As much of Thrift's compact protocol as is needed to see what a Parquet file claims before anything believes it.
//!
//! Source: thrift.apache.org, `doc/specs/thrift-compact-protocol.md`.

/// Deepest nesting that is passed over.
const DEPTH_MAX: u8 = 32;

/// A walk over bytes in the compact protocol.
pub(super) struct Thrift<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// The type of a field or of the members of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(u8);

impl Kind {
    pub(super) const INTEGER: [Self; 3] = [Self(4), Self(5), Self(6)];
    pub(super) const LIST: Self = Self(9);
    pub(super) const STRUCT: Self = Self(12);
}

pub(super) const CUT: &str = "its Thrift metadata breaks off";
const BROKEN: &str = "its Thrift metadata is not right";

impl<'a> Thrift<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Bytes that were walked over.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Walks over a struct. `field` is told number and kind of each field; it reads the value and says true, or says
    /// false and the value is passed over.
    pub(super) fn structure(
        &mut self,
        mut field: impl FnMut(&mut Self, i16, Kind) -> Result<bool, &'static str>,
    ) -> Result<(), &'static str> {
        let mut number = 0i16;
        while let Some(kind) = self.field(&mut number)? {
            if !field(self, number, kind)? {
                self.skip(kind, 0)?;
            }
        }
        Ok(())
    }

    /// Number and kind of the members of a list. Each takes at least a byte.
    pub(super) fn list(&mut self) -> Result<(usize, Kind), &'static str> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => usize::try_from(self.unsigned()?).unwrap_or(usize::MAX),
            count => usize::from(count),
        };
        if count > self.bytes.len() - self.at {
            return Err(CUT);
        }
        Ok((count, Kind(head & 15)))
    }

    /// A signed integer of any width.
    pub(super) fn integer(&mut self) -> Result<i64, &'static str> {
        let zigzag = self.unsigned()?;
        Ok((zigzag >> 1).cast_signed() ^ -((zigzag & 1).cast_signed()))
    }

    /// The kind of the next field, whose number is counted on; `None` at the end of the struct.
    fn field(&mut self, number: &mut i16) -> Result<Option<Kind>, &'static str> {
        let head = self.byte()?;
        if head == 0 {
            return Ok(None);
        }
        *number = match head >> 4 {
            0 => i16::try_from(self.integer()?).ok().ok_or(BROKEN)?,
            step => number.checked_add(i16::from(step)).ok_or(BROKEN)?,
        };
        Ok(Some(Kind(head & 15)))
    }

    fn skip(&mut self, kind: Kind, depth: u8) -> Result<(), &'static str> {
        if depth > DEPTH_MAX {
            return Err(BROKEN);
        }
        match kind.0 {
            1 | 2 => Ok(()),
            3 => self.pass(1),
            4..=6 => self.unsigned().map(drop),
            7 => self.pass(8),
            8 => {
                let length = self.unsigned()?;
                self.pass(usize::try_from(length).unwrap_or(usize::MAX))
            }
            9 | 10 => {
                let (count, kind) = self.list()?;
                (0..count).try_for_each(|_| self.skip_member(kind, depth + 1))
            }
            11 => self.skip_map(depth + 1),
            12 => {
                let mut number = 0;
                while let Some(kind) = self.field(&mut number)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(BROKEN),
        }
    }

    /// A boolean is in the head of a field, but a byte in a list.
    fn skip_member(&mut self, kind: Kind, depth: u8) -> Result<(), &'static str> {
        match kind.0 {
            1 | 2 => self.pass(1),
            _ => self.skip(kind, depth),
        }
    }

    fn skip_map(&mut self, depth: u8) -> Result<(), &'static str> {
        let count = self.unsigned()?;
        if count == 0 {
            return Ok(());
        }
        if count > (self.bytes.len() - self.at) as u64 {
            return Err(CUT);
        }
        let kinds = self.byte()?;
        for _ in 0..count {
            self.skip_member(Kind(kinds >> 4), depth)?;
            self.skip_member(Kind(kinds & 15), depth)?;
        }
        Ok(())
    }

    fn unsigned(&mut self) -> Result<u64, &'static str> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(BROKEN)
    }

    fn byte(&mut self) -> Result<u8, &'static str> {
        let byte = *self.bytes.get(self.at).ok_or(CUT)?;
        self.at += 1;
        Ok(byte)
    }

    fn pass(&mut self, count: usize) -> Result<(), &'static str> {
        let end = self
            .at
            .checked_add(count)
            .filter(|&end| end <= self.bytes.len());
        self.at = end.ok_or(CUT)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_found_behind_those_that_are_passed_over() {
        // 1: binary "ab", 2: list of two i32 (1, -1), 3: struct { 1: true }, 40: i64 150.
        let bytes = [
            0x18, 2, b'a', b'b', 0x19, 0x25, 2, 1, 0x1c, 0x11, 0, 0x06, 80, 0xac, 0x02, 0,
        ];
        let mut found = None;
        let mut thrift = Thrift::new(&bytes);
        thrift
            .structure(|thrift, number, kind| {
                if number != 40 {
                    return Ok(false);
                }
                found = Some((thrift.integer()?, Kind::INTEGER.contains(&kind)));
                Ok(true)
            })
            .expect("it is right");
        assert_eq!((found, thrift.position()), (Some((150, true)), bytes.len()));
    }

    #[test]
    fn lengths_that_lie_and_deep_nesting_are_refused() {
        let walk = |bytes: &[u8]| Thrift::new(bytes).structure(|_, _, _| Ok(false));
        assert_eq!(walk(&[0x18, 0xff, 0xff, 0xff, 0x0f]), Err(CUT));
        assert_eq!(walk(&[0x19, 0xf5, 0xff, 0xff, 0x03]), Err(CUT));
        assert_eq!(walk(&[0x1b, 0xff, 0xff, 0x03, 0x55]), Err(CUT));
        assert_eq!(walk(&[0x1c; 10_000]), Err(BROKEN));
        assert_eq!(walk(&[0x16; 1]), Err(CUT));
        assert_eq!(
            walk(&[[0x16].as_slice(), &[0xff; 20]].concat()),
            Err(BROKEN)
        );
    }
}
