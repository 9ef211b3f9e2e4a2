//! What requests may look like, and what is answered.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use redis_rest::{Breaker, Environment, Reqwest, Settings, conformance};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::answer;
use crate::support::gateway::{Gateway, TOKEN};
use crate::support::server::Server;

crate::tests![
    a_command_may_be_in_the_body_in_the_path_or_in_both,
    every_kind_of_reply_has_the_shape_that_it_has_in_resp2,
    errors_are_in_the_words_of_redis,
    bytes_that_are_no_text_pass_in_base64,
    a_pipeline_runs_in_order_and_answers_in_order,
    a_pipeline_of_many_commands_and_a_large_value_pass,
    many_requests_at_once_get_their_own_answers_by_one_connection,
    the_server_is_what_the_client_of_the_project_expects,
];

async fn a_command_may_be_in_the_body_in_the_path_or_in_both() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let ok = || (200, json!({"result": "OK"}));
    assert_eq!(client.post("/", r#"["SET","a",1,"EX",100]"#).await, ok());
    assert_eq!(client.get("/get/a").await, (200, json!({"result": "1"})));
    assert_eq!(client.get("/set/b%20c/x%2Fy?EX=100").await, ok());
    assert_eq!(client.get("/ttl/b%20c").await, (200, json!({"result": 100})));
    assert_eq!(client.post("/set/d", "a value\nof lines").await, ok());
    let by_query = client.bare(Method::GET, &format!("/get/d?_token={TOKEN}"));
    assert_eq!(answer(by_query).await, (200, json!({"result": "a value\nof lines"})));
    let head = client.request(Method::HEAD, "/get/d");
    assert_eq!(answer(head).await, (200, json!("")));
}

async fn every_kind_of_reply_has_the_shape_that_it_has_in_resp2() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    assert_eq!(client.ok("GET nothing").await, Value::Null);
    assert_eq!(client.ok("INCRBY n 41").await, json!(41));
    assert_eq!(client.ok("INCRBYFLOAT f 10.5").await, json!("10.5"));
    assert_eq!(client.ok("TYPE n").await, json!("string"));
    assert_eq!(client.ok("PING").await, json!("PONG"));
    client.ok("ZADD z 1.5 a 2 b").await;
    assert_eq!(client.ok("ZRANGE z 0 -1 WITHSCORES").await, json!(["a", "1.5", "b", "2"]));
    assert_eq!(client.ok("ZSCORE z a").await, json!("1.5"));
    client.ok("HSET h a 1 b 2").await;
    assert_eq!(client.ok("HGETALL h").await, json!(["a", "1", "b", "2"]));
    assert_eq!(client.ok("HMGET h b nothing").await, json!(["2", null]));
    client.ok("XADD x 1-1 f v").await;
    assert_eq!(client.ok("XRANGE x - +").await, json!([["1-1", ["f", "v"]]]));
    assert_eq!(client.ok("XREAD STREAMS x 0").await, json!([["x", [["1-1", ["f", "v"]]]]]));
    assert_eq!(client.ok("LRANGE nothing 0 -1").await, json!([]));
    assert_eq!(client.ok("SCAN 0 MATCH h").await, json!(["0", ["h"]]));
}

async fn errors_are_in_the_words_of_redis() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    client.ok("SADD s a").await;
    let wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value";
    assert_eq!(client.error("GET s").await, wrong_type);
    let arity = "ERR wrong number of arguments for 'get' command";
    assert_eq!(client.error("GET").await, arity);
    assert!(client.error("NOSUCH a").await.starts_with("ERR unknown command 'NOSUCH'"));
    let (status, said) = client.post("/", "no json").await;
    assert!(status == 400 && said["error"].is_string(), "{said}");
    let (status, said) = client.get("/").await;
    assert!(status == 400 && said["error"].is_string(), "{said}");
}

async fn bytes_that_are_no_text_pass_in_base64() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let bytes: Vec<u8> = (0..=255).collect();
    assert_eq!(client.post("/set/b", bytes.clone()).await.0, 200);
    client.ok("SADD set OK").await;
    let ask = async |path: &str| {
        let request = client.request(Method::GET, path);
        answer(request.header("Upstash-Encoding", "base64")).await
    };
    let encoded = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
    assert_eq!(ask("/get/b").await, (200, json!({"result": encoded(&bytes)})));
    assert_eq!(ask("/set/k/v").await, (200, json!({"result": "OK"})));
    assert_eq!(ask("/smembers/set").await, (200, json!({"result": [encoded(b"OK")]})));
    assert_eq!(ask("/strlen/b").await, (200, json!({"result": 256})));
    let (status, said) = ask("/get/set").await;
    assert!(status == 400 && said["error"].as_str().unwrap().starts_with("WRONGTYPE "), "{said}");
}

async fn a_pipeline_runs_in_order_and_answers_in_order() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let commands = ["SET a 1", "INCR a", "GET a", "SADD a x", "GET nothing", "DEL a", "GET a"];
    let wrong_type = "WRONGTYPE Operation against a key holding the wrong kind of value";
    let said = json!([
        {"result": "OK"}, {"result": 2}, {"result": "2"}, {"error": wrong_type},
        {"result": null}, {"result": 1}, {"result": null},
    ]);
    assert_eq!(client.pipeline(&commands).await, (200, said));
    assert_eq!(client.post("/pipeline", "[]").await, (200, json!([])));
}

async fn a_pipeline_of_many_commands_and_a_large_value_pass() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let (status, said) = client.pipeline(&vec!["INCR n"; 10_000]).await;
    let numbers: Vec<Value> = (1..=10_000).map(|n| json!({"result": n})).collect();
    assert!(status == 200 && said == json!(numbers));
    let large = "x".repeat(9 * 1024 * 1024);
    assert_eq!(client.post("/", json!(["SET", "large", large]).to_string()).await.0, 200);
    assert_eq!(client.ok("GET large").await, json!(large));
}

async fn many_requests_at_once_get_their_own_answers_by_one_connection() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let asked = (0..200).map(|n| {
        let client = client.clone();
        async move { (n, client.ok(&format!("ECHO {n}")).await) }
    });
    for (n, said) in futures_util::future::join_all(asked).await {
        assert_eq!(said, json!(n.to_string()));
    }
    let redis::Value::BulkString(list) = server.say(&["CLIENT", "LIST"]) else { panic!() };
    let list = String::from_utf8(list).unwrap();
    // The other one is the one that asks.
    assert_eq!(list.lines().count(), 2, "{list}");
}

/// The time and the patience of this process.
struct World;

impl Environment for World {
    #[allow(clippy::disallowed_methods, reason = "runs natively only")]
    fn now(&self) -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
    }

    fn random(&self) -> f64 {
        0.5
    }

    async fn sleep(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }
}

async fn the_server_is_what_the_client_of_the_project_expects() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = |token: &str| {
        let settings = Settings::new(&gateway.url, token);
        redis_rest::Client::new(Reqwest::new().unwrap(), World, settings, Breaker::default())
    };
    let friend = client(TOKEN);
    assert_eq!(conformance::check(&friend, "conformance:").await, Ok(()));
    assert_eq!(conformance::check_stranger(&client("wrong")).await, Ok(()));
    assert_eq!(conformance::check_flush(&friend).await, Ok(()));
}
