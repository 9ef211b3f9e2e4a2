//! The checks of conformance: a right server passes them over real HTTP, a wrong one does not.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests may panic")]

mod common;

use std::rc::Rc;

use common::http::{Arrived, Reaction, Server, answer};
use common::memory::{Fault, Memory};
use common::world::Real;
use redis_rest::conformance::{check, check_flush, check_stranger};
use redis_rest::{Breaker, Client, Request, Reqwest, Settings};
use tokio::task::LocalSet;

/// A server over this memory.
async fn serve(fault: Fault) -> Server {
    let memory = Memory::new(fault);
    Server::start(Rc::new(move |arrived: &Arrived| {
        let mut line = arrived.head.split(' ');
        let method = line.next().unwrap_or_default();
        let path = line.next().unwrap_or_default().strip_prefix("/redis").unwrap_or_default();
        let answered = memory.answer(&Request {
            method,
            path,
            query: None,
            authorization: arrived.header("authorization"),
            encoding: arrived.header("upstash-encoding"),
            body: &arrived.body,
        });
        Reaction::Write(answer(answered.status, "", &answered.body))
    }))
    .await
}

fn client(server: &Server, token: &str) -> Client<Reqwest, Real> {
    let settings = Settings::new(&format!("{}/redis/", server.url), token);
    Client::new(Reqwest::new().unwrap(), Real::new(), settings, Breaker::default())
}

#[tokio::test]
async fn a_right_server_passes() {
    let test = async {
        let server = serve(Fault::None).await;
        assert_eq!(check(&client(&server, "secret"), "a:").await, Ok(()));
        assert_eq!(check_flush(&client(&server, "secret")).await, Ok(()));
        assert_eq!(check_stranger(&client(&server, "wrong")).await, Ok(()));
    };
    LocalSet::new().run_until(test).await;
}

#[tokio::test]
async fn a_wrong_one_does_not() {
    let test = async {
        for fault in [
            Fault::IgnoresConditions,
            Fault::ForgetsTtlOnSet,
            Fault::KeepsTtlOnSet,
            Fault::KeepsEmptySets,
            Fault::ScansOnePageOnly,
            Fault::IgnoresScanType,
            Fault::RunsBadTransactions,
            Fault::StopsAtErrors,
            Fault::WordsErrorsItsOwnWay,
        ] {
            let server = serve(fault).await;
            let verdict = check(&client(&server, "secret"), "a:").await;
            assert!(verdict.is_err(), "{fault:?} was not noticed");
        }
        let server = serve(Fault::TakesAnyToken).await;
        assert!(check_stranger(&client(&server, "wrong")).await.is_err());
    };
    LocalSet::new().run_until(test).await;
}
