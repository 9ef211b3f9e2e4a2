//! Rules 22 and 24: rows a change whatever the audience, none by a beat or a notice, and calls an
//! invocation.

use presence::calls::{HubRequest, HubResponse, Outcome};
use presence::effects::Command;
use presence::state::Status;

use crate::world::{ClientId, Fate, WireKind, World, user};

/// A world where `count` users watch `star`, at rest.
fn audience(count: usize) -> (World, ClientId, Vec<ClientId>) {
    let mut world = World::new();
    let star = world.connect("star");
    let mut watchers = Vec::new();
    for n in 0..count {
        let watcher = world.connect(&format!("w{n:04}"));
        world.subscribe(watcher, &["star"]);
        watchers.push(watcher);
        if n % 50 == 0 {
            world.run_for(100);
        }
    }
    world.run_for(5_000);
    (world, star, watchers)
}

fn rows_of_a_change(count: usize) -> u64 {
    let (mut world, star, watchers) = audience(count);
    let _ = world.rows_written("star");
    world.set(star, Status::Busy);
    world.run_for(20_000);
    for watcher in watchers {
        assert_eq!(world.client(watcher).sees("star"), Some(Status::Busy));
    }
    world.rows_written("star")
}

#[test]
fn rule_22_a_change_writes_the_same_few_rows_for_1_watcher_and_for_200() {
    let (one, many) = (rows_of_a_change(1), rows_of_a_change(200));
    println!("rows a change: {one} with one watcher, {many} with 200");
    assert_eq!(one, many);
    assert!(one <= 2, "the user's row and the follower's: {one}");
}

#[test]
fn rule_22_a_change_that_finds_everybody_asleep_is_one_row_more_at_most() {
    let (mut world, star, watchers) = audience(200);
    for watcher in &watchers {
        world.say(*watcher, Command::Leave).unwrap();
    }
    world.run_for(20_000);
    let _ = world.rows_written("star");
    let calls = world.calls("star", WireKind::Notify);
    world.set(star, Status::Busy);
    world.run_for(20_000);
    assert!(world.rows_written("star") <= 2, "200 sleepers are bits in one row");
    world.set(star, Status::Away);
    world.run_for(20_000);
    let calls = world.calls("star", WireKind::Notify) - calls;
    assert!(calls <= 200, "each sleeper was called once at most: {calls}");
}

#[test]
fn rule_22_over_64_failures_told_stays_and_the_pass_repeats_in_few_rows() {
    let (mut world, star, watchers) = audience(100);
    let _ = world.rows_written("star");
    world.network(|wire| if wire.kind == WireKind::Notify { Fate::Lose } else { Fate::Deliver });
    world.set(star, Status::Busy);
    world.run_for(90_000);
    let told = world.number("star", "SELECT told FROM follower");
    assert_eq!(told, 1, "told stays");
    world.network(|_| Fate::Deliver);
    world.run_for(700_000);
    assert_eq!(world.number("star", "SELECT told FROM follower"), 2);
    for watcher in watchers {
        assert_eq!(world.client(watcher).sees("star"), Some(Status::Busy));
    }
    let rows = world.rows_written("star");
    assert!(rows <= 8, "{rows}");
}

#[test]
fn rule_22_beats_and_notices_write_no_row() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.run_for(5_000);
    let _ = world.rows_written("ada");
    for n in 0..10 {
        world.say(ada, Command::Heartbeat(None)).unwrap();
        world.set(bob, if n % 2 == 0 { Status::Busy } else { Status::Away });
        world.run_for(30_000);
    }
    assert_eq!(world.client(ada).sees("bob"), Some(Status::Away));
    assert_eq!(world.rows_written("ada"), 0);
}

#[test]
fn rule_22_a_repeated_watch_writes_nothing() {
    let mut world = World::new();
    world.connect("bob");
    world.settle();
    let watch =
        |since| HubRequest::Watch { subscriber: user("ada"), generation: 5, since, shows: true };
    world.rest("bob", watch(None)).unwrap();
    world.settle();
    let _ = world.rows_written("bob");
    for since in [None, Some(world.now), None] {
        let answer = world.rest("bob", watch(since)).unwrap();
        assert!(matches!(answer, HubResponse::Watched { watching: true, generation: 5, .. }));
    }
    world.settle();
    assert_eq!(world.rows_written("bob"), 0);
}

#[test]
fn rule_22_connecting_leaving_and_resuming_write_a_fixed_few_rows() {
    let mut rows = Vec::new();
    for targets in [1, 200] {
        let mut world = World::new();
        let ada = world.connect("ada");
        let names: Vec<String> = (0..targets).map(|n| format!("t{n:03}")).collect();
        world.subscribe(ada, &names.iter().map(String::as_str).collect::<Vec<_>>());
        world.run_for(20_000);
        let _ = world.rows_written("ada");
        world.close(ada);
        assert!(world.resume(ada));
        world.run_for(20_000);
        rows.push(world.rows_written("ada"));
    }
    println!("rows a close and a resume: {rows:?}");
    assert_eq!(rows[0], rows[1], "however many are watched");
    assert!(rows[0] <= 5, "{rows:?}");
}

#[test]
fn rule_24_1200_watchers_are_told_with_at_most_500_calls_an_invocation_and_the_alarm_goes_on() {
    let (mut world, star, watchers) = audience(1_200);
    let id = user("star");
    world.invocations.clear();
    let calls = world.calls("star", WireKind::Notify);
    let fired = world.alarms_fired.get(&id).copied().unwrap_or(0);
    world.set(star, Status::Busy);
    world.run_for(20_000);
    for watcher in watchers {
        assert_eq!(world.client(watcher).sees("star"), Some(Status::Busy));
    }
    assert_eq!(world.calls("star", WireKind::Notify) - calls, 1_200, "each once");
    let (_, most) = world.invocations[&id];
    let alarms = world.alarms_fired[&id] - fired;
    println!("1,200 watchers: at most {most} calls an invocation, {alarms} alarms");
    assert!(most <= 500, "{most}");
    assert!((2..=3).contains(&alarms), "it went on by the alarm, and without idle ones: {alarms}");
}

#[test]
fn rule_24_500_targets_in_one_subscribe_are_bounded_calls_and_few_bytes_an_edge() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    let (before, id) = (bytes(&mut world, "ada"), user("ada"));
    let _ = world.rows_written("ada");
    let names: Vec<String> =
        (0..500).map(|n| format!("3f2b8c1e-0d5a-4c7e-9b1f-6a2d8e4c{n:04}")).collect();
    let targets = names.clone();
    let answer = world.rest("ada", HubRequest::Subscribe { targets }).unwrap();
    let HubResponse::Outcomes { results } = answer else { panic!() };
    assert!(results.iter().all(|r| r.outcome == Outcome::Subscribed) && results.len() == 500);
    world.run_for(20_000);
    let (_, most) = world.invocations[&id];
    assert!(most <= 500, "{most}");
    assert_eq!(world.calls("ada", WireKind::Watch), 500, "each target once");
    assert_eq!(
        world.number("ada", "SELECT count(*) FROM watching WHERE confirmed = generation"),
        500
    );
    let rows = world.rows_written("ada");
    let an_edge = (bytes(&mut world, "ada") - before) / 500;
    println!(
        "500 targets: {rows} rows, {an_edge} bytes an edge, at most {most} calls an invocation"
    );
    assert!(rows <= 1_002, "two rows an edge: made and confirmed ({rows})");
    assert!(an_edge <= 200, "{an_edge} bytes an edge");
    assert!(world.client(ada).view.len() == 500, "and each target's state arrived");
}

/// The size of a hub's tables, in bytes of pages in use.
fn bytes(world: &mut World, id: &str) -> i64 {
    world.number(id, "SELECT sum(pgsize - unused) FROM dbstat")
}

#[test]
fn rule_24_calls_under_way_at_once_are_bounded() {
    let (mut world, star, _) = audience(100);
    world.network(|wire| if wire.kind == WireKind::Notify { Fate::Hold } else { Fate::Deliver });
    world.set(star, Status::Busy);
    world.run_for(1_000);
    assert_eq!(world.held(WireKind::Notify), 16);
}

#[test]
fn rule_22_a_hub_that_wakes_settled_goes_through_none_of_its_subscriptions() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let names: Vec<String> = (0..100).map(|n| format!("t{n:03}")).collect();
    world.subscribe(ada, &names.iter().map(String::as_str).collect::<Vec<_>>());
    world.run_for(5_000);
    let mut reads = Vec::new();
    for status in [Status::Busy, Status::Away] {
        world.hibernate("ada");
        let _ = world.node(&user("ada")).store().take_read();
        world.look("ada", "somebody");
        reads.push(world.node(&user("ada")).store().take_read());
        // That all is confirmed is written with the next change, not for its own sake.
        world.set(ada, status);
        world.settle();
    }
    assert!(reads[0] >= 100, "it did not know yet: {reads:?}");
    assert!(reads[1] < 20, "{reads:?}");
}

#[test]
fn rule_05_a_subscription_that_a_crash_left_unconfirmed_is_found_again_by_a_hub_that_was_settled() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(5_000);
    world.set(ada, Status::Busy);
    world.settle();
    assert_eq!(world.number("ada", "SELECT settled FROM meta"), 1);
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Lose } else { Fate::Deliver });
    world.rest("ada", HubRequest::Subscribe { targets: vec!["carol".into()] }).unwrap();
    assert_eq!(world.number("ada", "SELECT settled FROM meta"), 0, "at once");
    world.crash("ada");
    world.network(|_| Fate::Deliver);
    world.run_for(120_000);
    assert_eq!(world.number("carol", "SELECT count(*) FROM audience WHERE ended_at IS NULL"), 1);
}
