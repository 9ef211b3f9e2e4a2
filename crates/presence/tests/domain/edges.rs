//! The two ends of an edge agree at rest (rule 5, invariant 5), whatever the network does.

use presence::calls::{HubRequest, HubResponse};
use presence::config::{HubConfig, TOMBSTONE};
use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::state::Status;

use crate::world::{ClientId, Fate, WireKind, World, user};

fn unsubscribe(world: &mut World, client: ClientId, target: &str) {
    world.say(client, Command::Unsubscribe(vec![target.into()])).unwrap();
}

/// (whom ada watches, who watches grace)
fn ends(world: &mut World) -> (Vec<String>, Vec<String>) {
    (world.watching("ada"), world.audience("grace"))
}

fn at_both_ends() -> (Vec<String>, Vec<String>) {
    (vec!["grace".into()], vec!["ada".into()])
}

#[test]
fn rule_05_a_delayed_watch_does_not_revive_an_edge_whose_unwatch_was_confirmed() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    let mut first = true;
    world.network(move |wire| {
        let double = wire.kind == WireKind::Watch && std::mem::take(&mut first);
        if double { Fate::Double(6_000) } else { Fate::Deliver }
    });
    world.subscribe(ada, &["grace"]);
    world.settle();
    assert_eq!(ends(&mut world), at_both_ends());
    unsubscribe(&mut world, ada, "grace");
    world.settle();
    assert_eq!(ends(&mut world), (vec![], vec![]), "confirmed");
    world.run_for(30_000);
    assert_eq!(ends(&mut world), (vec![], vec![]), "the repeat came too late");
}

#[test]
fn rule_05_an_unwatch_that_overtakes_its_watch_leaves_a_tombstone() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    // The first watch is slow, and its answer was given up: the hub crashed meanwhile.
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Hold } else { Fate::Deliver });
    world.subscribe(ada, &["grace"]);
    let generation = world.number("ada", "SELECT generation FROM watching");
    world.crash("ada");
    world.rest("ada", HubRequest::Unsubscribe { targets: vec!["grace".into()] }).unwrap();
    world.settle();
    assert!(world.watching("ada").is_empty());
    let watch = HubRequest::Watch { subscriber: user("ada"), generation, since: None, shows: true };
    world.rest("grace", watch).unwrap();
    assert_eq!(ends(&mut world), (vec![], vec![]), "a tombstone, also where no edge was");
}

#[test]
fn rule_05_a_watch_equal_to_an_ended_edge_changes_nothing() {
    let mut world = World::new();
    let (subscriber, generation) = (user("ada"), 7);
    let unwatch = HubRequest::Unwatch { subscriber: subscriber.clone(), generation };
    world.rest("grace", unwatch).unwrap();
    let watch = HubRequest::Watch { subscriber, generation, since: None, shows: true };
    let answer = world.rest("grace", watch).unwrap();
    assert_eq!(answer, HubResponse::Watched { generation, watching: false, presence: None });
    assert!(world.audience("grace").is_empty());
}

#[test]
fn rule_05_a_call_after_its_time_is_refused() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    world.network(
        |wire| {
            if wire.kind == WireKind::Watch { Fate::Delay(10_001) } else { Fate::Deliver }
        },
    );
    world.subscribe(ada, &["grace"]);
    world.run_for(10_500);
    assert!(world.audience("grace").is_empty(), "ten seconds, and no longer");
    world.network(|_| Fate::Deliver);
    world.run_for(60_000);
    assert_eq!(ends(&mut world), at_both_ends(), "and it is tried again");
}

#[test]
fn rule_05_generations_outlive_the_edges_they_numbered() {
    let mut world = World::new();
    let ada = world.connect("ada");
    for _ in 0..3 {
        world.subscribe(ada, &["grace"]);
        world.settle();
        unsubscribe(&mut world, ada, "grace");
        world.settle();
        assert!(world.node(&user("ada")).rows("SELECT * FROM watching").is_empty());
    }
    // The subscriber's clock goes back: the next number is still the highest.
    world.node(&user("ada")).skew = -3_600_000;
    world.node(&user("ada")).restart();
    world.subscribe(ada, &["grace"]);
    world.settle();
    assert_eq!(ends(&mut world), at_both_ends());
}

#[test]
fn rule_05_tombstones_go_with_a_later_write() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    unsubscribe(&mut world, ada, "grace");
    world.settle();
    let stones = "SELECT subscriber FROM audience WHERE ended_at IS NOT NULL";
    assert_eq!(world.node(&user("grace")).rows(stones).len(), 1);
    let bob = world.connect("bob");
    world.subscribe(bob, &["grace"]);
    world.settle();
    assert_eq!(
        world.node(&user("grace")).rows(stones).len(),
        1,
        "a call may still travel, and she may come back"
    );
    world.run_for(presence::config::TOMBSTONE + 5_000);
    let eve = world.connect("eve");
    world.subscribe(eve, &["grace"]);
    world.settle();
    assert!(world.node(&user("grace")).rows(stones).is_empty());
}

#[test]
fn both_ends_agree_after_every_loss_of_any_one_letter() {
    for lost in 0..12 {
        let mut world = World::new();
        let ada = world.connect("ada");
        world.connect("grace");
        world.settle();
        let mut count = 0;
        world.network(move |_| {
            count += 1;
            if count == lost + 1 { Fate::Lose } else { Fate::Deliver }
        });
        world.subscribe(ada, &["grace"]);
        world.run_for(2_000);
        unsubscribe(&mut world, ada, "grace");
        world.run_for(2_000);
        world.subscribe(ada, &["grace"]);
        world.run_for(120_000);
        assert_eq!(ends(&mut world), at_both_ends(), "letter {lost} lost");
        assert_eq!(world.client(ada).sees("grace"), Some(Status::Online));
        unsubscribe(&mut world, ada, "grace");
        world.run_for(120_000);
        assert_eq!(ends(&mut world), (vec![], vec![]), "letter {lost} lost");
    }
}

#[test]
fn a_target_that_lost_its_edge_is_told_again_at_the_next_wake() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("grace");
    world.subscribe(ada, &["grace"]);
    world.settle();
    // Somebody else's number: as if the target had been restored from long ago.
    let (subscriber, generation) = (user("ada"), world.now.0 + 5_000_000);
    let unwatch = HubRequest::Unwatch { subscriber, generation };
    world.rest("grace", unwatch).unwrap();
    assert!(world.audience("grace").is_empty());
    world.close(ada);
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.settle();
    assert_eq!(ends(&mut world), at_both_ends());
}

#[test]
fn a_notice_answered_not_watching_ends_the_edge_at_the_target() {
    let mut world = World::new();
    let grace = world.connect("grace");
    let watch =
        HubRequest::Watch { subscriber: user("ada"), generation: 5, since: None, shows: true };
    world.rest("grace", watch).unwrap();
    assert_eq!(world.audience("grace"), ["ada"]);
    world.set(grace, Status::Busy);
    world.settle();
    assert!(world.audience("grace").is_empty());
}

#[test]
fn an_unsubscribe_while_the_target_is_away_gets_through_when_it_returns() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.node(&user("grace")).reachable = false;
    unsubscribe(&mut world, ada, "grace");
    world.run_for(100_000);
    assert_eq!(ends(&mut world), (vec![], vec!["ada".into()]));
    world.node(&user("grace")).reachable = true;
    world.run_for(600_000);
    assert_eq!(ends(&mut world), (vec![], vec![]));
}

#[test]
fn rule_05_a_subscriber_who_comes_back_the_next_day_takes_up_its_row_and_its_slot() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("grace");
    world.subscribe(ada, &["grace"]);
    unsubscribe(&mut world, ada, "grace");
    world.run_for(16 * 3_600_000);
    let _ = world.rows_written("grace");
    world.subscribe(ada, &["grace"]);
    world.settle();
    assert_eq!(ends(&mut world), at_both_ends());
    assert_eq!(world.rows_written("grace"), 1, "the edge, and nothing else");
}

/// Each place that is ever handed out is a bit in three sets, which are written with every change.
#[test]
fn a_large_audience_that_changes_takes_no_more_places_for_ever() {
    let mut world = World::new();
    let watch = |n: i64| HubRequest::Watch {
        subscriber: user(&format!("s{n}")),
        generation: 1,
        since: None,
        shows: true,
    };
    let unwatch =
        |n: i64| HubRequest::Unwatch { subscriber: user(&format!("s{n}")), generation: 1 };
    for n in 0..70 {
        world.rest("grace", watch(n)).unwrap();
    }
    for n in 70..400 {
        world.rest("grace", watch(n)).unwrap();
        world.rest("grace", unwatch(n)).unwrap();
        world.run_for(TOMBSTONE / 10);
    }
    let places = world.number("grace", "SELECT slots FROM follower");
    assert!((70..=128).contains(&places), "{places} places");
}

/// The target kept the number of the first, and an older end then ended the newer edge.
#[test]
fn rule_05_an_edge_that_is_watched_anew_has_the_newest_generation() {
    let mut world = World::new();
    let ada = || user("ada");
    let watch =
        |generation| HubRequest::Watch { subscriber: ada(), generation, since: None, shows: true };
    world.rest("grace", watch(1)).unwrap();
    world.rest("grace", watch(5)).unwrap();
    world.rest("grace", HubRequest::Unwatch { subscriber: ada(), generation: 3 }).unwrap();
    assert_eq!(world.audience("grace"), ["ada"]);
    assert_eq!(world.number("grace", "SELECT generation FROM audience"), 5);
}

/// Whom grace's list, which has room for one, takes or refuses.
fn watch(world: &mut World, subscriber: &str, generation: i64) -> Option<ErrorCode> {
    let subscriber = user(subscriber);
    let request = HubRequest::Watch { subscriber, generation, since: None, shows: true };
    world.rest_refused("grace", request)
}

fn with_room_for_one() -> World {
    World::with(HubConfig { max_subscribers: 1, ..HubConfig::default() })
}

/// It holds its place in the list already: who asks again is not one more.
#[test]
fn who_watches_already_is_not_refused_by_a_list_that_is_full() {
    let mut world = with_room_for_one();
    assert_eq!(watch(&mut world, "ada", 1), None);
    assert_eq!(watch(&mut world, "ada", 2), None);
    assert_eq!(watch(&mut world, "bob", 1), Some(ErrorCode::TooManySubscribers));
}

#[test]
fn who_comes_back_to_a_list_that_is_full_meanwhile_is_refused() {
    let mut world = with_room_for_one();
    assert_eq!(watch(&mut world, "ada", 1), None);
    let subscriber = user("ada");
    world.rest("grace", HubRequest::Unwatch { subscriber, generation: 2 }).unwrap();
    assert_eq!(watch(&mut world, "bob", 1), None);
    assert_eq!(watch(&mut world, "ada", 3), Some(ErrorCode::TooManySubscribers));
}

#[test]
fn what_is_unsubscribed_from_has_no_end_that_is_still_to_come() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    let request = HubRequest::Unsubscribe { targets: vec!["grace".into()] };
    let HubResponse::Outcomes { results } = world.rest("ada", request).unwrap() else {
        panic!("no outcomes")
    };
    assert_eq!((results.len(), results[0].expires_at), (1, None));
}
