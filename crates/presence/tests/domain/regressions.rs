//! Bugs that were found from end to end or in review, each played again natively.

use presence::calls::{HubRequest, HubResponse};
use presence::close::CloseCode;
use presence::effects::{Command, Connect};
use presence::state::{Device, EndReason, Protocol, Status};

use crate::world::{ClientId, Fate, WireKind, World, user};

/// The session got a TTL instead of the grace, and its end was called `expired`.
#[test]
fn a_close_of_a_socket_that_is_listed_no_more_is_a_close_and_no_vanishing() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let (user, (key, socket)) = world.vanish(ada);
    world.node(&user).sockets.insert(key, socket);
    let now = world.now;
    let attached = world.node(&user).attached(now).pop().unwrap();
    world.node(&user).sockets.remove(&key);
    world.input(&user, |hub, turn| hub.closed(turn, &attached, EndReason::Closed)).unwrap();
    let Ok(HubResponse::Sessions { sessions }) = world.rest("ada", HubRequest::Sessions) else {
        panic!("no list of sessions");
    };
    assert_eq!(sessions[0].expires_at, now + world.config.offline_grace);
}

/// Twenty watchers, and a pass that hanging calls keep open; one watcher answered early, and its
/// socket is gone or dead. What it sees of its target at rest.
fn resumes_while_a_pass_is_open(half_open: bool) -> Option<Status> {
    let mut world = World::new();
    let grace = world.connect("grace");
    let watchers: Vec<ClientId> = (0..20).map(|n| world.connect(&format!("w{n:03}"))).collect();
    for watcher in &watchers {
        world.subscribe(*watcher, &["grace"]);
    }
    world.run_for(100_000);
    let unlucky = watchers[16];
    world.network(|wire| match wire.kind {
        WireKind::Notify if wire.to != user("w016") => Fate::Lose,
        _ => Fate::Deliver,
    });
    world.set(grace, Status::Busy);
    world.run_for(9_500);
    world.say(unlucky, Command::Heartbeat(None)).unwrap();
    world.run_for(100);
    if half_open {
        world.half_open(unlucky);
    } else {
        world.close(unlucky);
    }
    world.run_for(700);
    assert_eq!(world.client(unlucky).sees("grace"), Some(Status::Online), "not told yet");
    assert!(world.resume(unlucky));
    world.settle();
    world.network(|_| Fate::Deliver);
    world.run_for(600_000);
    world.client(unlucky).sees("grace")
}

#[test]
fn who_answered_no_sockets_to_an_open_pass_and_resumes_is_told() {
    assert_eq!(resumes_while_a_pass_is_open(false), Some(Status::Busy));
}

#[test]
fn whose_dead_socket_took_the_notice_of_an_open_pass_and_resumes_is_told() {
    assert_eq!(resumes_while_a_pass_is_open(true), Some(Status::Busy));
}

/// The sweep had closed the socket; the session that began on it was a ghost.
#[test]
fn a_first_frame_that_comes_too_late_begins_no_session() {
    let mut world = World::new();
    let ada = world.open_without_a_frame("ada");
    let socket = world.client(ada).socket.unwrap();
    world.now = world.now + 10_001;
    let connect = Connect {
        socket,
        protocol: Protocol::Json,
        resume: None,
        device: Device::default(),
        user_agent: None,
        country: None,
        colo: None,
        wants_presence: true,
    };
    assert!(world.input(&user("ada"), |hub, turn| hub.connect(turn, &connect)).is_err());
    assert_eq!(world.client(ada).closed, Some(CloseCode::ProtocolError));
    assert!(world.sessions("ada").is_empty());
}

/// Typing went past every bound, and hanging recipients held up the user's own notices.
#[test]
fn typing_shares_the_bound_of_calls_under_way_and_reaches_all_recipients() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let to: Vec<_> = (0..50).map(|n| user(&format!("r{n:02}"))).collect();
    world.say(ada, Command::Typing { to, typing: true }).unwrap();
    assert_eq!(world.calls("ada", WireKind::Deliver), 15, "beside the call to the directory");
    world.settle();
    assert_eq!(world.calls("ada", WireKind::Deliver), 50);
}

/// The first list of a JSON socket was lost with the turn that storage refused.
#[test]
fn a_socket_is_greeted_also_when_storage_refused_a_turn_in_between() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["grace"]);
    world.settle();
    world.say(ada, Command::Leave).unwrap();
    world.network(|wire| if wire.kind == WireKind::Watch { Fate::Hold } else { Fate::Deliver });
    let again = world.connect("ada");
    world.node(&user("ada")).store().refuse_writes(true);
    let busy = Command::SetStatus(presence::calls::SetStatus {
        status: Status::Busy,
        message: None,
        scope: presence::state::Scope::User,
        session_id: None,
    });
    assert!(world.say(again, busy).is_err());
    world.node(&user("ada")).store().refuse_writes(false);
    world.network(|_| Fate::Deliver);
    world.release(|_| true);
    world.run_for(61_000);
    let greeted = world
        .client(again)
        .inbox
        .iter()
        .any(|(_, message)| matches!(message, presence::effects::ServerMessage::Presences(_)));
    assert!(greeted);
}
