//! How a client comes about.

use std::sync::Arc;
use std::time::Duration;

use rskafka::BackoffConfig;
use rskafka::client::{Client, ClientBuilder, Credentials, SaslConfig};
use rustls::ClientConfig;

use crate::tls::read_files;
use crate::{KafkaLogin, KafkaTarget, Mechanism};

/// What other programs see the gateway as.
const CLIENT_ID: &str = "rollcall-gateway";

/// Where Kafka is, and how to log in there.
pub(super) struct Dial {
    bootstrap: Vec<String>,
    tls: Option<Arc<ClientConfig>>,
    login: Option<SaslConfig>,
}

impl Dial {
    /// Reads the files of certificates; a bad one is named.
    pub(super) fn new(target: &KafkaTarget) -> Result<Self, String> {
        let bootstrap = target.bootstrap.iter().map(ToString::to_string).collect();
        let tls = target.tls.as_ref().map(read_files).transpose()?;
        Ok(Self { bootstrap, tls, login: target.login.as_ref().map(sasl) })
    }

    /// A client that found the brokers. The caller bounds the time.
    pub(super) async fn client(&self) -> Result<Client, String> {
        let mut builder =
            ClientBuilder::new(self.bootstrap.clone()).client_id(CLIENT_ID).backoff_config(never());
        if let Some(tls) = &self.tls {
            builder = builder.tls_config(tls.clone());
        }
        if let Some(login) = &self.login {
            builder = builder.sasl_config(login.clone());
        }
        builder.build().await.map_err(|error| error.to_string())
    }
}

/// Nothing is repeated inside the client: what may be, and for how long, is known outside.
fn never() -> BackoffConfig {
    BackoffConfig { deadline: Some(Duration::ZERO), ..BackoffConfig::default() }
}

fn sasl(login: &KafkaLogin) -> SaslConfig {
    let credentials = Credentials::new(login.user.clone(), login.password.clone());
    match login.mechanism {
        Mechanism::Plain => SaslConfig::Plain(credentials),
        Mechanism::ScramSha256 => SaslConfig::ScramSha256(credentials),
        Mechanism::ScramSha512 => SaslConfig::ScramSha512(credentials),
    }
}
