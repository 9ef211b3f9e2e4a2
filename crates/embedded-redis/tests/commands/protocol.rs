use redis_rest::Request;
use serde_json::{Value, json};

use crate::world::World;

/// What the engine answers over HTTP.
fn ask(world: &mut World, method: &str, path: &str, body: &str) -> (u16, Value) {
    encoded(world, method, path, body, None)
}

fn encoded(
    world: &mut World,
    method: &str,
    path: &str,
    body: &str,
    encoding: Option<&str>,
) -> (u16, Value) {
    let (path, query) =
        path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
    let authorization = Some("Bearer secret");
    let request = Request { method, path, query, authorization, encoding, body: body.as_bytes() };
    let answer = world.engine.handle(&request, &|token| token == "secret", world.now);
    assert_eq!(answer.content_type, "application/json");
    (answer.status, serde_json::from_slice(&answer.body).unwrap())
}

#[test]
fn a_command_is_taken_from_the_body_and_from_the_path() {
    let mut world = World::new();
    assert_eq!(
        ask(&mut world, "POST", "/", r#"["SET","k","v","EX",100]"#),
        (200, json!({"result": "OK"}))
    );
    assert_eq!(ask(&mut world, "GET", "/get/k", ""), (200, json!({"result": "v"})));
    assert_eq!(
        ask(&mut world, "POST", "/set/other?EX=5", "the body"),
        (200, json!({"result": "OK"}))
    );
    assert_eq!(ask(&mut world, "GET", "/ttl/other", ""), (200, json!({"result": 5})));
    assert_eq!(ask(&mut world, "POST", "/", r#"["GET","none"]"#), (200, json!({"result": null})));
}

#[test]
fn an_error_is_worded_as_redis_words_it() {
    let mut world = World::new();
    world.run("SADD s m");
    let wrong = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(ask(&mut world, "POST", "/", r#"["GET","s"]"#), (400, json!({"error": wrong})));
    let (status, _) = ask(&mut world, "DELETE", "/", "");
    assert_eq!(status, 405);
}

#[test]
fn a_wrong_token_runs_nothing() {
    let mut world = World::new();
    for authorization in [None, Some("Bearer wrong")] {
        let body = br#"["SET","k","v"]"#;
        let request =
            Request { method: "POST", path: "/", query: None, authorization, encoding: None, body };
        assert_eq!(
            world.engine.handle(&request, &|token| token == "secret", world.now).status,
            401
        );
    }
    assert_eq!(world.run("EXISTS k"), "0");
}

#[test]
fn a_pipeline_answers_one_object_a_command() {
    let mut world = World::new();
    let (status, answer) = ask(
        &mut world,
        "POST",
        "/pipeline",
        r#"[["SET","k",1],["INCR","k"],["NOSUCH"],["SMEMBERS","s"]]"#,
    );
    assert_eq!(status, 200);
    assert_eq!(answer[0], json!({"result": "OK"}));
    assert_eq!(answer[1], json!({"result": 2}));
    assert!(answer[2]["error"].as_str().unwrap().starts_with("ERR unknown command 'NOSUCH'"));
    assert_eq!(answer[3], json!({"result": []}));
}

#[test]
fn a_transaction_is_answered_whole_or_refused_whole() {
    let mut world = World::new();
    let (status, answer) =
        ask(&mut world, "POST", "/multi-exec", r#"[["SET","k","1"],["INCR","k"]]"#);
    assert_eq!((status, answer), (200, json!([{"result": "OK"}, {"result": 2}])));
    let (status, answer) =
        ask(&mut world, "POST", "/multi-exec", r#"[["SET","k","9"],["NOSUCH"]]"#);
    assert_eq!(status, 400);
    assert!(answer["error"].as_str().unwrap().starts_with("EXECABORT"));
    assert_eq!(world.run("GET k"), "\"2\"");
    world.store.refuse_writes(true);
    let (status, _) = ask(&mut world, "POST", "/multi-exec", r#"[["SET","k","9"]]"#);
    assert_eq!(status, 500);
}

#[test]
fn strings_come_in_base64_to_those_who_ask() {
    let mut world = World::new();
    let mut encoded = |body| encoded(&mut world, "POST", "/", body, Some("base64")).1;
    assert_eq!(encoded(r#"["SET","k","hello"]"#), json!({"result": "OK"}));
    assert_eq!(encoded(r#"["GET","k"]"#), json!({"result": "aGVsbG8="}));
    assert_eq!(encoded(r#"["TYPE","k"]"#), json!({"result": "c3RyaW5n"}));
}
