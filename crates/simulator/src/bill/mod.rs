//! What running Rollcall would cost, counted from the code as it is.
//!
//! - [`scenario`]: what people do, from `bill/scenarios/`; `plan` spreads it over a day
//! - [`play`]: plays it in the [`World`](crate::world::World) and counts
//!
//! Start reading in [`play`].

mod plan;
pub mod play;
pub mod scenario;
