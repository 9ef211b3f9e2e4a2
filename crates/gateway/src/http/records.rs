//! Requests of Kafka's REST proxy: from the bytes to the records and back. What is refused, and in what
//! words, is `embedded-kafka`'s affair, which follows a real bridge.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Request as HttpRequest, StatusCode};
use axum::response::Response;
use embedded_kafka::protocol::{self, NewRecord, Outcome};
use embedded_kafka::{Answer, Parameters, Refusal, Request, Route};
use serde_json::json;

use super::{Door, Refused, body};
use crate::Kafka;
use crate::redis::Access;

/// Whether a path belongs to Kafka.
pub(super) fn is_kafka_s(path: &str) -> bool {
    path.strip_prefix("/topics").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Answers a request to Kafka's REST proxy.
pub(super) async fn records(
    door: Arc<Door>,
    kafka: Arc<Kafka>,
    request: HttpRequest<Body>,
) -> Response {
    respond(door.kafka_answer(kafka, request).await.unwrap_or_else(|answer| answer))
}

impl Door {
    async fn kafka_answer(
        &self,
        kafka: Arc<Kafka>,
        request: HttpRequest<Body>,
    ) -> Result<Answer, Answer> {
        let (head, body) = request.into_parts();
        let access = self.known(&head).ok_or_else(|| refuse(401, "Unauthorized"))?;
        let asked = Request {
            method: head.method.as_str(),
            path: head.uri.path(),
            query: head.uri.query(),
            content_type: header(&head, &CONTENT_TYPE),
            accept: header(&head, &ACCEPT),
            ..Request::default()
        };
        let parameters = Parameters::of(asked.query).map_err(|refusal| refusal.answer())?;
        let route = Route::of(&asked).map_err(|refusal| refusal.answer())?;
        let full = |_| refuse(429, "as many requests are under way as may be");
        let place = self.places.clone().try_acquire_owned().map_err(full)?;
        let Route::Produce { topic, partition } = route else {
            return Ok(read(&kafka, &route).await?.named_for(asked.accept));
        };
        if access == Access::ReadOnly {
            return Err(refuse(403, "this token may only read"));
        }
        let body = body::read(body, self.limits.body, self.times.read).await;
        let body = body.map_err(|Refused { status, text }| refuse(status, &text))?;
        let records = protocol::read(asked.content_type, &body, partition.as_deref())
            .map_err(|refusal| refusal.answer())?;
        drop(body);
        // In a task of its own: what was begun is finished, also for a client that goes away.
        let produced = tokio::spawn(async move {
            let outcomes = produce(&kafka, &topic, records).await;
            drop(place);
            outcomes
        });
        let outcomes = produced.await.map_err(|_| refuse(500, "the gateway failed under way"))?;
        Ok(if parameters.without_answer { Answer::empty() } else { protocol::write(&outcomes) })
    }

    /// What the request's credentials may do: a bearer token, or Basic with any name and a token for a
    /// password.
    fn known(&self, head: &Parts) -> Option<Access> {
        self.tokens.by_header(header(head, &AUTHORIZATION)?)
    }
}

async fn produce(kafka: &Kafka, topic: &str, records: Vec<NewRecord>) -> Vec<Outcome> {
    if records.is_empty() { Vec::new() } else { kafka.produce(topic, records).await }
}

/// What there is to read: names, and the numbers of partitions. Who leads them is not told here.
async fn read(kafka: &Kafka, route: &Route) -> Result<Answer, Answer> {
    let topics = kafka.topics().await;
    let topics =
        topics.map_err(|reason| refuse(503, &format!("Kafka cannot be reached: {reason}")))?;
    let partitions = |topic: &String| {
        let count = topics.get(topic).copied().ok_or_else(|| Refusal::UnknownTopic.answer())?;
        Ok((0..count).map(|partition| json!({ "partition": partition })).collect::<Vec<_>>())
    };
    match route {
        Route::Topics => Ok(Answer::json(200, &topics.keys().collect::<Vec<_>>())),
        Route::Topic(name) => {
            let partitions = partitions(name)?;
            let topic = json!({ "name": name, "configs": {}, "partitions": partitions });
            Ok(Answer::json(200, &topic))
        }
        Route::Partitions(name) => Ok(Answer::json(200, &partitions(name)?)),
        Route::Partition(name, number) => {
            let partitions = partitions(name)?;
            let missing = "Specified partition does not exist.".to_owned();
            let missing = || Refusal::UnknownPartition(missing).answer();
            Ok(Answer::json(200, partitions.get(*number as usize).ok_or_else(missing)?))
        }
        Route::Produce { .. } | Route::Offsets(..) | Route::Messages(..) => {
            Err(Refusal::NotFound.answer())
        }
    }
}

fn header<'a>(head: &'a Parts, name: &HeaderName) -> Option<&'a str> {
    head.headers.get(name).and_then(|value| value.to_str().ok())
}

fn refuse(status: u16, message: &str) -> Answer {
    Answer::json(status, &json!({ "error_code": status, "message": message }))
}

fn respond(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    let status = StatusCode::from_u16(answer.status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if !answer.content_type.is_empty() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(answer.content_type));
    }
    match answer.status {
        401 => {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"rollcall\""));
        }
        429 => {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_kafka_s;

    #[test]
    fn only_topics_and_what_is_below_it_belongs_to_kafka() {
        for path in ["/topics", "/topics/", "/topics/t", "/topics/t/partitions/0"] {
            assert!(is_kafka_s(path), "{path}");
        }
        for path in ["", "/", "/topic/t", "/topicsandmore", "/get/topics", "/pipeline"] {
            assert!(!is_kafka_s(path), "{path}");
        }
    }
}
