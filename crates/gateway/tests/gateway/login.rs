//! Passwords, and sockets that are no ports.

use serde_json::json;

use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::until;

crate::tests![
    a_changed_password_is_503_and_not_the_client_s_fault,
    a_password_that_is_asked_for_of_a_sudden_is_503,
    a_user_of_redis_has_its_own_permissions,
    a_database_is_chosen_by_its_number,
    a_socket_of_this_machine_serves_as_well,
];

async fn a_changed_password_is_503_and_not_the_client_s_fault() {
    let server = Server::with(&["--requirepass", "first"]).await;
    let gateway = Gateway::with(&["--redis", &format!("redis://:first@127.0.0.1:{}", server.port)]);
    let client = gateway.client();
    assert_eq!(client.ok("SET a 1").await, json!("OK"));
    server.say_as("first", &["CONFIG", "SET", "requirepass", "second"]);
    server.say_as("second", &["CLIENT", "KILL", "TYPE", "normal"]);
    gateway.logged("redis-down", 1).await;
    let (status, said) = client.run("GET a").await;
    let error = said["error"].as_str().unwrap();
    assert!(status == 503 && error.starts_with("UNAVAILABLE "), "{said}");
    assert!(error.contains("refuses the user or the password"), "{said}");
    assert_eq!(client.health().await.0, 503);
    server.say_as("second", &["CONFIG", "SET", "requirepass", "first"]);
    let good = || async { (client.run("GET a").await.0 == 200).then_some(()) };
    until("the old password to be good again", good).await;
}

async fn a_password_that_is_asked_for_of_a_sudden_is_503() {
    let server = Server::start().await;
    let gateway = Gateway::before(&server);
    let client = gateway.client();
    assert_eq!(client.ok("PING").await, json!("PONG"));
    server.say(&["CONFIG", "SET", "requirepass", "new"]);
    server.say_as("new", &["CLIENT", "KILL", "TYPE", "normal"]);
    gateway.logged("redis-down", 1).await;
    let (status, said) = client.run("PING").await;
    assert!(status == 503 && said["error"].as_str().unwrap().contains("NOAUTH"), "{said}");
}

async fn a_user_of_redis_has_its_own_permissions() {
    let server = Server::start().await;
    server.say(&["ACL", "SETUSER", "me", "on", ">pass%word", "~mine:*", "+@all"]);
    let url = format!("redis://me:pass%25word@127.0.0.1:{}", server.port);
    let gateway = Gateway::with(&["--redis", &url]);
    assert_eq!(gateway.client().ok("SET mine:a 1").await, json!("OK"));
    assert!(gateway.client().error("SET yours:a 1").await.starts_with("NOPERM "));
}

async fn a_database_is_chosen_by_its_number() {
    let server = Server::start().await;
    let gateway = Gateway::with(&["--redis", &format!("{}/3", server.url())]);
    gateway.client().ok("SET a 1").await;
    let redis::Value::BulkString(info) = server.say(&["INFO", "keyspace"]) else { panic!() };
    let info = String::from_utf8(info).unwrap();
    assert!(info.contains("db3:keys=1") && !info.contains("db0:"), "{info}");
}

async fn a_socket_of_this_machine_serves_as_well() {
    let folder = crate::support::Folder::new();
    let socket = folder.file("redis.sock");
    let _server = Server::with(&["--unixsocket", &socket]).await;
    let gateway = Gateway::with(&["--redis", &format!("unix://{socket}?db=2")]);
    let client = gateway.client();
    assert_eq!(client.ok("SET a 1").await, json!("OK"));
    assert_eq!(client.health().await.0, 200);
}
