//! Messages and typing indicators, at the sender's hub and at a recipient's (rules, 12 and 14).

use std::collections::BTreeSet;

use crate::calls::{HubRequest, HubResponse, Message, Parcel};
use crate::config::{CALL_LIFETIME, MESSAGE_MEMORY};
use crate::effects::{DeliveredTo, Effect, ServerMessage};
use crate::errors::{ErrorCode, Refusal};
use crate::events::EventKind;
use crate::hub::Answer;
use crate::ids::{MessageId, SocketKey, UserId};
use crate::scope::{Scope, Sql};
use crate::store::{Store, Value};
use crate::work::{Backoff, Delivery, Pending};

const SENT: &str =
    "SELECT message_id, delivered, created_at, owed IS NULL FROM messages WHERE name = ?";
const SAVE: &str = "INSERT INTO messages (name, message_id, created_at, body, owed, delivered) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (name) DO UPDATE SET \
    message_id = ?2, created_at = ?3, body = ?4, owed = ?5, delivered = ?6";
const PURGE: &str = "DELETE FROM messages WHERE name IN \
    (SELECT name FROM messages WHERE created_at < ? AND owed IS NULL LIMIT 20)";

/// How long a client shows that somebody types: later it is no news.
const TYPING_SHOWN: i64 = 5_000;
/// The largest content, as JSON.
pub const MAX_CONTENT: usize = 16 * 1024;
/// The most recipients of one message.
pub const MAX_RECIPIENTS: usize = 50;

impl<S: Store> Scope<'_, S> {
    /// Makes the message durable with all that it is owed to; it is acknowledged when every
    /// recipient's hub answered or failed once.
    pub(crate) fn send_message(
        &mut self,
        socket: SocketKey,
        correlation: Option<String>,
        to: Vec<UserId>,
        client_message_id: Option<String>,
        content: serde_json::Value,
    ) -> Answer<()> {
        if let Err(refusal) = check(&to, &content) {
            return Ok(Err(refusal));
        }
        if let Some(id) = &client_message_id
            && self.repeat(&format!("c:{id}"), id, socket, correlation.as_ref())?
        {
            return Ok(Ok(()));
        }
        let message_id = MessageId::new(self.entropy.bits());
        let name = client_message_id
            .as_ref()
            .map_or(format!("m:{}", message_id.0), |id| format!("c:{id}"));
        let to: Vec<UserId> = to.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        let from = self.user.clone();
        let message =
            Message { message_id, client_message_id, from, to, content, sent_at: self.now };
        let delivered = self.tell_other_devices(socket, &message);
        self.event(EventKind::MessageSent {
            message_id: message.message_id.clone(),
            client_message_id: message.client_message_id.clone(),
            to: message.to.clone(),
            content: message.content.clone(),
            visible: !self.core.meta.hidden(),
        });
        self.owe(&name, message, delivered, (socket, correlation)).map(Ok)
    }

    /// The sender's other devices; they are also where a message to oneself goes.
    fn tell_other_devices(&mut self, socket: SocketKey, message: &Message) -> Vec<DeliveredTo> {
        let others: Vec<_> = self.open_sockets().into_iter().filter(|key| *key != socket).collect();
        for key in &others {
            self.send(*key, ServerMessage::Message(message.clone()));
        }
        let me = self.user.clone();
        let to_self = message.to.contains(&me) && !others.is_empty();
        let entry = DeliveredTo { user_id: me, sessions: others.len() as i64 };
        to_self.then_some(entry).into_iter().collect()
    }

    fn owe(
        &mut self,
        name: &str,
        message: Message,
        delivered: Vec<DeliveredTo>,
        ack: (SocketKey, Option<String>),
    ) -> Sql<()> {
        let owed: BTreeSet<UserId> =
            message.to.iter().filter(|id| *id != self.user).cloned().collect();
        let delivery = Delivery {
            queue: owed.iter().cloned().collect(),
            owed,
            message,
            delivered,
            out: BTreeSet::new(),
            backoff: Backoff::default(),
            acks: vec![ack],
        };
        self.execute(PURGE, &[(self.now - MESSAGE_MEMORY).into()])?;
        self.save_delivery(name, &delivery)?;
        self.work.deliveries.open.insert(name.to_owned(), delivery);
        self.finish_round(name)
    }

    /// Writes what is still owed; nothing owed leaves only what a repeat needs to be answered.
    pub(crate) fn save_delivery(&mut self, name: &str, delivery: &Delivery) -> Sql<()> {
        let json = |value: serde_json::Result<String>| value.map_or(Value::Null, Value::Text);
        let open = !delivery.owed.is_empty();
        let body = if open { json(serde_json::to_string(&delivery.message)) } else { Value::Null };
        let owed = if open { json(serde_json::to_string(&delivery.owed)) } else { Value::Null };
        let delivered = serde_json::to_string(&delivery.delivered).unwrap_or_else(|_| "[]".into());
        let message = &delivery.message;
        let id = message.message_id.0.as_str().into();
        let values = [name.into(), id, message.sent_at.into(), body, owed, delivered.into()];
        self.execute(SAVE, &values)
    }

    /// The same `clientMessageId` within an hour is one message: its state is the answer, now or
    /// when the round that is under way ends.
    fn repeat(
        &mut self,
        name: &str,
        client_message_id: &str,
        socket: SocketKey,
        correlation: Option<&String>,
    ) -> Sql<bool> {
        self.scan_deliveries()?;
        let rows = self.query(SENT, &[name.into()])?;
        let Some(row) = rows.first() else { return Ok(false) };
        let number = |at: usize| row.get(at).and_then(Value::integer).unwrap_or(0);
        if number(2) + MESSAGE_MEMORY <= self.now.0 {
            return Ok(false);
        }
        if let Some(open) = self.work.deliveries.open.get_mut(name)
            && open.is_under_way(self.now)
        {
            open.acks.push((socket, correlation.cloned()));
            return Ok(true);
        }
        let text = |at: usize| row.get(at).and_then(Value::text).unwrap_or("");
        let reply = crate::effects::Reply::Sent {
            message_id: MessageId(text(0).to_owned()),
            client_message_id: Some(client_message_id.to_owned()),
            delivered_to: serde_json::from_str(text(1)).unwrap_or_default(),
        };
        self.reply(socket, correlation.cloned(), reply);
        Ok(true)
    }

    /// Typing is passed on once, never stored, never repeated; a hidden user's is dropped. It goes
    /// out with the followers' calls, since all share what may be under way at once.
    pub(crate) fn typing(&mut self, to: &[UserId], typing: bool) {
        if self.core.meta.hidden() {
            return;
        }
        let me = self.user;
        for recipient in to.iter().take(MAX_RECIPIENTS).filter(|id| *id != me) {
            self.work.typing.insert(recipient.clone(), (typing, self.now));
        }
    }

    /// Passes on who types, the newest state to each recipient; what waited too long is dropped.
    pub(crate) fn follow_typing(&mut self) {
        let now = self.now;
        self.work.typing.retain(|_, (_, at)| now.since(*at) < TYPING_SHOWN);
        while !self.work.typing.is_empty() && self.work.may_call() {
            let Some((recipient, (typing, _))) = self.work.typing.pop_first() else { return };
            let parcel = Parcel::Typing { from: self.user.clone(), typing };
            self.start_call(&recipient, HubRequest::Deliver { parcel }, Pending::Typing);
        }
    }

    /// At the recipient: written to every open socket. A hidden recipient answers as an offline one
    /// would.
    pub(crate) fn deliver(&mut self, parcel: &Parcel) -> HubResponse {
        let message = match parcel {
            Parcel::Message(message) => ServerMessage::Message(message.clone()),
            Parcel::Typing { from, typing } => {
                ServerMessage::Typing { from: from.clone(), typing: *typing }
            }
        };
        let sockets = self.open_sockets().len() as i64;
        self.tell_sockets(&message);
        HubResponse::Delivered { sessions: if self.core.meta.hidden() { 0 } else { sockets } }
    }

    /// Starts a call; its answer comes back to [`crate::hub::Hub::answer`].
    pub(crate) fn start_call(&mut self, to: &UserId, request: HubRequest, pending: Pending) {
        let id = self.call_id(pending);
        let not_after = self.now + CALL_LIFETIME;
        self.effects.push(Effect::Call { id, to: to.clone(), not_after, request });
    }
}

fn check(to: &[UserId], content: &serde_json::Value) -> Result<(), Refusal> {
    if to.is_empty() || to.len() > MAX_RECIPIENTS {
        return Err(Refusal::new(ErrorCode::InvalidBody, "a message has 1 to 50 recipients"));
    }
    if serde_json::to_string(content).map_or(usize::MAX, |text| text.len()) > MAX_CONTENT {
        return Err(Refusal::new(ErrorCode::ContentTooLarge, "at most 16 KiB as JSON"));
    }
    Ok(())
}
