//! Messages: which were taken, and that each comes to every device that it is for: all of each recipient,
//! and the sender's others (contract, §3; rules, 14).

use std::collections::{BTreeMap, BTreeSet};

use presence::calls::{HubRequest, HubResponse, Message, Parcel};
use presence::config::MESSAGE_MEMORY;
use presence::effects::{Command, DeliveredTo, Effect, ServerMessage};
use presence::events::EventKind;
use presence::ids::{MessageId, SocketKey, UserId};
use presence::state::Status;

use super::notices::Ear;
use super::person::{Link, Person, Visit, socket_of};
use super::span::Span;
use super::{Check, Input, Judge, Outcome, Seen, breach};
use crate::world::World;
use crate::world::device::Device;

const NOBODYS: &str = "14: a message that nobody sent";
const MISSED: &str = "14: a message did not come to every socket";

/// A message that was taken.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    from: UserId,
    /// On this socket; it is not told what it sent.
    by: Option<SocketKey>,
    /// The sender's own name for it.
    name: Option<String>,
    /// All whom it names.
    named: BTreeSet<UserId>,
    /// Whose hubs take it.
    pub to: BTreeSet<UserId>,
    pub taken: BTreeSet<UserId>,
    /// By the world's clock, and by the hub's.
    pub sent: i64,
    at: Span,
    content: serde_json::Value,
    /// On how many sockets each has it, as the sender may know.
    sockets: BTreeMap<UserId, BTreeSet<i64>>,
}

impl Letter {
    /// Whether this is it, as every device of whom it is for receives it.
    fn is(&self, message: &Message) -> bool {
        message.from == self.from
            && message.client_message_id == self.name
            && message.content == self.content
            && self.at.holds(message.sent_at)
            && message.to.len() == self.named.len()
            && message.to.iter().all(|id| self.named.contains(id))
    }

    fn is_for(&self, user: &UserId) -> bool {
        *user == self.from || self.to.contains(user)
    }

    /// Whether a device whose socket has been open since `opened` ought to have it.
    fn came_to(&self, user: &UserId, key: SocketKey, opened: i64) -> bool {
        self.is_for(user) && self.by != Some(key) && opened < self.sent
    }
}

impl Judge {
    /// The same name within an hour is one message; a new one makes its event in the same turn.
    pub(super) fn message(&mut self, seen: &Seen<'_>, command: &Command, now: Span) -> Check {
        let Command::SendMessage { to, client_message_id: name, content } = command else {
            return Ok(());
        };
        let person = self.person(seen.user);
        let known = name.as_ref().and_then(|name| person.sent.get(name));
        let over = known.map(|(_, at)| at.plus(MESSAGE_MEMORY).is_over(now));
        let sent = seen.events.iter().find_map(|event| match &event.kind {
            EventKind::MessageSent { message_id, .. } => Some(message_id.clone()),
            _ => None,
        });
        let Some(id) = sent else {
            if matches!(over, None | Some(Some(true))) {
                return breach(
                    "14: a message was taken and is not there",
                    format!("{}: {name:?}", seen.user),
                );
            }
            self.happened.push("repeat");
            return Ok(());
        };
        if over == Some(Some(false)) || self.messages.contains_key(&id) {
            return breach(
                "14: a repeat became a second message",
                format!("{}: {name:?}", seen.user),
            );
        }
        if let Some(name) = name {
            self.person(seen.user).sent.insert(name.clone(), (id.clone(), now));
        }
        let by = if let Input::Command(key, _) = seen.input { Some(*key) } else { None };
        let named: BTreeSet<UserId> = to.iter().cloned().collect();
        let mut to = named.clone();
        to.remove(seen.user);
        let (from, taken, sockets) = (seen.user.clone(), BTreeSet::new(), BTreeMap::new());
        let (sent, at, name, content) = (seen.now, now, name.clone(), content.clone());
        let letter = Letter { from, by, name, named, to, taken, sent, at, content, sockets };
        self.messages.insert(id, letter);
        Ok(())
    }

    /// What a turn writes of messages: to every socket that was there and stays, once, where its user sent
    /// it or was sent it; on the sender's own to the others alone.
    pub(super) fn check_copies(&mut self, seen: &Seen<'_>, ears: &[Ear]) -> Check {
        let (id, by) = match (seen.input, seen.events.iter().find_map(sent)) {
            (Input::Command(key, _), Some(id)) => (Some(id), Some(*key)),
            (Input::Call(HubRequest::Deliver { parcel: Parcel::Message(message) }), _)
                if matches!(seen.outcome, Outcome::Answered(_)) =>
            {
                (Some(&message.message_id), None)
            }
            _ => (None, None),
        };
        let copies: Vec<(SocketKey, &Message)> = seen.effects.iter().filter_map(copy).collect();
        let stray = |(key, message): &&(SocketKey, &Message)| {
            Some(&message.message_id) != id
                || Some(*key) == by
                || !ears.iter().any(|ear| ear.key == *key)
        };
        if let Some((key, message)) = copies.iter().find(stray) {
            return breach(NOBODYS, format!("{}: {key:?} is told {message:?}", seen.user));
        }
        let Some(id) = id else { return Ok(()) };
        let person = self.person(seen.user);
        for ear in ears.iter().filter(|ear| Some(ear.key) != by) {
            let times = copies.iter().filter(|(key, _)| *key == ear.key).count();
            if times > 1 || (times == 0 && person.keeps(seen, ear)) {
                let detail = format!("{}: {:?} {times} times of {}", seen.user, ear.key, id.0);
                return breach(MISSED, detail);
            }
        }
        let reached = match seen.outcome {
            Outcome::Answered(HubResponse::Delivered { sessions }) => {
                person.check_reached(seen, *sessions)?;
                *sessions
            }
            _ => copies.len() as i64,
        };
        if let Some(letter) = self.messages.get_mut(id) {
            letter.sockets.entry(seen.user.clone()).or_default().insert(reached);
        }
        Ok(())
    }

    /// A socket of `viewer` is told this message.
    pub(super) fn told_message(&self, viewer: &UserId, message: &Message) -> Check {
        match self.messages.get(&message.message_id) {
            Some(letter) if letter.is(message) && letter.is_for(viewer) => Ok(()),
            _ => breach(NOBODYS, format!("{message:?} to {viewer}")),
        }
    }

    /// The sender learns whom it reached: nobody else than it names, and nobody who hides.
    pub(super) fn told_sent(&self, viewer: &UserId, id: &MessageId, to: &[DeliveredTo]) -> Check {
        let Some(letter) = self.messages.get(id).filter(|letter| letter.from == *viewer) else {
            return breach("14: an acknowledgement of no message", format!("to {viewer}"));
        };
        for entry in to {
            let reached = letter.sockets.get(&entry.user_id);
            let right = letter.named.contains(&entry.user_id)
                && entry.sessions > 0
                && reached.is_some_and(|counts| counts.contains(&entry.sessions));
            if !right {
                let detail = format!("{} to {viewer}: {entry:?}, not {reached:?}", id.0);
                return breach("14: an acknowledgement says too much", detail);
            }
            if entry.user_id != *viewer {
                self.was_visible(&entry.user_id, letter.sent - 5_000, "named in deliveredTo")?;
            }
        }
        Ok(())
    }

    /// Every recipient's hub took every message.
    pub(super) fn letters(&self) -> Check {
        for (id, letter) in &self.messages {
            if let Some(to) = letter.to.difference(&letter.taken).next() {
                let detail = format!("{} of {} never came to {to}", id.0, letter.from);
                return breach("14: a message was never delivered", detail);
            }
        }
        Ok(())
    }

    /// A device that has been up since before a message was sent has it, if it is for it.
    pub(super) fn shown_messages(&self, world: &World, device: &Device) -> Check {
        let node = &world.nodes[device.owner];
        let Some(key) = device.socket() else { return Ok(()) };
        let Some(socket) = node.sockets.get(&key) else { return Ok(()) };
        let came = |letter: &Letter| letter.came_to(&node.user, key, socket.beats.from);
        let missing = self
            .messages
            .iter()
            .find(|(id, letter)| came(letter) && !device.messages.contains(*id));
        match missing {
            Some((id, letter)) => breach(
                "14: a device does not have a message that came while it was up",
                format!("{} of {}: {:?} {} {letter:?}", key.0, node.user, device.kind, id.0),
            ),
            None => Ok(()),
        }
    }
}

impl Person {
    /// The sender learns on how many sockets the recipient has it, unless the recipient hides.
    fn check_reached(&self, seen: &Seen<'_>, answered: i64) -> Check {
        let there = |visit: &&Visit| {
            visit.link == Link::Attached && socket_of(visit, seen.sockets).is_some()
        };
        let open = self.visits.iter().filter(there).count() as i64;
        let told = if self.declared == Status::Invisible { 0 } else { open };
        if answered == told {
            return Ok(());
        }
        breach(MISSED, format!("{}: {open} sockets, answered {answered}", seen.user))
    }
}

fn sent(event: &presence::events::Event) -> Option<&MessageId> {
    if let EventKind::MessageSent { message_id, .. } = &event.kind {
        Some(message_id)
    } else {
        None
    }
}

fn copy(effect: &Effect) -> Option<(SocketKey, &Message)> {
    match effect {
        Effect::Send(key, ServerMessage::Message(message)) => Some((*key, message)),
        _ => None,
    }
}
