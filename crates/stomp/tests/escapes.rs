//! Value encoding: which escapes each version has, and where.
// A test fails by panicking; each file uses a part of `common`.
#![allow(clippy::panic, clippy::indexing_slicing, dead_code)]

mod common;

use common::{error, frame};
use stomp::{Command, Frame, ParseError, Version, encode};

#[test]
fn version_1_0_has_no_escapes() {
    let read = frame(Version::V10, b"SEND\nkey:a\\nb\\c\\\\\\x\n\n\0");
    assert_eq!(read.header("key"), Some("a\\nb\\c\\\\\\x"));
    let sent = Frame::new(Command::Message).with_header("key", "a\\b:c");
    assert_eq!(encode(&sent, Version::V10), b"MESSAGE\nkey:a\\b:c\n\n\0");
}

#[test]
fn version_1_1_escapes_newline_colon_and_backslash() {
    let read = frame(Version::V11, b"SEND\nk\\cey:a\\nb\\cc\\\\d\n\n\0");
    assert_eq!(read.header("k:ey"), Some("a\nb:c\\d"));
    assert_eq!(encode(&read, Version::V11), b"SEND\nk\\cey:a\\nb\\cc\\\\d\n\n\0");
}

#[test]
fn version_1_2_escapes_carriage_return_too() {
    let read = frame(Version::V12, b"SEND\nk\\rey:a\\r\\nb\\cc\\\\d\n\n\0");
    assert_eq!(read.header("k\rey"), Some("a\r\nb:c\\d"));
    assert_eq!(encode(&read, Version::V12), b"SEND\nk\\rey:a\\r\\nb\\cc\\\\d\n\n\0");
}

#[test]
fn an_undefined_escape_is_an_error_in_1_1_and_1_2() {
    for version in [Version::V11, Version::V12] {
        let read = error(version, b"SEND\nkey:a\\tb\n\n\0");
        assert_eq!(read, ParseError::BadEscape(Some('t')));
        assert_eq!(error(version, b"SEND\nk\\:b\n\n\0"), ParseError::BadEscape(None));
        assert_eq!(error(version, b"SEND\nkey:b\\\n\n\0"), ParseError::BadEscape(None));
        assert_eq!(
            error(version, "SEND\nkey:\\é\n\n\0".as_bytes()),
            ParseError::BadEscape(Some('é'))
        );
    }
    assert_eq!(error(Version::V11, b"SEND\nkey:\\r\n\n\0"), ParseError::BadEscape(Some('r')));
}

#[test]
fn an_escaped_backslash_before_a_letter_is_not_an_escape_of_that_letter() {
    assert_eq!(frame(Version::V12, b"SEND\nkey:\\\\n\n\n\0").header("key"), Some("\\n"));
}

#[test]
fn connect_stomp_and_connected_are_never_unescaped() {
    for command in ["CONNECT", "STOMP", "CONNECTED"] {
        for version in Version::ALL {
            let bytes =
                format!("{command}\naccept-version:1.2\nversion:1.2\npass:a\\nb\\x\\\n\n\0");
            assert_eq!(frame(version, bytes.as_bytes()).header("pass"), Some("a\\nb\\x\\"));
        }
    }
}

#[test]
fn connected_is_never_escaped() {
    let sent = Frame::new(Command::Connected).with_header("server", "Rollcall\\1:2");
    for version in Version::ALL {
        assert_eq!(encode(&sent, version), b"CONNECTED\nserver:Rollcall\\1:2\n\n\0");
    }
}

#[test]
fn no_header_can_break_out_of_its_line_where_there_are_no_escapes() {
    let evil = "a\r\nreceipt:1\n\n\0SEND\n";
    let sent = Frame::new(Command::Connected).with_header("x:y\n", evil);
    for version in Version::ALL {
        let bytes = encode(&sent, version);
        assert_eq!(bytes, b"CONNECTED\nx y :a  receipt:1   SEND \n\n\0");
    }
    let sent = Frame::new(Command::Message).with_header("x", evil);
    assert_eq!(encode(&sent, Version::V10), b"MESSAGE\nx:a  receipt:1   SEND \n\n\0");
}

#[test]
fn a_nul_never_leaves_in_a_header_even_where_escapes_exist() {
    let sent = Frame::new(Command::Message).with_header("x", "a\0b");
    assert_eq!(encode(&sent, Version::V12), b"MESSAGE\nx:a b\n\n\0");
}
