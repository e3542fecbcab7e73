//! `Range` of a request (RFC 9110 §14.1.2, §14.2).

/// The first and the last byte that a header asks for of a body of so many bytes: `None` where it is to be ignored (it
/// cannot be read, is of another unit, or names several parts), `Some(None)` where nothing of the body is meant.
#[expect(clippy::option_option, reason = "ignored, outside, and inside")]
pub(crate) fn read(header: &str, length: usize) -> Option<Option<(usize, usize)>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    let end = length.checked_sub(1);
    match (number(first)?, number(last)?) {
        (None, None) => None,
        (None, Some(0)) => Some(None),
        (None, Some(suffix)) => Some(end.map(|end| (length.saturating_sub(suffix), end))),
        (Some(first), Some(last)) if last < first => None,
        (Some(first), last) => {
            let within = end.filter(|end| first <= *end);
            Some(within.map(|end| (first, last.unwrap_or(end).min(end))))
        }
    }
}

/// Digits as a number, the largest there is where they say more; `Some(None)` for none at all.
#[expect(clippy::option_option, reason = "unreadable, absent, and present")]
fn number(digits: &str) -> Option<Option<usize>> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some((!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_the_standard_says() {
        assert_eq!(read("bytes=0-9", 100), Some(Some((0, 9))));
        assert_eq!(read("bytes=90-", 100), Some(Some((90, 99))));
        assert_eq!(read("bytes=-10", 100), Some(Some((90, 99))));
        assert_eq!(read("bytes=-1000", 100), Some(Some((0, 99))));
        assert_eq!(read("bytes=5-1000", 100), Some(Some((5, 99))));
        assert_eq!(
            read("bytes=0-99999999999999999999999", 100),
            Some(Some((0, 99)))
        );
    }

    #[test]
    fn what_lies_outside_is_told_from_what_cannot_be_read() {
        for outside in ["bytes=100-", "bytes=100-200", "bytes=-0"] {
            assert_eq!(read(outside, 100), Some(None), "{outside}");
        }
        for odd in [
            "bytes=9-0",
            "bytes=-",
            "bytes=",
            "bytes=a-b",
            "bytes=0-1,5-6",
            "items=0-1",
            "bytes=+1-2",
            "0-1",
        ] {
            assert_eq!(read(odd, 100), None, "{odd}");
        }
        assert_eq!(read("bytes=0-", 0), Some(None));
    }
}
