//! When a session ends: the departure table of the contract (§3), caps, revocation, and rules 1, 2, 4.

use presence::calls::HubRequest;
use presence::close::CloseCode;
use presence::config::HubConfig;
use presence::effects::{Command, ServerMessage};
use presence::errors::ErrorCode;
use presence::events::EventKind;
use presence::state::{EndReason, Status};

use crate::world::{ClientId, World, user};

/// How the sessions of `id` ended since the last look.
fn endings(world: &mut World, id: &str) -> Vec<EndReason> {
    let reason = |kind| match kind {
        EventKind::SessionEnded { reason, .. } => Some(reason),
        _ => None,
    };
    world.take_events(id).into_iter().filter_map(reason).collect()
}

/// Whether `id` is online `ms` from now, and not a moment longer: (just before, just after).
fn lives_until(world: &mut World, id: &str, ms: i64) {
    world.run_for(ms - 1);
    assert!(world.look(id, "").online, "still there 1 ms before {ms}");
    assert_eq!(world.sessions(id).len(), 1);
    world.run_for(1);
    assert!(!world.look(id, "").online, "gone at {ms}");
    assert!(world.sessions(id).is_empty());
}

fn ada() -> (World, ClientId) {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    (world, ada)
}

#[test]
fn departure_a_silent_socket_ends_its_session_one_ttl_after_the_last_beat() {
    let (mut world, ada) = ada();
    world.run_for(60_000);
    world.go_silent(ada);
    // Beats came at 25 s and 50 s; it is 61 s after the connect.
    lives_until(&mut world, "ada", 49_000);
    assert_eq!(world.client(ada).closed, Some(CloseCode::Expired));
    assert_eq!(endings(&mut world, "ada"), [EndReason::Expired]);
}

#[test]
fn departure_a_frame_counts_as_a_beat() {
    let (mut world, ada) = ada();
    world.go_silent(ada);
    world.run_for(40_000);
    world.say(ada, Command::Heartbeat(None)).unwrap();
    lives_until(&mut world, "ada", 60_000);
}

#[test]
fn departure_leaving_ends_the_session_at_once() {
    let (mut world, ada) = ada();
    world.say(ada, Command::Leave).unwrap();
    assert!(!world.look("ada", "").online);
    assert_eq!(world.client(ada).closed, Some(CloseCode::Bye));
    assert_eq!(endings(&mut world, "ada"), [EndReason::Left]);
    assert!(!world.resume(ada), "and it cannot be resumed");
}

#[test]
fn departure_revoking_ends_the_session_at_once() {
    let (mut world, ada) = ada();
    let session = world.session_of(ada);
    world.rest("ada", HubRequest::Revoke { session: session.clone() }).unwrap();
    assert!(!world.look("ada", "").online);
    assert_eq!(world.client(ada).closed, Some(CloseCode::Revoked));
    assert_eq!(endings(&mut world, "ada"), [EndReason::Revoked]);
    let again = world.rest_refused("ada", HubRequest::Revoke { session });
    assert_eq!(again, Some(ErrorCode::SessionNotFound));
}

#[test]
fn departure_a_closed_socket_has_the_grace_from_its_close() {
    let (mut world, ada) = ada();
    world.run_for(20_000);
    world.close(ada);
    lives_until(&mut world, "ada", 10_000);
    assert_eq!(endings(&mut world, "ada"), [EndReason::Closed]);
}

#[test]
fn departure_a_vanished_socket_has_a_ttl_from_its_discovery_and_at_most_two_from_its_last_beat() {
    let (mut world, ada) = ada();
    world.run_for(26_000);
    world.vanish(ada);
    // The last beat was 2 s ago. The alarm for the connect's own TTL stands at 60 s and finds out.
    world.run_for(33_001);
    assert!(world.look("ada", "").online, "discovered one TTL after the connect");
    lives_until(&mut world, "ada", 60_000 - 1);
    assert_eq!(endings(&mut world, "ada"), [EndReason::Expired]);
}

#[test]
fn a_resume_within_the_grace_cancels_the_departure() {
    let (mut world, ada) = ada();
    world.connect("grace");
    let grace = world.connect("grace");
    world.subscribe(grace, &["ada"]);
    world.settle();
    let before = world.client(grace).told_about("ada").len();
    world.take_events("ada");
    world.close(ada);
    world.run_for(9_999);
    assert!(world.resume(ada));
    world.run_for(300_000);
    assert!(world.look("ada", "").online);
    assert_eq!(world.client(grace).told_about("ada").len(), before, "nobody saw anything");
    assert!(world.take_events("ada").is_empty());
}

#[test]
fn over_the_cap_the_oldest_session_is_evicted_and_told() {
    let mut world = World::with(HubConfig { max_sessions: 2, ..HubConfig::default() });
    let first = world.connect("ada");
    world.run_for(10);
    let second = world.connect("ada");
    world.run_for(10);
    let third = world.connect("ada");
    assert_eq!(world.client(first).closed, Some(CloseCode::TooManySessions));
    assert_eq!(endings(&mut world, "ada"), [EndReason::Evicted]);
    assert!(world.client(second).closed.is_none() && world.client(third).closed.is_none());
    assert_eq!(world.sessions("ada").len(), 2);
}

#[test]
fn dead_sessions_do_not_count_towards_the_cap() {
    let mut world = World::with(HubConfig { max_sessions: 2, ..HubConfig::default() });
    let living = world.connect("ada");
    world.run_for(10);
    let dead = world.connect("ada");
    world.close(dead);
    world.node(&user("ada")).alarm = None;
    world.run_for(15_000);
    let third = world.connect("ada");
    assert!(world.client(living).closed.is_none(), "its deadline had made room");
    assert!(world.client(third).closed.is_none());
    assert_eq!(endings(&mut world, "ada"), [EndReason::Closed]);
}

#[test]
fn a_second_close_of_the_same_socket_changes_nothing() {
    let (mut world, ada) = ada();
    let (id, socket) = world.vanish(ada);
    world.close_event(&id, &socket);
    world.run_for(8_000);
    world.close_event(&id, &socket);
    lives_until(&mut world, "ada", 2_000);
    assert_eq!(endings(&mut world, "ada"), [EndReason::Closed], "once");
}

#[test]
fn a_token_that_ends_closes_its_socket_and_the_session_keeps_its_grace() {
    let (mut world, ada) = ada();
    let end = world.now + 30_000;
    world.token_ends(ada, end);
    world.say(ada, Command::Heartbeat(None)).unwrap();
    world.run_for(29_999);
    assert_eq!(world.client(ada).closed, None);
    world.run_for(1);
    assert_eq!(world.client(ada).closed, Some(CloseCode::Unauthorized));
    lives_until(&mut world, "ada", 10_000);
    assert_eq!(endings(&mut world, "ada"), [EndReason::Unauthorized]);
}

#[test]
fn after_its_token_ended_a_client_with_a_new_one_resumes() {
    let (mut world, ada) = ada();
    let end = world.now + 30_000;
    world.token_ends(ada, end);
    world.say(ada, Command::Heartbeat(None)).unwrap();
    world.run_for(32_000);
    assert!(world.resume(ada));
    world.run_for(60_000);
    assert!(world.look("ada", "").online);
}

#[test]
fn a_socket_without_a_first_frame_is_closed_after_ten_seconds() {
    let mut world = World::new();
    let mute = world.open_without_a_frame("ada");
    world.run_for(9_999);
    assert_eq!(world.client(mute).closed, None);
    world.run_for(1);
    assert_eq!(world.client(mute).closed, Some(CloseCode::ProtocolError));
    assert!(world.sessions("ada").is_empty(), "it never had a session");
}

#[test]
fn other_devices_are_told_when_a_session_begins_and_ends() {
    let (mut world, ada) = ada();
    let second = world.connect("ada");
    world.say(second, Command::Leave).unwrap();
    let of = |(_, message): &(_, ServerMessage)| match message {
        ServerMessage::Session { ended, .. } => Some(*ended),
        _ => None,
    };
    let told: Vec<_> = world.client(ada).inbox.iter().filter_map(of).collect();
    assert_eq!(told, [None, Some(EndReason::Left)]);
    assert_eq!(world.client(second).inbox.iter().filter_map(of).count(), 0);
}

#[test]
fn rule_01_a_session_that_beat_at_100_is_not_ended_at_110_by_a_socket_lost_at_105() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.run_for(50_000);
    // The stored alarm stands at 110 from here on: one TTL after the beat at 50.
    world.rest("ada", HubRequest::Sweep).unwrap();
    world.node(&user("ada")).alarm = Some(world.now + 60_000);
    world.run_for(55_000);
    world.crash("ada");
    world.run_for(5_001);
    assert!(world.look("ada", "").online, "it beat at 100: at 110 nothing has expired");
    assert!(world.resume(ada), "and it is resumed within the TTL from the discovery");
    world.run_for(200_000);
    assert!(world.look("ada", "").online);
}

#[test]
fn rule_01_the_discovery_of_a_vanished_socket_is_written_once() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.settle();
    world.vanish(ada);
    world.run_for(5_000);
    world.rest("ada", HubRequest::Sweep).unwrap();
    world.rows_written("ada");
    for _ in 0..50 {
        world.run_for(1_000);
        world.rest("ada", HubRequest::Sweep).unwrap();
    }
    assert_eq!(world.rows_written("ada"), 0, "looking again moves nothing");
    lives_until(&mut world, "ada", 10_000);
}

#[test]
fn rule_01_a_beat_writes_nothing() {
    let mut world = World::new();
    world.connect("ada");
    world.settle();
    world.rows_written("ada");
    world.run_for(3_600_000);
    assert!(world.look("ada", "").online);
    assert_eq!(world.rows_written("ada"), 0);
}

#[test]
fn rule_02_a_session_ends_once_and_expires_at_is_its_deadline() {
    let (mut world, ada) = ada();
    let grace = world.connect("grace");
    world.subscribe(grace, &["ada"]);
    world.close(ada);
    let shown = match world.rest("ada", HubRequest::Sessions).unwrap() {
        presence::calls::HubResponse::Sessions { sessions } => sessions[0].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown.expires_at, world.now + 10_000);
    assert!(!shown.connected);
    world.run_for(10_000);
    assert_eq!(world.client(grace).sees("ada"), Some(Status::Online), "the letter is on its way");
    world.run_for(10);
    assert_eq!(world.client(grace).sees("ada"), Some(Status::Offline));
    world.run_for(600_000);
    assert_eq!(endings(&mut world, "ada"), [EndReason::Closed], "once");
}

#[test]
fn rule_04_a_late_alarm_lets_no_dead_session_be_resumed() {
    let (mut world, ada) = ada();
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(10_000);
    assert_eq!(world.sessions("ada").len(), 1, "nobody has looked yet");
    assert!(!world.resume(ada), "at its deadline it can no longer be resumed");
    let ended = endings(&mut world, "ada");
    assert_eq!(ended, [EndReason::Closed]);
}

#[test]
fn rule_04_a_read_after_a_lost_alarm_shows_the_truth() {
    let (mut world, ada) = ada();
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(10_001);
    assert!(!world.look("ada", "").online);
}

#[test]
fn rule_04_a_clock_that_went_back_does_not_keep_the_dead_alive() {
    let (mut world, ada) = ada();
    world.close(ada);
    world.run_for(10_000);
    assert!(world.sessions("ada").is_empty());
    let second = world.connect("ada");
    world.close(second);
    world.node(&user("ada")).skew = -3_600_000;
    world.node(&user("ada")).restart();
    let shown = match world.rest("ada", HubRequest::Sessions).unwrap() {
        presence::calls::HubResponse::Sessions { sessions } => sessions[0].clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(shown.expires_at, world.now + 10_000, "now never lies before what is stored");
}

#[test]
fn rule_04_what_a_sweep_ended_already_counts_in_the_answer_of_the_same_turn() {
    let (mut world, ada) = ada();
    let grace = world.connect("grace");
    world.settle();
    let before = world.look("ada", "").version;
    world.close(ada);
    world.node(&user("ada")).alarm = None;
    world.run_for(10_000);
    world.subscribe(grace, &["ada"]);
    world.settle();
    let told = world.client(grace).told_about("ada");
    let told: Vec<_> = told.iter().map(|p| (p.online, p.version)).collect();
    assert!(told.contains(&(false, before + 1)));
    assert!(!told.contains(&(false, before)), "no version has two states: {told:?}");
}
