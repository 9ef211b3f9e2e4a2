//! A Redis that is away: how long hubs rest, and how soon it is right once it is back.

use presence::calls::{HubRequest, HubResponse};
use presence::config::HubConfig;
use presence::effects::Command;
use presence::mirror::Refresh;
use presence::state::Status;

use crate::mirror::assert_true;
use crate::world::{Flow, World, user};

const SOON: i64 = 1_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

fn world(refresh: Refresh) -> World {
    World::with(HubConfig { refresh, ..HubConfig::default() })
}

/// However long it was away, and however long a rest the last failure began.
#[test]
fn a_change_is_mirrored_within_a_second_once_redis_takes_it() {
    for refuse in [Flow::Refuse, Flow::Closed(HOUR), Flow::Lose] {
        let mut world = world(Refresh::Transitions);
        let ada = world.connect("ada");
        world.run_for(SOON);
        world.redis_does(move |_| refuse);
        world.set(ada, Status::Busy);
        // A time-out takes ten seconds, and the flush under way is waited for.
        world.run_for(10 * MINUTE);
        while world.redis_is_asked("ada") {
            world.run_for(100);
        }
        world.redis_does(|_| Flow::Take);
        world.set(ada, Status::Invisible);
        world.run_for(SOON);
        assert!(!world.redis().online.contains(&user("ada")), "{refuse:?}");
    }
}

#[test]
fn what_waits_is_written_within_six_minutes_however_long_redis_asks_for() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Closed(HOUR));
    world.connect("ada");
    world.run_for(SOON);
    world.redis_does(|_| Flow::Take);
    world.run_for(5 * MINUTE + SOON);
    assert_true(&mut world, "ada");
}

/// A breaker that opens for a moment is no reason to rest for longer and longer.
#[test]
fn a_flush_that_was_not_sent_is_no_failure_to_back_off_from() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Closed(500));
    world.connect("ada");
    world.run_for(5 * MINUTE);
    world.redis_does(|_| Flow::Take);
    world.run_for(6_000);
    assert_true(&mut world, "ada");
}

/// Each wait is longer than an object stays in memory, which would begin again with the shortest one; and
/// the alarm that stands while a flush is under way would wake it once a minute.
#[test]
fn rests_grow_though_memory_is_lost_in_between() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Refuse);
    let ada = world.connect("ada");
    // Nothing else wakes who is away.
    world.say(ada, Command::Leave).unwrap();
    for _ in 0..3_600 {
        world.run_for(1_000);
        world.hibernate("ada");
    }
    let sent = world.redis().sent.len();
    assert!(sent < 45, "{sent} tries in an hour");
}

/// `exact`: a look that fails leaves no mark by itself.
#[test]
fn a_look_that_redis_does_not_take_shows_as_lag_also_after_hibernation() {
    let mut world = world(Refresh::Exact);
    let ada = world.connect("ada");
    world.run_for(SOON);
    world.redis_does(|_| Flow::Refuse);
    world.run_for(3 * MINUTE);
    world.hibernate("ada");
    let Ok(HubResponse::Swept(digest)) = world.rest("ada", HubRequest::Sweep) else { panic!() };
    assert!(digest.lag >= MINUTE, "{}", digest.lag);
    world.run_for(SOON);
    world.redis_does(|_| Flow::Take);
    world.set(ada, Status::Busy);
    world.run_for(SOON);
    let Ok(HubResponse::Swept(digest)) = world.rest("ada", HubRequest::Sweep) else { panic!() };
    assert_eq!(digest.lag, 0);
}
