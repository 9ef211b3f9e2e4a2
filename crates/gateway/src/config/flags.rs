//! Flags, each with its variable of the environment.

use std::net::SocketAddr;
use std::time::Duration;

use clap::Parser;
use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use redis_rest::MAX_REQUEST;

use super::kafka::KafkaFlags;
use super::target::{self, Asked};
use super::{Limits, Target, Times, TlsFiles};

const DEFAULT_REDIS: &str = "redis://127.0.0.1:6379";

/// Upstash REST in front of any Redis (standalone, behind Sentinels, a Cluster), and Kafka's REST proxy in
/// front of any Kafka.
///
/// Speaks the protocol that `@upstash/redis` and `upstash-redis` speak, and, under /topics, the one that
/// producers of a REST proxy speak: point them at this address with one of the tokens. Standard output has one line, {"listening":"http://…"}, once it serves; what happens
/// afterwards is told in lines of JSON on standard error.
#[derive(Parser)]
#[allow(clippy::doc_markdown, reason = "these are the texts of --help, read in a terminal")]
#[command(name = "rollcall-gateway", version)]
pub(super) struct Flags {
    /// Where to listen; with port 0 a free one is taken, and told on standard output
    #[arg(long, env = "GATEWAY_LISTEN", default_value = "127.0.0.1:8079")]
    pub(super) listen: SocketAddr,

    /// Which Redis: redis://[[USER]:PASSWORD@]HOST[:PORT][/DB], rediss://… (TLS),
    /// unix:///PATH[?db=&user=&pass=], or redis+sentinel://[[USER]:PASSWORD@]HOST:PORT[,…]/MASTER[/DB].
    /// With --cluster several may be named, with commas, to find the others by. Where no --kafka is
    /// given either, it is redis://127.0.0.1:6379
    #[arg(
        long,
        env = "GATEWAY_REDIS",
        value_name = "URL",
        value_delimiter = ',',
        hide_env_values = true
    )]
    redis: Vec<String>,

    /// Redis is a Cluster
    #[arg(long, env = "GATEWAY_CLUSTER", conflicts_with = "sentinel")]
    cluster: bool,

    /// On a Cluster, refuse a transaction whose keys are in several slots (CROSSSLOT). Otherwise it is
    /// split: atomic for each slot, not as a whole
    #[arg(long, env = "GATEWAY_STRICT_TRANSACTIONS")]
    pub(super) strict_transactions: bool,

    /// Ask these Sentinels where Redis is; --redis then gives only its password and database
    #[arg(long, env = "GATEWAY_SENTINELS", value_name = "HOST:PORT", value_delimiter = ',')]
    #[arg(requires = "sentinel_master")]
    sentinel: Vec<String>,

    /// What the Sentinels call it
    #[arg(long, env = "GATEWAY_SENTINEL_MASTER", value_name = "NAME", requires = "sentinel")]
    sentinel_master: Option<String>,

    /// The Sentinels' own password, if they have one
    #[arg(
        long,
        env = "GATEWAY_SENTINEL_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    sentinel_password: Option<String>,

    /// Trust these authorities (PEM) instead of the system's when Redis shows its certificate
    #[arg(long, env = "GATEWAY_TLS_CA", value_name = "FILE")]
    tls_ca: Option<String>,

    /// Show Redis this certificate (PEM)
    #[arg(long, env = "GATEWAY_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<String>,

    /// The key of that certificate (PEM)
    #[arg(long, env = "GATEWAY_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<String>,

    /// A bearer token that may do everything; repeated, or several with commas. Others can read the flags
    /// of a program: prefer the variable
    #[arg(
        long,
        env = "GATEWAY_TOKENS",
        value_name = "TOKEN",
        value_delimiter = ',',
        hide_env_values = true
    )]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(super) token: Vec<String>,

    /// A bearer token that may only read
    #[arg(long, env = "GATEWAY_READ_ONLY_TOKENS", value_name = "TOKEN", value_delimiter = ',')]
    #[arg(hide_env_values = true, value_parser = NonEmptyStringValueParser::new())]
    pub(super) read_only_token: Vec<String>,

    /// Bytes of a request's body, at most
    #[arg(long, env = "GATEWAY_MAX_BODY", value_name = "BYTES", default_value_t = MAX_REQUEST)]
    #[arg(value_parser = count(MAX_REQUEST as u64))]
    max_body: usize,

    /// Commands of a pipeline or transaction, at most
    #[arg(long, env = "GATEWAY_MAX_COMMANDS", value_name = "N", default_value_t = 10_000)]
    #[arg(value_parser = count(1_000_000))]
    max_commands: usize,

    /// Requests under way, at most; more are answered 429
    #[arg(long, env = "GATEWAY_MAX_CONCURRENCY", value_name = "N", default_value_t = 256)]
    #[arg(value_parser = count(100_000))]
    max_concurrency: usize,

    /// Connections of clients, at most; more wait
    #[arg(long, env = "GATEWAY_MAX_CONNECTIONS", value_name = "N", default_value_t = 1_024)]
    #[arg(value_parser = count(100_000))]
    max_connections: usize,

    /// How long a connection to Redis may take, password and all
    #[arg(long, env = "GATEWAY_CONNECT_TIMEOUT_MS", value_name = "MS", default_value_t = 2_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600_000))]
    connect_timeout_ms: u64,

    /// How long Redis may take to answer
    #[arg(long, env = "GATEWAY_RESPONSE_TIMEOUT_MS", value_name = "MS", default_value_t = 5_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600_000))]
    response_timeout_ms: u64,

    /// How often to look whether Redis is there
    #[arg(long, env = "GATEWAY_PROBE_MS", value_name = "MS", default_value_t = 1_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(10..=600_000))]
    probe_ms: u64,

    /// How long a client may take over the head of a request, and over its body. A connection that is kept
    /// and idle is closed after as long
    #[arg(long, env = "GATEWAY_READ_TIMEOUT_MS", value_name = "MS", default_value_t = 75_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=600_000))]
    read_timeout_ms: u64,

    /// How long what is under way may take after SIGTERM or SIGINT
    #[arg(long, env = "GATEWAY_STOP_TIMEOUT_MS", value_name = "MS", default_value_t = 10_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(0..=600_000))]
    stop_timeout_ms: u64,

    #[command(flatten)]
    pub(super) kafka: KafkaFlags,
}

fn count(most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(1..=most)
}

impl Flags {
    /// The Redis that is asked for, or this machine's where nothing is asked for at all.
    pub(super) fn target(&self) -> Result<Option<Target>, String> {
        let named = !self.redis.is_empty() || self.cluster || !self.sentinel.is_empty();
        if !named && self.kafka.is_asked() {
            return Ok(None);
        }
        let default = [DEFAULT_REDIS.to_owned()];
        let urls = if self.redis.is_empty() { &default[..] } else { &self.redis };
        target::read(&Asked {
            urls,
            cluster: self.cluster,
            sentinels: &self.sentinel,
            master: self.sentinel_master.as_deref(),
            sentinel_password: self.sentinel_password.as_deref(),
        })
        .map(Some)
    }

    pub(super) fn tls_files(&self) -> TlsFiles {
        let identity = self.tls_cert.clone().zip(self.tls_key.clone());
        TlsFiles { authorities: self.tls_ca.clone(), identity }
    }

    pub(super) fn limits(&self) -> Limits {
        Limits {
            body: self.max_body,
            commands: self.max_commands,
            concurrency: self.max_concurrency,
            connections: self.max_connections,
        }
    }

    pub(super) fn times(&self) -> Times {
        Times {
            connect: Duration::from_millis(self.connect_timeout_ms),
            response: Duration::from_millis(self.response_timeout_ms),
            probe: Duration::from_millis(self.probe_ms),
            read: Duration::from_millis(self.read_timeout_ms),
            stop: Duration::from_millis(self.stop_timeout_ms),
        }
    }
}
