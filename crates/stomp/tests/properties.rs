//! What holds for every frame and for any bytes, whatever their pieces.
// A test fails by panicking; each file uses a part of `common`.
#![allow(clippy::panic, clippy::indexing_slicing, dead_code)]

mod common;

use common::{read, read_pieces};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::RngSeed;
use stomp::{Command, Event, Frame, Headers, Limits, Parser, Version, encode};

fn versions() -> impl Strategy<Value = Version> {
    select(Version::ALL.as_slice())
}

/// Text with much of what a codec stumbles over.
fn text(length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    let special = select(vec!['\\', ':', '\n', '\r', 'n', 'c', 'r', ' ', 'é', '☎', '🦀']);
    let letter = prop_oneof![2 => special, 3 => prop::char::range('a', 'z')];
    vec(letter, length).prop_map(String::from_iter)
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![Just(vec![]), vec(any::<u8>(), 0..200), vec(select(vec![0, b'\n', b'x']), 0..40)]
}

prop_compose! {
    /// A frame that this version can say: what it cannot escape is left out.
    fn frames(version: Version)(
        command in select(Command::ALL.as_slice()),
        headers in vec((text(1..12), text(0..30)), 0..8),
        body in bodies(),
    ) -> Frame {
        let headers = headers
            .iter()
            .map(|(name, value)| (sayable(version, command, name, true), sayable(version, command, value, false)))
            .map(|(name, value)| (if name.is_empty() { "x".to_owned() } else { name }, value))
            .collect();
        let body = if command.allows_body() { body } else { vec![] };
        Frame { command, headers, body }
    }
}

fn sayable(version: Version, command: Command, text: &str, is_name: bool) -> String {
    let escaped = version != Version::V10 && !command.is_handshake();
    if escaped {
        return text.to_owned();
    }
    // The handshake frames made here name no version, so they are trimmed like 1.0.
    let unsayable = |c: char| matches!(c, '\n' | '\r') || (is_name && c == ':');
    let kept = text.replace(unsayable, "");
    kept.trim_matches(' ').to_owned()
}

fn versioned_frames() -> impl Strategy<Value = (Version, Vec<Frame>)> {
    versions().prop_flat_map(|version| (Just(version), vec(frames(version), 1..6)))
}

/// The frame as it is read back: a body is announced.
fn announced(frame: &Frame) -> Frame {
    let mut headers: Headers = frame.headers.iter().collect();
    if !frame.body.is_empty() {
        headers.push("content-length", &frame.body.len().to_string());
    }
    Frame { headers, ..frame.clone() }
}

/// Whether no header holds what a version may read but not say: a NUL or a CR.
fn is_sayable(frame: &Frame) -> bool {
    frame.headers.iter().all(|(name, value)| !format!("{name}{value}").contains(['\0', '\r']))
}

fn without_length(frame: Frame) -> Frame {
    let headers = frame.headers.iter().filter(|(name, _)| *name != "content-length").collect();
    Frame { headers, ..frame }
}

/// The pieces between these cuts.
fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    cuts.sort_unstable();
    let mut pieces = Vec::new();
    let mut start = 0;
    for cut in cuts {
        pieces.push(&bytes[start..cut]);
        start = cut;
    }
    pieces.push(&bytes[start..]);
    pieces
}

/// Bytes that get further into a frame than random ones do.
fn nearly_stomp() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        select(Command::ALL.as_slice()).prop_map(|command| command.as_str().as_bytes().to_vec()),
        select(vec![
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            ":",
            "a:b\n",
            "content-length:3\n",
            "\\",
            "\\n",
            "\0"
        ])
        .prop_map(|part| part.as_bytes().to_vec()),
        select(vec![
            "accept-version:1.2\n",
            "version:1.1\n",
            " x : y \n",
            "abc\0",
            "content-length:"
        ])
        .prop_map(|part| part.as_bytes().to_vec()),
        vec(any::<u8>(), 1..4),
    ];
    vec(part, 0..14).prop_map(|parts| parts.concat())
}

fn small_limits() -> impl Strategy<Value = Limits> {
    (0_usize..80, 0_usize..40, 0_usize..4).prop_map(|(max_frame, max_header, max_headers)| Limits {
        max_frame,
        max_header,
        max_headers,
    })
}

/// The same cases in every run, unless `PROPTEST_RNG_SEED` or `PROPTEST_CASES` ask for others.
fn config() -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(12);
    }
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = 256;
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn what_is_encoded_is_read_back_the_same((version, frames) in versioned_frames()) {
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| encode(frame, version)).collect();
        let (events, error) = read(version, &bytes);
        prop_assert_eq!(error, None);
        let expected: Vec<Event> = frames.iter().map(announced).map(Event::Frame).collect();
        prop_assert_eq!(events, expected);
    }

    #[test]
    fn what_is_read_is_encoded_so_that_it_reads_the_same_again(
        version in versions(),
        bytes in nearly_stomp(),
    ) {
        for event in read(version, &bytes).0 {
            if let Event::Frame(frame) = event && is_sayable(&frame) {
                let again = common::frame(version, &encode(&frame, version));
                prop_assert_eq!(without_length(again), without_length(frame));
            }
        }
    }

    #[test]
    fn any_split_gives_the_same_frames(
        (version, frames) in versioned_frames(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let mut bytes = Vec::new();
        for frame in &frames {
            bytes.extend(encode(frame, version));
            bytes.extend_from_slice(b"\n\r\n");
        }
        let parser = || Parser::with_version(Limits::default(), version);
        let whole = read_pieces(parser(), [bytes.as_slice()]);
        prop_assert_eq!(whole.0.len(), 3 * frames.len());
        prop_assert_eq!(&read_pieces(parser(), pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&read_pieces(parser(), bytes.chunks(1)), &whole);
    }

    #[test]
    fn any_split_of_broken_bytes_gives_the_same_events_and_the_same_error(
        version in prop::option::of(versions()),
        limits in prop_oneof![Just(Limits::default()), small_limits()],
        bytes in nearly_stomp(),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let parser = || version.map_or(Parser::new(limits), |v| Parser::with_version(limits, v));
        let whole = read_pieces(parser(), [bytes.as_slice()]);
        prop_assert_eq!(&read_pieces(parser(), pieces(&bytes, &cuts)), &whole);
        prop_assert_eq!(&read_pieces(parser(), bytes.chunks(1)), &whole);
    }

    #[test]
    fn a_parser_replaced_after_any_piece_goes_on_from_what_was_pending(
        version in versions(),
        bytes in nearly_stomp(),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let whole = read(version, &bytes);
        let mut events = Vec::new();
        let mut failed = None;
        let mut parser = Parser::with_version(Limits::default(), version);
        for piece in pieces(&bytes, &cuts) {
            let mut fresh = Parser::with_version(Limits::default(), version);
            fresh.push(parser.pending());
            fresh.push(piece);
            parser = fresh;
            while failed.is_none() {
                match parser.next() {
                    Ok(Some(event)) => events.push(event),
                    Ok(None) => break,
                    Err(error) => failed = Some(error),
                }
            }
            if failed.is_some() {
                break;
            }
        }
        prop_assert_eq!((events, failed), whole);
    }

    #[test]
    fn no_bytes_make_the_parser_panic_or_hold_more_than_its_limit(
        version in versions(),
        limits in small_limits(),
        stream in vec(prop_oneof![nearly_stomp(), vec(any::<u8>(), 0..64)], 0..10),
    ) {
        let mut parser = Parser::with_version(limits, version);
        for bytes in &stream {
            parser.push(bytes);
            loop {
                match parser.next() {
                    Ok(Some(Event::Frame(frame))) => {
                        prop_assert!(frame.headers.len() <= limits.max_headers);
                        prop_assert!(frame.body.len() < limits.max_frame);
                    }
                    Ok(Some(Event::HeartBeat)) => {}
                    Ok(None) => break,
                    Err(error) => {
                        prop_assert!(!error.to_string().is_empty());
                        break;
                    }
                }
            }
            // One more: a CR between frames may be half of a heart-beat.
            prop_assert!(parser.pending().len() <= limits.max_frame.max(1));
        }
    }
}
