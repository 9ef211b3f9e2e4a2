//! The breaker's state machine: pure, with time and chance as arguments.
//!
//! Each change of phase begins a new epoch. A ticket belongs to the epoch that it was given in, and
//! what is said with an older one changes nothing: calls that were under way when the breaker opened
//! neither close it nor keep it open.

use super::BreakerSettings;
use crate::retry::{doubled, jitter};

/// What the breaker is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Everybody passes.
    Closed,
    /// Nobody passes.
    Open {
        /// When a probe may pass.
        until: u64,
    },
    /// One probe passes and decides.
    HalfOpen,
}

/// A change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It opened.
    Opened {
        /// When a probe may pass.
        until: u64,
        /// How often it has opened since it was last closed: 1 for the first time.
        times: u32,
    },
    /// A probe is under way.
    HalfOpened,
    /// It closed.
    Closed,
}

/// The answer to who may not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Open {
    /// When it is worth asking again.
    pub until: u64,
}

/// Leave for one call.
#[derive(Debug, PartialEq, Eq)]
pub struct Ticket {
    epoch: u64,
    probe: bool,
}

impl Ticket {
    /// Whether this is the one call that a half-open breaker lets through.
    pub fn is_probe(&self) -> bool {
        self.probe
    }
}

/// The state machine of a circuit breaker.
#[derive(Debug, Default)]
pub struct Machine {
    settings: BreakerSettings,
    phase: Phase,
    epoch: u64,
    /// How often it has opened since it was last closed.
    times: u32,
}

#[derive(Debug)]
enum Phase {
    Closed(Tally),
    Open {
        until: u64,
    },
    /// `probe` is when the probe left, if one is under way.
    HalfOpen {
        probe: Option<u64>,
    },
}

impl Default for Phase {
    fn default() -> Self {
        Self::Closed(Tally::default())
    }
}

/// What was counted while closed.
#[derive(Debug, Default)]
struct Tally {
    in_a_row: u32,
    since: u64,
    calls: u32,
    failed: u32,
}

impl Machine {
    /// A closed one.
    pub fn new(settings: BreakerSettings) -> Self {
        Self { settings, ..Self::default() }
    }

    /// Its settings.
    pub fn settings(&self) -> &BreakerSettings {
        &self.settings
    }

    /// Its state. One that is open stays so until somebody asks for a probe.
    pub fn state(&self) -> State {
        match self.phase {
            Phase::Closed(_) => State::Closed,
            Phase::Open { until } => State::Open { until },
            Phase::HalfOpen { .. } => State::HalfOpen,
        }
    }

    /// Asks to make a call at `now`. `random` is a number from 0 up to 1.
    pub fn admit(&mut self, now: u64, random: f64) -> (Result<Ticket, Open>, Option<Change>) {
        match self.phase {
            Phase::Closed(_) => (Ok(Ticket { epoch: self.epoch, probe: false }), None),
            Phase::Open { until } => self.admit_open(now, until),
            Phase::HalfOpen { probe: None } => (Ok(self.probe(now)), None),
            Phase::HalfOpen { probe: Some(left) } => self.admit_probed(now, left, random),
        }
    }

    /// A call succeeded.
    pub fn succeeded(&mut self, ticket: &Ticket, now: u64) -> Option<Change> {
        if ticket.epoch != self.epoch {
            return None;
        }
        if let Phase::Closed(tally) = &mut self.phase {
            tally.count(now, &self.settings, false);
            return None;
        }
        self.epoch += 1;
        self.times = 0;
        self.phase = Phase::default();
        Some(Change::Closed)
    }

    /// A call failed, and the server asks to be left alone for so many milliseconds.
    pub fn failed(
        &mut self,
        ticket: &Ticket,
        now: u64,
        random: f64,
        retry_after_ms: u64,
    ) -> Option<Change> {
        if ticket.epoch != self.epoch {
            return None;
        }
        if let Phase::Closed(tally) = &mut self.phase {
            tally.count(now, &self.settings, true);
            if !tally.is_too_bad(&self.settings) {
                return None;
            }
        }
        Some(self.open(now, random, retry_after_ms))
    }

    /// A call ended without saying anything about the server.
    pub fn released(&mut self, ticket: &Ticket) {
        if let Phase::HalfOpen { probe } = &mut self.phase
            && ticket.epoch == self.epoch
        {
            *probe = None;
        }
    }

    fn admit_open(&mut self, now: u64, until: u64) -> (Result<Ticket, Open>, Option<Change>) {
        // A clock that was set back must not keep it open for longer than ever meant.
        let until = until.min(now.saturating_add(self.settings.open_cap_ms));
        self.phase = Phase::Open { until };
        if now < until {
            return (Err(Open { until }), None);
        }
        (Ok(self.probe(now)), Some(Change::HalfOpened))
    }

    fn admit_probed(
        &mut self,
        now: u64,
        left: u64,
        random: f64,
    ) -> (Result<Ticket, Open>, Option<Change>) {
        let left = left.min(now);
        let until = left.saturating_add(self.settings.probe_ms);
        if now < until {
            self.phase = Phase::HalfOpen { probe: Some(left) };
            return (Err(Open { until }), None);
        }
        let change = self.open(now, random, 0);
        let State::Open { until } = self.state() else { return (Err(Open { until }), None) };
        (Err(Open { until }), Some(change))
    }

    fn probe(&mut self, now: u64) -> Ticket {
        self.epoch += 1;
        self.phase = Phase::HalfOpen { probe: Some(now) };
        Ticket { epoch: self.epoch, probe: true }
    }

    fn open(&mut self, now: u64, random: f64, retry_after_ms: u64) -> Change {
        let settings = &self.settings;
        let bound = doubled(settings.open_ms, self.times).min(settings.open_cap_ms);
        let time = jitter(bound, random).max(settings.open_floor_ms).max(retry_after_ms);
        let until = now.saturating_add(time.min(settings.open_cap_ms));
        self.epoch += 1;
        self.times = self.times.saturating_add(1);
        self.phase = Phase::Open { until };
        Change::Opened { until, times: self.times }
    }
}

impl Tally {
    fn count(&mut self, now: u64, settings: &BreakerSettings, failed: bool) {
        if now.abs_diff(self.since) >= settings.window_ms {
            *self = Self { in_a_row: self.in_a_row, since: now, calls: 0, failed: 0 };
        }
        self.calls = self.calls.saturating_add(1);
        self.failed = self.failed.saturating_add(u32::from(failed));
        self.in_a_row = if failed { self.in_a_row.saturating_add(1) } else { 0 };
    }

    fn is_too_bad(&self, settings: &BreakerSettings) -> bool {
        let share = u64::from(self.failed) * 100
            >= u64::from(self.calls) * u64::from(settings.share_percent);
        self.in_a_row >= settings.failures || (self.calls >= settings.window_calls && share)
    }
}
