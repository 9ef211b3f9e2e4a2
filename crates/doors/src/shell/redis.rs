//! The way to Redis: flushes wait for their answer like calls.

use presence::calls::HubAnswer;
use presence::effects::NoAnswer;
use presence::errors::ErrorCode;
use presence::mirror::{Flush, Flushed, Refresh};

use super::{Shell, Waits};

impl Shell {
    /// What an answer means where Redis was asked.
    pub(super) fn flushed(&self, answer: Option<Result<HubAnswer, NoAnswer>>) -> Flushed {
        match answer {
            Some(Err(NoAnswer)) => Flushed::Unknown,
            Some(Ok(Err(refusal))) if refusal.code == ErrorCode::TooLate => {
                Flushed::Failed { until: Some(self.now + 30_000) }
            }
            Some(Ok(Err(_))) => Flushed::Failed { until: None },
            _ => Flushed::Done,
        }
    }

    /// One at a time, of this user, and each says something.
    pub(super) fn check_flush(&self, flush: &Flush) {
        assert_ne!(self.config.refresh, Refresh::Off, "there is no Redis");
        assert!(!self.waiting.iter().any(|waiting| matches!(waiting.to, Waits::Redis)));
        assert_eq!(flush.user, self.user);
        assert!(flush.sessions.iter().all(|it| it.shown.is_none() || it.session.is_some()));
        let sets = [&flush.subscription, &flush.subscribers, &flush.watchers];
        let says = !flush.sessions.is_empty() || flush.session_ids.is_some();
        assert!(says || flush.standing.is_some() || sets.iter().any(|set| set.is_some()));
        let ttl = flush.ttl;
        assert!(ttl.session > 0 && ttl.subscription > 0 && ttl.audience > 0, "{ttl:?}");
    }
}
