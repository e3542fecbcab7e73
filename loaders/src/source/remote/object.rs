//! Objects of stores and web servers: fetched into a temporary file and read as one, or by parts where a part is enough.

mod guard;
mod store;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::{Attribute, GetOptions, GetRange, GetResult, ObjectStore, ObjectStoreExt};

use super::runtime::Runtime;
use crate::problem::LoadError;
use crate::source::ranges::Ranges;
use crate::source::{Address, DOWNLOAD_MAX_BYTES, Features, ReadOptions, flatgeobuf};
use store::{Place, place, why};

/// Files that belong to a shapefile, beside the one that is named.
const COMPANIONS: [&str; 4] = ["shx", "dbf", "prj", "cpg"];
/// Bytes that are asked for first of an object that is read by parts.
const FIRST_BYTES: u64 = 1 << 16;
/// Requests at a time.
const PARALLEL: usize = 8;

/// How slow a server may be.
#[derive(Clone, Copy, Debug)]
struct Pace {
    /// Longest silence.
    silence: Duration,
    /// From when on the rate counts.
    grace: Duration,
    /// Least bytes per second on the whole.
    bytes_per_s_min: u64,
}

const PACE: Pace = Pace {
    silence: Duration::from_secs(30),
    grace: Duration::from_mins(1),
    bytes_per_s_min: 4096,
};

/// Reads the object at `address`: a `FlatGeobuf` of which only a window is wanted by its index, all else whole.
pub(in crate::source) fn read_object(
    address: &Address,
    options: &ReadOptions,
) -> Result<Vec<Features>, LoadError> {
    let mut object = Object::open(address, options, PACE)?;
    if let Some(window) = options
        .window
        .filter(|_| has_extension(&object.shown, "fgb"))
        && let Some(mut parts) = object.parts()?
        && let Some(mut found) = flatgeobuf::read_window(&object.shown, &mut parts, window)?
    {
        found.finish(&object.shown);
        return Ok(vec![found]);
    }
    object.read_whole(options)
}

/// The CRS in the header of a `FlatGeobuf`; other formats are not asked.
pub(in crate::source) fn object_crs(
    address: &Address,
    options: &ReadOptions,
) -> Result<Option<String>, LoadError> {
    if !has_extension(&address.shown(), "fgb") {
        return Ok(None);
    }
    let object = Object::open(address, options, PACE)?;
    let Some(mut parts) = object.parts()? else {
        return Ok(None);
    };
    flatgeobuf::declared_crs(&object.shown, &mut parts)
}

/// An object and the way to it.
struct Object {
    runtime: Runtime,
    place: Place,
    shown: PathBuf,
    /// Bytes that may still be fetched.
    budget: u64,
    pace: Pace,
}

impl Object {
    fn open(address: &Address, options: &ReadOptions, pace: Pace) -> Result<Self, LoadError> {
        let shown = address.shown();
        let place =
            place(address.secret(), pace.silence).map_err(|why| LoadError::new(&shown, why))?;
        Ok(Self {
            runtime: Runtime::new(&shown)?,
            place,
            budget: options.download_max_bytes.unwrap_or(DOWNLOAD_MAX_BYTES),
            shown,
            pace,
        })
    }

    /// Fetches the object, with its companions where it is a shapefile, and reads the file it becomes.
    fn read_whole(&mut self, options: &ReadOptions) -> Result<Vec<Features>, LoadError> {
        let unwritable =
            |error| LoadError::caused(&self.shown, "cannot be kept while it is read", error);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let file = self
            .fetch(folder.path(), &self.place.clone(), true)?
            .ok_or_else(|| LoadError::new(&self.shown, "is not there"))?;
        if has_extension(&self.shown, "shp") {
            for companion in COMPANIONS {
                self.fetch_companion(folder.path(), companion)?;
            }
        }
        let read = crate::source::read(&file, options);
        let mut layers = read.map_err(|error| error.in_file(&self.shown))?;
        for problem in layers.iter_mut().flat_map(|layer| &mut layer.problems) {
            problem.file = Some(self.shown.clone());
        }
        Ok(layers)
    }

    /// Fetches the file beside a shapefile with another extension, in the case of its own extension or the other.
    fn fetch_companion(&mut self, folder: &Path, extension: &str) -> Result<(), LoadError> {
        let upper = self
            .place
            .name
            .ends_with(|last: char| last.is_ascii_uppercase());
        let spelt = [extension.to_owned(), extension.to_uppercase()];
        for at in [usize::from(upper), usize::from(!upper)] {
            let beside = self.place.with_extension(&spelt[at]);
            let beside = beside.map_err(|why| LoadError::new(&self.shown, why))?;
            if self.fetch(folder, &beside, false)?.is_some() {
                break;
            }
        }
        Ok(())
    }

    /// Fetches `place` into a file of its name. `None` where it is not there and need not be.
    fn fetch(
        &mut self,
        folder: &Path,
        place: &Place,
        needed: bool,
    ) -> Result<Option<PathBuf>, LoadError> {
        let work = download(place, folder, self.budget, self.pace);
        match self.runtime.wait(|| work) {
            Some(Ok((file, bytes))) => {
                self.budget -= bytes.min(self.budget);
                Ok(Some(file))
            }
            Some(Err(Fault::Store(error))) if !needed && store::is_absent(&error) => Ok(None),
            Some(Err(fault)) => Err(self.failed(fault)),
            None => Ok(None),
        }
    }

    /// The object for reading by parts; `None` where the server gives no parts.
    fn parts(&self) -> Result<Option<Parts<'_>>, LoadError> {
        match self.runtime.wait(|| first_part(&self.place, self.pace)) {
            Some(Ok((first, size))) => Ok(Some(Parts {
                object: self,
                size,
                first,
                fetched: 0,
            })),
            Some(Err(Fault::Store(error))) if store::is_absent(&error) => {
                Err(self.failed(Fault::Store(error)))
            }
            // Whatever else it is, it shows again when the object is fetched whole.
            _ => Ok(None),
        }
    }

    fn failed(&self, fault: Fault) -> LoadError {
        match fault {
            Fault::Store(error) => LoadError::new(&self.shown, why(&error)),
            Fault::TooMuch => LoadError::new(&self.shown, "is larger than what may be fetched")
                .advice("raise download_max_mb under [access] in the project file"),
            Fault::TooSlow => LoadError::new(&self.shown, "the server sends too slowly"),
            Fault::Length => LoadError::new(
                &self.shown,
                "the server sent another number of bytes than announced",
            ),
            Fault::File(error) => {
                LoadError::caused(&self.shown, "cannot be kept while it is read", error)
            }
        }
    }
}

/// Why fetching failed.
enum Fault {
    Store(object_store::Error),
    TooMuch,
    TooSlow,
    Length,
    File(std::io::Error),
}

impl From<object_store::Error> for Fault {
    fn from(error: object_store::Error) -> Self {
        Self::Store(error)
    }
}

/// The bytes of an answer one after the other, no more than `bytes_max` and not slower than `pace`.
async fn each_chunk(
    answer: GetResult,
    bytes_max: u64,
    pace: Pace,
    mut take: impl FnMut(Bytes) -> std::io::Result<()>,
) -> Result<u64, Fault> {
    let (begun, mut bytes) = (Instant::now(), 0);
    let mut stream = answer.into_stream();
    loop {
        let next = tokio::time::timeout(pace.silence, stream.next()).await;
        let Some(chunk) = next.map_err(|_late| Fault::TooSlow)? else {
            return Ok(bytes);
        };
        let chunk = chunk?;
        bytes += chunk.len() as u64;
        if bytes > bytes_max {
            return Err(Fault::TooMuch);
        }
        let late = begun.elapsed().saturating_sub(pace.grace).as_secs();
        if late > 0 && bytes < late.saturating_mul(pace.bytes_per_s_min) {
            return Err(Fault::TooSlow);
        }
        take(chunk).map_err(Fault::File)?;
    }
}

async fn download(
    place: &Place,
    folder: &Path,
    bytes_max: u64,
    pace: Pace,
) -> Result<(PathBuf, u64), Fault> {
    let answer = place.store.get(&place.path).await?;
    let announced = Some(answer.meta.size).filter(|size| *size != guard::UNKNOWN_SIZE);
    if announced > Some(bytes_max) {
        return Err(Fault::TooMuch);
    }
    let file = folder.join(file_name(&place.name, &answer));
    let mut out = File::create(&file).map_err(Fault::File)?;
    let bytes = each_chunk(answer, bytes_max, pace, |chunk| out.write_all(&chunk)).await?;
    if announced.is_some_and(|announced| bytes < announced) {
        return Err(Fault::Length);
    }
    Ok((file, bytes))
}

/// The name of the object, so that its extension tells the format; that of CSV may only be in the type it is sent as.
fn file_name(name: &str, answer: &GetResult) -> String {
    let kind = answer.attributes.get(&Attribute::ContentType);
    let is_csv =
        kind.is_some_and(|kind| kind.as_ref().to_ascii_lowercase().starts_with("text/csv"));
    if is_csv && Path::new(name).extension().is_none() {
        return format!("{name}.csv");
    }
    name.to_owned()
}

fn has_extension(path: &Path, wanted: &str) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case(wanted))
}

/// The first bytes and the size of the whole.
async fn first_part(place: &Place, pace: Pace) -> Result<(Vec<u8>, u64), Fault> {
    let options = GetOptions {
        range: Some(GetRange::Bounded(0..FIRST_BYTES)),
        ..GetOptions::default()
    };
    let answer = place.store.get_opts(&place.path, options).await?;
    let (size, mut bytes) = (answer.meta.size, vec![]);
    let keep = |chunk: Bytes| {
        bytes.extend_from_slice(&chunk);
        Ok(())
    };
    each_chunk(answer, FIRST_BYTES, pace, keep).await?;
    if (bytes.len() as u64) < FIRST_BYTES.min(size) {
        return Err(Fault::Length);
    }
    Ok((bytes, size))
}

async fn part(place: &Place, range: Range<u64>, pace: Pace) -> Result<Vec<u8>, Fault> {
    let wanted = range.end - range.start;
    let options = GetOptions {
        range: Some(GetRange::Bounded(range)),
        ..GetOptions::default()
    };
    let answer = place.store.get_opts(&place.path, options).await?;
    let mut bytes = vec![];
    let keep = |chunk: Bytes| {
        bytes.extend_from_slice(&chunk);
        Ok(())
    };
    each_chunk(answer, wanted, pace, keep)
        .await
        .map_err(|fault| match fault {
            Fault::TooMuch => Fault::Length,
            other => other,
        })?;
    if (bytes.len() as u64) < wanted {
        return Err(Fault::Length);
    }
    Ok(bytes)
}

/// An object that is read by parts.
struct Parts<'a> {
    object: &'a Object,
    size: u64,
    first: Vec<u8>,
    fetched: u64,
}

impl Parts<'_> {
    fn known(&self, range: &Range<u64>) -> Option<Vec<u8>> {
        let [start, end] = [range.start, range.end].map(usize::try_from);
        Some(self.first.get(start.ok()?..end.ok()?)?.to_vec())
    }
}

impl Ranges for Parts<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn fetch(&mut self, ranges: &[Range<u64>]) -> Result<Vec<Vec<u8>>, LoadError> {
        let known: Vec<_> = ranges.iter().map(|range| self.known(range)).collect();
        let missing: Vec<_> = (ranges.iter().zip(&known))
            .filter(|(range, known)| known.is_none() && range.start < range.end)
            .map(|(range, _)| range.clone())
            .collect();
        let bytes: u64 = missing.iter().map(|range| range.end - range.start).sum();
        self.fetched = self.fetched.saturating_add(bytes);
        if self.fetched > self.object.budget {
            return Err(self.object.failed(Fault::TooMuch));
        }
        let (place, pace) = (&self.object.place, self.object.pace);
        let requests = missing.into_iter().map(|range| part(place, range, pace));
        let work = futures_util::stream::iter(requests)
            .buffered(PARALLEL)
            .try_collect::<Vec<_>>();
        let fetched = match self.object.runtime.wait(|| work) {
            Some(Ok(fetched)) => fetched,
            Some(Err(fault)) => return Err(self.object.failed(fault)),
            None => vec![],
        };
        let mut fetched = fetched.into_iter();
        let whole = |(range, known): (&Range<u64>, Option<Vec<u8>>)| match known {
            Some(bytes) => bytes,
            None if range.start >= range.end => vec![],
            None => fetched.next().unwrap_or_default(),
        };
        Ok(ranges.iter().zip(known).map(whole).collect())
    }
}
