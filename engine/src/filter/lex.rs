//! Text to tokens.

use super::FilterError;

/// A word, sign or constant of the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    /// A keyword or an identifier; which of them the place decides.
    Word(&'a str),
    /// An identifier in double quotes.
    Quoted(String),
    /// A text literal between its quotes, escapes unread: literals and patterns read them differently.
    Text(&'a str),
    Integer(i64),
    Real(f64),
    Sign(&'static str),
    End,
}

/// A token and the byte where it begins.
pub(super) type Placed<'a> = (Token<'a>, usize);

// The longer before the shorter.
const SIGNS: [&str; 15] = [
    "<>", "<=", ">=", "<", ">", "=", "(", ")", ",", "+", "-", "*", "/", "^", "%",
];

/// Splits `text`; the last token is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Placed<'_>>, FilterError> {
    let mut tokens = vec![];
    let mut at = skip_space(text, 0);
    while at < text.len() {
        let (token, length) = token(text, at)?;
        tokens.push((token, at));
        at = skip_space(text, at + length);
    }
    tokens.push((Token::End, text.len()));
    Ok(tokens)
}

/// The number of the character that begins at byte `at`, from 1.
pub(super) fn position(text: &str, at: usize) -> usize {
    text.char_indices()
        .take_while(|(byte, _)| *byte < at)
        .count()
        + 1
}

fn skip_space(text: &str, at: usize) -> usize {
    text.len() - text[at..].trim_start().len()
}

/// The token at byte `at` and its length in bytes.
fn token(text: &str, at: usize) -> Result<(Token<'_>, usize), FilterError> {
    let rest = &text[at..];
    let first = rest.chars().next().unwrap_or(' ');
    if first == '\'' {
        let length = literal_length(rest).ok_or_else(|| unclosed(text, at, "'"))?;
        return Ok((Token::Text(&rest[1..length - 1]), length));
    }
    if first == '"' {
        let length = quoted_length(rest).ok_or_else(|| unclosed(text, at, "\""))?;
        return Ok((
            Token::Quoted(rest[1..length - 1].replace("\"\"", "\"")),
            length,
        ));
    }
    if is_identifier_start(first) {
        let length = rest.find(|c| !is_identifier_part(c)).unwrap_or(rest.len());
        return Ok((Token::Word(&rest[..length]), length));
    }
    if let Some(length) = number_length(rest) {
        return Ok((number(text, at, length)?, length));
    }
    match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
        Some(sign) => Ok((Token::Sign(sign), sign.len())),
        None => Err(unexpected(text, at, first)),
    }
}

fn unexpected(text: &str, at: usize, found: char) -> FilterError {
    let expected = "a property, a literal, a keyword or an operator".to_owned();
    FilterError::Syntax {
        position: position(text, at),
        expected,
        found: format!("{found:?}"),
    }
}

fn unclosed(text: &str, at: usize, quote: &str) -> FilterError {
    let expected = format!("a closing {quote} for the one opened here");
    FilterError::Syntax {
        position: position(text, at),
        expected,
        found: "the end of the filter".to_owned(),
    }
}

/// Length of a text literal with both quotes; `''` and `\'` stay inside, and so does what follows any `\`.
fn literal_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'\\', _) | (b'\'', Some(b'\'')) => at += 2,
            (b'\'', _) => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn quoted_length(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    let mut at = 1;
    loop {
        match (bytes.get(at)?, bytes.get(at + 1)) {
            (b'"', Some(b'"')) => at += 2,
            (b'"', _) => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// Length of an unsigned number: digits, a point, an exponent.
fn number_length(rest: &str) -> Option<usize> {
    let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(0);
    let point = rest[whole..].starts_with('.');
    let fraction = if point { digits(whole + 1) } else { 0 };
    if whole + fraction == 0 {
        return None;
    }
    let mantissa = whole + usize::from(point) + fraction;
    Some(mantissa + exponent_length(&rest[mantissa..]))
}

fn exponent_length(rest: &str) -> usize {
    let Some(after) = rest.strip_prefix(['e', 'E']) else {
        return 0;
    };
    let unsigned = after.strip_prefix(['+', '-']).unwrap_or(after);
    match unsigned.bytes().take_while(u8::is_ascii_digit).count() {
        0 => 0,
        digits => rest.len() - unsigned.len() + digits,
    }
}

fn number(text: &str, at: usize, length: usize) -> Result<Token<'static>, FilterError> {
    let digits = &text[at..at + length];
    if let Ok(integer) = digits.parse() {
        return Ok(Token::Integer(integer));
    }
    match digits.parse::<f64>() {
        Ok(real) if real.is_finite() => Ok(Token::Real(real)),
        _ => Err(FilterError::Syntax {
            position: position(text, at),
            expected: "a number below 1.8e308".to_owned(),
            found: digits.to_owned(),
        }),
    }
}

/// Whether an identifier may begin with this character: what the standard lists (rule `identifierStart`), and any other
/// letter.
pub(super) fn is_identifier_start(character: char) -> bool {
    let is_listed = matches!(
        character,
        '_' | ':' | '\u{37F}'..='\u{1FFE}' | '\u{200C}' | '\u{200D}' | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}'
            | '\u{FDF0}'..='\u{FFFD}' | '\u{10000}'..='\u{EFFFF}'
    );
    character.is_alphabetic() || (is_listed && !character.is_whitespace())
}

/// Whether an identifier may go on with this character.
pub(super) fn is_identifier_part(character: char) -> bool {
    is_identifier_start(character)
        || character.is_ascii_digit()
        || matches!(
            character,
            '.' | '\u{300}'..='\u{36F}' | '\u{203F}' | '\u{2040}'
        )
}
