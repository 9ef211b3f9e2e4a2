#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use std::path::Path;

use presence::errors::ErrorCode;

use super::*;

#[test]
fn the_committed_document_is_what_is_generated() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/openapi.json");
    let committed: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(committed == document(), "run: cargo run -p edge --example descriptions");
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    let mut described = 0;
    for route in routes::ROUTES.iter().filter(|route| is_documented(route.operation)) {
        let operation = &document["paths"][route.path][route.method.as_str().to_ascii_lowercase()];
        assert!(!operation["summary"].as_str().unwrap().is_empty(), "{route:?}");
        assert!(!operation["responses"].as_object().unwrap().is_empty(), "{route:?}");
        described += 1;
    }
    let items = document["paths"].as_object().unwrap().values();
    assert_eq!(items.map(|item| item.as_object().unwrap().len()).sum::<usize>(), described);
}

#[test]
fn operation_ids_are_unique() {
    let document = document();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.values().flat_map(|item| item.as_object().unwrap().values());
    let mut ids: Vec<_> =
        operations.map(|operation| operation["operationId"].as_str().unwrap()).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[test]
fn each_refusal_stands_under_its_own_status_with_its_codes() {
    let document = document();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for (status, response) in operation["responses"].as_object().unwrap() {
                let Some(codes) = response["x-problem-codes"].as_array() else { continue };
                for code in codes {
                    let code = ErrorCode::ALL.iter().find(|one| code == one.code()).unwrap();
                    assert_eq!(code.status().to_string(), *status, "{method} {path}");
                }
            }
        }
    }
}

#[test]
fn the_list_of_codes_is_the_registry() {
    let document = document();
    let codes = document["components"]["schemas"]["ErrorCode"]["enum"].as_array().unwrap();
    assert_eq!(codes.len(), ErrorCode::ALL.len());
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
fn a_page_with_presences_is_described_as_short_as_it_is() {
    let document = document();
    let most = |path: &str| {
        let name = document["paths"][path]["get"]["parameters"][1]["$ref"].as_str().unwrap();
        document.pointer(name.strip_prefix('#').unwrap()).unwrap()["schema"]["maximum"].clone()
    };
    let subscriptions = "/api/subscriptions/presence/{userId}";
    assert_eq!(most(subscriptions), crate::paging::MOST_WITH_PRESENCE);
    assert_eq!(most(&format!("{subscriptions}/subscribers")), crate::paging::MOST);
}

#[test]
fn a_field_that_may_be_left_out_of_a_body_may_be_null_there() {
    let may_be_null = |schema: &Value| {
        schema["type"] == "null"
            || schema["type"].as_array().is_some_and(|types| types.contains(&json!("null")))
            || schema["enum"].as_array().is_some_and(|values| values.contains(&Value::Null))
            || schema["anyOf"]
                .as_array()
                .is_some_and(|some| some.contains(&json!({ "type": "null" })))
    };
    for (name, schema) in requests::requests().as_object().unwrap() {
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        for (field, of_field) in schema["properties"].as_object().unwrap() {
            assert_eq!(may_be_null(of_field), !required.contains(&json!(field)), "{name} {field}");
        }
    }
}
