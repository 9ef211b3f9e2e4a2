//! The mirror: what Redis says after each flow, and rules 18 to 20.

use presence::calls::HubRequest;
use presence::config::HubConfig;
use presence::effects::Command;
use presence::ids::SessionId;
use presence::mirror::{Flush, Refresh};
use presence::state::{DeviceType, Status};

use crate::world::{ClientId, Fate, Flow, WireKind, World, user};

fn world(refresh: Refresh) -> World {
    World::with(HubConfig { refresh, ..HubConfig::default() })
}

/// Longer than a change waits for more.
const SOON: i64 = 1_000;

pub fn names(
    set: Option<&(std::collections::BTreeSet<presence::ids::UserId>, presence::time::Millis)>,
) -> Vec<String> {
    set.iter().flat_map(|(set, _)| set).map(|id| id.as_str().to_owned()).collect()
}

fn session_of(world: &mut World, client: ClientId) -> SessionId {
    world.client(client).session.clone()
}

/// Everything that Redis says of a user is what the tables say.
pub fn assert_true(world: &mut World, id: &str) {
    let (sessions, watching, audience) =
        (world.sessions(id), world.watching(id), world.audience(id));
    let presence = world.look(id, "");
    let who = user(id);
    let redis = world.redis();
    let mine: Vec<String> = redis
        .ids
        .get(&who)
        .iter()
        .flat_map(|(ids, _)| ids)
        .map(|id| id.as_str().to_owned())
        .collect();
    let mut expected = sessions.clone();
    expected.sort();
    assert_eq!(mine, expected, "{id}: session ids");
    let kept: Vec<String> = redis
        .sessions
        .iter()
        .filter(|(_, (session, _))| session.user_id == who)
        .map(|(id, _)| id.as_str().to_owned())
        .collect();
    assert_eq!(kept, expected, "{id}: sessions");
    let shown = redis.shown.keys().filter(|(of, _)| *of == who).count();
    assert_eq!(shown, if presence.online { sessions.len() } else { 0 }, "{id}: shown sessions");
    assert_eq!(redis.online.contains(&who), presence.online, "{id}: online");
    assert_eq!(names(redis.subscription.get(&who)), watching, "{id}: subscription");
    assert_eq!(names(redis.subscribers.get(&who)), audience, "{id}: subscribers");
}

#[test]
fn without_redis_nothing_is_marked_and_nothing_sent() {
    let mut world = world(Refresh::Off);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(120_000);
    assert!(world.redis().sent.is_empty());
    assert_eq!(world.number("ada", "SELECT count(*) FROM meta WHERE mirror IS NOT NULL"), 0);
}

#[test]
fn every_flow_is_there_within_a_second() {
    for refresh in [Refresh::Exact, Refresh::Transitions] {
        let mut world = world(refresh);
        let ada = world.connect("ada");
        world.run_for(SOON);
        assert_true(&mut world, "ada");
        let second = world.connect_as("ada", DeviceType::Mobile, None);
        world.subscribe(ada, &["bob", "cy"]);
        world.run_for(SOON);
        assert_true(&mut world, "ada");
        assert_true(&mut world, "bob");
        world.set(ada, Status::Invisible);
        world.run_for(SOON);
        assert!(!world.redis().online.contains(&user("ada")));
        assert!(world.redis().shown.is_empty(), "nothing gives a hidden user away");
        assert_true(&mut world, "ada");
        world.set(ada, Status::Online);
        world.say(ada, Command::Unsubscribe(vec!["bob".into()])).unwrap();
        world.run_for(SOON);
        assert_true(&mut world, "ada");
        assert_true(&mut world, "bob");
        let id = session_of(&mut world, second);
        world.rest("ada", HubRequest::Revoke { session: id }).unwrap();
        world.run_for(SOON);
        assert_true(&mut world, "ada");
        world.say(ada, Command::Leave).unwrap();
        world.run_for(SOON);
        assert_true(&mut world, "ada");
        assert!(world.redis().last_active.contains_key(&user("ada")));
        world.run_for(3_700_000);
        assert_true(&mut world, "ada");
        assert!(world.redis().subscription.is_empty(), "the lease is over");
    }
}

#[test]
fn the_watchers_of_a_user_are_those_who_would_be_told_now() {
    let mut world = world(Refresh::Transitions);
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.run_for(SOON);
    assert_eq!(names(world.redis().watchers.get(&user("grace"))), ["ada"]);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(SOON);
    world.set(grace, Status::Busy);
    world.run_for(SOON);
    world.set(grace, Status::Away);
    world.run_for(SOON);
    assert!(names(world.redis().watchers.get(&user("grace"))).is_empty(), "asleep");
    assert_eq!(names(world.redis().subscribers.get(&user("grace"))), ["ada"]);
    world.connect("ada");
    world.run_for(SOON);
    world.set(grace, Status::Busy);
    world.run_for(SOON);
    assert_eq!(names(world.redis().watchers.get(&user("grace"))), ["ada"]);
}

#[test]
fn rule_18_a_flush_that_lands_late_is_overwritten_a_minute_later() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    let mut first = true;
    world.redis_does(
        move |_| if std::mem::take(&mut first) { Flow::Late(15_000) } else { Flow::Take },
    );
    world.run_for(SOON);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(13_000);
    assert!(world.redis().online.is_empty(), "the second flush came through");
    world.run_for(5_000);
    assert!(world.redis().online.contains(&user("ada")), "the first one landed after it");
    world.run_for(120_000);
    assert_true(&mut world, "ada");
}

#[test]
fn rule_18_a_start_that_finds_the_mirror_dirty_writes_twice() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    world.redis_does(|_| Flow::Late(30_000));
    world.run_for(SOON);
    world.redis_does(|_| Flow::Take);
    world.crash("ada");
    let again = world.connect("ada");
    let _ = ada;
    world.run_for(SOON);
    world.say(again, Command::Leave).unwrap();
    world.run_for(SOON);
    let sent = world.redis().sent.len();
    world.run_for(400_000);
    assert!(world.redis().sent.len() > sent, "once more, after what may still be under way");
    assert_true(&mut world, "ada");
    assert_eq!(world.number("ada", "SELECT count(*) FROM meta WHERE mirror LIKE '%again%'"), 0);
}

/// Whether it is there nobody can say: it is written again, and once more after that.
#[test]
fn rule_18_a_flush_whose_answer_is_lost_is_repeated_and_repeated_again() {
    let mut world = world(Refresh::Transitions);
    let mut first = true;
    world.redis_does(move |_| if std::mem::take(&mut first) { Flow::Mute } else { Flow::Take });
    world.connect("ada");
    world.run_for(600_000);
    assert_eq!(world.redis().sent.len(), 3);
    assert_true(&mut world, "ada");
}

/// The doubt is about what was sent before it, and a refusal says nothing of that.
#[test]
fn rule_18_the_doubt_outlives_a_repeat_that_is_refused() {
    let mut world = world(Refresh::Transitions);
    let mut flows = [Flow::Mute, Flow::Refuse].into_iter();
    world.redis_does(move |_| flows.next().unwrap_or(Flow::Take));
    world.connect("ada");
    world.run_for(600_000);
    assert_eq!(world.redis().sent.len(), 4, "what is taken at last is repeated");
    assert_true(&mut world, "ada");
}

#[test]
fn a_flush_whose_answer_came_is_not_repeated() {
    let mut world = world(Refresh::Transitions);
    world.connect("ada");
    world.run_for(3_600_000);
    assert_eq!(world.redis().sent.len(), 1, "an idle user costs nothing");
}

#[test]
fn a_resume_and_a_beat_write_nothing() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    world.run_for(SOON);
    world.close(ada);
    world.run_for(SOON);
    assert!(world.resume(ada));
    world.say(ada, Command::Heartbeat(None)).unwrap();
    world.run_for(100_000);
    assert_eq!(world.redis().sent.len(), 1);
}

#[test]
fn what_changes_within_a_moment_goes_in_one_flush() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob", "cy"]);
    world.set(ada, Status::Busy);
    world.run_for(SOON);
    let of_ada: Vec<Flush> = flushes(&mut world, "ada");
    assert_eq!(of_ada.len(), 1);
}

fn flushes(world: &mut World, id: &str) -> Vec<Flush> {
    let of = |(_, flush): &(presence::time::Millis, Flush)| {
        (flush.user == user(id)).then(|| flush.clone())
    };
    world.redis().sent.iter().filter_map(of).collect()
}

/// Never two at once: the second waits for the answer to the first, and says how things stand then.
#[test]
fn flushes_of_one_hub_never_overlap() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Slow(4_000));
    let ada = world.connect("ada");
    world.run_for(SOON);
    for status in [Status::Busy, Status::Away, Status::Invisible] {
        world.set(ada, status);
        world.run_for(SOON);
    }
    assert_eq!(flushes(&mut world, "ada").len(), 1);
    world.run_for(20_000);
    assert_eq!(flushes(&mut world, "ada").len(), 2, "what lies between fell together");
    assert_true(&mut world, "ada");
}

#[test]
fn a_redis_that_is_away_delays_nothing_and_is_right_when_it_is_back() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Refuse);
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.settle();
    for round in 0..5 {
        world.set(grace, if round % 2 == 0 { Status::Busy } else { Status::Online });
        world.run_for(60_000);
        assert!(world.client(ada).sees("grace").is_some());
    }
    world.say(ada, Command::Leave).unwrap();
    world.hibernate("ada");
    world.run_for(600_000);
    world.redis_does(|_| Flow::Take);
    world.run_for(400_000);
    for id in ["ada", "grace"] {
        assert_true(&mut world, id);
    }
}

/// The mark stands in the transaction of the change: whatever is lost after it, the alarm is left.
#[test]
fn a_change_is_mirrored_also_if_memory_is_lost_right_after_it() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    world.run_for(SOON);
    world.say(ada, Command::Leave).unwrap();
    world.crash("ada");
    world.run_for(120_000);
    assert_true(&mut world, "ada");
    assert!(world.redis().online.is_empty());
}

#[test]
fn rule_20_keys_never_lapse_while_true() {
    for refresh in [Refresh::Exact, Refresh::Transitions] {
        let mut world = world(refresh);
        let ada = world.connect("ada");
        world.subscribe(ada, &["grace"]);
        world.run_for(SOON);
        for _ in 0..300 {
            world.run_for(600_000);
            assert_true(&mut world, "ada");
        }
        if refresh == Refresh::Exact {
            world.say(ada, Command::Leave).unwrap();
            world.run_for(3_590_000);
            assert_true(&mut world, "ada");
        }
    }
}

/// With the long times to live a departure that Redis never heard of would show for a day; with the
/// short ones the keys go by themselves.
#[test]
fn exact_keys_end_by_themselves_when_the_hub_is_silent() {
    let mut world = world(Refresh::Exact);
    world.connect("ada");
    world.run_for(SOON);
    world.redis_does(|_| Flow::Lose);
    world.run_for(100_000);
    assert!(world.redis().sessions.is_empty());
    assert!(world.redis().shown.is_empty());
}

#[test]
fn an_emptied_redis_is_right_after_one_look_where_it_is_kept_exact() {
    let mut world = world(Refresh::Exact);
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.subscribe(bob, &["ada"]);
    world.run_for(SOON);
    world.redis().empty();
    world.run_for(61_000);
    assert_true(&mut world, "ada");
    assert_true(&mut world, "bob");
}

/// Rule 19: whoever finds Redis wrong writes nothing there, but asks the user's own hub.
#[test]
fn rule_19_a_hub_that_is_asked_writes_everything_and_takes_away_what_is_not_its_own() {
    let mut world = world(Refresh::Transitions);
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.run_for(SOON);
    world.redis().empty();
    let stray = SessionId::parse("s1.YWRh.AAAAAAAAAAAAAAAA").unwrap();
    world.rest("ada", HubRequest::Mirror { strays: vec![stray.clone()] }).unwrap();
    world.rest("bob", HubRequest::Mirror { strays: Vec::new() }).unwrap();
    world.run_for(SOON);
    assert_true(&mut world, "ada");
    assert_true(&mut world, "bob");
    let last = flushes(&mut world, "ada").pop().unwrap();
    let gone = last.sessions.iter().find(|state| state.id == stray).unwrap();
    assert_eq!((&gone.session, gone.shown), (&None, None));
}

#[test]
fn a_user_who_never_was_is_taken_away_and_stays_without_a_row() {
    let mut world = world(Refresh::Transitions);
    world.rest("ghost", HubRequest::Mirror { strays: Vec::new() }).unwrap();
    world.run_for(SOON);
    let flush = flushes(&mut world, "ghost").pop().unwrap();
    assert!(!flush.standing.unwrap().online);
    assert_eq!(presence::schema::version(world.node(&user("ghost")).store()).unwrap(), 0);
}

#[test]
fn a_user_who_never_was_stays_without_a_row_where_no_answer_comes() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Mute);
    world.rest("ghost", HubRequest::Mirror { strays: Vec::new() }).unwrap();
    world.run_for(100_000);
    assert!(flushes(&mut world, "ghost").len() > 1, "tried again");
    assert_eq!(presence::schema::version(world.node(&user("ghost")).store()).unwrap(), 0);
}

#[test]
fn a_change_costs_one_row_more_than_without_redis() {
    let rows = [Refresh::Off, Refresh::Transitions]
        .map(|refresh| World::rows_of_a_change(HubConfig { refresh, ..HubConfig::default() }));
    assert_eq!(rows[1], rows[0] + 1, "{rows:?}");
}

/// A notice that Redis has nothing to do with must not wait for it.
#[test]
fn a_slow_redis_holds_up_no_notice() {
    let mut world = world(Refresh::Transitions);
    world.redis_does(|_| Flow::Slow(9_000));
    let (ada, grace) = (world.connect("ada"), world.connect("grace"));
    world.subscribe(ada, &["grace"]);
    world.network(
        |wire| if wire.kind == WireKind::Notify { Fate::Delay(10) } else { Fate::Deliver },
    );
    world.set(grace, Status::Busy);
    world.run_for(300);
    assert_eq!(world.client(ada).sees("grace"), Some(Status::Busy));
}
