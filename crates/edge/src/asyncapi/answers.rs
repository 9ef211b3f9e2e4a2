//! What the server says on a socket; over STOMP these are the bodies of MESSAGE frames.

use serde_json::{Value, json};

use super::bodies::schema_of_user;
use super::message::{Correlation, Message};
use super::samples::{LATER, MESSAGE_ID, NOW, SESSION_ID, gone, presence, session, with};
use crate::openapi::operation::said;
use crate::openapi::schemas::{list, object, schema, text};

/// What comes without having been asked for, but for `welcome`.
pub(super) const NEWS: [&str; 6] =
    ["presence", "presences", "message", "typing", "session.started", "session.ended"];
/// What may answer a command.
pub(super) const ANSWERS: [&str; 5] =
    ["ok", "ok.results", "ok.sent", "ok.presence", "ok.presences"];

/// All of them.
pub(super) fn messages() -> Vec<Message> {
    news().into_iter().chain(sessions()).chain(answers()).chain(errors()).collect()
}

/// `name` as `type`, and these fields.
fn typed(name: &str, required: &[&str], fields: Value) -> Value {
    let required: Vec<_> = ["type"].iter().chain(required).copied().collect();
    object(&required, &with(fields, "type", json!({ "const": name })))
}

/// A body that another schema describes, as `type`.
fn of(name: &str, body: &str) -> Value {
    json!({ "allOf": [schema(body), typed(name, &[], json!({}))] })
}

fn server(key: &str, name: &str, title: &str, payload: Value, example: Value) -> Message {
    let example = with(example, "type", json!(name));
    Message::new(format!("server.{key}"), name, title, payload, example)
}

fn news() -> Vec<Message> {
    vec![
        server("welcome", "welcome", "The session is there", welcome(), json!({
            "sessionId": SESSION_ID, "userId": "ada", "sessionTtlMs": 60000, "heartbeatMs": 25000,
            "resumeToken": "mB3xT7kQ1vZ9sLw4hYc6dA", "resumed": false, "serverTime": NOW,
        }))
        .saying("The first frame; then come the people watched, in one `presences` or more. In STOMP this is CONNECTED."),
        server("presence", "presence", "A user changed", of("presence", "Presence"), presence()),
        server("presences", "presences", "Several users", of("presences", "Presences"), json!({ "presences": [presence()] }))
            .saying("After `welcome`, or where several changes fall together: the newest state of each."),
        server("message", "message", "A message came", of("message", "ChatMessage"), json!({
            "messageId": MESSAGE_ID, "clientMessageId": "m-1", "from": "grace", "to": ["ada"],
            "content": { "text": "hello" }, "sentAt": NOW,
        }))
        .saying("It may come twice after a failure."),
        server("typing", "typing", "Somebody types", typed("typing", &["from", "typing", "expiresInMs"], json!({
            "from": schema("UserId"),
            "typing": { "type": "boolean" },
            "expiresInMs": { "type": "integer", "minimum": 1, "description": "Stop showing it then, unless it is repeated." },
        })), json!({ "from": "grace", "typing": true, "expiresInMs": 5000 })),
    ]
}

fn welcome() -> Value {
    let milliseconds = json!({ "type": "integer", "minimum": 1 });
    typed(
        "welcome",
        &[
            "sessionId",
            "userId",
            "sessionTtlMs",
            "heartbeatMs",
            "resumeToken",
            "resumed",
            "serverTime",
        ],
        json!({
            "sessionId": schema("SessionId"),
            "userId": schema("UserId"),
            "sessionTtlMs": said(&milliseconds, "How long the session lives after its last beat."),
            "heartbeatMs": said(&milliseconds, "How often to beat."),
            "resumeToken": said(&text(), "A secret: takes up this session on another socket."),
            "resumed": { "type": "boolean" },
            "serverTime": schema("Time"),
        }),
    )
}

fn sessions() -> Vec<Message> {
    let started = typed(
        "session",
        &["event", "session"],
        json!({ "event": { "const": "started" }, "session": schema("Session") }),
    );
    let ended = typed(
        "session",
        &["event", "session", "reason"],
        json!({ "event": { "const": "ended" }, "session": schema("Session"), "reason": schema("EndReason") }),
    );
    vec![
        server(
            "session.started",
            "session",
            "Another own device came",
            started,
            json!({ "event": "started", "session": session(true) }),
        ),
        server(
            "session.ended",
            "session",
            "Another own device went",
            ended,
            json!({ "event": "ended", "session": session(false), "reason": "left" }),
        ),
    ]
}

/// The answer to a command, with these fields.
fn ok(key: &str, title: &str, required: &[&str], fields: Value, example: Value) -> Message {
    let payload = json!({ "allOf": [schema("Answer"), typed("ok", required, fields)] });
    server(key, "ok", title, payload, with(example, "id", json!("c1"))).tied(Correlation::Id)
}

fn answers() -> Vec<Message> {
    let unavailable = said(&list("UserId"), "Whose object did not answer in time: ask again.");
    let invalid = json!({ "type": "array", "minItems": 1, "items": text(), "description": "What is no user id; left out where all are." });
    vec![
        ok("ok", "Done", &[], json!({}), json!({}))
            .saying("The answer to a heartbeat, to typing and to leaving."),
        ok(
            "ok.results",
            "How each target went",
            &["results"],
            json!({ "results": list("TargetOutcome") }),
            json!({
                "results": [{ "targetUserId": "grace", "outcome": "subscribed", "expiresAt": LATER }],
            }),
        ),
        ok(
            "ok.sent",
            "The message is on its way",
            &["messageId", "deliveredTo"],
            json!({
                "messageId": schema("MessageId"),
                "clientMessageId": said(&text(), "As it was sent."),
                "deliveredTo": said(&list("DeliveredTo"), "Whom the sender sees online and whose sockets it was written to."),
            }),
            json!({ "messageId": MESSAGE_ID, "clientMessageId": "m-1", "deliveredTo": [{ "userId": "grace", "sessions": 2 }] }),
        ),
        ok(
            "ok.presence",
            "One's own presence",
            &["presence"],
            json!({ "presence": schema("Presence") }),
            json!({ "presence": presence() }),
        ),
        ok(
            "ok.presences",
            "How they appear",
            &["presences", "unavailable"],
            json!({
                "presences": list("Presence"), "unavailable": unavailable, "invalid": invalid,
            }),
            json!({ "presences": [gone()], "unavailable": ["linus"] }),
        ),
    ]
}

fn errors() -> Vec<Message> {
    let fields = json!({ "code": schema("ErrorCode"), "detail": text() });
    let refused =
        json!({ "allOf": [schema("Answer"), typed("error", &["code", "detail"], fields.clone())] });
    let later = typed(
        "error",
        &["code", "detail", "targetUserId"],
        with(fields, "targetUserId", said(&schema_of_user(), "Whose subscription has ended.")),
    );
    let detail = "a user id is a UUID, or 1 to 128 characters from A-Z a-z 0-9 . _ ~ @ | + -";
    let stomp = json!({ "code": "invalid_user_id", "detail": detail, "destination": "/app/presence.subscribe", "correlationId": "c1" });
    vec![
        server("error", "error", "A command was refused", refused, json!({ "id": "c1", "code": "invalid_user_id", "detail": detail }))
            .saying("The connection stays open, but where this comes in place of the welcome: then the socket gets no session (`outbox_full`, `unavailable`), and is closed with 1012.")
            .tied(Correlation::Id),
        server("error.later", "error", "A subscription was refused later", later, json!({
            "code": "too_many_subscribers", "detail": "this user is watched by as many as allowed", "targetUserId": "grace",
        }))
        .saying("By the target itself: the subscription has ended."),
        Message::new("server.stomp-error", "error", "A command was refused", schema("SocketError"), stomp)
            .saying("The connection stays open. `targetUserId` stands there where a subscription was refused later, by the target itself.")
            .tied(Correlation::Header),
    ]
}
