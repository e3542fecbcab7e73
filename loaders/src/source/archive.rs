//! Zip archives and gzip: unpacked to a temporary folder, within ceilings, and read from there.
//!
//! What an archive claims is checked twice: its directory before anything is written, and the bytes that really come
//! out while they are. Problems name `archive.zip/inner.shp`, as a project file does; the temporary folder is gone when
//! reading ends.

mod name;

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zip::ZipArchive;

use super::{Features, Format, ReadOptions, folder};
use crate::problem::{LoadError, Problem, Problems};
use name::{member_name, member_path};

/// Most members of an archive.
const MEMBERS_MAX: usize = 10_000;
/// Largest member, unpacked.
const MEMBER_BYTES_MAX: u64 = 4 << 30;
/// All members together, unpacked.
const TOTAL_BYTES_MAX: u64 = 8 << 30;
/// How many times its own size an archive may unpack to. Deflate reaches 1032 at most, tables full of blanks about 100.
const RATIO_MAX: u64 = 200;
/// What even a small archive may unpack to.
const SMALL_BYTES_MAX: u64 = 64 << 20;

/// What an archive or compressed file of `packed_bytes` may unpack to.
pub(super) fn unpacked_bytes_max(packed_bytes: u64) -> u64 {
    packed_bytes
        .saturating_mul(RATIO_MAX)
        .clamp(SMALL_BYTES_MAX, TOTAL_BYTES_MAX)
}

/// The archive and the path inside it, where `path` goes through a file: `x.zip/inner.shp`.
pub(super) fn split(path: &Path) -> Option<(&Path, &Path)> {
    let archive = path.ancestors().skip(1).find(|above| above.is_file())?;
    Some((archive, path.strip_prefix(archive).ok()?))
}

/// Reads every layer and table of a zip archive, or only what `inner` names in it: a file or a folder.
pub(super) fn read_zip(
    path: &Path,
    inner: Option<&Path>,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let mut problems = Problems::default();
    let unpacked = unpack(path, inner, &mut problems)?;
    let read = match inner {
        None => folder::read_unpacked(unpacked.path(), options),
        Some(inner) => folder::locate(unpacked.path(), inner)
            .ok_or_else(|| no_member(path, inner))
            .and_then(|inner| folder::read_member(&inner, options)),
    };
    let mut layers = mended(read, unpacked.path(), path)?;
    if let Some(first) = layers.first_mut() {
        first.problems.extend(problems.into_vec());
    }
    Ok(layers)
}

/// Reads a file that is compressed with gzip.
pub(super) fn read_gzip(path: &Path, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
    let is_gz = folder::extension(path) == "gz";
    let name = if is_gz {
        path.file_stem()
    } else {
        path.file_name()
    };
    let name = Path::new(name.unwrap_or_default());
    if folder::extension(path) == "tgz" || folder::extension(name) == "tar" {
        return Err(LoadError::new(path, "is a tar archive").advice("unpack it, or pack it as zip"));
    }
    let folder = temporary_folder(path)?;
    let inner = folder.path().join(name);
    let packed = File::open(path).map_err(|error| super::unreadable(path, &error))?;
    let bytes_max = unpacked_bytes_max(packed.metadata().map_or(0, |file| file.len()));
    let mut content = flate2::read::MultiGzDecoder::new(BufReader::new(packed));
    write(path, &mut content, &inner, bytes_max)?;
    mended(folder::read_member(&inner, options), &inner, path)
}

/// The paths of all members, as the archive writes them.
pub(super) fn member_names(path: &Path) -> Result<Vec<String>, LoadError> {
    let archive = open(path)?;
    Ok(archive.file_names_raw().map(member_name).collect())
}

/// Opens the directory of an archive, as far as it is in proportion.
pub(super) fn open(path: &Path) -> Result<ZipArchive<BufReader<File>>, LoadError> {
    let file = File::open(path).map_err(|error| super::unreadable(path, &error))?;
    let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
        LoadError::caused(path, "cannot be read as a zip archive", error)
            .advice("it may break off; get it again")
    })?;
    if archive.len() > MEMBERS_MAX {
        let message = format!(
            "has {} members; at most {MEMBERS_MAX} are read",
            archive.len()
        );
        return Err(LoadError::new(path, message));
    }
    Ok(archive)
}

/// Unpacks the members that `inner` needs, all without it.
fn unpack(
    path: &Path,
    inner: Option<&Path>,
    problems: &mut Problems,
) -> Result<TempDir, LoadError> {
    let mut archive = open(path)?;
    let wanted = wanted_members(path, &archive, inner, problems)?;
    let bytes_max = check_claims(path, &archive, &wanted)?;
    let folder = temporary_folder(path)?;
    let mut room = bytes_max;
    for (number, target) in wanted {
        let shown = path.join(&target);
        let target = folder.path().join(&target);
        if target.exists() || fs::create_dir_all(target.parent().unwrap_or(&target)).is_err() {
            let problem = Problem::warning("has the name of another member and is left out");
            problems.add(problem.in_file(&shown));
            continue;
        }
        let mut member = archive.by_index(number).map_err(|error| {
            LoadError::caused(&shown, "cannot be unpacked", error)
                .advice("unpack the archive with another program")
        })?;
        room -= write(&shown, &mut member, &target, room.min(MEMBER_BYTES_MAX))?;
    }
    Ok(folder)
}

/// Numbers and paths of the members to unpack. What cannot be placed safely is reported and left out.
fn wanted_members(
    path: &Path,
    archive: &ZipArchive<BufReader<File>>,
    inner: Option<&Path>,
    problems: &mut Problems,
) -> Result<Vec<(usize, PathBuf)>, LoadError> {
    let mut wanted = vec![];
    for number in 0..archive.len() {
        let Ok(entry) = archive.by_index_data(number) else {
            continue;
        };
        if entry.is_dir() {
            continue;
        }
        let name = member_name(entry.name_raw());
        let Some(target) = member_path(&name) else {
            let message = "has a name that points outside the archive and is left out";
            problems.add(Problem::warning(message).in_file(path).found(&name));
            continue;
        };
        if name::is_clutter(&target) || !inner.is_none_or(|inner| belongs(&target, inner)) {
            continue;
        }
        let shown = path.join(&target);
        if entry.is_symlink() {
            let message = "is a symbolic link and is not followed";
            problems.add(Problem::warning(message).in_file(&shown));
            continue;
        }
        if entry.encrypted() {
            return Err(LoadError::new(&shown, "is encrypted")
                .advice("unpack the archive with its password first"));
        }
        wanted.push((number, target));
    }
    Ok(wanted)
}

/// Whether a member is what `inner` names, lies below it, or is a part of the same shapefile.
fn belongs(member: &Path, inner: &Path) -> bool {
    let lower = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
    let (member, inner) = (lower(member), lower(inner));
    member.starts_with(&inner) || member.with_extension("") == inner.with_extension("")
}

/// Checks what the directory says of the wanted members. The most bytes that may come out.
fn check_claims(
    path: &Path,
    archive: &ZipArchive<BufReader<File>>,
    wanted: &[(usize, PathBuf)],
) -> Result<u64, LoadError> {
    let packed = fs::metadata(path).map_or(0, |file| file.len());
    let bytes_max = unpacked_bytes_max(packed);
    let mut total = 0_u64;
    for (number, target) in wanted {
        let size = archive
            .by_index_data(*number)
            .map_or(0, |entry| entry.size());
        if size > MEMBER_BYTES_MAX {
            let message = format!("unpacks to {size} bytes; at most {MEMBER_BYTES_MAX} are read");
            return Err(LoadError::new(&path.join(target), message));
        }
        total = total.saturating_add(size);
    }
    if total > bytes_max {
        return Err(too_much(path, bytes_max));
    }
    Ok(bytes_max)
}

fn too_much(path: &Path, bytes_max: u64) -> LoadError {
    let message = format!(
        "unpacks to more than {} MB, out of all proportion",
        bytes_max >> 20
    );
    LoadError::new(path, message).advice("unpack it yourself if you trust it")
}

/// Writes at most `bytes_max` bytes of `content` to `target`; how many there were.
fn write(
    shown: &Path,
    content: &mut impl Read,
    target: &Path,
    bytes_max: u64,
) -> Result<u64, LoadError> {
    let written = File::create_new(target)
        .and_then(|mut file| io::copy(&mut content.take(bytes_max.saturating_add(1)), &mut file));
    match written {
        Ok(bytes) if bytes > bytes_max => Err(too_much(shown, bytes_max)),
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(LoadError::caused(shown, "cannot be unpacked", error)
            .advice("it may be damaged; get it again")),
    }
}

fn temporary_folder(path: &Path) -> Result<TempDir, LoadError> {
    let folder = tempfile::Builder::new().prefix("comarca-").tempdir();
    folder.map_err(|error| LoadError::caused(path, "there is no room to unpack it", error))
}

fn no_member(path: &Path, inner: &Path) -> LoadError {
    let error = LoadError::new(&path.join(inner), "there is no such member");
    let names = member_names(path).unwrap_or_default();
    let wanted = inner.to_string_lossy();
    match comarca_engine::nearest(&wanted, names.iter().map(String::as_str)) {
        Some(nearest) => error.advice(format!("did you mean {nearest:?}?")),
        None => error.advice(format!("it has: {}", folder::listed(&names))),
    }
}

/// What was read of `unpacked` as if it had been read of `path`.
fn mended(
    read: Result<Vec<Features>, LoadError>,
    unpacked: &Path,
    path: &Path,
) -> Result<Vec<Features>, LoadError> {
    let mut layers = read.map_err(|error| error.in_place_of(unpacked, path))?;
    for layer in &mut layers {
        let problems = std::mem::take(&mut layer.problems).into_iter();
        layer.problems = problems
            .map(|problem| problem.in_place_of(unpacked, path))
            .collect();
    }
    Ok(layers)
}

fn is_kml(name: &str) -> bool {
    name.to_ascii_lowercase().ends_with(".kml")
}

/// What a file that begins like a zip archive is: spreadsheets and KMZ are archives too.
pub(super) fn kind(path: &Path) -> Result<Result<Format, &'static str>, LoadError> {
    let names = member_names(path)?;
    let has = |name: &str| names.iter().any(|known| known.eq_ignore_ascii_case(name));
    let below = |folder: &str| names.iter().any(|known| known.starts_with(folder));
    Ok(if has("[Content_Types].xml") {
        if has("xl/workbook.bin") {
            Err("a binary workbook (XLSB); save it as XLSX")
        } else if below("word/") {
            Err("a text document; save its table as XLSX or CSV")
        } else if below("ppt/") {
            Err("a presentation")
        } else {
            Ok(Format::Xlsx)
        }
    } else if has("content.xml") && has("META-INF/manifest.xml") {
        Ok(Format::Ods)
    } else if names.first().is_some_and(|name| is_kml(name)) || has("doc.kml") {
        Ok(Format::Kmz)
    } else {
        Ok(Format::Zip)
    })
}

#[cfg(test)]
mod tests;
