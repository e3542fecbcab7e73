//! What KML, GPX and GML have in common: the encoding, elements one after the other, and what is refused.
//!
//! A document is read element by element and never kept as a tree. Document type definitions are refused, so no
//! entity can name a file or grow (XML 1.0, 4.2.2; "billion laughs"); nesting is bounded.

pub(super) mod positions;
pub(super) mod typed;

use std::borrow::Cow;
use std::path::Path;

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::QName;
use quick_xml::reader::Reader;

use super::text::{self, Charset};
use crate::problem::{LoadError, Problem};

/// Deepest nesting of elements that is read.
const DEPTH_MAX: usize = 200;
/// How much of a server's message is shown, in characters.
const MESSAGE_MAX: usize = 500;

/// The text of a document: a byte order mark counts first, then UTF-16 as it shows in the first bytes, then the
/// `encoding` of the XML declaration (XML 1.0, appendix F).
pub(super) fn decode(bytes: &[u8]) -> (Cow<'_, str>, Option<Problem>) {
    let utf16 = match bytes {
        [b'<', 0, ..] => Charset::named("utf-16le"),
        [0, b'<', ..] => Charset::named("utf-16be"),
        _ => None,
    };
    // What is declared as UTF-8 and is not is Windows-1252 more often than anything else.
    let declared = declared_encoding(bytes)
        .filter(|name| !name.to_ascii_uppercase().starts_with("UTF"))
        .and_then(|name| Charset::named(&name));
    text::decode(bytes, utf16.or(declared))
}

fn declared_encoding(bytes: &[u8]) -> Option<String> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(256)]).into_owned();
    let declaration = head
        .trim_start()
        .strip_prefix("<?xml")?
        .split("?>")
        .next()?;
    let value = declaration.split_once("encoding")?.1.trim_start();
    let value = value.strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    value[1..].split(quote).next().map(str::to_owned)
}

/// The local name of the root element of a document that begins with `head`; `None` where it is no XML.
pub(super) fn root_name(head: &[u8]) -> Option<String> {
    let (text, _) = decode(head);
    let mut rest = text
        .trim_start_matches(['\u{feff}', '\u{fffd}'])
        .trim_start();
    loop {
        rest = rest.strip_prefix('<')?;
        let end = match rest.as_bytes().first()? {
            b'?' => "?>",
            b'!' if rest.starts_with("!--") => "-->",
            b'!' => ">",
            _ => break,
        };
        rest = rest[rest.find(end)? + end.len()..].trim_start();
    }
    let name = rest
        .split(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<'))
        .next()?;
    let local = name.rsplit(':').next().unwrap_or(name);
    (!local.is_empty()).then(|| local.to_owned())
}

/// A start tag.
pub(super) struct Tag<'a>(BytesStart<'a>);

impl Tag<'_> {
    /// The name without its prefix.
    pub(super) fn name(&self) -> &str {
        let name: &str = self.0.name().0;
        name.rsplit(':').next().unwrap_or(name)
    }

    /// The value of the attribute with that name, whatever its prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut all = self.attributes();
        all.find(|(_, local, _)| *local == name)
            .map(|(_, _, value)| value)
    }

    /// Prefix (empty without one), local name and value of each attribute; the list ends where it makes no sense.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str, Cow<'_, str>)> {
        let mut attributes = self.0.attributes();
        // Looking for doubled names would cost the square of their number.
        attributes.with_checks(false);
        attributes.map_while(Result::ok).map(|attribute| {
            let QName(key) = attribute.key;
            let (prefix, local) = key.split_once(':').unwrap_or(("", key));
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .unwrap_or_else(|_| attribute.value.clone());
            (prefix, local, value)
        })
    }
}

/// What comes next within an element.
pub(super) enum Content<'a> {
    Child(Tag<'a>),
    Text(Cow<'a, str>),
    End,
}

/// Goes through a document. After a child is opened, one of [`child`](Self::child) (until `None`),
/// [`text`](Self::text) and [`skip`](Self::skip) takes the way to its end.
pub(super) struct Scanner<'a> {
    path: &'a Path,
    text: &'a str,
    reader: Reader<&'a [u8]>,
    depth: usize,
    unknown_references: u64,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(path: &'a Path, text: &'a str) -> Self {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        Self {
            path,
            text,
            reader,
            depth: 0,
            unknown_references: 0,
        }
    }

    /// The root element. `None` for an empty document; an error for an answer of a server that is no data.
    pub(super) fn root(&mut self) -> Result<Option<Tag<'a>>, LoadError> {
        if self.text.trim().is_empty() {
            return Ok(None);
        }
        if let Some(title) = web_page(self.text) {
            let message = format!("is a web page, not data: {title:?}");
            return Err(LoadError::new(self.path, message)
                .advice("the download failed or needs a login; get the file again"));
        }
        let root = loop {
            match self.event()? {
                Event::Start(tag) => break Tag(tag),
                Event::Eof => return Err(LoadError::new(self.path, "has no XML element")),
                _ => {}
            }
        };
        if matches!(root.name(), "ExceptionReport" | "ServiceExceptionReport") {
            let message: String = self
                .text()?
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            let shown: String = message.chars().take(MESSAGE_MAX).collect();
            let message =
                format!("is an error that the server answered with instead of data: {shown:?}");
            return Err(LoadError::new(self.path, message)
                .advice("mend the request and get the file again"));
        }
        Ok(Some(root))
    }

    /// The next child of the element that is open; `None` where it ends. Text between children is passed over.
    pub(super) fn child(&mut self) -> Result<Option<Tag<'a>>, LoadError> {
        loop {
            match self.next()? {
                Content::Child(tag) => return Ok(Some(tag)),
                Content::End => return Ok(None),
                Content::Text(_) => {}
            }
        }
    }

    /// The text up to the end of the element that is open, that of its children too, without blanks around it.
    pub(super) fn text(&mut self) -> Result<Cow<'a, str>, LoadError> {
        let mut text = Cow::Borrowed("");
        let mut open = 1;
        while open > 0 {
            match self.next()? {
                Content::Child(_) => open += 1,
                Content::End => open -= 1,
                Content::Text(more) => append(&mut text, more),
            }
        }
        Ok(trimmed(text))
    }

    /// Goes to the end of the element that is open.
    pub(super) fn skip(&mut self) -> Result<(), LoadError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The next child, piece of text or end.
    pub(super) fn next(&mut self) -> Result<Content<'a>, LoadError> {
        loop {
            return Ok(match self.event()? {
                Event::Start(tag) => Content::Child(Tag(tag)),
                Event::End(_) => Content::End,
                Event::Text(text) => Content::Text(text.xml10_content()),
                Event::CData(text) => Content::Text(text.xml10_content()),
                Event::GeneralRef(name) => Content::Text(self.reference(&name)),
                Event::Eof => {
                    return Err(self.error("the XML breaks off before its last element ends"));
                }
                _ => continue,
            });
        }
    }

    /// What to say about references that XML does not know; they have been kept as they stand.
    pub(super) fn problem(&self) -> Option<Problem> {
        let message =
            "has references that XML does not know, such as &nbsp;; they are kept as they stand";
        (self.unknown_references > 0)
            .then(|| Problem::notice(message).times(self.unknown_references))
    }

    /// Line and column of the place that was read last, counted from 1. Cost O(text before it).
    pub(super) fn line(&self) -> (u64, u64) {
        self.line_at(self.reader.buffer_position())
    }

    /// An error at the place that was read last.
    pub(super) fn error(&self, message: impl Into<String>) -> LoadError {
        let (line, column) = self.line();
        LoadError::new(self.path, message).at_line(line, column)
    }

    fn event(&mut self) -> Result<Event<'a>, LoadError> {
        let event = self.reader.read_event().map_err(|error| {
            let (line, column) = self.line_at(self.reader.error_position());
            LoadError::caused(self.path, "the XML text is not right", error).at_line(line, column)
        })?;
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            Event::DocType(_) => {
                return Err(self
                    .error("has a document type definition, which may draw in other files; it is not read")
                    .advice("delete the <!DOCTYPE …> line"));
            }
            _ => {}
        }
        if self.depth > DEPTH_MAX {
            return Err(self.error(format!("elements are nested more than {DEPTH_MAX} deep")));
        }
        Ok(event)
    }

    fn reference(&mut self, name: &quick_xml::events::BytesRef<'a>) -> Cow<'a, str> {
        if let Ok(Some(character)) = name.resolve_char_ref() {
            return Cow::Owned(character.to_string());
        }
        let known = quick_xml::escape::resolve_predefined_entity(name);
        known.map_or_else(
            || {
                self.unknown_references += 1;
                Cow::Owned(format!("&{};", &**name))
            },
            Cow::Borrowed,
        )
    }

    fn line_at(&self, offset: u64) -> (u64, u64) {
        let offset = usize::try_from(offset).map_or(self.text.len(), |at| at.min(self.text.len()));
        let before = &self.text.as_bytes()[..offset];
        let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
        let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() as u64 + 1;
        (line, column)
    }
}

/// The title of a web page that was saved instead of a file.
fn web_page(text: &str) -> Option<String> {
    let head: String = text.chars().take(4096).collect();
    let lower = head.to_ascii_lowercase();
    if !(lower.trim_start().starts_with("<!doctype html") || root_name(lower.as_bytes())? == "html")
    {
        return None;
    }
    let start = lower
        .find("<title")
        .and_then(|at| Some(at + lower[at..].find('>')? + 1));
    let title = start.and_then(|at| head[at..].split('<').next());
    Some(title.unwrap_or_default().trim().chars().take(80).collect())
}

pub(super) fn append<'a>(text: &mut Cow<'a, str>, more: Cow<'a, str>) {
    if text.is_empty() {
        *text = more;
    } else {
        text.to_mut().push_str(&more);
    }
}

pub(super) fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) if text.trim().len() == text.len() => Cow::Owned(text),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str) -> Result<Vec<String>, LoadError> {
        let mut xml = Scanner::new(Path::new("a.xml"), document);
        let mut texts = vec![];
        xml.root()?;
        while xml.child()?.is_some() {
            texts.push(xml.text()?.into_owned());
        }
        Ok(texts)
    }

    #[test]
    fn text_is_put_together_from_its_pieces() {
        let read =
            texts("<a><b> x &lt;<![CDATA[ & <i>]]> y&#241; </b><b/><b>1<c>2</c></b>tail</a>");
        assert_eq!(read.expect("XML"), ["x < & <i> yñ", "", "12"]);
        assert_eq!(
            texts("<a><b>A & B&nbsp;C</b></a>").expect("XML"),
            ["A & B&nbsp;C"]
        );
    }

    #[test]
    fn the_declared_encoding_is_followed_unless_the_bytes_say_otherwise() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xd1u\xf1oa</a>";
        assert!(decode(latin).0.contains("Ñuñoa"));
        assert!(decode(latin).1.is_none());
        let lie = b"<?xml version='1.0' encoding='UTF-8'?><a>\xd1u\xf1oa</a>";
        assert!(decode(lie).0.contains("Ñuñoa"));
        assert!(decode(lie).1.is_some());
        let wide: Vec<u8> = "<?xml version='1.0' encoding='UTF-16'?><á/>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert!(decode(&wide).0.ends_with("<á/>"));
        let claimed = "<?xml version='1.0' encoding='utf-16'?><á/>";
        assert_eq!(decode(claimed.as_bytes()).0, claimed);
    }

    #[test]
    fn the_root_is_found_behind_declarations_and_comments() {
        let name = |text: &str| root_name(text.as_bytes());
        assert_eq!(
            name("\u{feff} <?xml version='1.0'?><!-- <x> --><k:kml xmlns='y'>").as_deref(),
            Some("kml")
        );
        assert_eq!(name("<gpx/>").as_deref(), Some("gpx"));
        assert_eq!(name("<?xml version='1.0'"), None);
        assert_eq!(name("a < b"), None);
        assert_eq!(name("< b"), None);
    }

    #[test]
    fn definitions_of_entities_are_refused() {
        let bomb = "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a><b>&x;</b></a>";
        let message = texts(bomb).expect_err("refused").to_string();
        assert!(message.contains("document type definition"), "{message}");
    }

    #[test]
    fn nesting_is_bounded_and_errors_have_their_line() {
        assert!(texts(&"<a>".repeat(100_000)).is_err());
        let broken = texts("<a>\n<b>\n</c>").expect_err("mismatched").to_string();
        assert!(broken.contains("line 3:1"), "{broken}");
        let cut = texts("<a>\n<b>x").expect_err("cut").to_string();
        assert!(cut.contains("breaks off"), "{cut}");
    }

    #[test]
    fn answers_of_servers_that_are_no_data_show_their_text() {
        let exception = "<ows:ExceptionReport xmlns:ows='x'><ows:Exception><ows:ExceptionText>No such\n layer</ows:ExceptionText></ows:Exception></ows:ExceptionReport>";
        assert!(
            texts(exception)
                .expect_err("no data")
                .to_string()
                .contains("No such layer")
        );
        let page = "<!DOCTYPE html>\n<html><head><title>Log in</title><meta></head>";
        assert!(
            texts(page)
                .expect_err("no data")
                .to_string()
                .contains("Log in")
        );
    }
}
