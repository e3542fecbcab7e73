//! Letters for maps: signed distance fields of the glyphs of a font, made when they are first asked for.
//!
//! A range is 256 code points in the Protocol Buffers of Mapbox's `glyphs.proto`, as MapLibre reads them.

mod distance;
mod outline;
mod pbf;

use ttf_parser::Face;

use distance::field;
use outline::Outline;
use pbf::Glyph;

/// Height of an em in pixels, as the readers of the format expect.
const EM_PX: f32 = 24.0;

/// Code points of a range.
pub(crate) const RANGE: u32 = 256;

/// A font that is in the program.
#[derive(Debug)]
pub(crate) struct Font {
    /// Name in a style's `text-font`.
    pub(crate) name: &'static str,
    bytes: &'static [u8],
}

/// The fonts, the one to fall back on first.
pub(crate) static FONTS: [Font; 2] = [
    Font {
        name: "Noto Sans Regular",
        bytes: include_bytes!("../../fonts/NotoSans-Regular.ttf"),
    },
    Font {
        name: "Noto Sans Bold",
        bytes: include_bytes!("../../fonts/NotoSans-Bold.ttf"),
    },
];

/// The licence of [`FONTS`].
pub(crate) const LICENCE: &str = include_str!("../../fonts/OFL.txt");

impl Font {
    /// The first font of a list with commas that there is.
    pub(crate) fn of_stack(stack: &str) -> Option<&'static Self> {
        let named = |name: &str| FONTS.iter().find(|font| font.name == name.trim());
        stack.split(',').find_map(named)
    }

    /// The glyphs of [`RANGE`] code points from `start` on; those that the font does not have are left out.
    ///
    /// Cost O(pixels × edges of the outline) a glyph: some ten milliseconds for a range full of letters.
    pub(crate) fn range(&self, start: u32) -> Result<Vec<u8>, ttf_parser::FaceParsingError> {
        let face = Face::parse(self.bytes, 0)?;
        let letters = (start..start.saturating_add(RANGE)).filter_map(char::from_u32);
        let glyphs: Vec<Glyph> = letters.filter_map(|letter| glyph(&face, letter)).collect();
        let end = start.saturating_add(RANGE - 1);
        Ok(pbf::stack(self.name, &format!("{start}-{end}"), &glyphs))
    }
}

fn glyph(face: &Face<'_>, letter: char) -> Option<Glyph> {
    let id = face.glyph_index(letter)?;
    let scale = EM_PX / f32::from(face.units_per_em());
    let outline = Outline::of(face, id, scale);
    // The format counts from the top of the line downwards, the font from the base line up.
    let ascender = pixels((f32::from(face.ascender()) * scale).round());
    let advance = f32::from(face.glyph_hor_advance(id).unwrap_or(0)) * scale;
    let empty = Glyph {
        code_point: u32::from(letter),
        bitmap: vec![],
        width: 0,
        height: 0,
        left: 0,
        top: -ascender,
        advance: pixels(advance.round()).unsigned_abs(),
    };
    let Some([west, south, east, north]) = outline.extent() else {
        return Some(empty);
    };
    let [left, right] = [west.floor(), east.ceil()].map(pixels);
    let [bottom, top] = [south.floor(), north.ceil()].map(pixels);
    let (width, height) = (left.abs_diff(right), bottom.abs_diff(top));
    Some(Glyph {
        bitmap: field(&outline, [left, top], [width, height]),
        width,
        height,
        left,
        top: top - ascender,
        ..empty
    })
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a glyph of 24 pixels; the cast saturates"
)]
fn pixels(length: f32) -> i32 {
    // A font of the program has no glyph beyond this, and a bitmap of it is no larger.
    (length as i32).clamp(-200, 200)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_names_the_first_font_that_there_is() {
        let name = |stack: &str| Font::of_stack(stack).map(|font| font.name);
        assert_eq!(name("Arial,Noto Sans Bold"), Some("Noto Sans Bold"));
        assert_eq!(name("Noto Sans Regular"), Some("Noto Sans Regular"));
        assert_eq!(name("Arial"), None);
        assert_eq!(name(""), None);
    }

    #[test]
    fn letters_stand_on_the_line_with_their_size_and_advance() {
        let face = Face::parse(FONTS[0].bytes, 0).unwrap();
        let letter = glyph(&face, 'H').unwrap();
        // Of 1000 units an em H is 714 high; 17 pixels of 24, and the line begins 26 above the base.
        assert_eq!((letter.height, letter.top), (18, 18 - 26));
        assert_eq!(
            letter.bitmap.len(),
            ((letter.width + 6) * (letter.height + 6)) as usize
        );
        let row = (letter.width + 6) as usize;
        let middle = &letter.bitmap[row * 12..row * 13];
        assert!(
            middle[0] < 128 && middle.iter().any(|&value| value > 200),
            "{middle:?}"
        );
        let space = glyph(&face, ' ').unwrap();
        assert_eq!((space.width, space.bitmap.len(), space.advance), (0, 0, 6));
        assert!(glyph(&face, '中').is_none());
    }

    #[test]
    fn every_letter_of_spanish_and_mapudungun_is_there_and_every_range_is_answered() {
        for font in &FONTS {
            let face = Face::parse(font.bytes, 0).unwrap();
            let text = "Ñuñoa Peñalolén Güell áéíóúÁÉÍÓÚüÜ ḻṉṯ – · « » ¿? ¡! 0123456789 m² km² −";
            assert!(
                text.chars().all(|letter| glyph(&face, letter).is_some()),
                "{}",
                font.name
            );
            for start in (0..0x1_0000).step_by(RANGE as usize) {
                assert!(!font.range(start).unwrap().is_empty());
            }
        }
    }
}
