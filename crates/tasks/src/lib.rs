//! Scheduled tasks: they find what no alarm found, compare Redis and the two ends of every edge with the
//! truth, and say what they found (requirements C1 to C5, H1 to H3; rules, 10 and 19).
//!
//! # Tour
//!
//! [`Scheduler::run`] takes the one task that is due longest, or the one that is asked for, and does as
//! much of it as one invocation may: a bounded time and number of calls. Where it stopped is stored, and
//! the next run goes on from there. **Start reading at** `scheduler.rs`; then one file a task:
//!
//! - `subscriptions.rs`: both ends of every edge agree
//! - `sessions.rs`: every hub looks at its deadlines, and Redis says what the hub says
//! - `presence.rs`: `presence:online` holds who is online, and nobody else
//! - `health.rs`: a sample of both as a stored report; `pulse.rs`: what is known between two of them
//!
//! Tasks write nothing but their own position: repairs are asked of the user's own hub, once a difference
//! was seen twice. What they need of the world is [`World`], so that all of this is tested natively;
//! `run.rs` keeps count of it. `table.rs` holds the SQL, with the lock that lets no two runs go at once.

mod counts;
mod edges;
mod health;
mod place;
mod presence;
mod projection;
mod pulse;
mod report;
mod run;
mod scheduler;
mod sessions;
mod standing;
mod subscriptions;
mod table;
mod task;
mod walk;
mod world;

pub use counts::{Counts, HeldCounts, OutboxCounts};
pub use health::{Consistency, Health, KafkaHealth, MirrorHealth, RedisHealth, Status};
pub use pulse::{MirrorPulse, Pulse};
pub use report::{Overview, RunReport, TaskOverview};
pub use run::{CALLS_A_RUN, TIME_A_RUN};
pub use scheduler::{Order, Outcome, Scheduler};
pub use table::LOCK;
pub use task::Task;
pub use world::{RedisState, Unanswered, World};
