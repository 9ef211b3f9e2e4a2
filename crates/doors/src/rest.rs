//! What a request brings beside its token: address, query, headers, body.

use edge::address::Address;
use edge::bodies::{self, DevToken, QueryBody, Targets};
use edge::paging;
use edge::problem::Problem;
use edge::query::Query;
use edge::upgrade::{ClientHints, ConnectInfo, Offer};
use presence::errors::ErrorCode;
use presence::ids::UserId;
use presence::state::Status;
use presence::time::Millis;
use serde_json::Value;

use crate::pieces::{split, survives_json};

/// Each part of a request is read or refused with a well-formed problem.
pub fn rest(data: &[u8]) {
    let Some(([choice], rest)) = split(data) else { return };
    match (choice % 4, std::str::from_utf8(rest)) {
        (0, _) => body(rest),
        (1, Ok(text)) => query(text),
        (2, Ok(text)) => address(text),
        (3, Ok(text)) => headers(text),
        _ => {}
    }
}

fn body(bytes: &[u8]) {
    let subscribe = Targets::parse(bytes);
    let asked = QueryBody::parse(bytes);
    let status = bodies::set_status(bytes);
    let dev = DevToken::parse(bytes);
    if let Ok(Targets { targets, .. }) = &subscribe {
        assert!((1..=bodies::MOST_TARGETS).contains(&targets.len()));
    }
    if let Ok(QueryBody { users, .. }) = &asked {
        assert!((1..=bodies::MOST_QUERIED).contains(&users.len()));
    }
    if let Ok(set) = &status {
        assert_ne!(set.status, Status::Offline);
        assert!(set.message.as_ref().is_none_or(|text| text.chars().count() <= 256));
        survives_json(set);
    }
    if let Ok(dev) = &dev {
        let (claims, _) = dev.claims(Millis(1_800_000_000_000), Some("me"), None);
        assert_eq!(claims["sub"], dev.user.as_str());
    }
    // The same JSON written differently asks for the same.
    if let Ok(value) = serde_json::from_slice::<Value>(bytes) {
        let again = serde_json::to_vec(&value).unwrap();
        assert_eq!(Targets::parse(&again), subscribe);
        assert_eq!(QueryBody::parse(&again), asked);
        assert_eq!(bodies::set_status(&again), status);
        assert_eq!(DevToken::parse(&again), dev);
    }
    for problem in [subscribe.err(), asked.err(), status.err(), dev.err()].into_iter().flatten() {
        let is_json = serde_json::from_slice::<Value>(bytes).is_ok();
        assert_eq!(problem.refusal.code == ErrorCode::MalformedJson, !is_json);
        check(&problem, "/api/x");
    }
}

/// Every refusal is a problem that a client can read.
fn check(problem: &Problem, instance: &str) {
    let body = serde_json::to_string(&problem.body(instance)).unwrap();
    let read: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(read["instance"], instance);
    assert!((400..=599).contains(&problem.status()) && problem.status() != 500);
    for member in ["type", "title", "detail", "code"] {
        assert!(read[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {body}");
    }
    for error in &problem.errors {
        assert!(error.pointer.starts_with('#') && !error.detail.is_empty(), "{body}");
    }
    for (name, value) in problem.headers() {
        assert!(value.bytes().all(|b| (b' '..=b'~').contains(&b)), "{name}: {value:?}");
    }
}

fn query(text: &str) {
    let query = Query::parse(text);
    for most in [paging::MOST_WITH_PRESENCE, paging::MOST] {
        match paging::page(&query, most) {
            Ok(page) => {
                assert!((1..=most).contains(&page.limit));
                if let Some(after) = page.after {
                    let again = format!("cursor={}", paging::cursor(&after));
                    assert_eq!(
                        paging::page(&Query::parse(&again), most).unwrap().after,
                        Some(after)
                    );
                }
            }
            Err(refusal) => check(&refusal.into(), "/"),
        }
    }
    let escaped: Vec<String> = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let escaped = escaped.concat();
    let whole = Query::parse(&format!("a=1&text={escaped}&text=2"));
    assert_eq!(whole.get("text"), Some(text));
    client(&query, text);
}

fn client(query: &Query, text: &str) {
    let hints = ClientHints { user_agent: Some(text), platform: Some(text), mobile: None };
    let device = hints.device(query);
    let fits = |text: &Option<String>, most| {
        let fits = |t: &String| !t.is_empty() && t.chars().count() <= most && !t.contains('\n');
        text.as_ref().is_none_or(fits)
    };
    assert!(fits(&device.name, 128) && fits(&device.os, 64) && fits(&device.app_version, 64));
    assert!(fits(&hints.user_agent(), 512));
    let info = ConnectInfo {
        user: UserId::parse("ann").unwrap(),
        protocol: None,
        resume: edge::upgrade::resume(query),
        device,
        user_agent: hints.user_agent(),
        country: Some(text.to_owned()),
        colo: None,
        token_expires_at: Millis(0),
        request_id: String::new(),
    };
    let header = info.to_header();
    assert!(header.bytes().all(|b| (b' '..=b'~').contains(&b)), "{header}");
    assert_eq!(ConnectInfo::from_header(&header), Some(info));
    if let Some(info) = ConnectInfo::from_header(text) {
        assert_eq!(ConnectInfo::from_header(&info.to_header()), Some(info));
    }
}

fn address(text: &str) {
    let cut = Address::parse(text);
    assert!(!cut.path.is_empty() && !cut.path.contains(['?', '#']));
    assert!(!cut.query.contains('#') && !cut.origin.contains('?'));
    for path in [cut.path, text] {
        let allow = edge::routes::allow(path);
        assert!(allow.ends_with("OPTIONS"));
        check(&Problem::method_not_allowed(&allow), path);
        check(&Problem::not_found(), path);
    }
    // Behind a host everything is path, query and fragment, as written.
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (path, query) = before.split_once('?').unwrap_or((before, ""));
    let url = format!("https://a.example/{path}?{query}#{fragment}");
    let cut = Address::parse(&url);
    assert_eq!((cut.origin, cut.query), ("https://a.example", query));
    assert_eq!(cut.path, format!("/{path}"));
}

/// Lines: authorisation, subprotocols, token of the query, and everything else.
fn headers(text: &str) {
    let mut lines = text.lines();
    let offer = Offer {
        authorization: lines.next(),
        subprotocols: lines.next(),
        access_token: lines.next(),
    };
    match edge::upgrade::choose(offer) {
        Ok(handshake) => {
            let offered = offer.subprotocols.unwrap_or_default();
            assert!(handshake.protocol.is_none_or(|known| offered.contains(known.as_str())));
            assert!(handshake.token.is_none_or(|token| !token.is_empty() && text.contains(&token)));
        }
        Err(refusal) => check(&refusal.into(), "/ws"),
    }
    for line in lines {
        if let Err(problem) = bodies::check_media_type(Some(line)) {
            check(&problem, line);
        }
        if let Some(id) = edge::request_id::accepted(Some(line)) {
            assert_eq!(id, line);
            assert!(id.len() <= 128 && id.bytes().all(|b| b.is_ascii_graphic()));
        }
        let upgrade = edge::upgrade::is_upgrade("GET", Some(line));
        assert_eq!(upgrade, line.trim().eq_ignore_ascii_case("websocket"));
    }
}
