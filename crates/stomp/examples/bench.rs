//! How fast frames are parsed, against the least that any parser must do with them: find the line
//! ends with `memchr` and copy the body out. Prints one line of JSON.

// A benchmark runs natively, and the clock is what it is about.
#![allow(clippy::disallowed_methods)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use stomp::{Command, Event, Frame, Limits, Parser, Version, encode};

const ROUNDS: usize = 301;
/// Each is pushed alone, as a WebSocket hands it over.
const FRAMES: usize = 4_000;

fn main() {
    let messages = traffic();
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let (mut ours, mut baseline) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let (one, other) = (time(|| parse(&messages)), time(|| split(&messages)));
        // The first round only warms the caches.
        if round > 0 {
            ours.push(one);
            baseline.push(other);
        }
    }
    let (ours, baseline) = (median(ours), median(baseline));
    println!(
        "{{\"stomp_parse\":{{\"mbPerS\":{:.0},\"baselineMbPerS\":{:.0},\"ratio\":{:.2}}}}}",
        mb_per_s(bytes, ours),
        mb_per_s(bytes, baseline),
        ours.as_secs_f64() / baseline.as_secs_f64()
    );
}

/// Frames as clients send them, nine in ten of about 200 bytes and one of about 4 KB: small
/// statuses and heart-beats of presence, and now and then a long message.
fn traffic() -> Vec<Vec<u8>> {
    (0..FRAMES)
        .map(|n| {
            let body = body(n);
            let frame = Frame::new(Command::Send)
                .with_header("destination", "/app/message.send")
                .with_header("content-type", "application/json")
                .with_header("receipt", &format!("message-{n}"))
                .with_body(body);
            encode(&frame, Version::V12)
        })
        .collect()
}

fn body(n: usize) -> String {
    let text = "presence ".repeat(if n % 10 == 9 { 430 } else { 1 });
    format!(
        r#"{{"to":"3f2b8c1e-0d5a-4c7e-9b1f-6a2d8e4c7b90","content":{{"text":"{text}"}},"n":{n}}}"#
    )
}

fn parse(messages: &[Vec<u8>]) -> usize {
    let mut parser = Parser::with_version(Limits::default(), Version::V12);
    let mut seen = 0;
    for message in messages {
        parser.push(message);
        while let Ok(Some(ref event)) = parser.next() {
            if let Event::Frame(frame) = black_box(event) {
                seen += frame.body.len();
            }
        }
    }
    seen
}

fn split(messages: &[Vec<u8>]) -> usize {
    let mut seen = 0;
    for message in messages {
        let mut rest = message.as_slice();
        while let Some(end) = memchr::memchr(b'\n', rest) {
            black_box(rest.get(..end));
            rest = rest.get(end + 1..).unwrap_or_default();
            if end == 0 {
                break;
            }
        }
        let end = memchr::memchr(0, rest).unwrap_or(rest.len());
        let body = black_box(rest.get(..end).unwrap_or_default().to_vec());
        seen += body.len();
    }
    seen
}

fn time(work: impl FnOnce() -> usize) -> Duration {
    let start = Instant::now();
    black_box(work());
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn mb_per_s(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}
