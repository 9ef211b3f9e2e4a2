//! What is told of other systems: a line for each change of a breaker, and at most one a minute for what
//! they refuse.

use std::cell::Cell;

use presence::time::Millis;
use redis_rest::{Breaker, Change, Report};
use serde::Serialize;

use crate::platform::{clock, log};

/// Milliseconds between two lines about what is refused: it stays refused until somebody does something.
const TELL_EVERY: i64 = 60_000;

/// A system's events in the log.
pub(crate) struct Names {
    pub(crate) opened: &'static str,
    pub(crate) half_opened: &'static str,
    pub(crate) closed: &'static str,
    pub(crate) refused: &'static str,
}

/// One line for each change of the breaker.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Millis>,
}

/// When something refused was last told, in this isolate.
#[derive(Default)]
pub(crate) struct Refusals(Cell<i64>);

impl Refusals {
    pub(crate) const fn new() -> Self {
        Self(Cell::new(0))
    }

    /// Tells why, unless it was told within the minute.
    pub(crate) fn tell(&self, names: &Names, why: &str) {
        let now = clock::now().0;
        if self.0.get() + TELL_EVERY <= now {
            self.0.set(now);
            log::fault(names.refused, why);
        }
    }
}

/// Writes one line for each change of the breaker since the last time.
pub(crate) fn report(breaker: &Breaker, names: &Names) {
    for report in breaker.take_reports() {
        log::info(None, &line(&report, names));
    }
}

fn line<'a>(report: &'a Report, names: &Names) -> Line<'a> {
    let cause = report.cause.as_deref();
    let (event, until) = match report.change {
        Change::Opened { until, .. } => (names.opened, Some(Millis(until as i64))),
        Change::HalfOpened => (names.half_opened, None),
        Change::Closed => (names.closed, None),
    };
    Line { event, cause, until }
}
