//! The REST protocol on top of the engine.

use presence::store::Store;
use redis_rest::{Answer, Call, RedisError, Request, Shape};

use super::{DISCARDED, Engine};

impl<S: Store> Engine<S> {
    /// Answers a whole request of the protocol, at this time in ms. `token` says whether a bearer
    /// token is good.
    pub fn handle(
        &mut self,
        request: &Request<'_>,
        token: &dyn Fn(&str) -> bool,
        now_ms: i64,
    ) -> Answer {
        match redis_rest::read(request, token) {
            Ok(call) => self.answer(&call, now_ms),
            Err(refusal) => refusal,
        }
    }

    fn answer(&mut self, call: &Call, now: i64) -> Answer {
        if call.shape != Shape::Transaction {
            return redis_rest::write(call, &self.pipeline(&call.commands, now));
        }
        match self.transaction(&call.commands, now) {
            Ok(outcomes) => redis_rest::write(call, &outcomes),
            Err(error) => redis_rest::write_refusal(&error, status(&error)),
        }
    }
}

/// What is wrong with the commands is the client's fault, all else is ours.
fn status(refusal: &RedisError) -> u16 {
    if refusal.0 == DISCARDED { 400 } else { 500 }
}
