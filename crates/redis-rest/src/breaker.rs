//! A circuit breaker that many clients share, so that they do not all knock at a Redis that just
//! came back.
//!
//! [`Machine`] is the whole of its logic, pure. [`Breaker`] is a handle to one: clone it, or keep it
//! in a `thread_local`, and every client of an isolate or a process asks the same machine.

mod machine;
mod settings;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use machine::{Change, Machine, Open, State, Ticket};
pub use settings::BreakerSettings;

/// How many reports wait to be fetched; older ones are dropped.
const MAX_REPORTS: usize = 16;

/// A change of state, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What changed.
    pub change: Change,
    /// When.
    pub at: u64,
    /// What the call said that changed it, if it said something.
    pub cause: Option<String>,
}

/// What a call was for the breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The server serves.
    Success,
    /// The server does not serve.
    Failure {
        /// Why, in words for a log.
        cause: String,
        /// How long it asks to be left alone, in milliseconds.
        retry_after_ms: u64,
    },
    /// The call says nothing about the server.
    Nothing,
}

/// A handle to a shared circuit breaker. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Breaker {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    machine: Machine,
    reports: VecDeque<Report>,
}

impl Breaker {
    /// A closed breaker.
    pub fn new(settings: BreakerSettings) -> Self {
        let shared = Shared { machine: Machine::new(settings), reports: VecDeque::new() };
        Self { shared: Arc::new(Mutex::new(shared)) }
    }

    /// Asks to make a call. `random` is a number from 0 up to 1.
    pub fn admit(&self, now: u64, random: f64) -> Result<Permit, Open> {
        let mut shared = self.lock();
        let (admitted, change) = shared.machine.admit(now, random);
        shared.report(change, now, Some("a probe was lost"));
        let ticket = admitted?;
        Ok(Permit { breaker: self.clone(), ticket: Some(ticket) })
    }

    /// The state, for health.
    pub fn state(&self) -> State {
        self.lock().machine.state()
    }

    /// The changes that nobody has fetched yet, each given once, for one log line a change.
    pub fn take_reports(&self) -> Vec<Report> {
        self.lock().reports.drain(..).collect()
    }

    /// How long a probe may take; afterwards it counts as lost.
    pub fn probe_ms(&self) -> u64 {
        self.lock().machine.settings().probe_ms
    }

    /// The state is whole after each call, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shared {
    fn report(&mut self, change: Option<Change>, at: u64, cause: Option<&str>) {
        let Some(change) = change else { return };
        let opened = matches!(change, Change::Opened { .. });
        let cause = cause.filter(|_| opened).map(str::to_owned);
        self.reports.push_back(Report { change, at, cause });
        if self.reports.len() > MAX_REPORTS {
            self.reports.pop_front();
        }
    }
}

/// Leave for one call. Dropped without a verdict, it says nothing: if it was the probe, the next
/// call is.
#[derive(Debug)]
pub struct Permit {
    breaker: Breaker,
    ticket: Option<Ticket>,
}

impl Permit {
    /// Whether this call is the one that a half-open breaker lets through.
    pub fn is_probe(&self) -> bool {
        self.ticket.as_ref().is_some_and(Ticket::is_probe)
    }

    /// Says how the call went.
    pub fn settle(mut self, verdict: &Verdict, now: u64, random: f64) {
        let Some(ticket) = self.ticket.take() else { return };
        let mut shared = self.breaker.lock();
        match verdict {
            Verdict::Success => {
                let change = shared.machine.succeeded(&ticket, now);
                shared.report(change, now, None);
            }
            Verdict::Failure { cause, retry_after_ms } => {
                let change = shared.machine.failed(&ticket, now, random, *retry_after_ms);
                shared.report(change, now, Some(cause));
            }
            Verdict::Nothing => shared.machine.released(&ticket),
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.lock().machine.released(&ticket);
        }
    }
}
