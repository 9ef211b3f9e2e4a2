//! Where a frame, a header, a body and a heart-beat begin and end.
// A test fails by panicking; each file uses a part of `common`.
#![allow(clippy::panic, clippy::indexing_slicing, dead_code)]

mod common;

use common::{error, frame, read, read_pieces};
use stomp::{Command, Event, Frame, Headers, Limits, ParseError, Parser, Version, encode};

#[test]
fn a_repeated_header_counts_once_with_its_first_value() {
    let read = frame(Version::V12, b"MESSAGE\nfoo:World\nfoo:Hello\n\n\0");
    assert_eq!(read.header("foo"), Some("World"));
    assert_eq!(read.headers.iter().collect::<Vec<_>>(), [("foo", "World"), ("foo", "Hello")]);
}

#[test]
fn the_first_of_two_content_lengths_counts() {
    let bytes = b"SEND\ncontent-length:3\ncontent-length:1\n\na\0b\0";
    assert_eq!(frame(Version::V12, bytes).body, b"a\0b");
}

#[test]
fn header_names_are_case_sensitive() {
    let read = frame(Version::V12, b"SEND\nContent-Length:1\n\nabc\0");
    assert_eq!((read.body.as_slice(), read.header("content-length")), (&b"abc"[..], None));
}

#[test]
fn a_body_with_content_length_may_hold_nul() {
    let read = frame(Version::V12, b"SEND\ncontent-length:5\n\n\0a\0b\0\0");
    assert_eq!(read.body, b"\0a\0b\0");
}

#[test]
fn a_body_without_content_length_ends_at_the_first_nul() {
    let (events, error) = read(Version::V12, b"SEND\n\nabc\0\nMESSAGE\n\n\0");
    assert_eq!(error, None);
    let [Event::Frame(first), Event::HeartBeat, Event::Frame(second)] = events.as_slice() else {
        panic!("two frames and a heart-beat, not {events:?}");
    };
    assert_eq!((first.command, first.body.as_slice()), (Command::Send, &b"abc"[..]));
    assert_eq!((second.command, second.body.as_slice()), (Command::Message, &b""[..]));
}

#[test]
fn a_body_without_content_length_may_come_in_pieces_of_any_size() {
    let bytes = b"SEND\nfoo:a\0b\n\nabcdefghij\0";
    for size in 1..=bytes.len() {
        let parser = Parser::with_version(Limits::default(), Version::V12);
        let (events, error) = read_pieces(parser, bytes.chunks(size));
        let [Event::Frame(read)] = events.as_slice() else { panic!("{size}: {events:?}") };
        assert_eq!((read.body.as_slice(), error), (&b"abcdefghij"[..], None));
    }
}

#[test]
fn a_body_that_goes_on_after_its_content_length_is_an_error() {
    assert_eq!(error(Version::V12, b"SEND\ncontent-length:2\n\nabc\0"), ParseError::MissingNul);
}

#[test]
fn a_content_length_that_is_no_number_is_an_error() {
    for bad in ["", "-1", "+1", "1x", " 1", "0x1", "1.0"] {
        let bytes = format!("SEND\ncontent-length:{bad}\n\na\0");
        let found = error(Version::V12, bytes.as_bytes());
        assert_eq!(found, ParseError::BadContentLength(bad.to_owned()));
    }
}

#[test]
fn line_ends_may_be_crlf_in_1_2() {
    let read = frame(Version::V12, b"SEND\r\nfoo:bar\r\ncontent-length:3\r\n\r\na\r\n\0");
    assert_eq!((read.header("foo"), read.body.as_slice()), (Some("bar"), &b"a\r\n"[..]));
}

#[test]
fn line_ends_may_be_crlf_before_a_version_is_agreed_on() {
    let mut parser = Parser::new(Limits::default());
    parser.push(b"CONNECT\r\naccept-version:1.1\r\n\r\n\0");
    let Ok(Some(Event::Frame(connect))) = parser.next() else { panic!("a frame") };
    assert_eq!(connect.header("accept-version"), Some("1.1"));
}

#[test]
fn line_ends_may_be_crlf_in_1_0_which_does_not_define_them() {
    assert_eq!(frame(Version::V10, b"SEND\r\nfoo:bar\r\n\r\n\0").header("foo"), Some("bar"));
}

#[test]
fn a_carriage_return_is_data_in_1_1() {
    let read = frame(Version::V11, b"SEND\nfoo:b\rar\r\n\n\0");
    assert_eq!(read.header("foo"), Some("b\rar\r"));
    let unknown = error(Version::V11, b"SEND\r\nfoo:bar\r\n\r\n\0");
    assert_eq!(unknown, ParseError::UnknownCommand("SEND\r".to_owned()));
}

#[test]
fn a_carriage_return_that_ends_no_line_is_an_error_in_1_2() {
    for bytes in
        [&b"SEND\nfoo:b\rar\n\n\0"[..], b"SEND\r\nf\roo:bar\r\n\r\n\0", b"SEND\nfoo:b\r\r\n\n\0"]
    {
        assert_eq!(error(Version::V12, bytes), ParseError::BareCarriageReturn);
    }
}

#[test]
fn line_ends_between_frames_are_heart_beats() {
    for version in Version::ALL {
        let (events, error) = read(version, b"\n\r\nSEND\n\n\0\n\n");
        assert_eq!(error, None);
        let kinds: Vec<bool> = events.iter().map(|event| *event == Event::HeartBeat).collect();
        assert_eq!(kinds, [true, true, false, true, true]);
    }
}

#[test]
fn several_frames_may_come_in_one_push() {
    let all: Vec<Frame> =
        (0..50).map(|n| Frame::new(Command::Subscribe).with_header("id", &n.to_string())).collect();
    let bytes: Vec<u8> = all.iter().flat_map(|frame| encode(frame, Version::V12)).collect();
    let (events, error) = read(Version::V12, &bytes);
    assert_eq!(error, None);
    assert_eq!(events, all.into_iter().map(Event::Frame).collect::<Vec<_>>());
}

#[test]
fn a_colon_inside_a_value_needs_no_escape_to_be_read() {
    let read = frame(Version::V12, b"SEND\nurl:http://a:80/\n\n\0");
    assert_eq!(read.header("url"), Some("http://a:80/"));
}

#[test]
fn an_empty_value_is_a_value() {
    assert_eq!(frame(Version::V12, b"SEND\nfoo:\n\n\0").header("foo"), Some(""));
}

#[test]
fn a_header_line_without_a_colon_is_an_error() {
    assert_eq!(error(Version::V12, b"SEND\nfoo\n\n\0"), ParseError::MissingColon);
}

#[test]
fn a_header_without_a_name_is_an_error() {
    assert_eq!(error(Version::V12, b"SEND\n:bar\n\n\0"), ParseError::EmptyHeaderName);
    assert_eq!(error(Version::V10, b"SEND\n :bar\n\n\0"), ParseError::EmptyHeaderName);
}

#[test]
fn white_space_around_headers_is_trimmed_in_1_0_only() {
    let bytes = b"SEND\n foo :\t bar \n\n\0";
    assert_eq!(frame(Version::V10, bytes).header("foo"), Some("bar"));
    for version in [Version::V11, Version::V12] {
        assert_eq!(frame(version, bytes).header(" foo "), Some("\t bar "));
    }
}

#[test]
fn only_send_message_and_error_have_a_body() {
    for command in Command::ALL {
        let with_body = format!("{command}\n\nx\0");
        let counted = format!("{command}\ncontent-length:1\n\nx\0");
        for bytes in [with_body.as_bytes(), counted.as_bytes()] {
            if command.allows_body() {
                assert_eq!(frame(Version::V12, bytes).body, b"x");
            } else {
                assert_eq!(error(Version::V12, bytes), ParseError::UnexpectedBody(command));
            }
        }
    }
}

#[test]
fn a_content_length_of_zero_is_no_body() {
    for command in Command::ALL {
        let bytes = format!("{command}\ncontent-length:0\n\n\0");
        assert_eq!(frame(Version::V12, bytes.as_bytes()).body, b"");
        let lied = format!("{command}\ncontent-length:0\n\nx\0");
        error(Version::V12, lied.as_bytes());
    }
}

#[test]
fn the_body_of_a_subscribe_is_ignored_in_1_0() {
    for bytes in [&b"SUBSCRIBE\n\nx\0"[..], b"SUBSCRIBE\ncontent-length:3\n\na\0b\0"] {
        assert_eq!(frame(Version::V10, bytes).body, b"");
    }
}

#[test]
fn an_unknown_command_is_an_error() {
    for bad in ["FOO", "send", "SEND ", " SEND", "\u{1}", "GET / HTTP/1.1"] {
        let found = error(Version::V12, format!("{bad}\n\n\0").as_bytes());
        assert_eq!(found, ParseError::UnknownCommand(bad.to_owned()));
    }
}

#[test]
fn garbage_without_a_line_end_is_refused_after_32_bytes() {
    let (events, none) = read(Version::V12, &[b'x'; 32]);
    assert_eq!((events, none), (vec![], None));
    assert_eq!(error(Version::V12, &[b'x'; 33]), ParseError::UnknownCommand("x".repeat(32)));
}

#[test]
fn a_forgotten_blank_line_is_an_error_at_once() {
    for bytes in [&b"DISCONNECT\0"[..], b"DISCONNECT\n\0", b"DISCONNECT\nreceipt:1\n\0"] {
        assert_eq!(error(Version::V12, bytes), ParseError::MissingBlankLine);
    }
}

#[test]
fn a_nul_inside_a_header_is_read_as_the_grammar_allows() {
    assert_eq!(frame(Version::V12, b"SEND\nfoo:a\0b\n\n\0").header("foo"), Some("a\0b"));
}

#[test]
fn a_header_that_is_not_utf_8_is_an_error_and_a_body_is_not() {
    assert_eq!(error(Version::V12, b"SEND\nfoo:\xff\n\n\0"), ParseError::NotUtf8);
    assert_eq!(frame(Version::V12, b"SEND\n\n\xff\0").body, b"\xff");
}

#[test]
fn after_an_error_the_parser_stays_failed() {
    let mut parser = Parser::with_version(Limits::default(), Version::V12);
    parser.push(b"FOO\n\n\0SEND\n\n\0");
    for _ in 0..3 {
        assert_eq!(parser.next(), Err(ParseError::UnknownCommand("FOO".to_owned())));
        parser.push(b"SEND\n\n\0");
        assert_eq!(parser.pending(), b"");
    }
}

#[test]
fn a_fresh_parser_takes_up_what_was_pending_at_any_byte() {
    let bytes = b"SEND\ndestination:/a\\cb\ncontent-length:3\n\na\0b\0";
    let whole = frame(Version::V12, bytes);
    for cut in 0..bytes.len() {
        let mut first = Parser::with_version(Limits::default(), Version::V12);
        first.push(&bytes[..cut]);
        assert_eq!(first.next(), Ok(None));
        assert_eq!(first.pending(), &bytes[..cut]);
        let mut second = Parser::with_version(Limits::default(), Version::V12);
        second.push(first.pending());
        assert_eq!(second.next(), Ok(None));
        second.push(&bytes[cut..]);
        assert_eq!(second.next(), Ok(Some(Event::Frame(whole.clone()))));
        assert_eq!((second.next(), second.pending()), (Ok(None), &b""[..]));
    }
}

#[test]
fn a_body_is_announced_by_the_encoder() {
    let sent = Frame::new(Command::Message).with_header("a", "b").with_body("x\0y");
    assert_eq!(encode(&sent, Version::V12), b"MESSAGE\na:b\ncontent-length:3\n\nx\0y\0");
}

#[test]
fn a_wrong_content_length_is_corrected_by_the_encoder_in_its_place() {
    let sent = Frame::new(Command::Send)
        .with_header("content-length", "99")
        .with_header("a", "b")
        .with_header("content-length", "7")
        .with_body("xyz");
    assert_eq!(encode(&sent, Version::V12), b"SEND\ncontent-length:3\na:b\n\nxyz\0");
}

#[test]
fn a_body_is_left_out_by_the_encoder_where_none_is_allowed() {
    let sent = Frame::new(Command::Receipt).with_header("receipt-id", "1").with_body("x");
    assert_eq!(encode(&sent, Version::V12), b"RECEIPT\nreceipt-id:1\n\n\0");
}

#[test]
fn headers_compare_and_print_by_what_they_say_not_by_how_they_are_stored() {
    let made: Headers = [("foo", "a:b")].into_iter().collect();
    let read = frame(Version::V12, b"SEND\nfoo:a\\cb\n\n\0").headers;
    assert_eq!(read, made);
    assert_eq!(format!("{read:?}"), r#"[("foo", "a:b")]"#);
    assert_ne!(read, Headers::new());
}

#[test]
fn headers_are_counted_with_repeated_ones() {
    let none = frame(Version::V12, b"SEND\n\n\0").headers;
    assert_eq!((none.len(), none.is_empty()), (0, true));
    let three = frame(Version::V12, b"SEND\na:1\na:2\nb:\n\n\0").headers;
    assert_eq!((three.len(), three.is_empty()), (3, false));
}
