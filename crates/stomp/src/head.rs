//! The lines before a body: the command, then the headers, up to the blank line.

use crate::error::ParseError;
use crate::escape::unescape;
use crate::headers::{Headers, Span};
use crate::rules::{Rules, is_padded, trim};
use crate::{Command, Limits, Version};

/// The longest line that is read as a command; it bounds what an unknown one costs.
const COMMAND_LINE: usize = 32;

/// A usual frame has fewer headers, so that their list is allocated once.
const USUAL_HEADERS: usize = 8;

/// A whole head.
#[derive(Debug)]
pub(crate) struct Head {
    pub(crate) command: Command,
    pub(crate) headers: Headers,
    /// Whether bytes may stand between the head and the NUL.
    pub(crate) may_have_body: bool,
    /// Where in the frame the body begins.
    pub(crate) end: usize,
}

/// How far the lines of a frame have been read. All positions count from the frame's first byte.
#[derive(Debug)]
pub(crate) struct HeadScan {
    command: Option<Command>,
    headers_start: usize,
    line_start: usize,
    /// No line end lies between `line_start` and here: the bytes are never searched again.
    searched: usize,
    /// Headers so far, counted from `headers_start`.
    spans: Vec<Span>,
    /// Lines that ended in CRLF, by which a CR that ends no line is noticed.
    crlf_lines: usize,
}

/// A line without its end, and where it begins.
struct Line<'a> {
    start: usize,
    text: &'a [u8],
}

impl HeadScan {
    /// The beginning of a frame.
    pub(crate) const fn new() -> Self {
        Self {
            command: None,
            headers_start: 0,
            line_start: 0,
            searched: 0,
            spans: Vec::new(),
            crlf_lines: 0,
        }
    }

    /// Reads the lines that are there; `Some` once the blank one is, and then the next frame can
    /// begin.
    pub(crate) fn advance(
        &mut self,
        frame: &[u8],
        limits: &Limits,
        version: Option<Version>,
    ) -> Result<Option<Head>, ParseError> {
        let rules = Rules::of(version);
        let command = match self.command {
            Some(command) => command,
            None => match self.read_command(frame, limits, rules)? {
                Some(command) => command,
                None => return Ok(None),
            },
        };
        while let Some(line) = self.next_line(frame, limits, rules)? {
            if line.text.is_empty() {
                return self.finish(command, frame, line.start, version).map(Some);
            }
            self.read_header(&line, limits)?;
        }
        Ok(None)
    }

    fn read_command(
        &mut self,
        frame: &[u8],
        limits: &Limits,
        rules: Rules,
    ) -> Result<Option<Command>, ParseError> {
        // A line's end must still lie within the frame, which its length alone need not show.
        let last = COMMAND_LINE.min(limits.max_frame.saturating_sub(1));
        let shown = frame.get(..=last).unwrap_or(frame);
        let Some(end) = shown.iter().position(|byte| matches!(byte, b'\n' | 0)) else {
            return if frame.len() <= last {
                Ok(None)
            } else if last < COMMAND_LINE {
                Err(ParseError::FrameTooLarge { limit: limits.max_frame })
            } else {
                Err(unknown(shown))
            };
        };
        let line = frame.get(..end).unwrap_or_default();
        let command =
            Command::from_bytes(self.strip_cr(line, rules)).ok_or_else(|| unknown(line))?;
        if frame.get(end) == Some(&0) {
            return Err(ParseError::MissingBlankLine);
        }
        self.command = Some(command);
        self.headers_start = end + 1;
        self.begin_line(end + 1);
        // The line of the command is not among those that are searched for a bare CR.
        self.crlf_lines = 0;
        Ok(Some(command))
    }

    fn begin_line(&mut self, start: usize) {
        self.line_start = start;
        self.searched = start;
    }

    /// The next whole line, or `None` until more bytes come.
    fn next_line<'a>(
        &mut self,
        frame: &'a [u8],
        limits: &Limits,
        rules: Rules,
    ) -> Result<Option<Line<'a>>, ParseError> {
        let start = self.line_start;
        if frame.get(start) == Some(&0) {
            return Err(ParseError::MissingBlankLine);
        }
        let room = limits.max_frame.saturating_sub(start + 1);
        let last = start + limits.max_header.min(room);
        let unsearched = frame.get(self.searched..frame.len().min(last + 1)).unwrap_or_default();
        let Some(found) = memchr::memchr(b'\n', unsearched) else {
            self.searched += unsearched.len();
            return if frame.len() <= last { Ok(None) } else { Err(too_long(limits, room)) };
        };
        let end = self.searched + found;
        self.begin_line(end + 1);
        let text = self.strip_cr(frame.get(start..end).unwrap_or_default(), rules);
        Ok(Some(Line { start, text }))
    }

    fn strip_cr<'a>(&mut self, line: &'a [u8], rules: Rules) -> &'a [u8] {
        match line.split_last() {
            Some((b'\r', rest)) if rules.crlf => {
                self.crlf_lines += 1;
                rest
            }
            _ => line,
        }
    }

    fn read_header(&mut self, line: &Line<'_>, limits: &Limits) -> Result<(), ParseError> {
        // Names are short: a plain loop is done before a vector search has begun.
        let colon = line.text.iter().position(|byte| *byte == b':');
        let colon = colon.ok_or(ParseError::MissingColon)?;
        if colon == 0 {
            return Err(ParseError::EmptyHeaderName);
        }
        if self.spans.len() >= limits.max_headers {
            return Err(ParseError::TooManyHeaders { limit: limits.max_headers });
        }
        if self.spans.is_empty() {
            self.spans.reserve(USUAL_HEADERS);
        }
        let start = line.start - self.headers_start;
        let (middle, end) = (start + colon, start + line.text.len());
        self.spans.push(Span { name: start..middle, value: middle + 1..end });
        Ok(())
    }

    fn finish(
        &mut self,
        command: Command,
        frame: &[u8],
        blank: usize,
        version: Option<Version>,
    ) -> Result<Head, ParseError> {
        let lines = frame.get(self.headers_start..self.line_start).unwrap_or_default();
        let text = lines.get(..blank - self.headers_start).unwrap_or_default();
        let text = str::from_utf8(text).map_err(|_| ParseError::NotUtf8)?;
        let spans = std::mem::take(&mut self.spans);
        let rules = Rules::of(version);
        let mut headers = if memchr::memchr2(b'\\', b'\r', lines).is_none() {
            Headers::from_parts(text.to_owned(), spans)
        } else {
            self.check_carriage_returns(lines, rules)?;
            unescape(text, spans, rules.escapes_in(command))?
        };
        if is_padded(command, &headers, version) {
            headers.trim_with(trim);
            if headers.iter().any(|(name, _)| name.is_empty()) {
                return Err(ParseError::EmptyHeaderName);
            }
        }
        let may_have_body = rules.body_may_follow(command);
        let end = std::mem::replace(self, Self::new()).line_start;
        Ok(Head { command, headers, may_have_body, end })
    }

    /// Every CR in these lines must be part of a line's end.
    fn check_carriage_returns(&self, lines: &[u8], rules: Rules) -> Result<(), ParseError> {
        let all = memchr::memchr_iter(b'\r', lines).count();
        if rules.rejects_bare_cr && all != self.crlf_lines {
            return Err(ParseError::BareCarriageReturn);
        }
        Ok(())
    }
}

fn unknown(line: &[u8]) -> ParseError {
    let shown = line.get(..COMMAND_LINE).unwrap_or(line);
    ParseError::UnknownCommand(String::from_utf8_lossy(shown).into_owned())
}

/// Which limit a line reached first.
const fn too_long(limits: &Limits, room: usize) -> ParseError {
    if limits.max_header <= room {
        ParseError::HeaderTooLong { limit: limits.max_header }
    } else {
        ParseError::FrameTooLarge { limit: limits.max_frame }
    }
}
