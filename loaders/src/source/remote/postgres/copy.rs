//! The stream of `COPY … TO STDOUT (FORMAT BINARY)` → rows (`PostgreSQL` documentation, COPY, Binary Format).

use std::collections::BTreeMap;

use super::session::Fault;
use super::values::{Coding, decode};
use crate::problem::Problem;
use crate::source::features::Collector;
use crate::source::table::TOO_MANY_CELLS;
use crate::source::wkb;

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// Most rows of a layer.
const ROWS_MAX: usize = u32::MAX as usize - 1;
/// Most SRIDs that are told apart.
const SRIDS_MAX: usize = 100;

/// What a field of a row becomes.
#[derive(Clone, Debug)]
pub(super) enum Field {
    Geometry,
    Attribute { name: String, coding: Coding },
}

/// Collects rows from the pieces of the stream.
pub(super) struct Copy {
    fields: Vec<Place>,
    rows: Collector,
    srids: BTreeMap<i32, u64>,
    /// What has come of a row that is not complete.
    pending: Vec<u8>,
    stage: Stage,
    bytes_left: u64,
    text: String,
}

enum Place {
    Geometry,
    Column {
        number: usize,
        coding: Coding,
        name: String,
    },
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Header,
    Rows,
    End,
}

/// What `rows` is to the beginning of a stream.
enum Step {
    /// More bytes are needed.
    Partial,
    /// So many bytes are used up.
    Used(usize),
}

impl Copy {
    /// For rows of `fields`, of no more than `bytes_max` in all.
    pub(super) fn new(fields: &[Field], bytes_max: u64) -> Self {
        let mut rows = Collector::new(usize::try_from(bytes_max).unwrap_or(usize::MAX));
        let place = |field: &Field| match field {
            Field::Geometry => Place::Geometry,
            Field::Attribute { name, coding } => Place::Column {
                number: rows.table.new_column(name),
                coding: *coding,
                name: name.clone(),
            },
        };
        Self {
            fields: fields.iter().map(place).collect(),
            rows,
            srids: BTreeMap::new(),
            pending: vec![],
            stage: Stage::Header,
            bytes_left: bytes_max,
            text: String::new(),
        }
    }

    /// Takes the next piece, which may end anywhere.
    pub(super) fn feed(&mut self, piece: &[u8]) -> Result<(), Fault> {
        self.bytes_left = self
            .bytes_left
            .checked_sub(piece.len() as u64)
            .ok_or_else(|| {
                Fault::new("the database sends more than may be fetched").advice(
                    "ask for less, or raise download_max_mb under [access] in the project file",
                )
            })?;
        if self.pending.is_empty() {
            let used = self.consume(piece)?;
            self.pending.extend_from_slice(&piece[used..]);
            return Ok(());
        }
        let mut pending = std::mem::take(&mut self.pending);
        pending.extend_from_slice(piece);
        let used = self.consume(&pending)?;
        pending.drain(..used);
        self.pending = pending;
        Ok(())
    }

    /// The rows, and how many geometries have which SRID.
    pub(super) fn finish(self) -> Result<(Collector, BTreeMap<i32, u64>), Fault> {
        if self.stage != Stage::End {
            let fault = Fault::new("the rows of the database break off");
            return Err(fault.at_row(self.rows.row()));
        }
        Ok((self.rows, self.srids))
    }

    /// Reads as much of `bytes` as is complete; how many bytes that were.
    fn consume(&mut self, bytes: &[u8]) -> Result<usize, Fault> {
        let mut used = 0;
        loop {
            let rest = &bytes[used..];
            let step = match self.stage {
                Stage::Header => header(rest)?,
                Stage::Rows => self.row(rest)?,
                // Bytes behind the end mean nothing.
                Stage::End => return Ok(bytes.len()),
            };
            match step {
                Step::Partial => return Ok(used),
                Step::Used(count) => used += count,
            }
            if self.stage == Stage::Header {
                self.stage = Stage::Rows;
            }
        }
    }

    /// One row: the number of its fields, then each with its length; −1 fields end the stream.
    fn row(&mut self, bytes: &[u8]) -> Result<Step, Fault> {
        let Some(count) = bytes.first_chunk().map(|bytes| i16::from_be_bytes(*bytes)) else {
            return Ok(Step::Partial);
        };
        if count == -1 {
            self.stage = Stage::End;
            return Ok(Step::Used(2));
        }
        if usize::try_from(count) != Ok(self.fields.len()) {
            return Err(
                Fault::new("a row has another number of columns than announced")
                    .at_row(self.rows.row()),
            );
        }
        let Some(length) = self.row_length(bytes)? else {
            return Ok(Step::Partial);
        };
        let mut rest = &bytes[2..length];
        for place in &self.fields {
            let Some(value) = field(&mut rest) else {
                continue;
            };
            match place {
                Place::Geometry => geometry(value, &mut self.rows, &mut self.srids),
                Place::Column {
                    number,
                    coding,
                    name,
                } => {
                    attribute(
                        value,
                        (*number, *coding, name),
                        &mut self.rows,
                        &mut self.text,
                    );
                }
            }
        }
        if !self.rows.end_row() {
            return Err(Fault::new(TOO_MANY_CELLS).at_row(self.rows.row()));
        }
        if self.rows.row() >= ROWS_MAX {
            return Err(Fault::new("has more rows than a layer can have"));
        }
        Ok(Step::Used(length))
    }

    /// Bytes of the row at the beginning of `bytes`; `None` where it is not complete.
    fn row_length(&self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        let mut length = 2;
        for _ in &self.fields {
            let Some(own) = bytes.get(length..).and_then(|rest| rest.first_chunk()) else {
                return Ok(None);
            };
            length += 4;
            match i32::from_be_bytes(*own) {
                -1 => {}
                own => {
                    let own = usize::try_from(own).map_err(|_negative| {
                        Fault::new("a value has a length below zero").at_row(self.rows.row())
                    })?;
                    length = length.saturating_add(own);
                }
            }
        }
        Ok((length <= bytes.len()).then_some(length))
    }
}

/// The signature, 32 bits of flags, and an extension with its length before it.
fn header(bytes: &[u8]) -> Result<Step, Fault> {
    let known = bytes.len().min(SIGNATURE.len());
    if bytes[..known] != SIGNATURE[..known] {
        return Err(Fault::new("the database does not send rows"));
    }
    let Some(lengths) = bytes
        .get(SIGNATURE.len()..)
        .and_then(|rest| rest.first_chunk::<8>())
    else {
        return Ok(Step::Partial);
    };
    let [flags, extension] =
        [&lengths[..4], &lengths[4..]].map(|four| four.try_into().map_or(0, u32::from_be_bytes));
    // The upper half of the flags is for what a reader must know.
    if flags >> 16 != 0 {
        return Err(Fault::new(
            "the database sends rows in a form that is not known",
        ));
    }
    let length = SIGNATURE.len() + 8 + extension as usize;
    Ok(if bytes.len() < length {
        Step::Partial
    } else {
        Step::Used(length)
    })
}

/// The next value of a complete row; `None` for null.
fn field<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    *rest = behind;
    let length = usize::try_from(i32::from_be_bytes(*length)).ok()?;
    let (value, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(value)
}

fn geometry(ewkb: &[u8], rows: &mut Collector, srids: &mut BTreeMap<i32, u64>) {
    let srid = wkb::srid(ewkb).unwrap_or(0);
    if srids.len() < SRIDS_MAX || srids.contains_key(&srid) {
        *srids.entry(srid).or_default() += 1;
    }
    if let Err(why) = wkb::read(ewkb, &mut rows.draft) {
        rows.draft.clear();
        let problem = Problem::error(format!("the geometry is left out: {why}"));
        rows.problems.add(problem.at_row(rows.row()));
    }
}

fn attribute(
    bytes: &[u8],
    (number, coding, name): (usize, Coding, &str),
    rows: &mut Collector,
    text: &mut String,
) {
    if let Ok(value) = decode(coding, bytes, text) {
        rows.table.set(number, value);
    } else {
        let problem = Problem::error("a value does not fit its type and is left out");
        rows.problems
            .add(problem.in_column(name).at_row(rows.row()));
    }
}

#[cfg(test)]
mod tests {
    use comarca_engine::Value;
    use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

    use super::*;
    use crate::source::tests::{assert_consistent, damage, damaged};
    use crate::source::{Features, Format};

    const PLACES: &[u8] = include_bytes!("../../../../corpus/postgresql/places.pgcopy");

    fn fields() -> Vec<Field> {
        let attribute = |(name, coding): (&str, Coding)| Field::Attribute {
            name: name.to_owned(),
            coding,
        };
        let attributes = [
            ("n", Coding::Int),
            ("third", Coding::Bool),
            ("large", Coding::Int),
            ("quarter", Coding::Float),
            ("price", Coding::Numeric),
            ("name", Coding::Text),
            ("id", Coding::Uuid),
            ("day", Coding::Date),
            ("hour", Coding::TimestampUtc),
            ("json", Coding::Jsonb),
            ("bytes", Coding::Bytes),
        ];
        attributes
            .map(attribute)
            .into_iter()
            .chain([Field::Geometry])
            .collect()
    }

    fn read(pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Result<Features, Fault> {
        let mut copy = Copy::new(&fields(), 1 << 20);
        for piece in pieces {
            copy.feed(piece.as_ref())?;
        }
        let (rows, _) = copy.finish()?;
        Ok(rows.build(Format::Postgres, "places".to_owned(), None))
    }

    #[test]
    fn rows_are_the_same_however_the_stream_is_cut() {
        let whole = read([PLACES]).expect("good");
        assert_eq!((whole.len(), whole.coordinates.len()), (24, 45));
        let row = |column: &str| whole.column(column).expect(column).value(23);
        assert_eq!(row("n"), Value::Integer(24));
        assert_eq!(row("price"), Value::Real(30.0));
        assert_eq!(row("day"), Value::Text("2026-01-25"));
        assert_eq!(row("hour"), Value::Text("2026-01-02T12:00:00.024Z"));
        assert_eq!(row("json"), Value::Text("{\"n\": 24}"));
        for size in [1, 2, 7, 64, 1000] {
            let pieces = read(PLACES.chunks(size)).expect("good");
            assert_eq!(pieces.coordinates, whole.coordinates);
            assert_eq!(
                format!("{:?}", pieces.columns),
                format!("{:?}", whole.columns)
            );
        }
    }

    #[test]
    fn a_stream_that_breaks_off_or_grows_too_large_is_an_error() {
        for length in 0..PLACES.len() {
            assert!(read([&PLACES[..length]]).is_err(), "{length}");
        }
        let mut copy = Copy::new(&fields(), 100);
        assert!(copy.feed(PLACES).is_err());
    }

    #[test]
    fn damaged_streams_are_survived() {
        let config = Config {
            cases: 2000,
            failure_persistence: None,
            ..Config::default()
        };
        let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
        let survives = |(damages, size): (Vec<_>, usize)| {
            if let Ok(layer) = read(damaged(PLACES, &damages).chunks(size)) {
                assert_consistent(&layer);
            }
            Ok(())
        };
        let mut runner = TestRunner::new_with_rng(config, rng);
        runner
            .run(&(damage(), 1..5000_usize), survives)
            .expect("it survives");
    }
}
