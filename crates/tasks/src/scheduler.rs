//! Which task runs, from where, and what is stored of it.

use presence::store::Store;
use presence::time::Millis;
use serde::{Deserialize, Serialize};

use crate::counts::Counts;
use crate::place::{Place, Step};
use crate::projection::Depth;
use crate::pulse::{self, MirrorPulse, Pulse};
use crate::report::{Overview, RunReport};
use crate::run::Run;
use crate::table::{Pass, Sql, Table, TaskRow};
use crate::task::Task;
use crate::world::World;
use crate::{health, presence as standing, sessions, subscriptions};

/// When a task that could not go on is tried again, in milliseconds: with the next trigger.
const RETRY: i64 = 120_000;

/// What is to be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "camelCase")]
pub enum Order {
    /// The task that is due and has waited longest.
    Due,
    /// This one, due or not.
    #[serde(rename_all = "camelCase")]
    Now {
        /// Which.
        task: Task,
        /// Change nothing, and say what would be changed.
        dry_run: bool,
        /// The holder has more to run, and keeps the lock.
        more: bool,
    },
}

/// How that went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "camelCase")]
pub enum Outcome {
    /// Nothing is due.
    Idle,
    /// Somebody else runs a task; the lock ends then at the latest.
    Busy {
        /// When.
        until: Millis,
    },
    /// It took so long that another run has begun: what was not stored by then is lost, and done again.
    Lost,
    /// Storage refused.
    Refused {
        /// Why.
        detail: String,
    },
    /// It ran.
    Ran(RunReport),
}

/// The scheduled tasks over their storage.
pub struct Scheduler<S: Store> {
    table: Table<S>,
}

/// A run while it goes on.
struct Work {
    task: Task,
    dry: bool,
    row: TaskRow,
    pass: Pass,
    place: Place,
    counts: Counts,
}

/// How a run ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// The pass is over.
    Done,
    /// More is left than one run may do.
    Paused,
    /// It could not go on.
    Halted,
}

impl<S: Store> Scheduler<S> {
    /// Reads nothing and creates nothing.
    pub fn new(store: S) -> Self {
        Self { table: Table::new(store) }
    }

    /// Runs one task, as far as one invocation may. Never two at once: `holder` has the lock meanwhile.
    pub async fn run<W: World>(&self, world: &W, holder: &str, order: Order) -> Outcome {
        let refused = |error: presence::store::StoreError| Outcome::Refused { detail: error.0 };
        self.try_run(world, holder, order).await.unwrap_or_else(refused)
    }

    /// The last report, and how far each task is.
    pub fn overview(&self) -> Sql<Overview> {
        let (report, pulse) = (self.table.report()?, self.table.pulse()?);
        Ok(Overview::new(report, pulse, &self.table.tasks()?))
    }

    async fn try_run<W: World>(&self, world: &W, holder: &str, order: Order) -> Sql<Outcome> {
        if let Err(until) = self.table.lock(holder, world.now())? {
            return Ok(Outcome::Busy { until });
        }
        if order == Order::Due {
            self.feel(world).await?;
        }
        let (task, dry, more) = match order {
            Order::Now { task, dry_run, more } => (Some(task), dry_run, more),
            Order::Due => (self.table.most_due(world.now())?, false, false),
        };
        let outcome = match task {
            Some(task) => self.take(world, holder, task, (dry, order != Order::Due)).await,
            None => Ok(Outcome::Idle),
        };
        if let Ok(Outcome::Ran(report)) = &outcome {
            self.note_lag(report, world.now())?;
        }
        if !more {
            self.table.release(holder)?;
        }
        outcome
    }

    /// The first run of a trigger says how Redis is, whatever is due.
    async fn feel<W: World>(&self, world: &W) -> Sql<()> {
        let known = self.table.pulse()?;
        if known.as_ref().is_none_or(|pulse| pulse.is_old(world.now())) {
            let redis = pulse::redis(&Run::new(world, false)).await;
            let mirror = known.and_then(|pulse| pulse.mirror);
            self.table.write_pulse(&Pulse { as_of: world.now(), redis, mirror })?;
        }
        Ok(())
    }

    /// What a run saw on its way.
    fn note_lag(&self, report: &RunReport, now: Millis) -> Sql<()> {
        match (MirrorPulse::of(report, now), self.table.pulse()?) {
            (Some(seen), Some(pulse)) => {
                self.table.write_pulse(&Pulse { mirror: Some(seen), ..pulse })
            }
            _ => Ok(()),
        }
    }

    async fn take<W: World>(
        &self,
        world: &W,
        holder: &str,
        task: Task,
        (dry, asked): (bool, bool),
    ) -> Sql<Outcome> {
        let started = world.now();
        let run = Run::new(world, dry);
        let mut work = Work::begin(task, (dry, asked), self.table.task(task)?, started);
        let end = if task == Task::Health {
            self.report(&run, holder, &mut work).await?
        } else {
            self.walk(&run, holder, &mut work).await?
        };
        let Some(end) = end else { return Ok(Outcome::Lost) };
        work.end(end, world.now());
        if !self.write(holder, &work, world.now())? {
            return Ok(Outcome::Lost);
        }
        let complete = end == End::Done;
        Ok(Outcome::Ran(RunReport {
            task,
            pass: if dry { 0 } else { work.pass.number },
            dry_run: dry,
            counts: work.counts,
            duration_ms: world.now().since(started),
            complete,
            cursor: (!complete).then(|| work.place.cursor()),
        }))
    }

    /// Step by step; each that was taken is stored. `None`: the lock was lost.
    async fn walk<W: World>(
        &self,
        run: &Run<'_, W>,
        holder: &str,
        work: &mut Work,
    ) -> Sql<Option<End>> {
        loop {
            let step = step(run, work.task, &work.place, work.depth()).await;
            work.add(run.take_counts(), run.world.now());
            match step {
                Some(Step::On(place)) => work.go_on(place),
                Some(Step::Done) => return Ok(Some(End::Done)),
                Some(Step::Halt) => return Ok(Some(End::Halted)),
                None => return Ok(Some(End::Paused)),
            }
            if !self.write(holder, work, run.world.now())? {
                return Ok(None);
            }
        }
    }

    /// The report is a pass of its own each time; its place says where the next sample begins.
    async fn report<W: World>(
        &self,
        run: &Run<'_, W>,
        holder: &str,
        work: &mut Work,
    ) -> Sql<Option<End>> {
        let (report, counts, next) = health::report(run, &work.place).await;
        let now = run.world.now();
        work.add(counts, now);
        work.place = next.unwrap_or_default();
        let store = |table: &Table<S>| {
            if run.dry { Ok(()) } else { table.write_report(&report) }
        };
        Ok(self.table.write(holder, now, store)?.then_some(End::Done))
    }

    fn write(&self, holder: &str, work: &Work, now: Millis) -> Sql<bool> {
        self.table.write(holder, now, |table| {
            if work.dry {
                table.write_dry(work.task, work.row.dry.as_ref())
            } else {
                table.write_task(work.task, &work.row, now)
            }
        })
    }
}

/// `None`: this run may not do another step.
async fn step<W: World>(run: &Run<'_, W>, task: Task, place: &Place, depth: Depth) -> Option<Step> {
    match task {
        Task::Subscriptions => subscriptions::step(run, place).await,
        Task::Sessions => sessions::step(run, place, depth).await,
        Task::Presence => standing::step(run, place).await,
        Task::Health => Some(Step::Done),
    }
}

fn start(task: Task) -> Place {
    if task == Task::Presence { standing::start() } else { Place::default() }
}

impl Work {
    /// `asked`: somebody wants it now, and all of it: a pass that compares less begins anew.
    fn begin(task: Task, (dry, asked): (bool, bool), row: TaskRow, now: Millis) -> Self {
        let mut stored = if dry { row.dry.clone() } else { row.place.clone() };
        let mut under_way = row.pass.filter(|_| stored.is_some());
        if asked && !dry && task == Task::Sessions && under_way.is_some_and(|pass| !pass.is_whole())
        {
            (stored, under_way) = (None, None);
        }
        let last = row.last.unwrap_or_default();
        let whole = asked || now.since(last.compared) >= sessions::ALL_EVERY;
        let mut pass = under_way.unwrap_or(Pass {
            number: last.number + 1,
            started: now,
            until: now,
            runs: 0,
            compared: if whole { now } else { last.compared },
            counts: Counts::default(),
        });
        pass.runs += 1;
        let place = stored.unwrap_or_else(|| start(task));
        Self { task, dry, row, pass, place, counts: Counts::default() }
    }

    fn depth(&self) -> Depth {
        if self.dry || self.pass.is_whole() { Depth::All } else { Depth::Sessions }
    }

    fn add(&mut self, counts: Counts, now: Millis) {
        self.counts += counts;
        self.pass.counts += counts;
        self.pass.until = now;
    }

    fn go_on(&mut self, place: Place) {
        self.place = place;
        self.keep();
    }

    /// What the next run finds.
    fn keep(&mut self) {
        if self.dry {
            self.row.dry = Some(self.place.clone());
        } else {
            self.row.place = Some(self.place.clone());
            self.row.pass = Some(self.pass);
        }
    }

    fn end(&mut self, end: End, now: Millis) {
        self.pass.until = now;
        self.keep();
        self.row.due = match end {
            End::Done => now.max(self.pass.started + self.task.every()),
            End::Paused => now,
            End::Halted => now + RETRY,
        };
        if end == End::Done {
            let goes_on = self.task == Task::Health;
            self.row.dry = self.row.dry.take().filter(|_| goes_on);
            self.row.place = self.row.place.take().filter(|_| goes_on);
            self.row.last = Some(self.pass);
            self.row.pass = None;
        }
    }
}
