//! Telling an audience: rule 8, its retries, and that nobody waits for the slowest.

use presence::effects::Command;
use presence::state::Status;

use crate::world::{ClientId, Fate, WireKind, World, user};

/// `count` watchers of grace, each with a socket that has heard that she is online.
fn audience(count: usize) -> (World, ClientId, Vec<ClientId>) {
    let mut world = World::new();
    let grace = world.connect("grace");
    let watchers: Vec<ClientId> = (0..count).map(|n| world.connect(&format!("w{n:03}"))).collect();
    for watcher in &watchers {
        world.subscribe(*watcher, &["grace"]);
    }
    world.run_for(5_000);
    (world, grace, watchers)
}

fn all_see(world: &mut World, watchers: &[ClientId], status: Status) -> bool {
    watchers.iter().all(|watcher| world.client(*watcher).sees("grace") == Some(status))
}

#[test]
fn rule_08_who_was_passed_by_stays_owed_though_an_older_notice_was_answered() {
    let (mut world, grace, watchers) = audience(2);
    world.settle();
    // w000 answers each notice late, w001 later still: the second pass stays open meanwhile.
    world.network(|wire| match (wire.answers, wire.from.as_str()) {
        (Some(WireKind::Notify), "w000") => Fate::Delay(3_000),
        (Some(WireKind::Notify), "w001") => Fate::Delay(1_000),
        _ => Fate::Deliver,
    });
    world.set(grace, Status::Busy);
    world.run_for(2_500);
    world.network(|wire| match (wire.answers, wire.from.as_str()) {
        (Some(WireKind::Notify), "w001") => Fate::Delay(5_000),
        _ => Fate::Deliver,
    });
    world.set(grace, Status::Away);
    world.run_for(30_000);
    assert!(all_see(&mut world, &watchers, Status::Away));
}

#[test]
fn rule_08_a_pass_tells_its_own_version_and_the_rest_gets_the_newer_one_too() {
    let (mut world, grace, watchers) = audience(40);
    // 16 calls at once; the answers hang, so that the pass is in the middle when the next change comes.
    world.network(|wire| {
        if wire.answers == Some(WireKind::Notify) { Fate::Delay(500) } else { Fate::Deliver }
    });
    world.set(grace, Status::Busy);
    world.run_for(600);
    world.set(grace, Status::Away);
    world.run_for(60_000);
    assert!(all_see(&mut world, &watchers, Status::Away), "the first ones too");
    for watcher in watchers {
        let versions: Vec<i64> =
            world.client(watcher).told_about("grace").iter().map(|p| p.version).collect();
        assert!(versions.is_sorted(), "{versions:?}");
    }
}

#[test]
fn rule_08_a_pass_survives_a_crash_of_the_changing_hub() {
    for after in [0, 3, 8, 15, 500] {
        let (mut world, grace, watchers) = audience(40);
        world.set(grace, Status::Busy);
        world.run_for(after);
        world.crash("grace");
        world.run_for(3_000);
        assert!(world.resume(grace));
        world.run_for(70_000);
        assert!(all_see(&mut world, &watchers, Status::Busy), "crash after {after} ms");
    }
}

#[test]
fn a_watcher_that_is_unreachable_for_thirty_seconds_is_told_by_retry() {
    let (mut world, grace, watchers) = audience(3);
    world.node(&user("w001")).reachable = false;
    world.set(grace, Status::Busy);
    world.run_for(30_000);
    assert_eq!(world.client(watchers[1]).sees("grace"), Some(Status::Online));
    world.node(&user("w001")).reachable = true;
    world.run_for(40_000);
    assert!(all_see(&mut world, &watchers, Status::Busy));
}

#[test]
fn a_hub_that_hibernated_in_its_back_off_tells_without_further_traffic() {
    let (mut world, grace, watchers) = audience(3);
    world.node(&user("w001")).reachable = false;
    world.set(grace, Status::Busy);
    world.run_for(20_000);
    while !world.hibernate("grace") {
        world.run_for(1);
    }
    world.node(&user("w001")).reachable = true;
    world.run_for(70_000);
    assert!(all_see(&mut world, &watchers, Status::Busy));
}

#[test]
fn a_retry_backs_off() {
    let (mut world, grace, _) = audience(1);
    world.node(&user("w000")).reachable = false;
    let before = world.calls("grace", WireKind::Notify);
    world.set(grace, Status::Busy);
    world.settle();
    let at_once = world.calls("grace", WireKind::Notify) - before;
    assert!(at_once <= 3, "{at_once} calls in the first second");
    world.run_for(600_000);
    let calls = world.calls("grace", WireKind::Notify) - before;
    assert!((4..30).contains(&calls), "{calls} calls in ten minutes");
}

#[test]
fn one_hanging_watcher_delays_no_other() {
    let (mut world, grace, watchers) = audience(5);
    world.network(|wire| if wire.to.as_str() == "w002" { Fate::Lose } else { Fate::Deliver });
    let others: Vec<ClientId> = watchers.iter().copied().filter(|w| *w != watchers[2]).collect();
    for wanted in [Status::Busy, Status::Away, Status::Busy, Status::Online] {
        world.set(grace, wanted);
        world.run_for(300);
        assert!(all_see(&mut world, &others, wanted), "told within 300 ms: {wanted:?}");
        world.run_for(20_000);
    }
    world.network(|_| Fate::Deliver);
    world.run_for(400_000);
    assert!(all_see(&mut world, &watchers, Status::Online));
}

#[test]
fn a_watcher_that_failed_for_long_delays_no_new_change_for_the_others() {
    let (mut world, grace, watchers) = audience(3);
    world.node(&user("w001")).reachable = false;
    world.set(grace, Status::Busy);
    world.run_for(3_600_000);
    world.set(grace, Status::Away);
    world.run_for(300);
    assert!(
        all_see(&mut world, &[watchers[0], watchers[2]], Status::Away),
        "not after its back-off"
    );
}

#[test]
fn rule_22_over_sixty_four_failures_the_whole_pass_repeats() {
    let (mut world, grace, watchers) = audience(80);
    for n in 0..70 {
        world.node(&user(&format!("w{n:03}"))).reachable = false;
    }
    let told = |world: &mut World| world.number("grace", "SELECT told FROM follower");
    let before = told(&mut world);
    world.set(grace, Status::Busy);
    world.run_for(10_000);
    assert_eq!(told(&mut world), before, "not told");
    assert!(all_see(&mut world, &watchers[70..], Status::Busy));
    world.crash("grace");
    for n in 0..70 {
        world.node(&user(&format!("w{n:03}"))).reachable = true;
    }
    world.run_for(2_000);
    assert!(world.resume(grace));
    world.run_for(300_000);
    assert!(all_see(&mut world, &watchers, Status::Busy));
    assert!(told(&mut world) > before);
}

#[test]
fn rule_22_up_to_sixty_four_failures_are_owed_and_survive_a_crash() {
    let (mut world, grace, watchers) = audience(20);
    for n in 0..10 {
        world.node(&user(&format!("w{n:03}"))).reachable = false;
    }
    world.set(grace, Status::Busy);
    world.run_for(10_000);
    world.crash("grace");
    for n in 0..10 {
        world.node(&user(&format!("w{n:03}"))).reachable = true;
    }
    let calls = world.calls("grace", WireKind::Notify);
    assert!(world.resume(grace));
    world.run_for(60_000);
    assert!(all_see(&mut world, &watchers, Status::Busy));
    assert_eq!(world.calls("grace", WireKind::Notify) - calls, 10, "only who is owed");
}

#[test]
fn a_change_writes_a_fixed_few_rows_however_many_watch() {
    let rows = |count| {
        let (mut world, grace, _) = audience(count);
        world.run_for(30_000);
        world.rows_written("grace");
        world.set(grace, Status::Busy);
        world.run_for(30_000);
        world.rows_written("grace")
    };
    assert_eq!(rows(2), rows(50));
}

#[test]
fn a_watcher_that_unsubscribes_in_the_middle_of_a_pass_is_told_no_more() {
    let (mut world, grace, watchers) = audience(3);
    world.network(|wire| {
        if wire.to.as_str() == "w001" && wire.kind == WireKind::Notify {
            Fate::Delay(2_000)
        } else {
            Fate::Deliver
        }
    });
    world.set(grace, Status::Busy);
    world.say(watchers[1], Command::Unsubscribe(vec!["grace".into()])).unwrap();
    world.run_for(60_000);
    assert_eq!(world.client(watchers[1]).sees("grace"), Some(Status::Online));
    assert_eq!(world.audience("grace"), ["w000", "w002"]);
}
