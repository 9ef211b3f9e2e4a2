//! What a hub can be asked, one file a group: each takes an input and changes the facts. None of
//! them calls anybody: that is what the followers are for.

mod audit;
mod connect;
mod edge;
mod inquiry;
mod leases;
mod lists;
mod messages;
mod status;
mod subscriptions;

use crate::calls::{HubRequest, HubResponse, Viewer};
use crate::close::CloseCode;
use crate::effects::{Command, LogEntry, Reply, ServerMessage};
use crate::errors::{ErrorCode, Refusal};
use crate::hub::Answer;
use crate::ids::{SessionId, SocketKey};
use crate::mirror::Digest;
use crate::scope::Scope;
use crate::state::EndReason;
use crate::store::Store;

pub use inquiry::MAX_ASKED;
pub(crate) use leases::target_of;
pub use messages::{MAX_CONTENT, MAX_RECIPIENTS};
pub(crate) use subscriptions::Asker;
pub use subscriptions::MAX_TARGETS;

impl<S: Store> Scope<'_, S> {
    /// A command from a socket. One whose session ended or moved on was closed by the sweep, and
    /// its frames are ignored (rules, 3).
    pub(crate) fn command(
        &mut self,
        socket: SocketKey,
        correlation: Option<String>,
        command: Command,
    ) -> Answer<()> {
        let session = self.sockets.iter().find(|s| s.key == socket).and_then(|s| s.session.clone());
        let Some((session, _)) = session else { return Ok(Ok(())) };
        if self.core.session(&session).and_then(|row| self.live(row)).is_none() {
            return Ok(Ok(()));
        }
        let answer = self.obey(socket, &session, correlation, command);
        if let Ok(Err(refusal)) = &answer {
            self.log(LogEntry::Refused { user_id: self.user.clone(), code: refusal.code });
        }
        answer
    }

    fn obey(
        &mut self,
        socket: SocketKey,
        session: &SessionId,
        correlation: Option<String>,
        command: Command,
    ) -> Answer<()> {
        let begins = matches!(
            command,
            Command::Subscribe(_)
                | Command::TopicSubscribe(_)
                | Command::SetStatus(_)
                | Command::SendMessage { .. }
        );
        if begins && self.outbox_is_full()? {
            return Ok(Err(no_room()));
        }
        let reply = match command {
            Command::Heartbeat(device) => self.heartbeat(session, device.as_ref()),
            Command::Subscribe(targets) => {
                Reply::Outcomes(self.subscribe(&targets, Asker::Socket(socket))?)
            }
            Command::Unsubscribe(targets) => Reply::Outcomes(self.unsubscribe(&targets)?),
            Command::TopicSubscribe(target) => return self.topic_subscribe(socket, &target),
            Command::TopicUnsubscribe(target) => return self.topic_unsubscribe(&target).map(Ok),
            Command::PresenceReady => return self.presence_ready(socket).map(Ok),
            Command::PresenceDone => {
                self.presence_done(session);
                return Ok(Ok(()));
            }
            Command::SetStatus(wanted) => match self.set_status(&wanted, Some(session)) {
                Ok(()) => Reply::Presence(self.presence(&Viewer::Owner)),
                Err(refusal) => return Ok(Err(refusal)),
            },
            Command::SendMessage { to, client_message_id, content } => {
                return self.send_message(socket, correlation, to, client_message_id, content);
            }
            Command::Typing { to, typing } => {
                self.typing(&to, typing);
                Reply::Ok
            }
            Command::Ask(ids) => return Ok(self.inquire(socket, correlation, &ids)),
            Command::Leave => {
                self.reply(socket, correlation, Reply::Ok);
                self.end_session(session, EndReason::Left, CloseCode::Bye);
                return Ok(Ok(()));
            }
        };
        self.reply(socket, correlation, reply);
        Ok(Ok(()))
    }

    pub(crate) fn reply(&mut self, socket: SocketKey, correlation: Option<String>, reply: Reply) {
        self.send(socket, ServerMessage::Reply { correlation, reply });
    }

    /// A call from another hub, or from the Worker for a REST request. Awaits nobody (rules, 11).
    pub(crate) fn call(&mut self, request: HubRequest) -> Answer<HubResponse> {
        let begins = match &request {
            HubRequest::Subscribe { .. } | HubRequest::SetStatus(_) => true,
            HubRequest::Replay(replay) => !replay.dry_run,
            _ => false,
        };
        if begins && self.outbox_is_full()? {
            return Ok(Err(no_room()));
        }
        Ok(Ok(match request {
            HubRequest::Watch { subscriber, generation, since, shows } => {
                return self.watch(&subscriber, generation, since, shows);
            }
            HubRequest::Unwatch { subscriber, generation } => {
                self.unwatch(&subscriber, generation)?
            }
            HubRequest::Notify { presence, .. } => self.notified(&presence)?,
            HubRequest::Deliver { parcel } => self.deliver(&parcel),
            HubRequest::Presence { viewer: Viewer::User(id) } => {
                HubResponse::Presence(self.presence_for(&id))
            }
            HubRequest::Presence { viewer } => HubResponse::Presence(self.presence(&viewer)),
            HubRequest::Sweep => {
                let outbox = self.outbox_state()?;
                HubResponse::Swept(Digest { outbox, ..self.swept()? })
            }
            HubRequest::Mirror { strays } => {
                self.mirror_again(strays);
                HubResponse::Done
            }
            HubRequest::Outbox => HubResponse::Outbox(self.outbox_state()?),
            HubRequest::DeadLetters => HubResponse::DeadLetters { letters: self.dead_letters()? },
            HubRequest::Replay(replay) => HubResponse::Replayed { count: self.replay(&replay)? },
            HubRequest::Subscribe { targets } => {
                HubResponse::Outcomes { results: self.subscribe(&targets, Asker::Rest)? }
            }
            HubRequest::Unsubscribe { targets } => {
                HubResponse::Outcomes { results: self.unsubscribe(&targets)? }
            }
            HubRequest::Subscriptions { page } => self.subscriptions(&page)?,
            HubRequest::Subscribers { page } => self.subscribers(&page)?,
            HubRequest::SubscribedTo { target } => self.subscribed_to(&target)?,
            HubRequest::Sessions => self.sessions(),
            HubRequest::Session { session } => match self.core.session(&session) {
                Some(row) => HubResponse::Session(self.session_view(row)),
                None => return Ok(Err(no_session())),
            },
            HubRequest::Revoke { session } => {
                if self.core.session(&session).is_none() {
                    return Ok(Err(no_session()));
                }
                self.end_session(&session, EndReason::Revoked, CloseCode::Revoked);
                HubResponse::Done
            }
            HubRequest::SetStatus(wanted) => match self.set_status(&wanted, None) {
                Ok(()) => HubResponse::Presence(self.presence(&Viewer::Owner)),
                Err(refusal) => return Ok(Err(refusal)),
            },
            HubRequest::Holds { subscriber } => self.holds(&subscriber)?,
            HubRequest::Reassert { target, above } => self.reassert(&target, above)?,
            HubRequest::Peek { .. } => return Ok(Err(audit::not_alone())),
        }))
    }
}

/// Refused with `OUTBOX_FULL=block`.
pub(crate) fn no_room() -> Refusal {
    Refusal::new(ErrorCode::OutboxFull, "the outbox is full; nothing was changed")
}

pub(crate) fn no_session() -> Refusal {
    Refusal::new(ErrorCode::SessionNotFound, "it never was, or it has ended")
}
