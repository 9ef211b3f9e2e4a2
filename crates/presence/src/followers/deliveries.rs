//! Brings messages to their recipients (rules, 14). The position is the row's `owed`: who has not
//! answered yet. A repeat is harmless, since devices drop it by `messageId`.

use std::collections::BTreeSet;

use crate::calls::{HubAnswer, HubRequest, HubResponse, Message, Parcel};
use crate::config::MESSAGE_MEMORY;
use crate::effects::{DeliveredTo, NoAnswer, Reply};
use crate::ids::{MessageId, UserId};
use crate::scope::{Scope, Sql};
use crate::store::{Row, Store, Value};
use crate::time::Millis;
use crate::work::{Backoff, Delivery, Pending};

const OPEN: &str = "SELECT name, body, owed, delivered FROM messages WHERE owed IS NOT NULL";

impl<S: Store> Scope<'_, S> {
    /// When this follower wants to go on.
    pub(crate) fn deliveries_due(&self) -> Option<Millis> {
        let idle = self.work.deliveries.open.values().filter(|open| open.out.is_empty());
        idle.map(|open| open.backoff.at).min()
    }

    /// Finds again what a restart left owed.
    pub(crate) fn scan_deliveries(&mut self) -> Sql<()> {
        if self.work.deliveries.scanned {
            return Ok(());
        }
        self.work.deliveries.scanned = true;
        for row in self.query(OPEN, &[])? {
            if let Some((name, delivery)) = delivery_of(&row) {
                self.work.deliveries.open.entry(name).or_insert(delivery);
            }
        }
        Ok(())
    }

    /// Calls the recipients whose turn it is.
    pub(crate) fn follow_deliveries(&mut self) -> Sql<()> {
        self.scan_deliveries()?;
        let now = self.now;
        let due: Vec<String> = self
            .work
            .deliveries
            .open
            .iter_mut()
            .filter(|(_, open)| open.backoff.at <= now)
            .map(|(name, open)| {
                if open.out.is_empty() && open.queue.is_empty() {
                    open.queue = open.owed.iter().cloned().collect();
                }
                name.clone()
            })
            .collect();
        for name in due {
            while self.work.may_call() && self.deliver_next(&name) {}
        }
        Ok(())
    }

    fn deliver_next(&mut self, name: &str) -> bool {
        let Some(open) = self.work.deliveries.open.get_mut(name) else { return false };
        let Some(to) = open.queue.pop() else { return false };
        open.out.insert(to.clone());
        let parcel = Parcel::Message(open.message.clone());
        let message = open.message.message_id.clone();
        let pending = Pending::Deliver { name: name.to_owned(), message, to: to.clone() };
        self.start_call(&to, HubRequest::Deliver { parcel }, pending);
        true
    }

    /// A recipient's hub answered, or did not. An answer about an older message of the same name
    /// says nothing about this one.
    pub(crate) fn settle_delivery(
        &mut self,
        name: &str,
        message: &MessageId,
        to: &UserId,
        answer: &Result<HubAnswer, NoAnswer>,
    ) -> Sql<()> {
        if let Some(open) = self.work.deliveries.open.get_mut(name)
            && open.message.message_id == *message
        {
            open.out.remove(to);
            if let Ok(Ok(HubResponse::Delivered { sessions })) = *answer {
                open.owed.remove(to);
                let entry = DeliveredTo { user_id: to.clone(), sessions };
                open.delivered.extend((sessions > 0).then_some(entry));
            }
        }
        self.finish_round(name)
    }

    /// Everyone answered or failed once: acknowledges, writes what is still owed, rests.
    pub(crate) fn finish_round(&mut self, name: &str) -> Sql<()> {
        let over = |open: &Delivery| open.queue.is_empty() && open.out.is_empty();
        if !self.work.deliveries.open.get(name).is_some_and(over) {
            return Ok(());
        }
        let Some(mut open) = self.work.deliveries.open.remove(name) else { return Ok(()) };
        for (socket, correlation) in std::mem::take(&mut open.acks) {
            self.reply(socket, correlation, acknowledgement(&open));
        }
        if self.now.since(open.message.sent_at) > MESSAGE_MEMORY {
            open.owed.clear();
        }
        if !open.message.to.iter().all(|id| id == self.user) {
            self.save_delivery(name, &open)?;
        }
        if !open.owed.is_empty() {
            open.backoff = self.back_off(open.backoff);
            self.work.deliveries.open.insert(name.to_owned(), open);
        }
        Ok(())
    }
}

fn acknowledgement(open: &Delivery) -> Reply {
    Reply::Sent {
        message_id: open.message.message_id.clone(),
        client_message_id: open.message.client_message_id.clone(),
        delivered_to: open.delivered.clone(),
    }
}

fn delivery_of(row: &Row) -> Option<(String, Delivery)> {
    let text = |at: usize| row.get(at).and_then(Value::text);
    let message: Message = serde_json::from_str(text(1)?).ok()?;
    let owed: BTreeSet<UserId> = serde_json::from_str(text(2)?).ok()?;
    let delivery = Delivery {
        message,
        queue: Vec::new(),
        owed,
        delivered: serde_json::from_str(text(3)?).ok()?,
        out: BTreeSet::new(),
        backoff: Backoff::default(),
        acks: Vec::new(),
    };
    Some((text(0)?.to_owned(), delivery))
}
