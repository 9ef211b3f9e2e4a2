//! What Kafka's logs hold: each record in its place as its change made it, whole for a consumer who
//! takes only last + 1 (invariant 7); at rest everything, and each refused record somewhere (rules, 16).

use std::collections::BTreeSet;

use presence::ids::UserId;
use presence::outbox::{Destination, OutboxState, Publishing, Record, Topic, WhenFull};
use serde_json::Value;

use super::kafka::{Made, Stream, dead, waiting};
use super::{Check, Judge, breach};
use crate::world::World;
use crate::world::node::Node;

const NOT_SO: &str = "7: a record is not what the change made";

impl Judge {
    /// A record has arrived.
    pub fn arrived(&mut self, user: &UserId, at: Destination, record: &Record) -> Check {
        let event: Value = serde_json::from_str(&record.value).unwrap_or_default();
        let drops = self.config.when_full == WhenFull::DropOldest;
        let stream = self.stream(user);
        let lane = &mut stream.lanes[at.topic.index()];
        let place = usize::try_from(record.sequence - 1).ok();
        let Some(made) = place.and_then(|place| lane.made.get_mut(place)) else {
            let detail = format!("{user} {at:?} {}: {}", record.sequence, record.value);
            return breach("7: a record that no change made", detail);
        };
        let known = made.id.get_or_insert_with(|| record.id.clone());
        if *known != record.id {
            let detail = format!("{user} {at:?} {}: {known}, then {}", record.sequence, record.id);
            return breach("7: two events in one place", detail);
        }
        envelope(user, record, &event)?;
        let wrong = || breach(NOT_SO, format!("{user} {at:?}: {}, not {made:?}", record.value));
        let mut first = record.sequence;
        match event["type"].as_str().unwrap_or_default() {
            _ if at.dead => {
                return if made.is(&event) && fails(&event["failure"]) { Ok(()) } else { wrong() };
            }
            "rollcall.deadletter" => {
                if !stream.refused.contains(&record.id) || !fails(&event["data"]["failure"]) {
                    return wrong();
                }
                stream.placeholders.insert(record.id.clone(), at.topic);
            }
            "rollcall.truncated" => {
                let number = |name: &str| event["data"][name].as_i64().unwrap_or(0);
                first = number("from");
                if !drops || first < 1 || first > record.sequence || number("to") != record.sequence
                {
                    return wrong();
                }
            }
            _ if made.is(&event) => {}
            _ => return wrong(),
        }
        if first <= lane.taken + 1 {
            lane.taken = lane.taken.max(record.sequence);
        }
        Ok(())
    }

    /// At rest a consumer has every event of every lane that is not refused, and nothing waits.
    pub fn kafka(&mut self, world: &World) -> Check {
        let off = self.config.publishing == Publishing::Off;
        let there = dead_letters_there(world);
        for node in &world.nodes {
            if off && !(waiting(&node.disk).is_empty() && dead(&node.disk).is_empty()) {
                return breach("7: events are kept for nobody", node.user.to_string());
            }
            if let Some(stream) = self.streams.get(&node.user) {
                stream.at_rest(world, node, &there)?;
            }
        }
        let some = |happened: &mut Vec<&'static str>, name, any: bool| {
            if any {
                happened.push(name);
            }
        };
        let streams = self.streams.values();
        let (mut placeholders, mut truncated) = (false, false);
        for stream in streams {
            placeholders |= !stream.placeholders.is_empty();
            truncated |=
                stream.lanes.iter().any(|lane| lane.made.iter().any(|one| one.id.is_none()));
        }
        some(&mut self.happened, "dead letter", placeholders);
        some(
            &mut self.happened,
            "truncated",
            truncated && self.config.when_full == WhenFull::DropOldest,
        );
        Ok(())
    }

    /// What a hub says of its outbox at rest.
    pub fn outbox(&mut self, world: &World, user: &UserId, state: &OutboxState) -> Check {
        let Some(node) = world.node(user) else { return Ok(()) };
        let stream = self.stream(user);
        let held = |topic: &Topic| {
            world.kafka.holds(Destination { topic: *topic, dead: false }, world.now)
        };
        let open = Topic::ALL.into_iter().filter(held).map(|topic| {
            let lane = &stream.lanes[topic.index()];
            lane.made.len() as i64 - lane.taken
        });
        let letters = dead(&node.disk).len() as i64;
        // What gave way counts no more, nor does what a consumer has and the hub was not told of.
        if state.waiting > open.sum() || state.dead_letters != letters {
            return breach("7: an outbox says that something waits", format!("{user}: {state:?}"));
        }
        Ok(())
    }
}

/// Of each dead letter that its topic holds: whose, and which.
fn dead_letters_there(world: &World) -> BTreeSet<(&UserId, &str)> {
    let logs = world.kafka.logs.iter().filter(|(destination, _)| destination.dead);
    logs.flat_map(|(_, log)| log.iter().map(|record| (&record.key, record.id.as_str()))).collect()
}

/// What every event says of itself (contract, §5).
fn envelope(user: &UserId, record: &Record, event: &Value) -> Check {
    let sequence = format!("{:020}", record.sequence);
    let right = event["specversion"] == "1.0"
        && event["id"] == record.id.as_str()
        && event["subject"] == user.as_str()
        && event["source"] == format!("/users/{user}").as_str()
        && event["datacontenttype"] == "application/json"
        && event["sequence"] == sequence.as_str();
    if right { Ok(()) } else { breach(NOT_SO, format!("{user} {sequence}: {}", record.value)) }
}

/// Whether it says why something was refused.
fn fails(failure: &Value) -> bool {
    failure["reason"].is_string()
        && failure["attempts"].as_i64() >= Some(1)
        && failure["firstFailedAt"].is_string()
        && failure["lastFailedAt"].is_string()
}

impl Made {
    fn is(&self, event: &Value) -> bool {
        event["type"] == self.body["type"]
            && event["data"] == self.body["data"]
            && event["revision"] == self.revision
            && event["replayof"].as_str() == self.replay_of.as_deref()
            && (self.replay_of.is_some() || event["time"] == self.time)
    }
}

impl Stream {
    fn at_rest(&self, world: &World, node: &Node, there: &BTreeSet<(&UserId, &str)>) -> Check {
        let user = &node.user;
        let holds = |topic, dead| world.kafka.holds(Destination { topic, dead }, world.now);
        for topic in Topic::ALL.into_iter().filter(|topic| !holds(*topic, false)) {
            let lane = &self.lanes[topic.index()];
            if lane.taken != lane.made.len() as i64 {
                return lane.lost(user, topic, lane.made.len() as i64);
            }
        }
        if !world.kafka.holds_some(world.now)
            && let Some(left) = waiting(&node.disk).first()
        {
            let detail = format!("{user} {:?} {}", left.topic, left.sequence);
            return breach("7: an event waits at rest", detail);
        }
        let letters = dead(&node.disk);
        for ((id, topic, sequence), state) in &letters {
            let is_there = there.contains(&(user, id.as_str()));
            let open = *state == 0 && !holds(*topic, true);
            if open || (*state == 1 && !is_there) {
                let detail = format!("{user} {topic:?} {sequence}: state {state}");
                return breach("16: a dead letter is not where it should be", detail);
            }
        }
        let kept = |id: &String| letters.iter().any(|((other, ..), _)| other == id);
        let somewhere = |id: &String| {
            there.contains(&(user, id.as_str())) || self.replayed.contains(id) || kept(id)
        };
        match self.placeholders.keys().find(|id| !somewhere(id)) {
            Some(id) => breach("16: a refused record is nowhere", format!("{user}: {id}")),
            None => Ok(()),
        }
    }
}
