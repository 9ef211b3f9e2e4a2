//! Internal calls and answers as JSON: between two hubs of one version, and of two.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use presence::calls::{
    HubAnswer, HubCall, HubRequest, HubResponse, Message, Page, Parcel, SetStatus, Viewer,
};
use presence::errors::{ErrorCode, Refusal};
use presence::ids::{MessageId, SessionId, UserId};
use presence::outbox::Replay;
use presence::state::{Presence, Scope, Status};
use presence::time::Millis;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

fn user() -> impl Strategy<Value = UserId> {
    "[A-Za-z0-9_~@|+-]{1,40}".prop_map(|text| UserId::parse(&text).unwrap())
}

fn session() -> impl Strategy<Value = SessionId> {
    (user(), any::<[u8; 16]>()).prop_map(|(user, bits)| SessionId::new(&user, bits))
}

fn time() -> impl Strategy<Value = Millis> {
    (Millis::EARLIEST.0..=Millis::LATEST.0).prop_map(Millis)
}

/// What storage takes.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![-(1 << 53) + 1..(1_i64 << 53), 0..9_i64]
}

fn status() -> impl Strategy<Value = Status> {
    let all = [Status::Online, Status::Away, Status::Busy, Status::Invisible, Status::Offline];
    prop::sample::select(all.to_vec())
}

fn presence() -> impl Strategy<Value = Presence> {
    (user(), status(), option::of("\\PC{0,20}"), option::of(time()), number(), time()).prop_map(
        |(user_id, status, message, last_active_at, version, as_of)| Presence {
            user_id,
            online: status != Status::Offline,
            status,
            message,
            devices: Vec::new(),
            last_active_at,
            version,
            as_of,
        },
    )
}

fn content() -> impl Strategy<Value = serde_json::Value> {
    let text = "\\PC{0,20}".prop_map(serde_json::Value::from);
    let leaf = prop_oneof![Just(serde_json::Value::Null), any::<bool>().prop_map(Into::into), text];
    let leaf = prop_oneof![leaf, any::<i64>().prop_map(Into::into)];
    leaf.prop_recursive(3, 12, 4, |inner| vec(inner, 0..4).prop_map(serde_json::Value::from))
}

fn parcel() -> impl Strategy<Value = Parcel> {
    let id = any::<[u8; 16]>().prop_map(MessageId::new);
    let message = (id, option::of("\\PC{1,20}"), user(), vec(user(), 1..4), content(), time());
    let message =
        message.prop_map(|(message_id, client_message_id, from, to, content, sent_at)| {
            Parcel::Message(Message { message_id, client_message_id, from, to, content, sent_at })
        });
    let typing = (user(), any::<bool>()).prop_map(|(from, typing)| Parcel::Typing { from, typing });
    prop_oneof![message, typing]
}

fn set_status() -> impl Strategy<Value = SetStatus> {
    let scope = prop::sample::select(vec![Scope::User, Scope::Device]);
    (status(), option::of("\\PC{0,20}"), scope, option::of(session())).prop_map(
        |(status, message, scope, session_id)| SetStatus { status, message, scope, session_id },
    )
}

fn replay() -> impl Strategy<Value = Replay> {
    (vec("\\PC{1,10}", 0..3), option::of(time()), option::of(time()), any::<bool>())
        .prop_map(|(ids, from, to, dry_run)| Replay { ids, from, to, dry_run })
}

fn page() -> impl Strategy<Value = Page> {
    (1..1000_i64, option::of(user())).prop_map(|(limit, after)| Page { limit, after })
}

fn between_hubs() -> impl Strategy<Value = HubRequest> {
    prop_oneof![
        (user(), number(), option::of(time()), any::<bool>()).prop_map(
            |(subscriber, generation, since, shows)| HubRequest::Watch {
                subscriber,
                generation,
                since,
                shows
            }
        ),
        (user(), number())
            .prop_map(|(subscriber, generation)| HubRequest::Unwatch { subscriber, generation }),
        (number(), presence())
            .prop_map(|(generation, presence)| HubRequest::Notify { generation, presence }),
        parcel().prop_map(|parcel| HubRequest::Deliver { parcel }),
        user().prop_map(|subscriber| HubRequest::Holds { subscriber }),
        (user(), number()).prop_map(|(target, above)| HubRequest::Reassert { target, above }),
        vec(session(), 0..3).prop_map(|strays| HubRequest::Mirror { strays }),
    ]
}

fn of_the_worker() -> impl Strategy<Value = HubRequest> {
    let viewer =
        prop_oneof![Just(Viewer::Owner), Just(Viewer::Service), user().prop_map(Viewer::User),];
    let plain =
        vec![HubRequest::Sweep, HubRequest::Sessions, HubRequest::Outbox, HubRequest::DeadLetters];
    prop_oneof![
        viewer.prop_map(|viewer| HubRequest::Presence { viewer }),
        vec("\\PC{0,12}", 0..5).prop_map(|targets| HubRequest::Subscribe { targets }),
        vec("\\PC{0,12}", 0..5).prop_map(|targets| HubRequest::Unsubscribe { targets }),
        page().prop_map(|page| HubRequest::Subscriptions { page }),
        page().prop_map(|page| HubRequest::Subscribers { page }),
        user().prop_map(|target| HubRequest::SubscribedTo { target }),
        session().prop_map(|session| HubRequest::Session { session }),
        session().prop_map(|session| HubRequest::Revoke { session }),
        set_status().prop_map(HubRequest::SetStatus),
        replay().prop_map(HubRequest::Replay),
        prop::sample::select(plain),
        page().prop_map(|page| {
            HubRequest::Peek { request: Box::new(HubRequest::Subscribers { page }) }
        }),
    ]
}

fn call() -> impl Strategy<Value = HubCall> {
    let request = prop_oneof![between_hubs(), of_the_worker()];
    (user(), time(), option::of("[0-9a-f-]{1,36}"), request).prop_map(
        |(user, not_after, request_id, request)| HubCall { user, not_after, request_id, request },
    )
}

fn answer() -> impl Strategy<Value = HubAnswer> {
    let refusal = (prop::sample::select(ErrorCode::ALL.to_vec()), "\\PC{0,20}");
    prop_oneof![
        refusal.prop_map(|(code, detail)| Err(Refusal::new(code, detail))),
        (number(), any::<bool>(), option::of(presence())).prop_map(
            |(generation, watching, presence)| Ok(HubResponse::Watched {
                generation,
                watching,
                presence
            })
        ),
        any::<[bool; 3]>().prop_map(|[watching, awake, shows]| {
            Ok(HubResponse::Notified { watching, awake, shows })
        }),
        number().prop_map(|sessions| Ok(HubResponse::Delivered { sessions })),
        presence().prop_map(|presence| Ok(HubResponse::Presence(presence))),
        (any::<bool>(), number())
            .prop_map(|(held, generation)| Ok(HubResponse::Held { held, generation })),
        prop::sample::select(vec![Ok(HubResponse::Done), Ok(HubResponse::Unwatched)]),
    ]
}

/// As JSON, and read back; and so once more with what only a later version would say.
fn survives<T>(value: &T) -> Result<(), TestCaseError>
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let mut json = serde_json::to_value(value).unwrap();
    let read = |json: &serde_json::Value| serde_json::from_str::<T>(&json.to_string());
    prop_assert_eq!(&read(&json).unwrap(), value);
    add_a_member(&mut json);
    prop_assert_eq!(&read(&json).unwrap(), value, "{}", json);
    Ok(())
}

/// To the object that has a `kind`, the call's own or within.
fn add_a_member(json: &mut serde_json::Value) {
    let Some(object) = json.as_object_mut() else { return };
    object.values_mut().filter(|inner| inner.get("kind").is_some()).for_each(add_a_member);
    if object.contains_key("kind") {
        object.insert("ofALaterVersion".into(), true.into());
    }
}

proptest! {
    #[test]
    fn a_call_is_read_as_it_was_meant_also_by_an_older_version(call in call()) {
        survives(&call)?;
    }

    #[test]
    fn an_answer_is_read_as_it_was_meant_also_by_an_older_version(answer in answer()) {
        survives(&answer)?;
    }

    #[test]
    fn what_is_no_call_is_refused_as_a_whole(call in call(), at in any::<prop::sample::Index>()) {
        let text = serde_json::to_string(&call).unwrap();
        let places: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        let cut = &text[..places[at.index(places.len())]];
        prop_assert!(serde_json::from_str::<HubCall>(cut).is_err());
    }
}
