//! The engine: commands in, outcomes out, each at a time that it is told.

mod protocol;

use std::cell::Cell;

use presence::store::Store;
use redis_rest::{Command, Outcome, RedisError, Reply};

use crate::commands::{self, Spec};
use crate::context::{Budget, Context, Done};
use crate::failure::Failure;
use crate::keyspace::{self, Keyspace, Ledger};
use crate::limits::{Limits, MAX_VALUE};
use crate::random::Random;

/// As Redis words it.
const DISCARDED: &str = "EXECABORT Transaction discarded because of previous errors.";

/// How long to wait before storage that refused is asked again to expire keys.
const PATIENCE_MS: i64 = 1_000;

/// A small Redis over a [`Store`]. All of its state is in rows; what it remembers besides could be
/// found out again, so that another engine on the same store goes on where this one stopped.
pub struct Engine<S> {
    store: S,
    limits: Limits,
    ledger: Ledger,
    random: Random,
    /// Whether the tables are known to be there.
    open: bool,
    /// Before this, no alarm: storage had refused.
    patience: Cell<Option<i64>>,
}

impl<S: Store> Engine<S> {
    /// On a store, which is neither read nor written yet.
    pub fn new(store: S) -> Self {
        Self::with_limits(store, Limits::default())
    }

    /// With other limits.
    pub fn with_limits(store: S, limits: Limits) -> Self {
        let (ledger, random) = (Ledger::default(), Random::default());
        Self { store, limits, ledger, random, open: false, patience: Cell::new(None) }
    }

    /// Runs one command, at this time in ms.
    pub fn execute(&mut self, command: &Command, now_ms: i64) -> Outcome {
        let budget = Budget::new(self.limits.answer);
        self.alone(command, now_ms, &budget)
    }

    /// Runs commands in their order: one that fails does not stop the others.
    pub fn pipeline(&mut self, commands: &[Command], now_ms: i64) -> Vec<Outcome> {
        let budget = Budget::new(self.limits.answer);
        commands.iter().map(|command| self.alone(command, now_ms, &budget)).collect()
    }

    /// Runs commands as one: all or, where storage refuses, none of it stays. One that fails does not
    /// undo the others. One that is unknown or has a wrong number of arguments refuses all.
    pub fn transaction(
        &mut self,
        commands: &[Command],
        now_ms: i64,
    ) -> Result<Vec<Outcome>, RedisError> {
        let specs = commands.iter().map(|command| Ok((commands::find(command)?, command)));
        let specs: Vec<_> = specs
            .collect::<Result<_, RedisError>>()
            .map_err(|_| RedisError(DISCARDED.to_owned()))?;
        let budget = Budget::new(self.limits.answer);
        self.prepare(now_ms)?;
        let one = |(spec, command): &(&'static Spec, &Command)| {
            // What one of them sets may be over before the next.
            self.keys(now_ms).purge_if_due()?;
            kept(self.run(spec, command, now_ms, &budget))
        };
        let outcomes = self.whole(|| specs.iter().map(one).collect());
        outcomes.map_err(RedisError::from)
    }

    /// When, in ms, to call [`expire_due`](Self::expire_due): the first moment at which a key is gone,
    /// or earlier. `None` while no key has a time.
    pub fn next_expiry(&self) -> Option<i64> {
        if !self.open {
            return None;
        }
        let soonest = keyspace::soonest(&self.store, &self.ledger).ok()??;
        let gone = soonest.saturating_add(1);
        Some(self.patience.get().map_or(gone, |patience| gone.max(patience)))
    }

    /// Deletes the keys whose time is over. They were invisible already.
    pub fn expire_due(&mut self, now_ms: i64) {
        let refused = self.prepare(now_ms).is_err();
        self.patience.set(refused.then_some(now_ms + PATIENCE_MS));
    }

    fn alone(&mut self, command: &Command, now: i64, budget: &Budget) -> Outcome {
        let spec = commands::find(command)?;
        self.prepare(now)?;
        let run = || self.run(spec, command, now, budget);
        let done = if spec.writes { self.whole(run) } else { run() };
        Ok(done?)
    }

    fn run(&self, spec: &Spec, command: &Command, now: i64, budget: &Budget) -> Done {
        let args = command.arguments();
        if args.iter().any(|arg| arg.len() > MAX_VALUE) {
            return Err(Failure::value_too_long());
        }
        let (keys, random) = (self.keys(now), &self.random);
        (spec.run)(&Context { name: spec.name, args, keys, random, budget })
    }

    fn keys(&self, now: i64) -> Keyspace<'_> {
        Keyspace { sql: &self.store, ledger: &self.ledger, limits: &self.limits, now }
    }

    /// Makes the tables if need be, and deletes the keys whose time is over.
    fn prepare(&mut self, now: i64) -> Result<(), RedisError> {
        let opened = self.open(now).and_then(|()| {
            let keys = self.keys(now);
            if keys.is_due()? { self.whole(|| Ok(keys.purge_if_due()?)) } else { Ok(()) }
        });
        Ok(opened?)
    }

    fn open(&mut self, now: i64) -> Result<(), Failure> {
        self.random.stir(now);
        if !self.open {
            self.whole(|| Ok(keyspace::create(&self.store)?))?;
            self.open = true;
        }
        Ok(())
    }

    /// Runs `body` in one transaction. If that is rolled back, the ledger is too.
    fn whole<T>(&self, body: impl FnOnce() -> Result<T, Failure>) -> Result<T, Failure> {
        let before = self.ledger.clone();
        let done = self.store.transaction(body);
        if done.is_err() {
            self.ledger.restore(&before);
        }
        done
    }
}

/// Within a transaction, only what storage refuses undoes the rest.
fn kept(done: Result<Reply, Failure>) -> Result<Outcome, Failure> {
    match done {
        Ok(reply) => Ok(Ok(reply)),
        Err(Failure::Redis(error)) => Ok(Err(error)),
        Err(refused) => Err(refused),
    }
}
