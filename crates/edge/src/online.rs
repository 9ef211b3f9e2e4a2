//! Pages of `GET /api/online`: from the projection, or by asking the objects. A cursor says which it
//! belongs to, so that a list goes on as it began.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use presence::errors::Refusal;

use crate::paging::{MOST, after, limit, refuse};
use crate::query::Query;
use crate::walk::{Place, decoded};

/// Where a list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Redis.
    Projection,
    /// The users' objects.
    Hub,
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// In a scan of Redis: as Redis gave it.
    Projection(String),
    /// In the directory.
    Hub(Place),
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnlinePage {
    /// About how many.
    pub limit: i64,
    /// Where to go on; `None`: at the beginning.
    pub cursor: Option<Cursor>,
    /// `None`: the projection, if it is there.
    pub source: Option<Source>,
}

impl Source {
    /// Its name in questions and answers.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Projection => "projection",
            Self::Hub => "hub",
        }
    }
}

/// Reads `limit`, `cursor` and `source`.
pub fn page(query: &Query) -> Result<OnlinePage, Refusal> {
    let source = match query.get("source") {
        None => None,
        Some("hub") => Some(Source::Hub),
        Some("projection") => Some(Source::Projection),
        Some(_) => return Err(refuse("source is \"projection\" or \"hub\"".to_owned())),
    };
    Ok(OnlinePage { limit: limit(query, MOST)?, cursor: after(query, Cursor::parse)?, source })
}

impl Cursor {
    /// Opaque to who gets it.
    pub fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(match self {
            Self::Projection(cursor) => format!("p:{cursor}"),
            Self::Hub(place) => place.to_text(),
        })
    }

    fn parse(text: &str) -> Option<Self> {
        let text = decoded(text)?;
        if let Some(cursor) = text.strip_prefix("p:") {
            let sound =
                (1..=64).contains(&cursor.len()) && cursor.bytes().all(|b| b.is_ascii_graphic());
            return sound.then(|| Self::Projection(cursor.to_owned()));
        }
        Place::from_text(&text).map(Self::Hub)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use super::*;
    use presence::errors::ErrorCode;
    use presence::ids::UserId;

    fn read(query: &str) -> Result<OnlinePage, ErrorCode> {
        page(&Query::parse(query)).map_err(|refusal| refusal.code)
    }

    #[test]
    fn a_page_is_a_hundred_from_wherever_it_can_be_had() {
        assert_eq!(read(""), Ok(OnlinePage { limit: 100, cursor: None, source: None }));
        assert_eq!(read("source=hub").unwrap().source, Some(Source::Hub));
        assert_eq!(read("source=projection&limit=1000").unwrap().source, Some(Source::Projection));
    }

    #[test]
    fn a_cursor_goes_on_where_its_list_stopped() {
        let ada = UserId::parse("auth0|ada").unwrap();
        for cursor in [
            Cursor::Hub(Place::default()),
            Cursor::Projection("1234567890123".to_owned()),
            Cursor::Hub(Place { shard: 63, after: None }),
            Cursor::Hub(Place { shard: 7, after: Some(ada) }),
        ] {
            let query = format!("cursor={}", cursor.to_text());
            assert_eq!(read(&query).unwrap().cursor, Some(cursor));
        }
    }

    #[test]
    fn what_is_none_of_these_is_refused() {
        let forged = |text: &str| format!("cursor={}", URL_SAFE_NO_PAD.encode(text));
        let mut queries: Vec<String> = [
            "limit=0",
            "limit=1001",
            "source=",
            "source=redis",
            "cursor=",
            "cursor=%00",
            "cursor=x",
        ]
        .map(str::to_owned)
        .to_vec();
        queries.extend(
            ["", "p:", "p:a b", "h:", "h:64", "h:x", "h:1:", "h:1:a b", "u:ada"].map(forged),
        );
        for query in queries {
            assert_eq!(read(&query), Err(ErrorCode::InvalidParameter), "{query}");
        }
    }
}
