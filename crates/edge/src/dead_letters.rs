//! Which dead letters are asked for: `GET /api/events/dead-letters` and `POST …/replay`.

use presence::errors::Refusal;
use presence::ids::UserId;
use presence::outbox::{DeadLetter, Replay};
use presence::time::Millis;

use crate::bodies::{Fields, user_id};
use crate::paging::{after, refuse};
use crate::problem::Problem;
use crate::query::Query;
use crate::walk::Place;

/// How many ids one replay may name.
pub const MOST_IDS: usize = 200;

/// Whose, and when they were refused last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// `None`: everybody's.
    pub user: Option<UserId>,
    /// Then or later.
    pub from: Option<Millis>,
    /// Then or earlier.
    pub to: Option<Millis>,
    /// Where a walk through everybody goes on.
    pub place: Place,
}

impl Asked {
    /// Reads `userId`, `from`, `to` and `cursor`.
    pub fn read(query: &Query) -> Result<Self, Problem> {
        let user = query.get("userId").map(user_id).transpose()?;
        let (from, to) = (time(query, "from")?, time(query, "to")?);
        let place = after(query, Place::from_cursor)?.unwrap_or_default();
        Ok(Self { user, from, to, place })
    }

    /// Whether this one is meant.
    pub fn means(&self, letter: &DeadLetter) -> bool {
        let at = letter.failure.last_failed_at;
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at <= to)
    }
}

/// What shall be published once more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayBody {
    /// `None`: everybody's.
    pub user: Option<UserId>,
    /// Which of theirs.
    pub replay: Replay,
    /// Where a walk through everybody goes on.
    pub place: Place,
}

impl ReplayBody {
    /// Reads `{userId?, ids?, from?, to?, dryRun?, cursor?}`.
    pub fn parse(body: &[u8]) -> Result<Self, Problem> {
        let mut fields = Fields::parse(body)?;
        let user = fields.text("userId");
        let ids = fields.texts("ids", MOST_IDS)?.unwrap_or_default();
        let (from, to) = (moment(&mut fields, "from"), moment(&mut fields, "to"));
        let dry_run = fields.flag("dryRun").unwrap_or_default();
        let place = fields.text("cursor").map(|cursor| Place::from_cursor(&cursor));
        if place == Some(None) {
            fields.wrong("cursor", "the nextCursor of the answer before");
        }
        if !ids.is_empty() && user.is_none() {
            fields.wrong("userId", "required where there are ids");
        }
        fields.finish()?;
        let user = user.as_deref().map(user_id).transpose()?;
        let replay = Replay { ids, from, to, dry_run };
        Ok(Self { user, replay, place: place.flatten().unwrap_or_default() })
    }
}

fn time(query: &Query, name: &str) -> Result<Option<Millis>, Refusal> {
    let wrong = || refuse(format!("{name} is a time such as 2026-11-24T03:40:06.120Z"));
    query.get(name).map(|text| utc(text).ok_or_else(wrong)).transpose()
}

fn moment(fields: &mut Fields, name: &str) -> Option<Millis> {
    let text = fields.text(name)?;
    let at = utc(&text);
    if at.is_none() {
        fields.wrong(name, "a time such as 2026-11-24T03:40:06.120Z");
    }
    at
}

/// A time in UTC (RFC 3339), with milliseconds or without: people write it too.
fn utc(text: &str) -> Option<Millis> {
    let whole = text.strip_suffix('Z').filter(|rest| rest.len() == "2026-11-24T03:40:06".len());
    match whole {
        Some(rest) => Millis::parse(&format!("{rest}.000Z")),
        None => Millis::parse(text),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
    use presence::errors::ErrorCode;

    use super::*;

    fn read(query: &str) -> Result<Asked, ErrorCode> {
        Asked::read(&Query::parse(query)).map_err(|problem| problem.refusal.code)
    }

    fn parse(body: &str) -> Result<ReplayBody, ErrorCode> {
        ReplayBody::parse(body.as_bytes()).map_err(|problem| problem.refusal.code)
    }

    #[test]
    fn nothing_said_means_all_of_everybody() {
        assert_eq!(read(""), Ok(Asked::default()));
        assert_eq!(parse("{}"), Ok(ReplayBody::default()));
    }

    #[test]
    fn by_user_and_by_time() {
        let asked =
            read("userId=ada&from=2026-11-24T00:00:00Z&to=2026-11-25T00:00:00.000Z").unwrap();
        assert_eq!(asked.user.unwrap().as_str(), "ada");
        assert!(asked.from.unwrap() < asked.to.unwrap());
        let body =
            parse(r#"{"userId":"ada","ids":["e1"],"from":"2026-11-24T00:00:00Z","dryRun":true}"#);
        let body = body.unwrap();
        assert!(body.replay.dry_run && body.replay.from.is_some() && body.replay.to.is_none());
        assert_eq!(body.replay.ids, ["e1"]);
    }

    #[test]
    fn a_walk_goes_on_where_it_stopped() {
        let place = Place { shard: 7, after: UserId::parse("auth0|ada").ok() };
        let cursor = place.to_cursor();
        assert_eq!(read(&format!("cursor={cursor}")).unwrap().place, place);
        assert_eq!(parse(&format!(r#"{{"cursor":"{cursor}"}}"#)).unwrap().place, place);
    }

    #[test]
    fn what_is_wrong_is_refused() {
        for query in ["from=yesterday", "to=", "cursor=x", "cursor="] {
            assert_eq!(read(query), Err(ErrorCode::InvalidParameter), "{query}");
        }
        assert_eq!(read("userId=a%20b"), Err(ErrorCode::InvalidUserId));
        for body in [
            r#"{"ids":["e1"]}"#,
            r#"{"from":5}"#,
            r#"{"to":"soon"}"#,
            r#"{"dryRun":"yes"}"#,
            r#"{"cursor":"x"}"#,
            r#"{"userId":"ada","ids":[]}"#,
            "[]",
        ] {
            assert_eq!(parse(body), Err(ErrorCode::InvalidBody), "{body}");
        }
        assert_eq!(parse("{"), Err(ErrorCode::MalformedJson));
        assert_eq!(parse(r#"{"userId":"a b"}"#), Err(ErrorCode::InvalidUserId));
    }
}
