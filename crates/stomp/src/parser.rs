use crate::error::ParseError;
use crate::head::{Head, HeadScan};
use crate::{Frame, Limits, Version};

/// What a parser found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole frame.
    Frame(Frame),
    /// A line end between frames.
    HeartBeat,
}

/// Turns bytes into events, however the bytes are split.
///
/// ```
/// # use stomp::{Limits, Parser};
/// # let mut parser = Parser::new(Limits::default());
/// # let bytes = b"\n";
/// parser.push(bytes);
/// while let Some(event) = parser.next()? {
///     // …
/// }
/// # Ok::<(), stomp::ParseError>(())
/// ```
///
/// It holds the unfinished frame (at most [`Limits::max_frame`] bytes once [`Parser::next`] gave
/// `None`) and how far that was searched, so a frame that comes byte by byte is read once.
#[derive(Debug)]
pub struct Parser {
    limits: Limits,
    version: Option<Version>,
    buffer: Vec<u8>,
    /// Where in `buffer` the unfinished frame begins; what lies before was given out.
    start: usize,
    /// How far its head was read.
    scan: HeadScan,
    /// Its head once that is whole, and how far the body was read.
    body: Option<(Head, BodyScan)>,
    failure: Option<ParseError>,
}

/// Where the body of a frame ends, as far as is known.
#[derive(Debug)]
enum BodyScan {
    /// `content-length` says it: this many bytes.
    Counted(usize),
    /// At the first NUL, which does not lie before this position in the frame.
    ToNul(usize),
}

impl Parser {
    /// A parser for a stream whose version is not agreed on yet.
    pub const fn new(limits: Limits) -> Self {
        Self {
            limits,
            version: None,
            buffer: Vec::new(),
            start: 0,
            scan: HeadScan::new(),
            body: None,
            failure: None,
        }
    }

    /// A parser for a stream whose version is known, such as one that is taken up again.
    pub const fn with_version(limits: Limits, version: Version) -> Self {
        let mut parser = Self::new(limits);
        parser.version = Some(version);
        parser
    }

    /// Reads what follows by the rules of `version`; called once the handshake has named it.
    pub fn set_version(&mut self, version: Version) {
        self.version = Some(version);
        // An unfinished frame was read by the old rules: read it from its beginning.
        self.begin_frame();
    }

    /// The version whose rules are in force, if one was set.
    pub const fn version(&self) -> Option<Version> {
        self.version
    }

    /// Adds bytes to the stream. After an error they are dropped.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.failure.is_none() {
            self.forget_consumed();
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next event, or `None` until more bytes come. An error is final: every later call
    /// repeats it.
    // Not an `Iterator`: `None` only means "not yet", and an error is not an item.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Result<Option<Event>, ParseError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        self.advance().map_err(|failure| self.fail(failure))
    }

    fn fail(&mut self, failure: ParseError) -> ParseError {
        self.failure = Some(failure.clone());
        self.buffer = Vec::new();
        self.start = 0;
        self.begin_frame();
        failure
    }

    fn begin_frame(&mut self) {
        self.scan = HeadScan::new();
        self.body = None;
    }

    /// The bytes that no event has come of yet: once [`Parser::next`] gave `None`, those of the
    /// unfinished frame. Pushed into a fresh parser of the same version, they continue the stream.
    pub fn pending(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }

    fn advance(&mut self) -> Result<Option<Event>, ParseError> {
        let frame = self.buffer.get(self.start..).unwrap_or_default();
        let (head, mut body) = if let Some(begun) = self.body.take() {
            begun
        } else {
            // No command begins with these, so they can only stand between frames.
            match frame {
                [b'\n', ..] => return Ok(Some(self.heart_beat(1))),
                [b'\r', b'\n', ..] => return Ok(Some(self.heart_beat(2))),
                [] | [b'\r'] => return Ok(None),
                _ => {}
            }
            let Some(head) = self.scan.advance(frame, &self.limits, self.version)? else {
                return Ok(None);
            };
            let body = BodyScan::of(&head, &self.limits)?;
            (head, body)
        };
        let Some(end) = body.advance(&head, frame, &self.limits)? else {
            self.body = Some((head, body));
            return Ok(None);
        };
        let kept = if head.command.allows_body() { head.end..end } else { end..end };
        let body = frame.get(kept).unwrap_or_default().to_vec();
        self.start += end + 1;
        Ok(Some(Event::Frame(Frame { command: head.command, headers: head.headers, body })))
    }

    fn heart_beat(&mut self, length: usize) -> Event {
        self.start += length;
        Event::HeartBeat
    }

    /// Moves the unfinished frame to the buffer's beginning, but only where that moves less than
    /// it frees: else a long buffer that is emptied slowly would be moved again and again.
    fn forget_consumed(&mut self) {
        if self.start == self.buffer.len() {
            self.buffer.clear();
        } else if self.start >= self.buffer.len() / 2 {
            self.buffer.drain(..self.start);
        } else {
            return;
        }
        self.start = 0;
        // One large message must not keep its memory for the life of the connection.
        if self.buffer.capacity() > 2 * self.limits.max_frame {
            self.buffer.shrink_to(self.limits.max_frame);
        }
    }
}

impl BodyScan {
    fn of(head: &Head, limits: &Limits) -> Result<Self, ParseError> {
        let Some(announced) = head.headers.get("content-length") else {
            return Ok(Self::ToNul(head.end));
        };
        let length = content_length(announced)?;
        if length > 0 && !head.may_have_body {
            return Err(ParseError::UnexpectedBody(head.command));
        }
        if head.end.saturating_add(length) >= limits.max_frame {
            return Err(ParseError::FrameTooLarge { limit: limits.max_frame });
        }
        Ok(Self::Counted(length))
    }

    /// Where in the frame its NUL stands, or `None` until more bytes come.
    fn advance(
        &mut self,
        head: &Head,
        frame: &[u8],
        limits: &Limits,
    ) -> Result<Option<usize>, ParseError> {
        match self {
            Self::Counted(length) => match frame.get(head.end + *length) {
                Some(0) => Ok(Some(head.end + *length)),
                Some(_) => Err(missing_nul(head)),
                None => Ok(None),
            },
            Self::ToNul(searched) => {
                if !head.may_have_body {
                    return empty_body(head, frame, limits);
                }
                let unsearched = frame.get(*searched..frame.len().min(limits.max_frame));
                let unsearched = unsearched.unwrap_or_default();
                if let Some(found) = memchr::memchr(0, unsearched) {
                    return Ok(Some(*searched + found));
                }
                *searched += unsearched.len();
                if frame.len() < limits.max_frame {
                    Ok(None)
                } else {
                    Err(ParseError::FrameTooLarge { limit: limits.max_frame })
                }
            }
        }
    }
}

/// The end of a frame that must not have a body.
fn empty_body(head: &Head, frame: &[u8], limits: &Limits) -> Result<Option<usize>, ParseError> {
    match frame.get(head.end) {
        _ if head.end >= limits.max_frame => {
            Err(ParseError::FrameTooLarge { limit: limits.max_frame })
        }
        None => Ok(None),
        Some(0) => Ok(Some(head.end)),
        Some(_) => Err(ParseError::UnexpectedBody(head.command)),
    }
}

/// What it means that `content-length` bytes are not followed by a NUL.
const fn missing_nul(head: &Head) -> ParseError {
    if head.may_have_body {
        ParseError::MissingNul
    } else {
        ParseError::UnexpectedBody(head.command)
    }
}

/// Digits only; a number that no frame can have saturates and fails as too large.
fn content_length(text: &str) -> Result<usize, ParseError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(ParseError::BadContentLength(text.chars().take(32).collect()));
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_push_does_not_keep_its_memory() {
        let limits = Limits::default();
        let mut parser = Parser::with_version(limits, Version::V12);
        parser.push(&b"\n".repeat(10 * limits.max_frame));
        while let Ok(Some(_)) = parser.next() {}
        parser.push(b"\n");
        assert!(parser.buffer.capacity() <= 2 * limits.max_frame);
    }

    /// The buffer is never empty here, as on a connection that is always in the midst of a frame.
    #[test]
    fn what_was_read_is_forgotten_though_more_is_always_begun() {
        let mut parser = Parser::with_version(Limits::default(), Version::V12);
        parser.push(b"SEND\n");
        for _ in 0..1_000 {
            parser.push(b"destination:/a\n\n\0SEND\n");
            while let Ok(Some(_)) = parser.next() {}
        }
        assert!(parser.buffer.len() < 100, "{}", parser.buffer.len());
    }
}
