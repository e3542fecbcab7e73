//! What stands between the quotes of a literal: escapes, patterns, dates.

use super::expression::Literal;
use super::like::Piece;

/// A character of a literal: as it stands, or what an escape means.
enum Unescaped {
    Plain(char),
    Escaped(char),
}

/// How a quote is written in a literal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// Twice, or after a backslash: CQL2 text.
    Doubled,
    /// As it is: CQL2 JSON.
    Single,
}

/// Reads the escapes of a literal. An escape that the standard does not define stands for itself, backslash and all.
fn characters(raw: &str, quotes: Quotes) -> Vec<Unescaped> {
    let mut read = vec![];
    let mut rest = raw.chars().peekable();
    while let Some(character) = rest.next() {
        let next = rest.peek().copied();
        let escaped = match character {
            '\'' if quotes == Quotes::Doubled => Some('\''),
            '\\' => next.and_then(escape),
            _ => None,
        };
        read.push(escaped.map_or(Unescaped::Plain(character), Unescaped::Escaped));
        if escaped.is_some() {
            rest.next();
        }
    }
    read
}

/// What `\` and `letter` mean in a literal (OGC 21-065r2, /req/cql2-text/escaping) or in a pattern (like-predicate, K).
fn escape(letter: char) -> Option<char> {
    match letter {
        '\'' | '\\' | '%' | '_' => Some(letter),
        'a' => Some('\u{7}'),
        'b' => Some('\u{8}'),
        't' => Some('\t'),
        'n' => Some('\n'),
        'v' => Some('\u{B}'),
        'f' => Some('\u{C}'),
        'r' => Some('\r'),
        _ => None,
    }
}

/// The text that a literal stands for.
pub(super) fn unescaped(raw: &str) -> String {
    let character = |read| match read {
        Unescaped::Plain(character) | Unescaped::Escaped(character) => character,
    };
    let read = characters(raw, Quotes::Doubled);
    read.into_iter().map(character).collect()
}

/// The pieces of the pattern that a literal stands for.
pub(super) fn pieces(raw: &str, quotes: Quotes) -> Vec<Piece> {
    let piece = |read| match read {
        Unescaped::Plain('%') => Piece::Any,
        Unescaped::Plain('_') => Piece::One,
        Unescaped::Plain(character) | Unescaped::Escaped(character) => Piece::Exactly(character),
    };
    characters(raw, quotes).into_iter().map(piece).collect()
}

/// Whether a date or timestamp is written as ISO 8601 and OGC 21-065r2 want it.
pub(super) fn is_instant(literal: &Literal) -> bool {
    match literal {
        Literal::Date(text) => is_date(text),
        Literal::Timestamp(text) => text
            .split_once('T')
            .is_some_and(|(date, time)| is_date(date) && is_utc_time(time)),
        _ => false,
    }
}

/// What it should look like.
pub(super) fn instant_form(literal: &Literal) -> &'static str {
    match literal {
        Literal::Timestamp(_) => "a time like '2024-05-31T23:59:59Z'",
        _ => "a date like '2024-05-31'",
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    matches!(parts[..], [year, month, day]
        if is_number(year, 4, 0, 9999) && is_number(month, 2, 1, 12) && is_number(day, 2, 1, 31))
}

fn is_utc_time(text: &str) -> bool {
    let Some(text) = text.strip_suffix('Z') else {
        return false;
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let parts: Vec<_> = whole.split(':').collect();
    // A minute may have a leap second.
    matches!(parts[..], [hour, minute, second]
        if is_number(hour, 2, 0, 23) && is_number(minute, 2, 0, 59) && is_number(second, 2, 0, 60))
        && !fraction.is_empty()
        && fraction.bytes().all(|digit| digit.is_ascii_digit())
}

fn is_number(text: &str, digits: usize, least: u16, most: u16) -> bool {
    text.len() == digits
        && text.bytes().all(|digit| digit.is_ascii_digit())
        && text
            .parse()
            .is_ok_and(|number: u16| (least..=most).contains(&number))
}
