//! The wire format of protocol buffers: fields one after the other, nothing copied.

use std::borrow::Cow;

/// A message, which yields its fields; an error is the last thing it yields.
#[derive(Debug)]
pub(super) struct Message<'a> {
    rest: &'a [u8],
}

/// The value of a field by its wire type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

const CUT: &str = "it breaks off within a field";

impl<'a> Message<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    fn field(&mut self) -> Result<(u64, Field<'a>), &'static str> {
        let tag = varint(&mut self.rest)?;
        let value = match tag & 7 {
            0 => Field::Varint(varint(&mut self.rest)?),
            1 => Field::Fixed64(self.fixed()?),
            2 => {
                let length = usize::try_from(varint(&mut self.rest)?).map_err(|_error| CUT)?;
                let (bytes, rest) = self.rest.split_at_checked(length).ok_or(CUT)?;
                self.rest = rest;
                Field::Bytes(bytes)
            }
            5 => Field::Fixed32(self.fixed()?),
            _ => return Err("a field is of a wire type that does not exist"),
        };
        Ok((tag >> 3, value))
    }

    fn fixed<const N: usize>(&mut self) -> Result<[u8; N], &'static str> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or(CUT)?;
        self.rest = rest;
        Ok(*bytes)
    }
}

impl<'a> Iterator for Message<'a> {
    type Item = Result<(u64, Field<'a>), &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.rest = &[];
        }
        Some(field)
    }
}

/// A number in groups of seven bits, the lowest first.
fn varint(bytes: &mut &[u8]) -> Result<u64, &'static str> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first().ok_or(CUT)?;
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err("a number has more than ten bytes")
}

/// Appends the numbers of a repeated field, which may be packed.
pub(super) fn varints(field: &Field, numbers: &mut Vec<u32>) -> Result<(), &'static str> {
    let narrow = |number| u32::try_from(number).map_err(|_error| "a number has more than 32 bits");
    match field {
        Field::Varint(number) => numbers.push(narrow(*number)?),
        Field::Bytes(packed) => {
            let mut rest = *packed;
            while !rest.is_empty() {
                numbers.push(narrow(varint(&mut rest)?)?);
            }
        }
        _ => return Err("a list of numbers is of another wire type"),
    }
    Ok(())
}

/// A signed number whose sign is in its lowest bit.
pub(super) fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// Text; what is not UTF-8 with replacements.
pub(super) fn text(bytes: &[u8]) -> Result<Cow<'_, str>, String> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text)),
        Err(_) => Err(String::from_utf8_lossy(bytes).into_owned()),
    }
}
