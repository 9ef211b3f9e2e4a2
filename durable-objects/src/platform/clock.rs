//! The wall clock. It stands still within a handler that awaits nothing.

use presence::time::Millis;
use worker::Date;

/// Now.
pub(crate) fn now() -> Millis {
    Millis(i64::try_from(Date::now().as_millis()).unwrap_or(i64::MAX))
}
