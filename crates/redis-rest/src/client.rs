//! The client: commands out, outcomes in, through the breaker and as often as may be.

mod request;
mod verdict;

use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::{
    Ask, Backoff, Breaker, Command, Doubt, Environment, Error, ErrorClass, How, HttpRequest,
    Outcome, Repeat, Shape, Transport, answer,
};

/// With less time than this no further attempt is made: it would end in doubt where there was none.
const MIN_ATTEMPT_MS: u64 = 50;

/// Where a server is and how a client speaks to it.
#[derive(Clone)]
pub struct Settings {
    /// The server's address, `UPSTASH_REDIS_REST_URL`.
    pub url: String,
    /// Its token, `UPSTASH_REDIS_REST_TOKEN`.
    pub token: String,
    /// The header `User-Agent`.
    pub user_agent: String,
    /// How long one attempt may take, in milliseconds.
    pub attempt_ms: u64,
    /// How long to wait between attempts.
    pub backoff: Backoff,
}

impl Settings {
    /// The usual ones for a server and its token.
    pub fn new(url: &str, token: &str) -> Self {
        Self {
            url: url.trim_end_matches('/').to_owned(),
            token: token.to_owned(),
            user_agent: concat!("rollcall-redis-rest/", env!("CARGO_PKG_VERSION")).to_owned(),
            attempt_ms: 3_000,
            backoff: Backoff::default(),
        }
    }
}

/// Without the token: settings end up in logs.
impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url)
            .field("user_agent", &self.user_agent)
            .field("attempt_ms", &self.attempt_ms)
            .field("backoff", &self.backoff)
            .finish_non_exhaustive()
    }
}

/// A client of one server.
///
/// It reads its own writes: the `upstash-sync-token` of an answer goes with the next request.
#[derive(Debug)]
pub struct Client<T, E> {
    transport: T,
    environment: E,
    settings: Settings,
    breaker: Breaker,
    sync_token: Mutex<Option<String>>,
}

impl<T: Transport, E: Environment> Client<T, E> {
    /// A client that shares `breaker` with whoever else has a clone of it.
    pub fn new(transport: T, environment: E, settings: Settings, breaker: Breaker) -> Self {
        Self { transport, environment, settings, breaker, sync_token: Mutex::new(None) }
    }

    /// The breaker, for its state and its reports.
    pub fn breaker(&self) -> &Breaker {
        &self.breaker
    }

    /// Sends one command.
    pub async fn single(&self, command: &Command, how: How) -> Result<Outcome, Error> {
        let outcomes = self.send(Shape::Single, std::slice::from_ref(command), how).await?;
        let none = Error::Ambiguous(Doubt::Count { expected: 1, got: 0 });
        outcomes.into_iter().next().ok_or(none)
    }

    /// Sends commands that run in their order, with others' perhaps in between. Each has its own
    /// outcome.
    pub async fn pipeline(&self, commands: &[Command], how: How) -> Result<Vec<Outcome>, Error> {
        self.send(Shape::Pipeline, commands, how).await
    }

    /// Sends commands that run with nothing in between. One that is refused as a whole is an error,
    /// [`Refusal::Discarded`](crate::Refusal::Discarded); one that failed alone has that as its
    /// outcome, and the others have run.
    pub async fn transaction(&self, commands: &[Command], how: How) -> Result<Vec<Outcome>, Error> {
        self.send(Shape::Transaction, commands, how).await
    }

    /// Sends one typed command; its error is [`Error::Command`].
    pub async fn ask<A: Ask>(&self, ask: &A, how: How) -> Result<A::Value, Error> {
        ask.read(self.single(&ask.command(), how).await?)
    }

    async fn send(
        &self,
        shape: Shape,
        commands: &[Command],
        how: How,
    ) -> Result<Vec<Outcome>, Error> {
        if commands.is_empty() {
            return Ok(Vec::new());
        }
        let body = request::body(shape, commands)?;
        let until = self.environment.now().saturating_add(how.deadline_ms);
        let mut result = self.attempt(shape, &body, commands.len(), until).await;
        for attempt in 0.. {
            let Some(wait) = self.wait(&result, attempt, how.repeat, until) else { break };
            self.environment.sleep(wait).await;
            match self.attempt(shape, &body, commands.len(), until).await {
                // What came before says more than that the breaker has opened over it.
                Err(Error::Open { .. }) => break,
                next => result = next,
            }
        }
        result
    }

    async fn attempt(
        &self,
        shape: Shape,
        body: &[u8],
        count: usize,
        until: u64,
    ) -> Result<Vec<Outcome>, Error> {
        let (now, random) = (self.environment.now(), self.environment.random());
        let permit =
            self.breaker.admit(now, random).map_err(|open| Error::Open { until: open.until })?;
        let mut deadline_ms = self.settings.attempt_ms.min(until.saturating_sub(now)).max(1);
        if permit.is_probe() {
            deadline_ms = deadline_ms.min(self.breaker.probe_ms());
        }
        let answer = self.transport.send(self.request(shape, body), deadline_ms).await;
        if let Ok(answer) = &answer {
            self.keep_sync_token(answer.sync_token.as_deref());
        }
        let result = answer::outcomes(answer, shape, count);
        let (now, random) = (self.environment.now(), self.environment.random());
        permit.settle(&verdict::verdict(&result), now, random);
        result
    }

    fn request(&self, shape: Shape, body: &[u8]) -> HttpRequest {
        let sync_token = self.sync_token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        request::request(&self.settings, shape, body.to_vec(), sync_token)
    }

    fn keep_sync_token(&self, token: Option<&str>) {
        if let Some(token) = token {
            let mut kept = self.sync_token.lock().unwrap_or_else(PoisonError::into_inner);
            *kept = Some(token.to_owned());
        }
    }

    /// How long to wait before the next attempt; `None` if there is none to be.
    fn wait(
        &self,
        result: &Result<Vec<Outcome>, Error>,
        attempt: u32,
        repeat: Repeat,
        until: u64,
    ) -> Option<u64> {
        let (needed, retry_after_ms) = worth_repeating(result)?;
        if repeat < needed {
            return None;
        }
        let backoff = &self.settings.backoff;
        let wait = backoff.delay(attempt, self.environment.random(), retry_after_ms);
        let left = until.saturating_sub(self.environment.now()).checked_sub(wait)?;
        (left >= MIN_ATTEMPT_MS).then_some(wait)
    }
}

/// What a caller must have allowed for this result to be tried again, and the wait that the server
/// asks for; `None` if trying again is of no use.
fn worth_repeating(result: &Result<Vec<Outcome>, Error>) -> Option<(Repeat, Option<u64>)> {
    match result {
        Err(Error::Retriable { retry_after_ms, .. }) => Some((Repeat::Untaken, *retry_after_ms)),
        Err(Error::Ambiguous(Doubt::TooLarge(_))) => None,
        Err(Error::Ambiguous(_)) => Some((Repeat::Harmless, None)),
        Err(_) => None,
        Ok(outcomes) => {
            let waiting = outcomes.iter().filter(|outcome| is_waiting(outcome)).count();
            let needed = if waiting == outcomes.len() { Repeat::Untaken } else { Repeat::Harmless };
            (waiting > 0).then_some((needed, None))
        }
    }
}

fn is_waiting(outcome: &Outcome) -> bool {
    outcome.as_ref().is_err_and(|error| error.class() == ErrorClass::Waiting)
}
