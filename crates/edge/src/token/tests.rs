#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use hmac::{Hmac, Mac as _};
use presence::time::Millis;
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::Sha256;

use super::*;
use crate::config::Algorithm;

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: Millis = Millis(1_800_000_000_000);
const EXP: i64 = 1_800_000_600;

fn hs256(key: &[u8], input: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(input.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn token(claims: &Value) -> String {
    let unsigned = Unsigned::new(claims, Algorithm::Hs256);
    let signature = hs256(KEY, unsigned.signing_input());
    unsigned.signed(&signature)
}

fn checks() -> Checks<'static> {
    Checks { now: NOW, issuer: None, audience: None }
}

fn check_with(token: &str, checks: &Checks<'_>) -> Result<Claims, TokenError> {
    let unverified = Unverified::parse(token, Algorithm::Hs256)?;
    let holds = hs256(KEY, unverified.signing_input()) == unverified.signature();
    unverified.verified(holds)?.claims(checks)
}

fn check(claims: &Value) -> Result<Claims, TokenError> {
    check_with(&token(claims), &checks())
}

#[test]
fn a_good_token_says_who_its_bearer_is() {
    let claims = check(&json!({ "sub": "Alice", "exp": EXP, "extra": [1] })).unwrap();
    assert_eq!(claims.user.as_str(), "Alice");
    assert_eq!(claims.expires_at, Millis(EXP * 1000 + LEEWAY));
    assert!(!claims.is_trusted());
}

#[test]
fn what_was_signed_by_another_implementation_is_taken() {
    // The token of RFC 7515, A.1, is signed with HS256 over this header and payload.
    let input = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    let token = format!("{input}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    let unverified = Unverified::parse(&token, Algorithm::Hs256).unwrap();
    let key = base64::Engine::decode(
        &base64::engine::general_purpose::URL_SAFE_NO_PAD,
        "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
    )
    .unwrap();
    assert_eq!(unverified.signing_input(), input);
    assert_eq!(hs256(&key, unverified.signing_input()), unverified.signature());
}

#[test]
fn the_header_never_chooses_the_algorithm() {
    let good = token(&json!({ "sub": "a", "exp": EXP }));
    for algorithm in [Algorithm::Es256, Algorithm::Rs256] {
        assert_eq!(Unverified::parse(&good, algorithm).unwrap_err(), TokenError::WrongAlgorithm);
    }
    let encode = |text: &str| {
        base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text)
    };
    let (_, rest) = good.split_once('.').unwrap();
    for alg in ["none", "None", "hs256", "HS512", ""] {
        let forged = format!("{}.{rest}", encode(&json!({ "alg": alg }).to_string()));
        assert_eq!(check_with(&forged, &checks()), Err(TokenError::WrongAlgorithm), "{alg}");
    }
    let critical = format!("{}.{rest}", encode(r#"{"alg":"HS256","crit":["exp"]}"#));
    assert_eq!(check_with(&critical, &checks()), Err(TokenError::Critical));
}

#[test]
fn a_signature_of_another_key_or_over_other_claims_does_not_hold() {
    let good = token(&json!({ "sub": "a", "exp": EXP }));
    let other = token(&json!({ "sub": "b", "exp": EXP }));
    let (input, _) = good.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    for forged in [format!("{input}.{signature}"), format!("{input}.")] {
        assert_eq!(check_with(&forged, &checks()), Err(TokenError::BadSignature));
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    for text in [
        "",
        ".",
        "..",
        "a.b",
        "a.b.c",
        "a.b.c.d",
        "e30.e30.e30",
        "eyJhbGciOjF9.e30.",
        "é.é.é",
        &"x".repeat(20_000),
    ] {
        assert_eq!(check_with(text, &checks()), Err(TokenError::Malformed), "{text:.20}");
    }
}

#[test]
fn times_have_a_leeway_of_thirty_seconds() {
    let now = NOW.0 / 1000;
    assert!(check(&json!({ "sub": "a", "exp": now - 29 })).is_ok());
    assert_eq!(check(&json!({ "sub": "a", "exp": now - 30 })), Err(TokenError::Expired));
    assert!(check(&json!({ "sub": "a", "exp": EXP, "nbf": now + 30 })).is_ok());
    assert_eq!(
        check(&json!({ "sub": "a", "exp": EXP, "nbf": now + 31 })),
        Err(TokenError::NotYetValid)
    );
    assert!(check(&json!({ "sub": "a", "exp": now as f64 + 0.5 })).is_ok());
}

#[test]
fn absurd_times_do_no_harm() {
    assert!(check(&json!({ "sub": "a", "exp": 1e300 })).is_ok());
    assert_eq!(check(&json!({ "sub": "a", "exp": -1e300 })), Err(TokenError::Expired));
    assert_eq!(
        check(&json!({ "sub": "a", "exp": EXP, "nbf": 1e300 })),
        Err(TokenError::NotYetValid)
    );
}

#[test]
fn claims_of_the_wrong_type_or_none_are_refused() {
    for claims in [
        json!({ "sub": "a" }),
        json!({ "sub": "a", "exp": "1" }),
        json!({ "sub": 7, "exp": EXP }),
        json!({ "sub": "a", "exp": EXP, "scope": ["admin"] }),
        json!([]),
        json!(null),
    ] {
        assert_eq!(check(&claims), Err(TokenError::BadClaims), "{claims}");
    }
    for claims in [
        json!({ "exp": EXP }),
        json!({ "sub": "a b", "exp": EXP }),
        json!({ "sub": "", "exp": EXP }),
    ] {
        assert_eq!(check(&claims), Err(TokenError::BadSubject), "{claims}");
    }
}

#[test]
fn issuer_and_audience_are_checked_where_configured() {
    let strict = Checks { issuer: Some("https://id"), audience: Some("rollcall"), ..checks() };
    let try_with = |iss: Value, aud: Value| {
        check_with(&token(&json!({ "sub": "a", "exp": EXP, "iss": iss, "aud": aud })), &strict)
    };
    assert!(try_with(json!("https://id"), json!("rollcall")).is_ok());
    assert!(try_with(json!("https://id"), json!(["x", "rollcall"])).is_ok());
    assert_eq!(try_with(json!("https://id"), json!("rollcall2")), Err(TokenError::WrongAudience));
    assert_eq!(try_with(json!("https://id"), json!(null)), Err(TokenError::WrongAudience));
    assert_eq!(try_with(json!("https://evil"), json!("rollcall")), Err(TokenError::WrongIssuer));
    assert_eq!(try_with(json!(null), json!("rollcall")), Err(TokenError::WrongIssuer));
}

#[test]
fn scopes_are_whole_words() {
    let scopes =
        |scope: &str| check(&json!({ "sub": "a", "exp": EXP, "scope": scope })).unwrap().scopes;
    assert_eq!(scopes("other admin"), Scopes { admin: true, service: false });
    assert_eq!(scopes("service"), Scopes { admin: false, service: true });
    for none in ["", "administrator", "Admin", "admin,service", "x-admin"] {
        assert_eq!(scopes(none), Scopes::default(), "{none}");
    }
}

#[test]
fn a_user_acts_for_themselves_and_trusted_scopes_for_anyone() {
    let user = |id: &str| presence::ids::UserId::parse(id).unwrap();
    let claims =
        |scope: &str| check(&json!({ "sub": "alice", "exp": EXP, "scope": scope })).unwrap();
    assert!(claims("").may_act_for(&user("alice")));
    assert!(!claims("").may_act_for(&user("Alice")));
    assert!(
        claims("admin").may_act_for(&user("bob")) && claims("service").may_act_for(&user("bob"))
    );
}

#[test]
fn the_scheme_is_bearer_in_any_case() {
    assert_eq!(bearer("Bearer a.b.c"), Some("a.b.c"));
    assert_eq!(bearer("bEaReR  a.b.c "), Some("a.b.c"));
    for none in ["", "Bearer", "Bearer ", "Basic x", "a.b.c", "Bearera.b.c"] {
        assert_eq!(bearer(none), None, "{none:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic_or_pass(text in "\\PC*") {
        prop_assert!(check_with(&text, &checks()).is_err());
    }

    #[test]
    fn no_header_or_payload_makes_it_panic(header in any::<Vec<u8>>(), payload in any::<Vec<u8>>()) {
        let encode = |bytes: &[u8]| base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, bytes);
        let input = format!("{}.{}", encode(&header), encode(&payload));
        let signed = format!("{input}.{}", encode(&hs256(KEY, &input)));
        prop_assert!(check_with(&signed, &checks()).is_err());
    }
}
