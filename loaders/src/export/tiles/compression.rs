//! How the tiles of an archive are compressed.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

/// How the tiles of an archive are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileCompression {
    /// Not at all.
    None,
    /// RFC 1952; what every reader understands.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// RFC 7932.
    Brotli,
}

const GZIP_LEVEL: u32 = 6;
const ZSTD_LEVEL: i32 = 9;
const BROTLI_QUALITY: u32 = 6;
/// Logarithm of brotli's window: 4 MB.
const BROTLI_WINDOW_BITS: u32 = 22;

impl TileCompression {
    /// All of them, with the names of the command line.
    pub const ALL: [(&'static str, Self); 4] = [
        ("none", Self::None),
        ("gzip", Self::Gzip),
        ("zstd", Self::Zstd),
        ("br", Self::Brotli),
    ];

    /// The name of the command line.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, own)| *own == self);
        named.map_or("", |(name, _)| name)
    }

    /// Its number in `PMTiles` (version 3, 3.3).
    pub(super) fn pmtiles_number(self) -> u8 {
        match self {
            Self::None => 1,
            Self::Gzip => 2,
            Self::Brotli => 3,
            Self::Zstd => 4,
        }
    }

    /// The bytes, compressed; always the same for the same bytes.
    pub(super) fn compress(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::None => Ok(bytes.to_vec()),
            Self::Gzip => gzip(bytes),
            Self::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
            Self::Brotli => {
                let mut out = Vec::with_capacity(bytes.len() / 2);
                let size = bytes.len().clamp(1, 1 << 16);
                let mut encoder = brotli::CompressorWriter::new(
                    &mut out,
                    size,
                    BROTLI_QUALITY,
                    BROTLI_WINDOW_BITS,
                );
                encoder.write_all(bytes)?;
                drop(encoder);
                Ok(out)
            }
        }
    }
}

/// Without a time and a name, so that it depends on the bytes alone.
pub(super) fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let out = Vec::with_capacity(bytes.len() / 2 + 32);
    let mut encoder = GzEncoder::new(out, Compression::new(GZIP_LEVEL));
    encoder.write_all(bytes)?;
    encoder.finish()
}
