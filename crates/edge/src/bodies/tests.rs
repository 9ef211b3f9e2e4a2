#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

use presence::calls::SetStatus;
use presence::ids::{SessionId, UserId};
use presence::state::{Scope, Status};
use presence::time::Millis;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn targets(body: &Value) -> Result<Targets, Problem> {
    Targets::parse(body.to_string().as_bytes())
}

fn status(body: &Value) -> Result<SetStatus, Problem> {
    set_status(body.to_string().as_bytes())
}

fn query(body: &Value) -> Result<QueryBody, Problem> {
    QueryBody::parse(body.to_string().as_bytes())
}

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> ErrorCode {
    result.unwrap_err().refusal.code
}

fn pointers<T: std::fmt::Debug>(result: Result<T, Problem>) -> Vec<String> {
    let problem = result.unwrap_err();
    assert_eq!(problem.refusal.code, ErrorCode::InvalidBody);
    problem.errors.into_iter().map(|error| error.pointer).collect()
}

#[test]
fn only_json_is_taken() {
    for good in [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        " application/json ;x",
    ] {
        assert_eq!(check_media_type(Some(good)), Ok(()), "{good}");
    }
    for bad in [
        None,
        Some(""),
        Some("text/plain"),
        Some("application/jsonp"),
        Some("multipart/form-data; boundary=application/json"),
    ] {
        assert_eq!(code(check_media_type(bad)), ErrorCode::UnsupportedMediaType, "{bad:?}");
    }
}

#[test]
fn a_body_may_just_reach_its_limit() {
    assert_eq!(check_size(LIMIT, LIMIT), Ok(()));
    let problem = check_size(LIMIT + 1, LIMIT).unwrap_err();
    assert_eq!(problem.status(), 413);
    assert!(problem.refusal.detail.contains("64 KiB"));
}

#[test]
fn what_is_no_json_is_malformed() {
    for raw in [
        &b""[..],
        b"{",
        b"{\"targetUserId\":",
        b"nope",
        b"\0",
        b"{\"a\":1}trailing",
        b"\xff\xfe",
        b"{\"a\":\"\xff\"}",
    ] {
        for result in [
            Targets::parse(raw).map(drop),
            QueryBody::parse(raw).map(drop),
            set_status(raw).map(drop),
            DevToken::parse(raw).map(drop),
        ] {
            assert_eq!(code(result), ErrorCode::MalformedJson, "{raw:?}");
        }
    }
}

#[test]
fn json_that_is_no_object_is_the_wrong_shape() {
    for body in [json!([]), json!(7), json!("text"), json!(null), json!(true)] {
        assert_eq!(pointers(targets(&body)), ["#"]);
    }
}

#[test]
fn deep_nesting_is_refused_and_overflows_nothing() {
    let deep = "[".repeat(100_000);
    assert_eq!(code(Targets::parse(deep.as_bytes())), ErrorCode::MalformedJson);
}

#[test]
fn one_target_or_many_are_named() {
    let one = targets(&json!({ "targetUserId": "bob", "extra": 1 })).unwrap();
    assert_eq!(one, Targets { subscriber: None, targets: vec!["bob".to_owned()] });
    let many = targets(
        &json!({ "subscriberId": "alice", "targetUserIds": ["bob", "a b"], "targetUserId": null }),
    )
    .unwrap();
    assert_eq!(many.subscriber, Some(UserId::parse("alice").unwrap()));
    assert_eq!(many.targets, ["bob", "a b"]);
}

#[test]
fn both_or_neither_is_the_wrong_shape() {
    assert_eq!(pointers(targets(&json!({}))), ["#/targetUserId"]);
    assert_eq!(
        pointers(targets(&json!({ "targetUserId": "a", "targetUserIds": ["b"] }))),
        ["#/targetUserIds"]
    );
    assert_eq!(pointers(targets(&json!({ "targetUserIds": [] }))), ["#/targetUserIds"]);
}

#[test]
fn wrong_types_are_all_pointed_at() {
    let body = json!({ "subscriberId": 1, "targetUserIds": ["a", 2, null, {}] });
    assert_eq!(
        pointers(targets(&body)),
        ["#/subscriberId", "#/targetUserIds/1", "#/targetUserIds/2", "#/targetUserIds/3"]
    );
    assert_eq!(pointers(targets(&json!({ "targetUserId": 5 }))), ["#/targetUserId"]);
    assert_eq!(pointers(targets(&json!({ "targetUserIds": "alice" }))), ["#/targetUserIds"]);
}

#[test]
fn a_bad_id_that_stands_alone_is_400_and_one_in_a_list_is_left_to_fail() {
    assert_eq!(code(targets(&json!({ "targetUserId": "a b" }))), ErrorCode::InvalidUserId);
    assert_eq!(
        code(targets(&json!({ "subscriberId": "..", "targetUserIds": ["a"] }))),
        ErrorCode::InvalidUserId
    );
    assert!(targets(&json!({ "targetUserIds": ["a b"] })).is_ok());
}

#[test]
fn five_hundred_targets_and_a_thousand_users_are_the_most() {
    let ids = |count: usize| (0..count).map(|n| format!("u{n}")).collect::<Vec<_>>();
    assert!(targets(&json!({ "targetUserIds": ids(500) })).is_ok());
    assert_eq!(code(targets(&json!({ "targetUserIds": ids(501) }))), ErrorCode::TooManyIds);
    assert_eq!(query(&json!({ "userIds": ids(1000) })).unwrap().users.len(), 1000);
    assert_eq!(code(query(&json!({ "userIds": ids(1001) }))), ErrorCode::TooManyIds);
}

#[test]
fn a_filter_is_refused_and_never_ignored() {
    for filter in [json!({}), json!({ "status": ["ONLINE"] }), json!("x"), json!(false)] {
        let body = json!({ "targetUserId": "a", "filter": filter });
        assert_eq!(code(targets(&body)), ErrorCode::UnsupportedFilter);
    }
    assert!(targets(&json!({ "targetUserId": "a", "filter": null })).is_ok());
}

#[test]
fn a_query_is_strong_or_says_nothing() {
    assert!(query(&json!({ "userIds": ["a"], "consistency": "strong" })).is_ok());
    assert_eq!(
        pointers(query(&json!({ "userIds": ["a"], "consistency": "eventual" }))),
        ["#/consistency"]
    );
    assert_eq!(pointers(query(&json!({ "userIds": [{}] }))), ["#/userIds/0"]);
    assert_eq!(pointers(query(&json!({}))), ["#/userIds"]);
}

#[test]
fn a_status_of_the_user_may_be_any_but_offline() {
    let set = status(&json!({ "status": "BUSY", "message": "writing" })).unwrap();
    let expected = SetStatus {
        status: Status::Busy,
        message: Some("writing".to_owned()),
        scope: Scope::User,
        session_id: None,
    };
    assert_eq!(set, expected);
    assert!(status(&json!({ "status": "INVISIBLE", "scope": "user" })).is_ok());
    for bad in ["OFFLINE", "online", "", "NONE"] {
        assert_eq!(code(status(&json!({ "status": bad }))), ErrorCode::InvalidStatus, "{bad}");
    }
    assert_eq!(pointers(status(&json!({}))), ["#/status"]);
    assert_eq!(
        pointers(status(&json!({ "status": 3, "message": 7, "scope": "household" }))),
        ["#/status", "#/message", "#/scope"]
    );
}

#[test]
fn a_status_of_a_device_is_online_or_away_and_names_its_session() {
    let session = SessionId::new(&UserId::parse("a").unwrap(), [1; 16]);
    let set =
        status(&json!({ "status": "AWAY", "scope": "device", "sessionId": session })).unwrap();
    assert_eq!((set.scope, set.session_id), (Scope::Device, Some(session.clone())));
    for bad in ["BUSY", "INVISIBLE", "OFFLINE"] {
        let body = json!({ "status": bad, "scope": "device", "sessionId": session });
        assert_eq!(code(status(&body)), ErrorCode::InvalidStatus);
    }
    assert_eq!(pointers(status(&json!({ "status": "AWAY", "scope": "device" }))), ["#/sessionId"]);
    let unknown = json!({ "status": "AWAY", "scope": "device", "sessionId": "x" });
    assert_eq!(code(status(&unknown)), ErrorCode::InvalidSessionId);
}

#[test]
fn a_message_has_256_characters_not_bytes() {
    let of = |count| status(&json!({ "status": "BUSY", "message": "é".repeat(count) }));
    assert!(of(256).is_ok());
    assert_eq!(code(of(257)), ErrorCode::MessageTooLong);
}

#[test]
fn a_cleanup_is_of_the_three_tasks_unless_it_is_said() {
    let cleanup = |body: &Value| CleanupBody::parse(body.to_string().as_bytes());
    let all = CLEANUP_TASKS.to_vec();
    for body in
        [json!({}), json!({ "tasks": null, "dryRun": null }), json!({ "tasks": CLEANUP_TASKS })]
    {
        assert_eq!(cleanup(&body).unwrap(), CleanupBody { tasks: all.clone(), dry_run: false });
    }
    let some = cleanup(&json!({ "tasks": ["health", "sessions", "sessions"], "dryRun": true }));
    assert_eq!(some.unwrap(), CleanupBody { tasks: vec!["sessions", "health"], dry_run: true });
    for bad in [json!([]), json!("sessions"), json!(["cron"]), json!([3]), json!({})] {
        assert_eq!(pointers(cleanup(&json!({ "tasks": bad }))), ["#/tasks"], "{bad}");
    }
    assert_eq!(pointers(cleanup(&json!({ "dryRun": "yes" }))), ["#/dryRun"]);
}

#[test]
fn a_query_is_strong_only_if_it_says_so() {
    let strong = |more: Value| {
        let mut body = json!({ "userIds": ["ada"] });
        body["consistency"] = more;
        query(&body).unwrap().strong
    };
    assert!(strong(json!("strong")));
    assert!(!strong(Value::Null));
}

#[test]
fn a_development_token_is_for_a_user_and_lasts_twelve_hours() {
    let asked = DevToken::parse(br#"{"userId":"alice","scope":"admin"}"#).unwrap();
    let (claims, ends) = asked.claims(Millis(1_800_000_000_500), Some("i"), None);
    assert_eq!(
        claims,
        json!({ "sub": "alice", "iat": 1_800_000_000, "exp": 1_800_043_200, "scope": "admin", "iss": "i" })
    );
    assert_eq!(ends, Millis(1_800_043_200_000));
    assert_eq!(code(DevToken::parse(br#"{"userId":"a b"}"#)), ErrorCode::InvalidUserId);
    assert_eq!(pointers(DevToken::parse(b"{}")), ["#/userId"]);
}

proptest! {
    #[test]
    fn no_bytes_make_a_reader_panic_or_answer_with_5xx(body in any::<Vec<u8>>()) {
        for result in [Targets::parse(&body).map(drop), QueryBody::parse(&body).map(drop), set_status(&body).map(drop), DevToken::parse(&body).map(drop)] {
            prop_assert!(result.is_err_and(|problem| (400..500).contains(&problem.status())));
        }
    }
}
