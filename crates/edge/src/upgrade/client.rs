//! What is known of a client: what it says in the query, and what its headers give away.

use presence::ids::ResumeToken;
use presence::state::{Device, DeviceType};

use crate::query::Query;

/// The headers that say something of a device; all are optional and none is trusted for more.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClientHints<'a> {
    /// `User-Agent`.
    pub user_agent: Option<&'a str>,
    /// `Sec-CH-UA-Platform`, such as `"Android"`.
    pub platform: Option<&'a str>,
    /// `Sec-CH-UA-Mobile`, `?0` or `?1`.
    pub mobile: Option<&'a str>,
}

const LONGEST_NAME: usize = 128;
const LONGEST_VERSION: usize = 64;
const LONGEST_AGENT: usize = 512;
const LONGEST_RESUME: usize = 128;

impl ClientHints<'_> {
    /// The device by the query, and by these headers where the query is silent. A browser cannot read
    /// why an upgrade was refused, so that too long a name is cut and an unknown type becomes `other`.
    pub fn device(&self, query: &Query) -> Device {
        let text = |name, longest| query.get(name).and_then(|text| cut(text, longest));
        let said = query.get("deviceType").filter(|text| !text.is_empty());
        let kind = said.map(|text| DeviceType::parse(text).unwrap_or(DeviceType::Other));
        Device {
            kind: kind.or_else(|| self.kind()),
            name: text("deviceName", LONGEST_NAME),
            os: self.os(),
            app_version: text("appVersion", LONGEST_VERSION),
        }
    }

    /// `User-Agent`, cut to a sensible length.
    pub fn user_agent(&self) -> Option<String> {
        cut(self.user_agent?, LONGEST_AGENT)
    }

    fn os(&self) -> Option<String> {
        let platform = self.platform?.trim().trim_matches('"');
        if platform == "Unknown" { None } else { cut(platform, LONGEST_VERSION) }
    }

    /// Only browsers send client hints; other clients say what they are.
    fn kind(&self) -> Option<DeviceType> {
        match self.mobile.map(str::trim) {
            Some("?1") => Some(DeviceType::Mobile),
            Some("?0") => Some(DeviceType::Web),
            _ => self.user_agent?.starts_with("Mozilla/").then_some(DeviceType::Web),
        }
    }
}

/// The resume token of the query. One that is longer than any that was given out cannot be right.
pub fn resume(query: &Query) -> Option<ResumeToken> {
    query
        .get("resume")
        .filter(|text| (1..=LONGEST_RESUME).contains(&text.len()))
        .map(ResumeToken::received)
}

/// At most `longest` characters, none of them a control character.
fn cut(text: &str, longest: usize) -> Option<String> {
    let cut: String = text.chars().filter(|c| !c.is_control()).take(longest).collect();
    let cut = cut.trim();
    (!cut.is_empty()).then(|| cut.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(query: &str, hints: ClientHints<'_>) -> Device {
        hints.device(&Query::parse(query))
    }

    #[test]
    fn the_query_says_what_the_device_is() {
        let hints = ClientHints {
            mobile: Some("?1"),
            platform: Some("\"Android\""),
            ..ClientHints::default()
        };
        let device = device("deviceType=tablet&deviceName=Pixel+9&appVersion=4.2.0", hints);
        assert_eq!(device.kind, Some(DeviceType::Tablet));
        assert_eq!(device.name.as_deref(), Some("Pixel 9"));
        assert_eq!(device.app_version.as_deref(), Some("4.2.0"));
        assert_eq!(device.os.as_deref(), Some("Android"));
    }

    #[test]
    fn where_it_is_silent_the_headers_do() {
        let kind = |mobile, user_agent| {
            device("", ClientHints { mobile, user_agent, platform: None }).kind
        };
        assert_eq!(kind(Some("?1"), None), Some(DeviceType::Mobile));
        assert_eq!(kind(Some("?0"), None), Some(DeviceType::Web));
        assert_eq!(kind(None, Some("Mozilla/5.0 (X11)")), Some(DeviceType::Web));
        assert_eq!(kind(None, Some("curl/8")), None);
        assert_eq!(kind(None, None), None);
    }

    #[test]
    fn an_unknown_type_becomes_other() {
        assert_eq!(
            device("deviceType=toaster", ClientHints::default()).kind,
            Some(DeviceType::Other)
        );
        assert_eq!(device("deviceType=", ClientHints::default()).kind, None);
    }

    #[test]
    fn too_long_a_name_is_cut_between_characters() {
        let name =
            device(&format!("deviceName={}", "%C3%A9".repeat(200)), ClientHints::default()).name;
        assert_eq!(name, Some("é".repeat(128)));
        assert_eq!(device("deviceName=%00%0A+", ClientHints::default()).name, None);
    }

    #[test]
    fn a_resume_token_that_is_too_long_is_none() {
        assert!(resume(&Query::parse("resume=abc")).is_some());
        assert!(resume(&Query::parse("resume=")).is_none());
        assert!(resume(&Query::parse(&format!("resume={}", "a".repeat(129)))).is_none());
    }
}
