//! What comes in and what goes out, without a platform.

/// The media type of every answer but a stream.
pub const KAFKA_JSON: &str = "application/vnd.kafka.v2+json";

/// A request to the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// The path after the prefix, percent-encoded: `/topics/t`.
    pub path: &'a str,
    /// What follows the question mark.
    pub query: Option<&'a str>,
    /// `Content-Type`.
    pub content_type: Option<&'a str>,
    /// `Accept`. Reading answers `application/json` to those who ask for that and not for Kafka's.
    pub accept: Option<&'a str>,
    /// `Last-Event-ID`, with which a browser takes up a stream again.
    pub last_event_id: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What the log says to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// `Content-Type`; empty where there is no body.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// JSON with a status.
    pub fn json(status: u16, body: &impl serde::Serialize) -> Self {
        // Nothing here fails to serialise: no maps with keys other than strings.
        let body = serde_json::to_vec(body).unwrap_or_default();
        Self { status, content_type: KAFKA_JSON, body }
    }

    /// 204.
    pub fn empty() -> Self {
        Self { status: 204, content_type: "", body: Vec::new() }
    }

    /// The same, named as the reader asked for it.
    #[must_use]
    pub fn named_for(mut self, accept: Option<&str>) -> Self {
        let asked = accept.unwrap_or_default();
        if self.content_type == KAFKA_JSON
            && asked.contains("application/json")
            && !asked.contains("application/vnd.kafka")
        {
            self.content_type = "application/json";
        }
        self
    }
}
