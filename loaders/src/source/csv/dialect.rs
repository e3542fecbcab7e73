//! Which character stands between the cells.

/// Delimiters that are tried; where two do equally well the earlier one counts.
const CANDIDATES: [u8; 4] = [b',', b';', b'\t', b'|'];
/// How many records are looked at.
const SAMPLE_RECORDS: usize = 50;

/// The candidate that cuts the first records into the most cells, all records alike.
pub(super) fn delimiter(text: &str) -> u8 {
    let sample = sample(text);
    let mut best = (0, b',');
    for candidate in CANDIDATES {
        let score = score(sample, candidate);
        if score > best.0 {
            best = (score, candidate);
        }
    }
    best.1
}

/// The share of records (in thousandths) that have as many cells as the header, times a bonus for more cells.
fn score(sample: &str, delimiter: u8) -> usize {
    let mut reader = ::csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .has_headers(false)
        .from_reader(sample.as_bytes());
    let widths: Vec<usize> = reader
        .records()
        .take(SAMPLE_RECORDS)
        .map_while(Result::ok)
        .map(|record| record.len())
        .collect();
    let Some(&header) = widths.first().filter(|width| **width > 1) else {
        return 0;
    };
    let alike = widths.iter().filter(|width| **width == header).count();
    alike * 1000 / widths.len() * 1000 + header.min(999)
}

/// The first lines, not cut within one where that can be helped.
fn sample(text: &str) -> &str {
    const BYTES_MAX: usize = 256 * 1024;
    if text.len() <= BYTES_MAX {
        return text;
    }
    let cut = (0..=BYTES_MAX)
        .rev()
        .find(|&at| text.is_char_boundary(at))
        .unwrap_or(0);
    let head = &text[..cut];
    head.rfind('\n').map_or(head, |end| &head[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_delimiter_is_the_one_that_cuts_all_lines_alike() {
        assert_eq!(delimiter("a,b\n1,2\n"), b',');
        assert_eq!(delimiter("a;b\n1,5;2,5\n"), b';');
        assert_eq!(delimiter("a\tb\n\"x\ty\"\t2\n"), b'\t');
        assert_eq!(delimiter("name|note\nx|a, b; c\ny|d\n"), b'|');
        assert_eq!(delimiter("only\none\n"), b',');
        assert_eq!(delimiter(""), b',');
    }
}
