use std::fmt;

/// A version of the protocol; a later one is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// STOMP 1.0.
    V10,
    /// STOMP 1.1.
    V11,
    /// STOMP 1.2.
    V12,
}

impl Version {
    /// Every version, newest first.
    pub const ALL: [Self; 3] = [Self::V12, Self::V11, Self::V10];

    /// The version as the headers `version` and `accept-version` write it: `"1.2"`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V10 => "1.0",
            Self::V11 => "1.1",
            Self::V12 => "1.2",
        }
    }

    /// The name of its WebSocket subprotocol: `"v12.stomp"`.
    pub const fn subprotocol(self) -> &'static str {
        match self {
            Self::V10 => "v10.stomp",
            Self::V11 => "v11.stomp",
            Self::V12 => "v12.stomp",
        }
    }

    /// The version that a header names: `"1.2"`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.as_str() == text)
    }

    /// The version that a WebSocket subprotocol names: `"v12.stomp"`.
    pub fn from_subprotocol(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.subprotocol() == name)
    }

    /// The newest version that both sides know, given the client's `accept-version`; a client
    /// that sends no such header speaks 1.0. `None` where there is none in common.
    pub fn negotiate(accept_version: Option<&str>) -> Option<Self> {
        let Some(list) = accept_version else { return Some(Self::V10) };
        list.split(',').filter_map(|item| Self::parse(item.trim())).max()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
