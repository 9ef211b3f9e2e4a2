//! How a connection comes about: a stream, a login, and the proof that somebody answers.

use std::pin::Pin;

use ::redis::AsyncConnectionConfig;
use ::redis::aio::MultiplexedConnection;
use redis_rest::Command;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::task::JoinHandle;

use super::link::{packed, plain};
use super::tls::Tls;
use super::{reply, sentinel};
use crate::config::{Host, Login, Place};

/// Where a server is, and how to log in there.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) route: Route,
    pub(super) login: Login,
    pub(super) tls: Option<Tls>,
}

/// How a server is found.
#[derive(Clone)]
pub(super) enum Route {
    /// It is there.
    To(Place),
    /// These know.
    Sentinel { sentinels: Vec<Host>, master: String, at_sentinels: Login },
}

/// A connection, and the task that moves its bytes, which ends with it.
pub(super) type Dialed = (MultiplexedConnection, JoinHandle<()>);

/// Bytes both ways.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send {}
impl<T: AsyncRead + AsyncWrite + Send> Stream for T {}

impl Dialer {
    pub(super) fn is_by_sentinel(&self) -> bool {
        matches!(self.route, Route::Sentinel { .. })
    }

    /// Connects, logs in, and has one answer. The caller bounds the time.
    pub(super) async fn dial(&self) -> Result<Dialed, String> {
        match &self.route {
            Route::To(place) => answering(open(place, self.tls.as_ref(), &self.login).await?).await,
            Route::Sentinel { sentinels, master, at_sentinels } => {
                sentinel::Search { sentinels, master, at_sentinels, dialer: self }.master().await
            }
        }
    }
}

/// A server that loads its data, or wants another password, takes connections but serves nobody.
async fn answering(dialed: Dialed) -> Result<Dialed, String> {
    let (mut connection, driver) = dialed;
    let ping = packed(&Command::new("PING"));
    let said = connection.send_packed_command(&ping).await.map_err(|error| plain(&error))?;
    match reply::as_error(&said) {
        Some(error) => Err(error.0),
        None => Ok((connection, driver)),
    }
}

/// Connects and logs in.
pub(super) async fn open(
    place: &Place,
    tls: Option<&Tls>,
    login: &Login,
) -> Result<Dialed, String> {
    let stream = stream(place, tls).await.map_err(|error| error.to_string())?;
    // How long an answer may take is the link's affair.
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    let made = MultiplexedConnection::new_with_config(login, stream, config).await;
    let (connection, driver) = made.map_err(|error| plain(&error))?;
    Ok((connection, tokio::spawn(driver)))
}

async fn stream(place: &Place, tls: Option<&Tls>) -> std::io::Result<Pin<Box<dyn Stream>>> {
    let host = match place {
        Place::Unix(path) => return Ok(Box::pin(UnixStream::connect(path).await?)),
        Place::Tcp { host, .. } => host,
    };
    let stream = TcpStream::connect((host.name.as_str(), host.port)).await?;
    stream.set_nodelay(true)?;
    match tls {
        Some(tls) => Ok(Box::pin(tls.connect(&host.name, stream).await?)),
        None => Ok(Box::pin(stream)),
    }
}
