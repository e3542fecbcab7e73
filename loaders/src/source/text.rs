//! Bytes of a text file → UTF-8, and what was wrong with them.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::problem::Problem;

/// Decodes a whole text. A byte order mark counts first, then `wanted`, then UTF-8 if it is valid, else Windows-1252.
pub(super) fn decode<'a>(bytes: &'a [u8], wanted: Option<&'static Encoding>) -> (Cow<'a, str>, Option<Problem>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(encoding, &bytes[mark..]);
    }
    if let Some(encoding) = wanted {
        return decode_as(encoding, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(error) => {
            let (text, _) = WINDOWS_1252.decode_without_bom_handling(bytes);
            let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
            let notice = Problem::notice("is not UTF-8 and was read as Windows-1252");
            (text, Some(notice.at_line(line, 1).advice("name the encoding if this is wrong")))
        }
    }
}

fn decode_as<'a>(encoding: &'static Encoding, bytes: &'a [u8]) -> (Cow<'a, str>, Option<Problem>) {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let problem = || {
        let message = format!("has bytes that are not {}; they were replaced by \u{fffd}", encoding.name());
        Problem::warning(message).advice("name the encoding the file has")
    };
    (text, broken.then(problem))
}

/// The encoding that people call `name`: WHATWG labels, and the names that .cpg files and Windows use.
pub(super) fn encoding(name: &str) -> Option<&'static Encoding> {
    let upper = name.trim().to_ascii_uppercase();
    let bare = ["ANSI ", "CP", "OEM ", "WINDOWS-"].iter().find_map(|prefix| upper.strip_prefix(prefix)).unwrap_or(&upper);
    let code = bare.trim_start_matches([' ', '-', '_']);
    let label = match code {
        "65001" | "UTF8" => "utf-8",
        "88591" | "8859-1" | "8859_1" | "ISO8859-1" | "28591" => "windows-1252",
        "885915" | "8859-15" => "iso-8859-15",
        code if code.len() == 4 && code.starts_with("125") => return Encoding::for_label(format!("windows-{code}").as_bytes()),
        "866" => "ibm866",
        "932" => "shift_jis",
        "936" => "gbk",
        "949" => "euc-kr",
        "950" => "big5",
        _ => return Encoding::for_label(upper.as_bytes()),
    };
    Encoding::for_label(label.as_bytes())
}

/// Whether UTF-8 text was taken for Windows-1252 and written as UTF-8 again (`PEÃ‘ALOLÃ‰N`).
pub(super) fn is_double_encoded(text: &str) -> bool {
    if !may_be_double_encoded(text) {
        return false;
    }
    let (bytes, _, lossy) = WINDOWS_1252.encode(text);
    !lossy && std::str::from_utf8(&bytes).is_ok()
}

/// Whether [`is_double_encoded`] is worth asking of any part of `text`.
pub(super) fn may_be_double_encoded(text: &str) -> bool {
    text.contains(['Ã', 'Â'])
}

/// UTF-8 as it is, else Windows-1252: for one short field whose file says nothing.
pub(super) fn lenient<'a>(bytes: &'a [u8], encoding: &'static Encoding) -> Cow<'a, str> {
    encoding.decode_without_bom_handling(bytes).0
}

/// UTF-8 if all of `bytes` are, else Windows-1252.
pub(super) fn guess(bytes: &[u8]) -> &'static Encoding {
    if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { WINDOWS_1252 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_encodings_as_people_write_them() {
        let name = |label| encoding(label).map(Encoding::name);
        for label in ["1252", "CP1252", "ANSI 1252", "ISO-8859-1", "88591", "latin1", "Windows-1252\n"] {
            assert_eq!(name(label), Some("windows-1252"), "{label}");
        }
        for label in ["UTF-8", "utf8", "65001"] {
            assert_eq!(name(label), Some("UTF-8"), "{label}");
        }
        assert_eq!(name("klingon"), None);
    }

    #[test]
    fn bytes_are_utf8_or_else_windows_1252() {
        assert_eq!(decode("Ñuñoa".as_bytes(), None).0, "Ñuñoa");
        assert_eq!(decode(b"\xef\xbb\xbfa", None).0, "a");
        let (text, problem) = decode(b"x\n\xd1u\xf1oa", None);
        assert_eq!((text.as_ref(), problem.and_then(|p| p.line)), ("x\nÑuñoa", Some((2, 1))));
        assert!(decode(b"\xd1u\xf1oa", encoding("utf-8")).1.is_some());
        assert_eq!(decode(b"\xff\xfea\0", None).0, "a");
    }

    #[test]
    fn text_that_was_encoded_twice_is_recognised() {
        assert!(is_double_encoded("PEÃ‘ALOLEN"));
        assert!(!is_double_encoded("PEÑALOLÉN"));
        assert!(!is_double_encoded("SÃO PAULO"));
    }
}
