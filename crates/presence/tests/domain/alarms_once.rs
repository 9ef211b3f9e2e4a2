//! An alarm that does what it was set for arms none for the same moment: each costs a request and a row.

use presence::calls::HubRequest;

use crate::world::{World, user};

#[test]
fn the_alarm_that_ends_the_last_lease_is_the_last_alarm() {
    let mut world = World::new();
    world.rest("ada", HubRequest::Subscribe { targets: vec!["bob".into()] }).unwrap();
    world.run_for(3_599_000);
    assert_eq!(world.watching("ada"), ["bob"]);
    let fired = |world: &World| world.alarms_fired.get(&user("ada")).copied().unwrap_or(0);
    let before = fired(&world);
    world.run_for(2_000);
    assert_eq!((world.watching("ada").len(), fired(&world) - before), (0, 1));
}
