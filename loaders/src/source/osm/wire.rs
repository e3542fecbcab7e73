//! The wire format of Protocol Buffers, as far as OSM PBF needs it: varints, fields and packed lists.
//!
//! Nothing is allocated, and no length is believed beyond the bytes that are there.

/// The bytes are no message; says where that showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Broken(pub(super) &'static str);

/// The value of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Of a fixed size, which no field of the format has.
    Other,
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], Broken> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Broken("a field has another type than the format says")),
        }
    }

    pub(super) fn number(self) -> Result<u64, Broken> {
        match self {
            Self::Number(number) => Ok(number),
            _ => Err(Broken("a field has another type than the format says")),
        }
    }
}

/// The fields of a message, in order: number and value.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    fn field(&mut self) -> Result<(u64, Value<'a>), Broken> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut self.0)?),
            2 => {
                let length = varint(&mut self.0)?;
                let length = usize::try_from(length).ok().ok_or(CUT)?;
                let (bytes, rest) = self.0.split_at_checked(length).ok_or(CUT)?;
                self.0 = rest;
                Value::Bytes(bytes)
            }
            kind @ (1 | 5) => {
                let length = if kind == 1 { 8 } else { 4 };
                self.0 = self.0.get(length..).ok_or(CUT)?;
                Value::Other
            }
            _ => return Err(Broken("a field is of a type that does not exist")),
        };
        Ok((key >> 3, value))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

const CUT: Broken = Broken("a message breaks off");

/// A packed list of numbers.
#[derive(Clone, Default)]
pub(super) struct Packed<'a>(pub(super) &'a [u8]);

impl Iterator for Packed<'_> {
    type Item = Result<u64, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let number = varint(&mut self.0);
        if number.is_err() {
            self.0 = &[];
        }
        Some(number)
    }
}

impl<'a> Packed<'a> {
    /// The running sums of the list, taken as differences with a sign; they wrap around, as those of a bad file may.
    pub(super) fn sums(self) -> impl Iterator<Item = Result<i64, Broken>> + use<'a> {
        let mut sum = 0_i64;
        self.map(move |number| {
            sum = sum.wrapping_add(zigzag(number?));
            Ok(sum)
        })
    }
}

/// A number with a sign, whose lowest bit is the sign.
pub(super) fn zigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

fn varint(bytes: &mut &[u8]) -> Result<u64, Broken> {
    let mut number = 0;
    for (at, byte) in bytes.iter().enumerate().take(10) {
        number |= u64::from(byte & 0x7f) << (7 * at);
        if *byte < 0x80 {
            *bytes = &bytes[at + 1..];
            return Ok(number);
        }
    }
    Err(Broken("a number does not end"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_read_in_order() {
        let bytes = [0x08, 0x96, 0x01, 0x12, 0x02, b'h', b'i', 0x1d, 1, 2, 3, 4];
        let fields: Result<Vec<_>, _> = Fields(&bytes).collect();
        let expected = [
            (1, Value::Number(150)),
            (2, Value::Bytes(b"hi")),
            (3, Value::Other),
        ];
        assert_eq!(fields, Ok(expected.to_vec()));
    }

    #[test]
    fn lengths_that_lie_are_errors() {
        for bytes in [
            [0x12, 0xff, 0xff, 0x03].as_slice(),
            &[
                0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01,
            ],
            &[0xff; 20],
            &[0x0b],
            &[0x09, 1],
        ] {
            assert!(Fields(bytes).any(|field| field.is_err()), "{bytes:?}");
        }
    }

    #[test]
    fn differences_are_added_up() {
        let sums: Result<Vec<_>, _> = Packed(&[0x02, 0x01, 0x04]).sums().collect();
        assert_eq!(sums, Ok(vec![1, 0, 2]));
        let huge = [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        let sums: Result<Vec<_>, _> = Packed(&huge.repeat(3)).sums().collect();
        assert!(sums.is_ok());
    }
}
