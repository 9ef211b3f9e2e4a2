//! What is stored: each task's place and passes, the lock, the last report, and the pulse since.
//!
//! Invariant: whoever writes a place holds the lock, checked in the same transaction. The lock ends by
//! itself, so that a run that died holds up nobody for long; what that run had not stored is done again,
//! which every task can bear.

use presence::store::{Row, Store, StoreError, Value};
use presence::time::Millis;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::counts::Counts;
use crate::place::Place;
use crate::pulse::Pulse;
use crate::task::Task;

/// Milliseconds that a lock lasts after its run's last step. The longest step, a health report, takes at most
/// some two and a half minutes, if every call of it runs into its time-out.
pub const LOCK: i64 = 180_000;

const CREATE: [&str; 3] = [
    "CREATE TABLE IF NOT EXISTS tasks (name TEXT PRIMARY KEY, due INTEGER NOT NULL, last_run INTEGER NOT NULL, \
     place TEXT, dry TEXT, pass TEXT, last TEXT) STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS lock (id INTEGER PRIMARY KEY, holder TEXT NOT NULL, until INTEGER NOT NULL) \
     STRICT, WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS report (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT, WITHOUT ROWID",
];
const ENTER: &str =
    "INSERT INTO tasks (name, due, last_run) VALUES (?, 0, 0) ON CONFLICT (name) DO NOTHING";
const LOCKED: &str = "SELECT holder, until FROM lock WHERE id = 1";
const TAKE: &str = "INSERT INTO lock (id, holder, until) VALUES (1, ?1, ?2) \
    ON CONFLICT (id) DO UPDATE SET holder = ?1, until = ?2";
const RELEASE: &str = "DELETE FROM lock WHERE holder = ?";
const DUE: &str = "SELECT name FROM tasks WHERE due <= ? ORDER BY last_run, due, name LIMIT 1";
const READ: &str = "SELECT due, place, dry, pass, last FROM tasks WHERE name = ?";
const WRITE: &str =
    "UPDATE tasks SET due = ?2, last_run = ?3, place = ?4, pass = ?5, last = ?6 WHERE name = ?1";
const WRITE_DRY: &str = "UPDATE tasks SET dry = ?2 WHERE name = ?1";
const READ_REPORT: &str = "SELECT body FROM report WHERE id = ?";
const WRITE_REPORT: &str =
    "INSERT INTO report (id, body) VALUES (?2, ?1) ON CONFLICT (id) DO UPDATE SET body = ?1";
/// Rows of `report`.
const REPORT: i64 = 1;
const PULSE: i64 = 2;

pub(crate) type Sql<T> = Result<T, StoreError>;

/// One way through all that a task has to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pass {
    pub(crate) number: u64,
    pub(crate) started: Millis,
    /// When its last step ended.
    pub(crate) until: Millis,
    pub(crate) runs: u64,
    /// When the last pass began that compared everything with Redis: with this one, if it does.
    #[serde(default)]
    pub(crate) compared: Millis,
    pub(crate) counts: Counts,
}

impl Pass {
    /// Whether this one compares everything.
    pub(crate) fn is_whole(&self) -> bool {
        self.compared == self.started
    }
}

/// A row of `tasks`.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TaskRow {
    pub(crate) due: Millis,
    /// Where the pass under way goes on; without one, the next begins.
    pub(crate) place: Option<Place>,
    /// The same of dry runs, which have no passes.
    pub(crate) dry: Option<Place>,
    /// The pass under way.
    pub(crate) pass: Option<Pass>,
    /// The last one that came to its end.
    pub(crate) last: Option<Pass>,
}

/// The scheduler's storage.
pub(crate) struct Table<S> {
    store: S,
}

impl<S: Store> Table<S> {
    pub(crate) fn new(store: S) -> Self {
        Self { store }
    }

    fn create(&self) -> Sql<()> {
        CREATE.iter().try_for_each(|sql| self.store.execute(sql, &[]))?;
        Task::ALL.iter().try_for_each(|task| self.store.execute(ENTER, &[task.name().into()]))
    }

    /// Takes the lock for `holder`, unless somebody else has it; then, until when.
    pub(crate) fn lock(&self, holder: &str, now: Millis) -> Sql<Result<(), Millis>> {
        self.store.transaction(|| {
            self.create()?;
            if let Some((other, until)) = self.locked()?
                && other != holder
                && until > now
            {
                return Ok(Err(until));
            }
            self.store.execute(TAKE, &[holder.into(), (now + LOCK).into()])?;
            Ok(Ok(()))
        })
    }

    fn locked(&self) -> Sql<Option<(String, Millis)>> {
        let rows = self.store.query(LOCKED, &[])?;
        let read =
            |row: &Row| Some((row.first()?.text()?.to_owned(), Millis(row.get(1)?.integer()?)));
        Ok(rows.first().and_then(read))
    }

    pub(crate) fn release(&self, holder: &str) -> Sql<()> {
        self.store.execute(RELEASE, &[holder.into()])
    }

    /// Writes and renews the lock, if `holder` still has it; false if not.
    pub(crate) fn write(
        &self,
        holder: &str,
        now: Millis,
        write: impl FnOnce(&Self) -> Sql<()>,
    ) -> Sql<bool> {
        self.store.transaction(|| {
            if self.locked()?.is_none_or(|(other, _)| other != holder) {
                return Ok(false);
            }
            self.store.execute(TAKE, &[holder.into(), (now + LOCK).into()])?;
            write(self)?;
            Ok(true)
        })
    }

    /// The task that is due and has waited longest for a run.
    pub(crate) fn most_due(&self, now: Millis) -> Sql<Option<Task>> {
        let rows = self.store.query(DUE, &[now.into()])?;
        Ok(rows.first().and_then(|row| row.first()?.text()).and_then(Task::of_name))
    }

    pub(crate) fn task(&self, task: Task) -> Sql<TaskRow> {
        let rows = self.store.query(READ, &[task.name().into()])?;
        let Some(row) = rows.first() else { return Ok(TaskRow::default()) };
        let text = |at: usize| row.get(at).and_then(Value::text);
        Ok(TaskRow {
            due: Millis(row.first().and_then(Value::integer).unwrap_or(0)),
            place: text(1).and_then(Place::from_json),
            dry: text(2).and_then(Place::from_json),
            pass: json(text(3)),
            last: json(text(4)),
        })
    }

    /// Creates the tables if there are none yet: somebody reads before the first run.
    pub(crate) fn tasks(&self) -> Sql<Vec<(Task, TaskRow)>> {
        self.create()?;
        Task::ALL.into_iter().map(|task| Ok((task, self.task(task)?))).collect()
    }

    /// All but the place of dry runs.
    pub(crate) fn write_task(&self, task: Task, row: &TaskRow, now: Millis) -> Sql<()> {
        let place = row.place.as_ref().map(Place::to_json);
        let values = [
            task.name().into(),
            row.due.into(),
            now.into(),
            place.into(),
            text(row.pass.as_ref()).into(),
            text(row.last.as_ref()).into(),
        ];
        self.store.execute(WRITE, &values)
    }

    pub(crate) fn write_dry(&self, task: Task, place: Option<&Place>) -> Sql<()> {
        self.store.execute(WRITE_DRY, &[task.name().into(), place.map(Place::to_json).into()])
    }

    pub(crate) fn report<T: DeserializeOwned>(&self) -> Sql<Option<T>> {
        self.read(REPORT)
    }

    pub(crate) fn write_report(&self, report: &impl Serialize) -> Sql<()> {
        self.note(REPORT, report)
    }

    pub(crate) fn pulse(&self) -> Sql<Option<Pulse>> {
        self.read(PULSE)
    }

    pub(crate) fn write_pulse(&self, pulse: &Pulse) -> Sql<()> {
        self.note(PULSE, pulse)
    }

    fn read<T: DeserializeOwned>(&self, id: i64) -> Sql<Option<T>> {
        self.create()?;
        let rows = self.store.query(READ_REPORT, &[id.into()])?;
        Ok(json(rows.first().and_then(|row| row.first()?.text())))
    }

    fn note(&self, id: i64, what: &impl Serialize) -> Sql<()> {
        self.store.execute(WRITE_REPORT, &[text(Some(what)).unwrap_or_default().into(), id.into()])
    }
}

fn json<T: DeserializeOwned>(text: Option<&str>) -> Option<T> {
    serde_json::from_str(text?).ok()
}

fn text(value: Option<&impl Serialize>) -> Option<String> {
    serde_json::to_string(value?).ok()
}
