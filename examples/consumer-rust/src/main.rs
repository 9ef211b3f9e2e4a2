//! Who is online, from `presence-events` alone: `cargo run -p consumer-rust -- ADDRESS [TOPIC] [--until-end]`
#![allow(clippy::indexing_slicing, reason = "a member that a JSON value lacks is null")]

use rskafka::client::partition::{OffsetAt, UnknownTopicHandling};
use rskafka::client::{ClientBuilder, error::Error};
use serde_json::{Value, json};
use std::{collections::BTreeMap, env, process::ExitCode};
use tokio::signal::unix::{SignalKind, signal};

/// Of each user the last sequence taken, the newest presence's version, whether they are here, and a missing sequence.
type Users = BTreeMap<String, (i64, i64, bool, Option<i64>)>;

/// Takes only last + 1: lower is a repeat, and higher comes again behind what is missing.
fn take(users: &mut Users, key: Option<&[u8]>, value: Option<&[u8]>, fresh: bool) -> Option<Value> {
    let id = String::from_utf8_lossy(key?);
    let event: Value = serde_json::from_slice(value?).ok()?;
    let (kind, data) = (event["type"].as_str()?, &event["data"]);
    let sequence = event["sequence"].as_str()?.parse().ok()?;
    let from = if kind == "rollcall.truncated" { data["from"].as_i64()? } else { sequence };
    let start = (if fresh { 0 } else { from - 1 }, 0, false, None);
    let (last, version, online, missing) = users.entry(id.to_string()).or_insert(start);
    (sequence > *last).then_some(())?;
    if from > *last + 1 {
        *missing = Some(*last + 1);
        return Some(json!({ "gap": id, "expected": missing, "found": from }));
    }
    (*last, *missing) = (sequence, None);
    if kind == "rollcall.deadletter" {
        return Some(json!({ "deadletter": id, "sequence": sequence }));
    } else if kind == "rollcall.truncated" {
        return Some(json!({ "truncated": id, "from": from, "to": sequence }));
    }
    // An event that was published once more tells what has been: the version says what is newest.
    let presence = &data["presence"];
    *version = presence["version"].as_i64().filter(|new| new > version)?;
    *online = data["visible"] == true && presence["online"] == true;
    let status = if *online { &presence["status"] } else { &Value::from("OFFLINE") };
    Some(json!({ "userId": id, "type": kind, "online": online, "status": status }))
}

/// Reads all partitions in turn, for ever or until what was there at the start is read.
async fn read(address: &str, topic: &str, to_end: bool, users: &mut Users) -> Result<(), Error> {
    let brokers = address.split(',').map(str::to_owned).collect();
    let (client, mut readers) = (ClientBuilder::new(brokers).build().await?, Vec::new());
    let topics = client.list_topics().await?.into_iter().filter(|found| found.name == topic);
    for number in topics.flat_map(|found| found.partitions) {
        let reader = client.partition_client(topic, number, UnknownTopicHandling::Error).await?;
        let next = reader.get_offset(OffsetAt::Earliest).await?;
        let end = reader.get_offset(OffsetAt::Latest).await?;
        // What retention took is no gap: a user is whole from the first event on where the log begins at 0.
        readers.push((reader, next, next == 0, end));
    }
    while !to_end || readers.iter().any(|(_, next, _, end)| next < end) {
        for (reader, next, fresh, _) in &mut readers {
            for found in reader.fetch_records(*next, 1..1_000_000, 100).await?.0 {
                *next = found.offset + 1;
                let (key, value) = (found.record.key.as_deref(), found.record.value.as_deref());
                take(users, key, value, *fresh).inspect(|line| println!("{line}"));
            }
        }
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn std::error::Error>> {
    let (flags, names): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|a| a.starts_with("--"));
    let address = names.first().map_or("localhost:9092", String::as_str);
    let topic = names.get(1).map_or("presence-events", String::as_str);
    let (mut users, mut stop) = (Users::new(), signal(SignalKind::terminate())?);
    tokio::select! {
        done = read(address, topic, !flags.is_empty(), &mut users) => done?,
        _ = stop.recv() => {}
    }
    let online: Vec<_> = users.iter().filter(|(_, user)| user.2).map(|(id, _)| id).collect();
    let gaps = users.iter().filter_map(|(id, user)| user.3.map(|missing| (id, missing)));
    let gaps: Vec<_> = gaps.map(|(id, at)| json!({ "userId": id, "missing": at })).collect();
    println!("{}", json!({ "online": online, "gaps": gaps }));
    Ok(ExitCode::from(if gaps.is_empty() { 0 } else { 2 }))
}
