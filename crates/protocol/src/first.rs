//! Which protocol a socket speaks that offered no subprotocol: its first frame says it.

/// What the first frame decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum First {
    /// `rollcall.v1.json`.
    Json,
    /// STOMP; CONNECT says which version.
    Stomp,
    /// Neither: ERROR, and close 4000.
    Unknown,
    /// Only line ends so far: the next frame decides.
    Nothing,
}

/// Looks at the first frame. A STOMP frame may be cut anywhere, so the beginning of `CONNECT` or
/// `STOMP` is enough; line ends before it are heart-beats.
pub fn sniff(bytes: &[u8]) -> First {
    let start = bytes.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(bytes.len());
    let said = bytes.get(start..).unwrap_or_default();
    let begins = |word: &[u8]| said.starts_with(word) || word.starts_with(said);
    match said.first() {
        Some(b'{') => First::Json,
        Some(_) if begins(b"CONNECT") || begins(b"STOMP") => First::Stomp,
        Some(_) => First::Unknown,
        None => First::Nothing,
    }
}
