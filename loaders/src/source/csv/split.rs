//! A delimited text → pieces of whole records, to be read at the same time.

use memchr::memchr2;

/// Bytes of a piece, about.
const PIECE_BYTES: usize = 1 << 20;

/// Cuts `text` at ends of lines that are not within quotes. The pieces put together are the text.
///
/// Quotes count as the `csv` crate counts them: they open where a cell begins, and two of them within stand for one.
/// Cost O(n), a byte at a time only where there are quotes.
pub(super) fn pieces(text: &str, delimiter: u8) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut pieces = vec![];
    let (mut start, mut at) = (0, 0);
    while let Some(found) = memchr2(b'"', b'\n', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            at = match begins_cell(bytes, at, delimiter) {
                true => end_of_quotes(bytes, at),
                false => at + 1,
            };
            continue;
        }
        at += 1;
        if at - start >= PIECE_BYTES {
            pieces.push(&text[start..at]);
            start = at;
        }
    }
    if start < text.len() {
        pieces.push(&text[start..]);
    }
    pieces
}

fn begins_cell(bytes: &[u8], at: usize, delimiter: u8) -> bool {
    at.checked_sub(1)
        .is_none_or(|before| matches!(bytes[before], b'\n' | b'\r') || bytes[before] == delimiter)
}

/// Behind the quotes that open at `at`, or the end of the text.
fn end_of_quotes(bytes: &[u8], at: usize) -> usize {
    let mut at = at + 1;
    while let Some(found) = memchr::memchr(b'"', &bytes[at..]) {
        at += found + 1;
        if bytes.get(at) != Some(&b'"') {
            return at;
        }
        at += 1;
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_where_records_end() {
        let line = "1;\"a \"\"quoted\"\"\nline; \";it's 5\" wide\n";
        let text = line.repeat(3 * PIECE_BYTES / line.len());
        let pieces = pieces(&text, b';');
        assert_eq!(pieces.concat(), text);
        assert!(pieces.len() > 2);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.starts_with("1;\"a") && piece.ends_with("wide\n"))
        );
    }

    #[test]
    fn quotes_that_never_close_hold_the_rest() {
        let text = format!("a\n\"{}", "b\n".repeat(2 * PIECE_BYTES));
        assert_eq!(pieces(&text, b',').len(), 1);
        assert!(pieces("", b',').is_empty());
    }
}
