//! What breaks the protocol: ERROR, then a close.

use ::stomp::{Command as Verb, Event, Frame, Limits, ParseError, Parser, Version};
use presence::close::CloseCode;
use presence::errors::ErrorCode;

use crate::body::close_for;

/// How much of a frame is looked through for the receipt that it asked for, should it be unreadable.
const HEAD: usize = 2048;

/// Why the connection ends.
#[derive(Debug)]
pub(super) struct Violation {
    code: ErrorCode,
    detail: String,
    receipt: Option<String>,
}

/// As much of an unread frame as may name its receipt.
pub(super) fn head(pending: &[u8]) -> Vec<u8> {
    pending.get(..HEAD).unwrap_or(pending).to_vec()
}

impl Violation {
    pub(super) fn new(code: ErrorCode, detail: String) -> Self {
        Self { code, detail, receipt: None }
    }

    pub(super) fn protocol(detail: impl Into<String>) -> Self {
        Self::new(ErrorCode::ProtocolError, detail.into())
    }

    /// A frame that is understood and not served, or is not a client's to send.
    pub(super) fn unsupported(verb: Verb) -> Self {
        match verb {
            Verb::Begin | Verb::Commit | Verb::Abort => {
                Self::protocol(format!("{verb} is not supported: there are no transactions"))
            }
            Verb::Ack | Verb::Nack => {
                Self::protocol(format!("{verb} is not supported: subscriptions are ack:auto"))
            }
            _ => Self::protocol(format!("a client does not send {verb}")),
        }
    }

    /// Bytes that are no frame.
    pub(super) fn unreadable(error: &ParseError, head: &[u8], version: Version) -> Self {
        let code = match error.code() {
            "frame_too_large" => ErrorCode::FrameTooLarge,
            _ => ErrorCode::ProtocolError,
        };
        Self { code, detail: error.to_string(), receipt: receipt_in(head, version) }
    }

    /// The violation of this frame, which may have asked for a receipt.
    pub(super) fn of(mut self, frame: &Frame) -> Self {
        self.receipt = frame.header("receipt").map(str::to_owned);
        self
    }

    pub(super) fn close(&self) -> CloseCode {
        close_for(self.code)
    }

    pub(super) fn frame(&self) -> Frame {
        let frame = Frame::new(Verb::Error)
            .with_header("message", self.code.title())
            .with_header("code", self.code.code())
            .with_header("version", "1.0,1.1,1.2")
            .with_header("content-type", "text/plain");
        let frame = match &self.receipt {
            Some(receipt) => frame.with_header("receipt-id", receipt),
            None => frame,
        };
        frame.with_body(self.detail.as_str())
    }
}

/// The receipt that an unreadable frame asked for. The line is read as part of a readable frame,
/// so that its escapes are those of the codec.
fn receipt_in(head: &[u8], version: Version) -> Option<String> {
    let mut lines = head.split(|byte| *byte == b'\n').skip(1);
    let line = lines
        .by_ref()
        .take_while(|line| !line.is_empty() && *line != b"\r")
        .find(|line| line.starts_with(b"receipt:"))?;
    let mut parser = Parser::with_version(Limits::default(), version);
    parser.push(b"SEND\n");
    parser.push(line);
    parser.push(b"\n\n\0");
    match parser.next() {
        Ok(Some(Event::Frame(frame))) => frame.header("receipt").map(str::to_owned),
        _ => None,
    }
}
