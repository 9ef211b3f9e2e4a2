//! The settings (contract §6) as one validated value.
//!
//! A wrong value never falls back to a default: [`Settings::parse`] names every wrong one at once, and
//! the Worker shows them at `/health/ready`, in its log, and as 503 `misconfigured` on all other routes.

mod followers;
mod keys;
mod origins;
mod reader;

use presence::config::HubConfig;
use presence::mirror::Refresh;
use presence::outbox::{Publishing, WhenFull};

pub use followers::{KafkaApi, KafkaSettings, RedisSettings, TOPICS};
pub use keys::{Algorithm, TokenKey};
pub use origins::Origins;
use reader::Reader;

/// Looks up one variable or secret by its name.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A setting that is missing or wrong. Never holds the value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Problem {
    /// Which setting.
    pub name: &'static str,
    /// What it should be.
    pub expected: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} should be {}", self.name, self.expected)
    }
}

/// Where the Worker runs. Missing means production, so that a lost line opens nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Environment {
    /// Opens the demo page, `/dev/*`, and short TTLs.
    Development,
    /// As production, but not it.
    Staging,
    /// The real one.
    #[default]
    Production,
}

/// All settings, valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `ENVIRONMENT`.
    pub environment: Environment,
    /// What the hubs go by.
    pub hub: HubConfig,
    /// The one source of token keys.
    pub key: TokenKey,
    /// `AUTH_ISSUER`: what `iss` must be.
    pub issuer: Option<String>,
    /// `AUTH_AUDIENCE`: what `aud` must hold.
    pub audience: Option<String>,
    /// `ALLOWED_ORIGINS`.
    pub origins: Origins,
    /// Where to mirror to; `None`: off.
    pub redis: Option<RedisSettings>,
    /// Where to send events to; `None`: off.
    pub kafka: Option<KafkaSettings>,
    /// `METRICS_TOKEN`: the bearer that `/metrics` asks for.
    pub metrics_token: Option<String>,
    /// `RATE_COMMANDS`: commands a second on one connection.
    pub rate_commands: i64,
    /// `RATE_CONNECTS`: connects a minute of one user.
    pub rate_connects: i64,
    /// `DEV_ALARMS`: whether hubs wake themselves. Only development can switch it off, to see what the
    /// scheduled tasks find without.
    pub alarms: bool,
}

/// What `/health/ready` says of the systems that follow the hubs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FollowerStates {
    /// Redis.
    pub redis: &'static str,
    /// Kafka.
    pub kafka: &'static str,
}

impl Settings {
    /// Reads every setting; all problems at once, in the order of the documentation.
    pub fn parse(lookup: Lookup<'_>) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader::new(lookup);
        let environment = environment(&mut reader);
        let development = environment == Environment::Development;
        let mut settings = Self {
            environment,
            hub: hub(&mut reader, development),
            key: keys::read(&mut reader),
            issuer: reader.text("AUTH_ISSUER"),
            audience: reader.text("AUTH_AUDIENCE"),
            origins: origins::read(&mut reader, development),
            redis: followers::redis(&mut reader, development),
            kafka: followers::kafka(&mut reader, development),
            metrics_token: reader.text("METRICS_TOKEN"),
            rate_commands: reader.number("RATE_COMMANDS", 20, 1, 10_000, "commands a second"),
            rate_connects: reader.number("RATE_CONNECTS", 30, 1, 10_000, "connects a minute"),
            alarms: alarms(&mut reader, development),
        };
        settings.hub.refresh = settings.redis.as_ref().map_or(Refresh::Off, |redis| redis.refresh);
        if let Some(kafka) = &settings.kafka {
            settings.hub.publishing = kafka.content;
            settings.hub.when_full = kafka.outbox_full;
        }
        reader.finish(settings)
    }

    /// Whether the demo page and `/dev/*` are there.
    pub fn is_development(&self) -> bool {
        self.environment == Environment::Development
    }

    /// What `/health/ready` says of Redis and Kafka.
    pub fn followers(&self) -> FollowerStates {
        let state = |url: Option<&Option<String>>| match url {
            None => "off",
            Some(None) => "embedded",
            Some(Some(_)) => "on",
        };
        FollowerStates {
            redis: state(self.redis.as_ref().map(|redis| &redis.url)),
            kafka: state(self.kafka.as_ref().map(|kafka| &kafka.url)),
        }
    }
}

fn environment(reader: &mut Reader<'_>) -> Environment {
    match reader.text("ENVIRONMENT").as_deref() {
        None | Some("production") => Environment::Production,
        Some("development") => Environment::Development,
        Some("staging") => Environment::Staging,
        Some(_) => {
            reader.problem("ENVIRONMENT", "\"development\", \"staging\" or \"production\"");
            Environment::Production
        }
    }
}

fn alarms(reader: &mut Reader<'_>, development: bool) -> bool {
    const NAME: &str = "DEV_ALARMS";
    let alarms = reader.choice(NAME, &[("on", true), ("off", false)], true);
    if !alarms && !development {
        reader.problem(NAME, "left out outside development");
    }
    alarms
}

const DAY: i64 = 86_400;

fn hub(reader: &mut Reader<'_>, development: bool) -> HubConfig {
    let shortest = if development { 2 } else { 10 };
    let session_ttl = 1000 * reader.number("SESSION_TTL", 60, shortest, 3600, "seconds");
    HubConfig {
        session_ttl,
        heartbeat: heartbeat(reader, session_ttl),
        offline_grace: 1000 * reader.number("OFFLINE_GRACE", 10, 0, 300, "seconds"),
        subscription_ttl: 1000 * reader.number("SUBSCRIPTION_TTL", 3600, 1, 30 * DAY, "seconds"),
        max_sessions: reader.number("MAX_SESSIONS_PER_USER", 16, 1, 256, "sessions") as usize,
        max_subscriptions: reader.number("MAX_SUBSCRIPTIONS_PER_USER", 1000, 1, 10_000, "users"),
        // Both sets about who watches go to Redis in one request of at most 10 MB, ids of 128 characters too.
        max_subscribers: reader.number("MAX_SUBSCRIBERS_PER_USER", 10_000, 1, 35_000, "users"),
        coalesce: reader.number("COALESCE_MS", 200, 0, 10_000, "milliseconds"),
        refresh: Refresh::Off,
        publishing: Publishing::Off,
        when_full: WhenFull::Block,
    }
}

/// In milliseconds: two beats must fit into a TTL, so that losing one ends nothing.
fn heartbeat(reader: &mut Reader<'_>, session_ttl: i64) -> i64 {
    const NAME: &str = "HEARTBEAT_INTERVAL";
    let default = (session_ttl * 5 / 12).min(25_000);
    let Some(text) = reader.text(NAME) else { return default };
    match text.parse::<i64>() {
        Ok(seconds) if (1..=1800).contains(&seconds) && seconds * 2000 < session_ttl => {
            seconds * 1000
        }
        _ => {
            reader.problem(
                NAME,
                "a whole number of seconds, at least 1 and below half of SESSION_TTL",
            );
            default
        }
    }
}

#[cfg(test)]
mod tests;
