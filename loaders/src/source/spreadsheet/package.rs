//! The parts of an XLSX or ODS file, which is a zip archive, unpacked within bounds while they are read.

use std::fs::{self, File};
use std::io::{BufReader, Read};
use std::path::Path;

use zip::ZipArchive;

use super::xml::Xml;
use crate::problem::LoadError;
use crate::source::archive;

/// How many times its own size a workbook may unpack to. Sheets reach 10 to 30.
const RATIO_MAX: u64 = 100;
/// What even a small workbook may unpack to.
const SMALL_BYTES_MAX: u64 = 64 << 20;
/// What the largest may unpack to.
const BYTES_MAX: u64 = 2 << 30;

/// An open package.
pub(super) struct Package<'a> {
    path: &'a Path,
    archive: ZipArchive<BufReader<File>>,
}

impl<'a> Package<'a> {
    /// Opens the file and checks how much it claims to unpack to.
    pub(super) fn open(path: &'a Path) -> Result<Self, LoadError> {
        let archive = archive::open(path)?;
        let packed = fs::metadata(path).map_or(0, |file| file.len());
        let bytes_max = packed
            .saturating_mul(RATIO_MAX)
            .clamp(SMALL_BYTES_MAX, BYTES_MAX);
        let sizes = (0..archive.len()).filter_map(|number| archive.by_index_data(number).ok());
        let total = sizes.fold(0_u64, |total, entry| total.saturating_add(entry.size()));
        if total > bytes_max {
            let message = format!("unpacks to {} MB, out of all proportion", total >> 20);
            return Err(
                LoadError::new(path, message).advice("save the sheet as CSV if you trust it")
            );
        }
        Ok(Self { path, archive })
    }

    /// The number of the part `name`; capitals and a leading slash do not matter.
    fn number(&self, name: &str) -> Option<usize> {
        let name = name.trim_start_matches('/');
        (0..self.archive.len()).find(|&number| {
            let entry = self.archive.by_index_data(number);
            entry.is_ok_and(|entry| entry.name_raw().eq_ignore_ascii_case(name.as_bytes()))
        })
    }

    /// Unpacked size of the part `name`, as claimed; no more is read of it.
    pub(super) fn size(&self, name: &str) -> usize {
        let entry = self
            .number(name)
            .and_then(|number| self.archive.by_index_data(number).ok());
        entry.map_or(0, |entry| {
            usize::try_from(entry.size()).unwrap_or(usize::MAX)
        })
    }

    /// Hands the XML of the part `name` to `read`; `None` where there is no such part.
    pub(super) fn part<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(&mut Xml<'_>) -> Result<T, String>,
    ) -> Result<Option<T>, LoadError> {
        let Some(number) = self.number(name) else {
            return Ok(None);
        };
        let member = self.archive.by_index(number).map_err(|error| {
            LoadError::caused(&self.path.join(name), "cannot be unpacked", error)
        })?;
        let size = member.size();
        let mut xml = Xml::new(Box::new(BufReader::new(member.take(size))));
        read(&mut xml).map(Some).map_err(|why| {
            let message = format!("{why}, at byte {} of its part {name}", xml.position());
            LoadError::new(self.path, message).advice("open the file and save it again")
        })
    }
}
