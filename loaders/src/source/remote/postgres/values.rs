//! Values as `PostgreSQL` sends them in binary form (the `…send` functions of its sources) → values of a column.

use std::fmt::Write;

use comarca_engine::Value;
use tokio_postgres::types::{Kind, Type};

use crate::calendar::civil;

/// How the bytes of a column are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    Bool,
    Int,
    Float,
    Numeric,
    Text,
    /// Text after a byte with the version, 1.
    Jsonb,
    Uuid,
    Date,
    Time,
    Timestamp,
    /// The same in UTC, said with a Z.
    TimestampUtc,
    Bytes,
}

/// What is done with a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Treatment {
    /// Sent as it is and decoded here.
    Sent(Coding),
    /// Sent as JSON text.
    Json,
    /// Sent as the text that `PostgreSQL` makes of it.
    Cast,
}

/// How values of a type come to us; domains as what they are made of.
pub(super) fn treatment(kind: &Type) -> Treatment {
    let coding = match kind.kind() {
        Kind::Domain(inner) => return treatment(inner),
        Kind::Array(_) => return Treatment::Json,
        Kind::Enum(_) => Coding::Text,
        _ => match *kind {
            Type::BOOL => Coding::Bool,
            Type::INT2 | Type::INT4 | Type::INT8 => Coding::Int,
            Type::FLOAT4 | Type::FLOAT8 => Coding::Float,
            Type::NUMERIC => Coding::Numeric,
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::XML => {
                Coding::Text
            }
            Type::JSONB => Coding::Jsonb,
            Type::UUID => Coding::Uuid,
            Type::DATE => Coding::Date,
            Type::TIME => Coding::Time,
            Type::TIMESTAMP => Coding::Timestamp,
            Type::TIMESTAMPTZ => Coding::TimestampUtc,
            Type::BYTEA => Coding::Bytes,
            _ if kind.name() == "citext" => Coding::Text,
            _ => return Treatment::Cast,
        },
    };
    Treatment::Sent(coding)
}

/// What does not fit the type it should have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Misfit;

/// Decodes a value; `text` is where one that is text may be kept.
pub(super) fn decode<'a>(
    coding: Coding,
    bytes: &'a [u8],
    text: &'a mut String,
) -> Result<Value<'a>, Misfit> {
    text.clear();
    match coding {
        Coding::Bool => return Ok(Value::Bool(fixed::<1>(bytes)? != [0])),
        Coding::Int => return int(bytes).map(Value::Integer),
        Coding::Float => return float(bytes).map(Value::Real),
        Coding::Numeric => return numeric(bytes),
        Coding::Text => text.push_str(&String::from_utf8_lossy(bytes)),
        Coding::Jsonb => match bytes {
            [1, json @ ..] => text.push_str(&String::from_utf8_lossy(json)),
            _ => return Err(Misfit),
        },
        Coding::Uuid => uuid(&fixed(bytes)?, text),
        Coding::Date => date(i32::from_be_bytes(fixed(bytes)?), text),
        Coding::Time => time(i64::from_be_bytes(fixed(bytes)?), text),
        Coding::Timestamp => timestamp(i64::from_be_bytes(fixed(bytes)?), "", text),
        Coding::TimestampUtc => timestamp(i64::from_be_bytes(fixed(bytes)?), "Z", text),
        Coding::Bytes => hex(bytes, text),
    }
    Ok(Value::Text(text))
}

fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], Misfit> {
    bytes.try_into().map_err(|_other_length| Misfit)
}

fn int(bytes: &[u8]) -> Result<i64, Misfit> {
    match bytes.len() {
        2 => fixed(bytes).map(|bytes| i16::from_be_bytes(bytes).into()),
        4 => fixed(bytes).map(|bytes| i32::from_be_bytes(bytes).into()),
        _ => fixed(bytes).map(i64::from_be_bytes),
    }
}

fn float(bytes: &[u8]) -> Result<f64, Misfit> {
    match bytes.len() {
        // By its decimal text, so that 0.1 stays 0.1.
        4 => {
            let short = f32::from_be_bytes(fixed(bytes)?);
            Ok(short
                .to_string()
                .parse()
                .unwrap_or_else(|_never| short.into()))
        }
        _ => fixed(bytes).map(f64::from_be_bytes),
    }
}

/// Groups of four decimal digits, the first worth 10000 to the power of `weight`.
///
/// A whole number without decimals that fits is an integer, all else the nearest real number.
fn numeric(bytes: &[u8]) -> Result<Value<'static>, Misfit> {
    let (head, groups) = bytes.split_first_chunk::<8>().ok_or(Misfit)?;
    let short = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let (count, sign, decimals) = (usize::from(short(0)), short(4), short(6));
    let weight = i32::from(short(2).cast_signed());
    let negative = match sign {
        0 => false,
        0x4000 => true,
        0xc000 => return Ok(Value::Real(f64::NAN)),
        0xd000 => return Ok(Value::Real(f64::INFINITY)),
        0xf000 => return Ok(Value::Real(f64::NEG_INFINITY)),
        _ => return Err(Misfit),
    };
    let (groups, rest) = groups.as_chunks::<2>();
    if groups.len() != count || !rest.is_empty() {
        return Err(Misfit);
    }
    let behind = weight - i32::try_from(count).map_err(|_too_many| Misfit)? + 1;
    let mut text = String::from(if negative { "-0" } else { "0" });
    for group in groups {
        let group = u16::from_be_bytes(*group);
        if group > 9999 {
            return Err(Misfit);
        }
        let _ = write!(text, "{group:04}");
    }
    if decimals == 0 && (0..5).contains(&behind) {
        let zeros = "0000".repeat(usize::try_from(behind).unwrap_or_default());
        if let Ok(whole) = (text.clone() + &zeros).parse() {
            return Ok(Value::Integer(whole));
        }
    }
    let _ = write!(text, "e{}", 4 * behind);
    text.parse().map(Value::Real).map_err(|_unread| Misfit)
}

fn uuid(bytes: &[u8; 16], text: &mut String) {
    for (at, byte) in bytes.iter().enumerate() {
        let dash = if matches!(at, 4 | 6 | 8 | 10) {
            "-"
        } else {
            ""
        };
        let _ = write!(text, "{dash}{byte:02x}");
    }
}

fn hex(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
}

const US_PER_S: i64 = 1_000_000;
const US_PER_DAY: i64 = 86_400 * US_PER_S;
/// Days from 1970-01-01 to 2000-01-01, where `PostgreSQL` counts from.
const DAYS_TO_2000: i64 = 10_957;

/// Days since 2000-01-01, as ISO 8601; the ends of the range stand for infinity.
fn date(days: i32, text: &mut String) {
    match days {
        i32::MAX => text.push_str("infinity"),
        i32::MIN => text.push_str("-infinity"),
        days => calendar_date(days.into(), text),
    }
}

/// The date so many days after 2000-01-01.
fn calendar_date(days: i64, text: &mut String) {
    let (year, month, day) = civil(days.saturating_add(DAYS_TO_2000));
    let _ = match year {
        0..=9999 => write!(text, "{year:04}-{month:02}-{day:02}"),
        _ => write!(text, "{year:+05}-{month:02}-{day:02}"),
    };
}

/// Microseconds since midnight.
fn time(us: i64, text: &mut String) {
    let (s, us) = (us.div_euclid(US_PER_S), us.rem_euclid(US_PER_S));
    let _ = write!(text, "{:02}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
    if us != 0 {
        let _ = write!(text, ".{us:06}");
        text.truncate(text.trim_end_matches('0').len());
    }
}

/// Microseconds since midnight of 2000-01-01.
fn timestamp(us: i64, zone: &str, text: &mut String) {
    match us {
        i64::MAX => text.push_str("infinity"),
        i64::MIN => text.push_str("-infinity"),
        us => {
            calendar_date(us.div_euclid(US_PER_DAY), text);
            text.push('T');
            time(us.rem_euclid(US_PER_DAY), text);
            text.push_str(zone);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(coding: Coding, bytes: &[u8]) -> String {
        let mut text = String::new();
        decode(coding, bytes, &mut text).expect("it fits").display()
    }

    #[test]
    fn dates_are_those_of_the_gregorian_calendar() {
        // SELECT DATE '…' - DATE '2000-01-01'
        for (days, iso) in [
            (0, "2000-01-01"),
            (59, "2000-02-29"),
            (60, "2000-03-01"),
            (9556, "2026-03-01"),
            (-36_524, "1900-01-01"),
            (-36_465, "1900-03-01"),
            (-730_119, "0001-01-01"),
            (-730_485, "0000-01-01"),
            (2_921_940, "+10000-01-01"),
            (i32::MAX, "infinity"),
        ] {
            assert_eq!(text(Coding::Date, &i32::to_be_bytes(days)), iso);
        }
        let us = 9556 * US_PER_DAY + 45_296 * US_PER_S + 250_000;
        assert_eq!(
            text(Coding::TimestampUtc, &us.to_be_bytes()),
            "2026-03-01T12:34:56.25Z"
        );
        assert_eq!(
            text(Coding::Timestamp, &(-US_PER_S).to_be_bytes()),
            "1999-12-31T23:59:59"
        );
        for extreme in [i64::MIN + 1, i64::MAX - 1] {
            assert!(text(Coding::Timestamp, &extreme.to_be_bytes()).contains('T'));
        }
    }

    fn numeric_of(
        weight: i16,
        sign: u16,
        decimals: u16,
        groups: &[u16],
    ) -> Result<Value<'static>, Misfit> {
        let count = u16::try_from(groups.len()).expect("few");
        let head = [count, weight.cast_unsigned(), sign, decimals]
            .map(u16::to_be_bytes)
            .concat();
        let groups: Vec<u8> = groups
            .iter()
            .flat_map(|group| group.to_be_bytes())
            .collect();
        numeric(&[head, groups].concat())
    }

    #[test]
    fn decimals_are_integers_where_they_can_be_and_else_the_nearest_real() {
        assert_eq!(numeric_of(0, 0, 0, &[]), Ok(Value::Integer(0)));
        assert_eq!(numeric_of(0, 0x4000, 0, &[42]), Ok(Value::Integer(-42)));
        assert_eq!(numeric_of(2, 0, 0, &[5]), Ok(Value::Integer(500_000_000)));
        assert_eq!(numeric_of(0, 0, 2, &[1]), Ok(Value::Real(1.0)));
        assert_eq!(
            numeric_of(0, 0x4000, 3, &[3, 1510]),
            Ok(Value::Real(-3.151))
        );
        assert_eq!(numeric_of(-2, 0, 10, &[1200]), Ok(Value::Real(1.2e-5)));
        assert_eq!(numeric_of(4, 0, 0, &[9999; 5]), Ok(Value::Real(1e20)));
        assert_eq!(
            numeric_of(i16::MAX, 0, 0, &[1]),
            Ok(Value::Real(f64::INFINITY))
        );
        assert_eq!(numeric_of(0, 0, 0, &[10_000]), Err(Misfit));
        assert_eq!(numeric_of(0, 0x1234, 0, &[1]), Err(Misfit));
        assert_eq!(numeric(&[0; 7]), Err(Misfit));
        assert_eq!(numeric(&[0, 9, 0, 0, 0, 0, 0, 0]), Err(Misfit));
    }

    #[test]
    fn values_of_another_length_do_not_fit() {
        let mut text = String::new();
        for coding in [
            Coding::Bool,
            Coding::Int,
            Coding::Float,
            Coding::Uuid,
            Coding::Date,
            Coding::Time,
        ] {
            assert_eq!(
                decode(coding, &[0; 3], &mut text),
                Err(Misfit),
                "{coding:?}"
            );
        }
        assert_eq!(decode(Coding::Jsonb, b"\x02{}", &mut text), Err(Misfit));
        assert_eq!(
            decode(Coding::Float, &0.1_f32.to_be_bytes(), &mut text),
            Ok(Value::Real(0.1))
        );
    }
}
