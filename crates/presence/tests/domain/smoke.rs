//! The shortest story: two users, one watches the other.

use presence::effects::Command;
use presence::state::Status;

use crate::world::World;

#[test]
fn a_watcher_sees_its_target_come_change_and_go() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Offline));
    let grace = world.connect("grace");
    world.settle();
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Online));
    world.close(grace);
    world.run_for(9_000);
    assert_eq!(
        world.client(ada).sees("grace"),
        Some(Status::Online),
        "within the grace nothing shows"
    );
    world.run_for(2_000);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Offline));
    world.say(ada, Command::Leave).unwrap();
    world.run_for(10_000_000);
    let versions: Vec<i64> =
        world.client(ada).told_about("grace").iter().map(|p| p.version).collect();
    assert_eq!(versions, [0, 1, 2]);
    assert!(world.node(&crate::world::user("ada")).rows("SELECT * FROM watching").is_empty());
}
