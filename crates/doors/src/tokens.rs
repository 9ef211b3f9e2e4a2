//! JSON Web Tokens: forged, mended, strange, and true.

use arbitrary::{Arbitrary, Unstructured};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use edge::config::Algorithm;
use edge::token::{Checks, Claims, LEEWAY, TokenError, Unsigned, Unverified};
use hmac::{Hmac, Mac as _};
use presence::ids::UserId;
use presence::time::Millis;
use serde_json::{Value, json};
use sha2::Sha256;

use crate::pieces::survives_json;

const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: Millis = Millis(1_800_000_000_000);
const EXP: i64 = 1_800_000_600;

/// What a forger tries.
#[derive(Arbitrary, Debug)]
enum Try<'a> {
    /// A text that never saw the key.
    Text(&'a str),
    /// Header and claims as they are, signed with the key.
    Signed { header: &'a [u8], claims: &'a [u8], usual_header: bool },
    /// The same, signed with another key or not at all.
    Unsigned { header: &'a [u8], claims: &'a [u8], signature: &'a [u8] },
    /// A true token in which one byte is another one.
    Changed { user: u8, at: u16, byte: u8 },
    /// A true token with something before, between or after.
    Grown { at: u16, text: &'a str },
}

/// Nothing is accepted that was not signed with the key; and of what was, only what the claims allow.
pub fn tokens(data: &[u8]) {
    let Ok(attempt) = Try::arbitrary_take_rest(Unstructured::new(data)) else { return };
    match attempt {
        Try::Text(text) => {
            let bearer = edge::token::bearer(text).unwrap_or(text);
            assert!(check(bearer).is_err(), "{text}");
        }
        Try::Signed { header, claims, usual_header } => {
            let header: &[u8] = if usual_header { br#"{"alg":"HS256"}"# } else { header };
            let input = format!("{}.{}", encode(header), encode(claims));
            let token = format!("{input}.{}", encode(&sign(KEY, &input)));
            signed(&token, header, claims);
        }
        Try::Unsigned { header, claims, signature } => {
            let input = format!("{}.{}", encode(header), encode(claims));
            assert!(check(&format!("{input}.{}", encode(signature))).is_err());
            let other = sign(b"another key of the same length..", &input);
            assert!(check(&format!("{input}.{}", encode(&other))).is_err());
        }
        Try::Changed { user, at, byte } => changed(user, at, byte),
        Try::Grown { at, text } => grown(at, text),
    }
}

fn changed(user: u8, at: u16, byte: u8) {
    let token = true_token(user);
    let mut bytes = token.clone().into_bytes();
    let at = usize::from(at) % bytes.len();
    bytes[at] = byte;
    let Ok(text) = String::from_utf8(bytes) else { return };
    assert_eq!(check(&text).is_ok(), text == token, "{text}");
}

fn grown(at: u16, text: &str) {
    let mut token = true_token(0);
    token.insert_str(usize::from(at) % (token.len() + 1), text);
    assert_eq!(check(&token).is_ok(), text.is_empty(), "{token}");
}

/// A token whose signature holds is judged by its parts alone.
fn signed(token: &str, header: &[u8], claims: &[u8]) {
    let outcome = check(token);
    if let Ok(claims) = &outcome {
        // The hub is told of it, and its socket keeps it.
        survives_json(&claims.expires_at);
    }
    let header: Option<Value> = serde_json::from_slice(header).ok();
    let usual = header.as_ref().is_some_and(|header| header["alg"] == "HS256");
    assert!(outcome.is_err() || usual, "{header:?}");
    let claims: Option<Value> = serde_json::from_slice(claims).ok();
    match (outcome, claims) {
        (Ok(accepted), Some(claims)) => allowed(&accepted, &claims),
        (Ok(accepted), None) => panic!("{accepted:?} of no JSON"),
        (Err(TokenError::BadSignature), _) => panic!("a good signature was refused"),
        (Err(_), _) => {}
    }
}

fn allowed(accepted: &Claims, claims: &Value) {
    assert_eq!(UserId::parse(claims["sub"].as_str().unwrap()), Ok(accepted.user.clone()));
    assert!(accepted.expires_at > NOW);
    let expires = claims["exp"].as_f64().unwrap();
    assert!(expires * 1000.0 + LEEWAY as f64 >= NOW.0 as f64, "{expires}");
    let begins = claims["nbf"].as_f64().unwrap_or(0.0);
    assert!(begins * 1000.0 - 1.0 <= (NOW + LEEWAY).0 as f64, "{begins}");
    let scope = claims["scope"].as_str().unwrap_or_default();
    assert!(scope.contains("admin") || !accepted.scopes.admin);
    assert!(scope.contains("service") || !accepted.scopes.service);
}

fn true_token(user: u8) -> String {
    let claims = json!({ "sub": format!("u{user}"), "exp": EXP, "scope": "admin" });
    let unsigned = Unsigned::new(&claims, Algorithm::Hs256);
    let signature = sign(KEY, unsigned.signing_input());
    unsigned.signed(&signature)
}

fn check(token: &str) -> Result<Claims, TokenError> {
    let unverified = Unverified::parse(token, Algorithm::Hs256)?;
    let holds = sign(KEY, unverified.signing_input()) == unverified.signature();
    let checks = Checks { now: NOW, issuer: None, audience: None };
    let claims = unverified.verified(holds)?.claims(&checks)?;
    // What one key signed is nothing to another algorithm, nor to a stricter deployment.
    assert!(Unverified::parse(token, Algorithm::Es256).is_err());
    assert!(Unverified::parse(token, Algorithm::Rs256).is_err());
    Ok(claims)
}

fn sign(key: &[u8], input: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(input.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
