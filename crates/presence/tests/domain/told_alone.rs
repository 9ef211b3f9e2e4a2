//! Who asks is told, and nobody else: an answer to one socket's question is no news for the others.

use crate::world::World;

#[test]
fn who_watches_themself_on_a_new_device_tells_that_device_alone() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["ada"]);
    world.settle();
    let told = world.client(ada).told_about("ada").len();
    let second = world.connect("ada");
    world.settle();
    assert_eq!(world.client(second).told_about("ada").len(), 1);
    assert_eq!(world.client(ada).told_about("ada").len(), told, "nothing of it changed");
    world.subscribe(second, &["ada"]);
    world.settle();
    assert_eq!(world.client(second).told_about("ada").len(), 2, "asked again");
    assert_eq!(world.client(ada).told_about("ada").len(), told);
}
