//! TLS to Redis.

use std::io::{Error, ErrorKind};

use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::config::TlsFiles;
use crate::tls::read_files;

/// TLS, ready to use.
#[derive(Clone)]
pub(super) struct Tls(TlsConnector);

impl Tls {
    /// Reads the files; a bad one is named.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, String> {
        Ok(Self(TlsConnector::from(read_files(files)?)))
    }

    pub(super) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from(host.to_owned())
            .map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        self.0.connect(name, stream).await
    }
}
