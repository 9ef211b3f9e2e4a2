//! How an input is divided: some bytes that choose, and the rest that is read.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// The first `N` bytes, and what follows. The chosen ones stand first, so that a corpus is readable.
pub(crate) fn split<const N: usize>(data: &[u8]) -> Option<([u8; N], &[u8])> {
    let (head, rest) = data.split_first_chunk::<N>()?;
    Some((*head, rest))
}

/// The rest in pieces of `step` bytes.
pub(crate) fn chunks(data: &[u8], step: u8) -> impl Iterator<Item = &[u8]> {
    data.chunks(usize::from(step).max(1))
}

/// What is written as JSON is read back as the same.
pub(crate) fn survives_json<T>(value: &T)
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = serde_json::to_string(value).expect("it can be written");
    let back: T = serde_json::from_str(&text).unwrap_or_else(|why| panic!("{why}: {text}"));
    assert_eq!(back, *value, "{text}");
}
