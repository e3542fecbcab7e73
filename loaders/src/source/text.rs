//! Bytes of a text file → UTF-8, and what was wrong with them.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use crate::problem::Problem;

/// A way to write text as bytes: one of the web's, or one of the two that DOS programs used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Web(&'static Encoding),
    Dos437,
    Dos850,
}

pub(super) const UTF8: Charset = Charset::Web(UTF_8);
pub(super) const WINDOWS: Charset = Charset::Web(WINDOWS_1252);

/// The upper halves of the two code pages.
const DOS437: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐\
    └┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const DOS850: &str = "\
    ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐\
    └┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl Charset {
    /// The one that people call `name`: WHATWG labels, and the names that .cpg files and Windows use.
    pub(super) fn named(name: &str) -> Option<Self> {
        let upper = name.trim().to_ascii_uppercase();
        let prefix = ["ANSI ", "OEM ", "CP", "IBM", "WINDOWS-"]
            .iter()
            .find_map(|prefix| upper.strip_prefix(prefix));
        let code = prefix.unwrap_or(&upper).trim_start_matches([' ', '-', '_']);
        let label = match code {
            "437" => return Some(Self::Dos437),
            "850" => return Some(Self::Dos850),
            "65001" | "UTF8" => "utf-8".to_owned(),
            "88591" | "8859-1" | "8859_1" | "ISO8859-1" | "28591" => "windows-1252".to_owned(),
            "885915" | "8859-15" => "iso-8859-15".to_owned(),
            "866" => "ibm866".to_owned(),
            "932" => "shift_jis".to_owned(),
            "936" => "gbk".to_owned(),
            "949" => "euc-kr".to_owned(),
            "950" => "big5".to_owned(),
            code if code.len() == 4 && code.starts_with("125") => format!("windows-{code}"),
            _ => upper.clone(),
        };
        Encoding::for_label(label.as_bytes()).map(Self::Web)
    }

    /// The text, and whether bytes that make no sense were replaced.
    pub(super) fn decode(self, bytes: &[u8]) -> (Cow<'_, str>, bool) {
        match self {
            Self::Web(encoding) => encoding.decode_without_bom_handling(bytes),
            Self::Dos437 => (dos(bytes, DOS437), false),
            Self::Dos850 => (dos(bytes, DOS850), false),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Web(encoding) => encoding.name(),
            Self::Dos437 => "code page 437",
            Self::Dos850 => "code page 850",
        }
    }
}

fn dos<'a>(bytes: &'a [u8], upper_half: &str) -> Cow<'a, str> {
    if let Some(text) = std::str::from_utf8(bytes).ok().filter(|_| bytes.is_ascii()) {
        Cow::Borrowed(text)
    } else {
        let upper_half: Vec<char> = upper_half.chars().collect();
        let decode = |byte: &u8| {
            byte.checked_sub(128)
                .map_or(char::from(*byte), |at| upper_half[usize::from(at)])
        };
        Cow::Owned(bytes.iter().map(decode).collect())
    }
}

/// Whether `bytes` are UTF-8, the last character of which may be cut off.
pub(super) fn is_utf8_but_cut(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
}

/// Decodes a whole text. A byte order mark counts first, then `wanted`, then UTF-8 if it is valid, else Windows-1252.
pub(super) fn decode(bytes: &[u8], wanted: Option<Charset>) -> (Cow<'_, str>, Option<Problem>) {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return decode_as(Charset::Web(encoding), &bytes[mark..]);
    }
    if let Some(charset) = wanted {
        return decode_as(charset, bytes);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), None),
        Err(error) => {
            let line = bytes[..error.valid_up_to()]
                .split(|byte| *byte == b'\n')
                .count() as u64;
            let notice = Problem::notice("is not UTF-8 and was read as Windows-1252");
            (
                WINDOWS.decode(bytes).0,
                Some(
                    notice
                        .at_line(line, 1)
                        .advice("name the encoding if this is wrong"),
                ),
            )
        }
    }
}

fn decode_as(charset: Charset, bytes: &[u8]) -> (Cow<'_, str>, Option<Problem>) {
    let (text, broken) = charset.decode(bytes);
    let problem = || {
        let message = format!(
            "has bytes that are not {}; they were replaced by \u{fffd}",
            charset.name()
        );
        Problem::warning(message).advice("name the encoding the file has")
    };
    (text, broken.then(problem))
}

/// Most times that a text is taken to have been encoded too often.
const ROUNDS_MAX: usize = 3;

/// What a text was before its UTF-8 was taken for Windows-1252 and written as UTF-8 again, once or more often
/// (`PEÃ‘ALOLÃ‰N`). `None` where that did not happen: other text does not come out as UTF-8.
pub(super) fn undoubled(text: &str) -> Option<String> {
    let mut before = once_less(text)?;
    for _ in 1..ROUNDS_MAX {
        match once_less(&before) {
            Some(earlier) => before = earlier,
            None => break,
        }
    }
    Some(before)
}

fn once_less(text: &str) -> Option<String> {
    // The first byte of Ã and Â, the only characters that letters with accents turn into; other text is passed fast.
    memchr::memchr(0xc3, text.as_bytes())?;
    if !text.contains(['Ã', 'Â']) {
        return None;
    }
    let (bytes, _, lossy) = WINDOWS_1252.encode(text);
    let before = std::str::from_utf8(&bytes).ok().filter(|_| !lossy)?;
    Some(before.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_encodings_as_people_write_them() {
        let name = |label| Charset::named(label).map(Charset::name);
        for label in [
            "1252",
            "CP1252",
            "ANSI 1252",
            "ISO-8859-1",
            "88591",
            "latin1",
            "Windows-1252\n",
        ] {
            assert_eq!(name(label), Some("windows-1252"), "{label}");
        }
        for label in ["UTF-8", "utf8", "65001"] {
            assert_eq!(name(label), Some("UTF-8"), "{label}");
        }
        assert_eq!(name("IBM850"), Some("code page 850"));
        assert_eq!(name("klingon"), None);
    }

    #[test]
    fn bytes_are_utf8_or_else_windows_1252() {
        assert_eq!(decode("Ñuñoa".as_bytes(), None).0, "Ñuñoa");
        assert_eq!(decode(b"\xef\xbb\xbfa", None).0, "a");
        let (text, problem) = decode(b"x\n\xd1u\xf1oa", None);
        assert_eq!(
            (text.as_ref(), problem.and_then(|p| p.line)),
            ("x\nÑuñoa", Some((2, 1)))
        );
        assert!(decode(b"\xd1u\xf1oa", Charset::named("utf-8")).1.is_some());
        assert_eq!(decode(b"\xff\xfea\0", None).0, "a");
    }

    #[test]
    fn the_code_pages_of_dos_have_128_characters_above_ascii() {
        assert_eq!((DOS437.chars().count(), DOS850.chars().count()), (128, 128));
        assert_eq!(
            Charset::Dos850.decode(b"\xa5u\xa4oa, Pe\xa4alol\x82n").0,
            "Ñuñoa, Peñalolén"
        );
        assert_eq!(Charset::Dos437.decode(b"Vi\xa4a \xff").0, "Viña \u{a0}");
    }

    #[test]
    fn text_that_was_encoded_twice_is_recognised() {
        assert_eq!(undoubled("PEÃ‘ALOLEN").as_deref(), Some("PEÑALOLEN"));
        assert_eq!(undoubled("ÃƒÂ±").as_deref(), Some("ñ"));
        for right in ["PEÑALOLÉN", "SÃO PAULO", "Â", "plain"] {
            assert_eq!(undoubled(right), None, "{right}");
        }
    }
}
