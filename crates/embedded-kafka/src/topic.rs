//! What a topic may be called.

/// The longest name.
const LONGEST: usize = 249;

/// Whether Kafka allows this name: 1 to 249 of `A–Z a–z 0–9 . _ -`, but not `.` or `..`.
pub fn is_legal(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&name.len()) && name.bytes().all(allowed) && !matches!(name, "." | "..")
}

/// What two names may not share: in Kafka's metrics a dot and an underscore are the same.
pub(crate) fn collision_key(name: &str) -> String {
    name.replace('.', "_")
}

/// A name for a message, cut where it would be endless.
pub(crate) fn shown(name: &str) -> String {
    name.chars().take(LONGEST + 1).collect()
}
