//! What the Worker tells a user's object of a connection that it has let in.

use std::fmt::Write as _;

use presence::ids::{ResumeToken, UserId};
use presence::state::{Device, Protocol};
use presence::time::Millis;
use serde::{Deserialize, Serialize};

/// Sent as the header [`ConnectInfo::HEADER`] of a fresh request: no header from outside is passed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectInfo {
    /// The token's user: whose object this is.
    pub user: UserId,
    /// The subprotocol agreed on; `None`: the first frame decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<Protocol>,
    /// The resume token, if one was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<ResumeToken>,
    /// What the client said of its device, or what its headers say.
    #[serde(default)]
    pub device: Device,
    /// `User-Agent`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// Country, by the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
    /// Data centre, by the edge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colo: Option<String>,
    /// When the socket must be closed with 3000.
    pub token_expires_at: Millis,
    /// For log lines.
    pub request_id: String,
}

impl ConnectInfo {
    /// The internal header that carries it.
    pub const HEADER: &str = "x-rollcall-connect";

    /// As a header's value: JSON in which everything beyond printable ASCII is escaped, since a header
    /// holds bytes and a device's name may be in any script.
    pub fn to_header(&self) -> String {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut header = String::with_capacity(json.len());
        for c in json.chars() {
            if matches!(c, ' '..='~') {
                header.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(header, "\\u{unit:04x}");
                }
            }
        }
        header
    }

    /// Reads what [`Self::to_header`] wrote.
    pub fn from_header(value: &str) -> Option<Self> {
        serde_json::from_str(value).ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;

    fn info(name: &str) -> ConnectInfo {
        ConnectInfo {
            user: UserId::parse("alice").unwrap(),
            protocol: Some(Protocol::Json),
            resume: Some(ResumeToken::received("r\u{7f}t")),
            device: Device { name: Some(name.to_owned()), ..Device::default() },
            user_agent: None,
            country: None,
            colo: None,
            token_expires_at: Millis(1_795_491_606_120),
            request_id: "r1".to_owned(),
        }
    }

    #[test]
    fn it_survives_a_header_whatever_the_script() {
        for name in
            ["Pixel 9", "Điện thoại \"của\" tôi", "電話 📱", "tab\tand\nline\r\n", "\u{80}\u{7f}"]
        {
            let header = info(name).to_header();
            assert!(header.bytes().all(|b| (b' '..=b'~').contains(&b)), "{header}");
            assert_eq!(ConnectInfo::from_header(&header), Some(info(name)));
        }
    }

    #[test]
    fn what_is_none_is_refused() {
        for value in [
            "",
            "{}",
            "null",
            r#"{"user":"a b","tokenExpiresAt":"1970-01-01T00:00:00.000Z","requestId":""}"#,
        ] {
            assert_eq!(ConnectInfo::from_header(value), None, "{value}");
        }
    }
}
