//! What the REST API reads from a hub: pages, totals, and nothing that writes.

use presence::calls::{
    HubRequest, HubResponse, Page, Subscriber, Subscription, SubscriptionStatus,
};
use presence::effects::Command;
use presence::errors::ErrorCode;

use crate::world::{World, user};

fn page(limit: i64, after: Option<&str>) -> Page {
    Page { limit, after: after.map(user) }
}

fn subscriptions(
    world: &mut World,
    id: &str,
    page: Page,
) -> (Vec<Subscription>, i64, Option<String>) {
    match world.rest(id, HubRequest::Subscriptions { page }) {
        Ok(HubResponse::Subscriptions { subscriptions, count, next }) => {
            (subscriptions, count, next.map(|id| id.as_str().to_owned()))
        }
        other => panic!("{other:?}"),
    }
}

fn subscribers(world: &mut World, id: &str, page: Page) -> (Vec<Subscriber>, i64, Option<String>) {
    match world.rest(id, HubRequest::Subscribers { page }) {
        Ok(HubResponse::Subscribers { subscribers, count, next }) => {
            (subscribers, count, next.map(|id| id.as_str().to_owned()))
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn pages_of_subscriptions_join_to_the_whole_without_gap_or_repeat() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let names: Vec<String> = (0..25).map(|n| format!("t{n:02}")).collect();
    world.subscribe(ada, &names.iter().map(String::as_str).collect::<Vec<_>>());
    world.say(ada, Command::Unsubscribe(vec!["t03".into()])).unwrap();
    let (mut all, mut after, mut pages) = (Vec::new(), None::<String>, 0);
    loop {
        let (rows, count, next) = subscriptions(&mut world, "ada", page(10, after.as_deref()));
        assert_eq!(count, 24, "the total, on every page");
        all.extend(rows.iter().map(|row| row.user_id.as_str().to_owned()));
        pages += 1;
        after = next;
        if after.is_none() {
            break;
        }
    }
    let expected: Vec<String> = names.into_iter().filter(|name| name != "t03").collect();
    assert_eq!((all, pages), (expected, 3));
    let (rows, _, next) = subscriptions(&mut world, "ada", page(24, None));
    assert_eq!((rows.len(), next), (24, None), "a full last page has no next one");
}

#[test]
fn a_subscription_tells_since_when_and_until_when_if_one_left_now() {
    let mut world = World::new();
    let ada = world.connect("ada");
    let made = world.now;
    world.subscribe(ada, &["bob"]);
    world.run_for(100_000);
    let (rows, ..) = subscriptions(&mut world, "ada", page(10, None));
    assert_eq!((rows[0].since, rows[0].expires_at), (made, world.now + 3_600_000));
    assert_eq!(rows[0].status, SubscriptionStatus::Active);
    world.say(ada, Command::Leave).unwrap();
    let left = world.now;
    world.run_for(50_000);
    let (rows, ..) = subscriptions(&mut world, "ada", page(10, None));
    assert_eq!(rows[0].expires_at, left + 3_600_000, "away: it stands still");
    let told = world.rest("ada", HubRequest::SubscribedTo { target: user("bob") }).unwrap();
    let expires_at = Some(left + 3_600_000);
    let status = SubscriptionStatus::Active;
    assert_eq!(told, HubResponse::SubscribedTo { subscribed: true, status, expires_at });
    world.run_for(3_600_000);
    let told = world.rest("ada", HubRequest::SubscribedTo { target: user("bob") }).unwrap();
    let status = SubscriptionStatus::None;
    assert_eq!(told, HubResponse::SubscribedTo { subscribed: false, status, expires_at: None });
    assert_eq!(subscriptions(&mut world, "ada", page(10, None)).1, 0);
}

#[test]
fn subscribers_are_paged_counted_and_say_who_would_be_told_now() {
    let mut world = World::new();
    let star = world.connect("star");
    let clients: Vec<_> = (0..5)
        .map(|n| {
            let client = world.connect(&format!("w{n}"));
            world.subscribe(client, &["star"]);
            client
        })
        .collect();
    world.settle();
    world.say(clients[1], Command::Leave).unwrap();
    world.say(clients[4], Command::Unsubscribe(vec!["star".into()])).unwrap();
    world.settle();
    world.set(star, presence::state::Status::Busy);
    world.settle();
    let (first, count, next) = subscribers(&mut world, "star", page(3, None));
    let watching: Vec<bool> = first.iter().map(|row| row.watching_now).collect();
    assert_eq!((watching, count), (vec![true, false, true], 4));
    let (last, _, end) = subscribers(&mut world, "star", page(3, next.as_deref()));
    assert_eq!((last.len(), last[0].user_id.as_str(), end), (1, "w3", None));
}

#[test]
fn a_limit_out_of_range_is_taken_to_the_nearest() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["a", "b"]);
    assert_eq!(subscriptions(&mut world, "ada", page(0, None)).0.len(), 1);
    assert_eq!(subscriptions(&mut world, "ada", page(-5, None)).0.len(), 1);
    assert_eq!(subscriptions(&mut world, "ada", page(i64::MAX, None)).0.len(), 2);
}

#[test]
fn sessions_are_listed_oldest_first_and_each_can_be_read_and_ended() {
    let mut world = World::new();
    let first = world.connect("ada");
    world.run_for(1_000);
    let second = world.connect_stomp("ada", None);
    world.close(second);
    let HubResponse::Sessions { sessions } = world.rest("ada", HubRequest::Sessions).unwrap()
    else {
        panic!()
    };
    let ids: Vec<_> = sessions.iter().map(|s| s.session_id.clone()).collect();
    assert_eq!(ids, [world.session_of(first), world.session_of(second)]);
    assert_eq!((sessions[0].connected, sessions[1].connected), (true, false));
    assert_eq!(sessions[1].expires_at, world.now + 10_000, "the grace");
    let session = world.session_of(first);
    let read = world.rest("ada", HubRequest::Session { session: session.clone() }).unwrap();
    assert_eq!(read, HubResponse::Session(sessions[0].clone()));
    world.rest("ada", HubRequest::Revoke { session: session.clone() }).unwrap();
    assert_eq!(world.client(first).closed, Some(presence::close::CloseCode::Revoked));
    let gone = Some(ErrorCode::SessionNotFound);
    assert_eq!(world.rest_refused("ada", HubRequest::Session { session: session.clone() }), gone);
    assert_eq!(world.rest_refused("ada", HubRequest::Revoke { session }), gone);
}

#[test]
fn no_read_writes_a_row() {
    let mut world = World::new();
    let ada = world.connect("ada");
    world.subscribe(ada, &["bob"]);
    world.settle();
    let _ = world.rows_written("ada");
    let session = world.session_of(ada);
    let reads = [
        HubRequest::Sessions,
        HubRequest::Session { session },
        HubRequest::Subscriptions { page: page(10, None) },
        HubRequest::Subscribers { page: page(10, None) },
        HubRequest::SubscribedTo { target: user("bob") },
        HubRequest::Sweep,
    ];
    for read in reads {
        world.rest("ada", read).unwrap();
    }
    world.look("ada", "bob");
    assert_eq!(world.rows_written("ada"), 0);
}
