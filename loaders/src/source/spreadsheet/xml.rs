//! XML of spreadsheets, event by event.

use std::io::BufRead;

use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};

/// A document that is read once from front to back; empty elements start and end.
pub(super) struct Xml<'a> {
    reader: Reader<Box<dyn BufRead + 'a>>,
    buffer: Vec<u8>,
}

impl<'a> Xml<'a> {
    pub(super) fn new(input: Box<dyn BufRead + 'a>) -> Self {
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            buffer: vec![],
        }
    }

    /// The next event; what is wrong as text.
    pub(super) fn next(&mut self) -> Result<Event<'_>, String> {
        self.buffer.clear();
        self.reader
            .read_event_into(&mut self.buffer)
            .map_err(|error| error.to_string())
    }

    /// Where the reader stands, in bytes.
    pub(super) fn position(&self) -> u64 {
        self.reader.buffer_position()
    }
}

/// The value of the attribute with this local name, its entities resolved.
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = element.attributes();
    let found = attributes
        .with_checks(false)
        .filter_map(Result::ok)
        .find(|attribute| attribute.key.local_name().as_ref() == name)?;
    let value = quick_xml::escape::unescape(&found.value).ok()?;
    Some(value.into_owned())
}

/// Adds what an entity or character reference stands for; an unknown one is left out.
pub(super) fn push_reference(reference: &BytesRef<'_>, text: &mut String) {
    match reference.resolve_char_ref() {
        Ok(Some(c)) => text.push(c),
        _ => match reference.as_ref() {
            "amp" => text.push('&'),
            "lt" => text.push('<'),
            "gt" => text.push('>'),
            "quot" => text.push('"'),
            "apos" => text.push('\''),
            _ => {}
        },
    }
}
