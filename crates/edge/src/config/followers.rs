//! Where the followers of the hubs write to: Redis and Kafka.

use presence::mirror::Refresh;

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

/// What a message event holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageContent {
    /// The content too.
    Full,
    /// All but the content.
    Metadata,
}

/// What happens when a user's outbox is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxFull {
    /// What a client starts is refused.
    Block,
    /// The oldest events go.
    DropOldest,
}

/// A Kafka with a REST proxy.
#[derive(Clone, PartialEq, Eq)]
pub struct KafkaSettings {
    /// `KAFKA_REST_URL`.
    pub url: String,
    /// `KAFKA_REST_AUTH`: the value of the `Authorization` header.
    pub auth: Option<String>,
    /// `KAFKA_REST_API`.
    pub api: KafkaApi,
    /// `KAFKA_TOPIC_PRESENCE`.
    pub topic_presence: String,
    /// `KAFKA_TOPIC_SESSION`.
    pub topic_session: String,
    /// `KAFKA_TOPIC_SUBSCRIPTION`.
    pub topic_subscription: String,
    /// `KAFKA_TOPIC_MESSAGE`.
    pub topic_message: String,
    /// `KAFKA_MESSAGE_CONTENT`.
    pub content: MessageContent,
    /// `OUTBOX_FULL`.
    pub outbox_full: OutboxFull,
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

pub(super) fn kafka(reader: &mut Reader<'_>) -> Option<KafkaSettings> {
    let api = reader.choice(
        "KAFKA_REST_API",
        &[("v2", KafkaApi::V2), ("v3", KafkaApi::V3)],
        KafkaApi::V2,
    );
    let contents = [("full", MessageContent::Full), ("metadata", MessageContent::Metadata)];
    let content = reader.choice("KAFKA_MESSAGE_CONTENT", &contents, MessageContent::Full);
    let policies = [("block", OutboxFull::Block), ("drop-oldest", OutboxFull::DropOldest)];
    let outbox_full = reader.choice("OUTBOX_FULL", &policies, OutboxFull::Block);
    let topic_presence = topic(reader, "KAFKA_TOPIC_PRESENCE", "presence-events");
    let topic_session = topic(reader, "KAFKA_TOPIC_SESSION", "session-events");
    let topic_subscription = topic(reader, "KAFKA_TOPIC_SUBSCRIPTION", "subscription-events");
    let topic_message = topic(reader, "KAFKA_TOPIC_MESSAGE", "message-events");
    let auth = reader.text("KAFKA_REST_AUTH");
    let url = reader.url("KAFKA_REST_URL")?;
    Some(KafkaSettings {
        url,
        auth,
        api,
        topic_presence,
        topic_session,
        topic_subscription,
        topic_message,
        content,
        outbox_full,
    })
}

/// A topic's name, with room for the `.dlq` of its dead letters.
fn topic(reader: &mut Reader<'_>, name: &'static str, default: &str) -> String {
    let Some(text) = reader.text(name) else { return default.to_owned() };
    let word = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    if text.len() > 245 || !text.bytes().all(word) {
        reader.problem(name, "a topic's name: at most 245 characters from A-Z a-z 0-9 . _ -");
    }
    text
}
