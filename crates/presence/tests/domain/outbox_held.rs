//! Lanes that are refused as a whole, and how long they rest, also for hubs that leave memory meanwhile
//! (rules, 15 and 16).

use presence::config::{HubConfig, MAX_BACKOFF};
use presence::effects::Command;
use presence::outbox::{Batch, Destination, Publishing, Record, Topic, Verdict};
use presence::state::Status;

use crate::world::{ClientId, Deal, World};

const HOUR: i64 = 3_600_000;
const PRESENCE: Destination = Destination { topic: Topic::Presence, dead: false };
const SESSIONS: Destination = Destination { topic: Topic::Session, dead: false };
const MESSAGES: Destination = Destination { topic: Topic::Message, dead: false };

fn holds_sessions(batch: &Batch) -> Deal {
    if batch.destination == SESSIONS { Deal::Hold } else { Deal::Take }
}

/// Ada is there, and Kafka does this.
fn ada(policy: impl FnMut(&Batch) -> Deal + 'static) -> (World, ClientId) {
    let config = HubConfig { publishing: Publishing::Full, ..HubConfig::default() };
    let mut world = World::with(config);
    world.kafka_does(policy);
    let ada = world.connect("ada");
    world.settle();
    (world, ada)
}

/// Refuses the records that say this, and what the dead letters' topic is dealt.
fn refuses(word: &'static str, dead: Deal) -> impl FnMut(&Batch) -> Deal {
    move |batch| {
        if batch.destination.dead {
            return dead.clone();
        }
        let verdict = |record: &Record| {
            if record.value.contains(word) {
                Verdict::Refused("no".into())
            } else {
                Verdict::Delivered
            }
        };
        Deal::Say(batch.records.iter().map(verdict).collect())
    }
}

/// It began anew with each hibernation, a second, two, four, and so on: about 500 times an hour, for ever.
#[test]
fn rule_15_a_held_lane_rests_for_minutes_though_its_hub_hibernates() {
    let (mut world, ada) = ada(holds_sessions);
    world.say(ada, Command::Leave).unwrap();
    world.sleep_through("ada", HOUR);
    let before = world.tries(SESSIONS);
    world.sleep_through("ada", 10 * HOUR);
    let tries = world.tries(SESSIONS) - before;
    assert!(
        (120..480).contains(&tries),
        "{tries} in ten hours: about every two and a half minutes"
    );
    world.kafka_does(|_| Deal::Take);
    world.sleep_through("ada", MAX_BACKOFF + 1_000);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started", "session.ended"]);
}

/// Each frame and each call that woke the hub tried every lane again.
#[test]
fn rule_15_what_wakes_a_hub_does_not_try_a_held_lane_before_its_time() {
    let (mut world, ada) = ada(holds_sessions);
    world.say(ada, Command::Leave).unwrap();
    world.sleep_through("ada", HOUR);
    let (before, fired) = (world.tries(SESSIONS), world.alarms_fired.clone());
    for _ in 0..20 {
        world.sleep_through("ada", 1_000);
        assert_eq!(world.outbox("ada").waiting, 2);
    }
    let fired: u64 = world.alarms_fired.values().sum::<u64>() - fired.values().sum::<u64>();
    assert!(world.tries(SESSIONS) - before <= fired as usize, "only when the alarm says so");
}

/// The alarm stood at its backstop, a minute after each try.
#[test]
fn rule_21_the_alarm_of_a_lane_that_rests_is_not_its_backstop() {
    let (mut world, ada) = ada(holds_sessions);
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR);
    let fired = |world: &World| world.alarms_fired.values().sum::<u64>();
    let (before, tries) = (fired(&world), world.tries(SESSIONS) as u64);
    world.run_for(10 * HOUR);
    let (fired, tries) = (fired(&world) - before, world.tries(SESSIONS) as u64 - tries);
    assert!(fired <= tries + 1, "{fired} alarms for {tries} tries");
}

/// Events of one change share a row, which stays while one of its lanes is held.
#[test]
fn rule_15_what_is_confirmed_beside_a_held_lane_is_not_sent_with_each_wake() {
    let (mut world, ada) =
        ada(|batch| if batch.destination == PRESENCE { Deal::Hold } else { Deal::Take });
    world.say(ada, Command::Leave).unwrap();
    world.sleep_through("ada", 10 * HOUR);
    assert_eq!(world.tries(SESSIONS), 2, "it began, it ended");
    assert_eq!(world.outbox("ada").waiting, 2, "came and went");
}

/// Health found no held lane of a hub that it had just woken.
#[test]
fn a_hub_that_has_just_woken_says_which_lane_is_held_and_writes_that_once() {
    let (mut world, _) = ada(holds_sessions);
    world.run_for(1_000);
    world.rows_written("ada");
    world.sleep_through("ada", HOUR);
    assert_eq!(world.rows_written("ada"), 0, "a state that stays is not written again");
    assert!(world.hibernate("ada"));
    assert_eq!(world.outbox("ada").held, [Topic::Session]);
    world.kafka_does(|_| Deal::Take);
    world.sleep_through("ada", HOUR);
    assert!(world.outbox("ada").held.is_empty());
}

/// Its lane was tried for ever, and health said that all was well.
#[test]
fn rule_16_a_refused_placeholder_holds_its_lane_and_health_says_so() {
    let (mut world, ada) = ada(|batch| {
        if batch.destination != MESSAGES {
            return Deal::Take;
        }
        Deal::Say(vec![Verdict::Refused("no".into()); batch.records.len()])
    });
    world.send_text(ada, &["bob"], None, "hello").unwrap();
    world.sleep_through("ada", 60_000);
    assert_eq!(world.outbox("ada").held, [Topic::Message]);
    world.kafka_does(|_| Deal::Take);
    world.sleep_through("ada", 2 * MAX_BACKOFF);
    assert_eq!(world.kafka.taken("ada", Topic::Message), ["deadletter"]);
    assert!(world.outbox("ada").held.is_empty());
}

/// Ten tries without an answer, and the letter was offered to its topic no more.
#[test]
fn rule_16_an_outage_gives_up_no_dead_letter() {
    for outage in [Deal::Refuse, Deal::Lose] {
        let (mut world, ada) = ada(refuses("message.sent", outage));
        world.send_text(ada, &["bob"], None, "hello").unwrap();
        world.run_for(10 * HOUR);
        world.kafka_does(|_| Deal::Take);
        world.run_for(HOUR);
        assert_eq!(world.kafka.dead(Topic::Message), 1);
        assert!(world.dead_letters("ada")[0].published);
    }
}

/// A hub that hibernates never came to its tenth try.
#[test]
fn rule_16_after_an_hour_a_refused_topic_is_offered_its_dead_letter_no_more() {
    let (mut world, ada) = ada(refuses("message.sent", Deal::Hold));
    world.send_text(ada, &["bob"], None, "hello").unwrap();
    let open = |world: &mut World| {
        world.number("ada", "SELECT count(*) FROM dead_letters WHERE state = 0")
    };
    world.sleep_through("ada", HOUR - 60_000);
    assert_eq!(open(&mut world), 1, "it may be made yet");
    world.sleep_through("ada", 60_000 + 2 * MAX_BACKOFF);
    assert_eq!(open(&mut world), 0);
    assert_eq!(world.dead_letters("ada").len(), 1, "it stays in the table");
    let sent = world.kafka.sent.len();
    world.sleep_through("ada", HOUR);
    assert_eq!(world.kafka.sent.len(), sent);
}

/// A proxy that asked for an hour was left alone for an hour, by each lane.
#[test]
fn rule_15_nobody_can_make_a_lane_wait_for_longer_than_a_failure_would() {
    let (mut world, ada) = ada(|_| Deal::Take);
    world.kafka_does(|_| Deal::Later(24 * HOUR));
    world.set(ada, Status::Busy);
    world.settle();
    world.kafka_does(|_| Deal::Take);
    world.run_for(MAX_BACKOFF);
    assert_eq!(world.kafka.taken("ada", Topic::Presence).len(), 2);
    assert_eq!(world.tries(MESSAGES), 0);
}

/// Where it spreads its tries, it does so to later times.
#[test]
fn nobody_is_asked_before_the_time_for_which_they_asked_to_be_left_alone() {
    let (mut world, _) = ada(|_| Deal::Later(60_000));
    world.run_for(HOUR);
    let sent: Vec<(Destination, i64)> =
        world.kafka.sent.iter().map(|(at, batch)| (batch.destination, at.0)).collect();
    let times = |lane| sent.iter().filter(move |(of, _)| *of == lane).map(|(_, at)| *at);
    let gaps: Vec<i64> =
        times(SESSIONS).zip(times(SESSIONS).skip(1)).map(|(one, next)| next - one).collect();
    assert!(gaps.len() > 5 && gaps.iter().all(|gap| *gap >= 60_000), "{gaps:?}");
}

/// Its row stays, for the session's event that is in it too.
#[test]
fn rule_15_what_is_confirmed_beside_a_held_lane_is_not_sent_with_the_next_event() {
    let (mut world, ada) = ada(holds_sessions);
    world.set(ada, Status::Busy);
    world.settle();
    let sent = world.kafka.sent.iter().filter(|(_, batch)| batch.destination == PRESENCE);
    let sequences: Vec<i64> =
        sent.flat_map(|(_, batch)| batch.records.iter().map(|record| record.sequence)).collect();
    assert_eq!(sequences, [1, 2]);
}
