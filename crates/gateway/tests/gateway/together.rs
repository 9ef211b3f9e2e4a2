//! Redis and Kafka behind one gateway.

use serde_json::json;

use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::{free_port, kafka};

crate::tests![each_has_its_paths, one_that_is_down_does_not_take_the_other_with_it];

async fn each_has_its_paths() {
    let server = Server::start().await;
    let flags = ["--redis", &server.url(), "--kafka", &kafka::shared().address];
    let gateway = Gateway::with(&flags);
    let client = gateway.client();
    assert_eq!(client.ok("SET topics 1").await, json!("OK"));
    assert_eq!(client.get("/get/topics").await, (200, json!({ "result": "1" })));
    let (status, topics) = client.get("/topics").await;
    assert!(status == 200 && topics.is_array(), "{topics}");
    let up = json!({ "status": "up", "redis": "up", "kafka": "up" });
    assert_eq!(client.health().await, (200, up));
}

async fn one_that_is_down_does_not_take_the_other_with_it() {
    let server = Server::start().await;
    let nobody = format!("127.0.0.1:{}", free_port());
    let gateway = Gateway::with(&["--redis", &server.url(), "--kafka", &nobody]);
    let client = gateway.client();
    assert_eq!(client.ok("PING").await, json!("PONG"));
    let (status, health) = client.health().await;
    assert_eq!((status, &health["redis"], &health["kafka"]), (503, &json!("up"), &json!("down")));
    assert!(!health["reason"].as_str().unwrap().is_empty());
}
