//! Client and server side of Redis over REST, as Upstash speaks it.

mod command;
mod reply;
mod server;
mod wire;

pub use command::Command;
pub use reply::{Outcome, RedisError, Reply};
pub use server::{
    Answer, Call, MAX_REQUEST, Request, Shape, check_size, read, write, write_refusal,
};
