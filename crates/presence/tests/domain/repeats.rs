//! Calls come twice: what a hub knows already costs no row.

use presence::calls::HubRequest;

use crate::world::{World, user};

#[test]
fn an_unwatch_that_comes_again_writes_nothing() {
    let mut world = World::new();
    let unwatch = |generation| HubRequest::Unwatch { subscriber: user("ada"), generation };
    let now = world.now.0;
    world.rest("grace", unwatch(now)).unwrap();
    world.settle();
    let _ = world.rows_written("grace");
    world.run_for(2_000);
    world.rest("grace", unwatch(now)).unwrap();
    world.rest("grace", unwatch(now - 1)).unwrap();
    assert_eq!(world.rows_written("grace"), 0);
    world.rest("grace", unwatch(now + 1)).unwrap();
    assert!(world.rows_written("grace") > 0, "a newer one is news");
}

#[test]
fn rule_05_an_unwatch_that_is_older_than_the_edge_does_not_end_it() {
    let mut world = World::new();
    let (subscriber, now) = (user("ada"), world.now.0);
    let watch = HubRequest::Watch {
        subscriber: subscriber.clone(),
        generation: now,
        since: None,
        shows: true,
    };
    world.rest("grace", watch).unwrap();
    let late = HubRequest::Unwatch { subscriber, generation: now - 1 };
    world.rest("grace", late).unwrap();
    assert_eq!(world.audience("grace"), ["ada"]);
}
