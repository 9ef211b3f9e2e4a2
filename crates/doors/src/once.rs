//! A server that answers every request the same, at once, and the little that a client needs besides.

use std::cell::Cell;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use redis_rest::{Environment, HttpRequest, HttpResponse, Transport, TransportError};

/// The server.
pub(crate) struct Once {
    answer: HttpResponse,
    pub(crate) asked: Cell<usize>,
}

impl Once {
    pub(crate) fn new(status: u16, body: &[u8]) -> Self {
        let answer = HttpResponse { status, body: body.to_vec(), ..HttpResponse::default() };
        Self { answer, asked: Cell::new(0) }
    }

    fn say(&self) -> HttpResponse {
        self.asked.set(self.asked.get() + 1);
        self.answer.clone()
    }
}

impl Transport for &Once {
    async fn send(&self, _: HttpRequest, _: u64) -> Result<HttpResponse, TransportError> {
        Ok(self.say())
    }
}

impl kafka_rest::Transport for &Once {
    async fn get(
        &self,
        _: &str,
        _: Vec<(&'static str, String)>,
        _: u64,
    ) -> Result<HttpResponse, TransportError> {
        Ok(self.say())
    }
}

/// Time stands still.
pub(crate) struct Still;

impl Environment for Still {
    fn now(&self) -> u64 {
        1_800_000_000_000
    }

    fn random(&self) -> f64 {
        0.5
    }

    async fn sleep(&self, _: u64) {}
}

/// Nothing here waits.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a call waits for what never comes"),
    }
}

/// The statuses that servers answer with, and others.
pub(crate) fn status(byte: u8) -> u16 {
    const COMMON: [u16; 12] = [200, 200, 200, 400, 401, 404, 408, 413, 422, 429, 500, 503];
    let rare = 100 + 3 * u16::from(byte);
    COMMON.get(usize::from(byte)).copied().unwrap_or(rare)
}
