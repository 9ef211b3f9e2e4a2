//! The answers of an operation: the good one, and each status with the codes that come with it.

use std::collections::BTreeMap;

use presence::errors::ErrorCode;
use serde_json::{Map, Value, json};

use super::about::{About, Success};
use super::schemas::schema;
use crate::problem::MEDIA_TYPE;
use crate::routes::{Access, Operation, Route};

/// All answers by their status.
pub(super) fn of(route: &Route, about: &About) -> Value {
    let mut responses = Map::new();
    if let Some((status, response)) = success(&about.success) {
        responses.insert(status.to_owned(), response);
    }
    for (status, codes) in by_status(route, about) {
        responses.insert(status.to_string(), refusal(status, &codes));
    }
    if !route.operation.needs_no_settings() {
        responses.insert("503".to_owned(), json!({ "$ref": "#/components/responses/Unavailable" }));
    }
    if route.operation == Operation::HealthReady {
        let content = json!({ "application/json": { "schema": schema("NotReady") } });
        let response = response("Settings are wrong, or no object answers", Some(content));
        responses.insert("503".to_owned(), response);
    }
    Value::Object(responses)
}

fn success(success: &Success) -> Option<(&'static str, Value)> {
    let json = |name: &str| json!({ "application/json": { "schema": schema(name) } });
    match success {
        Success::Json(name) => Some(("200", response("Done", Some(json(name))))),
        Success::Text(media_type) => {
            Some(("200", response("The file", Some(json!({ *media_type: {} })))))
        }
        Success::Empty => Some(("204", response("Done", None))),
        Success::Upgrade => Some(("101", response("The WebSocket is open", None))),
        Success::None => None,
    }
}

/// The codes of the operation and those of its access, by status.
fn by_status(route: &Route, about: &About) -> BTreeMap<u16, Vec<ErrorCode>> {
    let access: &[ErrorCode] = match route.access {
        Access::Open | Access::Development | Access::Metrics | Access::Socket => &[],
        Access::Token | Access::DevelopmentToken => &[ErrorCode::Unauthorized],
        Access::Admin => &[ErrorCode::Unauthorized, ErrorCode::Forbidden],
    };
    let mut by_status: BTreeMap<u16, Vec<ErrorCode>> = BTreeMap::new();
    for code in about.refusals.iter().chain(access) {
        by_status.entry(code.status()).or_default().push(*code);
    }
    by_status
}

fn refusal(status: u16, codes: &[ErrorCode]) -> Value {
    let names: Vec<_> = codes.iter().map(|code| code.code()).collect();
    let titles: Vec<_> = codes.iter().map(|code| code.title()).collect();
    let content = json!({ MEDIA_TYPE: {
        "schema": {
            "allOf": [schema("Problem")],
            "properties": { "status": { "const": status }, "code": { "enum": names } },
        },
    } });
    let mut response = response(&titles.join("; "), Some(content));
    if let Some(members) = response.as_object_mut() {
        members.insert("x-problem-codes".to_owned(), json!(names));
        if let Some(headers) = members.get_mut("headers").and_then(Value::as_object_mut) {
            headers.extend(headers_of(status));
        }
    }
    response
}

fn headers_of(status: u16) -> Map<String, Value> {
    let (name, text) = match status {
        401 => ("WWW-Authenticate", "`Bearer`"),
        503 => ("Retry-After", "Seconds to wait"),
        _ => return Map::new(),
    };
    Map::from_iter([(
        name.to_owned(),
        json!({ "description": text, "schema": { "type": "string" } }),
    )])
}

fn header(text: &str) -> Value {
    json!({ "description": text, "schema": { "type": "string" } })
}

/// The header that every answer carries.
pub(super) fn headers() -> Value {
    json!({ "RequestId": header("Names this request in the log") })
}

/// What every operation that needs settings and objects can answer.
pub(super) fn shared() -> Value {
    json!({ "Unavailable": refusal(503, &[ErrorCode::Misconfigured, ErrorCode::OutboxFull, ErrorCode::Unavailable]) })
}

fn response(text: &str, content: Option<Value>) -> Value {
    let id =
        json!({ "description": "Names this request in the log", "schema": { "type": "string" } });
    let mut response = json!({ "description": text, "headers": { "x-request-id": id } });
    if let (Some(content), Some(members)) = (content, response.as_object_mut()) {
        members.insert("content".to_owned(), content);
    }
    response
}
