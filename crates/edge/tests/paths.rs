//! Paths, however their parameters are escaped: each reaches the route that it was written for, by the router
//! that the Worker uses (axum's is matchit).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use edge::address::Address;
use edge::routes::{ROUTES, of_path, paths};
use matchit::Router;
use proptest::prelude::*;

fn router() -> Router<&'static str> {
    let mut router = Router::new();
    for path in paths() {
        router.insert(path, path).unwrap();
    }
    router
}

/// A parameter as it stands in a path: any bytes, plain where that is allowed, or escaped all the same.
fn segment() -> impl Strategy<Value = String> {
    let escaped = any::<u8>().prop_map(|byte| format!("%{byte:02x}"));
    let capital = any::<u8>().prop_map(|byte| format!("%{byte:02X}"));
    let broken =
        prop::sample::select(vec!["%", "%4", "%zz", "%%", "%2f%", "%25", "%252F", "..", "."]);
    let piece = prop_oneof![
        4 => "[A-Za-z0-9._~@|+:;,=!$&'()*-]{1,8}",
        2 => escaped,
        2 => capital,
        1 => broken.prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// Words that stand where other routes have a parameter: `/api/presence/query` is not somebody's presence.
fn is_a_word(segment: &str) -> bool {
    ROUTES.iter().any(|route| route.path.split('/').any(|word| word == segment))
}

/// The way to somebody whose id is a word of another route: docs/protocol.md.
#[test]
fn a_word_with_an_escaped_letter_is_a_parameter() {
    let router = router();
    for (escaped, route) in [
        ("/api/presence/%71uery", "/api/presence/{userId}"),
        ("/api/subscriptions/presence/%73ubscribe", "/api/subscriptions/presence/{userId}"),
    ] {
        let path = Address::parse(escaped).path;
        assert_eq!(*router.at(path).unwrap().value, route);
    }
}

proptest! {
    #[test]
    fn a_path_reaches_its_route_with_the_parameters_that_were_written(
        route in prop::sample::select(ROUTES.to_vec()), given in proptest::collection::vec(segment(), 4)
    ) {
        prop_assume!(!given.iter().any(|segment| is_a_word(segment)));
        let mut rest = given.iter();
        let parts = route.path.split('/').map(|part| {
            if part.starts_with('{') { rest.next().unwrap().clone() } else { part.to_owned() }
        });
        let path = parts.collect::<Vec<_>>().join("/");
        let url = format!("https://rollcall.example{path}?a=/b?c#/d");
        let address = Address::parse(&url);
        prop_assert_eq!((address.path, address.query), (path.as_str(), "a=/b?c"));
        let router = router();
        let found = router.at(address.path).unwrap();
        prop_assert_eq!(*found.value, route.path);
        prop_assert!(of_path(found.value).any(|other| other.operation == route.operation));
        let read: Vec<&str> = found.params.iter().map(|(_, value)| value).collect();
        let used = given.len() - rest.len();
        prop_assert_eq!(read, given[..used].iter().map(String::as_str).collect::<Vec<_>>());
    }

    /// What it matches, filled in again, is the path; anything else has no route.
    #[test]
    fn any_text_is_a_path_of_one_route_or_of_none(text in "(/(api|presence|subscriptions|ws|health|dev|%2e|\\PC{0,6})){0,6}/?") {
        let path = Address::parse(&text).path;
        let router = router();
        if let Ok(found) = router.at(path) {
            let mut filled = (*found.value).to_owned();
            for (name, value) in found.params.iter() {
                filled = filled.replace(&format!("{{{name}}}"), value).replace(&format!("{{*{name}}}"), value);
            }
            prop_assert_eq!(filled, path);
        }
    }
}
