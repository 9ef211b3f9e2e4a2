//! What is answered to who runs a deployment.

use serde_json::{Value, json};

use super::schemas::{count, failed, list, object, schema, text};
use crate::bodies::{CLEANUP_TASKS, MORE_TASKS};

/// Their schemas.
pub(super) fn operation() -> Value {
    let follower = json!({ "type": "string", "enum": ["off", "on", "embedded"] });
    let mut schemas = json!({
        "Live": object(&["status"], &json!({ "status": { "const": "live" } })),
        "Ready": object(&["status", "storage", "redis", "kafka"], &json!({ "status": { "const": "ready" }, "storage": { "const": "ok" }, "redis": follower, "kafka": follower })),
        "NotReady": object(&["status"], &json!({
            "status": { "type": "string", "enum": ["misconfigured", "unavailable"] },
            "problems": { "type": "array", "items": object(&["name", "expected"], &json!({ "name": text(), "expected": text() })) },
            "storage": { "const": "unavailable" },
            "redis": follower,
            "kafka": follower,
        })),
        "DevToken": object(&["token", "expiresAt"], &json!({ "token": text(), "expiresAt": schema("Time") })),
        "Counters": { "type": "object", "properties": { "wokenAt": schema("Time") }, "additionalProperties": count() },
    });
    for part in [cleanup(), health(), projection(), dead_letters()] {
        if let (Some(members), Value::Object(more)) = (schemas.as_object_mut(), part) {
            members.extend(more);
        }
    }
    schemas
}

fn cleanup() -> Value {
    let names: Vec<_> = CLEANUP_TASKS.into_iter().chain(MORE_TASKS).collect();
    json!({
        "CleanupResult": object(&["tasks"], &json!({ "tasks": list("CleanupReport") })),
        "CleanupReport": object(
            &["name", "scanned", "expired", "repaired", "failed", "durationMs", "complete"],
            &json!({
                "name": { "enum": names },
                "scanned": said(&count(), "Users that were looked at."),
                "expired": said(&count(), "Sessions and leases that were over, and that nobody had noticed."),
                "repaired": said(&count(), "Differences that were handed to their user's object for repair."),
                "failed": said(&count(), "What did not answer, and was passed over."),
                "durationMs": count(),
                "complete": { "type": "boolean" },
                "cursor": said(&text(), "Where the next run goes on. Opaque."),
            }),
        ),
        "Online": object(&["userIds", "nextCursor", "source", "asOf"], &json!({
            "userIds": list("UserId"),
            "nextCursor": schema("Cursor"),
            "source": { "type": "string", "enum": ["projection", "hub"] },
            "asOf": schema("Time"),
            "failed": failed(),
        })),
    })
}

fn dead_letters() -> Value {
    json!({
        "DeadLetters": object(&["deadLetters", "nextCursor"], &json!({
            "deadLetters": list("DeadLetter"),
            "nextCursor": schema("Cursor"),
            "failed": said(&count(), "Of everybody's: users whose object did not answer, and who were passed over."),
            "outbox": object(&["waiting", "lag", "held", "full", "deadLetters"], &json!({
                "waiting": said(&count(), "Events that are not confirmed yet."),
                "lag": said(&count(), "For how long the oldest has waited, in milliseconds."),
                "held": { "type": "array", "items": topic(), "description": "Topics that take nothing from us, or are not there." },
                "full": { "type": "boolean" },
                "deadLetters": count(),
            })),
        })),
        "DeadLetter": object(&["userId", "id", "topic", "sequence", "failure", "published", "event"], &json!({
            "userId": schema("UserId"),
            "id": said(&text(), "The event's."),
            "topic": topic(),
            "sequence": said(&count(), "Its place, where the placeholder stands."),
            "failure": schema("Failure"),
            "published": said(&json!({ "type": "boolean" }), "Whether the dead-letter topic has it."),
            "event": said(&json!({ "type": "object" }), "The CloudEvent as it was."),
        })),
        "Failure": object(&["reason", "attempts", "firstFailedAt", "lastFailedAt"], &json!({
            "reason": said(&text(), "What Kafka, or the bridge in front of it, said."),
            "attempts": count(),
            "firstFailedAt": schema("Time"),
            "lastFailedAt": schema("Time"),
        })),
        "Replayed": object(&["replayed", "failed", "dryRun", "nextCursor"], &json!({
            "replayed": count(),
            "failed": said(&count(), "Users whose object did not answer, and who were passed over."),
            "dryRun": { "type": "boolean" },
            "nextCursor": schema("Cursor"),
        })),
    })
}

/// One of the four lanes, whatever its topic is called.
fn topic() -> Value {
    json!({ "enum": ["presence", "session", "subscription", "message"] })
}

fn health() -> Value {
    json!({
        "Health": object(&["status", "tasks"], &json!({
            "status": { "type": "string", "enum": ["unknown", "ok", "degraded"], "description": "`degraded`: Redis does not answer, or objects do not, or events do not leave." },
            "detail": text(),
            "asOf": schema("Time"),
            "pulse": schema("Pulse"),
            "redis": object(&["state"], &json!({
                "state": { "type": "string", "enum": ["off", "ok", "unreachable"] },
                "refresh": { "type": "string", "enum": ["exact", "transitions"] },
                "breaker": { "type": "string", "enum": ["closed", "open", "half_open"] },
                "latencyMs": count(),
                "usedMemory": said(&count(), "Bytes, where the server tells."),
                "keys": count(),
            })),
            "sessions": schema("Consistency"),
            "subscriptions": schema("Consistency"),
            "mirror": object(&["behind", "lagMs"], &json!({ "behind": count(), "lagMs": count() })),
            "kafka": schema("KafkaHealth"),
            "tasks": list("Task"),
        })),
        "KafkaHealth": object(&["state"], &json!({
            "state": { "type": "string", "enum": ["off", "ok", "behind", "held"], "description": "`held`: a topic takes nothing from us, or is not there." },
            "breaker": { "type": "string", "enum": ["closed", "open", "half_open"] },
            "outbox": said(&schema("OutboxCounts"), "Of the sample."),
        })),
        "OutboxCounts": outbox(),
        "Consistency": object(&["checked", "drifted", "repaired", "failed"], &json!({
            "checked": said(&count(), "How many users, or edges from either end, were compared."),
            "drifted": said(&count(), "How many differed at a second look too."),
            "repaired": count(),
            "failed": said(&count(), "How many could not be compared."),
        })),
        "Task": object(&["name", "everyMs"], &json!({
            "name": text(),
            "everyMs": count(),
            "dueAt": schema("Time"),
            "lastPass": schema("Pass"),
            "underWay": schema("Pass"),
            "usersPerSecond": { "type": "number", "minimum": 0 },
            "fullPassMs": said(&count(), "How long a pass through all users takes: users ÷ rate."),
        })),
        "Pass": object(
            &["number", "startedAt", "until", "runs", "users", "expired", "drifted", "repaired", "failed"],
            &json!({
                "number": count(),
                "startedAt": schema("Time"),
                "until": schema("Time"),
                "runs": count(),
                "users": count(),
                "expired": count(),
                "drifted": count(),
                "repaired": count(),
                "failed": count(),
                "outbox": said(&schema("OutboxCounts"), "How the events of these users stood; left out where none waited."),
            }),
        ),
        "Pulse": said(&object(&["asOf", "redis"], &json!({
            "asOf": said(&schema("Time"), "When Redis was asked."),
            "redis": object(&["state"], &json!({
                "state": { "type": "string", "enum": ["off", "ok", "unreachable"] },
                "refresh": { "type": "string", "enum": ["exact", "transitions"] },
                "breaker": { "type": "string", "enum": ["closed", "open", "half_open"] },
                "latencyMs": count(),
            })),
            "mirror": said(&object(&["asOf", "looks", "behind", "lagMs"], &json!({
                "asOf": schema("Time"),
                "looks": said(&count(), "How often it looked at an object."),
                "behind": said(&count(), "How often that had something to mirror."),
                "lagMs": said(&count(), "The longest that any of it had waited."),
            })), "As the last run saw it that looked at objects."),
        })), "How things stood at the last trigger, every five minutes: what is known since the report."),
    })
}

/// How events stand.
fn outbox() -> Value {
    let topics = json!({ "presence": count(), "session": count(), "subscription": count(), "message": count() });
    let counts = json!({
        "waiting": said(&count(), "Events that were not confirmed yet."),
        "lagMs": said(&count(), "The longest that one had waited."),
        "held": said(&object(&[], &topics), "Users by the topic that holds their events."),
        "full": said(&count(), "Users whose outbox was full."),
        "deadLetters": said(&count(), "Events that were refused for good."),
    });
    object(&["waiting", "lagMs", "held", "full", "deadLetters"], &counts)
}

fn projection() -> Value {
    json!({
        "Projection": object(&["userId", "source", "asOf", "keys"], &json!({
            "userId": schema("UserId"),
            "source": { "type": "string", "enum": ["embedded", "rest"], "description": "`rest`: what `UPSTASH_REDIS_REST_URL` names." },
            "asOf": schema("Time"),
            "keys": list("Key"),
        })),
        "Key": object(&["key", "type", "ttl", "value"], &json!({
            "key": text(),
            "type": said(&text(), "As Redis names it: `string` or `set`."),
            "ttl": { "type": ["integer", "null"], "minimum": 0, "description": "Seconds it has to live; null: it stays." },
            "value": {
                "description": "A string, the members of a set, or `true`: the user is in it. Null where the key is of another type than it should be.",
                "oneOf": [text(), { "type": "array", "minItems": 1, "items": text() }, { "const": true }, { "type": "null" }],
            },
        })),
    })
}

/// A schema with words.
pub(crate) fn said(schema: &Value, words: &str) -> Value {
    let mut schema = schema.clone();
    if let Some(members) = schema.as_object_mut() {
        members.insert("description".to_owned(), json!(words));
    }
    schema
}
