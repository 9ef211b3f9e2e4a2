//! The checks that every server of the protocol is held to, through the client and back.

use std::cell::RefCell;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use redis_rest::conformance::{Verdict, check, check_flush, check_stranger};
use redis_rest::{
    Breaker, Client, Environment, HttpRequest, HttpResponse, Request, Settings, Transport,
    TransportError,
};

use crate::world::{NOON, World};

/// Requests go straight to the engine.
struct Direct<'a>(&'a RefCell<World>);

impl Transport for Direct<'_> {
    async fn send(&self, request: HttpRequest, _: u64) -> Result<HttpResponse, TransportError> {
        let header = |name| {
            let found = request.headers.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| value.as_str())
        };
        let asked = Request {
            method: "POST",
            path: request.url.strip_prefix("http://engine").unwrap(),
            query: None,
            authorization: header("authorization"),
            encoding: header("upstash-encoding"),
            body: &request.body,
        };
        let answer = self.0.borrow_mut().engine.handle(&asked, &|token| token == "secret", NOON);
        Ok(HttpResponse { status: answer.status, body: answer.body, ..HttpResponse::default() })
    }
}

/// Nothing takes time.
struct Still;

impl Environment for Still {
    fn now(&self) -> u64 {
        0
    }

    fn random(&self) -> f64 {
        0.0
    }

    async fn sleep(&self, _: u64) {}
}

/// A future that waits for nobody.
fn at_once(future: impl Future<Output = Verdict>) -> Verdict {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(verdict) => verdict,
        Poll::Pending => panic!("an engine answers at once"),
    }
}

fn client<'a>(world: &'a RefCell<World>, token: &str) -> Client<Direct<'a>, Still> {
    Client::new(Direct(world), Still, Settings::new("http://engine", token), Breaker::default())
}

#[test]
fn the_engine_conforms_as_any_server_must() {
    let world = RefCell::new(World::new());
    let client = client(&world, "secret");
    assert_eq!(at_once(check(&client, "conformance:")), Ok(()));
    assert_eq!(at_once(check_flush(&client)), Ok(()));
}

#[test]
fn a_stranger_is_refused_as_one() {
    let world = RefCell::new(World::new());
    assert_eq!(at_once(check_stranger(&client(&world, "wrong"))), Ok(()));
}
