//! What is said of runs and passes.

use presence::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::counts::{Counts, OutboxCounts};
use crate::health::{Health, Status};
use crate::place::Place;
use crate::pulse::Pulse;
use crate::table::{Pass, TaskRow};
use crate::task::Task;

/// What one run did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RunReport {
    /// Which task.
    pub task: Task,
    /// Of which pass; 0: of none, since it was a dry run.
    pub pass: u64,
    /// Nothing was changed.
    pub dry_run: bool,
    /// What it found.
    #[serde(flatten)]
    pub counts: Counts,
    /// Milliseconds.
    pub duration_ms: i64,
    /// The pass has come to its end.
    pub complete: bool,
    /// Where it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl RunReport {
    /// As `POST /api/subscriptions/cleanup` answers it.
    pub fn answer(&self) -> Value {
        let Counts { scanned, expired, repaired, failed, unread, .. } = self.counts;
        // Whom Redis could not be asked about was not compared.
        let failed = failed + unread;
        let mut answer = json!({
            "name": self.task.name(),
            "scanned": scanned,
            "expired": expired,
            "repaired": repaired,
            "failed": failed,
            "durationMs": self.duration_ms,
            "complete": self.complete,
        });
        if let (Some(cursor), Some(members)) = (&self.cursor, answer.as_object_mut()) {
            members.insert("cursor".to_owned(), json!(cursor));
        }
        answer
    }
}

/// The body of `GET /health`: the last report, and how far each task is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// `unknown` before the first report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<Status>,
    /// Said before the first report.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The report.
    #[serde(flatten)]
    pub report: Option<Health>,
    /// What is known since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pulse: Option<Pulse>,
    /// The tasks.
    pub tasks: Vec<TaskOverview>,
}

/// How far a task is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TaskOverview {
    /// Its name.
    pub name: String,
    /// Milliseconds from one pass to the next.
    pub every_ms: i64,
    /// When it is due; absent: it never ran, and is due now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Millis>,
    /// The last whole pass.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_pass: Option<PassOverview>,
    /// The pass under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub under_way: Option<PassOverview>,
    /// Users a second, waits between runs included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub users_per_second: Option<f64>,
    /// How long a whole pass takes: users ÷ rate, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_pass_ms: Option<i64>,
}

/// A pass in numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PassOverview {
    /// Passes are numbered from 1.
    pub number: u64,
    /// When its first run began.
    pub started_at: Millis,
    /// When its last run, so far, ended.
    pub until: Millis,
    /// How many runs it took, so far.
    pub runs: u64,
    /// Users.
    pub users: u64,
    /// Sessions and leases that were over.
    pub expired: u64,
    /// Differences.
    pub drifted: u64,
    /// Of those, handed to their hub for repair.
    pub repaired: u64,
    /// What did not answer.
    pub failed: u64,
    /// How the events of all of them stood, where any waited or was refused.
    #[serde(skip_serializing_if = "OutboxCounts::is_empty")]
    pub outbox: OutboxCounts,
}

impl Overview {
    /// What was found since the report can make the word for it worse, and not better.
    pub(crate) fn new(
        report: Option<Health>,
        pulse: Option<Pulse>,
        rows: &[(Task, TaskRow)],
    ) -> Self {
        let tasks = rows.iter().map(|(task, row)| TaskOverview::new(*task, row)).collect();
        let worse = |health: &Health| {
            pulse.as_ref().is_some_and(|pulse| pulse.as_of >= health.as_of && pulse.is_bad())
        };
        match report {
            Some(mut report) => {
                if worse(&report) {
                    report.status = Status::Degraded;
                }
                Self { status: None, detail: None, report: Some(report), pulse, tasks }
            }
            None => Self {
                status: Some(Status::Unknown),
                detail: Some("no report has been made yet: the first comes with the first run of the scheduled tasks".to_owned()),
                report: None,
                pulse,
                tasks,
            },
        }
    }
}

impl TaskOverview {
    fn new(task: Task, row: &TaskRow) -> Self {
        let rate = row.last.or(row.pass).map(|pass| pass.rate());
        Self {
            name: task.name().to_owned(),
            every_ms: task.every(),
            due_at: (row.due > Millis(0)).then_some(row.due),
            last_pass: row.last.map(PassOverview::new),
            under_way: row.pass.map(PassOverview::new),
            users_per_second: rate.map(|rate| (rate * 100.0).round() / 100.0),
            full_pass_ms: full_pass(row),
        }
    }
}

/// Of the pass under way what is left is guessed from the share of the directory that is done.
fn full_pass(row: &TaskRow) -> Option<i64> {
    let share = row.place.as_ref().map_or(0.0, Place::share);
    let guess = row.pass.filter(|_| share > 0.0).map(|pass| (pass.length() as f64 / share) as i64);
    guess.or(row.last.map(|pass| pass.length()))
}

impl Pass {
    fn length(&self) -> i64 {
        self.until.since(self.started).max(1)
    }

    fn rate(&self) -> f64 {
        self.counts.scanned as f64 * 1000.0 / self.length() as f64
    }
}

impl PassOverview {
    fn new(pass: Pass) -> Self {
        let Counts { scanned, expired, drifted, repaired, failed, outbox, .. } = pass.counts;
        Self {
            number: pass.number,
            started_at: pass.started,
            until: pass.until,
            runs: pass.runs,
            users: scanned,
            expired,
            drifted,
            repaired,
            failed,
            outbox,
        }
    }
}
