//! What is known of each user, and what each event changes in that.

use std::collections::BTreeMap;

use rskafka::record::Record;
use serde_json::{Value, json};

#[derive(Default)]
struct User {
    /// The last sequence taken, and the version of the newest presence.
    last: i64,
    version: i64,
    online: bool,
    /// A sequence that is missing before another.
    missing: Option<i64>,
}

/// All of them by id.
#[derive(Default)]
pub(crate) struct Users(BTreeMap<String, User>);

impl Users {
    /// What there is to say of a record.
    pub(crate) fn take(&mut self, record: &Record, fresh: bool) -> Option<Value> {
        let id = String::from_utf8_lossy(record.key.as_deref()?).into_owned();
        let event: Value = serde_json::from_slice(record.value.as_deref()?).ok()?;
        let sequence = event["sequence"].as_str()?.parse().ok()?;
        let kind = event["type"].as_str()?;
        let truncated = kind == "rollcall.truncated";
        let from = if truncated { event["data"]["from"].as_i64()? } else { sequence };
        let last = if fresh { 0 } else { from - 1 };
        let user = self.0.entry(id.clone()).or_insert(User { last, ..User::default() });
        // Only last + 1 is taken: lower is a repeat, and higher comes again behind what is missing.
        if sequence <= user.last {
            return None;
        }
        if from > user.last + 1 {
            user.missing = Some(user.last + 1);
            return Some(json!({ "gap": id, "expected": user.missing, "found": from }));
        }
        (user.last, user.missing) = (sequence, None);
        match kind {
            "rollcall.deadletter" => Some(json!({ "deadletter": id, "sequence": sequence })),
            "rollcall.truncated" => Some(json!({ "truncated": id, "from": from, "to": sequence })),
            _ => user.show(&id, kind, &event["data"]),
        }
    }

    /// Who is online, and what is missing.
    pub(crate) fn list(&self) -> (Vec<&str>, Vec<Value>) {
        let online = self.0.iter().filter(|(_, user)| user.online).map(|(id, _)| id.as_str());
        let gap = |(id, user): (&String, &User)| {
            user.missing.map(|missing| json!({ "userId": id, "missing": missing }))
        };
        (online.collect(), self.0.iter().filter_map(gap).collect())
    }
}

impl User {
    /// An event that was published once more tells what has been: the version says what is newest.
    fn show(&mut self, id: &str, kind: &str, data: &Value) -> Option<Value> {
        let presence = &data["presence"];
        let version = presence["version"].as_i64().filter(|version| *version > self.version)?;
        let here = data["visible"] == true && presence["online"] == true;
        (self.version, self.online) = (version, here);
        let status = if here { &presence["status"] } else { &Value::from("OFFLINE") };
        Some(json!({ "userId": id, "type": kind, "online": here, "status": status }))
    }
}
