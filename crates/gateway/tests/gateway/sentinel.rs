//! The master by what Sentinels say.

use serde_json::json;

use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::until;

crate::tests![the_new_master_is_found_after_a_failover, a_master_that_nobody_knows_is_503];

/// A Sentinel that watches a master alone, and does not hesitate.
async fn sentinel(master: &Server) -> Server {
    let sentinel = Server::with(&["--sentinel"]).await;
    sentinel.say(&["SENTINEL", "MONITOR", "main", "127.0.0.1", &master.port.to_string(), "1"]);
    for (option, value) in [("down-after-milliseconds", "500"), ("failover-timeout", "2000")] {
        sentinel.say(&["SENTINEL", "SET", "main", option, value]);
    }
    sentinel
}

async fn the_new_master_is_found_after_a_failover() {
    let mut master = Server::start().await;
    let port = master.port.to_string();
    let replica = Server::with(&["--replicaof", "127.0.0.1", &port]).await;
    let sentinel = sentinel(&master).await;
    let known = || async {
        let said = sentinel.say(&["SENTINEL", "REPLICAS", "main"]);
        matches!(said, redis::Value::Array(replicas) if !replicas.is_empty()).then_some(())
    };
    until("the Sentinel to know the replica", known).await;
    let address = format!("redis+sentinel://127.0.0.1:{}/main", sentinel.port);
    let gateway = Gateway::with(&["--redis", &address, "--probe-ms", "100"]);
    let client = gateway.client();
    assert_eq!(client.ok("SET a 1").await, json!("OK"));
    let copied = || async { (replica.say(&["GET", "a"]) != redis::Value::Nil).then_some(()) };
    until("the copy", copied).await;
    master.kill();
    let written = || async { (client.run("SET b 2").await.0 == 200).then_some(()) };
    until("the new master", written).await;
    assert_eq!(replica.say(&["GET", "b"]), redis::Value::BulkString(b"2".to_vec()));
    assert_eq!(client.ok("GET a").await, json!("1"));
    assert_eq!(client.health().await.0, 200);
}

async fn a_master_that_nobody_knows_is_503() {
    let master = Server::start().await;
    let sentinel = sentinel(&master).await;
    let host = format!("127.0.0.1:{}", sentinel.port);
    let gateway = Gateway::with(&["--sentinel", &host, "--sentinel-master", "nobody"]);
    let (status, said) = gateway.client().run("PING").await;
    assert!(status == 503 && said["error"].as_str().unwrap().contains("no such master"), "{said}");
    let gateway = Gateway::with(&["--sentinel", &host, "--sentinel-master", "main"]);
    assert_eq!(gateway.client().ok("PING").await, json!("PONG"));
}
