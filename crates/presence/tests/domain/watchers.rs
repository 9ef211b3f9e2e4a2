//! `presence:user:{T}:watchers`: who would be told now, as far as others may know (rules, 12), and that
//! the sets about a user who is away do not lapse (rules, 20).

use presence::calls::{HubRequest, HubResponse};
use presence::config::HubConfig;
use presence::effects::Command;
use presence::mirror::{Digest, Refresh};
use presence::state::Status;

use crate::mirror::{assert_true, names};
use crate::world::{ClientId, Fate, WireKind, World, status, user};

const SOON: i64 = 1_000;
const HOUR: i64 = 3_600_000;
const BOTH: [Refresh; 2] = [Refresh::Exact, Refresh::Transitions];

fn world(refresh: Refresh) -> World {
    World::with(HubConfig { refresh, ..HubConfig::default() })
}

fn watchers(world: &mut World, id: &str) -> Vec<String> {
    names(world.redis().watchers.get(&user(id)))
}

/// Grace, whom ada and eve watch; both stand in the set.
fn watched(refresh: Refresh) -> (World, [ClientId; 3]) {
    let mut world = world(refresh);
    let clients = ["grace", "ada", "eve"].map(|id| world.connect(id));
    let [_, ada, eve] = clients;
    world.subscribe(ada, &["grace"]);
    world.subscribe(eve, &["grace"]);
    world.run_for(SOON);
    assert_eq!(watchers(&mut world, "grace"), ["ada", "eve"]);
    (world, clients)
}

/// Two changes: what the notices of the first found is there after the second at the latest.
fn change(world: &mut World, client: ClientId) {
    for wanted in [Status::Busy, Status::Away] {
        world.set(client, wanted);
        world.run_for(SOON);
    }
}

#[test]
fn rule_12_who_hides_leaves_the_watchers_when_who_is_gone_does() {
    for refresh in BOTH {
        let seen = [true, false].map(|hides| {
            let (mut world, [grace, ada, _]) = watched(refresh);
            if hides {
                world.set(ada, Status::Invisible);
            } else {
                world.say(ada, Command::Leave).unwrap();
            }
            world.run_for(SOON);
            let before = watchers(&mut world, "grace");
            // Somebody else comes and goes: the set is written anew, and still says nothing of ada.
            let zoe = world.connect("zoe");
            world.subscribe(zoe, &["grace"]);
            world.run_for(SOON);
            let between = watchers(&mut world, "grace");
            change(&mut world, grace);
            (before, between, watchers(&mut world, "grace"))
        });
        assert_eq!(seen[0], seen[1], "{refresh:?}");
        assert_eq!(seen[0].0, ["ada", "eve"], "{refresh:?}");
        assert_eq!(seen[0].2, ["eve", "zoe"], "{refresh:?}");
    }
}

#[test]
fn rule_12_who_comes_while_hidden_changes_nothing_that_redis_says_of_a_target() {
    for refresh in BOTH {
        let (mut world, [grace, ada, _]) = watched(refresh);
        world.set(ada, Status::Invisible);
        world.say(ada, Command::Leave).unwrap();
        change(&mut world, grace);
        assert_eq!(watchers(&mut world, "grace"), ["eve"], "{refresh:?}");
        let of_grace = |world: &mut World| {
            let flushes = world.redis().sent.iter();
            flushes.filter(|(_, flush)| flush.user == user("grace")).count()
        };
        let before = of_grace(&mut world);
        let ada = world.connect("ada");
        world.run_for(SOON);
        assert_eq!(of_grace(&mut world), before, "{refresh:?}: not even a flush");
        assert_eq!(world.client(ada).sees("grace"), Some(Status::Away), "she is told all the same");
        change(&mut world, grace);
        assert_eq!(watchers(&mut world, "grace"), ["eve"], "{refresh:?}");
        assert_eq!(names(world.redis().subscribers.get(&user("grace"))), ["ada", "eve"]);
    }
}

#[test]
fn rule_12_who_subscribes_while_hidden_stands_where_somebody_without_a_session_would() {
    for refresh in BOTH {
        let seen = [true, false].map(|hides| {
            let (mut world, _) = watched(refresh);
            if hides {
                let zoe = world.connect("zoe");
                world.set(zoe, Status::Invisible);
            }
            let targets = vec!["grace".into()];
            world.rest("zoe", HubRequest::Subscribe { targets }).unwrap();
            world.run_for(SOON);
            watchers(&mut world, "grace")
        });
        assert_eq!(seen, [["ada", "eve"], ["ada", "eve"]], "{refresh:?}");
    }
}

#[test]
fn who_shows_themself_again_stands_among_the_watchers_again() {
    let (mut world, [grace, ada, _]) = watched(Refresh::Exact);
    world.set(ada, Status::Invisible);
    change(&mut world, grace);
    assert_eq!(watchers(&mut world, "grace"), ["eve"]);
    world.set(ada, Status::Busy);
    world.run_for(SOON);
    assert_eq!(watchers(&mut world, "grace"), ["ada", "eve"], "within a second");
}

#[test]
fn who_shows_themself_over_rest_without_a_socket_calls_nobody() {
    let (mut world, [_, ada, _]) = watched(Refresh::Exact);
    world.set(ada, Status::Invisible);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(SOON);
    let before = world.calls("ada", WireKind::Watch);
    world.rest("ada", HubRequest::SetStatus(status(Status::Online))).unwrap();
    world.run_for(SOON);
    assert_eq!(world.calls("ada", WireKind::Watch), before);
}

/// What she tells grace is lost; that it is to be told outlives her hub's memory.
#[test]
fn showing_oneself_is_told_to_the_targets_whatever_is_lost_on_the_way() {
    let (mut world, [grace, ada, _]) = watched(Refresh::Exact);
    world.set(ada, Status::Invisible);
    change(&mut world, grace);
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Lose } else { Fate::Deliver });
    world.set(ada, Status::Online);
    world.run_for(SOON);
    world.network(|_| Fate::Deliver);
    world.hibernate("ada");
    world.run_for(120_000);
    assert_eq!(watchers(&mut world, "grace"), ["ada", "eve"]);
}

/// Rule 6: the answer is older than the `watch` that came in between, and yet what it says of hiding holds.
#[test]
fn rule_12_a_hidden_answer_that_another_socket_overtook_is_asked_for_again() {
    let (mut world, [grace, ada, _]) = watched(Refresh::Exact);
    world.set(ada, Status::Invisible);
    world.settle();
    world.network(|wire| {
        if wire.answers == Some(WireKind::Notify) { Fate::Delay(2_000) } else { Fate::Deliver }
    });
    world.set(grace, Status::Busy);
    world.run_for(SOON);
    world.connect("ada");
    world.network(|_| Fate::Deliver);
    world.run_for(60_000);
    assert_eq!(watchers(&mut world, "grace"), ["eve"]);
}

#[test]
fn nobody_stands_among_their_own_watchers() {
    for refresh in BOTH {
        let mut world = world(refresh);
        let ada = world.connect("ada");
        world.subscribe(ada, &["ada"]);
        change(&mut world, ada);
        assert_eq!(names(world.redis().subscribers.get(&user("ada"))), ["ada"]);
        assert!(watchers(&mut world, "ada").is_empty(), "own devices need no notice: {refresh:?}");
    }
}

fn swept(world: &mut World, id: &str) -> Digest {
    match world.rest(id, HubRequest::Sweep).unwrap() {
        HubResponse::Swept(digest) => digest,
        other => panic!("{other:?}"),
    }
}

/// Bob has no session, and nothing of his changes: his hub has no reason to look.
#[test]
fn rule_20_sets_about_somebody_who_is_away_never_lapse_while_a_task_looks_at_them() {
    for refresh in BOTH {
        let mut world = world(refresh);
        let (ada, bob) = (world.connect("ada"), world.connect("bob"));
        world.subscribe(ada, &["bob", "never"]);
        world.run_for(SOON);
        world.say(bob, Command::Leave).unwrap();
        world.run_for(SOON);
        let before = world.redis().sent.len();
        for _ in 0..300 {
            world.run_for(HOUR / 4);
            for id in ["bob", "never"] {
                assert_eq!(swept(&mut world, id).lag, 0, "{id}: nothing that would count as drift");
                world.run_for(SOON);
                assert_true(&mut world, id);
            }
        }
        let of_bob = |flush: &presence::mirror::Flush| flush.user == user("bob");
        let sent = world.redis().sent.split_off(before);
        let flushes = sent.iter().filter(|(_, flush)| of_bob(flush)).count();
        assert!((5..=7).contains(&flushes), "twice a day, not {flushes} in three: {refresh:?}");
    }
}

#[test]
fn who_is_watched_by_nobody_is_not_written_anew() {
    for refresh in BOTH {
        let mut world = world(refresh);
        let ada = world.connect("ada");
        world.say(ada, Command::Leave).unwrap();
        world.run_for(2 * HOUR);
        let before = world.redis().sent.len();
        for _ in 0..50 {
            world.run_for(HOUR);
            swept(&mut world, "ada");
        }
        assert_eq!(world.redis().sent.len(), before, "{refresh:?}");
    }
}

#[test]
fn a_task_is_told_who_would_be_told_now_once_redis_ought_to_know() {
    let (mut world, [grace, ada, _]) = watched(Refresh::Transitions);
    let whole = swept(&mut world, "grace").told_now;
    assert!(whole.is_some());
    world.say(ada, Command::Leave).unwrap();
    world.run_for(SOON);
    world.network(|wire| {
        if wire.answers == Some(WireKind::Notify) { Fate::Delay(2_000) } else { Fate::Deliver }
    });
    world.set(grace, Status::Busy);
    world.run_for(5_000);
    assert_eq!(swept(&mut world, "grace").told_now, None, "ada's absence is for the next change");
    world.set(grace, Status::Away);
    world.run_for(5_000);
    let left = swept(&mut world, "grace").told_now;
    assert!(left.is_some() && left != whole);
    assert_eq!(watchers(&mut world, "grace"), ["eve"]);
}
