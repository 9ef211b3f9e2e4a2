//! The settings: whatever somebody writes into variables and secrets.

use std::collections::BTreeMap;

use edge::config::{Origins, Settings, TokenKey};

/// All that is read, and one that is not.
const KNOWN: [&str; 30] = [
    "ENVIRONMENT",
    "SESSION_TTL",
    "HEARTBEAT_INTERVAL",
    "OFFLINE_GRACE",
    "SUBSCRIPTION_TTL",
    "MAX_SESSIONS_PER_USER",
    "MAX_SUBSCRIPTIONS_PER_USER",
    "MAX_SUBSCRIBERS_PER_USER",
    "COALESCE_MS",
    "AUTH_JWT_SECRET",
    "AUTH_JWT_PUBLIC_KEY",
    "AUTH_JWKS_URL",
    "AUTH_ISSUER",
    "AUTH_AUDIENCE",
    "ALLOWED_ORIGINS",
    "METRICS_TOKEN",
    "RATE_COMMANDS",
    "RATE_CONNECTS",
    "UPSTASH_REDIS_REST_URL",
    "UPSTASH_REDIS_REST_TOKEN",
    "REDIS_REFRESH",
    "MIRROR_DEPRECATED_KEYS",
    "KAFKA_REST_URL",
    "KAFKA_REST_AUTH",
    "KAFKA_REST_API",
    "KAFKA_TOPIC_PRESENCE",
    "KAFKA_MESSAGE_CONTENT",
    "OUTBOX_FULL",
    "KAFKA_TOPIC_SESSION",
    "UNKNOWN",
];

/// Lines of `NAME=value`, of which a name may be a number. Settings are valid as a whole, or every
/// problem has a name and never shows a value.
pub fn settings(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let values: BTreeMap<&str, &str> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (named(name), value))
        .collect();
    let lookup = |name: &str| values.get(name).map(|value| (*value).to_owned());
    match Settings::parse(&lookup) {
        Ok(settings) => check(&settings, &values),
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.name.is_empty() && !problem.expected.is_empty());
                // Of a value that is long enough to be a secret nothing is repeated.
                let value = values.get(problem.name).filter(|value| value.len() > 40);
                assert!(value.is_none_or(|value| !problem.to_string().contains(value)));
            }
        }
    }
}

/// A number names a setting too, which is quick to come upon.
fn named(name: &str) -> &str {
    name.parse().ok().and_then(|at: usize| KNOWN.get(at).copied()).unwrap_or(name)
}

fn check(settings: &Settings, values: &BTreeMap<&str, &str>) {
    let hub = settings.hub;
    assert!(hub.heartbeat > 0 && 2 * hub.heartbeat < hub.session_ttl, "{hub:?}");
    let shortest = if settings.is_development() { 2_000 } else { 10_000 };
    assert!((shortest..=3_600_000).contains(&hub.session_ttl), "{hub:?}");
    assert!(hub.offline_grace >= 0 && hub.subscription_ttl > 0 && hub.max_sessions > 0, "{hub:?}");
    assert!(settings.rate_commands > 0 && settings.rate_connects > 0);
    match &settings.key {
        TokenKey::Secret(secret) => assert!(secret.len() >= 32),
        TokenKey::Public { spki, .. } => assert!(spki.len() > 20),
    }
    let shown = format!("{settings:?}");
    for name in ["AUTH_JWT_SECRET", "UPSTASH_REDIS_REST_TOKEN", "KAFKA_REST_AUTH"] {
        let secret = values.get(name).map(|secret| secret.trim());
        let Some(secret) = secret.filter(|secret| secret.len() > 40) else { continue };
        let elsewhere =
            values.iter().any(|(other, value)| other != &name && value.contains(secret));
        assert!(elsewhere || !shown.contains(secret), "{name}");
    }
    origins(&settings.origins);
}

fn origins(origins: &Origins) {
    let own = "https://own.example";
    assert!(origins.allows(own, own));
    let header = origins.header_for("https://evil.example\r\nx: y", own);
    assert!(header.is_none_or(|header| header == "*"));
    if let Origins::Listed(listed) = origins {
        for origin in listed {
            assert!(origins.allows(origin, own) && !origin.contains(char::is_whitespace));
            let headers = edge::cors::headers(origins, Some(origin), own);
            assert!(headers.iter().any(|(_, value)| value == origin));
        }
    }
}
