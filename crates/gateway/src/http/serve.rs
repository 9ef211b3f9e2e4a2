//! Taking connections, and letting them go in the end.

use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::Arc;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Duration, sleep, timeout};

use crate::{Limits, Times, log};

/// After a connection could not be taken: mostly there are no files left to open.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until `stop` is over, then lets what is under way end, for a while. Answers whether all of it
/// did.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    (limits, times): (Limits, Times),
    stop: impl Future<Output = ()>,
) -> bool {
    let graceful = GracefulShutdown::new();
    let places = Arc::new(Semaphore::new(limits.connections.min(Semaphore::MAX_PERMITS)));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(times.read);
    let mut stop = pin!(stop);
    loop {
        let (stream, place) = tokio::select! {
            taken = take(&listener, &places) => taken,
            () = &mut stop => break,
        };
        let service = TowerToHyperService::new(router.clone());
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service));
        tokio::spawn(async move {
            // That a client went away is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    timeout(times.stop, graceful.shutdown()).await.is_ok()
}

/// The next connection, once there is a place for it.
async fn take(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> (TcpStream, OwnedSemaphorePermit) {
    loop {
        match (places.clone().acquire_owned().await, listener.accept().await) {
            (Ok(place), Ok((stream, _))) => {
                // Answers are small: waiting for more would only delay them.
                let _ = stream.set_nodelay(true);
                return (stream, place);
            }
            (_, Err(error)) if is_the_client_s(&error) => {}
            (_, accepted) => {
                let reason = accepted.err().map(|error| error.to_string());
                log::warn("accept-failed", json!({ "reason": reason }));
                sleep(PAUSE).await;
            }
        }
    }
}

/// Who went away before being taken is no trouble of ours.
fn is_the_client_s(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}
