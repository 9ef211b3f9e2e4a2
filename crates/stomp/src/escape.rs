use crate::ParseError;
use crate::headers::{Headers, Span};
use crate::rules::Escapes;

/// Headers over `text` with every escape replaced by what it stands for.
pub(crate) fn unescape(
    text: &str,
    spans: Vec<Span>,
    escapes: Escapes,
) -> Result<Headers, ParseError> {
    if escapes == Escapes::None || !text.contains('\\') {
        return Ok(Headers::from_parts(text.to_owned(), spans));
    }
    let mut headers = Headers::with_capacity(spans.len(), text.len());
    let (mut name, mut value) = (String::new(), String::new());
    for span in spans {
        unescape_into(&mut name, text.get(span.name.clone()).unwrap_or_default(), escapes)?;
        unescape_into(&mut value, text.get(span.value.clone()).unwrap_or_default(), escapes)?;
        headers.push(&name, &value);
    }
    Ok(headers)
}

fn unescape_into(out: &mut String, text: &str, escapes: Escapes) -> Result<(), ParseError> {
    out.clear();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut letters = after.chars();
        out.push(match (letters.next(), escapes) {
            (Some('n'), _) => '\n',
            (Some('c'), _) => ':',
            (Some('\\'), _) => '\\',
            (Some('r'), Escapes::WithCr) => '\r',
            (other, _) => return Err(ParseError::BadEscape(other)),
        });
        rest = letters.as_str();
    }
    out.push_str(rest);
    Ok(())
}

/// Which part of a header is written: a colon ends a name, but not a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Name,
    Value,
}

/// Writes a name or value so that nothing in it can end the header or the frame. What cannot be
/// escaped becomes a space: a header must never be able to smuggle in another one.
pub(crate) fn escape_into(out: &mut Vec<u8>, text: &str, part: Part, escapes: Escapes) {
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| is_special(*byte)) {
        let (before, after) = rest.split_at(at);
        out.extend_from_slice(before);
        let Some((special, after)) = after.split_first() else { return };
        out.extend_from_slice(replacement(*special, part, escapes));
        rest = after;
    }
    out.extend_from_slice(rest);
}

const fn is_special(byte: u8) -> bool {
    matches!(byte, b'\\' | b':' | b'\n' | b'\r' | 0)
}

const fn replacement(special: u8, part: Part, escapes: Escapes) -> &'static [u8] {
    match (special, escapes) {
        (b'\\', Escapes::None) => b"\\",
        (b'\\', _) => b"\\\\",
        (b':', Escapes::None) if matches!(part, Part::Value) => b":",
        (b':', Escapes::WithoutCr | Escapes::WithCr) => b"\\c",
        (b'\n', Escapes::WithoutCr | Escapes::WithCr) => b"\\n",
        (b'\r', Escapes::WithCr) => b"\\r",
        (b'\r', Escapes::WithoutCr) => b"\r",
        _ => b" ",
    }
}
