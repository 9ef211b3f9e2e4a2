//! Which pages may call from a browser.

use super::reader::Reader;

/// `ALLOWED_ORIGINS`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origins {
    /// `*`: the default in development.
    Any,
    /// Pages of the same origin only: the default elsewhere.
    Same,
    /// These, and pages of the same origin.
    Listed(Vec<String>),
}

impl Origins {
    /// Whether a page of `origin` may call this service, whose own origin is `own`.
    pub fn allows(&self, origin: &str, own: &str) -> bool {
        let same = origin == own;
        match self {
            Self::Any => true,
            Self::Same => same,
            Self::Listed(origins) => same || origins.iter().any(|listed| listed == origin),
        }
    }

    /// The `Access-Control-Allow-Origin` of an answer to a page of `origin`.
    pub fn header_for(&self, origin: &str, own: &str) -> Option<String> {
        match self {
            Self::Any => Some("*".to_owned()),
            _ => self.allows(origin, own).then(|| origin.to_owned()),
        }
    }
}

pub(super) fn read(reader: &mut Reader<'_>, development: bool) -> Origins {
    const NAME: &str = "ALLOWED_ORIGINS";
    let Some(text) = reader.text(NAME) else {
        return if development { Origins::Any } else { Origins::Same };
    };
    if text == "*" {
        return Origins::Any;
    }
    let origins: Vec<String> = text.split(',').map(|origin| origin.trim().to_owned()).collect();
    if !origins.iter().all(|origin| is_origin(origin)) {
        reader.problem(NAME, "* or origins such as https://app.example.com, separated by commas");
    }
    Origins::Listed(origins)
}

/// Scheme, host and perhaps a port, as browsers send them: lower case, no path.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-.:[]+_".contains(&b);
    !scheme.is_empty() && !host.is_empty() && scheme.bytes().all(word) && host.bytes().all(word)
}
