//! Paths and parameters into what is asked.

use crate::config::{DEFAULT_COUNT, MAX_COUNT};
use crate::http::Request;
use crate::protocol::Refusal;

/// What a request asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `POST /topics/{topic}` and `POST /topics/{topic}/partitions/{partition}`.
    Produce {
        /// The topic.
        topic: String,
        /// The partition, as it stands in the path.
        partition: Option<String>,
    },
    /// `GET /topics`.
    Topics,
    /// `GET /topics/{topic}`.
    Topic(String),
    /// `GET /topics/{topic}/partitions`.
    Partitions(String),
    /// `GET /topics/{topic}/partitions/{partition}`.
    Partition(String, u32),
    /// `GET /topics/{topic}/partitions/{partition}/offsets`.
    Offsets(String, u32),
    /// `GET /topics/{topic}/partitions/{partition}/messages`.
    Messages(String, u32),
}

impl Route {
    /// The route of a request.
    pub fn of(request: &Request<'_>) -> Result<Self, Refusal> {
        let path = request.path.strip_prefix('/').ok_or(Refusal::NotFound)?;
        let parts: Vec<String> =
            path.split('/').map(decoded).collect::<Option<_>>().ok_or(Refusal::NotFound)?;
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        let (topic, rest) = match parts.as_slice() {
            ["topics"] => (None, [].as_slice()),
            ["topics", topic, rest @ ..] if !topic.is_empty() => (Some((*topic).to_owned()), rest),
            _ => return Err(Refusal::NotFound),
        };
        match (request.method, topic, rest) {
            ("GET", None, _) => Ok(Self::Topics),
            ("GET", Some(topic), []) => Ok(Self::Topic(topic)),
            ("GET", Some(topic), ["partitions"]) => Ok(Self::Partitions(topic)),
            ("GET", Some(topic), ["partitions", partition, rest @ ..]) => {
                Self::within_partition(topic, partition, rest)
            }
            ("POST", Some(topic), []) => Ok(Self::Produce { topic, partition: None }),
            ("POST", Some(topic), ["partitions", partition]) => {
                Ok(Self::Produce { topic, partition: Some((*partition).to_owned()) })
            }
            _ => Err(Refusal::NotFound),
        }
    }

    fn within_partition(topic: String, partition: &str, rest: &[&str]) -> Result<Self, Refusal> {
        let make = match rest {
            [] => Self::Partition,
            ["offsets"] => Self::Offsets,
            ["messages"] => Self::Messages,
            _ => return Err(Refusal::NotFound),
        };
        let invalid = |_| Refusal::Invalid("Specified partition is not a valid number".into());
        Ok(make(topic, partition.parse().map_err(invalid)?))
    }
}

/// The parameters of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// `async=true`: the answer is 204, whatever becomes of the records.
    pub without_answer: bool,
    /// `offset=`: from there; else from the beginning, or, following, from now.
    pub offset: Option<i64>,
    /// `count=`: so many at most.
    pub count: usize,
    /// `follow=true`: a stream.
    pub follow: bool,
    /// `from=earliest`: a stream begins with all that is kept.
    pub from_earliest: bool,
}

impl Parameters {
    /// Those of a query string. Others than these are ignored, as the bridge does.
    pub fn of(query: Option<&str>) -> Result<Self, Refusal> {
        let mut all = Self {
            without_answer: false,
            offset: None,
            count: DEFAULT_COUNT,
            follow: false,
            from_earliest: false,
        };
        for pair in query.unwrap_or_default().split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            match name {
                "async" => all.without_answer = flag("async", value)?,
                "offset" => all.offset = Some(offset(value)?),
                "count" => all.count = count(value)?,
                "follow" => all.follow = flag("follow", value)?,
                "from" => all.from_earliest = earliest(value)?,
                _ => {}
            }
        }
        Ok(all)
    }
}

/// A number that a follower was given as the id of an event.
pub(crate) fn cursor(id: &str) -> Result<i64, Refusal> {
    number(id).ok_or(Refusal::Parameter("Last-Event-ID", "the id of an event of this log"))
}

fn flag(name: &'static str, value: &str) -> Result<bool, Refusal> {
    match value {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Refusal::Parameter(name, "true or false")),
    }
}

fn earliest(value: &str) -> Result<bool, Refusal> {
    match value {
        "earliest" => Ok(true),
        "latest" => Ok(false),
        _ => Err(Refusal::Parameter("from", "earliest or latest")),
    }
}

fn offset(value: &str) -> Result<i64, Refusal> {
    number(value).ok_or(Refusal::Parameter("offset", "a whole number, 0 or more"))
}

fn count(value: &str) -> Result<usize, Refusal> {
    const _: () = assert!(MAX_COUNT == 1_000, "the message below says so");
    let count = number(value).map(|count| count as usize).filter(|count| *count <= MAX_COUNT);
    count.ok_or(Refusal::Parameter("count", "a whole number from 0 to 1000"))
}

/// Digits and nothing else.
fn number(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A part of a path without its percent-encoding; bytes that are no UTF-8 become signs that no topic has. `None` where
/// a percent sign stands without its two digits.
fn decoded(part: &str) -> Option<String> {
    let mut bytes = part.bytes();
    let mut out = Vec::with_capacity(part.len());
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
            out.push((high << 4 | low) as u8);
        } else {
            out.push(byte);
        }
    }
    Some(String::from_utf8_lossy(&out).into_owned())
}
