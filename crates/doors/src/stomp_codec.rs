//! The STOMP codec: any bytes, in any pieces, in any version.

use stomp::{Event, Frame, Headers, Limits, ParseError, Parser, Version, encode};

use crate::pieces::{chunks, split};

/// However a stream is cut, it gives the same frames and the same error; what was read is written so
/// that it is read again as the same; the parser holds no more than its limit.
pub fn stomp_codec(data: &[u8]) {
    let Some(([choice, step], stream)) = split(data) else { return };
    let version =
        [None, Some(Version::V10), Some(Version::V11), Some(Version::V12)][usize::from(choice % 4)];
    let limits = match choice & 4 {
        0 => Limits::default(),
        _ => Limits { max_frame: 60, max_header: 24, max_headers: 3 },
    };
    let parser = || version.map_or(Parser::new(limits), |v| Parser::with_version(limits, v));
    let whole = read(parser(), [stream], &limits);
    assert_eq!(read(parser(), chunks(stream, step), &limits), whole, "cut every {step} bytes");
    assert_eq!(read(parser(), chunks(stream, 1), &limits), whole, "byte by byte");
    if let Some(version) = version {
        assert_eq!(taken_up_again(version, limits, chunks(stream, step)), whole, "taken up again");
        whole.0.iter().for_each(|event| reads_again(version, event));
    }
}

type Outcome = (Vec<Event>, Option<ParseError>);

fn read<'a>(
    mut parser: Parser,
    pieces: impl IntoIterator<Item = &'a [u8]>,
    limits: &Limits,
) -> Outcome {
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece);
        if let Some(error) = drain(&mut parser, &mut events) {
            assert_eq!(parser.next(), Err(error.clone()), "an error is final");
            return (events, Some(error));
        }
        // One more: a CR between frames may be half of a heart-beat.
        assert!(parser.pending().len() <= limits.max_frame.max(1), "it holds too much");
    }
    (events, None)
}

fn drain(parser: &mut Parser, events: &mut Vec<Event>) -> Option<ParseError> {
    loop {
        match parser.next() {
            Ok(Some(event)) => events.push(event),
            Ok(None) => return None,
            Err(error) => return Some(error),
        }
    }
}

/// After each piece a fresh parser goes on from what was pending.
fn taken_up_again<'a>(
    version: Version,
    limits: Limits,
    pieces: impl Iterator<Item = &'a [u8]>,
) -> Outcome {
    let mut events = Vec::new();
    let mut parser = Parser::with_version(limits, version);
    for piece in pieces {
        let mut fresh = Parser::with_version(limits, version);
        fresh.push(parser.pending());
        fresh.push(piece);
        parser = fresh;
        if let Some(error) = drain(&mut parser, &mut events) {
            return (events, Some(error));
        }
    }
    (events, None)
}

fn reads_again(version: Version, event: &Event) {
    let Event::Frame(frame) = event else { return };
    if !is_sayable(frame) {
        return;
    }
    let bytes = encode(frame, version);
    let unlimited = Limits { max_frame: 1 << 20, max_header: 1 << 20, max_headers: 100 };
    let (events, error) = {
        let mut events = Vec::new();
        let mut parser = Parser::with_version(unlimited, version);
        parser.push(&bytes);
        let error = drain(&mut parser, &mut events);
        (events, error)
    };
    let [Event::Frame(again)] = events.as_slice() else {
        panic!("{events:?} {error:?}: {frame:?}")
    };
    assert_eq!(without_length(again), without_length(frame));
}

/// A NUL or a CR may be read in a header, but no version can write it.
fn is_sayable(frame: &Frame) -> bool {
    let sayable = |text: &str| !text.contains(['\0', '\r']);
    frame.headers.iter().all(|(name, value)| sayable(name) && sayable(value))
}

fn without_length(frame: &Frame) -> Frame {
    let headers: Headers =
        frame.headers.iter().filter(|(name, _)| *name != "content-length").collect();
    Frame { headers, ..frame.clone() }
}
