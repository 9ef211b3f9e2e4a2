//! The watcher's mailbox: the first change at once, what follows within `COALESCE_MS` gathered.

use presence::effects::{Command, ServerMessage};
use presence::state::Status;

use crate::world::{ClientId, Fate, Wire, WireKind, World, user};

/// When and how a client was told of presence since `from` (index in its inbox): `false`: one user.
fn frames(world: &mut World, client: ClientId, from: usize) -> Vec<(i64, bool)> {
    let start = world.client(client).inbox.iter().skip(from);
    let of = |(at, m): &(presence::time::Millis, ServerMessage)| match m {
        ServerMessage::Presence(_) => Some((at.0, false)),
        ServerMessage::Presences(_) => Some((at.0, true)),
        _ => None,
    };
    start.filter_map(of).collect()
}

#[test]
fn the_first_change_is_told_at_once_and_the_rest_of_the_window_in_one_frame() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let targets: Vec<ClientId> = ["b", "c", "d"].map(|id| world.connect(id)).into();
    world.subscribe(ada, &["b", "c", "d"]);
    world.settle();
    let (from, start) = (world.client(ada).inbox.len(), world.now.0);
    for (n, target) in targets.iter().enumerate() {
        world.set(*target, Status::Busy);
        world.run_for(10);
        assert_eq!(frames(&mut world, ada, from).len(), 1, "after {n}: only the first so far");
    }
    world.set(targets[1], Status::Away);
    world.set(targets[0], Status::Away);
    world.settle();
    let told = frames(&mut world, ada, from);
    assert_eq!(told, [(start + 5, false), (start + 205, true)]);
    assert_eq!(world.lists(ada).last().unwrap(), &["b", "c", "d"], "each user once");
    for (target, status) in [("b", Status::Away), ("c", Status::Away), ("d", Status::Busy)] {
        assert_eq!(world.client(ada).sees(target), Some(status), "the newest state");
    }
}

#[test]
fn one_user_gathered_alone_is_a_single_presence_and_a_quiet_window_closes() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.settle();
    let (from, start) = (world.client(ada).inbox.len(), world.now.0);
    world.set(bob, Status::Busy);
    world.run_for(50);
    world.set(bob, Status::Away);
    world.run_for(950);
    world.set(bob, Status::Online);
    world.settle();
    let told = frames(&mut world, ada, from);
    assert_eq!(told, [(start + 5, false), (start + 205, false), (start + 1005, false)]);
}

#[test]
fn a_json_socket_is_always_greeted_with_one_list() {
    let mut world = World::new();
    let alone = world.connect("ada");
    assert_eq!(world.lists(alone), [Vec::<String>::new()], "also when it is empty, and at once");
    world.connect("bob");
    world.subscribe(alone, &["bob", "eve"]);
    world.settle();
    let second = world.connect("ada");
    world.settle();
    assert_eq!(world.lists(second), [["bob", "eve"]], "in one frame");
    let of = |m: &ServerMessage| matches!(m, ServerMessage::Welcome(_));
    assert!(of(&world.client(second).inbox[0].1), "after the welcome");
}

#[test]
fn a_greeting_waits_for_no_target_beyond_its_window() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("bob");
    world.subscribe(ada, &["bob", "slow"]);
    world.settle();
    let slow = user("slow");
    world.network(move |wire| {
        if wire.kind == WireKind::Watch && wire.to == slow {
            Fate::Delay(3_000)
        } else {
            Fate::Deliver
        }
    });
    let (second, start) = (world.connect("ada"), world.now.0);
    world.run_for(10_000);
    assert_eq!(world.lists(second), [["bob"]]);
    let told = frames(&mut world, second, 0);
    assert_eq!(told[0], (start + 200, true));
    assert!(!told[1].1, "the late one follows alone");
    assert_eq!(world.client(second).sees("slow"), Some(Status::Offline));
}

#[test]
fn a_greeting_is_sent_empty_at_the_end_of_its_window_when_nobody_answered() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["slow"]);
    world.settle();
    world.network(
        |wire| if wire.kind == WireKind::Watch { Fate::Delay(3_000) } else { Fate::Deliver },
    );
    let (second, start) = (world.connect("ada"), world.now.0);
    world.run_for(1_000);
    assert_eq!(frames(&mut world, second, 0), [(start + 200, true)]);
    assert_eq!(world.lists(second), [Vec::<String>::new()]);
}

#[test]
fn a_stomp_socket_is_told_nothing_before_it_subscribes_and_everything_then() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("bob");
    world.subscribe(ada, &["bob"]);
    world.settle();
    let stomp = world.connect_stomp("ada", None);
    world.settle();
    assert!(frames(&mut world, stomp, 0).is_empty());
    world.say(stomp, Command::PresenceReady).unwrap();
    world.settle();
    assert_eq!(world.client(stomp).sees("bob"), Some(Status::Online));
    assert_eq!(frames(&mut world, ada, 0).len(), 2, "the other socket is not told again");
}

/// Its client heard of nobody else, so the session's next socket must not ask "since" about them.
#[test]
fn a_session_of_topics_only_is_told_everything_when_it_comes_to_the_queue() {
    let mut world = World::new();
    for id in ["bob", "cy"] {
        world.connect(id);
    }
    let ada = world.connect_stomp("ada", None);
    world.say(ada, Command::Subscribe(vec!["cy".to_owned()])).unwrap();
    world.say(ada, Command::TopicSubscribe(user("bob"))).unwrap();
    world.run_for(60_000);
    let token = world.client(ada).token.clone();
    let back = world.connect_stomp("ada", Some(token));
    assert!(world.client(back).resumed);
    world.say(back, Command::TopicSubscribe(user("bob"))).unwrap();
    world.run_for(60_000);
    world.say(back, Command::PresenceReady).unwrap();
    world.settle();
    assert_eq!(world.client(back).sees("cy"), Some(Status::Online));
}

#[test]
fn a_session_that_left_the_queue_is_told_everything_when_it_comes_back_on_another_socket() {
    let mut world = World::new();
    let bob = world.connect("bob");
    let ada = world.connect_stomp("ada", None);
    world.say(ada, Command::Subscribe(vec!["bob".to_owned()])).unwrap();
    world.say(ada, Command::PresenceReady).unwrap();
    world.run_for(60_000);
    world.say(ada, Command::PresenceDone).unwrap();
    world.set(bob, Status::Busy);
    world.run_for(60_000);
    let token = world.client(ada).token.clone();
    let back = world.connect_stomp("ada", Some(token));
    assert!(world.client(back).resumed);
    world.say(back, Command::PresenceReady).unwrap();
    world.settle();
    assert_eq!(world.client(back).sees("bob"), Some(Status::Busy));
}

#[test]
fn what_was_gathered_about_somebody_no_longer_watched_is_not_told() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let (b, c) = (world.connect("b"), world.connect("c"));
    world.subscribe(ada, &["b", "c"]);
    world.settle();
    world.set(b, Status::Busy);
    world.run_for(20);
    world.set(c, Status::Busy);
    world.run_for(20);
    let targets = vec!["c".to_owned()];
    world.say(ada, Command::Unsubscribe(targets)).unwrap();
    world.settle();
    assert_eq!(world.client(ada).sees("c"), Some(Status::Online));
    assert_eq!(world.client(ada).sees("b"), Some(Status::Busy));
}

#[test]
fn each_socket_has_its_own_mailbox() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.settle();
    world.set(bob, Status::Busy);
    world.run_for(20);
    // Its greeting is gathered; the first socket's window is open, too.
    let second = world.connect("ada");
    world.set(bob, Status::Away);
    world.settle();
    for client in [ada, second] {
        assert_eq!(world.client(client).sees("bob"), Some(Status::Away));
    }
    assert_eq!(world.lists(second).len(), 1);
}

/// Who shows the last state that came, and not the one with the highest version, would show an old one.
#[test]
fn an_answer_that_a_notice_has_overtaken_is_not_told() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.settle();
    let answers = |wire: &Wire| wire.answers == Some(WireKind::Watch);
    world.network(move |wire| if answers(wire) { Fate::Hold } else { Fate::Deliver });
    world.subscribe(ada, &["bob"]);
    world.run_for(50);
    world.set(bob, Status::Busy);
    world.run_for(1_000);
    let late = world.connect("ada");
    world.run_for(1_000);
    world.network(|_| Fate::Deliver);
    assert_eq!(world.release(|_| true), 1);
    world.settle();
    let told = |world: &mut World, of| -> Vec<Status> {
        world.client(of).told_about("bob").iter().map(|presence| presence.status).collect()
    };
    assert_eq!(told(&mut world, ada), [Status::Busy]);
    assert_eq!(world.client(late).sees("bob"), Some(Status::Busy), "by its own question");
}
