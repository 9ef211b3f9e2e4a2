//! The codec on standard input and output, so that other implementations can be compared with it.
//!
//! One command a line, one line of answer each; texts and bytes are hexadecimal, `-` if empty:
//!
//! - `encode <version> <command> <body> [<name> <value>]…` answers the frame's bytes.
//! - `parse <version> <size> <bytes>` pushes the bytes in pieces of this size and answers the events
//!   with `;` between: `frame <command> <body> [<name> <value>]…`, `beat`, or `error <code>`.

use std::fmt::Write as _;
use std::io::{BufRead as _, Write as _};

use stomp::{Command, Event, Frame, Limits, Parser, Version, encode};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        writeln!(out, "{}", answer(&line?)?)?;
    }
    Ok(out.flush()?)
}

fn answer(line: &str) -> Result<String, Failure> {
    let words: Vec<&str> = line.split(' ').collect();
    match words.as_slice() {
        ["encode", version, command, body, headers @ ..] => {
            let frame = frame(command, body, headers)?;
            Ok(to_hex(&encode(&frame, read_version(version)?)))
        }
        ["parse", version, size, bytes] => {
            Ok(parse(read_version(version)?, size.parse()?, &from_hex(bytes)?))
        }
        _ => Err(format!("not a command: {line:?}").into()),
    }
}

fn frame(command: &str, body: &str, headers: &[&str]) -> Result<Frame, Failure> {
    let command = Command::parse(command).ok_or("no such STOMP command")?;
    let mut frame = Frame::new(command).with_body(from_hex(body)?);
    for header in headers.chunks_exact(2) {
        if let [name, value] = header {
            let (name, value) = (from_hex(name)?, from_hex(value)?);
            frame.headers.push(str::from_utf8(&name)?, str::from_utf8(&value)?);
        }
    }
    Ok(frame)
}

fn parse(version: Version, size: usize, bytes: &[u8]) -> String {
    let mut parser = Parser::with_version(Limits::default(), version);
    let mut events = Vec::new();
    for piece in bytes.chunks(size.max(1)) {
        parser.push(piece);
        loop {
            match parser.next() {
                Ok(Some(event)) => events.push(describe(&event)),
                Ok(None) => break,
                Err(error) => {
                    events.push(format!("error {}", error.code()));
                    return events.join(";");
                }
            }
        }
    }
    events.join(";")
}

fn describe(event: &Event) -> String {
    let Event::Frame(frame) = event else { return "beat".to_owned() };
    let mut words = vec!["frame".to_owned(), frame.command.to_string(), to_hex(&frame.body)];
    for (name, value) in frame.headers.iter() {
        words.extend([to_hex(name.as_bytes()), to_hex(value.as_bytes())]);
    }
    words.join(" ")
}

fn read_version(text: &str) -> Result<Version, Failure> {
    Version::parse(text).ok_or_else(|| format!("no such STOMP version: {text:?}").into())
}

fn to_hex(bytes: &[u8]) -> String {
    if bytes.is_empty() {
        return "-".to_owned();
    }
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn from_hex(hex: &str) -> Result<Vec<u8>, Failure> {
    if hex == "-" {
        return Ok(Vec::new());
    }
    let pairs = hex.as_bytes().chunks(2).map(str::from_utf8);
    pairs.map(|pair| Ok(u8::from_str_radix(pair?, 16)?)).collect()
}
