//! The gateway as a program, in front of real servers that the tests start on free ports of this machine.
//! Without `redis-server`, or without a Kafka, those that need it are ignored, and say what to install.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and this harness is none that clippy knows"
)]
#![allow(unreachable_pub, missing_docs, reason = "nobody else sees these modules")]

mod access;
mod bridge;
mod cluster;
mod faults;
mod limits;
mod login;
mod produce;
mod program;
mod sentinel;
mod shapes;
mod stopping;
mod storm;
mod support;
mod tls;
mod together;
mod transactions;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use support::{kafka, server};

/// A test and its name.
type Test = (&'static str, fn());

/// The tests of a module by their names, each an `async fn`.
macro_rules! tests {
    ($($test:ident),* $(,)?) => {
        pub fn tests() -> Vec<crate::Test> {
            vec![$((
                concat!(module_path!(), "::", stringify!($test)),
                || $crate::support::block_on($test()),
            )),*]
        }
    };
}
pub(crate) use tests;

/// What a test cannot do without.
#[derive(Clone, Copy)]
struct Needs {
    redis: bool,
    kafka: bool,
}

const REDIS: Needs = Needs { redis: true, kafka: false };
const KAFKA: Needs = Needs { redis: false, kafka: true };
const BOTH: Needs = Needs { redis: true, kafka: true };

fn trial(needs: Needs, (name, test): Test) -> Trial {
    let name = name.trim_start_matches("gateway::");
    Trial::ignorable_test(name, move || {
        if needs.redis && !server::is_installed() {
            return Ok(Completion::ignored_with(server::HOW));
        }
        if needs.kafka && !kafka::is_installed() {
            return Ok(Completion::ignored_with(kafka::HOW));
        }
        test();
        Ok::<_, Failed>(Completion::Completed)
    })
}

fn main() {
    let tests = [
        (REDIS, access::tests()),
        (KAFKA, bridge::tests()),
        (REDIS, cluster::tests()),
        (REDIS, faults::tests()),
        (REDIS, limits::tests()),
        (REDIS, login::tests()),
        (KAFKA, produce::tests()),
        (REDIS, program::tests()),
        (REDIS, sentinel::tests()),
        (REDIS, shapes::tests()),
        (REDIS, stopping::tests()),
        (REDIS, storm::tests()),
        (REDIS, tls::tests()),
        (BOTH, together::tests()),
        (REDIS, transactions::tests()),
    ];
    let trials = tests.into_iter().flat_map(|(needs, tests)| {
        tests.into_iter().map(move |test| trial(needs, test)).collect::<Vec<_>>()
    });
    let conclusion = libtest_mimic::run(&Arguments::from_args(), trials.collect());
    kafka::end_shared();
    conclusion.exit();
}
