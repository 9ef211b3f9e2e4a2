//! From the configuration to the end.

use std::io::Write;
use std::sync::Arc;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::http::{Door, router, serve};
use crate::{Config, Redis, log};

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
    let redis = Arc::new(Redis::new(&config)?);
    let mut stop = Stop::new().map_err(|error| format!("signals cannot be heard: {error}"))?;
    let listener = TcpListener::bind(config.listen).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    announce(&listener, &config)?;
    let probe = tokio::spawn(probe(redis.clone(), config.times.probe));
    let router = router(Door::new(redis, &config));
    let (heard, hearing) = tokio::sync::oneshot::channel();
    let until = async {
        // The sender lives as long as this function waits.
        let _ = hearing.await;
    };
    let mut serving = tokio::spawn(serve(listener, router, (config.limits, config.times), until));
    let signal = stop.next().await;
    probe.abort();
    log::info("stopping", json!({ "signal": signal }));
    let _ = heard.send(());
    let all_done = tokio::select! {
        served = &mut serving => served.unwrap_or(false),
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
    let redis = config.target.to_string();
    log::info("started", json!({ "listening": url, "redis": redis, "version": version }));
    Ok(())
}

/// Looks after Redis, so that its state is known, and a way back to it found, without traffic.
async fn probe(redis: Arc<Redis>, every: std::time::Duration) {
    loop {
        // Links tell about changes themselves.
        let _ = redis.ping().await;
        tokio::time::sleep(every).await;
    }
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
