//! Strings of BIFF records, which may go on in the records that continue theirs.

use super::Record;
use crate::source::text::Charset;

/// Reads a record and its continuations from front to back.
pub(super) struct Cursor<'a> {
    segments: Vec<&'a [u8]>,
    segment: usize,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(record: &Record<'a>, at: usize) -> Self {
        let mut segments = vec![record.data];
        segments.extend(&record.continued);
        Self {
            segments,
            segment: 0,
            at,
        }
    }

    pub(super) fn u8(&mut self) -> Option<u8> {
        self.next_segment()?;
        let byte = *self.current().first()?;
        self.at += 1;
        Some(byte)
    }

    pub(super) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_le_bytes([self.u8()?, self.u8()?]))
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from(self.u16()?) | u32::from(self.u16()?) << 16)
    }

    /// A string of the shared table: its length, formats and reading aids, which are left out.
    pub(super) fn rich(&mut self) -> Option<String> {
        let chars = usize::from(self.u16()?);
        let flags = self.u8()?;
        let formats = if flags & 8 == 0 {
            0
        } else {
            usize::from(self.u16()?)
        };
        let aids = if flags & 4 == 0 {
            0
        } else {
            self.u32()? as usize
        };
        let text = self.characters(chars, flags)?;
        self.skip(formats * 4 + aids);
        Some(text)
    }

    /// A string of `chars` UTF-16 units, whether in one byte each or in two said by a byte before them.
    pub(super) fn unicode(&mut self, chars: usize) -> Option<String> {
        let flags = self.u8()?;
        self.characters(chars, flags)
    }

    /// A string of `len` bytes.
    pub(super) fn encoded(&mut self, len: usize, charset: Charset) -> String {
        let bytes: Vec<u8> = (0..len).map_while(|_| self.u8()).collect();
        charset.decode(&bytes).0.into_owned()
    }

    /// Characters; where they go on in the next segment, a byte there says again how wide they are.
    fn characters(&mut self, chars: usize, mut flags: u8) -> Option<String> {
        let mut units: Vec<u16> = vec![];
        while units.len() < chars {
            if self.current().is_empty() {
                self.next_segment()?;
                flags = self.u8()?;
            }
            let unit = match flags & 1 {
                0 => u16::from(self.u8()?),
                _ => self.u16()?,
            };
            units.push(unit);
        }
        Some(String::from_utf16_lossy(&units))
    }

    fn skip(&mut self, mut bytes: usize) {
        while bytes > 0 && self.next_segment().is_some() {
            let here = bytes.min(self.current().len());
            self.at += here;
            bytes -= here;
        }
    }

    fn current(&self) -> &'a [u8] {
        let segment = self.segments.get(self.segment).copied().unwrap_or_default();
        segment.get(self.at..).unwrap_or_default()
    }

    /// Goes on to the next segment that has anything left; `None` at the end.
    fn next_segment(&mut self) -> Option<()> {
        while self.current().is_empty() {
            self.segment += 1;
            self.at = 0;
            self.segments.get(self.segment)?;
        }
        Some(())
    }
}
