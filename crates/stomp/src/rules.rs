use crate::{Command, Headers, Version};

/// How one version reads and writes frames: everything in which the versions differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rules {
    /// Backslash escapes in headers, with `\r` among them or not. 1.0 has none.
    pub(crate) escapes: Escapes,
    /// Whether a line may end in CRLF. 1.2 says so; 1.0 does not define its line ends, and
    /// people type it by hand; in 1.1 a CR is a character like any other.
    pub(crate) crlf: bool,
    /// Whether a `SUBSCRIBE` may have a body, which is ignored: so says 1.0.
    ignores_subscribe_body: bool,
    /// Whether a CR elsewhere in a header is an error: 1.2 leaves it no meaning.
    pub(crate) rejects_bare_cr: bool,
}

/// The escapes of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escapes {
    /// 1.0 and the handshake frames of every version: a backslash is a backslash.
    None,
    /// 1.1: `\n`, `\c` and `\\`.
    WithoutCr,
    /// 1.2: these and `\r`.
    WithCr,
}

impl Rules {
    /// The rules for frames of this version; before one is agreed on, the newest.
    pub(crate) const fn of(version: Option<Version>) -> Self {
        match version {
            Some(Version::V10) => Self {
                escapes: Escapes::None,
                crlf: true,
                ignores_subscribe_body: true,
                rejects_bare_cr: false,
            },
            Some(Version::V11) => Self {
                escapes: Escapes::WithoutCr,
                crlf: false,
                ignores_subscribe_body: false,
                rejects_bare_cr: false,
            },
            Some(Version::V12) | None => Self {
                escapes: Escapes::WithCr,
                crlf: true,
                ignores_subscribe_body: false,
                rejects_bare_cr: true,
            },
        }
    }

    /// Whether bytes may stand between the head of this command and the NUL.
    pub(crate) fn body_may_follow(self, command: Command) -> bool {
        command.allows_body() || (self.ignores_subscribe_body && command == Command::Subscribe)
    }

    /// The escapes in the headers of this command.
    pub(crate) fn escapes_in(self, command: Command) -> Escapes {
        if command.is_handshake() { Escapes::None } else { self.escapes }
    }
}

/// Whether white space around names and values is padding, as the examples of 1.0 have it; 1.1
/// and 1.2 forbid to trim. Each frame of the handshake says itself which version it speaks.
pub(crate) fn is_padded(command: Command, headers: &Headers, version: Option<Version>) -> bool {
    match command {
        Command::Connect | Command::Stomp => !headers.contains("accept-version"),
        Command::Connected => !headers.contains("version"),
        _ => version == Some(Version::V10),
    }
}

/// What 1.0 keeps of a padded name or value.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches([' ', '\t'])
}
