//! What the gateway is told to do, by flags and environment.

mod flags;
mod kafka;
mod target;

use std::net::SocketAddr;
use std::time::Duration;

use clap::{Parser, error::ErrorKind};

use flags::Flags;
pub use kafka::{Kafka as KafkaTarget, KafkaLogin, Mechanism};
pub use target::{Host, Login, Place, Target};

/// All that was said, checked. It holds secrets, so it cannot be printed.
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Which Redis to serve, if any.
    pub target: Option<Target>,
    /// Which Kafka to serve, if any.
    pub kafka: Option<KafkaTarget>,
    /// How Redis proves who it is, and the gateway to it.
    pub tls: TlsFiles,
    /// Tokens that may do everything.
    pub tokens: Vec<String>,
    /// Tokens that may only read.
    pub read_only_tokens: Vec<String>,
    /// How much at once.
    pub limits: Limits,
    /// How long.
    pub times: Times,
    /// Whether a transaction over several slots of a Cluster is refused.
    pub strict_transactions: bool,
}

/// How much at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: usize,
    /// Commands of a pipeline or transaction.
    pub commands: usize,
    /// Requests under way.
    pub concurrency: usize,
    /// Connections of clients.
    pub connections: usize,
}

/// How long.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// A connection to Redis may take this long, password and all.
    pub connect: Duration,
    /// Redis may take this long to answer.
    pub response: Duration,
    /// How often to look whether Redis is there.
    pub probe: Duration,
    /// A client may take this long over the head of a request, and over its body.
    pub read: Duration,
    /// What is under way at the end may take this long.
    pub stop: Duration,
}

/// Files of certificates and keys, in PEM.
#[derive(Clone, Debug, Default)]
pub struct TlsFiles {
    /// Whom to trust instead of the system's authorities.
    pub authorities: Option<String>,
    /// What the gateway shows: a certificate, and its key.
    pub identity: Option<(String, String)>,
}

impl Config {
    /// Reads this process's flags and environment.
    pub fn read() -> Result<Self, clap::Error> {
        Self::from_flags(Flags::try_parse()?)
    }

    /// Reads flags that stand after a program's name; the environment fills in what they leave out.
    pub fn parse<'a>(words: impl IntoIterator<Item = &'a str>) -> Result<Self, clap::Error> {
        let program = std::iter::once("rollcall-gateway");
        Self::from_flags(Flags::try_parse_from(program.chain(words))?)
    }

    fn from_flags(flags: Flags) -> Result<Self, clap::Error> {
        let target = flags.target().map_err(|text| refused(&text))?;
        let kafka = flags.kafka.read().map_err(|text| refused(&text))?;
        if flags.token.is_empty() && flags.read_only_token.is_empty() {
            return Err(refused(
                "no token: set GATEWAY_TOKENS or --token, so that not everybody who reaches the \
                 gateway reaches what is behind it",
            ));
        }
        Ok(Self {
            listen: flags.listen,
            target,
            kafka,
            tls: flags.tls_files(),
            limits: flags.limits(),
            times: flags.times(),
            tokens: flags.token,
            read_only_tokens: flags.read_only_token,
            strict_transactions: flags.strict_transactions,
        })
    }
}

fn refused(text: &str) -> clap::Error {
    clap::Error::raw(ErrorKind::ValueValidation, format!("{text}\n"))
}

#[cfg(test)]
mod tests {
    use super::{Config, Target};

    fn refusal(words: &[&str]) -> String {
        let parsed = Config::parse(words.iter().copied());
        parsed.err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn parse(words: &[&str]) -> Config {
        let token = ["--token", "secret"];
        Config::parse(token.iter().chain(words).copied()).unwrap_or_else(|error| panic!("{error}"))
    }

    fn redis(config: &Config) -> String {
        config.target.as_ref().map(ToString::to_string).unwrap_or_default()
    }

    #[test]
    fn redis_and_kafka_are_served_alone_or_together() {
        let kafka = parse(&["--kafka", "a:1"]);
        assert!(kafka.target.is_none() && kafka.kafka.is_some());
        let both = parse(&["--kafka", "a:1", "--redis", "redis://b"]);
        assert_eq!((redis(&both).as_str(), both.kafka.is_some()), ("redis://b:6379", true));
        let cluster = parse(&["--kafka", "a:1", "--cluster"]);
        assert!(cluster.target.is_some());
    }

    #[test]
    fn nothing_but_a_token_serves_the_redis_of_this_machine() {
        let config = parse(&[]);
        assert_eq!(config.listen.to_string(), "127.0.0.1:8079");
        assert_eq!(redis(&config), "redis://127.0.0.1:6379");
        assert!(config.kafka.is_none());
        assert_eq!(config.limits.body, 10 * 1024 * 1024);
    }

    #[test]
    fn without_a_token_nothing_is_served() {
        assert!(refusal(&[]).contains("no token"), "{}", refusal(&[]));
        assert!(refusal(&["--token", ""]).contains("a value is required for '--token"));
    }

    #[test]
    fn several_tokens_stand_side_by_side() {
        let config = parse(&["--token", "a,b", "--read-only-token", "c"]);
        assert_eq!(config.tokens, ["secret", "a", "b"]);
        assert_eq!(config.read_only_tokens, ["c"]);
    }

    #[test]
    fn sentinels_are_named_by_flags_or_by_address() {
        let flags =
            ["--sentinel", "a:1,b:2", "--sentinel-master", "m", "--redis", "redis://:p@x/3"];
        let address = ["--redis", "redis+sentinel://:p@a:1,b:2/m/3"];
        for words in [&flags[..], &address[..]] {
            let Target::Sentinel { sentinels, master, login, .. } = parse(words).target.unwrap()
            else {
                panic!("{words:?}")
            };
            assert_eq!(
                sentinels.iter().map(ToString::to_string).collect::<Vec<_>>(),
                ["a:1", "b:2"]
            );
            assert_eq!((master.as_str(), login.db(), login.password()), ("m", 3, Some("p")));
        }
    }

    #[test]
    fn contradictions_are_refused() {
        for (words, why) in [
            (vec!["--sentinel", "a:1"], "--sentinel-master"),
            (vec!["--sentinel-master", "m"], "--sentinel"),
            (vec!["--cluster", "--redis", "redis://a/1"], "database"),
            (vec!["--cluster", "--redis", "unix:///tmp/s"], "Cluster"),
            (vec!["--redis", "redis://a,redis://b"], "--cluster"),
            (vec!["--redis", "http://a"], "redis://"),
            (vec!["--max-body", "99999999999"], "--max-body"),
            (vec!["--tls-cert", "a.pem"], "--tls-key"),
            (vec!["--kafka", "a:b"], "HOST:PORT"),
            (vec!["--kafka", "a", "--kafka-tls-ca", "a.pem"], "--kafka-tls"),
            (vec!["--kafka", "a", "--kafka-sasl-username", "me"], "--kafka-sasl-password"),
            (vec!["--kafka", "a", "--kafka-timeout-ms", "60000"], "--kafka-timeout-ms"),
            (vec!["--kafka-tls"], "--kafka"),
        ] {
            let words: Vec<&str> = ["--token", "t"].into_iter().chain(words).collect();
            assert!(refusal(&words).contains(why), "{words:?}: {}", refusal(&words));
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let config = parse(&["--redis", "redis://me:secret@127.0.0.1:6379/2"]);
        assert_eq!(redis(&config), "redis://127.0.0.1:6379/2");
        let login = ["--kafka-sasl-username", "me", "--kafka-sasl-password", "secret"];
        let words: Vec<&str> = ["--kafka", "a:1,b"].into_iter().chain(login).collect();
        assert_eq!(parse(&words).kafka.unwrap().to_string(), "a:1,b:9092");
        assert!(!refusal(&["--token", "t", "--redis", "x://:secret@h"]).contains("secret"));
    }
}
