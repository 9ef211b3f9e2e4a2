//! What a peer may send at most, to the byte, and that the work does not grow with the pieces.
// A test fails by panicking; each file uses a part of `common`.
#![allow(clippy::panic, clippy::indexing_slicing, dead_code)]

mod common;

use common::read_pieces;
use stomp::{Event, Limits, ParseError, Parser, Version};

const SMALL: Limits = Limits { max_frame: 100, max_header: 20, max_headers: 3 };

/// The outcome of these bytes whole and byte by byte, which must not differ.
fn outcome(limits: Limits, bytes: &[u8]) -> Result<usize, ParseError> {
    let parser = || Parser::with_version(limits, Version::V12);
    let whole = read_pieces(parser(), [bytes]);
    assert_eq!(whole, read_pieces(parser(), bytes.chunks(1)));
    whole.1.map_or(Ok(whole.0.len()), Err)
}

#[test]
fn the_default_limits_are_64_kib_8_kib_and_64_headers() {
    let limits = Limits { max_frame: 65_536, max_header: 8_192, max_headers: 64 };
    assert_eq!(Limits::default(), limits);
}

#[test]
fn a_frame_may_be_as_long_as_the_limit_and_not_a_byte_longer() {
    let too_large = Err(ParseError::FrameTooLarge { limit: 100 });
    for (body, expected) in [(93, Ok(1)), (94, too_large.clone()), (5_000, too_large)] {
        let bytes = [b"SEND\n\n", vec![b'x'; body].as_slice(), b"\0"].concat();
        assert_eq!(outcome(SMALL, &bytes), expected);
    }
}

#[test]
fn a_frame_fails_as_soon_as_its_nul_can_only_come_too_late() {
    let endless = [b"SEND\n\n", vec![b'x'; 94].as_slice()].concat();
    assert_eq!(outcome(SMALL, &endless[..99]), Ok(0));
    assert_eq!(outcome(SMALL, &endless), Err(ParseError::FrameTooLarge { limit: 100 }));
}

#[test]
fn a_line_fails_as_soon_as_its_end_can_only_come_too_late() {
    let limits = Limits { max_frame: 8, ..SMALL };
    assert_eq!(outcome(limits, b"SEND\na:"), Ok(0));
    let failed = outcome(limits, b"SEND\na:b");
    assert_eq!(failed, Err(ParseError::FrameTooLarge { limit: 8 }));
    let failed = outcome(Limits { max_header: 2, ..limits }, b"SEND\na:b");
    assert_eq!(failed, Err(ParseError::HeaderTooLong { limit: 2 }));
}

#[test]
fn a_command_that_no_frame_has_room_for_is_too_large_and_not_unknown() {
    let limits = Limits { max_frame: 8, ..SMALL };
    assert_eq!(outcome(limits, b"xxxxxxx"), Ok(0));
    assert_eq!(outcome(limits, b"xxxxxxxx"), Err(ParseError::FrameTooLarge { limit: 8 }));
}

#[test]
fn a_frame_that_announces_too_much_fails_before_its_body_comes() {
    let head = |length: &str| format!("SEND\ncontent-length:{length}\n\n").into_bytes();
    assert_eq!(outcome(SMALL, &head("74")), Ok(0));
    for length in ["76", "5000", "18446744073709551615", "99999999999999999999999999999"] {
        let limits = Limits { max_header: 60, ..SMALL };
        let failed = outcome(limits, &head(length));
        assert_eq!(failed, Err(ParseError::FrameTooLarge { limit: 100 }), "{length}");
    }
}

#[test]
fn a_header_may_be_as_long_as_the_limit_and_not_a_byte_longer() {
    let bytes = |length: usize| format!("SEND\na:{}\n\n\0", "x".repeat(length - 2)).into_bytes();
    assert_eq!(outcome(SMALL, &bytes(20)), Ok(1));
    assert_eq!(outcome(SMALL, &bytes(21)), Err(ParseError::HeaderTooLong { limit: 20 }));
}

#[test]
fn a_header_fails_before_its_end_comes() {
    let endless = ["SEND\n", &"x".repeat(21)].concat();
    let failed = outcome(SMALL, endless.as_bytes());
    assert_eq!(failed, Err(ParseError::HeaderTooLong { limit: 20 }));
}

#[test]
fn a_frame_may_have_as_many_headers_as_the_limit_and_not_one_more() {
    let bytes = |count: usize| format!("SEND\n{}\n\0", "a:b\n".repeat(count)).into_bytes();
    assert_eq!(outcome(SMALL, &bytes(3)), Ok(1));
    assert_eq!(outcome(SMALL, &bytes(4)), Err(ParseError::TooManyHeaders { limit: 3 }));
}

#[test]
fn headers_alone_can_make_a_frame_too_large() {
    let limits = Limits { max_frame: 30, max_header: 20, max_headers: 9 };
    let failed = outcome(limits, b"SEND\naaaa:bbbbbbbb\naaaa:bbbbbbbb\n\n\0");
    assert_eq!(failed, Err(ParseError::FrameTooLarge { limit: 30 }));
}

#[test]
fn a_frame_without_body_obeys_the_limit_too() {
    for (limit, expected) in [(15, Ok(1)), (14, Err(ParseError::FrameTooLarge { limit: 14 }))] {
        let limits = Limits { max_frame: limit, ..SMALL };
        assert_eq!(outcome(limits, b"ACK\nid:12345\n\n\0"), expected);
    }
}

#[test]
fn a_head_that_fills_the_limit_fails_the_same_whatever_follows_it() {
    let limits = Limits { max_frame: 11, max_header: 20, max_headers: 3 };
    for bytes in [&b"SUBSCRIBE\n\n"[..], b"SUBSCRIBE\n\nx", b"SUBSCRIBE\n\n\0"] {
        assert_eq!(outcome(limits, bytes), Err(ParseError::FrameTooLarge { limit: 11 }));
    }
}

#[test]
fn heart_beats_do_not_count_towards_a_frame() {
    let bytes = [[b'\n'; 500].as_slice(), b"SEND\n\n\0"].concat();
    assert_eq!(outcome(SMALL, &bytes), Ok(501));
}

#[test]
fn the_codes_tell_limits_from_malformed_frames() {
    let limits = [
        ParseError::FrameTooLarge { limit: 1 },
        ParseError::HeaderTooLong { limit: 1 },
        ParseError::TooManyHeaders { limit: 1 },
    ];
    assert!(limits.iter().all(|error| error.code() == "frame_too_large"));
    let others = [
        ParseError::UnknownCommand(String::new()),
        ParseError::MissingBlankLine,
        ParseError::MissingColon,
        ParseError::BadEscape(None),
        ParseError::NotUtf8,
        ParseError::MissingNul,
    ];
    assert!(others.iter().all(|error| error.code() == "malformed_frame"));
}

#[test]
fn a_header_given_byte_by_byte_is_not_searched_again_for_each_byte() {
    // A mebibyte in single bytes: searched from its beginning each time it would be 2^39 steps,
    // which no test run would live to see the end of.
    let limits = Limits { max_frame: 1 << 21, max_header: 1 << 21, max_headers: 1 };
    let long = "x".repeat(1 << 20);
    let head = format!("SEND\na:{long}\n\n\0");
    let body = format!("SEND\n\n{long}\0");
    for bytes in [head, body] {
        let parser = Parser::with_version(limits, Version::V12);
        let (events, error) = read_pieces(parser, bytes.as_bytes().chunks(1));
        assert_eq!((events.len(), error), (1, None));
    }
}

#[test]
fn a_long_push_that_is_read_slowly_is_not_moved_again_for_each_frame() {
    // Moved for each of its frames, these 4 MiB would be a tebibyte.
    let mut parser = Parser::with_version(Limits::default(), Version::V12);
    parser.push(&b"SEND\n\n\0".repeat(1 << 19));
    for _ in 0..1 << 19 {
        assert!(matches!(parser.next(), Ok(Some(Event::Frame(_)))));
        parser.push(b"\n");
    }
}
