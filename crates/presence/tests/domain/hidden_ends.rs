//! Rule 12: what happened while a user was hidden stays unknown, whatever they say of themselves later.

use presence::calls::HubRequest;
use presence::effects::Command;
use presence::state::Status;

use crate::world::{World, status};

#[test]
fn rule_12_an_end_while_hidden_is_not_given_away_by_hiding_once_more() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.run_for(1_000);
    world.set(ada, Status::Invisible);
    let frozen = world.look("ada", "bob").last_active_at;
    assert!(frozen.is_some());
    world.run_for(60_000);
    world.say(ada, Command::Leave).unwrap();
    for wanted in [Status::Online, Status::Invisible, Status::Busy] {
        world.rest("ada", HubRequest::SetStatus(status(wanted))).unwrap();
        assert_eq!(world.look("ada", "bob").last_active_at, frozen, "{wanted:?}");
    }
}
