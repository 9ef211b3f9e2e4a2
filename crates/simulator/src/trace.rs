//! The timeline of a run: kept only where somebody will read it. What is written is the same for the
//! same seed on any machine.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::world::BEGIN;

/// Where the lines go.
#[derive(Default)]
pub enum Trace {
    /// Nowhere; they are not even made.
    #[default]
    Off,
    /// Into one text.
    Text(String),
    /// Into a digest of that text.
    Digest(Box<Sha256>),
}

impl Trace {
    /// One that keeps only the digest.
    pub fn digest() -> Self {
        Self::Digest(Box::default())
    }

    /// Writes a line, if anybody reads it.
    pub fn line(&mut self, now: i64, text: impl FnOnce() -> String) {
        let stamp = |text: String| {
            let since = now - BEGIN;
            format!("{:>10}.{:03} {text}\n", since / 1000, since % 1000)
        };
        match self {
            Self::Off => {}
            Self::Text(all) => drop(write!(all, "{}", stamp(text()))),
            Self::Digest(digest) => digest.update(stamp(text())),
        }
    }

    /// The text, or the digest in hexadecimal digits.
    pub fn finish(self) -> String {
        match self {
            Self::Off => String::new(),
            Self::Text(text) => text,
            Self::Digest(digest) => digest
                .finalize()
                .iter()
                .fold(String::new(), |all, byte| all + &format!("{byte:02x}")),
        }
    }
}
