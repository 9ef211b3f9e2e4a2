//! What the tests of the codec share.

use stomp::{Event, Frame, Limits, ParseError, Parser, Version};

/// Every event of these bytes, pushed at once, and the error that ended them.
pub(crate) fn read(version: Version, bytes: &[u8]) -> (Vec<Event>, Option<ParseError>) {
    read_pieces(Parser::with_version(Limits::default(), version), [bytes])
}

/// Every event of these pieces, and the error that ended them.
pub(crate) fn read_pieces<'a>(
    mut parser: Parser,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<Event>, Option<ParseError>) {
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(event)) => events.push(event),
                Ok(None) => break,
                Err(error) => return (events, Some(error)),
            }
        }
    }
    (events, None)
}

/// The one frame that these bytes are.
pub(crate) fn frame(version: Version, bytes: &[u8]) -> Frame {
    let (mut events, error) = read(version, bytes);
    assert_eq!(error, None);
    assert_eq!(events.len(), 1, "one event of {:?}", String::from_utf8_lossy(bytes));
    match events.pop() {
        Some(Event::Frame(frame)) => frame,
        other => panic!("a frame, not {other:?}"),
    }
}

/// The error that these bytes end in, before any event.
pub(crate) fn error(version: Version, bytes: &[u8]) -> ParseError {
    let (events, error) = read(version, bytes);
    assert_eq!(events, []);
    error.unwrap_or_else(|| panic!("an error of {:?}", String::from_utf8_lossy(bytes)))
}
