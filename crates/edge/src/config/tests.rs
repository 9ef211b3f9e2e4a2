#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use super::*;

const SECRET: &str = "0123456789abcdef0123456789abcdef";
const P256: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEVs/o5+uQbTjL3chynL4wXgUg2R9
q9UU8I5mEovUf86QZ7kOBIjJwqnzD1omageEHWwHdBO6B+dFabmdT9POxg==
-----END PUBLIC KEY-----
";

fn parse(vars: &[(&str, &str)]) -> Result<Settings, Vec<Problem>> {
    Settings::parse(&|name| vars.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
}

/// With a good key besides.
fn with(vars: &[(&str, &str)]) -> Result<Settings, Vec<Problem>> {
    parse(&[vars, &[("AUTH_JWT_SECRET", SECRET)]].concat())
}

fn names(problems: &[Problem]) -> Vec<&str> {
    problems.iter().map(|problem| problem.name).collect()
}

#[test]
fn a_key_is_all_that_must_be_set() {
    let settings = with(&[]).unwrap();
    assert_eq!(settings.environment, Environment::Production);
    assert_eq!(settings.hub, HubConfig::default());
    assert_eq!(settings.origins, Origins::Same);
    assert_eq!(settings.key, TokenKey::Secret(SECRET.as_bytes().to_vec()));
    assert_eq!((settings.redis.clone(), settings.kafka.clone()), (None, None));
    assert_eq!(settings.followers(), FollowerStates { redis: "off", kafka: "off" });
}

#[test]
fn a_missing_or_empty_environment_is_production() {
    assert!(!with(&[("ENVIRONMENT", " ")]).unwrap().is_development());
    assert!(with(&[("ENVIRONMENT", "development")]).unwrap().is_development());
    assert_eq!(names(&with(&[("ENVIRONMENT", "prod")]).unwrap_err()), ["ENVIRONMENT"]);
}

#[test]
fn every_problem_is_told_at_once_and_no_value_is_repeated() {
    let problems = parse(&[
        ("SESSION_TTL", "banana"),
        ("OFFLINE_GRACE", "301"),
        ("MAX_SESSIONS_PER_USER", "0"),
        ("COALESCE_MS", "-1"),
        ("AUTH_JWT_SECRET", "hunter2"),
        ("ALLOWED_ORIGINS", "https://app.example/path"),
        ("REDIS_REFRESH", "often"),
        ("UPSTASH_REDIS_REST_URL", "redis://x"),
        ("KAFKA_REST_URL", "https://"),
        ("KAFKA_TOPIC_MESSAGE", "a b"),
        ("OUTBOX_FULL", "panic"),
        ("RATE_COMMANDS", "20/s"),
    ])
    .unwrap_err();
    assert_eq!(
        names(&problems),
        [
            "SESSION_TTL",
            "OFFLINE_GRACE",
            "MAX_SESSIONS_PER_USER",
            "COALESCE_MS",
            "AUTH_JWT_SECRET",
            "ALLOWED_ORIGINS",
            "REDIS_REFRESH",
            "UPSTASH_REDIS_REST_URL",
            "OUTBOX_FULL",
            "KAFKA_TOPIC_MESSAGE",
            "KAFKA_REST_URL",
            "RATE_COMMANDS",
        ]
    );
    assert!(problems.iter().all(|problem| !problem.to_string().contains("hunter2")));
    assert_eq!(
        problems[0].to_string(),
        "SESSION_TTL should be a whole number of seconds from 10 to 3600"
    );
}

#[test]
fn short_ttls_are_for_development() {
    let development = [("ENVIRONMENT", "development"), ("SESSION_TTL", "2")];
    let settings = with(&development).unwrap();
    assert_eq!((settings.hub.session_ttl, settings.hub.heartbeat), (2000, 833));
    assert_eq!(names(&with(&[("SESSION_TTL", "2")]).unwrap_err()), ["SESSION_TTL"]);
    assert_eq!(names(&with(&[development[0], ("SESSION_TTL", "1")]).unwrap_err()), ["SESSION_TTL"]);
}

#[test]
fn only_development_can_do_without_alarms() {
    let development = ("ENVIRONMENT", "development");
    assert!(with(&[]).unwrap().alarms && with(&[development]).unwrap().alarms);
    assert!(!with(&[development, ("DEV_ALARMS", "off")]).unwrap().alarms);
    for environment in ["production", "staging"] {
        let problems = with(&[("ENVIRONMENT", environment), ("DEV_ALARMS", "off")]).unwrap_err();
        assert_eq!(names(&problems), ["DEV_ALARMS"]);
    }
}

#[test]
fn a_heartbeat_fits_twice_into_a_ttl() {
    assert_eq!(with(&[("SESSION_TTL", "3600")]).unwrap().hub.heartbeat, 25_000);
    assert_eq!(
        with(&[("SESSION_TTL", "10"), ("HEARTBEAT_INTERVAL", "4")]).unwrap().hub.heartbeat,
        4000
    );
    for bad in ["5", "0", "x", "-3", "9223372036854775807"] {
        let problems = with(&[("SESSION_TTL", "10"), ("HEARTBEAT_INTERVAL", bad)]).unwrap_err();
        assert_eq!(names(&problems), ["HEARTBEAT_INTERVAL"], "{bad}");
    }
}

#[test]
fn there_is_exactly_one_source_of_keys() {
    assert_eq!(names(&parse(&[]).unwrap_err()), ["AUTH_JWT_SECRET"]);
    assert_eq!(
        names(&with(&[("AUTH_JWT_PUBLIC_KEY", P256)]).unwrap_err()),
        ["AUTH_JWT_PUBLIC_KEY"]
    );
    assert_eq!(
        names(&parse(&[("AUTH_JWT_SECRET", &SECRET[1..])]).unwrap_err()),
        ["AUTH_JWT_SECRET"]
    );
    let jwks = parse(&[("AUTH_JWKS_URL", "https://id.example/jwks")]).unwrap_err();
    assert_eq!(names(&jwks), ["AUTH_JWKS_URL"]);
    assert!(jwks[0].expected.contains("not supported yet"));
}

#[test]
fn the_algorithm_comes_from_the_key() {
    let algorithm = |pem: &str| parse(&[("AUTH_JWT_PUBLIC_KEY", pem)]).map(|s| s.key.algorithm());
    assert_eq!(algorithm(P256), Ok(Algorithm::Es256));
    assert_eq!(algorithm(&P256.replace('\n', "\\n")), Ok(Algorithm::Es256));
    assert_eq!(algorithm(&P256.replace('\n', "\r\n")), Ok(Algorithm::Es256));
    assert_eq!(algorithm(include_str!("testdata/rsa.pem")), Ok(Algorithm::Rs256));
    for pem in [
        "nonsense",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        include_str!("testdata/p384.pem"),
        include_str!("testdata/ed25519.pem"),
    ] {
        assert_eq!(names(&algorithm(pem).unwrap_err()), ["AUTH_JWT_PUBLIC_KEY"], "{pem}");
    }
}

#[test]
fn a_cut_key_is_refused_and_nothing_panics() {
    let body: Vec<&str> = P256.lines().collect();
    for cut in 0..body[1].len() {
        let pem = format!("{}\n{}\n{}", body[0], &body[1][..cut], body[3]);
        assert!(parse(&[("AUTH_JWT_PUBLIC_KEY", &pem)]).is_err(), "{cut}");
    }
}

#[test]
fn origins_are_any_in_development_and_the_own_one_elsewhere() {
    let own = "https://rollcall.example";
    let development = with(&[("ENVIRONMENT", "development")]).unwrap().origins;
    assert_eq!(development.header_for("https://x.example", own), Some("*".to_owned()));
    let production = with(&[]).unwrap().origins;
    assert!(production.allows(own, own) && !production.allows("https://x.example", own));
    let listed =
        with(&[("ALLOWED_ORIGINS", "https://a.example, http://localhost:5173")]).unwrap().origins;
    for good in ["https://a.example", "http://localhost:5173", own] {
        assert_eq!(listed.header_for(good, own).as_deref(), Some(good));
    }
    for bad in ["https://a.example.evil", "http://a.example", "https://a.example:8443", "null", ""]
    {
        assert_eq!(listed.header_for(bad, own), None, "{bad}");
    }
}

#[test]
fn redis_and_kafka_take_their_settings_together() {
    let settings = with(&[
        ("UPSTASH_REDIS_REST_URL", "https://redis.example/"),
        ("UPSTASH_REDIS_REST_TOKEN", "t0ken"),
        ("MIRROR_DEPRECATED_KEYS", "false"),
        ("KAFKA_REST_URL", "https://kafka.example"),
        ("KAFKA_REST_API", "v3"),
        ("KAFKA_REST_AUTH", "Basic a2V5"),
        ("KAFKA_TOPIC_MESSAGE", "chat"),
        ("KAFKA_MESSAGE_CONTENT", "metadata"),
        ("OUTBOX_FULL", "drop-oldest"),
    ])
    .unwrap();
    let redis = settings.redis.clone().unwrap();
    assert_eq!(
        (redis.url.as_deref(), redis.refresh),
        (Some("https://redis.example"), Refresh::Transitions)
    );
    assert!(!redis.deprecated_keys);
    let kafka = settings.kafka.clone().unwrap();
    assert_eq!((kafka.api, kafka.auth.as_deref()), (KafkaApi::V3, Some("Basic a2V5")));
    assert_eq!(
        kafka.topics,
        ["presence-events", "session-events", "subscription-events", "chat"].map(str::to_owned)
    );
    let hub = settings.hub;
    assert_eq!((hub.publishing, hub.when_full), (Publishing::Metadata, WhenFull::DropOldest));
    for secret in ["t0ken", "a2V5", SECRET] {
        assert!(!format!("{settings:?}").contains(secret));
    }
    assert_eq!(settings.followers(), FollowerStates { redis: "on", kafka: "on" });
    let embedded = with(&[("ENVIRONMENT", "development")]).unwrap();
    assert_eq!(embedded.followers(), FollowerStates { redis: "embedded", kafka: "embedded" });
    assert_eq!(embedded.redis.unwrap().url, None);
    assert_eq!((embedded.hub.refresh, embedded.hub.publishing), (Refresh::Exact, Publishing::Full));
    assert_eq!(settings.hub.refresh, Refresh::Transitions);
    let alone = with(&[("UPSTASH_REDIS_REST_URL", "https://redis.example")]).unwrap_err();
    assert_eq!(names(&alone), ["UPSTASH_REDIS_REST_TOKEN"]);
}

#[test]
fn no_event_is_kept_where_nobody_takes_it() {
    let off = |vars: &[(&str, &str)]| {
        let settings = with(vars).unwrap();
        assert_eq!((settings.kafka.clone(), settings.hub.publishing), (None, Publishing::Off));
    };
    off(&[]);
    off(&[("ENVIRONMENT", "staging"), ("KAFKA_REST_API", "v3")]);
    off(&[("ENVIRONMENT", "development"), ("KAFKA_REST_API", "off")]);
    off(&[("KAFKA_REST_URL", "https://kafka.example"), ("KAFKA_REST_API", "off")]);
}

#[test]
fn the_embedded_kafka_is_spoken_to_in_its_own_interface() {
    let settings = with(&[("ENVIRONMENT", "development"), ("KAFKA_REST_API", "v3")]).unwrap();
    assert_eq!(settings.kafka.unwrap().api, KafkaApi::V2);
}

#[test]
fn a_topic_that_no_kafka_has_is_refused() {
    for name in [".", "..", "a/b", &"t".repeat(246)] {
        assert_eq!(
            names(&with(&[("KAFKA_TOPIC_SESSION", name)]).unwrap_err()),
            ["KAFKA_TOPIC_SESSION"]
        );
    }
}
