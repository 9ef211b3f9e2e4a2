//! Who is here, on which devices, and who needs to know: the domain, without a platform.
pub mod calls;
pub mod close;
pub mod config;
pub mod effects;
pub mod errors;
pub mod events;
pub mod ids;
pub mod state;
pub mod store;
pub mod time;
