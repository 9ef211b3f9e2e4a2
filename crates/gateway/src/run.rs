//! From the configuration to the end.

use std::io::Write;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinHandle;
use tokio::time::{Duration, sleep, timeout};

use crate::http::{Door, router, serve};
use crate::{Config, Kafka, Redis, kafka, log};

/// Serves until SIGTERM or SIGINT; a second one ends it at once.
pub fn run(config: Config) -> Result<(), String> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no threads: {error}"))?;
    let result = runtime.block_on(gateway(config));
    // What waits for Redis still would hold up the end.
    runtime.shutdown_background();
    result
}

async fn gateway(config: Config) -> Result<(), String> {
    let redis = config.target.clone().map(|target| Redis::new(target, &config)).transpose()?;
    let kafka = config.kafka.as_ref().map(|target| Kafka::new(target, &config)).transpose()?;
    let (redis, kafka) = (redis.map(Arc::new), kafka.map(Arc::new));
    let mut stop = Stop::new().map_err(|error| format!("signals cannot be heard: {error}"))?;
    let listener = TcpListener::bind(config.listen).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    announce(&listener, &config)?;
    let every = config.times.probe;
    let probes = [
        redis.clone().map(|redis| tokio::spawn(probe_redis(redis, every))),
        kafka.clone().map(|kafka| tokio::spawn(probe_kafka(kafka, every))),
    ];
    let door = Arc::new(Door::new(redis, kafka, &config));
    let router = router(door.clone());
    let (heard, hearing) = tokio::sync::oneshot::channel();
    let until = async {
        // The sender lives as long as this function waits.
        let _ = hearing.await;
    };
    let mut serving = tokio::spawn(serve(listener, router, (config.limits, config.times), until));
    let signal = stop.next().await;
    probes.iter().flatten().for_each(JoinHandle::abort);
    log::info("stopping", json!({ "signal": signal }));
    let _ = heard.send(());
    let all_done = tokio::select! {
        served = &mut serving => served.unwrap_or(false) && ended(&door, &config).await,
        _ = stop.next() => false,
    };
    log::info("stopped", json!({ "all_answered": all_done }));
    Ok(())
}

/// Scripts wait for this line, and read the address in it.
fn announce(listener: &TcpListener, config: &Config) -> Result<(), String> {
    let address = listener.local_addr().map_err(|error| error.to_string())?;
    let url = format!("http://{address}");
    let mut out = std::io::stdout();
    let told = writeln!(out, "{}", json!({ "listening": url })).and_then(|()| out.flush());
    told.map_err(|error| format!("standard output: {error}"))?;
    let version = env!("CARGO_PKG_VERSION");
    let mut more = json!({ "listening": url, "version": version });
    let redis = config.target.as_ref().map(|target| ("redis", target.to_string()));
    let kafka = config.kafka.as_ref().map(|target| ("kafka", target.to_string()));
    if let Value::Object(fields) = &mut more {
        fields.extend(redis.into_iter().chain(kafka).map(|(name, at)| (name.into(), json!(at))));
    }
    log::info("started", more);
    Ok(())
}

/// Looks after Redis, so that its state is known, and a way back to it found, without traffic.
async fn probe_redis(redis: Arc<Redis>, every: Duration) {
    loop {
        // Links tell about changes themselves.
        let _ = redis.ping().await;
        sleep(every).await;
    }
}

/// The same for Kafka. While it is up this is also how more partitions are found, and need not be often:
/// all topics are listed.
async fn probe_kafka(kafka: Arc<Kafka>, every: Duration) {
    loop {
        let up = kafka.ping().await.is_ok();
        sleep(if up { every.max(kafka::FRESH) } else { every }).await;
    }
}

/// Whether what clients left behind ended too: what they began with Kafka is finished without them.
async fn ended(door: &Door, config: &Config) -> bool {
    timeout(config.times.stop, door.idle()).await.is_ok()
}

/// The signals that end a program.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn new() -> std::io::Result<Self> {
        let terminate = signal(SignalKind::terminate())?;
        Ok(Self { terminate, interrupt: signal(SignalKind::interrupt())? })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
