//! Where the followers of the hubs write to: Redis and Kafka.

use presence::mirror::Refresh;
use presence::outbox::{Publishing, WhenFull};

use super::reader::Reader;

/// A Redis that speaks the Upstash REST protocol.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisSettings {
    /// `UPSTASH_REDIS_REST_URL`; `None`: the embedded one, in development only.
    pub url: Option<String>,
    /// `UPSTASH_REDIS_REST_TOKEN`; never empty where there is an address.
    pub token: String,
    /// `REDIS_REFRESH`: `exact` is the default in development, `transitions` elsewhere; with `off`
    /// there are no such settings.
    pub refresh: Refresh,
    /// `MIRROR_DEPRECATED_KEYS`.
    pub deprecated_keys: bool,
}

/// Hides the token.
impl std::fmt::Debug for RedisSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Which REST interface Kafka has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KafkaApi {
    /// `/topics/{topic}`.
    V2,
    /// `/v3/clusters/{id}/topics/{topic}/records`.
    V3,
}

/// The settings that name the topics, and what they are called otherwise, as [`Topic::index`] counts.
///
/// [`Topic::index`]: presence::outbox::Topic::index
pub const TOPICS: [(&str, &str); 4] = [
    ("KAFKA_TOPIC_PRESENCE", "presence-events"),
    ("KAFKA_TOPIC_SESSION", "session-events"),
    ("KAFKA_TOPIC_SUBSCRIPTION", "subscription-events"),
    ("KAFKA_TOPIC_MESSAGE", "message-events"),
];

/// A Kafka with a REST proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `KAFKA_REST_URL`; `None`: the embedded one, in development only.
    pub url: Option<String>,
    /// `KAFKA_REST_AUTH`: the value of the `Authorization` header.
    pub auth: Option<String>,
    /// `KAFKA_REST_API`; with `off` there are no such settings.
    pub api: KafkaApi,
    /// `KAFKA_TOPIC_PRESENCE`, `…_SESSION`, `…_SUBSCRIPTION`, `…_MESSAGE`, in this order.
    pub topics: [String; 4],
    /// `KAFKA_MESSAGE_CONTENT`.
    pub content: Publishing,
    /// `OUTBOX_FULL`.
    pub outbox_full: WhenFull,
}

/// Hides the authorisation.
impl std::fmt::Debug for KafkaSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KafkaSettings").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Every value is read, also where there is no address: a typing error is told on the day it is made.
pub(super) fn redis(reader: &mut Reader<'_>, development: bool) -> Option<RedisSettings> {
    const TOKEN: &str = "UPSTASH_REDIS_REST_TOKEN";
    let choices =
        [("exact", Refresh::Exact), ("transitions", Refresh::Transitions), ("off", Refresh::Off)];
    let default = if development { Refresh::Exact } else { Refresh::Transitions };
    let refresh = reader.choice("REDIS_REFRESH", &choices, default);
    let booleans = [("true", true), ("false", false)];
    let deprecated_keys = reader.choice("MIRROR_DEPRECATED_KEYS", &booleans, true);
    let (url, token) = (reader.url("UPSTASH_REDIS_REST_URL"), reader.text(TOKEN));
    if url.is_some() && token.is_none() {
        reader.problem(TOKEN, "set where UPSTASH_REDIS_REST_URL is");
        return None;
    }
    let token = token.unwrap_or_default();
    let on = refresh != Refresh::Off && (url.is_some() || development);
    on.then_some(RedisSettings { url, token, refresh, deprecated_keys })
}

pub(super) fn kafka(reader: &mut Reader<'_>, development: bool) -> Option<KafkaSettings> {
    let apis = [("v2", Some(KafkaApi::V2)), ("v3", Some(KafkaApi::V3)), ("off", None)];
    let api = reader.choice("KAFKA_REST_API", &apis, Some(KafkaApi::V2));
    let contents = [("full", Publishing::Full), ("metadata", Publishing::Metadata)];
    let content = reader.choice("KAFKA_MESSAGE_CONTENT", &contents, Publishing::Full);
    let policies = [("block", WhenFull::Block), ("drop-oldest", WhenFull::DropOldest)];
    let outbox_full = reader.choice("OUTBOX_FULL", &policies, WhenFull::Block);
    let topics = TOPICS.map(|(name, default)| topic(reader, name, default));
    let auth = reader.text("KAFKA_REST_AUTH");
    let url = reader.url("KAFKA_REST_URL");
    // The embedded Kafka speaks v2 alone.
    let api = api.filter(|_| url.is_some() || development)?;
    let api = if url.is_some() { api } else { KafkaApi::V2 };
    Some(KafkaSettings { url, auth, api, topics, content, outbox_full })
}

/// A topic's name, with room for the `.dlq` of its dead letters.
fn topic(reader: &mut Reader<'_>, name: &'static str, default: &str) -> String {
    let Some(text) = reader.text(name) else { return default.to_owned() };
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if text.len() > 245 || !text.bytes().all(word) || matches!(text.as_str(), "." | "..") {
        reader.problem(name, "a topic's name: at most 245 characters from A-Z a-z 0-9 . _ -");
    }
    text
}
