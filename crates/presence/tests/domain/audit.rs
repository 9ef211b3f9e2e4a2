//! What scheduled tasks ask a hub: both ends of an edge, what is over, and to look without touching
//! (rules, 5 and 10).

use presence::calls::{HubRequest, HubResponse, Page};
use presence::config::HubConfig;
use presence::errors::ErrorCode;
use presence::mirror::{Digest, fingerprint, look};
use presence::outbox::Publishing;
use presence::state::Status;
use presence::store::Store as _;

use crate::world::{Deal, Fate, WireKind, World, user};

fn sweep(world: &mut World, id: &str) -> Digest {
    digest(world.rest(id, HubRequest::Sweep).unwrap())
}

fn peek(world: &mut World, id: &str, request: HubRequest) -> HubResponse {
    world.rest(id, HubRequest::Peek { request: Box::new(request) }).unwrap()
}

fn digest(answer: HubResponse) -> Digest {
    match answer {
        HubResponse::Swept(digest) => digest,
        other => panic!("{other:?}"),
    }
}

fn held(world: &mut World, target: &str, subscriber: &str) -> (bool, i64) {
    match world.rest(target, HubRequest::Holds { subscriber: user(subscriber) }).unwrap() {
        HubResponse::Held { held, generation } => (held, generation),
        other => panic!("{other:?}"),
    }
}

fn reassert(world: &mut World, subscriber: &str, target: &str) {
    let above = held(world, target, subscriber).1;
    let request = HubRequest::Reassert { target: user(target), above };
    assert_eq!(world.rest(subscriber, request).unwrap(), HubResponse::Done);
}

/// Ada watches grace, and both know it.
fn world() -> World {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("grace");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world
}

#[test]
fn both_ends_of_an_edge_tell_whether_they_hold_it() {
    let mut world = world();
    let generation = world.number("ada", "SELECT generation FROM watching");
    assert_eq!(held(&mut world, "grace", "ada"), (true, generation));
    assert_eq!(held(&mut world, "ada", "grace"), (false, 0));
    assert_eq!(held(&mut world, "nobody", "ada"), (false, 0));
    world.rest("ada", HubRequest::Unsubscribe { targets: vec!["grace".into()] }).unwrap();
    world.settle();
    let (is, known) = held(&mut world, "grace", "ada");
    assert!(!is && known > generation, "the tombstone tells its number");
}

#[test]
fn rule_10_an_edge_that_the_target_lost_is_made_again_by_its_subscriber() {
    let mut world = world();
    world.node(&user("grace")).store().execute("DELETE FROM audience", &[]).unwrap();
    assert_eq!(held(&mut world, "grace", "ada"), (false, 0));
    reassert(&mut world, "ada", "grace");
    world.settle();
    assert_eq!(world.audience("grace"), ["ada"]);
    assert_eq!(world.watching("ada"), ["grace"]);
    let unconfirmed = "SELECT count(*) FROM watching WHERE confirmed <> generation";
    assert_eq!(world.number("ada", unconfirmed), 0);
}

#[test]
fn rule_10_an_edge_that_its_subscriber_lost_is_ended_at_the_target() {
    let mut world = world();
    world.node(&user("ada")).store().execute("DELETE FROM watching", &[]).unwrap();
    assert!(held(&mut world, "grace", "ada").0);
    reassert(&mut world, "ada", "grace");
    world.settle();
    assert!(world.audience("grace").is_empty());
    assert!(world.node(&user("ada")).rows("SELECT * FROM watching").is_empty(), "and forgotten");
}

#[test]
fn rule_10_a_target_that_knows_a_number_from_the_future_is_told_a_higher_one() {
    for wanted in [true, false] {
        let mut world = world();
        let ahead = world.now.0 + 5_000_000;
        let sql = "UPDATE audience SET generation = ?, ended_at = ?";
        let ended = if wanted { Some(world.now) } else { None };
        world.node(&user("grace")).store().execute(sql, &[ahead.into(), ended.into()]).unwrap();
        if !wanted {
            world.node(&user("ada")).store().execute("DELETE FROM watching", &[]).unwrap();
        }
        reassert(&mut world, "ada", "grace");
        world.settle();
        assert_eq!(held(&mut world, "grace", "ada").0, wanted);
        assert!(held(&mut world, "grace", "ada").1 > ahead);
    }
}

#[test]
fn rule_10_a_reassertion_survives_a_crash_and_a_target_that_is_away() {
    let mut world = world();
    world.node(&user("grace")).store().execute("DELETE FROM audience", &[]).unwrap();
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Lose } else { Fate::Deliver });
    reassert(&mut world, "ada", "grace");
    world.run_for(2_000);
    world.crash("ada");
    world.network(|_| Fate::Deliver);
    world.run_for(120_000);
    assert_eq!(world.audience("grace"), ["ada"]);
}

#[test]
fn a_reassertion_of_what_is_on_its_way_anyway_changes_nothing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("grace");
    world.settle();
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Hold } else { Fate::Deliver });
    world.subscribe(ada, &["grace"]);
    let generation = world.number("ada", "SELECT generation FROM watching");
    reassert(&mut world, "ada", "grace");
    assert_eq!(world.number("ada", "SELECT generation FROM watching"), generation);
    world.network(|_| Fate::Deliver);
    world.release(|_| true);
    world.settle();
    assert_eq!(world.audience("grace"), ["ada"]);
}

#[test]
fn an_edge_to_oneself_is_made_and_ended_without_a_call() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["ada"]);
    world.settle();
    world.node(&user("ada")).store().execute("DELETE FROM audience", &[]).unwrap();
    reassert(&mut world, "ada", "ada");
    assert_eq!(world.audience("ada"), ["ada"]);
    world.node(&user("ada")).store().execute("DELETE FROM watching", &[]).unwrap();
    reassert(&mut world, "ada", "ada");
    assert!(world.audience("ada").is_empty());
    assert_eq!(world.calls("ada", WireKind::Watch) + world.calls("ada", WireKind::Unwatch), 0);
}

#[test]
fn rule_10_a_lost_alarm_is_found_by_a_sweep_which_says_what_it_ended() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace", "bob"]);
    world.settle();
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(11_000);
    assert_eq!(world.sessions("ada").len(), 1, "nobody woke the hub");
    let found = sweep(&mut world, "ada");
    assert_eq!((found.ended_sessions, found.ended_leases), (1, 0));
    assert!(found.sessions.is_empty());
    world.node(&user("ada")).alarm = None;
    world.run_for(3_601_000);
    let found = sweep(&mut world, "ada");
    assert_eq!((found.ended_sessions, found.ended_leases), (0, 2));
    world.settle();
    assert!(world.audience("grace").is_empty(), "and the targets were told");
    assert_eq!(sweep(&mut world, "ada").ended_leases, 0);
}

#[test]
fn a_peek_says_what_a_sweep_would_end_and_ends_nothing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(11_000);
    let _ = world.rows_written("ada");
    let seen = digest(peek(&mut world, "ada", HubRequest::Sweep));
    assert_eq!((seen.ended_sessions, seen.ended_leases), (1, 0));
    world.run_for(3_600_000);
    let seen = digest(peek(&mut world, "ada", HubRequest::Sweep));
    assert_eq!((seen.ended_sessions, seen.ended_leases), (1, 1));
    assert_eq!(world.rows_written("ada"), 0);
    assert_eq!((world.sessions("ada").len(), world.watching("ada").len()), (1, 1));
    assert_eq!(world.node(&user("ada")).alarm, None, "not even the alarm");
    let found = sweep(&mut world, "ada");
    assert_eq!((found.ended_sessions, found.ended_leases), (1, 1));
}

#[test]
fn a_peek_takes_a_vanished_session_for_one_that_gets_its_time() {
    let mut world = World::new();
    world.connect("ada");
    world.settle();
    world.crash("ada");
    world.node(&user("ada")).alarm = None;
    world.run_for(300_000);
    assert_eq!(digest(peek(&mut world, "ada", HubRequest::Sweep)).ended_sessions, 0);
    assert_eq!(sweep(&mut world, "ada").ended_sessions, 0, "as a sweep does");
}

#[test]
fn only_reads_can_be_peeked_at() {
    let mut world = world();
    let page = || Page { limit: 10, after: None };
    for request in [
        HubRequest::Subscriptions { page: page() },
        HubRequest::Subscribers { page: page() },
        HubRequest::SubscribedTo { target: user("grace") },
        HubRequest::Holds { subscriber: user("ada") },
    ] {
        let plain = world.rest("ada", request.clone()).unwrap();
        assert_eq!(peek(&mut world, "ada", request), plain);
    }
    let peeked = HubRequest::Peek { request: Box::new(HubRequest::Sweep) };
    for request in [
        HubRequest::Unsubscribe { targets: vec!["grace".into()] },
        HubRequest::Mirror { strays: Vec::new() },
        HubRequest::Reassert { target: user("grace"), above: 0 },
        HubRequest::SetStatus(crate::world::status(Status::Busy)),
        peeked,
    ] {
        let request = HubRequest::Peek { request: Box::new(request) };
        assert_eq!(world.rest_refused("ada", request), Some(ErrorCode::InvalidBody));
    }
    assert_eq!(world.watching("ada"), ["grace"]);
}

#[test]
fn a_sweep_tells_how_the_events_stand() {
    let mut world = World::with(HubConfig { publishing: Publishing::Full, ..HubConfig::default() });
    world.kafka_does(|_| Deal::Refuse);
    world.connect("ada");
    world.settle();
    let swept = sweep(&mut world, "ada").outbox;
    assert!(swept.waiting > 0);
    assert_eq!(world.rest("ada", HubRequest::Outbox), Ok(HubResponse::Outbox(swept)));
}

#[test]
fn a_sweep_tells_how_many_edges_there_are_and_which() {
    let mut world = world();
    let (ada, grace) = (sweep(&mut world, "ada"), sweep(&mut world, "grace"));
    let only = |id: &str| (1, fingerprint([id.as_bytes()]));
    assert_eq!((ada.subscriptions, ada.watched), only("grace"));
    assert_eq!((grace.subscribers, grace.watching), only("ada"));
    assert_eq!((ada.subscribers, grace.subscriptions), (0, 0));
}

#[test]
fn a_sweep_tells_which_sessions_there_are_and_how_the_user_looks() {
    let mut world = world();
    let HubResponse::Sessions { sessions } = world.rest("ada", HubRequest::Sessions).unwrap()
    else {
        panic!("no sessions")
    };
    let here = sweep(&mut world, "ada");
    assert_eq!(here.sessions, [sessions[0].session_id.clone()]);
    assert_eq!(here.looks, [look(&sessions[0])]);
    assert!(here.online && here.last_active.is_some());
    world.rest("ada", HubRequest::Revoke { session: sessions[0].session_id.clone() }).unwrap();
    let gone = sweep(&mut world, "ada");
    assert!(gone.sessions.is_empty() && gone.looks.is_empty() && !gone.online);
    assert_eq!(gone.last_active, Some(sessions[0].last_seen_at));
}
