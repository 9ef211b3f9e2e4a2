//! What CONNECT and CONNECTED agree on: the version and the heart-beats.
// A test fails by panicking; each file uses a part of `common`.
#![allow(clippy::panic, clippy::indexing_slicing, dead_code)]

mod common;

use common::frame;
use stomp::{Command, Event, HeartBeat, HeartBeatError, Limits, Parser, Version};

#[test]
fn the_highest_common_version_is_chosen() {
    assert_eq!(Version::negotiate(Some("1.0,1.1,1.2")), Some(Version::V12));
    assert_eq!(Version::negotiate(Some("1.1,1.0")), Some(Version::V11));
    assert_eq!(Version::negotiate(Some("1.0, 1.1 ,2.0")), Some(Version::V11));
    assert_eq!(Version::negotiate(Some("2.0,")), None);
    assert_eq!(Version::negotiate(Some("")), None);
}

#[test]
fn a_client_that_names_no_version_speaks_1_0() {
    assert_eq!(Version::negotiate(None), Some(Version::V10));
}

#[test]
fn each_version_has_its_name_and_its_subprotocol() {
    for (version, name, subprotocol) in [
        (Version::V10, "1.0", "v10.stomp"),
        (Version::V11, "1.1", "v11.stomp"),
        (Version::V12, "1.2", "v12.stomp"),
    ] {
        assert_eq!((version.as_str(), version.subprotocol()), (name, subprotocol));
        assert_eq!(version.to_string(), name);
        assert_eq!(Version::parse(name), Some(version));
        assert_eq!(Version::from_subprotocol(subprotocol), Some(version));
    }
    assert_eq!((Version::parse("1.3"), Version::from_subprotocol("v13.stomp")), (None, None));
}

#[test]
fn each_command_reads_back_from_its_name() {
    for command in Command::ALL {
        assert_eq!(Command::parse(command.as_str()), Some(command));
    }
}

#[test]
fn stomp_is_another_name_of_connect() {
    let read = frame(Version::V12, b"STOMP\naccept-version:1.2\nhost:a:b\n\n\0");
    assert!(read.command.is_connect());
    assert_eq!((read.command, read.header("host")), (Command::Stomp, Some("a:b")));
}

#[test]
fn no_command_but_connect_and_stomp_opens_a_session() {
    let opening: Vec<_> = Command::ALL.into_iter().filter(|command| command.is_connect()).collect();
    assert_eq!(opening, [Command::Connect, Command::Stomp]);
}

#[test]
fn a_connect_without_a_version_is_trimmed_as_1_0_has_it() {
    let mut parser = Parser::new(Limits::default());
    parser.push(b"CONNECT\nlogin: ann\n\n\0CONNECT\naccept-version:1.2\nlogin: ann\n\n\0");
    let Ok(Some(Event::Frame(old))) = parser.next() else { panic!("a frame") };
    let Ok(Some(Event::Frame(new))) = parser.next() else { panic!("a frame") };
    assert_eq!((old.header("login"), new.header("login")), (Some("ann"), Some(" ann")));
}

#[test]
fn a_connected_without_a_version_is_trimmed_as_1_0_has_it() {
    let old = frame(Version::V12, b"CONNECTED\nsession: 7\n\n\0");
    let new = frame(Version::V12, b"CONNECTED\nversion:1.2\nsession: 7\n\n\0");
    assert_eq!((old.header("session"), new.header("session")), (Some("7"), Some(" 7")));
}

#[test]
fn the_version_set_after_connect_holds_for_what_came_in_the_same_push() {
    let bytes = b"CONNECT\naccept-version:1.0\n\n\0SEND\nfoo: a\\x \n\n\0";
    let mut parser = Parser::new(Limits::default());
    parser.push(bytes);
    assert!(matches!(parser.next(), Ok(Some(Event::Frame(_)))));
    parser.set_version(Version::V10);
    assert_eq!(parser.version(), Some(Version::V10));
    let Ok(Some(Event::Frame(send))) = parser.next() else { panic!("a frame") };
    assert_eq!(send.header("foo"), Some("a\\x"));
}

#[test]
fn a_version_set_inside_a_frame_holds_for_all_of_it() {
    let mut parser = Parser::new(Limits::default());
    parser.push(b"SEND\nfoo:a\r\nb");
    assert_eq!(parser.next(), Ok(None));
    parser.set_version(Version::V11);
    parser.push(b"ar:x\n\n\0");
    let Ok(Some(Event::Frame(send))) = parser.next() else { panic!("a frame") };
    assert_eq!((send.header("foo"), send.header("bar")), (Some("a\r"), Some("x")));
}

#[test]
fn a_heart_beat_header_is_two_numbers() {
    assert_eq!(HeartBeat::parse("4000,0"), Ok(HeartBeat { send_ms: 4000, want_ms: 0 }));
    assert_eq!(HeartBeat::parse(" 1 , 2 "), Ok(HeartBeat { send_ms: 1, want_ms: 2 }));
    let most = HeartBeat { send_ms: u32::MAX, want_ms: u32::MAX };
    assert_eq!(HeartBeat::parse("4294967295,99999999999999999999"), Ok(most));
    for bad in ["", ",", "1", "1,", ",1", "-1,0", "+1,0", "1,2,3", "a,b", "1.5,0"] {
        assert_eq!(HeartBeat::parse(bad), Err(HeartBeatError), "{bad:?}");
    }
    assert_eq!(HeartBeat::default().to_string(), "0,0");
    assert!(HeartBeatError.to_string().contains("two numbers"));
}

#[test]
fn each_direction_beats_at_the_slower_of_both_wishes_or_never() {
    let server = HeartBeat { send_ms: 10_000, want_ms: 25_000 };
    let client = HeartBeat { send_ms: 5_000, want_ms: 30_000 };
    assert_eq!(server.negotiate(client), HeartBeat { send_ms: 30_000, want_ms: 25_000 });
    assert_eq!(client.negotiate(server), HeartBeat { send_ms: 25_000, want_ms: 30_000 });
    assert_eq!(server.negotiate(HeartBeat::default()), HeartBeat::default());
    let deaf = HeartBeat { send_ms: 5_000, want_ms: 0 };
    assert_eq!(server.negotiate(deaf), HeartBeat { send_ms: 0, want_ms: 25_000 });
}
