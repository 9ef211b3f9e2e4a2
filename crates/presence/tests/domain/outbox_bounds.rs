//! What an outbox and the table of dead letters may hold, and what happens at the bound (rules, 16 and 17).

use presence::calls::HubRequest;
use presence::config::{HubConfig, MAX_BACKOFF};
use presence::effects::{Command, LogEntry};
use presence::errors::ErrorCode;
use presence::outbox::{Batch, Publishing, Record, Replay, Topic, Verdict, WhenFull};

use crate::world::{ClientId, Deal, World};

const HOUR: i64 = 3_600_000;
/// Nearly as long as a content may be.
const LONG: usize = 15_000;
const TWO_MIB: i64 = 2 * 1024 * 1024;

fn ada(when_full: WhenFull) -> (World, ClientId) {
    let publishing = Publishing::Full;
    let mut world = World::with(HubConfig { publishing, when_full, ..HubConfig::default() });
    let ada = world.connect("ada");
    world.settle();
    (world, ada)
}

/// Messages are refused for good, and the dead letters' topic does this.
fn refuse_messages(world: &mut World, mut dead: impl FnMut() -> Deal + 'static) {
    world.kafka_does(move |batch: &Batch| {
        if batch.destination.dead {
            return dead();
        }
        let verdict = |record: &Record| {
            let refused = record.value.contains("message.sent");
            if refused { Verdict::Refused("no".into()) } else { Verdict::Delivered }
        };
        Deal::Say(batch.records.iter().map(verdict).collect())
    });
}

fn send(world: &mut World, ada: ClientId, count: usize, length: usize) {
    for _ in 0..count {
        world.send_text(ada, &["bob"], None, &"x".repeat(length)).unwrap();
        world.settle();
    }
}

fn bytes(world: &mut World) -> i64 {
    world.number("ada", "SELECT coalesce(sum(length(body)), 0) FROM outbox")
}

fn dropped(world: &World) -> i64 {
    let count = |entry: &LogEntry| match entry {
        LogEntry::DeadLettersDropped { count, .. } => *count,
        _ => 0,
    };
    world.log.iter().map(count).sum()
}

#[test]
fn rule_17_an_outbox_is_full_by_its_bytes_too() {
    let (mut world, ada) = ada(WhenFull::Block);
    world.kafka_does(|_| Deal::Refuse);
    let text = "x".repeat(LONG);
    let mut taken = 0;
    while world.send_text(ada, &["bob"], None, &text).is_ok() {
        taken += 1;
        world.settle();
        assert!(taken < 200, "there is no bound");
    }
    let bytes = bytes(&mut world);
    assert!((TWO_MIB * 8 / 10..TWO_MIB).contains(&bytes), "{bytes} bytes");
    world.say(ada, Command::Leave).unwrap();
    world.kafka_does(|_| Deal::Take);
    world.run_for(2 * MAX_BACKOFF);
    assert_eq!(world.kafka.taken("ada", Topic::Message).len(), taken);
    assert_eq!(world.kafka.taken("ada", Topic::Session), ["session.started", "session.ended"]);
}

#[test]
fn rule_17_endings_beyond_the_bound_make_nothing_give_way_where_it_blocks() {
    let (mut world, ada) = ada(WhenFull::Block);
    let targets: Vec<String> = (0..400).map(|n| format!("t{n:03}")).collect();
    world.subscribe(ada, &targets.iter().map(String::as_str).collect::<Vec<_>>());
    world.run_for(10_000);
    world.kafka_does(|_| Deal::Refuse);
    let mut taken = 0;
    while world.send_text(ada, &["bob"], None, "x").is_ok() {
        taken += 1;
        assert!(taken < 2_500, "there is no bound");
    }
    world.say(ada, Command::Leave).unwrap();
    world.run_for(HOUR + 60_000);
    world.kafka_does(|_| Deal::Take);
    world.run_for(2 * MAX_BACKOFF);
    assert_eq!(world.kafka.taken("ada", Topic::Message).len(), taken);
    let ended = |kind: &&String| *kind == "subscription.ended";
    let kinds = world.kafka.taken("ada", Topic::Subscription);
    assert_eq!(kinds.iter().filter(ended).count(), 400);
}

#[test]
fn rule_17_the_oldest_give_way_by_their_bytes_too() {
    let (mut world, ada) = ada(WhenFull::DropOldest);
    world.kafka_does(|_| Deal::Refuse);
    send(&mut world, ada, 300, LONG);
    let bytes = bytes(&mut world);
    assert!((TWO_MIB * 8 / 10..TWO_MIB * 11 / 10).contains(&bytes), "{bytes} bytes");
    world.kafka_does(|_| Deal::Take);
    world.run_for(2 * MAX_BACKOFF);
    let taken = world.kafka.taken("ada", Topic::Message);
    assert_eq!(taken[0], "truncated");
    assert!((110..150).contains(&taken.len()), "{} of 300", taken.len());
}

/// Only a hundred of them were read, and when those were gone nobody looked for the rest.
#[test]
fn rule_16_after_hibernation_every_open_dead_letter_gets_to_its_topic() {
    let (mut world, ada) = ada(WhenFull::Block);
    refuse_messages(&mut world, || Deal::Refuse);
    send(&mut world, ada, 150, 10);
    world.sleep_through("ada", HOUR);
    world.kafka_does(|_| Deal::Take);
    // As far as it has read them, nothing is left; then the user's row is written, which says so.
    world.run_for(2 * MAX_BACKOFF);
    world.close(ada);
    world.run_for(1_000);
    assert!(world.resume(ada));
    world.sleep_through("ada", HOUR);
    assert_eq!(world.kafka.dead(Topic::Message), 150);
    assert_eq!(world.number("ada", "SELECT count(*) FROM dead_letters WHERE state <> 1"), 0);
}

#[test]
fn rule_16_a_user_has_200_dead_letters_at_most_and_the_log_says_what_is_gone() {
    let (mut world, ada) = ada(WhenFull::Block);
    let mut first = 10;
    refuse_messages(&mut world, move || {
        first -= 1;
        if first >= 0 { Deal::Take } else { Deal::Refuse }
    });
    send(&mut world, ada, 204, 10);
    assert_eq!((world.dead_letters("ada").len(), dropped(&world)), (200, 4));
    let published = |world: &mut World| {
        world.dead_letters("ada").iter().filter(|letter| letter.published).count()
    };
    assert_eq!(published(&mut world), 6, "of those that are in their topic");
    send(&mut world, ada, 10, 10);
    assert_eq!((world.dead_letters("ada").len(), dropped(&world)), (200, 14));
    assert_eq!(published(&mut world), 0);
    world.kafka_does(|_| Deal::Take);
    world.run_for(HOUR);
    assert_eq!(world.kafka.dead(Topic::Message), 210, "what is gone is offered no more");
}

/// Where no topic has any of them, those that are offered no more went first.
#[test]
fn rule_16_a_dead_letter_that_no_topic_has_is_no_sooner_dropped_than_an_open_one() {
    let (mut world, ada) = ada(WhenFull::Block);
    refuse_messages(&mut world, || Deal::Say(vec![Verdict::Refused("no".into())]));
    send(&mut world, ada, 1, 10);
    let kept = world.dead_letters("ada")[0].id.clone();
    assert_eq!(world.dead_letters("ada")[0].failure.attempts, 1);
    refuse_messages(&mut world, || Deal::Take);
    send(&mut world, ada, 200, 10);
    let letters = world.dead_letters("ada");
    assert!(letters.iter().any(|letter| letter.id == kept), "it is nowhere else");
}

/// All of them went into one row, which the platform refuses from 2 MB: each replay was a 503, for ever.
#[test]
fn rule_16_a_replay_of_many_long_letters_fits_its_rows_and_the_outbox() {
    let (mut world, ada) = ada(WhenFull::Block);
    refuse_messages(&mut world, || Deal::Take);
    send(&mut world, ada, 200, LONG);
    world.kafka_does(|_| Deal::Refuse);
    let first = world.replay("ada", Replay::default());
    assert!((110..150).contains(&first), "{first} find room");
    let longest = world.number("ada", "SELECT max(length(body)) FROM outbox");
    assert!(longest < 1_000_000, "{longest} bytes in a row");
    let rows = world.number("ada", "SELECT count(*) FROM outbox");
    assert!(rows < 10, "{rows} rows: each is billed");
    assert_eq!(world.dead_letters("ada").len() as i64, 200 - first);
    world.kafka_does(|_| Deal::Take);
    world.run_for(2 * MAX_BACKOFF);
    assert_eq!(world.replay("ada", Replay::default()), 200 - first);
    world.run_for(2 * MAX_BACKOFF);
    let taken = world.kafka.taken("ada", Topic::Message);
    let again = taken.iter().filter(|kind| *kind == "message.sent").count();
    assert_eq!((again, world.dead_letters("ada").len()), (200, 0));
}

#[test]
fn rule_17_a_full_outbox_refuses_a_replay_and_still_counts() {
    let (mut world, ada) = ada(WhenFull::Block);
    refuse_messages(&mut world, || Deal::Take);
    send(&mut world, ada, 1, 10);
    world.kafka_does(|_| Deal::Refuse);
    while world.send_text(ada, &["bob"], None, &"x".repeat(LONG)).is_ok() {
        world.settle();
    }
    let refused = world.rest("ada", HubRequest::Replay(Replay::default())).unwrap_err();
    assert_eq!(refused.code, ErrorCode::OutboxFull);
    assert_eq!(world.dead_letters("ada").len(), 1);
    let dry_run = Replay { dry_run: true, ..Replay::default() };
    assert_eq!(world.replay("ada", dry_run), 1);
}
