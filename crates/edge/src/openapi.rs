//! The OpenAPI 3.1 document of the REST interface, made from the table of routes and the registry of
//! error codes. Native only: `cargo run -p edge --example descriptions` writes it to `web/openapi.json`,
//! which the Worker serves as a file.

mod about;
pub(crate) mod operation;
pub(crate) mod parameters;
pub(crate) mod requests;
mod responses;
pub(crate) mod schemas;

use serde_json::{Map, Value, json};

use crate::routes::{self, Access, Operation, Route};
use about::{About, about};

/// The whole document.
pub fn document() -> Value {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Rollcall",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Presence and WebSocket connections as a service",
            "description": DESCRIPTION,
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags(),
        "security": [{ "token": [] }],
        "paths": paths(),
        "components": {
            "securitySchemes": security_schemes(),
            "headers": responses::headers(),
            "parameters": parameters::parameters(),
            "responses": responses::shared(),
            "schemas": schemas::all(),
        },
    })
}

const DESCRIPTION: &str = "Who is here, on which devices, and who needs to know.

Everything under `/api` takes a JSON Web Token as `Authorization: Bearer`. Its `sub` is the user id. A user \
reads and writes what is their own; tokens with `admin` or `service` in their `scope` act for anyone.

Refusals are problem details (RFC 9457), `application/problem+json`, with a stable `code`. Each answer carries \
`x-request-id`: the caller's own if it sent one of 1 to 128 characters from `A-Z a-z 0-9 . _ -`. Times are \
RFC 3339 in UTC with milliseconds. Lists come in pages: send a page's `nextCursor` as `cursor` to get the next one.";

fn tags() -> Value {
    json!([
        { "name": "Subscriptions", "description": "Who watches whom." },
        { "name": "Sessions", "description": "A user's open connections, and the end of one." },
        { "name": "Presence", "description": "Who is here, and one's own status." },
        { "name": "WebSocket", "description": "The way in for live clients: STOMP 1.0 to 1.2, or `rollcall.v1.json`." },
        { "name": "Operation", "description": "For who runs this deployment." },
        { "name": "Description", "description": "These descriptions." },
        { "name": "Development", "description": "There with `ENVIRONMENT=development` only; 404 elsewhere." },
    ])
}

fn security_schemes() -> Value {
    json!({
        "token": token(),
        "metrics": { "type": "http", "scheme": "bearer", "description": "`METRICS_TOKEN`, where it is set." },
    })
}

/// How everybody says who they are.
pub(crate) fn token() -> Value {
    json!({ "type": "http", "scheme": "bearer", "bearerFormat": "JWT" })
}

/// Whether an operation is part of the interface: the files of the pages and what only tests ask for are
/// not.
pub fn is_documented(operation: Operation) -> bool {
    !matches!(operation, Operation::Asset | Operation::DevConformance | Operation::DevCron)
}

fn paths() -> Value {
    let mut paths = Map::new();
    for route in routes::ROUTES.iter().filter(|route| is_documented(route.operation)) {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(item) = item.as_object_mut() {
            item.insert(route.method.as_str().to_ascii_lowercase(), operation(route));
        }
    }
    Value::Object(paths)
}

fn operation(route: &Route) -> Value {
    let about = about(route.operation);
    let mut operation = json!({
        "operationId": operation_id(route.operation),
        "tags": [about.tag],
        "summary": about.summary,
        "description": about.description,
        "security": security(route.access),
        "responses": responses::of(route, &about),
    });
    if let Some(members) = operation.as_object_mut() {
        let parameters = parameters(route.path, &about);
        if !parameters.is_empty() {
            members.insert("parameters".to_owned(), Value::Array(parameters));
        }
        if let Some(schema) = about.body {
            members.insert("requestBody".to_owned(), body(schema));
        }
    }
    operation
}

fn operation_id(operation: Operation) -> String {
    let name = format!("{operation:?}");
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
}

fn security(access: Access) -> Value {
    match access {
        Access::Open | Access::Development => json!([]),
        Access::Token | Access::DevelopmentToken | Access::Admin => json!([{ "token": [] }]),
        Access::Metrics => json!([{ "metrics": [] }, {}]),
        Access::Socket => json!([{ "token": [] }, {}]),
    }
}

/// Those of the path, then those of the query.
fn parameters(path: &str, about: &About) -> Vec<Value> {
    let in_path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    in_path.chain(about.query.iter().copied()).map(|name| reference("parameters", name)).collect()
}

fn body(schema: &str) -> Value {
    json!({ "required": true, "content": { "application/json": { "schema": reference("schemas", schema) } } })
}

fn reference(kind: &str, name: &str) -> Value {
    json!({ "$ref": format!("#/components/{kind}/{name}") })
}

#[cfg(test)]
mod tests;
