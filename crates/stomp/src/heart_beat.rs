use std::fmt;
use std::str::FromStr;

/// What one side offers or, after [`HeartBeat::negotiate`], what was agreed; 0 means never.
///
/// As a header it reads `heart-beat:<send_ms>,<want_ms>`; a missing header means `0,0`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct HeartBeat {
    /// The shortest time in milliseconds between beats that this side can send.
    pub send_ms: u32,
    /// The time in milliseconds between beats that this side wants to receive.
    pub want_ms: u32,
}

/// A `heart-beat` header that is not two numbers with a comma between them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HeartBeatError;

impl HeartBeat {
    /// The value of a `heart-beat` header; the same as [`str::parse`].
    pub fn parse(header: &str) -> Result<Self, HeartBeatError> {
        header.parse()
    }

    /// What `self` shall do towards a peer that offered `peer`: send a beat every `send_ms`, and
    /// expect one every `want_ms`. Each direction is the larger of the two sides' numbers, or 0
    /// if either side's is 0.
    #[must_use]
    pub fn negotiate(self, peer: Self) -> Self {
        Self {
            send_ms: agree(self.send_ms, peer.want_ms),
            want_ms: agree(self.want_ms, peer.send_ms),
        }
    }
}

fn agree(one: u32, other: u32) -> u32 {
    if one == 0 || other == 0 { 0 } else { one.max(other) }
}

impl FromStr for HeartBeat {
    type Err = HeartBeatError;

    fn from_str(header: &str) -> Result<Self, Self::Err> {
        let (send, want) = header.split_once(',').ok_or(HeartBeatError)?;
        Ok(Self { send_ms: milliseconds(send)?, want_ms: milliseconds(want)? })
    }
}

/// Digits, perhaps padded. More than 49 days is as good as 49 days, so large numbers saturate.
fn milliseconds(text: &str) -> Result<u32, HeartBeatError> {
    let digits = text.trim();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(HeartBeatError);
    }
    Ok(digits.parse().unwrap_or(u32::MAX))
}

impl fmt::Display for HeartBeat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{}", self.send_ms, self.want_ms)
    }
}

impl fmt::Display for HeartBeatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("heart-beat is not two numbers with a comma between them")
    }
}

impl std::error::Error for HeartBeatError {}
