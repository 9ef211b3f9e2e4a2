//! What Rollcall says in Redis (contract §4): the nine key patterns, and the commands that make Redis
//! say what a user's hub says.
//!
//! **Start reading at** [`commands`]: it turns a [`Flush`](presence::mirror::Flush), which the domain
//! makes, into the commands of one transaction. [`keys`] has the names of the keys, each once.
//!
//! Every command names one key, since a Cluster has no hash tags to rely on. Own keys are written
//! whole, so that a lost or emptied Redis comes right with the next flush; of the one set that all
//! users share only the user's own member is touched.

mod commands;
pub mod keys;

pub use commands::{Keys, commands};
