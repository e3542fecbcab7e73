//! Glyphs in Protocol Buffers.
//!
//! Source: `proto/glyphs.proto` of [node-fontnik](https://github.com/mapbox/node-fontnik): `glyphs` has `stacks` (1); a stack
//! has `name` (1), `range` (2) and `glyphs` (3); a glyph has `id` (1), `bitmap` (2), `width` (3), `height` (4), `left` (5),
//! `top` (6), both zigzag, and `advance` (7).

/// One glyph with its distance field.
#[derive(Clone, Debug)]
pub(super) struct Glyph {
    pub(super) code_point: u32,
    /// Rows of the bitmap with its border; empty where nothing is drawn.
    pub(super) bitmap: Vec<u8>,
    /// Size in pixels without the border.
    pub(super) width: u32,
    pub(super) height: u32,
    /// Pixels from the pen to the left edge.
    pub(super) left: i32,
    /// Pixels from the top of the line up to the upper edge.
    pub(super) top: i32,
    /// Pixels to the next letter.
    pub(super) advance: u32,
}

/// A message with one stack.
pub(super) fn stack(name: &str, range: &str, glyphs: &[Glyph]) -> Vec<u8> {
    let mut stack = vec![];
    bytes(&mut stack, 1, name.as_bytes());
    bytes(&mut stack, 2, range.as_bytes());
    for glyph in glyphs {
        bytes(&mut stack, 3, &message(glyph));
    }
    let mut all = vec![];
    bytes(&mut all, 1, &stack);
    all
}

fn message(glyph: &Glyph) -> Vec<u8> {
    let mut message = vec![];
    number(&mut message, 1, glyph.code_point);
    if !glyph.bitmap.is_empty() {
        bytes(&mut message, 2, &glyph.bitmap);
    }
    number(&mut message, 3, glyph.width);
    number(&mut message, 4, glyph.height);
    number(&mut message, 5, zigzag(glyph.left));
    number(&mut message, 6, zigzag(glyph.top));
    number(&mut message, 7, glyph.advance);
    message
}

fn zigzag(value: i32) -> u32 {
    ((value << 1) ^ (value >> 31)).cast_unsigned()
}

/// Field of wire type 0.
fn number(out: &mut Vec<u8>, field: u8, value: u32) {
    out.push(field << 3);
    varint(out, u64::from(value));
}

/// Field of wire type 2.
fn bytes(out: &mut Vec<u8>, field: u8, content: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, content.len() as u64);
    out.extend(content);
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        out.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    out.push((value & 0x7f) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_written_as_the_format_says() {
        let glyph = Glyph {
            code_point: 300,
            bitmap: vec![1, 2],
            width: 1,
            height: 2,
            left: -1,
            top: -8,
            advance: 5,
        };
        let body = [8, 0xac, 2, 18, 2, 1, 2, 24, 1, 32, 2, 40, 1, 48, 15, 56, 5];
        assert_eq!(message(&glyph), body);
        let all = stack("N", "0-255", &[glyph]);
        let head = [
            10, 29, 10, 1, b'N', 18, 5, b'0', b'-', b'2', b'5', b'5', 26, 17,
        ];
        assert_eq!(&all[..14], &head);
    }
}
