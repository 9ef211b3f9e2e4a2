//! Who may do what.

use reqwest::Method;
use serde_json::json;

use crate::support::client::answer;
use crate::support::gateway::{Gateway, TOKEN};
use crate::support::server::Server;

crate::tests![
    without_the_right_token_nothing_is_done,
    several_tokens_are_good,
    a_token_that_may_only_read_changes_nothing,
    commands_that_would_harm_others_are_refused,
    health_needs_no_token_and_other_methods_are_refused,
    no_secret_is_logged,
];

async fn without_the_right_token_nothing_is_done() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    let refusal = json!({"error": "WRONGPASS invalid or missing auth token"});
    for wrong in ["", "a-token-of-test", "a-token-of-tests2", "A-TOKEN-OF-TESTS"] {
        let stranger = client.by(wrong);
        assert_eq!(stranger.run("SET a 1").await, (401, refusal.clone()), "{wrong}");
        assert_eq!(stranger.pipeline(&["SET a 1"]).await, (401, refusal.clone()), "{wrong}");
        assert_eq!(stranger.transaction(&["SET a 1"]).await, (401, refusal.clone()), "{wrong}");
        assert_eq!(stranger.get("/set/a/1").await, (401, refusal.clone()), "{wrong}");
    }
    let none = client.bare(Method::POST, "/").body(r#"["SET","a","1"]"#);
    assert_eq!(answer(none).await, (401, refusal.clone()));
    let basic =
        client.bare(Method::GET, "/set/a/1").header("Authorization", format!("Basic {TOKEN}"));
    assert_eq!(answer(basic).await, (401, refusal));
    assert_eq!(client.ok("EXISTS a").await, json!(0));
}

async fn several_tokens_are_good() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &server.url(), "--token", "b,c"]);
    for token in [TOKEN, "b", "c"] {
        assert_eq!(gateway.client().by(token).ok("PING").await, json!("PONG"));
    }
}

async fn a_token_that_may_only_read_changes_nothing() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &server.url(), "--read-only-token", "reader"]);
    let (writer, reader) = (gateway.client(), gateway.client().by("reader"));
    writer.ok("SADD s a").await;
    assert_eq!(reader.ok("SMEMBERS s").await, json!(["a"]));
    assert!(reader.error("SADD s b").await.starts_with("NOPERM "));
    let (status, said) = reader.pipeline(&["SCARD s", "DEL s", "SCARD s"]).await;
    assert_eq!((status, &said[0], &said[2]), (200, &json!({"result": 1}), &json!({"result": 1})));
    assert!(said[1]["error"].as_str().unwrap().starts_with("NOPERM "), "{said}");
    let (status, said) = reader.transaction(&["SCARD s", "DEL s"]).await;
    assert!(status == 400 && said["error"].as_str().unwrap().starts_with("NOPERM "), "{said}");
    assert_eq!(writer.ok("SCARD s").await, json!(1));
}

async fn commands_that_would_harm_others_are_refused() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    for words in [
        "SUBSCRIBE a",
        "PSUBSCRIBE a",
        "MONITOR",
        "BLPOP a 0",
        "WATCH a",
        "MULTI",
        "EXEC",
        "DISCARD",
        "SELECT 1",
        "AUTH x",
        "CLIENT LIST",
        "QUIT",
        "RESET",
        "HELLO 3",
        "DEBUG SLEEP 9",
        "SHUTDOWN",
        "CONFIG GET requirepass",
        "XREAD BLOCK 0 STREAMS a $",
        "REPLICAOF NO ONE",
    ] {
        let said = client.error(words).await;
        assert!(said.starts_with("ERR Command is not available: '"), "{words}: {said}");
    }
    // By its path too, and the others of a pipeline run.
    assert_eq!(client.get("/subscribe/a").await.0, 400);
    let (_, said) = client.pipeline(&["SET a 1", "MONITOR", "GET a"]).await;
    assert_eq!((&said[0], &said[2]), (&json!({"result": "OK"}), &json!({"result": "1"})));
    assert!(said[1]["error"].is_string());
}

async fn health_needs_no_token_and_other_methods_are_refused() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    assert_eq!(client.health().await, (200, json!({"status": "up"})));
    for method in [Method::DELETE, Method::PATCH, Method::OPTIONS] {
        assert_eq!(answer(client.request(method, "/get/a")).await.0, 405);
    }
}

async fn no_secret_is_logged() {
    let server = Server::with(&["--requirepass", "hush-redis"]).await;
    let url = format!("redis://:hush-redis@127.0.0.1:{}", server.port);
    let flags = ["--redis", &url, "--token", "hush-token", "--read-only-token", "hush-reader"];
    let gateway = Gateway::with(&flags);
    assert_eq!(gateway.client().ok("SET hush-key hush-value").await, json!("OK"));
    assert_eq!(gateway.client().by("hush-guess").run("PING").await.0, 401);
    server.say_as("hush-redis", &["CONFIG", "SET", "requirepass", "other"]);
    server.say_as("other", &["CLIENT", "KILL", "TYPE", "normal"]);
    gateway.logged("redis-down", 1).await;
    let (_, health) = gateway.client().health().await;
    let all = format!("{:?} {health}", gateway.log());
    assert!(all.contains("started") && all.contains("redis-up"), "{all}");
    assert!(!all.contains("hush") && !all.contains("other"), "{all}");
}
