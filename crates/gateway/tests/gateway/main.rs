//! The gateway as a program, in front of real servers that the tests start on free ports of this machine.
//! Without `redis-server` they are ignored, and say what to install.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking, and this harness is none that clippy knows"
)]
#![allow(unreachable_pub, missing_docs, reason = "nobody else sees these modules")]

mod access;
mod cluster;
mod faults;
mod limits;
mod login;
mod program;
mod sentinel;
mod shapes;
mod stopping;
mod storm;
mod support;
mod tls;
mod transactions;

use libtest_mimic::{Arguments, Completion, Failed, Trial};
use support::server;

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

fn trial((name, test): Test) -> Trial {
    let name = name.trim_start_matches("gateway::");
    Trial::ignorable_test(name, move || {
        if !server::is_installed() {
            return Ok(Completion::ignored_with(server::HOW));
        }
        test();
        Ok::<_, Failed>(Completion::Completed)
    })
}

fn main() {
    let tests = [
        access::tests(),
        cluster::tests(),
        faults::tests(),
        limits::tests(),
        login::tests(),
        program::tests(),
        sentinel::tests(),
        shapes::tests(),
        stopping::tests(),
        storm::tests(),
        tls::tests(),
        transactions::tests(),
    ];
    let trials = tests.into_iter().flatten().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}
