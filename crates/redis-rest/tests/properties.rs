//! What holds for all inputs: nothing from outside breaks the reader, and what one side writes the
//! other reads.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use common::scripted::Scripted;
use common::world::Still;
use proptest::prelude::*;
use redis_rest::{
    Breaker, Call, Client, Command, How, HttpResponse, Outcome, RedisError, Reply, Request,
    Settings, Shape, read, write,
};

fn reply() -> impl Strategy<Value = Reply> {
    let leaf = prop_oneof![
        Just(Reply::Null),
        Just(Reply::ok()),
        any::<i64>().prop_map(Reply::Integer),
        prop::collection::vec(any::<u8>(), 0..40).prop_map(Reply::Bulk),
    ];
    leaf.prop_recursive(3, 20, 5, |inner| prop::collection::vec(inner, 0..5).prop_map(Reply::Array))
}

fn outcome() -> impl Strategy<Value = Outcome> {
    prop_oneof![4 => reply().prop_map(Ok), 1 => "[A-Z]{2,9} .{0,20}".prop_map(|e| Err(RedisError(e)))]
}

fn command() -> impl Strategy<Value = Command> {
    prop::collection::vec("\\PC{0,9}|[\\x00-\\x7f]{0,9}", 1..5).prop_map(|parts| {
        Command::from_parts(parts.into_iter().map(String::into_bytes).collect()).unwrap()
    })
}

/// Inside arrays `OK` is a string like any other.
fn as_read(reply: Reply) -> Reply {
    match reply {
        Reply::Array(replies) => Reply::Array(replies.into_iter().map(nested).collect()),
        other => other,
    }
}

fn nested(reply: Reply) -> Reply {
    match reply {
        Reply::Status(text) => Reply::Bulk(text.into_bytes()),
        other => as_read(other),
    }
}

/// Sends commands through a client to a server that answers these outcomes.
fn through(
    shape: Shape,
    commands: &[Command],
    outcomes: &[Outcome],
) -> (Vec<Command>, Vec<Outcome>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let call = Call { shape, commands: commands.to_vec(), base64: true };
    let answer = write(&call, outcomes);
    let said = HttpResponse { status: answer.status, body: answer.body, ..HttpResponse::default() };
    let (transport, world) = (Scripted::new([Ok(said)]), Still::default());
    let settings = Settings::new("http://redis.example", "secret");
    let client = Client::new(&transport, &world, settings, Breaker::default());
    let got = runtime.block_on(client.pipeline(commands, How::once(1_000))).unwrap();
    let asked = transport.asked.borrow();
    let path = asked[0].0.url.strip_prefix("http://redis.example").unwrap();
    let request = Request {
        method: "POST",
        path,
        query: None,
        authorization: Some("Bearer secret"),
        encoding: Some("base64"),
        body: &asked[0].0.body,
    };
    let taken = read(&request, &|token| token == "secret").unwrap();
    assert!(taken.base64 && taken.shape == shape);
    (taken.commands, got)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn what_a_client_sends_arrives_and_what_a_server_answers_too(
        calls in prop::collection::vec((command(), outcome()), 1..6),
    ) {
        let (commands, outcomes): (Vec<_>, Vec<_>) = calls.into_iter().unzip();
        let (arrived, got) = through(Shape::Pipeline, &commands, &outcomes);
        prop_assert_eq!(arrived, commands);
        let expected: Vec<Outcome> = outcomes.into_iter().map(|o| o.map(as_read)).collect();
        prop_assert_eq!(got, expected);
    }

    #[test]
    fn no_request_breaks_the_reader_and_every_refusal_is_of_the_protocol(
        method in "GET|HEAD|POST|PUT|PATCH",
        path in "/?(pipeline|multi-exec|[a-z%/+\\PC]{0,20})",
        query in prop::option::of("[a-z%&=+_\\PC]{0,20}"),
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "[\\[\\],\"a-z0-9. {}:\\\\]{0,60}".prop_map(String::into_bytes),
        ],
    ) {
        let request = Request {
            method: &method,
            path: &path,
            query: query.as_deref(),
            authorization: Some("Bearer secret"),
            encoding: None,
            body: &body,
        };
        match read(&request, &|token| token == "secret") {
            Ok(call) => prop_assert!(call.shape != Shape::Single || call.commands.len() == 1),
            Err(answer) => {
                prop_assert!(matches!(answer.status, 400 | 405));
                let error: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
                prop_assert!(error["error"].as_str().unwrap().starts_with("ERR "));
            }
        }
    }

    #[test]
    fn no_answer_breaks_the_client(
        status in 100_u16..600,
        body in prop_oneof![
            prop::collection::vec(any::<u8>(), 0..60),
            "(\\[)?\\{\"(result|error)\":[\\[\\]\"a-zA-Z0-9+/=,.{}-]{0,30}\\}(\\])?".prop_map(String::into_bytes),
        ],
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let said = || Ok(HttpResponse { status, body: body.clone(), ..HttpResponse::default() });
        let (transport, world) = (Scripted::new([said(), said()]), Still::default());
        let settings = Settings::new("http://redis.example", "secret");
        let client = Client::new(&transport, &world, settings, Breaker::default());
        let (ping, once) = (Command::new("PING"), How::once(1_000));
        let single = runtime.block_on(client.single(&ping, once));
        let many = runtime.block_on(client.pipeline(&[ping], once));
        prop_assert!(single.is_err() || matches!(status, 200..=299 | 400));
        prop_assert!(many.is_err() || matches!(status, 200..=299));
    }
}
