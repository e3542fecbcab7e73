//! How bytes of an archive are compressed, and unpacking them within a bound.

use std::io::{self, Read};

use flate2::read::{GzDecoder, ZlibDecoder};

/// How a tile or a directory is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Packing {
    /// Not at all.
    None,
    /// RFC 1952.
    Gzip,
    /// RFC 1950; some writers of `MBTiles` take it for gzip.
    Zlib,
    /// RFC 7932.
    Brotli,
    /// RFC 8878.
    Zstd,
}

impl Packing {
    /// By the number of `PMTiles` (version 3, 3.3); `None` where it is unknown.
    pub(super) fn of_number(number: u8) -> Option<Self> {
        let known = [Self::None, Self::Gzip, Self::Brotli, Self::Zstd];
        known.get(usize::from(number).checked_sub(1)?).copied()
    }

    /// By the first bytes.
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        match bytes {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => Self::Zlib,
            _ => Self::None,
        }
    }

    /// The bytes unpacked.
    ///
    /// # Errors
    /// When they are not compressed in this way, or have more than `most` bytes unpacked.
    pub fn unpack(self, packed: &[u8], most: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![];
        self.unpack_into(packed, most, &mut bytes)?;
        Ok(bytes)
    }

    /// As [`unpack`](Self::unpack); also after an error `bytes` has what was unpacked until then.
    pub(super) fn unpack_into(
        self,
        packed: &[u8],
        most: usize,
        bytes: &mut Vec<u8>,
    ) -> io::Result<()> {
        match self {
            Self::None => bounded(packed, most, bytes),
            Self::Gzip => bounded(GzDecoder::new(packed), most, bytes),
            Self::Zlib => bounded(ZlibDecoder::new(packed), most, bytes),
            Self::Brotli => bounded(brotli::Decompressor::new(packed, 1 << 14), most, bytes),
            Self::Zstd => {
                let mut decoder = zstd::Decoder::new(packed)?;
                // Frames may ask for a window of 2 GiB.
                decoder.window_log_max(27)?;
                bounded(decoder, most, bytes)
            }
        }
    }
}

fn bounded(from: impl Read, most: usize, bytes: &mut Vec<u8>) -> io::Result<()> {
    from.take(most as u64 + 1).read_to_end(bytes)?;
    match bytes.len() > most {
        true => Err(io::Error::other(format!(
            "unpacked it is out of all proportion: more than {most} bytes"
        ))),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn what_unpacks_to_more_than_the_bound_is_an_error() {
        let zeros = vec![0; 1 << 20];
        let mut gzip = flate2::write::GzEncoder::new(vec![], flate2::Compression::best());
        gzip.write_all(&zeros).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::bulk::compress(&zeros, 3).unwrap();
        let mut brotli = vec![];
        brotli::CompressorWriter::new(&mut brotli, 4096, 5, 22)
            .write_all(&zeros)
            .unwrap();
        for (packing, bytes) in [
            (Packing::Gzip, &gzip),
            (Packing::Zstd, &zstd),
            (Packing::Brotli, &brotli),
            (Packing::None, &zeros),
        ] {
            assert_eq!(
                packing.unpack(bytes, 1 << 20).unwrap(),
                zeros,
                "{packing:?}"
            );
            assert!(packing.unpack(bytes, (1 << 20) - 1).is_err(), "{packing:?}");
            if packing != Packing::None {
                assert!(
                    packing.unpack(&bytes[..bytes.len() / 2], 1 << 20).is_err(),
                    "{packing:?}"
                );
            }
        }
    }
}
