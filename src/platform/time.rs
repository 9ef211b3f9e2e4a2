//! The clock and time-outs.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures_util::future::{Either, select};
use presence::time::Millis;
use worker::{Date, Delay};

/// The wall clock. It stands still within a turn of the event loop.
pub(crate) fn now() -> Millis {
    Millis(Date::now().as_millis() as i64)
}

/// What `work` answers within `ms`, or nothing. Dropping it is all that can be done with late work.
pub(crate) async fn within<T>(ms: i64, work: impl Future<Output = T>) -> Option<T> {
    let limit = Delay::from(Duration::from_millis(ms.max(0) as u64));
    match select(pin!(work), pin!(limit)).await {
        Either::Left((answer, _)) => Some(answer),
        Either::Right(_) => None,
    }
}
