//! One server, and the connection to it that many requests share.
//!
//! There is at most one connection, and at most one attempt at one: who comes meanwhile waits for it and
//! shares its fate, so that nobody waits longer than one attempt may take. A connection on which an
//! answer is late is given up, since what is stuck in it would be stuck for all; those who have sent
//! something on it still wait for their answers, each as long as it may.

use ::redis::aio::MultiplexedConnection;
use ::redis::{Cmd, ErrorKind, Pipeline, RedisError, Value};
use redis_rest::Command;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Duration, Instant, timeout};

use super::dial::Dialer;
use super::watch::Watch;
use super::{Taken, Unavailable, reply};
use crate::Times;

/// How long the failure of an attempt answers for the next one.
const PAUSE: Duration = Duration::from_millis(50);

pub(super) struct Link {
    dialer: Dialer,
    times: Times,
    state: Mutex<State>,
    watch: Watch,
}

#[derive(Default)]
struct State {
    open: Option<Open>,
    /// How many connections there have been.
    count: u64,
    failed: Option<(Instant, String)>,
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
        Self { dialer, times, state: Mutex::default(), watch: Watch::new(name) }
    }

    pub(super) fn name(&self) -> &str {
        self.watch.name()
    }

    /// Sends commands in one go; answers as many values, errors of Redis among them.
    pub(super) async fn send(&self, pipeline: &Pipeline) -> Result<Vec<Value>, Unavailable> {
        let (number, mut connection) = self.connection().await.map_err(Unavailable::not_taken)?;
        let sent = connection.send_packed_commands(pipeline, 0, pipeline.len());
        match timeout(self.times.response, sent).await {
            Ok(Ok(values)) => self.judged(number, values).await,
            Ok(Err(error)) => Err(self.lost(number, Taken::Broken, plain(&error)).await),
            Err(_) => {
                let reason = format!("no answer within {} ms", self.times.response.as_millis());
                Err(self.lost(number, Taken::TimedOut, reason).await)
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
    async fn judged(&self, number: u64, values: Vec<Value>) -> Result<Vec<Value>, Unavailable> {
        let code = |value: &Value| match value {
            Value::ServerError(error) => error.code().to_owned(),
            _ => String::new(),
        };
        // The password was changed, and all connections lost their user: for a client this would read
        // as if its own token were wrong.
        if let Some(refusal) = values.iter().find(|value| code(value) == "NOAUTH") {
            let reason = reply::as_error(refusal).map(|error| error.0).unwrap_or_default();
            return Err(self.lost(number, Taken::No, reason).await);
        }
        // The master was demoted: the Sentinels know the new one.
        if self.dialer.is_by_sentinel() && values.iter().any(|value| code(value) == "READONLY") {
            self.forget(number).await;
        }
        Ok(values)
    }

    async fn lost(&self, number: u64, taken: Taken, reason: String) -> Unavailable {
        if self.forget(number).await {
            self.watch.down(&reason);
        }
        Unavailable { taken, reason: format!("{}: {reason}", self.name()) }
    }

    /// Gives a connection up, unless that was done before.
    async fn forget(&self, number: u64) -> bool {
        let mut state = self.state.lock().await;
        state.open.take_if(|open| open.number == number).is_some()
    }

    /// The connection that is there, or a new one.
    async fn connection(&self) -> Result<(u64, MultiplexedConnection), String> {
        let came = Instant::now();
        let mut state = self.state.lock().await;
        if let Some(open) = state.open.as_ref().filter(|open| !open.driver.is_finished()) {
            return Ok((open.number, open.connection.clone()));
        }
        state.open = None;
        if let Some((at, reason)) = &state.failed
            && (*at >= came || at.elapsed() < PAUSE)
        {
            return Err(reason.clone());
        }
        self.connect(&mut state).await
    }

    async fn connect(&self, state: &mut State) -> Result<(u64, MultiplexedConnection), String> {
        let late = || Err(format!("no connection within {} ms", self.times.connect.as_millis()));
        let dialed =
            timeout(self.times.connect, self.dialer.dial()).await.unwrap_or_else(|_| late());
        match dialed {
            Ok((connection, driver)) => {
                state.count += 1;
                state.failed = None;
                let number = state.count;
                state.open = Some(Open { number, connection: connection.clone(), driver });
                self.watch.up();
                Ok((number, connection))
            }
            Err(reason) => {
                self.watch.down(&reason);
                let told = format!("{}: {reason}", self.name());
                state.failed = Some((Instant::now(), told.clone()));
                Err(told)
            }
        }
    }
}

/// What a failure of the client says, on one line.
pub(super) fn plain(error: &RedisError) -> String {
    if error.kind() == ErrorKind::AuthenticationFailed {
        return "it refuses the user or the password that the gateway has".to_owned();
    }
    error.to_string().replace(['\r', '\n'], " ")
}
