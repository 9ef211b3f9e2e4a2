//! Whether requests would be served.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::future::join;
use serde_json::{Value, json};

use super::Door;

/// 200 if all that is served answers, else 503 with the reason. Nobody needs a token for it.
pub(super) async fn health(State(door): State<Arc<Door>>) -> Response {
    let redis = async {
        match &door.redis {
            Some(redis) => Some(redis.ping().await.map_err(|failure| failure.reason)),
            None => None,
        }
    };
    let kafka = async {
        match &door.kafka {
            Some(kafka) => Some(kafka.ping().await),
            None => None,
        }
    };
    let (up, said) = said(join(redis, kafka).await);
    let status = if up { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(CONTENT_TYPE, "application/json")], said.to_string()).into_response()
}

/// Of what is served: whether it is up, or why not.
type Seen = Option<Result<(), String>>;

/// The whole, and, with Kafka, each part.
fn said((redis, kafka): (Seen, Seen)) -> (bool, Value) {
    let parts = [("redis", redis), ("kafka", kafka)];
    let up = parts.iter().all(|(_, state)| !matches!(state, Some(Err(_))));
    let reasons: Vec<&str> = parts
        .iter()
        .filter_map(|(_, state)| state.as_ref()?.as_ref().err().map(String::as_str))
        .collect();
    let mut said = if up {
        json!({ "status": "up" })
    } else {
        json!({ "status": "down", "reason": reasons.join("; ") })
    };
    if let [_, (_, Some(_))] = &parts
        && let Some(fields) = said.as_object_mut()
    {
        for (name, state) in &parts {
            if let Some(state) = state {
                let word = if state.is_ok() { "up" } else { "down" };
                fields.insert((*name).to_owned(), json!(word));
            }
        }
    }
    (up, said)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::said;

    #[test]
    fn redis_alone_is_told_as_the_whole() {
        assert_eq!(said((Some(Ok(())), None)), (true, json!({"status": "up"})));
        let down = said((Some(Err("gone".into())), None));
        assert_eq!(down, (false, json!({"status": "down", "reason": "gone"})));
    }

    #[test]
    fn with_kafka_each_part_is_told_and_one_that_is_down_is_enough() {
        let up = said((Some(Ok(())), Some(Ok(()))));
        assert_eq!(up, (true, json!({"status": "up", "redis": "up", "kafka": "up"})));
        assert_eq!(said((None, Some(Ok(())))).1, json!({"status": "up", "kafka": "up"}));
        let (is_up, said) = said((Some(Err("a".into())), Some(Err("b".into()))));
        let down = json!({"status": "down", "reason": "a; b", "redis": "down", "kafka": "down"});
        assert_eq!((is_up, said), (false, down));
    }
}
