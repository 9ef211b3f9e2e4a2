//! A follower is told every record once, in order, from where it was.

use embedded_kafka::{Answer, Config, Refusal, Request, Retention, Scope, sse};
use serde_json::{Value, json};

use crate::world::{NOON, World, keyless, record};

fn following<'a>(path: &'a str, query: &'a str, last_event_id: Option<&'a str>) -> Request<'a> {
    Request { method: "GET", path, query: Some(query), last_event_id, ..Request::default() }
}

/// The ids and data of a stream, and the id that its reader holds in the end, read as the HTML standard says.
fn events(answer: &Answer) -> (Vec<(String, Value)>, String) {
    assert_eq!((answer.status, answer.content_type), (200, "text/event-stream"));
    let text = std::str::from_utf8(&answer.body).unwrap();
    assert!(text.starts_with("retry: 1000\n") && text.ends_with("\n\n"), "{text}");
    let (mut all, mut id) = (Vec::new(), String::new());
    for block in text.split("\n\n") {
        let mut data = None;
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("id", value)) => value.clone_into(&mut id),
                Some(("data", value)) => data = serde_json::from_str(value).ok(),
                Some(("retry", _)) => {}
                _ => panic!("{line}"),
            }
        }
        if let Some(data) = data {
            all.push((id.clone(), data));
        }
    }
    (all, id)
}

fn offsets(answer: &Answer) -> Vec<(String, i64)> {
    let events = events(answer).0.into_iter();
    events
        .map(|(_, data)| {
            (data["topic"].as_str().unwrap().to_owned(), data["offset"].as_i64().unwrap())
        })
        .collect()
}

fn at(places: &[(&str, i64)]) -> Vec<(String, i64)> {
    places.iter().map(|(topic, offset)| ((*topic).to_owned(), *offset)).collect()
}

#[test]
fn a_batch_has_what_came_after_the_cursor_in_the_order_of_the_log() {
    let mut world = World::with_partitions(3);
    world.produce("a", &[record("k", "1")]);
    world.produce("b", &[record("l", "2")]);
    world.produce("a", &[record("m", "3")]);
    let all = world.engine.tail(&Scope::default(), 0, 10).unwrap();
    let values: Vec<_> = all.records.iter().map(|record| record.value.clone().unwrap()).collect();
    assert_eq!(values, [b"1", b"2", b"3"]);
    assert_eq!(all.cursor, 3);
    let rest = world.engine.tail(&Scope::default(), 2, 10).unwrap();
    assert_eq!(rest.records, all.records[2..]);
    let none = world.engine.tail(&Scope::default(), rest.cursor, 10).unwrap();
    assert_eq!((none.records.len(), none.cursor), (0, 3));
}

#[test]
fn batches_are_bounded_in_records_and_bytes_and_leave_nothing_out() {
    let mut world = World::with_partitions(2);
    for n in 0..6 {
        world.produce("t", &[keyless(&format!("{n}{}", "x".repeat(700_000)))]);
    }
    for count in [0, 1, 2, 100] {
        let (mut cursor, mut seen) = (0, Vec::new());
        while seen.len() < 6 {
            let batch = world.engine.tail(&Scope::default(), cursor, count).unwrap();
            assert!((1..=2).contains(&batch.records.len()));
            seen.extend(batch.records.into_iter().map(|record| record.position));
            cursor = batch.cursor;
        }
        assert_eq!(seen, [1, 2, 3, 4, 5, 6]);
    }
}

#[test]
fn a_scope_leaves_out_the_rest_and_its_cursor_passes_it() {
    let mut world = World::with_partitions(2);
    for topic in ["a", "b", "a", "b", "b"] {
        world.produce(topic, &[keyless("v")]);
    }
    let of = |topic: &str, partition| Scope { topic: Some(topic.into()), partition };
    let batch = world.engine.tail(&of("a", None), 0, 10).unwrap();
    assert_eq!((batch.records.len(), batch.cursor), (2, 5));
    let batch = world.engine.tail(&of("b", Some(1)), 0, 10).unwrap();
    assert_eq!((batch.records.len(), batch.records[0].position, batch.cursor), (1, 4, 5));
    let batch = world.engine.tail(&of("b", None), 0, 2).unwrap();
    assert_eq!((batch.records.len(), batch.cursor), (2, 4));
    let batch = world.engine.tail(&of("none", None), 0, 10).unwrap();
    assert_eq!((batch.records.len(), batch.cursor), (0, 5));
}

#[test]
fn a_stream_begins_now_or_at_the_earliest_or_at_an_offset() {
    let mut world = World::with_partitions(1);
    world.produce("a", &[keyless("v"), keyless("w")]);
    world.produce("b", &[keyless("x")]);
    let mut ask = |path, query| offsets(&world.ask(&following(path, query, None)));
    assert_eq!(ask("/topics", "follow=true"), []);
    assert_eq!(ask("/topics", "follow=true&from=earliest"), at(&[("a", 0), ("a", 1), ("b", 0)]));
    assert_eq!(ask("/topics/a", "from=earliest&follow=true"), at(&[("a", 0), ("a", 1)]));
    let messages = "/topics/a/partitions/0/messages";
    assert_eq!(ask(messages, "follow=true&offset=1"), at(&[("a", 1)]));
    assert_eq!(ask(messages, "follow=true&offset=0"), at(&[("a", 0), ("a", 1)]));
    assert_eq!(ask(messages, "follow=true&offset=2"), []);
    assert_eq!(ask(messages, "follow=true"), []);
}

#[test]
fn a_reader_that_comes_back_goes_on_where_it_was() {
    let mut world = World::with_partitions(2);
    let path = "/topics/a";
    let query = "follow=true&from=earliest";
    world.produce("a", &[keyless("v"), keyless("w")]);
    let (first, id) = events(&world.ask(&following(path, query, None)));
    assert_eq!(first.len(), 2);
    assert_eq!(first[1].0, id);
    // The id moves past records of others, and to a place before the first record too.
    world.produce("b", &[keyless("x")]);
    let (none, id) = events(&world.ask(&following(path, query, Some(&id))));
    assert_eq!((none.len(), id.as_str()), (0, "3"));
    world.restart();
    world.produce("a", &[keyless("y")]);
    let from_an_offset =
        following("/topics/a/partitions/0/messages", "follow=true&offset=0", Some(&id));
    assert_eq!(offsets(&world.ask(&from_an_offset)), at(&[("a", 1)]));
    let (third, id) = events(&world.ask(&following(path, query, Some(&id))));
    assert_eq!((third.len(), &third[0].1["value_text"]), (1, &json!("y")));
    assert_eq!(id, "4");
}

#[test]
fn a_topic_may_be_followed_before_it_is_there() {
    let mut world = World::with_partitions(1);
    let path = "/topics/later";
    let (none, id) = events(&world.ask(&following(path, "follow=true", None)));
    assert_eq!((none.len(), id.as_str()), (0, "0"));
    world.produce("other", &[keyless("v")]);
    world.produce("later", &[keyless("v")]);
    let (one, _) = events(&world.ask(&following(path, "follow=true", Some(&id))));
    assert_eq!(one.len(), 1);
    let illegal = world.ask(&following("/topics/bad%20name", "follow=true", None));
    assert_eq!(illegal.status, 404);
    let beyond = "/topics/later/partitions/1/messages";
    assert_eq!(world.ask(&following(beyond, "follow=true", None)).status, 404);
}

#[test]
fn an_id_of_another_log_begins_at_the_beginning_and_one_of_none_is_refused() {
    let mut world = World::with_partitions(1);
    world.produce("a", &[keyless("v")]);
    let answer = world.ask(&following("/topics", "follow=true", Some("77")));
    assert_eq!(offsets(&answer), at(&[("a", 0)]));
    for id in ["-1", "x", "1 ", "99999999999999999999"] {
        let request = following("/topics", "follow=true", Some(id));
        let refusal = world.engine.follow(&request).unwrap().unwrap_err();
        assert!(matches!(refusal, Refusal::Parameter("Last-Event-ID", _)), "{id}");
        assert_eq!(world.ask(&request).status, 400);
    }
    let answer = world.ask(&following("/topics", "follow=true", Some("")));
    assert_eq!(offsets(&answer), []);
}

#[test]
fn what_retention_took_is_passed_over() {
    let retention = Retention { records: 2, ..Retention::default() };
    let mut world = World::new(Config { partitions: 1, retention, ..Config::default() });
    let records: Vec<_> = (0..10).map(|n| keyless(&n.to_string())).collect();
    world.produce("t", &records);
    let answer = world.ask(&following("/topics/t", "follow=true", Some("3")));
    assert_eq!(offsets(&answer), at(&[("t", 8), ("t", 9)]));
}

#[test]
fn only_what_is_a_stream_is_taken_for_one() {
    let mut world = World::with_partitions(1);
    world.produce("a", &[keyless("v")]);
    let mut request = following("/topics", "follow=true", None);
    assert_eq!(world.engine.follow(&request).unwrap().unwrap().cursor, 1);
    request.query = Some("follow=false");
    assert!(world.engine.follow(&request).is_none());
    for path in ["/topics/a/partitions", "/topics/a/partitions/0/offsets", "/nowhere"] {
        assert!(world.engine.follow(&following(path, "follow=true", None)).is_none());
    }
    request = Request { method: "POST", ..following("/topics/a", "follow=true", None) };
    assert!(world.engine.follow(&request).is_none());
}

#[test]
fn an_event_is_one_line_of_data_whatever_the_value() {
    let mut world = World::with_partitions(1);
    world.produce(
        "t",
        &[record("k\n\r", "{\n \"a\" :\r\n \"b\\n\"\n}"), keyless("data: x\n\nid: 7\n")],
    );
    let batch = world.engine.tail(&Scope::default(), 0, 10).unwrap();
    let text = sse::event(&batch.records[0]);
    let expected = json!({
        "topic": "t", "partition": 0, "offset": 0, "timestamp": NOON,
        "key": "awoN", "key_text": "k\n\r",
        "value": "ewogImEiIDoNCiAiYlxuIgp9", "value_json": { "a": "b\n" },
    });
    let data = text.strip_prefix("id: 1\ndata: ").unwrap().strip_suffix("\n\n").unwrap();
    assert!(!data.contains(['\n', '\r']));
    assert_eq!(serde_json::from_str::<Value>(data).unwrap(), expected);
    assert_eq!(sse::event(&batch.records[1]).lines().count(), 3);
}

#[test]
fn a_mark_moves_the_place_and_is_no_event() {
    assert_eq!(sse::mark(5), "id: 5\n\n");
    assert_eq!(sse::opening(5), "retry: 1000\nid: 5\n\n");
}
