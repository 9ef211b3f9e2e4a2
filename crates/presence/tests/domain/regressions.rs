//! Bugs that were found from end to end, each played again natively.

use presence::calls::{HubRequest, HubResponse};
use presence::state::EndReason;

use crate::world::World;

/// The session got a TTL instead of the grace, and its end was called `expired`.
#[test]
fn a_close_of_a_socket_that_is_listed_no_more_is_a_close_and_no_vanishing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let (user, (key, socket)) = world.vanish(ada);
    world.node(&user).sockets.insert(key, socket);
    let now = world.now;
    let attached = world.node(&user).attached(now).pop().unwrap();
    world.node(&user).sockets.remove(&key);
    world.input(&user, |hub, turn| hub.closed(turn, &attached, EndReason::Closed)).unwrap();
    let Ok(HubResponse::Sessions { sessions }) = world.rest("ada", HubRequest::Sessions) else {
        panic!("no list of sessions");
    };
    assert_eq!(sessions[0].expires_at, now + world.config.offline_grace);
}
