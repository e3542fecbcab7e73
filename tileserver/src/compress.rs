//! Bodies in a coding.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;

use crate::negotiate::Coding;

const GZIP_LEVEL: u32 = 3;
const ZSTD_LEVEL: i32 = 3;
const BROTLI_LEVEL: u32 = 4;
/// Logarithm of brotli's window: 4 MB.
const BROTLI_WINDOW_BITS: u32 = 22;
const BROTLI_BUFFER_BYTES: usize = 4096;

/// The bytes in a coding. Cost per 45 kB of tile: see [`Coding::ALL`].
///
/// # Errors
/// Only where the compressor itself fails.
pub(crate) fn compress(bytes: &[u8], coding: Coding) -> std::io::Result<Vec<u8>> {
    match coding {
        Coding::Identity => Ok(bytes.to_vec()),
        Coding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
        Coding::Gzip => {
            let mut encoder = GzEncoder::new(
                Vec::with_capacity(bytes.len() / 2),
                Compression::new(GZIP_LEVEL),
            );
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Coding::Brotli => {
            let mut out = Vec::with_capacity(bytes.len() / 2);
            let mut encoder = brotli::CompressorWriter::new(
                &mut out,
                bytes.len().clamp(1, 1 << 16),
                BROTLI_LEVEL,
                BROTLI_WINDOW_BITS,
            );
            encoder.write_all(bytes)?;
            encoder.flush()?;
            drop(encoder);
            Ok(out)
        }
    }
}

/// The bytes that [`compress`] was given.
///
/// # Errors
/// Where they are not what it made.
pub(crate) fn expand(bytes: &[u8], coding: Coding) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::with_capacity(2 * bytes.len());
    match coding {
        Coding::Identity => out.extend_from_slice(bytes),
        Coding::Zstd => out = zstd::decode_all(bytes)?,
        Coding::Gzip => {
            GzDecoder::new(bytes).read_to_end(&mut out)?;
        }
        Coding::Brotli => {
            brotli::Decompressor::new(bytes, BROTLI_BUFFER_BYTES).read_to_end(&mut out)?;
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_coding_gives_the_same_bytes_back() {
        let long: Vec<u8> = (0..200_000u64)
            .map(|at| u8::try_from(at * at % 251).unwrap())
            .collect();
        for body in [&b""[..], b"a", &long] {
            for coding in Coding::ALL {
                assert_eq!(
                    expand(&compress(body, coding).unwrap(), coding).unwrap(),
                    body,
                    "{coding:?}"
                );
            }
        }
    }
}
