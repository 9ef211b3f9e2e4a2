//! A socket asks how several users are: one reply, whoever answers.

use presence::effects::{Command, Reply};
use presence::errors::ErrorCode;
use presence::state::Status;

use crate::world::{ClientId, Fate, WireKind, World, user};

fn ask(world: &mut World, client: ClientId, ids: &[&str]) {
    let ids = ids.iter().map(ToString::to_string).collect();
    world.say(client, Command::Ask(ids)).unwrap();
}

/// The last reply's: (who, and how), unavailable, invalid.
fn answer(
    world: &mut World,
    client: ClientId,
) -> (Vec<(String, Status)>, Vec<String>, Vec<String>) {
    match world.client(client).replies().pop() {
        Some(Reply::Presences { presences, unavailable, invalid }) => {
            let mut seen: Vec<_> =
                presences.iter().map(|p| (p.user_id.as_str().to_owned(), p.status)).collect();
            seen.sort_by(|a, b| a.0.cmp(&b.0));
            (seen, unavailable.iter().map(|id| id.as_str().to_owned()).collect(), invalid)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_reply_holds_each_distinct_user_as_the_asker_may_see_them() {
    let mut world = World::new();
    let (ada, bob, eve) = (world.connect("ada"), world.connect("bob"), world.connect("eve"));
    world.set(bob, Status::Busy);
    world.set(eve, Status::Invisible);
    world.set(ada, Status::Invisible);
    ask(&mut world, ada, &["bob", "eve", "bob", "nobody", "ada", "not an id"]);
    world.settle();
    let (seen, unavailable, invalid) = answer(&mut world, ada);
    let expected = [
        ("ada", Status::Invisible),
        ("bob", Status::Busy),
        ("eve", Status::Offline),
        ("nobody", Status::Offline),
    ];
    assert_eq!(seen, expected.map(|(id, status)| (id.to_owned(), status)));
    assert_eq!((unavailable.len(), invalid), (0, vec!["not an id".to_owned()]));
}

#[test]
fn a_hub_that_does_not_answer_is_named_and_holds_up_nobody_beyond_its_time_out() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.connect("bob");
    world.node(&user("dead")).reachable = false;
    let slow = user("slow");
    world.network(move |wire| {
        if wire.kind == WireKind::Presence && wire.to == slow { Fate::Lose } else { Fate::Deliver }
    });
    ask(&mut world, ada, &["bob", "dead", "slow"]);
    world.run_for(11_000);
    let (seen, mut unavailable, _) = answer(&mut world, ada);
    unavailable.sort();
    assert_eq!(seen, [("bob".to_owned(), Status::Online)]);
    assert_eq!(unavailable, ["dead", "slow"]);
    assert_eq!(world.calls("ada", WireKind::Presence), 3, "nobody is asked twice");
}

#[test]
fn questions_are_bounded_and_an_empty_one_is_answered_at_once() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let names: Vec<String> = (0..1001).map(|n| format!("u{n:04}")).collect();
    let refused = world.say(ada, Command::Ask(names.clone())).unwrap_err();
    assert_eq!(refused.code, ErrorCode::TooManyIds);
    ask(&mut world, ada, &[]);
    assert_eq!(answer(&mut world, ada).0, []);
    world.say(ada, Command::Ask(names[..1000].iter().rev().cloned().collect())).unwrap();
    world.settle();
    let replies = world.client(ada).replies();
    let Some(Reply::Presences { presences, .. }) = replies.last() else { panic!("no answer") };
    let order = presences.iter().map(|presence| presence.user_id.as_str());
    assert!(order.eq(names[..1000].iter().rev()), "as asked");
}

#[test]
fn several_questions_at_once_are_each_answered_in_full() {
    let mut world = World::new();
    let ada = world.connect("ada");
    for n in 0..8 {
        let names: Vec<String> = (0..40).map(|k| format!("u{n}-{k}")).collect();
        ask(&mut world, ada, &names.iter().map(String::as_str).collect::<Vec<_>>());
    }
    world.settle();
    let replies = world.client(ada).replies();
    let sizes: Vec<usize> = replies
        .iter()
        .map(|reply| match reply {
            Reply::Presences { presences, .. } => presences.len(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(sizes, [40; 8]);
}

#[test]
fn a_question_writes_no_row_and_its_answer_to_a_socket_that_left_goes_nowhere() {
    let mut world = World::new();
    let (ada, stays) = (world.connect("ada"), world.connect("ada"));
    world.connect("bob");
    world.settle();
    let _ = (world.rows_written("ada"), world.rows_written("bob"));
    ask(&mut world, ada, &["bob"]);
    let socket = world.vanish(ada);
    world.settle();
    assert!(world.client(ada).replies().is_empty() && world.client(stays).replies().is_empty());
    assert_eq!(world.rows_written("bob"), 0);
    world.close_event(&socket.0, &socket.1);
}
