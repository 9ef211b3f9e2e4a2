//! One server, and the connection to it that many requests share.
//!
//! There is at most one connection, and at most one attempt at one: who comes meanwhile waits for it and
//! shares its fate, so that nobody waits longer than one attempt may take. A connection on which an
//! answer is late is given up, since what is stuck in it would be stuck for all; those who have sent
//! something on it still wait for their answers, each as long as it may.

use std::sync::{Mutex as Lock, MutexGuard, PoisonError};

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, ErrorKind, Pipeline, RedisError, Value};
use redis_rest::Command;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, timeout};

use super::dial::Dialer;
use super::{Taken, Unavailable, reply};
use crate::Times;
use crate::watch::Watch;

/// How long the failure of an attempt answers for the next one.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Link {
    dialer: Dialer,
    times: Times,
    open: Lock<Opened>,
    /// Held by whoever connects; when the last attempt failed, and why.
    dialing: Mutex<Option<(Instant, String)>>,
    watch: Watch,
}

#[derive(Default)]
struct Opened {
    now: Option<Open>,
    /// How many connections there have been.
    count: u64,
}

struct Open {
    number: u64,
    connection: MultiplexedConnection,
    /// Ends with the connection.
    driver: JoinHandle<()>,
}

/// Commands as one write.
pub(super) fn pipeline(commands: &[&Command]) -> Pipeline {
    let mut pipeline = Pipeline::with_capacity(commands.len());
    for command in commands {
        pipeline.add_command(packed(command));
    }
    pipeline
}

pub(super) fn packed(command: &Command) -> Cmd {
    let mut packed = Cmd::new();
    for part in command.parts() {
        packed.arg(part.as_slice());
    }
    packed
}

impl Link {
    pub(super) fn new(name: String, dialer: Dialer, times: Times) -> Self {
        let (open, dialing, watch) = (Lock::default(), Mutex::default(), Watch::new("redis", name));
        Self { dialer, times, open, dialing, watch }
    }

    pub(super) fn name(&self) -> &str {
        self.watch.name()
    }

    /// Sends commands in one go; answers as many values, errors of Redis among them.
    pub(super) async fn send(&self, pipeline: &Pipeline) -> Result<Vec<Value>, Unavailable> {
        let (number, mut connection) = self.connection().await.map_err(Unavailable::not_taken)?;
        let sent = connection.send_packed_commands(pipeline, 0, pipeline.len());
        match timeout(self.times.response, sent).await {
            Ok(Ok(values)) => self.judged(number, values),
            Ok(Err(error)) => Err(self.lost(number, Taken::Broken, &plain(&error))),
            Err(_) => {
                let reason = format!("no answer within {} ms", self.times.response.as_millis());
                Err(self.lost(number, Taken::TimedOut, &reason))
            }
        }
    }

    /// Whether the server answers.
    pub(super) async fn ping(&self) -> Result<(), Unavailable> {
        let values = self.send(&pipeline(&[&Command::new("PING")])).await?;
        match values.first().and_then(reply::as_error) {
            Some(error) => Err(Unavailable::not_taken(error.0)),
            None => Ok(()),
        }
    }

    /// Values are good, unless they say that this is no connection to serve by.
    fn judged(&self, number: u64, values: Vec<Value>) -> Result<Vec<Value>, Unavailable> {
        let code = |value: &Value| match value {
            Value::ServerError(error) => error.code().to_owned(),
            _ => String::new(),
        };
        // The password was changed, and all connections lost their user: for a client this would read
        // as if its own token were wrong.
        if let Some(refusal) = values.iter().find(|value| code(value) == "NOAUTH") {
            let reason = reply::as_error(refusal).map(|error| error.0).unwrap_or_default();
            return Err(self.lost(number, Taken::No, &reason));
        }
        // The master was demoted: the Sentinels know the new one.
        if self.dialer.is_by_sentinel() && values.iter().any(|value| code(value) == "READONLY") {
            self.forget(number);
        }
        Ok(values)
    }

    fn lost(&self, number: u64, taken: Taken, reason: &str) -> Unavailable {
        if self.forget(number) {
            self.watch.down(reason);
        }
        Unavailable { taken, reason: format!("{}: {reason}", self.name()) }
    }

    /// Gives a connection up, unless that was done before.
    fn forget(&self, number: u64) -> bool {
        self.opened().now.take_if(|open| open.number == number).is_some()
    }

    fn opened(&self) -> MutexGuard<'_, Opened> {
        // Nothing is left half done under this lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection that is there, unless it has ended.
    fn usable(&self) -> Option<(u64, MultiplexedConnection)> {
        let mut opened = self.opened();
        let open = opened.now.take_if(|open| open.driver.is_finished());
        drop(open);
        opened.now.as_ref().map(|open| (open.number, open.connection.clone()))
    }

    /// The connection that is there, or a new one.
    async fn connection(&self) -> Result<(u64, MultiplexedConnection), String> {
        let came = Instant::now();
        if let Some(found) = self.usable() {
            return Ok(found);
        }
        let mut failed = self.dialing.lock().await;
        if let Some(found) = self.usable() {
            return Ok(found);
        }
        if let Some((at, reason)) = failed.as_ref()
            && (*at >= came || at.elapsed() < PAUSE)
        {
            return Err(reason.clone());
        }
        let dialed = self.connect().await;
        *failed = dialed.as_ref().err().map(|reason| (Instant::now(), reason.clone()));
        dialed
    }

    async fn connect(&self) -> Result<(u64, MultiplexedConnection), String> {
        let late = || Err(format!("no connection within {} ms", self.times.connect.as_millis()));
        let dialed = timeout(self.times.connect, self.dialer.dial()).await;
        match dialed.unwrap_or_else(|_| late()) {
            Ok((connection, driver)) => {
                self.watch.up();
                Ok(self.keep(connection, driver))
            }
            Err(reason) => {
                self.watch.down(&reason);
                Err(format!("{}: {reason}", self.name()))
            }
        }
    }

    fn keep(
        &self,
        connection: MultiplexedConnection,
        driver: JoinHandle<()>,
    ) -> (u64, MultiplexedConnection) {
        let mut opened = self.opened();
        opened.count += 1;
        let number = opened.count;
        opened.now = Some(Open { number, connection: connection.clone(), driver });
        (number, connection)
    }
}

/// What a failure of the client says, on one line.
pub(super) fn plain(error: &RedisError) -> String {
    if error.kind() == ErrorKind::AuthenticationFailed {
        return "it refuses the user or the password that the gateway has".to_owned();
    }
    error.to_string().replace(['\r', '\n'], " ")
}
