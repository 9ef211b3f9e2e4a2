use crate::escape::{Part, escape_into};
use crate::rules::{Escapes, Rules};
use crate::{Frame, Version};

const CONTENT_LENGTH: &str = "content-length";

/// The bytes of a frame, its NUL included, with the escapes of `version`.
///
/// A body is announced by `content-length`: in place of the frame's own header of that name,
/// whose value is corrected, else as the last header. Without a body the header is written only
/// if the frame has it. A frame that must not have a body is written without.
///
/// What a version cannot escape (a NUL anywhere, line ends in 1.0 and in the handshake) becomes a
/// space: no header can break out of its line.
pub fn encode(frame: &Frame, version: Version) -> Vec<u8> {
    let escapes = Rules::of(Some(version)).escapes_in(frame.command);
    let body = if frame.command.allows_body() { frame.body.as_slice() } else { &[] };
    let mut out = Vec::with_capacity(estimate(frame, body));
    out.extend_from_slice(frame.command.as_str().as_bytes());
    out.push(b'\n');
    write_headers(&mut out, frame, body, escapes);
    out.push(b'\n');
    out.extend_from_slice(body);
    out.push(0);
    out
}

fn write_headers(out: &mut Vec<u8>, frame: &Frame, body: &[u8], escapes: Escapes) {
    let mut announced = false;
    for (name, value) in frame.headers.iter() {
        if name != CONTENT_LENGTH {
            write_header(out, name, value, escapes);
        } else if !announced {
            write_header(out, name, &body.len().to_string(), escapes);
            announced = true;
        }
    }
    if !announced && !body.is_empty() {
        write_header(out, CONTENT_LENGTH, &body.len().to_string(), escapes);
    }
}

fn write_header(out: &mut Vec<u8>, name: &str, value: &str, escapes: Escapes) {
    escape_into(out, name, Part::Name, escapes);
    out.push(b':');
    escape_into(out, value, Part::Value, escapes);
    out.push(b'\n');
}

/// Enough room for a frame without escapes; those are rare, and the vector can grow.
fn estimate(frame: &Frame, body: &[u8]) -> usize {
    let headers: usize =
        frame.headers.iter().map(|(name, value)| name.len() + value.len() + 2).sum();
    frame.command.as_str().len() + headers + body.len() + 32
}
