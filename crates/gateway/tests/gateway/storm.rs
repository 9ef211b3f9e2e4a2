//! What the gateway says about a request that failed is true: after 503 it was not carried out, after 200 it
//! was, and only after 502 and 504 it may have been either.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::support::client::Client;
use crate::support::gateway::Gateway;
use crate::support::server::Server;
use crate::support::until;

crate::tests![what_is_said_about_a_request_is_true_while_redis_dies_and_hangs];

/// How many requests were answered how.
#[derive(Default)]
struct Tally {
    done: AtomicU64,
    not_done: AtomicU64,
    doubtful: AtomicU64,
    over: AtomicBool,
}

impl Tally {
    fn count(&self, status: u16) {
        let kind = match status {
            200 => &self.done,
            503 => &self.not_done,
            502 | 504 => &self.doubtful,
            other => panic!("status {other}"),
        };
        kind.fetch_add(1, Ordering::Relaxed);
    }

    fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }
}

async fn ask(client: Client, tally: Arc<Tally>, kind: usize) {
    while !tally.over.load(Ordering::Relaxed) {
        // Each adds one, by each of the three ways.
        let (status, said) = match kind % 3 {
            0 => client.run("INCR n").await,
            1 => client.pipeline(&["INCR n"]).await,
            _ => client.transaction(&["INCR n"]).await,
        };
        tally.count(status);
        if status != 200 {
            let told = said["error"].as_str().unwrap();
            assert_eq!(status == 503, told.contains("nothing was done"), "{told}");
        }
    }
}

/// Cuts the gateway's connection again and again: sometimes a command was carried out, and its answer is
/// lost with the connection.
async fn cut(server: &Server) {
    for _ in 0..100 {
        server.say(&["CLIENT", "KILL", "TYPE", "normal"]);
        sleep(Duration::from_millis(3)).await;
    }
}

/// Waits until more requests succeed.
async fn goes_on(tally: &Tally) {
    let before = tally.done();
    until("service", || async { (tally.done() > before + 50).then_some(()) }).await;
}

async fn what_is_said_about_a_request_is_true_while_redis_dies_and_hangs() {
    // What was acknowledged survives the death of the process: unlike `everysec`, this never puts a write off
    // until after the answer.
    let mut server = Server::with(&["--appendonly", "yes", "--appendfsync", "no"]).await;
    let url = server.url();
    let times = ["--connect-timeout-ms", "300", "--response-timeout-ms", "300", "--probe-ms", "50"];
    let gateway = Gateway::with(&[&["--redis", &url], &times[..]].concat());
    let tally = Arc::new(Tally::default());
    let askers: Vec<_> =
        (0..12).map(|kind| tokio::spawn(ask(gateway.client(), tally.clone(), kind))).collect();
    for _ in 0..3 {
        goes_on(&tally).await;
        cut(&server).await;
        server.kill();
        sleep(Duration::from_millis(100)).await;
        server.run().await;
        assert_eq!(server.url(), url, "somebody took the port");
        goes_on(&tally).await;
        server.freeze();
        sleep(Duration::from_millis(700)).await;
        server.thaw();
    }
    goes_on(&tally).await;
    tally.over.store(true, Ordering::Relaxed);
    for asker in askers {
        asker.await.unwrap();
    }
    let (done, doubtful) = (tally.done(), tally.doubtful.load(Ordering::Relaxed));
    let counted: u64 = gateway.client().ok("GET n").await.as_str().unwrap().parse().unwrap();
    let told = format!("{done} done, {doubtful} doubtful, {counted} counted");
    assert!((done..=done + doubtful).contains(&counted), "{told}");
    assert!(tally.not_done.load(Ordering::Relaxed) > 0 && doubtful > 0, "{told}");
}
