//! Densities as a PNG picture with a palette: 255 colours of a ramp and one that is transparent.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError};

use crate::ramp::{Ramp, opacity};

/// Colours of the palette besides the transparent one.
const COLORS: u8 = 255;

/// A picture of so many pixels across and down, row by row from the top. `peak` is the top of the scale; where `values`
/// is empty every pixel is transparent. With a diverging ramp the values are differences.
///
/// # Errors
/// When `values` are neither none nor as many as there are pixels.
///
/// Cost O(pixels).
pub fn picture(
    values: &[f32],
    size: (u32, u32),
    peak: f64,
    ramp: &Ramp,
) -> Result<Vec<u8>, EncodingError> {
    if values.is_empty() {
        return transparent(size);
    }
    let number = match ramp.is_diverging() {
        true => signed_number,
        false => color_number,
    };
    let pixels: Vec<u8> = values
        .iter()
        .map(|value| number(f64::from(*value), peak))
        .collect();
    let (colors, opacities) = match ramp.is_diverging() {
        true => (
            signed_palette(ramp),
            (0..=COLORS)
                .map(|number| opacity(signed_share(number).abs()))
                .collect(),
        ),
        false => (
            palette(ramp),
            (0..=COLORS).map(|number| opacity(share(number))).collect(),
        ),
    };
    write(&pixels, size, BitDepth::Eight, colors, opacities)
}

/// One transparent colour, a bit per pixel.
fn transparent(size: (u32, u32)) -> Result<Vec<u8>, EncodingError> {
    write(
        &vec![0; size.0.div_ceil(8) as usize * size.1 as usize],
        size,
        BitDepth::One,
        vec![0; 3],
        vec![0],
    )
}

fn write(
    pixels: &[u8],
    (width, height): (u32, u32),
    depth: BitDepth,
    palette: Vec<u8>,
    opacities: Vec<u8>,
) -> Result<Vec<u8>, EncodingError> {
    let mut out = Vec::with_capacity(pixels.len() / 4);
    let mut encoder = Encoder::new(&mut out, width, height);
    encoder.set_color(ColorType::Indexed);
    encoder.set_depth(depth);
    encoder.set_palette(palette);
    encoder.set_trns(opacities);
    encoder.set_compression(Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(out)
}

/// Red, green and blue of every number.
fn palette(ramp: &Ramp) -> Vec<u8> {
    (0..=COLORS)
        .flat_map(|number| ramp.color(share(number)))
        .collect()
}

/// The share of the scale that a number stands for: the numbers lie closer towards nothing, where the opacity is
/// steepest and equal steps would show as rings.
fn share(number: u8) -> f64 {
    (f64::from(number) / f64::from(COLORS)).powi(2)
}

/// Red, green and blue of every number of a difference.
fn signed_palette(ramp: &Ramp) -> Vec<u8> {
    (0..=COLORS)
        .flat_map(|number| ramp.color(f64::midpoint(1.0, signed_share(number))))
        .collect()
}

/// The number of no difference; one below and one above it are the least of each sign.
const NOTHING: u8 = 128;

/// The share of the scale that a number of a difference stands for, from -1 to 1.
fn signed_share(number: u8) -> f64 {
    let share = (f64::from(number.max(1)) - f64::from(NOTHING)) / f64::from(COLORS - NOTHING);
    share * share.abs()
}

/// [`NOTHING`] for no difference, less below it, more above.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between 0 and 127"
)]
fn signed_number(value: f64, peak: f64) -> u8 {
    if value == 0.0 || value.is_nan() || peak <= 0.0 {
        return NOTHING;
    }
    let far = f64::from(COLORS - NOTHING);
    let steps = ((value.abs() / peak).sqrt() * far).ceil().min(far) as u8;
    match value > 0.0 {
        true => NOTHING + steps,
        false => NOTHING - steps,
    }
}

/// 0 for no density, else at least 1, so that the edge of a heat map is never cut off.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the float-to-int cast saturates, as meant"
)]
fn color_number(value: f64, peak: f64) -> u8 {
    if value > 0.0 && peak > 0.0 {
        ((value / peak).sqrt() * f64::from(COLORS)).ceil() as u8
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> (u32, Vec<u8>) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        (frame.width, pixels)
    }

    #[test]
    fn colours_follow_the_ramp_and_nothing_is_transparent() {
        let ramp = Ramp::first();
        let (width, pixels) =
            decoded(&picture(&[0.0, 1e-9, 2.5, 10.0], (2, 2), 10.0, ramp).unwrap());
        assert_eq!((width, pixels.len()), (2, 16));
        assert_eq!(pixels[3], 0);
        assert_eq!(pixels[4..8], [0xff, 0xff, 0xcc, opacity(share(1))]);
        assert_eq!(pixels[8..11], ramp.color(share(128)));
        assert!((share(128) - 0.25).abs() < 0.01);
        assert_eq!(pixels[12..], [0x80, 0x00, 0x26, 0xff]);
    }

    #[test]
    fn a_difference_is_warm_above_and_cold_below() {
        let ramp = Ramp::first_diverging();
        let (_, pixels) = decoded(&picture(&[-4.0, 0.0, 1.0, 9.0], (2, 2), 4.0, ramp).unwrap());
        assert_eq!(pixels[..4], [0x21, 0x66, 0xac, 0xff]);
        assert_eq!(pixels[7], 0);
        assert_eq!(
            pixels[8..11],
            ramp.color(f64::midpoint(1.0, signed_share(192)))
        );
        assert_eq!(pixels[12..], [0xb2, 0x18, 0x2b, 0xff]);
        assert_eq!(
            (signed_number(-1e-9, 1.0), signed_number(f64::NAN, 1.0)),
            (127, NOTHING)
        );
    }

    #[test]
    fn a_tile_without_density_is_a_small_transparent_picture() {
        let bytes = picture(&[], (256, 256), 0.0, Ramp::first()).unwrap();
        let (width, pixels) = decoded(&bytes);
        assert!(width == 256 && pixels.chunks(4).all(|pixel| pixel[3] == 0));
        assert!(bytes.len() < 300, "{}", bytes.len());
    }

    #[test]
    fn values_beyond_the_scale_and_nonsense_do_no_harm() {
        assert_eq!(color_number(f64::INFINITY, 1.0), 255);
        assert_eq!(color_number(f64::NAN, 1.0), 0);
        assert_eq!(color_number(1.0, 0.0), 0);
        assert!(picture(&[1.0; 3], (2, 2), 1.0, Ramp::first()).is_err());
    }
}
