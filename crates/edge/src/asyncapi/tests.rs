#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeSet;
use std::path::Path;

use presence::events::EventKind;
use presence::state::EndReason;

use super::*;

#[test]
fn the_committed_document_is_what_is_generated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/asyncapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(committed == document(), "run: cargo run -p edge --example descriptions");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut waiting = vec![&document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Object(members) => {
                if let Some(reference) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = reference.strip_prefix('#').unwrap();
                    assert!(document.pointer(pointer).is_some(), "{reference}");
                }
                waiting.extend(members.values());
            }
            Value::Array(entries) => waiting.extend(entries),
            _ => {}
        }
    }
}

#[test]
fn no_two_messages_share_a_key_and_each_stands_in_a_channel_and_an_operation() {
    let document = document();
    let keys: Vec<_> = messages().into_iter().map(|message| message.key).collect();
    let unique: BTreeSet<_> = keys.iter().cloned().collect();
    assert_eq!(unique.len(), keys.len());
    let in_channels = document["channels"].as_object().unwrap().values();
    let in_channels: BTreeSet<_> = in_channels
        .flat_map(|channel| channel["messages"].as_object().unwrap().keys().cloned())
        .collect();
    assert_eq!(in_channels, unique);
    let operations = document["operations"].as_object().unwrap().values();
    let said = operations.flat_map(|one| [&one["messages"], &one["reply"]["messages"]]);
    let said = said.filter_map(Value::as_array).flatten();
    let said: BTreeSet<_> = said
        .map(|one| one["$ref"].as_str().unwrap().rsplit('/').next().unwrap().to_owned())
        .collect();
    assert_eq!(said, unique);
}

#[test]
fn what_rest_describes_too_is_described_alike() {
    let (rest, here) = (openapi::document(), document());
    let (rest, here) = (&rest["components"]["schemas"], &here["components"]["schemas"]);
    let shared = here.as_object().unwrap().keys().filter(|name| rest.get(name).is_some());
    let same: Vec<_> =
        shared.inspect(|name| assert_eq!(here[*name], rest[*name], "{name}")).collect();
    assert!(
        same.iter().any(|name| *name == "Presence") && same.iter().any(|name| *name == "Session")
    );
}

#[test]
fn each_example_of_an_event_is_an_event_of_the_domain() {
    for kind in events::KINDS.iter().filter(|kind| kind.topic.is_some()) {
        let value = json!({ "type": format!("rollcall.{}", kind.name), "data": kind.sample() });
        let event: EventKind = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(event).unwrap(), value, "{}", kind.name);
    }
}

#[test]
fn the_reasons_of_an_end_are_those_of_the_domain() {
    let bodies = bodies::bodies();
    for reason in bodies["EndReason"]["enum"].as_array().unwrap() {
        assert!(EndReason::parse(reason.as_str().unwrap()).is_some(), "{reason}");
    }
}
