//! C2: hubs look at their deadlines, and Redis is compared with them, both ways.

use presence::calls::HubRequest;
use presence::ids::SessionId;
use tasks::Task;

use crate::world::{FakeWorld, LAST_ACTIVE, dry_run, run, scheduler, user};

type Spoil = Box<dyn Fn(&FakeWorld)>;

const ACTIVE: &str = "presence:user:ada:last_active";

fn stray(id: &str) -> SessionId {
    SessionId::new(&user(id), [9; 16])
}

#[test]
fn where_all_agree_nothing_is_repaired() {
    let world = FakeWorld::new();
    for n in 0..100 {
        world.online(&format!("u{n}"));
        world.offline(&format!("gone{n}"));
    }
    world.edge("u1", "u2");
    let report = run(&scheduler(), &world, Task::Sessions);
    assert_eq!((report.counts.scanned, report.counts.drifted), (200, 0));
    assert!(report.complete && report.cursor.is_none());
    assert!(world.repaired().is_empty());
    assert!(!world.commands.borrow().iter().any(|name| name == "KEYS" || name == "SCAN"));
    assert!(world.most_at_once.get() <= 16, "calls under way at once");
}

#[test]
fn sessions_that_nobody_noticed_end_and_are_counted() {
    let world = FakeWorld::new();
    world.offline("ada");
    world.hub_of("ada", |hub| hub.dead = 2);
    let scheduler = scheduler();
    assert_eq!(run(&scheduler, &world, Task::Sessions).counts.expired, 2);
    assert_eq!(run(&scheduler, &world, Task::Sessions).counts.expired, 0);
}

#[test]
fn everything_that_redis_can_have_wrong_is_seen_and_mended_by_the_hub() {
    let session = |id: &str| SessionId::new(&user(id), [7; 16]).as_str().to_owned();
    let (key, shown) = (
        format!("ws:session:{}", session("ada")),
        format!("presence:user:ada:online:{}", session("ada")),
    );
    let faults: Vec<(&str, Spoil)> = vec![
        ("all is lost", Box::new(FakeWorld::flushall)),
        ("not online", Box::new(|w| w.srem("presence:online", "ada"))),
        ("an id is missing", Box::new(move |w| w.srem("ws:user:sessions:ada", &session("ada")))),
        ("a stray id", Box::new(|w| w.sadd("ws:user:sessions:ada", stray("ada").as_str()))),
        ("no id at all", Box::new(|w| w.sadd("ws:user:sessions:ada", "rubbish"))),
        ("no session", Box::new(move |w| _ = w.strings.borrow_mut().remove(&key))),
        ("no device", Box::new(move |w| _ = w.strings.borrow_mut().remove(&shown))),
        ("no last activity", Box::new(|w| _ = w.strings.borrow_mut().remove(ACTIVE))),
        ("a subscription too many", Box::new(|w| w.sadd("presence:subscription:ada", "x"))),
        ("a watcher too many", Box::new(|w| w.sadd("presence:user:ada:watchers", "cy"))),
        ("a watcher too few", Box::new(|w| w.srem("presence:user:ada:watchers", "bob"))),
        (
            "a wrong count",
            Box::new(|w| _ = w.counts.borrow_mut().insert("ws:connections:ada".into(), 3)),
        ),
        ("no count", Box::new(|w| _ = w.counts.borrow_mut().remove("ws:connections:ada"))),
        ("a subscriber too few", Box::new(|w| w.srem("presence:subscribers:ada", "bob"))),
    ];
    for (what, spoil) in faults {
        let world = FakeWorld::new();
        world.online("ada");
        world.online("bob");
        world.edge("bob", "ada");
        let (sets, strings) = (world.sets.borrow().clone(), world.strings.borrow().clone());
        let counts = world.counts.borrow().clone();
        spoil(&world);
        let scheduler = scheduler();
        let report = run(&scheduler, &world, Task::Sessions);
        assert!(report.counts.repaired >= 1, "{what}");
        assert_eq!(report.counts.repaired, report.counts.drifted, "{what}");
        assert!(world.repaired().contains(&"ada".to_owned()), "{what}");
        assert_eq!((&*world.sets.borrow(), &*world.strings.borrow()), (&sets, &strings), "{what}");
        assert_eq!(*world.counts.borrow(), counts, "{what}");
        assert_eq!(run(&scheduler, &world, Task::Sessions).counts.drifted, 0, "{what}");
    }
}

/// Of who is online Redis has the time of the last change, which is an older one.
#[test]
fn the_last_activity_of_who_is_away_is_compared_to_the_millisecond() {
    let drifted = |world: &FakeWorld| run(&scheduler(), world, Task::Sessions).counts.drifted;
    for (at, expected) in [(LAST_ACTIVE, 0), (LAST_ACTIVE + 1, 1)] {
        let world = FakeWorld::new();
        world.offline("ada");
        world.hub_of("ada", |hub| hub.last_active = Some(at));
        assert_eq!(drifted(&world), 1, "Redis knows of none");
        world.strings.borrow_mut().insert(ACTIVE.to_owned());
        assert_eq!(drifted(&world), expected);
        world.online("ada");
        assert_eq!(drifted(&world), 0);
    }
}

#[test]
fn what_redis_need_not_know_is_not_compared() {
    let world = FakeWorld::new();
    world.online("ada");
    world.online("bob");
    world.edge("bob", "ada");
    // Somebody fell asleep since the last change, which Redis hears of with the next.
    world.hub_of("ada", |hub| hub.naps = true);
    world.srem("presence:user:ada:watchers", "bob");
    // `MIRROR_DEPRECATED_KEYS=false`: what was left of these keys goes at its own time.
    world.few_keys.set(true);
    world.counts.borrow_mut().insert("ws:connections:ada".into(), 7);
    assert_eq!(run(&scheduler(), &world, Task::Sessions).counts.drifted, 0);
}

#[test]
fn a_hidden_user_with_a_session_shows_nowhere_and_a_leak_is_mended() {
    let world = FakeWorld::new();
    world.hub_of("ada", |hub| hub.hidden = true);
    world.online("ada");
    let scheduler = scheduler();
    assert_eq!(run(&scheduler, &world, Task::Sessions).counts.drifted, 0);
    let shown =
        format!("presence:user:ada:online:{}", SessionId::new(&user("ada"), [7; 16]).as_str());
    world.strings.borrow_mut().insert(shown.clone());
    assert_eq!(run(&scheduler, &world, Task::Sessions).counts.repaired, 1);
    assert!(!world.strings.borrow().contains(&shown));
    world.sadd("presence:online", "ada");
    assert_eq!(run(&scheduler, &world, Task::Presence).counts.repaired, 1);
    assert!(world.set("presence:online").is_empty());
}

#[test]
fn a_session_in_somebody_elses_set_is_not_theirs_to_take_away() {
    let world = FakeWorld::new();
    world.online("ada");
    world.online("bob");
    let of_bob = SessionId::new(&user("bob"), [7; 16]);
    world.sadd("ws:user:sessions:ada", of_bob.as_str());
    world.sadd("ws:user:sessions:ada", stray("ada").as_str());
    run(&scheduler(), &world, Task::Sessions);
    let strays = vec![stray("ada")];
    assert_eq!(*world.repairs.borrow(), [("ada".to_owned(), HubRequest::Mirror { strays })]);
    assert!(world.strings.borrow().contains(&format!("ws:session:{}", of_bob.as_str())));
}

/// What it is about to write may be little of what Redis has lost, and the next look is far off.
#[test]
fn a_hub_that_is_about_to_write_is_pending_and_writes_everything() {
    for lag in [1, 700, 60_000] {
        let world = FakeWorld::new();
        world.online("ada");
        world.flushall();
        world.hub_of("ada", |hub| hub.lag = lag);
        let counts = run(&scheduler(), &world, Task::Sessions).counts;
        assert_eq!((counts.pending, counts.drifted, counts.repaired), (1, 0, 0));
        assert_eq!(counts.lag, lag as u64);
        let strays = Vec::new();
        assert_eq!(*world.repairs.borrow(), [("ada".to_owned(), HubRequest::Mirror { strays })]);
    }
}

#[test]
fn a_hub_that_is_about_to_write_at_the_second_look_writes_everything_too() {
    let world = FakeWorld::new();
    world.online("ada");
    world.flushall();
    let mut looks = 0;
    *world.on_call.borrow_mut() = Some(Box::new(move |world, _, _| {
        looks += 1;
        if looks == 2 {
            world.hub_of("ada", |hub| hub.lag = 20);
        }
    }));
    let counts = run(&scheduler(), &world, Task::Sessions).counts;
    assert_eq!((counts.pending, counts.drifted, counts.repaired), (0, 0, 0));
    let strays = Vec::new();
    assert_eq!(*world.repairs.borrow(), [("ada".to_owned(), HubRequest::Mirror { strays })]);
}

#[test]
fn a_difference_that_is_gone_at_the_second_look_is_none() {
    let world = FakeWorld::new();
    world.online("ada");
    world.srem("presence:online", "ada");
    let mut looks = 0;
    *world.on_call.borrow_mut() = Some(Box::new(move |world, _, _| {
        looks += 1;
        if looks == 2 {
            world.sadd("presence:online", "ada");
        }
    }));
    let counts = run(&scheduler(), &world, Task::Sessions).counts;
    assert_eq!((counts.drifted, counts.repaired), (0, 0));
    assert!(world.repaired().is_empty());
}

#[test]
fn without_redis_and_while_it_is_down_sessions_end_all_the_same() {
    for off in [true, false] {
        let world = FakeWorld::new();
        world.redis_off.set(off);
        world.redis_down.set(!off);
        for id in ["ada", "bob", "cy"] {
            world.offline(id);
            world.hub_of(id, |hub| hub.dead = 1);
        }
        let report = run(&scheduler(), &world, Task::Sessions);
        assert_eq!((report.counts.expired, report.counts.failed), (3, 0));
        assert_eq!(report.counts.unread, if off { 0 } else { 3 });
        assert!(report.complete);
    }
}

/// The sets of somebody with very many subscribers.
#[test]
fn a_user_of_whom_redis_cannot_answer_holds_up_nobody_else() {
    let world = FakeWorld::new();
    for n in 0..40 {
        world.online(&format!("u{n}"));
    }
    *world.too_large.borrow_mut() = Some("u7".to_owned());
    world.flushall();
    let report = run(&scheduler(), &world, Task::Sessions);
    assert_eq!((report.counts.unread, report.counts.repaired, report.counts.scanned), (1, 39, 40));
}

#[test]
fn a_hub_that_does_not_answer_is_counted_and_passed_over() {
    let world = FakeWorld::new();
    for n in 0..40 {
        world.online(&format!("u{n}"));
    }
    world.hub_of("u7", |hub| hub.down = true);
    world.flushall();
    let report = run(&scheduler(), &world, Task::Sessions);
    assert_eq!((report.counts.failed, report.counts.repaired, report.counts.scanned), (1, 39, 40));
    assert!(report.complete);
}

#[test]
fn a_dry_run_says_what_it_would_do_and_does_nothing() {
    let world = FakeWorld::new();
    world.online("ada");
    world.offline("bob");
    world.hub_of("bob", |hub| hub.dead = 1);
    world.flushall();
    let scheduler = scheduler();
    let report = dry_run(&scheduler, &world, Task::Sessions);
    assert_eq!((report.counts.expired, report.counts.repaired), (1, 1));
    assert!(report.dry_run && report.complete);
    assert!(world.repaired().is_empty());
    assert_eq!(world.hubs.borrow()[&user("bob")].dead, 1);
    let report = run(&scheduler, &world, Task::Sessions);
    assert_eq!((report.counts.expired, report.counts.repaired, report.pass), (1, 1, 1));
}
