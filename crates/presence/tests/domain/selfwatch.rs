//! Watching oneself, and rule 11: an edge to oneself stays local, and no handler waits for anybody.

use presence::calls::{HubRequest, HubResponse, Page, Parcel, Viewer};
use presence::effects::Command;
use presence::state::Status;

use crate::world::{Fate, WireKind, World, user};

#[test]
fn rule_11_an_edge_to_oneself_stays_local_and_shows_what_the_owner_sees() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["ada"]);
    world.settle();
    assert_eq!(world.client(ada).sees("ada"), Some(Status::Online));
    world.set(ada, Status::Invisible);
    world.settle();
    let seen = world.client(ada).view[&user("ada")].clone();
    assert_eq!((seen.online, seen.status), (true, Status::Invisible));
    let second = world.connect("ada");
    world.settle();
    assert_eq!(world.client(second).sees("ada"), Some(Status::Invisible));
    world.set_device(second, Status::Away).unwrap();
    world.set(ada, Status::Busy);
    world.settle();
    let revision = world.look("ada", "ada").version;
    for client in [ada, second] {
        let told = world.client(client).told_about("ada");
        assert!(told.windows(2).all(|pair| pair[0].version <= pair[1].version), "{told:?}");
        assert_eq!(told.last().unwrap().version, revision);
    }
    world.say(ada, Command::Unsubscribe(vec!["ada".into()])).unwrap();
    world.set(ada, Status::Away);
    world.run_for(3_700_000);
    assert_eq!(world.client(second).sees("ada"), Some(Status::Busy));
    assert!(world.sent.iter().all(|wire| wire.to != user("ada")), "no call was ever made");
    assert_eq!(world.number("ada", "SELECT count(*) FROM watching"), 0);
}

#[test]
fn rule_11_watching_oneself_counts_in_the_lists_and_ends_as_any_lease() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["ada"]);
    let page = Page { limit: 10, after: None };
    let listed = world.rest("ada", HubRequest::Subscribers { page }).unwrap();
    let HubResponse::Subscribers { subscribers, count: 1, .. } = listed else {
        panic!("{listed:?}")
    };
    assert_eq!(subscribers[0].user_id, user("ada"));
    world.say(ada, Command::Leave).unwrap();
    world.run_for(3_700_000);
    assert_eq!(world.number("ada", "SELECT count(*) FROM watching"), 0);
    assert_eq!(world.number("ada", "SELECT count(*) FROM audience WHERE ended_at IS NULL"), 0);
    assert_eq!(world.node(&user("ada")).alarm, None, "at rest");
}

#[test]
fn rule_11_every_internal_call_is_answered_while_the_network_answers_nobody() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.subscribe(bob, &["ada"]);
    world.settle();
    world.network(|_| Fate::Hold);
    // Everything that the two may want of each other and of others is under way.
    world.set(ada, Status::Busy);
    world.send_text(ada, &["bob", "eve"], None, "x").unwrap();
    let presence = world.look("bob", "ada");
    let message = presence::calls::Message {
        message_id: presence::ids::MessageId("m1".into()),
        client_message_id: None,
        from: user("bob"),
        to: vec![user("ada")],
        content: serde_json::Value::Null,
        sent_at: world.now,
    };
    let generation = i64::MAX >> 11;
    let subscriber = user("bob");
    let calls = [
        HubRequest::Watch { subscriber: subscriber.clone(), generation, since: None, shows: true },
        HubRequest::Notify { generation: 1, presence },
        HubRequest::Deliver { parcel: Parcel::Message(message) },
        HubRequest::Deliver { parcel: Parcel::Typing { from: user("bob"), typing: true } },
        HubRequest::Presence { viewer: Viewer::User(user("bob")) },
        HubRequest::Sweep,
        HubRequest::Unwatch { subscriber, generation },
    ];
    let sent = world.sent.len();
    for call in calls {
        let answer = world.rest("ada", call.clone());
        assert!(answer.is_ok(), "{call:?}: {answer:?}");
    }
    assert_eq!(world.sent.len(), sent, "and none of them made ada call anybody");
}

#[test]
fn rule_11_two_users_who_watch_and_write_each_other_at_once_come_to_rest() {
    let mut world = World::new();
    let (ada, bob) = (world.connect("ada"), world.connect("bob"));
    world.subscribe(ada, &["bob"]);
    world.subscribe(bob, &["ada"]);
    world.set(ada, Status::Busy);
    world.set(bob, Status::Away);
    world.send_text(ada, &["bob"], None, "to bob").unwrap();
    world.send_text(bob, &["ada"], None, "to ada").unwrap();
    world.settle();
    assert_eq!(world.client(ada).sees("bob"), Some(Status::Away));
    assert_eq!(world.client(bob).sees("ada"), Some(Status::Busy));
    assert_eq!(world.client(ada).messages(), ["to ada"]);
    assert_eq!(world.client(bob).messages(), ["to bob"]);
    assert_eq!(world.held(WireKind::Answer), 0);
}
