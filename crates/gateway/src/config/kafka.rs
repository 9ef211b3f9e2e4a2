//! Which Kafka, and how the gateway is known there.

use std::fmt;
use std::time::Duration;

use clap::builder::{NonEmptyStringValueParser, RangedU64ValueParser};
use clap::{Args, ValueEnum};
use embedded_kafka::MAX_MESSAGE;

use super::TlsFiles;
use super::target::Host;

/// The port of a broker that names none.
const PORT: u16 = 9092;

/// The Kafka to serve. It holds a password, so it shows its brokers only.
#[derive(Clone)]
pub struct Kafka {
    /// Brokers to find the others by.
    pub bootstrap: Vec<Host>,
    /// TLS, if they speak it: whom to trust, and what to show.
    pub tls: Option<TlsFiles>,
    /// How to log in, if one must.
    pub login: Option<KafkaLogin>,
    /// A request may take this long, whatever is wrong.
    pub timeout: Duration,
    /// The largest record, in bytes as Kafka's producer counts them.
    pub max_message: usize,
}

/// How to log in at a broker.
#[derive(Clone)]
pub struct KafkaLogin {
    /// By which mechanism.
    pub mechanism: Mechanism,
    /// Who.
    pub user: String,
    /// The secret.
    pub password: String,
}

/// A mechanism of SASL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mechanism {
    /// The password as it is: with TLS only.
    #[value(name = "PLAIN")]
    Plain,
    /// A proof of the password.
    #[value(name = "SCRAM-SHA-256")]
    ScramSha256,
    /// The same with longer hashes.
    #[value(name = "SCRAM-SHA-512")]
    ScramSha512,
}

impl fmt::Display for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts: Vec<String> = self.bootstrap.iter().map(ToString::to_string).collect();
        f.write_str(&hosts.join(","))
    }
}

/// Kafka's flags.
#[derive(Args)]
#[allow(clippy::doc_markdown, reason = "these are the texts of --help, read in a terminal")]
pub(super) struct KafkaFlags {
    /// Serve Kafka's REST proxy (v2, produce) in front of these brokers; some are enough to find the
    /// others by. Redis is then served only if --redis is given too
    #[arg(long, env = "KAFKA_BOOTSTRAP", value_name = "HOST:PORT", value_delimiter = ',')]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    kafka: Vec<String>,

    /// The brokers speak TLS
    #[arg(long, env = "KAFKA_TLS", requires = "kafka")]
    kafka_tls: bool,

    /// Trust these authorities (PEM) instead of the system's when a broker shows its certificate
    #[arg(long, env = "KAFKA_TLS_CA", value_name = "FILE", requires = "kafka_tls")]
    kafka_tls_ca: Option<String>,

    /// Show the brokers this certificate (PEM)
    #[arg(long, env = "KAFKA_TLS_CERT", value_name = "FILE")]
    #[arg(requires = "kafka_tls", requires = "kafka_tls_key")]
    kafka_tls_cert: Option<String>,

    /// The key of that certificate (PEM)
    #[arg(long, env = "KAFKA_TLS_KEY", value_name = "FILE", requires = "kafka_tls_cert")]
    kafka_tls_key: Option<String>,

    /// How to log in at the brokers (SASL)
    #[arg(
        long,
        env = "KAFKA_SASL_MECHANISM",
        value_name = "NAME",
        default_value = "SCRAM-SHA-512"
    )]
    kafka_sasl_mechanism: Mechanism,

    /// As whom to log in
    #[arg(long, env = "KAFKA_SASL_USERNAME", value_name = "NAME")]
    #[arg(requires = "kafka", requires = "kafka_sasl_password")]
    kafka_sasl_username: Option<String>,

    /// The password; prefer the variable
    #[arg(long, env = "KAFKA_SASL_PASSWORD", value_name = "PASSWORD", hide_env_values = true)]
    #[arg(requires = "kafka_sasl_username")]
    kafka_sasl_password: Option<String>,

    /// How long a request to Kafka may take, attempts and waits together. Below what producers wait
    #[arg(long, env = "KAFKA_TIMEOUT_MS", value_name = "MS", default_value_t = 4_000)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=50_000))]
    kafka_timeout_ms: u64,

    /// Bytes of a record, at most: not above what the topics take
    #[arg(long, env = "KAFKA_MAX_MESSAGE", value_name = "BYTES", default_value_t = MAX_MESSAGE)]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1_024..=100_000_000))]
    kafka_max_message: usize,
}

impl KafkaFlags {
    /// Whether a Kafka is named at all.
    pub(super) fn is_asked(&self) -> bool {
        !self.kafka.is_empty()
    }

    pub(super) fn read(&self) -> Result<Option<Kafka>, String> {
        if !self.is_asked() {
            return Ok(None);
        }
        let host = |text: &String| Host::parse(text, PORT);
        Ok(Some(Kafka {
            bootstrap: self.kafka.iter().map(host).collect::<Result<_, _>>()?,
            tls: self.kafka_tls.then(|| self.tls_files()),
            login: self.login(),
            timeout: Duration::from_millis(self.kafka_timeout_ms),
            max_message: self.kafka_max_message,
        }))
    }

    fn tls_files(&self) -> TlsFiles {
        let identity = self.kafka_tls_cert.clone().zip(self.kafka_tls_key.clone());
        TlsFiles { authorities: self.kafka_tls_ca.clone(), identity }
    }

    fn login(&self) -> Option<KafkaLogin> {
        let (user, password) =
            self.kafka_sasl_username.clone().zip(self.kafka_sasl_password.clone())?;
        Some(KafkaLogin { mechanism: self.kafka_sasl_mechanism, user, password })
    }
}
