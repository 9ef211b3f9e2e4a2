//! The outbox: every event once recorded gets there, in order, through any mixture of answers; rules
//! 15 to 17.

use presence::config::HubConfig;
use presence::effects::Command;
use presence::errors::ErrorCode;
use presence::outbox::{Destination, Publishing, Replay, Topic, Verdict, WhenFull};
use presence::state::Status;

use crate::world::{ClientId, Deal, World, user};

fn world() -> World {
    full(WhenFull::Block)
}

fn full(when_full: WhenFull) -> World {
    World::with(HubConfig { publishing: Publishing::Full, when_full, ..HubConfig::default() })
}

/// Ada is there, everything is delivered.
fn ada() -> (World, ClientId) {
    let mut world = world();
    let ada = world.connect("ada");
    world.settle();
    (world, ada)
}

fn presence_of(world: &World) -> Vec<String> {
    world.kafka.taken("ada", Topic::Presence)
}

fn rows(world: &mut World) -> i64 {
    world.number("ada", "SELECT count(*) FROM outbox")
}

#[test]
fn without_anybody_to_publish_to_no_event_is_kept() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.set(ada, Status::Busy);
    world.settle();
    assert!(world.kafka.sent.is_empty());
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn every_event_gets_there_with_its_sequence_and_leaves_no_row() {
    let (mut world, ada) = ada();
    world.set(ada, Status::Busy);
    world.subscribe(ada, &["bob"]);
    world.send_text(ada, &["bob"], Some("m1"), "hello").unwrap();
    world.settle();
    world.say(ada, Command::Leave).unwrap();
    world.settle();
    assert_eq!(presence_of(&world), ["presence.online", "presence.changed", "presence.offline"]);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started", "session.ended"]);
    assert_eq!(world.kafka.taken("ada", Topic::Subscription), ["subscription.created"]);
    assert_eq!(world.kafka.taken("ada", Topic::Message), ["message.sent"]);
    assert_eq!(rows(&mut world), 0);
    let (_, record) = &world.kafka.logs[&Destination { topic: Topic::Message, dead: false }][0];
    let event: serde_json::Value = serde_json::from_str(&record.value).unwrap();
    assert_eq!(event["specversion"], "1.0");
    assert_eq!(event["source"], "/users/ada");
    assert_eq!(event["sequence"], "00000000000000000001");
    assert_eq!(event["data"]["content"], "hello");
}

#[test]
fn a_messages_content_can_be_left_out() {
    let config = HubConfig { publishing: Publishing::Metadata, ..HubConfig::default() };
    let mut world = World::with(config);
    let ada = world.connect("ada");
    world.send_text(ada, &["bob"], None, "a secret").unwrap();
    world.settle();
    let (_, record) = &world.kafka.logs[&Destination { topic: Topic::Message, dead: false }][0];
    assert!(!record.value.contains("secret"), "{}", record.value);
    assert!(record.value.contains("bob"));
}

#[test]
fn a_hidden_users_events_say_so() {
    let (mut world, ada) = ada();
    world.set(ada, Status::Invisible);
    world.settle();
    let log = &world.kafka.logs[&Destination { topic: Topic::Presence, dead: false }];
    assert!(log.last().unwrap().1.value.contains("\"visible\":false"));
}

#[test]
fn the_events_of_one_turn_share_a_row_and_a_revision() {
    let mut world = world();
    world.kafka_does(|_| Deal::Refuse);
    world.connect("ada");
    world.run_for(50);
    assert_eq!(rows(&mut world), 1, "the session and the user came together");
}

/// The row is written with the change, so that nothing is lost whatever comes after it.
#[test]
fn an_event_survives_a_crash_right_after_its_change() {
    let mut world = world();
    world.kafka_does(|_| Deal::Lose);
    let ada = world.connect("ada");
    world.say(ada, Command::Leave).unwrap();
    world.crash("ada");
    world.kafka_does(|_| Deal::Take);
    world.run_for(120_000);
    assert_eq!(presence_of(&world), ["presence.online", "presence.offline"]);
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn rule_15_after_the_first_unconfirmed_record_everything_behind_it_is_sent_again() {
    let mut world = world();
    world.kafka_does(|_| Deal::Refuse);
    let ada = world.connect("ada");
    for status in [Status::Busy, Status::Away, Status::Busy, Status::Online] {
        world.set(ada, status);
    }
    world.settle();
    let mut first = true;
    world.kafka_does(move |batch| {
        let verdicts = [
            Verdict::Delivered,
            Verdict::Retriable,
            Verdict::Delivered,
            Verdict::Unknown,
            Verdict::Delivered,
        ];
        let whole = batch.destination.topic == Topic::Presence && batch.records.len() == 5;
        if whole && std::mem::take(&mut first) { Deal::Say(verdicts.to_vec()) } else { Deal::Take }
    });
    world.run_for(600_000);
    let changed = ["presence.changed"; 4].map(str::to_owned);
    assert_eq!(presence_of(&world)[1..], changed, "in order, none missing");
    let last =
        world.kafka.sent.iter().rfind(|(_, batch)| batch.destination.topic == Topic::Presence);
    let sequences: Vec<i64> =
        last.unwrap().1.records.iter().map(|record| record.sequence).collect();
    assert_eq!(sequences, [2, 3, 4, 5], "also those that were confirmed behind the gap");
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn rule_15_an_answer_that_is_lost_repeats_the_same_ids() {
    let mut world = world();
    let mut first = true;
    world.kafka_does(move |_| if std::mem::take(&mut first) { Deal::Mute } else { Deal::Take });
    world.connect("ada");
    world.run_for(120_000);
    let ids = |topic| -> Vec<&str> {
        let log = world.kafka.logs.get(&Destination { topic, dead: false });
        log.into_iter().flatten().map(|(_, record)| record.id.as_str()).collect()
    };
    let twice = Topic::ALL.into_iter().map(ids).find(|ids| ids.len() == 2).unwrap();
    assert_eq!(twice[0], twice[1]);
}

#[test]
fn rule_15_a_lane_that_fails_holds_up_no_other() {
    let mut world = world();
    world.kafka_does(|batch| {
        if batch.destination.topic == Topic::Session { Deal::Hold } else { Deal::Take }
    });
    let ada = world.connect("ada");
    for status in [Status::Busy, Status::Away] {
        world.set(ada, status);
        world.run_for(10_000);
    }
    assert_eq!(presence_of(&world), ["presence.online", "presence.changed", "presence.changed"]);
    assert!(world.kafka.taken("ada", Topic::Session).is_empty());
    world.kafka_does(|_| Deal::Take);
    world.run_for(600_000);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started"]);
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn what_was_confirmed_of_a_row_that_stays_is_not_sent_again_after_hibernation() {
    let mut world = world();
    world.kafka_does(|batch| {
        if batch.destination.topic == Topic::Session { Deal::Hold } else { Deal::Take }
    });
    world.connect("ada");
    world.run_for(30_000);
    let sent = |world: &World| {
        world
            .kafka
            .sent
            .iter()
            .filter(|(_, batch)| batch.destination.topic == Topic::Presence)
            .count()
    };
    let before = sent(&world);
    while !world.hibernate("ada") {
        world.run_for(1);
    }
    world.run_for(600_000);
    assert_eq!(sent(&world), before);
}

#[test]
fn rule_16_a_refused_record_leaves_a_placeholder_and_goes_to_the_dead_letters() {
    let mut world = world();
    let ada = world.connect("ada");
    world.settle();
    world.kafka_does(|batch| {
        let refused = |value: &str| value.contains("too much") && !value.contains("deadletter");
        let verdict = |record: &presence::outbox::Record| {
            if refused(&record.value) && !batch.destination.dead {
                Verdict::Refused("record too large".into())
            } else {
                Verdict::Delivered
            }
        };
        Deal::Say(batch.records.iter().map(verdict).collect())
    });
    for text in ["one", "too much", "three"] {
        world.send_text(ada, &["bob"], None, text).unwrap();
    }
    world.settle();
    assert_eq!(
        world.kafka.taken("ada", Topic::Message),
        ["message.sent", "deadletter", "message.sent"]
    );
    assert_eq!(world.kafka.dead(Topic::Message), 1);
    assert_eq!(rows(&mut world), 0);
    let (_, record) = &world.kafka.logs[&Destination { topic: Topic::Message, dead: true }][0];
    let event: serde_json::Value = serde_json::from_str(&record.value).unwrap();
    assert_eq!(event["data"]["content"], "too much");
    assert_eq!(event["failure"]["reason"], "record too large");
    assert_eq!(event["sequence"], "00000000000000000002", "where the placeholder stands");
}

#[test]
fn rule_16_without_a_dead_letter_topic_the_record_stays_in_the_table_and_the_line_goes_on() {
    let mut world = world();
    let ada = world.connect("ada");
    world.settle();
    world.kafka_does(|batch| {
        if batch.destination.dead {
            return Deal::Hold;
        }
        let verdict = |record: &presence::outbox::Record| {
            if record.value.contains("message.sent") {
                Verdict::Refused("no".into())
            } else {
                Verdict::Delivered
            }
        };
        Deal::Say(batch.records.iter().map(verdict).collect())
    });
    world.send_text(ada, &["bob"], None, "hello").unwrap();
    world.set(ada, Status::Busy);
    world.run_for(7_200_000);
    assert_eq!(world.kafka.taken("ada", Topic::Message), ["deadletter"]);
    assert_eq!(presence_of(&world).last().unwrap(), "presence.changed");
    assert_eq!(world.number("ada", "SELECT count(*) FROM dead_letters WHERE state = 2"), 1);
    let sent = world.kafka.sent.len();
    world.run_for(7_200_000);
    assert_eq!(world.kafka.sent.len(), sent, "offered no more");
}

fn fill(world: &mut World, ada: ClientId) -> Result<(), presence::errors::Refusal> {
    world.kafka_does(|_| Deal::Refuse);
    for round in 0..1_200 {
        let status = if round % 2 == 0 { Status::Busy } else { Status::Away };
        world.set_status_of(ada, status)?;
        world.run_for(20);
    }
    Ok(())
}

#[test]
fn rule_17_a_full_outbox_refuses_what_a_client_starts_and_loses_nothing() {
    let (mut world, ada) = ada();
    let mut refused = None;
    for _ in 0..3 {
        refused = fill(&mut world, ada).err();
        if refused.is_some() {
            break;
        }
    }
    assert_eq!(refused.unwrap().code, ErrorCode::OutboxFull);
    let subscribe = Command::TopicSubscribe(user("bob"));
    assert_eq!(world.say(ada, subscribe).unwrap_err().code, ErrorCode::OutboxFull);
    world.say(ada, Command::Leave).unwrap();
    world.settle();
    let made = world.events.iter().filter(|event| event.user == user("ada")).count();
    world.kafka_does(|_| Deal::Take);
    world.run_for(600_000);
    let there: usize =
        Topic::ALL.into_iter().map(|topic| world.kafka.taken("ada", topic).len()).sum();
    assert_eq!(there, made, "the end of the session, too");
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn rule_17_where_the_oldest_gives_way_a_placeholder_says_from_where_to_where() {
    let mut world = full(WhenFull::DropOldest);
    let ada = world.connect("ada");
    world.settle();
    for _ in 0..3 {
        fill(&mut world, ada).unwrap();
    }
    let made = world
        .events
        .iter()
        .filter(|event| matches!(event.kind, presence::events::EventKind::Changed { .. }))
        .count();
    world.kafka_does(|_| Deal::Take);
    world.run_for(600_000);
    let taken = presence_of(&world);
    assert_eq!(taken[..2], ["presence.online", "truncated"]);
    assert!(taken.len() > 1_500 && taken.len() < made, "{} of {made}", taken.len());
    assert!(taken[2..].iter().all(|kind| kind == "presence.changed"));
    let log = &world.kafka.logs[&Destination { topic: Topic::Presence, dead: false }];
    let last = log.iter().map(|(_, record)| record.sequence).max().unwrap();
    assert_eq!(last as usize, made + 1, "and the sequence goes on");
}

#[test]
fn a_change_costs_two_rows_more_than_without_events() {
    let rows = [Publishing::Off, Publishing::Full].map(|publishing| {
        World::rows_of_a_change(HubConfig { publishing, ..HubConfig::default() })
    });
    assert_eq!(rows[1], rows[0] + 2, "written, and taken away: {rows:?}");
}

#[test]
fn a_day_without_kafka_is_delivered_when_it_is_back() {
    let mut world = world();
    world.kafka_does(|_| Deal::Refuse);
    let ada = world.connect("ada");
    for hour in 0..24 {
        world.set(ada, if hour % 2 == 0 { Status::Busy } else { Status::Away });
        world.run_for(3_600_000);
        world.hibernate("ada");
    }
    world.kafka_does(|_| Deal::Take);
    world.run_for(600_000);
    assert_eq!(presence_of(&world).len(), 25);
    assert_eq!(rows(&mut world), 0);
}

#[test]
fn dead_letters_are_shown_and_published_once_more_under_a_new_sequence() {
    let mut world = world();
    let ada = world.connect("ada");
    world.settle();
    world.kafka_does(|batch| {
        let refused = |record: &presence::outbox::Record| record.value.contains("message.sent");
        let verdict = |record| {
            if refused(record) { Verdict::Refused("no".into()) } else { Verdict::Delivered }
        };
        Deal::Say(batch.records.iter().map(verdict).collect())
    });
    world.send_text(ada, &["bob"], None, "one").unwrap();
    world.send_text(ada, &["bob"], None, "two").unwrap();
    world.settle();
    let letters = world.dead_letters("ada");
    assert_eq!(letters.len(), 2);
    assert_eq!((letters[0].sequence, letters[0].failure.reason.as_str()), (1, "no"));
    world.kafka_does(|_| Deal::Take);
    let dry = Replay { dry_run: true, ..Replay::default() };
    assert_eq!(world.replay("ada", dry), 2);
    assert_eq!(world.dead_letters("ada").len(), 2, "only counted");
    let one = Replay { ids: vec![letters[0].id.clone()], ..Replay::default() };
    assert_eq!(world.replay("ada", one), 1);
    world.settle();
    assert_eq!(
        world.kafka.taken("ada", Topic::Message),
        ["deadletter", "deadletter", "message.sent"]
    );
    let log = &world.kafka.logs[&Destination { topic: Topic::Message, dead: false }];
    let event: serde_json::Value = serde_json::from_str(&log.last().unwrap().1.value).unwrap();
    assert_eq!(event["replayof"], letters[0].id.as_str());
    assert_ne!(event["id"], letters[0].id.as_str());
    assert_eq!(world.dead_letters("ada").len(), 1);
}

#[test]
fn the_state_of_the_outbox_says_what_waits_for_how_long_and_which_lane_is_held() {
    let mut world = world();
    world.kafka_does(|batch| {
        if batch.destination.topic == Topic::Session { Deal::Hold } else { Deal::Take }
    });
    world.connect("ada");
    world.run_for(30_000);
    let state = world.outbox("ada");
    assert_eq!((state.waiting, state.held, state.full), (1, vec![Topic::Session], false));
    assert!(state.lag >= 30_000, "{}", state.lag);
}
