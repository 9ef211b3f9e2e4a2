use crate::{Command, Headers};

/// One frame, with its headers as the application means them: nothing in it is escaped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// What it is for.
    pub command: Command,
    /// Its headers in order; a repeated one counts once, with its first value.
    pub headers: Headers,
    /// Its body; empty in all frames but `SEND`, `MESSAGE` and `ERROR`.
    pub body: Vec<u8>,
}

impl Frame {
    /// A frame without headers and body.
    pub const fn new(command: Command) -> Self {
        Self { command, headers: Headers::new(), body: Vec::new() }
    }

    /// The same frame with one more header, after the others.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push(name, value);
        self
    }

    /// The same frame with this body.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The value of the first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)
    }
}
