//! A socket asks how several users are: their hubs are asked, and one reply holds all answers.

use std::collections::BTreeSet;

use crate::effects::Reply;
use crate::errors::{ErrorCode, Refusal};
use crate::ids::{SocketKey, UserId};
use crate::scope::Scope;
use crate::store::Store;
use crate::work::Inquiry;

/// How many users one question may name.
pub const MAX_ASKED: usize = 1000;

/// How many questions of one socket may wait for answers at once.
const MAX_OPEN: usize = 16;

impl<S: Store> Scope<'_, S> {
    /// Takes the question; its reply comes when every hub answered or failed.
    pub(crate) fn inquire(
        &mut self,
        socket: SocketKey,
        correlation: Option<String>,
        ids: &[String],
    ) -> Result<(), Refusal> {
        if ids.len() > MAX_ASKED {
            return Err(Refusal::new(ErrorCode::TooManyIds, "at most 1,000 user ids"));
        }
        let open = self.work.inquiries.values().filter(|open| open.socket == socket).count();
        if open >= MAX_OPEN {
            return Err(Refusal::new(
                ErrorCode::Unavailable,
                "too many questions wait for answers",
            ));
        }
        let parse = |text: &String| UserId::parse(text).map_err(|_| text.clone());
        let (valid, invalid): (Vec<_>, Vec<_>) = ids.iter().map(parse).partition(Result::is_ok);
        let mut asked: Vec<UserId> = valid.into_iter().flatten().collect();
        let mut seen = BTreeSet::new();
        asked.retain(|id| seen.insert(id.clone()));
        let own = asked.contains(self.user).then(|| self.presence_for(self.user));
        let inquiry = Inquiry {
            socket,
            correlation,
            queue: asked.iter().rev().filter(|id| *id != self.user).cloned().collect(),
            asked,
            out: BTreeSet::new(),
            presences: own.into_iter().collect(),
            unavailable: Vec::new(),
            invalid: invalid.into_iter().filter_map(Result::err).collect(),
        };
        self.work.last_call += 1;
        let id = self.work.last_call;
        self.work.inquiries.insert(id, inquiry);
        self.finish_inquiry(id);
        Ok(())
    }

    /// Replies once nothing is left to ask or to wait for.
    pub(crate) fn finish_inquiry(&mut self, id: u64) {
        let done = |inquiry: &Inquiry| inquiry.queue.is_empty() && inquiry.out.is_empty();
        if !self.work.inquiries.get(&id).is_some_and(done) {
            return;
        }
        if let Some(Inquiry {
            socket,
            correlation,
            asked,
            mut presences,
            mut unavailable,
            invalid,
            ..
        }) = self.work.inquiries.remove(&id)
        {
            // In the order of the question, whoever answered first.
            let place = |of: &UserId| asked.iter().position(|id| id == of);
            presences.sort_by_cached_key(|presence| place(&presence.user_id));
            unavailable.sort_by_cached_key(place);
            self.reply(socket, correlation, Reply::Presences { presences, unavailable, invalid });
        }
    }
}
